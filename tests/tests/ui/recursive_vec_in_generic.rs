//! Hole 15: a generic tree is found out where a heap first uses it.
use mangrove_gc::{Heap, HeapConfig, Roots, Trace};

#[derive(Trace)]
struct Tree<T> {
    value: T,
    children: Vec<Tree<T>>,
}

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Tree<u8>;
}

fn main() {
    let mut heap: Heap<Vm> = Heap::new(HeapConfig::default(), |_| Ok(Tree { value: 1, children: vec![] })).unwrap();
    heap.safepoint().unwrap();
}
