//! A witness that nothing was announced for, by the constructor of the type.
use mangrove_gc::{Slot, Value, Write};

fn main() {}

fn by_constructor<'gc>(value: Value<'gc>) {
    Write(Slot::new(value)).set(value);
}

fn by_pattern<'gc>(witness: &Write<Slot<'gc>>) {
    let Write(_) = witness;
}
