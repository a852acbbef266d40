//! Limits: typed errors, and a heap that is valid after them.

use mangrove_gc::{AllocError, Collect, Heap, HeapConfig, HeapError, Static, Str, Value, Zeal};

use crate::{Stack, heap_with};

fn small() -> HeapConfig {
    HeapConfig { max_bytes: 4 << 20, nursery_bytes: 64 << 10, ..HeapConfig::from_env() }
}

#[test]
fn full_heap_says_collect_and_recovers() {
    let mut heap = heap_with(small());
    for _ in 0..3 {
        let error = heap.mutate(|mc, root| {
            loop {
                match mc.alloc_tail((), 100, Value::NIL) {
                    Ok(tail) => root.push(tail.into()),
                    Err(e) => return e,
                }
            }
        });
        assert_eq!(error, AllocError::Collect);
        heap.verify().unwrap();
        assert_eq!(
            heap.mutate_retry(|mc, _| mc.alloc_tail((), 100_000, Value::NIL).map(|_| ())),
            Err(AllocError::Never)
        );
        heap.mutate(|_, root| root.clear());
        heap.mutate_retry(|mc, _| mc.alloc_tail((), 100_000, Value::NIL).map(|_| ())).unwrap();
    }
}

#[test]
fn what_cannot_fit_at_all_is_never() {
    let mut heap = heap_with(small());
    heap.mutate(|mc, _| {
        for len in [1 << 20, 1 << 40, usize::MAX / 8, usize::MAX] {
            assert_eq!(mc.alloc_tail((), len, Value::NIL).unwrap_err(), AllocError::Never);
        }
    });
}

#[test]
fn parts_that_cannot_fit_together_are_never() {
    let mut heap = heap_with(small());
    let part = vec![1_u8; 1 << 20];
    heap.mutate(|mc, root| {
        assert_eq!(mc.alloc_blob_from((), &[&part[..]; 8]).unwrap_err(), AllocError::Never);
        root.push(mc.alloc_blob_from(7_u8, &[&part[..]; 2]).unwrap().into());
        assert_eq!(mc.alloc_blob_from((), &[&part[..]; 3]).unwrap_err(), AllocError::Collect);
        // As long together as no heap is.
        assert_eq!(mc.alloc_blob_from((), &vec![&part[..]; 1 << 20]).unwrap_err(), AllocError::Never);
    });
    heap.collect(Collect::Compact).unwrap();
    heap.mutate(|_, root| {
        let blob = root[0].downcast::<mangrove_gc::Blob<u8>>().unwrap();
        assert!(blob.head == 7 && blob.len() == 2 << 20 && blob.bytes().iter().all(|&byte| byte == 1));
    });
}

#[test]
fn safepoints_alone_keep_a_full_heap_going() {
    let mut heap = heap_with(small());
    let mut refused = 0;
    for _ in 0..2000 {
        heap.mutate(|mc, root| {
            for _ in 0..20 {
                match mc.alloc_tail((), 100, Value::NIL) {
                    Ok(tail) => root.push(tail.into()),
                    Err(_) => {
                        refused += 1;
                        root.clear();
                    }
                }
            }
        });
        heap.safepoint().unwrap();
    }
    assert!(refused > 0);
    assert!(heap.stats().block_bytes <= 8 << 20);
    heap.verify().unwrap();
}

#[test]
fn external_bytes_count() {
    let mut heap = heap_with(small());
    heap.mutate(|mc, _| {
        mc.external_alloc(3 << 20).unwrap();
        assert_eq!(mc.external_alloc(3 << 20), Err(AllocError::Collect));
        assert_eq!(mc.external_alloc(usize::MAX), Err(AllocError::Never));
        mc.external_free(3 << 20);
        mc.external_alloc(3 << 20).unwrap();
    });
    assert_eq!(heap.stats().external_bytes, 3 << 20);
}

#[test]
fn contradicting_configurations_are_refused() {
    for max_bytes in [0, 1000, usize::MAX] {
        let config = HeapConfig { max_bytes, ..HeapConfig::default() };
        let made: Result<Heap<Stack>, _> = Heap::new(config, |_| Ok(vec![]));
        assert!(matches!(made, Err(HeapError::Config(_))));
    }
}

#[test]
fn failed_root_drops_what_it_made() {
    let alive = std::rc::Rc::new(());
    let made: Result<Heap<Stack>, _> = Heap::new(HeapConfig::from_env(), |mc| {
        mc.alloc(Static(alive.clone()))?;
        Err(AllocError::Never)
    });
    assert!(matches!(made, Err(HeapError::Root(AllocError::Never))));
    drop(made);
    assert_eq!(std::rc::Rc::strong_count(&alive), 1);
}

#[test]
fn injected_failures_come_and_leave_the_heap_valid() {
    let zeal = Zeal { fail_alloc: 7, ..Zeal::moving(1) };
    let mut heap = heap_with(HeapConfig::default().with_zeal(zeal));
    let mut failures = 0;
    for i in 0..500 {
        heap.mutate(|mc, root| match mc.alloc_str(&i.to_string()) {
            Ok(text) => root.push(text.into()),
            Err(e) => {
                assert_eq!(e, AllocError::Collect);
                failures += 1;
                root.push(Value::NIL);
            }
        });
        heap.safepoint().unwrap();
    }
    assert_eq!((failures, heap.stats().injected_failures), (71, 71));
    heap.mutate(|_, root| {
        for (i, value) in root.iter().enumerate() {
            assert!(value.is_nil() || **value.downcast::<Str>().unwrap() == *i.to_string());
        }
    });
}

#[test]
fn what_is_done_again_after_a_collection_is_not_refused_again() {
    let strings = |mc: &mangrove_gc::Mutation<'_>, n: usize| (0..n).try_for_each(|_| mc.alloc_str("text").map(drop));
    for fail_alloc in [1, 2, 3] {
        let config = HeapConfig::default().with_zeal(Zeal { fail_alloc, ..Zeal::moving(1) });
        let mut heap: Heap<Stack> = Heap::new(config, |mc| strings(mc, 100).map(|()| vec![])).unwrap();
        for _ in 0..10 {
            heap.mutate(|mc, _| strings(mc, 100).unwrap_err());
            heap.safepoint().unwrap();
            heap.mutate(|mc, _| strings(mc, 100).unwrap());
            heap.safepoint().unwrap();
            heap.mutate_retry(|mc, _| strings(mc, 100)).unwrap();
            heap.safepoint().unwrap();
        }
        assert_eq!(heap.stats().injected_failures, 20);
    }
}

/// What zeal keeps aside must not make a heap fail that fits.
#[test]
fn quarantine_gives_way_before_memory_runs_out() {
    let zeal = Zeal { quarantine: 1000, ..Zeal::moving(1) };
    let mut heap = heap_with(HeapConfig { max_bytes: 16 << 20, ..HeapConfig::default() }.with_zeal(zeal));
    heap.mutate(|mc, root| {
        for i in 0..100 {
            root.push(mc.alloc_tail((), 10_000, Value::int(i)).unwrap().into());
        }
    });
    for _ in 0..60 {
        heap.safepoint().unwrap();
    }
    assert!(heap.stats().moved_bytes > 200 << 20, "{:?}", heap.stats());
    heap.mutate(|_, root| {
        for (i, value) in root.iter().enumerate() {
            let tail = value.downcast::<mangrove_gc::Tail<'_, ()>>().unwrap();
            assert_eq!(tail.get(9_999).unwrap().as_int(), Some(i as i32));
        }
    });
}

#[test]
fn memory_returns_after_a_burst() {
    let mut heap = heap_with(HeapConfig::from_env());
    heap.mutate(|mc, root| {
        for _ in 0..20_000 {
            root.push(mc.alloc_tail((), 250, Value::NIL).unwrap().into());
        }
    });
    heap.collect(Collect::Full).unwrap();
    assert!(heap.stats().block_bytes > 30 << 20);
    heap.mutate(|_, root| root.truncate(10));
    heap.collect(Collect::Full).unwrap();
    assert!(heap.stats().block_bytes < 4 << 20, "{:?}", heap.stats());
}

/// Nothing young, nothing logged: only the old space grows. The cycle must end all the same.
#[test]
fn large_garbage_alone_is_collected_before_the_limit() {
    let mut heap = heap_with(HeapConfig { max_bytes: 512 << 20, ..HeapConfig::default() });
    let big = vec![1_u8; 1 << 20];
    let mut peak = 0;
    for _ in 0..1500 {
        heap.mutate(|mc, _| mc.alloc_bytes(&big).map(|_| ())).expect("garbage makes room");
        heap.safepoint().unwrap();
        peak = peak.max(heap.stats().block_bytes);
    }
    assert!(peak < 64 << 20, "{peak}");
}

/// Handles come and go without an allocation.
#[test]
fn handles_of_old_objects_leave_nothing_behind() {
    let mut heap = heap_with(HeapConfig::default());
    heap.mutate(|mc, root| root.push(mc.alloc_str("kept").unwrap().into()));
    heap.collect(Collect::Full).unwrap();
    let minors = heap.stats().minors;
    for round in 0..200_000 {
        heap.mutate(|mc, root| drop(mc.handle(root[0].downcast::<Str>().unwrap())));
        if round % 64 == 0 {
            heap.safepoint().unwrap();
        }
    }
    assert_eq!((heap.stats().handles, heap.stats().minors), (0, minors));
    // Those of young objects ask for a minor collection before they are many.
    for _ in 0..100_000 {
        heap.mutate(|mc, _| drop(mc.handle(mc.alloc(()).unwrap())));
        heap.safepoint().unwrap();
    }
    assert!(heap.stats().minors >= minors + 5, "{:?}", heap.stats());
}

/// Runs of blocks are found without a search through all of them each time.
#[test]
fn large_objects_find_runs_among_many_blocks() {
    let mut heap = heap_with(HeapConfig::default());
    let big = vec![7_u8; 20_000];
    for round in 0..3 {
        for _ in 0..4000 {
            heap.mutate(|mc, root| root.push(mc.alloc_bytes(&big).unwrap().into()));
            heap.safepoint().unwrap();
        }
        // Every second goes: holes of one block, which the next round fills.
        heap.mutate(|_, root| {
            let mut at = 0;
            root.retain(|_| {
                at += 1;
                at % 2 == 0
            });
        });
        heap.collect(Collect::Full).unwrap();
        let blocks = heap.stats().block_bytes / (32 << 10);
        assert!(blocks < 4200 + 1000 * round, "{blocks}");
    }
    let two = vec![7_u8; 40_000];
    heap.mutate(|mc, root| root.push(mc.alloc_bytes(&two).unwrap().into()));
    heap.verify().unwrap();
}
