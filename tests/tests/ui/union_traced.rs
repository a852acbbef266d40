//! Which field of a union is live is not known.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
union Either<'gc> {
    value: Value<'gc>,
    bits: u64,
}

fn main() {}
