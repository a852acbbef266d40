//! A typed pointer, a weak one, or a reference into an object that leaves the call that made it.
use mangrove_gc::{Gc, Heap, Roots, Str, Value};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn returned(heap: &mut Heap<Vm>) {
    let gc = heap.mutate(|mc, _| mc.alloc_str("short-lived").unwrap());
    let weak = heap.mutate(|mc, _| mc.alloc_str("short-lived").unwrap().downgrade());
    let text: &str = heap.mutate(|mc, _| &**mc.alloc_str("short-lived").unwrap().as_ref());
    drop((gc, weak, text));
}

fn fallible(heap: &mut Heap<Vm>) -> Option<Gc<'_, Str>> {
    heap.mutate(|_, root| root[0].downcast::<Str>())
}
