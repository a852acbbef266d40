//! What the first scheduler got wrong: a test by each name.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use mangrove_gc::{Collect, HeapConfig, Mutation, Object, Slot, Tail, Trace, Value, What, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;

#[test]
fn d01_a_completion_in_flight_needs_no_root() {
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        (root.tasks.ticket(task).unwrap(), completer)
    });
    std::thread::spawn(move || completer.complete_with(|mc| Ok(cell(mc, 17)))).join().unwrap();
    // Sent, and not looked at: nothing to collect.
    heap.collect(Collect::Full).unwrap();
    heap.collect(Collect::Compact).unwrap();
    run_until(&mut heap, &ticket).unwrap();
    heap.collect(Collect::Compact).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 17");
}

#[test]
fn d02_a_callable_is_a_root_while_it_runs() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let task = go(mc, root, give, cell(mc, 5));
        root.stack.push(task.into());
        let turn = root.tasks.begin().unwrap();
        assert!(matches!(turn.wake, Wake::First));
        assert_eq!(census(mc, root), [5]);
    });
    heap.collect(Collect::Compact).unwrap();
    heap.mutate(|mc, root| {
        assert_eq!(census(mc, root), [5]);
        let task = kept(root, 0);
        assert_eq!(root.tasks.status(task), Ok(TaskStatus::Running));
        root.tasks.complete(task, Value::NIL).unwrap();
        assert_eq!(census(mc, root), [0i32; 0]);
    });
}

#[test]
fn d03_a_failure_is_told_each_time_it_is_asked() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let task = go(mc, root, throw, cell(mc, 7));
        root.tasks.ticket(task).unwrap()
    });
    for _ in 0..3 {
        run_until(&mut heap, &ticket).unwrap();
        heap.collect(Collect::Full).unwrap();
        assert_eq!(outcome_of(&mut heap, &ticket), "err 7");
    }
    // And to each who awaits it.
    heap.mutate(|mc, root| {
        let task = root.tasks.task(&ticket).unwrap();
        go(mc, root, follow, task.into());
        go(mc, root, follow, task.into());
    });
    run_until_idle(&mut heap).unwrap();
    heap.mutate(|_, root| assert_eq!(*root.notes, ["failed 7", "failed 7"]));
}

#[test]
fn d04_taken_results_are_no_roots_and_memory_returns() {
    let mut heap = heap();
    let empty = heap.mutate(|_, root| root.tasks.table_bytes());
    let peak = heap.mutate(|mc, root| {
        for index in 0..100_000 {
            let task = root.tasks.spawn(cell(mc, index)).unwrap();
            root.stack.push(task.into());
        }
        while let Some(turn) = root.tasks.begin() {
            root.tasks.complete(turn.task, turn.value).unwrap();
        }
        assert_eq!(census(mc, root).len(), 100_000);
        root.tasks.table_bytes()
    });
    heap.collect(Collect::Full).unwrap();
    let full = heap.stats().old_bytes;
    heap.mutate(|mc, root| {
        for index in 0..100_000 {
            let task = kept(root, index);
            assert_eq!(show(&root.tasks.take(task).unwrap()), format!("ok {index}"));
        }
        root.stack = vec![];
        assert_eq!(census(mc, root), [0i32; 0]);
        assert_eq!(root.tasks.outstanding(), 0);
        let left = root.tasks.table_bytes();
        assert!(left - empty < peak / 50, "{left} bytes of {peak} are left");
    });
    heap.collect(Collect::Full).unwrap();
    assert!(heap.stats().old_bytes < full / 100, "{} of {full} bytes are left", heap.stats().old_bytes);
    // One after another, too.
    heap.mutate(|mc, root| {
        for index in 0..100_000 {
            let task = root.tasks.spawn(cell(mc, index)).unwrap();
            let turn = root.tasks.begin().unwrap();
            root.tasks.complete(task, turn.value).unwrap();
            root.tasks.take(task).unwrap();
        }
        assert_eq!(census(mc, root), [0i32; 0]);
        assert!(root.tasks.table_bytes() < 100_000);
    });
}

#[test]
fn d05_a_late_completion_of_a_cancelled_external_is_dropped() {
    let mut heap = heap();
    let dropped = std::sync::Arc::new(());
    let (ticket, completer) = heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        assert!(!completer.is_closed());
        assert_eq!(root.tasks.cancel(task, "too slow".into()), Ok(CancelEnd::Ended));
        assert!(completer.is_closed(), "the producer is told");
        assert_eq!(root.tasks.open_externals(), 0);
        (root.tasks.ticket(task).unwrap(), completer)
    });
    let payload = dropped.clone();
    completer.complete_with(move |_| {
        let _ = &payload;
        unreachable!("nobody waits for it")
    });
    run_until_idle(&mut heap).unwrap();
    assert_eq!(std::sync::Arc::strong_count(&dropped), 1, "the value is dropped");
    assert_eq!(outcome_of(&mut heap, &ticket), "cancelled too slow");
}

#[test]
fn d06_completing_what_does_not_run_is_refused_and_changes_nothing() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let gone = root.tasks.spawn(cell(mc, 1)).unwrap();
        root.tasks.cancel(gone, Reason::NONE).unwrap();
        root.tasks.take(gone).unwrap();
        assert_eq!(root.tasks.complete(gone, cell(mc, 2)), Err(TaskError::Stale { task: gone.name() }));

        let queued = root.tasks.spawn(cell(mc, 3)).unwrap();
        let refused = Err(TaskError::NotRunning { task: queued.name(), status: TaskStatus::Ready });
        assert_eq!(root.tasks.complete(queued, cell(mc, 4)), refused);
        assert_eq!(root.tasks.fail(queued, cell(mc, 4)), refused);
        assert_eq!(root.tasks.end_cancelled(queued), refused);
        assert_eq!(root.tasks.yield_now(queued, cell(mc, 4)), refused);
        assert_eq!(root.tasks.at_safepoint(queued, cell(mc, 4)), refused);
        assert_eq!(root.tasks.suspend(queued, queued, cell(mc, 4)), refused);
        assert_eq!(census(mc, root), [3]);

        root.tasks.cancel(queued, Reason::NONE).unwrap();
        assert_eq!(
            root.tasks.complete(queued, cell(mc, 5)),
            Err(TaskError::NotRunning { task: queued.name(), status: TaskStatus::Cancelled })
        );
        assert_eq!(census(mc, root), [0i32; 0]);

        let task = root.tasks.spawn(cell(mc, 6)).unwrap();
        finish(root, cell(mc, 7));
        assert!(root.tasks.complete(task, cell(mc, 8)).is_err());
        assert_eq!(show(&root.tasks.outcome(task).unwrap()), "ok 7");
        assert_eq!(census(mc, root), [7]);
    });
}

#[test]
fn d07_the_scheduler_makes_the_ids_and_none_twice() {
    let mut heap = heap();
    heap.mutate(|_, root| {
        let mut names = std::collections::HashSet::new();
        for round in 0..100 {
            let tasks: Vec<_> = (0..round).map(|n| root.tasks.spawn(Value::int(n)).unwrap()).collect();
            for task in tasks {
                assert!(names.insert(task.name()), "{task:?} was given out before");
                root.tasks.cancel(task, Reason::NONE).unwrap();
                root.tasks.release(task).unwrap();
            }
        }
    });
}

#[test]
fn d08_the_error_of_an_external_stays() {
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        (root.tasks.ticket(task).unwrap(), completer)
    });
    completer.fail_with(|mc| Ok(cell(mc, 9)));
    for _ in 0..3 {
        run_until(&mut heap, &ticket).unwrap();
        assert_eq!(outcome_of(&mut heap, &ticket), "err 9");
    }
}

#[test]
fn d09_joins_take_externals_settled_or_not() {
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|mc, root| {
        let (early, first) = root.tasks.external().unwrap();
        first.complete(1);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        let (late, second) = root.tasks.external().unwrap();
        let callable = go(mc, root, give, cell(mc, 3));
        let inner = root.tasks.join(JoinKind::Race, &[callable]).unwrap();
        let join = root.tasks.join(JoinKind::All, &[early, late, callable, inner]).unwrap();
        (root.tasks.ticket(join).unwrap(), second)
    });
    std::thread::spawn(move || completer.complete(2)).join().unwrap();
    run_until(&mut heap, &ticket).unwrap();
    heap.mutate(|_, root| {
        let join = root.tasks.task(&ticket).unwrap();
        assert_eq!(parts(root, join), ["ok 1", "ok 2", "ok 3", "ok 3"]);
        assert_eq!(show(&root.tasks.outcome(join).unwrap()), "ok nil");
    });
}

#[test]
fn d10_settle_gives_typed_outcomes() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let tasks = [
            go(mc, root, give, cell(mc, 1)),
            go(mc, root, throw, cell(mc, 2)),
            go(mc, root, give, cell(mc, 3)),
            root.tasks.external().unwrap().0,
        ];
        root.tasks.cancel(tasks[2], "not wanted".into()).unwrap();
        let join = root.tasks.join(JoinKind::AllSettled, &tasks).unwrap();
        root.tasks.ticket(join).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    heap.mutate(|_, root| {
        let join = root.tasks.task(&ticket).unwrap();
        assert_eq!(parts(root, join), ["ok 1", "err 2", "cancelled not wanted", "abandoned"]);
    });
}

#[test]
fn d11_a_race_is_won_by_the_first_to_settle_and_its_losers_go_on() {
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|mc, root| {
        let (slow, completer) = root.tasks.external().unwrap();
        let quick = go(mc, root, throw, cell(mc, 2));
        let third = go(mc, root, give, cell(mc, 3));
        root.stack.extend([slow, third].map(Value::from));
        let join = root.tasks.join(JoinKind::Race, &[slow, quick, third]).unwrap();
        (root.tasks.ticket(join).unwrap(), completer)
    });
    run_until(&mut heap, &ticket).unwrap();
    heap.mutate(|_, root| {
        let join = root.tasks.task(&ticket).unwrap();
        assert_eq!(show(&root.tasks.outcome(join).unwrap()), "err 2");
        assert_eq!(root.tasks.decided_by(join), Ok(Some(1)));
        assert_eq!(parts(root, join), ["-", "err 2", "-"]);
    });
    completer.complete(1);
    run_until_idle(&mut heap).unwrap();
    heap.mutate(|_, root| {
        let (slow, third) = (kept(root, 0), kept(root, 1));
        assert_eq!(show(&root.tasks.outcome(slow).unwrap()), "ok 1");
        assert_eq!(show(&root.tasks.outcome(third).unwrap()), "ok 3");
        let join = root.tasks.task(&ticket).unwrap();
        assert_eq!(parts(root, join), ["-", "err 2", "-"], "a loser's late value is none of the join's");
    });
}

#[test]
fn d12_all_fails_by_the_first_failure_and_leaves_its_siblings() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let tasks = [
            go(mc, root, give, cell(mc, 1)),
            go(mc, root, throw, cell(mc, 2)),
            go(mc, root, throw, cell(mc, 3)),
            go(mc, root, give, cell(mc, 4)),
        ];
        root.stack.extend(tasks.map(Value::from));
        let join = root.tasks.join(JoinKind::All, &tasks).unwrap();
        root.tasks.ticket(join).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    run_until_idle(&mut heap).unwrap();
    heap.mutate(|mc, root| {
        let join = root.tasks.task(&ticket).unwrap();
        assert_eq!(show(&root.tasks.outcome(join).unwrap()), "err 2");
        assert_eq!(root.tasks.decided_by(join), Ok(Some(1)));
        assert_eq!(parts(root, join), ["ok 1", "err 2", "-", "-"]);
        for index in 0..4 {
            let task = kept(root, index);
            assert!(root.tasks.is_resolved(task).unwrap(), "siblings run to their end");
            root.tasks.release(task).unwrap();
        }
        let mut roots = census(mc, root);
        roots.sort();
        assert_eq!(roots, [1, 2, 2], "the join's own copies, and its own error");
        root.tasks.release(join).unwrap();
        assert_eq!(census(mc, root), [0i32; 0]);
        assert_eq!(root.tasks.outstanding(), 0);
    });
}

#[test]
fn d13_a_panic_fails_the_task_and_goes_on_to_the_host() {
    fn burst<'gc>(
        _: &Mutation<'gc>,
        root: &mut Root<'gc>,
        _: Turn<'gc>,
        _: mangrove_gc::Gc<'gc, Frame<'gc>>,
    ) -> Step<'gc> {
        root.log.push(1);
        panic!("burst")
    }
    let mut heap = moving();
    let (ticket, other) = heap.mutate(|mc, root| {
        let task = go(mc, root, burst, cell(mc, 1));
        let other = go(mc, root, follow, task.into());
        (root.tasks.ticket(task).unwrap(), root.tasks.ticket(other).unwrap())
    });
    let panic = catch_unwind(AssertUnwindSafe(|| run_until(&mut heap, &other))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"burst"));
    assert_eq!(outcome_of(&mut heap, &ticket), "Panicked(\"burst\")");
    heap.collect(Collect::Compact).unwrap();
    // And the loop goes on where it was.
    run_until(&mut heap, &other).unwrap();
    heap.mutate(|_, root| {
        assert_eq!(*root.notes, ["faulted Panicked(\"burst\")"]);
        assert_eq!(root.log, [1]);
    });
}

#[test]
fn d14_values_are_built_on_the_thread_of_the_heap() {
    fn is_send<T: Send + 'static>(_: &T) {}
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        (root.tasks.ticket(task).unwrap(), completer)
    });
    is_send(&completer);
    is_send(&ticket);
    let home = std::thread::current().id();
    std::thread::spawn(move || {
        completer.complete_with(move |mc| {
            assert_eq!(std::thread::current().id(), home);
            Ok(cell(mc, 1))
        });
    })
    .join()
    .unwrap();
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 1");
}

#[test]
fn d15_a_result_stored_while_marking_is_in_progress_survives() {
    let mut heap = heap_of(HeapConfig::from_env().with_zeal(Zeal::of(What::Slice, 3)));
    heap.mutate(|_, root| {
        for _ in 0..8 {
            let task = root.tasks.spawn(Value::NIL).unwrap();
            let _ = root.tasks.begin().unwrap();
            root.stack.push(task.into());
        }
    });
    // Something to mark, so that a cycle has several slices.
    heap.mutate(|mc, root| {
        let mut list = Value::NIL;
        for index in 0..3000 {
            list = mc.alloc(Cell { number: index, link: Slot::new(list) }).unwrap().into();
        }
        root.stack.push(list);
    });
    for round in 0..8 {
        heap.mutate(|mc, root| {
            let task = kept(root, round);
            root.tasks.complete(task, cell(mc, round as i32)).unwrap();
        });
        for _ in 0..5 {
            heap.safepoint().unwrap();
        }
    }
    for _ in 0..50 {
        heap.safepoint().unwrap();
    }
    heap.mutate(|mc, root| assert_eq!(census(mc, root), [0, 1, 2, 3, 4, 5, 6, 7]));
    heap.verify().unwrap();
}

#[test]
fn d16_deep_and_cyclic_graphs_survive_from_one_task_root() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let last = mc.alloc(Cell { number: 0, link: Slot::new(Value::NIL) }).unwrap();
        let mut list: Value = last.into();
        for number in 1..10_000 {
            list = mc.alloc(Cell { number, link: Slot::new(list) }).unwrap().into();
        }
        last.write(mc).link().set(list);
        let task = root.tasks.spawn(list).unwrap();
        root.stack.push(task.into());
    });
    for what in [Collect::Minor, Collect::Full, Collect::Compact] {
        heap.collect(what).unwrap();
        heap.mutate(|_, root| {
            let task = root.tasks.begin().unwrap();
            let mut at = task.value;
            for number in (0..10_000).rev() {
                let cell = at.downcast::<Cell>().unwrap();
                assert_eq!(cell.number, number);
                at = cell.link.get();
            }
            assert!(at.same(task.value), "a cycle");
            root.tasks.yield_now(task.task, task.value).unwrap();
        });
    }
}

#[test]
fn d17_awaiting_from_async_code_goes_through_the_table() {
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|mc, root| {
        let (external, completer) = root.tasks.external().unwrap();
        let task = go(mc, root, follow, external.into());
        (root.tasks.ticket(task).unwrap(), completer)
    });
    let mut cx = Context::from_waker(Waker::noop());
    {
        let mut future = std::pin::pin!(drive(&mut heap, &ticket));
        assert!(future.as_mut().poll(&mut cx).is_pending());
        // Dropped in the middle: nothing is lost.
    }
    completer.complete_with(|mc| Ok(cell(mc, 4)));
    {
        let mut future = std::pin::pin!(drive(&mut heap, &ticket));
        assert_eq!(future.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
    }
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 4");
}

#[test]
fn d18_large_and_aligned_results_live_in_the_table() {
    #[derive(Trace, Object)]
    #[repr(align(16))]
    struct Wide {
        number: u128,
    }
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let mut slots = vec![Value::NIL; 400_000];
        slots[399_999] = cell(mc, 5);
        let large = mc.alloc_slots((), &slots).unwrap();
        let wide = mc.alloc(Wide { number: 1 << 100 }).unwrap();
        for value in [large.into(), wide.into()] {
            root.tasks.spawn(value).unwrap();
        }
        assert!(mc.alloc_tail((), 1 << 50, Value::NIL).is_err(), "more is a typed error");
    });
    for what in [Collect::Minor, Collect::Full, Collect::Compact] {
        heap.collect(what).unwrap();
    }
    heap.mutate(|_, root| {
        let large = root.tasks.begin().unwrap().value.downcast::<Tail<()>>().unwrap();
        assert_eq!(number(large.get(399_999).unwrap()), 5);
        let wide = root.tasks.begin().unwrap().value.downcast::<Wide>().unwrap();
        assert_eq!(wide.number, 1 << 100);
        assert!(std::ptr::from_ref(wide.as_ref()).addr().is_multiple_of(16));
    });
}

#[test]
fn d19_spawn_and_root_scan_work_while_code_runs_at_any_depth() {
    fn nest<'gc>(
        mc: &Mutation<'gc>,
        root: &mut Root<'gc>,
        turn: Turn<'gc>,
        frame: mangrove_gc::Gc<'gc, Frame<'gc>>,
    ) -> Step<'gc> {
        let depth = frame.b.as_int().unwrap_or(0);
        if let Wake::Settled(value) = turn.wake {
            return Step::Done(Value::int(number(value) + 1));
        }
        assert!(census(mc, root).len() >= depth as usize, "the scan sees every task, the running one too");
        if depth == 50 {
            return Step::Done(0.into());
        }
        let callable = mc.alloc(Frame { code: frame.code, pc: 0, a: frame.a, b: (depth + 1).into() }).unwrap();
        let child = root.tasks.spawn(callable.into()).unwrap();
        // A turn within a turn, too.
        if depth == 10 {
            let other = root.tasks.begin().unwrap();
            root.tasks.yield_now(other.task, other.value).unwrap();
            assert!(matches!(other.wake, Wake::First));
        }
        Step::Await(child, turn.value)
    }
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let task = go(mc, root, nest, cell(mc, 1));
        root.tasks.ticket(task).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 50");
}

#[test]
fn d20_a_nan_with_a_payload_is_a_nan() {
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        (root.tasks.ticket(task).unwrap(), completer)
    });
    completer.complete(f64::from_bits(0x7FFF_0000_DEAD_BEE8));
    run_until(&mut heap, &ticket).unwrap();
    for what in [Collect::Minor, Collect::Full, Collect::Compact] {
        heap.collect(what).unwrap();
    }
    heap.mutate(|mc, root| {
        let task = root.tasks.task(&ticket).unwrap();
        let value = root.tasks.outcome(task).unwrap().ok().unwrap();
        assert!(value.as_double().unwrap().is_nan() && !value.is_heap());
        assert_eq!(census(mc, root), [0i32; 0]);
    });
}

#[test]
fn d21_roots_are_slots_in_the_order_of_the_table() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        for number in 0..2000 {
            root.tasks.spawn(cell(mc, number)).unwrap();
        }
    });
    let before: Vec<u64> = heap.mutate(|mc, root| {
        assert!(census(mc, root).into_iter().eq(0..2000));
        mc.census(&mut root.tasks).iter().map(|(_, value)| value.to_bits()).collect()
    });
    heap.collect(Collect::Compact).unwrap();
    heap.mutate(|mc, root| {
        assert!(census(mc, root).into_iter().eq(0..2000), "the same order");
        let after = mc.census(&mut root.tasks);
        let moved = after.iter().zip(&before).filter(|((_, value), old)| value.to_bits() != **old).count();
        assert_eq!(moved, 2000, "every slot was updated");
    });
}

#[test]
fn d22_partial_results_of_a_join_are_roots_while_others_run() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let tasks: Vec<_> = (0..40).map(|number| go(mc, root, give, cell(mc, number))).collect();
        let join = root.tasks.join(JoinKind::All, &tasks).unwrap();
        for task in tasks {
            // Let go as soon as it settles: from then on only the join has its value.
            assert_eq!(root.tasks.release(task), Ok(ReleaseEnd::WhenSettled));
        }
        root.tasks.ticket(join).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    heap.mutate(|mc, root| {
        assert_eq!(root.tasks.outstanding(), 1);
        assert!(census(mc, root).into_iter().eq(0..40));
        let join = root.tasks.task(&ticket).unwrap();
        let expected: Vec<_> = (0..40).map(|number| format!("ok {number}")).collect();
        assert_eq!(parts(root, join), expected);
    });
}
