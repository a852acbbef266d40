//! A witness that nothing was announced for.
use mangrove_gc::{Gc, Object, Slot, Trace, Value, Write};

#[derive(Trace, Object)]
struct Pair<'gc> {
    first: Slot<'gc>,
}

fn main() {}

fn by_assumption<'gc>(pair: Gc<'gc, Pair<'gc>>, value: Value<'gc>) {
    Write::__assume(&pair.first).set(value);
}

fn by_moving_out<'gc>(witness: &Write<Slot<'gc>>) -> Write<Slot<'gc>> {
    *witness
}
