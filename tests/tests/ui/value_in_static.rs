//! A value hidden from the collector in native data, which is not visited.
use mangrove_gc::{Gc, Object, Static, Trace, Value};

#[derive(Trace, Object)]
struct Direct<'gc>(Static<Value<'gc>>);

#[derive(Trace, Object)]
struct InACell<'gc>(Static<std::cell::Cell<Option<Gc<'gc, u8>>>>);

#[derive(Trace)]
struct InAClosure<'gc>(Static<Box<dyn Fn() -> Value<'gc>>>);

fn main() {}
