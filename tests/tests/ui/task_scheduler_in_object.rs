//! Hole 12: the scheduler is part of the root. As an object it would change without the barrier.
use mangrove_gc::{Mutation, Object, Trace};
use mangrove_scheduler::TaskScheduler;

#[derive(Trace)]
struct Fine<'gc> {
    tasks: TaskScheduler<'gc>,
}

#[derive(Trace, Object)]
struct Machine<'gc> {
    tasks: TaskScheduler<'gc>,
}

fn main() {}

fn allocated<'gc>(mc: &Mutation<'gc>, tasks: TaskScheduler<'gc>) {
    mc.alloc(tasks).unwrap();
}
