//! A field or a root whose values would be valid for ever.
use mangrove_gc::{Object, Roots, Trace, Value};

#[derive(Trace, Object)]
struct Field<'gc> {
    own: Value<'gc>,
    forever: Value<'static>,
}

#[derive(Trace)]
struct WithoutLifetime {
    forever: Value<'static>,
}

struct Forever;
impl Roots for Forever {
    type Root<'gc> = Vec<Value<'static>>;
}

fn main() {}
