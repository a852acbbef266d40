//! A collection while values are in locals: by a safepoint, by name, or by dropping the heap.
use mangrove_gc::{Collect, Heap, Roots, Value};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn safepoint(heap: &mut Heap<Vm>) {
    heap.mutate(|_, _| heap.safepoint().unwrap());
}

fn collect(heap: &mut Heap<Vm>) {
    heap.mutate(|_, _| heap.collect(Collect::Full).unwrap());
}

fn dropped(mut heap: Heap<Vm>) {
    heap.mutate(|_, _| drop(heap));
}

fn nested(heap: &mut Heap<Vm>) {
    heap.mutate(|_, _| heap.mutate(|_, _| ()));
}
