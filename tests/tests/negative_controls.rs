//! Each check of the torture finds a bug planted for it, within 100 000 operations; and a clean run finds nothing.
//!
//! The bugs are compiled in for tests only (feature `sabotage`). A check that cannot fail proves nothing.

use std::time::Duration;

use mangrove_tests::{Config, Finding, Sabotage, minimise, read_ops, replay, run};

const OPS: u64 = 100_000;

/// Runs with a bug planted, for three seeds; each finds it, and for a reason that names it.
fn is_found(bug: Sabotage, zeal: &str, reasons: &[&str]) {
    for seed in 1..=3 {
        let config = Config { sabotage: Some(bug), ..config(seed, zeal) };
        match run(&config) {
            Ok(_) => panic!("seed {seed}: {OPS} operations under {zeal} did not find {bug:?}"),
            Err(finding) => assert!(
                reasons.iter().any(|reason| finding.what.contains(reason)),
                "seed {seed}: {bug:?} was found for another reason: {finding}"
            ),
        }
    }
}

fn config(seed: u64, zeal: &str) -> Config {
    let zeal = (zeal != "off").then(|| zeal.parse().unwrap());
    Config { seed, ops: OPS, zeal, ..Config::default() }
}

#[test]
fn a_task_value_left_out_of_scan_roots() {
    is_found(Sabotage::SkipOneRoot, "move", &["census", "stale"]);
}

#[test]
fn a_chunk_not_marked_dirty() {
    is_found(Sabotage::ForgetDirtyChunk, "minor", &["does not verify", "stale"]);
}

#[test]
fn a_result_kept_after_release() {
    is_found(Sabotage::KeepReleasedResult, "off", &["census"]);
}

#[test]
fn the_value_of_a_running_task_dropped() {
    is_found(Sabotage::DropRunningValue, "off", &["census"]);
}

#[test]
fn the_parts_of_a_join_left_out_of_scan_roots() {
    is_found(Sabotage::SkipJoinParts, "move", &["census"]);
}

#[test]
fn a_waiter_edge_left_behind() {
    // Or the timer of a timeout stays, which only the race waited for; or a task settles twice.
    let reasons = ["census of parts", "part ", "are outstanding", "subtract with overflow"];
    is_found(Sabotage::LeaveWaiterEdge, "off", &reasons);
}

#[test]
fn a_losers_value_kept() {
    is_found(Sabotage::KeepLoserValue, "off", &["census of parts", "part "]);
}

#[test]
fn a_partial_join_result_in_a_rust_local() {
    for zeal in ["move", "random"] {
        is_found(Sabotage::LocalParts, zeal, &["a part stale value"]);
    }
}

/// The external was cancelled, or settled by the VM, and is delivered all the same.
#[test]
fn a_cancelled_external_delivered() {
    is_found(Sabotage::AcceptLateCompletion, "off", &["is Completed, should be", "census of callables"]);
}

#[test]
fn a_barrier_skipped() {
    is_found(Sabotage::SkipBarrier, "minor", &["does not verify", "stale"]);
}

#[test]
fn a_slot_not_updated_after_a_move() {
    is_found(Sabotage::ForgetSlot, "move", &["stale"]);
}

#[test]
fn a_raw_nan_is_found_by_the_model() {
    is_found(Sabotage::RawNan, "off", &["should be Double"]);
}

/// The heap finds it by itself, before the model looks.
#[test]
fn a_raw_nan_is_found_by_verification() {
    for zeal in ["minor", "slice", "full", "move", "random"] {
        let config = Config { sabotage: Some(Sabotage::RawNan), walk_every: 0, ..config(1, zeal) };
        let ops = read_ops("move r7 d7ff8000000000001\nsafepoint").unwrap();
        let finding = replay(&config, &ops).expect_err("a raw NaN was not found");
        assert!(finding.what.contains("does not verify"), "under {zeal}: {finding}");
    }
}

#[test]
fn no_bug_no_finding() {
    for zeal in ["off", "minor", "move"] {
        let config = Config { ops: 3_000, ..config(1, zeal) };
        if let Err(finding) = run(&config) {
            panic!("under {zeal}: {finding}");
        }
    }
}

/// What is found is shrunk to what it takes, and that still finds it.
#[test]
fn findings_shrink() {
    for (bug, zeal, most) in [(Sabotage::RawNan, "off", 1), (Sabotage::SkipBarrier, "minor", 12)] {
        let config = Config { sabotage: Some(bug), ..config(7, zeal) };
        let finding: Box<Finding> = run(&config).expect_err("the bug was not found");
        let (ops, shrunk) = minimise(&config, &finding, Duration::from_secs(20));
        assert!(ops.len() <= most, "{bug:?} was shrunk to {} operations only: {ops:?}", ops.len());
        let again = replay(&config, &ops).expect_err("the shrunk list finds nothing");
        assert_eq!((again.index, &again.what.len()), (shrunk.index, &shrunk.what.len()), "{again} / {shrunk}");
    }
}
