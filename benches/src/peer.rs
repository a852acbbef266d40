//! What a heap must do to be measured ([`Trees`], [`Collected`], [`Cache`]), and the workloads made of it.
//!
//! Invariant: a node is two references and a `u64`, at every peer; peers that collect do so between their `mutate`
//! calls, as often as each other.

use crate::rng::Rng;

/// Slots in a chunk of the cache.
pub const SLOTS_PER_CHUNK: usize = 1024;

/// Allocates trees and garbage.
pub trait Trees: Sized {
    /// Its name in tables.
    const NAME: &'static str;
    /// An empty heap.
    fn new() -> Self;
    /// Builds a tree, counts its nodes, and lets it go; then collects what is due.
    fn tree(&mut self, depth: u32) -> u64;
    /// Builds a tree and keeps it; then collects what is due.
    fn keep(&mut self, depth: u32);
    /// Counts the nodes of the tree that is kept.
    fn kept(&mut self) -> u64;
    /// Makes `thousands` times a thousand nodes that die at once, and collects what is due after each thousand.
    fn garbage(&mut self, thousands: u64);
}

/// How the nodes of a graph refer to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `left`: one cycle through all nodes in random order; `right`: a random node.
    Random,
    /// Lists of 4096 nodes in the order of allocation, chained by `left`; their heads by `right`.
    Lists,
}

impl Shape {
    /// Calls `link(from, left, right)` for each node that refers to any, by number.
    pub fn for_each(self, nodes: usize, mut link: impl FnMut(usize, Option<usize>, Option<usize>)) {
        match self {
            Shape::Random => {
                let mut rng = Rng::new(3);
                let order = rng.permutation(nodes);
                for (i, &from) in order.iter().enumerate() {
                    link(from as usize, Some(order[(i + 1) % nodes] as usize), Some(rng.below(nodes)));
                }
            }
            Shape::Lists => {
                for from in 0..nodes {
                    let left = (from % 4096 != 4095 && from + 1 < nodes).then_some(from + 1);
                    let right = (from % 4096 == 0 && from + 4096 < nodes).then_some(from + 4096);
                    link(from, left, right);
                }
            }
        }
    }
}

/// Collects everything on request.
pub trait Collected: Trees {
    /// Builds a graph of this shape, whose node `i` has the number `i`, and keeps its first node.
    fn graph(&mut self, shape: Shape, nodes: usize);
    /// A complete collection.
    fn collect(&mut self);
    /// Follows `left` from each head, and `right` from head to head: the sum of the numbers.
    fn checksum(&mut self, shape: Shape) -> u64;
}

/// What [`Collected::checksum`] gives: each node is met once.
pub fn expected_checksum(nodes: usize) -> u64 {
    (0..nodes as u64).sum()
}

/// A cache of chains of four nodes, of which random ones are replaced.
pub trait Cache: Trees {
    /// Makes the chunks, with a chain in each slot.
    fn fill(&mut self, chunks: usize);
    /// `ops` times: four nodes that die at once, and a chain that replaces a random one; then collects what is due.
    fn replace(&mut self, ops: u64, rng: &mut Rng);
    /// Counts the nodes in the cache.
    fn cached(&mut self) -> u64;
}

/// Nodes of a tree.
pub const fn tree_nodes(depth: u32) -> u64 {
    (1 << (depth + 1)) - 1
}

/// Depth of the long-lived tree of [`binary_trees`] as it is measured.
pub const TREES: u32 = 16;

/// W1: a tree of depth n + 1, a long-lived one of depth n, and many of depth 4 to n by 2.
///
/// # Panics
/// When a tree has not the nodes it should have.
pub fn binary_trees<P: Trees>(n: u32) -> u64 {
    let mut heap = P::new();
    assert_eq!(heap.tree(n + 1), tree_nodes(n + 1));
    heap.keep(n);
    let mut all = 0;
    for depth in (4..=n).step_by(2) {
        let trees = 1_u64 << (n - depth + 4);
        let nodes: u64 = (0..trees).map(|_| heap.tree(depth)).sum();
        assert_eq!(nodes, trees * tree_nodes(depth));
        all += nodes;
    }
    assert_eq!(heap.kept(), tree_nodes(n));
    all
}
