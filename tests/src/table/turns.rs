//! Turns, awaits and cancellation as they should be.
//!
//! Invariant: a task that began runs until one call ends its turn; one that is cancelled is told at each await.

use mangrove_scheduler::{JoinKind, TaskId};

use super::{End, Kind, Out, Resume, Stage, Table, Waiter, Woken, Word, is_joined};
use crate::shadow::Val;
use crate::walk::Check;

impl Table {
    /// The next task to run, with its value and why it is resumed. `found` began, which is right if any may be next.
    pub(crate) fn begin(&mut self, found: Option<Word>) -> Option<(Word, Val, Woken)> {
        let place = self.ready.iter().position(|word| Some(*word) == found);
        if let Some(word) = place.filter(|_| self.any_order).and_then(|place| self.ready.remove(place)) {
            self.ready.push_front(word);
        }
        let word = self.urgent.pop_front().or_else(|| self.ready.pop_front())?;
        let task = self.get_mut(word)?;
        task.unstarted = false;
        let (val, reason) = (task.val, task.reason.join("; "));
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

    /// A new task that is born waiting for `on`.
    pub(crate) fn add_after(&mut self, task: TaskId<'_>, on: Word, val: Val) -> Check {
        self.add(task, Kind::Callable, val)?;
        // It is in the queue only if that has settled.
        let word = self.ready.pop_back().unwrap_or(0);
        let (settled, resume) = (self.get(on).is_some_and(|on| on.out().is_some()), Resume::Delivery(on));
        if let Some(task) = self.get_mut(word) {
            task.unstarted = true;
            task.stage = Stage::Waiting(Some(on));
        }
        if let Some(on) = self.get_mut(on) {
            match settled {
                true => on.undelivered += 1,
                false => on.waiters.push_back(Waiter::Task(word)),
            }
        }
        if settled {
            self.make_ready(word, resume);
        }
        Ok(())
    }

    /// A task that is cancelled before its first turn leaves the list that it is in.
    pub(super) fn leave_unstarted(&mut self, word: Word) {
        match self.get(word).map(|task| task.stage.clone()) {
            Some(Stage::Waiting(Some(on))) => {
                if let Some(on) = self.get_mut(on) {
                    on.waiters.retain(|waiter| *waiter != Waiter::Task(word));
                }
            }
            Some(Stage::Ready(resume)) => {
                self.ready.retain(|other| *other != word);
                if let Resume::Delivery(of) = resume {
                    self.deliver(of);
                }
            }
            _ => {}
        }
    }

    /// The turn of `word` ends: it awaits `on`.
    pub(crate) fn suspend(&mut self, word: Word, on: Word, val: Val) -> End {
        if self.tells_cancel(word) {
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
        let told = self.tells_cancel(word);
        self.requeue(word, val, if told { Resume::Cancelled } else { Resume::Gone(on) });
    }

    /// Whether `on` may settle while `without` waits for it: the least fixpoint over what awaits what.
    pub(super) fn can_end(&self, on: Word, without: Word) -> bool {
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
                        let mut open = join.open();
                        match join.kind {
                            _ if join.closing => open.all(can),
                            JoinKind::Race | JoinKind::Any => open.any(can),
                            JoinKind::All | JoinKind::AllSettled => open.all(can),
                        }
                    }
                    (Stage::Waiting(None), Kind::Scope(scope)) => scope.members.iter().copied().all(can),
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
    pub(super) fn leads_back(&self, from: Word, to: Word) -> bool {
        let (mut met, mut at) = (vec![from], 0);
        while let Some(word) = met.get(at).copied() {
            at += 1;
            if word == to {
                return true;
            }
            let Some(task) = self.get(word) else { continue };
            let mut next = match (&task.stage, &task.kind) {
                (Stage::Waiting(Some(on)), _) => vec![*on],
                (Stage::Waiting(None), Kind::Join(join)) => join.open().collect(),
                (Stage::Waiting(None), Kind::Scope(scope)) => scope.members.clone(),
                _ => Vec::new(),
            };
            next.retain(|word| *word == to || !met.contains(word) && !self.can_end(*word, to));
            met.append(&mut next);
        }
        false
    }

    /// Whether an await of the task raises its cancellation.
    fn tells_cancel(&self, word: Word) -> bool {
        self.get(word).is_some_and(|task| task.cancelled && !task.shielded)
    }

    pub(crate) fn yield_now(&mut self, word: Word, val: Val) -> End {
        let told = self.tells_cancel(word);
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

    pub(crate) fn defer(&mut self, word: Word) -> End {
        if self.get(word).is_some_and(|task| task.cancelled) {
            self.end_cancelled(word);
            return End::Cancelled;
        }
        if let Some(task) = self.get_mut(word) {
            task.kind = Kind::Deferred;
            task.stage = Stage::Waiting(None);
            task.val = Val::Nil;
        }
        End::Waits
    }

    pub(crate) fn complete(&mut self, word: Word, val: Val) -> End {
        match self.get(word) {
            Some(task) if task.cancelled => {
                let reason = task.reason.join("; ");
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
        let reason = self.get(word).map(|task| task.reason.join("; ")).unwrap_or_default();
        self.end(word, Out::Cancelled(reason))
    }

    /// Cancels a task, and all that it owns.
    pub(crate) fn cancel(&mut self, word: Word, reason: &str) -> End {
        let reason: Vec<String> = if reason.is_empty() { Vec::new() } else { vec![reason.to_owned()] };
        let end = self.cancel_one(word, &reason);
        self.pump();
        let ended = end == End::Told && self.get(word).is_none_or(|task| task.out().is_some());
        if ended { End::Ended } else { end }
    }

    /// A task that has started learns of its cancellation: now if it waits, else at its next await.
    pub(super) fn tell_cancelled(&mut self, word: Word) {
        let Some(task) = self.get(word) else { return };
        match task.stage.clone() {
            Stage::Ready(Resume::Delivery(of)) => {
                // It will not be told of what it awaited.
                self.deliver(of);
                self.resume_cancelled(word);
            }
            Stage::Ready(Resume::Yielded | Resume::Refused(_) | Resume::Gone(_)) => self.resume_cancelled(word),
            Stage::Waiting(Some(on)) => {
                if let Some(task) = self.get_mut(on) {
                    task.waiters.retain(|waiter| *waiter != Waiter::Task(word));
                }
                self.make_ready(word, Resume::Cancelled);
            }
            _ => {}
        }
    }

    /// A task in the queue keeps its place, and is told that it is cancelled.
    fn resume_cancelled(&mut self, word: Word) {
        if let Some(task) = self.get_mut(word) {
            task.stage = Stage::Ready(Resume::Cancelled);
        }
    }
}
