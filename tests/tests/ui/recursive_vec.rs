//! Hole 15: a tree of vectors would be traced by recursion as deep as the tree.
use mangrove_gc::{Object, Trace, Value};
use std::collections::HashMap;

#[derive(Trace, Object)]
struct Tree<'gc> {
    value: Value<'gc>,
    children: Vec<Tree<'gc>>,
}

#[derive(Trace)]
enum Indirect<'gc> {
    Leaf(Value<'gc>),
    Inner { by_name: HashMap<String, Between<'gc>> },
}
#[derive(Trace)]
struct Between<'gc>(Option<(Vec<Indirect<'gc>>, u8)>);

fn main() {}
