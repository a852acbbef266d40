//! Hole 7: keys that move would have to be hashed or compared by foreign code during a collection.
use mangrove_gc::{Gc, Object, Static, Trace, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

#[derive(Trace)]
struct ByValue<'gc>(HashMap<Value<'gc>, u8>);

#[derive(Trace)]
struct ByPointer<'gc>(BTreeMap<Gc<'gc, u8>, Value<'gc>>);

#[derive(Trace)]
struct InASet<'gc>(HashSet<Gc<'gc, u8>>);

#[derive(Trace, Object)]
struct Bag<'gc>(Static<HashMap<Value<'gc>, u8>>);

fn main() {}
