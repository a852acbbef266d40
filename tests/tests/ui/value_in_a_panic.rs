//! A value that would leave `mutate` in the payload of a panic.
use mangrove_gc::{Heap, Roots, Value};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn thrown(heap: &mut Heap<Vm>) {
    heap.mutate(|_, root| std::panic::panic_any(root[0]));
}
