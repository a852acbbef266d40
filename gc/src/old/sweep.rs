//! The sweep: mark bits become masks of free lines, and memory that nothing needs goes back to the system, both in slices.
//!
//! Invariant: a block that is not `passed` keeps what is in it, dead objects included; mark bits are zero in those that
//! are, whose lines are given out.

use super::{BLOCK, Block, Bump, GROUPS, LINE, OldSpace, Use, WORTHWHILE, count};
use crate::object::at;

impl OldSpace {
    /// Begins a sweep: marks are final. Nothing is given out from a block before the sweep has passed it.
    pub(crate) fn begin_sweep(&mut self) {
        self.hole = Bump::default();
        self.medium = Bump::default();
        self.current = None;
        self.recyclable.clear();
        for block in &mut self.blocks {
            block.passed = false;
        }
        self.marking = false;
        self.sweep = Some((0, self.blocks.len()));
        self.swept_live = 0;
        self.used = 0;
    }

    /// Sweeps up to `budget` blocks; true when the sweep is done.
    pub(crate) fn sweep(&mut self, budget: usize, quarantine_until: Option<u64>) -> bool {
        let Some((mut next, end)) = self.sweep else { return true };
        let stop = end.min(next.saturating_add(budget));
        while next < stop {
            let block = &mut self.blocks[next];
            if core::mem::replace(&mut block.passed, true) {
                next += 1;
                continue;
            }
            match block.kind {
                Use::Lines => self.sweep_lines(next, quarantine_until),
                Use::Large { blocks } => {
                    let start = self.block_start(next);
                    // The mark is on the header, which may stand behind a filler.
                    let marked = self.marks.get(start) || self.marks.get(start + 8);
                    self.marks.clear_range(start, 512);
                    if marked {
                        self.swept_live += blocks as usize * BLOCK;
                        for rest in next..next + blocks as usize {
                            self.blocks[rest].passed = true;
                        }
                    } else {
                        self.release(next, blocks as usize, quarantine_until);
                    }
                    next += blocks as usize;
                    continue;
                }
                Use::LargeRest | Use::Free | Use::Quarantined => {}
            }
            next += 1;
        }
        self.sweep = (next < end).then_some((next, end));
        if self.sweep.is_none() {
            self.used += self.swept_live;
        }
        self.sweep.is_none()
    }

    fn sweep_lines(&mut self, index: usize, quarantine_until: Option<u64>) {
        let free = self.free_by_marks(index);
        let lines = count(&free);
        let start = self.block_start(index);
        if let Some(starts) = &self.starts {
            for group in index * GROUPS..(index + 1) * GROUPS {
                // SAFETY: the groups of a block of the reservation, in both bitmaps.
                unsafe { *starts.groups().add(group) &= *self.marks.groups().add(group) };
            }
        }
        self.marks.clear_range(start, BLOCK);
        if lines == 256 {
            self.release(index, 1, quarantine_until);
            return;
        }
        self.swept_live += (256 - lines as usize) * LINE;
        if let Some(poison) = self.poison {
            for line in (0..256).filter(|line| free[line / 64] >> (line % 64) & 1 != 0) {
                fill(start + line * LINE, LINE, poison);
            }
        }
        self.blocks[index].free = free;
        if lines >= WORTHWHILE {
            self.recyclable.push(index as u32);
        }
    }

    /// Takes blocks out of use.
    pub(crate) fn release(&mut self, first: usize, count: usize, quarantine_until: Option<u64>) {
        let start = self.block_start(first);
        self.blocks_in_use -= count;
        self.no_run = usize::MAX;
        if let Some(starts) = &self.starts {
            starts.clear_range(start, count * BLOCK);
        }
        if let Some(poison) = self.poison {
            fill(start, count * BLOCK, poison);
        }
        for index in first..first + count {
            self.blocks[index] = Block::of(Use::Free, true);
            match quarantine_until {
                Some(until) => {
                    self.blocks[index].kind = Use::Quarantined;
                    self.quarantine.push_back((until, index as u32));
                }
                None => self.free.push(index as u32),
            }
        }
    }

    /// Ends the quarantine of blocks whose time has come.
    pub(crate) fn end_quarantine(&mut self, now: u64) {
        while let Some(&(until, index)) = self.quarantine.front()
            && until <= now
        {
            self.quarantine.pop_front();
            self.no_run = usize::MAX;
            self.blocks[index as usize].kind = Use::Free;
            self.free.push(index);
        }
    }

    /// Begins to give the memory of free blocks back to the system, but for `keep` bytes, which are about to be used.
    pub(crate) fn begin_return(&mut self, keep: usize) {
        self.free.retain(|&index| self.blocks[index as usize].kind == Use::Free);
        self.free.sort_unstable_by(|a, b| b.cmp(a));
        self.free.dedup();
        // The list is taken from its end, so its front, the highest addresses, is used last.
        self.returning = 0..self.free.len().saturating_sub(keep / BLOCK);
    }

    /// Whether there is memory to give back.
    pub(crate) fn is_returning(&self) -> bool {
        !self.returning.is_empty()
    }

    /// Gives the memory of up to `budget` blocks back.
    pub(crate) fn return_memory(&mut self, budget: usize) {
        let mut run: Option<(usize, usize)> = None;
        let mut left = budget;
        while left > 0
            && let Some(place) = self.returning.next()
            && let Some(&index) = self.free.get(place)
        {
            let index = index as usize;
            let block = &mut self.blocks[index];
            // It may have gone into a large object since.
            if block.kind != Use::Free || !core::mem::replace(&mut block.backed, false) {
                continue;
            }
            left -= 1;
            run = match run {
                Some((first, count)) if index + 1 == first => Some((index, count + 1)),
                other => {
                    self.discard(other);
                    Some((index, 1))
                }
            };
        }
        self.discard(run);
        if self.returning.start >= self.free.len() {
            self.returning = 0..0;
        }
    }

    fn discard(&self, run: Option<(usize, usize)>) {
        if let Some((first, count)) = run {
            let (start, bytes) = (self.block_start(first), count * BLOCK);
            self.memory.discard(start, bytes);
            // Nothing is marked in them.
            self.marks.discard(start, bytes);
        }
    }
}

/// Fills memory that nothing lives in.
pub(crate) fn fill(start: usize, bytes: usize, word: u64) {
    for address in (start..start + bytes).step_by(8) {
        // SAFETY: the caller owns the range, which holds no live object.
        unsafe { at::<u64>(address).write(word) };
    }
}
