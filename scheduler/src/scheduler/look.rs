//! Looking at tasks: which there are, what each is, and who waits for it.
//!
//! Invariant: it only reads; of what it shows, nothing is a root but by the table.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::table::{NONE, Stage};

impl<'gc> TaskScheduler<'gc> {
    /// All tasks that there are, by their place in the table. Costs O(slots of the table).
    pub fn tasks(&self) -> impl Iterator<Item = TaskId<'gc>> + '_ {
        self.rows.iter().filter(|(_, row)| row.stage != Stage::Free).map(|(slot, _)| self.id(slot))
    }

    /// The value of a task: what it goes on from, or what it settled with; NIL of one that has none.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn value(&self, task: TaskId<'gc>) -> Result<Value<'gc>, TaskError> {
        Ok(self.rows.values.get(self.slot(task)?))
    }

    /// Who waits for a task, the first that will be told first: tasks, joins among them.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn waiters(&self, task: TaskId<'gc>) -> Result<impl Iterator<Item = TaskId<'gc>> + '_, TaskError> {
        let cold = self.rows[self.slot(task)?].cold;
        let first = if cold == NONE { None } else { self.colds[cold].waiters.first() };
        let nodes = core::iter::successors(first, |node| match node.split() {
            Ok(slot) => self.rows[slot].link.next(),
            Err(edge) => self.edges[edge].link.next(),
        });
        Ok(nodes.map(|node| self.id(node.split().unwrap_or_else(|edge| self.edges[edge].join))))
    }
}
