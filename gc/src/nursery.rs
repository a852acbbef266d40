//! The young space: one chunk of a `bumpalo` arena, with a cursor and limits of our own.
//!
//! Invariant: objects lie back to back from the start of the chunk to the cursor; words between them are fillers.
//! The mutator's cursor is the truth while it runs; this file knows the chunk only.

use core::alloc::Layout;
use std::collections::VecDeque;

use crate::error::HeapError;
use crate::object::{FILLER, Obj, at};
use crate::old::fill;

/// One chunk, wholly taken from its arena.
struct Chunk {
    /// Owns the memory.
    _arena: bumpalo::Bump,
    base: usize,
}

impl Chunk {
    fn new(bytes: usize) -> Result<Chunk, HeapError> {
        let refused = || HeapError::Reserve { bytes, source: std::io::ErrorKind::OutOfMemory.into() };
        let layout = Layout::from_size_align(bytes, 64).map_err(|_| refused())?;
        let arena = bumpalo::Bump::try_with_capacity(bytes + 64).map_err(|_| refused())?;
        let base = arena.try_alloc_layout(layout).map_err(|_| refused())?.as_ptr().expose_provenance();
        if base + bytes > 1 << 48 { Err(HeapError::AddressTooHigh(base)) } else { Ok(Chunk { _arena: arena, base }) }
    }
}

pub(crate) struct Nursery {
    chunk: Chunk,
    /// How much of the chunk is used; what never was takes no memory.
    bytes: usize,
    most: usize,
    /// Chunks that were left, poisoned, and until when they are kept.
    quarantine: VecDeque<(u64, Chunk)>,
}

impl Nursery {
    /// A nursery of `bytes` that may grow to `most`.
    pub(crate) fn new(bytes: usize, most: usize) -> Result<Nursery, HeapError> {
        Ok(Nursery { chunk: Chunk::new(most)?, bytes, most, quarantine: VecDeque::new() })
    }

    #[inline(always)]
    pub(crate) fn base(&self) -> usize {
        self.chunk.base
    }

    #[inline(always)]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    #[inline(always)]
    pub(crate) fn end(&self) -> usize {
        self.chunk.base + self.bytes
    }

    #[inline(always)]
    pub(crate) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.chunk.base) < self.bytes
    }

    /// Everything in it is dead or was moved: it may be used anew, up to `cursor` it was used.
    pub(crate) fn reset(&mut self, cursor: usize, poison: Option<u64>, quarantine_until: Option<u64>, now: u64) {
        if let Some(poison) = poison {
            fill(self.base(), cursor - self.base(), poison);
        }
        if let Some(until) = quarantine_until
            && let Ok(fresh) = Chunk::new(self.most)
        {
            self.quarantine.push_back((until, core::mem::replace(&mut self.chunk, fresh)));
        }
        self.quarantine.retain(|&(until, _)| until > now);
    }

    /// Changes the size, while it is empty.
    pub(crate) fn resize(&mut self, bytes: usize) {
        self.bytes = bytes.min(self.most);
    }

    /// Every object below `cursor`, in order.
    ///
    /// # Safety
    /// None of them has moved.
    pub(crate) unsafe fn for_each(&self, cursor: usize, mut each: impl FnMut(Obj)) {
        let mut next = self.base();
        while next < cursor {
            // SAFETY: objects and fillers lie back to back.
            unsafe {
                if at::<usize>(next).read() == FILLER {
                    next += 8;
                } else {
                    let object = Obj(next);
                    each(object);
                    next += object.size(object.info());
                }
            }
        }
    }
}
