//! Weak pointers and weak maps.

use mangrove_gc::{Collect, Gc, Object, Slot, Str, Trace, Value, Weak, WeakMap, WeakMapError};

use crate::{ALL, heap, heaps};

#[derive(Trace, Object)]
struct Watcher<'gc> {
    target: Weak<'gc, Str>,
    other: Slot<'gc>,
}

#[test]
fn weak_pointers_follow_and_let_go() {
    for mut heap in heaps() {
        for round in 0..20 {
            heap.mutate(|mc, root| {
                root.clear();
                for i in 0..20_usize {
                    let text = mc.alloc_str(&format!("{i}")).unwrap();
                    let watcher = mc.alloc(Watcher { target: text.downgrade(), other: Slot::new(Value::NIL) }).unwrap();
                    root.push(watcher.into());
                    if i % 2 == 0 {
                        root.push(text.into());
                    }
                }
            });
            heap.safepoint().unwrap();
            heap.safepoint().unwrap();
            heap.collect(ALL[round % 3]).unwrap();
            let exact = true;
            heap.mutate(|mc, root| {
                for i in 0..20_usize {
                    let at = i + i.div_ceil(2);
                    let watcher = root[at].downcast::<Watcher<'_>>().unwrap();
                    let target = watcher.target.upgrade(mc);
                    if i % 2 == 0 {
                        assert!(target.unwrap().same(root[at + 1].downcast().unwrap()));
                    } else if exact && round % 3 != 0 {
                        assert!(target.is_none());
                    } else if let Some(text) = target {
                        assert_eq!(&**text, i.to_string());
                    }
                }
            });
        }
    }
}

#[test]
fn ephemerons_live_to_a_fixpoint() {
    for mut heap in heaps() {
        heap.mutate(|mc, root| {
            let map = mc.alloc(WeakMap::new(mc)).unwrap();
            let keys: Vec<_> = (0..40).map(|i| mc.alloc_str(&format!("k{i}")).unwrap()).collect();
            // A chain: each value is the next key. Inserted backwards, so that one pass is not enough.
            for pair in keys.windows(2).rev() {
                map.write(mc).insert(mc, pair[0].into(), pair[1].into()).unwrap();
            }
            root.push(map.into());
            root.push(keys[20].into());
        });
        for what in ALL.into_iter().chain(ALL) {
            heap.safepoint().unwrap();
            heap.collect(what).unwrap();
            heap.mutate(|_, root| {
                let map = root[0].downcast::<WeakMap<'_>>().unwrap();
                let (mut key, mut n) = (root[1], 20);
                while let Some(value) = map.get(key) {
                    n += 1;
                    assert_eq!(&**value.downcast::<Str>().unwrap(), format!("k{n}"));
                    key = value;
                }
                assert_eq!(n, 39);
                if what != Collect::Minor {
                    assert_eq!(map.len(), 19);
                }
            });
        }
        heap.mutate(|_, root| root.truncate(1));
        heap.collect(Collect::Full).unwrap();
        heap.mutate(|_, root| assert!(root[0].downcast::<WeakMap<'_>>().unwrap().is_empty()));
    }
}

/// A million rounds of the quadratic fixpoint would take for ever.
#[test]
fn long_ephemeron_chain_is_linear() {
    let mut heap = heap();
    let n = 100_000;
    heap.mutate(|mc, root| {
        let map = mc.alloc(WeakMap::new(mc)).unwrap();
        root.push(map.into());
        let keys: Vec<Gc<'_, Str>> = (0..n).map(|_| mc.alloc_str("key").unwrap()).collect();
        root.extend(keys.iter().map(|&key| Value::from(key)));
    });
    heap.collect(Collect::Minor).unwrap();
    heap.mutate(|mc, root| {
        let map = root[0].downcast::<WeakMap<'_>>().unwrap();
        for pair in root[1..].windows(2).rev() {
            map.write(mc).insert(mc, pair[0], pair[1]).unwrap();
        }
        root.truncate(2);
    });
    heap.collect(Collect::Full).unwrap();
    heap.mutate(|_, root| assert_eq!(root[0].downcast::<WeakMap<'_>>().unwrap().len(), n - 1));
}

#[test]
fn weak_map_replaces_removes_and_refuses_plain_keys() {
    let mut heap = heap();
    heap.mutate(|mc, _| {
        let map = mc.alloc(WeakMap::new(mc)).unwrap();
        let key = mc.alloc_str("key").unwrap();
        assert_eq!(map.write(mc).insert(mc, 1.into(), 2.into()).unwrap_err(), WeakMapError::KeyIsNoObject);
        assert!(map.write(mc).insert(mc, key.into(), 1.into()).unwrap().is_none());
        assert_eq!(map.write(mc).insert(mc, key.into(), 2.into()).unwrap().unwrap().as_int(), Some(1));
        assert_eq!(map.write(mc).remove(key.into()).unwrap().as_int(), Some(2));
        assert!(map.get(key.into()).is_none() && map.is_empty());
    });
}

/// In an order that no pass over the entries follows: rounds of passes would take minutes.
#[test]
fn young_ephemeron_chain_in_random_order_is_linear() {
    let mut heap =
        crate::heap_with(mangrove_gc::HeapConfig { nursery_bytes: 8 << 20, ..mangrove_gc::HeapConfig::default() });
    let n = 60_000;
    heap.mutate(|mc, root| {
        let map = mc.alloc(WeakMap::new(mc)).unwrap();
        let keys: Vec<Value<'_>> = (0..=n).map(|_| mc.alloc((1_u64,)).unwrap().into()).collect();
        *root = vec![map.into(), keys[0]];
        for step in 0..n {
            // 7919 is prime and does not divide n: every key once.
            let at = step * 7919 % n;
            map.write(mc).insert(mc, keys[at], keys[at + 1]).unwrap();
            map.write(mc).insert(mc, mc.alloc((2_u64,)).unwrap().into(), keys[at]).unwrap();
        }
    });
    heap.collect(Collect::Minor).unwrap();
    heap.mutate(|_, root| assert_eq!(root[0].downcast::<WeakMap<'_>>().unwrap().len(), n));
    heap.verify().unwrap();
}
