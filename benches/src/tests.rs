//! The bodies do what they say, and each peer's does the same.

use crate::*;

fn trees<P: Trees>() {
    assert_eq!(binary_trees::<P>(8), [(4, 256), (6, 64), (8, 16)].map(|(d, n)| n * tree_nodes(d)).iter().sum());
    let mut heap = P::new();
    heap.keep(14);
    heap.garbage(300);
    assert_eq!(heap.kept(), tree_nodes(14));
}

fn graphs<P: Collected>() {
    for shape in [Shape::Random, Shape::Lists] {
        let mut heap = P::new();
        heap.graph(shape, 50_000);
        heap.collect();
        heap.collect();
        assert_eq!(heap.checksum(shape), expected_checksum(50_000), "{} {shape:?}", P::NAME);
    }
}

fn caches<P: Cache>() {
    let (mut heap, mut rng) = (P::new(), Rng::new(5));
    heap.fill(8);
    for _ in 0..5000 {
        heap.replace(16, &mut rng);
    }
    assert_eq!(heap.cached(), 4 * 8 * SLOTS_PER_CHUNK as u64, "{}", P::NAME);
}

#[test]
fn peers_agree() {
    trees::<Mangrove>();
    trees::<GcArena>();
    trees::<Malloc>();
    trees::<Bumpalo>();
    graphs::<Mangrove>();
    graphs::<GcArena>();
    caches::<Mangrove>();
    caches::<GcArena>();
    caches::<Malloc>();
}

#[test]
fn task_peers_agree() {
    for size in [1, 1000, 10_000] {
        let ours = Tasks::bursts(size, 10_000);
        assert_eq!(ours, burst::<Seed>(size, 10_000));
        assert_eq!(ours, burst::<Slab>(size, 10_000));
    }
    completions::<Tasks>(10_000, 1);
    completions::<Seed>(10_000, 1);
    completions::<Channel>(10_000, 1);
    completions::<SwappedBatch>(10_000, 1);
    completions::<Batched>(10_000, 2);
    completions::<OneSender>(10_000, 2);
    completions::<Tasks>(9_999, 2);
}

#[test]
fn a_scan_visits_what_is_outstanding() {
    let mut tasks = Tasks::outstanding_after(2000, 10_000);
    tasks.touch(2000);
    tasks.scan(true);
    tasks.scan(false);
    tasks.wait_for(|completer| completer.complete(1));
}
