//! Clocks: gaps between the ticks of a mutator in wall time and in processor time, and the memory of the process.
//!
//! Invariant: a gap counts everything between two ticks, also what the machine does meanwhile; the processor time of
//! the same gap leaves that out.

use std::time::{Duration, Instant};

/// Processor time of this thread.
pub fn cpu_time() -> Duration {
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Processor time of all threads of the process.
pub fn process_time() -> Duration {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct it is given; the clocks exist on every system that has threads.
    unsafe { libc::clock_gettime(clock, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The most memory that the process has held, in MiB (`VmHWM`); 0 where the system does not tell.
pub fn peak_rss_mib() -> f64 {
    status_mib("VmHWM:")
}

/// The memory that the process holds, in MiB.
pub fn rss_mib() -> f64 {
    status_mib("VmRSS:")
}

fn status_mib(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// Whether this run measures (`cargo bench`), or only tries the bodies (`cargo test --benches`).
pub fn measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Touches this much memory and gives it back. A virtual machine's host takes free memory away after seconds, and a
/// first touch then costs ten times as much: so it is had before what is measured.
pub fn touch_memory(bytes: usize) {
    let mut memory = vec![0_u8; bytes];
    for page in memory.chunks_mut(4096) {
        page[0] = 1;
    }
    std::hint::black_box(&memory);
}

/// Records the gaps between ticks.
#[derive(Debug)]
pub struct Gaps {
    start: Instant,
    last_wall: Instant,
    last_cpu: Duration,
    wall: Vec<u64>,
    cpu: Vec<u64>,
}

/// Gaps up to this are the mutator's own.
const NOISE: u64 = 50_000;

impl Gaps {
    /// Starts now.
    pub fn start() -> Self {
        let (wall, cpu) = (Vec::with_capacity(1 << 16), Vec::with_capacity(1 << 16));
        Gaps { start: Instant::now(), last_wall: Instant::now(), last_cpu: cpu_time(), wall, cpu }
    }

    /// Ends a gap; returns the time since the start.
    #[inline]
    pub fn tick(&mut self) -> Duration {
        let (now, cpu) = (Instant::now(), cpu_time());
        let wall_gap = (now - self.last_wall).as_nanos() as u64;
        let cpu_gap = (cpu - self.last_cpu).as_nanos() as u64;
        (self.last_wall, self.last_cpu) = (now, cpu);
        if wall_gap > NOISE {
            self.wall.push(wall_gap);
        }
        if cpu_gap > NOISE {
            self.cpu.push(cpu_gap);
        }
        now - self.start
    }

    /// A gap begins now: what came before it does not count.
    #[inline]
    pub fn begin(&mut self) {
        (self.last_wall, self.last_cpu) = (Instant::now(), cpu_time());
    }

    /// Gaps of processor time per second, by length: up to each of these bounds in microseconds, and longer.
    pub fn cpu_histogram(&self, bounds: &[u64]) -> Vec<f64> {
        let total = (self.last_wall - self.start).as_secs_f64();
        let mut counts = vec![0.0; bounds.len() + 1];
        for gap in &self.cpu {
            counts[bounds.partition_point(|&bound| bound * 1000 < *gap)] += 1.0 / total;
        }
        counts
    }

    /// The distribution of what was longer than 50 µs.
    pub fn report(mut self) -> Pauses {
        let total = (self.last_wall - self.start).as_secs_f64();
        let of = |gaps: &mut Vec<u64>| {
            gaps.sort_unstable();
            let at = |permille: usize| {
                let rank = (gaps.len() * permille).div_ceil(1000).max(1);
                gaps.get(rank - 1).map_or(0.0, |&gap| gap as f64 / 1e6)
            };
            (at(1000), at(990))
        };
        let per_second = self.wall.len() as f64 / total;
        let ((wall_max, wall_p99), (cpu_max, cpu_p99)) = (of(&mut self.wall), of(&mut self.cpu));
        Pauses { wall_max, wall_p99, cpu_max, cpu_p99, per_second }
    }
}

/// Pauses in milliseconds, of all gaps longer than 50 µs.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    /// The longest, by the wall clock.
    pub wall_max: f64,
    /// The 99th percentile, by the wall clock.
    pub wall_p99: f64,
    /// The longest, in processor time.
    pub cpu_max: f64,
    /// The 99th percentile, in processor time.
    pub cpu_p99: f64,
    /// How many there were per second.
    pub per_second: f64,
}
