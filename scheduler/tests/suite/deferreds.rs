//! Deferreds, and tasks that are born waiting: the promises of a language and their reactions.

use core::time::Duration;

use mangrove_gc::{Collect, Value};
use mangrove_scheduler::*;

use crate::machine::*;

/// A settled task of each kind of outcome, with what a waiter is told.
fn outcomes<'gc>(root: &mut Root<'gc>, tasks: &[TaskId<'gc>; 6]) -> [&'static str; 6] {
    root.tasks.settle(tasks[0], Ok(1.into())).unwrap();
    root.tasks.settle(tasks[1], Err(2.into())).unwrap();
    root.tasks.cancel(tasks[2], "why".into()).unwrap();
    root.tasks.fail_panicked(tasks[3], "boom").unwrap();
    root.tasks.complete(tasks[5], Value::NIL).unwrap();
    ["settled 1", "failed 2", "awaited cancelled why", "faulted Panicked(\"boom\")", "joined", "settled nil"]
}

fn told(wake: &Wake<'_>) -> String {
    match wake {
        Wake::Settled(value) if value.is_nil() => "settled nil".into(),
        Wake::Settled(value) => format!("settled {}", number(*value)),
        Wake::Failed(error) => format!("failed {}", number(*error)),
        Wake::Joined(_) => "joined".into(),
        Wake::Faulted(_, fault) => format!("faulted {fault:?}"),
        Wake::AwaitedCancelled(reason) => format!("awaited cancelled {reason}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_first_turn_comes_with_the_outcome_whether_it_was_there_or_comes_later() {
    for settled_before in [false, true] {
        moving().mutate(|mc, root| {
            let running = [root.tasks.spawn(Value::NIL).unwrap(), root.tasks.spawn(Value::NIL).unwrap()];
            let _ = (root.tasks.begin().unwrap(), root.tasks.begin().unwrap());
            let deferreds = [0; 3].map(|_| root.tasks.deferred().unwrap());
            let all = root.tasks.join(JoinKind::All, &[running[1]]).unwrap();
            let tasks = [deferreds[0], deferreds[1], deferreds[2], running[0], all, running[1]];
            let mut expected = [""; 6];
            if settled_before {
                expected = outcomes(root, &tasks);
            }
            let after: Vec<_> = (0..6).map(|i| root.tasks.spawn_after(tasks[i], cell(mc, 10 + i as i32))).collect();
            if !settled_before {
                assert!(root.tasks.begin().is_none());
                assert!(after.iter().all(|task| root.tasks.status(task.unwrap()) == Ok(TaskStatus::Waiting)));
                expected = outcomes(root, &tasks);
            }
            let mut turns = 0;
            while let Some(turn) = root.tasks.begin() {
                let index = after.iter().position(|task| *task == Ok(turn.task)).unwrap();
                assert_eq!((number(turn.value), told(&turn.wake).as_str()), (10 + index as i32, expected[index]));
                root.tasks.complete(turn.task, Value::NIL).unwrap();
                turns += 1;
            }
            assert_eq!((turns, root.tasks.unsettled()), (6, 0));
        });
    }
}

#[test]
fn who_is_born_waiting_is_told_in_order_among_all_who_wait() {
    moving().mutate(|mc, root| {
        let deferred = root.tasks.deferred().unwrap();
        let mut order = vec![];
        for _ in 0..3 {
            order.push(root.tasks.spawn_after(deferred, cell(mc, 1)).unwrap());
            let waits = root.tasks.spawn(cell(mc, 2)).unwrap();
            let _ = root.tasks.begin().unwrap();
            assert_eq!(root.tasks.suspend(waits, deferred, cell(mc, 3)), Ok(TurnEnd::Waits));
            order.push(waits);
            let join = root.tasks.join(JoinKind::Race, &[deferred]).unwrap();
            root.tasks.release(join).unwrap();
        }
        root.tasks.settle(deferred, Ok(cell(mc, 4))).unwrap();
        let late = root.tasks.spawn_after(deferred, cell(mc, 5)).unwrap();
        root.tasks.take(deferred).unwrap();
        order.push(late);
        for task in order {
            let turn = root.tasks.begin().unwrap();
            assert!(turn.task == task && told(&turn.wake) == "settled 4");
            root.tasks.complete(task, Value::NIL).unwrap();
            root.tasks.release(task).unwrap();
        }
        assert_eq!((root.tasks.outstanding(), census(mc, root)), (0, vec![]));
    });
}

#[test]
fn the_callable_of_one_that_waits_moves_with_the_heap() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let deferred = root.tasks.deferred().unwrap();
        root.stack.push(deferred.into());
        root.tasks.spawn_after(deferred, cell(mc, 1)).unwrap();
    });
    heap.collect(Collect::Compact).unwrap();
    heap.mutate(|mc, root| {
        assert_eq!(census(mc, root), [1]);
        let deferred = kept(root, 0);
        root.tasks.settle(deferred, Err(cell(mc, 2))).unwrap();
        root.tasks.take(deferred).unwrap();
    });
    heap.collect(Collect::Minor).unwrap();
    heap.collect(Collect::Compact).unwrap();
    heap.mutate(|_, root| {
        let turn = root.tasks.begin().unwrap();
        assert_eq!((number(turn.value), told(&turn.wake)), (1, "failed 2".into()));
    });
}

#[test]
fn one_that_is_cancelled_before_its_first_turn_ends_without_it() {
    for policy in [Policy::Fifo, Policy::Seeded(3)] {
        moving().mutate(|mc, root| {
            root.tasks = TaskScheduler::new(mc).with_policy(policy);
            let deferred = root.tasks.deferred().unwrap();
            let after: Vec<_> = (0..4).map(|i| root.tasks.spawn_after(deferred, cell(mc, i)).unwrap()).collect();
            // While it waits; in the queue; in the queue, and the last that keeps an outcome that was taken.
            assert_eq!(root.tasks.cancel(after[1], "early".into()), Ok(CancelEnd::Ended));
            assert_eq!(census(mc, root), [0, 2, 3]);
            root.tasks.settle(deferred, Ok(cell(mc, 9))).unwrap();
            assert_eq!(root.tasks.cancel(after[0], "late".into()), Ok(CancelEnd::Ended));
            root.tasks.take(deferred).unwrap();
            assert_eq!(census(mc, root), [2, 3, 9]);
            assert_eq!(root.tasks.cancel(after[2], Reason::NONE), Ok(CancelEnd::Ended));
            assert_eq!(root.tasks.cancel(after[3], Reason::NONE), Ok(CancelEnd::Ended));
            assert_eq!(root.tasks.cancel(after[3], Reason::NONE), Ok(CancelEnd::Settled));
            assert_eq!(census(mc, root), [0; 0]);
            assert!(root.tasks.begin().is_none());
            assert_eq!((root.tasks.ready(), root.tasks.unsettled()), (0, 0));
            let outcomes = after.iter().map(|task| show(&root.tasks.outcome(*task).unwrap())).collect::<Vec<_>>();
            assert_eq!(outcomes, ["cancelled late", "cancelled early", "cancelled ", "cancelled "]);
        });
    }
}

#[test]
fn one_that_has_had_its_first_turn_is_told_of_a_cancel_as_any_task() {
    moving().mutate(|mc, root| {
        let deferred = root.tasks.deferred().unwrap();
        let task = root.tasks.spawn_after(deferred, cell(mc, 1)).unwrap();
        root.tasks.settle(deferred, Ok(Value::NIL)).unwrap();
        let _ = root.tasks.begin().unwrap();
        // Waiting, and in the queue with a delivery, as before its first turn.
        let other = root.tasks.deferred().unwrap();
        root.tasks.suspend(task, other, cell(mc, 2)).unwrap();
        root.tasks.settle(other, Ok(Value::NIL)).unwrap();
        assert_eq!(root.tasks.cancel(task, Reason::NONE), Ok(CancelEnd::Told));
        let turn = root.tasks.begin().unwrap();
        assert!(number(turn.value) == 2 && matches!(turn.wake, Wake::Cancelled(_)));
        root.tasks.end_cancelled(task).unwrap();
    });
}

#[test]
fn a_refused_call_makes_nothing_and_tells_nobody() {
    heap().mutate(|mc, root| {
        let deferred = root.tasks.deferred().unwrap();
        let gone = root.tasks.deferred().unwrap();
        root.tasks.cancel(gone, Reason::NONE).unwrap();
        root.tasks.take(gone).unwrap();
        assert_eq!(root.tasks.spawn_after(gone, cell(mc, 1)), Err(TaskError::Stale { task: gone.name() }));
        assert_eq!(root.tasks.settle(gone, Ok(cell(mc, 1))), Err(TaskError::Stale { task: gone.name() }));
        root.tasks.set_limit(1);
        assert_eq!(root.tasks.spawn_after(deferred, cell(mc, 1)), Err(TaskError::Limit { limit: 1 }));
        assert_eq!(root.tasks.deferred(), Err(TaskError::Limit { limit: 1 }));
        root.tasks.set_limit(100);
        let (callable, timer) = (root.tasks.spawn(1.into()).unwrap(), root.tasks.sleep(Duration::ZERO).unwrap());
        let join = root.tasks.join(JoinKind::All, &[deferred]).unwrap();
        let scope = root.tasks.scope(ScopeOptions::default()).unwrap();
        for (task, status) in [
            (callable, TaskStatus::Ready),
            (timer, TaskStatus::Waiting),
            (join, TaskStatus::Waiting),
            (scope, TaskStatus::Waiting),
        ] {
            let refused = TaskError::NotOpen { task: task.name(), status };
            assert_eq!(root.tasks.settle(task, Ok(cell(mc, 1))), Err(refused));
            assert_eq!(root.tasks.status(task), Ok(status));
        }
        assert_eq!(census(mc, root), [0; 0]);
        root.tasks.settle(deferred, Ok(cell(mc, 2))).unwrap();
        for result in [Ok(cell(mc, 3)), Err(cell(mc, 3))] {
            let refused = TaskError::NotOpen { task: deferred.name(), status: TaskStatus::Completed };
            assert_eq!(root.tasks.settle(deferred, result), Err(refused));
        }
        assert_eq!(show(&root.tasks.outcome(deferred).unwrap()), "ok 2");
    });
}

#[test]
fn no_run_loop_waits_for_a_deferred_and_a_deadlock_names_it() {
    let mut heap = moving();
    let (ticket, alone) = heap.mutate(|mc, root| {
        root.tasks = TaskScheduler::new(mc).with_clock(Clock::Virtual);
        let deferred = root.tasks.deferred().unwrap();
        root.stack.push(deferred.into());
        let task = go(mc, root, follow, deferred.into());
        (root.tasks.ticket(task).unwrap(), root.tasks.ticket(deferred).unwrap())
    });
    heap.mutate(|_, root| {
        assert_eq!((root.tasks.open_externals(), root.tasks.unsettled()), (0, 2));
        assert!(root.tasks.dump().to_string().contains("deferred Waiting"));
    });
    assert_eq!(run_until_idle(&mut heap).unwrap().waiting, 2);
    assert!(matches!(poll_once(&mut heap, None), Ok(Slice::Idle(Idle { waiting: 2, .. }))));
    for ticket in [&ticket, &alone] {
        let error = run_until(&mut heap, ticket).unwrap_err();
        let RunError::Deadlock(waits) = &error else { panic!("{error:?}") };
        heap.mutate(|_, root| {
            let deferred = kept(root, 0);
            assert!(waits.iter().any(|pair| pair.task == deferred.name() && pair.awaits.is_none()), "{waits:?}");
            assert!(waits.iter().any(|pair| pair.awaits == Some(deferred.name())), "{waits:?}");
            assert!(error.to_string().contains(&format!("{} is deferred", deferred.name())), "{error}");
        });
    }
    heap.mutate(|mc, root| {
        let deferred = kept(root, 0);
        root.tasks.settle(deferred, Ok(cell(mc, 5))).unwrap();
    });
    run_until(&mut heap, &alone).unwrap();
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 5");
}

#[test]
fn a_cancelled_deferred_ends_at_once_and_is_settled_by_nobody() {
    moving().mutate(|mc, root| {
        let deferred = root.tasks.deferred().unwrap();
        let after = root.tasks.spawn_after(deferred, cell(mc, 1)).unwrap();
        let all = root.tasks.join(JoinKind::All, &[deferred]).unwrap();
        assert_eq!(root.tasks.cancel(deferred, "enough".into()), Ok(CancelEnd::Ended));
        let refused = TaskError::NotOpen { task: deferred.name(), status: TaskStatus::Cancelled };
        assert_eq!(root.tasks.settle(deferred, Ok(cell(mc, 2))), Err(refused));
        assert_eq!(show(&root.tasks.outcome(all).unwrap()), "cancelled enough");
        let turn = root.tasks.begin().unwrap();
        assert_eq!((turn.task, told(&turn.wake)), (after, "awaited cancelled enough".into()));
    });
}

#[test]
fn what_is_in_a_scope_ends_with_it() {
    moving().mutate(|mc, root| {
        let outside = root.tasks.deferred().unwrap();
        let scope = root.tasks.scope(ScopeOptions::default()).unwrap();
        let deferred = root.tasks.deferred().unwrap();
        let after = root.tasks.spawn_after(outside, cell(mc, 1)).unwrap();
        root.tasks.adopt(scope, deferred).unwrap();
        root.tasks.adopt(scope, after).unwrap();
        assert_eq!(root.tasks.cancel(scope, Reason::NONE), Ok(CancelEnd::Ended), "neither has anything to clean up");
        assert_eq!(census(mc, root), [0; 0]);
        assert_eq!(root.tasks.settle(outside, Ok(Value::NIL)), Ok(()));
        assert!(root.tasks.begin().is_none());
    });
}

#[test]
fn who_is_born_waiting_is_part_of_cycles_and_a_deferred_of_none() {
    heap().mutate(|_, root| {
        let (task, deferred) = (root.tasks.spawn(1.into()).unwrap(), root.tasks.deferred().unwrap());
        let _ = root.tasks.begin().unwrap();
        let after = root.tasks.spawn_after(task, 2.into()).unwrap();
        let last = root.tasks.spawn_after(after, 3.into()).unwrap();
        assert_eq!(root.tasks.suspend(task, last, 4.into()), Ok(TurnEnd::Ready));
        let Some(Turn { wake: Wake::Faulted(_, Fault::Deadlock(cycle)), .. }) = root.tasks.begin() else { panic!() };
        assert_eq!(*cycle, [task.name(), last.name(), after.name()]);
        let of_deferred = root.tasks.spawn_after(deferred, 2.into()).unwrap();
        assert_eq!(root.tasks.suspend(task, of_deferred, 4.into()), Ok(TurnEnd::Waits));
    });
}

/// A callable, one that is born waiting, a deferred and an external: released first, then settled.
#[test]
fn who_waits_is_told_by_what_was_released_before_it_settled() {
    let mut heap = moving();
    let completer = heap.mutate(|mc, root| {
        let (external, completer) = root.tasks.external().unwrap();
        let first = root.tasks.deferred().unwrap();
        let tasks = [
            root.tasks.spawn(cell(mc, 0)).unwrap(),
            root.tasks.spawn_after(first, cell(mc, 1)).unwrap(),
            root.tasks.deferred().unwrap(),
            external,
        ];
        for (index, task) in (0..).zip(tasks) {
            let waiters = [task, task].map(|task| root.tasks.spawn_after(task, cell(mc, 10 + index)).unwrap());
            assert_eq!(root.tasks.release(task), Ok(ReleaseEnd::WhenSettled));
            // Those who wait can be released as well.
            assert_eq!(root.tasks.release(waiters[0]), Ok(ReleaseEnd::WhenSettled));
            root.stack.push(waiters[1].into());
        }
        // Nobody waits for this one: it goes as soon as it settles.
        let unheard = root.tasks.deferred().unwrap();
        root.tasks.release(unheard).unwrap();
        root.tasks.settle(unheard, Ok(cell(mc, 99))).unwrap();
        assert_eq!(root.tasks.status(unheard), Err(TaskError::Stale { task: unheard.name() }));

        root.tasks.settle(first, Ok(cell(mc, 20))).unwrap();
        root.tasks.take(first).unwrap();
        root.tasks.settle(tasks[2], Err(cell(mc, 32))).unwrap();
        assert_eq!(root.tasks.status(tasks[2]), Err(TaskError::Stale { task: tasks[2].name() }));
        completer
    });
    completer.complete(33);
    heap.safepoint().unwrap();
    let mut log = vec![];
    for _ in 0..10 {
        heap.mutate(|mc, root| {
            assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
            let turn = root.tasks.begin().unwrap();
            let made = cell(mc, 30 + number(turn.value));
            log.push((number(turn.value), told(&turn.wake)));
            root.tasks.complete(turn.task, made).unwrap();
        });
        heap.safepoint().unwrap();
    }
    log.sort();
    let expected = [
        (0, "First"),
        (1, "settled 20"),
        (10, "settled 30"),
        (10, "settled 30"),
        (11, "settled 31"),
        (11, "settled 31"),
        (12, "failed 32"),
        (12, "failed 32"),
        (13, "settled 33"),
        (13, "settled 33"),
    ];
    assert_eq!(log, expected.map(|(value, told)| (value, told.to_owned())));
    heap.mutate(|mc, root| {
        assert_eq!(root.tasks.outstanding(), 4, "those who waited and were not released");
        for index in 0..4 {
            let waiter = kept(root, index);
            root.tasks.take(waiter).unwrap();
        }
        assert_eq!((root.tasks.outstanding(), census(mc, root)), (0, vec![]));
    });
}

#[test]
fn a_turn_that_ends_as_a_deferred_keeps_who_waits_and_roots_nothing() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let call = root.tasks.spawn(cell(mc, 1)).unwrap();
        let waiters = [10, 11].map(|value| root.tasks.spawn_after(call, cell(mc, value)).unwrap());
        let all = root.tasks.join(JoinKind::All, &[call]).unwrap();
        let turn = root.tasks.begin().unwrap();
        assert_eq!(root.tasks.defer(turn.task), Ok(TurnEnd::Waits));
        assert_eq!(root.tasks.status(call), Ok(TaskStatus::Waiting));
        assert!(matches!(root.tasks.complete(call, Value::NIL), Err(TaskError::NotRunning { .. })));
        assert!(matches!(root.tasks.defer(call), Err(TaskError::NotRunning { .. })));
        assert_eq!(census(mc, root), [10, 11], "its own value is no root any more");
        root.tasks.settle(call, Ok(2.into())).unwrap();
        assert_eq!(root.tasks.is_resolved(all), Ok(true));
        for waiter in waiters {
            let turn = root.tasks.begin().unwrap();
            assert_eq!((turn.task, told(&turn.wake).as_str()), (waiter, "settled 2"));
            root.tasks.complete(waiter, Value::NIL).unwrap();
        }
    });
}

#[test]
fn a_cancelled_turn_does_not_end_as_a_deferred() {
    moving().mutate(|mc, root| {
        let call = root.tasks.spawn(cell(mc, 1)).unwrap();
        let turn = root.tasks.begin().unwrap();
        assert_eq!(root.tasks.cancel(call, "why".into()), Ok(CancelEnd::Told));
        assert_eq!(root.tasks.defer(turn.task), Ok(TurnEnd::Cancelled));
        assert_eq!(root.tasks.status(call), Ok(TaskStatus::Cancelled));
        // One that became a deferred ends at once.
        let other = root.tasks.spawn(cell(mc, 1)).unwrap();
        let turn = root.tasks.begin().unwrap();
        assert_eq!(root.tasks.defer(turn.task), Ok(TurnEnd::Waits));
        assert_eq!(root.tasks.cancel(other, "why".into()), Ok(CancelEnd::Ended));
    });
}

#[test]
fn who_waits_for_a_join_is_told_in_its_place() {
    moving().mutate(|mc, root| {
        let one = root.tasks.deferred().unwrap();
        let before = root.tasks.spawn_after(one, cell(mc, 1)).unwrap();
        let inner = root.tasks.join(JoinKind::All, &[one]).unwrap();
        let outer = root.tasks.join(JoinKind::Race, &[inner]).unwrap();
        let of_outer = root.tasks.spawn_after(outer, cell(mc, 2)).unwrap();
        let of_inner = root.tasks.spawn_after(inner, cell(mc, 3)).unwrap();
        let after = root.tasks.spawn_after(one, cell(mc, 4)).unwrap();
        root.tasks.settle(one, Ok(5.into())).unwrap();
        for expected in [before, of_outer, of_inner, after] {
            let turn = root.tasks.begin().unwrap();
            assert_eq!(turn.task, expected);
            root.tasks.complete(turn.task, Value::NIL).unwrap();
        }
    });
}
