//! Hole 16: an id of a task hidden from the collector.
use mangrove_gc::{Object, Static, Trace};
use mangrove_scheduler::TaskId;

#[derive(Trace, Object)]
struct Holder<'gc>(Static<TaskId<'gc>>);

fn main() {}
