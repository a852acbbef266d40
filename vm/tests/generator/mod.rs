//! Random programs of the subset, the same from the same seed, that always end and whose output depends on no clock.
//!
//! Every loop and call burns fuel, so nothing runs long; values do not grow; only plain values are stored in objects and
//! arrays, so nothing nests without bound. All timers are made at the start, 16 ms apart, so their order does not depend
//! on how fast a program runs. Of errors that the engine throws, only the name is shown.
//!
//! Invariant: a program is a tree of statements, and any statement may be left out: then it still ends.

mod expressions;
mod program;
mod scope;
mod shrink;
mod statements;

pub(crate) use program::Program;
pub(crate) use shrink::shrink;

use mangrove_tests::Rng;
use scope::Scope;

/// Makes one program.
pub(crate) struct Generator {
    pub(crate) rng: Rng,
    pub(crate) scope: Scope,
    names: u32,
    ticks: u32,
}

/// The program of this seed.
pub(crate) fn generate(seed: u64) -> Program {
    let mut rng = Rng::new(seed);
    // Timers cost real time in Node: few programs have them.
    let ticks = if rng.one_in(6) { 1 + rng.below(4) } else { 0 };
    let mut generator = Generator { rng, scope: Scope::default(), names: 0, ticks };
    let body = generator.top_level();
    Program::new(prelude(seed, ticks), body)
}

fn prelude(seed: u64, ticks: u32) -> String {
    let mut text = format!("// seed {seed}\n'use strict';\n\n");
    text += "const log = console.log;\n";
    text += "let fuel = 3000;\n";
    text += "const burn = () => { if (--fuel < 0) throw new RangeError('#fuel'); };\n";
    text += "const clip = (v) => (v.length > 60 ? v.slice(0, 60) : v);\n";
    text += "const cut = (v) => (typeof v === 'string' ? clip(v) : v);\n";
    text += "const err = (e) => (e instanceof Error ? e.name + (e.message[0] === '#' ? e.message : '') : e);\n";
    text += "const mute = (p) => { p.then(undefined, () => {}); return p; };\n";
    if ticks > 0 {
        text += &format!(
            "const tick = Array.from({{ length: {ticks} }}, (_, i) => new Promise((r) => setTimeout(r, 16 * i + 16, i)));\n"
        );
    }
    text
}

impl Generator {
    /// One of them.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.below(choices.len() as u32) as usize]
    }

    /// A name that is not used yet.
    pub(crate) fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// What is made while `await` can be in an expression, or cannot.
    pub(crate) fn awaiting<T>(&mut self, can_await: bool, make: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.scope.can_await, can_await);
        let made = make(self);
        self.scope.can_await = before;
        made
    }

    /// How many timers the program has.
    pub(crate) fn ticks(&self) -> u32 {
        self.ticks
    }
}
