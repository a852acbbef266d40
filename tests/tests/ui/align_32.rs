//! Hole 8: objects are moved to addresses that are aligned to 16 bytes at most.
use mangrove_gc::{Object, Slot, Trace};

#[derive(Trace, Object)]
#[repr(align(32))]
struct Wide<'gc> {
    slot: Slot<'gc>,
}

fn main() {}
