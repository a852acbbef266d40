//! Hole 9: a word that reads as a pointer but is none, by the constructor of the type.
use mangrove_gc::Value;

fn main() {
    Value(0x7FFF_0000_0000_1234, std::marker::PhantomData);
}
