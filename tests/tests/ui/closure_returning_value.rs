//! Hole 12: what a closure captured cannot be visited.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
struct Holder<'gc> {
    plain: Value<'gc>,
    hidden: Box<dyn Fn() -> Value<'gc>>,
}

fn main() {}
