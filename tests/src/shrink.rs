//! [`shrink()`]: from a list of operations that fails to a short one that still does.
//!
//! Invariant: the result fails. It is delta debugging (Zeller's ddmin): leave out ever smaller parts while the rest
//! still fails; operations are total, so every rest runs.

use std::time::{Duration, Instant};

use crate::op::Op;

/// The shortest list found within `limit` for which `fails` holds, beginning with `ops`, for which it does.
pub fn shrink(ops: &[Op], limit: Duration, mut fails: impl FnMut(&[Op]) -> bool) -> Vec<Op> {
    let start = Instant::now();
    let mut best = ops.to_vec();
    let mut part = (best.len() / 2).max(1);
    loop {
        let mut removed = false;
        // From the end: what comes last was put there by what came before.
        let mut end = best.len();
        while end > 0 {
            if start.elapsed() > limit {
                return best;
            }
            let from = end.saturating_sub(part);
            let rest = [&best[..from], &best[end..]].concat();
            if fails(&rest) {
                best = rest;
                removed = true;
            }
            end = from;
        }
        match (part, removed) {
            (1, false) => return best,
            (1, true) => {}
            (_, true) if part > best.len() => part = (best.len() / 2).max(1),
            (_, true) => {}
            (_, false) => part = (part / 2).max(1),
        }
    }
}
