//! Externals: what they cost, a bounded inbox, batches, where they were made.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mangrove_gc::{Heap, HeapConfig, Value};
use mangrove_scheduler::*;

use crate::machine::*;

/// Counts the allocations of each thread.
struct Counting;
thread_local!(static ALLOCATIONS: Cell<usize> = const { Cell::new(0) });

// SAFETY: the system's allocator, and a counter that allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: by the caller.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: by the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn externals(heap: &mut Heap<Machine>, count: usize) -> (Vec<Ticket>, Vec<Completer>) {
    heap.mutate(|_, root| {
        let pair = |_| {
            let (task, completer) = root.tasks.external().unwrap();
            (root.tasks.ticket(task).unwrap(), completer)
        };
        (0..count).map(pair).unzip()
    })
}

fn poll(heap: &mut Heap<Machine>) {
    assert_eq!(heap.mutate(|mc, root| root.tasks.poll_inbox(mc)), Drained::Empty);
}

#[test]
fn completions_with_plain_data_allocate_nothing_but_the_inbox() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let mut round = |warm: bool| {
            let before = ALLOCATIONS.get();
            for index in 0..100 {
                let (task, completer) = root.tasks.external().unwrap();
                if index % 2 == 0 {
                    completer.complete(index)
                } else {
                    completer.fail(0.5)
                }
                assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
                root.tasks.take(task).unwrap();
            }
            assert!(!warm || ALLOCATIONS.get() == before);
        };
        // The table, the board and both halves of the inbox grow once.
        round(false);
        round(true);
        let (tasks, completers): (Vec<_>, Vec<_>) = (0..1000).map(|_| root.tasks.external().unwrap()).unzip();
        let before = ALLOCATIONS.get();
        completers.into_iter().for_each(|completer| completer.complete(1));
        assert!(ALLOCATIONS.get() - before <= 10, "the inbox doubles");
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert!(tasks.iter().all(|&task| root.tasks.is_resolved(task) == Ok(true)));
    });
}

#[test]
fn a_full_inbox_gives_everything_back() {
    let mut heap = moving();
    heap.mutate(|_, root| root.tasks.set_inbox_bound(Some(2)));
    let (tickets, completers) = externals(&mut heap, 5);
    let mut completers = completers.into_iter();
    let mut next = || completers.next().unwrap();
    next().try_complete(1).unwrap();
    next().try_fail(2).unwrap();
    let full = next().try_complete(3).unwrap_err();
    assert!(full.to_string().contains("full") && !full.completer.is_closed());
    assert_eq!(full.data, Scalar::Int(3));
    let refused = next().try_complete_with(|mc| Ok(cell(mc, 4))).unwrap_err();
    // A drop goes over the bound.
    drop(next());
    poll(&mut heap);
    full.completer.try_complete(full.data).unwrap();
    refused.completer.try_complete_with(refused.data).unwrap();
    poll(&mut heap);
    let outcomes: Vec<_> = tickets.iter().map(|ticket| outcome_of(&mut heap, ticket)).collect();
    assert_eq!(outcomes, ["ok 1", "err 2", "ok 3", "ok 4", "abandoned"]);
}

#[test]
fn a_blocked_producer_goes_on_when_the_inbox_is_read() {
    let mut heap = heap();
    heap.mutate(|_, root| root.tasks.set_inbox_bound(Some(3)));
    let (tickets, completers) = externals(&mut heap, 500);
    let producer = std::thread::spawn(move || {
        for (index, completer) in completers.into_iter().enumerate() {
            match index % 3 {
                0 => completer.complete(index as i32),
                1 => completer.complete_with(move |mc| Ok(cell(mc, index as i32))),
                _ => {
                    let mut batch = Batch::new();
                    batch.complete(completer, index as i32);
                }
            }
        }
    });
    for (index, ticket) in tickets.iter().enumerate() {
        assert!(heap.mutate(|_, root| root.tasks.inbox_len()) <= 500);
        run_until(&mut heap, ticket).unwrap();
        assert_eq!(outcome_of(&mut heap, ticket), format!("ok {index}"));
    }
    producer.join().unwrap();
}

#[test]
fn a_blocked_producer_goes_on_when_the_heap_goes() {
    let mut heap = heap();
    heap.mutate(|_, root| root.tasks.set_inbox_bound(Some(1)));
    let (_tickets, mut completers) = externals(&mut heap, 3);
    let (last, second) = (completers.pop().unwrap(), completers.pop().unwrap());
    completers.pop().unwrap().complete(1);
    let about_to = Arc::new(AtomicBool::new(false));
    let seen = about_to.clone();
    let producer = std::thread::spawn(move || {
        seen.store(true, Ordering::Release);
        second.complete(2);
        assert!(last.is_closed());
        last.complete(3);
    });
    while !about_to.load(Ordering::Acquire) {
        std::thread::yield_now();
    }
    drop(heap);
    producer.join().unwrap();
}

#[test]
fn the_heaps_own_thread_never_waits_for_room() {
    let mut heap = heap();
    heap.mutate(|_, root| root.tasks.set_inbox_bound(Some(1)));
    let (tickets, completers) = externals(&mut heap, 10);
    completers.into_iter().for_each(|completer| completer.complete(1));
    assert_eq!(heap.mutate(|_, root| root.tasks.inbox_len()), 10);
    poll(&mut heap);
    assert!(tickets.iter().all(|ticket| ticket.status(&mut heap) == Ok(TaskStatus::Completed)));
}

#[test]
fn a_batch_arrives_in_order_and_a_dropped_one_is_sent() {
    let mut heap = moving();
    let (tickets, completers) = externals(&mut heap, 40);
    let mut batch = Batch::new();
    for (index, completer) in completers.into_iter().enumerate() {
        match index % 4 {
            0 => batch.complete(completer, index as i32),
            1 => batch.complete_with(completer, move |mc| Ok(cell(mc, index as i32))),
            2 => batch.fail(completer, index as i32),
            _ => batch.fail_with(completer, move |mc| Ok(cell(mc, index as i32))),
        }
        if index == 20 {
            assert_eq!((batch.len(), heap.mutate(|_, root| root.tasks.inbox_len())), (21, 0));
            batch.send();
            assert!(batch.is_empty());
        }
    }
    std::thread::spawn(move || drop(batch)).join().unwrap();
    poll(&mut heap);
    for (index, ticket) in tickets.iter().enumerate() {
        let kind = if index % 4 < 2 { "ok" } else { "err" };
        assert_eq!(outcome_of(&mut heap, ticket), format!("{kind} {index}"));
        let seq = heap.mutate(|_, root| root.tasks.seq(root.tasks.task(ticket).unwrap()).unwrap());
        assert_eq!(seq, Some(index as u64 + 1));
    }
}

#[test]
fn a_batch_keeps_what_a_full_inbox_does_not_take() {
    let mut heap = heap();
    heap.mutate(|_, root| root.tasks.set_inbox_bound(Some(4)));
    let (tickets, completers) = externals(&mut heap, 10);
    let mut batch = Batch::new();
    completers.into_iter().for_each(|completer| batch.complete(completer, 1));
    assert!(!batch.try_send());
    assert_eq!(batch.len(), 6);
    poll(&mut heap);
    assert!(!batch.try_send());
    poll(&mut heap);
    assert!(batch.try_send() && batch.is_empty());
    poll(&mut heap);
    assert!(tickets.iter().all(|ticket| ticket.status(&mut heap) == Ok(TaskStatus::Completed)));
}

#[test]
fn a_batch_sorts_completers_by_their_schedulers() {
    let (mut one, mut other) = (heap(), heap());
    let (of_one, to_one) = externals(&mut one, 3);
    let (of_other, to_other) = externals(&mut other, 3);
    let mut batch = Batch::new();
    for (first, second) in to_one.into_iter().zip(to_other) {
        batch.complete(first, 1);
        batch.complete(second, 2);
    }
    drop(batch);
    for (heap, tickets, expected) in [(&mut one, of_one, "ok 1"), (&mut other, of_other, "ok 2")] {
        poll(heap);
        tickets.iter().for_each(|ticket| assert_eq!(outcome_of(heap, ticket), expected));
    }
}

#[test]
fn a_batch_outlives_its_heap() {
    let mut heap = heap();
    let (tickets, completers) = externals(&mut heap, 2);
    let held = Arc::new(());
    let mut batch = Batch::new();
    for completer in completers {
        let payload = held.clone();
        batch.complete_with(completer, move |_| {
            let _ = &payload;
            Ok(Value::NIL)
        });
    }
    drop(heap);
    batch.send();
    assert_eq!(Arc::strong_count(&held), 1);
    drop(tickets);
}

#[test]
fn only_the_completer_of_this_very_external_is_open() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let (first, completer) = root.tasks.external().unwrap();
        assert!(!completer.is_closed());
        root.tasks.cancel(first, Reason::NONE).unwrap();
        assert!(completer.is_closed());
        root.tasks.take(first).unwrap();
        // The same slot.
        let (second, other) = root.tasks.external().unwrap();
        assert!(completer.is_closed() && !other.is_closed());
        completer.complete(1);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert_eq!(root.tasks.status(second), Ok(TaskStatus::Waiting));
        root.tasks.settle(second, Ok(cell(mc, 2))).unwrap();
        assert!(other.is_closed());
        assert_eq!((root.tasks.open_externals(), census(mc, root)), (0, vec![2]));
    });
}

#[test]
fn a_parker_returns_when_there_is_mail() {
    let mut heap = heap();
    let (tickets, completers) = externals(&mut heap, 20);
    let parker = heap.mutate(|_, root| root.tasks.parker());
    parker.park(Some(std::time::Instant::now()));
    let producer = std::thread::spawn(move || completers.into_iter().for_each(|completer| completer.complete(1)));
    while tickets.iter().any(|ticket| ticket.status(&mut heap) == Ok(TaskStatus::Waiting)) {
        parker.park(None);
        assert!(!parker.register(std::task::Waker::noop()));
        poll(&mut heap);
    }
    producer.join().unwrap();
}

/// `cargo test -p mangrove-scheduler --release --test suite -- --ignored --nocapture measure_completions`
#[test]
#[ignore = "measures"]
fn measure_completions() {
    use std::time::Instant;
    let mut heap = heap_of(HeapConfig::default());
    let count = 20_000;
    let mut best = [[f64::MAX; 4]; 3];
    for round in 0..600 {
        heap.mutate(|mc, root| {
            let start = Instant::now();
            let (tasks, completers): (Vec<_>, Vec<_>) = (0..count).map(|_| root.tasks.external().unwrap()).unzip();
            let made = start.elapsed();
            let sending = Instant::now();
            let sent = match round % 3 {
                0 => {
                    completers.into_iter().for_each(|completer| completer.complete(1));
                    sending.elapsed()
                }
                1 => {
                    let mut batch = Batch::new();
                    completers.into_iter().for_each(|completer| {
                        batch.complete(completer, 1);
                        if batch.len() == 64 {
                            batch.send();
                        }
                    });
                    drop(batch);
                    sending.elapsed()
                }
                _ => std::thread::spawn(move || {
                    completers.into_iter().for_each(|completer| completer.complete(1));
                    sending.elapsed()
                })
                .join()
                .unwrap(),
            };
            let draining = Instant::now();
            assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
            let drained = draining.elapsed();
            let taking = Instant::now();
            for &task in &tasks {
                root.tasks.take(task).unwrap();
            }
            let taken = taking.elapsed();
            let each = [made, sent, drained, taken].map(|time| time.as_nanos() as f64 / count as f64);
            let best = &mut best[round % 3];
            best.iter_mut().zip(each).for_each(|(best, each)| *best = best.min(each));
        });
    }
    for (way, best) in ["one by one", "in batches of 64", "by another thread"].into_iter().zip(best) {
        println!("make, complete {way}, drain, take: {best:.1?} ns, together {:.1}", best.iter().sum::<f64>());
    }
}
