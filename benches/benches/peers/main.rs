//! One table: each workload, ours, each peer, the limit, and the ratios.
//!
//! Invariants: every figure is of a process of its own; repetitions are interleaved, ours and all peers of a workload in
//! turn, so that a ratio is of the same minutes; what is printed is the median, with least and most in brackets.
//!
//! `cargo bench -p mangrove-benches --bench peers [-- --runs 5] [--only W4]`, with `--features mmtk` for MMTk

mod boa;
mod dump;
mod limits;
#[cfg(feature = "mmtk")]
mod mmtk;

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use boa::Boa;
use dump::Dumpster;
use limits::{Ring, marking};
use mangrove_benches::{
    Batched, Board, Bumpalo, Cache, Channel, Collected, Gaps, GcArena, Mail, Malloc, Mangrove, OneSender, Rng, Seed,
    Shape, Slab, SwappedBatch, TREES, Tasks, Trees, binary_trees, burst, completions, cpu_time, measured, peak_rss_mib,
    process_time, touch_memory,
};
use mangrove_nanbox::Word;

#[cfg(not(feature = "mmtk"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
#[cfg(feature = "mmtk")]
#[global_allocator]
static ALLOCATOR: mmtk::Chosen = mmtk::Chosen;

/// How large a workload is.
#[derive(Clone, Copy)]
struct Size {
    trees: u32,
    live: u32,
    thousands: u64,
    nodes: usize,
    chunks: usize,
    seconds: f64,
    tasks: usize,
}

const FULL: Size =
    Size { trees: TREES, live: 20, thousands: 20_000, nodes: 4_000_000, chunks: 2048, seconds: 3.0, tasks: 1_000_000 };
const SMALL: Size = Size { trees: 8, live: 10, thousands: 20, nodes: 20_000, chunks: 8, seconds: 0.01, tasks: 10_000 };

/// A measurement: one value for each figure of its workload.
type Run = fn(Size) -> Vec<f64>;

struct Workload {
    name: &'static str,
    /// What is measured, each with its unit.
    figures: &'static [&'static str],
    ours: Run,
    peers: &'static [(&'static str, Run)],
    /// What the machine allows: the nearest to our own duties first.
    limits: &'static [(&'static str, Run)],
}

fn trees<P: Trees>(size: Size) -> Vec<f64> {
    let (time, start) = (process_time(), Instant::now());
    binary_trees::<P>(size.trees);
    let wall = start.elapsed();
    vec![(process_time() - time).as_secs_f64() * 1e3, wall.as_secs_f64() * 1e3, peak_rss_mib()]
}

fn garbage<P: Trees>(size: Size, live: u32) -> Vec<f64> {
    let mut heap = P::new();
    if live > 0 {
        heap.keep(live);
    }
    // Until the cycle that building began has ended.
    heap.garbage(size.thousands / 2);
    let time = process_time();
    heap.garbage(size.thousands);
    vec![(process_time() - time).as_secs_f64() * 1e6 / size.thousands as f64]
}

fn collections<P: Collected>(size: Size, shape: Shape) -> Vec<f64> {
    let mut heap = P::new();
    heap.graph(shape, size.nodes);
    let mut time = || {
        let start = process_time();
        heap.collect();
        (process_time() - start).as_secs_f64() * 1e9 / size.nodes as f64
    };
    let first = time();
    let mut settled: Vec<f64> = (0..5).map(|_| time()).collect();
    settled.sort_by(f64::total_cmp);
    vec![first, settled[2]]
}

fn cache<P: Cache>(size: Size) -> Vec<f64> {
    let mut heap = P::new();
    heap.fill(size.chunks);
    let mut rng = Rng::new(5);
    let (cpu, mut gaps, mut operations) = (cpu_time(), Gaps::start(), 0);
    loop {
        heap.replace(16, &mut rng);
        operations += 16;
        if gaps.tick().as_secs_f64() > size.seconds {
            break;
        }
    }
    let each = (cpu_time() - cpu).as_secs_f64() * 1e9 / f64::from(operations);
    let pauses = gaps.report();
    vec![each, pauses.cpu_max, pauses.cpu_p99, peak_rss_mib()]
}

/// Nanoseconds per task of the fastest of ten visits.
fn fastest(tasks: usize, mut visit: impl FnMut() -> f64) -> Vec<f64> {
    vec![(0..10).map(|_| visit()).fold(f64::MAX, f64::min) * 1e9 / tasks as f64]
}

fn visit_ours(size: Size, minor: bool) -> Vec<f64> {
    let mut ours = Tasks::outstanding(size.tasks);
    fastest(size.tasks, || {
        if minor {
            ours.touch(size.tasks);
        }
        ours.scan(minor).as_secs_f64()
    })
}

fn visit<B: Board>(size: Size) -> Vec<f64> {
    let mut board = B::new();
    for i in 0..size.tasks as u64 {
        board.spawn(i);
    }
    fastest(size.tasks, || {
        let (start, mut sum) = (Instant::now(), 0_u64);
        let mut add = |word: &mut u64| sum = sum.wrapping_add(*word);
        board.scan_roots(black_box::<&mut dyn FnMut(&mut u64)>(&mut add));
        black_box(sum);
        start.elapsed().as_secs_f64()
    })
}

/// The least: one comparison and one operation on a word.
#[inline(never)]
fn read_column(column: &[u64]) -> u64 {
    column.iter().filter(|&&word| Word::from_bits(word).is_traced()).fold(0, |sum, word| sum ^ word)
}

/// What a visitor needs of each word: its tag is compared for equality, and its address taken out.
#[inline(never)]
fn sum_column(column: &[u64]) -> u64 {
    const TAG: u64 = 0xffff << 48;
    let heap = Word::heap(0).map_or(0, Word::bits) & TAG;
    let mut sum = 0_u64;
    for &word in column {
        if word & TAG == heap {
            sum = sum.wrapping_add(word & !TAG & !1);
        }
    }
    sum
}

fn column(size: Size, read: fn(&[u64]) -> u64) -> Vec<f64> {
    let column: Vec<u64> = (0..size.tasks as u64).map(|i| Word::heap(i * 32).map_or(0, Word::bits)).collect();
    fastest(size.tasks, || {
        let start = Instant::now();
        black_box(read(black_box(&column)));
        start.elapsed().as_secs_f64()
    })
}

/// Nanoseconds of processor time for each of `count`.
fn each<T>(count: usize, run: impl FnOnce() -> T) -> Vec<f64> {
    let start = process_time();
    run();
    vec![(process_time() - start).as_secs_f64() * 1e9 / count as f64]
}

fn tokio_burst(size: Size, outstanding: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let mut handles = Vec::with_capacity(outstanding);
        for _ in 0..size.tasks / outstanding {
            handles.extend((0..outstanding).map(|number| tokio::spawn(async move { black_box(number) })));
            for handle in handles.drain(..) {
                black_box(handle.await.expect("no panic"));
            }
        }
    });
}

fn minor_beside(tasks: usize) -> f64 {
    let mut heap = Tasks::outstanding(tasks);
    let mut times: Vec<f64> = (0..2000)
        .map(|_| {
            heap.garbage();
            let start = Instant::now();
            heap.minor();
            start.elapsed().as_secs_f64() * 1e9
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// By the wall clock, since two threads work; the least of three.
fn mail<M: Mail>(size: Size, producers: usize) -> Vec<f64> {
    let time = || {
        let start = Instant::now();
        completions::<M>(size.tasks, producers);
        start.elapsed().as_secs_f64() * 1e9 / size.tasks as f64
    };
    vec![(0..3).map(|_| time()).fold(f64::MAX, f64::min)]
}

const WORKLOADS: &[Workload] = &[
    Workload {
        name: "W1 binary trees",
        figures: &["ms", "ms by the wall clock", "peak MiB"],
        ours: trees::<Mangrove>,
        peers: &[
            ("gc-arena", trees::<GcArena>),
            ("boa_gc", trees::<Boa>),
            ("dumpster", trees::<Dumpster>),
            ("malloc", trees::<Malloc>),
            #[cfg(feature = "mmtk")]
            ("mmtk", trees::<mmtk::Mmtk>),
        ],
        limits: &[("bumpalo", trees::<Bumpalo>)],
    },
    Workload {
        name: "W2a garbage, empty heap",
        figures: &["ns per object"],
        ours: |size| garbage::<Mangrove>(size, 0),
        peers: &[
            ("gc-arena", |size| garbage::<GcArena>(size, 0)),
            ("boa_gc", |size| garbage::<Boa>(size, 0)),
            ("dumpster", |size| garbage::<Dumpster>(size, 0)),
            ("malloc", |size| garbage::<Malloc>(size, 0)),
            #[cfg(feature = "mmtk")]
            ("mmtk", |size| garbage::<mmtk::Mmtk>(size, 0)),
        ],
        limits: &[("bumpalo", |size| garbage::<Bumpalo>(size, 0))],
    },
    Workload {
        name: "W2b garbage, 64 MiB live",
        figures: &["ns per object"],
        ours: |size| garbage::<Mangrove>(size, size.live),
        peers: &[
            ("gc-arena", |size| garbage::<GcArena>(size, size.live)),
            ("boa_gc", |size| garbage::<Boa>(size, size.live)),
            ("dumpster", |size| garbage::<Dumpster>(size, size.live)),
            ("malloc", |size| garbage::<Malloc>(size, size.live)),
            #[cfg(feature = "mmtk")]
            ("mmtk", |size| garbage::<mmtk::Mmtk>(size, size.live)),
        ],
        limits: &[("bumpalo", |size| garbage::<Bumpalo>(size, size.live))],
    },
    Workload {
        name: "W3 full collection, 4 M nodes, random graph",
        figures: &["ns per object, first", "settled"],
        ours: |size| collections::<Mangrove>(size, Shape::Random),
        peers: &[
            ("gc-arena", |size| collections::<GcArena>(size, Shape::Random)),
            ("boa_gc", |size| collections::<Boa>(size, Shape::Random)),
            #[cfg(feature = "mmtk")]
            ("mmtk", |size| collections::<mmtk::Mmtk>(size, Shape::Random)),
        ],
        limits: &[("marking loop", |size| vec![marking(Shape::Random, size.nodes); 2])],
    },
    Workload {
        name: "W3 the same, lists",
        figures: &["ns per object, first", "settled"],
        ours: |size| collections::<Mangrove>(size, Shape::Lists),
        peers: &[
            ("gc-arena", |size| collections::<GcArena>(size, Shape::Lists)),
            ("boa_gc", |size| collections::<Boa>(size, Shape::Lists)),
            #[cfg(feature = "mmtk")]
            ("mmtk", |size| collections::<mmtk::Mmtk>(size, Shape::Lists)),
        ],
        limits: &[("marking loop", |size| vec![marking(Shape::Lists, size.nodes); 2])],
    },
    Workload {
        name: "W4 cache of 256 MiB",
        figures: &["ns per operation", "longest pause, ms", "p99 of pauses, ms", "peak MiB"],
        ours: cache::<Mangrove>,
        peers: &[("gc-arena", cache::<GcArena>), ("boa_gc", cache::<Boa>), ("malloc", cache::<Malloc>)],
        limits: &[],
    },
    Workload {
        name: "W5a roots of 1e6 tasks, marking",
        figures: &["ns per task"],
        ours: |size| visit_ours(size, false),
        peers: &[("seed", visit::<Seed>), ("slab", visit::<Slab>)],
        limits: &[
            ("column, tags tested, summed", |size| column(size, sum_column)),
            ("column, tags tested", |size| column(size, read_column)),
        ],
    },
    Workload {
        name: "W5a roots of 1e6 tasks, minor, all touched",
        figures: &["ns per task"],
        ours: |size| visit_ours(size, true),
        peers: &[("seed", visit::<Seed>), ("slab", visit::<Slab>)],
        limits: &[
            ("column, tags tested, summed", |size| column(size, sum_column)),
            ("column, tags tested", |size| column(size, read_column)),
        ],
    },
    Workload {
        name: "W5a minor collection beside 1e6 untouched tasks",
        figures: &["ns"],
        ours: |size| vec![minor_beside(size.tasks)],
        peers: &[],
        limits: &[("without tasks", |_| vec![minor_beside(0)])],
    },
    Workload {
        name: "W5b spawn to taken result, 1e3 outstanding",
        figures: &["ns per task"],
        ours: |size| each(size.tasks, || black_box(Tasks::bursts(1000, size.tasks as u64))),
        peers: &[
            ("tokio", |size| each(size.tasks, || tokio_burst(size, 1000))),
            ("seed", |size| each(size.tasks, || black_box(burst::<Seed>(1000, size.tasks as u64)))),
        ],
        limits: &[("slab", |size| each(size.tasks, || black_box(burst::<Slab>(1000, size.tasks as u64))))],
    },
    Workload {
        name: "W5b the same, 1e6 outstanding",
        figures: &["ns per task"],
        ours: |size| each(size.tasks, || black_box(Tasks::bursts(size.tasks as u64, size.tasks as u64))),
        peers: &[
            ("tokio", |size| each(size.tasks, || tokio_burst(size, size.tasks))),
            ("seed", |size| each(size.tasks, || black_box(burst::<Seed>(size.tasks as u64, size.tasks as u64)))),
        ],
        limits: &[("slab", |size| each(size.tasks, || black_box(burst::<Slab>(size.tasks as u64, size.tasks as u64))))],
    },
    Workload {
        name: "W6 completion from another thread",
        figures: &["ns per task"],
        ours: |size| mail::<Tasks>(size, 1),
        peers: &[
            (Batched::NAME, |size| mail::<Batched>(size, 1)),
            ("seed", |size| mail::<Seed>(size, 1)),
            (Channel::NAME, |size| mail::<Channel>(size, 1)),
            (SwappedBatch::NAME, |size| mail::<SwappedBatch>(size, 1)),
        ],
        limits: &[(OneSender::NAME, |size| mail::<OneSender>(size, 1)), (Ring::NAME, |size| mail::<Ring>(size, 1))],
    },
    Workload {
        name: "W6 the same, two producers",
        figures: &["ns per task"],
        ours: |size| mail::<Tasks>(size, 2),
        peers: &[
            (Batched::NAME, |size| mail::<Batched>(size, 2)),
            (Channel::NAME, |size| mail::<Channel>(size, 2)),
            (SwappedBatch::NAME, |size| mail::<SwappedBatch>(size, 2)),
        ],
        limits: &[(OneSender::NAME, |size| mail::<OneSender>(size, 2))],
    },
];

/// Ours, the peers, the limits.
fn runs_of(workload: &Workload) -> Vec<(&'static str, Run)> {
    let ours = std::iter::once(("Mangrove", workload.ours));
    ours.chain(workload.peers.iter().copied()).chain(workload.limits.iter().copied()).collect()
}

/// The value of a flag.
fn flag(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

/// Measures in a process of its own.
fn apart(workload: usize, run: usize) -> Vec<f64> {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--bench", "--apart", &format!("{workload},{run}")]);
    #[cfg(feature = "mmtk")]
    if runs_of(&WORKLOADS[workload])[run].0 == "mmtk" {
        command.env("PEERS_SYSTEM_ALLOCATOR", "1");
    }
    let output = command.output().expect("this program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| line.parse().expect("a figure")).collect()
}

/// Three digits that mean something.
fn short(value: f64) -> String {
    match value {
        value if value >= 99.95 => format!("{value:.0}"),
        value if value >= 9.995 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// The median, and it with least and most.
fn median(mut values: Vec<f64>) -> (f64, String) {
    values.sort_by(f64::total_cmp);
    let (least, middle, most) = (values[0], values[values.len() / 2], values[values.len() - 1]);
    (middle, format!("{} [{} {}]", short(middle), short(least), short(most)))
}

fn main() {
    if !measured() {
        for workload in WORKLOADS {
            for (_, run) in runs_of(workload) {
                assert_eq!(run(SMALL).len().min(workload.figures.len()), run(SMALL).len().min(4), "{}", workload.name);
            }
        }
        return;
    }
    if let Some(both) = flag("--apart") {
        let (workload, run) = both.split_once(',').expect("two numbers");
        let workload = &WORKLOADS[workload.parse::<usize>().expect("a workload")];
        let (_, run) = runs_of(workload)[run.parse::<usize>().expect("a run")];
        for figure in run(FULL) {
            println!("{figure}");
        }
        return;
    }
    let repetitions = flag("--runs").map_or(3, |runs| runs.parse().expect("how many runs"));
    let only = flag("--only").unwrap_or_default();
    println!("| workload | Mangrove | peers, and how many times ours | limits, and ours in terms of them |");
    println!("| --- | --- | --- | --- |");
    for (place, workload) in WORKLOADS.iter().enumerate().filter(|(_, workload)| workload.name.starts_with(&only)) {
        let runs = runs_of(workload);
        let mut measured: Vec<Vec<Vec<f64>>> = vec![Vec::new(); runs.len()];
        for _ in 0..repetitions {
            touch_memory(1 << 30);
            for (run, values) in measured.iter_mut().enumerate() {
                values.push(apart(place, run));
            }
        }
        for (index, figure) in workload.figures.iter().enumerate() {
            let of = |run: usize| median(measured[run].iter().map(|values| values[index]).collect());
            let (ours, text) = of(0);
            let mut line = format!("| {}, {figure} | {text} |", workload.name);
            for (peer, (name, _)) in workload.peers.iter().enumerate() {
                let (theirs, text) = of(peer + 1);
                line += &format!("{} {name} {text}, × {}", if peer > 0 { ";" } else { "" }, short(theirs / ours));
            }
            line += " |";
            for (limit, (name, _)) in workload.limits.iter().enumerate() {
                let (least, text) = of(1 + workload.peers.len() + limit);
                line += &format!("{} {name} {text}, × {}", if limit > 0 { ";" } else { "" }, short(ours / least));
            }
            println!("{line} |");
        }
    }
}
