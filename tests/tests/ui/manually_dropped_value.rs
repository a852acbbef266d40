//! A wrapper whose contents may be gone.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
struct Holder<'gc> {
    plain: Value<'gc>,
    hidden: core::mem::ManuallyDrop<Value<'gc>>,
}

fn main() {}
