//! A store through a shared pointer, that the collector is not told of.
use mangrove_gc::{Gc, Object, Trace, Value};

#[derive(Trace, Object)]
struct Plain<'gc> {
    plain: Value<'gc>,
}

fn main() {}

fn assigned<'gc>(object: &mut Gc<'gc, Plain<'gc>>, value: Value<'gc>) {
    object.plain = value;
}

fn borrowed<'gc>(mut object: Gc<'gc, Plain<'gc>>, value: Value<'gc>) {
    let object: &mut Plain<'gc> = &mut object;
    object.plain = value;
}
