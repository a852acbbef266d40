//! Driving: slices, parking without use of the processor, fairness, executors, futures dropped in the middle.

use std::future::Future;
use std::pin::{Pin, pin};

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use mangrove_gc::{Gc, Heap, Mutation, Value};
use mangrove_scheduler::*;

use crate::machine::*;

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// The processor time of this thread.
fn used() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes to the one that it is given.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) }, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[derive(Default)]
struct Count(AtomicUsize);
impl std::task::Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A minimal executor: one future, and a thread that parks.
struct Unpark(std::thread::Thread);
impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The output, and how often it was polled.
fn block_on<T>(future: impl Future<Output = T>) -> (T, usize) {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    for polls in 1.. {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return (output, polls);
        }
        std::thread::park();
    }
    unreachable!()
}

fn forever<'gc>(_: &Mutation<'gc>, _: &mut Root<'gc>, turn: Turn<'gc>, _: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
    Step::Yield(turn.value)
}

fn ticket_of_sleep(heap: &mut Heap<Machine>, time: Duration) -> Ticket {
    heap.mutate(|mc, root| {
        let timer = root.tasks.sleep(time).unwrap();
        let task = go(mc, root, follow, timer.into());
        root.tasks.ticket(task).unwrap()
    })
}

fn ticket_of_external(heap: &mut Heap<Machine>) -> (Ticket, Completer) {
    heap.mutate(|mc, root| {
        let (external, completer) = root.tasks.external().unwrap();
        let task = go(mc, root, follow, external.into());
        (root.tasks.ticket(task).unwrap(), completer)
    })
}

#[test]
fn waiting_uses_no_processor_time() {
    let mut heap = heap();
    // First for a timer and an external that does not come, then for an external only.
    let (late, held) = ticket_of_external(&mut heap);
    let (before, start) = (used(), Instant::now());
    let timeout = heap.mutate(|_, root| {
        let task = root.tasks.task(&late).unwrap();
        let timeout = root.tasks.timeout(task, 200 * MS).unwrap();
        root.tasks.ticket(timeout).unwrap()
    });
    run_until(&mut heap, &timeout).unwrap();
    let (spent, waited) = (used() - before, start.elapsed());
    assert!(waited >= 200 * MS && spent < waited / 10, "{spent:?} in {waited:?}");
    assert_eq!(outcome_of(&mut heap, &timeout), "TimedOut");
    let worker = std::thread::spawn(move || {
        // Not for synchronisation: this is what the run has to wait for.
        std::thread::sleep(200 * MS);
        held.complete(1);
    });
    let (before, start) = (used(), Instant::now());
    run_until(&mut heap, &late).unwrap();
    let (spent, waited) = (used() - before, start.elapsed());
    assert!(spent < waited / 10, "{spent:?} in {waited:?}");
    worker.join().unwrap();
    // As a future: the alarm wakes once for a timer, or a few times for one that is far.
    let ticket = ticket_of_sleep(&mut heap, 100 * MS);
    let before = used();
    let (ended, polls) = block_on(drive(&mut heap, &ticket));
    ended.unwrap();
    assert!(polls <= 12, "{polls}");
    assert!(used() - before < 20 * MS);
}

#[test]
fn a_slice_says_whether_there_is_more_and_until_when_it_waits() {
    let mut heap = heap();
    assert!(matches!(poll_once(&mut heap, None), Ok(Slice::Idle(Idle { waiting: 0, .. }))));
    let slept = ticket_of_sleep(&mut heap, HOUR);
    let (_ticket, completer) = ticket_of_external(&mut heap);
    let looping = heap.mutate(|mc, root| {
        let task = go(mc, root, forever, Value::NIL);
        root.tasks.ticket(task).unwrap()
    });
    for _ in 0..10 {
        assert_eq!(poll_once(&mut heap, None), Ok(Slice::More));
    }
    heap.mutate(|_, root| {
        let task = root.tasks.task(&looping).unwrap();
        root.tasks.cancel(task, Reason::NONE).unwrap();
        while let Some(turn) = root.tasks.begin() {
            match turn.wake {
                Wake::Cancelled(_) => drop(root.tasks.end_cancelled(turn.task).unwrap()),
                Wake::First => {
                    let awaited = TaskId::from_value(turn.value.downcast::<Frame>().unwrap().a).unwrap();
                    root.tasks.suspend(turn.task, awaited, turn.value).unwrap();
                }
                _ => drop(root.tasks.yield_now(turn.task, turn.value).unwrap()),
            }
        }
    });
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let Ok(Slice::Waits { timer: Some(time) }) = poll_once(&mut heap, Some(&waker)) else { panic!("a timer is open") };
    assert!(time <= HOUR && time > HOUR / 2);
    std::thread::spawn(move || completer.complete(3)).join().unwrap();
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    while poll_once(&mut heap, None) == Ok(Slice::More) {}
    heap.mutate(|_, root| {
        assert_eq!(*root.notes, ["settled 3"]);
        let task = root.tasks.task(&slept).unwrap();
        root.tasks.cancel(task, Reason::NONE).unwrap();
    });
    while poll_once(&mut heap, Some(&waker)) == Ok(Slice::More) {}
    assert!(matches!(poll_once(&mut heap, None), Ok(Slice::Waits { timer: Some(_) })), "the timer goes on");
    heap.mutate(|_, root| assert_eq!(root.notes.len(), 2, "{:?}", *root.notes));
}

#[test]
fn a_task_that_never_awaits_starves_neither_inbox_nor_timers() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        for _ in 0..3 {
            let task = go(mc, root, forever, Value::NIL);
            root.tasks.release(task).unwrap();
        }
    });
    let (external, completer) = ticket_of_external(&mut heap);
    let worker = std::thread::spawn(move || completer.complete(1));
    run_until(&mut heap, &external).unwrap();
    worker.join().unwrap();
    let timer = ticket_of_sleep(&mut heap, 2 * MS);
    run_until(&mut heap, &timer).unwrap();
    let timer = ticket_of_sleep(&mut heap, 2 * MS);
    block_on(drive(&mut heap, &timer)).0.unwrap();
    let (external, completer) = ticket_of_external(&mut heap);
    drop(completer);
    while heap.mutate(|_, root| !root.tasks.is_resolved(root.tasks.task(&external).unwrap()).unwrap()) {
        assert_eq!(poll_once(&mut heap, None), Ok(Slice::More));
    }
}

#[test]
fn turns_between_two_looks_are_bounded() {
    fn counts<'gc>(_: &Mutation<'gc>, root: &mut Root<'gc>, turn: Turn<'gc>, _: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
        root.log.push(root.log.len() as i32);
        Step::Yield(turn.value)
    }
    let mut heap = heap();
    heap.mutate(|mc, root| {
        go(mc, root, counts, Value::NIL);
    });
    poll_once(&mut heap, None).unwrap();
    heap.mutate(|_, root| assert!((1..=256).contains(&root.log.len())));
}

#[test]
fn an_executor_without_timers_is_woken_when_one_is_due() {
    let mut heap = heap();
    let start = Instant::now();
    let ticket = ticket_of_sleep(&mut heap, 10 * MS);
    block_on(drive(&mut heap, &ticket)).0.unwrap();
    assert!(start.elapsed() >= 10 * MS);
    // An alarm that is set for later is brought forward.
    let far = ticket_of_sleep(&mut heap, HOUR);
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    assert!(poll_until(&mut heap, &far, &mut Context::from_waker(&waker)).is_pending());
    let near = ticket_of_sleep(&mut heap, 5 * MS);
    block_on(drive(&mut heap, &near)).0.unwrap();
    assert_eq!(count.0.load(Ordering::SeqCst), 0, "the waker of a later poll takes its place");
    // Nobody is left to be woken.
    assert!(poll_until(&mut heap, &far, &mut Context::from_waker(&waker)).is_pending());
    drop(heap);
}

#[test]
fn many_schedulers_share_the_alarm() {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(|| {
                let mut heap = heap();
                for time in [3, 1, 2, 0, 1] {
                    let ticket = ticket_of_sleep(&mut heap, time * MS);
                    block_on(drive(&mut heap, &ticket)).0.unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn dropping_or_forgetting_the_future_loses_nothing() {
    let mut heap = moving();
    let (external, completer) = ticket_of_external(&mut heap);
    let timer = ticket_of_sleep(&mut heap, 5 * MS);
    let both = heap.mutate(|_, root| {
        let tasks = [&external, &timer].map(|ticket| root.tasks.task(ticket).unwrap());
        let join = root.tasks.join(JoinKind::All, &tasks).unwrap();
        root.tasks.ticket(join).unwrap()
    });
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    for round in 0..4 {
        let mut future = drive(&mut heap, &both);
        assert!(Pin::new(&mut future).poll(&mut cx).is_pending());
        if round % 2 == 0 {
            drop(future);
        } else {
            std::mem::forget(future);
        }
    }
    std::thread::spawn(move || completer.complete_with(|mc| Ok(cell(mc, 9)))).join().unwrap();
    assert!(count.0.load(Ordering::SeqCst) >= 1);
    block_on(drive(&mut heap, &both)).0.unwrap();
    heap.mutate(|_, root| {
        let join = root.tasks.task(&both).unwrap();
        assert_eq!(parts(root, join), ["ok 9", "ok nil"]);
    });
}

#[test]
fn a_virtual_clock_is_driven_without_alarms() {
    let mut heap = crate::timers::virtual_heap();
    let ticket = ticket_of_sleep(&mut heap, HOUR);
    let (ended, polls) = block_on(drive(&mut heap, &ticket));
    ended.unwrap();
    assert_eq!(polls, 1);
    let ticket = ticket_of_sleep(&mut heap, HOUR);
    run_until(&mut heap, &ticket).unwrap();
}

fn tokio() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// Background tasks of Tokio, on its loop and on its threads, complete what tasks of ours await.
#[test]
fn tokio_drives_with_background_tasks_of_its_own() {
    let mut heap = moving();
    let mut tickets = vec![];
    let mut completers = vec![];
    for _ in 0..30 {
        let (ticket, completer) = ticket_of_external(&mut heap);
        tickets.push(ticket);
        completers.push(completer);
    }
    tickets.push(ticket_of_sleep(&mut heap, 3 * MS));
    let all = heap.mutate(|_, root| {
        let tasks: Vec<_> = tickets.iter().map(|ticket| root.tasks.task(ticket).unwrap()).collect();
        let all = root.tasks.join(JoinKind::All, &tasks).unwrap();
        root.tasks.ticket(all).unwrap()
    });
    let ended = tokio().block_on(async {
        for (number, completer) in completers.into_iter().enumerate() {
            let number = number as i32;
            match number % 3 {
                0 => drop(tokio::spawn(async move {
                    tokio::time::sleep(MS * (number as u32 % 5)).await;
                    completer.complete_with(move |mc| Ok(cell(mc, number)));
                })),
                1 => drop(tokio::task::spawn_blocking(move || completer.complete(number))),
                _ => drop(tokio::spawn(async move {
                    tokio::task::yield_now().await;
                    completer.complete(number);
                })),
            }
        }
        drive(&mut heap, &all).await
    });
    ended.unwrap();
    heap.mutate(|_, root| {
        let join = root.tasks.task(&all).unwrap();
        let mut expected: Vec<_> = (0..30).map(|number| format!("ok {number}")).collect();
        expected.push("ok nil".into());
        assert_eq!(parts(root, join), expected);
    });
}

#[test]
fn tokio_drops_the_future_in_the_middle_and_drives_again() {
    let mut heap = moving();
    let (ticket, completer) = ticket_of_external(&mut heap);
    tokio().block_on(async {
        let ended = tokio::time::timeout(3 * MS, drive(&mut heap, &ticket)).await;
        assert!(ended.is_err(), "nobody completes it");
        let worker = tokio::spawn(async move { completer.complete(5) });
        drive(&mut heap, &ticket).await.unwrap();
        worker.await.unwrap();
    });
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 5");
}

#[test]
fn tokio_drives_with_its_own_timers() {
    let mut heap = heap();
    let start = Instant::now();
    let tickets = [4, 1, 9].map(|time| ticket_of_sleep(&mut heap, time * MS));
    let (external, completer) = ticket_of_external(&mut heap);
    tokio().block_on(async {
        tokio::spawn(async move { completer.complete(5) });
        drive_with(&mut heap, &external, tokio::time::sleep).await.unwrap();
        for ticket in &tickets {
            drive_with(&mut heap, ticket, tokio::time::sleep).await.unwrap();
        }
    });
    assert!(start.elapsed() >= 9 * MS);
}

/// Others of the executor run while our tasks never end.
#[test]
fn tokio_gets_its_turn_while_tasks_never_await() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        go(mc, root, forever, Value::NIL);
    });
    let (ticket, completer) = ticket_of_external(&mut heap);
    tokio().block_on(async {
        tokio::spawn(async move {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            completer.complete(1);
        });
        drive(&mut heap, &ticket).await.unwrap();
    });
}
