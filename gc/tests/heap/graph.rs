//! Random graphs keep their shape, whatever is collected and moved.

use mangrove_gc::{AllocError, Collect, Gc, Heap, Mutation, Object, Slot, SlotVec, Tail, Trace, Value};

use crate::{ALL, Stack, heap, heap_with, heaps};

#[derive(Trace, Object)]
struct Node<'gc> {
    left: Slot<'gc>,
    id: u64,
    right: Slot<'gc>,
}

/// splitmix64
struct Rng(u64);
impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// The model: ids of nodes, and which ids they point to.
#[derive(Default)]
struct Model {
    edges: Vec<[Option<u64>; 2]>,
}

fn node<'gc>(mc: &Mutation<'gc>, id: u64) -> Result<Gc<'gc, Node<'gc>>, AllocError> {
    mc.alloc(Node { left: Slot::new(Value::NIL), id, right: Slot::new(Value::NIL) })
}

/// Walks heap and model side by side from each root.
fn agree(root: &[Value<'_>], ids: &[Option<u64>], model: &Model) -> usize {
    let mut seen = std::collections::HashMap::new();
    let mut stack: Vec<(Value<'_>, Option<u64>)> = root.iter().copied().zip(ids.iter().copied()).collect();
    while let Some((value, id)) = stack.pop() {
        match (value.downcast::<Node<'_>>(), id) {
            (None, None) => assert!(value.is_nil()),
            (Some(node), Some(id)) => {
                assert_eq!(node.id, id);
                match seen.insert(id, value.to_bits()) {
                    Some(bits) => assert_eq!(bits, value.to_bits(), "one object, one address"),
                    None => {
                        let [left, right] = model.edges[id as usize];
                        stack.push((node.left.get(), left));
                        stack.push((node.right.get(), right));
                    }
                }
            }
            (found, expected) => panic!("{found:?} where the model has {expected:?}"),
        }
    }
    seen.len()
}

fn churn(heap: &mut Heap<Stack>, seed: u64, rounds: usize) {
    const ROOTS: usize = 16;
    let mut rng = Rng(seed);
    let mut model = Model::default();
    let mut ids = vec![None; ROOTS];
    heap.mutate(|_, root| root.resize(ROOTS, Value::NIL));
    for round in 0..rounds {
        heap.mutate(|mc, root| {
            for _ in 0..rng.below(40) {
                let (at, other) = (rng.below(ROOTS), rng.below(ROOTS));
                match rng.below(8) {
                    0..3 => {
                        let id = model.edges.len() as u64;
                        let new = node(mc, id).unwrap();
                        new.write(mc).left().set(root[other]);
                        model.edges.push([ids[other], None]);
                        root[at] = new.into();
                        ids[at] = Some(id);
                    }
                    3..5 => {
                        // Down a random path, then a store of another root's node.
                        let (mut value, mut id) = (root[at], ids[at]);
                        for _ in 0..rng.below(6) {
                            let Some(node) = value.downcast::<Node<'_>>() else { break };
                            let side = rng.below(2);
                            (value, id) = match side {
                                0 => (node.left.get(), model.edges[id.unwrap() as usize][0]),
                                _ => (node.right.get(), model.edges[id.unwrap() as usize][1]),
                            };
                        }
                        if let (Some(node), Some(id)) = (value.downcast::<Node<'_>>(), id) {
                            let side = rng.below(2);
                            let write = node.write(mc);
                            if side == 0 { write.left() } else { write.right() }.set(root[other]);
                            model.edges[id as usize][side] = ids[other];
                        }
                    }
                    5 => {
                        root[at] = root[other];
                        ids[at] = ids[other];
                    }
                    6 => {
                        root[at] = Value::NIL;
                        ids[at] = None;
                    }
                    _ => {
                        for _ in 0..50 {
                            node(mc, u64::MAX).unwrap();
                        }
                    }
                }
            }
        });
        match rng.below(40) {
            n @ 0..3 => heap.collect(ALL[n]).unwrap(),
            _ => heap.safepoint().unwrap(),
        }
        heap.mutate(|_, root| agree(root, &ids, &model));
        if round % 16 == 0 {
            heap.verify().unwrap_or_else(|e| panic!("round {round}: {e}"));
        }
    }
    heap.verify().unwrap();
}

#[test]
fn random_graphs_survive_every_collector() {
    for mut heap in heaps() {
        for seed in 0..4 {
            heap.mutate(|_, root| root.clear());
            churn(&mut heap, seed, 400);
        }
        let stats = heap.stats();
        let zeal = heap.config().zeal.clone();
        assert!(stats.minors > 0 && stats.majors > 0, "{zeal:?}: {stats:?}");
        assert!(stats.promoted_objects > 0, "{zeal:?}: {stats:?}");
    }
}

#[test]
fn zeal_collects_and_moves() {
    for mut heap in heaps().skip(1) {
        churn(&mut heap, 3, 200);
        let (stats, zeal) = (heap.stats(), heap.config().zeal.clone().unwrap());
        assert!(stats.moved() > 100 && stats.verified_slots > 1000, "{zeal}: {stats:?}");
        use mangrove_gc::What;
        if matches!(zeal.what, What::Compact | What::Random) {
            assert!(stats.compactions > 10 && stats.moved_objects > 100, "{zeal}: {stats:?}");
        }
        if zeal.what == What::Slice {
            assert!(stats.mark_slices > 50, "{zeal}: {stats:?}");
        }
    }
}

#[test]
fn long_list_survives_without_recursion() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let mut head = Value::NIL;
        for id in 0..300_000 {
            let new = node(mc, id).unwrap();
            new.write(mc).left().set(head);
            head = new.into();
        }
        root.push(head);
    });
    for what in ALL {
        heap.collect(what).unwrap();
        heap.mutate(|_, root| {
            let (mut value, mut next) = (root[0], 300_000);
            while let Some(node) = value.downcast::<Node<'_>>() {
                next -= 1;
                assert_eq!(node.id, next);
                value = node.left.get();
            }
            assert_eq!(next, 0);
        });
    }
}

/// Grows a heap far beyond its nursery while a cycle runs at its own pace.
#[test]
fn incremental_cycles_complete_and_free() {
    let config = mangrove_gc::HeapConfig { nursery_bytes: 256 << 10, ..mangrove_gc::HeapConfig::from_env() };
    let mut heap = heap_with(config);
    let slots = 20_000;
    heap.mutate(|mc, root| root.push(mc.alloc_tail((), slots, Value::NIL).unwrap().into()));
    let mut rng = Rng(5);
    let mut ids = vec![u64::MAX; slots];
    let rounds = if heap.config().zeal.is_some() { 40 } else { 4000 };
    for round in 0..rounds {
        heap.mutate(|mc, root| {
            let table = root[0].downcast::<Tail<'_, ()>>().unwrap();
            for k in 0..100 {
                let at = rng.below(slots);
                let mut chain = Value::NIL;
                for _ in 0..4 {
                    let new = node(mc, round * 100 + k).unwrap();
                    new.write(mc).left().set(chain);
                    chain = new.into();
                }
                assert!(table.set(mc, at, chain));
                ids[at] = round * 100 + k;
            }
        });
        heap.safepoint().unwrap();
    }
    heap.mutate(|_, root| {
        let table = root[0].downcast::<Tail<'_, ()>>().unwrap();
        for (slot, &id) in table.slots().iter().zip(&ids) {
            match slot.get().downcast::<Node<'_>>() {
                None => assert_eq!(id, u64::MAX),
                Some(node) => {
                    let mut links = 0;
                    let mut next = Some(node);
                    while let Some(node) = next {
                        assert_eq!(node.id, id);
                        links += 1;
                        next = node.left.get().downcast();
                    }
                    assert_eq!(links, 4);
                }
            }
        }
    });
    let stats = heap.stats();
    assert!(stats.majors > 0 || heap.config().zeal.is_some(), "{stats:?}");
    assert!(stats.block_bytes < 40 << 20, "garbage was freed: {stats:?}");
    heap.verify().unwrap();
}

#[test]
fn slot_vec_grows_and_keeps_young_values() {
    #[derive(Trace, Object)]
    struct Holder<'gc> {
        items: SlotVec<'gc>,
    }
    for mut heap in heaps() {
        heap.mutate(|mc, root| root.push(mc.alloc(Holder { items: SlotVec::new() }).unwrap().into()));
        for round in 0..60_u64 {
            heap.mutate(|mc, root| {
                let items = root[0].downcast::<Holder<'_>>().unwrap().write(mc).items();
                for k in 0..20 {
                    items.push(mc, node(mc, round * 20 + k).unwrap().into()).unwrap();
                }
                for _ in 0..5 {
                    items.pop().unwrap();
                }
            });
            heap.safepoint().unwrap();
        }
        heap.collect(Collect::Full).unwrap();
        heap.mutate(|_, root| {
            let holder = root[0].downcast::<Holder<'_>>().unwrap();
            assert_eq!(holder.items.len(), 60 * 15);
            for (at, value) in holder.items.iter().enumerate() {
                let node = value.downcast::<Node<'_>>().unwrap();
                assert_eq!(node.id as usize, at / 15 * 20 + at % 15);
            }
        });
    }
}

#[test]
fn slot_vec_is_a_vec_whatever_is_done_to_it() {
    #[derive(Trace, Object)]
    struct Holder<'gc> {
        items: SlotVec<'gc>,
    }
    for (round, mut heap) in heaps().enumerate() {
        heap.mutate(|mc, root| {
            let items = SlotVec::with_capacity(mc, 3).unwrap();
            root.push(mc.alloc(Holder { items }).unwrap().into());
        });
        let mut model: Vec<u64> = Vec::new();
        let mut rng = Rng(round as u64);
        let mut random = move |below: usize| rng.below(below);
        for step in 0..2_000_u64 {
            heap.mutate(|mc, root| {
                let holder = root[0].downcast::<Holder<'_>>().unwrap();
                let items = &holder.items;
                let new = |k: u64| -> Value<'_> { node(mc, step * 8 + k).unwrap().into() };
                match random(9) {
                    0 | 1 => {
                        holder.write(mc).items().push(mc, new(0)).unwrap();
                        model.push(step * 8);
                    }
                    2 => {
                        assert_eq!(items.pop().is_some(), model.pop().is_some());
                    }
                    3 | 4 => {
                        let first = (!model.is_empty()).then(|| model.remove(0));
                        assert_eq!(items.pop_front().map(|v| v.downcast::<Node<'_>>().unwrap().id), first);
                    }
                    5 => {
                        let at = random(model.len() + 1);
                        assert_eq!(items.set(mc, at, new(0)), at < model.len());
                        model.get_mut(at).into_iter().for_each(|slot| *slot = step * 8);
                    }
                    6 => {
                        let start = random(model.len() + 1);
                        let remove = random(model.len() - start + 1).min(random(9));
                        let ids: Vec<u64> = (0..random(7) as u64).map(|k| step * 8 + k).collect();
                        let values: Vec<_> = (0..ids.len() as u64).map(new).collect();
                        holder.write(mc).items().splice(mc, start, remove, &values).unwrap();
                        model.splice(start..start + remove, ids);
                    }
                    7 => {
                        let len = random(80);
                        holder.write(mc).items().resize(mc, len.max(model.len()), new(0)).unwrap();
                        items.truncate(len);
                        model.resize(len, step * 8);
                    }
                    _ => {
                        items.overwrite(mc, model.len() / 2, &[new(1), new(2)]);
                        let half = model.len() / 2;
                        model[half..].iter_mut().zip([1, 2]).for_each(|(slot, k)| *slot = step * 8 + k);
                    }
                }
            });
            heap.safepoint().unwrap();
            heap.mutate(|_, root| {
                let items = &root[0].downcast::<Holder<'_>>().unwrap().items;
                let ids: Vec<u64> = items.iter().map(|v| v.downcast::<Node<'_>>().unwrap().id).collect();
                assert_eq!(ids, model);
            });
        }
        heap.verify().unwrap();
    }
}
