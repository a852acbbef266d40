//! What each mode of the torture costs: operations per second of the same seeded workload.
//!
//! Invariant: all modes make the same operations with the same results; the shadow is compared at the end only, but in
//! the last mode.
//!
//! `cargo bench -p mangrove-benches --bench torture`

use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use mangrove_benches::measured;
use mangrove_gc::{What, Zeal};
use mangrove_tests::{Config, run};

fn modes() -> Vec<(&'static str, Option<Zeal>, u32)> {
    let plain = |what| Some(Zeal { verify: false, poison: false, quarantine: 0, ..Zeal::of(what, 1) });
    let poisoned = |what| Some(Zeal { verify: false, ..Zeal::of(what, 1) });
    vec![
        ("plain", None, 0),
        ("minor", plain(What::Minor), 0),
        ("slice", plain(What::Slice), 0),
        ("full", plain(What::Full), 0),
        ("compact", plain(What::Compact), 0),
        ("compact, poison and quarantine", poisoned(What::Compact), 0),
        ("minor, poison, quarantine, verify", Some(Zeal::of(What::Minor, 1)), 0),
        ("full, poison, quarantine, verify", Some(Zeal::of(What::Full, 1)), 0),
        ("compact, poison, quarantine, verify", Some(Zeal::moving(1)), 0),
        ("plain, shadow compared after each operation", None, 1),
    ]
}

fn torture(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("torture");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_secs(1));
    for (name, zeal, walk_every) in modes() {
        let ops = if !measured() { 100 } else { 2000 };
        // Completed on the heap's own thread: the cost of threads is in `tasks`.
        let config = Config { seed: 1, ops, zeal, threads: 0, walk_every, ..Config::default() };
        group.throughput(Throughput::Elements(ops));
        group.bench_function(name, |bencher| {
            bencher.iter(|| run(&config).unwrap_or_else(|finding| panic!("{finding}")).results);
        });
    }
    group.finish();
}

criterion_group!(benches, torture);
criterion_main!(benches);
