//! What memory costs without a collector: [`Malloc`] frees by hand, [`Bumpalo`] frees all at once.
//!
//! Invariant: nodes are those of the other peers, without a header.

use std::hint::black_box;

use bumpalo::Bump;

use crate::peer::{Cache, SLOTS_PER_CHUNK, Trees};
use crate::rng::Rng;

type Link = Option<Box<Node>>;

struct Node {
    left: Link,
    right: Link,
    #[allow(dead_code, reason = "what a node carries")]
    value: u64,
}

fn build(depth: u32) -> Box<Node> {
    let (left, right) = if depth == 0 { (None, None) } else { (Some(build(depth - 1)), Some(build(depth - 1))) };
    Box::new(Node { left, right, value: u64::from(depth) })
}

fn chain(value: u64) -> Link {
    let mut first = None;
    for k in 0..4 {
        first = Some(Box::new(Node { left: first, right: None, value: value + k }));
    }
    first
}

fn count(link: &Link) -> u64 {
    link.as_ref().map_or(0, |node| 1 + count(&node.left) + count(&node.right))
}

/// `Box`, freed as soon as the owner lets go.
pub struct Malloc {
    kept: Link,
    chunks: Vec<Vec<Link>>,
}

impl Trees for Malloc {
    const NAME: &'static str = "malloc";

    fn new() -> Self {
        Malloc { kept: None, chunks: Vec::new() }
    }

    fn tree(&mut self, depth: u32) -> u64 {
        count(&Some(build(depth)))
    }

    fn keep(&mut self, depth: u32) {
        self.kept = Some(build(depth));
    }

    fn kept(&mut self) -> u64 {
        count(&self.kept)
    }

    fn garbage(&mut self, thousands: u64) {
        for value in 0..thousands * 1000 {
            drop(black_box(Box::new(Node { left: None, right: None, value })));
        }
    }
}

impl Cache for Malloc {
    fn fill(&mut self, chunks: usize) {
        for chunk in 0..chunks {
            let slots = (0..SLOTS_PER_CHUNK).map(|slot| chain((chunk * SLOTS_PER_CHUNK + slot) as u64));
            self.chunks.push(slots.collect());
        }
    }

    fn replace(&mut self, ops: u64, rng: &mut Rng) {
        for op in 0..ops {
            for _ in 0..4 {
                drop(black_box(Box::new(Node { left: None, right: None, value: op })));
            }
            let chain = chain(op);
            let slot = rng.below(self.chunks.len() * SLOTS_PER_CHUNK);
            self.chunks[slot / SLOTS_PER_CHUNK][slot % SLOTS_PER_CHUNK] = chain;
        }
    }

    fn cached(&mut self) -> u64 {
        self.chunks.iter().flatten().map(count).sum()
    }
}

struct Bumped<'a> {
    left: Option<&'a Bumped<'a>>,
    right: Option<&'a Bumped<'a>>,
    #[allow(dead_code, reason = "what a node carries")]
    value: u64,
}

fn bump(arena: &Bump, depth: u32) -> &Bumped<'_> {
    let (left, right) =
        if depth == 0 { (None, None) } else { (Some(bump(arena, depth - 1)), Some(bump(arena, depth - 1))) };
    arena.alloc(Bumped { left, right, value: u64::from(depth) })
}

fn count_bumped(node: &Bumped<'_>) -> u64 {
    1 + node.left.map_or(0, count_bumped) + node.right.map_or(0, count_bumped)
}

/// An arena for what is let go, reset after each tree and each mebibyte of garbage; one for what is kept.
pub struct Bumpalo {
    young: Bump,
    kept: Bump,
    nodes: u64,
}

impl Trees for Bumpalo {
    const NAME: &'static str = "bumpalo arena";

    fn new() -> Self {
        Bumpalo { young: Bump::new(), kept: Bump::new(), nodes: 0 }
    }

    fn tree(&mut self, depth: u32) -> u64 {
        let nodes = count_bumped(bump(&self.young, depth));
        self.young.reset();
        nodes
    }

    fn keep(&mut self, depth: u32) {
        self.nodes = count_bumped(bump(&self.kept, depth));
    }

    fn kept(&mut self) -> u64 {
        self.nodes
    }

    fn garbage(&mut self, thousands: u64) {
        for thousand in 0..thousands {
            for k in 0..1000 {
                black_box(self.young.alloc(Bumped { left: None, right: None, value: thousand + k }));
            }
            if thousand % 32 == 31 {
                self.young.reset();
            }
        }
    }
}
