//! Shields and graces: what waits for a moment on behalf of a cancellation.

use core::time::Duration;

use super::TaskScheduler;
use crate::table::Care;

impl TaskScheduler<'_> {
    pub(super) fn set_grace(&mut self, cold: u32, grace: Option<Duration>) {
        if grace.is_some() {
            self.colds[cold].care = Some(Box::new(Care { grace, ..Care::default() }));
        }
    }

    pub(super) fn grace(&self, slot: u32) -> Option<Duration> {
        let cold = &self.colds[self.rows[slot].cold];
        cold.care.as_ref()?.grace
    }

    pub(super) fn arm_grace(&mut self, _slot: u32) {}

    pub(super) fn cancel_in_shield(&mut self, _slot: u32) {}

    pub(super) fn drop_care(&mut self, cold: u32) {
        self.colds[cold].care = None;
    }
}
