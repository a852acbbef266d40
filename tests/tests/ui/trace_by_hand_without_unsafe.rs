//! Hole 10: a visit that leaves a value out must be the fault of an `unsafe` block.
use mangrove_gc::{Object, Roots, Trace, Value, Visitor};

struct Forgetful<'gc>(Vec<Value<'gc>>);

impl<'gc> Trace<'gc> for Forgetful<'gc> {
    fn trace(&mut self, _: &mut Visitor<'_, 'gc>) {}
}

impl<'gc> Object<'gc> for Forgetful<'gc> {
    type Rebind<'b> = Forgetful<'b>;
}

struct Untraced<'gc>(Vec<Value<'gc>>);

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Untraced<'gc>;
}

fn main() {}
