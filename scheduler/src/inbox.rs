//! [`Inbox`]: where other threads leave completions; one lock around a batch that the heap's thread swaps out.
//!
//! Invariants: what is in it is plain data or builders, never a heap value, so it needs no root. No foreign code runs
//! under the lock: wakers are cloned, woken and dropped outside, and so are payloads. Closed, it holds nothing, and
//! takes nothing, and nobody waits for room in it. A thread that parks, or registers a waker, looks at the batch again
//! under the same lock. A message wakes at most once: only a thread that said that it waits is woken.

use core::any::Any;
use core::task::Waker;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use mangrove_gc::{Mutation, Value};

use crate::alarm::Alarm;
use crate::board::Board;
use crate::completer::Fail;
use crate::scalar::Scalar;
use crate::sync::{AtomicBool, Condvar, Mutex, MutexGuard, Ordering, ThreadId, current_thread};

/// Makes the value of a completion, on the heap's thread.
pub(crate) type Builder = Box<dyn for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, Fail<'gc>> + Send>;

/// What happened to a task.
pub(crate) enum Payload {
    Value(Scalar),
    Error(Scalar),
    Build(Builder),
    /// For a scheduler of another heap.
    Data(Box<dyn Any + Send>),
    Abandon,
    /// A ticket was dropped, and releases the task.
    Release,
    /// A ticket was dropped, and leaves the task.
    Keep,
}

pub(crate) struct Message {
    /// The id's bits.
    pub(crate) task: u64,
    pub(crate) payload: Payload,
}

const _: () = assert!(size_of::<Message>() == 32, "two messages share a cache line");

/// What to do when the inbox is full.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenFull {
    /// Wait for room; on the heap's own thread, which would wait for itself, go over the bound.
    Wait,
    /// Give the data back.
    Refuse,
    /// Go over the bound: what a drop says can neither wait nor be refused. It is one message for each completer and
    /// each ticket, so that much is bounded by who made them.
    GoOver,
}

#[derive(Default)]
pub(crate) struct Inbox {
    state: Apart<Shared>,
    flags: Apart<Flags>,
    /// Which externals are open.
    pub(crate) board: Board,
    /// Rings it.
    pub(crate) alarm: Alarm,
}

/// On cache lines of its own: a thread that looks at the flags does not disturb those that take the lock.
#[derive(Default)]
#[repr(align(128))]
struct Apart<T>(T);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
    room: Condvar,
}

#[derive(Default)]
struct Flags {
    /// Whether the batch holds anything; written under the lock.
    mail: AtomicBool,
    /// Written under the lock.
    closed: AtomicBool,
}

#[derive(Default)]
struct State {
    batch: VecDeque<Message>,
    waker: Option<Waker>,
    parked: bool,
    closed: bool,
    /// The most messages in the batch.
    bound: Option<usize>,
    /// Producers that wait for room.
    blocked: usize,
    /// The heap's thread.
    owner: Option<ThreadId>,
}

impl State {
    fn room(&self) -> usize {
        self.bound.map_or(usize::MAX, |bound| bound.saturating_sub(self.batch.len()))
    }

    /// Room for one message, and memory for it.
    #[inline(always)]
    fn takes_one(&mut self) -> bool {
        self.bound.is_none_or(|bound| self.batch.len() < bound) && self.batch.try_reserve(1).is_ok()
    }
}

impl Inbox {
    /// Leaves a message, and wakes who waits for one. Gives the data back when it is full and that was asked for.
    #[inline]
    pub(crate) fn push<T>(&self, task: u64, when_full: WhenFull, data: T, wrap: fn(T) -> Payload) -> Result<(), T> {
        let mut state = self.state.0.state.lock();
        if !state.takes_one() && !self.wait_for_room(&mut state, when_full) {
            return Err(data);
        }
        if state.closed {
            drop(state);
            // Foreign code, perhaps: not under the lock.
            drop(data);
            return Ok(());
        }
        state.batch.push_back(Message { task, payload: wrap(data) });
        self.announce(state);
        Ok(())
    }

    /// Leaves messages in order, from the front of `messages`, with one lock for all that there is room for. False when
    /// it is full, and that was asked for: the rest is still there.
    pub(crate) fn push_all(&self, messages: &mut VecDeque<Message>, when_full: WhenFull) -> bool {
        while !messages.is_empty() {
            let mut state = self.state.0.state.lock();
            if !state.takes_one() && !self.wait_for_room(&mut state, when_full) {
                return false;
            }
            if state.closed {
                drop(state);
                messages.clear();
                return true;
            }
            // One at least: there was room, or it is to go over the bound.
            let count = state.room().clamp(1, messages.len());
            if count == messages.len() {
                state.batch.append(messages);
            } else {
                state.batch.extend(messages.drain(..count));
            }
            self.announce(state);
        }
        true
    }

    /// Whether to go on: there is room, or the inbox is closed, or is to be overfilled.
    #[cold]
    fn wait_for_room(&self, state: &mut MutexGuard<'_, State>, when_full: WhenFull) -> bool {
        match when_full {
            WhenFull::Refuse => return state.closed,
            WhenFull::GoOver => return true,
            WhenFull::Wait if state.owner == Some(current_thread().id()) => return true,
            WhenFull::Wait => {}
        }
        state.blocked += 1;
        while !state.closed && !state.takes_one() {
            self.state.0.room.wait(state);
        }
        state.blocked -= 1;
        true
    }

    /// There is a message: says so, and wakes who waits for one.
    #[inline(always)]
    fn announce(&self, mut state: MutexGuard<'_, State>) {
        if !self.flags.0.mail.load(Ordering::Relaxed) {
            self.flags.0.mail.store(true, Ordering::Release);
        }
        if !state.parked && state.waker.is_none() {
            return;
        }
        let parked = core::mem::take(&mut state.parked);
        let waker = state.waker.take();
        drop(state);
        if parked {
            self.state.0.arrived.notify_one();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether there is anything in it: a load.
    #[inline(always)]
    pub(crate) fn has_mail(&self) -> bool {
        self.flags.0.mail.load(Ordering::Acquire)
    }

    /// Swaps the batch with an empty one.
    pub(crate) fn swap(&self, empty: &mut VecDeque<Message>) {
        debug_assert!(empty.is_empty());
        let mut state = self.state.0.state.lock();
        self.flags.0.mail.store(false, Ordering::Relaxed);
        core::mem::swap(&mut state.batch, empty);
        let blocked = state.blocked > 0;
        drop(state);
        if blocked {
            self.state.0.room.notify_all();
        }
    }

    /// Blocks until there is a message, or until then.
    pub(crate) fn park(&self, until: Option<Instant>) {
        let mut state = self.state.0.state.lock();
        while state.batch.is_empty() && !state.closed {
            state.parked = true;
            match until {
                None => self.state.0.arrived.wait(&mut state),
                Some(until) if self.state.0.arrived.wait_until(&mut state, until).timed_out() => break,
                Some(_) => {}
            }
        }
        state.parked = false;
    }

    /// Registers who is to be woken by the next message. False when there is one: look at it instead.
    pub(crate) fn register(&self, waker: &Waker) -> bool {
        let waker = waker.clone();
        let mut state = self.state.0.state.lock();
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
        let waker = self.state.0.state.lock().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Sets the most messages that the batch may hold, and whose thread must not wait for room.
    pub(crate) fn set_bound(&self, bound: Option<usize>) {
        let mut state = self.state.0.state.lock();
        state.bound = bound.map(|bound| bound.max(1));
        state.owner = Some(current_thread().id());
        drop(state);
        self.state.0.room.notify_all();
    }

    /// Messages that nobody has looked at.
    pub(crate) fn len(&self) -> usize {
        self.state.0.state.lock().batch.len()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.flags.0.closed.load(Ordering::Acquire)
    }

    /// Drops what is in it, and from now on what is sent.
    pub(crate) fn close(&self) {
        let mut state = self.state.0.state.lock();
        state.closed = true;
        self.flags.0.closed.store(true, Ordering::Release);
        self.flags.0.mail.store(false, Ordering::Relaxed);
        state.parked = false;
        let batch = core::mem::take(&mut state.batch);
        let waker = state.waker.take();
        drop(state);
        self.state.0.arrived.notify_all();
        self.state.0.room.notify_all();
        self.alarm.clear();
        drop(waker);
        drop(batch);
    }
}

/// The scheduler's end: the inbox closes with it.
pub(crate) struct Mailbox {
    pub(crate) inbox: Arc<Inbox>,
    /// Messages that were swapped out. One is popped before its foreign code runs, so a panic loses no other.
    pub(crate) batch: VecDeque<Message>,
    /// How often the builder of the first of them asked for memory.
    pub(crate) attempts: u32,
}

/// A buffer up to this capacity is kept, however little of it was used.
const KEPT: usize = 1024;

impl Mailbox {
    pub(crate) fn new() -> Self {
        Mailbox { inbox: Arc::default(), batch: VecDeque::new(), attempts: 0 }
    }

    /// Swaps the batch out when all of the last one was looked at. True when it did.
    #[inline]
    pub(crate) fn fetch(&mut self) -> bool {
        let arrived = self.batch.is_empty() && self.inbox.has_mail();
        if arrived {
            self.inbox.swap(&mut self.batch);
            let enough = (self.batch.len() * 4).max(KEPT);
            if self.batch.capacity() > enough {
                self.batch.shrink_to(enough);
            }
        }
        arrived
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.inbox.close();
    }
}
