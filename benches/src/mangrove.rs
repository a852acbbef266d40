//! Ours: the workloads over `mangrove_gc`, as an embedder would write them.
//!
//! Invariant: values are kept in the root between `mutate` calls. A tree deeper than [`SUBTREE`] is built of subtrees
//! with a safepoint after each, as a VM that polls would; all others within one `mutate`.

use std::hint::black_box;

use mangrove_gc::{AllocError, Collect, Gc, Heap, HeapConfig, Mutation, Object, Roots, Slot, Tail, Trace, Value};

use crate::peer::{Cache, Collected, SLOTS_PER_CHUNK, Shape, Trees};
use crate::rng::Rng;

type Link<'gc> = Option<Gc<'gc, Node<'gc>>>;

/// The object of every heap workload.
#[derive(Trace, Object)]
pub struct Node<'gc> {
    left: Slot<'gc, Link<'gc>>,
    right: Slot<'gc, Link<'gc>>,
    value: u64,
}

#[derive(Trace)]
struct Root<'gc> {
    stack: Vec<Value<'gc>>,
    chunks: Vec<Gc<'gc, Tail<'gc, ()>>>,
}

struct Embedder;
impl Roots for Embedder {
    type Root<'gc> = Root<'gc>;
}

/// Our heap.
pub struct Mangrove {
    heap: Heap<Embedder>,
}

/// Depth of what is built without a safepoint.
const SUBTREE: u32 = 12;
/// Nodes of a graph that are made or linked without a safepoint.
const BATCH: usize = 4096;

type Made<'gc> = Result<Gc<'gc, Node<'gc>>, AllocError>;

#[inline(always)]
fn node<'gc>(mc: &Mutation<'gc>, left: Link<'gc>, right: Link<'gc>, value: u64) -> Made<'gc> {
    mc.alloc(Node { left: Slot::new(left), right: Slot::new(right), value })
}

fn build<'gc>(mc: &Mutation<'gc>, depth: u32) -> Made<'gc> {
    if depth == 0 {
        return node(mc, None, None, 0);
    }
    let left = build(mc, depth - 1)?;
    let right = build(mc, depth - 1)?;
    node(mc, Some(left), Some(right), u64::from(depth))
}

fn chain<'gc>(mc: &Mutation<'gc>, value: u64) -> Result<Value<'gc>, AllocError> {
    let mut first = None;
    for k in 0..4 {
        first = Some(node(mc, first, None, value + k)?);
    }
    Ok(first.map_or(Value::NIL, Value::from))
}

fn count(link: Link<'_>) -> u64 {
    link.map_or(0, |node| 1 + count(node.left.get()) + count(node.right.get()))
}

/// What a slot of the root or of an array holds.
fn link(value: Value<'_>) -> Link<'_> {
    value.downcast()
}

impl Mangrove {
    /// A heap made with this configuration.
    ///
    /// # Panics
    /// When the system has no room for it.
    pub fn with(config: HeapConfig) -> Self {
        let heap = Heap::new(config, |_| Ok(Root { stack: Vec::new(), chunks: Vec::new() }));
        Mangrove { heap: heap.expect("address space") }
    }

    /// Its counters.
    pub fn stats(&self) -> mangrove_gc::Stats {
        self.heap.stats()
    }

    /// The heap's own events, for whoever looks where the time goes.
    pub fn observe(&mut self, observer: impl FnMut(&mangrove_gc::Event) + 'static) {
        self.heap.observe(observer);
    }

    /// One collection of this kind.
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn collect_as(&mut self, what: Collect) {
        self.heap.collect(what).expect("a heap that works");
    }

    /// Lets go of all but a hundredth of the cache: of its chunks, or of the slots of each.
    pub fn keep_a_hundredth(&mut self, chunks: bool) {
        self.heap.mutate(|mc, root| {
            if chunks {
                root.chunks.truncate(root.chunks.len().div_ceil(100));
                return;
            }
            for (number, chunk) in root.chunks.iter().enumerate() {
                for slot in (0..SLOTS_PER_CHUNK).filter(|slot| (slot + number * 37) % 100 != 0) {
                    chunk.set(mc, slot, Value::NIL);
                }
            }
        });
    }

    /// One `mutate` call that allocates, and the safepoint after it.
    #[inline(always)]
    fn step<T>(&mut self, f: impl for<'gc> FnOnce(&Mutation<'gc>, &mut Root<'gc>) -> Result<T, AllocError>) -> T {
        let done = self.heap.mutate(f).expect("far from the limit");
        self.heap.safepoint().expect("a heap that works");
        done
    }

    /// Leaves a tree on the stack.
    fn push_tree(&mut self, depth: u32) {
        if depth <= SUBTREE {
            self.step(|mc, root| {
                let tree = build(mc, depth)?;
                root.stack.push(tree.into());
                Ok(())
            });
            return;
        }
        self.push_tree(depth - 1);
        self.push_tree(depth - 1);
        self.step(|mc, root| {
            let (right, left) = (root.stack.pop(), root.stack.pop());
            let (left, right) = (left.and_then(link), right.and_then(link));
            root.stack.push(node(mc, left, right, u64::from(depth))?.into());
            Ok(())
        });
    }
}

impl Trees for Mangrove {
    const NAME: &'static str = "mangrove";

    fn new() -> Self {
        Mangrove::with(HeapConfig::default())
    }

    fn tree(&mut self, depth: u32) -> u64 {
        if depth <= SUBTREE {
            return self.step(|mc, _| Ok(count(Some(build(mc, depth)?))));
        }
        self.push_tree(depth);
        self.heap.mutate(|_, root| count(root.stack.pop().and_then(link)))
    }

    fn keep(&mut self, depth: u32) {
        self.push_tree(depth);
    }

    fn kept(&mut self) -> u64 {
        self.heap.mutate(|_, root| root.stack.iter().map(|&tree| count(link(tree))).sum())
    }

    fn garbage(&mut self, thousands: u64) {
        for thousand in 0..thousands {
            self.step(|mc, _| {
                for k in 0..1000 {
                    black_box(node(mc, None, None, thousand + k)?);
                }
                Ok(())
            });
        }
    }
}

impl Collected for Mangrove {
    fn graph(&mut self, shape: Shape, nodes: usize) {
        for from in (0..nodes).step_by(BATCH) {
            self.step(|mc, root| {
                for i in from..nodes.min(from + BATCH) {
                    root.stack.push(node(mc, None, None, i as u64)?.into());
                }
                Ok(())
            });
        }
        let mut links = Vec::with_capacity(nodes);
        shape.for_each(nodes, |from, left, right| links.push((from, left, right)));
        for batch in links.chunks(BATCH) {
            self.step(|mc, root| {
                for &(from, left, right) in batch {
                    let node = root.stack[from].downcast::<Node>().expect("a node");
                    if let Some(left) = left {
                        node.write(mc).left().set(link(root.stack[left]));
                    }
                    if let Some(right) = right {
                        node.write(mc).right().set(link(root.stack[right]));
                    }
                }
                Ok(())
            });
        }
        self.heap.mutate(|_, root| {
            root.stack.truncate(1);
            root.stack.shrink_to_fit();
        });
    }

    fn collect(&mut self) {
        self.collect_as(Collect::Full);
    }

    fn checksum(&mut self, shape: Shape) -> u64 {
        self.heap.mutate(|_, root| {
            let (first, mut sum) = (root.stack[0], 0);
            let mut head = link(first);
            while let Some(list) = head {
                let mut next = Some(list);
                while let Some(node) = next {
                    sum += node.value;
                    next = node.left.get().filter(|node| !Value::from(*node).same(first));
                }
                head = if shape == Shape::Lists { list.right.get() } else { None };
            }
            sum
        })
    }
}

impl Cache for Mangrove {
    fn fill(&mut self, chunks: usize) {
        for chunk in 0..chunks {
            self.step(|mc, root| {
                root.chunks.push(mc.alloc_tail((), SLOTS_PER_CHUNK, Value::NIL)?);
                Ok(())
            });
            for from in (0..SLOTS_PER_CHUNK).step_by(256) {
                self.step(|mc, root| {
                    for slot in from..from + 256 {
                        let chain = chain(mc, (chunk * SLOTS_PER_CHUNK + slot) as u64)?;
                        root.chunks[chunk].set(mc, slot, chain);
                    }
                    Ok(())
                });
            }
        }
    }

    fn replace(&mut self, ops: u64, rng: &mut Rng) {
        self.step(|mc, root| {
            for op in 0..ops {
                for _ in 0..4 {
                    black_box(node(mc, None, None, op)?);
                }
                let chain = chain(mc, op)?;
                let slot = rng.below(root.chunks.len() * SLOTS_PER_CHUNK);
                root.chunks[slot / SLOTS_PER_CHUNK].set(mc, slot % SLOTS_PER_CHUNK, chain);
            }
            Ok(())
        });
    }

    fn cached(&mut self) -> u64 {
        self.heap.mutate(|_, root| {
            let slots = root.chunks.iter().flat_map(|chunk| chunk.as_ref().slots());
            slots.map(|slot| count(link(slot.get()))).sum()
        })
    }
}
