//! What other threads send, and the inbox.
//!
//! Invariant: messages reach the inbox in the order of the operations; `mail` lists those that are in it or on their
//! way, in that order. An object that a builder makes has its id before the inbox is looked into.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use mangrove_gc::{AllocError, Collect};
use mangrove_scheduler::{Batch, Drained, Fail};

use super::{Done, Machine};
use crate::mail::{Gift, Mail, Open, PLANNED, Plan, in_order, receive};
use crate::operand::Pick;
use crate::shadow::Val;
use crate::table::Out;
use crate::walk::Check;

impl Machine {
    /// Sends a message by the crew.
    pub(super) fn deliver(&mut self, mail: Mail, delivery: impl FnOnce() + Send + 'static) -> Check<Done> {
        // In an order of the scheduler's, only builders tell when they arrived: all else comes by itself.
        let alone = self.config.order.is_some() && !matches!(mail, Mail::Build(..));
        if alone {
            self.drain()?;
        }
        self.summary.from_threads += u64::from(!matches!(mail, Mail::Ticket(..)));
        self.mail.push_back(mail);
        self.crew.deliver(Box::new(delivery))?;
        if alone {
            self.drain()?;
        }
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

    pub(super) fn send_batch(&mut self, count: Pick) -> Check<Done> {
        // In an order of the scheduler's, what arrives together is shuffled: one comes by itself.
        let alone = self.config.order.is_some();
        let most = if alone { 1 } else { 1 + usize::from(count.0 % 4) };
        let rest = self.open.len().saturating_sub(most);
        if rest == self.open.len() {
            return Ok(Done::Nothing);
        }
        if alone {
            self.drain()?;
        }
        let mut batch = Batch::new();
        for (number, Open { word, completer }) in (0..).zip(self.open.split_off(rest)) {
            batch.complete(completer, number);
            self.mail.push_back(Mail::Plain(word, Out::Ok(Val::Int(number))));
            self.summary.from_threads += 1;
        }
        self.crew.deliver(Box::new(move || batch.send()))?;
        if alone {
            self.drain()?;
        }
        Ok(Done::Read(1))
    }

    /// Bounds the inbox so that one more message has room, or none; a refused completer comes back.
    pub(super) fn try_send(&mut self, external: Pick, room: Pick) -> Check<Done> {
        let Some(place) = external.of(self.open.len()) else { return Ok(Done::Nothing) };
        if self.config.order.is_some() {
            self.drain()?;
        }
        let Open { word, completer } = self.open.swap_remove(place);
        self.crew.settle()?;
        let (room, number) = (room.0.is_multiple_of(2), i32::from(room.0));
        // A bound is 1 at least. It holds for what is sent to a closed task, too.
        let refused = self.heap.mutate(|_, world| {
            let waiting = world.tasks.inbox_len();
            let bound = (waiting + usize::from(room)).max(1);
            world.tasks.set_inbox_bound(Some(bound));
            waiting == bound
        });
        let returned = Arc::new(Mutex::new(None));
        let back = returned.clone();
        self.crew.deliver(Box::new(move || {
            if let Err(full) = completer.try_complete(number) {
                *back.lock().expect("one thread at a time") = Some(full.completer);
            }
        }))?;
        self.crew.settle()?;
        self.heap.mutate(|_, world| world.tasks.set_inbox_bound(None));
        let returned = returned.lock().map_err(|_| "a thread panicked")?.take();
        if returned.is_some() != refused {
            return Err(format!("a completion was refused: {}, should be {refused}", !refused));
        }
        match returned {
            Some(completer) => self.open.push(Open { word, completer }),
            None => self.mail.push_back(Mail::Plain(word, Out::Ok(Val::Int(number)))),
        }
        if self.config.order.is_some() {
            self.drain()?;
        }
        Ok(Done::Read(u64::from(refused)))
    }

    /// Gives ids to what builders will make.
    pub(super) fn name_gifts(&mut self) {
        for mail in &self.mail {
            if let Mail::Build(_, plan, gift) = mail {
                gift.name(self.shadow.add(plan.body()));
            }
        }
    }

    /// Looks into the inbox until it is empty, then does the same to the table.
    pub(super) fn drain(&mut self) -> Check<Done> {
        self.crew.settle()?;
        self.name_gifts();
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
        let mut mail = std::mem::take(&mut self.mail);
        if mail.is_empty() {
            return Ok(Done::Nothing);
        }
        if self.config.order.is_some() {
            in_order(&mut mail);
        }
        let count = mail.len() as u64;
        for mail in mail {
            receive(mail, &mut self.table, &mut self.shadow)?;
        }
        Ok(Done::Changed(count))
    }
}
