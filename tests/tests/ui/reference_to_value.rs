//! A reference into the heap or into a root would dangle after a move.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
struct Holder<'gc> {
    plain: Value<'gc>,
    hidden: &'gc Value<'gc>,
}

fn main() {}
