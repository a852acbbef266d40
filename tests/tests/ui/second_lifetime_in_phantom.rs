//! Hole 3: also where nothing of that lifetime is stored.
use mangrove_gc::{Object, Trace, Value};
use std::marker::PhantomData;

#[derive(Trace, Object)]
enum Marked<'gc, 'a> {
    One(Value<'gc>, PhantomData<&'a ()>),
}

#[derive(Trace, Object)]
struct MarkedByItsOwn<'gc>(Value<'gc>, PhantomData<fn(&'gc str)>);

fn main() {}
