//! A precise, moving, generational heap whose stale values do not compile.
//!
//! VM code runs inside [`Heap::mutate`]; the collector runs between such calls, at [`Heap::safepoint`] and
//! [`Heap::collect`]. A [`Value`] is a NaN-boxed word branded with the lifetime of one call: locals cost nothing, and
//! a value that a collection would make stale cannot be kept.
//!
//! ```
//! use mangrove_gc::{AllocError, Collect, Heap, HeapConfig, Object, Roots, Slot, Trace, Value};
//!
//! #[derive(Trace, Object)]                       // lives in the heap; a `Slot` is a field that changes
//! struct Pair<'gc> { first: Slot<'gc>, second: Slot<'gc> }
//!
//! #[derive(Trace)]                               // the root: plain Rust, written without a barrier
//! struct Vm<'gc> { stack: Vec<Value<'gc>> }
//!
//! struct MyVm;
//! impl Roots for MyVm { type Root<'gc> = Vm<'gc>; }
//!
//! let mut heap: Heap<MyVm> = Heap::new(HeapConfig::default(), |_| Ok(Vm { stack: vec![] }))?;
//! heap.mutate(|mc, vm| {
//!     let pair = mc.alloc(Pair { first: Slot::new(1.into()), second: Slot::new(Value::NIL) })?;
//!     pair.write(mc).second().set(2.into());     // the witness logs the owner: the barrier cannot be forgotten
//!     vm.stack.push(pair.into());
//!     Ok::<_, AllocError>(())
//! })?;
//! heap.collect(Collect::Compact)?;               // the pair moves, and the stack follows
//! heap.mutate(|_, vm| {
//!     let pair = vm.stack[0].downcast::<Pair>().unwrap();
//!     assert_eq!(pair.second.get().as_int(), Some(2));
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reading order
//!
//! What an embedder meets: `value`, `trace`, `ptr` and `cell`, `tail`, `ephemeron`, `mutation`, `heap`, `handle`,
//! `zeal`, `stats`. Behind it: `object` and `layout` (what an object looks like), `raw`, `nursery` and `old` (memory),
//! `core` (what mutator and collector share), `collect` with `minor`, `mark` and `compact`, `verify` and `snapshot`.
//!
//! # Invariants, and what enforces each
//!
//! | invariant | enforced by |
//! | --- | --- |
//! | a value cannot leave its `mutate` call, meet another heap or another thread | `tests/tests/ui`: `value_kept_across_safepoint`, `value_returned_from_mutate`, `values_of_two_heaps_mixed`, … |
//! | a slot of a heap object is set only after its owner was logged | `ui`: `field_write_without_barrier`, `slot_written_through_another_witness`; at run time `verify` |
//! | every slot is visited by one function per type, for every purpose | the derive's exhaustive destructuring; `heap::shapes` under every zeal |
//! | one type has one identity | `holes`: tests of hole 4 |
//! | the old space gives out no line that holds a live object | `heap::graph::random_graphs_survive_every_collector` with quarantine off and on |
//! | nothing is lost that was hidden from the marker | `heap::incremental::nothing_hides_from_the_marker` |
//! | weak references are cleared before memory is used again | `heap::incremental::weak_references_are_cleared_by_slices`, `heap::model` |
//! | a weak map's entry and a handle that are written, made or dropped at any moment are what a model says | `heap::model`: each rule of `ephemeron`, `handle` and `collect::mark` breaks a test when it is left out |
//! | native data is dropped once, after its object is dead | `heap::shapes::drops_happen_once_and_only_after_death`, `holes`: tests of hole 13 |
//! | a failed allocation changes nothing | `heap::limits` |
//! | an address becomes a pointer in one place | `object::at`; no other call of `with_exposed_provenance` but that for `TypeInfo`s beside it |
//! | zeal costs nothing on the allocation path | `Core::allocate` tests one limit; `examples/hot.rs` shows the machine code |
//!
//! # Which steps are not bounded
//!
//! A pause is a minor collection, a slice, or both; these have a part that grows with something else than what was done
//! since the last one. Processor time of one core of an AMD EPYC (Zen 4), a million each:
//!
//! | step | grows with | costs |
//! | --- | --- | --- |
//! | minor collection, end of marking | values in the root outside of what keeps dirty bits: see [`Roots`] | 0.5 ns a value, 1 to 2 at the end of marking |
//! | end of marking | weak pointers whose objects died in this cycle | 5.6 ns each |
//! | end of marking, first slice of the sweep | the table of a large weak map's keys that are not marked yet | 1.1 ns an entry to make, 3.5 ns a dead key to give back |
//! | what becomes of a refusal, [`Heap::collect`], compaction | the heap | see [`Collect`] |
//!
//! In the mutator, the index of a weak map grows by doubling, as any, and is built anew at the first access after a compaction.
//!
//! # What it cannot do
//!
//! - Code inside `mutate` cannot reach a safepoint. What allocates much returns to the embedder's loop now and then.
//! - rustc's own soundness bugs (issue 84366) can launder any lifetime, also `'gc`. Zeal's quarantine finds what they do.
//! - Objects with cyclic native ownership (`Static<Rc<…>>` cycles) leak, as in any Rust program.
//! - It runs on 64-bit Unix.

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
mod snapshot;
mod stats;
mod tail;
mod trace;
mod value;
mod verify;
mod zeal;

pub use cell::{Reference, Slot, SlotVec, Static};
pub use ephemeron::{WeakMap, WeakMapError};
pub use error::{AllocError, HeapError, Poisoned};
pub use handle::Handle;
pub use heap::{Collect, Heap};
pub use layout::{MappedSlot, PointerMap, TypeInfo};
pub use mangrove_gc_derive::{Object, Trace};
pub use mangrove_nanbox as nanbox;
pub use mutation::Mutation;
pub use ptr::{Gc, Weak, Write};
pub use snapshot::SnapshotReport;
pub use stats::{Event, Phase, Stats};
pub use tail::{Blob, Bytes, Str, Tail};
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
    /// Implemented by every type with a `Drop`: a derive that also implements it for its type refuses `Drop`.
    pub trait MustNotImplDrop {}
    #[allow(drop_bounds, reason = "the point")]
    impl<T: Drop + ?Sized> MustNotImplDrop for T {}
}
