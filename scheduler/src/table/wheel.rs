//! [`Wheel`]: deadlines in order, in a hierarchy of wheels (Varghese and Lauck) with a tick of one nanosecond.
//!
//! A deadline is kept on the level of the highest of its base-64 digits that differs from `elapsed`, in the slot of
//! that digit. So every deadline of a level is before all of the next level, slots of a level are in order, and equal
//! deadlines are always in one slot, in the order in which they were set: ties need no number. When time comes to a
//! slot of a higher level, its deadlines move down, unless they are few. Setting and removing one is O(1), firing is O(levels) at most.
//!
//! Chosen by `cargo test --release -p mangrove-scheduler --lib wheel::tests::measure -- --ignored --nocapture`, which sets
//! deadlines up to a minute ahead and removes them, or lets them pass (each then set again):
//!
//! | with 1 000 / 1 000 000 outstanding | set and remove | set and fire |
//! | --- | --- | --- |
//! | this wheel | 20 / 16 ns | 45 / 324 ns |
//! | a heap of four children, with places | 11 / 19 ns | 114 / 677 ns |
//! | `BTreeMap` | 82 / 520 ns | 85 / 486 ns |
//!
//! Invariant: `elapsed` is not after any deadline, and never in a slot of a higher level that is occupied.

use super::NONE;
use super::list::{Link, Linked, List, Node};
use super::store::{Record, Store};
use crate::error::TaskError;

const DIGIT: u32 = 6;
const SLOTS: usize = 1 << DIGIT;
/// Enough for 64 bits.
const LEVELS: usize = 11;
/// As many as a link can name.
const MOST: usize = (1 << 31) - 1024;
/// So many deadlines of a slot are looked through, rather than moved down.
const FEW: usize = 16;

/// What happens at a deadline. Who adds one says in `TaskScheduler::passed` what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The owner is a timer, and completes.
    Sleep,
    /// The owner is the timer of a timeout, which only a race waits for: it fails with `Fault::TimedOut`.
    Timeout,
    /// The owner is a cancelled task in a shield: it is told.
    Shield,
    /// The owner is a join or a scope that awaits the end of what it cancelled: it goes on without.
    Grace,
}

/// One deadline.
pub(crate) struct Deadline {
    /// Nanoseconds of the scheduler's time.
    pub(crate) at: u64,
    link: Link,
    /// The slot of a task.
    pub(crate) owner: u32,
    pub(crate) purpose: Purpose,
}

impl Record for Deadline {
    type Floor = ();

    fn fresh((): &()) -> Self {
        Deadline { at: 0, link: Link::LOOSE, owner: NONE, purpose: Purpose::Sleep }
    }

    fn dismiss(_: &[Self], (): &mut ()) -> bool {
        true
    }
}

impl Linked for Store<'_, Deadline> {
    #[inline(always)]
    fn link(&mut self, node: Node) -> &mut Link {
        match node.split() {
            Ok(index) => &mut self[index].link,
            Err(_) => unreachable!("wheels hold deadlines only"),
        }
    }
}

/// All deadlines of a scheduler.
pub(crate) struct Wheel<'gc> {
    /// Their values are not in use: a deadline has none.
    deadlines: Store<'gc, Deadline>,
    elapsed: u64,
    /// A bit per level that is not empty.
    levels: u32,
    /// A bit per slot that is not empty, for each level.
    occupied: [u64; LEVELS],
    /// Level by level; none before the first deadline.
    slots: Vec<List>,
}

impl Wheel<'_> {
    pub(crate) fn new() -> Self {
        Wheel { deadlines: Store::new(), elapsed: 0, levels: 0, occupied: [0; LEVELS], slots: Vec::new() }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.deadlines.count()
    }

    pub(crate) fn get(&self, index: u32) -> &Deadline {
        &self.deadlines[index]
    }

    /// Bytes that it holds, in use or not.
    pub(crate) fn bytes(&self) -> usize {
        self.deadlines.capacity() * (size_of::<Deadline>() + 8) + self.slots.capacity() * size_of::<List>()
    }

    /// Sets a deadline. One that is past is due now.
    pub(crate) fn insert(&mut self, now: u64, at: u64, owner: u32, purpose: Purpose) -> Result<u32, TaskError> {
        if self.slots.is_empty() {
            self.slots.try_reserve_exact(LEVELS * SLOTS).map_err(|_| TaskError::OutOfMemory)?;
            self.slots.resize(LEVELS * SLOTS, List::EMPTY);
        }
        let index = self.deadlines.add(MOST).map_err(|_| TaskError::OutOfMemory)?;
        if self.levels == 0 {
            self.elapsed = self.elapsed.max(now);
        }
        let at = at.max(now).max(self.elapsed);
        self.deadlines[index] = Deadline { at, link: Link::LOOSE, owner, purpose };
        self.put(index);
        Ok(index)
    }

    /// Removes a deadline.
    pub(crate) fn remove(&mut self, index: u32) {
        let (level, slot) = self.place(self.deadlines[index].at);
        let list = &mut self.slots[level * SLOTS + slot];
        list.remove(&mut self.deadlines, Node::task(index));
        if list.is_empty() {
            self.vacate(level, slot);
        }
        self.deadlines.remove(index, false);
    }

    /// Removes the first deadline that is not after `now`.
    pub(crate) fn pop(&mut self, now: u64) -> Option<Deadline> {
        while self.levels != 0 {
            let (level, slot) = self.first();
            let start = self.start(level, slot);
            if start > now {
                break;
            }
            match self.least(level, slot).map(|(at, node)| (at <= now, node.split())) {
                Some((true, Ok(index))) => {
                    let deadline = Deadline { link: Link::LOOSE, ..self.deadlines[index] };
                    self.remove(index);
                    return Some(deadline);
                }
                _ => {
                    self.elapsed = start;
                    self.descend(level, slot);
                }
            }
        }
        self.elapsed = self.elapsed.max(now);
        None
    }

    /// The first deadline, exactly. Time must go on to it before another is set.
    pub(crate) fn next(&mut self) -> Option<u64> {
        while self.levels != 0 {
            let (level, slot) = self.first();
            if let Some((at, _)) = self.least(level, slot) {
                return Some(at);
            }
            self.elapsed = self.start(level, slot);
            self.descend(level, slot);
        }
        None
    }

    /// When to look again: not after the first deadline, and nearly always exactly that. Each look that comes to
    /// nothing brings the first one down a level.
    pub(crate) fn bound(&self) -> Option<u64> {
        if self.levels == 0 {
            return None;
        }
        let (level, slot) = self.first();
        Some(self.least(level, slot).map_or(self.start(level, slot), |(at, _)| at))
    }

    /// The first deadline of a slot, if the slot has few: then they need not move down for it.
    fn least(&self, level: usize, slot: usize) -> Option<(u64, Node)> {
        let mut next = self.slots[level * SLOTS + slot].first();
        let mut least: Option<(u64, Node)> = None;
        for _ in 0..FEW {
            let Some(Ok(index)) = next.map(Node::split) else { return least };
            let Deadline { at, link, .. } = &self.deadlines[index];
            if least.is_none_or(|(first, _)| *at < first) {
                least = Some((*at, Node::task(index)));
            }
            if level == 0 {
                // All are of the same time.
                return least;
            }
            next = link.next();
        }
        least.filter(|_| next.is_none())
    }

    /// Level and slot of a deadline.
    #[inline]
    fn place(&self, at: u64) -> (usize, usize) {
        let level = (63 - ((at ^ self.elapsed) | 1).leading_zeros()) / DIGIT;
        (level as usize, (at >> (level * DIGIT)) as usize % SLOTS)
    }

    #[inline]
    fn put(&mut self, index: u32) {
        let (level, slot) = self.place(self.deadlines[index].at);
        self.slots[level * SLOTS + slot].push(&mut self.deadlines, Node::task(index));
        self.occupied[level] |= 1 << slot;
        self.levels |= 1 << level;
    }

    /// The first slot. There is one.
    fn first(&self) -> (usize, usize) {
        let level = self.levels.trailing_zeros() as usize;
        (level, self.occupied[level].trailing_zeros() as usize)
    }

    /// The first nanosecond of a slot.
    fn start(&self, level: usize, slot: usize) -> u64 {
        let shift = level as u32 * DIGIT;
        let above = u64::MAX.checked_shl(shift + DIGIT).unwrap_or(0);
        self.elapsed & above | (slot as u64) << shift
    }

    fn vacate(&mut self, level: usize, slot: usize) {
        self.occupied[level] &= !(1 << slot);
        if self.occupied[level] == 0 {
            self.levels &= !(1 << level);
        }
    }

    /// Moves the deadlines of a slot to the levels below, in order.
    fn descend(&mut self, level: usize, slot: usize) {
        let mut list = core::mem::replace(&mut self.slots[level * SLOTS + slot], List::EMPTY);
        self.vacate(level, slot);
        while let Some(Ok(index)) = list.pop(&mut self.deadlines).map(Node::split) {
            self.put(index);
        }
    }
}

#[cfg(test)]
mod tests;
