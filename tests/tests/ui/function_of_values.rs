//! A function pointer holds no value, but `Static` says so.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
struct Holder<'gc> {
    plain: Value<'gc>,
    hidden: fn(Value<'gc>) -> Value<'gc>,
}

fn main() {}
