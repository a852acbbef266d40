//! The operations on timers and the clock.
//!
//! Invariant: the clock is virtual, and moves by operations only, or as far as a run loop must; so no run depends on
//! how long it takes.

use std::time::Duration;

use mangrove_scheduler::{JoinOptions, TaskError, TaskId, TaskScheduler};

use super::{Done, Machine};
use crate::operand::Pick;
use crate::table::id_of;
use crate::walk::Check;

impl Machine {
    pub(super) fn sleep(&mut self, time: u64) -> Check<Done> {
        self.timer(self.table.now.saturating_add(time), |tasks| tasks.sleep(Duration::from_nanos(time)))
    }

    pub(super) fn sleep_until(&mut self, time: u64) -> Check<Done> {
        // Around now: as often past as to come.
        let time = (self.table.now / 2).saturating_add(time);
        self.timer(time, |tasks| tasks.sleep_until(Duration::from_nanos(time)))
    }

    fn timer(
        &mut self,
        at: u64,
        make: impl for<'gc> FnOnce(&mut TaskScheduler<'gc>) -> Result<TaskId<'gc>, TaskError>,
    ) -> Check<Done> {
        if self.is_full() {
            return Ok(Done::Nothing);
        }
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let task = make(&mut world.tasks).map_err(|e| e.to_string())?;
            table.add_timer(task, at)
        })?;
        Ok(Done::Changed(self.table.made))
    }

    pub(super) fn timeout(&mut self, task: Pick, time: u64, own: bool) -> Check<Done> {
        let Some(word) = self.table.pick_word(task).filter(|_| !self.is_full()) else { return Ok(Done::Nothing) };
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let race = {
                let options = if own { JoinOptions::OWN } else { JoinOptions::BORROW };
                world
                    .tasks
                    .timeout_with(id_of(word)?, Duration::from_nanos(time), options)
                    .map_err(|e| e.to_string())?
            };
            table.add_timeout(race, word, time, own)
        })?;
        Ok(Done::Changed(self.table.made))
    }

    pub(super) fn advance(&mut self, time: u64) -> Check<Done> {
        if !self.heap.mutate(|_, world| world.tasks.advance(Duration::from_nanos(time))) {
            return Err("a virtual clock did not move".to_owned());
        }
        self.table.now = self.table.now.saturating_add(time);
        Ok(Done::Changed(self.table.now))
    }

    pub(super) fn tick(&mut self) -> Check<Done> {
        self.heap.mutate(|_, world| world.tasks.poll_timers());
        match self.table.tick() {
            0 => Ok(Done::Nothing),
            count => Ok(Done::Changed(count)),
        }
    }
}
