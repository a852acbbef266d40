//! Awaits that would never end: found when the edge is made.
//!
//! What can still settle is the least set that holds all tasks that are ready, running or external, and with enough of
//! what they await also those that wait: a callable and a join of kind All or AllSettled with all, a race or Any with
//! one, a scope with all that are in it, a join that awaits the end of its losers with all of them. An await is
//! refused if it would leave its own task out of that set. Computed by counting backwards from what can settle, over
//! what the awaited task depends on: O(edges), and nothing at all for a task that nobody awaits and no scope holds.

use std::collections::{HashMap, TryReserveError};
use std::sync::Arc;

use super::TaskScheduler;
use crate::error::{RunError, TaskError, Waits};
use crate::id::TaskName;
use crate::join::JoinKind;
use crate::table::{Extra, Kind, NONE, Stage};

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

impl TaskScheduler<'_> {
    /// The cycle that `task` would close by awaiting `awaited`.
    pub(super) fn cycle(&self, task: u32, awaited: u32) -> Result<Option<Arc<[TaskName]>>, TaskError> {
        if task == awaited {
            return Ok(Some([self.id(task).name()].into()));
        }
        let cold = self.rows[task].cold;
        if cold == NONE || self.colds[cold].waiters.is_empty() && self.colds[cold].scope == NONE {
            // Nobody depends on it.
            return Ok(None);
        }
        // Most awaits are of what can run.
        if !self.waits(awaited) {
            return Ok(None);
        }
        let mut graph = Graph::default();
        let root = graph.node(task)?;
        graph.edge(root, awaited)?;
        graph.missing[root] = 1;
        let mut at = 1;
        while at < graph.slots.len() {
            self.expand(&mut graph, at)?;
            at += 1;
        }
        let settles = settles(&graph)?;
        if settles[root] {
            return Ok(None);
        }
        let cycle = path(&graph, &settles, root)?;
        Ok(cycle.map(|cycle| cycle.iter().map(|&at| self.id(graph.slots[at]).name()).collect()))
    }

    /// Whether the task depends on others.
    fn waits(&self, slot: u32) -> bool {
        let row = &self.rows[slot];
        row.stage == Stage::Waiting && !matches!(row.kind, Kind::External | Kind::Timer)
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
        let mut next = record.first;
        while next != NONE {
            let edge = &self.edges[next];
            if edge.child != NONE {
                graph.edge(at, edge.child)?;
            }
            next = edge.sibling;
        }
        graph.missing[at] = match record.kind {
            _ if record.closing => graph.awaits[at].len(),
            JoinKind::All | JoinKind::AllSettled => graph.awaits[at].len(),
            JoinKind::Race | JoinKind::Any => 1,
        };
        Ok(())
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
