//! Turns, awaits and cancellation as they should be.
//!
//! Invariant: a task that began runs until one call ends its turn; one that is cancelled is told at each await.

use mangrove_scheduler::JoinKind;

use super::{End, Kind, Out, Resume, Stage, Table, Waiter, Woken, Word, is_joined};
use crate::shadow::Val;

impl Table {
    /// The next task to run, with its value and why it is resumed.
    pub(crate) fn begin(&mut self) -> Option<(Word, Val, Woken)> {
        let word = self.urgent.pop_front().or_else(|| self.ready.pop_front())?;
        let task = self.get_mut(word)?;
        let (val, reason) = (task.val, task.reason.clone());
        let Stage::Ready(resume) = std::mem::replace(&mut task.stage, Stage::Running) else { return None };
        let woken = match resume {
            Resume::First => Woken::First,
            Resume::Yielded => Woken::Yielded,
            Resume::AfterSafepoint => Woken::AfterSafepoint,
            Resume::Refused(about) => Woken::Refused(about),
            Resume::Gone(about) => Woken::Gone(about),
            Resume::Cancelled => Woken::Cancelled(reason),
            Resume::Delivery(of) => {
                let (out, joined) = self.deliver(of)?;
                if joined && matches!(out, Out::Ok(_)) { Woken::Joined(of) } else { Woken::Out(of, out) }
            }
        };
        Some((word, val, woken))
    }

    /// One ready task less is to get the outcome of `of`.
    fn deliver(&mut self, of: Word) -> Option<(Out, bool)> {
        if let Some(task) = self.get_mut(of) {
            task.undelivered -= 1;
            return Some((task.out()?.clone(), is_joined(&task.kind)));
        }
        let place = self.orphans.iter().position(|orphan| orphan.word == of)?;
        let orphan = &mut self.orphans[place];
        orphan.undelivered -= 1;
        let (out, joined, left) = (orphan.out.clone(), orphan.joined, orphan.undelivered);
        if left == 0 {
            self.orphans.remove(place);
        }
        Some((out, joined))
    }

    fn requeue(&mut self, word: Word, val: Val, resume: Resume) -> End {
        if let Some(task) = self.get_mut(word) {
            task.val = val;
        }
        self.make_ready(word, resume);
        End::Ready
    }

    /// The turn of `word` ends: it awaits `on`.
    pub(crate) fn suspend(&mut self, word: Word, on: Word, val: Val) -> End {
        if self.get(word).is_some_and(|task| task.cancelled) {
            return self.requeue(word, val, Resume::Cancelled);
        }
        if let Some(task) = self.get_mut(on)
            && task.out().is_some()
        {
            task.undelivered += 1;
            return self.requeue(word, val, Resume::Delivery(on));
        }
        if !self.can_end(on, word) && self.leads_back(on, word) {
            return self.requeue(word, val, Resume::Refused(on));
        }
        if let Some(task) = self.get_mut(word) {
            task.val = val;
            task.stage = Stage::Waiting(Some(on));
        }
        if let Some(task) = self.get_mut(on) {
            task.waiters.push_back(Waiter::Task(word));
        }
        End::Waits
    }

    /// The turn of `word` ends: it awaits what is gone, and a run loop tells it so.
    pub(crate) fn refuse_stale(&mut self, word: Word, on: Word, val: Val) {
        self.requeue(word, val, Resume::Gone(on));
    }

    /// Whether `on` may settle while `without` waits for it: the least fixpoint over what awaits what.
    fn can_end(&self, on: Word, without: Word) -> bool {
        let mut able = vec![false; self.tasks.len()];
        let target = self.place(on);
        loop {
            let mut grew = false;
            for (place, task) in self.tasks.iter().enumerate() {
                if able[place] || task.word == without {
                    continue;
                }
                let can = |word: Word| self.place(word).is_some_and(|place| able[place]);
                let ends = match (&task.stage, &task.kind) {
                    (Stage::Waiting(Some(on)), _) => can(*on),
                    (Stage::Waiting(None), Kind::Join(join)) => {
                        let mut open = join.parts.iter().filter(|part| part.1.is_none()).map(|part| part.0);
                        match join.kind {
                            JoinKind::Race | JoinKind::Any => open.any(can),
                            JoinKind::All | JoinKind::AllSettled => open.all(can),
                        }
                    }
                    _ => true,
                };
                able[place] = ends;
                grew |= ends;
            }
            if target.is_some_and(|place| able[place]) {
                return true;
            }
            if !grew {
                return false;
            }
        }
    }

    /// Whether a chain of awaits leads from `from` to `to`, over tasks that cannot end while `to` waits.
    fn leads_back(&self, from: Word, to: Word) -> bool {
        let (mut met, mut at) = (vec![from], 0);
        while let Some(word) = met.get(at).copied() {
            at += 1;
            if word == to {
                return true;
            }
            let Some(task) = self.get(word) else { continue };
            let mut next = match (&task.stage, &task.kind) {
                (Stage::Waiting(Some(on)), _) => vec![*on],
                (Stage::Waiting(None), Kind::Join(join)) => {
                    join.parts.iter().filter(|part| part.1.is_none()).map(|part| part.0).collect()
                }
                _ => Vec::new(),
            };
            next.retain(|word| *word == to || !met.contains(word) && !self.can_end(*word, to));
            met.append(&mut next);
        }
        false
    }

    pub(crate) fn yield_now(&mut self, word: Word, val: Val) -> End {
        let told = self.get(word).is_some_and(|task| task.cancelled);
        self.requeue(word, val, if told { Resume::Cancelled } else { Resume::Yielded })
    }

    pub(crate) fn at_safepoint(&mut self, word: Word, val: Val) -> End {
        if let Some(task) = self.get_mut(word) {
            task.val = val;
            task.stage = Stage::Ready(Resume::AfterSafepoint);
        }
        self.urgent.push_back(word);
        End::Ready
    }

    pub(crate) fn complete(&mut self, word: Word, val: Val) -> End {
        match self.get(word) {
            Some(task) if task.cancelled => {
                let reason = task.reason.clone();
                self.settle_now(word, Out::Cancelled(reason));
                End::Cancelled
            }
            _ => self.end(word, Out::Ok(val)),
        }
    }

    /// A turn ends, or an external: the task settles.
    pub(crate) fn end(&mut self, word: Word, out: Out) -> End {
        self.settle_now(word, out);
        End::Settled
    }

    pub(crate) fn end_cancelled(&mut self, word: Word) -> End {
        let reason = self.get(word).map(|task| task.reason.clone()).unwrap_or_default();
        self.end(word, Out::Cancelled(reason))
    }

    pub(crate) fn cancel(&mut self, word: Word, reason: &str) -> End {
        let Some(task) = self.get_mut(word) else { return End::Settled };
        if task.out().is_some() {
            return End::Settled;
        }
        if !reason.is_empty() && !task.reason.split("; ").any(|part| part == reason) {
            let glue = if task.reason.is_empty() { "" } else { "; " };
            task.reason = format!("{}{glue}{reason}", task.reason);
        }
        if std::mem::replace(&mut task.cancelled, true) {
            return End::Again;
        }
        let out = Out::Cancelled(task.reason.clone());
        match (task.stage.clone(), &task.kind) {
            (Stage::Ready(Resume::First), _) => {
                self.ready.retain(|other| *other != word);
                self.settle_now(word, out);
                End::Ended
            }
            (_, Kind::External | Kind::Timer(_)) => {
                self.settle_now(word, out);
                End::Ended
            }
            (_, Kind::Join(_)) => {
                self.close_parts(word);
                self.settle_now(word, out);
                End::Ended
            }
            (Stage::Ready(Resume::Delivery(of)), _) => {
                self.seq += 1;
                // It will not be told of what it awaited.
                self.deliver(of);
                self.resume_cancelled(word);
                End::Told
            }
            (Stage::Ready(Resume::Yielded | Resume::Refused(_) | Resume::Gone(_)), _) => {
                self.seq += 1;
                self.resume_cancelled(word);
                End::Told
            }
            (Stage::Waiting(Some(on)), _) => {
                self.seq += 1;
                if let Some(task) = self.get_mut(on) {
                    task.waiters.retain(|waiter| *waiter != Waiter::Task(word));
                }
                self.make_ready(word, Resume::Cancelled);
                End::Told
            }
            _ => {
                // In the middle of its turn: it is told at its next await.
                self.seq += 1;
                End::Told
            }
        }
    }

    /// A task in the queue keeps its place, and is told that it is cancelled.
    fn resume_cancelled(&mut self, word: Word) {
        if let Some(task) = self.get_mut(word) {
            task.stage = Stage::Ready(Resume::Cancelled);
        }
    }
}
