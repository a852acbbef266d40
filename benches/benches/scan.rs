//! The bulk scan: time per word at several densities of traced words, against the plain loop.
//!
//! Invariant: every form gets the same words, in random places from a fixed seed, and one of the same two visitors: a sum, which the
//! compiler makes branch-free in the plain loop, and a queue of what was found, for which it cannot.
//! `Throughput::Elements` counts words: 1 ns per word is 1 Gelem/s.
//!
//! `cargo bench -p mangrove-benches --bench scan`

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mangrove_nanbox::{Word, collect_traced, collect_traced_portable, for_each_traced, for_each_traced_portable};

const DENSITIES: [u64; 5] = [0, 1, 10, 50, 100];
/// 16 KiB, which stays in the first-level cache, and 64 Ki words, which do not.
const LENGTHS: [usize; 2] = [2 * 1024, 64 * 1024];

type Visit = fn(&mut [u64]) -> u64;
type Collect = fn(&[u64], &mut [u64]) -> usize;

/// `percent` of the words traced, the others doubles, ints and constants.
fn words(length: usize, percent: u64) -> Vec<u64> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 16
    };
    let word = |_| {
        let traced = random() % 100 < percent;
        match (traced, random() % 4) {
            (true, 0) => Word::task(random()).expect("48 bits"),
            (true, _) => Word::heap(random()).expect("48 bits"),
            (false, 0) => Word::double(random() as f64 * -0.5),
            (false, 1) => Word::NIL,
            (false, _) => Word::int(random() as i32),
        }
        .bits()
    };
    (0..length).map(word).collect()
}

/// What one would write without the scan.
fn plain_loop(words: &mut [u64], mut f: impl FnMut(&mut u64)) {
    for word in words {
        if Word::from_bits(*word).is_traced() {
            f(word);
        }
    }
}

/// Two visitors over each way to visit, each a function of its own, so that it is compiled apart.
macro_rules! visitors {
    ($sum:ident, $queue:ident, $visit:path) => {
        /// Adds up the traced words: the least that a visitor can do.
        #[inline(never)]
        fn $sum(words: &mut [u64]) -> u64 {
            let mut sum = 0_u64;
            $visit(words, |word| sum = sum.wrapping_add(*word));
            sum
        }

        /// Puts each traced word in a small ring and writes the slot: what a collector's visitor does at least.
        #[inline(never)]
        fn $queue(words: &mut [u64]) -> u64 {
            let (mut ring, mut at) = ([0_u64; 64], 0_usize);
            $visit(words, |word| {
                ring[at % 64] = *word;
                at += 1;
                *word ^= 8;
            });
            black_box(&ring);
            at as u64
        }
    };
}
visitors!(sum_plain, queue_plain, plain_loop);
visitors!(sum_portable, queue_portable, for_each_traced_portable);
visitors!(sum_scan, queue_scan, for_each_traced);

const VISITS: [(&str, Visit); 6] = [
    ("sum/plain loop", sum_plain),
    ("sum/for_each_traced_portable", sum_portable),
    ("sum/for_each_traced", sum_scan),
    ("queue/plain loop", queue_plain),
    ("queue/for_each_traced_portable", queue_portable),
    ("queue/for_each_traced", queue_scan),
];
const COLLECTS: [(&str, Collect); 2] =
    [("collect_traced_portable", collect_traced_portable), ("collect_traced", collect_traced)];

fn scan(criterion: &mut Criterion) {
    for length in LENGTHS {
        let mut group = criterion.benchmark_group(format!("scan of {length} words"));
        group.throughput(Throughput::Elements(length as u64));
        group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
        for percent in DENSITIES {
            let mut words = words(length, percent);
            let mut out = vec![0; length];
            let parameter = format!("{percent} % traced");
            for (name, visit) in VISITS {
                group.bench_function(BenchmarkId::new(name, &parameter), |bencher| {
                    bencher.iter(|| visit(black_box(&mut words)))
                });
            }
            for (name, collect) in COLLECTS {
                group.bench_function(BenchmarkId::new(name, &parameter), |bencher| {
                    bencher.iter(|| collect(black_box(&words), black_box(&mut out)))
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, scan);
criterion_main!(benches);
