//! [`Inbox`]: where other threads leave completions; one lock around a batch that the heap's thread swaps out.
//!
//! Invariants: what is in it is plain data or builders, never a heap value, so it needs no root. No foreign code runs
//! under the lock: wakers are cloned, woken and dropped outside, and so are payloads. Closed, it holds nothing, and
//! takes nothing. A thread that parks, or registers a waker, looks at the batch again under the same lock.

use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use mangrove_gc::{Mutation, Value};
use parking_lot::{Condvar, Mutex};

use crate::alarm::Alarm;
use crate::completer::Fail;
use crate::scalar::Scalar;

/// Makes the value of a completion, on the heap's thread.
pub(crate) type Builder = Box<dyn for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, Fail<'gc>> + Send>;

/// What happened to a task.
pub(crate) enum Payload {
    Value(Scalar),
    Error(Scalar),
    Build(Builder),
    Abandon,
    /// A ticket was dropped, and releases the task.
    Release,
    /// A ticket was dropped, and leaves the task.
    Keep,
}

pub(crate) struct Message {
    /// The id's bits.
    pub(crate) task: u64,
    /// How often a builder asked for memory.
    pub(crate) attempts: u32,
    pub(crate) payload: Payload,
}

#[derive(Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    arrived: Condvar,
    /// Whether the batch holds anything; written under the lock.
    mail: AtomicBool,
    /// Written under the lock.
    closed: AtomicBool,
    /// Rings it.
    pub(crate) alarm: Alarm,
}

#[derive(Default)]
struct State {
    batch: VecDeque<Message>,
    waker: Option<Waker>,
    parked: bool,
    closed: bool,
}

impl Inbox {
    /// Leaves a message, and wakes who waits for one.
    pub(crate) fn push(&self, task: u64, payload: Payload) {
        let message = Message { task, attempts: 0, payload };
        let mut state = self.state.lock();
        if state.closed {
            drop(state);
            // Foreign code, perhaps: not under the lock.
            drop(message);
            return;
        }
        state.batch.push_back(message);
        self.mail.store(true, Ordering::Release);
        let parked = core::mem::take(&mut state.parked);
        let waker = state.waker.take();
        drop(state);
        if parked {
            self.arrived.notify_one();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether there is anything in it: a load.
    pub(crate) fn has_mail(&self) -> bool {
        self.mail.load(Ordering::Acquire)
    }

    /// Swaps the batch with an empty one.
    pub(crate) fn swap(&self, empty: &mut VecDeque<Message>) {
        debug_assert!(empty.is_empty());
        let mut state = self.state.lock();
        self.mail.store(false, Ordering::Relaxed);
        core::mem::swap(&mut state.batch, empty);
    }

    /// Blocks until there is a message, or until then.
    pub(crate) fn park(&self, until: Option<Instant>) {
        let mut state = self.state.lock();
        while state.batch.is_empty() && !state.closed {
            state.parked = true;
            match until {
                None => self.arrived.wait(&mut state),
                Some(until) if self.arrived.wait_until(&mut state, until).timed_out() => break,
                Some(_) => {}
            }
        }
        state.parked = false;
    }

    /// Registers who is to be woken by the next message. False when there is one: look at it instead.
    pub(crate) fn register(&self, waker: &Waker) -> bool {
        let waker = waker.clone();
        let mut state = self.state.lock();
        if !state.batch.is_empty() {
            drop(state);
            return false;
        }
        let old = state.waker.replace(waker);
        drop(state);
        drop(old);
        true
    }

    /// Wakes the waker, if there is one: its time has come.
    pub(crate) fn ring(&self) {
        let waker = self.state.lock().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Drops what is in it, and from now on what is sent.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        self.closed.store(true, Ordering::Release);
        self.mail.store(false, Ordering::Relaxed);
        state.parked = false;
        let batch = core::mem::take(&mut state.batch);
        let waker = state.waker.take();
        drop(state);
        self.arrived.notify_all();
        self.alarm.clear();
        drop(waker);
        drop(batch);
    }
}

/// What a completer and the table share of one external.
pub(crate) struct Shared {
    pub(crate) inbox: Arc<Inbox>,
    closed: AtomicBool,
}

impl Shared {
    pub(crate) fn new(inbox: Arc<Inbox>) -> Self {
        Shared { inbox, closed: AtomicBool::new(false) }
    }

    /// Nobody waits for the completion any more.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire) || self.inbox.closed.load(Ordering::Acquire)
    }
}

/// The scheduler's end: the inbox closes with it.
pub(crate) struct Mailbox {
    pub(crate) inbox: Arc<Inbox>,
    /// Messages that were swapped out. One is popped before its foreign code runs, so a panic loses no other.
    pub(crate) batch: VecDeque<Message>,
}

impl Mailbox {
    pub(crate) fn new() -> Self {
        Mailbox { inbox: Arc::default(), batch: VecDeque::new() }
    }

    /// Swaps the batch out when all of the last one was looked at. True when it did.
    #[inline]
    pub(crate) fn fetch(&mut self) -> bool {
        let arrived = self.batch.is_empty() && self.inbox.has_mail();
        if arrived {
            self.inbox.swap(&mut self.batch);
        }
        arrived
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.inbox.close();
    }
}
