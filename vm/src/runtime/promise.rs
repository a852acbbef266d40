//! [`Promise`], as far as the other values need it.
//!
//! Invariant: none yet.

use std::cell::Cell;

use mangrove_gc::{Object, Slot, Static, Trace};

/// A promise.
#[derive(Debug, Trace, Object)]
pub struct Promise<'gc> {
    /// Its result or error.
    pub value: Slot<'gc>,
    /// The identity hash: assigned by `runtime::table`.
    pub identity: Static<Cell<u32>>,
}

/// What `setTimeout` returns.
#[derive(Debug, Trace, Object)]
pub struct Timer<'gc> {
    /// What it calls.
    pub callback: Slot<'gc>,
    /// The identity hash: assigned by `runtime::table`.
    pub identity: Static<Cell<u32>>,
}
