//! Hole 6: a macro in the place of a type is expanded anew for each use: once as `u64`, which needs no visit, once as a value.
use mangrove_gc::{Object, Slot, Trace, Value};

macro_rules! ty {
    () => { Value<'gc> };
}
macro_rules! size {
    () => { 2 };
}

#[derive(Trace)]
struct Direct<'gc> {
    v: ty!(),
}

#[derive(Trace, Object)]
enum Nested<'gc> {
    A(Vec<(u8, Option<ty! {}>)>),
}

#[derive(Trace, Object)]
struct Length<'gc>([Slot<'gc>; size!()]);

fn main() {}
