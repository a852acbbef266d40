//! [`Cold`]: what few tasks have: waiters, the record of a join, a fault, tickets.
//!
//! Invariant: a record belongs to a row (`owner`), or it is an orphan: its task was taken or released while tasks that
//! awaited it have yet to be resumed. An orphan has the verdict and, as a root, the value; it goes with the last of them.

use super::NONE;
use super::list::List;
use super::store::Record;
use crate::join::JoinKind;
use crate::outcome::{Fault, Reason, Verdict};

pub(crate) struct Cold {
    /// The slot; `NONE` for an orphan.
    pub(crate) owner: u32,
    /// Tasks woken by the settlement that were not resumed yet.
    pub(crate) undelivered: u32,
    /// Tickets that are not dropped.
    pub(crate) tickets: u32,
    /// A ticket was given up by `keep`: the last one to be dropped releases nothing.
    pub(crate) kept: bool,
    /// Tasks and edges of joins that wait for it. Empty once it is settled.
    pub(crate) waiters: List,
    pub(crate) extra: Extra,
    /// Why it was cancelled.
    pub(crate) reason: Reason,
    /// Why it failed; or, while it is not settled, why its await was refused.
    pub(crate) fault: Option<Fault>,
    /// With a refused await: what it would have awaited. Of an orphan: the id of its task.
    pub(crate) about: u64,
    /// Of an orphan: how its task settled.
    pub(crate) verdict: Option<Verdict>,
}

pub(crate) enum Extra {
    None,
    Join(JoinRecord),
}

#[derive(Clone, Copy)]
pub(crate) struct JoinRecord {
    pub(crate) kind: JoinKind,
    /// Its first edge; the others follow by `sibling`, in input order.
    pub(crate) first: u32,
    pub(crate) count: u32,
    /// Tasks that are not settled.
    pub(crate) remaining: u32,
    /// Index of the task that decided it, or `NONE`.
    pub(crate) decided_by: u32,
}

impl Record for Cold {
    type Floor = ();

    fn fresh((): &()) -> Self {
        Cold {
            owner: NONE,
            undelivered: 0,
            tickets: 0,
            kept: false,
            waiters: List::EMPTY,
            extra: Extra::None,
            reason: Reason::NONE,
            fault: None,
            about: 0,
            verdict: None,
        }
    }

    fn dismiss(_: &[Self], (): &mut ()) -> bool {
        true
    }
}
