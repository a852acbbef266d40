//! Driving by an executor: [`poll_until`], [`drive`] and [`drive_with`].
//!
//! Invariant: nothing of a run is in the future. Dropping or forgetting it in the middle loses nothing: tasks, timers
//! and completions are in the heap's root, and the next run goes on with them.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::time::Instant;

use mangrove_gc::Heap;

use crate::error::RunError;
use crate::run::{Embedding, Pass, Wait, deadlock, pass};
use crate::ticket::Ticket;

/// Most passes of one poll.
const PASSES: usize = 64;

/// Runs tasks until the ticket's task is settled, or nothing can run; then the waker is registered, and is woken by the
/// next completion, and when the next timer is due: a thread of this crate, which all schedulers share and which lives
/// only while it is needed, watches the clock. After some thousand turns it lets its caller's executor run others, and
/// wakes itself.
///
/// # Errors
/// As [`run_until`](crate::run_until).
///
/// # Panics
/// As [`run_until`](crate::run_until).
pub fn poll_until<E: Embedding>(
    heap: &mut Heap<E>,
    ticket: &Ticket,
    cx: &mut Context<'_>,
) -> Poll<Result<(), RunError>> {
    poll(heap, ticket, cx, |wait, cx| {
        if let Some(at) = wait.until
            && !wait.inbox.alarm.set(at, &wait.inbox)
        {
            // No thread: the executor has to ask again and again.
            cx.waker().wake_by_ref();
        }
        true
    })
}

/// [`poll_until`] as a future, for any executor. It is not `Send`, as the heap is not. Dropping or forgetting it loses
/// nothing: tasks stay in the heap's root.
///
/// # Errors
/// As [`run_until`](crate::run_until).
pub fn drive<'h, E: Embedding>(
    heap: &'h mut Heap<E>,
    ticket: &'h Ticket,
) -> impl Future<Output = Result<(), RunError>> + 'h {
    core::future::poll_fn(move |cx| poll_until(heap, ticket, cx))
}

/// As [`drive`], but timers are the executor's: `sleep` makes a future that ends after that time, as
/// `tokio::time::sleep` does, and no thread is started. It costs an allocation for each wait for a timer.
///
/// # Errors
/// As [`run_until`](crate::run_until).
pub fn drive_with<'h, E: Embedding, S: Future + 'h>(
    heap: &'h mut Heap<E>,
    ticket: &'h Ticket,
    mut sleep: impl FnMut(Duration) -> S + 'h,
) -> impl Future<Output = Result<(), RunError>> + 'h {
    let mut sleeps: Option<(Instant, Pin<Box<S>>)> = None;
    core::future::poll_fn(move |cx| {
        poll(heap, ticket, cx, |wait, cx| {
            let Some(at) = wait.until else {
                sleeps = None;
                return true;
            };
            if sleeps.as_ref().is_none_or(|&(until, _)| until != at) {
                let time = at.saturating_duration_since(Instant::now());
                sleeps = Some((at, Box::pin(sleep(time))));
            }
            let waits = sleeps.as_mut().is_some_and(|(_, sleep)| sleep.as_mut().poll(cx).is_pending());
            if !waits {
                sleeps = None;
            }
            waits
        })
    })
}

/// `rest` sees to it that the waker is woken when the time of the wait is over; false means that it is.
fn poll<E: Embedding>(
    heap: &mut Heap<E>,
    ticket: &Ticket,
    cx: &mut Context<'_>,
    mut rest: impl FnMut(&Wait, &mut Context<'_>) -> bool,
) -> Poll<Result<(), RunError>> {
    for _ in 0..PASSES {
        match pass(heap, Some(ticket)) {
            Err(error) => return Poll::Ready(Err(error)),
            Ok(Pass::Settled) => return Poll::Ready(Ok(())),
            Ok(Pass::More) => {}
            Ok(Pass::Wait(wait)) => {
                if wait.inbox.register(cx.waker()) && rest(&wait, cx) {
                    return Poll::Pending;
                }
            }
            Ok(Pass::Idle(_)) => return Poll::Ready(Err(deadlock(heap))),
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
