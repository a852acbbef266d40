//! [`Ticket`]: how code outside `mutate` names a task.
//!
//! Invariant: each ticket is counted by its task, and un-counted once, by a message; so dropping one is harmless on
//! any thread, at any time, also when the heap is gone.

use core::fmt;
use std::sync::Arc;

use crate::id::TaskId;
use crate::inbox::{Inbox, Payload, WhenFull};

/// A host's claim on one task: `'static` and `Send`.
///
/// While it lives, the task's outcome stays until it is taken or released. Dropping the last ticket of a task releases
/// the task, as [`TaskScheduler::release`](crate::TaskScheduler::release) does: at the next look into the inbox.
/// [`Ticket::keep`] gives the claim up without that.
pub struct Ticket {
    /// `None` once it said what is to become of the task.
    inbox: Option<Arc<Inbox>>,
    task: u64,
}

impl Ticket {
    pub(crate) fn new(inbox: &Arc<Inbox>, task: TaskId<'_>) -> Self {
        Ticket { inbox: Some(inbox.clone()), task: task.bits() }
    }

    /// Gives the claim up, and leaves the task to those who have its id.
    pub fn keep(mut self) {
        self.send(Payload::Keep);
    }

    /// The id's bits, if the ticket is of the scheduler with this inbox.
    pub(crate) fn bits(&self, inbox: &Arc<Inbox>) -> Option<u64> {
        self.inbox.as_ref().is_some_and(|own| Arc::ptr_eq(own, inbox)).then_some(self.task)
    }

    fn send(&mut self, payload: Payload) {
        if let Some(inbox) = self.inbox.take() {
            let _ = inbox.push(self.task, WhenFull::GoOver, payload, |payload| payload);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.send(Payload::Release);
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket({})", TaskId::from_bits(self.task).name())
    }
}
