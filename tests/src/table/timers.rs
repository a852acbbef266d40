//! The clock as it should be: timers, and deadlines of other tasks.
//!
//! Invariant: deadlines pass in the order of their times, those of the same time in the order in which they were set,
//! and none before the clock is there.

use mangrove_scheduler::{JoinKind, TaskId};

use super::{Flaw, HIDDEN, Kind, Out, Table, Word};
use crate::shadow::Val;
use crate::walk::Check;

/// What happens at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A timer settles.
    Timer,
    /// The shields of a cancelled task pass.
    Shield,
    /// A join or a scope has waited long enough for the end of what it cancelled.
    Grace,
}

/// A deadline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    at: u64,
    /// How many were set before.
    number: u64,
    owner: Word,
    purpose: Purpose,
}

impl Table {
    /// Sets a deadline; it passes now if its time is past. A task has one at most.
    pub(super) fn arm(&mut self, owner: Word, at: u64, purpose: Purpose) {
        self.disarm(owner);
        self.deadlines_made += 1;
        self.deadlines.push(Deadline { at: at.max(self.now), number: self.deadlines_made, owner, purpose });
    }

    /// Removes the deadline of a task, if it has one.
    pub(super) fn disarm(&mut self, owner: Word) {
        self.deadlines.retain(|deadline| deadline.owner != owner);
    }

    /// A new timer.
    pub(crate) fn add_timer(&mut self, task: TaskId<'_>, at: u64) -> Check {
        self.add(task, Kind::Timer, Val::Nil)?;
        self.arm(mangrove_gc::Value::from(task).as_task().unwrap_or(0), at, Purpose::Timer);
        Ok(())
    }

    /// A new timeout of a task, which it may own.
    pub(crate) fn add_timeout(&mut self, race: TaskId<'_>, word: Word, time: u64, own: bool) -> Check {
        let timer = self.unknown();
        self.insert(timer, HIDDEN, Kind::Timer, Val::Nil);
        if let Some(task) = self.get_mut(timer) {
            task.released = true;
        }
        self.arm(timer, self.now.saturating_add(time), Purpose::Timer);
        self.add_join_with(race, JoinKind::Race, &[word, timer], own, None)
    }

    /// A name that no task has.
    pub(super) fn unknown(&mut self) -> Word {
        self.deadlines_made += 1;
        1 << 63 | self.deadlines_made
    }

    /// When the next deadline is.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.deadlines.iter().map(|deadline| deadline.at).min()
    }

    /// Lets pass what is due; gives how many deadlines there were.
    pub(crate) fn tick(&mut self) -> u64 {
        let mut count = 0;
        loop {
            let due = self.deadlines.iter().enumerate().filter(|(_, deadline)| deadline.at <= self.now);
            let first = due.min_by_key(|(_, deadline)| (deadline.at, deadline.number)).map(|(place, _)| place);
            let Some(place) = first else { return count };
            let Deadline { owner, purpose, .. } = self.deadlines.remove(place);
            match purpose {
                Purpose::Timer => {
                    let hidden = self.get(owner).is_some_and(super::Task::is_hidden);
                    self.settle(owner, if hidden { Out::Fault(Flaw::TimedOut) } else { Out::Ok(Val::Nil) });
                }
                Purpose::Shield => self.shield_passed(owner),
                Purpose::Grace => match self.get(owner).map(|task| &task.kind) {
                    Some(Kind::Join(_)) => self.detach_losers(owner),
                    _ => self.detach_members(owner),
                },
            }
            self.pump();
            count += 1;
        }
    }
}
