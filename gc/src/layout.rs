//! What the collector knows of a heap type: [`TypeInfo`] and its [`PointerMap`].
//!
//! Invariant: a `PointerMap` that says it is complete lists every word of the payload that may hold a heap pointer.
//! Maps are made of the fields' own maps, never of how a type is spelled (SOUNDNESS, hole 6).

use core::any::TypeId;

use crate::object::HEADER;
use crate::trace::{Object, Trace, Visitor};

/// Most slots that a pointer map lists one by one; a type with more is traced by its own function.
const MAX_MAPPED: usize = 16;

/// A slot of a payload: where it is, and the field it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct MappedSlot {
    /// Bytes from the start of the payload.
    pub offset: u16,
    /// The field's name, or `""`.
    pub field: &'static str,
}

/// Which words of a payload are slots.
#[derive(Clone, Copy, Debug)]
pub struct PointerMap {
    slots: [MappedSlot; MAX_MAPPED],
    len: u8,
    complete: bool,
}

impl PointerMap {
    /// No slot at all.
    pub const EMPTY: PointerMap =
        PointerMap { slots: [MappedSlot { offset: 0, field: "" }; MAX_MAPPED], len: 0, complete: true };

    /// One slot, at the start.
    pub const SLOT: PointerMap = {
        let mut map = PointerMap::EMPTY;
        map.len = 1;
        map
    };

    /// Traced by a function only.
    pub const CUSTOM: PointerMap = PointerMap { complete: false, ..PointerMap::EMPTY };

    /// This map and that of a field called `name` at `offset` bytes.
    #[must_use]
    pub const fn field(mut self, map: &PointerMap, offset: usize, name: &'static str) -> PointerMap {
        self.complete &= map.complete;
        let mut i = 0;
        while i < map.len as usize {
            let at = offset + map.slots[i].offset as usize;
            if self.len as usize == MAX_MAPPED || at > u16::MAX as usize || !at.is_multiple_of(8) {
                self.complete = false;
                return self;
            }
            self.slots[self.len as usize] = MappedSlot { offset: at as u16, field: name };
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Whether every slot is listed.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The slots, in order of the fields.
    pub const fn slots(&self) -> &[MappedSlot] {
        self.slots.split_at(self.len as usize).0
    }

    /// First word and length, if the slots are a run of neighbouring words in some order.
    const fn as_run(&self) -> Option<(u16, u16)> {
        let (mut low, mut high, mut i) = (u16::MAX, 0, 0);
        while i < self.len as usize {
            let at = self.slots[i].offset / 8;
            low = if at < low { at } else { low };
            high = if at > high { at } else { high };
            i += 1;
        }
        // Offsets are distinct, so as many of them as the span has words fill it.
        if self.len as u16 == high.wrapping_sub(low).wrapping_add(1) { Some((low, self.len as u16)) } else { None }
    }
}

/// What follows the payload of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Tail {
    None,
    Slots,
    Bytes,
}

/// How the slots of a payload are found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Shape {
    /// No slot.
    Leaf,
    /// `count` words from word `start`.
    Run,
    /// The words that the map lists.
    Map,
    /// By the type's `trace`.
    Custom,
}

/// The description of a heap type, one per type, in static memory. Its address is the object's header.
///
/// 64-aligned, so that six bits of the header are free for flags; the fields that a collection reads stand in the
/// first cache line.
#[repr(C, align(64))]
pub struct TypeInfo {
    /// Bytes of header and payload, a multiple of 8, without the tail.
    pub(crate) fixed: u32,
    pub(crate) start: u16,
    pub(crate) count: u16,
    pub(crate) shape: Shape,
    pub(crate) tail: Tail,
    /// The payload's alignment is 16.
    pub(crate) align16: bool,
    pub(crate) trace: unsafe fn(usize, &mut Visitor<'_, 'static>),
    pub(crate) drop: Option<unsafe fn(usize)>,
    id: TypeId,
    name: fn() -> &'static str,
    pub(crate) map: PointerMap,
}

impl TypeInfo {
    /// The description of `T`.
    pub const fn of<'gc, T: Object<'gc>>() -> Self {
        Self::with_tail::<T>(Tail::None)
    }

    pub(crate) const fn with_tail<'gc, T: Object<'gc>>(tail: Tail) -> Self {
        const { assert!(align_of::<T>() <= 16, "a heap type may be aligned to 16 bytes at most") };
        const { assert!(size_of::<T>() < 1 << 30, "a heap type is at most 1 GiB; use a tail") };
        let map = T::MAP;
        let (shape, start, count) = match (map.complete, map.as_run()) {
            (true, _) if map.len == 0 => (Shape::Leaf, 0, 0),
            (true, Some((start, count))) => (Shape::Run, start, count),
            (true, None) => (Shape::Map, 0, map.len as u16),
            (false, _) => (Shape::Custom, 0, 0),
        };
        TypeInfo {
            fixed: ((HEADER + size_of::<T>() + 7) & !7) as u32,
            start,
            count,
            shape,
            tail,
            align16: align_of::<T>() == 16,
            trace: trace_erased::<T>,
            drop: if core::mem::needs_drop::<T>() { Some(drop_erased::<T>) } else { None },
            id: TypeId::of::<T::Rebind<'static>>(),
            name: core::any::type_name::<T::Rebind<'static>>,
            map,
        }
    }

    /// Whether it describes `T`: by address when that is enough, else by the type's id (SOUNDNESS, hole 4).
    #[inline(always)]
    pub fn is<'gc, T: Object<'gc>>(&self) -> bool {
        core::ptr::eq(self, T::INFO) || self.id == TypeId::of::<T::Rebind<'static>>()
    }

    /// The name of the Rust type.
    pub fn name(&self) -> &'static str {
        (self.name)()
    }

    /// Its pointer map.
    pub fn pointer_map(&self) -> &PointerMap {
        &self.map
    }
}

impl core::fmt::Debug for TypeInfo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "TypeInfo({}, {} bytes, {:?}, tail {:?})", self.name(), self.fixed, self.shape, self.tail)
    }
}

/// # Safety
/// `payload` is the address of a live `T` that nothing else refers to; the visitor is of its heap.
unsafe fn trace_erased<'gc, T: Object<'gc>>(payload: usize, visitor: &mut Visitor<'_, 'static>) {
    // SAFETY: lifetimes are erased in the heap; `'gc` is that of no running mutation, and `T` cannot tell.
    let visitor = unsafe { core::mem::transmute::<&mut Visitor<'_, 'static>, &mut Visitor<'_, 'gc>>(visitor) };
    // SAFETY: by the caller.
    unsafe { <T as Trace<'gc>>::trace(&mut *crate::object::at::<T>(payload), visitor) }
}

/// # Safety
/// `payload` is the address of a `T` that is dead and is dropped once.
unsafe fn drop_erased<'gc, T: Object<'gc>>(payload: usize) {
    // SAFETY: by the caller.
    unsafe { core::ptr::drop_in_place(crate::object::at::<T>(payload)) }
}
