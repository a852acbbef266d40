//! [`Retain::WhileReachable`]: tasks that nobody can name and that can never run are found by the collector.
//!
//! Tasks that wait for each other, directly or not, whichever way, form a group. A group is alive while one of its
//! tasks can run without another's help, or has a name: a [`TaskId`] in an object or a root that is alive, or a
//! ticket. What the tasks of a group hold is alive while the group is; so what one holds may be what names another.
//! The least such set is computed as part of marking: the marker tells which handles it met, and this file which
//! values follow from them, in slices, until neither has more to say.
//!
//! Invariant: while marking runs, what became ready, began to wait, or was made is in `live`, and what is in `live` was
//! visited or is in `gray`. So a group to which a name was given, or that was joined with a live one, is alive, wherever
//! the slices were.

use mangrove_gc::Visitor;

use super::TaskScheduler;
use crate::id::TaskId;
use crate::sabotage::Sabotage;
use crate::table::{CHUNK, Cold, Extra, Flags, Kind, List, NONE, Row, Stage};

/// How long the value of a task is a root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retain {
    /// Until the task is taken, or released and settled.
    #[default]
    UntilTaken,
    /// The same, but no longer than the task can run or somebody can name it: then it is
    /// [lost](TaskScheduler::lost).
    WhileReachable,
}

/// Rows that are looked at in one go.
const ROWS: usize = 64;
/// The words that this counts for, a task that is visited, and a neighbour of one.
const ROWS_COST: usize = 48;
const TASK_COST: usize = 32;
const NEIGHBOUR_COST: usize = 8;

/// What is known of a marking.
#[derive(Default)]
pub(super) struct Reach {
    /// Whether tasks are retained while they are reachable only.
    on: bool,
    /// Marking runs, and began with a visit of this table.
    marking: bool,
    /// A bit for each row: its group is alive.
    live: Vec<u64>,
    /// Rows in `live` that are still to be visited.
    gray: Vec<u32>,
    /// The first row that was not asked whether it can run; or, once all were, whether it is lost.
    next: usize,
    /// All that is alive was found, and what is lost is being noted.
    losing: bool,
    /// There was no memory for `live` or `gray`: all tasks are alive.
    all: bool,
    /// Neighbours of the task that is visited; empty between visits.
    near: Vec<u32>,
    /// Lost tasks that were not released yet, each once; those without the flag are lost no more.
    lost: Vec<u32>,
}

impl Reach {
    pub(super) fn new(retain: Retain) -> Self {
        Reach { on: retain == Retain::WhileReachable, ..Reach::default() }
    }

    fn begin(&mut self, rows: usize) {
        self.marking = true;
        self.live.clear();
        self.gray.clear();
        self.next = 0;
        self.losing = false;
        let words = rows.div_ceil(64);
        self.all = self.live.try_reserve(words).is_err();
        if !self.all {
            self.live.resize(words, 0);
        }
    }

    /// The group of this row is alive.
    #[cold]
    fn meet(&mut self, slot: u32) {
        let (word, bit) = (slot as usize / 64, 1 << (slot % 64));
        if self.all {
            return;
        }
        if word >= self.live.len() {
            if self.live.try_reserve(word + 1 - self.live.len()).is_err() {
                return self.give_up();
            }
            self.live.resize(word + 1, 0);
        }
        if self.live[word] & bit == 0 {
            if self.gray.try_reserve(1).is_err() {
                return self.give_up();
            }
            self.live[word] |= bit;
            self.gray.push(slot);
        }
    }

    /// The same, and its neighbours are others than before: it is visited again.
    #[cold]
    fn renew(&mut self, slot: u32) {
        if let Some(word) = self.live.get_mut(slot as usize / 64) {
            *word &= !(1 << (slot % 64));
        }
        self.meet(slot);
    }

    fn give_up(&mut self) {
        self.all = true;
        self.next = 0;
    }

    fn is_live(&self, slot: u32) -> bool {
        self.live.get(slot as usize / 64).is_some_and(|word| word & 1 << (slot % 64) != 0)
    }
}

impl<'gc> TaskScheduler<'gc> {
    /// The tasks that the last full collections found lost, with [`Retain::WhileReachable`]: none of those that wait for
    /// each other can run, and nobody can name one. A deferred whose last resolver is gone and all that awaits it; a
    /// settled task whose outcome nobody asks for. Never a task that could still have a turn.
    ///
    /// They stay as they are, and roots, until [`TaskScheduler::release_lost`]; till then they can be looked at, reported,
    /// or cancelled, so that their cleanup runs.
    pub fn lost(&self) -> impl Iterator<Item = TaskId<'gc>> + '_ {
        self.reach.lost.iter().filter(|&&slot| self.is_lost(slot)).map(|&slot| self.id(slot))
    }

    /// Whether there may be lost tasks: to be asked after each safepoint.
    #[inline]
    pub fn has_lost(&self) -> bool {
        !self.reach.lost.is_empty() && !self.reach.losing
    }

    /// Gives up all lost tasks without a turn; their ids are stale from now on. Returns how many. Groups of which one
    /// was cancelled or settled meanwhile go on.
    pub fn release_lost(&mut self) -> usize {
        if !self.has_lost() {
            return 0;
        }
        let mut lost = core::mem::take(&mut self.reach.lost);
        lost.retain(|&slot| self.is_lost(slot));
        // What is connected with a task that is not lost any more is not lost either.
        let mut found: Vec<u32> = lost.iter().copied().filter(|&slot| self.has_found_neighbour(slot)).collect();
        while let Some(slot) = found.pop() {
            if self.is_lost(slot) {
                self.rows[slot].flags.clear(Flags::LOST);
                self.neighbours(slot, &mut |next| found.push(next));
            }
        }
        lost.retain(|&slot| self.is_lost(slot));
        // All links of a group are between its own tasks: they go as a whole.
        for &slot in &lost {
            let cold = self.rows[slot].cold;
            if cold != NONE {
                let Cold { waiters, extra, .. } = &mut self.colds[cold];
                *waiters = List::EMPTY;
                if let Extra::Scope(scope) = extra {
                    scope.members = List::EMPTY;
                }
            }
        }
        for &slot in &lost {
            if !self.rows[slot].is_settled() {
                self.unsettled -= 1;
            }
            if self.rows[slot].flags.has(Flags::DETACHED) {
                self.detached.remove(&slot);
            }
            self.free(slot);
        }
        lost.len()
    }

    /// While marking runs: the task was made, became ready, or began to wait.
    #[inline(always)]
    pub(super) fn note_reached(&mut self, slot: u32) {
        if self.reach.marking && !self.planted.has(Sabotage::ForgetReached) {
            self.reach.renew(slot);
        }
    }

    fn is_lost(&self, slot: u32) -> bool {
        self.rows.get(slot).is_some_and(|row| row.stage != Stage::Free && row.flags.has(Flags::LOST))
    }

    fn has_found_neighbour(&self, slot: u32) -> bool {
        let mut any = false;
        self.neighbours(slot, &mut |next| any |= !self.is_lost(next));
        any
    }

    /// Visits the table as [`Retain`] asks for it.
    pub(super) fn scan_rows(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        if !self.reach.on {
            self.rows.scan(visitor);
            return self.scan_parts(visitor);
        }
        if visitor.young_only() {
            let live = (self.reach.marking && !self.reach.all).then_some(&*self.reach.live);
            self.rows.scan_dirty(visitor, live);
            return self.scan_parts(visitor);
        }
        if visitor.is_last() {
            return self.find_lost(visitor);
        }
        while let Some(value) = visitor.met_task() {
            if let Some(task) = TaskId::from_value(value)
                && let Ok(slot) = self.slot(task)
                && self.reach.marking
            {
                self.meet(slot);
            }
        }
        if let Some((mut visitor, words)) = visitor.part() {
            return self.scan_reached(&mut visitor, words);
        }
        if visitor.postpone() {
            visitor.watch_tasks();
            // Those that are lost no more are forgotten: their slots may be lost again.
            let mut lost = core::mem::take(&mut self.reach.lost);
            lost.retain(|&slot| self.is_lost(slot));
            if self.reach.losing {
                // The marking that noted them was given up half way: they are found again.
                lost.drain(..).for_each(|slot| self.rows[slot].flags.clear(Flags::LOST));
            }
            self.reach.lost = lost;
            return self.reach.begin(self.rows.capacity());
        }
        self.rows.scan(visitor);
        self.scan_parts(visitor);
    }

    fn scan_parts(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        if self.edges.count() > 0 && !self.planted.has(Sabotage::SkipJoinParts) {
            visitor.group("tasks: parts of joins");
            self.edges.scan(visitor);
        }
    }

    /// A slice of marking.
    fn scan_reached(&mut self, visitor: &mut Visitor<'_, 'gc>, words: &mut usize) {
        if !self.reach.marking {
            return;
        }
        while *words > 0 {
            if let Some(slot) = self.reach.gray.pop() {
                // It may be gone meanwhile, and its part of the table as well.
                let there = self.rows.get(slot).is_some_and(|row| row.stage != Stage::Free);
                let cost = if there { self.visit_task(slot, visitor) } else { 1 };
                *words = words.saturating_sub(cost);
                continue;
            }
            let end = self.rows.values.top() * CHUNK;
            if self.reach.next >= end {
                return;
            }
            for slot in self.reach.next as u32..(self.reach.next + ROWS) as u32 {
                if self.rows[slot].stage == Stage::Free {
                    continue;
                }
                if self.reach.all {
                    self.visit_task(slot, visitor);
                } else if self.reach.losing || self.is_alive(&self.rows[slot]) {
                    self.meet(slot);
                }
            }
            self.reach.next += ROWS;
            *words = words.saturating_sub(ROWS_COST);
        }
    }

    /// Visits what a task holds. What waits for it, and what it waits for, is alive as well. Returns the words it took.
    fn visit_task(&mut self, slot: u32, visitor: &mut Visitor<'_, 'gc>) -> usize {
        self.rows.values.visit_one(slot, visitor);
        let mut words = TASK_COST;
        let cold = self.rows[slot].cold;
        if cold != NONE
            && let Extra::Join(record) = &self.colds[cold].extra
        {
            let mut next = record.first;
            while next != NONE {
                self.edges.values.visit_one(next, visitor);
                next = self.edges[next].sibling;
                words += NEIGHBOUR_COST;
            }
        }
        let mut near = core::mem::take(&mut self.reach.near);
        self.neighbours(slot, &mut |next| near.push(next));
        words += near.len() * NEIGHBOUR_COST;
        near.drain(..).for_each(|next| self.meet(next));
        self.reach.near = near;
        words
    }

    /// Whether a task has a turn before it, or its outcome a reader, whatever becomes of the tasks it waits for.
    fn is_alive(&self, row: &Row) -> bool {
        if row.flags.has(Flags::LOST) {
            return true;
        }
        let cold = (row.cold != NONE).then(|| &self.colds[row.cold]);
        let held = cold.is_some_and(|cold| {
            cold.tickets > 0 || cold.undelivered > 0 || cold.care.as_ref().is_some_and(|care| care.deadline.is_some())
        });
        held || match row.stage {
            Stage::Ready | Stage::Running => true,
            Stage::Waiting => matches!(row.kind, Kind::External | Kind::Timer),
            _ => false,
        }
    }

    /// Those who wait for a task, and those it waits for.
    fn neighbours(&self, slot: u32, each: &mut dyn FnMut(u32)) {
        let row = &self.rows[slot];
        if row.kind == Kind::Callable && row.stage == Stage::Waiting {
            each(row.awaits);
        }
        if row.cold == NONE {
            return;
        }
        let cold = &self.colds[row.cold];
        self.waiter_slots(cold).for_each(&mut *each);
        if cold.scope != NONE {
            each(cold.scope);
        }
        match &cold.extra {
            Extra::None => {}
            Extra::Join(record) => self.open_children(record.first).for_each(each),
            Extra::Scope(_) => self.member_slots(slot).for_each(each),
        }
    }

    /// All that can be reached was visited. If tasks are left, slices follow that note them as lost, and visit them.
    fn find_lost(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        let reach = &mut self.reach;
        reach.losing = false;
        let rows = self.rows.values.top() * CHUNK;
        let left = match reach.all {
            true => (reach.next < rows).then_some(reach.next as u32),
            false => (0..rows as u32).step_by(64).find_map(|from| {
                let live = reach.live.get(from as usize / 64).copied().unwrap_or(0);
                let is_left = |slot: &u32| live >> (slot % 64) & 1 == 0 && self.rows[*slot].stage != Stage::Free;
                if live == u64::MAX { None } else { (from..from + 64).find(is_left) }
            }),
        };
        match left {
            Some(first) if reach.marking => {
                (reach.next, reach.losing) = (first as usize / ROWS * ROWS, !reach.all);
                visitor.go_on();
            }
            _ => reach.marking = false,
        }
    }

    /// A task is named, or belongs to a group that is alive. When all of those were found, what is met is met from what is
    /// lost: then it is lost as well, and kept until it is released.
    fn meet(&mut self, slot: u32) {
        // Without memory to note it, it is alive for this time.
        if self.reach.losing && !self.reach.is_live(slot) && self.reach.lost.try_reserve(1).is_ok() {
            self.rows[slot].flags.set(Flags::LOST);
            self.reach.lost.push(slot);
        }
        self.reach.meet(slot);
    }
}
