//! A value whose lifetime could shrink or grow could pass for one of another heap.
use mangrove_gc::{Gc, Mutation, Slot, Value};

fn main() {}

fn shorter<'long: 'short, 'short>(value: Value<'long>) -> Value<'short> {
    value
}

fn shorter_pointer<'long: 'short, 'short>(gc: Gc<'long, u8>) -> Gc<'short, u8> {
    gc
}

fn shorter_mutation<'a, 'long: 'short, 'short>(mc: &'a Mutation<'long>) -> &'a Mutation<'short> {
    mc
}

fn longer<'long: 'short, 'short>(slot: Slot<'short>) -> Slot<'long> {
    slot
}
