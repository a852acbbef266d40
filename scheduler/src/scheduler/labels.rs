//! Names and places of tasks, on request.
//!
//! Invariant: off, as at first, neither [`TaskScheduler::spawn`] nor anything else pays for them.

use core::panic::Location;

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;

impl<'gc> TaskScheduler<'gc> {
    /// Whether tasks remember where they were made: the place in Rust code that called
    /// [`spawn`](TaskScheduler::spawn), [`external`](TaskScheduler::external) or [`join`](TaskScheduler::join). Off at
    /// first; on, a task costs about 150 bytes and an allocation more. Tasks that are there stay as they are.
    pub fn set_labels(&mut self, on: bool) {
        self.labels = on;
    }

    /// Names a task, for dumps and messages: with the place in the script, say. At most 200 bytes of it are kept. Names
    /// need no [`set_labels`](TaskScheduler::set_labels).
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::OutOfMemory`].
    pub fn set_name(&mut self, task: TaskId<'gc>, name: &str) -> Result<(), TaskError> {
        let slot = self.slot(task)?;
        let cold = self.cold(slot)?;
        self.colds[cold].label.get_or_insert_default().set_name(name);
        Ok(())
    }

    /// The task's name, if it has one.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn name(&self, task: TaskId<'gc>) -> Result<Option<&str>, TaskError> {
        Ok(self.label(self.slot(task)?).and_then(|label| label.name.as_deref()))
    }

    /// Where the task was made, if it was made with labels on; of an abandoned external, say.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn site(&self, task: TaskId<'gc>) -> Result<Option<&'static Location<'static>>, TaskError> {
        Ok(self.label(self.slot(task)?).and_then(|label| label.site))
    }

    pub(super) fn label(&self, slot: u32) -> Option<&crate::label::Label> {
        let cold = self.rows.get(slot)?.cold;
        self.colds.get(cold)?.label.as_deref()
    }

    /// Notes where a task was made. Without memory for it, that is not known.
    #[cold]
    pub(super) fn note_site(&mut self, slot: u32, site: &'static Location<'static>) {
        if let Ok(cold) = self.cold(slot) {
            self.colds[cold].label.get_or_insert_default().site = Some(site);
        }
    }
}
