//! Awaits that would never end: found when the edge is made.
//!
//! What can still settle is the least set that holds all tasks that are ready, running or external, and with enough of
//! what they await also those that wait: a callable and a join of kind All or AllSettled with all, a race or Any with
//! one, a scope with all that are in it, a join that awaits the end of its losers with all of them. An await is
//! refused if it would leave its own task out of that set. Computed by counting backwards from what can settle, over
//! what the awaited task depends on: O(edges), and nothing at all for a task that nobody awaits and no scope holds.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::{RunError, Waits};
use crate::id::TaskName;
use crate::join::JoinKind;
use crate::outcome::{Fault, Verdict};
use crate::reason::Reason;
use crate::table::{Edge, Extra, Kind, NONE, Stage};

/// The tasks that a task depends on, each with who depends on it.
#[derive(Default)]
struct Graph {
    slots: Vec<u32>,
    index: HashMap<u32, usize>,
    /// Who depends on the task.
    dependants: Vec<Vec<usize>>,
    /// On whom the task depends.
    awaits: Vec<Vec<usize>>,
    /// How many of those must settle before it can.
    missing: Vec<usize>,
}

impl Graph {
    fn node(&mut self, slot: u32) -> usize {
        *self.index.entry(slot).or_insert_with(|| {
            self.slots.push(slot);
            self.dependants.push(Vec::new());
            self.awaits.push(Vec::new());
            self.missing.push(0);
            self.slots.len() - 1
        })
    }

    fn edge(&mut self, from: usize, to_slot: u32) {
        let to = self.node(to_slot);
        self.awaits[from].push(to);
        self.dependants[to].push(from);
    }
}

impl<'gc> TaskScheduler<'gc> {
    /// The cycle that `task` would close by awaiting `awaited`.
    pub(super) fn cycle(&self, task: u32, awaited: u32) -> Option<Arc<[TaskName]>> {
        if task == awaited {
            return Some([self.id(task).name()].into());
        }
        let cold = self.rows[task].cold;
        if cold == NONE || self.colds[cold].waiters.is_empty() && self.colds[cold].scope == NONE {
            // Nobody depends on it.
            return None;
        }
        self.cycle_through(task, awaited)
    }

    /// The same, also for a task that others are about to depend on.
    pub(super) fn cycle_through(&self, task: u32, awaited: u32) -> Option<Arc<[TaskName]>> {
        // Most awaits are of what can run.
        if !self.waits(awaited) {
            return None;
        }
        let mut graph = Graph::default();
        let root = graph.node(task);
        graph.edge(root, awaited);
        graph.missing[root] = 1;
        self.close_graph(graph)
    }

    /// Whether `owner` is `task`, or is to await its end when it is cancelled or decided: because it is a scope or an
    /// owning join that holds it, at any depth. Cancelling helps against other awaits, but not against this one.
    pub(super) fn owns(&self, owner: u32, task: u32) -> bool {
        let (mut seen, mut work) = (HashSet::new(), vec![owner]);
        while let Some(at) = work.pop() {
            if at == task {
                return true;
            }
            if self.rows[at].is_settled() {
                continue;
            }
            match self.rows[at].kind {
                Kind::Scope => work.extend(self.member_slots(at).filter(|&slot| seen.insert(slot))),
                Kind::Join if self.record(at).own => {
                    let mut next = self.record(at).first;
                    while next != NONE {
                        let Edge { child, sibling, .. } = self.edges[next];
                        next = sibling;
                        if child != NONE && seen.insert(child) {
                            work.push(child);
                        }
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// Whether a candidate of a join depends on nobody. Looks from behind the one that was lost, so that losing all of
    /// them, in any order but the worst, costs little more than O(1) each.
    pub(super) fn has_hope(&self, first: u32, lost: u32) -> bool {
        let mut next = self.edges[lost].sibling;
        loop {
            if next == NONE {
                next = first;
            }
            if next == lost {
                return false;
            }
            let edge = &self.edges[next];
            if edge.child != NONE && !self.waits(edge.child) {
                return true;
            }
            next = edge.sibling;
        }
    }

    /// Of the joins that lost a candidate, settles those that only wait for themselves from now on: the one way to a
    /// cycle without an edge that closes it. Each of them fails with that cycle. They are looked at when all else is
    /// told, and nobody is left to be cancelled.
    pub(super) fn settle_hopeless(&mut self) {
        let suspects = core::mem::take(&mut self.suspects);
        for (index, &join) in suspects.iter().enumerate() {
            if self.rows[join].is_settled() || self.record(join).closing {
                continue;
            }
            let mut graph = Graph::default();
            graph.node(join);
            let Some(cycle) = self.close_graph(graph) else { continue };
            if self.record(join).own {
                // They are cancelled, and not awaited: what is on the cycle waits for this.
                self.doom_open(join, Reason::LOST);
            }
            self.close_edges(join, true);
            self.settle(join, Verdict::Fault(Fault::Deadlock(cycle)), Value::NIL);
            // What follows from that comes first: it may save the others.
            self.suspects.extend_from_slice(&suspects[index + 1..]);
            return;
        }
    }

    /// The cycle through the first task of a graph, if that cannot settle.
    fn close_graph(&self, mut graph: Graph) -> Option<Arc<[TaskName]>> {
        let mut at = graph.slots.len() - 1;
        while at < graph.slots.len() {
            self.expand(&mut graph, at);
            at += 1;
        }
        let settles = settles(&graph);
        if settles[0] {
            return None;
        }
        path(&graph, &settles, 0).map(|cycle| cycle.iter().map(|&at| self.id(graph.slots[at]).name()).collect())
    }

    /// Whether the task depends on others.
    fn waits(&self, slot: u32) -> bool {
        let row = &self.rows[slot];
        row.stage == Stage::Waiting && !matches!(row.kind, Kind::External | Kind::Timer)
    }

    fn expand(&self, graph: &mut Graph, at: usize) {
        let slot = graph.slots[at];
        if !self.waits(slot) {
            return;
        }
        if self.rows[slot].kind == Kind::Callable {
            graph.missing[at] = 1;
            return graph.edge(at, self.rows[slot].awaits);
        }
        if self.rows[slot].kind == Kind::Scope {
            for member in self.member_slots(slot) {
                graph.edge(at, member);
            }
            graph.missing[at] = graph.awaits[at].len();
            return;
        }
        let record = *self.record(slot);
        let mut next = record.first;
        while next != NONE {
            let edge = &self.edges[next];
            if edge.child != NONE {
                graph.edge(at, edge.child);
            }
            next = edge.sibling;
        }
        graph.missing[at] = match record.kind {
            _ if record.closing => graph.awaits[at].len(),
            JoinKind::All | JoinKind::AllSettled => graph.awaits[at].len(),
            JoinKind::Race | JoinKind::Any => 1,
        };
    }

    /// Who waits for whom: for the message of a deadlock.
    pub(crate) fn who_waits(&self) -> Vec<Waits> {
        let waiting = self.rows.iter().filter(|&(slot, _)| self.waits(slot));
        let pairs = waiting.filter_map(|(slot, row)| {
            let awaits = match (row.kind, row.cold) {
                (Kind::Scope, _) => self.member_slots(slot).next()?,
                (Kind::Join, cold) if cold != NONE => match &self.colds[cold].extra {
                    Extra::Join(record) => self.first_open(record.first)?,
                    _ => return None,
                },
                _ => row.awaits,
            };
            Some(Waits { task: self.id(slot).name(), awaits: self.id(awaits).name() })
        });
        pairs.take(RunError::MOST_WAITS).collect()
    }

    fn first_open(&self, first: u32) -> Option<u32> {
        let mut next = first;
        while next != NONE {
            let edge = &self.edges[next];
            if edge.child != NONE {
                return Some(edge.child);
            }
            next = edge.sibling;
        }
        None
    }
}

/// Which tasks can settle.
fn settles(graph: &Graph) -> Vec<bool> {
    let mut missing = graph.missing.clone();
    let mut settles: Vec<bool> = missing.iter().map(|&missing| missing == 0).collect();
    let mut work: Vec<usize> = (0..settles.len()).filter(|&at| settles[at]).collect();
    while let Some(at) = work.pop() {
        for &dependant in &graph.dependants[at] {
            missing[dependant] = missing[dependant].saturating_sub(1);
            if missing[dependant] == 0 && !settles[dependant] {
                settles[dependant] = true;
                work.push(dependant);
            }
        }
    }
    settles
}

/// A shortest way from `root` back to `root` through tasks that cannot settle.
fn path(graph: &Graph, settles: &[bool], root: usize) -> Option<Vec<usize>> {
    let mut from = vec![usize::MAX; settles.len()];
    let mut work = std::collections::VecDeque::from([root]);
    while let Some(at) = work.pop_front() {
        for &next in &graph.awaits[at] {
            if next == root {
                let mut cycle = vec![at];
                while *cycle.last()? != root {
                    cycle.push(from[*cycle.last()?]);
                }
                cycle.reverse();
                return Some(cycle);
            }
            if !settles[next] && from[next] == usize::MAX {
                from[next] = at;
                work.push_back(next);
            }
        }
    }
    None
}
