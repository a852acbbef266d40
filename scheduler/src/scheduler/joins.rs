//! Joins: tasks that settle by other tasks, by the table of kinds.
//!
//! | | All | Race | Any | AllSettled |
//! | --- | --- | --- | --- | --- |
//! | decided by | the first that is not `Ok` | the first to settle | the first `Ok` | none |
//! | else, when all are settled | `Ok`, with parts | | `Fault::Aggregate`, with parts | `Ok`, with parts |
//! | of no task | `Ok` | `Fault::EmptyJoin` | `Fault::Aggregate` | `Ok` |
//! | of tasks settled already | the lowest `seq` decides | the lowest index | the lowest index | |
//!
//! A join that is decided by one of its tasks has that task's outcome. If it borrows its tasks, those that lose go on;
//! if it owns them, see `losers.rs`.
//!
//! Invariant: an open join is in the waiter list of each task of its that is not settled, by one edge for each place;
//! a settled join is in none.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::join::{JoinKind, JoinOptions};
use crate::outcome::{Fault, Outcome, Verdict};
use crate::sabotage::Sabotage;
use crate::table::{Edge, Extra, JoinRecord, Kind, NONE, Node, Record, Stage, Waiting};

/// Below what a link can name.
const MAX_EDGES: usize = (1 << 31) - 1024;

impl<'gc> TaskScheduler<'gc> {
    /// A task that settles by `tasks`, which it borrows: callables, externals and joins in any mix, settled or not,
    /// the same one as often as wanted. Costs O(tasks).
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`], and [`TaskError::Stale`] for the first task that is gone.
    #[track_caller]
    pub fn join(&mut self, kind: JoinKind, tasks: &[TaskId<'gc>]) -> Result<TaskId<'gc>, TaskError> {
        self.join_with(kind, tasks, JoinOptions::BORROW)
    }

    /// [`TaskScheduler::join`] that may own its tasks.
    ///
    /// # Errors
    /// As [`TaskScheduler::join`].
    #[track_caller]
    pub fn join_with(
        &mut self,
        kind: JoinKind,
        tasks: &[TaskId<'gc>],
        options: JoinOptions,
    ) -> Result<TaskId<'gc>, TaskError> {
        let join = self.make_join(kind, tasks, options)?;
        self.open_join(join);
        self.pump();
        Ok(self.id(join))
    }

    /// A join that is not open: in no list.
    #[track_caller]
    pub(super) fn make_join(
        &mut self,
        kind: JoinKind,
        tasks: &[TaskId<'gc>],
        options: JoinOptions,
    ) -> Result<u32, TaskError> {
        for &task in tasks {
            let slot = self.slot(task)?;
            if !self.rows[slot].is_settled() {
                self.cold(slot)?;
            }
        }
        let join = self.make(Kind::Join, Stage::Waiting)?.slot();
        if let Err(error) = self.build_join(join, kind, tasks, options) {
            self.unmake(join);
            return Err(error);
        }
        Ok(join)
    }

    /// Makes the record and the edges, not linked. On an error, what it made goes with the row.
    fn build_join(
        &mut self,
        join: u32,
        kind: JoinKind,
        tasks: &[TaskId<'gc>],
        options: JoinOptions,
    ) -> Result<(), TaskError> {
        let cold = self.cold(join)?;
        let mut record = JoinRecord {
            kind,
            first: NONE,
            count: tasks.len() as u32,
            remaining: tasks.len() as u32,
            winner: NONE,
            own: options.own,
            closing: false,
        };
        let mut last = NONE;
        for (index, task) in tasks.iter().enumerate() {
            let Ok(edge) = self.edges.add(MAX_EDGES) else {
                self.drop_edges(record.first);
                return Err(TaskError::OutOfMemory);
            };
            self.edges[edge] = Edge { child: task.slot(), join, index: index as u32, ..Edge::fresh(&()) };
            match last {
                NONE => record.first = edge,
                last => self.edges[last].sibling = edge,
            }
            last = edge;
        }
        self.colds[cold].extra = Extra::Join(record);
        self.set_grace(cold, options.grace);
        Ok(())
    }

    /// Takes the outcomes of the tasks that are settled, and decides the join by them, or waits for the others.
    pub(super) fn open_join(&mut self, join: u32) {
        let record = *self.record(join);
        let mut decided: Option<(u64, u32)> = None;
        let mut next = record.first;
        while next != NONE {
            let edge = next;
            next = self.edges[edge].sibling;
            let child = self.edges[edge].child;
            if !self.rows[child].is_settled() {
                continue;
            }
            self.fill_part(edge, child);
            let rank = match record.kind {
                JoinKind::All => self.rows[child].seq,
                // In input order: the first one found keeps its place.
                _ => 0,
            };
            if self.decides(record.kind, edge) && decided.is_none_or(|(best, _)| rank < best) {
                decided = Some((rank, edge));
            }
        }
        if let Some((_, edge)) = decided
            && !record.own
        {
            return self.decide(join, edge, false);
        }
        self.link_edges(record.first);
        if let Some((_, edge)) = decided {
            return self.decide(join, edge, true);
        }
        if self.record(join).remaining == 0 {
            self.exhaust(join);
        }
    }

    fn link_edges(&mut self, first: u32) {
        let mut next = first;
        while next != NONE {
            let Edge { child, sibling, .. } = self.edges[next];
            if child != NONE {
                let cold = self.rows[child].cold;
                self.push_waiter(cold, Node::edge(next));
            }
            next = sibling;
        }
    }

    /// A task of an open join settled, and was unlinked from its edge.
    pub(super) fn settle_part(&mut self, edge: u32, child: u32) {
        let join = self.edges[edge].join;
        #[cfg(feature = "sabotage")]
        if join == NONE {
            return self.edges.remove(edge, false);
        }
        let record = *self.record(join);
        if record.closing {
            return self.end_loser(join, edge, child);
        }
        self.fill_part(edge, child);
        let record = *self.record(join);
        if self.decides(record.kind, edge) {
            self.decide(join, edge, true);
        } else if record.remaining == 0 {
            self.exhaust(join);
        } else if record.kind == JoinKind::Any && self.finds_cycles && !self.has_hope(record.first, edge) {
            self.suspects.push(join);
        }
    }

    /// Copies the outcome of a settled task to an edge that is not linked.
    pub(super) fn fill_part(&mut self, edge: u32, child: u32) {
        let verdict = self.verdict(child);
        self.edges.values.set(edge, self.rows.values.get(child));
        let part = &mut self.edges[edge];
        part.verdict = Some(verdict);
        part.child = NONE;
        let join = part.join;
        self.record_mut(join).remaining -= 1;
    }

    /// Whether this outcome decides a join of this kind.
    fn decides(&self, kind: JoinKind, edge: u32) -> bool {
        let ok = matches!(self.edges[edge].verdict, Some(Verdict::Ok));
        match kind {
            JoinKind::All => !ok,
            JoinKind::Race => true,
            JoinKind::Any => ok,
            JoinKind::AllSettled => false,
        }
    }

    /// Settles a join with the outcome of one of its tasks.
    fn decide(&mut self, join: u32, edge: u32, linked: bool) {
        let record = self.record_mut(join);
        record.winner = edge;
        if record.own {
            return self.close_owned(join);
        }
        self.close_edges(join, linked);
        self.settle_decided(join);
    }

    /// Settles a join that is decided.
    pub(super) fn settle_decided(&mut self, join: u32) {
        let edge = self.record(join).winner;
        let verdict = self.edges[edge].verdict.clone().unwrap_or(Verdict::Abandoned);
        let value = self.edges.values.get(edge);
        self.settle_slot(join, verdict, value);
    }

    /// Settles a join that none of its tasks decided.
    fn exhaust(&mut self, join: u32) {
        let record = *self.record(join);
        let verdict = match record.kind {
            JoinKind::All | JoinKind::AllSettled => Verdict::Ok,
            JoinKind::Any => Verdict::Fault(Fault::Aggregate),
            JoinKind::Race => Verdict::Fault(Fault::EmptyJoin),
        };
        self.settle_slot(join, verdict, Value::NIL);
    }

    /// Takes an open join out of all waiter lists, O(1) each. Tasks that settled in this very moment still give their
    /// outcome.
    pub(super) fn close_edges(&mut self, join: u32, linked: bool) {
        let mut next = self.record(join).first;
        while next != NONE {
            let edge = next;
            let Edge { child, sibling, .. } = self.edges[edge];
            next = sibling;
            if child == NONE {
                continue;
            }
            if linked {
                if self.planted.has(Sabotage::LeaveWaiterEdge) && !self.rows[child].is_settled() {
                    continue;
                }
                self.unlink_edge(edge, child);
            }
            if self.rows[child].is_settled() {
                self.fill_part(edge, child);
            } else {
                self.edges[edge].child = NONE;
                self.drop_timeout(child);
            }
        }
    }

    pub(super) fn unlink_edge(&mut self, edge: u32, child: u32) {
        let cold = self.rows[child].cold;
        let mut waiters = self.colds[cold].waiters;
        waiters.remove(&mut Waiting(&mut self.rows, &mut self.edges), Node::edge(edge));
        self.colds[cold].waiters = waiters;
    }

    /// Gives the edges of a join back. None is linked.
    pub(super) fn drop_edges(&mut self, first: u32) {
        let mut next = first;
        while next != NONE {
            #[cfg(feature = "sabotage")]
            if self.planted.has(Sabotage::LeaveWaiterEdge) && self.edges[next].child != NONE {
                self.edges[next].join = NONE;
                next = self.edges[next].sibling;
                continue;
            }
            let edge = core::mem::replace(&mut self.edges[next], Edge::fresh(&()));
            self.edges.remove(next, false);
            next = edge.sibling;
        }
    }

    /// The outcomes of the tasks of a join, in input order; `None` for one that has not settled, or had not when the
    /// join was decided. They are the join's own, and roots, until it is taken or released.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotAJoin`].
    pub fn parts(
        &self,
        join: TaskId<'gc>,
    ) -> Result<impl ExactSizeIterator<Item = Option<Outcome<'gc>>> + '_, TaskError> {
        let record = self.join_record(join)?;
        Ok(Parts { tasks: self, next: record.first, left: record.count as usize })
    }

    /// Which of its tasks decided a join: the winner; or the failure that failed a join of kind All, whose other parts
    /// are then what it suppressed. `None` while it is open, and when no single task decided it.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotAJoin`].
    pub fn decided_by(&self, join: TaskId<'gc>) -> Result<Option<usize>, TaskError> {
        let winner = self.join_record(join)?.winner;
        Ok((winner != NONE).then(|| self.edges[winner].index as usize))
    }

    pub(super) fn join_record(&self, join: TaskId<'gc>) -> Result<&JoinRecord, TaskError> {
        let slot = self.slot(join)?;
        match self.rows[slot].kind {
            Kind::Join => Ok(self.record(slot)),
            _ => Err(TaskError::NotAJoin { task: join.name() }),
        }
    }

    /// The tasks that the edges from `first` on still wait for, in input order.
    pub(super) fn open_children(&self, first: u32) -> impl Iterator<Item = u32> + '_ {
        let edge = |at| (at != NONE).then(|| &self.edges[at]);
        let edges = core::iter::successors(edge(first), move |at| edge(at.sibling));
        edges.map(|edge| edge.child).filter(|&child| child != NONE)
    }

    pub(super) fn record(&self, join: u32) -> &JoinRecord {
        match &self.colds[self.rows[join].cold].extra {
            Extra::Join(record) => record,
            _ => unreachable!("a join has its record until it is freed"),
        }
    }

    pub(super) fn record_mut(&mut self, join: u32) -> &mut JoinRecord {
        match &mut self.colds[self.rows[join].cold].extra {
            Extra::Join(record) => record,
            _ => unreachable!("a join has its record until it is freed"),
        }
    }
}

struct Parts<'a, 'gc> {
    tasks: &'a TaskScheduler<'gc>,
    next: u32,
    left: usize,
}

impl<'gc> Iterator for Parts<'_, 'gc> {
    type Item = Option<Outcome<'gc>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == NONE {
            return None;
        }
        let edge = &self.tasks.edges[self.next];
        let value = self.tasks.edges.values.get(self.next);
        self.next = edge.sibling;
        self.left -= 1;
        Some(edge.verdict.clone().map(|verdict| Outcome::new(verdict, value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Parts<'_, '_> {}
