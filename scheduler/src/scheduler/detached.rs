//! Detached tasks: cancelled, and not at their end when their join or scope stopped waiting for them.
//!
//! Invariant: a task is listed from the moment it is detached until it settles; it is in no scope, and in no join that
//! stopped waiting. It stays a root until it stops, as any task that runs.

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::table::Flags;

impl<'gc> TaskScheduler<'gc> {
    /// The detached tasks that have not ended, in the order of the table.
    pub fn detached(&self) -> impl ExactSizeIterator<Item = TaskId<'gc>> + '_ {
        self.detached.iter().map(|&slot| self.id(slot))
    }

    /// How many tasks were ever detached: to be watched by a host that wants to report them.
    pub fn detached_total(&self) -> u64 {
        self.detached_total
    }

    /// Whether a task was detached, ended or not.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn is_detached(&self, task: TaskId<'gc>) -> Result<bool, TaskError> {
        Ok(self.rows[self.slot(task)?].flags.has(Flags::DETACHED))
    }

    pub(super) fn detach(&mut self, slot: u32) {
        let flags = &mut self.rows[slot].flags;
        if !flags.has(Flags::DETACHED) {
            flags.set(Flags::DETACHED);
            self.detached.insert(slot);
            self.detached_total += 1;
        }
    }
}
