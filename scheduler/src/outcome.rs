//! [`Outcome`]: how a task settled; [`Fault`]: the scheduler's own failures.
//!
//! Invariant: the language's errors stay values, and are never turned into text; what the scheduler itself has to say
//! is typed and holds no heap value.

use core::fmt;
use std::sync::Arc;

use mangrove_gc::Value;

use crate::id::TaskName;
use crate::reason::Reason;
use crate::status::TaskStatus;

/// How a task settled. Its values are roots of the table until the task is taken or released.
#[derive(Clone, Debug)]
pub enum Outcome<'gc> {
    /// It completed. A join of kind All or AllSettled that succeeds has [`Value::NIL`] here, and its parts.
    Ok(Value<'gc>),
    /// It failed with an error value of the language.
    Err(Value<'gc>),
    /// The scheduler failed it.
    Fault(Fault),
    /// It was cancelled.
    Cancelled(Reason),
    /// Its completer was dropped.
    Abandoned,
}

impl<'gc> Outcome<'gc> {
    pub(crate) fn new(verdict: Verdict, value: Value<'gc>) -> Self {
        match verdict {
            Verdict::Ok => Outcome::Ok(value),
            Verdict::Err => Outcome::Err(value),
            Verdict::Fault(fault) => Outcome::Fault(fault),
            Verdict::Cancelled(reason) => Outcome::Cancelled(reason),
            Verdict::Abandoned => Outcome::Abandoned,
        }
    }

    /// The status that goes with it.
    pub fn status(&self) -> TaskStatus {
        match self {
            Outcome::Ok(_) => TaskStatus::Completed,
            Outcome::Err(_) | Outcome::Fault(_) => TaskStatus::Failed,
            Outcome::Cancelled(_) => TaskStatus::Cancelled,
            Outcome::Abandoned => TaskStatus::Abandoned,
        }
    }

    /// The value of a success.
    pub fn ok(&self) -> Option<Value<'gc>> {
        if let Outcome::Ok(value) = self { Some(*value) } else { None }
    }

    /// The error value of a failure of the language.
    pub fn err(&self) -> Option<Value<'gc>> {
        if let Outcome::Err(value) = self { Some(*value) } else { None }
    }
}

/// An outcome without its value, which is in a column of roots.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Ok,
    Err,
    Fault(Fault),
    Cancelled(Reason),
    Abandoned,
}

/// A failure that is the scheduler's own, not an error value of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A race of no tasks: nothing can win it.
    EmptyJoin,
    /// No candidate of a join of kind Any succeeded: read its errors with [`parts`](crate::TaskScheduler::parts).
    Aggregate,
    /// The await would close a cycle: these tasks would wait for each other, each for the next and the last for the
    /// first. Awaiting something else breaks it.
    Deadlock(Arc<[TaskName]>),
    /// Code that ran for the task panicked, with this message.
    Panicked(Arc<str>),
    /// The builder of a completion could not allocate, though the heap was collected: raise the heap's limit.
    OutOfMemory,
    /// The external was completed with what this scheduler cannot build a value of: with a builder, where the heap is
    /// another collector's; or with [data](crate::Completer::complete_data), where it is Mangrove's.
    Unbuildable,
    /// The awaited task is gone: it was taken or released before.
    Stale(TaskName),
    /// The time of a [`timeout`](crate::TaskScheduler::timeout) was over before its task was settled.
    TimedOut,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::EmptyJoin => f.write_str("a race of no tasks has no winner: join at least one"),
            Fault::Aggregate => f.write_str("no task of the join succeeded: read its parts for the errors"),
            Fault::Deadlock(cycle) => {
                f.write_str("awaiting this would never end, since these await each other:")?;
                cycle.iter().try_for_each(|task| write!(f, " {task} →"))?;
                f.write_str(" the first; await something else")
            }
            Fault::Panicked(message) => write!(f, "the code of the task panicked: {message}"),
            Fault::OutOfMemory => f.write_str("no memory for the result, even after a collection: raise the limit"),
            Fault::Unbuildable => f.write_str(
                "the completion was sent in a form that this scheduler cannot build a value of: \
                 use `complete_with` for a Mangrove heap, and `complete_data` for another",
            ),
            Fault::Stale(task) => write!(f, "{task} was taken or released: await it before"),
            Fault::TimedOut => f.write_str("it took too long: cancel what is late, or allow more time"),
        }
    }
}
impl core::error::Error for Fault {}
