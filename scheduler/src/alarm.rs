//! [`Alarm`]: wakes the waker of an inbox at a time, on any executor.
//!
//! A waker knows nothing of time, and no timer of one executor works on all. So one thread of the process, started when
//! it is first needed, sleeps until the next alarm of all schedulers, and rings it; without alarms it ends after a
//! while. It sees inboxes only, never a heap. [`drive_with`](crate::drive_with) does without it.
//!
//! Invariant: an inbox has one alarm at most, which is dropped with its scheduler. No foreign code runs under a lock.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::inbox::Inbox;

/// When, and a number to tell those of the same time apart.
type Key = (Instant, u64);

/// The alarm of one inbox.
#[derive(Default)]
pub(crate) struct Alarm {
    set: Mutex<Option<Key>>,
}

impl Alarm {
    /// Rings the inbox at that time, and not at the time that was set before. False when there is no thread for it.
    pub(crate) fn set(&self, at: Instant, inbox: &Arc<Inbox>) -> bool {
        let mut set = self.set.lock();
        let mut shared = SHARED.lock();
        if let Some(old) = *set {
            if old.0 == at && shared.alarms.contains_key(&old) {
                return true;
            }
            shared.alarms.remove(&old);
        }
        shared.number += 1;
        let key = (at, shared.number);
        let first = shared.alarms.first_key_value().is_none_or(|(first, _)| key < *first);
        if !shared.runs {
            let thread = std::thread::Builder::new().name("mangrove-alarm".into());
            shared.runs = thread.spawn(|| ring_all(SHARED.lock())).is_ok();
        }
        if !shared.runs {
            *set = None;
            return false;
        }
        shared.alarms.insert(key, Arc::downgrade(inbox));
        *set = Some(key);
        drop(shared);
        if first {
            CHANGED.notify_one();
        }
        true
    }

    pub(crate) fn clear(&self) {
        if let Some(key) = self.set.lock().take() {
            SHARED.lock().alarms.remove(&key);
        }
    }
}

struct Shared {
    alarms: BTreeMap<Key, Weak<Inbox>>,
    number: u64,
    /// Whether there is a thread.
    runs: bool,
}

static SHARED: Mutex<Shared> = Mutex::new(Shared { alarms: BTreeMap::new(), number: 0, runs: false });
static CHANGED: Condvar = Condvar::new();
/// How long the thread stays without an alarm.
const LINGER: Duration = Duration::from_secs(1);

fn ring_all(mut shared: MutexGuard<'_, Shared>) {
    loop {
        match shared.alarms.first_entry() {
            None => {
                let ended = CHANGED.wait_for(&mut shared, LINGER).timed_out();
                if ended && shared.alarms.is_empty() {
                    shared.runs = false;
                    return;
                }
            }
            Some(first) if first.key().0 > Instant::now() => {
                let at = first.key().0;
                CHANGED.wait_until(&mut shared, at);
            }
            Some(first) => {
                let inbox = first.remove();
                MutexGuard::unlocked(&mut shared, || {
                    // A waker that panics must not take the alarms of others with it.
                    let _ = catch_unwind(AssertUnwindSafe(|| {
                        if let Some(inbox) = inbox.upgrade() {
                            inbox.ring();
                        }
                    }));
                });
            }
        }
    }
}
