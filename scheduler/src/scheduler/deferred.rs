//! Deferreds: tasks that the VM itself settles, on the heap's thread: the promises of a language.
//!
//! Invariant: nothing but a call of [`TaskScheduler::settle`] or a cancel settles a deferred. No run loop waits for
//! one, and nothing but its row belongs to it.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::table::{Flags, Kind, NONE, Stage};
use crate::turn::TurnEnd;

impl<'gc> TaskScheduler<'gc> {
    /// A task that waits until [`TaskScheduler::settle`] gives it its outcome: a promise that code of the VM keeps.
    /// Costs what a spawn costs; it is in no queue, has no completer, and roots nothing until it is settled. Cancelling
    /// it ends it at once.
    ///
    /// Nothing from outside can settle it, so a run loop does not park for it: if only deferreds are left,
    /// [`run_until_idle`](crate::run_until_idle) is idle, and [`run_until`](crate::run_until) fails with a
    /// [`Deadlock`](crate::RunError::Deadlock) that names them.
    ///
    /// ```
    /// # use mangrove_gc::{Heap, HeapConfig, Roots, Trace, Value};
    /// # use mangrove_scheduler::{TaskError, TaskScheduler, Wake};
    /// # struct V; impl Roots for V { type Root<'gc> = TaskScheduler<'gc>; }
    /// # let mut heap: Heap<V> = Heap::new(HeapConfig::default(), |mc| Ok(TaskScheduler::new(mc))).unwrap();
    /// # heap.mutate(|_, tasks| {
    /// let promise = tasks.deferred()?;
    /// tasks.spawn_after(promise, Value::int(1))?;            // a reaction: the callable is 1
    /// tasks.settle(promise, Ok(Value::int(2)))?;
    /// let turn = tasks.begin().unwrap();
    /// assert_eq!(turn.value.as_int(), Some(1));
    /// assert!(matches!(turn.wake, Wake::Settled(value) if value.as_int() == Some(2)));
    /// # Ok::<(), TaskError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`].
    #[inline(always)]
    #[track_caller]
    pub fn deferred(&mut self) -> Result<TaskId<'gc>, TaskError> {
        let slot = self.make(Kind::Deferred, Stage::Waiting)?.slot();
        Ok(self.id(slot))
    }

    /// Ends a turn: the task has no more of them, and is a deferred from now on, as if [`TaskScheduler::deferred`] had
    /// made it. Who awaits it goes on waiting, in the same order. So a call that returns a promise can hand its task on
    /// to what settles that promise. One that had been cancelled ends as cancelled.
    ///
    /// # Errors
    /// [`TaskError::NotRunning`], [`TaskError::Stale`].
    pub fn defer(&mut self, task: TaskId<'gc>) -> Result<TurnEnd, TaskError> {
        let slot = self.running(task)?;
        if self.rows[slot].flags.has(Flags::CANCELLED) {
            self.settle_plain(slot, Stage::Cancelled, Value::NIL);
            return Ok(TurnEnd::Cancelled);
        }
        self.rows.values.set(slot, Value::NIL);
        let row = &mut self.rows[slot];
        row.kind = Kind::Deferred;
        row.stage = Stage::Waiting;
        row.awaits = NONE;
        Ok(TurnEnd::Waits)
    }

    /// Settles a deferred, or an external, from the heap's own thread: it completes with a value, or fails with an
    /// error value of the language. The completer of an external is closed. O(1), and O(1) for each task that waits.
    ///
    /// # Errors
    /// [`TaskError::Stale`]; [`TaskError::NotOpen`] for a task of another kind, and for one that is settled.
    #[inline]
    pub fn settle(&mut self, task: TaskId<'gc>, result: Result<Value<'gc>, Value<'gc>>) -> Result<(), TaskError> {
        let slot = self.slot(task)?;
        let row = &self.rows[slot];
        if !matches!(row.kind, Kind::Deferred | Kind::External) || row.is_settled() {
            return Err(TaskError::NotOpen { task: task.name(), status: self.status_of(slot) });
        }
        match result {
            Ok(value) => self.settle_plain(slot, Stage::Completed, value),
            Err(error) => self.settle_plain(slot, Stage::Failed, error),
        }
        Ok(())
    }
}
