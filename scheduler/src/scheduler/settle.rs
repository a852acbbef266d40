//! Settling: a task gets its outcome and its number, and who waits for it is told.
//!
//! Invariant: a task settles once. Those who wait are told in the order in which they began to wait, and where a join is
//! decided by it, in the place of the join those who wait for that; then its scope. What they cancel is told after all
//! that. Nothing recurses, and nothing is allocated for a waiter.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::outcome::Verdict;
use crate::reason::Reason;
use crate::table::{Flags, NONE, Node, Resume, Stage, Waiting};

impl<'gc> TaskScheduler<'gc> {
    /// Settles a task that is in no list.
    pub(super) fn settle_slot(&mut self, slot: u32, verdict: Verdict, value: Value<'gc>) {
        let stage = match verdict {
            Verdict::Ok => Stage::Completed,
            Verdict::Err => Stage::Failed,
            Verdict::Abandoned => Stage::Abandoned,
            Verdict::Fault(fault) => {
                self.rows[slot].flags.set(Flags::FAULT);
                if let Ok(cold) = self.cold(slot) {
                    self.colds[cold].fault = Some(fault);
                }
                Stage::Failed
            }
            Verdict::Cancelled(reason) => {
                self.note(slot, reason);
                Stage::Cancelled
            }
        };
        self.settle_plain(slot, stage, value);
    }

    /// Adds to the reason of a task's cancellation. Without memory for it, the reason is lost.
    pub(super) fn note(&mut self, slot: u32, reason: Reason) {
        if reason != Reason::NONE
            && let Ok(cold) = self.cold(slot)
        {
            self.colds[cold].reason.add(reason);
        }
    }

    /// Settles a task that is in no list, and about which the cold record says all else.
    #[inline(always)]
    pub(super) fn settle_plain(&mut self, slot: u32, stage: Stage, value: Value<'gc>) {
        self.rows.values.set(slot, value);
        self.settle_valued(slot, stage);
    }

    /// The same, of which the value is in its place.
    #[inline(always)]
    pub(super) fn settle_valued(&mut self, slot: u32, stage: Stage) {
        self.seq += 1;
        self.unsettled -= 1;
        let row = &mut self.rows[slot];
        debug_assert!(!row.is_settled(), "a task settles once");
        row.seq = self.seq;
        row.flags.clear(Flags::LOST);
        row.stage = stage;
        if row.cold != NONE {
            self.tell(slot);
        } else if row.flags.has(Flags::RELEASED_OR_OPEN) {
            self.end(slot);
        }
    }

    /// A task has settled that nobody was told of.
    fn end(&mut self, slot: u32) {
        let flags = &mut self.rows[slot].flags;
        if flags.has(Flags::OPEN) {
            flags.clear(Flags::OPEN);
            self.mailbox.inbox.board.close(slot);
            self.open_externals -= 1;
        }
        if self.rows[slot].flags.has(Flags::RELEASED) {
            self.free(slot);
        }
    }

    #[inline(never)]
    fn tell(&mut self, slot: u32) {
        let cold = self.rows[slot].cold;
        if self.pumping || !self.tell_tasks(cold) {
            // A settled task is in no other list.
            self.cascade.push(&mut self.rows, Node::task(slot));
            return self.pump();
        }
        // What follows from it is told afterwards, as in `pump`.
        self.pumping = true;
        self.told(slot, cold);
        self.pumping = false;
        if !(self.cascade.is_empty() && self.doomed.is_empty() && self.suspects.is_empty()) {
            self.pump();
        }
    }

    /// Tells those who wait, up to the first edge of a join: nothing follows from the others. False when there is one.
    fn tell_tasks(&mut self, cold: u32) -> bool {
        let mut waiters = self.colds[cold].waiters;
        let mut told = 0;
        while let Some(Ok(waiter)) = waiters.first().map(Node::split) {
            waiters.pop(&mut Waiting(&mut self.rows, &mut self.edges));
            self.rows[waiter].awaits = cold;
            self.make_ready(waiter, Resume::Delivery);
            told += 1;
        }
        self.colds[cold].undelivered += told;
        self.colds[cold].waiters = waiters;
        waiters.is_empty()
    }

    /// Tells all who wait for what settled, and cancels all that is to be cancelled, until nothing more follows. No
    /// task is made meanwhile, so a slot names the same task, or is settled.
    pub(super) fn pump(&mut self) {
        if core::mem::replace(&mut self.pumping, true) {
            return;
        }
        loop {
            if let Some(Ok(slot)) = self.cascade.last().map(Node::split) {
                self.tell_next(slot);
            } else if let Some((slot, reason)) = self.doomed.pop_front() {
                debug_assert!(self.rows[slot].stage != Stage::Free || self.rows[slot].is_settled());
                let _ = self.cancel_slot(slot, reason);
            } else if !self.suspects.is_empty() {
                self.settle_hopeless();
            } else {
                break;
            }
        }
        self.doomed.shrink_to(1024);
        self.pumping = false;
    }

    /// Tells the next one who waits for the task that settled last. A join that this decides is on top of it from then
    /// on: those who wait for the join come before the others who wait for the task, as they do in time.
    fn tell_next(&mut self, slot: u32) {
        let cold = self.rows[slot].cold;
        let mut waiters = self.colds[cold].waiters;
        let node = waiters.pop(&mut Waiting(&mut self.rows, &mut self.edges));
        self.colds[cold].waiters = waiters;
        match node.map(|node| node.split()) {
            Some(Ok(waiter)) => {
                self.rows[waiter].awaits = cold;
                self.colds[cold].undelivered += 1;
                self.make_ready(waiter, Resume::Delivery);
            }
            Some(Err(edge)) => self.settle_part(edge, slot),
            None => {
                self.cascade.remove(&mut self.rows, Node::task(slot));
                self.told(slot, cold);
            }
        }
    }

    /// All who waited for a task are told.
    fn told(&mut self, slot: u32, cold: u32) {
        if self.colds[cold].scope != NONE {
            self.leave_scope(slot, cold);
        }
        if self.colds[cold].care.is_some() {
            self.drop_care(cold);
        }
        if self.rows[slot].flags.has(Flags::DETACHED) {
            self.detached.remove(&slot);
        }
        self.end(slot);
    }
}
