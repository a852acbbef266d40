//! Hole 1: what belongs to a heap used from another thread: a data race with the collector.
//!
//! Types whose errors would tell of the heap's insides are in `pass_nothing_is_send.rs`.
use mangrove_gc::{Gc, Slot, Value, Weak};

fn check<T: Send>() {}

fn main() {
    check::<Value<'static>>();
    check::<Gc<'static, u8>>();
    check::<Weak<'static, u8>>();
    check::<Slot<'static>>();
}
