//! [`Table`]: the tasks as they should be: states, values, waiters, joins, deliveries, by the table of semantics.
//!
//! Invariant: it is plain Rust data with one rule for each transition; it shares no code with the scheduler, holds no
//! heap value and asks no collector. [`Table::roots`] lists what is rooted in every state: each task's own value; what a join knows of its
//! parts; results of tasks that are gone and not yet delivered.

mod compare;
mod joins;
mod scopes;
mod shields;
mod timers;
mod turns;

use std::collections::VecDeque;

use mangrove_gc::Value;
use mangrove_scheduler::{CancelEnd, JoinKind, TaskId, TaskStatus};

pub(crate) use compare::{same_outcome, same_wake};
use scopes::Texts;
use scopes::reason_of;
pub(crate) use scopes::{Refusal, Scope};
use timers::Deadline;

use crate::operand::Pick;
use crate::shadow::Val;
use crate::walk::Check;

/// A task's name: the bits of its handle.
pub(crate) type Word = u64;

/// The slot of tasks whose ids nobody knows: after all others.
const HIDDEN: u32 = u32::MAX;

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
    TimedOut,
    Deadlock,
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
    /// It awaited this task, which was gone.
    Gone(Word),
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
    Gone(Word),
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
    pub(crate) parts: Vec<Part>,
    pub(crate) decided_by: Option<usize>,
    /// It cancels what it waits for when it is decided or cancelled, and awaits the end of that.
    own: bool,
    /// It does so now.
    closing: bool,
}

/// A task of a join.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    word: Word,
    /// Its outcome, if that is part of the join.
    pub(crate) out: Option<Out>,
    /// The join waits for it.
    open: bool,
}

impl Join {
    /// What it waits for.
    fn open(&self) -> impl Iterator<Item = Word> {
        self.parts.iter().filter(|part| part.open).map(|part| part.word)
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Callable,
    External,
    /// The VM settles it.
    Deferred,
    Join(Join),
    Timer,
    Scope(Scope),
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
    /// It was born waiting, and has had no turn.
    unstarted: bool,
    pub(crate) cancelled: bool,
    reason: Texts,
    /// The scope that it is in.
    scope: Option<Word>,
    /// When its shields end, the outermost first.
    shields: Vec<u64>,
    /// Its shields have not passed.
    shielded: bool,
    /// How long it awaits the end of what it cancelled.
    grace: Option<u64>,
    detached: bool,
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

    /// Nobody knows its id: the timer of a timeout.
    fn is_hidden(&self) -> bool {
        self.slot == HIDDEN
    }

    /// The value that is a root with it.
    fn root(&self) -> Val {
        self.out().map_or(self.val, Out::val)
    }

    pub(crate) fn is_running(&self) -> bool {
        self.stage == Stage::Running
    }

    /// Whether it awaits something.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting(Some(_)))
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

impl End {
    /// Whether a cancel ended like that.
    pub(crate) fn is_cancel(self, found: CancelEnd) -> bool {
        matches!(
            (found, self),
            (CancelEnd::Ended, End::Ended)
                | (CancelEnd::Told, End::Told)
                | (CancelEnd::Again, End::Again)
                | (CancelEnd::Settled, End::Settled)
        )
    }
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
    /// Any ready task may be next.
    any_order: bool,
    seq: u64,
    /// Nanoseconds of the clock.
    pub(crate) now: u64,
    /// What happens at which time.
    deadlines: Vec<Deadline>,
    /// Deadlines set so far.
    deadlines_made: u64,
    /// Settled tasks whose waiters are being told, the last one first; empty between operations, as the next two.
    told: Vec<Word>,
    /// Tasks that are to be cancelled, and why.
    doomed: VecDeque<(Word, Texts)>,
    /// Joins of kind Any that lost a candidate.
    suspects: VecDeque<Word>,
    /// Tasks that were ever detached.
    detached: u64,
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
    /// No tasks. With `any_order`, any ready task may be next.
    pub(crate) fn new(any_order: bool) -> Self {
        Table { any_order, ..Table::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Tasks in the queue.
    pub(crate) fn ready_count(&self) -> usize {
        self.ready.len() + self.urgent.len()
    }

    /// Externals that are not settled.
    pub(crate) fn open_externals(&self) -> usize {
        self.tasks.iter().filter(|task| matches!(task.kind, Kind::External) && task.out().is_none()).count()
    }

    /// Tasks that are not settled.
    pub(crate) fn unsettled(&self) -> usize {
        self.tasks.iter().filter(|task| task.out().is_none()).count()
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
        let fits = |task: &&Task| !task.is_hidden() && fits(task);
        let index = pick.of(self.tasks.iter().filter(fits).count())?;
        self.tasks.iter().filter(fits).nth(index).map(|task| task.word)
    }

    /// The word of any task.
    pub(crate) fn pick_word(&self, pick: Pick) -> Option<Word> {
        let known = self.tasks.partition_point(|task| !task.is_hidden());
        pick.of(known).map(|index| self.tasks[index].word)
    }

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
        self.insert(word, slot, kind, val);
        Ok(())
    }

    fn insert(&mut self, word: Word, slot: u32, kind: Kind, val: Val) {
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
            unstarted: false,
            cancelled: false,
            reason: Texts::default(),
            scope: None,
            shields: Vec::new(),
            shielded: false,
            grace: None,
            detached: false,
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
    }

    /// Settles a task that is in no list; who waits for it is told by [`Table::pump`].
    fn settle(&mut self, word: Word, out: Out) {
        self.seq += 1;
        let seq = self.seq;
        if let Some(task) = self.get_mut(word) {
            task.stage = Stage::Settled { out, seq };
            self.told.push(word);
        }
    }

    /// Tells all who wait for what settled; then cancels what is to be cancelled; then fails joins without hope.
    fn pump(&mut self) {
        loop {
            if let Some(&word) = self.told.last() {
                self.tell(word);
            } else if let Some((word, reason)) = self.doomed.pop_front() {
                self.cancel_one(word, &reason);
            } else if let Some(join) = self.suspects.pop_front() {
                self.settle_if_hopeless(join);
            } else {
                break;
            }
        }
    }

    /// Tells the next waiter in the order in which they began to wait; after the last one, the scope. A join that it
    /// decides comes before the other waiters.
    fn tell(&mut self, word: Word) {
        if let Some(waiter) = self.get_mut(word).and_then(|task| task.waiters.pop_front()) {
            return match waiter {
                Waiter::Task(waiter) => {
                    if let Some(task) = self.get_mut(word) {
                        task.undelivered += 1;
                    }
                    self.make_ready(waiter, Resume::Delivery(word));
                }
                Waiter::Part(join, index) => self.part_settled(join, index),
            };
        }
        self.told.retain(|told| *told != word);
        self.leave_scope(word);
        self.disarm(word);
        if let Some(task) = self.get_mut(word) {
            task.shields.clear();
        }
        if self.get(word).is_some_and(|task| task.released) {
            self.free(word);
        }
    }

    fn settle_now(&mut self, word: Word, out: Out) {
        self.settle(word, out);
        self.pump();
    }

    fn make_ready(&mut self, word: Word, resume: Resume) {
        self.ready.push_back(word);
        if let Some(task) = self.get_mut(word) {
            task.stage = Stage::Ready(resume);
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
        if task.is_hidden() {
            return;
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
}

fn is_joined(kind: &Kind) -> bool {
    matches!(kind, Kind::Join(join) if matches!(join.kind, JoinKind::All | JoinKind::AllSettled))
}
