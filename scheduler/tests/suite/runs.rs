//! The run loops: order, safepoints, parking, wakers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use mangrove_gc::{Gc, HeapConfig, Mutation, Slot, Value, What, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;

#[derive(Default)]
struct Count(AtomicUsize);
impl std::task::Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Logs its number and yields, three times.
fn thrice<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, turn: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
    assert_eq!(frame.pc == 0, matches!(turn.wake, Wake::First));
    root.log.push(number(frame.a));
    match frame.pc {
        2 => Step::Done(frame.a),
        pc => Step::Yield(at(mc, frame, pc + 1, Value::NIL)),
    }
}

#[test]
fn turns_are_in_the_order_of_the_queue() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        for number in 0..4 {
            go(mc, root, thrice, cell(mc, number));
        }
    });
    assert_eq!(run_until_idle(&mut heap).unwrap().waiting, 0);
    heap.mutate(|_, root| assert_eq!(root.log, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]));
}

/// Asks for safepoints in the middle of its work, and checks that it moved meanwhile.
fn works<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, _: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
    root.log.push(number(frame.a) * 10 + frame.pc);
    match frame.pc {
        3 => Step::Done(frame.b),
        pc => {
            let sum = frame.b.as_int().unwrap_or(0) + number(frame.a);
            Step::Safepoint(at(mc, frame, pc + 1, sum.into()))
        }
    }
}

#[test]
fn a_task_that_asks_for_a_safepoint_goes_on_before_all_others() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        go(mc, root, works, cell(mc, 1));
        go(mc, root, works, cell(mc, 2));
    });
    let before = heap.stats().collections();
    run_until_idle(&mut heap).unwrap();
    assert!(heap.stats().collections() > before + 6);
    heap.mutate(|_, root| assert_eq!(root.log, [10, 11, 12, 13, 20, 21, 22, 23]));
}

#[test]
fn every_await_is_delivered_once_also_when_the_awaited_is_taken_first() {
    fn taker<'gc>(_: &Mutation<'gc>, root: &mut Root<'gc>, turn: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
        let task = TaskId::from_value(frame.a).unwrap();
        match turn.wake {
            Wake::First => Step::Await(task, turn.value),
            Wake::Settled(_) => Step::Done(root.tasks.take(task).unwrap().ok().unwrap()),
            other => panic!("{other:?}"),
        }
    }
    let mut heap = moving();
    let tickets = heap.mutate(|mc, root| {
        let (child, completer) = root.tasks.external().unwrap();
        let parents = [go(mc, root, taker, child.into()), go(mc, root, follow, child.into())];
        let late = go(mc, root, follow, child.into());
        completer.complete_with(|mc| Ok(cell(mc, 8)));
        [parents[0], parents[1], late].map(|task| root.tasks.ticket(task).unwrap())
    });
    run_until_idle(&mut heap).unwrap();
    heap.mutate(|mc, root| {
        let shown = tickets.each_ref().map(|t| {
            let task = root.tasks.task(t).unwrap();
            show(&root.tasks.outcome(task).unwrap())
        });
        assert_eq!(shown[0], "ok 8");
        assert_eq!(census(mc, root).len(), shown.iter().filter(|shown| *shown == "ok 8").count());
    });
}

#[test]
fn an_orphan_result_moves_with_the_heap_until_it_is_delivered() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let child = root.tasks.spawn(cell(mc, 1)).unwrap();
        let parents = [2, 3].map(|number| root.tasks.spawn(cell(mc, number)).unwrap());
        for _ in 0..3 {
            let _ = root.tasks.begin().unwrap();
        }
        for parent in parents {
            root.tasks.suspend(parent, child, cell(mc, 4)).unwrap();
        }
        root.tasks.fail(child, cell(mc, 5)).unwrap();
        root.tasks.release(child).unwrap();
        assert_eq!(census(mc, root), [4, 4, 5]);
    });
    for left in [1, 0] {
        heap.safepoint().unwrap();
        heap.mutate(|mc, root| {
            let turn = root.tasks.begin().unwrap();
            let Wake::Failed(error) = turn.wake else { panic!("{:?}", turn.wake) };
            assert_eq!(number(error), 5);
            root.tasks.complete(turn.task, Value::NIL).unwrap();
            assert_eq!(census(mc, root), if left == 1 { vec![4, 5] } else { vec![] });
        });
    }
}

#[test]
fn a_stale_await_is_a_fault_of_the_task() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let gone = root.tasks.spawn(Value::NIL).unwrap();
        root.tasks.cancel(gone, Reason::NONE).unwrap();
        root.tasks.release(gone).unwrap();
        let task = go(mc, root, follow, gone.into());
        root.tasks.ticket(task).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    heap.mutate(|_, root| assert!(root.notes[0].starts_with("faulted Stale(task "), "{:?}", *root.notes));
}

#[test]
fn a_run_parks_until_another_thread_completes() {
    let mut heap = moving();
    for _ in 0..20 {
        let (ticket, completer) = heap.mutate(|mc, root| {
            let (external, completer) = root.tasks.external().unwrap();
            let task = go(mc, root, follow, external.into());
            (root.tasks.ticket(task).unwrap(), completer)
        });
        let barrier = Arc::new(std::sync::Barrier::new(2));
        let other = barrier.clone();
        let worker = std::thread::spawn(move || {
            other.wait();
            completer.complete_with(|mc| Ok(cell(mc, 6)));
        });
        barrier.wait();
        run_until(&mut heap, &ticket).unwrap();
        worker.join().unwrap();
        assert_eq!(outcome_of(&mut heap, &ticket), "ok 6");
    }
}

#[test]
fn idle_means_that_nothing_runs_and_nothing_can_come() {
    let mut heap = heap();
    let completer = heap.mutate(|mc, root| {
        let (external, completer) = root.tasks.external().unwrap();
        go(mc, root, follow, external.into());
        completer
    });
    let worker = std::thread::spawn(move || completer.complete(1));
    assert_eq!(run_until_idle(&mut heap).unwrap().waiting, 0);
    worker.join().unwrap();
    heap.mutate(|_, root| assert_eq!(*root.notes, ["settled 1"]));
}

#[test]
fn a_poll_registers_its_waker_and_a_completion_wakes_it_once() {
    let mut heap = moving();
    let (ticket, first, second) = heap.mutate(|_, root| {
        let (a, first) = root.tasks.external().unwrap();
        let (b, second) = root.tasks.external().unwrap();
        let join = root.tasks.join(JoinKind::All, &[a, b]).unwrap();
        (root.tasks.ticket(join).unwrap(), first, second)
    });
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    assert!(poll_until(&mut heap, &ticket, &mut cx).is_pending());
    assert!(poll_until(&mut heap, &ticket, &mut cx).is_pending());
    first.complete(1);
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert!(poll_until(&mut heap, &ticket, &mut cx).is_pending());
    std::thread::spawn(move || second.complete(2)).join().unwrap();
    assert_eq!(count.0.load(Ordering::SeqCst), 2);
    assert_eq!(poll_until(&mut heap, &ticket, &mut cx), Poll::Ready(Ok(())));
}

#[test]
fn a_poll_lets_others_run_when_there_is_no_end_of_turns() {
    fn forever<'gc>(_: &Mutation<'gc>, _: &mut Root<'gc>, turn: Turn<'gc>, _: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
        Step::Yield(turn.value)
    }
    let mut heap = heap();
    let ticket = heap.mutate(|mc, root| {
        let task = go(mc, root, forever, Value::NIL);
        root.tasks.ticket(task).unwrap()
    });
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    assert!(poll_until(&mut heap, &ticket, &mut Context::from_waker(&waker)).is_pending());
    assert_eq!(count.0.load(Ordering::SeqCst), 1, "it wakes itself");
}

#[test]
fn a_ticket_is_of_one_scheduler_and_of_one_task() {
    let (mut one, mut two) = (heap(), heap());
    let ticket = one.mutate(|_, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        root.tasks.ticket(task).unwrap()
    });
    two.mutate(|_, root| {
        root.tasks.spawn(Value::NIL).unwrap();
        assert!(root.tasks.task(&ticket).is_none());
    });
    assert_eq!(run_until(&mut two, &ticket), Err(RunError::Stale));
    one.mutate(|_, root| {
        let task = root.tasks.task(&ticket).unwrap();
        root.tasks.cancel(task, Reason::NONE).unwrap();
        root.tasks.take(task).unwrap();
        let other = root.tasks.spawn(Value::NIL).unwrap();
        assert!(root.tasks.task(&ticket).is_none(), "{other:?} has the slot, and is another task");
    });
    assert_eq!(run_until(&mut one, &ticket), Err(RunError::Stale));
}

#[test]
fn the_last_ticket_lets_its_task_go_unless_it_is_kept() {
    let mut heap = heap();
    let [first, second] = heap.mutate(|mc, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        finish(root, cell(mc, 1));
        [(); 2].map(|()| root.tasks.ticket(task).unwrap())
    });
    let outstanding = |heap: &mut mangrove_gc::Heap<Machine>| {
        run_until_idle(heap).unwrap();
        heap.mutate(|_, root| root.tasks.outstanding())
    };
    drop(first);
    assert_eq!(outstanding(&mut heap), 1);
    std::thread::spawn(move || drop(second)).join().unwrap();
    assert_eq!(outstanding(&mut heap), 0);
    let [first, second] = heap.mutate(|mc, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        finish(root, cell(mc, 1));
        [(); 2].map(|()| root.tasks.ticket(task).unwrap())
    });
    first.keep();
    drop(second);
    assert_eq!(outstanding(&mut heap), 1);
}

/// Makes garbage and holds on to some, over many turns, under every kind of zeal.
#[test]
fn tasks_run_to_the_same_end_under_every_zeal() {
    fn churn<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, turn: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
        let mut sum = match turn.wake {
            Wake::Settled(value) => number(value),
            _ => 0,
        };
        if let Some(held) = frame.b.downcast::<Cell>() {
            sum += held.number;
        }
        if frame.pc == 12 {
            return Step::Done(cell(mc, sum));
        }
        let mut list = Value::NIL;
        for number in 0..20 {
            list = mc.alloc(Cell { number, link: Slot::new(list) }).unwrap().into();
        }
        let held = mc.alloc(Cell { number: sum + 1, link: Slot::new(list) }).unwrap();
        let next = at(mc, frame, frame.pc + 1, held.into());
        match frame.pc % 4 {
            0 => Step::Yield(next),
            1 => Step::Safepoint(next),
            2 => {
                let child = go(mc, root, give, cell(mc, 100));
                root.tasks.release(child).unwrap();
                Step::Await(child, next)
            }
            _ => {
                let (child, completer) = root.tasks.external().unwrap();
                completer.complete_with(|mc| Ok(cell(mc, 1000)));
                root.tasks.release(child).unwrap();
                Step::Await(child, next)
            }
        }
    }
    let mut ends = vec![];
    for what in [None, Some(What::Minor), Some(What::Slice), Some(What::Full), Some(What::Compact), Some(What::Random)]
    {
        let config = match what {
            None => HeapConfig::default(),
            Some(what) => HeapConfig::default().with_zeal(Zeal::of(what, 11)),
        };
        let mut heap = heap_of(config);
        let tickets: Vec<_> = heap.mutate(|mc, root| {
            let tasks: Vec<_> = (0..10).map(|number| go(mc, root, churn, cell(mc, number))).collect();
            tasks.into_iter().map(|task| root.tasks.ticket(task).unwrap()).collect()
        });
        run_until_idle(&mut heap).unwrap();
        ends.push(tickets.iter().map(|ticket| outcome_of(&mut heap, ticket)).collect::<Vec<_>>());
        heap.verify().unwrap();
        heap.mutate(|_, root| assert_eq!(root.tasks.outstanding(), 10));
    }
    assert_eq!(ends[0], vec!["ok 3312"; 10]);
    assert!(ends.iter().all(|end| end == &ends[0]), "{ends:?}");
}
