//! The bulk scan: visit, or copy out, the traced words of a slice.
//!
//! Invariants: every traced word is visited exactly once, in order, and no other; which instruction set does it makes no
//! difference but time; the visitor runs in ordinary code, between the steps of the scan, so a panic in it leaves nothing undone
//! but the rest of the visit.
//!
//! The slice is taken in blocks of 256 words. A *kernel* writes the positions of a block's traced words, one byte each, branch-free;
//! then a plain loop visits them. So the branch predictor sees one loop exit per block at any density, the visitor
//! is compiled once and inlined into the loop, and a byte indexes a block without a bounds check.

#[allow(unsafe_code)]
mod simd;
#[cfg(test)]
mod tests;

use crate::layout;
use simd::Level;

/// How many words one call of a kernel looks at: as many as a byte can index.
const BLOCK: usize = 256;
/// The positions of the traced words of a block. A kernel may write anything after the last.
type Positions = [u8; BLOCK];
/// A slice below this length is scanned by the plain loop, without a look at the processor.
const SHORT: usize = 16;

/// Calls `f` on each traced word of `words`, in order. `f` may overwrite the word.
///
/// Cost: `cargo bench -p mangrove-benches --bench scan`; a slice of fewer than 16 words costs a compare and a branch for each.
///
/// Panics only if `f` does; the words after the one that `f` had are then not visited.
#[inline]
pub fn for_each_traced(words: &mut [u64], mut f: impl FnMut(&mut u64)) {
    if words.len() < SHORT {
        for_each_short(words, &mut f);
    } else {
        let level = Level::of_this_processor();
        for_each_block(words, |block, out| level.positions(block, out), f);
    }
}

/// [`for_each_traced`] on any processor: the same visits in the same order.
#[inline]
pub fn for_each_traced_portable(words: &mut [u64], f: impl FnMut(&mut u64)) {
    for_each_block(words, positions_portable, f);
}

/// Copies the traced words of `words` to the start of `out`, in order, and returns how many they are.
///
/// The rest of `out`, up to `words.len()`, may be overwritten with anything.
///
/// # Panics
///
/// If `out` is shorter than `words`.
#[inline]
pub fn collect_traced(words: &[u64], out: &mut [u64]) -> usize {
    let out = &mut out[..words.len()];
    if words.len() < SHORT { collect_portable(words, out) } else { Level::of_this_processor().collect(words, out) }
}

/// [`collect_traced`] on any processor: the same words in the same order.
///
/// # Panics
///
/// If `out` is shorter than `words`.
#[inline]
pub fn collect_traced_portable(words: &[u64], out: &mut [u64]) -> usize {
    collect_portable(words, &mut out[..words.len()])
}

#[inline(always)]
fn is_traced(word: u64) -> bool {
    word as i64 >= layout::FIRST_TRACED
}

#[inline(always)]
fn for_each_short(words: &mut [u64], f: &mut impl FnMut(&mut u64)) {
    for word in words {
        if is_traced(*word) {
            f(word);
        }
    }
}

/// Visits block by block. `kernel` writes the positions of the traced words of a block, and says how many.
#[inline(always)]
fn for_each_block(words: &mut [u64], kernel: impl Fn(&[u64], &mut Positions) -> usize, mut f: impl FnMut(&mut u64)) {
    let mut positions: Positions = [0; _];
    for block in words.chunks_mut(BLOCK) {
        let found = kernel(block, &mut positions);
        if found == block.len() {
            block.iter_mut().for_each(&mut f);
        } else {
            for &position in &positions[..found] {
                f(&mut block[position as usize]);
            }
        }
    }
}

/// The portable kernel, branch-free: each position is written, and kept if the word is traced. `block` is at most [`BLOCK`] words.
fn positions_portable(block: &[u64], out: &mut Positions) -> usize {
    let mut found = 0;
    for (position, &word) in block.iter().enumerate() {
        // At most 255 here: the remainder only saves the bounds check.
        out[found % BLOCK] = position as u8;
        found += usize::from(is_traced(word));
    }
    found
}

/// The portable copy, branch-free: each word is written, and kept if it is traced. `out` is as long as `words`.
fn collect_portable(words: &[u64], out: &mut [u64]) -> usize {
    let mut found = 0;
    for &word in words {
        out[found] = word;
        found += usize::from(is_traced(word));
    }
    found
}
