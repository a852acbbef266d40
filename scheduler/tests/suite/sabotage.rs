//! Negative controls: each planted bug is found by the check that is meant to find it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mangrove_gc::{Collect, Heap, HeapConfig, Value, What, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;

fn with(bug: Sabotage, what: What) -> Heap<Machine> {
    let mut heap = heap_of(HeapConfig::default().with_zeal(Zeal::of(what, 1)));
    heap.mutate(|_, root| root.tasks.__sabotage(bug));
    heap
}

#[test]
fn a_root_left_out_is_missed_by_the_census() {
    with(Sabotage::SkipOneRoot, What::Compact).mutate(|mc, root| {
        for number in 0..3 {
            root.tasks.spawn(cell(mc, number)).unwrap();
        }
        assert_eq!(census(mc, root), [1, 2]);
    });
}

#[test]
fn a_value_in_a_clean_chunk_is_left_behind_by_a_minor_collection() {
    let mut heap = with(Sabotage::ForgetDirtyChunk, What::Minor);
    heap.mutate(|mc, root| {
        root.tasks.spawn(cell(mc, 1)).unwrap();
    });
    // Verification finds a root that points to poison.
    assert!(catch_unwind(AssertUnwindSafe(|| heap.collect(Collect::Minor))).is_err());
    std::mem::forget(heap);
}

#[test]
fn a_result_kept_after_release_is_seen_by_the_census() {
    with(Sabotage::KeepReleasedResult, What::Compact).mutate(|mc, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        finish(root, cell(mc, 1));
        root.tasks.release(task).unwrap();
        assert_eq!(census(mc, root), [1]);
    });
}

#[test]
fn a_running_value_dropped_from_the_table_is_missed_by_the_census() {
    with(Sabotage::DropRunningValue, What::Compact).mutate(|mc, root| {
        root.tasks.spawn(cell(mc, 1)).unwrap();
        let _ = root.tasks.begin().unwrap();
        assert_eq!(census(mc, root), [0i32; 0]);
    });
}

#[test]
fn parts_of_a_join_left_out_are_missed_by_the_census() {
    with(Sabotage::SkipJoinParts, What::Compact).mutate(|mc, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        root.tasks.join(JoinKind::All, &[task]).unwrap();
        finish(root, cell(mc, 1));
        root.tasks.release(task).unwrap();
        assert_eq!(census(mc, root), [0i32; 0]);
    });
}

#[test]
fn a_late_completion_that_is_accepted_is_seen_by_the_outcome() {
    with(Sabotage::AcceptLateCompletion, What::Compact).mutate(|mc, root| {
        let (task, completer) = root.tasks.external().unwrap();
        root.tasks.cancel(task, Reason::NONE).unwrap();
        completer.complete(1);
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        assert_eq!(root.tasks.status(task), Ok(TaskStatus::Completed));
    });
}

/// Races of a short task against one long-lived external: how many bytes the table grew by.
fn growth(root: &mut Root<'_>) -> usize {
    let (loser, _completer) = root.tasks.external().unwrap();
    let mut before = 0;
    for round in 0..5000 {
        let quick = root.tasks.spawn(Value::NIL).unwrap();
        let race = root.tasks.join(JoinKind::Race, &[loser, quick]).unwrap();
        finish(root, Value::NIL);
        for task in [quick, race] {
            root.tasks.release(task).unwrap();
        }
        if round == 0 {
            before = root.tasks.table_bytes();
        }
    }
    root.tasks.table_bytes() - before
}

#[test]
fn a_waiter_edge_left_behind_is_seen_by_the_size_of_the_table() {
    heap_of(HeapConfig::default()).mutate(|_, root| assert_eq!(growth(root), 0));
    assert!(with(Sabotage::LeaveWaiterEdge, What::Compact).mutate(|_, root| growth(root)) > 100_000);
}

#[test]
fn the_value_of_a_loser_that_is_kept_is_seen_by_the_census() {
    for (bug, expected) in [(None, &[1, 1][..]), (Some(Sabotage::KeepLoserValue), &[1, 1, 2][..])] {
        let mut heap = heap_of(HeapConfig::default());
        heap.mutate(|mc, root| {
            if let Some(bug) = bug {
                root.tasks.__sabotage(bug);
            }
            let tasks = [1, 2].map(|_| root.tasks.spawn(Value::NIL).unwrap());
            for _ in tasks {
                let _ = root.tasks.begin().unwrap();
            }
            let race = root.tasks.join_with(JoinKind::Race, &tasks, JoinOptions::OWN).unwrap();
            root.tasks.complete(tasks[0], cell(mc, 1)).unwrap();
            root.tasks.fail(tasks[1], cell(mc, 2)).unwrap();
            for task in tasks {
                root.tasks.release(task).unwrap();
            }
            assert!(root.tasks.is_resolved(race).unwrap());
            assert_eq!(census(mc, root), expected);
        });
    }
}

/// Each is found by random histories against the naive model, without a test that knows of it.
#[test]
fn the_naive_model_finds_what_is_planted() {
    for bug in [
        Sabotage::KeepLoserValue,
        Sabotage::KeepReleasedResult,
        Sabotage::DropRunningValue,
        Sabotage::SkipJoinParts,
        Sabotage::SkipOneRoot,
    ] {
        let found = (0..40).any(|seed| {
            let run = || crate::structures::history(seed, 200, |root| root.tasks.__sabotage(bug));
            catch_unwind(AssertUnwindSafe(run)).is_err()
        });
        assert!(found, "{bug:?}");
    }
}
