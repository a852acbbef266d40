//! gc-arena: the same bodies over its `Arena`. It collects in `collect_debt` between `mutate` calls, where ours has
//! its safepoints.
//!
//! Invariant: each body differs from ours only where the interfaces differ.

use std::hint::black_box;

use gc_arena::lock::RefLock;
use gc_arena::{Arena, Collect, Gc, Lock, Mutation, Rootable, barrier};

use crate::peer::{Cache, Collected, SLOTS_PER_CHUNK, Shape, Trees};
use crate::rng::Rng;

type Link<'gc> = Option<Gc<'gc, Node<'gc>>>;
type Chunk<'gc> = Gc<'gc, RefLock<Vec<Link<'gc>>>>;

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    left: Lock<Link<'gc>>,
    right: Lock<Link<'gc>>,
    value: u64,
}

#[derive(Collect)]
#[collect(no_drop)]
struct Root<'gc> {
    kept: Link<'gc>,
    chunks: Vec<Chunk<'gc>>,
}

/// gc-arena's heap.
pub struct GcArena {
    arena: Arena<Rootable![Root<'_>]>,
}

#[inline(always)]
fn node<'gc>(mc: &Mutation<'gc>, left: Link<'gc>, right: Link<'gc>, value: u64) -> Gc<'gc, Node<'gc>> {
    Gc::new(mc, Node { left: Lock::new(left), right: Lock::new(right), value })
}

fn build<'gc>(mc: &Mutation<'gc>, depth: u32) -> Gc<'gc, Node<'gc>> {
    if depth == 0 {
        return node(mc, None, None, 0);
    }
    let left = build(mc, depth - 1);
    let right = build(mc, depth - 1);
    node(mc, Some(left), Some(right), u64::from(depth))
}

fn chain<'gc>(mc: &Mutation<'gc>, value: u64) -> Link<'gc> {
    let mut first = None;
    for k in 0..4 {
        first = Some(node(mc, first, None, value + k));
    }
    first
}

fn count(link: Link<'_>) -> u64 {
    link.map_or(0, |node| 1 + count(node.left.get()) + count(node.right.get()))
}

impl Trees for GcArena {
    const NAME: &'static str = "gc-arena";

    fn new() -> Self {
        GcArena { arena: Arena::new(|_| Root { kept: None, chunks: Vec::new() }) }
    }

    fn tree(&mut self, depth: u32) -> u64 {
        let nodes = self.arena.mutate(|mc, _| count(Some(build(mc, depth))));
        self.arena.collect_debt();
        nodes
    }

    fn keep(&mut self, depth: u32) {
        self.arena.mutate_root(|mc, root| root.kept = Some(build(mc, depth)));
        self.arena.collect_debt();
    }

    fn kept(&mut self) -> u64 {
        self.arena.mutate(|_, root| count(root.kept))
    }

    fn garbage(&mut self, thousands: u64) {
        for thousand in 0..thousands {
            self.arena.mutate(|mc, _| {
                for k in 0..1000 {
                    black_box(node(mc, None, None, thousand + k));
                }
            });
            self.arena.collect_debt();
        }
    }
}

impl Collected for GcArena {
    fn graph(&mut self, shape: Shape, nodes: usize) {
        self.arena.mutate_root(|mc, root| {
            let all: Vec<_> = (0..nodes).map(|i| node(mc, None, None, i as u64)).collect();
            shape.for_each(nodes, |from, left, right| {
                let write = Gc::write(mc, all[from]);
                if let Some(left) = left {
                    barrier::field!(write, Node, left).unlock().set(Some(all[left]));
                }
                if let Some(right) = right {
                    barrier::field!(write, Node, right).unlock().set(Some(all[right]));
                }
            });
            root.kept = Some(all[0]);
        });
    }

    fn collect(&mut self) {
        self.arena.finish_cycle();
    }

    fn checksum(&mut self, shape: Shape) -> u64 {
        self.arena.mutate(|_, root| {
            let (first, mut sum) = (root.kept.expect("a graph"), 0);
            let mut head = Some(first);
            while let Some(list) = head {
                let mut next = Some(list);
                while let Some(node) = next {
                    sum += node.value;
                    next = node.left.get().filter(|node| !Gc::ptr_eq(*node, first));
                }
                head = if shape == Shape::Lists { list.right.get() } else { None };
            }
            sum
        })
    }
}

impl Cache for GcArena {
    fn fill(&mut self, chunks: usize) {
        for chunk in 0..chunks {
            self.arena.mutate_root(|mc, root| {
                root.chunks.push(Gc::new(mc, RefLock::new(vec![None; SLOTS_PER_CHUNK])));
            });
            for from in (0..SLOTS_PER_CHUNK).step_by(256) {
                self.arena.mutate(|mc, root| {
                    for slot in from..from + 256 {
                        let chain = chain(mc, (chunk * SLOTS_PER_CHUNK + slot) as u64);
                        root.chunks[chunk].borrow_mut(mc)[slot] = chain;
                    }
                });
                self.arena.collect_debt();
            }
        }
    }

    fn replace(&mut self, ops: u64, rng: &mut Rng) {
        self.arena.mutate(|mc, root| {
            for op in 0..ops {
                for _ in 0..4 {
                    black_box(node(mc, None, None, op));
                }
                let chain = chain(mc, op);
                let slot = rng.below(root.chunks.len() * SLOTS_PER_CHUNK);
                root.chunks[slot / SLOTS_PER_CHUNK].borrow_mut(mc)[slot % SLOTS_PER_CHUNK] = chain;
            }
        });
        self.arena.collect_debt();
    }

    fn cached(&mut self) -> u64 {
        self.arena.mutate(|_, root| {
            root.chunks.iter().map(|chunk| chunk.borrow().iter().map(|link| count(*link)).sum::<u64>()).sum()
        })
    }
}
