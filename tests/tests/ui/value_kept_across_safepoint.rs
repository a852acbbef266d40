//! A value that a collection would make stale: kept in a local while the heap collects.
use mangrove_gc::{Heap, Roots, Value};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn kept(heap: &mut Heap<Vm>) {
    let mut kept = Vec::new();
    heap.mutate(|_, root| kept.push(root[0]));
    heap.safepoint().unwrap();
    heap.mutate(|_, root| root.push(kept[0]));
}
