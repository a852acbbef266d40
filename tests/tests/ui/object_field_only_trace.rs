//! What may be in a root, but not in an object: it could change without the barrier.
use mangrove_gc::{Object, Trace, Value};
use std::collections::{BTreeMap, HashMap, VecDeque};

#[derive(Trace, Object)]
struct Named<'gc> {
    fine: Value<'gc>,
    map: HashMap<String, Value<'gc>>,
}

#[derive(Trace, Object)]
enum Variant<'gc> {
    Map(BTreeMap<u8, Value<'gc>>),
    Queue { queue: VecDeque<Value<'gc>> },
}

#[derive(Trace)]
struct Part<'gc>(Vec<Value<'gc>>);

#[derive(Trace, Object)]
struct Whole<'gc>(Part<'gc>);

fn main() {}
