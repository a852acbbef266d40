//! Turns: `begin` hands a task out, and one call ends its turn.
//!
//! Invariant: a running task's value stays in the table, and it is in no list. Each end of a turn leaves the task in
//! one list, or settled.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::join::JoinKind;
use crate::outcome::{Fault, Outcome, Verdict};
use crate::sabotage::Sabotage;
use crate::table::{Cold, Extra, Flags, Kind, NONE, Node, Resume, Stage, Waiting};
use crate::turn::{Turn, TurnEnd, Wake};

impl<'gc> TaskScheduler<'gc> {
    /// The next ready task, which is running from now on: run it, then end its turn. Several tasks may be running.
    #[inline(always)]
    pub fn begin(&mut self) -> Option<Turn<'gc>> {
        let next = if self.urgent.is_empty() {
            if self.seeded.is_some() {
                self.choose();
            }
            self.ready.pop(&mut self.rows)
        } else {
            self.urgent.pop(&mut self.rows)
        };
        let slot = next?.index();
        self.ready_count -= 1;
        let row = &mut self.rows[slot];
        row.stage = Stage::Running;
        let task = TaskId::new(slot, row.generation);
        let resume = row.resume;
        let value = self.rows.values.get(slot);
        if self.planted.has(Sabotage::DropRunningValue) {
            self.rows.values.set(slot, Value::NIL);
        }
        if resume == Resume::First {
            return Some(Turn { task, value, wake: Wake::First });
        }
        Some(Turn { task, value, wake: self.wake(slot, resume) })
    }

    /// Why a task is resumed, of one that is not started by what it awaited.
    #[inline(never)]
    fn wake(&mut self, slot: u32, resume: Resume) -> Wake<'gc> {
        match resume {
            Resume::First => Wake::First,
            Resume::Yielded => Wake::Yielded,
            Resume::AfterSafepoint => Wake::AfterSafepoint,
            Resume::Delivery => self.deliver(slot),
            Resume::Refused => self.tell_refused(slot),
            Resume::Cancelled => Wake::Cancelled(match self.rows[slot].cold {
                NONE => Default::default(),
                cold => self.colds[cold].reason.clone(),
            }),
        }
    }

    /// Ends a turn: the task awaits `awaited`, and goes on from `continuation`. Its result is not consumed: any number
    /// of tasks may await it, and each gets it, even when it is taken before they are resumed. A settled one resumes
    /// the task in its next turn.
    ///
    /// An await that would close a cycle is refused: the task is resumed with [`Fault::Deadlock`]. A cancelled task
    /// is resumed with [`Wake::Cancelled`] whatever it awaits.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`] for either task, [`TaskError::OutOfMemory`]: the task is still
    /// running.
    pub fn suspend(
        &mut self,
        task: TaskId<'gc>,
        awaited: TaskId<'gc>,
        continuation: Value<'gc>,
    ) -> Result<TurnEnd, TaskError> {
        let slot = self.running(task)?;
        // Before anything is said of what it awaits: a cancelled task is told at every await.
        if self.rows[slot].flags.tells_cancel() {
            return Ok(self.requeue(slot, continuation, Resume::Cancelled));
        }
        let child = self.slot(awaited)?;
        let cold = self.cold(child)?;
        if self.rows[child].is_settled() {
            self.rows[slot].awaits = cold;
            self.colds[cold].undelivered += 1;
            return Ok(self.requeue(slot, continuation, Resume::Delivery));
        }
        if let Some(cycle) = self.cycle(slot, child)? {
            return Ok(self.refuse(slot, awaited, Fault::Deadlock(cycle), continuation));
        }
        self.rows.values.set(slot, continuation);
        let row = &mut self.rows[slot];
        row.stage = Stage::Waiting;
        row.awaits = child;
        self.note_reached(slot);
        self.push_waiter(cold, Node::task(slot));
        Ok(TurnEnd::Waits)
    }

    /// Ends a turn: the task goes to the end of the queue.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn yield_now(&mut self, task: TaskId<'gc>, continuation: Value<'gc>) -> Result<TurnEnd, TaskError> {
        let slot = self.running(task)?;
        let told = self.rows[slot].flags.tells_cancel();
        Ok(self.requeue(slot, continuation, if told { Resume::Cancelled } else { Resume::Yielded }))
    }

    /// Ends a turn: the task goes on after a safepoint, before all others. It is no await: a cancelled task is not told
    /// here.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn at_safepoint(&mut self, task: TaskId<'gc>, continuation: Value<'gc>) -> Result<TurnEnd, TaskError> {
        let slot = self.running(task)?;
        self.rows.values.set(slot, continuation);
        let row = &mut self.rows[slot];
        row.stage = Stage::Ready;
        row.resume = Resume::AfterSafepoint;
        self.urgent.push(&mut self.rows, Node::task(slot));
        self.ready_count += 1;
        Ok(TurnEnd::Ready)
    }

    /// Ends a turn: the task completes. One that had been cancelled ends as cancelled, and the value is dropped.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    #[inline(always)]
    pub fn complete(&mut self, task: TaskId<'gc>, value: Value<'gc>) -> Result<TurnEnd, TaskError> {
        let slot = self.running(task)?;
        if self.rows[slot].flags.has(Flags::CANCELLED) {
            return Ok(self.complete_cancelled(slot));
        }
        self.settle_plain(slot, Stage::Completed, value);
        Ok(TurnEnd::Settled)
    }

    #[inline(never)]
    fn complete_cancelled(&mut self, slot: u32) -> TurnEnd {
        self.settle_plain(slot, Stage::Cancelled, Value::NIL);
        TurnEnd::Cancelled
    }

    /// Ends a turn: the task fails with an error value of the language, also when it had been cancelled: an error in
    /// its cleanup is not lost.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn fail(&mut self, task: TaskId<'gc>, error: Value<'gc>) -> Result<TurnEnd, TaskError> {
        let slot = self.running(task)?;
        self.settle_plain(slot, Stage::Failed, error);
        Ok(TurnEnd::Settled)
    }

    /// Ends a turn whose code panicked: the task fails with [`Fault::Panicked`].
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn fail_panicked(&mut self, task: TaskId<'gc>, message: &str) -> Result<TurnEnd, TaskError> {
        let slot = self.running(task)?;
        self.settle_slot(slot, Verdict::Fault(Fault::Panicked(message.into())), Value::NIL);
        Ok(TurnEnd::Settled)
    }

    /// Ends a turn: the task was cancelled, and its cleanup is done. Also for a task that ends so on its own account.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn end_cancelled(&mut self, task: TaskId<'gc>) -> Result<TurnEnd, TaskError> {
        let slot = self.running(task)?;
        self.settle_plain(slot, Stage::Cancelled, Value::NIL);
        Ok(TurnEnd::Settled)
    }

    /// Ends a turn whose await was refused: the task is resumed with the fault. Nothing if it is not running.
    pub(crate) fn resume_refused(
        &mut self,
        task: TaskId<'gc>,
        awaited: TaskId<'gc>,
        fault: Fault,
        continuation: Value<'gc>,
    ) {
        if let Ok(slot) = self.running(task) {
            self.refuse(slot, awaited, fault, continuation);
        }
    }

    #[inline(always)]
    pub(super) fn running(&self, task: TaskId<'gc>) -> Result<u32, TaskError> {
        if self.is_at(task, Stage::Running) { Ok(task.slot()) } else { Err(self.not_running(task)) }
    }

    #[cold]
    #[inline(never)]
    fn not_running(&self, task: TaskId<'gc>) -> TaskError {
        match self.slot(task) {
            Ok(slot) => TaskError::NotRunning { task: task.name(), status: self.status_of(slot) },
            Err(stale) => stale,
        }
    }

    fn requeue(&mut self, slot: u32, continuation: Value<'gc>, resume: Resume) -> TurnEnd {
        self.rows.values.set(slot, continuation);
        self.make_ready(slot, resume);
        TurnEnd::Ready
    }

    /// Puts a task that is in no list at the end of the queue.
    pub(super) fn make_ready(&mut self, slot: u32, resume: Resume) {
        let row = &mut self.rows[slot];
        row.stage = Stage::Ready;
        row.resume = resume;
        row.flags.clear(Flags::LOST);
        self.note_reached(slot);
        self.ready.push(&mut self.rows, Node::task(slot));
        self.ready_count += 1;
    }

    fn refuse(&mut self, slot: u32, awaited: TaskId<'gc>, fault: Fault, continuation: Value<'gc>) -> TurnEnd {
        match self.cold(slot) {
            Ok(cold) => {
                self.colds[cold].fault = Some(fault);
                self.colds[cold].about = awaited.bits();
                self.requeue(slot, continuation, Resume::Refused)
            }
            Err(_) => {
                self.settle_slot(slot, Verdict::Fault(Fault::OutOfMemory), Value::NIL);
                TurnEnd::Settled
            }
        }
    }

    fn tell_refused(&mut self, slot: u32) -> Wake<'gc> {
        let cold = self.rows[slot].cold;
        let cold = &mut self.colds[cold];
        let fault = cold.fault.take().unwrap_or(Fault::OutOfMemory);
        Wake::Faulted(TaskId::from_bits(cold.about), fault)
    }

    /// What a task is resumed with that awaited a settled one.
    fn deliver(&mut self, slot: u32) -> Wake<'gc> {
        let row = &mut self.rows[slot];
        row.flags.clear(Flags::UNSTARTED);
        let at = core::mem::replace(&mut row.awaits, NONE);
        let cold = &self.colds[at];
        let joined =
            matches!(&cold.extra, Extra::Join(join) if matches!(join.kind, JoinKind::All | JoinKind::AllSettled));
        let (task, end, value) = match cold.owner {
            NONE => {
                let end = cold.end.unwrap_or((Stage::Abandoned, false));
                (TaskId::from_bits(cold.about), end, self.colds.values.get(at))
            }
            owner => (self.id(owner), self.rows[owner].end(), self.rows.values.get(owner)),
        };
        let outcome = Outcome::new(Cold::verdict(Some(cold), end), value);
        self.delivered(at);
        match outcome {
            Outcome::Ok(_) if joined => Wake::Joined(task),
            Outcome::Ok(value) => Wake::Settled(value),
            Outcome::Err(error) => Wake::Failed(error),
            Outcome::Fault(fault) => Wake::Faulted(task, fault),
            Outcome::Cancelled(reason) => Wake::AwaitedCancelled(reason),
            Outcome::Abandoned => Wake::AwaitedAbandoned,
        }
    }

    /// One task less is to be resumed with the outcome behind this record; the last one takes an orphan with it.
    pub(super) fn delivered(&mut self, cold: u32) {
        self.colds[cold].undelivered -= 1;
        if self.colds[cold].owner == NONE && self.colds[cold].undelivered == 0 {
            self.orphans -= 1;
            self.drop_cold(cold);
        }
    }

    /// Takes a callable out of the list it is in: it waits, or is in the queue and not urgent.
    pub(super) fn unlink(&mut self, slot: u32) {
        let row = &self.rows[slot];
        debug_assert!(row.kind == Kind::Callable);
        if row.stage == Stage::Waiting {
            let cold = self.rows[row.awaits].cold;
            let mut waiters = self.colds[cold].waiters;
            waiters.remove(&mut Waiting(&mut self.rows, &mut self.edges), Node::task(slot));
            self.colds[cold].waiters = waiters;
            return;
        }
        debug_assert!(row.resume != Resume::AfterSafepoint, "those are urgent, and stay so");
        self.ready_count -= 1;
        if !self.unbag(slot) {
            self.ready.remove(&mut self.rows, Node::task(slot));
        }
    }
}
