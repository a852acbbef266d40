//! Hole 15: a list of boxes would be traced by recursion as deep as the list.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
struct List<'gc> {
    head: Value<'gc>,
    tail: Option<Box<Self>>,
}

fn main() {}
