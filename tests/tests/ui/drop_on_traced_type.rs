//! Hole 11: a `Drop` that would see dead values: on a root, on a heap type, on a generic one.
use mangrove_gc::{Object, Slot, Trace, Value};

#[derive(Trace)]
struct Root<'gc>(Vec<Value<'gc>>);
impl Drop for Root<'_> {
    fn drop(&mut self) {}
}

#[derive(Trace, Object)]
enum Leaf<'gc> {
    Full(Slot<'gc>),
}
impl<'gc> Drop for Leaf<'gc> {
    fn drop(&mut self) {}
}

#[derive(Trace, Object)]
struct Generic<T>(T);
impl<T> Drop for Generic<T> {
    fn drop(&mut self) {}
}

fn main() {}
