//! Hole 3: a borrow smuggled in by a type parameter.
use mangrove_gc::{Gc, Mutation, Object, Trace, Value};

#[derive(Trace, Object)]
struct Holder<'gc, T> {
    value: Value<'gc>,
    more: T,
}

fn main() {}

fn borrow<'gc, 'a>(mc: &Mutation<'gc>, value: Value<'gc>, text: &'a str) -> Gc<'gc, Holder<'gc, &'a str>> {
    mc.alloc(Holder { value, more: text }).unwrap()
}
