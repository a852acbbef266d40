//! Timers: tasks that settle by the clock, and deadlines of other tasks.
//!
//! Invariant: an open timer has one deadline, at which it settles; timers settle in the order of their deadlines, and
//! those of the same deadline in the order in which they were made. A timer has no value, and roots nothing.

use core::time::Duration;
use std::time::Instant;

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::clock::{Clock, Time, nanos};
use crate::error::TaskError;
use crate::id::TaskId;
use crate::join::{JoinKind, JoinOptions};
use crate::outcome::{Fault, Verdict};
use crate::table::{Flags, Kind, NONE, Purpose, Stage};

impl<'gc> TaskScheduler<'gc> {
    /// The same scheduler, with this clock, which starts now. For a scheduler that has no timers yet.
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.time = Time::new(clock);
        self
    }

    /// Which clock it goes by.
    pub fn clock(&self) -> Clock {
        self.time.clock()
    }

    /// The time since the scheduler was made, by its clock.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.time.now())
    }

    /// A task that completes with [`Value::NIL`] after that time. O(1), and so is cancelling it.
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`].
    #[track_caller]
    pub fn sleep(&mut self, time: Duration) -> Result<TaskId<'gc>, TaskError> {
        let now = self.time.now();
        self.timer(now, now.saturating_add(nanos(time)), Purpose::Sleep)
    }

    /// A task that completes with [`Value::NIL`] at that time of [`TaskScheduler::now`]; soon, if it is past.
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`].
    #[track_caller]
    pub fn sleep_until(&mut self, time: Duration) -> Result<TaskId<'gc>, TaskError> {
        self.timer(self.time.now(), nanos(time), Purpose::Sleep)
    }

    /// A race of the task, which it borrows, with a timer that fails with [`Fault::TimedOut`]: it has the outcome of
    /// the task, or that fault, and the task goes on. The timer is forgotten as soon as the race is decided.
    ///
    /// # Errors
    /// As [`TaskScheduler::join`].
    #[track_caller]
    pub fn timeout(&mut self, task: TaskId<'gc>, time: Duration) -> Result<TaskId<'gc>, TaskError> {
        self.timeout_with(task, time, JoinOptions::BORROW)
    }

    /// The same, with options of the race: one that owns the task cancels it when its time is over, awaits its end, and
    /// is then delivered.
    ///
    /// # Errors
    /// As [`TaskScheduler::join`].
    #[track_caller]
    pub fn timeout_with(
        &mut self,
        task: TaskId<'gc>,
        time: Duration,
        options: JoinOptions,
    ) -> Result<TaskId<'gc>, TaskError> {
        let now = self.time.now();
        let timer = self.timer(now, now.saturating_add(nanos(time)), Purpose::Timeout)?;
        // Nobody takes it.
        self.rows[timer.slot()].flags.set(Flags::RELEASED);
        self.join_with(JoinKind::Race, &[task, timer], options).inspect_err(|_| self.drop_timeout(timer.slot()))
    }

    /// Settles the timers that are due. The run loops call it; who drives the scheduler by `begin` calls it between
    /// turns. A look at the clock if there are timers, nothing if there are none.
    pub fn poll_timers(&mut self) {
        if self.wheel.count() == 0 {
            return;
        }
        let now = self.time.now();
        while let Some(deadline) = self.wheel.pop(now) {
            self.passed(deadline.owner, deadline.purpose);
        }
    }

    /// When [`TaskScheduler::poll_timers`] should be called next, at the latest: a time of [`TaskScheduler::now`],
    /// perhaps a little before the next timer is due. `None` without timers.
    pub fn next_timer(&self) -> Option<Duration> {
        self.wheel.bound().map(Duration::from_nanos)
    }

    /// Timers that are not settled, and other deadlines.
    pub fn open_timers(&self) -> usize {
        self.wheel.count()
    }

    /// Moves a virtual clock on; timers settle at the next [`TaskScheduler::poll_timers`], with no time between them.
    /// False with a real clock, which stays as it is.
    pub fn advance(&mut self, time: Duration) -> bool {
        self.time.jump(self.time.now().saturating_add(nanos(time)))
    }

    // What follows is for the other files of this crate.

    /// Moves a virtual clock to the next deadline, if there is one, and settles the timers that are due then.
    pub(crate) fn jump(&mut self) -> bool {
        if self.wheel.count() == 0 || self.clock() != Clock::Virtual {
            return false;
        }
        if let Some(next) = self.wheel.next() {
            self.time.jump(next);
        }
        self.poll_timers();
        true
    }

    /// Until when a thread may wait: with `Some`, there are deadlines; with `Some(None)`, none comes in this clock.
    pub(crate) fn wait_until(&self) -> Option<Option<Instant>> {
        self.wheel.bound().map(|at| self.time.instant(at))
    }

    /// The time in nanoseconds.
    pub(super) fn nanos(&self) -> u64 {
        self.time.now()
    }

    /// Sets a deadline of a task, in nanoseconds of the scheduler's time. It stays until it has passed or is disarmed:
    /// who gives the task up must disarm it.
    pub(super) fn arm(&mut self, owner: u32, at: u64, purpose: Purpose) -> Result<u32, TaskError> {
        self.wheel.insert(self.time.now(), at, owner, purpose)
    }

    /// Removes a deadline that has not passed.
    pub(super) fn disarm(&mut self, deadline: u32) {
        self.wheel.remove(deadline);
    }

    /// A timer goes the way of what is settled; this does the rest.
    pub(super) fn stop_timer(&mut self, slot: u32) {
        let deadline = core::mem::replace(&mut self.rows[slot].awaits, NONE);
        self.disarm(deadline);
    }

    /// Gives the timer of a timeout up, when its race waits for it no longer. Nobody else knows it.
    pub(super) fn drop_timeout(&mut self, slot: u32) {
        let row = &self.rows[slot];
        if row.kind == Kind::Timer && self.wheel.get(row.awaits).purpose == Purpose::Timeout {
            self.stop_timer(slot);
            self.unmake(slot);
        }
    }

    #[track_caller]
    fn timer(&mut self, now: u64, at: u64, purpose: Purpose) -> Result<TaskId<'gc>, TaskError> {
        let slot = self.make(Kind::Timer, Stage::Waiting)?.slot();
        match self.wheel.insert(now, at, slot, purpose) {
            Ok(deadline) => {
                self.rows[slot].awaits = deadline;
                Ok(self.id(slot))
            }
            Err(error) => {
                self.unmake(slot);
                Err(error)
            }
        }
    }

    /// What a deadline does: the one list of its purposes. The deadline is gone by now.
    fn passed(&mut self, owner: u32, purpose: Purpose) {
        match purpose {
            Purpose::Sleep => self.settle_plain(owner, Stage::Completed, Value::NIL),
            Purpose::Timeout => self.settle_slot(owner, Verdict::Fault(Fault::TimedOut), Value::NIL),
            Purpose::Shield => self.shield_passed(owner),
            Purpose::Grace => self.grace_passed(owner),
        }
    }
}
