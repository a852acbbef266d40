//! A value hidden from the collector in the head of a blob, which is not visited.
use mangrove_gc::{Blob, Gc, Mutation, Value};

fn direct<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> bool {
    mc.alloc_blob(value, b"text").is_ok()
}

fn in_a_cell<'gc>(mc: &Mutation<'gc>, gc: Gc<'gc, u8>) -> bool {
    mc.alloc_blob_from(std::cell::Cell::new(Some(gc)), &[b"text"]).is_ok()
}

fn as_a_type<'gc>(value: Value<'gc>) -> bool {
    value.downcast::<Blob<Gc<'gc, u8>>>().is_some()
}

fn main() {}
