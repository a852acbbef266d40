//! The old space: mark-region, after Immix. Blocks of lines, bump allocation into runs of free lines.
//!
//! ```text
//!   reservation ──┬── block 0 ──┬── block 1 ──┬── …     32 KiB each, memory only once written
//!                 │ line 0 … 255 │                      128 bytes each; a mask of free lines per block
//!   beside it: mark bits (1 per 8 bytes), and under zeal the starts of objects
//! ```
//!
//! Small and medium objects share blocks: small ones (a line at most) fill holes, medium ones that do not fit the
//! hole at hand go to a fresh block of their own kind. A large object has a run of blocks.
//!
//! Here are blocks, allocation and marks; `sweep` frees what is not marked, `evacuation` has what moving needs.
//!
//! Invariants: a line that is not free is never given out. While marking runs, whatever is allocated is marked. While
//! a sweep runs, memory is given out only from blocks that it has passed, or that were taken since it began.

use std::collections::VecDeque;

use crate::error::HeapError;
use crate::object::{FILLER, FORWARDED, Obj};
use crate::raw::{Bitmap, Reservation};

mod evacuation;
mod sweep;

pub(crate) use sweep::fill;

pub(crate) const BLOCK: usize = 32 << 10;
pub(crate) const LINE: usize = 128;
/// What the reservation is aligned to.
const HUGE_PAGE: usize = 2 << 20;
/// Objects above this have blocks of their own.
pub(crate) const LARGE: usize = 16 << 10;
/// Mark-bit groups of a block.
const GROUPS: usize = BLOCK / 512;
/// Blocks with fewer free lines are left alone until more of them are.
const WORTHWHILE: u32 = 16;

/// What a block is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    Free,
    /// Objects in lines.
    Lines,
    /// The first of `blocks` blocks of one object.
    Large {
        blocks: u32,
    },
    /// One of the further blocks of a large object.
    LargeRest,
    /// Kept out of use for a while, poisoned.
    Quarantined,
}

#[derive(Clone, Copy)]
pub(crate) struct Block {
    /// A bit for each free line that no hole has taken.
    free: [u64; 4],
    pub(crate) kind: Use,
    /// Taken, or swept, in the sweep that runs.
    passed: bool,
    /// It may hold memory: it was in use since its memory was last given back.
    backed: bool,
}

impl Block {
    /// A block without objects.
    fn of(kind: Use, backed: bool) -> Block {
        Block { free: NO_LINES, kind, passed: true, backed }
    }
}

const NO_LINES: [u64; 4] = [0; 4];

/// A range of addresses to bump through.
#[derive(Clone, Copy, Default)]
pub(crate) struct Bump {
    pub(crate) cursor: usize,
    pub(crate) limit: usize,
}

impl Bump {
    /// The next `size` bytes, with the payload 16-aligned if asked; `None` when they do not fit.
    #[inline(always)]
    pub(crate) fn take(&mut self, size: usize, align16: bool) -> Option<usize> {
        // A payload is 16-aligned when its header is 8 past a multiple of 16.
        let pad = if align16 && self.cursor & 15 == 0 { 8 } else { 0 };
        let start = self.cursor + pad;
        if start + size > self.limit {
            return None;
        }
        if pad != 0 {
            // SAFETY: the word is in the range that this bump owns.
            unsafe { Obj(self.cursor).set_header(FILLER) };
        }
        self.cursor = start + size;
        Some(start)
    }
}

pub(crate) struct OldSpace {
    base: usize,
    bytes: usize,
    memory: Reservation,
    pub(crate) marks: Bitmap,
    /// Where objects start, for verification; kept under zeal only.
    pub(crate) starts: Option<Bitmap>,
    blocks: Vec<Block>,
    /// Blocks that may be free: an entry counts only if the block still is.
    free: Vec<u32>,
    /// Blocks with holes.
    recyclable: Vec<u32>,
    /// The block whose holes are being filled.
    current: Option<u32>,
    /// The hole being filled, with small objects.
    pub(crate) hole: Bump,
    /// The fresh block being filled, with medium objects.
    medium: Bump,
    /// Marking runs: what is allocated is marked.
    pub(crate) marking: bool,
    /// The next block to sweep, and where the sweep ends.
    sweep: Option<(usize, usize)>,
    /// Lines found in use so far by the sweep, in bytes.
    swept_live: usize,
    blocks_in_use: usize,
    /// Bytes of objects: what the last sweep found alive, and what was given out since.
    pub(crate) used: usize,
    quarantine: VecDeque<(u64, u32)>,
    /// Places in `free` whose memory is still to be given back.
    returning: core::ops::Range<usize>,
    pub(crate) poison: Option<u64>,
    /// Where the search for a run of free blocks begins.
    run_hint: usize,
    /// There is no run of this many free blocks, or more: the last search said so, and none was freed since.
    no_run: usize,
    /// How many more blocks may be taken: set by the mutator, which has a limit.
    pub(crate) blocks_left: usize,
}

impl OldSpace {
    /// Reserves `bytes` of addresses, rounded up to blocks.
    pub(crate) fn new(bytes: usize, huge: bool, keep_starts: bool, poison: Option<u64>) -> Result<Self, HeapError> {
        let bytes = bytes.next_multiple_of(BLOCK);
        let memory = Reservation::new(bytes, HUGE_PAGE)?;
        if huge {
            memory.prefer_huge_pages();
        }
        let base = memory.base();
        Ok(OldSpace {
            base,
            bytes,
            memory,
            marks: Bitmap::new(base, bytes)?,
            starts: if keep_starts { Some(Bitmap::new(base, bytes)?) } else { None },
            blocks: Vec::new(),
            free: Vec::new(),
            recyclable: Vec::new(),
            current: None,
            hole: Bump::default(),
            medium: Bump::default(),
            marking: false,
            sweep: None,
            swept_live: 0,
            blocks_in_use: 0,
            used: 0,
            quarantine: VecDeque::new(),
            returning: 0..0,
            poison,
            run_hint: 0,
            no_run: usize::MAX,
            blocks_left: usize::MAX,
        })
    }

    #[inline(always)]
    pub(crate) fn base(&self) -> usize {
        self.base
    }

    /// Bytes of the reservation.
    #[inline(always)]
    pub(crate) fn reserved(&self) -> usize {
        self.bytes
    }

    #[inline(always)]
    pub(crate) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.base) < self.bytes
    }

    /// Bytes of the blocks in use.
    pub(crate) fn block_bytes(&self) -> usize {
        self.blocks_in_use * BLOCK
    }

    pub(crate) fn block_count(&self) -> usize {
        self.blocks.len()
    }

    pub(crate) fn block_use(&self, index: usize) -> Use {
        self.blocks[index].kind
    }

    #[inline(always)]
    pub(crate) fn block_start(&self, index: usize) -> usize {
        self.base + index * BLOCK
    }

    // ---- allocation

    /// Memory for an object; `None` when the reservation is used up. The object is marked if marking runs.
    #[inline]
    pub(crate) fn allocate(&mut self, size: usize, align16: bool) -> Option<Obj> {
        // First: a hole of a whole block would hold a large object, but its lines would not be marked.
        let start = if size > LARGE {
            self.allocate_large(size, align16)?
        } else {
            match self.hole.take(size, align16) {
                Some(start) => start,
                None => self.allocate_slow(size, align16)?,
            }
        };
        Some(self.born(start, size))
    }

    /// Book-keeping of a new object.
    #[inline(always)]
    pub(crate) fn born(&mut self, start: usize, size: usize) -> Obj {
        self.used += size;
        if self.marking {
            self.marks.set(start);
            self.mark_extent(start, size);
        }
        if let Some(starts) = &self.starts {
            starts.set(start);
        }
        Obj(start)
    }

    /// How many fresh blocks an allocation may take at the most: what the limit is checked against.
    pub(crate) fn blocks_for(size: usize) -> usize {
        if size > LARGE { (size + 8).div_ceil(BLOCK) } else { 1 }
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&mut self, size: usize, align16: bool) -> Option<usize> {
        if size <= LINE - 8 {
            loop {
                self.hole = self.next_hole()?;
                if let Some(start) = self.hole.take(size, align16) {
                    return Some(start);
                }
            }
        }
        self.allocate_medium(size, align16)
    }

    /// An object of more than a line that does not fit the hole.
    pub(crate) fn allocate_medium(&mut self, size: usize, align16: bool) -> Option<usize> {
        if let Some(start) = self.medium.take(size, align16) {
            return Some(start);
        }
        let block = self.take_block()?;
        let fresh = self.whole(block);
        let rest = core::mem::replace(&mut self.medium, fresh);
        self.recycle(rest);
        self.medium.take(size, align16)
    }

    fn allocate_large(&mut self, size: usize, align16: bool) -> Option<usize> {
        let blocks = Self::blocks_for(size);
        let first = self.take_run(blocks)?;
        let start = self.block_start(first as usize);
        Some(if align16 {
            // SAFETY: the run is new memory.
            unsafe { Obj(start).set_header(FILLER) };
            start + 8
        } else {
            start
        })
    }

    fn whole(&self, block: u32) -> Bump {
        let cursor = self.block_start(block as usize);
        Bump { cursor, limit: cursor + BLOCK }
    }

    /// The next run of free lines.
    pub(crate) fn next_hole(&mut self) -> Option<Bump> {
        loop {
            if let Some(index) = self.current {
                let block = &mut self.blocks[index as usize];
                if let Some((first, count)) = take_free_lines(&mut block.free) {
                    let cursor = self.base + index as usize * BLOCK + first * LINE;
                    return Some(Bump { cursor, limit: cursor + count * LINE });
                }
                self.current = None;
            }
            self.current = self.recyclable.pop();
            if self.current.is_none() {
                let block = self.take_block()?;
                return Some(self.whole(block));
            }
        }
    }

    /// Makes the whole lines that are left of a bump free again.
    fn recycle(&mut self, rest: Bump) {
        let from = rest.cursor.next_multiple_of(LINE);
        if from + LINE > rest.limit {
            return;
        }
        let index = (from - self.base) / BLOCK;
        let block = &mut self.blocks[index];
        let first = (from - self.base) % BLOCK / LINE;
        for line in first..first + (rest.limit - from) / LINE {
            block.free[line / 64] |= 1 << (line % 64);
        }
        if self.current != Some(index as u32) {
            self.recyclable.push(index as u32);
        }
    }

    /// A free block, for lines.
    pub(crate) fn take_block(&mut self) -> Option<u32> {
        self.blocks_left.checked_sub(1)?;
        let index = loop {
            match self.free.pop() {
                Some(index) if self.blocks[index as usize].kind == Use::Free => break index,
                Some(_) => {}
                None => {
                    let index = self.blocks.len();
                    if (index + 1) * BLOCK > self.bytes {
                        // Torture gives way before memory runs out.
                        self.quarantine.front()?;
                        self.end_quarantine(u64::MAX);
                        continue;
                    }
                    self.blocks.push(Block::of(Use::Free, false));
                    break index as u32;
                }
            }
        };
        self.provide_marks(index as usize);
        self.blocks[index as usize] = Block::of(Use::Lines, true);
        self.blocks_in_use += 1;
        self.blocks_left -= 1;
        Some(index)
    }

    /// A run of free blocks, for a large object: next fit, else at the end.
    fn take_run(&mut self, count: usize) -> Option<u32> {
        self.blocks_left.checked_sub(count)?;
        let found = if count < self.no_run {
            let len = self.blocks.len();
            // The second search goes on past the hint, for a run that lies across it.
            self.find_run(self.run_hint, len, count)
                .or_else(|| self.find_run(0, (self.run_hint + count).min(len), count))
        } else {
            None
        };
        let first = match found {
            Some(first) => first,
            None => {
                self.no_run = self.no_run.min(count);
                // Free blocks at the end belong to the run.
                let mut first = self.blocks.len();
                while first > 0 && self.blocks[first - 1].kind == Use::Free {
                    first -= 1;
                }
                if (first + count) * BLOCK > self.bytes {
                    self.quarantine.front()?;
                    self.end_quarantine(u64::MAX);
                    return self.take_run(count);
                }
                self.blocks.resize(first + count, Block::of(Use::Free, false));
                first
            }
        };
        self.run_hint = first + count;
        for index in first..first + count {
            self.provide_marks(index);
            self.blocks[index] = Block::of(Use::LargeRest, true);
        }
        self.blocks[first].kind = Use::Large { blocks: count as u32 };
        self.blocks_in_use += count;
        self.blocks_left -= count;
        Some(first as u32)
    }

    /// Bits of a block that gets memory get it too.
    fn provide_marks(&self, index: usize) {
        if !self.blocks[index].backed {
            self.marks.provide(self.block_start(index));
        }
    }

    fn find_run(&self, from: usize, to: usize, count: usize) -> Option<usize> {
        let mut run = 0;
        for index in from..to {
            run = if self.blocks[index].kind == Use::Free { run + 1 } else { 0 };
            if run == count {
                return Some(index + 1 - count);
            }
        }
        None
    }

    // ---- marks

    /// A cycle is given up: nothing is marked, as between cycles.
    pub(crate) fn clear_marks(&mut self) {
        self.marking = false;
        self.marks.clear_range(self.base, self.blocks.len() * BLOCK);
    }

    /// Marks the lines behind the first that an object reaches into, so that the sweep sees them in use.
    #[inline(always)]
    pub(crate) fn mark_extent(&self, start: usize, size: usize) {
        let first = (start - self.base) / LINE;
        let last = (start + size - 1 - self.base) / LINE;
        // A large object is one piece: its first mark speaks for all its blocks.
        if first != last && size <= LARGE {
            for line in first + 1..=last {
                self.marks.set(self.base + line * LINE);
            }
        }
    }

    /// Every marked object of a block, in order of address.
    ///
    /// # Safety
    /// Marking has ended; objects have their own headers or forwarding addresses, and payloads are intact.
    pub(crate) unsafe fn for_each_marked(&self, index: usize, mut each: impl FnMut(Obj)) {
        let end = self.block_start(index + 1);
        let mut next = self.block_start(index);
        while let Some(found) = self.next_mark(next, end) {
            let object = Obj(found);
            // The size, before `each` may overwrite the header. A forwarded object has none: its copy has.
            // SAFETY: by the caller.
            let size = unsafe { size_through(object) };
            each(object);
            next = found + size;
        }
    }

    /// The first marked word in a range that ends with a block.
    fn next_mark(&self, from: usize, end: usize) -> Option<usize> {
        if from >= end {
            return None;
        }
        let offset = from - self.base;
        let mut group = offset >> 9;
        let last = (end - self.base) >> 9;
        let mut mask = u64::MAX << (offset >> 3 & 63);
        while group < last {
            // SAFETY: groups below `last` belong to blocks of the reservation.
            let bits = unsafe { *self.marks.groups().add(group) } & mask;
            if bits != 0 {
                return Some(self.base + (group << 9) + (bits.trailing_zeros() as usize) * 8);
            }
            mask = u64::MAX;
            group += 1;
        }
        None
    }

    /// Lines of a block that hold marked objects.
    pub(crate) fn marked_lines(&self, index: usize) -> u32 {
        256 - count(&self.free_by_marks(index))
    }

    fn free_by_marks(&self, index: usize) -> [u64; 4] {
        let first = index * GROUPS;
        let mut free = NO_LINES;
        for group in 0..GROUPS {
            // SAFETY: the groups of a block of the reservation.
            let mut bits = unsafe { *self.marks.groups().add(first + group) };
            // Sixteen bits are a line: fold each sixteen into their lowest.
            bits |= bits >> 8;
            bits |= bits >> 4;
            bits |= bits >> 2;
            bits |= bits >> 1;
            let used = bits & 1 | bits >> 15 & 2 | bits >> 30 & 4 | bits >> 45 & 8;
            free[group / 16] |= (!used & 15) << (group % 16 * 4);
        }
        free
    }
}

/// Size of an object that may have been moved: then its copy tells.
///
/// # Safety
/// As [`OldSpace::for_each_marked`].
unsafe fn size_through(object: Obj) -> usize {
    // SAFETY: by the caller.
    unsafe {
        let header = object.header();
        let there = if header & FORWARDED == 0 { object } else { Obj(header & !FORWARDED) };
        there.size(there.info())
    }
}

/// Takes the first run of set bits out of a mask.
fn take_free_lines(mask: &mut [u64; 4]) -> Option<(usize, usize)> {
    let word = mask.iter().position(|&bits| bits != 0)?;
    let first = word * 64 + mask[word].trailing_zeros() as usize;
    let mut line = first;
    while line < 256 {
        let bits = mask[line / 64] >> (line % 64);
        let run = bits.trailing_ones() as usize;
        let run = run.min(64 - line % 64);
        if run == 0 {
            break;
        }
        let ones = if run == 64 { u64::MAX } else { ((1 << run) - 1) << (line % 64) };
        mask[line / 64] &= !ones;
        line += run;
        if !line.is_multiple_of(64) {
            break;
        }
    }
    Some((first, line - first))
}

fn count(mask: &[u64; 4]) -> u32 {
    mask.iter().map(|bits| bits.count_ones()).sum()
}
