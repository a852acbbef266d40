//! [`Edge`]: one task of one join: first the join's place among the task's waiters, then the task's outcome.
//!
//! Invariant: an edge is linked, and has no verdict, while its task is not settled and its join is open. The value of
//! the outcome is a root of the join until the join is taken or released, whatever becomes of the task.

use super::NONE;
use super::list::{Link, Linked, Node};
use super::row::Row;
use super::store::{Record, Store};
use crate::outcome::Verdict;

pub(crate) struct Edge {
    pub(crate) link: Link,
    /// The slot of the task while the edge is linked; else `NONE`.
    pub(crate) child: u32,
    /// The slot of the join.
    pub(crate) join: u32,
    /// Its place in the input.
    pub(crate) index: u32,
    /// The edge of the next place.
    pub(crate) sibling: u32,
    pub(crate) verdict: Option<Verdict>,
}

impl Record for Edge {
    type Floor = ();

    fn fresh((): &()) -> Self {
        Edge { link: Link::LOOSE, child: NONE, join: NONE, index: 0, sibling: NONE, verdict: None }
    }

    fn dismiss(_: &[Self], (): &mut ()) -> bool {
        true
    }
}

/// Both kinds of records that wait for tasks.
pub(crate) struct Waiting<'a, 'gc>(pub(crate) &'a mut Store<'gc, Row>, pub(crate) &'a mut Store<'gc, Edge>);

impl Linked for Waiting<'_, '_> {
    #[inline(always)]
    fn link(&mut self, node: Node) -> &mut Link {
        match node.split() {
            Ok(slot) => &mut self.0[slot].link,
            Err(edge) => &mut self.1[edge].link,
        }
    }
}
