//! [`TaskId`] and [`TaskName`]: how code inside `mutate`, and messages, name a task.
//!
//! Invariant: a `TaskId` holds a task word whose generation was current when it was made. A slot's generation grows
//! each time the slot is given up, and a slot without generations left is retired, so an id never names another task.

use core::fmt;

use mangrove_gc::nanbox::layout::PAYLOAD_MASK;
use mangrove_gc::{Object, Trace, Value, Visitor};

/// Bits of a slot index.
pub(crate) const SLOT_BITS: u32 = 26;
/// Bits of a generation.
pub(crate) const GENERATION_BITS: u32 = 22;
/// The last generation that a slot can have.
pub(crate) const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;
/// How many slots there can be.
pub(crate) const MAX_SLOTS: usize = 1 << SLOT_BITS;

const _: () = assert!(SLOT_BITS + GENERATION_BITS == 48, "a task word carries 48 bits");

/// A task of this heap's scheduler, valid for one `mutate` call, like a value.
///
/// It becomes a [`Value`] by `Value::from`, to be stored where values are stored, and comes back by
/// [`TaskId::from_value`]. An id whose task is gone is an error wherever it is used, never another task.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct TaskId<'gc>(Value<'gc>);

impl<'gc> TaskId<'gc> {
    #[inline(always)]
    pub(crate) fn new(slot: u32, generation: u32) -> Self {
        debug_assert!(slot < MAX_SLOTS as u32 && generation <= LAST_GENERATION);
        Self::from_bits(u64::from(generation) << SLOT_BITS | u64::from(slot))
    }

    /// Of these bits the lower 48.
    #[inline(always)]
    pub(crate) fn from_bits(bits: u64) -> Self {
        TaskId(Value::task(bits & PAYLOAD_MASK).unwrap_or(Value::NIL))
    }

    #[inline(always)]
    pub(crate) fn bits(self) -> u64 {
        self.0.to_bits() & PAYLOAD_MASK
    }

    /// Its row of the table, which other tasks have before and after it: a lane in a picture of tasks.
    #[inline(always)]
    pub fn slot(self) -> u32 {
        self.bits() as u32 & (MAX_SLOTS as u32 - 1)
    }

    #[inline(always)]
    pub(crate) fn generation(self) -> u32 {
        (self.bits() >> SLOT_BITS) as u32
    }

    /// The task that a value names, if it is a task word. Whether that task is still there is told when it is used.
    #[inline]
    pub fn from_value(value: Value<'gc>) -> Option<Self> {
        value.as_task().map(|_| TaskId(value))
    }

    /// Its name for messages, which may leave `mutate` but names nothing for the scheduler.
    #[inline]
    pub fn name(self) -> TaskName {
        TaskName(self.bits())
    }
}

impl PartialEq for TaskId<'_> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}
impl Eq for TaskId<'_> {}

impl fmt::Debug for TaskId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

impl<'gc> From<TaskId<'gc>> for Value<'gc> {
    #[inline(always)]
    fn from(task: TaskId<'gc>) -> Self {
        task.0
    }
}

// SAFETY: the one word is visited.
unsafe impl<'gc> Trace<'gc> for TaskId<'gc> {
    #[inline(always)]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        visitor.value(&mut self.0);
    }
}
// SAFETY: immutable behind a shared reference; one word, with the lifetime of the heap.
unsafe impl<'gc> Object<'gc> for TaskId<'gc> {
    type Rebind<'b> = TaskId<'b>;
}

/// The name of a task in errors and messages: slot and generation, as `task 7.2`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskName(u64);

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}.{}", self.0 & (MAX_SLOTS as u64 - 1), self.0 >> SLOT_BITS)
    }
}

impl fmt::Debug for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
