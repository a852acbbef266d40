//! A precise, moving, generational heap whose stale values do not compile.

extern crate self as mangrove_gc;

mod cell;
mod collect;
mod core;
mod ephemeron;
mod error;
mod handle;
mod heap;
mod layout;
mod mutation;
mod nursery;
mod object;
mod old;
mod ptr;
mod raw;
mod stats;
mod tail;
mod trace;
mod value;
mod verify;
mod zeal;

pub use cell::{Slot, SlotVec, Static};
pub use ephemeron::{WeakMap, WeakMapError};
pub use error::{AllocError, HeapError, Poisoned};
pub use handle::Handle;
pub use heap::{Collect, Heap};
pub use layout::{MappedSlot, PointerMap, TypeInfo};
pub use mangrove_gc_derive::{Object, Trace};
pub use mangrove_nanbox as nanbox;
pub use mutation::Mutation;
pub use ptr::{Gc, Weak, Write};
pub use stats::{Event, Phase, Stats};
pub use tail::{Bytes, Str, Tail};
pub use trace::{Object, Roots, Trace, Visitor};
pub use value::{Brand, Value};
pub use verify::{Report, VerifyError};
pub use zeal::{HeapConfig, What, When, Zeal, ZealError};

/// Gives a `let`-bound closure the signature that [`Heap::mutate`] wants.
pub fn mutator<R: Roots, T, F: for<'gc> FnOnce(&Mutation<'gc>, &mut R::Root<'gc>) -> T>(f: F) -> F {
    f
}

/// What the derives expand to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use memoffset::offset_of;

    /// Implemented by every type with a `Drop`: a derive that also implements it for its type refuses `Drop`.
    pub trait MustNotImplDrop {}
    #[allow(drop_bounds, reason = "the point")]
    impl<T: Drop + ?Sized> MustNotImplDrop for T {}
}
