//! The lock, the condition variable, the atomics and the threads of the inbox; under `cfg(mangrove_loom)` those of its model.
//!
//! Invariant: what threads share is made of these and of `Arc` only, so that the model (`inbox_model.rs`, run by
//! `ci/loom.sh`) sees every step that matters.

#[cfg(not(all(test, mangrove_loom)))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
#[cfg(not(all(test, mangrove_loom)))]
pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};
#[cfg(not(all(test, mangrove_loom)))]
pub(crate) use std::thread::{ThreadId, current as current_thread};

#[cfg(all(test, mangrove_loom))]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
#[cfg(all(test, mangrove_loom))]
pub(crate) use loom::thread::{ThreadId, current as current_thread};
#[cfg(all(test, mangrove_loom))]
pub(crate) use modelled::{Condvar, Mutex, MutexGuard};

/// Loom's lock and condition variable with the signatures of `parking_lot`.
#[cfg(all(test, mangrove_loom))]
mod modelled {
    use core::ops::{Deref, DerefMut};
    use std::time::Instant;

    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);
    pub(crate) struct MutexGuard<'a, T>(Option<loom::sync::MutexGuard<'a, T>>);
    #[derive(Default)]
    pub(crate) struct Condvar(loom::sync::Condvar);

    pub(crate) struct NeverTimedOut;
    impl NeverTimedOut {
        pub(crate) fn timed_out(&self) -> bool {
            false
        }
    }

    impl<T: Default> Default for Mutex<T> {
        fn default() -> Self {
            Mutex(loom::sync::Mutex::new(T::default()))
        }
    }
    impl<T> Mutex<T> {
        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            MutexGuard(Some(self.0.lock().expect("no poison")))
        }
    }
    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;
        fn deref(&self) -> &T {
            self.0.as_ref().expect("held")
        }
    }
    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.0.as_mut().expect("held")
        }
    }
    impl Condvar {
        pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
            let held = guard.0.take().expect("held");
            guard.0 = Some(self.0.wait(held).expect("no poison"));
        }
        /// The model has no clock: it waits without a deadline.
        pub(crate) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _: Instant) -> NeverTimedOut {
            self.wait(guard);
            NeverTimedOut
        }
        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }
        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }
    }
}
