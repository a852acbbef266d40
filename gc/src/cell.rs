//! Fields of heap objects that change: [`Slot`], [`SlotVec`]; and [`Static`], native data that holds no value.
//!
//! Invariant: they are set only through a `&Write`, or log what they set, so the barrier cannot be forgotten.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

use crate::error::AllocError;
use crate::layout::PointerMap;
use crate::mutation::Mutation;
use crate::ptr::{Gc, Write};
use crate::tail::Tail;
use crate::trace::{Object, Trace, Visitor};
use crate::value::{Brand, Value};

/// A mutable field of a heap object: one value; or, as `Slot<'gc, Option<Gc<'gc, Node<'gc>>>>`, a pointer whose type is
/// known, so that reading it tests nothing.
///
/// ```
/// # use mangrove_gc::{AllocError, Gc, Heap, HeapConfig, Object, Roots, Slot, Trace, Value};
/// #[derive(Trace, Object)]
/// struct Node<'gc> { item: Slot<'gc>, next: Slot<'gc, Option<Gc<'gc, Node<'gc>>>> }
/// # struct V; impl Roots for V { type Root<'gc> = Vec<Value<'gc>>; }
/// # let mut heap: Heap<V> = Heap::new(HeapConfig::default(), |_| Ok(vec![])).unwrap();
/// # heap.mutate(|mc, _| {
/// let last = mc.alloc(Node { item: Slot::new(2.into()), next: Slot::new(None) })?;
/// let first = mc.alloc(Node { item: Slot::new(1.into()), next: Slot::new(Some(last)) })?;
/// first.write(mc).next().set(None);
/// # assert!(first.next.get().is_none());
/// # Ok::<(), AllocError>(()) }).unwrap();
/// ```
#[repr(transparent)]
pub struct Slot<'gc, T = Value<'gc>>(Cell<T>, Brand<'gc>);

/// What a [`Slot`] may hold: a [`Value`], a [`Gc`], or an `Option` of one.
///
/// # Safety
/// One word, which is a slot by its [`Trace::MAP`].
pub unsafe trait Reference<'gc>: Trace<'gc> + Copy + 'gc {
    /// The same type for another heap lifetime.
    #[doc(hidden)]
    type Rebound<'b>: Reference<'b>;
}
// SAFETY: one word.
unsafe impl<'gc> Reference<'gc> for Value<'gc> {
    type Rebound<'b> = Value<'b>;
}
// SAFETY: one word.
unsafe impl<'gc, T: Object<'gc>> Reference<'gc> for Gc<'gc, T> {
    type Rebound<'b> = Gc<'b, T::Rebind<'b>>;
}
// SAFETY: one word, since a pointer is never 0.
unsafe impl<'gc, T: Object<'gc>> Reference<'gc> for Option<Gc<'gc, T>> {
    type Rebound<'b> = Option<Gc<'b, T::Rebind<'b>>>;
}

impl<'gc, T: Reference<'gc>> Slot<'gc, T> {
    /// A slot that holds `value`.
    #[inline(always)]
    pub const fn new(value: T) -> Self {
        Slot(Cell::new(value), PhantomData)
    }

    /// What it holds.
    #[inline(always)]
    pub fn get(&self) -> T {
        self.0.get()
    }

    /// # Safety
    /// The owner is logged, or `value` is no heap value, or this slot's address is in the log.
    #[inline(always)]
    pub(crate) unsafe fn store(&self, value: T) {
        self.0.set(value);
    }
}

impl<'gc, T: Reference<'gc>> Write<Slot<'gc, T>> {
    /// Replaces what it holds. A plain store: the barrier was paid by [`Gc::write`](crate::Gc::write).
    #[inline(always)]
    pub fn set(&self, value: T) {
        self.0.set(value);
    }
}

// SAFETY: the one word is visited and mapped.
unsafe impl<'gc, T: Reference<'gc>> Trace<'gc> for Slot<'gc, T> {
    const MAP: PointerMap = T::MAP;
    #[inline(always)]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        self.0.get_mut().trace(visitor);
    }
}
// SAFETY: set through `Write` only.
unsafe impl<'gc, T: Reference<'gc>> Object<'gc> for Slot<'gc, T> {
    type Rebind<'b> = Slot<'b, T::Rebound<'b>>;
}

impl<'gc, T: Reference<'gc> + fmt::Debug> fmt::Debug for Slot<'gc, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// A growable array of values inside a heap object. It lends no reference to its contents.
///
/// The buffer is a heap object of its own, so growing is an allocation like any other and nothing needs freeing.
/// Elements are logged one by one: a store costs a minor collection one slot, however long the array; only an operation
/// that moves many of them has the whole buffer scanned. What does not grow it needs no witness of the owner, which it
/// does not change as far as the collector sees. Removing values from the front costs no move of the others.
pub struct SlotVec<'gc> {
    /// Slots in front of the first value, and from the last one on, are `NIL`.
    buffer: Cell<Option<Gc<'gc, Tail<'gc, ()>>>>,
    /// Where the first value is. `start + len` is at most the length of the buffer.
    start: Cell<u32>,
    len: Cell<u32>,
}

impl<'gc> SlotVec<'gc> {
    /// An empty array without a buffer.
    pub const fn new() -> Self {
        SlotVec { buffer: Cell::new(None), start: Cell::new(0), len: Cell::new(0) }
    }

    /// An empty array with room for `capacity` values, to be put into a new object.
    ///
    /// # Errors
    /// As [`Mutation::alloc_tail`].
    pub fn with_capacity(mc: &Mutation<'gc>, capacity: usize) -> Result<Self, AllocError> {
        Self::of(mc, &[], capacity)
    }

    /// An array of these values, to be put into a new object.
    ///
    /// # Errors
    /// As [`Mutation::alloc_tail`].
    pub fn from_values(mc: &Mutation<'gc>, values: &[Value<'gc>]) -> Result<Self, AllocError> {
        Self::of(mc, values, values.len())
    }

    fn of(mc: &Mutation<'gc>, values: &[Value<'gc>], capacity: usize) -> Result<Self, AllocError> {
        debug_assert!(values.is_empty() || values.len() == capacity);
        u32::try_from(capacity).map_err(|_| AllocError::Never)?;
        let len = values.len() as u32;
        let buffer = match capacity {
            0 => None,
            _ if values.len() == capacity => Some(mc.alloc_slots((), values)?),
            _ => Some(mc.alloc_tail((), capacity, Value::NIL)?),
        };
        Ok(SlotVec { buffer: Cell::new(buffer), start: Cell::new(0), len: Cell::new(len) })
    }

    /// The slot of the value at `index`, and the buffer that it is in.
    #[inline(always)]
    fn slot(&self, index: usize) -> Option<(Gc<'gc, Tail<'gc, ()>>, &'gc Slot<'gc>)> {
        if index >= self.len.get() as usize {
            return None;
        }
        let buffer = self.buffer.get()?;
        debug_assert!(self.start.get() as usize + index < buffer.len());
        // SAFETY: `start + len` is at most the length of the buffer, and `index` is less than `len`.
        Some((buffer, unsafe { buffer.as_ref().slots().get_unchecked(self.start.get() as usize + index) }))
    }

    /// The value at `index`.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Value<'gc>> {
        Some(self.slot(index)?.1.get())
    }

    /// How many values it holds.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get() as usize
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

    /// Appends its values to `to`: one copy.
    pub fn copy_to(&self, to: &mut Vec<Value<'gc>>) {
        if let Some(buffer) = self.buffer.get() {
            let (start, len) = (self.start.get() as usize, self.len());
            to.extend(buffer.slots()[start..start + len].iter().map(Slot::get));
        }
    }

    /// Replaces the value at `index`; false if there is none.
    #[inline(always)]
    pub fn set(&self, mc: &Mutation<'gc>, index: usize, value: Value<'gc>) -> bool {
        let Some((buffer, slot)) = self.slot(index) else {
            return false;
        };
        Self::store(mc, buffer, slot, value);
        true
    }

    #[inline(always)]
    fn store(mc: &Mutation<'gc>, buffer: Gc<'gc, Tail<'gc, ()>>, slot: &Slot<'gc>, value: Value<'gc>) {
        if value.word().is_traced() {
            mc.log_slot(buffer.object(), core::ptr::from_ref(slot).addr());
        }
        // SAFETY: the slot is in the log, or the buffer is young or logged, or the value is neither an object nor a task.
        unsafe { slot.store(value) };
    }

    /// Appends a value if there is room for it.
    #[inline(always)]
    pub fn push_within(&self, mc: &Mutation<'gc>, value: Value<'gc>) -> bool {
        let Some(buffer) = self.buffer.get() else {
            return false;
        };
        let Some(slot) = buffer.as_ref().slots().get(self.start.get() as usize + self.len()) else {
            return false;
        };
        Self::store(mc, buffer, slot, value);
        self.len.set(self.len.get() + 1);
        true
    }

    /// Removes and returns the last value.
    #[inline]
    pub fn pop(&self) -> Option<Value<'gc>> {
        let last = self.len().checked_sub(1)?;
        let (_, slot) = self.slot(last)?;
        let value = slot.get();
        // SAFETY: no heap value is stored.
        unsafe { slot.store(Value::NIL) };
        self.len.set(last as u32);
        Some(value)
    }

    /// Removes and returns the first value: the others stay where they are.
    #[inline]
    pub fn pop_front(&self) -> Option<Value<'gc>> {
        let (_, slot) = self.slot(0)?;
        let value = slot.get();
        // SAFETY: no heap value is stored.
        unsafe { slot.store(Value::NIL) };
        self.start.set(self.start.get() + 1);
        self.len.set(self.len.get() - 1);
        Some(value)
    }

    /// Keeps the first `len` values; the others are no longer held.
    pub fn truncate(&self, len: usize) {
        if len < self.len() {
            self.clear(len, self.len());
            self.len.set(len as u32);
        }
    }

    /// Replaces the values from `start` on by `values`, as far as there are any.
    pub fn overwrite(&self, mc: &Mutation<'gc>, start: usize, values: &[Value<'gc>]) {
        if let Some(buffer) = self.buffer.get().filter(|_| start < self.len()) {
            mc.log(buffer.object());
            let first = self.start.get() as usize + start;
            for (slot, value) in buffer.slots()[first..self.start.get() as usize + self.len()].iter().zip(values) {
                // SAFETY: the buffer is logged, or young.
                unsafe { slot.store(*value) };
            }
        }
    }

    /// Overwrites the slots of the values `from..to`, which the array holds no longer.
    fn clear(&self, from: usize, to: usize) {
        if let Some(buffer) = self.buffer.get().filter(|_| from < to) {
            let start = self.start.get() as usize;
            for slot in &buffer.slots()[start + from..start + to] {
                // SAFETY: no heap value is stored.
                unsafe { slot.store(Value::NIL) };
            }
        }
    }
}

/// Copies `count` slots of a buffer to another place in it.
fn move_slots<'gc>(mc: &Mutation<'gc>, buffer: Gc<'gc, Tail<'gc, ()>>, from: usize, to: usize, count: usize) {
    mc.log(buffer.object());
    let slots = buffer.slots();
    assert!(from.max(to) + count <= slots.len());
    let first = slots.as_ptr().cast::<Value<'gc>>().cast_mut();
    // SAFETY: both ranges are in the buffer, which is logged or young. A slot is a value in a cell, and nobody keeps a
    // reference to the inside of a cell.
    unsafe { core::ptr::copy(first.add(from), first.add(to), count) };
}

impl<'gc> Write<SlotVec<'gc>> {
    /// Appends a value. Amortised O(1).
    ///
    /// # Errors
    /// When the buffer cannot grow: nothing is changed.
    #[inline]
    pub fn push(&self, mc: &Mutation<'gc>, value: Value<'gc>) -> Result<(), AllocError> {
        if !self.push_within(mc, value) {
            self.reserve(mc, 1)?;
            self.push_within(mc, value);
        }
        Ok(())
    }

    /// Appends values. Amortised O(1) for each.
    ///
    /// # Errors
    /// When the buffer cannot grow: nothing is changed.
    pub fn extend(&self, mc: &Mutation<'gc>, values: &[Value<'gc>]) -> Result<(), AllocError> {
        self.splice(mc, self.len(), 0, values)
    }

    /// Makes room for `additional` values: amortised, or as many as that if there was no buffer.
    ///
    /// # Errors
    /// When the buffer cannot grow: nothing is changed.
    pub fn reserve(&self, mc: &Mutation<'gc>, additional: usize) -> Result<(), AllocError> {
        let (start, len) = (self.start.get() as usize, self.len());
        let need = len.checked_add(additional).filter(|&need| need <= u32::MAX as usize).ok_or(AllocError::Never)?;
        let Some(buffer) = self.buffer.get() else {
            let capacity = if additional == 1 { 4 } else { need };
            self.buffer.set(Some(mc.alloc_tail((), capacity, Value::NIL)?));
            return Ok(());
        };
        if start + need <= buffer.len() {
            return Ok(());
        }
        if start > buffer.len() / 2 && need <= buffer.len() {
            // At least as many were removed from the front as are moved now.
            move_slots(mc, buffer, start, 0, len);
            self.start.set(0);
            self.clear(len.max(start), start + len);
            return Ok(());
        }
        let capacity = (len + len / 2 + 4).max(need);
        let grown = mc.alloc_tail_of((), &buffer.slots()[start..start + len], capacity, Value::NIL)?;
        self.buffer.set(Some(grown));
        self.start.set(0);
        Ok(())
    }

    /// Puts `values` in the place of `remove` values from `start` on.
    ///
    /// # Errors
    /// When the buffer cannot grow: nothing is changed.
    ///
    /// # Panics
    /// When there are not as many to remove.
    pub fn splice(
        &self,
        mc: &Mutation<'gc>,
        start: usize,
        remove: usize,
        values: &[Value<'gc>],
    ) -> Result<(), AllocError> {
        let (len, end) = (self.len(), start + remove);
        assert!(end <= len, "removes values that are not there");
        let new = len - remove + values.len();
        if values.len() > remove {
            self.reserve(mc, values.len() - remove)?;
        }
        if let Some(buffer) = self.buffer.get().filter(|_| end != len && values.len() != remove) {
            let first = self.start.get() as usize;
            move_slots(mc, buffer, first + end, first + start + values.len(), len - end);
        }
        self.clear(new, len);
        self.len.set(new as u32);
        self.overwrite(mc, start, values);
        Ok(())
    }

    /// Makes it `len` values long: cuts it, or appends copies of `fill`.
    ///
    /// # Errors
    /// When the buffer cannot grow: nothing is changed.
    pub fn resize(&self, mc: &Mutation<'gc>, len: usize, fill: Value<'gc>) -> Result<(), AllocError> {
        let old = self.len();
        if len <= old {
            self.truncate(len);
            return Ok(());
        }
        self.reserve(mc, len - old)?;
        for _ in old..len {
            self.push_within(mc, fill);
        }
        Ok(())
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
        self.buffer.get_mut().trace(visitor);
    }
}
// SAFETY: the buffer is replaced through `Write` only, and logged itself when its slots are set.
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
