//! [`TaskScheduler`].
#![allow(unused_variables)]

use mangrove_gc::{Mutation, Trace, Value, Visitor};

use crate::completer::Completer;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::join::JoinKind;
use crate::outcome::{Outcome, Reason};
use crate::status::TaskStatus;
use crate::ticket::Ticket;
use crate::turn::{CancelEnd, ReleaseEnd, Turn, TurnEnd};

/// The tasks of one heap. A part of the heap's root.
pub struct TaskScheduler<'gc> {
    values: Vec<Value<'gc>>,
}

/// What a look into the inbox asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Drained {
    /// The inbox is empty.
    Empty,
    /// A builder could not allocate: leave `mutate`, collect, and call again. Nothing is lost.
    Collect,
}

/// A bug to plant.
#[cfg(feature = "sabotage")]
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sabotage {
    /// `scan_roots` leaves out the first live value of the table.
    SkipOneRoot,
    /// Writes to the table do not make their chunk dirty.
    ForgetDirtyChunk,
    /// What is taken or released stays a root.
    KeepReleasedResult,
    /// The value of a task leaves the table while the task runs.
    DropRunningValue,
    /// The parts of joins are not visited.
    SkipJoinParts,
    /// A late completion settles a cancelled external.
    AcceptLateCompletion,
}

impl<'gc> TaskScheduler<'gc> {
    /// An empty scheduler: make one for a heap.
    pub fn new(mc: &Mutation<'gc>) -> Self {
        todo!()
    }
    /// A new task that will run `callable`.
    ///
    /// # Errors
    /// [`TaskError::Limit`], [`TaskError::OutOfMemory`].
    pub fn spawn(&mut self, callable: Value<'gc>) -> Result<TaskId<'gc>, TaskError> {
        todo!()
    }
    /// A task that is completed from outside, by any thread.
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`].
    pub fn external(&mut self) -> Result<(TaskId<'gc>, Completer), TaskError> {
        todo!()
    }
    /// A task that settles by these tasks, which it borrows.
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`], and [`TaskError::Stale`].
    pub fn join(&mut self, kind: JoinKind, tasks: &[TaskId<'gc>]) -> Result<TaskId<'gc>, TaskError> {
        todo!()
    }
    /// The outcomes of the tasks of a join, in input order; `None` for one that had not settled when the join was
    /// decided, or has not yet.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotAJoin`].
    pub fn parts(
        &self,
        join: TaskId<'gc>,
    ) -> Result<impl ExactSizeIterator<Item = Option<Outcome<'gc>>> + '_, TaskError> {
        Ok::<_, TaskError>(self.values.iter().map(|_| None))
    }
    /// Which of its tasks decided a join: the winner, or the failure that decided a join of kind All.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotAJoin`].
    pub fn decided_by(&self, join: TaskId<'gc>) -> Result<Option<usize>, TaskError> {
        todo!()
    }
    /// The next ready task, which is running from now on.
    pub fn begin(&mut self) -> Option<Turn<'gc>> {
        todo!()
    }
    /// Ends a turn: the task awaits `awaited`.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`] for either task: the task is still running.
    pub fn suspend(
        &mut self,
        task: TaskId<'gc>,
        awaited: TaskId<'gc>,
        continuation: Value<'gc>,
    ) -> Result<TurnEnd, TaskError> {
        todo!()
    }
    /// Ends a turn: the task goes to the end of the queue.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn yield_now(&mut self, task: TaskId<'gc>, continuation: Value<'gc>) -> Result<TurnEnd, TaskError> {
        todo!()
    }
    /// Ends a turn: the task goes on after a safepoint, before all others.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn at_safepoint(&mut self, task: TaskId<'gc>, continuation: Value<'gc>) -> Result<TurnEnd, TaskError> {
        todo!()
    }
    /// Ends a turn: the task completes.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn complete(&mut self, task: TaskId<'gc>, value: Value<'gc>) -> Result<TurnEnd, TaskError> {
        todo!()
    }
    /// Ends a turn: the task fails with an error value.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn fail(&mut self, task: TaskId<'gc>, error: Value<'gc>) -> Result<TurnEnd, TaskError> {
        todo!()
    }
    /// Ends a turn: the task's code panicked.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn fail_panicked(&mut self, task: TaskId<'gc>, message: &str) -> Result<TurnEnd, TaskError> {
        todo!()
    }
    /// Ends a turn: the task was cancelled and its cleanup is done.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn end_cancelled(&mut self, task: TaskId<'gc>) -> Result<TurnEnd, TaskError> {
        todo!()
    }
    /// Cancels a task.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn cancel(&mut self, task: TaskId<'gc>, reason: Reason) -> Result<CancelEnd, TaskError> {
        todo!()
    }
    /// The status of a task.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn status(&self, task: TaskId<'gc>) -> Result<TaskStatus, TaskError> {
        todo!()
    }
    /// Whether the task is settled.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn is_resolved(&self, task: TaskId<'gc>) -> Result<bool, TaskError> {
        todo!()
    }
    /// The place of a task's settlement in the one sequence of all settlements and cancellations; `None` before.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn seq(&self, task: TaskId<'gc>) -> Result<Option<u64>, TaskError> {
        todo!()
    }
    /// How a settled task settled, as often as it is asked.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotSettled`].
    pub fn outcome(&self, task: TaskId<'gc>) -> Result<Outcome<'gc>, TaskError> {
        todo!()
    }
    /// The same, and gives the task up: its id is stale from now on.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotSettled`].
    pub fn take(&mut self, task: TaskId<'gc>) -> Result<Outcome<'gc>, TaskError> {
        todo!()
    }
    /// Gives a task up whose outcome nobody wants.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn release(&mut self, task: TaskId<'gc>) -> Result<ReleaseEnd, TaskError> {
        todo!()
    }
    /// A host's name for the task.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn ticket(&mut self, task: TaskId<'gc>) -> Result<Ticket, TaskError> {
        todo!()
    }
    /// The ticket's task; `None` if it is gone, or another scheduler's.
    pub fn task(&self, ticket: &Ticket) -> Option<TaskId<'gc>> {
        todo!()
    }
    /// Settles what other threads completed, and lets go what dropped tickets named.
    pub fn poll_inbox(&mut self, mc: &Mutation<'gc>) -> Drained {
        todo!()
    }
    /// Tasks in the table, settled ones included.
    pub fn outstanding(&self) -> usize {
        todo!()
    }
    /// Tasks in the queue.
    pub fn ready(&self) -> usize {
        todo!()
    }
    /// Externals that are not settled.
    pub fn open_externals(&self) -> usize {
        todo!()
    }
    /// Sets the most tasks that may be outstanding.
    pub fn set_limit(&mut self, tasks: usize) {
        todo!()
    }
    /// Visits every value the scheduler holds, as a slot.
    pub fn scan_roots(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        visitor.group("tasks");
        visitor.slice(&mut self.values);
    }
    /// Plants a bug.
    #[cfg(feature = "sabotage")]
    #[doc(hidden)]
    pub fn __sabotage(&mut self, bug: Sabotage) {
        todo!()
    }
}

// SAFETY: `scan_roots` visits every value.
unsafe impl<'gc> Trace<'gc> for TaskScheduler<'gc> {
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        self.scan_roots(visitor);
    }
}
