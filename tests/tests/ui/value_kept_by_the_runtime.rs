//! A value kept where any code may find it again: in a thread's own storage, in an `Any`, in a leaked box.
use mangrove_gc::{Heap, Roots, Value};
use std::any::Any;
use std::cell::Cell;

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

thread_local!(static KEPT: Cell<Value<'static>> = const { Cell::new(Value::NIL) });

fn main() {}

fn in_a_thread_local(heap: &mut Heap<Vm>) {
    heap.mutate(|_, root| KEPT.set(root[0]));
}

fn in_an_any(heap: &mut Heap<Vm>) -> Box<dyn Any> {
    heap.mutate(|_, root| Box::new(root[0]) as Box<dyn Any>)
}

fn leaked(heap: &mut Heap<Vm>) -> &'static Value<'static> {
    heap.mutate(|_, root| &*Box::leak(Box::new(root[0])))
}
