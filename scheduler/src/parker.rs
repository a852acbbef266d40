//! [`Parker`]: how a host that drives a scheduler by hand waits for completions.
//!
//! Invariant: it belongs to the thread that drives, the only one that may wait.

use core::marker::PhantomData;
use core::task::Waker;
use std::sync::Arc;
use std::time::Instant;

use crate::inbox::Inbox;

/// Waits for the next message in a scheduler's inbox: for hosts with a loop of their own. The run loops of this crate
/// do without.
///
/// Look into the inbox after each wait; a wait returns at once while there is anything in it.
pub struct Parker {
    inbox: Arc<Inbox>,
    of_one_thread: PhantomData<*mut ()>,
}

impl Parker {
    pub(crate) fn new(inbox: &Arc<Inbox>) -> Self {
        Parker { inbox: inbox.clone(), of_one_thread: PhantomData }
    }

    /// Blocks the thread until there is a message, or until then.
    pub fn park(&self, until: Option<Instant>) {
        self.inbox.park(until);
    }

    /// Has the next message wake `waker`, once. False when there is one already: look at it instead.
    #[must_use = "nothing is registered when there is a message"]
    pub fn register(&self, waker: &Waker) -> bool {
        self.inbox.register(waker)
    }
}

impl core::fmt::Debug for Parker {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Parker").finish_non_exhaustive()
    }
}
