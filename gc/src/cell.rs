//! Fields of heap objects that change: [`Slot`], [`SlotVec`]; and [`Static`], native data that holds no value.
//!
//! Invariant: they are set only through a `&Write`, so the barrier cannot be forgotten.

use core::cell::Cell;
use core::fmt;
use core::ops::Deref;

use crate::error::AllocError;
use crate::layout::PointerMap;
use crate::mutation::Mutation;
use crate::ptr::{Gc, Write};
use crate::tail::Tail;
use crate::trace::{Object, Trace, Visitor};
use crate::value::Value;

/// A mutable field of a heap object: one value.
#[repr(transparent)]
pub struct Slot<'gc>(Cell<Value<'gc>>);

impl<'gc> Slot<'gc> {
    /// A slot that holds `value`.
    #[inline(always)]
    pub const fn new(value: Value<'gc>) -> Self {
        Slot(Cell::new(value))
    }

    /// What it holds.
    #[inline(always)]
    pub fn get(&self) -> Value<'gc> {
        self.0.get()
    }

    /// # Safety
    /// The owner is logged, or `value` is no heap value, or this slot's address is in the log.
    #[inline(always)]
    pub(crate) unsafe fn store(&self, value: Value<'gc>) {
        self.0.set(value);
    }
}

impl<'gc> Write<Slot<'gc>> {
    /// Replaces what it holds. A plain store: the barrier was paid by [`Gc::write`](crate::Gc::write).
    #[inline(always)]
    pub fn set(&self, value: Value<'gc>) {
        self.0.set(value);
    }
}

// SAFETY: the one word is visited and mapped.
unsafe impl<'gc> Trace<'gc> for Slot<'gc> {
    const MAP: PointerMap = PointerMap::SLOT;
    #[inline(always)]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        visitor.value(self.0.get_mut());
    }
}
// SAFETY: set through `Write` only.
unsafe impl<'gc> Object<'gc> for Slot<'gc> {
    type Rebind<'b> = Slot<'b>;
}

impl fmt::Debug for Slot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// A growable array of values inside a heap object. It lends no reference to its contents.
///
/// The buffer is a heap object of its own, so growing is an allocation like any other and nothing needs freeing.
/// Elements are logged one by one: a store costs a minor collection one slot, however long the array.
pub struct SlotVec<'gc> {
    /// `NIL`, or a `Tail<()>`; slots from `len` on are `NIL`.
    buffer: Slot<'gc>,
    len: Cell<usize>,
}

impl<'gc> SlotVec<'gc> {
    /// An empty array without a buffer.
    pub const fn new() -> Self {
        SlotVec { buffer: Slot::new(Value::NIL), len: Cell::new(0) }
    }

    #[inline(always)]
    fn buffer(&self) -> Option<Gc<'gc, Tail<'gc, ()>>> {
        self.buffer.get().downcast()
    }

    /// The value at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Value<'gc>> {
        if index < self.len.get() { self.buffer()?.get(index) } else { None }
    }

    /// How many values it holds.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// Whether it holds none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its values in order, each read when asked for.
    pub fn iter(&self) -> impl Iterator<Item = Value<'gc>> + '_ {
        (0..).map_while(|index| self.get(index))
    }
}

impl<'gc> Write<SlotVec<'gc>> {
    /// Appends a value. Amortised O(1).
    ///
    /// # Errors
    /// When the buffer cannot grow: nothing is changed.
    pub fn push(&self, mc: &Mutation<'gc>, value: Value<'gc>) -> Result<(), AllocError> {
        let len = self.len.get();
        let buffer = match self.buffer() {
            Some(buffer) if len < buffer.len() => buffer,
            full => {
                let grown = mc.alloc_tail((), (len * 2).max(4), Value::NIL)?;
                for (index, slot) in full.iter().flat_map(|old| old.slots().iter().enumerate()) {
                    grown.set(mc, index, slot.get());
                }
                self.buffer.0.set(grown.into());
                grown
            }
        };
        buffer.set(mc, len, value);
        self.len.set(len + 1);
        Ok(())
    }

    /// Removes and returns the last value.
    pub fn pop(&self, mc: &Mutation<'gc>) -> Option<Value<'gc>> {
        let value = self.get(self.len.get().checked_sub(1)?);
        self.truncate(mc, self.len.get() - 1);
        value
    }

    /// Replaces the value at `index`; false if there is none.
    #[inline]
    pub fn set(&self, mc: &Mutation<'gc>, index: usize, value: Value<'gc>) -> bool {
        index < self.len.get() && self.buffer().is_some_and(|buffer| buffer.set(mc, index, value))
    }

    /// Keeps the first `len` values; the others are no longer held.
    pub fn truncate(&self, mc: &Mutation<'gc>, len: usize) {
        if let Some(buffer) = self.buffer() {
            for index in len..self.len.get() {
                buffer.set(mc, index, Value::NIL);
            }
            self.len.set(self.len.get().min(len));
        }
    }
}

impl Default for SlotVec<'_> {
    fn default() -> Self {
        SlotVec::new()
    }
}

// SAFETY: the one slot is visited and mapped.
unsafe impl<'gc> Trace<'gc> for SlotVec<'gc> {
    const MAP: PointerMap = PointerMap::EMPTY.field(&PointerMap::SLOT, memoffset::offset_of!(Self, buffer), "buffer");
    #[inline]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        self.buffer.trace(visitor);
    }
}
// SAFETY: changed through `Write` only.
unsafe impl<'gc> Object<'gc> for SlotVec<'gc> {
    type Rebind<'b> = SlotVec<'b>;
}

impl fmt::Debug for SlotVec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Native data that can hold no heap value: the one place for `Drop`, cells and locks in heap objects and roots.
///
/// As a heap object, or part of one, it is dropped once, after the object is dead; its `Drop` can reach no heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Static<T: 'static>(pub T);

impl<T> Deref for Static<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}
impl<T> core::ops::DerefMut for Static<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
