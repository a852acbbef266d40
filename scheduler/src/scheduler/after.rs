//! Tasks that are born waiting: their first turn comes with the outcome of another task.
//!
//! Invariant: a task is marked as not started from its birth until `begin` hands it out; a cancel finds it in the
//! list of what it awaits, or in the queue with a delivery, and ends it without a turn.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::table::{Flags, Kind, Node, Resume, Stage, Waiting};

impl<'gc> TaskScheduler<'gc> {
    /// A new task that will run `callable` once `awaited` is settled: the value of its first turn is the callable, and
    /// the [`Wake`](crate::Wake) is what `awaited` gives, as to a task that was suspended for it. It is told in the
    /// order in which all those began to wait; if `awaited` is settled already, it is at the end of the queue. O(1);
    /// nobody waits for a task that was not there, so no cycle is looked for.
    ///
    /// Cancelled before its first turn it ends at once, and the callable is no root any more.
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`], and [`TaskError::Stale`] if `awaited` is gone.
    #[track_caller]
    pub fn spawn_after(&mut self, awaited: TaskId<'gc>, callable: Value<'gc>) -> Result<TaskId<'gc>, TaskError> {
        let child = self.slot(awaited)?;
        let cold = self.cold(child)?;
        let slot = self.make(Kind::Callable, Stage::Waiting)?.slot();
        self.rows.values.set(slot, callable);
        let settled = self.rows[child].is_settled();
        let row = &mut self.rows[slot];
        row.flags.set(Flags::UNSTARTED);
        if settled {
            row.awaits = cold;
            self.colds[cold].undelivered += 1;
            self.make_ready(slot, Resume::Delivery);
        } else {
            row.awaits = child;
            self.push_waiter(cold, Node::task(slot));
        }
        Ok(self.id(slot))
    }

    /// Puts a task or an edge behind all that wait for the task of a cold record.
    pub(super) fn push_waiter(&mut self, cold: u32, waiter: Node) {
        let mut waiters = self.colds[cold].waiters;
        waiters.push(&mut Waiting(&mut self.rows, &mut self.edges), waiter);
        self.colds[cold].waiters = waiters;
    }

    /// Takes a task out of its list that is not started, and was born waiting.
    pub(super) fn unlink_unstarted(&mut self, slot: u32) {
        self.unlink(slot);
        if self.rows[slot].stage == Stage::Ready {
            self.delivered(self.rows[slot].awaits);
        }
    }
}
