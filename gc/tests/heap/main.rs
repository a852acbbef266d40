//! The heap from outside: every kind of collection, under every kind of zeal.

mod graph;
mod incremental;
mod limits;
mod model;
mod shapes;
mod snapshot;
mod weak;

use mangrove_gc::{Collect, Heap, HeapConfig, Roots, Value, What, Zeal};

/// A heap whose root is a list of values.
pub(crate) struct Stack;
impl Roots for Stack {
    type Root<'gc> = Vec<Value<'gc>>;
}

pub(crate) fn heap_with(config: HeapConfig) -> Heap<Stack> {
    Heap::new(config, |_| Ok(Vec::new())).expect("a heap")
}

/// As the environment asks.
pub(crate) fn heap() -> Heap<Stack> {
    heap_with(HeapConfig::from_env())
}

/// One heap for each kind of zeal, small, and one without.
pub(crate) fn heaps() -> impl Iterator<Item = Heap<Stack>> {
    let small = HeapConfig { max_bytes: 256 << 20, nursery_bytes: 64 << 10, ..HeapConfig::default() };
    let kinds = [What::Minor, What::Slice, What::Full, What::Compact, What::Random];
    let zealous = kinds.map(|what| small.clone().with_zeal(Zeal::of(what, 7)));
    std::iter::once(small).chain(zealous).map(heap_with)
}

pub(crate) const ALL: [Collect; 3] = [Collect::Minor, Collect::Full, Collect::Compact];
