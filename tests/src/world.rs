//! [`World`]: the root of the tortured heap.
//!
//! Invariant: root sources are the fields of this struct, each with its counterpart in the shadow.

use mangrove_gc::{AllocError, Gc, Mutation, Roots, Static, Trace, Value, Weak};
use mangrove_scheduler::{Clock, Policy, Retain, TaskScheduler};

use crate::operand::REGS;
use crate::script::Script;
use crate::shapes::{Node, Pair};

/// The root.
#[derive(Trace)]
pub(crate) struct World<'gc> {
    /// The registers.
    pub(crate) regs: Vec<Value<'gc>>,
    /// A typed root.
    pub(crate) anchor: Option<Gc<'gc, Node<'gc>>>,
    /// A weak root.
    pub(crate) hint: Weak<'gc, Pair<'gc>>,
    /// The tasks.
    pub(crate) tasks: TaskScheduler<'gc>,
    /// The model, while a run loop drives the tasks.
    pub(crate) script: Static<Option<Box<Script>>>,
}

impl<'gc> World<'gc> {
    pub(crate) fn new(mc: &Mutation<'gc>, policy: Policy, retain: Retain) -> Result<Self, AllocError> {
        Ok(World {
            regs: vec![Value::NIL; REGS as usize],
            anchor: None,
            hint: Weak::dangling(),
            tasks: TaskScheduler::with_retention(mc, retain).with_clock(Clock::Virtual).with_policy(policy),
            script: Static(None),
        })
    }
}

/// Names the root type.
pub(crate) struct Tortured;

impl Roots for Tortured {
    type Root<'gc> = World<'gc>;
}
