//! What types cannot rule out, and the collector and the derives must keep: the holes of `SOUNDNESS.md` that were shown
//! by running a program, as tests under zeal. Those that a type rules out are in `soundness.rs`.
//!
//! Every heap comes from `HeapConfig::from_env`, so `MANGROVE_ZEAL` tortures all of it; where moving is the point, the
//! test asks for it by itself.

mod alignment;
mod derives;
mod doubles;
mod handles;
mod panics;
mod poison;
mod types;

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use mangrove_gc::{
    AllocError, Collect, Gc, Handle, Heap, HeapConfig, HeapError, Mutation, Object, Poisoned, Roots, Slot, SlotVec,
    Static, Str, Tail, Trace, Value, Visitor, Weak, What, Zeal,
};

/// A heap whose root is a stack.
struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

const EVERY_KIND: [Collect; 3] = [Collect::Minor, Collect::Full, Collect::Compact];

fn heap_with(config: HeapConfig) -> Heap<Vm> {
    Heap::new(config, |_| Ok(Vec::new())).unwrap()
}

fn heap() -> Heap<Vm> {
    heap_with(HeapConfig::from_env())
}

/// Moves everything at every safepoint and verifies.
fn moving(seed: u64) -> Heap<Vm> {
    heap_with(HeapConfig::default().with_zeal(Zeal::moving(seed)))
}

/// `mutate` for closures that allocate: zeal may let allocations fail.
fn run<T>(
    heap: &mut Heap<Vm>,
    f: impl for<'gc> FnMut(&Mutation<'gc>, &mut Vec<Value<'gc>>) -> Result<T, AllocError>,
) -> T {
    heap.mutate_retry(f).unwrap()
}

/// Collects in every way, and verifies after each.
fn collect_all(heap: &mut Heap<Vm>) {
    for kind in EVERY_KIND {
        heap.collect(kind).unwrap();
        heap.safepoint().unwrap();
        heap.verify().unwrap();
    }
}

/// The message of a panic.
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).expect("a panic with a text")
}

/// Runs without printing the panic that is expected, which is then returned.
fn panics<T>(f: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("it did not panic"),
        Err(panic) => message(&*panic),
    }
}
