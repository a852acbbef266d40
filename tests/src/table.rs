//! [`Table`]: the tasks as they should be: states, values, waiters, joins, deliveries, by the table of semantics.
//!
//! Invariant: it is plain Rust data with one rule for each transition, written from the semantics and not from the
//! scheduler. [`Table::roots`] lists what is rooted in every state: each task's own value; what a join knows of its
//! parts; results of tasks that are gone and not yet delivered.

use std::collections::VecDeque;

use mangrove_gc::Value;
use mangrove_scheduler::{Fault, JoinKind, Outcome, TaskId, TaskScheduler, TaskStatus};

use crate::operand::Pick;
use crate::shadow::Val;
use crate::walk::{Check, Walk};

/// A task's name: the bits of its handle.
pub(crate) type Word = u64;

/// How a task settled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Out {
    Ok(Val),
    Err(Val),
    Fault(Flaw),
    Cancelled(String),
    Abandoned,
}

/// A fault of the scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    EmptyJoin,
    Aggregate,
    Panicked,
    OutOfMemory,
}

impl Out {
    /// The value that is a root with it.
    pub(crate) fn val(&self) -> Val {
        match self {
            Out::Ok(val) | Out::Err(val) => *val,
            _ => Val::Nil,
        }
    }

    fn status(&self) -> TaskStatus {
        match self {
            Out::Ok(_) => TaskStatus::Completed,
            Out::Err(_) | Out::Fault(_) => TaskStatus::Failed,
            Out::Cancelled(_) => TaskStatus::Cancelled,
            Out::Abandoned => TaskStatus::Abandoned,
        }
    }
}

/// Why a ready task will be resumed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resume {
    First,
    Yielded,
    AfterSafepoint,
    /// With the outcome of this task, which may be gone by then.
    Delivery(Word),
    /// Its await of this task would have closed a cycle.
    Refused(Word),
    Cancelled,
}

/// What a task is resumed with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Woken {
    First,
    Yielded,
    AfterSafepoint,
    Joined(Word),
    Out(Word, Out),
    Refused(Word),
    Cancelled(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stage {
    Ready(Resume),
    Running,
    /// A callable that awaits a task; an external or a join, that awaits nothing by itself.
    Waiting(Option<Word>),
    Settled {
        out: Out,
        seq: u64,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub(crate) kind: JoinKind,
    /// Each task, and its outcome if that is part of the join.
    pub(crate) parts: Vec<(Word, Option<Out>)>,
    pub(crate) decided_by: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Callable,
    External,
    Join(Join),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiter {
    Task(Word),
    Part(Word, usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) word: Word,
    slot: u32,
    pub(crate) kind: Kind,
    pub(crate) stage: Stage,
    /// Callable, then continuation.
    val: Val,
    pub(crate) cancelled: bool,
    reason: String,
    released: bool,
    tickets: u32,
    /// A ticket left the task to others.
    kept: bool,
    waiters: VecDeque<Waiter>,
    /// Ready tasks that are to get its outcome.
    undelivered: u32,
}

impl Task {
    pub(crate) fn out(&self) -> Option<&Out> {
        if let Stage::Settled { out, .. } = &self.stage { Some(out) } else { None }
    }

    /// The value that is a root with it.
    fn root(&self) -> Val {
        self.out().map_or(self.val, Out::val)
    }

    pub(crate) fn is_running(&self) -> bool {
        self.stage == Stage::Running
    }

    pub(crate) fn status(&self) -> TaskStatus {
        match &self.stage {
            Stage::Settled { out, .. } => out.status(),
            _ if self.cancelled => TaskStatus::Cancelling,
            Stage::Ready(_) => TaskStatus::Ready,
            Stage::Running => TaskStatus::Running,
            Stage::Waiting(_) => TaskStatus::Waiting,
        }
    }
}

/// What an outcome leaves behind when its task is gone and somebody is still to get it.
#[derive(Clone, Debug)]
struct Orphan {
    word: Word,
    out: Out,
    /// It was a join that succeeds with its parts.
    joined: bool,
    undelivered: u32,
}

/// How a turn should have ended, or a cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Waits,
    Ready,
    Settled,
    Cancelled,
    /// Of a cancel: at once.
    Ended,
    /// Of a cancel: when it says so.
    Told,
    Again,
}

/// All tasks.
#[derive(Default)]
pub(crate) struct Table {
    /// By slot.
    tasks: Vec<Task>,
    /// The words of `tasks`, to find one quickly.
    words: Vec<Word>,
    urgent: VecDeque<Word>,
    ready: VecDeque<Word>,
    orphans: Vec<Orphan>,
    seq: u64,
    /// Ids of tasks that are gone, the newest last.
    pub(crate) stale: VecDeque<Word>,
    pub(crate) made: u64,
    pub(crate) most: usize,
}

/// The task of a word.
pub(crate) fn id_of<'gc>(word: Word) -> Check<TaskId<'gc>> {
    Value::task(word).and_then(TaskId::from_value).ok_or_else(|| format!("{word:#x} is no task's word"))
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(crate) fn get(&self, word: Word) -> Option<&Task> {
        self.place(word).map(|place| &self.tasks[place])
    }

    pub(crate) fn get_mut(&mut self, word: Word) -> Option<&mut Task> {
        self.place(word).map(|place| &mut self.tasks[place])
    }

    fn place(&self, word: Word) -> Option<usize> {
        self.words.iter().position(|other| *other == word)
    }

    /// One of the tasks for which `fits`.
    pub(crate) fn pick(&self, pick: Pick, fits: impl Fn(&Task) -> bool) -> Option<Word> {
        let count = self.tasks.iter().filter(|task| fits(task)).count();
        let index = pick.of(count)?;
        self.tasks.iter().filter(|task| fits(task)).nth(index).map(|task| task.word)
    }

    /// The word of any task.
    pub(crate) fn pick_word(&self, pick: Pick) -> Option<Word> {
        pick.of(self.tasks.len()).map(|index| self.tasks[index].word)
    }

    // ---- transitions

    /// A new task; an error if another has its name.
    pub(crate) fn add(&mut self, task: TaskId<'_>, kind: Kind, val: Val) -> Check {
        let word = Value::from(task).as_task().unwrap_or(0);
        if self.get(word).is_some() || self.stale.contains(&word) {
            return Err(format!("the new {task:?} has the name of another"));
        }
        let name = task.name().to_string();
        let slot =
            name.strip_prefix("task ").and_then(|name| name.split('.').next()).and_then(|slot| slot.parse().ok());
        let slot = slot.ok_or_else(|| format!("`{name}` names no slot"))?;
        let stage = match kind {
            Kind::Callable => Stage::Ready(Resume::First),
            _ => Stage::Waiting(None),
        };
        if let Kind::Callable = kind {
            self.ready.push_back(word);
        }
        let place = self.tasks.partition_point(|task| task.slot < slot);
        let task = Task {
            word,
            slot,
            kind,
            stage,
            val,
            cancelled: false,
            reason: String::new(),
            released: false,
            tickets: 0,
            kept: false,
            waiters: VecDeque::new(),
            undelivered: 0,
        };
        self.tasks.insert(place, task);
        self.words.insert(place, word);
        self.made += 1;
        self.most = self.most.max(self.tasks.len());
        Ok(())
    }

    /// A join that was made just now takes the outcomes that there are, and waits for the others.
    pub(crate) fn open_join(&mut self, join: Word) {
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
    fn decide(&mut self, join: Word, index: usize, told: &mut VecDeque<Word>) {
        let Some(Task { kind: Kind::Join(record), .. }) = self.get_mut(join) else { return };
        record.decided_by = Some(index);
        let out = record.parts[index].1.clone().unwrap_or(Out::Abandoned);
        self.close_parts(join);
        self.settle(join, out, told);
    }

    /// Leaves all waiter lists; takes the outcomes of tasks that settled before this moment.
    fn close_parts(&mut self, join: Word) {
        let Some(Task { kind: Kind::Join(record), .. }) = self.get(join) else { return };
        let open: Vec<_> =
            (0..).zip(&record.parts).filter(|(_, part)| part.1.is_none()).map(|(i, p)| (i, p.0)).collect();
        for (index, word) in open {
            let Some(task) = self.get_mut(word) else { continue };
            task.waiters.retain(|waiter| *waiter != Waiter::Part(join, index));
            let out = task.out().cloned();
            if let Some(Task { kind: Kind::Join(record), .. }) = self.get_mut(join) {
                record.parts[index].1 = out;
            }
        }
    }

    fn exhaust(&mut self, join: Word, told: &mut VecDeque<Word>) {
        let Some(Task { kind: Kind::Join(record), .. }) = self.get(join) else { return };
        let out = match record.kind {
            JoinKind::All | JoinKind::AllSettled => Out::Ok(Val::Nil),
            JoinKind::Any => Out::Fault(Flaw::Aggregate),
            JoinKind::Race => Out::Fault(Flaw::EmptyJoin),
        };
        self.settle(join, out, told);
    }

    /// Settles a task that is in no list; who waits for it is told in the cascade.
    fn settle(&mut self, word: Word, out: Out, told: &mut VecDeque<Word>) {
        self.seq += 1;
        let seq = self.seq;
        if let Some(task) = self.get_mut(word) {
            task.stage = Stage::Settled { out, seq };
            told.push_back(word);
        }
    }

    /// Tells waiters in the order in which they began to wait; what that settles tells its own after that.
    fn cascade(&mut self, mut told: VecDeque<Word>) {
        while let Some(word) = told.pop_front() {
            while let Some(waiter) = self.get_mut(word).and_then(|task| task.waiters.pop_front()) {
                match waiter {
                    Waiter::Task(waiter) => {
                        if let Some(task) = self.get_mut(word) {
                            task.undelivered += 1;
                        }
                        self.make_ready(waiter, Resume::Delivery(word));
                    }
                    Waiter::Part(join, index) => {
                        let out = self.get(word).and_then(|task| task.out().cloned());
                        let Some(Task { kind: Kind::Join(record), .. }) = self.get_mut(join) else { continue };
                        record.parts[index].1 = out.clone();
                        let kind = record.kind;
                        let open = record.parts.iter().any(|part| part.1.is_none());
                        if out.is_some_and(|out| decides(kind, &out)) {
                            self.decide(join, index, &mut told);
                        } else if !open {
                            self.exhaust(join, &mut told);
                        }
                    }
                }
            }
            if self.get(word).is_some_and(|task| task.released) {
                self.free(word);
            }
        }
    }

    fn settle_now(&mut self, word: Word, out: Out) {
        let mut told = VecDeque::new();
        self.settle(word, out, &mut told);
        self.cascade(told);
    }

    fn make_ready(&mut self, word: Word, resume: Resume) {
        self.ready.push_back(word);
        if let Some(task) = self.get_mut(word) {
            task.stage = Stage::Ready(resume);
        }
    }

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
            (_, Kind::External) => {
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
            (Stage::Ready(Resume::Yielded | Resume::Refused(_)), _) => {
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

    /// Gives a settled task up.
    pub(crate) fn free(&mut self, word: Word) {
        let Some(place) = self.place(word) else { return };
        let task = self.tasks.remove(place);
        self.words.remove(place);
        if let (Some(out), 1..) = (task.out(), task.undelivered) {
            let joined = is_joined(&task.kind);
            self.orphans.push(Orphan { word, out: out.clone(), joined, undelivered: task.undelivered });
        }
        self.stale.push_back(word);
        if self.stale.len() > 64 {
            self.stale.pop_front();
        }
    }

    /// Gives a task up, now or when it settles. True for now.
    pub(crate) fn release(&mut self, word: Word) -> bool {
        match self.get_mut(word) {
            Some(task) if task.out().is_none() => {
                task.released = true;
                false
            }
            _ => {
                self.free(word);
                true
            }
        }
    }

    pub(crate) fn add_ticket(&mut self, word: Word) {
        if let Some(task) = self.get_mut(word) {
            task.tickets += 1;
        }
    }

    /// The last ticket that is dropped releases its task, unless one of them kept it.
    pub(crate) fn drop_ticket(&mut self, word: Word, keep: bool) {
        let Some(task) = self.get_mut(word) else { return };
        task.tickets -= 1;
        task.kept |= keep;
        if task.tickets == 0 && !task.kept {
            self.release(word);
        }
    }

    // ---- comparison

    /// The values that should be rooted: those of tasks, of parts of joins, of results to be delivered.
    fn roots(&self) -> [Vec<Val>; 3] {
        let traced = |val: &Val| matches!(val, Val::Obj(_) | Val::Task(_));
        let parts = self.tasks.iter().filter_map(|task| match &task.kind {
            Kind::Join(join) => Some(join.parts.iter().filter_map(|part| Some(part.1.as_ref()?.val()))),
            _ => None,
        });
        [
            self.tasks.iter().map(Task::root).filter(traced).collect(),
            parts.flatten().filter(traced).collect(),
            self.orphans.iter().map(|orphan| orphan.out.val()).filter(traced).collect(),
        ]
    }

    /// Compares the census of the scheduler's roots with what should be rooted: nothing missing, nothing extra. The
    /// counts first, before any of the values is followed.
    pub(crate) fn compare_census<'gc>(&self, census: &[(&'static str, Value<'gc>)], walk: &mut Walk<'_, 'gc>) -> Check {
        const GROUPS: [&str; 3] = ["callables", "parts", "delivered"];
        let expected = self.roots();
        let mut found: [Vec<Value<'gc>>; 3] = Default::default();
        let (mut last, mut at) = ("", 0);
        for (group, value) in census {
            // Groups are contiguous, and their names literals.
            if !std::ptr::eq(*group, last) {
                let place = GROUPS.iter().position(|name| group.contains(name));
                at = place.ok_or_else(|| format!("census: there are roots of a group `{group}`"))?;
                last = group;
            }
            found[at].push(*value);
        }
        for (name, (found, expected)) in GROUPS.iter().zip(found.iter().zip(&expected)) {
            if found.len() != expected.len() {
                return Err(format!("census of {name}: {} roots, should be {}", found.len(), expected.len()));
            }
        }
        // Tasks stand in the order of their slots; the others in an order of their own.
        for (value, val) in found[0].iter().zip(&expected[0]) {
            walk.expect(*value, *val).map_err(|what| format!("census of tasks: a root {what}"))?;
        }
        for (found, mut expected) in found.into_iter().zip(expected).skip(1) {
            for value in found {
                let val = walk.identify(value)?;
                let place = expected.iter().position(|other| *other == val);
                let place = place.ok_or_else(|| format!("census: {val:?} is a root, and should not be"))?;
                walk.expect(value, expected.swap_remove(place)).map_err(|what| format!("census: a root {what}"))?;
            }
        }
        Ok(())
    }

    /// Compares every task.
    pub(crate) fn compare<'gc>(&self, walk: &mut Walk<'_, 'gc>, tasks: &TaskScheduler<'gc>) -> Check {
        let ready = self.ready.len() + self.urgent.len();
        let externals = |task: &&Task| matches!(task.kind, Kind::External) && task.out().is_none();
        let counts = [
            ("outstanding", tasks.outstanding(), self.tasks.len()),
            ("ready", tasks.ready(), ready),
            ("open externals", tasks.open_externals(), self.tasks.iter().filter(externals).count()),
        ];
        for (name, found, expected) in counts {
            if found != expected {
                return Err(format!("{found} tasks are {name}, should be {expected}"));
            }
        }
        for task in &self.tasks {
            self.compare_task(task, walk, tasks).map_err(|what| format!("task {}: {what}", task.slot))?;
        }
        Ok(())
    }

    fn compare_task<'gc>(&self, task: &Task, walk: &mut Walk<'_, 'gc>, tasks: &TaskScheduler<'gc>) -> Check {
        let id = id_of(task.word)?;
        let status = tasks.status(id).map_err(|e| e.to_string())?;
        if status != task.status() {
            return Err(format!("is {status:?}, should be {:?}", task.status()));
        }
        if let Stage::Settled { out, seq } = &task.stage {
            let found = tasks.outcome(id).map_err(|e| e.to_string())?;
            compare_outcome(&found, out, walk)?;
            let found = tasks.seq(id).map_err(|e| e.to_string())?;
            if found != Some(*seq) {
                return Err(format!("settled as number {found:?}, should be {seq}"));
            }
        }
        let Kind::Join(join) = &task.kind else { return Ok(()) };
        let parts = tasks.parts(id).map_err(|e| e.to_string())?;
        if parts.len() != join.parts.len() {
            return Err(format!("has {} parts, should have {}", parts.len(), join.parts.len()));
        }
        for (index, (found, (_, expected))) in parts.zip(&join.parts).enumerate() {
            match (found, expected) {
                (None, None) => {}
                (Some(found), Some(expected)) => {
                    compare_outcome(&found, expected, walk).map_err(|what| format!("part {index} {what}"))?;
                }
                (found, _) => return Err(format!("part {index} is {found:?}, should be {expected:?}")),
            }
        }
        match tasks.decided_by(id) {
            Ok(found) if found == join.decided_by => Ok(()),
            found => Err(format!("was decided by {found:?}, should be {:?}", join.decided_by)),
        }
    }
}

fn decides(kind: JoinKind, out: &Out) -> bool {
    let ok = matches!(out, Out::Ok(_));
    match kind {
        JoinKind::All => !ok,
        JoinKind::Race => true,
        JoinKind::Any => ok,
        JoinKind::AllSettled => false,
    }
}

fn is_joined(kind: &Kind) -> bool {
    matches!(kind, Kind::Join(join) if matches!(join.kind, JoinKind::All | JoinKind::AllSettled))
}

/// Whether an outcome is as it should be; its value is compared by the walk.
pub(crate) fn compare_outcome<'gc>(found: &Outcome<'gc>, out: &Out, walk: &mut Walk<'_, 'gc>) -> Check {
    match (found, out) {
        (Outcome::Ok(value), Out::Ok(val)) | (Outcome::Err(value), Out::Err(val)) => walk.expect(*value, *val),
        _ if same_outcome(found, out) => Ok(()),
        _ => Err(format!("settled as {found:?}, should be {out:?}")),
    }
}

/// Whether an outcome is of the right kind, its value left out.
pub(crate) fn same_outcome(found: &Outcome<'_>, out: &Out) -> bool {
    match (found, out) {
        (Outcome::Ok(_), Out::Ok(_)) | (Outcome::Err(_), Out::Err(_)) | (Outcome::Abandoned, Out::Abandoned) => true,
        (Outcome::Fault(fault), Out::Fault(flaw)) => is_flaw(fault, *flaw),
        (Outcome::Cancelled(found), Out::Cancelled(reason)) => found.text() == reason,
        _ => false,
    }
}

/// Whether a fault is this one.
pub(crate) fn is_flaw(fault: &Fault, flaw: Flaw) -> bool {
    matches!(
        (fault, flaw),
        (Fault::EmptyJoin, Flaw::EmptyJoin)
            | (Fault::Aggregate, Flaw::Aggregate)
            | (Fault::Panicked(_), Flaw::Panicked)
            | (Fault::OutOfMemory, Flaw::OutOfMemory)
    )
}
