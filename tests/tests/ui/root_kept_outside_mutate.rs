//! The root or the mutation kept after the call, so that a collection would find them borrowed.
use mangrove_gc::{Heap, Roots, Value};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn root(heap: &mut Heap<Vm>) {
    let mut kept = None;
    heap.mutate(|_, root| kept = Some(root));
}

fn mutation(heap: &mut Heap<Vm>) {
    let mut kept = None;
    heap.mutate(|mc, _| kept = Some(mc));
}
