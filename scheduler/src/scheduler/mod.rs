//! [`TaskScheduler`]: the tasks of one heap, and every transition of theirs.
//!
//! Invariants: a task's value leaves the table only with the task, or is replaced by the next; nothing foreign runs
//! while the scheduler is borrowed but the builders of completions; a call that is refused changed nothing.

use core::panic::Location;
use std::collections::{BTreeSet, VecDeque};

use mangrove_gc::{Mutation, Trace, Value, Visitor};

use crate::clock::{Clock, Time};
use crate::completer::Completer;
use crate::error::TaskError;
use crate::id::{LAST_GENERATION, MAX_SLOTS, TaskId};
use crate::inbox::Mailbox;
use crate::order::Seeded;
use crate::outcome::{Outcome, Verdict};
use crate::reason::Reason;
use crate::sabotage::Planted;
#[cfg(feature = "sabotage")]
use crate::sabotage::Sabotage;
use crate::status::TaskStatus;
use crate::table::{Cold, Edge, Extra, Flags, Full, Kind, Link, List, NONE, Node, Resume, Row, Stage, Store, Wheel};
use crate::ticket::Ticket;
use crate::turn::ReleaseEnd;

mod turns;

mod settle;

mod after;

mod deferred;

mod joins;

mod cycle;

mod cancel;

mod losers;

mod scopes;

mod shields;

mod detached;

mod reach;

mod mail;

mod foreign;

mod labels;

mod dump;

mod look;

mod timers;

mod order;

pub use dump::Dump;
pub use mail::Drained;
pub(crate) use mail::panic_message;
use reach::Reach;
pub use reach::Retain;

/// The tasks of one heap: a part of the heap's root, and no heap object. Make one for a heap.
///
/// Every task is a row of a table, from the call that makes it until it is taken or released; its value (callable,
/// then continuation, then result or error) is a root all that time. No method runs code of the VM, so the code that
/// runs for a task can reach the scheduler through the root, at any depth.
pub struct TaskScheduler<'gc> {
    rows: Store<'gc, Row>,
    colds: Store<'gc, Cold>,
    edges: Store<'gc, Edge>,
    /// To be resumed before all others: they asked for a safepoint.
    urgent: List,
    /// To be started or resumed, in order.
    ready: List,
    ready_count: usize,
    /// Settled tasks whose waiters are being told, the last one first; empty between calls.
    cascade: List,
    /// Tasks that are to be cancelled; empty between calls.
    doomed: VecDeque<(u32, Reason)>,
    /// Joins of kind Any that lost a candidate, and perhaps the last that could settle; empty between calls.
    suspects: Vec<u32>,
    /// Whether those three are being worked off.
    pumping: bool,
    /// Slots of the detached tasks that have not ended.
    detached: BTreeSet<u32>,
    detached_total: u64,
    seq: u64,
    limit: usize,
    unsettled: usize,
    open_externals: usize,
    /// Outcomes that outlive their task until the last task that awaited them is resumed.
    orphans: usize,
    mailbox: Mailbox,
    time: Time,
    wheel: Wheel<'gc>,
    /// `None` in FIFO order.
    seeded: Option<Box<Seeded>>,
    /// Whether tasks remember where they were made.
    labels: bool,
    /// Whether awaits that close a cycle are refused.
    finds_cycles: bool,
    /// What the collector found out about names of tasks.
    reach: Reach,
    planted: Planted,
    #[cfg(feature = "sabotage")]
    leaked: Vec<Value<'gc>>,
}

impl<'gc> TaskScheduler<'gc> {
    /// An empty scheduler. Make one for a heap: ids of two schedulers of the same heap cannot be told apart.
    pub fn new(mc: &Mutation<'gc>) -> Self {
        Self::with_retention(mc, Retain::UntilTaken)
    }

    /// The same, with tasks that are roots for as long as `retain` says.
    pub fn with_retention(_mc: &Mutation<'gc>, retain: Retain) -> Self {
        Self::empty(retain)
    }

    fn empty(retain: Retain) -> Self {
        TaskScheduler {
            rows: Store::new(),
            colds: Store::new(),
            edges: Store::new(),
            urgent: List::EMPTY,
            ready: List::EMPTY,
            ready_count: 0,
            cascade: List::EMPTY,
            doomed: VecDeque::new(),
            suspects: Vec::new(),
            pumping: false,
            detached: BTreeSet::new(),
            detached_total: 0,
            seq: 0,
            limit: MAX_SLOTS,
            unsettled: 0,
            open_externals: 0,
            orphans: 0,
            mailbox: Mailbox::new(),
            time: Time::new(Clock::default()),
            wheel: Wheel::new(),
            seeded: None,
            labels: false,
            finds_cycles: true,
            reach: Reach::new(retain),
            planted: Planted::default(),
            #[cfg(feature = "sabotage")]
            leaked: Vec::new(),
        }
    }

    /// A new task that will run `callable`. O(1); it is at the end of the queue.
    ///
    /// # Errors
    /// [`TaskError::Limit`], [`TaskError::OutOfMemory`].
    #[inline(always)]
    #[track_caller]
    pub fn spawn(&mut self, callable: Value<'gc>) -> Result<TaskId<'gc>, TaskError> {
        let task = self.make(Kind::Callable, Stage::Ready)?;
        self.rows.values.set(task.slot(), callable);
        self.ready.push(&mut self.rows, Node::task(task.slot()));
        self.ready_count += 1;
        Ok(task)
    }

    /// A task that is completed from outside, by any thread, through the completer.
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`].
    #[track_caller]
    pub fn external(&mut self) -> Result<(TaskId<'gc>, Completer), TaskError> {
        let task = self.make(Kind::External, Stage::Waiting)?;
        if !self.mailbox.inbox.board.open(task.slot(), task.generation()) {
            self.unmake(task.slot());
            return Err(TaskError::OutOfMemory);
        }
        self.rows[task.slot()].flags.set(Flags::OPEN);
        self.open_externals += 1;
        Ok((task, Completer::new(self.mailbox.outlet(), task)))
    }

    /// The status of a task.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn status(&self, task: TaskId<'gc>) -> Result<TaskStatus, TaskError> {
        Ok(self.status_of(self.slot(task)?))
    }

    /// Whether the task is settled.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn is_resolved(&self, task: TaskId<'gc>) -> Result<bool, TaskError> {
        Ok(self.rows[self.slot(task)?].is_settled())
    }

    /// The place of a task's settlement in the one sequence of all settlements and cancellations; `None` before.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn seq(&self, task: TaskId<'gc>) -> Result<Option<u64>, TaskError> {
        let row = &self.rows[self.slot(task)?];
        Ok(row.is_settled().then_some(row.seq))
    }

    /// How a settled task settled: the same each time it is asked.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotSettled`].
    #[inline(always)]
    pub fn outcome(&self, task: TaskId<'gc>) -> Result<Outcome<'gc>, TaskError> {
        if self.is_at(task, Stage::Completed) {
            return Ok(Outcome::Ok(self.rows.values.get(task.slot())));
        }
        self.other_outcome(self.slot(task)?)
    }

    /// The outcome of a task that did not complete.
    #[inline(never)]
    fn other_outcome(&self, slot: u32) -> Result<Outcome<'gc>, TaskError> {
        if !self.rows[slot].is_settled() {
            return Err(TaskError::NotSettled { task: self.id(slot).name(), status: self.status_of(slot) });
        }
        Ok(Outcome::new(self.verdict(slot), self.rows.values.get(slot)))
    }

    /// The same, and gives the task up: its id is stale from now on, and its value no root. Tasks that awaited it are
    /// resumed with its outcome all the same.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotSettled`].
    #[inline(always)]
    pub fn take(&mut self, task: TaskId<'gc>) -> Result<Outcome<'gc>, TaskError> {
        if !self.is_at(task, Stage::Completed) {
            return self.take_other(task);
        }
        let value = self.rows.values.get(task.slot());
        self.free(task.slot());
        Ok(Outcome::Ok(value))
    }

    /// The same of a task that did not complete.
    #[inline(never)]
    fn take_other(&mut self, task: TaskId<'gc>) -> Result<Outcome<'gc>, TaskError> {
        let slot = self.slot(task)?;
        let outcome = self.other_outcome(slot)?;
        self.free(slot);
        Ok(outcome)
    }

    /// Gives a task up whose outcome nobody wants. One that is not settled goes on, keeps its id meanwhile, and is let
    /// go when it settles; who awaits it is told.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn release(&mut self, task: TaskId<'gc>) -> Result<ReleaseEnd, TaskError> {
        let slot = self.slot(task)?;
        if self.rows[slot].is_settled() {
            self.free(slot);
            return Ok(ReleaseEnd::Released);
        }
        self.rows[slot].flags.set(Flags::RELEASED);
        Ok(ReleaseEnd::WhenSettled)
    }

    /// A host's name for the task, which may leave `mutate`.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::OutOfMemory`].
    pub fn ticket(&mut self, task: TaskId<'gc>) -> Result<Ticket, TaskError> {
        let slot = self.slot(task)?;
        let cold = self.cold(slot)?;
        self.colds[cold].tickets += 1;
        Ok(Ticket::new(&self.mailbox.inbox, task))
    }

    /// The ticket's task; `None` if it was taken or released, or is another scheduler's.
    pub fn task(&self, ticket: &Ticket) -> Option<TaskId<'gc>> {
        let task = TaskId::from_bits(ticket.bits(&self.mailbox.inbox)?);
        self.slot(task).is_ok().then_some(task)
    }

    /// Tasks in the table, settled ones included: what is rooted.
    pub fn outstanding(&self) -> usize {
        self.rows.count()
    }

    /// Tasks that are not settled.
    pub fn unsettled(&self) -> usize {
        self.unsettled
    }

    /// Tasks in the queue.
    pub fn ready(&self) -> usize {
        self.ready_count
    }

    /// Externals that are not settled.
    pub fn open_externals(&self) -> usize {
        self.open_externals
    }

    /// Bytes that the table holds, in use or not.
    pub fn table_bytes(&self) -> usize {
        self.rows.capacity() * (size_of::<Row>() + 8)
            + self.colds.capacity() * (size_of::<Cold>() + 8)
            + self.edges.capacity() * (size_of::<Edge>() + 8)
            + self.wheel.bytes()
    }

    /// Sets the most tasks that may be outstanding; at first 2^26, which is also the most. Those that are there stay.
    pub fn set_limit(&mut self, tasks: usize) {
        self.limit = tasks.min(MAX_SLOTS);
    }

    /// Visits every value that the scheduler holds, as a slot, in the order of the table. This is the one list of its
    /// root sources. In a minor collection it visits only the chunks of the table written since the last one. The cost
    /// is per task outstanding now. With [`Retain::WhileReachable`], marking visits tasks as they turn out to be alive.
    pub fn scan_roots(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        visitor.group("tasks: callables, continuations and results");
        self.scan_rows(visitor);
        #[cfg(feature = "sabotage")]
        visitor.slice(&mut self.leaked);
        if self.orphans > 0 {
            visitor.group("tasks: results to be delivered");
            self.colds.scan(visitor);
        }
    }

    /// Plants a bug.
    #[cfg(feature = "sabotage")]
    #[doc(hidden)]
    pub fn __sabotage(&mut self, bug: Sabotage) {
        self.planted.add(bug);
        match bug {
            Sabotage::SkipOneRoot => self.rows.values.skip_one = true,
            Sabotage::ForgetDirtyChunk => self.rows.values.forget_dirty = true,
            _ => {}
        }
    }

    // What follows is for the other files of this module.

    /// A new row, without a value.
    #[inline(always)]
    #[track_caller]
    fn make(&mut self, kind: Kind, stage: Stage) -> Result<TaskId<'gc>, TaskError> {
        if self.rows.count() >= self.limit {
            return Err(TaskError::Limit { limit: self.limit });
        }
        let slot = match self.rows.add(MAX_SLOTS) {
            Ok(slot) => slot,
            Err(Full::Limit) => return Err(TaskError::Limit { limit: MAX_SLOTS }),
            Err(Full::Memory) => return Err(TaskError::OutOfMemory),
        };
        let row = &mut self.rows[slot];
        let task = TaskId::new(slot, row.generation);
        *row = Row {
            seq: self.seq,
            generation: row.generation,
            link: Link::LOOSE,
            cold: NONE,
            awaits: NONE,
            stage,
            kind,
            resume: Resume::First,
            flags: Flags::EMPTY,
        };
        self.unsettled += 1;
        self.note_reached(slot);
        if self.labels {
            self.note_site(slot, Location::caller());
        }
        Ok(task)
    }

    /// Undoes `make`, for a task that nobody has seen.
    fn unmake(&mut self, slot: u32) {
        self.unsettled -= 1;
        self.free(slot);
    }

    #[inline(always)]
    fn id(&self, slot: u32) -> TaskId<'gc> {
        TaskId::new(slot, self.rows[slot].generation)
    }

    /// The slot of a task that is there.
    #[inline(always)]
    fn slot(&self, task: TaskId<'gc>) -> Result<u32, TaskError> {
        match self.rows.get(task.slot()) {
            Some(row) if row.generation == task.generation() && row.stage != Stage::Free => Ok(task.slot()),
            _ => Err(TaskError::Stale { task: task.name() }),
        }
    }

    /// Whether a task is there, and at this stage.
    #[inline(always)]
    fn is_at(&self, task: TaskId<'gc>, stage: Stage) -> bool {
        debug_assert!(stage != Stage::Free);
        self.rows.get(task.slot()).is_some_and(|row| row.generation == task.generation() && row.stage == stage)
    }

    fn status_of(&self, slot: u32) -> TaskStatus {
        let row = &self.rows[slot];
        match row.stage {
            Stage::Completed => TaskStatus::Completed,
            Stage::Failed => TaskStatus::Failed,
            Stage::Cancelled => TaskStatus::Cancelled,
            Stage::Abandoned => TaskStatus::Abandoned,
            _ if row.flags.has(Flags::CANCELLED) => TaskStatus::Cancelling,
            Stage::Ready => TaskStatus::Ready,
            Stage::Running => TaskStatus::Running,
            Stage::Waiting | Stage::Free => TaskStatus::Waiting,
        }
    }

    /// How a settled task settled, without the value.
    fn verdict(&self, slot: u32) -> Verdict {
        let row = &self.rows[slot];
        let cold = (row.cold != NONE).then(|| &self.colds[row.cold]);
        Cold::verdict(cold, row.end())
    }

    /// The cold record of a task, which it has from now on.
    fn cold(&mut self, slot: u32) -> Result<u32, TaskError> {
        if self.rows[slot].cold == NONE {
            let cold = self.colds.add(MAX_SLOTS * 2).map_err(|_| TaskError::OutOfMemory)?;
            self.colds[cold].owner = slot;
            self.rows[slot].cold = cold;
        }
        Ok(self.rows[slot].cold)
    }

    fn drop_cold(&mut self, cold: u32) {
        self.colds[cold].reset();
        self.colds.remove(cold, false);
    }

    /// Gives a settled task up.
    #[inline(always)]
    fn free(&mut self, slot: u32) {
        match self.rows[slot].cold {
            NONE => self.free_row(slot),
            cold => self.free_with_cold(slot, cold),
        }
    }

    #[inline(always)]
    fn free_row(&mut self, slot: u32) {
        #[cfg(feature = "sabotage")]
        if self.planted.has(Sabotage::KeepReleasedResult) {
            self.leaked.push(self.rows.values.get(slot));
        }
        let row = &mut self.rows[slot];
        row.stage = Stage::Free;
        let retire = row.generation == LAST_GENERATION;
        row.generation += 1;
        self.rows.remove(slot, retire);
    }

    #[inline(never)]
    fn free_with_cold(&mut self, slot: u32, cold: u32) {
        self.free_cold(slot, cold);
        self.free_row(slot);
    }

    fn free_cold(&mut self, slot: u32, cold: u32) {
        if let Extra::Join(record) = &mut self.colds[cold].extra {
            let first = core::mem::replace(&mut record.first, NONE);
            record.count = 0;
            self.drop_edges(first);
        }
        if self.colds[cold].undelivered == 0 {
            self.drop_cold(cold);
        } else {
            // Tasks that awaited it are in the queue, to be resumed with its outcome.
            let (end, about) = (self.rows[slot].end(), self.id(slot).bits());
            let record = &mut self.colds[cold];
            record.owner = NONE;
            record.about = about;
            record.end = Some(end);
            self.colds.values.set(cold, self.rows.values.get(slot));
            self.orphans += 1;
        }
        self.rows[slot].cold = NONE;
    }
}

// SAFETY: the values that a scheduler holds are those of its three stores (and what a planted bug leaks; the store of
// deadlines holds NIL only), and `scan_roots` visits all of them: all of them always, but in a minor collection those chunks that were not written
// since the last one, whose values are old. An index that is not in use holds NIL. A visit runs no foreign code. The
// scheduler has no `Drop` of its own; the one of its mailbox is of `'static` data and sees no value.
unsafe impl<'gc> Trace<'gc> for TaskScheduler<'gc> {
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        self.scan_roots(visitor);
    }
}
