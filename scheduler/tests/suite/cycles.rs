//! Awaits that would never end.

use mangrove_gc::{Mutation, Value};
use mangrove_scheduler::*;

use crate::machine::*;

/// Begins every task in the queue and gives their ids.
fn begin_all<'gc>(root: &mut Root<'gc>) -> Vec<TaskId<'gc>> {
    std::iter::from_fn(|| root.tasks.begin().map(|turn| turn.task)).collect()
}

fn spawn<'gc>(root: &mut Root<'gc>, count: usize) -> Vec<TaskId<'gc>> {
    for _ in 0..count {
        root.tasks.spawn(Value::NIL).unwrap();
    }
    begin_all(root)
}

/// The cycle that the next turn is told of.
fn told<'gc>(root: &mut Root<'gc>, task: TaskId<'gc>) -> Vec<TaskName> {
    let turn = root.tasks.begin().unwrap();
    assert_eq!(turn.task, task);
    match turn.wake {
        Wake::Faulted(_, Fault::Deadlock(cycle)) => cycle.to_vec(),
        other => panic!("resumed by {other:?}"),
    }
}

#[test]
fn a_task_that_awaits_itself_is_told() {
    heap().mutate(|_, root| {
        let task = spawn(root, 1)[0];
        assert_eq!(root.tasks.suspend(task, task, Value::NIL), Ok(TurnEnd::Ready));
        assert_eq!(told(root, task), [task.name()]);
    });
}

#[test]
fn a_cycle_of_awaits_is_told_with_its_tasks_in_order() {
    heap().mutate(|_, root| {
        let tasks = spawn(root, 5);
        for pair in tasks.windows(2) {
            assert_eq!(root.tasks.suspend(pair[0], pair[1], Value::NIL), Ok(TurnEnd::Waits));
        }
        assert_eq!(root.tasks.suspend(tasks[4], tasks[2], Value::NIL), Ok(TurnEnd::Ready));
        let names: Vec<_> = [4, 2, 3].map(|index: usize| tasks[index].name()).into();
        assert_eq!(told(root, tasks[4]), names);
        // The task may go on, and the others get their result.
        root.tasks.complete(tasks[4], Value::NIL).unwrap();
        for index in (0..4).rev() {
            let turn = root.tasks.begin().unwrap();
            assert_eq!(turn.task, tasks[index]);
            root.tasks.complete(turn.task, Value::NIL).unwrap();
        }
        assert_eq!(root.tasks.unsettled(), 0);
    });
}

/// A task that awaits a join of itself and, if told so, of something that can settle.
fn through_join<'gc>(root: &mut Root<'gc>, kind: JoinKind, with_other: bool) -> (TaskId<'gc>, TurnEnd) {
    let task = spawn(root, 1)[0];
    let mut tasks = vec![task];
    if with_other {
        tasks.push(root.tasks.spawn(Value::NIL).unwrap());
    }
    let inner = root.tasks.join(kind, &tasks).unwrap();
    let outer = root.tasks.join(JoinKind::All, &[inner]).unwrap();
    (task, root.tasks.suspend(task, outer, Value::NIL).unwrap())
}

#[test]
fn a_cycle_through_joins_is_refused_by_their_kinds() {
    heap().mutate(|_, root| {
        for kind in [JoinKind::All, JoinKind::AllSettled] {
            for with_other in [false, true] {
                let (task, end) = through_join(root, kind, with_other);
                assert_eq!(end, TurnEnd::Ready, "{kind:?}");
                if with_other {
                    let other = root.tasks.begin().unwrap();
                    root.tasks.complete(other.task, Value::NIL).unwrap();
                }
                assert_eq!(told(root, task).len(), 3);
            }
        }
        for kind in [JoinKind::Race, JoinKind::Any] {
            let (task, end) = through_join(root, kind, false);
            assert_eq!(end, TurnEnd::Ready, "every candidate is on the cycle");
            assert_eq!(told(root, task).len(), 3);
            let (_, end) = through_join(root, kind, true);
            assert_eq!(end, TurnEnd::Waits, "another can win");
            while let Some(turn) = root.tasks.begin() {
                root.tasks.complete(turn.task, Value::NIL).unwrap();
            }
        }
    });
}

#[test]
fn a_race_whose_last_hope_closes_the_cycle_is_refused_then() {
    heap().mutate(|_, root| {
        let tasks = spawn(root, 2);
        let race = root.tasks.join(JoinKind::Race, &tasks).unwrap();
        assert_eq!(root.tasks.suspend(tasks[0], race, Value::NIL), Ok(TurnEnd::Waits));
        assert_eq!(root.tasks.suspend(tasks[1], tasks[0], Value::NIL), Ok(TurnEnd::Ready));
        let cycle = told(root, tasks[1]);
        assert_eq!(cycle, [tasks[1].name(), tasks[0].name(), race.name()]);
    });
}

#[test]
fn many_paths_to_one_task_are_no_cycle_and_cost_one_walk() {
    heap().mutate(|_, root| {
        let tasks = spawn(root, 3);
        let bottom = root.tasks.spawn(Value::NIL).unwrap();
        // Each layer awaits the one below twice: 2^60 paths.
        let mut layer = bottom;
        for _ in 0..60 {
            layer = root.tasks.join(JoinKind::All, &[layer, layer]).unwrap();
        }
        // Somebody awaits the first, so that the walk is made.
        assert_eq!(root.tasks.suspend(tasks[1], tasks[0], Value::NIL), Ok(TurnEnd::Waits));
        assert_eq!(root.tasks.suspend(tasks[0], layer, Value::NIL), Ok(TurnEnd::Waits));
        let turn = root.tasks.begin().unwrap();
        assert_eq!(turn.task, bottom);
        root.tasks.complete(bottom, Value::NIL).unwrap();
        assert_eq!(root.tasks.begin().unwrap().task, tasks[0]);
    });
}

#[test]
fn what_can_never_settle_is_reported_with_who_awaits_what() {
    fn wait_kept<'gc>(
        _: &Mutation<'gc>,
        root: &mut Root<'gc>,
        turn: Turn<'gc>,
        _: mangrove_gc::Gc<'gc, Frame<'gc>>,
    ) -> Step<'gc> {
        Step::Await(kept(root, 0), turn.value)
    }
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        // Running outside of the loop, and never ended.
        let lost = root.tasks.spawn(Value::NIL).unwrap();
        let _ = root.tasks.begin().unwrap();
        root.stack.push(lost.into());
        let task = go(mc, root, wait_kept, Value::NIL);
        let join = root.tasks.join(JoinKind::All, &[task]).unwrap();
        root.tasks.ticket(join).unwrap()
    });
    let error = run_until(&mut heap, &ticket).unwrap_err();
    let RunError::Deadlock(waits) = &error else { panic!("{error:?}") };
    assert_eq!(waits.len(), 2);
    assert!(waits.iter().any(|pair| waits.iter().any(|other| pair.awaits == Some(other.task))), "a chain");
    assert!(error.to_string().contains(" awaits task "));
    // Ending the lost task is enough to go on.
    heap.mutate(|_, root| {
        let lost = kept(root, 0);
        root.tasks.complete(lost, Value::NIL).unwrap();
        let join = root.tasks.task(&ticket).unwrap();
        root.tasks.cancel(join, Reason::NONE).unwrap();
    });
    run_until(&mut heap, &ticket).unwrap();
}

#[test]
fn a_last_candidate_that_awaits_its_own_join_fails_it_with_the_cycle() {
    for options in [JoinOptions::BORROW, JoinOptions::OWN] {
        heap().mutate(|_, root| {
            let tasks = spawn(root, 3);
            let any = root.tasks.join_with(JoinKind::Any, &tasks, options).unwrap();
            let outer = root.tasks.join(JoinKind::All, &[any]).unwrap();
            assert_eq!(root.tasks.suspend(tasks[1], outer, Value::NIL), Ok(TurnEnd::Waits), "another can win");
            root.tasks.fail(tasks[0], Value::NIL).unwrap();
            assert_eq!(root.tasks.is_resolved(any), Ok(false));
            root.tasks.fail(tasks[2], Value::NIL).unwrap();
            let Ok(Outcome::Fault(Fault::Deadlock(cycle))) = root.tasks.outcome(any) else { panic!() };
            assert_eq!(*cycle, [any.name(), tasks[1].name(), outer.name()]);
            let turn = root.tasks.begin().unwrap();
            assert_eq!(turn.task, tasks[1]);
            match options.own {
                true => assert!(matches!(turn.wake, Wake::Cancelled(_)), "{:?}", turn.wake),
                false => assert!(matches!(turn.wake, Wake::Faulted(..)), "{:?}", turn.wake),
            }
            root.tasks.complete(tasks[1], Value::NIL).unwrap();
            assert_eq!(root.tasks.unsettled(), 0);
        });
    }
}

#[test]
fn losing_many_candidates_one_by_one_costs_little_for_each() {
    heap().mutate(|mc, root| {
        let completers: Vec<_> = (0..20_000).map(|_| root.tasks.external().unwrap()).collect();
        let tasks: Vec<_> = completers.iter().map(|(task, _)| *task).collect();
        let any = root.tasks.join(JoinKind::Any, &tasks).unwrap();
        for (_, completer) in completers {
            completer.fail(1);
        }
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert!(matches!(root.tasks.outcome(any), Ok(Outcome::Fault(Fault::Aggregate))));
    });
}

#[test]
fn where_cycles_are_not_looked_for_they_wait_until_a_run_loop_reports_them() {
    let mut heap = heap();
    let ticket = heap.mutate(|_, root| {
        root.tasks.set_find_cycles(false);
        let tasks = spawn(root, 3);
        assert_eq!(root.tasks.suspend(tasks[0], tasks[1], Value::NIL), Ok(TurnEnd::Waits));
        let any = root.tasks.join(JoinKind::Any, &[tasks[0]]).unwrap();
        assert_eq!(root.tasks.suspend(tasks[1], any, Value::NIL), Ok(TurnEnd::Waits));
        assert_eq!(root.tasks.suspend(tasks[2], tasks[2], Value::NIL), Ok(TurnEnd::Waits));
        root.tasks.ticket(tasks[0]).unwrap()
    });
    let Err(RunError::Deadlock(waits)) = run_until(&mut heap, &ticket) else { panic!("it cannot end") };
    assert_eq!(waits.len(), 4);
    // Cancelling breaks them.
    heap.mutate(|_, root| {
        let task = root.tasks.task(&ticket).unwrap();
        assert_eq!(root.tasks.cancel(task, Reason::NONE), Ok(CancelEnd::Told));
        assert_eq!(root.tasks.begin().map(|turn| turn.task), Some(task));
    });
}
