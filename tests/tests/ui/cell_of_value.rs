//! Hole 12: a cell in an object would be written without the barrier.
use mangrove_gc::{Object, Trace, Value};
use std::cell::Cell;

#[derive(Trace, Object)]
struct Holder<'gc> {
    plain: Value<'gc>,
    hidden: Cell<Value<'gc>>,
}

fn main() {}
