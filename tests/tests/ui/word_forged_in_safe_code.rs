//! Hole 9: a word that reads as a pointer but is none.
use mangrove_gc::Value;

fn main() {
    Value::from_bits(0x7FFF_0000_0000_1234);
    Value::double_unchecked(f64::from_bits(0x7FFF_0000_0000_1234));
}
