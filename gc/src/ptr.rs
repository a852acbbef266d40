//! [`Gc`], [`Weak`] and the barrier's witness [`Write`].
//!
//! Invariant: a `&Write<T>` exists only after its owner was logged in this `mutate` call, and is projected to fields
//! of that owner only (SOUNDNESS, hole 5). The collector runs between such calls, so a witness never goes stale.

use core::fmt;
use core::marker::PhantomData;
use core::num::NonZeroU64;
use core::ops::Deref;

use crate::mutation::Mutation;
use crate::object::{Obj, TAG, at};
use crate::trace::Object;
use crate::value::Brand;

/// A pointer to a heap object of type `T`, valid for one `mutate` call: eight bytes, `Copy`, never null.
#[repr(transparent)]
pub struct Gc<'gc, T>(NonZeroU64, Brand<'gc>, PhantomData<&'gc T>);

impl<T> Clone for Gc<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Gc<'_, T> {}

impl<'gc, T> Gc<'gc, T> {
    /// # Safety
    /// `object` is a live `T` of the heap of `'gc`.
    #[inline(always)]
    pub(crate) unsafe fn from_object(object: Obj) -> Self {
        // SAFETY: the tag is not zero.
        Gc(unsafe { NonZeroU64::new_unchecked(object.word()) }, PhantomData, PhantomData)
    }

    #[inline(always)]
    pub(crate) fn word(self) -> u64 {
        self.0.get()
    }

    #[inline(always)]
    pub(crate) fn object(self) -> Obj {
        Obj(self.0.get().wrapping_sub(TAG) as usize)
    }

    /// The object, for as long as the `mutate` call lasts.
    #[inline(always)]
    #[allow(clippy::should_implement_trait, reason = "`AsRef` cannot lend for `'gc`")]
    pub fn as_ref(self) -> &'gc T {
        // SAFETY: a `Gc<'gc, T>` points to a live `T`, which does not move before the call that made `'gc` ends.
        // Shared access only: fields that change are cells.
        unsafe { &*at::<T>(self.object().payload()) }
    }

    /// Announces a store into the object and returns the witness that lets its slots be set. Costs a load and a
    /// test; the first store into an old object since the last minor collection also appends to the log.
    ///
    /// ```
    /// # use mangrove_gc::{Heap, HeapConfig, Object, Roots, Slot, Trace, Value};
    /// #[derive(Trace, Object)]
    /// struct Pair<'gc> { first: Slot<'gc>, second: Slot<'gc> }
    /// # struct V; impl Roots for V { type Root<'gc> = Vec<Value<'gc>>; }
    /// # let mut heap: Heap<V> = Heap::new(HeapConfig::default(), |_| Ok(vec![])).unwrap();
    /// # heap.mutate(|mc, _| {
    /// let pair = mc.alloc(Pair { first: Slot::new(1.into()), second: Slot::new(Value::NIL) })?;
    /// pair.write(mc).second().set(2.into());
    /// # assert_eq!(pair.second.get().as_int(), Some(2));
    /// # Ok::<(), mangrove_gc::AllocError>(()) }).unwrap();
    /// ```
    #[inline(always)]
    pub fn write(self, mc: &Mutation<'gc>) -> &'gc Write<T> {
        mc.log(self.object());
        // SAFETY: the owner is logged, or young and scanned anyway.
        unsafe { Write::__assume(self.as_ref()) }
    }

    /// Whether both point to the same object.
    #[inline(always)]
    pub fn same(self, other: Self) -> bool {
        self.0 == other.0
    }

    /// A pointer that does not keep the object alive.
    #[inline]
    pub fn downgrade(self) -> Weak<'gc, T> {
        Weak(self.0.get(), PhantomData, PhantomData)
    }
}

impl<T> Deref for Gc<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        self.as_ref()
    }
}

impl<T> fmt::Debug for Gc<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the contents: graphs have cycles.
        write!(f, "Gc<{}> @ {:#x}", core::any::type_name::<T>(), self.object().0)
    }
}

/// A pointer that does not keep its object alive, and gives `None` once it is gone.
///
/// It is cleared atomically with the end of marking, before any memory is given out again.
#[repr(transparent)]
pub struct Weak<'gc, T>(u64, Brand<'gc>, PhantomData<&'gc T>);

impl<T> Clone for Weak<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Weak<'_, T> {}

impl<'gc, T: Object<'gc>> Weak<'gc, T> {
    /// A weak pointer to nothing.
    pub const fn dangling() -> Self {
        Weak(0, PhantomData, PhantomData)
    }

    /// The object, unless it was collected.
    #[inline]
    pub fn upgrade(self, _mc: &Mutation<'gc>) -> Option<Gc<'gc, T>> {
        // SAFETY: a weak word is that of a live object, or was cleared to 0 when the object died. An object that is
        // upgraded while marking runs is found by the scan of roots and log that ends it.
        Obj::from_word(self.0).map(|object| unsafe { Gc::from_object(object) })
    }
}

impl<T> fmt::Debug for Weak<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 == 0 { "Weak(gone)" } else { "Weak" })
    }
}

/// Witness that the owner of this `T` was logged for the collector: only through it can slots be set.
///
/// It exists only behind a reference, made by [`Gc::write`]; `#[derive(Object)]` makes a trait `…Write` with one
/// projection for each field, so `pair.write(mc).second()` is a `&Write<Slot>`.
#[repr(transparent)]
pub struct Write<T: ?Sized>(T);

impl<T: ?Sized> Write<T> {
    /// # Safety
    /// `this` is, or is a field in, a heap object that was logged in this `mutate` call.
    #[doc(hidden)]
    #[inline(always)]
    pub unsafe fn __assume(this: &T) -> &Self {
        // SAFETY: transparent.
        unsafe { &*(core::ptr::from_ref(this) as *const Self) }
    }
}

impl<T> Write<T> {
    /// The object, for the derive: no trait's `deref` comes between.
    #[doc(hidden)]
    #[inline(always)]
    pub fn __owner(this: &Self) -> &T {
        &this.0
    }

    /// The witness for a field. A raw pointer takes no deref coercion, so `F` is the type of the field itself.
    ///
    /// # Safety
    /// `field` points to a field of the object that `this` is the witness for.
    #[doc(hidden)]
    #[inline(always)]
    pub unsafe fn __project<F>(this: &Self, field: *const F) -> &Write<F> {
        let _ = this;
        // SAFETY: by the caller, it lives as long as `this`, and its owner was logged.
        unsafe { Write::__assume(&*field) }
    }
}

impl<T: ?Sized> Deref for Write<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Write<Option<T>> {
    /// The witness for what is inside.
    #[inline]
    pub fn as_write(&self) -> Option<&Write<T>> {
        // SAFETY: part of the same owner.
        self.0.as_ref().map(|inner| unsafe { Write::__assume(inner) })
    }
}

impl<T, const N: usize> Write<[T; N]> {
    /// The witness for one element.
    #[inline]
    pub fn at(&self, index: usize) -> Option<&Write<T>> {
        // SAFETY: part of the same owner.
        self.0.get(index).map(|element| unsafe { Write::__assume(element) })
    }
}

impl<T> Write<Vec<T>> {
    /// The witness for one element.
    #[inline]
    pub fn at(&self, index: usize) -> Option<&Write<T>> {
        // SAFETY: part of the same owner.
        self.0.get(index).map(|element| unsafe { Write::__assume(element) })
    }
}
