//! [`Store`]: records, each with one value that is a root; indices are reused, the lowest first.
//!
//! Invariant: an index is free in the set, or in use and counted, or retired. Memory follows what is in use, down as well
//! as up.

use std::collections::TryReserveError;

use mangrove_gc::Visitor;

use super::column::{CHUNK, Column};
use super::free_set::FreeSet;

/// Why there is no index. As wide as an index, so that a result of either is in two registers.
#[repr(u32)]
pub(crate) enum Full {
    /// There are as many as there may be.
    Limit,
    Memory,
}

/// What a store keeps beside each value.
pub(crate) trait Record: Sized {
    /// What is remembered of records whose memory was given back.
    type Floor: Default;

    /// A record that was not used before.
    fn fresh(floor: &Self::Floor) -> Self;

    /// Whether the memory of these unused records may be given back; notes in `floor` what must not be forgotten.
    fn dismiss(records: &[Self], floor: &mut Self::Floor) -> bool;
}

pub(crate) struct Store<'gc, T: Record> {
    records: Vec<T>,
    pub(crate) values: Column<'gc>,
    free: FreeSet,
    count: usize,
    floor: T::Floor,
}

impl<'gc, T: Record> Store<'gc, T> {
    pub(crate) fn new() -> Self {
        Store {
            records: Vec::new(),
            values: Column::default(),
            free: FreeSet::default(),
            count: 0,
            floor: T::Floor::default(),
        }
    }

    /// How many are in use.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Takes an index into use. Its value is NIL, its record as `fresh` or the last user left it.
    #[inline(always)]
    pub(crate) fn add(&mut self, most: usize) -> Result<u32, Full> {
        let index = match self.free.take() {
            Some(index) => index,
            None => self.grow(most)?,
        };
        // The lowest is given out: a chunk begins with its first.
        if (index as usize).is_multiple_of(CHUNK) {
            self.values.raise_top(index as usize / CHUNK);
        }
        self.count += 1;
        Ok(index)
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, most: usize) -> Result<u32, Full> {
        if self.records.len() + CHUNK > most {
            return Err(Full::Limit);
        }
        self.add_chunk().map_err(|_| Full::Memory)?;
        Ok(self.free.take().expect("a chunk was added"))
    }

    fn add_chunk(&mut self) -> Result<(), TryReserveError> {
        self.records.try_reserve(CHUNK)?;
        self.values.grow()?;
        let floor = &self.floor;
        self.records.extend(std::iter::repeat_with(|| T::fresh(floor)).take(CHUNK));
        if let Err(error) = self.free.grow(CHUNK / 64) {
            self.records.truncate(self.records.len() - CHUNK);
            self.values.truncate(self.values.chunks() - 1);
            return Err(error);
        }
        Ok(())
    }

    /// Gives an index up, to be used again unless it is retired. The record must be ready for that.
    #[inline(always)]
    pub(crate) fn remove(&mut self, index: u32, retire: bool) {
        self.count -= 1;
        self.values.clear(index);
        // The first chunk counts as in use for ever: few tasks that come and go do not move the top up and down.
        let chunk = index as usize / CHUNK;
        if !retire && self.free.insert(index) && chunk > 0 && chunk + 1 == self.values.top() {
            self.lower_top();
        }
    }

    #[inline(never)]
    fn lower_top(&mut self) {
        if self.values.lower_top(&self.free) {
            self.trim();
        }
    }

    /// Gives memory at the end back when little of it is in use.
    fn trim(&mut self) {
        let keep = self.values.top() * 2 + 4;
        let mut chunks = self.values.chunks();
        if chunks < keep * 2 {
            return;
        }
        while chunks > keep && T::dismiss(&self.records[(chunks - 1) * CHUNK..][..CHUNK], &mut self.floor) {
            chunks -= 1;
            self.records.truncate(chunks * CHUNK);
        }
        self.records.shrink_to_fit();
        self.values.truncate(chunks);
        self.free.truncate(chunks * CHUNK / 64);
    }

    #[inline(always)]
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.records.get(index as usize)
    }

    /// Every record, in use or not.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.records.iter().enumerate().map(|(index, record)| (index as u32, record))
    }

    pub(crate) fn scan(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        self.values.scan(&self.free, visitor);
    }

    /// In a minor collection, with a bit for each index: see [`Column::scan_dirty`].
    pub(crate) fn scan_dirty(&mut self, visitor: &mut Visitor<'_, 'gc>, live: Option<&[u64]>) {
        self.values.scan_dirty(&self.free, visitor, live);
    }

    /// Records that memory is held for.
    pub(crate) fn capacity(&self) -> usize {
        self.records.capacity()
    }
}

impl<T: Record> core::ops::Index<u32> for Store<'_, T> {
    type Output = T;
    #[inline(always)]
    fn index(&self, index: u32) -> &T {
        &self.records[index as usize]
    }
}

impl<T: Record> core::ops::IndexMut<u32> for Store<'_, T> {
    #[inline(always)]
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.records[index as usize]
    }
}
