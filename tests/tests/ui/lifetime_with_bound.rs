//! A bound on the lifetime would let the type assume what no `mutate` call can give.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
struct Inline<'gc: 'static> {
    value: Value<'gc>,
}

#[derive(Trace, Object)]
struct Clause<'gc>
where
    'gc: 'static,
{
    value: Value<'gc>,
}

fn main() {}
