//! Joins that own their tasks: no loser outlives the delivery, and none leaves anything behind.

use mangrove_gc::{Mutation, Value};
use mangrove_scheduler::*;

use crate::machine::*;

/// Tasks that have started and await an external of their own, so that they are told of a cancel.
pub(crate) fn started<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, count: i32) -> Vec<TaskId<'gc>> {
    let tasks: Vec<_> = (0..count).map(|number| root.tasks.spawn(cell(mc, number)).unwrap()).collect();
    for (number, &task) in tasks.iter().enumerate() {
        assert_eq!(root.tasks.begin().unwrap().task, task);
        let (external, completer) = root.tasks.external().unwrap();
        root.tasks.release(external).unwrap();
        root.tasks.suspend(task, external, cell(mc, 100 + number as i32)).unwrap();
        keep(completer);
    }
    tasks
}

/// Resumes the next task, which must be told of its cancellation.
#[track_caller]
pub(crate) fn told<'gc>(root: &mut Root<'gc>) -> (TaskId<'gc>, Reason) {
    let turn = root.tasks.begin().unwrap();
    match turn.wake {
        Wake::Cancelled(reason) => (turn.task, reason),
        other => panic!("resumed by {other:?}"),
    }
}

/// Starts a task by hand: it is running.
fn run<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, number: i32) -> TaskId<'gc> {
    let task = root.tasks.spawn(cell(mc, number)).unwrap();
    assert_eq!(root.tasks.begin().unwrap().task, task);
    task
}

#[test]
fn an_owning_join_cancels_its_losers_awaits_their_end_and_is_then_delivered() {
    for kind in [JoinKind::Race, JoinKind::Any, JoinKind::All] {
        let mut heap = moving();
        heap.mutate(|mc, root| {
            let losers = started(mc, root, 3);
            let winner = run(mc, root, 50);
            let join =
                root.tasks.join_with(kind, &[losers[0], winner, losers[1], losers[2]], JoinOptions::OWN).unwrap();
            match kind {
                JoinKind::All => root.tasks.fail(winner, cell(mc, 51)).unwrap(),
                _ => root.tasks.complete(winner, cell(mc, 51)).unwrap(),
            };
            root.tasks.release(winner).unwrap();
            for (index, &loser) in losers.iter().enumerate() {
                assert_eq!(root.tasks.is_resolved(join), Ok(false), "{kind:?}: {index} have ended");
                let (task, reason) = told(root);
                assert_eq!((task, reason.text()), (loser, Reason::LOST.text()));
                match index {
                    0 => assert_eq!(root.tasks.end_cancelled(task), Ok(TurnEnd::Settled)),
                    1 => assert_eq!(root.tasks.complete(task, cell(mc, 60)), Ok(TurnEnd::Cancelled)),
                    _ => assert_eq!(root.tasks.fail(task, cell(mc, 61)), Ok(TurnEnd::Settled)),
                }
                root.tasks.release(task).unwrap();
            }
            assert_eq!(root.tasks.decided_by(join), Ok(Some(1)));
            let outcome = show(&root.tasks.outcome(join).unwrap());
            let suppressed: Vec<_> =
                root.tasks.suppressed(join).unwrap().map(|(index, outcome)| (index, show(&outcome))).collect();
            if kind == JoinKind::All {
                assert_eq!(outcome, "err 51");
                let lost = format!("cancelled {}", Reason::LOST);
                assert_eq!(suppressed, [(0, lost.clone()), (2, lost), (3, "err 61".into())]);
                assert_eq!(census(mc, root), [51, 51, 61], "its error, and its parts");
            } else {
                assert_eq!((outcome.as_str(), suppressed.len()), ("ok 51", 0));
                assert_eq!(parts(root, join), ["-", "ok 51", "-", "-"]);
                assert_eq!(census(mc, root), [51, 51], "a loser's late value, or error, is no root");
            }
        });
    }
}

#[test]
fn losers_that_end_at_once_leave_nothing_to_wait_for() {
    heap().mutate(|mc, root| {
        let waiting = root.tasks.spawn(cell(mc, 1)).unwrap();
        let (external, completer) = root.tasks.external().unwrap();
        let inner = root.tasks.join_with(JoinKind::All, &[external], JoinOptions::OWN).unwrap();
        let borrowed = root.tasks.spawn(cell(mc, 2)).unwrap();
        let nested = root.tasks.join(JoinKind::All, &[borrowed]).unwrap();
        let (quick, now) = root.tasks.external().unwrap();
        let race = root.tasks.join_with(JoinKind::Race, &[waiting, inner, nested, quick], JoinOptions::OWN).unwrap();
        now.complete(7);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert_eq!(show(&root.tasks.outcome(race).unwrap()), "ok 7");
        for task in [waiting, inner, external, nested] {
            assert_eq!(root.tasks.status(task), Ok(TaskStatus::Cancelled));
        }
        assert!(completer.is_closed());
        assert_eq!(root.tasks.status(borrowed), Ok(TaskStatus::Ready), "what a loser only borrows goes on");
        assert_eq!(census(mc, root), [2]);
    });
}

#[test]
fn a_join_of_settled_tasks_cancels_the_others_at_once() {
    for kind in [JoinKind::Race, JoinKind::Any] {
        moving().mutate(|mc, root| {
            let first = root.tasks.spawn(Value::NIL).unwrap();
            let second = root.tasks.spawn(Value::NIL).unwrap();
            finish(root, cell(mc, 1));
            finish(root, cell(mc, 2));
            let losers = started(mc, root, 1);
            let join = root.tasks.join_with(kind, &[losers[0], losers[0], second, first], JoinOptions::OWN).unwrap();
            assert_eq!(root.tasks.status(join), Ok(TaskStatus::Waiting));
            assert_eq!(root.tasks.status(losers[0]), Ok(TaskStatus::Cancelling));
            assert_eq!(root.tasks.cancel(join, "late".into()), Ok(CancelEnd::Settled), "it is decided");
            let (task, reason) = told(root);
            assert_eq!(reason.texts().count(), 1);
            root.tasks.end_cancelled(task).unwrap();
            assert_eq!(show(&root.tasks.outcome(join).unwrap()), "ok 2", "the lowest index");
            assert_eq!(parts(root, join), ["-", "-", "ok 2", "ok 1"]);
        });
    }
}

#[test]
fn a_cancelled_owning_join_ends_when_all_its_tasks_have() {
    for kind in [JoinKind::All, JoinKind::Race, JoinKind::Any, JoinKind::AllSettled] {
        moving().mutate(|mc, root| {
            let tasks = started(mc, root, 2);
            let join = root.tasks.join_with(kind, &tasks, JoinOptions::OWN).unwrap();
            let awaiting = run(mc, root, 9);
            root.tasks.suspend(awaiting, join, Value::NIL).unwrap();
            assert_eq!(root.tasks.cancel(join, "stop".into()), Ok(CancelEnd::Told));
            assert_eq!(root.tasks.status(join), Ok(TaskStatus::Cancelling));
            assert_eq!(root.tasks.cancel(join, "again".into()), Ok(CancelEnd::Again));
            for &task in &tasks {
                assert_eq!(root.tasks.is_resolved(join), Ok(false));
                let (told, reason) = told(root);
                assert_eq!((told, reason.text()), (task, "stop"));
                root.tasks.fail(task, cell(mc, 5)).unwrap();
            }
            assert_eq!(show(&root.tasks.outcome(join).unwrap()), "cancelled stop; again");
            assert!(matches!(root.tasks.begin().unwrap().wake, Wake::AwaitedCancelled(_)));
            let kept = matches!(kind, JoinKind::All | JoinKind::AllSettled);
            assert_eq!(parts(root, join), if kept { ["err 5"; 2] } else { ["-"; 2] });
        });
    }
}

#[test]
fn suppressed_are_the_failures_besides_the_first() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let tasks: Vec<_> = (0..4).map(|number| run(mc, root, number)).collect();
        let inner = root.tasks.join(JoinKind::AllSettled, &tasks).unwrap();
        let all = root.tasks.join(JoinKind::All, &tasks).unwrap();
        assert_eq!(root.tasks.suppressed(inner).unwrap().count(), 0);
        root.tasks.complete(tasks[0], cell(mc, 10)).unwrap();
        root.tasks.fail(tasks[2], cell(mc, 12)).unwrap();
        assert_eq!(root.tasks.suppressed(all).unwrap().count(), 0, "borrowed: delivered at the first failure");
        root.tasks.fail(tasks[1], cell(mc, 11)).unwrap();
        root.tasks.end_cancelled(tasks[3]).unwrap();
        // Joined when all had settled: the lowest number decides.
        let late = root.tasks.join(JoinKind::All, &tasks).unwrap();
        assert_eq!(root.tasks.decided_by(late), Ok(Some(2)));
        let suppressed: Vec<_> =
            root.tasks.suppressed(late).unwrap().map(|(index, outcome)| (index, show(&outcome))).collect();
        assert_eq!(suppressed, [(1, "err 11".to_string()), (3, "cancelled ".into())]);
        assert_eq!(root.tasks.suppressed(tasks[0]).err(), Some(TaskError::NotAJoin { task: tasks[0].name() }));
    });
}

/// A race of one short task against a long-lived one, `rounds` times: what the table holds must not grow.
fn race_with_a_long_lived_loser(rounds: usize, options: JoinOptions) {
    let mut heap = heap();
    let (mut least, mut most) = (usize::MAX, 0);
    heap.mutate(|_, root| {
        let (loser, completer) = root.tasks.external().unwrap();
        root.stack.push(loser.into());
        keep(completer);
    });
    for round in 0..rounds {
        heap.mutate(|_, root| {
            let loser = kept(root, 0);
            let quick = root.tasks.spawn(Value::int(1)).unwrap();
            // What is owned is a task of this round that borrows the long-lived one.
            let loser = if options.own { root.tasks.join(JoinKind::All, &[loser]).unwrap() } else { loser };
            let race = root.tasks.join_with(JoinKind::Race, &[loser, quick], options).unwrap();
            finish(root, Value::int(2));
            assert_eq!(root.tasks.take(race).unwrap().ok().map(number), Some(2));
            root.tasks.release(quick).unwrap();
            if options.own {
                root.tasks.release(loser).unwrap();
            }
            assert_eq!(root.tasks.outstanding(), 1);
            if round > 10 {
                least = least.min(root.tasks.table_bytes());
                most = most.max(root.tasks.table_bytes());
            }
        });
    }
    assert_eq!(least, most, "the table is flat");
    heap.mutate(|mc, root| assert_eq!(census(mc, root), [0i32; 0]));
}

#[test]
fn a_long_lived_loser_of_many_races_holds_nothing_of_them() {
    race_with_a_long_lived_loser(20_000, JoinOptions::BORROW);
    race_with_a_long_lived_loser(20_000, JoinOptions::OWN);
}

#[test]
#[ignore = "a million races"]
fn a_long_lived_loser_of_a_million_races_holds_nothing_of_them() {
    let start = std::time::Instant::now();
    race_with_a_long_lived_loser(1_000_000, JoinOptions::BORROW);
    println!("race, borrowed: {:.0} ns", start.elapsed().as_nanos() as f64 / 1e6);
    let start = std::time::Instant::now();
    race_with_a_long_lived_loser(1_000_000, JoinOptions::OWN);
    println!("race, owned: {:.0} ns", start.elapsed().as_nanos() as f64 / 1e6);
}

#[test]
fn owning_joins_nest_as_deep_as_wanted() {
    heap().mutate(|mc, root| {
        let bottom = started(mc, root, 1)[0];
        let mut join = bottom;
        for depth in 0..100_000 {
            let kind = [JoinKind::All, JoinKind::Race, JoinKind::Any, JoinKind::AllSettled][depth % 4];
            join = root.tasks.join_with(kind, &[join], JoinOptions::OWN).unwrap();
        }
        assert_eq!(root.tasks.cancel(join, "deep".into()), Ok(CancelEnd::Told));
        let (task, reason) = told(root);
        assert_eq!((task, reason.text()), (bottom, "deep"));
        root.tasks.end_cancelled(task).unwrap();
        assert_eq!(root.tasks.status(join), Ok(TaskStatus::Cancelled));
        assert_eq!(root.tasks.ready(), 0);
    });
}

#[test]
fn who_races_itself_against_another_is_cancelled_as_a_loser() {
    moving().mutate(|mc, root| {
        let itself = run(mc, root, 1);
        let other = run(mc, root, 2);
        let race = root.tasks.join_with(JoinKind::Race, &[itself, other], JoinOptions::OWN).unwrap();
        assert_eq!(root.tasks.suspend(itself, race, cell(mc, 3)), Ok(TurnEnd::Waits), "the other can win");
        root.tasks.complete(other, cell(mc, 4)).unwrap();
        // It would wait for its own end: the cancel gets it out of there.
        let (task, _) = told(root);
        assert_eq!(task, itself);
        assert_eq!(root.tasks.is_resolved(race), Ok(false));
        root.tasks.end_cancelled(itself).unwrap();
        assert_eq!(show(&root.tasks.outcome(race).unwrap()), "ok 4");
    });
}
