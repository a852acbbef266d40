//! Cancellation, level-triggered: once cancelled, a task is told at every await until it ends.
//!
//! Invariant: the flag is never cleared, and a settled task never gets it; so what settled first stays.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::reason::Reason;
use crate::table::{Flags, Kind, Resume, Stage};
use crate::turn::CancelEnd;

impl<'gc> TaskScheduler<'gc> {
    /// Cancels a task. One that has not started ends at once, and its callable is no root any more; an external ends,
    /// and its completer is closed; a deferred ends; a timer ends, and its time is forgotten; a join that borrows ends, and its tasks go on. A task that has started is resumed
    /// with [`Wake::Cancelled`](crate::Wake::Cancelled), now if it waits, else at its next await, so that its cleanup
    /// runs; until it ends it is [`Cancelling`](crate::TaskStatus::Cancelling). In a shield it is told when that ends. A
    /// join that owns, and a scope, cancel all that is theirs, to any depth and without recursion, and end when that
    /// has ended. What is settled, or a join that is decided, stays as it is. A second cancel only adds its reason.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn cancel(&mut self, task: TaskId<'gc>, reason: Reason) -> Result<CancelEnd, TaskError> {
        let slot = self.slot(task)?;
        let end = self.cancel_slot(slot, reason);
        self.pump();
        // A join or a scope ends at once if all that it cancelled did.
        let ended = end == CancelEnd::Told && self.rows[slot].is_settled();
        Ok(if ended { CancelEnd::Ended } else { end })
    }

    /// Cancels a task; of a join or a scope that owns others, the others are only noted as doomed.
    pub(super) fn cancel_slot(&mut self, slot: u32, reason: Reason) -> CancelEnd {
        if self.rows[slot].is_settled() || self.is_decided(slot) {
            return CancelEnd::Settled;
        }
        self.note(slot, reason);
        let row = &mut self.rows[slot];
        if row.flags.has(Flags::CANCELLED) {
            return CancelEnd::Again;
        }
        row.flags.set(Flags::CANCELLED);
        match (row.kind, row.stage, row.resume) {
            (Kind::External | Kind::Deferred, ..) => {}
            (Kind::Join, ..) if self.record(slot).own => {
                self.seq += 1;
                self.close_owned(slot);
                return CancelEnd::Told;
            }
            (Kind::Timer, ..) => self.stop_timer(slot),
            (Kind::Join, ..) => self.close_edges(slot, true),
            (Kind::Scope, ..) => {
                self.seq += 1;
                self.stop_scope(slot);
                return CancelEnd::Told;
            }
            (Kind::Callable, Stage::Ready, Resume::First) => self.unlink(slot),
            (Kind::Callable, ..) if self.rows[slot].flags.has(Flags::UNSTARTED) => self.unlink_unstarted(slot),
            (Kind::Callable, ..) => {
                self.seq += 1;
                if self.rows[slot].flags.has(Flags::SHIELDED) {
                    self.cancel_in_shield(slot);
                } else {
                    self.tell_cancelled(slot);
                }
                return CancelEnd::Told;
            }
        }
        // Cancelled and settled in one: one number.
        self.settle_plain(slot, Stage::Cancelled, Value::NIL);
        CancelEnd::Ended
    }

    /// A callable that has started learns of its cancellation: now if it waits, else at its next await.
    pub(super) fn tell_cancelled(&mut self, slot: u32) {
        let row = &self.rows[slot];
        match (row.stage, row.resume) {
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
