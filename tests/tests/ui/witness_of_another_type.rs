//! Hole 5: a crate whose `Write` stands for the witness of what a field points to.
extern crate mangrove_gc as real;
extern crate self as mangrove_gc;

pub use real::{Gc, Object, PointerMap, Slot, Trace, TypeInfo, Value, Visitor, __private};

pub trait To {
    type To;
}
impl<'gc> To for Holder<'gc> {
    type To = Holder<'gc>;
}
impl<'gc> To for Gc<'gc, Slot<'gc>> {
    type To = Slot<'gc>;
}
pub type Write<T> = real::Write<<T as To>::To>;

#[derive(Trace, Object)]
pub struct Holder<'gc> {
    other: Gc<'gc, Slot<'gc>>,
}

fn main() {}
