//! Hole 12: a shared value would be visited as `&mut` through two owners.
use mangrove_gc::{Object, Trace, Value};
use std::sync::{Arc, Mutex};

#[derive(Trace, Object)]
struct Holder<'gc> {
    plain: Value<'gc>,
    hidden: Arc<Mutex<Value<'gc>>>,
}

fn main() {}
