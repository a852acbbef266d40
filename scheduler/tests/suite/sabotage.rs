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
