//! Hole 3: what a second lifetime borrows could be gone while the object lives.
use mangrove_gc::{Object, Trace, Value};

#[derive(Trace, Object)]
struct Borrows<'gc, 'a> {
    value: Value<'gc>,
    text: &'a str,
}

fn main() {}
