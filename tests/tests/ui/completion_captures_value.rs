//! D14: a completion from another thread that carries a heap value: invisible to the collector while in flight.
use mangrove_gc::{Heap, Roots, Value};
use mangrove_scheduler::Completer;

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn captured(heap: &mut Heap<Vm>, completer: Completer) {
    heap.mutate(|_, root| {
        let value = root[0];
        completer.complete_with(move |_| Ok(value));
    });
}
