//! Hole 8: where the alignment depends on a parameter, it is found out at the allocation.
use mangrove_gc::{Mutation, Object, Static, Trace};

#[repr(align(32))]
struct Wide(u8);

#[derive(Trace, Object)]
struct Holder<T: 'static>(Static<T>);

fn allocate(mc: &Mutation<'_>) {
    mc.alloc(Holder(Static(Wide(1)))).unwrap();
}

fn main() {
    let _: fn(&Mutation<'_>) = allocate;
}
