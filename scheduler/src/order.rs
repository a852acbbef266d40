//! [`Policy`]: in which order ready tasks run, and completions arrive.
//!
//! Invariant: with a seed, the order is a function of the seed and of what was asked before, never of addresses, hashes
//! or threads. Without one, nothing is drawn.

/// In which order ready tasks run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// First come, first served; completions in the order in which they arrived.
    #[default]
    Fifo,
    /// For tests: any ready task may be next, and the completions that are found together come in any order. The seed
    /// fixes which. Every order that a seed gives is one that the semantics allow.
    Seeded(u64),
}

/// A stream of numbers (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// A stream for each kind of choice, so that one more of a kind does not change all others.
pub(crate) struct Seeded {
    pub(crate) seed: u64,
    pub(crate) turns: Random,
    pub(crate) arrivals: Random,
    pub(crate) points: Random,
    /// Ready tasks that are not urgent; each has its index here in its link.
    pub(crate) bag: Vec<u32>,
}

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        let mut seeds = Random(seed);
        let mut stream = || Random(seeds.next());
        Seeded { seed, turns: stream(), arrivals: stream(), points: stream(), bag: Vec::new() }
    }
}
