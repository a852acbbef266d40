//! Joins as they should be: which part decides, and what is known of the others.
//!
//! Invariant: an open join waits for each of its parts that has no outcome; a settled one for none.

use mangrove_gc::Value;
use mangrove_scheduler::{JoinKind, Reason, TaskId};

use super::{Flaw, Join, Kind, Out, Part, Stage, Table, Task, Waiter, Word, reason_of};
use crate::shadow::Val;
use crate::walk::Check;

impl Table {
    /// A new join of these tasks.
    pub(crate) fn add_join(&mut self, join: TaskId<'_>, kind: JoinKind, words: &[Word]) -> Check {
        self.add_join_with(join, kind, words, false, None)
    }

    /// A new join of these tasks, which it may own.
    pub(crate) fn add_join_with(
        &mut self,
        join: TaskId<'_>,
        kind: JoinKind,
        words: &[Word],
        own: bool,
        grace: Option<u64>,
    ) -> Check {
        self.add(join, join_of(kind, words, own), Val::Nil)?;
        let word = Value::from(join).as_task().unwrap_or(0);
        if let Some(task) = self.get_mut(word) {
            task.grace = grace;
        }
        self.open_join(word);
        self.pump();
        Ok(())
    }

    fn record(&self, join: Word) -> Option<&Join> {
        match self.get(join)? {
            Task { kind: Kind::Join(record), .. } => Some(record),
            _ => None,
        }
    }

    fn record_mut(&mut self, join: Word) -> Option<&mut Join> {
        match self.get_mut(join)? {
            Task { kind: Kind::Join(record), .. } => Some(record),
            _ => None,
        }
    }

    /// A join that was made just now takes the outcomes that there are, and waits for the others.
    pub(super) fn open_join(&mut self, join: Word) {
        let Some(record) = self.record(join) else { return };
        let (kind, words) = (record.kind, record.parts.iter().map(|part| part.word).collect::<Vec<_>>());
        let mut decided: Option<(u64, usize)> = None;
        for (index, word) in words.iter().enumerate() {
            let stage = self.get(*word).map(|task| task.stage.clone());
            let Some(Stage::Settled { out, seq }) = stage else {
                if let Some(task) = self.get_mut(*word) {
                    task.waiters.push_back(Waiter::Part(join, index));
                }
                continue;
            };
            // Settled already: All takes the first in time, the others the first in the input.
            let rank = if kind == JoinKind::All { seq } else { 0 };
            if decides(kind, &out) && decided.is_none_or(|(best, _)| rank < best) {
                decided = Some((rank, index));
            }
            self.fill(join, index, Some(out));
        }
        let open = self.record(join).is_some_and(|record| record.open().next().is_some());
        match decided {
            Some((_, index)) => self.decide(join, index),
            None if !open => self.exhaust(join),
            None => {}
        }
    }

    /// The join waits for a part no longer, and keeps this of it.
    fn fill(&mut self, join: Word, index: usize, out: Option<Out>) {
        if let Some(record) = self.record_mut(join) {
            record.parts[index].open = false;
            record.parts[index].out = out;
        }
    }

    /// A task of a join settled, and the join left its list.
    pub(super) fn part_settled(&mut self, join: Word, index: usize) {
        let Some(record) = self.record(join) else { return };
        let (kind, closing) = (record.kind, record.closing);
        let Some(out) = self.get(record.parts[index].word).and_then(|task| task.out().cloned()) else { return };
        let decides = decides(kind, &out);
        let keep = match kind {
            _ if !closing => true,
            JoinKind::All => !matches!(out, Out::Ok(_)),
            JoinKind::AllSettled => true,
            JoinKind::Race | JoinKind::Any => false,
        };
        self.fill(join, index, keep.then_some(out));
        let open = self.record(join).is_some_and(|record| record.open().next().is_some());
        if closing {
            if !open {
                self.end_closing(join);
            }
        } else if decides {
            self.decide(join, index);
        } else if !open {
            self.exhaust(join);
        } else if kind == JoinKind::Any {
            self.suspects.push_back(join);
        }
    }

    /// A join is decided by its part `index`. It waits for the others no longer, or awaits their end.
    fn decide(&mut self, join: Word, index: usize) {
        let Some(record) = self.record_mut(join) else { return };
        record.decided_by = Some(index);
        if record.own {
            self.close_owned(join);
        } else {
            self.close_parts(join);
            self.end_closing(join);
        }
    }

    /// Takes the outcomes of tasks that settled before this moment; gives those that have not.
    fn settled_parts(&mut self, join: Word) -> Vec<(usize, Word)> {
        let Some(record) = self.record(join) else { return Vec::new() };
        let open = record.parts.iter().enumerate().filter(|(_, part)| part.open);
        let mut open: Vec<_> = open.map(|(index, part)| (index, part.word)).collect();
        open.retain(|(index, word)| {
            let Some(out) = self.get(*word).and_then(|task| task.out().cloned()) else { return true };
            if let Some(task) = self.get_mut(*word) {
                task.waiters.retain(|waiter| *waiter != Waiter::Part(join, *index));
            }
            self.fill(join, *index, Some(out));
            false
        });
        open
    }

    /// Leaves all waiter lists.
    pub(super) fn close_parts(&mut self, join: Word) {
        for (index, word) in self.settled_parts(join) {
            self.fill(join, index, None);
            let Some(task) = self.get_mut(word) else { continue };
            task.waiters.retain(|waiter| *waiter != Waiter::Part(join, index));
            if task.is_hidden() {
                // The timer of a timeout that is decided: nobody else waits for it.
                self.disarm(word);
                self.free(word);
            }
        }
    }

    /// A join that owns its tasks cancels those that have not settled, and awaits their end.
    pub(super) fn close_owned(&mut self, join: Word) {
        let open = self.settled_parts(join);
        let Some(task) = self.get_mut(join) else { return };
        let own_reason = task.reason.clone();
        let Kind::Join(record) = &mut task.kind else { return };
        record.closing = true;
        let reason = if record.decided_by.is_some() { reason_of(Reason::LOST) } else { own_reason };
        if open.is_empty() {
            return self.end_closing(join);
        }
        self.doomed.extend(open.into_iter().map(|(_, word)| (word, reason.clone())));
        self.arm_grace(join);
    }

    /// A decided or cancelled join has waited for all that it had to.
    fn end_closing(&mut self, join: Word) {
        let reason = self.get(join).map(|task| task.reason.join("; ")).unwrap_or_default();
        let Some(record) = self.record(join) else { return };
        let out = match record.decided_by {
            Some(index) => record.parts[index].out.clone().unwrap_or(Out::Abandoned),
            None => Out::Cancelled(reason),
        };
        self.settle(join, out);
    }

    /// The grace of a join is over: it ends without its losers.
    pub(super) fn detach_losers(&mut self, join: Word) {
        for (index, word) in self.settled_parts(join) {
            if let Some(task) = self.get_mut(word) {
                task.waiters.retain(|waiter| *waiter != Waiter::Part(join, index));
            }
            self.fill(join, index, None);
            self.detach(word);
        }
        self.end_closing(join);
    }

    fn exhaust(&mut self, join: Word) {
        let Some(record) = self.record(join) else { return };
        let out = match record.kind {
            JoinKind::All | JoinKind::AllSettled => Out::Ok(Val::Nil),
            JoinKind::Any => Out::Fault(Flaw::Aggregate),
            JoinKind::Race => Out::Fault(Flaw::EmptyJoin),
        };
        self.settle(join, out);
    }

    /// A join that only waits for itself, since it lost a candidate, fails.
    pub(super) fn settle_if_hopeless(&mut self, join: Word) {
        let Some(record) = self.record(join) else { return };
        let (own, closing) = (record.own, record.closing);
        if closing || self.get(join).is_none_or(|task| task.out().is_some()) || self.can_end(join, Word::MAX) {
            return;
        }
        if own {
            let open: Vec<Word> = self.record(join).map(|record| record.open().collect()).unwrap_or_default();
            self.doomed.extend(open.into_iter().map(|word| (word, reason_of(Reason::LOST))));
        }
        self.close_parts(join);
        self.settle(join, Out::Fault(Flaw::Deadlock));
    }
}

/// A join that is not open.
pub(super) fn join_of(kind: JoinKind, words: &[Word], own: bool) -> Kind {
    let parts = words.iter().map(|word| Part { word: *word, out: None, open: true }).collect();
    Kind::Join(Join { kind, parts, decided_by: None, own, closing: false })
}

/// Whether an outcome decides a join of this kind.
pub(super) fn decides(kind: JoinKind, out: &Out) -> bool {
    let ok = matches!(out, Out::Ok(_));
    match kind {
        JoinKind::All => !ok,
        JoinKind::Race => true,
        JoinKind::Any => ok,
        JoinKind::AllSettled => false,
    }
}
