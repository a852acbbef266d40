//! boa_gc: mark and sweep, roots found by counting. Fields that change are in `GcRefCell`s.

use std::hint::black_box;

use boa_gc::{Finalize, Gc, GcRefCell, Trace};
use mangrove_benches::{Cache, Collected, Rng, SLOTS_PER_CHUNK, Shape, Trees};

type Link = Option<Gc<Node>>;
type Chunk = Gc<GcRefCell<Vec<Link>>>;

#[derive(Trace, Finalize)]
struct Node {
    left: GcRefCell<Link>,
    right: GcRefCell<Link>,
    value: u64,
}

fn node(left: Link, right: Link, value: u64) -> Gc<Node> {
    Gc::new(Node { left: GcRefCell::new(left), right: GcRefCell::new(right), value })
}

fn build(depth: u32) -> Gc<Node> {
    let (left, right) = if depth == 0 { (None, None) } else { (Some(build(depth - 1)), Some(build(depth - 1))) };
    node(left, right, u64::from(depth))
}

fn chain(value: u64) -> Link {
    (0..4).fold(None, |first, k| Some(node(first, None, value + k)))
}

fn count(node: &Node) -> u64 {
    1 + node.left.borrow().as_deref().map_or(0, count) + node.right.borrow().as_deref().map_or(0, count)
}

/// boa_gc's heap, of which a thread has one.
pub(crate) struct Boa {
    kept: Link,
    chunks: Vec<Chunk>,
}

impl Trees for Boa {
    const NAME: &'static str = "boa_gc";

    fn new() -> Self {
        Boa { kept: None, chunks: Vec::new() }
    }

    fn tree(&mut self, depth: u32) -> u64 {
        count(&build(depth))
    }

    fn keep(&mut self, depth: u32) {
        self.kept = Some(build(depth));
    }

    fn kept(&mut self) -> u64 {
        self.kept.as_deref().map_or(0, count)
    }

    fn garbage(&mut self, thousands: u64) {
        for value in 0..thousands * 1000 {
            black_box(node(None, None, value));
        }
    }
}

impl Collected for Boa {
    fn graph(&mut self, shape: Shape, nodes: usize) {
        let all: Vec<Gc<Node>> = (0..nodes).map(|i| node(None, None, i as u64)).collect();
        shape.for_each(nodes, |from, left, right| {
            *all[from].left.borrow_mut() = left.map(|at| all[at].clone());
            *all[from].right.borrow_mut() = right.map(|at| all[at].clone());
        });
        self.kept = Some(all[0].clone());
    }

    fn collect(&mut self) {
        boa_gc::force_collect();
    }

    fn checksum(&mut self, shape: Shape) -> u64 {
        let first = self.kept.clone().expect("a graph");
        let mut sum = 0;
        let mut head = Some(first.clone());
        while let Some(list) = head {
            let mut next = Some(list.clone());
            while let Some(node) = next {
                sum += node.value;
                next = node.left.borrow().clone().filter(|node| !Gc::ptr_eq(node, &first));
            }
            head = if shape == Shape::Lists { list.right.borrow().clone() } else { None };
        }
        sum
    }
}

impl Cache for Boa {
    fn fill(&mut self, chunks: usize) {
        for chunk in 0..chunks {
            let slots = (0..SLOTS_PER_CHUNK).map(|slot| chain((chunk * SLOTS_PER_CHUNK + slot) as u64));
            self.chunks.push(Gc::new(GcRefCell::new(slots.collect())));
        }
    }

    fn replace(&mut self, ops: u64, rng: &mut Rng) {
        for op in 0..ops {
            for _ in 0..4 {
                black_box(node(None, None, op));
            }
            let slot = rng.below(self.chunks.len() * SLOTS_PER_CHUNK);
            self.chunks[slot / SLOTS_PER_CHUNK].borrow_mut()[slot % SLOTS_PER_CHUNK] = chain(op);
        }
    }

    fn cached(&mut self) -> u64 {
        let chunks = self.chunks.iter();
        chunks.map(|chunk| chunk.borrow().iter().flatten().map(|node| count(node)).sum::<u64>()).sum()
    }
}
