//! An object that nothing visits.
use mangrove_gc::{Object, Value};

#[derive(Object)]
struct Unvisited<'gc>(Value<'gc>);

fn main() {}
