//! The layout of a heap object: one header word, then the payload.
//!
//! ```text
//!   o           o + 8                                    o + size
//!   ┌───────────┬──────────────────────────┬─────────────┐
//!   │ header    │ payload: a Rust struct    │ tail        │   size is a multiple of 8
//!   └───────────┴──────────────────────────┴─────────────┘
//!   header = address of the TypeInfo (64-aligned) | UNLOGGED
//!          = new address of the object | FORWARDED      only inside a collection
//!          = 0                                          a filler of one word, before a 16-aligned payload
//! ```
//!
//! Invariant: an address becomes a pointer in this file only ([`at`]); the memory it names was exposed when the
//! nursery or the old space was made.

use crate::layout::{Tail, TypeInfo};
use mangrove_nanbox::{Word, layout};

/// The object moved; the header is its new address. Only inside a collection.
pub(crate) const FORWARDED: usize = 1;
/// The object is old and not in the log: the next store through the barrier logs it.
pub(crate) const UNLOGGED: usize = 2;
/// All bits of a header that are not the address of the `TypeInfo`.
pub(crate) const FLAGS: usize = 63;
/// Bytes of a header.
pub(crate) const HEADER: usize = 8;
/// Header word of a filler.
pub(crate) const FILLER: usize = 0;
/// What is added to an address to make a heap word.
pub(crate) const TAG: u64 = layout::TAG_HEAP;

/// The pointer of an address inside the heap: the one place where a word becomes a pointer.
#[inline(always)]
pub(crate) fn at<T>(address: usize) -> *mut T {
    core::ptr::with_exposed_provenance_mut(address)
}

/// The address of an object's header.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub(crate) struct Obj(pub(crate) usize);

impl Obj {
    /// The object a word points to, if it is of the heap kind.
    #[inline(always)]
    pub(crate) fn from_word(word: u64) -> Option<Obj> {
        Word::from_bits(word).is_heap().then(|| Obj(word.wrapping_sub(TAG) as usize))
    }

    /// The word that points to it.
    #[inline(always)]
    pub(crate) fn word(self) -> u64 {
        self.0 as u64 + TAG
    }

    /// The header word.
    ///
    /// # Safety
    /// `self` is the start of an object, live or left behind in this collection.
    #[inline(always)]
    pub(crate) unsafe fn header(self) -> usize {
        // SAFETY: the header of an object is initialised and aligned.
        unsafe { at::<usize>(self.0).read() }
    }

    /// Overwrites the header word.
    ///
    /// # Safety
    /// `self` is the start of at least eight bytes of the heap; the collector or the allocator owns them.
    #[inline(always)]
    pub(crate) unsafe fn set_header(self, header: usize) {
        // SAFETY: by the caller.
        unsafe { at::<usize>(self.0).write(header) }
    }

    /// The type behind a header word that is not a forwarding address.
    ///
    /// # Safety
    /// `header` was read from a live object that has not moved.
    #[inline(always)]
    pub(crate) unsafe fn info_of(header: usize) -> &'static TypeInfo {
        // SAFETY: such a header is the exposed address of a `TypeInfo` in static memory, and flags.
        unsafe { &*core::ptr::with_exposed_provenance(header & !FLAGS) }
    }

    /// The type of the object.
    ///
    /// # Safety
    /// `self` is a live object that has not moved.
    #[inline(always)]
    pub(crate) unsafe fn info(self) -> &'static TypeInfo {
        // SAFETY: by the caller.
        unsafe { Self::info_of(self.header()) }
    }

    /// Where the payload begins.
    #[inline(always)]
    pub(crate) fn payload(self) -> usize {
        self.0 + HEADER
    }

    /// Length of the tail, in elements.
    ///
    /// # Safety
    /// `self` is an object whose type has a tail: its payload begins with the length.
    #[inline(always)]
    pub(crate) unsafe fn tail_len(self) -> usize {
        // SAFETY: by the caller.
        unsafe { at::<usize>(self.payload()).read() }
    }

    /// Bytes of the object with header and tail.
    ///
    /// # Safety
    /// `info` is the type of `self`, whose payload is initialised.
    #[inline(always)]
    pub(crate) unsafe fn size(self, info: &TypeInfo) -> usize {
        match info.tail {
            Tail::None => info.fixed as usize,
            // SAFETY: types with a tail store its length first.
            tail => total_size(info.fixed as usize, tail, unsafe { self.tail_len() }),
        }
    }
}

/// Bytes of an object with `fixed` bytes of header and payload, and a tail of `len` elements.
#[inline(always)]
pub(crate) fn total_size(fixed: usize, tail: Tail, len: usize) -> usize {
    match tail {
        Tail::None => fixed,
        Tail::Slots => fixed + len * 8,
        Tail::Bytes => (fixed + len + 7) & !7,
    }
}
