//! dumpster: reference counts, and a search for cycles among suspects. Only W1 and W2: it frees a long chain by
//! recursion, and a full collection of what is alive is nothing that it does.

use std::cell::RefCell;
use std::hint::black_box;

use dumpster::unsync::Gc;
use mangrove_benches::Trees;

type Link = Option<Gc<Node>>;

#[derive(dumpster::Trace)]
struct Node {
    left: RefCell<Link>,
    right: RefCell<Link>,
    #[allow(dead_code, reason = "what a node carries")]
    value: u64,
}

fn node(left: Link, right: Link, value: u64) -> Gc<Node> {
    Gc::new(Node { left: RefCell::new(left), right: RefCell::new(right), value })
}

fn build(depth: u32) -> Gc<Node> {
    let (left, right) = if depth == 0 { (None, None) } else { (Some(build(depth - 1)), Some(build(depth - 1))) };
    node(left, right, u64::from(depth))
}

fn count(node: &Node) -> u64 {
    1 + node.left.borrow().as_deref().map_or(0, count) + node.right.borrow().as_deref().map_or(0, count)
}

/// dumpster's heap, of which a thread has one.
pub(crate) struct Dumpster {
    kept: Link,
}

impl Trees for Dumpster {
    const NAME: &'static str = "dumpster";

    fn new() -> Self {
        Dumpster { kept: None }
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
