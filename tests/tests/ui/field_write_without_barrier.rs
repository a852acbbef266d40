//! A store that the collector is not told of: a minor collection would miss the young value.
use mangrove_gc::{Gc, Object, Slot, SlotVec, Tail, Trace, Value, Weak, WeakMap};

#[derive(Trace, Object)]
struct Pair<'gc> {
    slot: Slot<'gc>,
    list: SlotVec<'gc>,
    map: WeakMap<'gc>,
    plain: Value<'gc>,
}

fn main() {}

fn through_a_slot<'gc>(pair: Gc<'gc, Pair<'gc>>, value: Value<'gc>) {
    pair.slot.set(value);
}

fn through_a_tail<'gc>(tail: Gc<'gc, Tail<'gc, ()>>, value: Value<'gc>) {
    tail.slots()[0].set(value);
}

fn through_collections<'gc>(mc: &mangrove_gc::Mutation<'gc>, pair: Gc<'gc, Pair<'gc>>, value: Value<'gc>) {
    pair.list.push(mc, value).unwrap();
    pair.map.insert(mc, value, value).unwrap();
}

fn plain_field_of_a_witness<'gc>(mc: &mangrove_gc::Mutation<'gc>, pair: Gc<'gc, Pair<'gc>>, value: Value<'gc>) {
    pair.write(mc).plain().set(value);
}

fn witness_of_a_weak_pointer<'gc>(mc: &mangrove_gc::Mutation<'gc>, pair: Weak<'gc, Pair<'gc>>) {
    pair.write(mc);
}
