//! Cancellation: level-triggered, told by resuming, never by taking a value away.

use mangrove_gc::{Collect, Mutation, Value};
use mangrove_scheduler::*;

use crate::machine::*;

#[test]
fn a_task_that_has_not_started_ends_without_running() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let first = go(mc, root, give, cell(mc, 1));
        let second = go(mc, root, give, cell(mc, 2));
        let third = go(mc, root, give, cell(mc, 3));
        assert_eq!(root.tasks.cancel(second, "early".into()), Ok(CancelEnd::Ended));
        assert_eq!(census(mc, root), [1, 3], "its callable is no root");
        assert_eq!(show(&root.tasks.outcome(second).unwrap()), "cancelled early");
        assert_eq!(root.tasks.begin().unwrap().task, first);
        assert_eq!(root.tasks.begin().unwrap().task, third);
        assert!(root.tasks.begin().is_none());
    });
}

#[test]
fn a_waiting_task_is_told_and_ends_when_it_says_so() {
    let mut heap = moving();
    let (ticket, external) = heap.mutate(|mc, root| {
        let (external, completer) = root.tasks.external().unwrap();
        root.stack.push(external.into());
        let task = go(mc, root, follow, external.into());
        (root.tasks.ticket(task).unwrap(), completer)
    });
    heap.mutate(|mc, root| {
        let turn = root.tasks.begin().unwrap();
        assert_eq!(root.tasks.status(turn.task), Ok(TaskStatus::Running));
        let Step::Await(awaited, continuation) = Machine::resume(mc, root, turn.clone()) else { panic!() };
        assert_eq!(root.tasks.suspend(turn.task, awaited, continuation), Ok(TurnEnd::Waits));
        assert_eq!(root.tasks.status(turn.task), Ok(TaskStatus::Waiting));
        assert_eq!(root.tasks.cancel(turn.task, "stop".into()), Ok(CancelEnd::Told));
        assert_eq!(root.tasks.status(turn.task), Ok(TaskStatus::Cancelling));
        assert_eq!(root.tasks.is_resolved(turn.task), Ok(false));
        assert_eq!(root.tasks.cancel(turn.task, "now".into()), Ok(CancelEnd::Again));
        assert_eq!(root.tasks.seq(turn.task), Ok(None));
    });
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "cancelled stop; now");
    heap.mutate(|_, root| {
        assert_eq!(*root.notes, ["cancelled stop; now"]);
        let awaited = kept(root, 0);
        assert_eq!(root.tasks.status(awaited), Ok(TaskStatus::Waiting), "what it awaited goes on");
    });
    external.complete(1);
}

#[test]
fn every_await_of_a_cancelled_task_is_told_again() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let task = root.tasks.spawn(cell(mc, 1)).unwrap();
        let other = root.tasks.spawn(Value::NIL).unwrap();
        let _ = root.tasks.begin().unwrap();
        assert_eq!(root.tasks.cancel(task, Reason::NONE), Ok(CancelEnd::Told));
        assert_eq!(root.tasks.status(task), Ok(TaskStatus::Cancelling));
        let _ = root.tasks.begin().unwrap();
        for round in 0..3 {
            let end = match round {
                0 => root.tasks.suspend(task, other, cell(mc, 2)),
                1 => root.tasks.yield_now(task, cell(mc, 3)),
                _ => root.tasks.suspend(task, task, cell(mc, 4)),
            };
            assert_eq!(end, Ok(TurnEnd::Ready));
            let turn = root.tasks.begin().unwrap();
            assert_eq!(number(turn.value), 2 + round);
            assert!(matches!(turn.wake, Wake::Cancelled(_)), "{:?}", turn.wake);
        }
        // A safepoint is no await: the code goes on where it was.
        assert_eq!(root.tasks.at_safepoint(task, cell(mc, 5)), Ok(TurnEnd::Ready));
        assert!(matches!(root.tasks.begin().unwrap().wake, Wake::AfterSafepoint));
        assert_eq!(root.tasks.end_cancelled(task), Ok(TurnEnd::Settled));
        assert_eq!(root.tasks.status(task), Ok(TaskStatus::Cancelled));
        assert_eq!(census(mc, root), [0i32; 0]);
    });
}

#[test]
fn a_task_at_a_safepoint_goes_on_and_is_told_at_its_next_await() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let tasks = [1, 2, 3].map(|number| root.tasks.spawn(cell(mc, number)).unwrap());
        for _ in tasks {
            let _ = root.tasks.begin().unwrap();
        }
        for task in tasks {
            root.tasks.at_safepoint(task, cell(mc, 4)).unwrap();
        }
        assert_eq!(root.tasks.cancel(tasks[1], Reason::NONE), Ok(CancelEnd::Told));
        assert_eq!(root.tasks.status(tasks[1]), Ok(TaskStatus::Cancelling));
        for task in tasks {
            let turn = root.tasks.begin().unwrap();
            assert_eq!(turn.task, task);
            assert!(matches!(turn.wake, Wake::AfterSafepoint));
        }
        assert_eq!(root.tasks.suspend(tasks[1], tasks[0], cell(mc, 5)), Ok(TurnEnd::Ready));
        assert!(matches!(root.tasks.begin().unwrap().wake, Wake::Cancelled(_)));
        assert!(root.tasks.begin().is_none());
    });
}

#[test]
fn a_cancelled_task_cannot_succeed_unnoticed_and_may_fail() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let tasks = [1, 2].map(|number| root.tasks.spawn(cell(mc, number)).unwrap());
        for task in tasks {
            let _ = root.tasks.begin().unwrap();
            root.tasks.cancel(task, "outer".into()).unwrap();
        }
        assert_eq!(root.tasks.complete(tasks[0], cell(mc, 3)), Ok(TurnEnd::Cancelled));
        assert_eq!(show(&root.tasks.outcome(tasks[0]).unwrap()), "cancelled outer");
        assert_eq!(root.tasks.fail(tasks[1], cell(mc, 4)), Ok(TurnEnd::Settled));
        assert_eq!(show(&root.tasks.outcome(tasks[1]).unwrap()), "err 4");
        assert_eq!(census(mc, root), [4]);
    });
}

#[test]
fn what_settled_before_the_cancel_stays() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        finish(root, cell(mc, 1));
        let seq = root.tasks.seq(task).unwrap();
        assert_eq!(root.tasks.cancel(task, "late".into()), Ok(CancelEnd::Settled));
        assert_eq!(show(&root.tasks.outcome(task).unwrap()), "ok 1");
        assert_eq!(root.tasks.seq(task).unwrap(), seq);
        let (external, completer) = root.tasks.external().unwrap();
        completer.complete(5);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert_eq!(root.tasks.cancel(external, Reason::NONE), Ok(CancelEnd::Settled));
        assert_eq!(show(&root.tasks.outcome(external).unwrap()), "ok 5");
    });
}

#[test]
fn settlements_and_cancellations_are_numbered_in_order() {
    let mut heap = heap();
    heap.mutate(|_, root| {
        let tasks: Vec<_> = (0..4).map(|_| root.tasks.spawn(Value::NIL).unwrap()).collect();
        root.tasks.cancel(tasks[3], Reason::NONE).unwrap();
        finish(root, Value::NIL);
        let _ = root.tasks.begin().unwrap();
        root.tasks.cancel(tasks[1], Reason::NONE).unwrap();
        finish(root, Value::NIL);
        root.tasks.end_cancelled(tasks[1]).unwrap();
        let seqs: Vec<_> = tasks.iter().map(|&task| root.tasks.seq(task).unwrap().unwrap()).collect();
        assert_eq!(seqs, [2, 5, 4, 1], "the cancel of the running task was the third");
    });
}

#[test]
fn a_task_cancelled_between_wake_and_turn_is_told_of_the_cancel() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let child = root.tasks.spawn(Value::NIL).unwrap();
        let parent = root.tasks.spawn(cell(mc, 1)).unwrap();
        let _ = root.tasks.begin().unwrap();
        let _ = root.tasks.begin().unwrap();
        root.tasks.suspend(parent, child, cell(mc, 2)).unwrap();
        root.tasks.complete(child, cell(mc, 3)).unwrap();
        root.tasks.take(child).unwrap();
        assert_eq!(census(mc, root), [2, 3], "the result waits for the parent");
        assert_eq!(root.tasks.cancel(parent, Reason::NONE), Ok(CancelEnd::Told));
        assert_eq!(census(mc, root), [2], "nobody waits for it any more");
        let turn = root.tasks.begin().unwrap();
        assert!(matches!(turn.wake, Wake::Cancelled(_)));
        assert_eq!(number(turn.value), 2);
    });
}

#[test]
fn who_awaits_a_cancelled_task_is_told_and_not_cancelled() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let child = go(mc, root, give, cell(mc, 1));
        let parent = go(mc, root, follow, child.into());
        root.tasks.cancel(child, "child".into()).unwrap();
        root.tasks.ticket(parent).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    heap.mutate(|_, root| assert_eq!(*root.notes, ["awaited cancelled child"]));
    assert_eq!(outcome_of(&mut heap, &ticket), "ok nil");
}

#[test]
fn a_cancelled_join_lets_its_tasks_go_and_keeps_the_parts_it_has() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let tasks: Vec<_> = (0..3).map(|number| root.tasks.spawn(cell(mc, number)).unwrap()).collect();
        let join = root.tasks.join(JoinKind::All, &tasks).unwrap();
        let outer = root.tasks.join(JoinKind::AllSettled, &[join]).unwrap();
        finish(root, cell(mc, 10));
        assert_eq!(root.tasks.cancel(join, "enough".into()), Ok(CancelEnd::Ended));
        assert_eq!(parts(root, outer), ["cancelled enough"]);
        finish(root, cell(mc, 11));
        finish(root, cell(mc, 12));
        assert_eq!(parts(root, join), ["ok 10", "-", "-"]);
        for task in tasks {
            assert_eq!(root.tasks.take(task).unwrap().status(), TaskStatus::Completed);
        }
        root.tasks.release(join).unwrap();
        root.tasks.release(outer).unwrap();
        assert_eq!(root.tasks.outstanding(), 0);
    });
    heap.collect(Collect::Compact).unwrap();
}

#[test]
fn a_reason_grows_and_stays_bounded() {
    let mut heap = heap();
    heap.mutate(|_, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        let _ = root.tasks.begin().unwrap();
        for round in 0..10_000 {
            root.tasks.cancel(task, format!("reason {round}").as_str().into()).unwrap();
        }
        root.tasks.end_cancelled(task).unwrap();
        let Outcome::Cancelled(reason) = root.tasks.outcome(task).unwrap() else { panic!() };
        assert!(reason.text().starts_with("reason 0; reason 1; ") && reason.text().len() < 2000);
    });
}

#[test]
fn a_task_cancels_itself_and_others_while_it_runs() {
    fn cancel_all<'gc>(
        mc: &Mutation<'gc>,
        root: &mut Root<'gc>,
        turn: Turn<'gc>,
        frame: mangrove_gc::Gc<'gc, Frame<'gc>>,
    ) -> Step<'gc> {
        if let Wake::Cancelled(_) = turn.wake {
            root.log.push(frame.pc);
            return Step::Cancelled;
        }
        for index in 0..root.stack.len() {
            let task = kept(root, index);
            root.tasks.cancel(task, Reason::NONE).unwrap();
        }
        Step::Yield(at(mc, frame, 7, Value::NIL))
    }
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let tasks = [go(mc, root, cancel_all, Value::NIL), go(mc, root, give, cell(mc, 1))];
        root.stack.extend(tasks.map(Value::from));
        root.tasks.ticket(tasks[0]).unwrap()
    });
    run_until_idle(&mut heap).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "cancelled ");
    heap.mutate(|_, root| {
        assert_eq!(root.log, [7]);
        let other = kept(root, 1);
        assert_eq!(root.tasks.status(other), Ok(TaskStatus::Cancelled));
    });
}

#[test]
fn reasons_are_listed_as_they_were_given_and_each_once() {
    heap().mutate(|_, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        let _ = root.tasks.begin().unwrap();
        for text in ["one", "two; and a half", "one", "", "three"] {
            root.tasks.cancel(task, text.into()).unwrap();
        }
        root.tasks.cancel(task, Reason::NONE).unwrap();
        root.tasks.cancel(task, Reason::LOST).unwrap();
        root.tasks.end_cancelled(task).unwrap();
        let Outcome::Cancelled(reason) = root.tasks.outcome(task).unwrap() else { panic!() };
        let texts: Vec<_> = reason.texts().collect();
        assert_eq!(texts, ["one", "two; and a half", "", "three", Reason::LOST.text()]);
        assert_eq!(Reason::NONE.texts().count(), 0);
        assert_eq!(reason.text(), texts.join("; "));
    });
}

/// Also when it awaits what is gone: the cancel is told first.
#[test]
fn a_cancelled_task_that_awaits_a_stale_id_is_told_of_the_cancel() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let gone = root.tasks.spawn(Value::NIL).unwrap();
        let task = root.tasks.spawn(cell(mc, 1)).unwrap();
        assert_eq!(root.tasks.begin().unwrap().task, gone);
        assert_eq!(root.tasks.complete(gone, Value::NIL), Ok(TurnEnd::Settled));
        root.tasks.take(gone).unwrap();
        let turn = root.tasks.begin().unwrap();
        root.tasks.cancel(task, "stop".into()).unwrap();
        assert_eq!(root.tasks.suspend(task, gone, turn.value), Ok(TurnEnd::Ready));
        assert!(matches!(root.tasks.begin().unwrap().wake, Wake::Cancelled(_)));
    });
}
