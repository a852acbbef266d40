//! Hole 13, the other half: a panic while tracing.

use super::*;

thread_local! {
    /// The trace that brings this to zero panics.
    static FUSE: Cell<u32> = const { Cell::new(u32::MAX) };
    static DROPS: Cell<u32> = const { Cell::new(0) };
}

struct Bomb<'gc>(Slot<'gc>, Counted);

struct Counted;
impl Drop for Counted {
    fn drop(&mut self) {
        DROPS.set(DROPS.get() + 1);
    }
}

// SAFETY: its one slot is visited, unless it panics: then the heap is poisoned. `Counted` holds no value.
unsafe impl<'gc> Trace<'gc> for Bomb<'gc> {
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        FUSE.set(FUSE.get() - 1);
        assert!(FUSE.get() != 0, "the bomb went off");
        self.0.trace(visitor);
    }
}
// SAFETY: the type with its lifetime replaced; the slot is set through `Write` only.
unsafe impl<'gc> Object<'gc> for Bomb<'gc> {
    type Rebind<'b> = Bomb<'b>;
}

#[derive(Trace)]
struct Root<'gc> {
    before: Vec<Value<'gc>>,
    bomb: Bomb<'gc>,
    after: Vec<Value<'gc>>,
}
struct Armed;
impl Roots for Armed {
    type Root<'gc> = Root<'gc>;
}

fn armed() -> Heap<Armed> {
    FUSE.set(u32::MAX);
    let config = HeapConfig::from_env();
    let config = HeapConfig { zeal: config.zeal.map(|zeal| Zeal { fail_alloc: 0, ..zeal }), ..config };
    Heap::new(config, |mc| {
        let mut list = Value::NIL;
        for i in 0..6 {
            let text = mc.alloc_str(&i.to_string())?;
            list = mc.alloc_slots((), &[list, text.into()])?.into();
            list = mc.alloc(Bomb(Slot::new(list), Counted))?.into();
        }
        Ok(Root { before: vec![list], bomb: Bomb(Slot::new(list), Counted), after: vec![list] })
    })
    .unwrap()
}

#[test]
fn panic_while_tracing_poisons_the_heap() {
    for kind in EVERY_KIND {
        let mut completed = false;
        // The fuse burns through every trace of a collection in turn.
        for fuse in 1..200 {
            let mut heap = armed();
            let handle = heap.mutate(|mc, _| mc.handle(mc.alloc_str("held").unwrap()));
            FUSE.set(fuse);
            let result = catch_unwind(AssertUnwindSafe(|| heap.collect(kind)));
            FUSE.set(u32::MAX);
            let Err(panic) = result else {
                heap.verify().unwrap();
                completed = true;
                break;
            };
            assert_eq!(message(&*panic), "the bomb went off");
            assert_eq!(heap.safepoint(), Err(Poisoned));
            assert_eq!(heap.collect(Collect::Full), Err(Poisoned));
            let text = panics(|| heap.mutate(|_, _| ()));
            assert_eq!(text, Poisoned.to_string());
            panics(|| heap.mutate_retry(|_, _| Ok(())));
            panics(|| heap.verify().map(|_| ()));
            assert_eq!(heap.safepoint(), Err(Poisoned), "it is poisoned for good");
            let _ = heap.stats();
            DROPS.set(0);
            drop(heap);
            assert_eq!(DROPS.get(), 0, "a poisoned heap is leaked, not dropped");
            drop(handle);
        }
        assert!(completed, "{kind:?}: the fuse never outlived the collection");
    }
}
