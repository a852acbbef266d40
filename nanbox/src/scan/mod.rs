//! The bulk scan: visit the words of a slice that are traced, or that lie in another range; or copy the traced ones out.
//!
//! Invariants: every word of the range is visited exactly once, in order, and no other, but where repetitions are left out; which
//! instruction set does it makes no difference but time; the visitor runs in ordinary code, between the steps of the scan, so a
//! panic in it leaves nothing undone but the rest of the visit.
//!
//! The slice is taken in blocks of 256 words. A *kernel* writes the positions of a block's words of the range, one byte each,
//! branch-free; then a plain loop visits them. So the branch predictor sees one loop exit per block at any density, the visitor
//! is compiled once and inlined into the loop, and a byte indexes a block without a bounds check.

#[allow(unsafe_code)]
mod simd;
#[cfg(test)]
mod tests;

use crate::layout;
use simd::Level;

/// How many words one call of a kernel looks at: as many as a byte can index.
const BLOCK: usize = 256;
/// The positions of the words of a block that are looked for. A kernel may write anything after the last.
type Positions = [u8; BLOCK];
/// A slice below this length is scanned by the plain loop, without a look at the processor.
const SHORT: usize = 16;

/// A range of words, by their bits: from `first` on, so many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    first: u64,
    len: u64,
}

impl Span {
    /// The traced words.
    pub const TRACED: Span = Span { first: layout::TAG_TASK, len: (1 << 63) - layout::TAG_TASK };

    /// `len` words, the first of them `first`.
    #[inline]
    pub const fn new(first: u64, len: u64) -> Self {
        Span { first, len }
    }

    #[inline(always)]
    fn holds(self, word: u64) -> bool {
        word.wrapping_sub(self.first) < self.len
    }
}

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
        for_each_block(words, |block, out| level.positions::<false>(block, Span::TRACED, out), f);
    }
}

/// Calls `f` on each word of `words` that is in `span`, in order. `f` may overwrite the word, and is compiled once. Panics as
/// [`for_each_traced`] does.
#[inline]
pub fn for_each_within(words: &mut [u64], span: Span, mut f: impl FnMut(&mut u64)) {
    let level = Level::for_words(words.len());
    let mut positions: Positions = [0; _];
    for block in words.chunks_mut(BLOCK) {
        let found = level.positions::<false>(block, span, &mut positions);
        for &position in &positions[..found] {
            f(&mut block[position as usize]);
        }
    }
}

/// The same, but leaves some words out that are equal to the word before them: for a visitor to whom that says nothing new.
#[inline]
pub fn for_each_new_within(words: &[u64], span: Span, mut f: impl FnMut(u64)) {
    let level = Level::for_words(words.len());
    let mut positions: Positions = [0; _];
    for block in words.chunks(BLOCK) {
        let found = level.positions::<true>(block, span, &mut positions);
        for &position in &positions[..found] {
            f(block[position as usize]);
        }
    }
}

/// [`for_each_traced`] on any processor: the same visits in the same order.
#[inline]
pub fn for_each_traced_portable(words: &mut [u64], f: impl FnMut(&mut u64)) {
    for_each_block(words, |block, out| positions_portable::<false>(block, Span::TRACED, out), f);
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

/// Visits block by block. `kernel` writes the positions of the words of a block that are looked for, and says how many.
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

/// The portable kernel, branch-free: each position is written, and kept if the word is in the span; with `NEW`, and not equal to
/// the word before it. `block` is at most [`BLOCK`] words.
fn positions_portable<const NEW: bool>(block: &[u64], span: Span, out: &mut Positions) -> usize {
    let (mut found, mut last) = (0, None);
    for (position, &word) in block.iter().enumerate() {
        // At most 255 here: the remainder only saves the bounds check.
        out[found % BLOCK] = position as u8;
        found += usize::from(span.holds(word) && !(NEW && last == Some(word)));
        last = Some(word);
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
