//! [`FreeSet`]: which indices are free; gives out the lowest.
//!
//! A bitmap, with a bitmap of its words that are not 0, and so on up to one word. Giving out the lowest keeps what is
//! in use together at the start, so that scans are short and the end can be given back.
//!
//! Invariant: a bit of level `k + 1` is set if and only if its word of level `k` is not 0; `hint` is not above the
//! first word of level 0 that is not 0.

use std::collections::TryReserveError;

/// 64^6 is more than any index.
const LEVELS: usize = 6;

#[derive(Default)]
pub(crate) struct FreeSet {
    levels: [Vec<u64>; LEVELS],
    hint: usize,
}

impl FreeSet {
    /// Adds the next `words * 64` indices, all free.
    pub(crate) fn grow(&mut self, words: usize) -> Result<(), TryReserveError> {
        let old = self.levels[0].len();
        let mut len = old + words;
        for level in &mut self.levels {
            level.try_reserve(len - level.len())?;
            len = len.div_ceil(64);
        }
        let mut len = old + words;
        for level in &mut self.levels {
            level.resize(len, 0);
            len = len.div_ceil(64);
        }
        for word in old..old + words {
            self.levels[0][word] = !0;
            self.raise(1, word);
        }
        self.hint = self.hint.min(old);
        Ok(())
    }

    /// Forgets the indices from `words * 64` on.
    pub(crate) fn truncate(&mut self, words: usize) {
        let mut len = words;
        for level in 0..LEVELS {
            self.levels[level].truncate(len);
            self.levels[level].shrink_to_fit();
            if level > 0 {
                let below = self.levels[level - 1].len();
                // Clear what stands for words that are gone, and for a last word that lost its bits.
                let gone = self.levels[level - 1].last() == Some(&0);
                let kept = below - usize::from(gone);
                if let Some(last) = self.levels[level].last_mut() {
                    let base = (len - 1) * 64;
                    let bits = kept.saturating_sub(base);
                    if bits < 64 {
                        *last &= (1 << bits) - 1;
                    }
                }
            }
            len = len.div_ceil(64);
        }
        self.hint = self.hint.min(words);
    }

    /// The lowest free index, which is in use from now on.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Option<u32> {
        loop {
            let at = self.hint;
            if let Some(word) = self.levels[0].get_mut(at)
                && *word != 0
            {
                let lowest = word.trailing_zeros();
                *word &= *word - 1;
                if *word == 0 {
                    self.lower(1, at);
                }
                return Some(at as u32 * 64 + lowest);
            }
            self.find()?;
        }
    }

    /// Frees an index. True when all of its 64 are free now.
    #[inline(always)]
    pub(crate) fn insert(&mut self, index: u32) -> bool {
        let at = index as usize / 64;
        let word = &mut self.levels[0][at];
        let old = *word;
        let new = old | 1 << (index % 64);
        *word = new;
        self.hint = self.hint.min(at);
        if old == 0 {
            self.raise(1, at);
        }
        new == !0
    }

    /// Whether all of these 64 indices are free, and the next ones, of so many words.
    #[inline]
    pub(crate) fn are_free(&self, from: usize, words: usize) -> bool {
        self.levels[0][from..from + words].iter().all(|&word| word == !0)
    }

    /// How many of the first `words` words there are up to the last one with an index that is not free.
    pub(crate) fn in_use(&self, words: usize) -> usize {
        self.levels[0][..words].iter().rposition(|&word| word != !0).map_or(0, |last| last + 1)
    }

    #[cold]
    #[inline(never)]
    fn find(&mut self) -> Option<()> {
        let mut at = 0;
        for level in self.levels.iter().rev() {
            let word = *level.get(at)?;
            if word == 0 {
                return None;
            }
            at = at * 64 + word.trailing_zeros() as usize;
        }
        self.hint = at / 64;
        Some(())
    }

    #[inline(never)]
    fn raise(&mut self, from: usize, mut bit: usize) {
        for level in &mut self.levels[from..] {
            let old = level[bit / 64];
            level[bit / 64] = old | 1 << (bit % 64);
            if old != 0 {
                return;
            }
            bit /= 64;
        }
    }

    #[inline(never)]
    fn lower(&mut self, from: usize, mut bit: usize) {
        for level in &mut self.levels[from..] {
            level[bit / 64] &= !(1 << (bit % 64));
            if level[bit / 64] != 0 {
                return;
            }
            bit /= 64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FreeSet;
    use std::collections::BTreeSet;

    #[test]
    fn gives_the_lowest_and_agrees_with_a_set() {
        let (mut set, mut model, mut words) = (FreeSet::default(), BTreeSet::new(), 0u32);
        let mut used: Vec<u32> = vec![];
        let mut seed = 7u64;
        let mut below = |n: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % n
        };
        for _ in 0..200_000 {
            match below(400) {
                0 if words < 300 => {
                    let more = 1 + below(70) as u32;
                    set.grow(more as usize).unwrap();
                    model.extend(words * 64..(words + more) * 64);
                    words += more;
                }
                1 => {
                    let keep = used.iter().max().map_or(0, |&top| top / 64 + 1);
                    words = words.min(keep + below(3) as u32);
                    set.truncate(words as usize);
                    model.retain(|&index| index < words * 64);
                }
                n if n % 2 == 0 && !used.is_empty() => {
                    let index = used.swap_remove(below(used.len()));
                    set.insert(index);
                    model.insert(index);
                }
                _ => {
                    let got = set.take();
                    assert_eq!(got, model.pop_first());
                    used.extend(got);
                }
            }
        }
    }
}
