//! Hole 17: handles of other heaps, of dead heaps, dropped at any time.

use super::*;

fn held(heap: &mut Heap<Vm>, text: &str) -> Handle<Str> {
    run(heap, |mc, _| Ok(mc.handle(mc.alloc_str(text)?)))
}

fn text(heap: &mut Heap<Vm>, handle: &Handle<Str>) -> Option<String> {
    heap.mutate(|mc, _| handle.get(mc).map(|s| s.to_string()))
}

#[test]
fn handle_of_another_heap_gives_nothing() {
    let (mut one, mut other) = (moving(1), moving(1));
    let (of_one, of_other) = (held(&mut one, "one"), held(&mut other, "other"));
    for _ in 0..3 {
        assert_eq!(text(&mut one, &of_one).as_deref(), Some("one"));
        assert_eq!(text(&mut other, &of_other).as_deref(), Some("other"));
        assert_eq!((text(&mut one, &of_other), text(&mut other, &of_one)), (None, None));
        collect_all(&mut one);
        collect_all(&mut other);
    }
    one.mutate(|first, _| {
        other.mutate(|second, _| {
            assert!(of_one.get(first).is_some() && of_one.get(second).is_none());
        });
    });
}

#[test]
fn handle_of_a_dead_heap_gives_nothing() {
    let mut first = heap();
    let handle = held(&mut first, "gone");
    drop(first);
    // New heaps may get the memory, and the table's slot numbers, of the dead one.
    for _ in 0..10 {
        let mut next = heap();
        let of_next = held(&mut next, "next");
        assert_eq!((text(&mut next, &handle), text(&mut next, &of_next).as_deref()), (None, Some("next")));
    }
    drop(handle);
}

#[test]
fn slot_of_a_dropped_handle_is_no_root_and_is_used_again() {
    let mut heap = moving(2);
    let keep = held(&mut heap, "keep");
    for i in 0..100 {
        let name = i.to_string();
        let handle = held(&mut heap, &name);
        run(&mut heap, |mc, root| {
            root.clear();
            let holder = mc.alloc(handle.get(mc).unwrap().downgrade())?;
            root.push(holder.into());
            Ok(())
        });
        if i % 3 == 0 {
            heap.collect(Collect::Minor).unwrap();
        }
        assert_eq!(text(&mut heap, &handle), Some(name));
        // In `mutate`, where the table is in use, or outside.
        if i % 2 == 0 {
            heap.mutate(|_, _| drop(handle))
        } else {
            drop(handle)
        }
        heap.collect(Collect::Full).unwrap();
        heap.mutate(|mc, root| {
            assert!(root[0].downcast::<Weak<Str>>().unwrap().upgrade(mc).is_none(), "{i}: still a root");
        });
        assert_eq!(heap.stats().handles, 1);
    }
    assert_eq!(text(&mut heap, &keep).as_deref(), Some("keep"));
}

/// Native data that holds a handle: dropped by the sweep, it queues its slot there.
#[test]
fn handle_dropped_by_the_sweep_is_harmless() {
    let mut heap = moving(3);
    for round in 0..5 {
        run(&mut heap, |mc, root| {
            root.clear();
            let mut chain = mc.handle(mc.alloc_str("end")?);
            for _ in 0..10 {
                let owner = mc.alloc(Static((chain, RefCell::new(None::<Handle<Str>>))))?;
                root.push(owner.into());
                chain = mc.handle(mc.alloc_str("link")?);
            }
            Ok(())
        });
        collect_all(&mut heap);
        heap.mutate(|mc, root| {
            for value in root.iter() {
                let owner = value.downcast::<Static<(Handle<Str>, RefCell<Option<Handle<Str>>>)>>().unwrap();
                assert!(owner.0.0.get(mc).is_some(), "round {round}");
            }
            root.clear();
        });
        collect_all(&mut heap);
        heap.collect(Collect::Full).unwrap();
        assert_eq!(heap.stats().handles, 0, "round {round}");
    }
}

#[test]
fn heaps_roots_and_handles_are_dropped_in_every_order() {
    // Each permutation of four things to drop.
    for order in (0..256u32).map(|n| [n % 4, n / 4 % 4, n / 16 % 4, n / 64]) {
        let mut sorted = order;
        sorted.sort_unstable();
        if sorted != [0, 1, 2, 3] {
            continue;
        }
        let (mut one, mut other) = (heap(), heap());
        let of_one = held(&mut one, "one");
        let of_other = held(&mut other, "other");
        // A root of each heap that owns a handle of the other.
        let crossed = held(&mut other, "crossed");
        let mut crossed = Some(crossed);
        run(&mut one, |mc, root| {
            let native = Static(Cell::new(crossed.take()));
            root.push(mc.alloc(native)?.into());
            Ok(())
        });
        one.collect(Collect::Full).unwrap();
        let mut drops: [Option<Box<dyn FnOnce()>>; 4] = [
            Some(Box::new(move || drop(one))),
            Some(Box::new(move || drop(other))),
            Some(Box::new(move || drop(of_one))),
            Some(Box::new(move || drop(of_other))),
        ];
        for which in order {
            drops[which as usize].take().unwrap()();
        }
    }
}

#[test]
fn handle_keeps_its_type_across_moves() {
    #[derive(Trace, Object)]
    struct Pair<'gc, T: Object<'gc>>(Slot<'gc>, Gc<'gc, T>);
    let mut heap = moving(5);
    let handle: Handle<Pair<'static, Str>> = run(&mut heap, |mc, _| {
        let text = mc.alloc_str("text")?;
        Ok(mc.handle(mc.alloc(Pair(Slot::new(text.into()), text))?))
    });
    for _ in 0..3 {
        collect_all(&mut heap);
        heap.mutate(|mc, _| {
            let pair = handle.get(mc).unwrap();
            assert_eq!(&**pair.1, "text");
            assert!(pair.0.get().same(pair.1.into()));
            pair.write(mc)._0().set(pair.1.into());
        });
    }
}
