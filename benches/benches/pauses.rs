//! What is measured once, or as a distribution: W3 full collections, W4 pauses, the memory of W1, and the time until
//! a parked VM wakes (W6).
//!
//! Invariant: each case runs in a process of its own, so that the peak of its memory is its own, and no heap is made
//! of what another one left.
//!
//! `cargo bench -p mangrove-benches --bench pauses [-- --runs 5] [--case W4]`

use std::cell::Cell;
use std::process::Command;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use mangrove_benches::{
    Cache, Collected, Gaps, GcArena, Malloc, Mangrove, Rng, SLOTS_PER_CHUNK, Shape, TREES, Tasks, Trees, binary_trees,
    cpu_time, expected_checksum, measured, peak_rss_mib, rss_mib, touch_memory,
};
use mangrove_gc::{HeapConfig, Phase};
use mangrove_scheduler::{Slice, poll_once};
use mangrove_vm::engine::{Engine, Options};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How large a case is.
#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    chunks: usize,
    seconds: f64,
    trees: u32,
    wakes: usize,
}

const FULL: Size = Size { nodes: 4_000_000, chunks: 2048, seconds: 3.0, trees: TREES, wakes: 2000 };
const SMALL: Size = Size { nodes: 20_000, chunks: 8, seconds: 0.02, trees: 8, wakes: 20 };

/// A figure: what, how much, its unit.
type Figure = (&'static str, f64, &'static str);
type Case = fn(Size) -> Vec<Figure>;

const CASES: [(&str, &str, Case); 20] = [
    ("W1 memory", Mangrove::NAME, memory::<Mangrove>),
    ("W1 memory", GcArena::NAME, memory::<GcArena>),
    ("W3 graph", Mangrove::NAME, |size| collections::<Mangrove>(Shape::Random, size)),
    ("W3 graph", GcArena::NAME, |size| collections::<GcArena>(Shape::Random, size)),
    ("W3 list", Mangrove::NAME, |size| collections::<Mangrove>(Shape::Lists, size)),
    ("W3 list", GcArena::NAME, |size| collections::<GcArena>(Shape::Lists, size)),
    ("W4", Mangrove::NAME, cache::<Mangrove>),
    ("W4", GcArena::NAME, cache::<GcArena>),
    ("W4", Malloc::NAME, cache::<Malloc>),
    ("W4", "no heap", idle),
    ("W6 wake", "mangrove", |size| wakes(size, &mut vm())),
    ("W6 wake", "park/unpark", |size| wakes(size, &mut parked)),
    ("burst", "chunks kept", |size| after_a_burst(size, true)),
    ("burst", "slots kept", |size| after_a_burst(size, false)),
    ("target", "0.5 ms", |size| target(size, Duration::from_micros(500))),
    ("target", "1 ms", |size| target(size, Duration::from_millis(1))),
    ("target", "5 ms", |size| target(size, Duration::from_millis(5))),
    ("vm target", "0.5 ms", |size| vm_target(size, Duration::from_micros(500))),
    ("vm target", "1 ms", |size| vm_target(size, Duration::from_millis(1))),
    ("vm target", "5 ms", |size| vm_target(size, Duration::from_millis(5))),
];

fn memory<P: Trees>(size: Size) -> Vec<Figure> {
    let before = peak_rss_mib();
    binary_trees::<P>(size.trees);
    vec![("peak rss", peak_rss_mib(), "MiB"), ("of the process itself", before, "MiB")]
}

fn collections<P: Collected>(shape: Shape, size: Size) -> Vec<Figure> {
    let mut heap = P::new();
    heap.graph(shape, size.nodes);
    let mut times: Vec<f64> = (0..6)
        .map(|_| {
            let start = Instant::now();
            heap.collect();
            start.elapsed().as_secs_f64() * 1e9 / size.nodes as f64
        })
        .collect();
    assert_eq!(heap.checksum(shape), expected_checksum(size.nodes));
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    let settled = times[times.len() / 2];
    vec![("first", first, "ns/object"), ("settled", settled, "ns/object"), ("peak rss", peak_rss_mib(), "MiB")]
}

/// Time of `step` for `seconds`, which does 16 operations.
fn gaps(seconds: f64, mut step: impl FnMut()) -> (Gaps, f64, f64) {
    let (start, cpu) = (Instant::now(), cpu_time());
    let (mut gaps, mut ops) = (Gaps::start(), 0);
    loop {
        step();
        ops += 16;
        if gaps.tick().as_secs_f64() > seconds {
            let wall = start.elapsed().as_secs_f64() * 1e9 / f64::from(ops);
            return (gaps, wall, (cpu_time() - cpu).as_secs_f64() * 1e9 / f64::from(ops));
        }
    }
}

fn pauses((gaps, wall, cpu): (Gaps, f64, f64)) -> Vec<Figure> {
    let pauses = gaps.report();
    vec![
        ("op", wall, "ns"),
        ("op cpu", cpu, "ns"),
        ("max", pauses.wall_max, "ms"),
        ("max cpu", pauses.cpu_max, "ms"),
        ("p99", pauses.wall_p99, "ms"),
        ("p99 cpu", pauses.cpu_p99, "ms"),
        ("pauses", pauses.per_second, "/s"),
    ]
}

fn cache<P: Cache>(size: Size) -> Vec<Figure> {
    let mut heap = P::new();
    heap.fill(size.chunks);
    let mut rng = Rng::new(5);
    let mut figures = pauses(gaps(size.seconds, || heap.replace(16, &mut rng)));
    figures.push(("peak rss", peak_rss_mib(), "MiB"));
    assert_eq!(heap.cached(), 4 * (size.chunks * SLOTS_PER_CHUNK) as u64);
    figures
}

/// W4 with a pause target: how many gaps of processor time there were of each length, and the longest piece of each kind.
fn target(size: Size, target: Duration) -> Vec<Figure> {
    let mut heap = Mangrove::with(HeapConfig { pause_target: target, ..HeapConfig::default() });
    heap.fill(size.chunks);
    let longest = Rc::new(Cell::new([Duration::ZERO; 5]));
    let seen = longest.clone();
    heap.observe(move |event| {
        let mut all = seen.get();
        let place = match event.phase {
            Phase::Minor => 0,
            Phase::Mark => 1,
            Phase::MarkEnd => 2,
            Phase::Sweep => 3,
            _ => 4,
        };
        all[place] = all[place].max(event.duration);
        seen.set(all);
    });
    let mut rng = Rng::new(5);
    let (gaps, _, op) = gaps(size.seconds, || heap.replace(16, &mut rng));
    let buckets = gaps.cpu_histogram(&[100, 250, 500, 1000, 2000, 5000]);
    let max = gaps.report().cpu_max;
    let ms = |place: usize| longest.get()[place].as_secs_f64() * 1e3;
    vec![
        ("op cpu", op, "ns"),
        ("max cpu", max, "ms"),
        ("gaps of 50 to 100 µs", buckets[0], "/s"),
        ("to 250 µs", buckets[1], "/s"),
        ("to 0.5 ms", buckets[2], "/s"),
        ("to 1 ms", buckets[3], "/s"),
        ("to 2 ms", buckets[4], "/s"),
        ("to 5 ms", buckets[5], "/s"),
        ("longer", buckets[6], "/s"),
        ("longest minor", ms(0), "ms"),
        ("mark", ms(1), "ms"),
        ("mark end", ms(2), "ms"),
        ("sweep", ms(3), "ms"),
        ("peak rss", peak_rss_mib(), "MiB"),
    ]
}

/// A program that allocates, part of which it keeps for a while, beside suspended calls.
const PROGRAM: &str = "
let open;
const gate = new Promise((resolve) => { open = resolve; });
async function fiber(i) { const own = { i, name: 'fiber' }; await gate; return own.i; }
const waiting = [];
for (let i = 0; i < FIBERS; i++) waiting.push(fiber(i));
async function work() {
  const cache = [];
  for (let i = 0; i < FIBERS; i++) cache.push({ i, next: null });
  let seed = 1;
  for (;;) {
    for (let k = 0; k < 20; k++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      cache[seed % FIBERS] = { i: k, next: { i: seed, next: [k, seed, { k }] } };
    }
    await null;
  }
}
work();
";

/// The pauses of a program of the VM beside suspended calls: how long each safepoint took that had work to do.
fn vm_target(size: Size, target: Duration) -> Vec<Figure> {
    let fibers = size.chunks * 100_000 / FULL.chunks;
    let heap = HeapConfig { pause_target: target, ..HeapConfig::default() };
    let mut engine = Engine::new(Options { heap, ..Options::default() }).expect("an engine");
    let _ticket = engine.start("pauses.js", &PROGRAM.replace("FIBERS", &fibers.to_string())).expect("a program");
    while engine.counts().tasks < fibers {
        assert_eq!(poll_once(engine.heap(), None).expect("a heap that works"), Slice::More);
    }
    let turns = engine.counts().turns;
    let (mut gaps, cpu) = (Gaps::start(), cpu_time());
    loop {
        gaps.begin();
        engine.heap().safepoint().expect("a heap that works");
        if gaps.tick().as_secs_f64() > size.seconds {
            break;
        }
        // Its own safepoint has nothing left to do.
        assert_eq!(poll_once(engine.heap(), None).expect("a heap that works"), Slice::More);
    }
    let round = (cpu_time() - cpu).as_secs_f64() * 1e9 / (engine.counts().turns - turns) as f64;
    let buckets = gaps.cpu_histogram(&[100, 250, 500, 1000, 2000, 5000]);
    let pauses = gaps.report();
    vec![
        ("20 replacements", round, "ns"),
        ("max cpu", pauses.cpu_max, "ms"),
        ("max", pauses.wall_max, "ms"),
        ("p99 cpu", pauses.cpu_p99, "ms"),
        ("pauses of 50 to 100 µs", buckets[0], "/s"),
        ("to 250 µs", buckets[1], "/s"),
        ("to 0.5 ms", buckets[2], "/s"),
        ("to 1 ms", buckets[3], "/s"),
        ("to 2 ms", buckets[4], "/s"),
        ("to 5 ms", buckets[5], "/s"),
        ("longer", buckets[6], "/s"),
        ("peak rss", peak_rss_mib(), "MiB"),
    ]
}

/// A cache of 1 GiB of which a hundredth is kept, whole chunks or slots here and there; then the heap works on.
fn after_a_burst(size: Size, chunks: bool) -> Vec<Figure> {
    let mut heap = Mangrove::new();
    heap.fill(size.chunks * 4);
    let before = rss_mib();
    heap.keep_a_hundredth(chunks);
    let live = if chunks { 136.0 } else { 128.0 } * (size.chunks * 4 * SLOTS_PER_CHUNK / 100) as f64 / 1048576.0;
    let live = if chunks { live } else { live + (size.chunks * 4 * 8200) as f64 / 1048576.0 };
    // Eighty times what was in use.
    let mut work = Gaps::start();
    for _ in 0..size.chunks * 4 * 80 / 4 {
        heap.garbage(16);
        work.tick();
    }
    let pause = work.report().cpu_max;
    vec![("rss", before, "MiB"), ("live then", live, "MiB"), ("rss then", rss_mib(), "MiB"), ("max cpu", pause, "ms")]
}

/// The loop of W4 without a heap: what the machine itself adds.
fn idle(size: Size) -> Vec<Figure> {
    let mut rng = Rng::new(5);
    pauses(gaps(size.seconds, || {
        for _ in 0..256 {
            std::hint::black_box(rng.below(1000));
        }
    }))
}

/// What completes a wait, on another thread.
type Signal = Box<dyn FnOnce() + Send>;

/// Waits for a completion that is sent through the channel.
type Wait<'a> = &'a mut dyn FnMut(&mpsc::Sender<Signal>);

/// The time from a completion to the return of the wait for it.
fn wakes(size: Size, wait: Wait<'_>) -> Vec<Figure> {
    let (signals, to_send) = mpsc::channel::<Signal>();
    let (times, sent) = mpsc::channel::<Instant>();
    let producer = std::thread::spawn(move || {
        for signal in to_send {
            // Long enough for the other thread to park.
            std::thread::sleep(Duration::from_micros(200));
            let now = Instant::now();
            signal();
            let _ = times.send(now);
        }
    });
    let mut nanos: Vec<f64> = (0..size.wakes)
        .map(|_| {
            wait(&signals);
            let woken = Instant::now();
            (woken - sent.recv().expect("the producer")).as_secs_f64() * 1e6
        })
        .collect();
    drop(signals);
    producer.join().expect("the producer");
    nanos.sort_by(f64::total_cmp);
    vec![("median", nanos[nanos.len() / 2], "µs"), ("p99", nanos[nanos.len() * 99 / 100], "µs")]
}

fn vm() -> impl FnMut(&mpsc::Sender<Signal>) {
    let mut tasks = Tasks::empty();
    move |signals| {
        tasks.wait_for(|completer| {
            let _ = signals.send(Box::new(move || completer.complete(1)));
        });
    }
}

fn parked(signals: &mpsc::Sender<Signal>) {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let (done, vm) = (Arc::new(AtomicBool::new(false)), std::thread::current());
    let flag = done.clone();
    let _ = signals.send(Box::new(move || {
        flag.store(true, Ordering::Release);
        vm.unpark();
    }));
    while !done.load(Ordering::Acquire) {
        std::thread::park();
    }
}

/// The value of a flag.
fn flag(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

/// Runs a case in a process of its own: its figures, in order.
fn apart(case: usize) -> Vec<f64> {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let output = command.args(["--bench", "--apart", &case.to_string()]).output().expect("this program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| line.parse().expect("a figure")).collect()
}

fn main() {
    if !measured() {
        for (_, _, case) in CASES {
            case(SMALL);
        }
        return;
    }
    if let Some(case) = flag("--apart") {
        let (_, _, case) = CASES[case.parse::<usize>().expect("the number of a case")];
        for (_, figure, _) in case(FULL) {
            println!("{figure}");
        }
        return;
    }
    let runs = flag("--runs").map_or(1, |runs| runs.parse().expect("how many runs"));
    let only = flag("--case").unwrap_or_default();
    for (index, (workload, peer, case)) in CASES.iter().enumerate() {
        if !workload.starts_with(&only) {
            continue;
        }
        touch_memory(2 << 30);
        let runs: Vec<Vec<f64>> = (0..runs).map(|_| apart(index)).collect();
        let mut line = format!("{workload:<10} {peer:<12}");
        for (place, (what, _, unit)) in case(SMALL).iter().enumerate() {
            let mut figures: Vec<f64> = runs.iter().map(|run| run[place]).collect();
            figures.sort_by(f64::total_cmp);
            let (least, median, most) = (figures[0], figures[figures.len() / 2], figures[figures.len() - 1]);
            line += &format!(" | {what} {median:.4} {unit}");
            if figures.len() > 1 {
                line += &format!(" [{least:.3} {most:.3}]");
            }
        }
        println!("{line}");
    }
}
