//! Heap objects with a length: [`Tail`] (a struct and slots), [`Blob`] (a struct and bytes), [`Bytes`] and [`Str`].
//!
//! Invariant: the payload begins with the length of the tail, which never changes; the tail follows the struct.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

use crate::cell::Slot;
use crate::layout::{self, PointerMap, TypeInfo};
use crate::mutation::Mutation;
use crate::object::{at, total_size};
use crate::ptr::{Gc, Write};
use crate::trace::{Object, Trace, Visitor};
use crate::value::{Brand, Value};

/// A head of type `T`, followed by slots: arrays, closures with their upvalues, objects with their properties.
#[repr(C)]
pub struct Tail<'gc, T> {
    len: usize,
    /// The fixed part.
    pub head: T,
    brand: Brand<'gc>,
}

impl<'gc, T> Tail<'gc, T> {
    pub(crate) fn new(head: T, len: usize) -> Self {
        Tail { len, head, brand: PhantomData }
    }

    /// How many slots follow.
    #[inline(always)]
    #[allow(clippy::len_without_is_empty, reason = "`slots().is_empty()` says it")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The slots.
    #[inline(always)]
    pub fn slots(&self) -> &[Slot<'gc>] {
        // SAFETY: `len` initialised slots follow the struct in the same object.
        unsafe { core::slice::from_raw_parts(at(tail_of(self)), self.len) }
    }

    /// The value of a slot.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Value<'gc>> {
        self.slots().get(index).map(Slot::get)
    }
}

/// The address behind a struct, where its tail begins. Through an address, since the reference ends before it.
#[inline(always)]
fn tail_of<T>(this: &T) -> usize {
    core::ptr::from_ref(this).addr() + (size_of::<T>().next_multiple_of(8))
}

impl<'gc, T> Write<Tail<'gc, T>> {
    /// The witness for one slot.
    #[inline(always)]
    pub fn slot(&self, index: usize) -> Option<&Write<Slot<'gc>>> {
        // SAFETY: part of the same owner.
        self.slots().get(index).map(|slot| unsafe { Write::__assume(slot) })
    }

    /// The witness for the head.
    #[inline(always)]
    pub fn head(&self) -> &Write<T> {
        // SAFETY: part of the same owner.
        unsafe { Write::__assume(&self.head) }
    }
}

impl<'gc, T> Gc<'gc, Tail<'gc, T>> {
    /// Sets one slot and logs only that slot: what large arrays want, since a logged object is scanned whole by the
    /// next minor collection. False if there is no such slot.
    #[inline(always)]
    pub fn set(self, mc: &Mutation<'gc>, index: usize, value: Value<'gc>) -> bool {
        let Some(slot) = self.as_ref().slots().get(index) else {
            return false;
        };
        if value.word().is_traced() {
            mc.log_slot(self.object(), core::ptr::from_ref(slot).addr());
        }
        // SAFETY: the slot is in the log, or the owner is young or logged, or the value is neither an object nor a task.
        unsafe { slot.store(value) };
        true
    }
}

// SAFETY: the head and every slot are visited; the map lists those of the head, `TypeInfo::tail` tells of the others.
unsafe impl<'gc, T: Object<'gc>> Trace<'gc> for Tail<'gc, T> {
    const MAP: PointerMap = PointerMap::EMPTY.field(&T::MAP, memoffset::offset_of!(Self, head), "head");
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        if T::NEEDS_TRACE {
            self.head.trace(visitor);
        }
        // SAFETY: `len` initialised slots follow the struct; slots are values in cells, and nothing else has them.
        visitor.slice(unsafe { core::slice::from_raw_parts_mut(at(tail_of(self)), self.len) });
    }
}
// SAFETY: slots are set through `Write` or `set`.
unsafe impl<'gc, T: Object<'gc>> Object<'gc> for Tail<'gc, T> {
    type Rebind<'b> = Tail<'b, T::Rebind<'b>>;
    const INFO: &'static TypeInfo = &TypeInfo::with_tail::<Self>(layout::Tail::Slots);
}

impl<T: fmt::Debug> fmt::Debug for Tail<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail").field("head", &self.head).field("slots", &self.slots()).finish()
    }
}

/// A head of plain data, followed by immutable bytes: strings with a hash and an encoding, byte arrays with a tag.
///
/// The head is not visited, so it holds no heap value (it is `'static`), and it has no `Drop`; a cell in it needs no
/// barrier. The bytes begin at a multiple of eight. A collection copies the object, and looks into neither.
///
/// ```
/// # use mangrove_gc::{AllocError, Blob, Heap, HeapConfig, Roots, Value};
/// # struct V; impl Roots for V { type Root<'gc> = Vec<Value<'gc>>; }
/// # let mut heap: Heap<V> = Heap::new(HeapConfig::default(), |_| Ok(vec![])).unwrap();
/// use std::cell::Cell;
/// struct Text { hash: Cell<u32> }                // computed when it is first asked for
/// # heap.mutate(|mc, vm| {
/// let name = mc.alloc_blob(Text { hash: Cell::new(0) }, b"mangrove")?;
/// let path = mc.alloc_blob_from(Text { hash: Cell::new(0) }, &[name.bytes(), b"/gc"])?;
/// path.head.hash.set(7);
/// vm.push(path.into());
/// assert_eq!(vm[0].downcast::<Blob<Text>>().unwrap().bytes(), b"mangrove/gc");
/// # Ok::<(), AllocError>(()) }).unwrap();
/// ```
#[repr(C)]
pub struct Blob<T: 'static> {
    len: usize,
    /// The fixed part.
    pub head: T,
}

impl<T> Blob<T> {
    pub(crate) fn new(head: T, len: usize) -> Self {
        const { assert!(!core::mem::needs_drop::<T>(), "a blob has no `Drop`: native data lives in `Static`") };
        Blob { len, head }
    }

    /// How many bytes follow.
    #[inline(always)]
    #[allow(clippy::len_without_is_empty, reason = "`bytes().is_empty()` says it")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The bytes.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        bytes_of(self, self.len)
    }
}

// SAFETY: the head is `'static`, so no value of a heap can be in it.
unsafe impl<'gc, T: 'static> Trace<'gc> for Blob<T> {
    const NEEDS_TRACE: bool = false;
    fn trace(&mut self, _: &mut Visitor<'_, 'gc>) {}
}
// SAFETY: as above; what the head mutates inside needs no barrier.
unsafe impl<'gc, T: 'static> Object<'gc> for Blob<T> {
    type Rebind<'b> = Blob<T>;
    const INFO: &'static TypeInfo = &TypeInfo::with_tail::<Self>(layout::Tail::Bytes);
}

impl<T: fmt::Debug> fmt::Debug for Blob<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob").field("head", &self.head).field("bytes", &self.bytes()).finish()
    }
}

/// A heap object of immutable bytes.
#[repr(C)]
pub struct Bytes {
    len: usize,
}

/// A heap object of immutable UTF-8.
#[repr(C)]
pub struct Str {
    len: usize,
}

macro_rules! bytes {
    ($t:ident, $target:ty, $this:ident => $deref:expr) => {
        impl Deref for $t {
            type Target = $target;
            #[inline(always)]
            fn deref(&self) -> &$target {
                let $this = self;
                $deref
            }
        }
        // SAFETY: no heap value.
        unsafe impl<'gc> Trace<'gc> for $t {
            const NEEDS_TRACE: bool = false;
            fn trace(&mut self, _: &mut Visitor<'_, 'gc>) {}
        }
        // SAFETY: immutable, `'static`.
        unsafe impl<'gc> Object<'gc> for $t {
            type Rebind<'b> = $t;
            const INFO: &'static TypeInfo = &TypeInfo::with_tail::<Self>(layout::Tail::Bytes);
        }
        impl $t {
            pub(crate) fn with_len(len: usize) -> Self {
                $t { len }
            }
        }
        impl fmt::Debug for $t {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

bytes!(Bytes, [u8], this => bytes_of(this, this.len));
bytes!(Str, str, this => {
    // SAFETY: the bytes were a `str` when the object was made, and never change.
    unsafe { core::str::from_utf8_unchecked(bytes_of(this, this.len)) }
});

/// The bytes behind the struct.
#[inline(always)]
fn bytes_of<T>(this: &T, len: usize) -> &[u8] {
    // SAFETY: private to `Blob`, `Bytes` and `Str`, whose `len` initialised bytes follow the struct in the same object.
    unsafe { core::slice::from_raw_parts(at(tail_of(this)), len) }
}

/// Bytes of an object with this type and tail, if that is a size at all.
pub(crate) fn checked_size(info: &TypeInfo, len: usize) -> Option<usize> {
    // Far below what overflows, far above every limit of a heap.
    (len < 1 << 44).then(|| total_size(info.fixed as usize, info.tail, len))
}
