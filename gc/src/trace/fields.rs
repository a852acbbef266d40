//! [`Fields`]: what the derive of `Trace` asks about fields.
//!
//! Invariant: nothing here takes a type, an offset or a trait by name. A crate may call anything `mangrove_gc` or `core`,
//! and a macro in the place of a type gives another one each time; so the derive starts from a constant whose type
//! the trait fixes, calls inherent methods that take `self` by value (no trait's method comes before them), and lets
//! the fields themselves say what they are.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::Trace;
use crate::layout::PointerMap;

/// The fields of `S`. It cannot be named outside this crate.
pub struct Fields<S: ?Sized>(PhantomData<fn(*const S)>);

impl<S: ?Sized> Clone for Fields<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S: ?Sized> Copy for Fields<S> {}

impl<S: ?Sized> Fields<S> {
    pub(super) const NEW: Self = Fields(PhantomData);
}

impl<S> Fields<S> {
    /// Whether the field needs to be visited that the function, which is never called, would give.
    pub const fn needs_trace<'gc, F: Trace<'gc>>(self, _field: fn(&S) -> *const F) -> bool {
        F::NEEDS_TRACE
    }

    /// Memory for the addresses of fields.
    pub const fn memory(self) -> MaybeUninit<S> {
        MaybeUninit::uninit()
    }

    /// Its address.
    pub const fn base(self, memory: &MaybeUninit<S>) -> *const S {
        memory.as_ptr()
    }

    /// No slot yet.
    pub const fn map(self) -> PointerMap {
        PointerMap::EMPTY
    }

    /// `map` and that of the field at `field`, in memory at `base`.
    ///
    /// # Safety
    /// `base` is that of [`Fields::base`], and `field` a place in the same memory.
    pub const unsafe fn add<'gc, F: Trace<'gc>>(
        self,
        map: PointerMap,
        base: *const S,
        field: *const F,
        name: &'static str,
    ) -> PointerMap {
        // SAFETY: by the caller, both are in one allocation, the field not before its start.
        let offset = unsafe { field.byte_offset_from(base) } as usize;
        map.field(&F::MAP, offset, name)
    }

    /// Does not compile for a type with a `Drop` impl: then both impls below would do.
    pub const fn no_drop<A>(self)
    where
        S: NoDrop<A>,
    {
    }
}

/// Implemented once by a type without a `Drop` impl, twice by one that has it.
pub trait NoDrop<A> {}
impl<S> NoDrop<()> for S {}
#[allow(drop_bounds, reason = "the point")]
impl<S: Drop> NoDrop<u8> for S {}
