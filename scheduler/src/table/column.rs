//! [`Column`]: values in chunks, each a root; a minor collection visits only the chunks written since the last one.
//!
//! Invariants: every write of a value that may point to something makes its chunk dirty; only a visit that wants young roots makes one clean; an
//! index that is not in use holds NIL; chunks from `top` on hold no index in use, and others without one are passed over,
//! so a visit costs what is in use now, not what ever was. Which are in use is known to the set of free indices.

use std::collections::TryReserveError;

use mangrove_gc::{Value, Visitor};

use super::free_set::FreeSet;

/// Values in a chunk: 4 KiB.
pub(crate) const CHUNK: usize = 512;

#[derive(Default)]
pub(crate) struct Column<'gc> {
    /// Whole chunks.
    values: Vec<Value<'gc>>,
    /// A bit per chunk: written since the last minor collection.
    dirty: Vec<u64>,
    /// Chunks up to the last one in use.
    top: usize,
    /// A marking in slices has visited the chunks before this one, or they were empty.
    marked: usize,
    #[cfg(feature = "sabotage")]
    pub(crate) forget_dirty: bool,
    #[cfg(feature = "sabotage")]
    pub(crate) skip_one: bool,
}

impl<'gc> Column<'gc> {
    /// Adds a chunk.
    pub(crate) fn grow(&mut self) -> Result<(), TryReserveError> {
        self.values.try_reserve(CHUNK)?;
        self.dirty.try_reserve(1)?;
        self.values.resize(self.values.len() + CHUNK, Value::NIL);
        self.dirty.resize(self.chunks().div_ceil(64), 0);
        Ok(())
    }

    /// Chunks that there are.
    pub(crate) fn chunks(&self) -> usize {
        self.values.len() / CHUNK
    }

    /// Chunks up to the last one in use.
    pub(crate) fn top(&self) -> usize {
        self.top
    }

    /// Gives the memory of the chunks from `chunks` on back. None of them is in use.
    pub(crate) fn truncate(&mut self, chunks: usize) {
        debug_assert!(chunks >= self.top);
        self.values.truncate(chunks * CHUNK);
        self.values.shrink_to_fit();
        self.dirty.truncate(chunks.div_ceil(64));
        if let Some(last) = self.dirty.last_mut()
            && !chunks.is_multiple_of(64)
        {
            *last &= (1 << (chunks % 64)) - 1;
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self, index: u32) -> Value<'gc> {
        self.values[index as usize]
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, index: u32, value: Value<'gc>) {
        self.values[index as usize] = value;
        #[cfg(feature = "sabotage")]
        if self.forget_dirty {
            return;
        }
        let chunk = index as usize / CHUNK;
        self.dirty[chunk / 64] |= 1 << (chunk % 64);
    }

    /// The same for a value that points to nothing: nobody need visit it, so the chunk stays as clean as it was.
    #[inline(always)]
    pub(crate) fn set_scalar(&mut self, index: u32, value: Value<'gc>) {
        debug_assert!(!value.word().is_traced());
        self.values[index as usize] = value;
    }

    /// Takes an index out of use.
    #[inline(always)]
    pub(crate) fn clear(&mut self, index: u32) {
        self.set_scalar(index, Value::NIL);
    }

    /// A chunk has an index in use.
    pub(crate) fn raise_top(&mut self, chunk: usize) {
        self.top = self.top.max(chunk + 1);
    }

    /// The last chunk may have none any more. True when it has not.
    pub(crate) fn lower_top(&mut self, free: &FreeSet) -> bool {
        let before = self.top;
        self.top = free.in_use(before * (CHUNK / 64)).div_ceil(CHUNK / 64);
        self.top < before
    }

    /// Visits every value in use; or, in a minor collection, those of dirty chunks, which it makes clean; or some of
    /// those that a marking in slices has not visited. What is written behind its back is dirty.
    pub(crate) fn scan(&mut self, free: &FreeSet, visitor: &mut Visitor<'_, 'gc>) {
        if visitor.young_only() {
            return self.scan_dirty(free, visitor, None);
        }
        if let Some((mut visitor, words)) = visitor.part() {
            while self.marked < self.top && *words > 0 {
                self.visit(self.marked, free, &mut visitor);
                self.marked += 1;
                *words = words.saturating_sub(CHUNK);
            }
            return;
        }
        if self.top > 0 && visitor.postpone() {
            self.marked = 0;
            return;
        }
        for chunk in 0..self.top {
            self.visit(chunk, free, visitor);
        }
    }

    /// In a minor collection: visits the dirty chunks, and makes them clean. With `live`, a bit for each index, the others
    /// are visited weakly.
    pub(crate) fn scan_dirty(&mut self, free: &FreeSet, visitor: &mut Visitor<'_, 'gc>, live: Option<&[u64]>) {
        let words = self.top.div_ceil(64);
        let mut from = 0;
        while from < words {
            // Most are clean: many are looked at at once.
            let to = words.min(from + 16);
            if self.dirty[from..to].iter().fold(0, |any, bits| any | bits) != 0 {
                for word in from..to {
                    let mut bits = core::mem::take(&mut self.dirty[word]);
                    while bits != 0 {
                        let chunk = word * 64 + bits.trailing_zeros() as usize;
                        match live {
                            None => self.visit(chunk, free, visitor),
                            Some(live) => self.visit_live(chunk, live, visitor),
                        }
                        bits &= bits - 1;
                    }
                }
            }
            from = to;
        }
    }

    /// Visits one value.
    pub(crate) fn visit_one(&mut self, index: u32, visitor: &mut Visitor<'_, 'gc>) {
        visitor.value(&mut self.values[index as usize]);
    }

    #[cold]
    fn visit_live(&mut self, chunk: usize, live: &[u64], visitor: &mut Visitor<'_, 'gc>) {
        for (word, values) in (chunk * CHUNK / 64..).zip(self.values[chunk * CHUNK..][..CHUNK].chunks_mut(64)) {
            match live.get(word).copied().unwrap_or(0) {
                0 => visitor.slice_weakly(values),
                u64::MAX => visitor.slice(values),
                bits => {
                    for (bit, value) in values.iter_mut().enumerate() {
                        if bits >> bit & 1 != 0 {
                            visitor.value(value);
                        } else {
                            visitor.slice_weakly(core::slice::from_mut(value));
                        }
                    }
                }
            }
        }
    }

    #[inline]
    fn visit(&mut self, chunk: usize, free: &FreeSet, visitor: &mut Visitor<'_, 'gc>) {
        if free.are_free(chunk * (CHUNK / 64), CHUNK / 64) {
            return;
        }
        let values = &mut self.values[chunk * CHUNK..][..CHUNK];
        #[cfg(feature = "sabotage")]
        if self.skip_one
            && let Some(first) = values.iter().position(|value| value.is_heap())
        {
            let (before, from) = values.split_at_mut(first);
            visitor.slice(before);
            visitor.slice(&mut from[1..]);
            return;
        }
        visitor.slice(values);
    }
}
