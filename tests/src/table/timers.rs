//! Timers as they should be.
//!
//! Invariant: timers settle in the order of their deadlines, those of the same deadline in the order in which they
//! were made, and none before the clock is there.

use mangrove_scheduler::{JoinKind, TaskId};

use super::{Flaw, HIDDEN, Kind, Out, Table, Task, Word};
use crate::shadow::Val;
use crate::walk::Check;

/// A timer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    /// When it is due.
    at: u64,
    /// How many were made before.
    number: u64,
}

impl Table {
    /// A timer that is due at that time, or now if that is past.
    pub(crate) fn timer(&mut self, at: u64) -> Timer {
        self.timers += 1;
        Timer { at: at.max(self.now), number: self.timers }
    }

    /// A new timeout of a task.
    pub(crate) fn add_timeout(&mut self, race: TaskId<'_>, word: Word, time: u64) -> Check {
        let timer = self.add_hidden(self.now.saturating_add(time));
        self.add_join(race, JoinKind::Race, &[word, timer])
    }

    /// Adds the timer of a timeout, and gives a name for it that no task has.
    fn add_hidden(&mut self, at: u64) -> Word {
        let timer = self.timer(at);
        let word = 1 << 63 | timer.number;
        self.insert(word, HIDDEN, Kind::Timer(timer), Val::Nil);
        if let Some(task) = self.get_mut(word) {
            task.released = true;
        }
        word
    }

    /// When the next timer is due.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.open_timers().map(|(timer, _)| timer.at).min()
    }

    /// Timers that are not settled.
    pub(super) fn open_timers(&self) -> impl Iterator<Item = (Timer, Word)> {
        self.tasks.iter().filter(|task| task.out().is_none()).filter_map(|task| match task {
            Task { kind: Kind::Timer(timer), word, .. } => Some((*timer, *word)),
            _ => None,
        })
    }

    /// Settles the timers that are due; gives how many there were.
    pub(crate) fn tick(&mut self) -> u64 {
        let mut count = 0;
        loop {
            let due = self.open_timers().filter(|(timer, _)| timer.at <= self.now);
            let Some((_, word)) = due.min_by_key(|(timer, _)| (timer.at, timer.number)) else { return count };
            let hidden = self.get(word).is_some_and(Task::is_hidden);
            self.settle_now(word, if hidden { Out::Fault(Flaw::TimedOut) } else { Out::Ok(Val::Nil) });
            count += 1;
        }
    }
}
