//! Joins, by the table of kinds.

use mangrove_gc::{Collect, Heap, Mutation, Value};
use mangrove_scheduler::*;

use crate::machine::*;

/// How a child settles.
#[derive(Clone, Copy, PartialEq, Debug)]
enum End {
    Ok(i32),
    Err(i32),
    Cancel,
    Abandon,
}
use End::*;

impl End {
    fn show(self) -> String {
        match self {
            Ok(number) => format!("ok {number}"),
            Err(number) => format!("err {number}"),
            Cancel => "cancelled ".into(),
            Abandon => "abandoned".into(),
        }
    }
}

/// Externals that settle in this order: `order[k]` is the index of the k-th to settle; those below `early` settle
/// before the join is made. Gives the join's outcome, who decided, and its parts.
fn settle(kind: JoinKind, ends: &[End], order: &[usize], early: usize) -> (String, Option<usize>, Vec<String>) {
    let mut heap = moving();
    let mut completers: Vec<_> = heap.mutate(|_, root| {
        ends.iter()
            .map(|_| {
                let (task, completer) = root.tasks.external().unwrap();
                root.stack.push(task.into());
                Some(completer)
            })
            .collect()
    });
    let mut step = |heap: &mut Heap<Machine>, index: usize| {
        let completer = completers[index].take().unwrap();
        match ends[index] {
            Ok(number) => completer.complete_with(move |mc| std::result::Result::Ok(cell(mc, number))),
            Err(number) => completer.fail_with(move |mc| std::result::Result::Ok(cell(mc, number))),
            Cancel => heap.mutate(|_, root| {
                let task = kept(root, index);
                root.tasks.cancel(task, Reason::NONE).unwrap();
            }),
            Abandon => drop(completer),
        }
        heap.mutate(|mc, root| assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty));
        heap.safepoint().unwrap();
    };
    for &index in &order[..early] {
        step(&mut heap, index);
    }
    let ticket = heap.mutate(|_, root| {
        let tasks: Vec<_> = (0..ends.len()).map(|index| kept(root, index)).collect();
        let join = root.tasks.join(kind, &tasks).unwrap();
        root.tasks.ticket(join).unwrap()
    });
    for &index in &order[early..] {
        step(&mut heap, index);
    }
    heap.collect(Collect::Compact).unwrap();
    heap.mutate(|mc, root| {
        let join = root.tasks.task(&ticket).unwrap();
        for (index, end) in ends.iter().enumerate() {
            let task = kept(root, index);
            assert_eq!(show(&root.tasks.outcome(task).unwrap()), end.show(), "children go on to their end");
            root.tasks.release(task).unwrap();
        }
        let shown = show(&root.tasks.outcome(join).unwrap());
        let decided = root.tasks.decided_by(join).unwrap();
        let parts = parts(root, join);
        let in_parts = parts.iter().filter(|part| part.starts_with("ok") || part.starts_with("err")).count();
        let own = usize::from(shown != "ok nil" && (shown.starts_with("ok") || shown.starts_with("err")));
        assert_eq!(census(mc, root).len(), in_parts + own, "the join's parts and outcome are all its roots");
        root.tasks.release(join).unwrap();
        assert_eq!(census(mc, root), [0i32; 0]);
        assert_eq!(root.tasks.outstanding(), 0);
        (shown, decided, parts)
    })
}

/// The table of SEMANTICS, written once more.
fn expected(kind: JoinKind, ends: &[End], order: &[usize], early: usize) -> (String, Option<usize>, Vec<String>) {
    let decides = |index: usize| match kind {
        JoinKind::All => !matches!(ends[index], Ok(_)),
        JoinKind::Race => true,
        JoinKind::Any => matches!(ends[index], Ok(_)),
        JoinKind::AllSettled => false,
    };
    let before = &order[..early];
    let winner_early = match kind {
        JoinKind::All => before.iter().copied().find(|&index| decides(index)),
        _ => before.iter().copied().filter(|&index| decides(index)).min(),
    };
    let (winner, settled) = match winner_early {
        Some(winner) => (Some(winner), early),
        None => match order[early..].iter().position(|&index| decides(index)) {
            Some(at) => (Some(order[early + at]), early + at + 1),
            None => (None, order.len()),
        },
    };
    let parts =
        (0..ends.len()).map(|index| if order[..settled].contains(&index) { ends[index].show() } else { "-".into() });
    let shown = match (winner, kind) {
        (Some(winner), _) => ends[winner].show(),
        (None, JoinKind::Any) => "Aggregate".into(),
        (None, JoinKind::Race) => "EmptyJoin".into(),
        (None, _) => "ok nil".into(),
    };
    (shown, winner, parts.collect())
}

const KINDS: [JoinKind; 4] = [JoinKind::All, JoinKind::Race, JoinKind::Any, JoinKind::AllSettled];

#[test]
fn every_kind_settles_by_the_table() {
    let orders: [&[usize]; 6] = [&[0, 1, 2], &[0, 2, 1], &[1, 0, 2], &[1, 2, 0], &[2, 0, 1], &[2, 1, 0]];
    let choices = |number: i32| [Ok(number), Err(number), Cancel, Abandon];
    for kind in KINDS {
        for a in choices(1) {
            for b in choices(2) {
                for c in choices(3) {
                    let ends = [a, b, c];
                    let order = orders[(ends.iter().filter(|&&end| end == Cancel).count() * 2 + kind as usize) % 6];
                    for order in [order, orders[0], orders[5]] {
                        for early in 0..=3 {
                            assert_eq!(
                                settle(kind, &ends, order, early),
                                expected(kind, &ends, order, early),
                                "{kind:?} of {ends:?} in the order {order:?}, {early} before the join"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_join_of_no_task_settles_at_once() {
    let shown = KINDS.map(|kind| settle(kind, &[], &[], 0).0);
    assert_eq!(shown, ["ok nil", "EmptyJoin", "Aggregate", "ok nil"]);
}

#[test]
fn the_same_task_twice_gives_the_same_outcome_at_each_index() {
    for kind in KINDS {
        for failing in [false, true] {
            let mut heap = moving();
            heap.mutate(|mc, root| {
                let task = root.tasks.spawn(cell(mc, 1)).unwrap();
                let join = root.tasks.join(kind, &[task, task, task]).unwrap();
                let value = cell(mc, 2);
                if failing {
                    fail(root, value)
                } else {
                    finish(root, value)
                }
                let shown = if failing { "err 2" } else { "ok 2" };
                assert_eq!(parts(root, join), [shown; 3]);
            });
        }
    }
}

#[test]
fn joins_nest_as_deep_as_wanted() {
    let mut heap = heap();
    let ticket = heap.mutate(|mc, root| {
        let mut join = root.tasks.spawn(cell(mc, 1)).unwrap();
        for depth in 0..100_000 {
            join = root.tasks.join(if depth % 2 == 0 { JoinKind::Race } else { JoinKind::Any }, &[join]).unwrap();
        }
        root.tasks.ticket(join).unwrap()
    });
    heap.mutate(|mc, root| finish(root, cell(mc, 9)));
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 9");
    assert_eq!(heap.mutate(|_, root| root.tasks.unsettled()), 0);
}

#[test]
fn losers_are_let_go_by_the_edge() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let slow: Vec<_> = (0..100).map(|number| root.tasks.external().map(|pair| (pair, number)).unwrap()).collect();
        for ((loser, _), _) in &slow {
            let quick = root.tasks.spawn(cell(mc, 1)).unwrap();
            let join = root.tasks.join(JoinKind::Race, &[*loser, quick]).unwrap();
            finish(root, cell(mc, 2));
            for task in [quick, join] {
                root.tasks.release(task).unwrap();
            }
        }
        assert_eq!(root.tasks.outstanding(), 100);
        assert_eq!(census(mc, root), [0i32; 0], "no join, no edge, no value is left");
        for ((_, completer), number) in slow {
            completer.complete(number);
        }
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert_eq!(root.tasks.unsettled(), 0);
    });
}

#[test]
fn a_join_keeps_its_parts_when_its_tasks_are_taken() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let tasks: Vec<_> = (0..3).map(|number| root.tasks.spawn(cell(mc, number)).unwrap()).collect();
        let join = root.tasks.join(JoinKind::AllSettled, &tasks).unwrap();
        root.stack.extend(tasks.iter().map(|&task| Value::from(task)));
        root.tasks.ticket(join).unwrap()
    });
    for number in 0..3 {
        heap.mutate(|mc, root| {
            finish(root, cell(mc, 10 + number));
            let task = kept(root, number as usize);
            root.tasks.take(task).unwrap();
            // Reused at once, for something else.
            let task = root.tasks.spawn(cell(mc, 50)).unwrap();
            root.tasks.cancel(task, Reason::NONE).unwrap();
        });
        heap.collect(Collect::Compact).unwrap();
    }
    heap.mutate(|mc, root| {
        let join = root.tasks.task(&ticket).unwrap();
        assert_eq!(parts(root, join), ["ok 10", "ok 11", "ok 12"]);
        assert_eq!(census(mc, root), [10, 11, 12]);
    });
}

#[test]
fn awaiting_a_join_tells_of_its_parts_or_its_failure() {
    fn wait_all<'gc>(
        mc: &Mutation<'gc>,
        root: &mut Root<'gc>,
        turn: Turn<'gc>,
        frame: mangrove_gc::Gc<'gc, Frame<'gc>>,
    ) -> Step<'gc> {
        match turn.wake {
            Wake::First => Step::Await(TaskId::from_value(frame.a).unwrap(), turn.value),
            Wake::Joined(join) => {
                let sum = root.tasks.parts(join).unwrap().map(|part| number(part.unwrap().ok().unwrap())).sum();
                Step::Done(cell(mc, sum))
            }
            other => panic!("{other:?}"),
        }
    }
    let mut heap = moving();
    let tickets = heap.mutate(|mc, root| {
        let tasks: Vec<_> = (1..=4).map(|number| go(mc, root, give, cell(mc, number))).collect();
        let failing = go(mc, root, throw, cell(mc, 9));
        let all = root.tasks.join(JoinKind::All, &tasks).unwrap();
        let none = root.tasks.join(JoinKind::Any, &[failing]).unwrap();
        let first = go(mc, root, wait_all, all.into());
        let second = go(mc, root, follow, none.into());
        [first, second].map(|task| root.tasks.ticket(task).unwrap())
    });
    run_until_idle(&mut heap).unwrap();
    assert_eq!(outcome_of(&mut heap, &tickets[0]), "ok 10");
    heap.mutate(|_, root| assert_eq!(*root.notes, ["faulted Aggregate"]));
}

#[test]
fn operands_pack_kind_and_count() {
    for number in 0..=255u8 {
        match JoinKind::try_from(number) {
            std::result::Result::Ok(kind) => {
                assert!(number <= 3 && kind as u8 == number);
                for count in [0, 1, 16_383] {
                    let operand = kind.encode(count).unwrap();
                    assert_eq!(operand, u16::from(number) << 14 | count as u16);
                    assert_eq!(JoinKind::decode(operand), (kind, count as u16));
                }
                assert_eq!(kind.encode(16_384), std::result::Result::Err(JoinOperandError::Count(16_384)));
            }
            std::result::Result::Err(error) => assert!(number > 3 && error == JoinOperandError::Kind(number)),
        }
    }
}

#[test]
fn parts_are_asked_of_joins_only() {
    let mut heap = heap();
    heap.mutate(|_, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        assert_eq!(root.tasks.parts(task).err(), Some(TaskError::NotAJoin { task: task.name() }));
        assert_eq!(root.tasks.decided_by(task), std::result::Result::Err(TaskError::NotAJoin { task: task.name() }));
        let join = root.tasks.join(JoinKind::All, &[task]).unwrap();
        assert_eq!(root.tasks.decided_by(join), std::result::Result::Ok(None));
        assert_eq!(parts(root, join), ["-"]);
        root.tasks.cancel(task, Reason::NONE).unwrap();
        root.tasks.release(task).unwrap();
        let stale = TaskError::Stale { task: task.name() };
        assert_eq!(root.tasks.join(JoinKind::All, &[join, task]), std::result::Result::Err(stale));
    });
}
