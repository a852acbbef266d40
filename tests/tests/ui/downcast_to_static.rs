//! Hole 2: a downcast that would give values for ever.
use mangrove_gc::{Gc, Heap, Mutation, Object, Roots, Slot, Trace, Value};

#[derive(Trace, Object)]
struct Pair<'gc> {
    first: Slot<'gc>,
}

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn downcast(heap: &mut Heap<Vm>) -> Value<'static> {
    heap.mutate(|_, root| root[0].downcast::<Pair<'static>>().unwrap().first.get())
}

fn pointer_to_static<'gc>(value: Value<'gc>) -> Option<Gc<'gc, Gc<'static, Pair<'static>>>> {
    value.downcast()
}

fn allocated<'gc>(mc: &Mutation<'gc>, pair: Pair<'static>) {
    mc.alloc(pair).unwrap();
}
