//! The nine tests of the first scheduler, for our types.

use mangrove_gc::{Mutation, Value};
use mangrove_scheduler::*;

use crate::machine::*;

/// A heap in which everything moves, and two tasks made by `make`.
fn two<T>(
    f: impl for<'gc> FnOnce(&Mutation<'gc>, &mut Root<'gc>, [TaskId<'gc>; 2]) -> T,
) -> (mangrove_gc::Heap<Machine>, T) {
    let mut heap = moving();
    let made = heap.mutate(|mc, root| {
        let tasks = [1, 2].map(|number| go(mc, root, give, cell(mc, number)));
        f(mc, root, tasks)
    });
    (heap, made)
}

#[test]
fn register_and_take_callable() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let task = root.tasks.spawn(cell(mc, 42)).unwrap();
        assert_eq!(root.tasks.status(task), Ok(TaskStatus::Ready));
        let turn = root.tasks.begin().unwrap();
        assert_eq!((turn.task, number(turn.value)), (task, 42));
        // It is handed out once, and stays a root.
        assert!(root.tasks.begin().is_none());
        assert_eq!(census(mc, root), [42]);
    });
}

#[test]
fn resolve_task_synchronous() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let task = go(mc, root, give, Value::double(99.0));
        root.tasks.ticket(task).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    for _ in 0..2 {
        // Settled: nothing is run again.
        run_until(&mut heap, &ticket).unwrap();
        let value = ticket.outcome(&mut heap, |_, outcome| outcome.ok().unwrap().as_double());
        assert_eq!(value, Ok(Some(99.0)));
    }
}

#[test]
fn cancel_task() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let task = go(mc, root, give, cell(mc, 0));
        assert_eq!(root.tasks.cancel(task, Reason::NONE), Ok(CancelEnd::Ended));
        assert_eq!(root.tasks.is_resolved(task), Ok(true));
        root.tasks.ticket(task).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(ticket.outcome(&mut heap, |_, outcome| outcome.status()), Ok(TaskStatus::Cancelled));
    assert_eq!(heap.mutate(census), [0i32; 0]);
}

#[test]
fn resolve_all_group() {
    let (mut heap, ticket) = two(|_, root, tasks| {
        let all = root.tasks.join(JoinKind::All, &tasks).unwrap();
        root.tasks.ticket(all).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    heap.mutate(|_, root| {
        let all = root.tasks.task(&ticket).unwrap();
        assert_eq!(parts(root, all), ["ok 1", "ok 2"]);
    });
}

#[test]
fn resolve_race_group() {
    let (mut heap, ticket) = two(|_, root, tasks| {
        let race = root.tasks.join(JoinKind::Race, &tasks).unwrap();
        root.tasks.ticket(race).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 1");
}

#[test]
fn register_external_and_resolve() {
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|mc, root| {
        let (task, completer) = root.tasks.external().unwrap();
        assert_eq!(root.tasks.open_externals(), 1);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert_eq!(root.tasks.status(task), Ok(TaskStatus::Waiting));
        (root.tasks.ticket(task).unwrap(), completer)
    });
    std::thread::spawn(move || completer.complete(42.0)).join().unwrap();
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(ticket.outcome(&mut heap, |_, outcome| outcome.ok().unwrap().as_double()), Ok(Some(42.0)));
    assert_eq!(heap.mutate(|_, root| root.tasks.open_externals()), 0);
}

#[test]
fn external_task_error() {
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        (root.tasks.ticket(task).unwrap(), completer)
    });
    std::thread::spawn(move || completer.fail_with(|mc| Ok(mc.alloc_str("connection refused")?.into())))
        .join()
        .unwrap();
    run_until(&mut heap, &ticket).unwrap();
    // The same each time.
    for _ in 0..2 {
        let text = ticket.outcome(&mut heap, |_, outcome| {
            outcome.err().unwrap().downcast::<mangrove_gc::Str>().unwrap().to_string()
        });
        assert_eq!(text.unwrap(), "connection refused");
    }
}

#[test]
fn external_task_cancelled() {
    let mut heap = moving();
    let (ticket, completer) = heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        (root.tasks.ticket(task).unwrap(), completer)
    });
    drop(completer);
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "abandoned");
}

#[test]
fn take_external_receiver() {
    let mut heap = moving();
    // Nothing is taken out: the task stays in the table while async code awaits it.
    let (ticket, completer) = heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        (root.tasks.ticket(task).unwrap(), completer)
    });
    {
        let mut driven = std::pin::pin!(drive(&mut heap, &ticket));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(driven.as_mut().poll(&mut cx).is_pending());
    }
    assert_eq!(heap.mutate(|_, root| root.tasks.open_externals()), 1);
    completer.complete(1);
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(outcome_of(&mut heap, &ticket), "ok 1");
}
