//! [`Dump`]: all tasks as text.
//!
//! Invariant: it only reads, allocates nothing, takes no lock, runs no foreign code, does not look behind a value, and
//! finds nothing amiss in a table that is in the middle of something; so it can be printed at any time, from inside
//! `resume` and while a panic unwinds.

use core::fmt;

use super::TaskScheduler;
use crate::table::{Extra, Flags, Kind, NONE, Resume, Row, Stage};

/// Shows every task: what it is, its status, what it waits for and who waits for it, how old it is, its name and where
/// it was made, as far as that is known. One line for each, for as many as it is asked for.
///
/// The age is in settlements and cancellations of any task: how many there were since the task was made, or since it
/// settled.
///
/// ```text
/// 3 tasks, 2 unsettled, 1 ready, 1 external open, 4 settled or cancelled so far
///   task 0.0 "main" Waiting for task 1.0, age 4
///   task 1.0 external Waiting, age 3, 1 waiter, made at src/io.rs:12:30
///   task 2.1 Completed, age 1
/// ```
#[derive(Clone, Copy)]
pub struct Dump<'a, 'gc> {
    tasks: &'a TaskScheduler<'gc>,
    most: usize,
}

/// Most names of what one task waits for.
const MOST_AWAITED: usize = 4;

impl<'gc> TaskScheduler<'gc> {
    /// All tasks as text, at most 100 of them. Costs O(slots of the table).
    pub fn dump(&self) -> Dump<'_, 'gc> {
        Dump { tasks: self, most: 100 }
    }
}

impl Dump<'_, '_> {
    /// The same, of at most so many tasks. Those that are not settled come first.
    #[must_use]
    pub fn at_most(self, tasks: usize) -> Self {
        Dump { most: tasks, ..self }
    }

    fn line(&self, slot: u32, row: &Row, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.tasks;
        write!(f, "\n  {}", tasks.id(slot).name())?;
        let label = tasks.label(slot);
        if let Some(name) = label.and_then(|label| label.name.as_deref()) {
            write!(f, " {name:?}")?;
        }
        match row.kind {
            Kind::Callable => {}
            Kind::External => f.write_str(" external")?,
            Kind::Deferred => f.write_str(" deferred")?,
            Kind::Join => f.write_str(" join")?,
            Kind::Scope => f.write_str(" scope")?,
            Kind::Timer => f.write_str(" timer")?,
        }
        write!(f, " {:?}", tasks.status_of(slot))?;
        if row.stage == Stage::Ready && row.resume != Resume::First {
            write!(f, " ({:?})", row.resume)?;
        }
        self.awaited(slot, row, f)?;
        write!(f, ", age {}", tasks.seq.saturating_sub(row.seq))?;
        if let Some(cold) = tasks.colds.get(row.cold) {
            if !cold.waiters.is_empty() {
                f.write_str(", awaited")?;
            }
            if cold.tickets > 0 {
                write!(f, ", {} tickets", cold.tickets)?;
            }
            if row.stage == Stage::Failed
                && let Some(fault) = &cold.fault
            {
                write!(f, ", {fault}")?;
            }
        }
        if row.flags.has(Flags::RELEASED) {
            f.write_str(", released")?;
        }
        match label.and_then(|label| label.site) {
            Some(site) => write!(f, ", made at {site}"),
            None => Ok(()),
        }
    }

    /// What a task waits for.
    fn awaited(&self, slot: u32, row: &Row, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if row.stage != Stage::Waiting {
            return Ok(());
        }
        let tasks = self.tasks;
        let mut list = List { f, count: 0 };
        match (row.kind, tasks.colds.get(row.cold).map(|cold| &cold.extra)) {
            (Kind::Callable, _) => list.add(tasks, row.awaits)?,
            (Kind::Join, Some(Extra::Join(record))) => {
                let mut next = record.first;
                while let Some(edge) = tasks.edges.get(next) {
                    if edge.child != NONE {
                        list.add(tasks, edge.child)?;
                    }
                    next = edge.sibling;
                }
            }
            (Kind::Scope, Some(Extra::Scope(_))) => {
                tasks.member_slots(slot).try_for_each(|member| list.add(tasks, member))?;
            }
            _ => {}
        }
        match list.count.checked_sub(MOST_AWAITED) {
            Some(more) if more > 0 => write!(f, " and {more} more"),
            _ => Ok(()),
        }
    }
}

/// The names of what one task waits for, up to some.
struct List<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    count: usize,
}

impl List<'_, '_> {
    fn add(&mut self, tasks: &TaskScheduler<'_>, slot: u32) -> fmt::Result {
        self.count += 1;
        match (self.count, tasks.rows.get(slot)) {
            (_, None) => Ok(()),
            (1, Some(_)) => write!(self.f, " for {}", tasks.id(slot).name()),
            (2..=MOST_AWAITED, Some(_)) => write!(self.f, ", {}", tasks.id(slot).name()),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Dump<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.tasks;
        write!(
            f,
            "{} tasks, {} unsettled, {} ready, {} externals open, {} settled or cancelled so far",
            tasks.outstanding(),
            tasks.unsettled,
            tasks.ready_count,
            tasks.open_externals,
            tasks.seq
        )?;
        let mut shown = 0;
        for settled in [false, true] {
            let rows = tasks.rows.iter().filter(|(_, row)| row.stage != Stage::Free && row.is_settled() == settled);
            for (slot, row) in rows.take(self.most - shown) {
                self.line(slot, row, f)?;
                shown += 1;
            }
        }
        match tasks.outstanding().saturating_sub(shown) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl fmt::Debug for Dump<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A line of counts; with `{:#?}` the [dump](TaskScheduler::dump).
impl fmt::Debug for TaskScheduler<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return fmt::Display::fmt(&self.dump(), f);
        }
        f.debug_struct("TaskScheduler")
            .field("outstanding", &self.outstanding())
            .field("unsettled", &self.unsettled)
            .field("ready", &self.ready_count)
            .field("open_externals", &self.open_externals)
            .finish_non_exhaustive()
    }
}
