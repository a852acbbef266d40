//! Hole 5: the slot of one object written through the witness of another, which alone was announced.
use mangrove_gc::{Gc, Mutation, Object, Slot, Trace, Value, Write};

#[derive(Trace, Object)]
struct Pair<'gc> {
    first: Slot<'gc>,
    other: Option<Gc<'gc, Pair<'gc>>>,
}

fn main() {}

fn as_a_witness<'gc>(other: Gc<'gc, Pair<'gc>>, value: Value<'gc>) {
    let slot: &Write<Slot<'gc>> = &other.first;
    slot.set(value);
}

fn through_a_pointer_in_it<'gc>(mc: &Mutation<'gc>, pair: Gc<'gc, Pair<'gc>>, value: Value<'gc>) {
    pair.write(mc).other().as_write().unwrap().first().set(value);
}

fn by_a_projection_of_ones_own<'gc>(mc: &Mutation<'gc>, pair: Gc<'gc, Pair<'gc>>, other: Gc<'gc, Pair<'gc>>) {
    pair.write(mc).project(|_| &other.first).set(Value::NIL);
}
