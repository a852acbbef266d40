//! Shields, graces and detached tasks as they should be.
//!
//! Invariant: a deadline is set only while a cancellation waits for it.

use super::timers::Purpose;
use super::{Table, Word};

impl Table {
    /// The running task is in one more shield.
    pub(crate) fn begin_shield(&mut self, word: Word, until: u64) {
        if let Some(task) = self.get_mut(word) {
            task.shields.push(until);
        }
        self.set_shield(word);
    }

    /// The innermost shield of the running task ends. False if it is in none.
    pub(crate) fn end_shield(&mut self, word: Word) -> bool {
        let ended = self.get_mut(word).is_some_and(|task| task.shields.pop().is_some());
        if ended {
            self.set_shield(word);
        }
        ended
    }

    /// Whether a cancel of the task would wait for a shield.
    pub(super) fn is_shielded(&self, word: Word) -> bool {
        self.get(word).is_some_and(|task| task.shielded && task.shields.iter().any(|end| *end > self.now))
    }

    fn set_shield(&mut self, word: Word) {
        let now = self.now;
        self.disarm(word);
        let Some(task) = self.get_mut(word) else { return };
        let end = task.shields.iter().copied().max().filter(|end| *end > now);
        task.shielded = end.is_some();
        if let (Some(end), true) = (end, task.cancelled) {
            self.arm(word, end, Purpose::Shield);
        }
    }

    /// A task that has started was cancelled: it is told now, at its next await, or when its shields have passed.
    pub(super) fn cancel_started(&mut self, word: Word) {
        if self.get(word).is_some_and(|task| task.shielded) {
            self.set_shield(word);
        }
        if !self.get(word).is_some_and(|task| task.shielded) {
            self.tell_cancelled(word);
        }
    }

    pub(super) fn shield_passed(&mut self, word: Word) {
        if let Some(task) = self.get_mut(word) {
            task.shielded = false;
        }
        self.tell_cancelled(word);
    }

    /// From now on a join or a scope awaits the end of what it cancelled.
    pub(super) fn arm_grace(&mut self, word: Word) {
        if let Some(grace) = self.get(word).and_then(|task| task.grace) {
            self.arm(word, self.now.saturating_add(grace), Purpose::Grace);
        }
    }

    /// Who waited for the end of a task waits no longer.
    pub(super) fn detach(&mut self, word: Word) {
        if let Some(task) = self.get_mut(word)
            && !std::mem::replace(&mut task.detached, true)
        {
            self.detached += 1;
        }
    }
}
