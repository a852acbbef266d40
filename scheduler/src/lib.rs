//! A task scheduler for language VMs whose outstanding work is visible to a moving garbage collector.

mod completer;
mod error;
mod id;
mod join;
mod outcome;
mod run;
mod scalar;
mod scheduler;
mod status;
mod ticket;
mod turn;

pub use completer::{Completer, Fail};
pub use error::{RunError, TaskError, Waits};
pub use id::{TaskId, TaskName};
pub use join::{JoinKind, JoinOperandError};
pub use outcome::{Fault, Outcome, Reason};
pub use run::{Embedding, Idle, drive, poll_until, run_until, run_until_idle};
pub use scalar::Scalar;
#[cfg(feature = "sabotage")]
#[doc(hidden)]
pub use scheduler::Sabotage;
pub use scheduler::{Drained, TaskScheduler};
pub use status::TaskStatus;
pub use ticket::Ticket;
pub use turn::{CancelEnd, ReleaseEnd, Step, Turn, TurnEnd, Wake};
