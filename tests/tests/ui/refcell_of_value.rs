//! Hole 12: a cell in an object would be written without the barrier; in a root it is needless.
use mangrove_gc::{Object, Trace, Value};
use std::cell::RefCell;

#[derive(Trace, Object)]
struct Holder<'gc> {
    plain: Value<'gc>,
    hidden: RefCell<Vec<Value<'gc>>>,
}

fn main() {}
