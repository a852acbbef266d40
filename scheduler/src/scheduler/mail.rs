//! The inbox, seen from the heap's thread: completions become outcomes.
//!
//! Invariant: a message is out of the batch before its foreign code runs, and its task is settled, or the message back
//! in the batch, before anything else happens: a panic loses neither.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use mangrove_gc::{AllocError, Mutation, Value};

use super::TaskScheduler;
use crate::completer::Fail;
use crate::id::TaskId;
use crate::inbox::{Inbox, Message, Payload};
use crate::outcome::{Fault, Verdict};
use crate::parker::Parker;
use crate::sabotage::Sabotage;
use crate::table::{Flags, Kind, NONE, Stage};

/// What a look into the inbox asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Drained {
    /// All that had arrived is settled.
    Empty,
    /// A builder could not allocate: leave `mutate`, collect, and look again. Nothing is lost.
    Collect,
}

/// How often a builder is called again after a collection.
const RETRIES: u32 = 2;

impl<'gc> TaskScheduler<'gc> {
    /// Settles what other threads completed, in the order in which it arrived, and lets go what dropped tickets named.
    /// The run loops call it; who drives the scheduler by `begin` calls it between turns. A load when nothing arrived.
    ///
    /// # Panics
    /// With the panic of a builder; its task has failed with [`Fault::Panicked`], all other messages are kept.
    #[inline]
    pub fn poll_inbox(&mut self, mc: &Mutation<'gc>) -> Drained {
        if self.mailbox.fetch() {
            self.shuffle_arrivals();
        }
        while let Some(message) = self.mailbox.batch.pop_front() {
            // Most are plain values.
            if let Payload::Value(data) = message.payload {
                if let Some(slot) = self.addressee(&message) {
                    self.note_sent(slot);
                    self.rows.values.set_scalar(slot, data.value());
                    self.settle_valued(slot, Stage::Completed);
                }
                continue;
            }
            if self.receive(message, mc) == Drained::Collect {
                return Drained::Collect;
            }
            self.mailbox.attempts = 0;
        }
        Drained::Empty
    }

    /// Bounds the inbox: at most so many completions wait in it; `None`, as at first, is no bound. When it is full,
    /// [`Completer::complete`](crate::Completer::complete) blocks its thread until this one has looked into the inbox,
    /// and [`Completer::try_complete`](crate::Completer::try_complete) is refused. What a drop of a completer or of a
    /// ticket says goes over the bound, and so do completions by the thread that calls this.
    pub fn set_inbox_bound(&mut self, completions: Option<usize>) {
        self.mailbox.inbox.set_bound(completions);
    }

    /// Messages in the inbox that were not looked at. Takes its lock.
    pub fn inbox_len(&self) -> usize {
        self.mailbox.batch.len() + self.mailbox.inbox.len()
    }

    #[inline(never)]
    fn receive(&mut self, mut message: Message, mc: &Mutation<'gc>) -> Drained {
        let Some(slot) = self.addressee(&message) else { return Drained::Empty };
        let (verdict, value) = match &mut message.payload {
            Payload::Value(data) => (Verdict::Ok, data.value()),
            Payload::Error(data) => (Verdict::Err, data.value()),
            Payload::Data(_) => (Verdict::Fault(Fault::Unbuildable), Value::NIL),
            Payload::Abandon | Payload::Release | Payload::Keep => (Verdict::Abandoned, Value::NIL),
            Payload::Build(build) => match catch_unwind(AssertUnwindSafe(|| build(mc))) {
                Ok(Ok(value)) => (Verdict::Ok, value),
                Ok(Err(Fail::Error(error))) => (Verdict::Err, error),
                Ok(Err(Fail::Alloc(AllocError::Collect))) if self.mailbox.attempts < RETRIES => {
                    self.mailbox.attempts += 1;
                    self.mailbox.batch.push_front(message);
                    return Drained::Collect;
                }
                Ok(Err(Fail::Alloc(_))) => (Verdict::Fault(Fault::OutOfMemory), Value::NIL),
                Err(panic) => {
                    let fault = Fault::Panicked(panic_message(&*panic).into());
                    self.mailbox.attempts = 0;
                    self.settle_slot(slot, Verdict::Fault(fault), Value::NIL);
                    resume_unwind(panic)
                }
            },
        };
        self.settle_slot(slot, verdict, value);
        Drained::Empty
    }

    /// An external's completer has sent, and so is gone: nobody will ask the board whether this external is open.
    #[inline(always)]
    pub(super) fn note_sent(&mut self, slot: u32) {
        let flags = &mut self.rows[slot].flags;
        debug_assert!(flags.has(Flags::OPEN));
        flags.clear(Flags::OPEN);
        self.open_externals -= 1;
    }

    /// The slot of the open external that a completion is for. Sees to all other messages.
    #[inline(always)]
    pub(super) fn addressee(&mut self, message: &Message) -> Option<u32> {
        let slot = self.slot(TaskId::from_bits(message.task)).ok()?;
        if let Payload::Release | Payload::Keep = message.payload {
            self.ticket_dropped(slot, matches!(message.payload, Payload::Keep));
            return None;
        }
        if self.rows[slot].is_settled() {
            // Too late: nobody waits for it. It is dropped without being built.
            if self.planted.has(Sabotage::AcceptLateCompletion)
                && let Payload::Value(data) = message.payload
            {
                self.rows[slot].stage = Stage::Completed;
                self.rows.values.set(slot, data.value());
            }
            return None;
        }
        debug_assert!(self.rows[slot].kind == Kind::External);
        Some(slot)
    }

    fn ticket_dropped(&mut self, slot: u32, keep: bool) {
        let cold = self.rows[slot].cold;
        if cold == NONE {
            return;
        }
        let cold = &mut self.colds[cold];
        cold.tickets = cold.tickets.saturating_sub(1);
        cold.kept |= keep;
        if cold.tickets == 0 && !cold.kept {
            let _ = self.release(self.id(slot));
        }
    }

    /// How a host that drives the scheduler by hand waits for completions.
    pub fn parker(&self) -> Parker {
        Parker::new(&self.mailbox.inbox)
    }

    /// For threads that wait.
    pub(crate) fn inbox(&self) -> &Arc<Inbox> {
        &self.mailbox.inbox
    }
}

/// The text of a panic.
pub(crate) fn panic_message(panic: &(dyn core::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without text")
}
