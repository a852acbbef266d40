//! Joins as they should be: which part decides, and what is known of the others.
//!
//! Invariant: an open join waits for each of its parts that has no outcome; a settled one for none.

use std::collections::VecDeque;

use mangrove_gc::Value;
use mangrove_scheduler::{JoinKind, TaskId};

use super::{Flaw, Join, Kind, Out, Stage, Table, Task, Waiter, Word};
use crate::shadow::Val;
use crate::walk::Check;

impl Table {
    /// A new join of these tasks.
    pub(crate) fn add_join(&mut self, join: TaskId<'_>, kind: JoinKind, words: &[Word]) -> Check {
        let parts = words.iter().map(|word| (*word, None)).collect();
        self.add(join, Kind::Join(Join { kind, parts, decided_by: None }), Val::Nil)?;
        self.open_join(Value::from(join).as_task().unwrap_or(0));
        Ok(())
    }

    /// A join that was made just now takes the outcomes that there are, and waits for the others.
    fn open_join(&mut self, join: Word) {
        let Some(Task { kind: Kind::Join(record), .. }) = self.get(join) else { return };
        let (kind, words) = (record.kind, record.parts.iter().map(|part| part.0).collect::<Vec<_>>());
        let mut decided: Option<(u64, usize)> = None;
        let outs: Vec<Option<(Out, u64)>> = words
            .iter()
            .map(|word| match &self.get(*word)?.stage {
                Stage::Settled { out, seq } => Some((out.clone(), *seq)),
                _ => None,
            })
            .collect();
        for (index, (out, seq)) in outs.iter().enumerate().filter_map(|(i, out)| Some((i, out.as_ref()?))) {
            // Settled already: All takes the first in time, the others the first in the input.
            let rank = if kind == JoinKind::All { *seq } else { 0 };
            if decides(kind, out) && decided.is_none_or(|(best, _)| rank < best) {
                decided = Some((rank, index));
            }
        }
        let open = outs.iter().filter(|out| out.is_none()).count();
        if let Some(Task { kind: Kind::Join(record), .. }) = self.get_mut(join) {
            for (part, out) in record.parts.iter_mut().zip(&outs) {
                part.1 = out.as_ref().map(|(out, _)| out.clone());
            }
        }
        let mut told = VecDeque::new();
        match decided {
            Some((_, index)) => self.decide(join, index, &mut told),
            None if open == 0 => self.exhaust(join, &mut told),
            None => {
                for (index, word) in words.iter().enumerate().filter(|(i, _)| outs[*i].is_none()) {
                    if let Some(task) = self.get_mut(*word) {
                        task.waiters.push_back(Waiter::Part(join, index));
                    }
                }
            }
        }
        self.cascade(told);
    }

    /// A settled join has the outcome of its part `index`, and waits for the others no longer.
    pub(super) fn decide(&mut self, join: Word, index: usize, told: &mut VecDeque<Word>) {
        let Some(Task { kind: Kind::Join(record), .. }) = self.get_mut(join) else { return };
        record.decided_by = Some(index);
        let out = record.parts[index].1.clone().unwrap_or(Out::Abandoned);
        self.close_parts(join);
        self.settle(join, out, told);
    }

    /// Leaves all waiter lists; takes the outcomes of tasks that settled before this moment.
    pub(super) fn close_parts(&mut self, join: Word) {
        let Some(Task { kind: Kind::Join(record), .. }) = self.get(join) else { return };
        let open: Vec<_> =
            (0..).zip(&record.parts).filter(|(_, part)| part.1.is_none()).map(|(i, p)| (i, p.0)).collect();
        for (index, word) in open {
            let Some(task) = self.get_mut(word) else { continue };
            task.waiters.retain(|waiter| *waiter != Waiter::Part(join, index));
            let out = task.out().cloned();
            if out.is_none() && task.is_hidden() {
                // The timer of a timeout that is decided: nobody else waits for it.
                self.free(word);
            }
            if let Some(Task { kind: Kind::Join(record), .. }) = self.get_mut(join) {
                record.parts[index].1 = out;
            }
        }
    }

    pub(super) fn exhaust(&mut self, join: Word, told: &mut VecDeque<Word>) {
        let Some(Task { kind: Kind::Join(record), .. }) = self.get(join) else { return };
        let out = match record.kind {
            JoinKind::All | JoinKind::AllSettled => Out::Ok(Val::Nil),
            JoinKind::Any => Out::Fault(Flaw::Aggregate),
            JoinKind::Race => Out::Fault(Flaw::EmptyJoin),
        };
        self.settle(join, out, told);
    }
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
