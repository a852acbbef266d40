//! [`TaskStatus`]: where a task is on its way.

/// Where a task is on its way. The first five are of tasks that are not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskStatus {
    /// In the queue: not started, or to be resumed.
    Ready,
    /// [`begin`](crate::TaskScheduler::begin) handed it out, and its turn has not ended.
    Running,
    /// A callable that awaits a task; an external that is not completed; a join that is not decided.
    Waiting,
    /// Cancelled, and not at its end: it is told when it is resumed, and at every later await.
    Cancelling,
    /// Settled with a value.
    Completed,
    /// Settled with an error value, or with a fault of the scheduler.
    Failed,
    /// Settled by cancellation.
    Cancelled,
    /// Settled because its completer was dropped.
    Abandoned,
}

impl TaskStatus {
    /// Whether it will not change any more.
    pub const fn is_settled(self) -> bool {
        matches!(self, TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled | TaskStatus::Abandoned)
    }
}
