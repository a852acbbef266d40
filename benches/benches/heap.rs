//! W1 and W2: binary trees, and objects that die at once, in an empty heap and beside 64 MiB that live.
//!
//! Invariant: all peers allocate by mimalloc, and what they build is counted.
//!
//! `cargo bench -p mangrove-benches --bench heap`

use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use mangrove_benches::{
    Bumpalo, GcArena, Malloc, Mangrove, TREES, Trees, binary_trees, measured, touch_memory, tree_nodes,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn trees(criterion: &mut Criterion) {
    let depth = if measured() { TREES } else { 8 };
    let mut group = criterion.benchmark_group("W1 binary trees");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    group.bench_function(Mangrove::NAME, |bencher| bencher.iter(|| binary_trees::<Mangrove>(depth)));
    group.bench_function(GcArena::NAME, |bencher| bencher.iter(|| binary_trees::<GcArena>(depth)));
    group.bench_function(Malloc::NAME, |bencher| bencher.iter(|| binary_trees::<Malloc>(depth)));
    group.bench_function(Bumpalo::NAME, |bencher| bencher.iter(|| binary_trees::<Bumpalo>(depth)));
    group.finish();
}

/// Garbage beside a tree of this depth, in thousands of objects per iteration.
fn garbage_of<P: Trees>(criterion: &mut Criterion, group: &str, live: u32) {
    const THOUSANDS: u64 = 500;
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Elements(THOUSANDS * 1000));
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(20);
    let mut heap = P::new();
    if live > 0 {
        heap.keep(live);
    }
    heap.garbage(THOUSANDS);
    group.bench_function(P::NAME, |bencher| bencher.iter(|| heap.garbage(THOUSANDS)));
    if live > 0 {
        assert_eq!(heap.kept(), tree_nodes(live));
    }
    group.finish();
}

fn garbage(criterion: &mut Criterion) {
    let depth = if measured() { 20 } else { 10 };
    touch_memory(if measured() { 1 << 30 } else { 0 });
    for (group, live) in [("W2a garbage, empty heap", 0), ("W2b garbage, 64 MiB live", depth)] {
        garbage_of::<Mangrove>(criterion, group, live);
        garbage_of::<GcArena>(criterion, group, live);
        garbage_of::<Malloc>(criterion, group, live);
        garbage_of::<Bumpalo>(criterion, group, live);
    }
}

criterion_group!(benches, trees, garbage);
criterion_main!(benches);
