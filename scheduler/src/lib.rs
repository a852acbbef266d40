//! A task scheduler for language VMs whose outstanding work is visible to a moving garbage collector.

mod id;
mod status;

mod outcome;

mod error;

mod join;

mod turn;

mod scalar;

mod inbox;

mod completer;
mod ticket;

mod table;

mod scheduler;

mod run;

mod sabotage;

pub use completer::{Completer, Fail};
pub use error::{RunError, TaskError, Waits};
pub use id::{TaskId, TaskName};
pub use join::{JoinKind, JoinOperandError};
pub use outcome::{Fault, Outcome, Reason};
pub use run::{Embedding, Idle, drive, poll_until, run_until, run_until_idle};
#[cfg(feature = "sabotage")]
#[doc(hidden)]
pub use sabotage::Sabotage;
pub use scalar::Scalar;
pub use scheduler::{Drained, TaskScheduler};
pub use status::TaskStatus;
pub use ticket::Ticket;
pub use turn::{CancelEnd, ReleaseEnd, Step, Turn, TurnEnd, Wake};
