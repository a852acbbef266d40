//! [`Generator`]: the operations of a seed.
//!
//! Invariant: the operations are a function of the seed alone. What a run does with them is no input, so a seed and
//! a number of operations are enough to replay, under any zeal and with any number of threads.

use crate::op::{Class, Op};
use crate::rng::Rng;

/// A stretch of operations that favours some classes, so that a run meets crowded and empty states.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// A bit of everything.
    Mixed,
    /// Tasks pile up.
    Crowd,
    /// Tasks run and end.
    Drain,
    /// Objects and writes; few tasks.
    Graph,
    /// Objects go.
    Wither,
}

impl Phase {
    /// How many times as often this phase draws operations of a class, in quarters.
    fn factor(self, class: Class) -> u32 {
        use Class::{Collect, Drop, Make, Run, Settle, Spawn, Use};
        match (self, class) {
            (_, Collect) | (Phase::Mixed, _) => 4,
            (Phase::Crowd, Spawn) => 12,
            (Phase::Crowd, Settle) => 1,
            (Phase::Drain, Spawn) => 1,
            (Phase::Drain, Run | Settle) => 10,
            (Phase::Graph, Make | Use) => 8,
            (Phase::Graph, Spawn | Run | Settle) => 1,
            (Phase::Wither, Drop) => 16,
            (Phase::Wither, Make | Spawn) => 1,
            _ => 4,
        }
    }
}

/// An endless source of operations.
#[derive(Clone, Debug)]
pub struct Generator {
    rng: Rng,
    phase: Phase,
    /// Operations until the next phase.
    left: u32,
    /// Running sums of the weights of the table's rows in this phase.
    sums: Vec<u32>,
}

impl Generator {
    /// The operations of `seed`.
    pub fn new(seed: u64) -> Self {
        let mut generator = Generator { rng: Rng::new(seed), phase: Phase::Mixed, left: 0, sums: Vec::new() };
        generator.enter(Phase::Mixed);
        generator
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.left = 100 + self.rng.below(900);
        let mut sum = 0;
        self.sums.clear();
        self.sums.extend(Op::TABLE.iter().map(|(_, class, weight)| {
            sum += weight * phase.factor(*class);
            sum
        }));
    }
}

impl Iterator for Generator {
    type Item = Op;

    fn next(&mut self) -> Option<Op> {
        if self.left == 0 {
            let phases = [Phase::Mixed, Phase::Crowd, Phase::Drain, Phase::Graph, Phase::Wither];
            let phase = phases[self.rng.below(phases.len() as u32) as usize];
            self.enter(phase);
        }
        self.left -= 1;
        let drawn = self.rng.below(*self.sums.last()?);
        let row = self.sums.partition_point(|sum| *sum <= drawn);
        Some(Op::draw(row, &mut self.rng))
    }
}
