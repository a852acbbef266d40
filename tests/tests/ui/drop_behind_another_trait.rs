//! Hole 11: a `Drop`, in a crate that has its own `MustNotImplDrop` for the derive to implement.
extern crate mangrove_gc as real;
extern crate self as mangrove_gc;

pub use real::*;

pub mod __private {
    pub trait MustNotImplDrop {}
}

#[derive(Trace)]
struct Root<'gc>(Vec<Value<'gc>>);
impl std::ops::Drop for Root<'_> {
    fn drop(&mut self) {}
}

#[derive(Trace, Object)]
struct Generic<'gc, T>(Slot<'gc>, T);
impl<T> std::ops::Drop for Generic<'_, T> {
    fn drop(&mut self) {}
}

fn main() {}
