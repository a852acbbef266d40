//! W5 and W6: the visit of outstanding tasks, minor collections beside them, spawn to result, and completion from
//! another thread.
//!
//! Invariant: what prepares a measure is not timed.
//!
//! `cargo bench -p mangrove-benches --bench tasks`

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use mangrove_benches::{
    Batched, Board, Channel, Mail, OneSender, Seed, Slab, SwappedBatch, Tasks, burst, completions, measured,
};
use mangrove_nanbox::Word;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn short<'c>(criterion: &'c mut Criterion, name: String) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    group
}

fn many() -> usize {
    if measured() { 1_000_000 } else { 10_000 }
}

/// The sum of what a peer visits, so that the visit is not free. The compiler does not see which visitor it is: ours
/// is a trait object too.
fn visit<B: Board>(board: &mut B) -> u64 {
    let mut sum = 0_u64;
    let mut add = |word: &mut u64| sum = sum.wrapping_add(*word);
    board.scan_roots(black_box::<&mut dyn FnMut(&mut u64)>(&mut add));
    sum
}

/// One word per task, a test of its tag, and a visitor that the compiler knows: the limit.
#[inline(never)]
fn visit_column(column: &mut [u64]) -> u64 {
    let mut sum = 0_u64;
    for word in column {
        if Word::from_bits(*word).is_traced() {
            sum = sum.wrapping_add(*word);
        }
    }
    sum
}

fn board<B: Board>(tasks: usize, gone: usize) -> B {
    let mut board = B::new();
    let ids: Vec<u64> = (0..gone as u64).map(|i| board.spawn(i)).collect();
    for id in ids {
        board.run(id, |callable| callable);
        black_box(board.take(id));
    }
    for i in 0..tasks as u64 {
        board.spawn(i);
    }
    board
}

fn scan(criterion: &mut Criterion) {
    for tasks in [1000, 100_000, many()] {
        let mut group = short(criterion, format!("W5a scan_roots, {tasks} tasks"));
        group.throughput(Throughput::Elements(tasks as u64));
        let mut ours = Tasks::outstanding(tasks);
        group.bench_function("mangrove, marking", |bencher| {
            bencher.iter_custom(|iters| (0..iters).map(|_| ours.scan(false)).sum());
        });
        group.bench_function("mangrove, minor, all touched", |bencher| {
            bencher.iter_custom(|iters| {
                let timed = |_| {
                    ours.touch(tasks);
                    ours.scan(true)
                };
                (0..iters).map(timed).sum()
            });
        });
        let mut ours = Tasks::outstanding_after(tasks, many());
        group.bench_function("mangrove, marking, after a million", |bencher| {
            bencher.iter_custom(|iters| (0..iters).map(|_| ours.scan(false)).sum());
        });
        let mut seed: Seed = board(tasks, 0);
        group.bench_function("seed", |bencher| bencher.iter(|| visit(&mut seed)));
        let mut seed: Seed = board(tasks, many());
        group.bench_function("seed, after a million", |bencher| bencher.iter(|| visit(&mut seed)));
        let mut slab: Slab = board(tasks, 0);
        group.bench_function("slab", |bencher| bencher.iter(|| visit(&mut slab)));
        let mut column: Vec<u64> = (0..tasks as u64).map(|i| Word::heap(i * 32).map_or(0, Word::bits)).collect();
        group.bench_function("column", |bencher| bencher.iter(|| visit_column(black_box(&mut column))));
        group.finish();
    }
}

/// A minor collection of a thousand dead objects, after `prepare`.
fn minor(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, heap: &mut Tasks, touched: usize) {
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iters| {
            let timed = |_| {
                heap.touch(touched);
                heap.garbage();
                let start = Instant::now();
                heap.minor();
                start.elapsed()
            };
            (0..iters).map(timed).sum()
        });
    });
}

fn minors(criterion: &mut Criterion) {
    let mut group = short(criterion, "minor collection".to_owned());
    minor(&mut group, "no task", &mut Tasks::empty(), 0);
    for tasks in [1000, 100_000, many()] {
        let mut heap = Tasks::outstanding(tasks);
        minor(&mut group, &format!("{tasks} tasks, untouched"), &mut heap, 0);
        minor(&mut group, &format!("{tasks} tasks, 100 touched"), &mut heap, 100);
        minor(&mut group, &format!("{tasks} tasks, all touched"), &mut heap, tasks);
    }
    group.finish();
}

fn spawn_to_result(criterion: &mut Criterion) {
    let total = many() as u64;
    for size in [1, 1000, total] {
        let mut group = short(criterion, format!("W5b spawn to result, {size} outstanding"));
        group.throughput(Throughput::Elements(total)).measurement_time(Duration::from_secs(1));
        group.bench_function("mangrove", |bencher| bencher.iter(|| Tasks::bursts(size, total)));
        group.bench_function(<Seed as Board>::NAME, |bencher| bencher.iter(|| burst::<Seed>(size, total)));
        group.bench_function(Slab::NAME, |bencher| bencher.iter(|| burst::<Slab>(size, total)));
        group.finish();
    }
}

fn mail<M: Mail>(group: &mut BenchmarkGroup<'_, WallTime>, total: usize) {
    for producers in [1, 2] {
        group.bench_function(format!("{}, {producers} producers", M::NAME), |bencher| {
            bencher.iter(|| completions::<M>(total, producers));
        });
    }
}

fn from_another_thread(criterion: &mut Criterion) {
    let total = many();
    let mut group = short(criterion, "W6 completion from another thread".to_owned());
    group.throughput(Throughput::Elements(total as u64)).measurement_time(Duration::from_secs(2));
    mail::<Tasks>(&mut group, total);
    mail::<Batched>(&mut group, total);
    mail::<Seed>(&mut group, total);
    mail::<Channel>(&mut group, total);
    mail::<OneSender>(&mut group, total);
    mail::<SwappedBatch>(&mut group, total);
    group.finish();
}

criterion_group!(benches, scan, minors, spawn_to_result, from_another_thread);
criterion_main!(benches);
