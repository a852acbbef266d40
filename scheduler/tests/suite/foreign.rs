//! The scheduler under a collector that is not ours.

use mangrove_gc::nanbox::Word;
use mangrove_gc::{Value, Visitor};
use mangrove_scheduler::*;

#[allow(dead_code, reason = "an example has a main")]
#[path = "../../examples/semispace.rs"]
mod semispace;

#[test]
fn tasks_survive_a_semispace_heap_that_moves_at_every_allocation() {
    for depth in 0..8 {
        let (sum, collections) = semispace::fork_and_send(depth, &[1, 2, 3, 4]);
        assert_eq!(sum, (1 << depth) + 20);
        assert!(collections >= 1 << depth);
    }
}

fn scheduler() -> TaskScheduler<'static> {
    // SAFETY: the words name no object that anyone reads.
    unsafe { TaskScheduler::foreign() }
}

fn word(address: u64) -> Value<'static> {
    // SAFETY: for a scheduler of `scheduler`.
    unsafe { Value::from_bits(Word::heap(address).unwrap().bits()) }
}

/// The addresses that a scheduler roots; each is 8 more after it.
fn scan(tasks: &mut TaskScheduler<'static>, young_only: bool) -> Vec<(&'static str, u64)> {
    let mut found = vec![];
    let mut visit = |group, word: &mut u64| {
        found.push((group, Word::from_bits(*word).as_heap().unwrap()));
        *word += 8;
    };
    // SAFETY: as `scheduler`; adding 8 is how these "objects" move.
    unsafe { Visitor::with_words(young_only, &mut visit, |visitor| tasks.scan_roots(visitor)) };
    found
}

#[test]
fn a_foreign_visit_sees_heap_words_only_and_may_replace_them() {
    let mut tasks = scheduler();
    let task = tasks.spawn(word(64)).unwrap();
    tasks.spawn(Value::int(7)).unwrap();
    tasks.spawn(task.into()).unwrap();
    let join = tasks.join(JoinKind::All, &[task]).unwrap();
    let turn = tasks.begin().unwrap();
    tasks.complete(task, turn.value).unwrap();
    let groups = ["tasks: callables, continuations and results", "tasks: parts of joins"];
    assert_eq!(scan(&mut tasks, false), [(groups[0], 64), (groups[1], 64)]);
    assert_eq!(tasks.take(task).unwrap().ok().unwrap().word().as_heap(), Some(72));
    assert_eq!(scan(&mut tasks, false), [(groups[1], 72)]);
    assert_eq!(tasks.parts(join).unwrap().len(), 1);
}

#[test]
fn a_foreign_minor_visit_sees_what_was_written_since_the_last() {
    let mut tasks = scheduler();
    tasks.spawn(word(64)).unwrap();
    assert_eq!(scan(&mut tasks, true).len(), 1);
    assert_eq!(scan(&mut tasks, true).len(), 0);
    tasks.spawn(word(128)).unwrap();
    assert_eq!(scan(&mut tasks, true).len(), 2, "the chunk");
    assert_eq!(scan(&mut tasks, false).len(), 2);
}

#[test]
fn completions_without_a_mangrove_heap_are_settled_or_typed_faults() {
    let mut tasks = scheduler();
    let made: Vec<_> = (0..6).map(|_| tasks.external().unwrap()).collect();
    let ids: Vec<_> = made.iter().map(|(task, _)| *task).collect();
    for (index, (_, completer)) in made.into_iter().enumerate() {
        match index {
            0 => completer.complete(1),
            1 => completer.fail(2),
            2 => completer.complete_with(|_| unreachable!("there is no heap to build on")),
            3 => completer.complete_data("text"),
            4 => completer.complete_data(5u8),
            _ => drop(completer),
        }
    }
    let (task, data) = tasks.poll_inbox_foreign().unwrap();
    assert_eq!((task, *data.downcast::<&str>().unwrap()), (ids[3], "text"));
    tasks.settle(task, Ok(word(64))).unwrap();
    let again = tasks.settle(task, Ok(Value::NIL));
    let settled = TaskError::NotOpen { task: task.name(), status: TaskStatus::Completed };
    assert_eq!(again, Err(settled));
    let (task, _) = tasks.poll_inbox_foreign().unwrap();
    assert_eq!(scan(&mut tasks, false).len(), 1, "between two of them there may be a collection");
    tasks.settle(task, Err(Value::int(5))).unwrap();
    assert!(tasks.poll_inbox_foreign().is_none());
    assert_eq!(tasks.open_externals(), 0);
    assert_eq!(tasks.outcome(ids[0]).unwrap().ok().unwrap().as_int(), Some(1));
    assert_eq!(tasks.outcome(ids[1]).unwrap().err().unwrap().as_int(), Some(2));
    assert!(matches!(tasks.outcome(ids[2]), Ok(Outcome::Fault(Fault::Unbuildable))));
    assert_eq!(tasks.outcome(ids[3]).unwrap().ok().unwrap().word().as_heap(), Some(72));
    assert_eq!(tasks.outcome(ids[4]).unwrap().err().unwrap().as_int(), Some(5));
    assert!(matches!(tasks.outcome(ids[5]), Ok(Outcome::Abandoned)));
}

#[test]
fn data_for_another_heap_fails_its_task_in_a_mangrove_heap() {
    let mut heap = crate::machine::heap();
    let ticket = heap.mutate(|_, root| {
        let (task, completer) = root.tasks.external().unwrap();
        completer.complete_data(1u8);
        root.tasks.ticket(task).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    assert_eq!(crate::machine::outcome_of(&mut heap, &ticket), "Unbuildable");
}
