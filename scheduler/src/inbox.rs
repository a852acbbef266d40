//! [`Inbox`]: where other threads leave completions; one lock around a batch that the heap's thread swaps out.
//!
//! Invariants: what is in it is plain data or builders, never a heap value, so it needs no root. No foreign code runs
//! under the lock: wakers are cloned, woken and dropped outside, and so are payloads. Closed, it holds nothing, and
//! takes nothing, and nobody waits for room in it. A thread that parks, or registers a waker, looks at the batch again
//! under the same lock. A message wakes at most once: only a thread that said that it waits is woken. While a completer
//! exists that has not sent, the inbox does ([`Outlet`]).

use core::any::Any;
use core::ptr::NonNull;
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

/// In this order: the lock and what a completion touches are on one cache line.
#[derive(Default)]
#[repr(C)]
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
#[repr(C)]
struct State {
    batch: Vec<Message>,
    /// Completers that have sent; once it is closed, those that have not.
    completers: usize,
    /// A message is more than an entry of the batch: it is closed, or bounded, or somebody waits.
    special: bool,
    parked: bool,
    closed: bool,
    waker: Option<Waker>,
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
    fn takes_one(&mut self) -> bool {
        self.bound.is_none_or(|bound| self.batch.len() < bound) && self.batch.try_reserve(1).is_ok()
    }

    /// After a change of what makes it so.
    fn note_special(&mut self) {
        self.special = self.closed || self.parked || self.bound.is_some() || self.waker.is_some();
    }

    /// So many completers of a closed inbox are done. True for the last.
    fn give_up(&mut self, completers: usize) -> bool {
        debug_assert!(self.closed && completers <= self.completers);
        self.completers -= completers;
        completers > 0 && self.completers == 0
    }
}

/// A completer's way to the inbox. It counts as one until it has sent a message, which counts it off under the lock that
/// it takes anyway; so a completion costs no reference count.
///
/// Invariant: while an outlet has something to send, its inbox is there. The mailbox holds the inbox until it closes it, and
/// then, if there are outlets left, leaves them a reference, which the last of them gives back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outlet(NonNull<Inbox>);

// SAFETY: it is used as `&Inbox` only, which is `Sync`; what is given back through it is an `Arc<Inbox>`, which is `Send`.
unsafe impl Send for Outlet {}
// SAFETY: as above.
unsafe impl Sync for Outlet {}

const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Inbox>();
};

impl Outlet {
    /// The inbox, which is there as long as this outlet has something to send.
    pub(crate) fn inbox(&self) -> &Inbox {
        // SAFETY: by the invariant; the borrow is of the outlet, which is consumed by what counts it off.
        unsafe { self.0.as_ref() }
    }

    /// Leaves a message, and wakes who waits for one. Gives outlet and data back when it is full and that was asked for.
    #[inline(always)]
    pub(crate) fn send<T>(
        self,
        task: u64,
        when_full: WhenFull,
        data: T,
        wrap: fn(T) -> Payload,
    ) -> Result<(), (Outlet, T)> {
        // SAFETY: this outlet has something to send, so the inbox is there until it is counted off.
        let sent = unsafe { Inbox::accept(self.0, task, when_full, data, wrap, 1) };
        match sent {
            Ok(None) => Ok(()),
            Ok(Some(unwanted)) => {
                // SAFETY: only the last outlet of a closed inbox is told so.
                unsafe { self.end(unwanted.last) };
                drop(unwanted.data);
                Ok(())
            }
            Err(data) => Err((self, data)),
        }
    }

    /// Leaves messages in order, from the front of `messages`, each of a completer, with one lock for all that there is
    /// room for. False when it is full, and that was asked for: the rest is still there, and then only there is still
    /// an inbox.
    pub(crate) fn send_all(&self, messages: &mut VecDeque<Message>, when_full: WhenFull) -> bool {
        while !messages.is_empty() {
            // SAFETY: there is a message that was not sent, so the inbox is there until it is counted off.
            let inbox = unsafe { self.0.as_ref() };
            let mut state = inbox.state.0.state.lock();
            if !state.takes_one() && !inbox.wait_for_room(&mut state, when_full) {
                return false;
            }
            if state.closed {
                let last = state.give_up(messages.len());
                drop(state);
                // SAFETY: as in `send`.
                unsafe { self.end(last) };
                messages.clear();
                return true;
            }
            // One at least: there was room, or it is to go over the bound.
            let count = state.room().clamp(1, messages.len());
            state.batch.extend(messages.drain(..count));
            state.completers += count;
            let waker = inbox.announce(&mut state);
            drop(state);
            wake(waker);
        }
        true
    }

    /// Gives the reference back that the closed inbox left, if this was the last outlet.
    ///
    /// # Safety
    /// `last` is what `give_up` said.
    unsafe fn end(&self, last: bool) {
        if last {
            // SAFETY: `Mailbox::drop` made this reference for the outlets; nobody else gives it back.
            drop(unsafe { Arc::from_raw(self.0.as_ptr()) });
        }
    }
}

/// What came when the inbox was closed: dropped outside of the lock, since that may be foreign code.
struct Unwanted<T> {
    data: T,
    /// It came from the last completer.
    last: bool,
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Inbox {
    /// Leaves a message that is no completer's.
    pub(crate) fn push<T>(&self, task: u64, when_full: WhenFull, data: T, wrap: fn(T) -> Payload) -> Result<(), T> {
        // SAFETY: `self` is there.
        unsafe { Self::accept(NonNull::from(self), task, when_full, data, wrap, 0) }.map(|_| ())
    }

    /// Takes a message, which counts off so many completers: none, or one. Gives the data back when it is full and that
    /// was asked for.
    ///
    /// # Safety
    /// The inbox at `this` is there until the message is counted off. From then on it may be gone: so this is no method,
    /// and nothing follows the end of the lock.
    #[inline(always)]
    unsafe fn accept<T>(
        this: NonNull<Inbox>,
        task: u64,
        when_full: WhenFull,
        data: T,
        wrap: fn(T) -> Payload,
        completers: usize,
    ) -> Result<Option<Unwanted<T>>, T> {
        // SAFETY: by the caller.
        let inbox = unsafe { this.as_ref() };
        let mut state = inbox.state.0.state.lock();
        let mut waker = None;
        if state.special || state.batch.len() == state.batch.capacity() {
            match inbox.make_way(&mut state, when_full, completers) {
                Way::Free(woken) => waker = woken,
                Way::Full => return Err(data),
                Way::Closed { last } => return Ok(Some(Unwanted { data, last })),
            }
        }
        state.batch.push(Message { task, payload: wrap(data) });
        state.completers += completers;
        if !inbox.flags.0.mail.load(Ordering::Relaxed) {
            inbox.flags.0.mail.store(true, Ordering::Release);
        }
        drop(state);
        if waker.is_some() {
            wake(waker);
        }
        Ok(None)
    }

    /// What is to be done before a message, where that is anything: sees to memory and to the bound, and takes out who is
    /// to be woken after it.
    #[cold]
    #[inline(never)]
    fn make_way(&self, state: &mut MutexGuard<'_, State>, when_full: WhenFull, completers: usize) -> Way {
        if !state.takes_one() && !self.wait_for_room(state, when_full) {
            return Way::Full;
        }
        if state.closed {
            return Way::Closed { last: state.give_up(completers) };
        }
        Way::Free(self.announce(state))
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

    /// There is a message, or will be before the lock ends: says so, and wakes the thread that is parked. The waker that
    /// is returned is to be woken after the lock.
    #[must_use]
    fn announce(&self, state: &mut MutexGuard<'_, State>) -> Option<Waker> {
        self.flags.0.mail.store(true, Ordering::Release);
        let waker = state.waker.take();
        if core::mem::take(&mut state.parked) {
            // Under the lock: after it, the inbox may be gone.
            self.state.0.arrived.notify_one();
        }
        state.note_special();
        waker
    }

    /// Whether there is anything in it: a load.
    #[inline(always)]
    pub(crate) fn has_mail(&self) -> bool {
        self.flags.0.mail.load(Ordering::Acquire)
    }

    /// Swaps the batch with an empty one.
    pub(crate) fn swap(&self, empty: &mut Vec<Message>) {
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
            (state.parked, state.special) = (true, true);
            match until {
                None => self.state.0.arrived.wait(&mut state),
                Some(until) if self.state.0.arrived.wait_until(&mut state, until).timed_out() => break,
                Some(_) => {}
            }
        }
        state.parked = false;
        state.note_special();
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
        state.special = true;
        drop(state);
        drop(old);
        true
    }

    /// Wakes the waker, if there is one: its time has come.
    pub(crate) fn ring(&self) {
        let mut state = self.state.0.state.lock();
        let waker = state.waker.take();
        state.note_special();
        drop(state);
        wake(waker);
    }

    /// Sets the most messages that the batch may hold, and whose thread must not wait for room.
    pub(crate) fn set_bound(&self, bound: Option<usize>) {
        let mut state = self.state.0.state.lock();
        state.bound = bound.map(|bound| bound.max(1));
        state.owner = Some(current_thread().id());
        state.note_special();
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

    /// Drops what is in it, and from now on what is sent. Of `made` completers, whether any have not sent.
    fn close(&self, made: usize) -> bool {
        let mut state = self.state.0.state.lock();
        (state.closed, state.special) = (true, true);
        state.completers = made - state.completers;
        let left = state.completers > 0;
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
        left
    }
}

/// What comes before a message.
enum Way {
    /// It may go into the batch; then this one is to be woken.
    Free(Option<Waker>),
    Full,
    Closed {
        last: bool,
    },
}

/// The scheduler's end: the inbox closes with it.
pub(crate) struct Mailbox {
    pub(crate) inbox: Arc<Inbox>,
    /// Messages that were swapped out. One is popped before its foreign code runs, so a panic loses no other.
    pub(crate) batch: VecDeque<Message>,
    /// How often the builder of the first of them asked for memory.
    pub(crate) attempts: u32,
    /// Outlets that were made.
    outlets: usize,
}

/// A buffer up to this capacity is kept, however little of it was used.
const KEPT: usize = 1024;

impl Mailbox {
    pub(crate) fn new() -> Self {
        Mailbox { inbox: Arc::default(), batch: VecDeque::new(), attempts: 0, outlets: 0 }
    }

    /// For a new completer.
    #[inline(always)]
    pub(crate) fn outlet(&mut self) -> Outlet {
        self.outlets += 1;
        // SAFETY: the pointer of an `Arc` is not null.
        Outlet(unsafe { NonNull::new_unchecked(Arc::as_ptr(&self.inbox).cast_mut()) })
    }

    /// Swaps the batch out when all of the last one was looked at. True when it did.
    #[inline]
    pub(crate) fn fetch(&mut self) -> bool {
        let arrived = self.batch.is_empty() && self.inbox.has_mail();
        if arrived {
            // Both ways without a copy.
            let mut batch = Vec::from(core::mem::take(&mut self.batch));
            self.inbox.swap(&mut batch);
            let enough = (batch.len() * 4).max(KEPT);
            if batch.capacity() > enough {
                batch.shrink_to(enough);
            }
            self.batch = VecDeque::from(batch);
        }
        arrived
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let left = Arc::into_raw(self.inbox.clone());
        if !self.inbox.close(self.outlets) {
            // SAFETY: made here, and nobody was left for whom it is.
            drop(unsafe { Arc::from_raw(left) });
        }
    }
}
