//! Completions from other threads, and what can go wrong with them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mangrove_gc::{AllocError, Collect, Heap, HeapConfig, Value, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;

fn external(heap: &mut Heap<Machine>) -> (Ticket, Completer) {
    heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        (root.tasks.ticket(task).unwrap(), completer)
    })
}

fn poll(heap: &mut Heap<Machine>) -> Drained {
    heap.mutate(|mc, root| root.tasks.poll_inbox(mc))
}

#[test]
fn a_dropped_completer_abandons_its_task() {
    let mut heap = moving();
    let (ticket, completer) = external(&mut heap);
    let waiting = heap.mutate(|mc, root| {
        let task = root.tasks.task(&ticket).unwrap();
        let waiting = go(mc, root, follow, task.into());
        root.tasks.ticket(waiting).unwrap()
    });
    std::thread::spawn(move || drop(completer)).join().unwrap();
    run_until(&mut heap, &waiting).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "abandoned");
    heap.mutate(|_, root| assert_eq!(*root.notes, ["awaited abandoned"]));
}

#[test]
fn plain_data_of_every_kind_arrives() {
    let mut heap = moving();
    type Is = fn(Value<'_>) -> bool;
    let cases: [(Scalar, Is); 6] = [
        (().into(), |value| value.is_nil()),
        (Scalar::Undefined, |value| value.same(Value::UNDEFINED)),
        (true.into(), |value| value.as_bool() == Some(true)),
        ((-5).into(), |value| value.as_int() == Some(-5)),
        (0.5.into(), |value| value.as_double() == Some(0.5)),
        (f64::NAN.into(), |value| value.as_double().is_some_and(f64::is_nan)),
    ];
    for (data, is) in cases {
        for fails in [false, true] {
            let (ticket, completer) = external(&mut heap);
            if fails {
                completer.fail(data)
            } else {
                completer.complete(data)
            }
            run_until(&mut heap, &ticket).unwrap();
            heap.mutate(|_, root| {
                let task = root.tasks.task(&ticket).unwrap();
                match root.tasks.take(task).unwrap() {
                    Outcome::Ok(value) => assert!(!fails && is(value)),
                    Outcome::Err(value) => assert!(fails && is(value)),
                    other => panic!("{other:?}"),
                }
            });
        }
    }
}

#[test]
fn completions_from_many_threads_all_arrive() {
    let mut heap = heap();
    let (threads, each) = (4, 250);
    let (all, completers) = heap.mutate(|_, root| {
        let (tasks, completers): (Vec<_>, Vec<_>) = (0..threads * each).map(|_| root.tasks.external().unwrap()).unzip();
        let all = root.tasks.join(JoinKind::AllSettled, &tasks).unwrap();
        for task in tasks {
            root.tasks.release(task).unwrap();
        }
        (root.tasks.ticket(all).unwrap(), completers)
    });
    let mut numbered: Vec<_> = completers.into_iter().enumerate().collect();
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let mine = numbered.split_off(numbered.len() - each);
            std::thread::spawn(move || {
                for (index, completer) in mine {
                    match index % 4 {
                        0 => completer.complete(index as i32),
                        1 => completer.complete_with(move |mc| Ok(cell(mc, index as i32))),
                        2 => completer.fail_with(move |mc| Ok(cell(mc, index as i32))),
                        _ => drop(completer),
                    }
                }
            })
        })
        .collect();
    run_until(&mut heap, &all).unwrap();
    for worker in workers {
        worker.join().unwrap();
    }
    heap.collect(Collect::Compact).unwrap();
    heap.mutate(|_, root| {
        let join = root.tasks.task(&all).unwrap();
        for (index, part) in parts(root, join).into_iter().enumerate() {
            let expected = match index % 4 {
                0 | 1 => format!("ok {index}"),
                2 => format!("err {index}"),
                _ => "abandoned".into(),
            };
            assert_eq!(part, expected);
        }
        assert_eq!(root.tasks.outstanding(), 1);
    });
}

#[test]
fn a_builder_that_lacks_memory_is_called_again_after_a_collection() {
    let mut heap = moving();
    let (ticket, completer) = external(&mut heap);
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = calls.clone();
    completer.complete_with(move |mc| match seen.fetch_add(1, Ordering::Relaxed) {
        0 => Err(Fail::Alloc(AllocError::Collect)),
        _ => Ok(cell(mc, 3)),
    });
    let before = heap.stats().majors;
    run_until(&mut heap, &ticket).unwrap();
    assert!(heap.stats().majors > before);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 3");
}

#[test]
fn a_builder_that_never_gets_memory_fails_its_task() {
    let mut heap = heap();
    for (error, calls) in [(AllocError::Collect, 3), (AllocError::Never, 1)] {
        let (ticket, completer) = external(&mut heap);
        let count = Arc::new(AtomicUsize::new(0));
        let seen = count.clone();
        completer.complete_with(move |_| {
            seen.fetch_add(1, Ordering::Relaxed);
            Err(error.into())
        });
        run_until(&mut heap, &ticket).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), calls);
        assert_eq!(outcome_of(&mut heap, &ticket), "OutOfMemory");
    }
}

#[test]
fn no_completion_is_lost_when_every_few_allocations_fail() {
    let zeal = Zeal { fail_alloc: 3, ..Zeal::moving(5) };
    let mut heap = heap_of(HeapConfig::default().with_zeal(zeal));
    let tickets: Vec<_> = (0..50)
        .map(|number| {
            let (ticket, completer) = external(&mut heap);
            completer.complete_with(move |mc| {
                let first = mc.alloc(Cell { number, link: mangrove_gc::Slot::new(Value::NIL) })?;
                let second = mc.alloc(Cell { number, link: mangrove_gc::Slot::new(first.into()) })?;
                Ok(second.into())
            });
            ticket
        })
        .collect();
    run_until_idle(&mut heap).unwrap();
    for (number, ticket) in tickets.iter().enumerate() {
        assert_eq!(outcome_of(&mut heap, ticket), format!("ok {number}"));
    }
}

#[test]
fn a_panicking_builder_fails_its_task_and_loses_no_other_message() {
    let mut heap = moving();
    let (first, bad) = external(&mut heap);
    let (second, good) = external(&mut heap);
    bad.complete_with(|_| panic!("no value"));
    good.complete_with(|mc| Ok(cell(mc, 2)));
    let panic = catch_unwind(AssertUnwindSafe(|| run_until(&mut heap, &second))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"no value"));
    run_until(&mut heap, &second).unwrap();
    assert_eq!(outcome_of(&mut heap, &first), "Panicked(\"no value\")");
    assert_eq!(outcome_of(&mut heap, &second), "ok 2");
}

/// Panics, or completes another task, when it is dropped.
struct OnDrop<F: FnMut()>(F);
impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn payloads_are_dropped_outside_of_the_lock() {
    let mut heap = heap();
    let (late, completer) = external(&mut heap);
    let (other, mut inner) = {
        let (ticket, completer) = external(&mut heap);
        (ticket, Some(completer))
    };
    heap.mutate(|_, root| {
        let task = root.tasks.task(&late).unwrap();
        root.tasks.cancel(task, Reason::NONE).unwrap();
    });
    // Too late: the builder is dropped, and completes another task from its drop.
    let payload = OnDrop(move || inner.take().unwrap().complete(4));
    completer.complete_with(move |_| {
        let _ = &payload;
        Ok(Value::NIL)
    });
    run_until(&mut heap, &other).unwrap();
    assert_eq!(outcome_of(&mut heap, &other), "ok 4");
}

#[test]
fn a_panic_in_the_drop_of_a_late_payload_loses_no_other_message() {
    let mut heap = heap();
    let (late, completer) = external(&mut heap);
    let (other, good) = external(&mut heap);
    heap.mutate(|_, root| {
        let task = root.tasks.task(&late).unwrap();
        root.tasks.cancel(task, Reason::NONE).unwrap();
    });
    let payload = OnDrop(|| panic!("dropped"));
    completer.complete_with(move |_| {
        let _ = &payload;
        Ok(Value::NIL)
    });
    good.complete(1);
    assert!(catch_unwind(AssertUnwindSafe(|| run_until(&mut heap, &other))).is_err());
    run_until(&mut heap, &other).unwrap();
    assert_eq!(outcome_of(&mut heap, &other), "ok 1");
}

#[test]
fn a_completer_outlives_its_heap() {
    let mut heap = heap();
    let (ticket, first) = external(&mut heap);
    let (_, second) = external(&mut heap);
    let (_, third) = external(&mut heap);
    let dropped = Arc::new(());
    let (in_flight, late) = (dropped.clone(), dropped.clone());
    first.complete_with(move |_| {
        let _ = &in_flight;
        Ok(Value::NIL)
    });
    assert!(!second.is_closed());
    drop(heap);
    assert_eq!(Arc::strong_count(&dropped), 2, "what was in flight is dropped with the heap");
    assert!(second.is_closed());
    std::thread::spawn(move || {
        second.complete_with(move |_| {
            let _ = &late;
            Ok(Value::NIL)
        });
    })
    .join()
    .unwrap();
    assert_eq!(Arc::strong_count(&dropped), 1);
    drop((third, ticket));
}

#[test]
fn a_completion_of_a_released_external_arrives_and_is_let_go() {
    let mut heap = moving();
    let (ticket, completer) = external(&mut heap);
    drop(ticket);
    assert_eq!(poll(&mut heap), Drained::Empty);
    assert_eq!(heap.mutate(|_, root| root.tasks.outstanding()), 1, "it goes on");
    completer.complete_with(|mc| Ok(cell(mc, 1)));
    assert_eq!(poll(&mut heap), Drained::Empty);
    heap.mutate(|mc, root| {
        assert_eq!(root.tasks.outstanding(), 0);
        assert_eq!(census(mc, root), [0i32; 0]);
    });
}

#[test]
fn messages_arrive_in_the_order_they_were_sent() {
    let mut heap = heap();
    let pairs: Vec<_> = (0..50).map(|_| external(&mut heap)).collect();
    let (tickets, completers): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    for completer in completers.into_iter().rev() {
        completer.complete(1);
    }
    assert_eq!(poll(&mut heap), Drained::Empty);
    heap.mutate(|_, root| {
        let seqs: Vec<_> = tickets.iter().rev().map(|t| root.tasks.seq(root.tasks.task(t).unwrap()).unwrap()).collect();
        assert!(seqs.is_sorted());
    });
}
