//! Shields and graces: a cleanup has its time, and not longer.

use core::time::Duration;

use mangrove_gc::{Heap, HeapConfig, Value, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;
use crate::owned_joins::{started, told};

const MS: Duration = Duration::from_millis(1);

/// A heap in which everything moves, with a time of its own.
fn timed() -> Heap<Machine> {
    let config = HeapConfig::from_env().with_zeal(Zeal::moving(1));
    let mut heap = heap_of(config);
    heap.mutate(|mc, root| root.tasks = TaskScheduler::new(mc).with_clock(Clock::Virtual));
    heap
}

fn pass(root: &mut Root<'_>, time: Duration) {
    assert!(root.tasks.advance(time));
    root.tasks.poll_timers();
}

fn run<'gc>(root: &mut Root<'gc>, value: Value<'gc>) -> TaskId<'gc> {
    let task = root.tasks.spawn(value).unwrap();
    assert_eq!(root.tasks.begin().unwrap().task, task);
    task
}

#[test]
fn a_cancel_in_a_shield_is_told_when_the_shield_ends() {
    timed().mutate(|mc, root| {
        let task = run(root, cell(mc, 1));
        let (external, completer) = root.tasks.external().unwrap();
        root.tasks.begin_shield(task, 10 * MS).unwrap();
        assert_eq!(root.tasks.is_shielded(task), Ok(true));
        root.tasks.suspend(task, external, cell(mc, 2)).unwrap();
        assert_eq!(root.tasks.cancel(task, "now".into()), Ok(CancelEnd::Told));
        assert_eq!(root.tasks.status(task), Ok(TaskStatus::Cancelling));
        assert!(root.tasks.begin().is_none(), "its cleanup goes on");
        completer.complete(7);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        let turn = root.tasks.begin().unwrap();
        assert!(matches!(turn.wake, Wake::Settled(value) if number(value) == 7));
        // It may await again, yield too.
        assert_eq!(root.tasks.yield_now(task, cell(mc, 3)), Ok(TurnEnd::Ready));
        assert!(matches!(root.tasks.begin().unwrap().wake, Wake::Yielded));
        root.tasks.end_shield(task).unwrap();
        assert_eq!(root.tasks.end_shield(task), Err(TaskError::NotShielded { task: task.name() }));
        assert_eq!(root.tasks.open_timers(), 0);
        assert_eq!(root.tasks.suspend(task, external, cell(mc, 4)), Ok(TurnEnd::Ready));
        assert_eq!(told(root).1.text(), "now");
        assert_eq!(root.tasks.complete(task, cell(mc, 5)), Ok(TurnEnd::Cancelled), "no success unnoticed");
        assert_eq!(census(mc, root), [0i32; 0]);
    });
}

#[test]
fn a_shield_that_has_passed_is_none_in_the_middle_of_an_await() {
    timed().mutate(|mc, root| {
        let (external, completer) = root.tasks.external().unwrap();
        let task = run(root, cell(mc, 1));
        root.tasks.begin_shield(task, 10 * MS).unwrap();
        root.tasks.suspend(task, external, cell(mc, 2)).unwrap();
        root.tasks.cancel(task, Reason::NONE).unwrap();
        pass(root, 9 * MS);
        assert!(root.tasks.begin().is_none());
        pass(root, MS);
        assert_eq!(root.tasks.is_shielded(task), Ok(false));
        assert_eq!(told(root).0, task);
        // Each later await is told again.
        root.tasks.suspend(task, external, cell(mc, 3)).unwrap();
        assert_eq!(told(root).0, task);
        root.tasks.end_cancelled(task).unwrap();
        assert_eq!((root.tasks.open_timers(), census(mc, root).len()), (0, 0));
        drop(completer);
    });
}

#[test]
fn a_delivery_that_waits_when_the_shield_passes_gives_way_to_the_cancel() {
    timed().mutate(|mc, root| {
        let (external, completer) = root.tasks.external().unwrap();
        let task = run(root, cell(mc, 1));
        root.tasks.begin_shield(task, 10 * MS).unwrap();
        root.tasks.suspend(task, external, cell(mc, 2)).unwrap();
        root.tasks.cancel(task, Reason::NONE).unwrap();
        completer.complete_with(|mc| Ok(cell(mc, 3)));
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        root.tasks.take(external).unwrap();
        assert_eq!(census(mc, root), [2, 3]);
        pass(root, 10 * MS);
        assert_eq!(census(mc, root), [2]);
        assert_eq!(told(root).0, task);
    });
}

#[test]
fn a_shield_without_a_cancel_costs_no_deadline_and_shields_nest() {
    timed().mutate(|mc, root| {
        let task = run(root, cell(mc, 1));
        root.tasks.begin_shield(task, 10 * MS).unwrap();
        root.tasks.begin_shield(task, 5 * MS).unwrap();
        assert_eq!(root.tasks.open_timers(), 0);
        pass(root, 7 * MS);
        assert_eq!(root.tasks.cancel(task, Reason::NONE), Ok(CancelEnd::Told));
        assert_eq!((root.tasks.is_shielded(task), root.tasks.open_timers()), (Ok(true), 1));
        root.tasks.end_shield(task).unwrap();
        assert_eq!((root.tasks.is_shielded(task), root.tasks.open_timers()), (Ok(true), 1));
        pass(root, 3 * MS);
        root.tasks.yield_now(task, cell(mc, 2)).unwrap();
        assert_eq!(told(root).0, task);
        // A shield begun by a cancelled task, for its cleanup.
        let until = root.tasks.now() + 5 * MS;
        root.tasks.begin_shield(task, until).unwrap();
        root.tasks.yield_now(task, cell(mc, 3)).unwrap();
        assert!(matches!(root.tasks.begin().unwrap().wake, Wake::Yielded));
        root.tasks.end_cancelled(task).unwrap();
        assert_eq!(root.tasks.open_timers(), 0, "the deadline goes with the task");
        assert_eq!(root.tasks.begin_shield(task, until).map_err(|_| ()), Err(()));
    });
}

#[test]
fn a_passed_shield_does_not_hold_a_later_cancel_up() {
    timed().mutate(|mc, root| {
        let (external, _completer) = root.tasks.external().unwrap();
        let task = run(root, cell(mc, 1));
        root.tasks.begin_shield(task, 5 * MS).unwrap();
        root.tasks.suspend(task, external, cell(mc, 2)).unwrap();
        pass(root, 5 * MS);
        assert_eq!(root.tasks.cancel(task, Reason::NONE), Ok(CancelEnd::Told));
        assert_eq!(told(root).0, task);
    });
}

#[test]
fn a_loser_that_takes_longer_than_its_grace_is_detached_and_rooted_until_it_stops() {
    for kind in [JoinKind::Race, JoinKind::All] {
        timed().mutate(|mc, root| {
            let losers = started(mc, root, 2);
            let quick = run(root, Value::NIL);
            let options = JoinOptions::OWN.with_grace(10 * MS);
            let join = root.tasks.join_with(kind, &[losers[0], quick, losers[1]], options).unwrap();
            root.tasks.fail(quick, cell(mc, 50)).unwrap();
            root.tasks.release(quick).unwrap();
            let (first, _) = told(root);
            root.tasks.end_cancelled(first).unwrap();
            pass(root, 9 * MS);
            assert_eq!((root.tasks.is_resolved(join), root.tasks.detached().len()), (Ok(false), 0));
            pass(root, MS);
            assert_eq!(show(&root.tasks.outcome(join).unwrap()), "err 50");
            assert_eq!(root.tasks.detached().collect::<Vec<_>>(), [losers[1]]);
            assert_eq!(root.tasks.is_detached(losers[1]), Ok(true));
            assert_eq!(root.tasks.is_detached(losers[0]), Ok(false));
            assert_eq!(census(mc, root), [101, 50, 50], "a root until it stops");
            let (late, _) = told(root);
            assert_eq!(root.tasks.complete(late, cell(mc, 51)), Ok(TurnEnd::Cancelled));
            assert_eq!((root.tasks.detached().len(), root.tasks.detached_total()), (0, 1));
            assert_eq!(census(mc, root), [50, 50]);
            assert_eq!(root.tasks.open_timers(), 0);
        });
    }
}

#[test]
fn a_scope_ends_without_those_that_take_longer_than_its_grace() {
    timed().mutate(|mc, root| {
        let scope = root.tasks.scope(ScopeOptions { grace: Some(5 * MS), ..Default::default() }).unwrap();
        let inner = root.tasks.scope_in(scope, ScopeOptions::default()).unwrap();
        let tasks = started(mc, root, 2);
        root.tasks.adopt(scope, tasks[0]).unwrap();
        root.tasks.adopt(inner, tasks[1]).unwrap();
        root.tasks.cancel(scope, "shut down".into()).unwrap();
        pass(root, 5 * MS);
        assert_eq!(root.tasks.status(scope), Ok(TaskStatus::Cancelled));
        assert_eq!(root.tasks.status(inner), Ok(TaskStatus::Cancelling), "detached with what is in it");
        let mut detached: Vec<_> = root.tasks.detached().map(|task| task.name()).collect();
        detached.sort();
        assert_eq!(detached, [inner.name(), tasks[0].name()]);
        for task in tasks {
            assert_eq!(told(root).0, task);
            root.tasks.end_cancelled(task).unwrap();
        }
        assert_eq!(root.tasks.status(inner), Ok(TaskStatus::Cancelled));
        assert_eq!((root.tasks.detached().len(), root.tasks.detached_total()), (0, 2));
        root.tasks.release(scope).unwrap();
        root.tasks.release(inner).unwrap();
    });
}

#[test]
fn a_grace_that_is_not_used_up_leaves_no_deadline() {
    timed().mutate(|mc, root| {
        for _ in 0..1000 {
            let options = ScopeOptions { grace: Some(1000 * MS), ..Default::default() };
            let scope = root.tasks.scope(options).unwrap();
            let task = started(mc, root, 1)[0];
            root.tasks.adopt(scope, task).unwrap();
            root.tasks.cancel(scope, Reason::NONE).unwrap();
            assert_eq!(root.tasks.open_timers(), 1);
            let _ = told(root);
            root.tasks.end_cancelled(task).unwrap();
            assert_eq!(root.tasks.open_timers(), 0);
            root.tasks.release(scope).unwrap();
            root.tasks.release(task).unwrap();
        }
        assert_eq!(root.tasks.outstanding(), 1000, "the externals");
    });
}

#[test]
fn a_late_task_that_a_timeout_owns_is_cancelled_and_its_end_awaited() {
    timed().mutate(|mc, root| {
        let task = started(mc, root, 1)[0];
        let timeout = root.tasks.timeout_with(task, 5 * MS, JoinOptions::OWN).unwrap();
        pass(root, 5 * MS);
        assert_eq!(root.tasks.is_resolved(timeout), Ok(false));
        let (late, _) = told(root);
        root.tasks.end_cancelled(late).unwrap();
        assert_eq!(show(&root.tasks.outcome(timeout).unwrap()), "TimedOut");
        // In time: the timer is what loses.
        let task = run(root, Value::NIL);
        let timeout = root.tasks.timeout_with(task, 5 * MS, JoinOptions::OWN).unwrap();
        root.tasks.complete(task, cell(mc, 1)).unwrap();
        assert_eq!(show(&root.tasks.outcome(timeout).unwrap()), "ok 1");
        assert_eq!(root.tasks.open_timers(), 0);
    });
}

#[test]
fn timers_in_a_scope_end_with_it() {
    timed().mutate(|_, root| {
        let scope = root.tasks.scope(ScopeOptions::default()).unwrap();
        let timers = [1, 2].map(|number| root.tasks.sleep(number * MS).unwrap());
        for timer in timers {
            root.tasks.adopt(scope, timer).unwrap();
        }
        root.tasks.close_scope(scope).unwrap();
        pass(root, MS);
        assert_eq!(root.tasks.status(timers[0]), Ok(TaskStatus::Completed));
        assert_eq!(root.tasks.cancel(scope, Reason::NONE), Ok(CancelEnd::Ended));
        assert_eq!(root.tasks.status(timers[1]), Ok(TaskStatus::Cancelled));
        assert_eq!(root.tasks.open_timers(), 0);
    });
}
