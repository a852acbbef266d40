//! [`Board`]: which externals are open, for producers to read.
//!
//! Invariant: a cell holds the generation of its slot's open external plus one. Else it holds 0, or that of an external
//! whose completer has sent, so that nobody asks for it. Only the heap's thread writes.
//! Cells are never moved or freed before the board, so a producer reads without a lock. Four bytes for each slot up to
//! the highest that an external ever had, in pieces that double.

use std::sync::OnceLock;

use crate::sync::{AtomicU32, Ordering};

/// Cells of the first piece.
const FIRST: usize = 64;
/// Enough for every slot that an id can name.
const PIECES: usize = (crate::id::SLOT_BITS - FIRST.trailing_zeros() + 1) as usize;

#[derive(Default)]
pub(crate) struct Board {
    pieces: [OnceLock<Box<[AtomicU32]>>; PIECES],
}

/// The piece and the place in it: pieces hold `FIRST`, `FIRST`, `2 * FIRST`, `4 * FIRST` … cells.
#[inline(always)]
fn place(slot: u32) -> (usize, usize) {
    let slot = slot as usize;
    match (slot / FIRST).checked_ilog2() {
        None => (0, slot),
        Some(power) => (power as usize + 1, slot - (FIRST << power)),
    }
}

impl Board {
    #[inline(always)]
    fn cell(&self, slot: u32) -> Option<&AtomicU32> {
        let (piece, at) = place(slot);
        self.pieces[piece].get()?.get(at)
    }

    /// Opens a slot's external. False when there is no memory for its cell.
    #[inline(always)]
    pub(crate) fn open(&self, slot: u32, generation: u32) -> bool {
        let cell = self.cell(slot).or_else(|| self.grow(slot));
        if let Some(cell) = cell {
            cell.store(generation + 1, Ordering::Relaxed);
        }
        cell.is_some()
    }

    #[cold]
    fn grow(&self, slot: u32) -> Option<&AtomicU32> {
        let (piece, _) = place(slot);
        let len = FIRST << piece.saturating_sub(1);
        let mut cells = Vec::new();
        cells.try_reserve_exact(len).ok()?;
        cells.resize_with(len, AtomicU32::default);
        self.pieces[piece].get_or_init(|| cells.into_boxed_slice());
        self.cell(slot)
    }

    /// Nobody waits for the external any more.
    #[inline(always)]
    pub(crate) fn close(&self, slot: u32) {
        if let Some(cell) = self.cell(slot) {
            cell.store(0, Ordering::Release);
        }
    }

    /// Whether this very external is open.
    pub(crate) fn is_open(&self, slot: u32, generation: u32) -> bool {
        self.cell(slot).is_some_and(|cell| cell.load(Ordering::Acquire) == generation + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_a_cell_of_its_own() {
        let mut next = [0; PIECES];
        for slot in 0..10_000 {
            let (piece, at) = place(slot);
            assert_eq!(at, next[piece]);
            next[piece] += 1;
        }
        let (last, at) = place((1 << crate::id::SLOT_BITS) - 1);
        assert_eq!((last, at + 1), (PIECES - 1, FIRST << (last - 1)));
    }
}
