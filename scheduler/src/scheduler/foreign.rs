//! A scheduler under a collector that is not Mangrove's.
//!
//! Invariant: nothing here, and nothing that is called from here, reads the object behind a heap word. The run loops
//! need a Mangrove heap; such a VM drives its scheduler by `begin` and the calls that end a turn.

use core::any::Any;

use mangrove_gc::Value;

use super::{Retain, TaskScheduler};
use crate::id::TaskId;
use crate::inbox::Payload;
use crate::outcome::{Fault, Verdict};
use crate::table::Stage;

impl<'gc> TaskScheduler<'gc> {
    /// A scheduler for a VM with a heap of its own: the values that it holds are words of that heap
    /// (`mangrove_gc::nanbox::Word::heap` makes one of a 48-bit address, `Value::from_bits` a value of that).
    ///
    /// # Safety
    /// - Every heap word in a value that this scheduler is given is of the caller's heap, and of no
    ///   [`Heap`](mangrove_gc::Heap); the scheduler is no part of the root of one.
    /// - Each collection that could free or move an object visits the scheduler by
    ///   [`TaskScheduler::scan_roots`], with a visitor of
    ///   [`Visitor::with_words`](mangrove_gc::Visitor::with_words), by that function's contract.
    /// - `'gc` is the caller's own choice, so the compiler does not see to it that a value that was read before such a
    ///   collection is not used after it: the caller does.
    /// - Nothing that reads an object is called on such a value: `downcast`, `type_name`, and `Debug`, also of what
    ///   holds one, as a turn or an outcome.
    pub unsafe fn foreign() -> Self {
        Self::empty(Retain::UntilTaken)
    }

    /// Settles what other threads completed, as [`TaskScheduler::poll_inbox`] does, without a Mangrove heap. Data that
    /// was sent by [`Completer::complete_data`](crate::Completer::complete_data) is handed out: build a value of it,
    /// give that to [`TaskScheduler::settle`], and call this again until it has nothing more. Between two
    /// calls the scheduler can be scanned. A builder fails its task with [`Fault::Unbuildable`].
    pub fn poll_inbox_foreign(&mut self) -> Option<(TaskId<'gc>, Box<dyn Any + Send>)> {
        self.mailbox.fetch();
        while let Some(message) = self.mailbox.batch.pop_front() {
            let Some(slot) = self.addressee(&message) else { continue };
            let (verdict, value) = match message.payload {
                Payload::Value(data) => {
                    self.note_sent(slot);
                    self.rows.values.set_scalar(slot, data.value());
                    self.settle_valued(slot, Stage::Completed);
                    continue;
                }
                Payload::Error(data) => (Verdict::Err, data.value()),
                Payload::Data(data) => return Some((self.id(slot), data)),
                Payload::Build(_) => (Verdict::Fault(Fault::Unbuildable), Value::NIL),
                Payload::Abandon | Payload::Release | Payload::Keep => (Verdict::Abandoned, Value::NIL),
            };
            self.settle_slot(slot, verdict, value);
        }
        None
    }
}
