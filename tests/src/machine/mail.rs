//! What other threads send, and the inbox.
//!
//! Invariant: messages reach the inbox in the order of the operations; `mail` lists those that are in it or on their
//! way, in that order. An object that a builder makes has its id before the inbox is looked into.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use mangrove_gc::{AllocError, Collect, Mutation, Slot, Value};
use mangrove_scheduler::{Drained, Fail};

use super::tasks::Open;
use super::{Done, Machine};
use crate::operand::Pick;
use crate::shadow::{Body, Id, Val};
use crate::shapes::{Pair, make_str};
use crate::table::{Flaw, Out, Word};
use crate::walk::Check;

/// Text of the panics that builders raise on purpose.
pub(super) const PLANNED: &str = "planned";

/// What a builder and the machine share.
#[derive(Default)]
pub(super) struct Gift {
    /// The id of the object to make.
    id: AtomicU64,
    /// How often the builder was called.
    calls: AtomicU32,
    built: AtomicBool,
}

/// What a builder does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Makes a pair.
    Pair,
    /// Makes an array of 8 KiB.
    Array,
    /// Makes a string, and fails with it.
    FailStr,
    /// Makes a pair, and fails with it by `Fail::Error`.
    ErrorPair,
    /// Wants a collection first.
    Once,
    /// Panics.
    Panic,
}

/// A message to the inbox.
pub(super) enum Mail {
    Plain(Word, Out),
    Build(Word, Plan, Arc<Gift>),
    Ticket(Word, bool),
}

impl Plan {
    fn body(self) -> Body {
        match self {
            Plan::Array => Body::Array { len: 1000, fill: Val::Int(7), held: Default::default() },
            Plan::FailStr => Body::Str { len: 3 },
            _ => Body::Pair([Val::Int(7), Val::Nil]),
        }
    }

    /// Runs on the heap's thread.
    fn build<'gc>(self, gift: &Gift, mc: &Mutation<'gc>) -> Result<Value<'gc>, Fail<'gc>> {
        let (id, calls) = (gift.id.load(Ordering::Relaxed), gift.calls.fetch_add(1, Ordering::Relaxed));
        if self == Plan::Panic {
            // Not `panic!`: no hook is to tell of it.
            resume_unwind(Box::new(PLANNED));
        }
        if self == Plan::Once && calls == 0 {
            return Err(Fail::Alloc(AllocError::Collect));
        }
        let made = match self {
            Plan::Array => mc.alloc_tail(id, 1000, 7.into()).map(Value::from)?,
            Plan::FailStr => make_str(mc, id, 3).map(Value::from)?,
            _ => mc.alloc(Pair { id, first: Slot::new(7.into()), second: Slot::new(Value::NIL) }).map(Value::from)?,
        };
        gift.built.store(true, Ordering::Relaxed);
        if self == Plan::ErrorPair { Err(Fail::Error(made)) } else { Ok(made) }
    }
}

impl Machine {
    /// Sends a message by the crew.
    pub(super) fn deliver(&mut self, mail: Mail, delivery: impl FnOnce() + Send + 'static) -> Check<Done> {
        self.summary.from_threads += u64::from(!matches!(mail, Mail::Ticket(..)));
        self.mail.push_back(mail);
        self.crew.deliver(Box::new(delivery))?;
        Ok(Done::Read(1))
    }

    pub(super) fn send(&mut self, external: Pick, how: Pick) -> Check<Done> {
        let Some(place) = external.of(self.open.len()) else { return Ok(Done::Nothing) };
        let Open { word, completer } = self.open.swap_remove(place);
        let number = i32::from(how.0);
        let plan = match how.0 % 10 {
            0 => {
                let mail = Mail::Plain(word, Out::Ok(Val::Int(number)));
                return self.deliver(mail, move || completer.complete(number));
            }
            1 => {
                let mail = Mail::Plain(word, Out::Err(Val::Bool(true)));
                return self.deliver(mail, move || completer.fail(true));
            }
            2 => {
                let mail = Mail::Plain(word, Out::Ok(Val::Double(None)));
                return self.deliver(mail, move || completer.complete(f64::from_bits(u64::MAX >> 1)));
            }
            3 | 4 => Plan::Pair,
            5 => Plan::Array,
            6 => Plan::FailStr,
            7 => Plan::ErrorPair,
            8 => Plan::Once,
            _ => Plan::Panic,
        };
        let gift = Arc::new(Gift::default());
        let shared = gift.clone();
        self.deliver(Mail::Build(word, plan, gift), move || {
            if plan == Plan::FailStr {
                completer.fail_with(move |mc| {
                    plan.build(&shared, mc).map_err(|fail| match fail {
                        Fail::Alloc(refused) => refused,
                        Fail::Error(_) => AllocError::Never,
                    })
                });
            } else {
                completer.complete_with(move |mc| plan.build(&shared, mc));
            }
        })
    }

    /// Looks into the inbox until it is empty, then does the same to the table.
    pub(super) fn drain(&mut self) -> Check<Done> {
        self.crew.settle()?;
        for mail in &self.mail {
            if let Mail::Build(_, plan, gift) = mail {
                gift.id.store(self.shadow.add(plan.body()).0, Ordering::Relaxed);
            }
        }
        // Each message may want two collections, and panic.
        for _ in 0..=self.mail.len() * 3 {
            let heap = &mut self.heap;
            let polled = catch_unwind(AssertUnwindSafe(|| heap.mutate(|mc, world| world.tasks.poll_inbox(mc))));
            match polled {
                Ok(Drained::Empty) => break,
                Ok(Drained::Collect) => {
                    self.heap.collect(Collect::Full).map_err(|e| e.to_string())?;
                    self.count_drops()?;
                }
                Err(panic) if panic.downcast_ref() == Some(&PLANNED) => {}
                Err(panic) => resume_unwind(panic),
            }
        }
        let mail = std::mem::take(&mut self.mail);
        if mail.is_empty() {
            return Ok(Done::Nothing);
        }
        let count = mail.len() as u64;
        for mail in mail {
            match mail {
                Mail::Plain(word, out) => {
                    if self.table.get(word).is_some_and(|task| task.out().is_none()) {
                        self.table.end(word, out);
                    }
                }
                Mail::Build(word, plan, gift) => self.receive(word, plan, &gift)?,
                Mail::Ticket(word, keep) => self.table.drop_ticket(word, keep),
            }
        }
        Ok(Done::Changed(count))
    }

    fn receive(&mut self, word: Word, plan: Plan, gift: &Gift) -> Check {
        let id = Id(gift.id.load(Ordering::Relaxed));
        let (calls, built) = (gift.calls.load(Ordering::Relaxed), gift.built.load(Ordering::Relaxed));
        if !built {
            self.shadow.remove(id);
        }
        if self.table.get(word).is_none_or(|task| task.out().is_some()) {
            return if calls == 0 { Ok(()) } else { Err("a builder was called, and nobody waits for it".to_owned()) };
        }
        let out = match plan {
            Plan::Panic => Out::Fault(Flaw::Panicked),
            _ if !built && calls == 3 => Out::Fault(Flaw::OutOfMemory),
            _ if !built => return Err(format!("a builder was called {calls} times, and made nothing")),
            Plan::FailStr | Plan::ErrorPair => Out::Err(Val::Obj(id)),
            _ => Out::Ok(Val::Obj(id)),
        };
        self.table.end(word, out);
        Ok(())
    }
}
