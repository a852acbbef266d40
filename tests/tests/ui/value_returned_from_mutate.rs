//! A value that leaves the call that made it.
use mangrove_gc::{Heap, Roots, Value};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn returned(heap: &mut Heap<Vm>) {
    let value = heap.mutate(|_, root| root[0]);
    heap.mutate(|_, root| root.push(value));
}
