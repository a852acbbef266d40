//! [`Embedding`] and the run loops: drain the inbox, run turns inside `mutate`, leave it for safepoints, wait.
//!
//! Invariants: the scheduler is not borrowed while VM code runs. A panic of VM code finds its task failed and the table
//! whole. Waiting parks, and looks at the inbox again under its lock; nothing spins. A loop keeps nothing between calls.

use core::cell::Cell;
use core::task::Waker;
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Instant;

use mangrove_gc::{Collect, Heap, Mutation, Roots};

use crate::error::{RunError, TaskError};
use crate::id::TaskId;
use crate::inbox::Inbox;
use crate::outcome::Fault;
use crate::scheduler::{Drained, TaskScheduler, panic_message};
use crate::ticket::Ticket;
use crate::turn::{Step, Turn};

/// A VM, to the run loops: where its scheduler is, and how it runs one turn.
pub trait Embedding: Roots {
    /// The scheduler in the root.
    fn tasks<'a, 'gc>(mc: &Mutation<'gc>, root: &'a mut Self::Root<'gc>) -> &'a mut TaskScheduler<'gc>;

    /// Runs a task until it ends, awaits, yields or needs a safepoint, and says which.
    ///
    /// The scheduler is not borrowed meanwhile: the code may spawn, cancel, join, take, through the root. It cannot
    /// reach a safepoint, so it should return [`Step::Safepoint`] soon after `mc.wants_safepoint()` is true, and when
    /// an allocation fails with [`AllocError::Collect`](mangrove_gc::AllocError::Collect): the heap collects all it can
    /// at the safepoint after a refusal. How often to try again is the VM's to decide. A native function that calls
    /// script cannot wait for it here: it is a step of its own.
    ///
    /// # Panics
    /// It may: the task fails with [`Fault::Panicked`], and the panic goes on to who called the loop.
    fn resume<'gc>(mc: &Mutation<'gc>, root: &mut Self::Root<'gc>, turn: Turn<'gc>) -> Step<'gc>;
}

/// What is left when a scheduler is idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Idle {
    /// Tasks that are not settled: they wait for each other or for deferreds, are deferred, or are running outside of
    /// the loop.
    pub waiting: usize,
}

/// Most turns of one `mutate` call.
const TURNS: usize = 256;

/// Runs tasks until the ticket's task is settled; parks the thread while it waits for externals and timers.
///
/// # Errors
/// [`RunError`]. It can be called again after every error but [`RunError::Poisoned`].
///
/// # Panics
/// With a panic of VM code or of a builder; the task it ran for has failed. And as [`Heap::safepoint`].
pub fn run_until<E: Embedding>(heap: &mut Heap<E>, ticket: &Ticket) -> Result<(), RunError> {
    loop {
        match pass(heap, Some(ticket))? {
            Pass::Settled => return Ok(()),
            Pass::More => {}
            Pass::Wait(wait) => wait.park(),
            Pass::Idle(_) => return Err(deadlock(heap)),
        }
    }
}

/// Runs tasks until none is ready, and no external and no timer is outstanding; parks the thread while it waits for
/// those.
///
/// # Errors
/// [`RunError::Poisoned`].
///
/// # Panics
/// As [`run_until`].
pub fn run_until_idle<E: Embedding>(heap: &mut Heap<E>) -> Result<Idle, RunError> {
    loop {
        match pass(heap, None)? {
            Pass::Settled | Pass::More => {}
            Pass::Wait(wait) => wait.park(),
            Pass::Idle(idle) => return Ok(idle),
        }
    }
}

/// How one slice ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Slice {
    /// Tasks are ready: there is more to do at once.
    More,
    /// Nothing can run before an external is completed or a timer is due.
    Waits {
        /// In what time the next timer is due, at the earliest; `None` when only a completion can go on.
        timer: Option<Duration>,
    },
    /// Nothing can run, and nothing can come.
    Idle(Idle),
}

/// Runs one slice: looks into the inbox and at the timers, then gives some hundred turns at most. For hosts with a loop
/// of their own. A waker is woken by the next completion after a slice that ended in [`Slice::Waits`]; the time is for
/// the host to watch.
///
/// # Errors
/// [`RunError::Poisoned`].
///
/// # Panics
/// As [`run_until`].
pub fn poll_once<E: Embedding>(heap: &mut Heap<E>, waker: Option<&Waker>) -> Result<Slice, RunError> {
    Ok(match pass(heap, None)? {
        Pass::Settled | Pass::More => Slice::More,
        Pass::Wait(wait) if waker.is_some_and(|waker| !wait.inbox.register(waker)) => Slice::More,
        Pass::Wait(wait) => {
            Slice::Waits { timer: wait.until.map(|until| until.saturating_duration_since(Instant::now())) }
        }
        Pass::Idle(idle) => Slice::Idle(idle),
    })
}

/// How a pass ended.
pub(crate) enum Pass {
    /// The ticket's task is settled.
    Settled,
    /// Go on with the next pass.
    More,
    /// Nothing can run before an external is completed or a timer is due.
    Wait(Wait),
    /// Nothing can run, and nothing can come.
    Idle(Idle),
}

/// Why a pass leaves `mutate`.
enum Leave {
    Settled,
    Stale,
    /// The heap may want a safepoint.
    Safepoint,
    /// Memory is short.
    Collect,
    Wait(Wait),
    Idle(Idle),
}

/// What a loop waits for that can run nothing.
pub(crate) struct Wait {
    pub(crate) inbox: Arc<Inbox>,
    /// When a timer is due, if there is one that will be.
    pub(crate) until: Option<Instant>,
}

impl Wait {
    fn park(self) {
        self.inbox.park(self.until);
    }
}

/// A safepoint, then the inbox and the timers, then turns: at most so many, so that a task that never awaits holds up
/// neither.
pub(crate) fn pass<E: Embedding>(heap: &mut Heap<E>, ticket: Option<&Ticket>) -> Result<Pass, RunError> {
    heap.safepoint()?;
    let most = if heap.config().zeal.is_some() { 1 } else { TURNS };
    // The task whose code runs, for the case that it panics.
    let running = Cell::new(None);
    let left = catch_unwind(AssertUnwindSafe(|| heap.mutate(|mc, root| turns::<E>(mc, root, ticket, most, &running))));
    let left = left.unwrap_or_else(|panic| {
        if let Some(bits) = running.get() {
            heap.mutate(|mc, root| {
                // Not running any more if the code ended its turn itself: then there is nothing to fail.
                let _ = E::tasks(mc, root).fail_panicked(TaskId::from_bits(bits), panic_message(&*panic));
            });
        }
        resume_unwind(panic)
    });
    Ok(match left {
        Leave::Settled => Pass::Settled,
        Leave::Stale => return Err(RunError::Stale),
        Leave::Safepoint => Pass::More,
        Leave::Collect => {
            heap.collect(Collect::Full)?;
            Pass::More
        }
        Leave::Wait(wait) => Pass::Wait(wait),
        Leave::Idle(idle) => Pass::Idle(idle),
    })
}

fn turns<'gc, E: Embedding>(
    mc: &Mutation<'gc>,
    root: &mut E::Root<'gc>,
    ticket: Option<&Ticket>,
    most: usize,
    running: &Cell<Option<u64>>,
) -> Leave {
    let tasks = E::tasks(mc, root);
    if tasks.poll_inbox(mc) == Drained::Collect {
        return Leave::Collect;
    }
    tasks.poll_timers();
    for _ in 0..most {
        let tasks = E::tasks(mc, root);
        if let Some(ticket) = ticket {
            match tasks.task(ticket) {
                None => return Leave::Stale,
                Some(task) if tasks.is_resolved(task) == Ok(true) => return Leave::Settled,
                Some(_) => {}
            }
        }
        let Some(turn) = tasks.begin() else {
            return nothing_ready(tasks);
        };
        let task = turn.task;
        running.set(Some(task.bits()));
        let step = E::resume(mc, root, turn);
        end(E::tasks(mc, root), task, step);
        running.set(None);
        if matches!(step, Step::Safepoint(_)) || mc.wants_safepoint() {
            break;
        }
    }
    Leave::Safepoint
}

#[inline(never)]
fn nothing_ready(tasks: &mut TaskScheduler<'_>) -> Leave {
    let externals = tasks.open_externals();
    if externals == 0 && tasks.jump() {
        return Leave::Safepoint;
    }
    match tasks.wait_until() {
        None if externals == 0 => Leave::Idle(Idle { waiting: tasks.unsettled() }),
        until => Leave::Wait(Wait { inbox: tasks.inbox().clone(), until: until.flatten() }),
    }
}

/// Ends a turn as the VM said. A turn that the VM ended itself stays as it is.
fn end<'gc>(tasks: &mut TaskScheduler<'gc>, task: TaskId<'gc>, step: Step<'gc>) {
    let ended = match step {
        Step::Done(value) => tasks.complete(task, value),
        Step::Failed(error) => tasks.fail(task, error),
        Step::Cancelled => tasks.end_cancelled(task),
        Step::Yield(continuation) => tasks.yield_now(task, continuation),
        Step::Safepoint(continuation) => tasks.at_safepoint(task, continuation),
        Step::Await(awaited, continuation) => {
            let ended = tasks.suspend(task, awaited, continuation);
            match ended {
                Err(TaskError::Stale { task: gone }) => {
                    tasks.resume_refused(task, awaited, Fault::Stale(gone), continuation);
                }
                Err(_) => tasks.resume_refused(task, awaited, Fault::OutOfMemory, continuation),
                Ok(_) => {}
            }
            ended
        }
    };
    let _ = ended;
}

#[cold]
pub(crate) fn deadlock<E: Embedding>(heap: &mut Heap<E>) -> RunError {
    RunError::Deadlock(heap.mutate(|mc, root| E::tasks(mc, root).who_waits()))
}
