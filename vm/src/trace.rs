//! [`Trace`]: a recording of turns and collections in the trace event format, which Perfetto and `chrome://tracing`
//! open: a lane for each slot of the task table, one for the collector, and arrows from what settled to who awaited it.
//!
//! Invariant: events are written as they happen, so memory is bounded; the file is well formed once
//! [`Trace::finish`] has returned.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use mangrove_gc::{Event, Phase};
use serde_json::{Value, json};

/// How many settlements are remembered for arrows. Older ones get none.
const MOST_SETTLED: usize = 1 << 16;
/// The process whose lanes are tasks, and the one whose lane is the collector.
const TASKS: u32 = 1;
const HEAP: u32 = 2;

/// A recording in progress.
pub struct Trace {
    out: Box<dyn Write>,
    origin: Instant,
    /// For each settled task: in which lane, and when.
    settled: HashMap<u64, (u64, Instant)>,
    arrows: u64,
    /// Lanes below this have a name.
    named: u64,
    /// Whether an event was written.
    some: bool,
    /// The first error of `out`; nothing is written after it.
    error: Option<io::Error>,
}

impl Trace {
    /// Begins a recording; times are from now on.
    pub fn new(out: Box<dyn Write>) -> Self {
        let mut trace = Trace {
            out,
            origin: Instant::now(),
            settled: HashMap::new(),
            arrows: 0,
            named: 0,
            some: false,
            error: None,
        };
        for (pid, name) in [(TASKS, "tasks"), (HEAP, "heap")] {
            trace.put(json!({ "ph": "M", "name": "process_name", "pid": pid, "args": { "name": name } }));
        }
        trace.name_lane(HEAP, 0, "collector");
        trace
    }

    /// A turn of a task: `lane` is its slot in the table.
    pub fn turn(&mut self, lane: u64, name: &str, start: Instant, end: Instant) {
        while self.named <= lane {
            self.name_lane(TASKS, self.named, &format!("slot {}", self.named));
            self.named += 1;
        }
        let (ts, dur) = (self.micros(start), micros(end - start));
        self.put(json!({ "ph": "X", "name": name, "cat": "task", "pid": TASKS, "tid": lane, "ts": ts, "dur": dur }));
    }

    /// A task was settled by what runs in `lane`: an arrow can start here.
    pub fn settled(&mut self, task: u64, lane: u64, at: Instant) {
        if self.settled.len() >= MOST_SETTLED {
            self.settled.clear();
        }
        self.settled.insert(task, (lane, at));
    }

    /// The task in `lane` is resumed because `awaited` settled: an arrow ends here.
    pub fn resumed(&mut self, awaited: u64, lane: u64, at: Instant) {
        let Some(&(from, since)) = self.settled.get(&awaited) else { return };
        self.arrows += 1;
        for (phase, lane, at) in [("s", from, since), ("f", lane, at)] {
            let (id, ts) = (self.arrows, self.micros(at));
            let arrow = json!({ "ph": phase, "bp": "e", "name": "await", "cat": "await", "id": id, "pid": TASKS, "tid": lane, "ts": ts });
            self.put(arrow);
        }
    }

    /// A piece of a collection, and the size of the heap after it.
    pub fn collection(&mut self, event: &Event) {
        let name = match event.phase {
            Phase::Minor => "minor",
            Phase::Mark => "mark",
            Phase::MarkEnd => "end of marking",
            Phase::Compact => "compact",
            Phase::Sweep => "sweep",
            _ => "other",
        };
        let (ts, dur) = (self.micros(event.start), micros(event.duration));
        let args = json!({ "before": event.bytes_before, "after": event.bytes_after, "objects": event.objects });
        self.put(
            json!({ "ph": "X", "name": name, "cat": "gc", "pid": HEAP, "tid": 0, "ts": ts, "dur": dur, "args": args }),
        );
        let args = json!({ "bytes": event.bytes_after });
        self.put(json!({ "ph": "C", "name": "heap bytes", "pid": HEAP, "ts": ts + dur, "args": args }));
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// The first error of the writer since the beginning.
    pub fn finish(mut self) -> io::Result<()> {
        match self.error {
            Some(error) => Err(error),
            None => self.out.write_all(b"]\n").and_then(|()| self.out.flush()),
        }
    }

    fn micros(&self, at: Instant) -> f64 {
        micros(at.saturating_duration_since(self.origin))
    }

    fn name_lane(&mut self, process: u32, lane: u64, name: &str) {
        self.put(json!({ "ph": "M", "name": "thread_name", "pid": process, "tid": lane, "args": { "name": name } }));
    }

    fn put(&mut self, event: Value) {
        if self.error.is_none() {
            let before = if std::mem::replace(&mut self.some, true) { "," } else { "[" };
            self.error = writeln!(self.out, "{before}{event}").err();
        }
    }
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trace").field("arrows", &self.arrows).field("error", &self.error).finish_non_exhaustive()
    }
}
