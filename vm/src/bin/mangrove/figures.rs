//! [`Pauses`] and [`Figures`]: what a run cost, as a table one likes to read and as JSON.
//!
//! Invariant: every figure of the table is in the JSON, under a name that says its unit.

use std::fmt::Write as _;
use std::time::Duration;

use mangrove_gc::{Event, Phase, Stats};
use mangrove_vm::engine::Counts;
use serde_json::{Value, json};

use crate::table::{bytes, count, table, time};

/// Upper ends of the classes of the histogram, in microseconds; the last class has none.
const CLASSES: [u64; 7] = [10, 30, 100, 300, 1_000, 3_000, 10_000];

const PHASES: [&str; 5] = ["minor", "mark", "end of marking", "compact", "sweep"];

/// The pauses of a run: pieces of collections, by phase and by length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pauses {
    phases: [PhaseTotal; PHASES.len()],
    classes: [u64; CLASSES.len() + 1],
}

#[derive(Clone, Copy, Debug, Default)]
struct PhaseTotal {
    count: u64,
    total_us: u64,
    max_us: u64,
}

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

    fn phases(&self) -> impl Iterator<Item = (&'static str, &PhaseTotal)> {
        PHASES.into_iter().zip(&self.phases).filter(|(_, total)| total.count > 0)
    }

    /// Classes of pauses: how many microseconds they are shorter than, but the last, and how many there were.
    fn histogram(&self) -> impl Iterator<Item = (Option<u64>, u64)> {
        CLASSES.into_iter().map(Some).chain([None]).zip(self.classes)
    }
}

/// How a figure is shown.
type Unit = fn(u64) -> String;

/// All figures of a run.
#[derive(Debug)]
pub(crate) struct Figures {
    /// The name in the JSON, the label in the table, the unit and the figure.
    figures: Vec<(&'static str, &'static str, Unit, u64)>,
    pauses: Pauses,
}

impl Figures {
    /// All that is known of a run.
    pub(crate) fn new(ran: Duration, stats: &Stats, pauses: &Pauses, counts: &Counts) -> Self {
        let us = |time: Duration| time.as_micros() as u64;
        let figures: Vec<(_, _, Unit, u64)> = vec![
            ("seconds", "time", time, us(ran)),
            ("turns", "turns of tasks", count, counts.turns),
            ("most_tasks", "most tasks at once", count, counts.most_tasks as u64),
            ("completions", "completed by threads", count, counts.completions),
            ("tasks_left", "tasks left", count, counts.tasks as u64),
            ("roots", "roots at the end", count, counts.roots as u64),
            ("minor_collections", "minor collections", count, stats.minors),
            ("full_collections", "full collections", count, stats.majors),
            ("compactions", "compactions", count, stats.compactions),
            ("objects_promoted", "objects promoted", count, stats.promoted_objects),
            ("objects_moved", "objects moved", count, stats.moved_objects),
            ("bytes_promoted", "bytes promoted", bytes, stats.promoted_bytes),
            ("verified_slots", "verified slots", count, stats.verified_slots),
            ("old_bytes", "old objects", bytes, stats.old_bytes as u64),
            ("block_bytes", "their blocks", bytes, stats.block_bytes as u64),
            ("nursery_bytes", "nursery", bytes, stats.nursery_bytes as u64),
            ("external_bytes", "outside of the heap", bytes, stats.external_bytes as u64),
            ("max_pause_us", "longest pause", time, us(stats.max_pause)),
            ("total_pause_us", "all pauses", time, us(stats.total_pause)),
        ];
        Figures { figures, pauses: pauses.clone() }
    }

    pub(crate) fn json(&self) -> Value {
        let mut json: Value = self.figures.iter().map(|&(name, _, _, figure)| (name, figure)).collect();
        json["seconds"] = json!(self.figures[0].3 as f64 / 1e6);
        json["phases"] = self
            .pauses
            .phases()
            .map(|(name, total)| {
                json!([name, { "count": total.count, "total_us": total.total_us, "max_us": total.max_us }])
            })
            .collect();
        json["histogram"] = self.pauses.histogram().map(|class| json!(class)).collect();
        json
    }

    /// The table, with the phases of collections and the histogram of pauses.
    pub(crate) fn table(&self) -> String {
        let mut text = side_by_side(&[("", self)]);
        for (name, total) in self.pauses.phases() {
            let (count, sum, max) = (count(total.count), time(total.total_us), time(total.max_us));
            let _ = writeln!(text, "  {name:<22}{count:>16}  {sum:>10} in all, {max:>9} at most");
        }
        let most = self.pauses.classes.into_iter().max().unwrap_or(0);
        text += if most > 0 { "  pauses\n" } else { "" };
        for (end, number) in self.pauses.histogram().filter(|&(_, number)| number > 0) {
            let label = end.map_or("longer".to_owned(), |end| format!("< {}", time(end)));
            let bar = "█".repeat((number * 32).div_ceil(most) as usize);
            let _ = writeln!(text, "  {label:>12} {:>10} {bar}", count(number));
        }
        text
    }
}

/// Runs side by side, a column for each under its title.
pub(crate) fn side_by_side(columns: &[(&str, &Figures)]) -> String {
    let titles: Vec<_> = columns.iter().map(|(title, _)| *title).collect();
    let shown = |row: usize| columns.iter().map(|(_, run)| (run.figures[row].2)(run.figures[row].3)).collect();
    let rows = columns[0].1.figures.iter().enumerate().map(|(row, figure)| (figure.1, shown(row)));
    table(&titles, rows)
}
