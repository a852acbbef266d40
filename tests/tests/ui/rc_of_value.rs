//! Hole 12: a shared value would be visited as `&mut` through two owners.
use mangrove_gc::{Object, Trace, Value};
use std::rc::Rc;

#[derive(Trace, Object)]
struct Holder<'gc> {
    plain: Value<'gc>,
    hidden: Rc<Value<'gc>>,
}

fn main() {}
