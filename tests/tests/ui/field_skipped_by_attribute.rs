//! No attribute takes a field out of the visit.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
struct Holder<'gc> {
    #[trace(skip)]
    hidden: Value<'gc>,
    #[gc(require_static)]
    other: Value<'gc>,
}

fn main() {}
