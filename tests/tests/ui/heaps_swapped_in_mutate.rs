//! Two heaps swapped, or one replaced, while values of it are in use.
use mangrove_gc::{Heap, HeapConfig, Roots, Value};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn swapped(mut one: Heap<Vm>, mut other: Heap<Vm>) {
    one.mutate(|_, _| std::mem::swap(&mut one, &mut other));
}

fn replaced(mut heap: Heap<Vm>) {
    heap.mutate(|_, _| heap = Heap::new(HeapConfig::default(), |_| Ok(vec![])).unwrap());
}
