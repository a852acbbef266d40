//! [`Cold`]: what few tasks have: waiters, the record of a join, a fault, tickets.
//!
//! Invariant: a record belongs to a row (`owner`), or it is an orphan: its task was taken or released while tasks that
//! awaited it have yet to be resumed. An orphan has how it settled and, as a root, the value; it goes with the last of them.

use core::time::Duration;

use super::NONE;
use super::list::{Link, Linked, List, Node};
use super::row::Stage;
use super::store::{Record, Store};
use crate::join::JoinKind;
use crate::label::Label;
use crate::outcome::{Fault, Verdict};
use crate::reason::Reason;

pub(crate) struct Cold {
    /// The slot; `NONE` for an orphan.
    pub(crate) owner: u32,
    /// Tasks woken by the settlement that were not resumed yet.
    pub(crate) undelivered: u32,
    /// Tickets that are not dropped.
    pub(crate) tickets: u32,
    /// A ticket was given up by `keep`: the last one to be dropped releases nothing.
    pub(crate) kept: bool,
    /// Of an orphan: at which stage its task settled, and whether it failed by a fault.
    pub(crate) end: Option<(Stage, bool)>,
    /// Tasks and edges of joins that wait for it. Empty once it is settled.
    pub(crate) waiters: List,
    pub(crate) extra: Extra,
    /// The slot of the scope that it is in, or `NONE`.
    pub(crate) scope: u32,
    /// Its neighbours in that scope.
    pub(crate) member: Link,
    /// Its shields, or its grace, if it has any.
    pub(crate) care: Option<Box<Care>>,
    /// Why it was cancelled.
    pub(crate) reason: Reason,
    /// Why it failed; or, while it is not settled, why its await was refused.
    pub(crate) fault: Option<Fault>,
    /// With a refused await: what it would have awaited. Of an orphan: the id of its task.
    pub(crate) about: u64,
    /// What it is called, and where it was made.
    pub(crate) label: Option<Box<Label>>,
}

const _: () = assert!(size_of::<Cold>() == 128, "a record is two cache lines");

impl Cold {
    /// How a task settled, at this stage, by a fault or not; the rest is in its record, if it has one.
    pub(crate) fn verdict(cold: Option<&Cold>, (stage, fault): (Stage, bool)) -> Verdict {
        match stage {
            // A fault without a record: there was no memory to tell more.
            Stage::Failed if fault => {
                Verdict::Fault(cold.and_then(|cold| cold.fault.clone()).unwrap_or(Fault::OutOfMemory))
            }
            Stage::Failed => Verdict::Err,
            Stage::Cancelled => Verdict::Cancelled(cold.map(|cold| cold.reason.clone()).unwrap_or_default()),
            Stage::Abandoned => Verdict::Abandoned,
            _ => Verdict::Ok,
        }
    }

    /// Makes it as fresh. Most have little in them: a whole new record would be written and the old one dropped.
    pub(crate) fn reset(&mut self) {
        let Cold {
            owner,
            undelivered,
            tickets,
            kept,
            waiters,
            extra,
            scope,
            member,
            care,
            reason,
            fault,
            about,
            end,
            label,
        } = self;
        (*owner, *undelivered, *tickets, *kept, *about) = (NONE, 0, 0, false, 0);
        (*waiters, *scope, *member) = (List::EMPTY, NONE, Link::LOOSE);
        if !matches!(extra, Extra::None) {
            *extra = Extra::None;
        }
        if !reason.is_none() {
            *reason = Reason::NONE;
        }
        *care = None;
        *fault = None;
        *end = None;
        *label = None;
    }
}

/// What a few tasks have that wait for a moment.
#[derive(Default)]
pub(crate) struct Care {
    /// When the shields end that the task is in, the outermost first.
    pub(crate) shields: Vec<u64>,
    /// How long it awaits the end of what it cancelled.
    pub(crate) grace: Option<Duration>,
    /// Its deadline: the end of its shields if it is cancelled, or of its grace.
    pub(crate) deadline: Option<u32>,
}

pub(crate) enum Extra {
    None,
    Join(JoinRecord),
    Scope(Box<ScopeRecord>),
}

#[derive(Clone, Copy)]
pub(crate) struct JoinRecord {
    pub(crate) kind: JoinKind,
    /// Its first edge; the others follow by `sibling`, in input order.
    pub(crate) first: u32,
    pub(crate) count: u32,
    /// Tasks that are not settled.
    pub(crate) remaining: u32,
    /// The edge that decided it, or `NONE`.
    pub(crate) winner: u32,
    /// It cancels the tasks that it has not heard of when it is decided or cancelled, and awaits their end.
    pub(crate) own: bool,
    /// It does so now.
    pub(crate) closing: bool,
}

/// What a scope knows of its tasks. An error value that failed it is in its row.
pub(crate) struct ScopeRecord {
    /// Cold records of the tasks that are in it, in the order in which they came.
    pub(crate) members: List,
    pub(crate) live: u32,
    pub(crate) supervise: bool,
    pub(crate) discard: bool,
    /// It ends when no task is in it.
    pub(crate) closed: bool,
    /// It was cancelled, or one of its tasks failed: all that are in it are cancelled, and all that come.
    pub(crate) stopping: bool,
    /// The failure that failed it.
    pub(crate) failure: Option<Verdict>,
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
            scope: NONE,
            member: Link::LOOSE,
            care: None,
            reason: Reason::NONE,
            fault: None,
            about: 0,
            end: None,
            label: None,
        }
    }

    fn dismiss(_: &[Self], (): &mut ()) -> bool {
        true
    }
}

/// The members of a scope are linked by their cold records.
impl Linked for Store<'_, Cold> {
    fn link(&mut self, node: Node) -> &mut Link {
        &mut self[node.index()].member
    }
}
