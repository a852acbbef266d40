//! Scopes: nothing that is in one outlives it, to any depth, and none costs memory when it is over.

use mangrove_gc::{Collect, Value};
use mangrove_scheduler::*;

use crate::machine::*;
use crate::owned_joins::{started, told};

fn plain<'gc>(root: &mut Root<'gc>) -> TaskId<'gc> {
    root.tasks.scope(ScopeOptions::default()).unwrap()
}

#[test]
fn a_scope_ends_when_it_is_closed_and_all_its_tasks_have() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let scope = plain(root);
        let first = root.tasks.spawn_in(scope, cell(mc, 1)).unwrap();
        let (external, completer) = root.tasks.external_in(scope).unwrap();
        assert_eq!(root.tasks.members(scope).unwrap().collect::<Vec<_>>(), [first, external]);
        assert_eq!(root.tasks.scope_of(first), Ok(Some(scope)));
        finish(root, cell(mc, 2));
        assert_eq!(root.tasks.scope_of(first), Ok(None));
        completer.complete(3);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert_eq!(root.tasks.status(scope), Ok(TaskStatus::Waiting), "more may come");
        let last = root.tasks.spawn_in(scope, cell(mc, 4)).unwrap();
        root.tasks.close_scope(scope).unwrap();
        let sibling = root.tasks.spawn_in(scope, cell(mc, 5)).unwrap();
        finish(root, Value::NIL);
        assert_eq!(root.tasks.is_resolved(last), Ok(true));
        assert_eq!(root.tasks.is_resolved(scope), Ok(false));
        finish(root, Value::NIL);
        assert_eq!(show(&root.tasks.outcome(scope).unwrap()), "ok nil");
        assert!(root.tasks.seq(sibling).unwrap() < root.tasks.seq(scope).unwrap());
        assert_eq!(census(mc, root), [2]);
        let late = root.tasks.spawn_in(scope, cell(mc, 6)).unwrap();
        assert_eq!(root.tasks.outcome(late).map(|outcome| show(&outcome)).unwrap(), "cancelled its scope had ended");
    });
}

#[test]
fn a_task_that_fails_cancels_its_siblings_and_fails_the_scope() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let scope = plain(root);
        let siblings = started(mc, root, 2);
        for &task in &siblings {
            root.tasks.adopt(scope, task).unwrap();
        }
        let failing = root.tasks.spawn_in(scope, cell(mc, 1)).unwrap();
        let unstarted = root.tasks.spawn_in(scope, cell(mc, 2)).unwrap();
        let (external, completer) = root.tasks.external_in(scope).unwrap();
        fail(root, cell(mc, 3));
        root.tasks.release(failing).unwrap();
        assert_eq!(root.tasks.status(unstarted), Ok(TaskStatus::Cancelled));
        assert_eq!(root.tasks.status(external), Ok(TaskStatus::Cancelled));
        assert!(completer.is_closed());
        let born = root.tasks.spawn_in(scope, cell(mc, 4)).unwrap();
        assert_eq!(root.tasks.status(born), Ok(TaskStatus::Cancelled));
        for &task in &siblings {
            assert_eq!(root.tasks.is_resolved(scope), Ok(false));
            let (told, reason) = told(root);
            assert_eq!((told, reason), (task, Reason::SIBLING_FAILED));
            // A failure in the cleanup is the sibling's own: the scope failed before.
            root.tasks.fail(task, cell(mc, 5)).unwrap();
            root.tasks.release(task).unwrap();
        }
        assert_eq!(show(&root.tasks.outcome(scope).unwrap()), "err 3", "closed or not: nothing can come");
        assert_eq!(census(mc, root), [3]);
    });
}

#[test]
fn an_abandoned_external_fails_its_scope_and_a_cancelled_task_does_not() {
    heap().mutate(|mc, root| {
        let scope = plain(root);
        let task = root.tasks.spawn_in(scope, Value::NIL).unwrap();
        let (_, completer) = root.tasks.external_in(scope).unwrap();
        root.tasks.cancel(task, Reason::NONE).unwrap();
        assert_eq!(root.tasks.status(scope), Ok(TaskStatus::Waiting));
        drop(completer);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert_eq!(root.tasks.status(scope), Ok(TaskStatus::Abandoned));
    });
}

#[test]
fn a_supervising_scope_lets_the_others_go_on() {
    moving().mutate(|mc, root| {
        let scope = root.tasks.scope(ScopeOptions { supervise: true, ..Default::default() }).unwrap();
        let tasks: Vec<_> = (0..3).map(|number| root.tasks.spawn_in(scope, cell(mc, number)).unwrap()).collect();
        root.tasks.close_scope(scope).unwrap();
        fail(root, cell(mc, 10));
        finish(root, cell(mc, 11));
        assert_eq!(root.tasks.status(tasks[2]), Ok(TaskStatus::Ready));
        fail(root, cell(mc, 12));
        assert_eq!(show(&root.tasks.outcome(scope).unwrap()), "ok nil");
        assert_eq!(show(&root.tasks.outcome(tasks[0]).unwrap()), "err 10");
        assert_eq!(census(mc, root), [10, 11, 12]);
    });
}

#[test]
fn a_cancelled_scope_cancels_all_that_is_in_it_and_what_comes_is_born_cancelled() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let scope = plain(root);
        let inner = root.tasks.scope_in(scope, ScopeOptions::default()).unwrap();
        let tasks = started(mc, root, 2);
        root.tasks.adopt(scope, tasks[0]).unwrap();
        root.tasks.adopt(inner, tasks[1]).unwrap();
        let unstarted = root.tasks.spawn_in(inner, cell(mc, 9)).unwrap();
        assert_eq!(root.tasks.cancel(scope, "enough".into()), Ok(CancelEnd::Told));
        assert_eq!(root.tasks.status(unstarted), Ok(TaskStatus::Cancelled));
        assert_eq!(census(mc, root), [100, 101]);
        let born = root.tasks.spawn_in(inner, cell(mc, 8)).unwrap();
        assert_eq!(show(&root.tasks.outcome(born).unwrap()), "cancelled enough");
        assert_eq!(census(mc, root), [100, 101], "its callable was never stored");
        let (external, completer) = root.tasks.external_in(scope).unwrap();
        assert!(completer.is_closed() && root.tasks.is_resolved(external) == Ok(true));
        let join = root.tasks.join_in(scope, JoinKind::All, &[tasks[0]]).unwrap();
        assert_eq!(root.tasks.status(join), Ok(TaskStatus::Cancelling), "it owns a task that has not ended");
        let nested = root.tasks.scope_in(inner, ScopeOptions::default()).unwrap();
        assert_eq!(root.tasks.status(nested), Ok(TaskStatus::Cancelled));
        for task in tasks {
            let (told, reason) = told(root);
            assert_eq!((told, reason.text()), (task, "enough"));
            root.tasks.end_cancelled(task).unwrap();
        }
        for task in [scope, inner, join] {
            assert_eq!(show(&root.tasks.outcome(task).unwrap()), "cancelled enough");
        }
        assert!(root.tasks.seq(inner).unwrap() < root.tasks.seq(scope).unwrap());
    });
}

#[test]
fn an_empty_scope_ends_at_once_when_it_is_closed_or_cancelled() {
    heap().mutate(|_, root| {
        let (closed, cancelled) = (plain(root), plain(root));
        root.tasks.close_scope(closed).unwrap();
        root.tasks.close_scope(closed).unwrap();
        assert_eq!(root.tasks.status(closed), Ok(TaskStatus::Completed));
        assert_eq!(root.tasks.cancel(cancelled, Reason::NONE), Ok(CancelEnd::Ended));
        assert_eq!(root.tasks.cancel(closed, Reason::NONE), Ok(CancelEnd::Settled));
    });
}

#[test]
fn scopes_nest_as_deep_as_wanted() {
    heap().mutate(|mc, root| {
        let outermost = plain(root);
        let mut scope = outermost;
        for _ in 0..100_000 {
            let inner = root.tasks.scope_in(scope, ScopeOptions::default()).unwrap();
            root.tasks.close_scope(scope).unwrap();
            scope = inner;
        }
        let task = started(mc, root, 1)[0];
        root.tasks.adopt(scope, task).unwrap();
        assert_eq!(root.tasks.cancel(outermost, "all".into()), Ok(CancelEnd::Told));
        assert_eq!(told(root).1.text(), "all");
        // Its failure goes all the way up, a scope at a time.
        root.tasks.fail(task, cell(mc, 1)).unwrap();
        assert_eq!(show(&root.tasks.outcome(outermost).unwrap()), "err 1");
        assert_eq!(root.tasks.unsettled(), 1, "the external");
    });
}

#[test]
fn what_a_scope_cannot_hold_is_refused_and_nothing_changed() {
    heap().mutate(|mc, root| {
        let outer = plain(root);
        let inner = root.tasks.scope_in(outer, ScopeOptions::default()).unwrap();
        let task = root.tasks.spawn_in(inner, Value::NIL).unwrap();
        let other = root.tasks.spawn(Value::NIL).unwrap();
        let before = root.tasks.outstanding();
        assert_eq!(root.tasks.spawn_in(task, Value::NIL), Err(TaskError::NotAScope { task: task.name() }));
        assert_eq!(root.tasks.scope_in(task, ScopeOptions::default()), Err(TaskError::NotAScope { task: task.name() }));
        assert_eq!(root.tasks.external_in(other).err(), Some(TaskError::NotAScope { task: other.name() }));
        assert_eq!(root.tasks.adopt(outer, task), Err(TaskError::InScope { task: task.name() }));
        assert_eq!(root.tasks.adopt(inner, outer), Err(TaskError::Cycle { task: outer.name() }));
        assert_eq!(root.tasks.adopt(outer, outer), Err(TaskError::Cycle { task: outer.name() }));
        // A task that awaits the scope, through a join.
        let _ = root.tasks.begin().unwrap();
        let _ = root.tasks.begin().unwrap();
        let join = root.tasks.join(JoinKind::All, &[outer]).unwrap();
        root.tasks.suspend(other, join, Value::NIL).unwrap();
        assert_eq!(root.tasks.adopt(inner, other), Err(TaskError::Cycle { task: other.name() }));
        let name = root.tasks.join_in(inner, JoinKind::AllSettled, &[other]).unwrap_err();
        assert!(matches!(name, TaskError::Cycle { .. }));
        assert_eq!(root.tasks.outstanding(), before + 1);
        // And a task of the scope that awaits it is told.
        assert_eq!(root.tasks.suspend(task, outer, Value::NIL), Ok(TurnEnd::Ready));
        let turn = root.tasks.begin().unwrap();
        let Wake::Faulted(_, Fault::Deadlock(cycle)) = turn.wake else { panic!("{:?}", turn.wake) };
        assert_eq!(*cycle, [task.name(), outer.name(), inner.name()]);
        root.tasks.complete(task, Value::NIL).unwrap();
        for scope in [inner, outer] {
            root.tasks.close_scope(scope).unwrap();
        }
        assert!(matches!(root.tasks.begin().unwrap().wake, Wake::Joined(_)));
        assert_eq!(census(mc, root), [0i32; 0]);
    });
}

#[test]
fn a_join_of_a_scope_owns_its_tasks() {
    moving().mutate(|mc, root| {
        let scope = plain(root);
        let loser = started(mc, root, 1)[0];
        let quick = root.tasks.spawn(cell(mc, 1)).unwrap();
        let race = root.tasks.join_in(scope, JoinKind::Race, &[loser, quick]).unwrap();
        root.tasks.close_scope(scope).unwrap();
        finish(root, cell(mc, 2));
        assert_eq!(root.tasks.is_resolved(scope), Ok(false));
        let (task, _) = told(root);
        root.tasks.end_cancelled(task).unwrap();
        assert_eq!(show(&root.tasks.outcome(race).unwrap()), "ok 2");
        assert_eq!(show(&root.tasks.outcome(scope).unwrap()), "ok nil");
    });
}

/// A server that spawns for ever, a few at a time: what the table holds must not grow.
fn serve(rounds: usize) {
    let mut heap = heap();
    heap.mutate(|_, root| {
        let scope = root.tasks.scope(ScopeOptions { discard: true, supervise: true, grace: None }).unwrap();
        root.stack.push(scope.into());
    });
    let (mut least, mut most) = (usize::MAX, 0);
    for round in 0..rounds / 8 {
        heap.mutate(|_, root| {
            let scope = kept(root, 0);
            for number in 0..8 {
                root.tasks.spawn_in(scope, Value::int(number)).unwrap();
            }
            for number in 0..8 {
                let turn = root.tasks.begin().unwrap();
                match number % 3 {
                    0 => drop(root.tasks.fail(turn.task, Value::int(1)).unwrap()),
                    1 => drop(root.tasks.end_cancelled(turn.task).unwrap()),
                    _ => drop(root.tasks.complete(turn.task, Value::int(2)).unwrap()),
                }
            }
            assert_eq!(root.tasks.outstanding(), 1);
            if round > 2 {
                least = least.min(root.tasks.table_bytes());
                most = most.max(root.tasks.table_bytes());
            }
        });
    }
    assert_eq!(least, most, "the table is flat");
    heap.mutate(|_, root| {
        let scope = kept(root, 0);
        root.tasks.close_scope(scope).unwrap();
        assert_eq!(root.tasks.take(scope).unwrap().status(), TaskStatus::Completed);
    });
}

#[test]
fn a_server_that_spawns_for_ever_holds_only_what_runs() {
    serve(20_000);
}

#[test]
#[ignore = "a million tasks"]
fn a_server_that_spawns_a_million_holds_only_what_runs() {
    let start = std::time::Instant::now();
    serve(1_000_000);
    println!("spawn in a discarding scope, to the end: {:.0} ns", start.elapsed().as_nanos() as f64 / 1e6);
}

#[test]
fn a_discarding_scope_delivers_its_results_to_who_awaits_them() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let scope = root.tasks.scope(ScopeOptions { discard: true, ..Default::default() }).unwrap();
        let task = root.tasks.spawn_in(scope, frame(mc, give, cell(mc, 1), Value::NIL)).unwrap();
        let parent = go(mc, root, follow, task.into());
        root.tasks.close_scope(scope).unwrap();
        root.stack.push(task.into());
        // So that the parent is first.
        root.tasks.ticket(parent).unwrap()
    });
    heap.mutate(|mc, root| {
        let child = root.tasks.begin().unwrap();
        let parent = root.tasks.begin().unwrap();
        let Step::Await(awaited, continuation) = Machine::resume(mc, root, parent.clone()) else { panic!() };
        root.tasks.suspend(parent.task, awaited, continuation).unwrap();
        root.tasks.complete(child.task, cell(mc, 7)).unwrap();
        let task = kept(root, 0);
        assert!(matches!(root.tasks.status(task), Err(TaskError::Stale { .. })));
    });
    heap.collect(Collect::Compact).unwrap();
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 7");
}

#[test]
fn an_owning_join_and_a_scope_cannot_hold_each_other() {
    heap().mutate(|_, root| {
        let scope = plain(root);
        let settled = root.tasks.spawn(Value::NIL).unwrap();
        finish(root, Value::NIL);
        // Decided at once; it would await the end of the scope that awaits its end.
        let race = root.tasks.join_in(scope, JoinKind::Race, &[settled, scope]);
        assert!(matches!(race, Err(TaskError::Cycle { .. })));
        let other = root.tasks.spawn(Value::NIL).unwrap();
        let race = root.tasks.join_with(JoinKind::Race, &[other, scope], JoinOptions::OWN).unwrap();
        assert_eq!(root.tasks.adopt(scope, race), Err(TaskError::Cycle { task: race.name() }));
        // Borrowed, the other can still decide it.
        let race = root.tasks.join(JoinKind::Race, &[other, scope]).unwrap();
        assert_eq!(root.tasks.adopt(scope, race), Ok(()));
        root.tasks.close_scope(scope).unwrap();
        finish(root, Value::NIL);
        assert_eq!(root.tasks.unsettled(), 0);
    });
}

#[test]
fn a_released_scope_may_end_by_the_very_join_that_is_made_in_it() {
    heap().mutate(|_, root| {
        let failed = root.tasks.spawn(Value::NIL).unwrap();
        fail(root, Value::NIL);
        let scope = plain(root);
        root.tasks.release(scope).unwrap();
        let join = root.tasks.join_in(scope, JoinKind::All, &[failed]).unwrap();
        assert_eq!(root.tasks.status(join), Ok(TaskStatus::Failed));
        assert!(matches!(root.tasks.status(scope), Err(TaskError::Stale { .. })));
    });
}

/// A join that is born cancelled in a scope that has ended detaches its losers all the same.
#[test]
fn a_join_in_an_ended_scope_has_its_grace() {
    use std::time::Duration;
    let mut heap = heap();
    heap.mutate(|mc, root| {
        root.tasks = TaskScheduler::new(mc).with_clock(Clock::Virtual);
        let running = root.tasks.spawn(cell(mc, 1)).unwrap();
        assert_eq!(root.tasks.begin().unwrap().task, running);
        let grace = Some(Duration::from_nanos(5));
        let scope = root.tasks.scope(ScopeOptions { grace, ..ScopeOptions::default() }).unwrap();
        root.tasks.cancel(scope, "over".into()).unwrap();
        assert_eq!(root.tasks.is_resolved(scope), Ok(true));
        let join = root.tasks.join_in(scope, JoinKind::All, &[running]).unwrap();
        assert_eq!(root.tasks.status(join), Ok(TaskStatus::Cancelling));
        root.tasks.advance(Duration::from_nanos(10));
        root.tasks.poll_timers();
        assert_eq!(root.tasks.status(join), Ok(TaskStatus::Cancelled));
        assert_eq!(root.tasks.is_detached(running), Ok(true));
    });
}
