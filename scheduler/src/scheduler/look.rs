//! Looking at tasks: which there are, what each is, and who waits for it.
//!
//! Invariant: it only reads; of what it shows, nothing is a root but by the table.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::table::{Cold, NONE, Stage};

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
        let cold = (cold != NONE).then(|| &self.colds[cold]);
        Ok(cold.into_iter().flat_map(|cold| self.waiter_slots(cold)).map(|slot| self.id(slot)))
    }

    /// The tasks, joins among them, that wait for the task of a cold record, in order.
    pub(super) fn waiter_slots(&self, cold: &Cold) -> impl Iterator<Item = u32> + '_ {
        let nodes = core::iter::successors(cold.waiters.first(), |node| match node.split() {
            Ok(slot) => self.rows[slot].link.next(),
            Err(edge) => self.edges[edge].link.next(),
        });
        nodes.map(|node| node.split().unwrap_or_else(|edge| self.edges[edge].join))
    }
}
