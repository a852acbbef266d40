//! Joins that own their tasks: the losers are cancelled, their end is awaited, and then the join is delivered.
//!
//! A decided join keeps the outcome that decided it, and drops what its losers end with: a late value is no root. Only
//! a join of kind All keeps how they failed, as suppressed.
//!
//! Invariant: a closing join is in the waiter list of each task of its that has not ended, and settles with the last of
//! them, or without those that took longer than its grace.

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::join::JoinKind;
use crate::outcome::{Outcome, Verdict};
use crate::reason::Reason;
use crate::sabotage::Sabotage;
use crate::table::{Edge, Flags, Kind, NONE};
use mangrove_gc::Value;

impl<'gc> TaskScheduler<'gc> {
    /// How the other tasks of a join of kind All failed, or were cancelled or abandoned, besides the failure that it
    /// failed with: each with its index. None of a join of another kind. They are roots as the
    /// [`parts`](TaskScheduler::parts) are.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotAJoin`].
    pub fn suppressed(&self, join: TaskId<'gc>) -> Result<impl Iterator<Item = (usize, Outcome<'gc>)> + '_, TaskError> {
        let record = self.join_record(join)?;
        let all = record.kind == JoinKind::All;
        let decided = self.decided_by(join)?;
        let others = self.parts(join)?.enumerate().filter(move |&(index, _)| all && Some(index) != decided);
        Ok(others.filter_map(|(index, part)| Some((index, part?))).filter(|(_, part)| !matches!(part, Outcome::Ok(_))))
    }

    /// Whether it is a join that is decided, and awaits the end of its losers.
    pub(super) fn is_decided(&self, slot: u32) -> bool {
        self.rows[slot].kind == Kind::Join && self.record(slot).winner != NONE
    }

    /// Dooms all tasks of an owning join that have not settled, and settles the join if there are none.
    pub(super) fn close_owned(&mut self, join: u32) {
        self.record_mut(join).closing = true;
        let reason = match self.record(join).winner {
            NONE => self.reason(join),
            _ => Reason::LOST,
        };
        let mut next = self.record(join).first;
        while next != NONE {
            let edge = next;
            let Edge { child, sibling, .. } = self.edges[edge];
            next = sibling;
            if child == NONE {
                continue;
            }
            if self.rows[child].is_settled() {
                // In this very moment.
                self.unlink_edge(edge, child);
                self.fill_part(edge, child);
            }
        }
        self.doom_open(join, reason);
        if self.record(join).remaining == 0 {
            self.end_closing(join);
        } else {
            self.arm_grace(join);
        }
    }

    /// Dooms what a join still waits for.
    pub(super) fn doom_open(&mut self, join: u32, reason: Reason) {
        let mut next = self.record(join).first;
        while next != NONE {
            let Edge { child, sibling, .. } = self.edges[next];
            if child != NONE {
                self.doomed.push_back((child, reason.clone()));
            }
            next = sibling;
        }
    }

    /// A task of a closing join settled, and was unlinked from its edge.
    pub(super) fn end_loser(&mut self, join: u32, edge: u32, child: u32) {
        let record = *self.record(join);
        let ok = matches!(self.verdict(child), Verdict::Ok);
        let keep = match record.kind {
            JoinKind::All => !ok,
            JoinKind::AllSettled => true,
            JoinKind::Race | JoinKind::Any => self.planted.has(Sabotage::KeepLoserValue),
        };
        if keep {
            self.fill_part(edge, child);
        } else {
            self.edges[edge].child = NONE;
            self.record_mut(join).remaining -= 1;
        }
        if self.record(join).remaining == 0 {
            self.end_closing(join);
        }
    }

    fn end_closing(&mut self, join: u32) {
        if self.record(join).winner == NONE {
            debug_assert!(self.rows[join].flags.has(Flags::CANCELLED));
            self.settle_slot(join, Verdict::Cancelled(Reason::NONE), Value::NIL);
        } else {
            self.settle_decided(join);
        }
    }

    /// Delivers a closing join without those that have not ended.
    pub(super) fn detach_losers(&mut self, join: u32) {
        let mut next = self.record(join).first;
        while next != NONE {
            let edge = next;
            let Edge { child, sibling, .. } = self.edges[edge];
            next = sibling;
            if child != NONE {
                self.unlink_edge(edge, child);
                self.edges[edge].child = NONE;
                self.record_mut(join).remaining -= 1;
                self.detach(child);
            }
        }
        self.end_closing(join);
    }

    /// The reasons of a task's cancellation so far.
    pub(super) fn reason(&self, slot: u32) -> Reason {
        match self.rows[slot].cold {
            NONE => Reason::NONE,
            cold => self.colds[cold].reason.clone(),
        }
    }
}
