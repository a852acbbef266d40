//! The operations that hand the tasks to the scheduler's run loops.
//!
//! Invariant: before a loop runs, all that was sent is in the inbox; the model is lent to the root meanwhile, takes every
//! turn with the scheduler, and comes back whatever happens.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use mangrove_gc::Heap;
use mangrove_scheduler::{Embedding, Idle, RunError, Slice, poll_once, poll_until, run_until_idle};

use super::{Done, Machine, tasks::TICKETS};
use crate::hash::Fnv;
use crate::mail::{Mail, Open, PLANNED};
use crate::operand::{Pick, Reg, Src, Steps};
use crate::rng::Rng;
use crate::script::{FOUND, Script};
use crate::shadow::Val;
use crate::table::{Out, Task};
use crate::walk::Check;

/// So many tasks may scripts spawn, however full the table is.
const BEYOND: usize = 100;

/// How a loop ended.
#[derive(Debug)]
enum End {
    Idle(Result<Idle, RunError>),
    Polled(Poll<Result<(), RunError>>),
    Found,
}

/// Whether a loop wants to be polled again.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Machine {
    /// Until the ticket's task is settled, or nothing can run.
    pub(super) fn drive(&mut self, into: Reg, steps: &Steps, ticket: Pick, inject: Pick) -> Check<Done> {
        self.cast(into, steps)?;
        let place = ticket.of(TICKETS).unwrap_or(0);
        if self.tickets[place].is_none() {
            return Ok(Done::Changed(0));
        }
        self.run(Some(place), inject)
    }

    /// Until nothing can run. All externals are completed before, since the loop would park for them.
    pub(super) fn idle(&mut self, into: Reg, steps: &Steps, inject: Pick) -> Check<Done> {
        self.cast(into, steps)?;
        for (number, Open { word, completer }) in std::mem::take(&mut self.open).into_iter().enumerate() {
            let number = number as i32;
            if number % 3 == 0 {
                self.deliver(Mail::Plain(word, Out::Abandoned), move || drop(completer))?;
            } else {
                self.deliver(Mail::Plain(word, Out::Ok(Val::Int(number))), move || completer.complete(number))?;
            }
        }
        self.run(None, inject)
    }

    /// Spawns three tasks that run a new script.
    fn cast(&mut self, into: Reg, steps: &Steps) -> Check {
        if self.script(into, steps)? != Done::Nothing {
            for _ in 0..3 {
                self.spawn_any(&Src::Reg(into))?;
            }
        }
        Ok(())
    }

    fn run(&mut self, ticket: Option<usize>, inject: Pick) -> Check<Done> {
        self.crew.settle()?;
        self.name_gifts();
        let mut script = Box::new(Script {
            table: std::mem::take(&mut self.table),
            shadow: std::mem::take(&mut self.shadow),
            mail: std::mem::take(&mut self.mail),
            open: std::mem::take(&mut self.open),
            finding: None,
            externals: ticket.is_some(),
            tasks: self.config.tasks + BEYOND,
            rng: Rng::new(u64::from(inject.0)),
            one_in: [0, 1, 3, 10][usize::from(inject.0 % 4)],
            at: self.config.inject,
            awaits: self.summary.awaits,
            injected: 0,
            turns: 0,
            hash: Fnv::new(),
            tries: 0,
        });
        let lent = self.heap.mutate(|_, world| world.script.0.replace(script));
        debug_assert!(lent.is_none(), "one loop runs at a time");
        // Some by slices, as a host with a loop of its own does.
        let end = self.turns(ticket, (inject.0 / 4).is_multiple_of(2));
        let (back, synced) = self.heap.mutate(|_, world| {
            let mut script = world.script.0.take().ok_or("the model is lost")?;
            let synced = script.sync(&world.tasks);
            Ok::<_, String>((script, synced))
        })?;
        script = back;
        let Script { table, shadow, mail, open, finding, awaits, injected, turns, mut hash, .. } = *script;
        (self.table, self.shadow, self.mail, self.open) = (table, shadow, mail, open);
        self.summary.awaits = awaits;
        self.summary.injected += injected;
        self.summary.turns += turns;
        if let Some(what) = finding {
            return Err(what);
        }
        synced?;
        hash.number(self.compare_end(&end, ticket)?);
        Ok(Done::Changed(hash.get()))
    }

    /// Runs a loop until it ends for good: panics of scripts and builders come out of it.
    fn turns(&mut self, ticket: Option<usize>, slices: bool) -> End {
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(flag.clone());
        loop {
            let Machine { heap, tickets, .. } = self;
            let ended = catch_unwind(AssertUnwindSafe(|| match ticket.and_then(|place| tickets[place].as_ref()) {
                None if slices => End::Idle(by_slices(heap)),
                None => End::Idle(run_until_idle(heap)),
                Some(claim) => End::Polled(poll_until(heap, &claim.ticket, &mut Context::from_waker(&waker))),
            }));
            match ended {
                Ok(End::Polled(Poll::Pending)) if flag.0.swap(false, Ordering::Relaxed) => {}
                Ok(end) => return end,
                Err(panic) if panic.downcast_ref() == Some(&PLANNED) => {}
                Err(panic) if panic.downcast_ref() == Some(&FOUND) => return End::Found,
                Err(panic) => resume_unwind(panic),
            }
        }
    }

    /// Whether a loop ended as it should. Gives a number that stands for how.
    fn compare_end(&self, end: &End, ticket: Option<usize>) -> Check<u64> {
        let table = &self.table;
        let word = ticket.and_then(|place| self.tickets[place].as_ref()).map(|claim| claim.word);
        let task = word.and_then(|word| table.get(word));
        let settled = task.and_then(Task::out).is_some();
        let stuck = table.ready_count() == 0 && !settled;
        let closed = table.open_externals() == 0;
        let (fits, number) = match end {
            End::Idle(Ok(idle)) => {
                (stuck && closed && table.next_deadline().is_none() && idle.waiting == table.unsettled(), 1)
            }
            End::Polled(Poll::Ready(Ok(()))) => (settled, 2),
            End::Polled(Poll::Ready(Err(RunError::Stale))) => (task.is_none(), 3),
            End::Polled(Poll::Ready(Err(RunError::Deadlock(_)))) => {
                (task.is_some() && stuck && closed && table.next_deadline().is_none(), 4)
            }
            End::Polled(Poll::Pending) => (task.is_some() && stuck && !closed, 5),
            _ => (false, 0),
        };
        if fits { Ok(number) } else { Err(format!("a run ended as {end:?}, {} tasks are ready", table.ready_count())) }
    }
}

/// What [`run_until_idle`] does, from outside. All externals are completed, so nothing can wait.
fn by_slices<E: Embedding>(heap: &mut Heap<E>) -> Result<Idle, RunError> {
    loop {
        match poll_once(heap, None)? {
            Slice::More => {}
            Slice::Idle(idle) => return Ok(idle),
            // It waits: a finding, since no run ends with this error.
            _ => return Err(RunError::Stale),
        }
    }
}
