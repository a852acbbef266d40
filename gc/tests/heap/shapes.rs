//! Every shape of object keeps its contents when it moves.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use mangrove_gc::{Blob, Bytes, Collect, Gc, Heap, HeapConfig, Object, Roots, Slot, Static, Str, Tail, Trace, Value};

use crate::{ALL, heap, heaps};

#[derive(Trace, Object)]
#[repr(align(16))]
struct Wide<'gc> {
    lanes: [u32; 4],
    next: Slot<'gc>,
}

#[derive(Trace, Object)]
struct Typed<'gc> {
    text: Gc<'gc, Str>,
    maybe: Option<Gc<'gc, Wide<'gc>>>,
    link: Slot<'gc, Option<Gc<'gc, Typed<'gc>>>>,
    label: Slot<'gc, Gc<'gc, Str>>,
    pairs: (Value<'gc>, u8),
    three: [Value<'gc>; 3],
}

#[derive(Trace, Object)]
enum Shape<'gc> {
    Empty,
    One(Value<'gc>),
    Two { a: u32, b: Gc<'gc, Str> },
}

#[test]
fn strings_bytes_and_large_arrays_keep_their_contents() {
    for mut heap in heaps() {
        let lengths = [0_usize, 1, 7, 8, 100, 127, 128, 1000, 5000, 16_300, 16_384, 20_000, 100_000];
        heap.mutate(|mc, root| {
            for &len in &lengths {
                let bytes: Vec<u8> = (0..len).map(|i| (i * 7 + len) as u8).collect();
                root.push(mc.alloc_bytes(&bytes).unwrap().into());
                root.push(mc.alloc_str(&"ä".repeat(len / 2)).unwrap().into());
                let inner = mc.alloc_str("inner").unwrap();
                root.push(mc.alloc_tail(Slot::new(Value::from(inner)), len, inner.into()).unwrap().into());
            }
        });
        for what in ALL.into_iter().chain(ALL) {
            heap.collect(what).unwrap();
            heap.safepoint().unwrap();
            heap.mutate(|_, root| {
                for (&len, three) in lengths.iter().zip(root.chunks(3)) {
                    let bytes = three[0].downcast::<Bytes>().unwrap();
                    assert!(bytes.len() == len && bytes.iter().enumerate().all(|(i, &b)| b == (i * 7 + len) as u8));
                    assert_eq!(**three[1].downcast::<Str>().unwrap(), "ä".repeat(len / 2));
                    let tail = three[2].downcast::<Tail<'_, Slot<'_>>>().unwrap();
                    assert_eq!(tail.len(), len);
                    let inner = tail.head.get();
                    assert_eq!(&**inner.downcast::<Str>().unwrap(), "inner");
                    assert!(tail.slots().iter().all(|slot| slot.get().same(inner)));
                }
            });
        }
    }
}

/// A head that is no multiple of eight long, and changes without a barrier.
struct Odd {
    hash: Cell<u32>,
    tag: [u8; 3],
}

/// One that wants sixteen.
#[repr(align(16))]
struct Lanes([u8; 16]);

#[test]
fn heads_and_bytes_of_blobs_stay_together_when_they_move() {
    for mut heap in heaps() {
        let lengths = [0_usize, 1, 7, 8, 9, 100, 127, 128, 1000, 16_300, 16_384, 20_000, 100_000];
        let bytes_for = |len: usize| -> Vec<u8> { (0..len).map(|i| (i * 3 + len) as u8).collect() };
        heap.mutate(|mc, root| {
            for &len in &lengths {
                let (bytes, tag) = (bytes_for(len), [len as u8, 1, 2]);
                let odd = mc.alloc_blob(Odd { hash: Cell::new(0), tag }, &bytes).unwrap();
                root.push(odd.into());
                root.push(mc.alloc_blob(Lanes([len as u8; 16]), &bytes).unwrap().into());
                // Of parts, of which one lies in the heap, and of no head.
                let (front, back) = odd.bytes().split_at(len / 3);
                root.push(mc.alloc_blob_from((), &[front, &[], back, b"end", odd.bytes()]).unwrap().into());
            }
        });
        for (round, what) in ALL.into_iter().chain(ALL).enumerate() {
            heap.collect(what).unwrap();
            heap.safepoint().unwrap();
            heap.mutate(|_, root| {
                for (&len, three) in lengths.iter().zip(root.chunks(3)) {
                    let bytes = bytes_for(len);
                    let odd = three[0].downcast::<Blob<Odd>>().unwrap();
                    assert_eq!((odd.len(), odd.head.tag), (len, [len as u8, 1, 2]));
                    assert_eq!(odd.head.hash.replace(round as u32 + 1), round as u32);
                    assert!(odd.bytes() == bytes && odd.bytes().as_ptr().addr() % 8 == 0);
                    let lanes = three[1].downcast::<Blob<Lanes>>().unwrap();
                    assert!(lanes.head.0 == [len as u8; 16] && lanes.bytes() == bytes);
                    assert_eq!(std::ptr::from_ref(&lanes.head).addr() % 16, 0);
                    let parts = three[2].downcast::<Blob<()>>().unwrap();
                    assert!(parts.bytes() == [&bytes[..], b"end", &bytes].concat());
                    // Blobs of other heads are other types.
                    assert!(three[0].downcast::<Blob<()>>().is_none() && three[2].downcast::<Bytes>().is_none());
                }
            });
        }
    }
}

/// Just above the limit, an object would fit a hole of a whole block.
#[test]
fn large_objects_never_lie_among_lines() {
    for mut heap in heaps() {
        heap.mutate(|mc, root| root.push(mc.alloc_str("opens a hole").unwrap().into()));
        heap.collect(Collect::Minor).unwrap();
        for round in 0..8_usize {
            heap.mutate(|mc, root| {
                for len in [16_300, 16_368, 16_369, 16_376, 16_384, 20_000, 30_000, 32_752, 32_760, 40_000] {
                    root.push(mc.alloc_bytes(&vec![(len + round) as u8; len]).unwrap().into());
                    for _ in 0..20 {
                        mc.alloc_str("garbage").unwrap();
                    }
                }
            });
            heap.collect(ALL[round % 3]).unwrap();
            heap.verify().unwrap();
            heap.mutate(|_, root| {
                for (at, value) in root[1..].iter().enumerate() {
                    let bytes = value.downcast::<Bytes>().unwrap();
                    assert!(bytes.iter().all(|&b| b == (bytes.len() + at / 10) as u8));
                }
            });
        }
    }
}

/// Of many lengths, so that what is allocated next begins at either residue of 16.
fn text_of(i: u32) -> String {
    format!("text {i}{}", "x".repeat(i as usize % 7 * 8))
}

#[test]
fn typed_fields_enums_and_alignment_survive_moves() {
    for mut heap in heaps() {
        heap.mutate(|mc, root| {
            for i in 0..50_u32 {
                let text = mc.alloc_str(&text_of(i)).unwrap();
                let wide = mc.alloc(Wide { lanes: [i; 4], next: Slot::new(text.into()) }).unwrap();
                let typed = Typed {
                    text,
                    maybe: (i % 2 == 0).then_some(wide),
                    link: Slot::new(root.iter().rev().find_map(|made| made.downcast())),
                    label: Slot::new(text),
                    pairs: (text.into(), i as u8),
                    three: [wide.into(), Value::int(i as i32), text.into()],
                };
                root.push(mc.alloc(typed).unwrap().into());
                root.push(
                    mc.alloc(match i % 3 {
                        0 => Shape::Empty,
                        1 => Shape::One(text.into()),
                        _ => Shape::Two { a: i, b: text },
                    })
                    .unwrap()
                    .into(),
                );
            }
        });
        for what in ALL.into_iter().chain(ALL) {
            heap.collect(what).unwrap();
            heap.safepoint().unwrap();
            heap.mutate(|mc, root| {
                let mut before = None;
                for (i, two) in root.chunks(2).enumerate() {
                    let expected = text_of(i as u32);
                    let typed = two[0].downcast::<Typed<'_>>().unwrap();
                    // Slots of a known type, in an object that has moved, get what is young again.
                    let linked: Option<Gc<'_, Typed<'_>>> = typed.link.get();
                    assert_eq!(linked.map(Value::from).map(Value::to_bits), before);
                    assert_eq!(&**typed.label.get(), expected);
                    let witness = typed.write(mc);
                    witness.label().set(mc.alloc_str(&expected).unwrap());
                    witness.link().set(None);
                    witness.link().set(linked);
                    before = Some(two[0].to_bits());
                    assert_eq!(&**typed.text, expected);
                    let wide = typed.three[0].downcast::<Wide<'_>>().unwrap();
                    assert_eq!(std::ptr::from_ref(wide.as_ref()).addr() % 16, 0);
                    assert_eq!(wide.lanes, [i as u32; 4]);
                    assert!(wide.next.get().same(typed.text.into()));
                    assert_eq!(typed.maybe.is_some(), i % 2 == 0);
                    assert!(typed.maybe.is_none_or(|maybe| maybe.same(wide)));
                    assert!(typed.pairs.0.same(typed.text.into()) && typed.pairs.1 == i as u8);
                    match two[1].downcast::<Shape<'_>>().unwrap().as_ref() {
                        Shape::Empty => assert_eq!(i % 3, 0),
                        Shape::One(value) => assert!(value.same(typed.text.into())),
                        Shape::Two { a, b } => assert!(*a == i as u32 && b.same(typed.text)),
                    }
                }
            });
        }
    }
}

#[test]
fn drops_happen_once_and_only_after_death() {
    for mut heap in heaps() {
        let alive = Rc::new(());
        for round in 0..30 {
            heap.mutate(|mc, root| {
                for _ in 0..10 {
                    root.push(mc.alloc(Static(alive.clone())).unwrap().into());
                    mc.alloc(Static(alive.clone())).unwrap();
                }
                if round % 3 == 0 {
                    root.truncate(5);
                }
            });
            heap.safepoint().unwrap();
            let held = heap.mutate(|_, root| root.len());
            assert!(Rc::strong_count(&alive) > held);
        }
        heap.collect(Collect::Full).unwrap();
        assert_eq!(Rc::strong_count(&alive), 1 + heap.mutate(|_, root| root.len()));
        drop(heap);
        assert_eq!(Rc::strong_count(&alive), 1);
    }
}

#[test]
fn values_of_a_map_in_the_root_are_updated() {
    #[derive(Trace)]
    struct Named<'gc> {
        globals: HashMap<String, Value<'gc>>,
    }
    struct Host;
    impl Roots for Host {
        type Root<'gc> = Named<'gc>;
    }
    let mut heap: Heap<Host> = Heap::new(HeapConfig::from_env(), |_| Ok(Named { globals: HashMap::new() })).unwrap();
    heap.mutate(|mc, root| {
        for i in 0..100 {
            root.globals.insert(format!("g{i}"), mc.alloc_str(&format!("v{i}")).unwrap().into());
        }
    });
    heap.collect(Collect::Compact).unwrap();
    heap.mutate(|_, root| {
        for (name, value) in &root.globals {
            assert_eq!(value.downcast::<Str>().unwrap()[1..], name[1..]);
        }
    });
}

#[test]
fn handles_keep_alive_follow_moves_and_let_go() {
    let mut heap = heap();
    let alive = Rc::new(());
    let handles: Vec<_> =
        heap.mutate(|mc, _| (0..10).map(|_| mc.handle(mc.alloc(Static(alive.clone())).unwrap())).collect());
    for what in ALL {
        heap.collect(what).unwrap();
        heap.mutate(|mc, _| assert!(handles.iter().all(|h| Rc::ptr_eq(&h.get(mc).unwrap().0, &alive))));
    }
    assert_eq!((heap.stats().handles, Rc::strong_count(&alive)), (10, 11));
    drop(handles);
    heap.collect(Collect::Full).unwrap();
    assert_eq!((heap.stats().handles, Rc::strong_count(&alive)), (0, 1));
}
