//! Making a failing program small: statements are left out while it still fails.
//!
//! Invariant: what comes out fails as `fails` says.

use super::program::{Part, Program, Stmt};

/// The smallest failing program that leaving out statements leads to, within so many tries.
pub(crate) fn shrink(program: &Program, mut tries: u32, mut fails: impl FnMut(&Program) -> bool) -> Program {
    let mut best = program.clone();
    let mut chunk = best.len().next_power_of_two();
    while chunk > 0 {
        let mut at = 0;
        let mut smaller = false;
        while at < best.len() && tries > 0 {
            let candidate = best.with(without(&best.body, at, at + chunk));
            tries -= 1;
            if candidate.len() < best.len() && fails(&candidate) {
                best = candidate;
                smaller = true;
            } else {
                at += chunk;
            }
        }
        if !smaller || chunk > 1 {
            chunk /= 2;
        }
    }
    best
}

/// The statements without those numbered `from..to` in the order of the text, and without what is inside them.
fn without(body: &[Stmt], from: usize, to: usize) -> Vec<Stmt> {
    let mut number = 0;
    keep(body, &mut number, from, to)
}

fn keep(body: &[Stmt], number: &mut usize, from: usize, to: usize) -> Vec<Stmt> {
    let mut kept = Vec::new();
    for stmt in body {
        let own = *number;
        *number += 1;
        let parts = stmt.parts.iter().map(|part| match part {
            Part::Text(text) => Part::Text(text.clone()),
            Part::Body(inner) => Part::Body(keep(inner, number, from, to)),
        });
        let stmt = Stmt { parts: parts.collect() };
        if !(from..to).contains(&own) {
            kept.push(stmt);
        }
    }
    kept
}
