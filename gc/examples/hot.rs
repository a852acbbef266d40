//! The hot paths as an embedder compiles them, each in a function of its own, for reading their machine code:
//! `cargo rustc --release -p mangrove-gc --example hot -- --emit asm -C codegen-units=1`
use mangrove_gc::{AllocError, Gc, Heap, HeapConfig, Mutation, Object, Roots, Slot, Trace, Value};

#[derive(Trace, Object)]
struct Pair<'gc> {
    first: Slot<'gc>,
    second: Slot<'gc>,
}

struct Host;
impl Roots for Host {
    type Root<'gc> = Vec<Value<'gc>>;
}

#[unsafe(no_mangle)]
#[inline(never)]
fn hot_alloc<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Result<Gc<'gc, Pair<'gc>>, AllocError> {
    mc.alloc(Pair { first: Slot::new(a), second: Slot::new(b) })
}

#[unsafe(no_mangle)]
#[inline(never)]
fn hot_store<'gc>(mc: &Mutation<'gc>, pair: Gc<'gc, Pair<'gc>>, value: Value<'gc>) {
    pair.write(mc).first().set(value);
}

#[unsafe(no_mangle)]
#[inline(never)]
fn hot_poll(mc: &Mutation<'_>) -> bool {
    mc.wants_safepoint()
}

#[unsafe(no_mangle)]
#[inline(never)]
fn hot_downcast<'gc>(value: Value<'gc>) -> Option<Value<'gc>> {
    value.downcast::<Pair<'gc>>().map(|pair| pair.second.get())
}

fn main() {
    let mut heap: Heap<Host> = Heap::new(HeapConfig::default(), |_| Ok(Vec::new())).expect("a heap");
    let first = heap.mutate(|mc, root| {
        let pair = hot_alloc(mc, 1.into(), 2.into()).expect("room");
        hot_store(mc, pair, 3.into());
        root.push(hot_downcast(pair.into()).expect("a pair"));
        assert!(!hot_poll(mc));
        pair.first.get().as_int()
    });
    assert_eq!(first, Some(3));
}
