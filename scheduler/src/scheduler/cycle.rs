//! Awaits that would never end: found when the edge is made.
//!
//! What can still settle is the least set that holds all tasks that are ready, running, deferred or external, and with enough of
//! what they await also those that wait: a callable and a join of kind All or AllSettled with all, a race or Any with
//! one, a scope with all that are in it, a join that awaits the end of its losers with all of them. An await is
//! refused if it would leave its own task out of that set. Computed by counting backwards from what can settle, over
//! what the awaited task depends on: O(edges), and nothing at all for a task that nobody awaits and no scope holds.

use std::collections::{HashMap, HashSet, TryReserveError};
use std::sync::Arc;

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::{RunError, TaskError, Waits};
use crate::id::TaskName;
use crate::join::JoinKind;
use crate::outcome::{Fault, Verdict};
use crate::reason::Reason;
use crate::table::{Extra, Kind, NONE, Row, Stage};

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
    fn node(&mut self, slot: u32) -> Result<usize, TaskError> {
        if let Some(&at) = self.index.get(&slot) {
            return Ok(at);
        }
        let at = self.slots.len();
        self.index.try_reserve(1).map_err(no_memory)?;
        self.index.insert(slot, at);
        push(&mut self.slots, slot)?;
        push(&mut self.dependants, Vec::new())?;
        push(&mut self.awaits, Vec::new())?;
        push(&mut self.missing, 0)?;
        Ok(at)
    }

    fn edge(&mut self, from: usize, to_slot: u32) -> Result<(), TaskError> {
        let to = self.node(to_slot)?;
        push(&mut self.awaits[from], to)?;
        push(&mut self.dependants[to], from)
    }
}

/// The graph is as large as a user's program makes it: without memory for it, the await is refused.
fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), TaskError> {
    list.try_reserve(1).map_err(no_memory)?;
    list.push(item);
    Ok(())
}

fn filled<T: Clone>(item: T, len: usize) -> Result<Vec<T>, TaskError> {
    let mut list = Vec::new();
    list.try_reserve_exact(len).map_err(no_memory)?;
    list.resize(len, item);
    Ok(list)
}

fn no_memory(_: TryReserveError) -> TaskError {
    TaskError::OutOfMemory
}

impl<'gc> TaskScheduler<'gc> {
    /// Whether an await that would close a cycle is refused, as at first. A language whose awaits just never end then
    /// turns it off, and saves the search, which costs what the awaited task depends on. What waits for itself is found
    /// when nothing else is left: by the run loops, and in a [`dump`](TaskScheduler::dump). Scopes, and joins that own,
    /// are always looked at.
    pub fn set_find_cycles(&mut self, on: bool) {
        self.finds_cycles = on;
    }

    /// The cycle that `task` would close by awaiting `awaited`.
    pub(super) fn cycle(&self, task: u32, awaited: u32) -> Result<Option<Arc<[TaskName]>>, TaskError> {
        if !self.finds_cycles {
            return Ok(None);
        }
        if task == awaited {
            return Ok(Some([self.id(task).name()].into()));
        }
        let cold = self.rows[task].cold;
        if cold == NONE || self.colds[cold].waiters.is_empty() && self.colds[cold].scope == NONE {
            // Nobody depends on it.
            return Ok(None);
        }
        self.cycle_through(task, awaited)
    }

    /// The same, also for a task that others are about to depend on.
    pub(super) fn cycle_through(&self, task: u32, awaited: u32) -> Result<Option<Arc<[TaskName]>>, TaskError> {
        // Most awaits are of what can run.
        if !self.waits(awaited) {
            return Ok(None);
        }
        let mut graph = Graph::default();
        let root = graph.node(task)?;
        graph.edge(root, awaited)?;
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
                    work.extend(self.open_children(self.record(at).first).filter(|&slot| seen.insert(slot)));
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
            // Without memory to find out, it stays as it is: the run loops report it when nothing else is left.
            let Ok(Some(cycle)) = graph.node(join).and_then(|_| self.close_graph(graph)) else { continue };
            if self.record(join).own {
                // They are cancelled, and not awaited: what is on the cycle waits for this.
                self.doom_open(join, Reason::LOST);
            }
            self.close_edges(join, true);
            self.settle_slot(join, Verdict::Fault(Fault::Deadlock(cycle)), Value::NIL);
            // What follows from that comes first: it may save the others.
            self.suspects.extend_from_slice(&suspects[index + 1..]);
            return;
        }
    }

    /// The cycle through the first task of a graph, if that cannot settle.
    fn close_graph(&self, mut graph: Graph) -> Result<Option<Arc<[TaskName]>>, TaskError> {
        let mut at = graph.slots.len() - 1;
        while at < graph.slots.len() {
            self.expand(&mut graph, at)?;
            at += 1;
        }
        let settles = settles(&graph)?;
        if settles[0] {
            return Ok(None);
        }
        let cycle = path(&graph, &settles, 0)?;
        Ok(cycle.map(|cycle| cycle.iter().map(|&at| self.id(graph.slots[at]).name()).collect()))
    }

    /// Whether the task depends on others.
    fn waits(&self, slot: u32) -> bool {
        let row = &self.rows[slot];
        row.stage == Stage::Waiting && !matches!(row.kind, Kind::External | Kind::Deferred | Kind::Timer)
    }

    fn expand(&self, graph: &mut Graph, at: usize) -> Result<(), TaskError> {
        let slot = graph.slots[at];
        if !self.waits(slot) {
            return Ok(());
        }
        if self.rows[slot].kind == Kind::Callable {
            graph.missing[at] = 1;
            return graph.edge(at, self.rows[slot].awaits);
        }
        if self.rows[slot].kind == Kind::Scope {
            for member in self.member_slots(slot) {
                graph.edge(at, member)?;
            }
            graph.missing[at] = graph.awaits[at].len();
            return Ok(());
        }
        let record = *self.record(slot);
        for child in self.open_children(record.first) {
            graph.edge(at, child)?;
        }
        graph.missing[at] = match record.kind {
            _ if record.closing => graph.awaits[at].len(),
            JoinKind::All | JoinKind::AllSettled => graph.awaits[at].len(),
            JoinKind::Race | JoinKind::Any => 1,
        };
        Ok(())
    }

    /// Who waits for whom, and which deferreds nobody settled: for the message of a deadlock.
    pub(crate) fn who_waits(&self) -> Vec<Waits> {
        let open = |slot, row: &Row| self.waits(slot) || row.kind == Kind::Deferred && row.stage == Stage::Waiting;
        let waiting = self.rows.iter().filter(|&(slot, row)| open(slot, row));
        let pairs = waiting.filter_map(|(slot, row)| {
            let awaits = match (row.kind, row.cold) {
                (Kind::Deferred, _) => return Some(Waits { task: self.id(slot).name(), awaits: None }),
                (Kind::Scope, _) => self.member_slots(slot).next()?,
                (Kind::Join, cold) if cold != NONE => match &self.colds[cold].extra {
                    Extra::Join(record) => self.open_children(record.first).next()?,
                    _ => return None,
                },
                _ => row.awaits,
            };
            Some(Waits { task: self.id(slot).name(), awaits: Some(self.id(awaits).name()) })
        });
        pairs.take(RunError::MOST_WAITS).collect()
    }
}

/// Which tasks can settle.
fn settles(graph: &Graph) -> Result<Vec<bool>, TaskError> {
    let mut missing = filled(0, graph.missing.len())?;
    missing.copy_from_slice(&graph.missing);
    let mut settles = filled(false, missing.len())?;
    let mut work = Vec::new();
    for at in (0..missing.len()).filter(|&at| missing[at] == 0) {
        settles[at] = true;
        push(&mut work, at)?;
    }
    while let Some(at) = work.pop() {
        for &dependant in &graph.dependants[at] {
            missing[dependant] = missing[dependant].saturating_sub(1);
            if missing[dependant] == 0 && !settles[dependant] {
                settles[dependant] = true;
                push(&mut work, dependant)?;
            }
        }
    }
    Ok(settles)
}

/// A shortest way from `root` back to `root` through tasks that cannot settle.
fn path(graph: &Graph, settles: &[bool], root: usize) -> Result<Option<Vec<usize>>, TaskError> {
    let mut from = filled(usize::MAX, settles.len())?;
    // Breadth first: `work` is a queue that nothing is taken out of.
    let mut work = Vec::new();
    push(&mut work, root)?;
    let mut done = 0;
    while let Some(&at) = work.get(done) {
        done += 1;
        for &next in &graph.awaits[at] {
            if next == root {
                let mut cycle = Vec::new();
                let mut node = at;
                while node != root {
                    push(&mut cycle, node)?;
                    node = from[node];
                }
                push(&mut cycle, root)?;
                cycle.reverse();
                return Ok(Some(cycle));
            }
            if !settles[next] && from[next] == usize::MAX {
                from[next] = at;
                push(&mut work, next)?;
            }
        }
    }
    Ok(None)
}
