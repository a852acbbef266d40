//! [`Turn`], [`Wake`] and [`Step`]: what a task is resumed with, and how its turn ends.

use mangrove_gc::Value;

use crate::id::TaskId;
use crate::outcome::Fault;
use crate::reason::Reason;

/// A task's turn: run it, then end the turn by one call.
#[derive(Clone, Debug)]
#[must_use = "the task is running: end its turn"]
pub struct Turn<'gc> {
    /// The task.
    pub task: TaskId<'gc>,
    /// Its callable at first, then its continuation. It stays a root of the table while the task runs.
    pub value: Value<'gc>,
    /// Why it is resumed.
    pub wake: Wake<'gc>,
}

/// Why a task is resumed. A value in it is the VM's to keep: the table holds it no longer on this task's behalf.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Wake<'gc> {
    /// Its first turn, unless it was [born waiting](crate::TaskScheduler::spawn_after): the turn's value is the callable.
    First,
    /// It yielded.
    Yielded,
    /// It asked for a safepoint: it goes on where it was.
    AfterSafepoint,
    /// What it awaited completed with this value.
    Settled(Value<'gc>),
    /// What it awaited failed with this error value: raise it.
    Failed(Value<'gc>),
    /// The join it awaited succeeded with all its parts: read them with
    /// [`parts`](crate::TaskScheduler::parts), before the join is taken or released.
    Joined(TaskId<'gc>),
    /// What it awaited (the id) failed by a fault of the scheduler; or the await itself was refused, as
    /// [`Fault::Deadlock`] or [`Fault::Stale`]: raise it.
    Faulted(TaskId<'gc>, Fault),
    /// What it awaited was cancelled: raise that. This task itself is not cancelled.
    AwaitedCancelled(Reason),
    /// What it awaited was abandoned by its completer: raise that.
    AwaitedAbandoned,
    /// This task is cancelled: run its cleanup, then end it with
    /// [`end_cancelled`](crate::TaskScheduler::end_cancelled). Each later await is resumed with this again.
    Cancelled(Reason),
}

/// How a turn ends, as [`Embedding::resume`](crate::Embedding::resume) says it.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub enum Step<'gc> {
    /// The task completes with this value.
    Done(Value<'gc>),
    /// The task fails with this error value.
    Failed(Value<'gc>),
    /// It was cancelled, and its cleanup is done.
    Cancelled,
    /// It awaits this task, and goes on from this continuation.
    Await(TaskId<'gc>, Value<'gc>),
    /// It lets others go first, and goes on from this continuation.
    Yield(Value<'gc>),
    /// It needs a safepoint before it goes on from this continuation: it is resumed before all others.
    Safepoint(Value<'gc>),
}

/// What has become of a task whose turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnEnd {
    /// It waits for what it awaits.
    Waits,
    /// It is in the queue, and will be resumed.
    Ready,
    /// It is settled as the call said.
    Settled,
    /// It had been cancelled before: it is settled as cancelled, and the value was dropped.
    Cancelled,
}

/// What a cancel did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelEnd {
    /// The task ended at once: it had not started, or is an external or a deferred, or a join or scope that awaits nobody's end.
    Ended,
    /// The task will be resumed with [`Wake::Cancelled`], and ends when it says so; or it is a join or a scope, and
    /// ends when all that it owns has.
    Told,
    /// It had been cancelled before: at most the reason grew.
    Again,
    /// It was settled before, or is a join that is decided: nothing changed.
    Settled,
}

/// What a release did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseEnd {
    /// The outcome is let go, and the slot free.
    Released,
    /// The task is not settled: it goes on, and is let go as soon as it settles.
    WhenSettled,
}
