//! [`TaskError`] and [`RunError`]: what was refused, for which task, and what to do. A refused call changed nothing.

use core::fmt;

use crate::id::TaskName;
use crate::status::TaskStatus;
use mangrove_gc::Poisoned;

/// Why the scheduler refused a call. Nothing was changed, and nothing is lost: call again with what you have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// The task was taken or released: its slot is empty, or another task's.
    Stale {
        /// The id that was given.
        task: TaskName,
    },
    /// The call ends a turn, and this task has none.
    NotRunning {
        /// The task.
        task: TaskName,
        /// What it is instead.
        status: TaskStatus,
    },
    /// The call wants an outcome, and there is none yet.
    NotSettled {
        /// The task.
        task: TaskName,
        /// What it is instead.
        status: TaskStatus,
    },
    /// The call settles a deferred or an external, and this is neither, or is settled.
    NotOpen {
        /// The task.
        task: TaskName,
        /// What it is.
        status: TaskStatus,
    },
    /// The call is about joins, and this is none.
    NotAJoin {
        /// The task.
        task: TaskName,
    },
    /// The call is about scopes, and this is none.
    NotAScope {
        /// The task.
        task: TaskName,
    },
    /// The task is in a scope, and cannot be in another.
    InScope {
        /// The task.
        task: TaskName,
    },
    /// The task awaits the scope's end: in the scope, neither would ever end.
    Cycle {
        /// The task.
        task: TaskName,
    },
    /// The call ends a shield, and the task is in none.
    NotShielded {
        /// The task.
        task: TaskName,
    },
    /// There are as many tasks as there may be: take or release some, or raise the limit.
    Limit {
        /// The limit.
        limit: usize,
    },
    /// The system gave no memory for the table.
    OutOfMemory,
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskError::Stale { task } => {
                write!(f, "{task} is gone: it was taken or released, and ids of it must not be used after that")
            }
            TaskError::NotRunning { task, status } => {
                write!(f, "{task} is {status:?}, not running: end a turn once, and only one that `begin` gave")
            }
            TaskError::NotSettled { task, status } => {
                write!(f, "{task} is {status:?}: await it, or run until it is settled, before its outcome is read")
            }
            TaskError::NotOpen { task, status } => {
                write!(
                    f,
                    "{task} is {status:?}, and no deferred or external that waits: settle each once, and only those"
                )
            }
            TaskError::NotAJoin { task } => write!(f, "{task} is no join and has no parts: read its outcome"),
            TaskError::NotAScope { task } => write!(f, "{task} is no scope: make one with `scope`"),
            TaskError::InScope { task } => write!(f, "{task} is in a scope: put what it does for others into a join"),
            TaskError::Cycle { task } => {
                write!(f, "{task} awaits the end of the scope: in the scope, neither would end; put it into another")
            }
            TaskError::NotShielded { task } => write!(f, "{task} is in no shield: end each shield once"),
            TaskError::Limit { limit } => {
                write!(f, "{limit} tasks are outstanding: take or release some, or raise the limit with `set_limit`")
            }
            TaskError::OutOfMemory => f.write_str("no memory for another task: take or release some"),
        }
    }
}
impl core::error::Error for TaskError {}

/// Why a run ended before what it waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// A panic left the heap in the middle of a collection: drop it.
    Poisoned,
    /// Nothing is ready, no external is outstanding, and the task is not settled: it never will be. What awaits what
    /// is listed, and every deferred that is not settled; at most [`RunError::MOST_WAITS`].
    Deadlock(Vec<Waits>),
    /// The ticket's task was taken or released, or is another scheduler's.
    Stale,
}

impl RunError {
    /// The most that [`RunError::Deadlock`] lists.
    pub const MOST_WAITS: usize = 64;
}

/// A task that waits, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waits {
    /// The task that waits.
    pub task: TaskName,
    /// The task that it awaits; for a join, one of its tasks. `None` for a deferred, which the VM has yet to settle.
    pub awaits: Option<TaskName>,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Poisoned => Poisoned.fmt(f),
            RunError::Deadlock(waits) => {
                f.write_str("nothing can run any more, and the task is not settled: cancel it, or complete it")?;
                waits.iter().try_for_each(|pair| match pair.awaits {
                    Some(awaits) => write!(f, "; {} awaits {awaits}", pair.task),
                    None => write!(f, "; {} is deferred, and nobody settled it", pair.task),
                })
            }
            RunError::Stale => f.write_str("the ticket's task was taken or released, or is of another scheduler"),
        }
    }
}
impl core::error::Error for RunError {}

impl From<Poisoned> for RunError {
    fn from(_: Poisoned) -> Self {
        RunError::Poisoned
    }
}
