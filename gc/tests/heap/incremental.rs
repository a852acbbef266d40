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
    Logged,
}

fn hide(keep: Keep, seed: u64) {
    let zeal = Zeal { quarantine: 0, ..Zeal::of(What::Slice, seed) };
    let mut heap = heap_with(HeapConfig { nursery_bytes: 64 << 10, ..HeapConfig::default() }.with_zeal(zeal));
    // Root: [table of chains, array of 4000, anchor, one for what is kept]
    heap.mutate(|mc, root| {
        let chains = mc.alloc_tail((), CHAINS, Value::NIL).unwrap();
        for chain in 0..CHAINS {
            let mut next = Value::NIL;
            for id in (0..LENGTH).rev() {
                let link = Link { id, next: Slot::new(next), other: Slot::new(Value::NIL) };
                next = mc.alloc(link).unwrap().into();
            }
            chains.set(mc, chain, next);
        }
        let anchor = mc.alloc(Link { id: 0, next: Slot::new(Value::NIL), other: Slot::new(Value::NIL) }).unwrap();
        root.extend([chains.into(), mc.alloc_tail((), 4000, Value::NIL).unwrap().into(), anchor.into(), Value::NIL]);
    });
    heap.collect(Collect::Full).unwrap();
    let mut held: Option<Handle<Link<'static>>> = None;
    let mut state = seed;
    let mut random = move |n: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    for round in 0..300 {
        heap.mutate(|mc, root| {
            let chains = root[0].downcast::<Tail<'_, ()>>().unwrap();
            let array = root[1].downcast::<Tail<'_, ()>>().unwrap();
            let anchor = root[2].downcast::<Link<'_>>().unwrap();
            // What the last round kept goes back to where it was cut: the chains are whole before each round.
            let kept: Option<Gc<'_, Link<'_>>> = match keep {
                Keep::Root => root[3].downcast(),
                Keep::Field | Keep::Logged => anchor.other.get().downcast(),
                Keep::ArraySlot => array.get(3999).unwrap().downcast(),
                Keep::NewObject => root[3].downcast::<Link<'_>>().and_then(|new| new.other.get().downcast()),
                Keep::Handle => held.as_ref().map(|handle| handle.get(mc).unwrap()),
            };
            if let Some(kept) = kept {
                let chain = kept.other.get().as_int().unwrap() as usize;
                let mut at = chains.get(chain).unwrap().downcast::<Link<'_>>().unwrap();
                for id in 0..kept.id {
                    assert_eq!(at.id, id);
                    if let Some(next) = at.next.get().downcast() {
                        at = next;
                    }
                }
                assert_eq!(at.id + 1, kept.id);
                at.write(mc).next().set(kept.into());
            }
            // Cut anew, near the end of a chain, and only now and then, so that marking gets ahead.
            let (chain, depth) = (random(CHAINS), 30 + random(9));
            let mut at = chains.get(chain).unwrap().downcast::<Link<'_>>().unwrap();
            for id in 0..depth {
                assert_eq!(at.id as usize, id);
                at = at.next.get().downcast().unwrap_or_else(|| panic!("round {round}: chain {chain} lost {id}"));
            }
            let cut = at.next.get().downcast::<Link<'_>>().unwrap();
            cut.write(mc).other().set(Value::int(chain as i32));
            at.write(mc).next().set(Value::NIL);
            match keep {
                Keep::Root => root[3] = cut.into(),
                Keep::Field => anchor.write(mc).other().set(cut.into()),
                Keep::Logged => {
                    // In the log already, by a store of a young value.
                    let young = mc.alloc(Link { id: 9, next: Slot::new(Value::NIL), other: Slot::new(Value::NIL) });
                    anchor.write(mc).next().set(young.unwrap().into());
                    anchor.write(mc).other().set(cut.into());
                }
                Keep::ArraySlot => assert!(array.set(mc, 3999, cut.into())),
                Keep::NewObject => {
                    let new = mc.alloc(Link { id: 0, next: Slot::new(Value::NIL), other: Slot::new(cut.into()) });
                    root[3] = new.unwrap().into();
                }
                Keep::Handle => held = Some(mc.handle(cut)),
            }
        });
        for _ in 0..random(12) {
            heap.safepoint().unwrap();
        }
    }
    let stats = heap.stats();
    assert!(stats.majors > 3 && stats.mark_slices > 150, "{stats:?}");
}

#[test]
fn nothing_hides_from_the_marker() {
    for keep in [Keep::Root, Keep::Field, Keep::ArraySlot, Keep::NewObject, Keep::Handle, Keep::Logged] {
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
            root.resize(81, Value::NIL);
            root[80] = mc.alloc(WeakMap::new(mc)).unwrap().into();
        });
        let (mut gone, mut state) = (0, seed);
        for _ in 0..1500 {
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
