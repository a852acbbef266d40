//! [`Pauses`] and [`Figures`]: what a run cost, as a table one likes to read and as JSON.
//!
//! Invariant: every figure of the table is in the JSON, under a name that says its unit.

use std::fmt::Write as _;
use std::time::Duration;

use mangrove_gc::{Event, Phase, Stats};
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
    pub(crate) seconds: f64,
    pub(crate) turns: u64,
    pub(crate) most_tasks: usize,
    pub(crate) tasks_left: usize,
    pub(crate) roots: usize,
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
    /// The figures of a heap and its pauses; those of tasks are to be filled in.
    pub(crate) fn new(time: Duration, stats: &Stats, pauses: &Pauses) -> Self {
        Figures {
            seconds: time.as_secs_f64(),
            turns: 0,
            most_tasks: 0,
            tasks_left: 0,
            roots: 0,
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

    /// The table.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        let mut row = |label: &str, value: String| {
            let _ = writeln!(text, "  {label:<22}{value:>14}");
        };
        row("time", format!("{:.3} s", self.seconds));
        row("turns of tasks", count(self.turns));
        row("most tasks at once", count(self.most_tasks as u64));
        row("tasks left", count(self.tasks_left as u64));
        row("roots at the end", count(self.roots as u64));
        row("minor collections", count(self.minor_collections));
        row("full collections", count(self.full_collections));
        row("compactions", count(self.compactions));
        row("objects promoted", count(self.objects_promoted));
        row("objects moved", count(self.objects_moved));
        if self.verified_slots > 0 {
            row("verified slots", count(self.verified_slots));
        }
        row("old objects", bytes(self.old_bytes as u64));
        row("their blocks", bytes(self.block_bytes as u64));
        row("nursery", bytes(self.nursery_bytes as u64));
        row("longest pause", time(self.max_pause_us));
        row("all pauses", time(self.total_pause_us));
        for (name, total) in &self.phases {
            let (count, sum, max) = (count(total.count), time(total.total_us), time(total.max_us));
            let _ = writeln!(text, "  {name:<22}{count:>14}  {sum:>10} in all, {max:>9} at most");
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

/// A time in a unit that reads well.
fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}
