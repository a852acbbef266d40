//! [`Embedding`] and the run loops.

use core::task::{Context, Poll};

use mangrove_gc::{Heap, Mutation, Roots};

use crate::error::RunError;
use crate::scheduler::TaskScheduler;
use crate::ticket::Ticket;
use crate::turn::{Step, Turn};

/// A VM, to the run loops: where its scheduler is, and how it runs one turn.
pub trait Embedding: Roots {
    /// The scheduler in the root.
    fn tasks<'a, 'gc>(mc: &Mutation<'gc>, root: &'a mut Self::Root<'gc>) -> &'a mut TaskScheduler<'gc>;

    /// Runs a task until it ends, awaits, yields or needs a safepoint. The scheduler is not borrowed meanwhile.
    fn resume<'gc>(mc: &Mutation<'gc>, root: &mut Self::Root<'gc>, turn: Turn<'gc>) -> Step<'gc>;
}

/// What is left when a scheduler is idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Idle {
    /// Tasks that are not settled: they wait for each other, or for nothing that can come.
    pub waiting: usize,
}

/// Runs tasks until the ticket's task is settled; parks the thread while it waits for externals.
///
/// # Errors
/// [`RunError`].
pub fn run_until<E: Embedding>(heap: &mut Heap<E>, ticket: &Ticket) -> Result<(), RunError> {
    let _ = (heap, ticket);
    todo!()
}

/// Runs tasks until none is ready and no external is outstanding; parks the thread while it waits for externals.
///
/// # Errors
/// [`RunError::Poisoned`].
pub fn run_until_idle<E: Embedding>(heap: &mut Heap<E>) -> Result<Idle, RunError> {
    let _ = heap;
    todo!()
}

/// Runs tasks until the ticket's task is settled or there is nothing to run; then registers the waker.
pub fn poll_until<E: Embedding>(
    heap: &mut Heap<E>,
    ticket: &Ticket,
    cx: &mut Context<'_>,
) -> Poll<Result<(), RunError>> {
    let _ = (heap, ticket, cx);
    todo!()
}

/// [`poll_until`] as a future, for any executor. Dropping it loses nothing.
pub fn drive<'h, E: Embedding>(
    heap: &'h mut Heap<E>,
    ticket: &'h Ticket,
) -> impl Future<Output = Result<(), RunError>> + 'h {
    core::future::poll_fn(move |cx| poll_until(heap, ticket, cx))
}
