//! The roots of two heaps swapped: each would hold the values of the other.
use mangrove_gc::{Heap, Roots, Value};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn swapped(one: &mut Heap<Vm>, other: &mut Heap<Vm>) {
    one.mutate(|_, first| other.mutate(|_, second| std::mem::swap(first, second)));
}
