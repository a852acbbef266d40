//! [`table`]: summaries side by side.
//!
//! Invariant: one row for each figure, in the same order for every command.

use std::fmt::Write as _;

use mangrove_tests::Summary;

use crate::output::{bytes, count};

type Figure = (&'static str, fn(&Summary) -> String);

const FIGURES: &[Figure] = &[
    ("operations", |s| count(s.ops)),
    ("objects made", |s| count(s.objects)),
    ("most objects alive", |s| count(s.most_objects)),
    ("tasks spawned", |s| count(s.tasks)),
    ("most outstanding", |s| count(s.most_tasks)),
    ("from other threads", |s| count(s.from_threads)),
    ("minor collections", |s| count(s.minors)),
    ("full collections", |s| count(s.majors)),
    ("compactions", |s| count(s.compactions)),
    ("objects moved", |s| count(s.moved)),
    ("bytes moved", |s| bytes(s.moved_bytes)),
    ("verified slots", |s| count(s.verified_slots)),
    ("values compared", |s| count(s.compared)),
    // A run that finds one ends there, and has no summary.
    ("stale values found", |_| count(0)),
    ("time", |s| format!("{:.2} s", s.seconds)),
];

/// The table, a column for each summary under its title.
pub(crate) fn table(columns: &[(&str, &Summary)]) -> String {
    let mut text = format!("  {:<20}", "");
    for (title, _) in columns {
        let _ = write!(text, "{title:>18}");
    }
    text.push('\n');
    for (label, figure) in FIGURES {
        let _ = write!(text, "  {label:<20}");
        for (_, summary) in columns {
            let _ = write!(text, "{:>18}", figure(summary));
        }
        text.push('\n');
    }
    text
}
