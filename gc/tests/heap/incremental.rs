//! Marking in small steps while the program hides white objects behind black ones.
//!
//! Each round cuts a link deep in an old structure that the marker has probably not reached, and keeps what hung
//! there in one place only: a root, a field of another old object, a slot of a large array, a new object, or a
//! handle. A rule that is missing loses it; verification at the end of marking says so, or the walk at the end does.

use mangrove_gc::{Collect, Gc, Handle, HeapConfig, Object, Slot, Tail, Trace, Value, Weak, WeakMap, What, Zeal};

use crate::heap_with;

#[derive(Trace, Object)]
struct Link<'gc> {
    id: u32,
    next: Slot<'gc>,
    other: Slot<'gc>,
}

#[derive(Trace, Object)]
struct Observer<'gc> {
    of: Weak<'gc, Link<'gc>>,
    next: Slot<'gc>,
}

const CHAINS: usize = 24;
const LENGTH: u32 = 40;

/// Where what was cut off is kept.
#[derive(Clone, Copy, Debug)]
enum Keep {
    Root,
    Field,
    ArraySlot,
    NewObject,
    Handle,
}

/// The object at a depth of a chain.
fn link_at<'gc>(chains: Gc<'gc, Tail<'gc, ()>>, chain: usize, depth: u32) -> Gc<'gc, Link<'gc>> {
    let mut at = chains.get(chain).unwrap().downcast::<Link<'_>>().unwrap();
    for id in 0..depth {
        assert_eq!(at.id, id);
        at = at.next.get().downcast().unwrap();
    }
    at
}

fn hide(keep: Keep, seed: u64) {
    let zeal = Zeal { quarantine: 0, ..Zeal::of(What::Slice, seed) };
    let mut heap = heap_with(HeapConfig { nursery_bytes: 64 << 10, ..HeapConfig::default() }.with_zeal(zeal));
    for cycle in 0..6 {
        // Root: the chains, an anchor for each, a large array, and a place for each.
        heap.mutate(|mc, root| {
            let chains = mc.alloc_tail((), CHAINS, Value::NIL).unwrap();
            let anchors = mc.alloc_tail((), CHAINS, Value::NIL).unwrap();
            for chain in 0..CHAINS {
                let mut next = Value::NIL;
                for id in (0..LENGTH).rev() {
                    let link = Link { id, next: Slot::new(next), other: Slot::new(Value::NIL) };
                    next = mc.alloc(link).unwrap().into();
                }
                chains.set(mc, chain, next);
                let anchor = Link { id: 0, next: Slot::new(Value::NIL), other: Slot::new(Value::NIL) };
                anchors.set(mc, chain, mc.alloc(anchor).unwrap().into());
            }
            let array = mc.alloc_tail((), 1000, Value::NIL).unwrap();
            *root = vec![chains.into(), anchors.into(), array.into()];
            root.resize(3 + CHAINS, Value::NIL);
        });
        heap.collect(Collect::Full).unwrap();
        let majors = heap.stats().majors;
        heap.safepoint().unwrap();
        // Marking has begun, and reached little.
        let mut handles: Vec<Handle<Link<'static>>> = Vec::new();
        for chain in 0..CHAINS {
            heap.mutate(|mc, root| {
                let chains = root[0].downcast::<Tail<'_, ()>>().unwrap();
                let anchor = root[1].downcast::<Tail<'_, ()>>().unwrap().get(chain).unwrap();
                let anchor = anchor.downcast::<Link<'_>>().unwrap();
                let array = root[2].downcast::<Tail<'_, ()>>().unwrap();
                let before = link_at(chains, chain, LENGTH - 11);
                let cut = before.next.get();
                before.write(mc).next().set(Value::NIL);
                match keep {
                    Keep::Root => root[3 + chain] = cut,
                    Keep::Field => anchor.write(mc).other().set(cut),
                    Keep::ArraySlot => assert!(array.set(mc, 900 + chain, cut)),
                    Keep::NewObject => {
                        let new = Link { id: 0, next: Slot::new(Value::NIL), other: Slot::new(cut) };
                        root[3 + chain] = mc.alloc(new).unwrap().into();
                    }
                    Keep::Handle => handles.push(mc.handle(cut.downcast::<Link<'_>>().unwrap())),
                }
            });
            heap.safepoint().unwrap();
        }
        while heap.stats().majors == majors {
            heap.safepoint().unwrap();
        }
        heap.mutate(|mc, root| {
            for chain in 0..CHAINS {
                let anchor = root[1].downcast::<Tail<'_, ()>>().unwrap().get(chain).unwrap();
                let kept = match keep {
                    Keep::Root => root[3 + chain],
                    Keep::Field => anchor.downcast::<Link<'_>>().unwrap().other.get(),
                    Keep::ArraySlot => root[2].downcast::<Tail<'_, ()>>().unwrap().get(900 + chain).unwrap(),
                    Keep::NewObject => root[3 + chain].downcast::<Link<'_>>().unwrap().other.get(),
                    Keep::Handle => handles[chain].get(mc).unwrap().into(),
                };
                let mut at = kept.downcast::<Link<'_>>().unwrap();
                for id in LENGTH - 10..LENGTH {
                    assert_eq!(at.id, id, "cycle {cycle}, chain {chain}, {keep:?}");
                    at = at.next.get().downcast().unwrap_or(at);
                }
                assert_eq!(at.id, LENGTH - 1);
            }
        });
    }
    let stats = heap.stats();
    assert!(stats.majors > 6 && stats.mark_slices > 200, "{stats:?}");
}

#[test]
fn nothing_hides_from_the_marker() {
    for keep in [Keep::Root, Keep::Field, Keep::ArraySlot, Keep::NewObject, Keep::Handle] {
        for seed in 1..3 {
            hide(keep, seed);
        }
    }
}

/// Weak pointers and maps in objects of every age, with nothing but slices: what dies in the middle of a cycle is let
/// go of before its memory is used again.
#[test]
fn weak_references_are_cleared_by_slices() {
    for seed in 1..4 {
        let mut heap = heap_with(
            HeapConfig { nursery_bytes: 64 << 10, ..HeapConfig::default() }.with_zeal(Zeal::of(What::Slice, seed)),
        );
        heap.mutate(|mc, root| {
            root.resize(121, Value::NIL);
            root[80] = mc.alloc(WeakMap::new(mc)).unwrap().into();
        });
        let (mut gone, mut state) = (0, seed);
        for _ in 0..3000 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let at = (state >> 40) as usize % 40;
            heap.mutate(|mc, root| {
                let link = mc.alloc(Link { id: at as u32, next: Slot::new(Value::NIL), other: Slot::new(Value::NIL) });
                let link = link.unwrap();
                let watcher = Observer { of: link.downgrade(), next: Slot::new(root[40 + at]) };
                root[at] = link.into();
                // The watcher before it stays reachable for two more rounds.
                let watcher = mc.alloc(watcher).unwrap();
                if let Some(second) = watcher.next.get().downcast::<Observer<'_>>() {
                    gone += usize::from(second.of.upgrade(mc).is_none());
                    assert!(second.of.upgrade(mc).is_none_or(|link| link.id == at as u32));
                    if let Some(third) = second.next.get().downcast::<Observer<'_>>() {
                        gone += usize::from(third.of.upgrade(mc).is_none());
                        assert!(third.of.upgrade(mc).is_none_or(|link| link.id == at as u32));
                        third.write(mc).next().set(Value::NIL);
                        // A new object that watches an old one, which was dead before this cycle began, or not.
                        let copy = Observer { of: third.of, next: Slot::new(Value::NIL) };
                        root[81 + at] = mc.alloc(copy).unwrap().into();
                    }
                }
                root[40 + at] = watcher.into();
                let map = root[80].downcast::<WeakMap<'_>>().unwrap();
                map.write(mc).insert(mc, link.into(), watcher.into()).unwrap();
                assert!(map.get(root[at]).unwrap().same(root[40 + at]));
            });
            heap.safepoint().unwrap();
        }
        assert!(gone > 100, "{gone}");
        heap.collect(Collect::Full).unwrap();
        heap.mutate(|_, root| assert_eq!(root[80].downcast::<WeakMap<'_>>().unwrap().len(), 40));
    }
}
