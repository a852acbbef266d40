//! [`Ticket`]: how code outside `mutate` names a task.
//!
//! Invariant: each ticket is counted by its task, and un-counted once, by a message; so dropping one is harmless on
//! any thread, at any time, also when the heap is gone.

use core::fmt;
use std::sync::Arc;

use mangrove_gc::{Heap, Mutation};

use crate::error::TaskError;
use crate::id::TaskId;
use crate::inbox::{Inbox, Payload, WhenFull};
use crate::outcome::Outcome;
use crate::run::Embedding;
use crate::scheduler::TaskScheduler;
use crate::status::TaskStatus;

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

    /// The task's status, from outside of `mutate`.
    ///
    /// # Errors
    /// [`TaskError::Stale`], also for a ticket of another scheduler.
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn status<E: Embedding>(&self, heap: &mut Heap<E>) -> Result<TaskStatus, TaskError> {
        heap.mutate(|mc, root| {
            let tasks = E::tasks(mc, root);
            tasks.status(self.task_in(tasks)?)
        })
    }

    /// How the task settled, from outside of `mutate`: `read` makes of it what is wanted there. The outcome stays.
    ///
    /// # Errors
    /// [`TaskError::NotSettled`]; [`TaskError::Stale`], also for a ticket of another scheduler.
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn outcome<E: Embedding, T>(
        &self,
        heap: &mut Heap<E>,
        read: impl for<'gc> FnOnce(&Mutation<'gc>, Outcome<'gc>) -> T,
    ) -> Result<T, TaskError> {
        heap.mutate(|mc, root| {
            let tasks = E::tasks(mc, root);
            let outcome = tasks.outcome(self.task_in(tasks)?)?;
            Ok(read(mc, outcome))
        })
    }

    /// The same, and takes the outcome: the task is gone, and the ticket stale.
    ///
    /// # Errors
    /// As [`Ticket::outcome`].
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn take<E: Embedding, T>(
        &self,
        heap: &mut Heap<E>,
        read: impl for<'gc> FnOnce(&Mutation<'gc>, Outcome<'gc>) -> T,
    ) -> Result<T, TaskError> {
        heap.mutate(|mc, root| {
            let tasks = E::tasks(mc, root);
            let task = self.task_in(tasks)?;
            let outcome = tasks.take(task)?;
            Ok(read(mc, outcome))
        })
    }

    fn task_in<'gc>(&self, tasks: &TaskScheduler<'gc>) -> Result<TaskId<'gc>, TaskError> {
        tasks.task(self).ok_or(TaskError::Stale { task: TaskId::from_bits(self.task).name() })
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
