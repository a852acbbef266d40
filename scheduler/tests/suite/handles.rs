//! Tickets, names, places and the dump.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use mangrove_gc::{Collect, Gc, Mutation, Value};
use mangrove_scheduler::*;

use crate::machine::*;

#[test]
fn a_ticket_reads_status_and_outcome_in_one_call() {
    let mut heap = moving();
    let ticket = heap.mutate(|mc, root| {
        let task = go(mc, root, give, cell(mc, 5));
        root.tasks.ticket(task).unwrap()
    });
    assert_eq!(ticket.status(&mut heap), Ok(TaskStatus::Ready));
    assert!(matches!(ticket.outcome(&mut heap, |_, _| ()), Err(TaskError::NotSettled { .. })));
    assert!(matches!(ticket.take(&mut heap, |_, _| ()), Err(TaskError::NotSettled { .. })));
    run_until(&mut heap, &ticket).unwrap();
    heap.collect(Collect::Compact).unwrap();
    assert_eq!(ticket.status(&mut heap), Ok(TaskStatus::Completed));
    assert_eq!(ticket.outcome(&mut heap, |_, outcome| show(&outcome)).unwrap(), "ok 5");
    assert_eq!(ticket.take(&mut heap, |_, outcome| show(&outcome)).unwrap(), "ok 5");
    assert!(matches!(ticket.status(&mut heap), Err(TaskError::Stale { .. })));
    assert_eq!(heap.mutate(census), [0i32; 0]);
}

#[test]
fn a_ticket_of_another_heap_is_stale() {
    let (mut heap, mut other) = (heap(), heap());
    let ticket = heap.mutate(|mc, root| {
        let task = go(mc, root, give, Value::int(1));
        root.tasks.ticket(task).unwrap()
    });
    other.mutate(|mc, root| go(mc, root, give, Value::int(2)).name());
    assert!(matches!(ticket.status(&mut other), Err(TaskError::Stale { .. })));
    assert!(matches!(run_until(&mut other, &ticket), Err(RunError::Stale)));
    drop(heap);
    assert!(matches!(ticket.take(&mut other, |_, _| ()), Err(TaskError::Stale { .. })));
}

#[test]
fn the_last_ticket_releases_its_task_unless_one_was_kept() {
    for keep in [false, true] {
        let mut heap = moving();
        let (first, second) = heap.mutate(|mc, root| {
            let task = go(mc, root, give, cell(mc, 1));
            (root.tasks.ticket(task).unwrap(), root.tasks.ticket(task).unwrap())
        });
        run_until(&mut heap, &first).unwrap();
        if keep {
            first.keep()
        } else {
            drop(first)
        }
        run_until_idle(&mut heap).unwrap();
        assert_eq!(second.status(&mut heap), Ok(TaskStatus::Completed));
        std::thread::spawn(move || drop(second)).join().unwrap();
        run_until_idle(&mut heap).unwrap();
        assert_eq!(heap.mutate(|_, root| root.tasks.outstanding()), usize::from(keep));
    }
}

#[test]
fn an_abandoned_external_tells_where_it_was_made() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let (unlabelled, _) = root.tasks.external().unwrap();
        root.tasks.set_labels(true);
        let line = line!() + 1;
        let (task, completer) = root.tasks.external().unwrap();
        root.tasks.set_name(task, "the upload").unwrap();
        drop(completer);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert!(matches!(root.tasks.outcome(task), Ok(Outcome::Abandoned)));
        let site = root.tasks.site(task).unwrap().unwrap();
        assert_eq!((site.file(), site.line()), (file!(), line));
        assert_eq!(root.tasks.name(task), Ok(Some("the upload")));
        assert_eq!((root.tasks.site(unlabelled), root.tasks.name(unlabelled)), (Ok(None), Ok(None)));
        let dump = root.tasks.dump().to_string();
        let expected = format!("{} \"the upload\" external Abandoned, age 0, made at {site}", task.name());
        assert!(dump.contains(&expected), "{dump}");
        root.tasks.take(task).unwrap();
        let reused = root.tasks.spawn(Value::NIL).unwrap();
        assert_eq!(root.tasks.name(reused), Ok(None));
    });
}

#[test]
fn every_kind_of_task_remembers_who_made_it() {
    let mut heap = heap();
    heap.mutate(|_, root| {
        let tasks = &mut root.tasks;
        tasks.set_labels(true);
        let scope = tasks.scope(ScopeOptions::default()).unwrap();
        let made = [
            scope,
            tasks.spawn(Value::NIL).unwrap(),
            tasks.spawn_in(scope, Value::NIL).unwrap(),
            tasks.external().unwrap().0,
            tasks.external_in(scope).unwrap().0,
            tasks.join(JoinKind::All, &[]).unwrap(),
            tasks.sleep(Duration::from_secs(1)).unwrap(),
            tasks.timeout(scope, Duration::from_secs(1)).unwrap(),
        ];
        for task in made {
            assert_eq!(tasks.site(task).unwrap().unwrap().file(), file!(), "{:?}", tasks.dump());
        }
        tasks.set_name(scope, &"é".repeat(500)).unwrap();
        assert_eq!(tasks.name(scope).unwrap().unwrap().len(), 200);
    });
}

#[test]
fn a_dump_shows_what_waits_for_what_and_is_bounded() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let (external, _completer) = root.tasks.external().unwrap();
        let waiting = go(mc, root, follow, external.into());
        let turn = root.tasks.begin().unwrap();
        root.tasks.suspend(turn.task, external, turn.value).unwrap();
        let many: Vec<_> = (0..9).map(|_| root.tasks.external().unwrap().0).collect();
        let join = root.tasks.join(JoinKind::All, &many).unwrap();
        let running = go(mc, root, give, Value::NIL);
        let _ = root.tasks.begin().unwrap();
        let dump = root.tasks.dump().to_string();
        for line in [
            format!("{} Waiting for {}, age 0", waiting.name(), external.name()),
            format!("{} external Waiting, age 0, awaited", external.name()),
            format!(
                "{} join Waiting for {}, {}, {}, {} and 5 more, age 0",
                join.name(),
                many[0].name(),
                many[1].name(),
                many[2].name(),
                many[3].name()
            ),
            format!("{} Running, age 0", running.name()),
        ] {
            assert!(dump.contains(&line), "{line}: {dump}");
        }
        assert_eq!(format!("{:#?}", root.tasks), dump);
        for _ in 0..1000 {
            root.tasks.spawn(Value::NIL).unwrap();
        }
        assert_eq!(root.tasks.dump().to_string().lines().count(), 1 + 100 + 1);
        assert!(root.tasks.dump().at_most(3).to_string().ends_with("and 1010 more"));
        assert!(format!("{:?}", root.tasks).len() < 200);
    });
}

/// Prints the dump when it is dropped, also while a panic unwinds.
struct Printer<'a, 'gc>(&'a TaskScheduler<'gc>, &'a mut Vec<String>);
impl Drop for Printer<'_, '_> {
    fn drop(&mut self) {
        assert!(std::thread::panicking());
        self.1.push(self.0.dump().to_string());
    }
}

#[test]
fn tasks_can_be_looked_at_with_who_waits_for_them_in_order() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        let (external, _completer) = root.tasks.external().unwrap();
        let first = root.tasks.spawn_after(external, Value::int(1)).unwrap();
        let join = root.tasks.join(JoinKind::All, &[external]).unwrap();
        let last = root.tasks.spawn_after(external, Value::int(2)).unwrap();
        assert_eq!(root.tasks.waiters(external).unwrap().collect::<Vec<_>>(), [first, join, last]);
        assert_eq!(root.tasks.waiters(last).unwrap().count(), 0);
        assert_eq!(root.tasks.tasks().collect::<Vec<_>>(), [external, first, join, last]);
        assert_eq!(root.tasks.value(last).unwrap().as_int(), Some(2));
        let gone = go(mc, root, give, Value::NIL);
        root.tasks.cancel(gone, Reason::NONE).unwrap();
        root.tasks.take(gone).unwrap();
        assert!(root.tasks.value(gone).is_err() && root.tasks.waiters(gone).is_err());
    });
}

#[test]
fn a_dump_can_be_printed_inside_resume_and_while_a_panic_unwinds() {
    let mut heap = moving();
    fn panics<'gc>(_: &Mutation<'gc>, root: &mut Root<'gc>, _: Turn<'gc>, _: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
        let inside = root.tasks.dump().to_string();
        root.notes.push(inside);
        let _printer = Printer(&root.tasks, &mut root.notes.0);
        panic!("in the middle of it");
    }
    let name = heap.mutate(|mc, root| go(mc, root, panics, Value::NIL).name());
    assert!(catch_unwind(AssertUnwindSafe(|| run_until_idle(&mut heap))).is_err());
    heap.mutate(|_, root| {
        assert_eq!(root.notes.len(), 2);
        assert!(root.notes.iter().all(|note| note.contains(&format!("{name} Running"))));
        let after = root.tasks.dump().to_string();
        assert!(after.contains("Failed, age 0, the code of the task panicked: in the middle of it"), "{after}");
    });
}
