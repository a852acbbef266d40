//! Cancellation, level-triggered: once cancelled, a task is told at every await until it ends.
//!
//! Invariant: the flag is never cleared, and a settled task never gets it; so what settled first stays.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::outcome::Reason;
use crate::table::{Flags, Kind, Resume, Stage};
use crate::turn::CancelEnd;

impl<'gc> TaskScheduler<'gc> {
    /// Cancels a task. One that has not started ends at once, and its callable is no root any more; an external ends,
    /// and its completer is closed; a timer ends, and its time is forgotten; a join ends, and its tasks go on. A task that has started is resumed with
    /// [`Wake::Cancelled`](crate::Wake::Cancelled), now if it waits, else at its next await, so that its cleanup runs;
    /// until it ends it is [`Cancelling`](crate::TaskStatus::Cancelling). What is settled stays as it is. A second
    /// cancel only adds its reason.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn cancel(&mut self, task: TaskId<'gc>, reason: Reason) -> Result<CancelEnd, TaskError> {
        let slot = self.slot(task)?;
        if self.rows[slot].is_settled() {
            return Ok(CancelEnd::Settled);
        }
        self.note(slot, reason);
        let row = &mut self.rows[slot];
        if row.flags.has(Flags::CANCELLED) {
            return Ok(CancelEnd::Again);
        }
        row.flags.set(Flags::CANCELLED);
        match (row.kind, row.stage, row.resume) {
            (Kind::External, ..) => {}
            (Kind::Timer, ..) => self.stop_timer(slot),
            (Kind::Join, ..) => self.close_edges(slot, true),
            (Kind::Callable, Stage::Ready, Resume::First) => self.unlink(slot),
            (Kind::Callable, stage, resume) => {
                self.tell_cancelled(slot, stage, resume);
                return Ok(CancelEnd::Told);
            }
        }
        // Cancelled and settled in one: one number.
        self.settle_plain(slot, Stage::Cancelled, Value::NIL);
        Ok(CancelEnd::Ended)
    }

    fn tell_cancelled(&mut self, slot: u32, stage: Stage, resume: Resume) {
        self.seq += 1;
        match (stage, resume) {
            (Stage::Waiting, _) => {
                self.unlink(slot);
                self.make_ready(slot, Resume::Cancelled);
            }
            // In the middle of its turn: it is told at its next await.
            (Stage::Running, _) | (_, Resume::AfterSafepoint) => {}
            (_, resume) => {
                let row = &mut self.rows[slot];
                row.resume = Resume::Cancelled;
                let (awaits, cold) = (row.awaits, row.cold);
                match resume {
                    Resume::Delivery => self.delivered(awaits),
                    Resume::Refused => self.colds[cold].fault = None,
                    _ => {}
                }
            }
        }
    }
}
