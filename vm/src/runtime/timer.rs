//! [`Timer`]: what `setTimeout` returns.
//!
//! Invariant: while it waits it has a task that sleeps, and one that is born waiting for it, whose callable it is.

use std::cell::Cell;

use mangrove_gc::{Object, Slot, Static, Trace};

/// What has become of a timer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimerState {
    /// Its time has not come, or its callback is to be called soon.
    #[default]
    Waiting,
    /// Its callback was called.
    Fired,
    /// It was cancelled before.
    Cancelled,
}

/// What `setTimeout` returns.
#[derive(Debug, Trace, Object)]
pub struct Timer<'gc> {
    /// What it calls; `undefined` when that is over.
    pub callback: Slot<'gc>,
    /// With what: an array, or NIL.
    pub args: Slot<'gc>,
    /// The task that sleeps.
    pub(crate) sleep: Slot<'gc>,
    /// The task that waits for it.
    pub(crate) wake: Slot<'gc>,
    /// What has become of it.
    pub state: Static<Cell<TimerState>>,
    /// The identity hash: assigned by `runtime::table`.
    pub identity: Static<Cell<u32>>,
}
