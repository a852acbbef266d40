//! A value of one heap stored into another: its collector would move what is not its own.
use mangrove_gc::{Heap, Object, Roots, Slot, Trace, Value};

#[derive(Trace, Object)]
struct Holder<'gc> {
    held: Slot<'gc>,
}

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

fn main() {}

fn into_a_root(one: &mut Heap<Vm>, other: &mut Heap<Vm>) {
    one.mutate(|_, first| other.mutate(|_, second| second.push(first[0])));
}

fn into_an_object(one: &mut Heap<Vm>, other: &mut Heap<Vm>) {
    one.mutate(|_, first| {
        other.mutate(|mc, second| {
            let holder = second[0].downcast::<Holder>().unwrap();
            holder.write(mc).held().set(first[0]);
        })
    });
}

fn witness_of_the_other(one: &mut Heap<Vm>, other: &mut Heap<Vm>) {
    one.mutate(|mc, _| {
        other.mutate(|_, second| {
            let holder = second[0].downcast::<Holder>().unwrap();
            holder.write(mc).held().set(Value::NIL);
        })
    });
}
