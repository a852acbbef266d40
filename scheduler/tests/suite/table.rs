//! The table: ids, limits, chunks, memory.

use mangrove_gc::{Collect, HeapConfig, Value, What, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;

#[test]
fn a_stale_id_is_an_error_wherever_it_is_used() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let gone = root.tasks.spawn(cell(mc, 1)).unwrap();
        root.tasks.cancel(gone, Reason::NONE).unwrap();
        root.tasks.take(gone).unwrap();
        // The slot is another task's now, running and with waiters.
        let other = root.tasks.spawn(cell(mc, 2)).unwrap();
        let waiter = root.tasks.spawn(cell(mc, 3)).unwrap();
        let _ = (root.tasks.begin().unwrap(), root.tasks.begin().unwrap());
        root.tasks.suspend(waiter, other, cell(mc, 4)).unwrap();
        let stale = TaskError::Stale { task: gone.name() };
        let tasks = &mut root.tasks;
        assert_eq!(tasks.status(gone), Err(stale));
        assert_eq!(tasks.is_resolved(gone), Err(stale));
        assert_eq!(tasks.seq(gone), Err(stale));
        assert_eq!(tasks.outcome(gone).err(), Some(stale));
        assert_eq!(tasks.take(gone).err(), Some(stale));
        assert_eq!(tasks.release(gone), Err(stale));
        assert_eq!(tasks.cancel(gone, Reason::NONE), Err(stale));
        assert_eq!(tasks.ticket(gone).err(), Some(stale));
        assert_eq!(tasks.parts(gone).err(), Some(stale));
        assert_eq!(tasks.join(JoinKind::All, &[other, gone]), Err(stale));
        assert_eq!(tasks.spawn_after(gone, Value::NIL), Err(stale));
        assert_eq!(tasks.settle(gone, Ok(Value::NIL)), Err(stale));
        assert_eq!(tasks.complete(gone, Value::NIL), Err(stale));
        assert_eq!(tasks.suspend(other, gone, Value::NIL), Err(stale));
        assert_eq!(tasks.suspend(gone, other, Value::NIL), Err(stale));
        assert_eq!(tasks.status(other), Ok(TaskStatus::Running));
        assert_eq!(tasks.outstanding(), 2);
        assert_eq!(census(mc, root), [2, 4]);
    });
}

#[test]
fn forged_ids_name_nothing() {
    let mut heap = heap();
    heap.mutate(|_, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        let bits = Value::from(task).as_task().unwrap();
        for forged in (0..48).map(|bit| bits ^ 1 << bit).chain([(1 << 48) - 1]) {
            let forged = TaskId::from_value(Value::task(forged).unwrap()).unwrap();
            assert!(root.tasks.status(forged).is_err(), "{forged:?}");
        }
        assert!(TaskId::from_value(Value::int(0)).is_none());
        assert_eq!(TaskId::from_value(task.into()), Some(task));
    });
}

#[test]
fn a_slot_whose_generations_are_used_up_is_retired() {
    let mut heap = heap();
    heap.mutate(|_, root| {
        let first = root.tasks.spawn(Value::NIL).unwrap();
        root.tasks.cancel(first, Reason::NONE).unwrap();
        root.tasks.take(first).unwrap();
        let slot = |task: TaskId<'_>| Value::from(task).as_task().unwrap() & ((1 << 26) - 1);
        let mut last = first;
        for round in 1..(1 << 22) {
            last = root.tasks.spawn(Value::NIL).unwrap();
            assert_eq!(slot(last), slot(first), "round {round}");
            root.tasks.cancel(last, Reason::NONE).unwrap();
            root.tasks.take(last).unwrap();
        }
        let next = root.tasks.spawn(Value::NIL).unwrap();
        assert_ne!(slot(next), slot(first));
        assert!(root.tasks.status(first).is_err() && root.tasks.status(last).is_err());
        assert_eq!(root.tasks.outstanding(), 1);
    });
}

#[test]
fn ids_stay_stale_when_the_table_shrank_and_grew_again() {
    let mut heap = heap();
    heap.mutate(|_, root| {
        let mut old = vec![];
        for round in 0..4 {
            let tasks: Vec<_> = (0..50_000).map(|_| root.tasks.spawn(Value::NIL).unwrap()).collect();
            for &task in old.iter().chain(&[]) {
                assert!(root.tasks.status(task).is_err(), "{task:?} in round {round}");
            }
            for &task in &tasks {
                root.tasks.cancel(task, Reason::NONE).unwrap();
                root.tasks.take(task).unwrap();
            }
            assert!(root.tasks.table_bytes() < 500_000);
            old.extend(tasks);
        }
    });
}

#[test]
fn a_full_table_is_a_typed_error_that_loses_nothing() {
    let mut heap = moving();
    heap.mutate(|mc, root| {
        root.tasks.set_limit(3);
        let tasks = [1, 2, 3].map(|number| root.tasks.spawn(cell(mc, number)).unwrap());
        let full = TaskError::Limit { limit: 3 };
        assert_eq!(root.tasks.spawn(cell(mc, 4)), Err(full));
        assert_eq!(root.tasks.spawn_after(tasks[0], cell(mc, 4)), Err(full));
        assert_eq!(root.tasks.deferred(), Err(full));
        assert_eq!(root.tasks.external().err(), Some(full));
        assert_eq!(root.tasks.join(JoinKind::All, &tasks), Err(full));
        assert_eq!(census(mc, root), [1, 2, 3]);
        assert_eq!((root.tasks.outstanding(), root.tasks.open_externals()), (3, 0));
        finish(root, cell(mc, 5));
        root.tasks.take(tasks[0]).unwrap();
        assert!(root.tasks.spawn(cell(mc, 4)).is_ok());
        assert!(full.to_string().contains("set_limit"));
    });
}

#[test]
fn a_minor_collection_finds_young_values_written_to_old_chunks() {
    let config = HeapConfig::from_env().with_zeal(Zeal::of(What::Minor, 1));
    let mut heap = heap_of(config);
    // Several chunks, all clean after two minor collections.
    heap.mutate(|mc, root| {
        for number in 0..3000 {
            let task = root.tasks.spawn(cell(mc, number)).unwrap();
            root.stack.push(task.into());
        }
        while let Some(turn) = root.tasks.begin() {
            let _ = turn;
        }
    });
    for _ in 0..3 {
        heap.collect(Collect::Minor).unwrap();
    }
    for round in 0..5 {
        // One young value in each of some chunks, by each way of writing one.
        heap.mutate(|mc, root| {
            for index in (round..3000).step_by(997) {
                let task = kept(root, index);
                let value = cell(mc, 10_000 + index as i32);
                match round {
                    0 => root.tasks.complete(task, value),
                    1 => root.tasks.fail(task, value),
                    2 => root.tasks.yield_now(task, value),
                    3 => root.tasks.at_safepoint(task, value),
                    _ => {
                        let awaited = kept(root, 5);
                        root.tasks.suspend(task, awaited, value)
                    }
                }
                .unwrap();
            }
        });
        heap.collect(Collect::Minor).unwrap();
        heap.verify().unwrap();
        heap.mutate(|mc, root| {
            let census = census(mc, root);
            assert_eq!(census.len(), 3000);
            for (index, number) in census.into_iter().enumerate() {
                let written = (0..=round).any(|round| index >= round && (index - round).is_multiple_of(997));
                assert_eq!(number, index as i32 + if written { 10_000 } else { 0 });
            }
        });
    }
}

#[test]
fn a_new_task_in_a_clean_chunk_is_found_by_a_minor_collection() {
    let mut heap = heap();
    for round in 0..50 {
        heap.mutate(|mc, root| {
            root.tasks.spawn(cell(mc, round)).unwrap();
            let (external, completer) = root.tasks.external().unwrap();
            completer.complete_with(move |mc| Ok(cell(mc, 100 + round)));
            root.tasks.join(JoinKind::All, &[external]).unwrap();
            assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        });
        heap.collect(Collect::Minor).unwrap();
        heap.verify().unwrap();
    }
    heap.mutate(|mc, root| {
        let mut roots = census(mc, root);
        roots.sort();
        let expected: Vec<_> = (0..50).chain((100..150).flat_map(|number| [number; 2])).collect();
        assert_eq!(roots, expected);
    });
}

/// `cargo test -p mangrove-scheduler --release --test suite -- --ignored --nocapture measure`
#[test]
#[ignore = "measures"]
fn measure() {
    use std::time::Instant;
    let mut heap = heap_of(HeapConfig::default());
    for outstanding in [1usize, 1000, 1_000_000] {
        heap.mutate(|mc, root| {
            let mut queue = std::collections::VecDeque::with_capacity(outstanding + 1);
            for _ in 1..outstanding {
                queue.push_back(root.tasks.spawn(Value::int(1)).unwrap());
            }
            let rounds = 2_000_000;
            let start = Instant::now();
            for _ in 0..rounds {
                queue.push_back(root.tasks.spawn(Value::int(1)).unwrap());
                let turn = root.tasks.begin().unwrap();
                root.tasks.complete(turn.task, turn.value).unwrap();
                let oldest = queue.pop_front().unwrap();
                std::hint::black_box(root.tasks.take(oldest).unwrap());
            }
            let each = start.elapsed().as_nanos() as f64 / rounds as f64;
            println!("spawn, begin, complete, take with {outstanding} outstanding: {each:.1} ns");
            let scans = (20_000_000 / outstanding).max(10);
            let start = Instant::now();
            for _ in 0..scans {
                std::hint::black_box(mc.census(&mut root.tasks));
            }
            let each = start.elapsed().as_nanos() as f64 / scans as f64;
            println!("  scan: {:.3} ns for each", each / outstanding as f64);
            while let Some(turn) = root.tasks.begin() {
                root.tasks.complete(turn.task, turn.value).unwrap();
            }
            for task in queue {
                root.tasks.take(task).unwrap();
            }
        });
    }
    heap.mutate(|mc, root| {
        for number in 0..1000 {
            root.tasks.spawn(Value::int(number)).unwrap();
        }
        let start = Instant::now();
        for _ in 0..100_000 {
            std::hint::black_box(mc.census(&mut root.tasks));
        }
        println!(
            "scan of 1000 after a million came and went: {:.3} ns for each",
            start.elapsed().as_nanos() as f64 / 1e8
        );
    });
    let mut minor = |what: &str| {
        let start = Instant::now();
        for _ in 0..2000 {
            heap.mutate(|mc, root| root.stack = vec![cell(mc, 1)]);
            heap.collect(Collect::Minor).unwrap();
        }
        println!("minor collection {what}: {:.2} µs", start.elapsed().as_micros() as f64 / 2000.0);
        heap.mutate(|mc, root| {
            if root.tasks.outstanding() == 1000 {
                let start = Instant::now();
                for number in 0..1_000_000 {
                    root.tasks.spawn(cell(mc, number)).unwrap();
                }
                println!("spawn with an object: {:.1} ns", start.elapsed().as_nanos() as f64 / 1e6);
            }
        });
        heap.collect(Collect::Minor).unwrap();
    };
    minor("with 1e3 tasks");
    minor("with 1e6 tasks");
    heap.mutate(|mc, root| {
        let rounds = 200_000;
        let start = Instant::now();
        for _ in 0..rounds {
            let (task, completer) = root.tasks.external().unwrap();
            completer.complete(1);
            assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
            root.tasks.take(task).unwrap();
        }
        println!("external, complete, drain, take: {:.1} ns", start.elapsed().as_nanos() as f64 / rounds as f64);
        let (tasks, completers): (Vec<_>, Vec<_>) = (0..rounds).map(|_| root.tasks.external().unwrap()).unzip();
        let worker = std::thread::spawn(move || completers.into_iter().for_each(|completer| completer.complete(1)));
        let start = Instant::now();
        while tasks.iter().rev().any(|&task| !root.tasks.is_resolved(task).unwrap()) {
            let _ = root.tasks.poll_inbox(mc);
        }
        println!("completion from a thread, each: {:.1} ns", start.elapsed().as_nanos() as f64 / rounds as f64);
        worker.join().unwrap();
    });
}
