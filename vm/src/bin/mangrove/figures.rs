//! [`Pauses`] and [`Figures`]: what a run cost, as a table one likes to read and as JSON.
//!
//! Invariant: every figure of the table is in the JSON, under a name that says its unit.

use std::fmt::Write as _;
use std::time::Duration;

use mangrove_gc::{Event, Phase, Stats};
use mangrove_vm::engine::Counts;
use serde::Serialize;

use crate::output::{bytes, count};

/// Upper ends of the classes of the histogram, in microseconds; the last class has none.
const CLASSES: [u64; 7] = [10, 30, 100, 300, 1_000, 3_000, 10_000];

/// The pauses of a run: pieces of collections, by phase and by length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pauses {
    phases: [PhaseTotal; 5],
    classes: [u64; CLASSES.len() + 1],
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct PhaseTotal {
    count: u64,
    total_us: u64,
    max_us: u64,
}

const PHASES: [&str; 5] = ["minor", "mark", "end of marking", "compact", "sweep"];

impl Pauses {
    /// Notes one piece of a collection.
    pub(crate) fn note(&mut self, event: &Event) {
        let phase = match event.phase {
            Phase::Minor => 0,
            Phase::Mark => 1,
            Phase::MarkEnd => 2,
            Phase::Compact => 3,
            _ => 4,
        };
        let us = event.duration.as_micros() as u64;
        let total = &mut self.phases[phase];
        total.count += 1;
        total.total_us += us;
        total.max_us = total.max_us.max(us);
        self.classes[CLASSES.iter().position(|&end| us < end).unwrap_or(CLASSES.len())] += 1;
    }
}

/// All figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    seconds: f64,
    turns: u64,
    most_tasks: usize,
    completions: u64,
    tasks_left: usize,
    roots: usize,
    minor_collections: u64,
    full_collections: u64,
    compactions: u64,
    objects_promoted: u64,
    objects_moved: u64,
    bytes_promoted: u64,
    verified_slots: u64,
    old_bytes: usize,
    block_bytes: usize,
    nursery_bytes: usize,
    external_bytes: usize,
    max_pause_us: u64,
    total_pause_us: u64,
    phases: Vec<(&'static str, PhaseTotal)>,
    /// Pairs: pauses shorter than so many microseconds (none for the last), and how many.
    histogram: Vec<(Option<u64>, u64)>,
}

impl Figures {
    /// All that is known of a run.
    pub(crate) fn new(time: Duration, stats: &Stats, pauses: &Pauses, counts: &Counts) -> Self {
        Figures {
            seconds: time.as_secs_f64(),
            turns: counts.turns,
            most_tasks: counts.most_tasks,
            completions: counts.completions,
            tasks_left: counts.tasks,
            roots: counts.roots,
            minor_collections: stats.minors,
            full_collections: stats.majors,
            compactions: stats.compactions,
            objects_promoted: stats.promoted_objects,
            objects_moved: stats.moved_objects,
            bytes_promoted: stats.promoted_bytes,
            verified_slots: stats.verified_slots,
            old_bytes: stats.old_bytes,
            block_bytes: stats.block_bytes,
            nursery_bytes: stats.nursery_bytes,
            external_bytes: stats.external_bytes,
            max_pause_us: stats.max_pause.as_micros() as u64,
            total_pause_us: stats.total_pause.as_micros() as u64,
            phases: PHASES.into_iter().zip(pauses.phases).filter(|(_, total)| total.count > 0).collect(),
            histogram: CLASSES.into_iter().map(Some).chain([None]).zip(pauses.classes).collect(),
        }
    }

    /// The table, with the phases of collections and the histogram of pauses.
    pub(crate) fn table(&self) -> String {
        let mut text = side_by_side(&[("", self)]);
        for (name, total) in &self.phases {
            let (count, sum, max) = (count(total.count), time(total.total_us), time(total.max_us));
            let _ = writeln!(text, "  {name:<22}{count:>16}  {sum:>10} in all, {max:>9} at most");
        }
        self.bars(&mut text);
        text
    }

    /// The histogram, without the empty classes at either end.
    fn bars(&self, text: &mut String) {
        let used = |&(_, count): &(Option<u64>, u64)| count > 0;
        let (Some(first), Some(last)) = (self.histogram.iter().position(used), self.histogram.iter().rposition(used))
        else {
            return;
        };
        let most = self.histogram.iter().map(|&(_, count)| count).max().unwrap_or(1).max(1);
        let _ = writeln!(text, "  pauses");
        for &(end, number) in &self.histogram[first..=last] {
            let label = match end {
                Some(end) => format!("< {}", time(end)),
                None => "longer".to_owned(),
            };
            let bar = "█".repeat((number * 32).div_ceil(most) as usize);
            let _ = writeln!(text, "  {label:>12} {:>10} {bar}", count(number));
        }
    }
}

type Row = (&'static str, fn(&Figures) -> String);

const ROWS: &[Row] = &[
    ("time", |f| format!("{:.3} s", f.seconds)),
    ("turns of tasks", |f| count(f.turns)),
    ("most tasks at once", |f| count(f.most_tasks as u64)),
    ("completed by threads", |f| count(f.completions)),
    ("tasks left", |f| count(f.tasks_left as u64)),
    ("roots at the end", |f| count(f.roots as u64)),
    ("minor collections", |f| count(f.minor_collections)),
    ("full collections", |f| count(f.full_collections)),
    ("compactions", |f| count(f.compactions)),
    ("objects promoted", |f| count(f.objects_promoted)),
    ("objects moved", |f| count(f.objects_moved)),
    ("verified slots", |f| count(f.verified_slots)),
    ("old objects", |f| bytes(f.old_bytes as u64)),
    ("their blocks", |f| bytes(f.block_bytes as u64)),
    ("nursery", |f| bytes(f.nursery_bytes as u64)),
    ("longest pause", |f| time(f.max_pause_us)),
    ("all pauses", |f| time(f.total_pause_us)),
];

/// Runs side by side, a column for each under its title.
pub(crate) fn side_by_side(columns: &[(&str, &Figures)]) -> String {
    let mut text = String::new();
    if columns.len() > 1 {
        let titles = columns.iter().map(|(title, _)| format!("{title:>16}"));
        let _ = writeln!(text, "  {:<22}{}", "", titles.collect::<String>());
    }
    for (label, value) in ROWS {
        let values = columns.iter().map(|(_, figures)| format!("{:>16}", value(figures)));
        let _ = writeln!(text, "  {label:<22}{}", values.collect::<String>());
    }
    text
}

/// A time in a unit that reads well.
fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}
