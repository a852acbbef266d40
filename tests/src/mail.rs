//! What is in the inbox or on its way there: [`Mail`]; what a builder does: [`Plan`].
//!
//! Invariant: a message carries plain data and what a builder makes is known before it is called.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use mangrove_gc::{AllocError, Mutation, Slot, Value};
use mangrove_scheduler::{Completer, Fail};

use crate::shadow::{Body, Id, Shadow, Val};
use crate::shapes::{Pair, make_str};
use crate::table::{Flaw, Out, Table, Word};
use crate::walk::Check;

/// Text of the panics that builders raise on purpose.
pub(crate) const PLANNED: &str = "planned";

/// What a builder and the machine share.
#[derive(Default)]
pub(crate) struct Gift {
    /// The id of the object to make.
    id: AtomicU64,
    /// How often the builder was called.
    calls: AtomicU32,
    built: AtomicBool,
    /// When the builder was called first, among all builders.
    order: AtomicU64,
}

/// What a builder does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
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
    /// Wants collections for ever.
    Never,
    /// Panics.
    Panic,
}

/// A message to the inbox.
pub(crate) enum Mail {
    Plain(Word, Out),
    Build(Word, Plan, Arc<Gift>),
    Ticket(Word, bool),
}

/// An external that nobody has completed.
pub(crate) struct Open {
    pub(crate) word: Word,
    pub(crate) completer: Completer,
}

impl Gift {
    pub(crate) fn new(id: Id) -> Self {
        let gift = Gift::default();
        gift.name(id);
        gift
    }

    pub(crate) fn name(&self, id: Id) {
        self.id.store(id.0, Ordering::Relaxed);
    }
}

impl Plan {
    pub(crate) fn body(self) -> Body {
        match self {
            Plan::Array => Body::Array { len: 1000, fill: Val::Int(7), held: Default::default() },
            Plan::FailStr => Body::Str { len: 3 },
            _ => Body::Pair([Val::Int(7), Val::Nil]),
        }
    }

    /// Runs on the heap's thread.
    pub(crate) fn build<'gc>(self, gift: &Gift, mc: &Mutation<'gc>) -> Result<Value<'gc>, Fail<'gc>> {
        let (id, calls) = (gift.id.load(Ordering::Relaxed), gift.calls.fetch_add(1, Ordering::Relaxed));
        if calls == 0 {
            static CALLS: AtomicU64 = AtomicU64::new(0);
            gift.order.store(CALLS.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        }
        if self == Plan::Panic {
            // Not `panic!`: no hook is to tell of it.
            resume_unwind(Box::new(PLANNED));
        }
        if self == Plan::Never || self == Plan::Once && calls == 0 {
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

/// Puts messages that arrived in an order of the scheduler's into that order, as far as builders tell it. Those that
/// were not called had no effect.
pub(crate) fn in_order(mail: &mut VecDeque<Mail>) {
    mail.make_contiguous().sort_by_key(|mail| match mail {
        Mail::Build(_, _, gift) if gift.calls.load(Ordering::Relaxed) > 0 => gift.order.load(Ordering::Relaxed),
        _ => u64::MAX,
    });
}

/// The scheduler looked at a message; the same to the model.
pub(crate) fn receive(mail: Mail, table: &mut Table, shadow: &mut Shadow) -> Check {
    match mail {
        Mail::Plain(word, out) => {
            if table.get(word).is_some_and(|task| task.out().is_none()) {
                table.end(word, out);
            }
            Ok(())
        }
        Mail::Build(word, plan, gift) => build_came(word, plan, &gift, table, shadow),
        Mail::Ticket(word, keep) => {
            table.drop_ticket(word, keep);
            Ok(())
        }
    }
}

fn build_came(word: Word, plan: Plan, gift: &Gift, table: &mut Table, shadow: &mut Shadow) -> Check {
    let id = Id(gift.id.load(Ordering::Relaxed));
    let (calls, built) = (gift.calls.load(Ordering::Relaxed), gift.built.load(Ordering::Relaxed));
    if !built {
        shadow.remove(id);
    }
    if table.get(word).is_none_or(|task| task.out().is_some()) {
        return if calls == 0 { Ok(()) } else { Err("a builder was called, and nobody waits for it".to_owned()) };
    }
    let out = match plan {
        Plan::Panic => Out::Fault(Flaw::Panicked),
        _ if !built && calls == 3 => Out::Fault(Flaw::OutOfMemory),
        _ if !built => return Err(format!("a builder was called {calls} times, and made nothing")),
        Plan::FailStr | Plan::ErrorPair => Out::Err(Val::Obj(id)),
        _ => Out::Ok(Val::Obj(id)),
    };
    table.end(word, out);
    Ok(())
}
