//! Hole 13: panics in foreign code; and drops of native data.

use super::*;

/// Counts drops by id; panics on those that are armed.
#[derive(Default)]
struct Log {
    drops: RefCell<Vec<u32>>,
    armed: RefCell<Vec<usize>>,
    first: RefCell<Option<String>>,
}

struct Noisy {
    id: usize,
    log: Rc<Log>,
}

impl Drop for Noisy {
    fn drop(&mut self) {
        self.log.drops.borrow_mut()[self.id] += 1;
        if self.log.armed.borrow().contains(&self.id) {
            let text = format!("drop {}", self.id);
            self.log.first.borrow_mut().get_or_insert_with(|| text.clone());
            panic!("{text}");
        }
    }
}

impl Log {
    fn new(count: usize, armed: impl IntoIterator<Item = usize>) -> Rc<Self> {
        let log = Log { armed: RefCell::new(armed.into_iter().collect()), ..Log::default() };
        log.drops.replace(vec![0; count]);
        Rc::new(log)
    }

    fn all_once(&self, ids: std::ops::Range<usize>) {
        let drops = self.drops.borrow();
        let bad: Vec<_> = ids.filter(|id| drops[*id] != 1).map(|id| (id, drops[id])).collect();
        assert!(bad.is_empty(), "(id, drops): {bad:?}");
    }

    fn none(&self, ids: std::ops::Range<usize>) {
        assert!(self.drops.borrow()[ids].iter().all(|drops| *drops == 0));
    }
}

#[derive(Trace, Object)]
struct Owner<'gc> {
    next: Slot<'gc>,
    native: Static<Noisy>,
    more: Vec<Static<Noisy>>,
}

/// Allocates objects that own `ids`, two each; every second object is kept by the root.
fn owners<'gc>(
    mc: &Mutation<'gc>,
    root: &mut Vec<Value<'gc>>,
    log: &Rc<Log>,
    ids: std::ops::Range<usize>,
    keep: bool,
) -> Result<(), AllocError> {
    let mut next = Value::NIL;
    for id in ids.step_by(2) {
        let noisy = |id| Static(Noisy { id, log: log.clone() });
        let owner = Owner { next: Slot::new(next), native: noisy(id), more: vec![noisy(id + 1)] };
        next = mc.alloc(owner)?.into();
        if keep {
            root.push(next);
        }
    }
    Ok(())
}

fn without_failures() -> HeapConfig {
    let config = HeapConfig::from_env();
    // A closure that is called again makes its ids again.
    HeapConfig { zeal: config.zeal.map(|zeal| Zeal { fail_alloc: 0, ..zeal }), ..HeapConfig::default() }
}

#[test]
fn panic_in_a_drop_while_sweeping_drops_the_rest_once() {
    for kind in EVERY_KIND {
        for old in [false, true] {
            // Both members of an object never panic: that would abort, as in any Rust program.
            let log = Log::new(80, [4, 10, 23]);
            let mut heap = heap_with(without_failures());
            heap.mutate(|mc, root| owners(mc, root, &log, 40..80, true)).unwrap();
            heap.mutate(|mc, root| owners(mc, root, &log, 0..40, true)).unwrap();
            if old {
                heap.collect(Collect::Full).unwrap();
            }
            log.none(0..80);
            heap.mutate(|_, root| root.truncate(20));
            let kind = if old && kind == Collect::Minor { Collect::Full } else { kind };
            let text = panics(|| heap.collect(kind));
            assert_eq!(Some(text), *log.first.borrow(), "{kind:?}, old {old}: not the first panic");
            log.all_once(0..40);
            log.none(40..80);

            heap.verify().unwrap();
            collect_all(&mut heap);
            heap.mutate(|mc, root| {
                let kept: Vec<usize> = root.iter().map(|v| v.downcast::<Owner>().unwrap().native.id).collect();
                assert_eq!(kept, (40..80).step_by(2).collect::<Vec<_>>());
                mc.alloc_str("still of use").unwrap();
            });
            drop(heap);
            log.all_once(0..80);
        }
    }
}

#[test]
fn panic_in_a_drop_with_the_heap_drops_the_rest_once() {
    let log = Log::new(60, [6, 41]);
    let mut heap = heap_with(without_failures());
    heap.mutate(|mc, root| owners(mc, root, &log, 0..30, true)).unwrap();
    heap.collect(Collect::Full).unwrap();
    heap.mutate(|mc, root| owners(mc, root, &log, 30..60, true)).unwrap();
    let text = panics(|| drop(heap));
    assert_eq!(Some(text), *log.first.borrow());
    log.all_once(0..60);
}

/// What a panic throws may panic in its own drop.
struct Grenade;
impl Drop for Grenade {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("the payload went off");
        }
    }
}
struct Thrower(Rc<Cell<u32>>);
impl Drop for Thrower {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        std::panic::panic_any(Grenade);
    }
}

#[test]
fn panic_in_the_drop_of_a_payload_loses_no_drop() {
    let drops = Rc::new(Cell::new(0));
    let mut heap = heap_with(without_failures());
    heap.mutate(|mc, root| {
        for _ in 0..10 {
            root.push(mc.alloc(Static(Thrower(drops.clone()))).unwrap().into());
        }
    });
    heap.collect(Collect::Minor).unwrap();
    heap.mutate(|_, root| root.clear());
    let thrown = catch_unwind(AssertUnwindSafe(|| heap.collect(Collect::Full))).unwrap_err();
    assert!(thrown.is::<Grenade>(), "{}: not the first panic", message(&*thrown));
    std::mem::forget(thrown);
    assert_eq!(drops.get(), 10);
    heap.safepoint().unwrap();
    heap.verify().unwrap();
    drop(heap);
    assert_eq!(drops.get(), 10);
}

/// A root that owns native data whose drop panics.
#[derive(Trace)]
struct NoisyRoot<'gc> {
    native: Static<Option<Noisy>>,
    values: Vec<Value<'gc>>,
}
struct NoisyVm;
impl Roots for NoisyVm {
    type Root<'gc> = NoisyRoot<'gc>;
}

#[test]
fn panic_in_a_drop_of_the_root_still_drops_the_objects() {
    let log = Log::new(21, [20]);
    let mut heap: Heap<NoisyVm> = Heap::new(without_failures(), |mc| {
        let native = Static(Some(Noisy { id: 20, log: log.clone() }));
        let mut root = NoisyRoot { native, values: vec![] };
        owners(mc, &mut root.values, &log, 0..20, true)?;
        Ok(root)
    })
    .unwrap();
    assert!(heap.mutate(|_, root| root.native.is_some()));
    assert_eq!(panics(|| drop(heap)), "drop 20");
    log.all_once(0..21);
}

#[test]
fn native_data_is_dropped_once() {
    for what in [What::Minor, What::Slice, What::Full, What::Compact, What::Random] {
        let log = Log::new(600, []);
        let config = HeapConfig::default().with_zeal(Zeal::of(what, 3));
        let mut heap = heap_with(config);
        for round in 0..10 {
            let ids = round * 60..round * 60 + 60;
            heap.mutate(|mc, root| owners(mc, root, &log, ids.start..ids.start + 30, true)).unwrap();
            heap.safepoint().unwrap();
            heap.mutate(|mc, root| owners(mc, root, &log, ids.start + 30..ids.end, false)).unwrap();
            for _ in 0..round {
                heap.safepoint().unwrap();
            }
            heap.mutate(|_, root| root.drain(..root.len() / 2).count());
            let drops = log.drops.borrow();
            assert!(drops.iter().all(|drops| *drops <= 1), "{what:?}: dropped twice");
        }
        heap.mutate(|_, root| {
            for value in root.iter() {
                let owner = value.downcast::<Owner>().unwrap();
                let drops = log.drops.borrow();
                assert_eq!((drops[owner.native.id], drops[owner.more[0].id]), (0, 0), "{what:?}: dropped in use");
            }
        });
        heap.collect(Collect::Full).unwrap();
        let kept = heap.mutate(|_, root| root.len() * 2);
        let dropped: u32 = log.drops.borrow().iter().sum();
        // A chain keeps its older members: what is dropped is at least what nothing was kept of.
        assert!(dropped >= 300 && dropped as usize + kept <= 600, "{what:?}: {dropped} dropped, {kept} kept");
        drop(heap);
        log.all_once(0..600);
    }
}

#[test]
fn object_that_found_no_room_is_dropped() {
    let log = Log::new(2, []);
    let config = HeapConfig::default().with_zeal(Zeal { fail_alloc: 1, ..Zeal::moving(1) });
    let mut heap = heap_with(config);
    let result = heap.mutate(|mc, root| owners(mc, root, &log, 0..2, true));
    assert_eq!(result.unwrap_err(), AllocError::Collect);
    log.all_once(0..2);
}

#[test]
fn panic_inside_mutate_leaves_the_heap_valid() {
    for zeal in [Zeal::moving(1), Zeal::of(What::Slice, 2), Zeal::of(What::Random, 3)] {
        let mut heap = heap_with(HeapConfig::default().with_zeal(zeal));
        for round in 0..20 {
            let text = panics(|| {
                heap.mutate(|mc, root| {
                    let list = mc.alloc(SlotVec::new()).unwrap();
                    root.push(list.into());
                    for i in 0..round {
                        let text = mc.alloc_str(&i.to_string()).unwrap();
                        list.write(mc).push(mc, text.into()).unwrap();
                    }
                    let _dropped_while_unwinding = mc.handle(list);
                    panic!("in round {round}");
                })
            });
            assert_eq!(text, format!("in round {round}"));
            heap.safepoint().unwrap();
            heap.verify().unwrap();
            heap.mutate(|_, root| {
                for (n, value) in root.iter().enumerate() {
                    let list = value.downcast::<SlotVec>().unwrap();
                    let texts = list.iter().map(|v| v.downcast::<Str>().unwrap().to_string());
                    assert!(texts.eq((0..n).map(|i| i.to_string())) && list.len() == n);
                }
            });
        }
    }
}

#[test]
fn panic_while_the_root_is_made_is_no_heap() {
    let log = Log::new(4, []);
    let made = catch_unwind(AssertUnwindSafe(|| {
        Heap::<Vm>::new(without_failures(), |mc| {
            owners(mc, &mut vec![], &log, 0..4, false)?;
            panic!("no root")
        })
    }));
    assert_eq!(message(&*made.err().unwrap()), "no root");
    assert!(log.drops.borrow().iter().all(|drops| *drops <= 1));
    let failed = Heap::<Vm>::new(without_failures(), |_| Err(AllocError::Never));
    assert!(matches!(failed, Err(HeapError::Root(AllocError::Never))));
}
