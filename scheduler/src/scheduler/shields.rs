//! Shields and graces: what waits for a moment on behalf of a cancellation.
//!
//! Invariant: a deadline is set only while a cancellation waits for it: a cancelled task in a shield, or a join or a
//! scope that awaits the end of what it cancelled. It goes with the task's settlement, so none of a task that ended in
//! time is left.

use core::time::Duration;

use super::TaskScheduler;
use crate::clock::nanos;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::table::{Care, Flags, Kind, Purpose};

impl<'gc> TaskScheduler<'gc> {
    /// From now on the running task is not told of a cancellation, so that it can await in its cleanup: until
    /// [`TaskScheduler::end_shield`], but not longer than until that time of [`TaskScheduler::now`]. Then it is told, in
    /// the middle of an await if need be. A cancelled task ends as cancelled, shield or not.
    ///
    /// Shields nest: the task is in one until all have ended or passed.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotRunning`], [`TaskError::OutOfMemory`].
    pub fn begin_shield(&mut self, task: TaskId<'gc>, until: Duration) -> Result<(), TaskError> {
        let slot = self.running(task)?;
        let cold = self.cold(slot)?;
        self.colds[cold].care.get_or_insert_default().shields.push(nanos(until));
        self.set_shield(slot).inspect_err(|_| {
            if let Some(care) = &mut self.colds[cold].care {
                care.shields.pop();
            }
        })
    }

    /// Ends the innermost shield of the running task. If it was cancelled meanwhile, and was in no other shield, its
    /// next await is told.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotRunning`], [`TaskError::NotShielded`].
    pub fn end_shield(&mut self, task: TaskId<'gc>) -> Result<(), TaskError> {
        let slot = self.running(task)?;
        if self.care(slot).is_none_or(|care| care.shields.pop().is_none()) {
            return Err(TaskError::NotShielded { task: task.name() });
        }
        // Without memory for the deadline of an outer shield, that one is over too.
        let _ = self.set_shield(slot);
        Ok(())
    }

    /// Whether a cancellation of the task waits, or would wait, for the end of a shield.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn is_shielded(&self, task: TaskId<'gc>) -> Result<bool, TaskError> {
        let slot = self.slot(task)?;
        let shielded = self.rows[slot].flags.has(Flags::SHIELDED);
        Ok(shielded && self.shield_end(slot).is_some_and(|end| end > self.nanos()))
    }

    /// When the last of a task's shields passes.
    fn shield_end(&self, slot: u32) -> Option<u64> {
        let care = self.colds[self.rows[slot].cold].care.as_ref()?;
        care.shields.iter().copied().max()
    }

    /// Makes flag and deadline those of the shields that there are.
    fn set_shield(&mut self, slot: u32) -> Result<(), TaskError> {
        if let Some(deadline) = self.care(slot).and_then(|care| care.deadline.take()) {
            self.disarm(deadline);
        }
        self.rows[slot].flags.clear(Flags::SHIELDED);
        let Some(end) = self.shield_end(slot).filter(|&end| end > self.nanos()) else { return Ok(()) };
        if self.rows[slot].flags.has(Flags::CANCELLED) {
            self.set_deadline(slot, end, Purpose::Shield)?;
        }
        self.rows[slot].flags.set(Flags::SHIELDED);
        Ok(())
    }

    /// A task in a shield was cancelled: it learns of it when the shield ends.
    pub(super) fn cancel_in_shield(&mut self, slot: u32) {
        // Without memory for the deadline, the shield is over.
        if self.set_shield(slot).is_err() || !self.rows[slot].flags.has(Flags::SHIELDED) {
            self.tell_cancelled(slot);
        }
    }

    /// The last shield of a cancelled task has passed.
    pub(super) fn shield_passed(&mut self, slot: u32) {
        if let Some(care) = self.care(slot) {
            care.deadline = None;
        }
        self.rows[slot].flags.clear(Flags::SHIELDED);
        self.tell_cancelled(slot);
    }

    pub(super) fn set_grace(&mut self, cold: u32, grace: Option<Duration>) {
        if grace.is_some() {
            self.colds[cold].care = Some(Box::new(Care { grace, ..Care::default() }));
        }
    }

    pub(super) fn grace(&self, slot: u32) -> Option<Duration> {
        self.colds[self.rows[slot].cold].care.as_ref()?.grace
    }

    /// From now on a join or a scope awaits the end of what it cancelled. Without memory for the deadline, it awaits
    /// that as long as it takes.
    pub(super) fn arm_grace(&mut self, slot: u32) {
        if let Some(grace) = self.grace(slot) {
            let at = self.nanos().saturating_add(nanos(grace));
            let _ = self.set_deadline(slot, at, Purpose::Grace);
        }
    }

    /// A join or a scope has waited long enough.
    pub(super) fn grace_passed(&mut self, slot: u32) {
        if let Some(care) = self.care(slot) {
            care.deadline = None;
        }
        match self.rows[slot].kind {
            Kind::Join => self.detach_losers(slot),
            _ => self.detach_members(slot),
        }
    }

    fn set_deadline(&mut self, slot: u32, at: u64, purpose: Purpose) -> Result<(), TaskError> {
        let deadline = self.arm(slot, at, purpose)?;
        if let Some(care) = self.care(slot) {
            care.deadline = Some(deadline);
        }
        Ok(())
    }

    /// What is left of shields and grace goes with the settlement.
    pub(super) fn drop_care(&mut self, cold: u32) {
        let care = &mut self.colds[cold].care;
        let deadline = care.as_mut().and_then(|care| care.deadline.take());
        // A grace stays: joins that are made in a scope after its end have it as well.
        care.take_if(|care| care.grace.is_none());
        if let Some(deadline) = deadline {
            self.disarm(deadline);
        }
    }

    fn care(&mut self, slot: u32) -> Option<&mut Care> {
        match self.rows[slot].cold {
            crate::table::NONE => None,
            cold => self.colds[cold].care.as_deref_mut(),
        }
    }
}
