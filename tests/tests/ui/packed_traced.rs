//! A field of a packed type cannot be visited as `&mut`.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
#[repr(C, packed(4))]
struct Packed<'gc> {
    flag: u8,
    value: Value<'gc>,
}

fn main() {}
