//! Marking: incremental, with a queue that prefetches.
//!
//! An object is marked when it is pushed, scanned when it comes out of a ring of sixteen that are being fetched from
//! memory. Black objects that are written come back through the log of the minor collection. Young values are skipped:
//! what holds one is in the log, and its promotion marks it.
//!
//! Ephemerons are a worklist of the last step: an entry whose key is not marked waits under that key, and is looked up
//! when an object is scanned; so the step is linear in the entries.
//!
//! Roots are visited whole when marking begins, but for those that keep dirty bits and are large, as a table of tasks is:
//! these go on in slices, and what is written in them meanwhile is marked by the minor collections that visit it.
//!
//! Invariant: a marked object is on the stack, in the ring, in `parts`, or all that it points to is marked or young.

use std::collections::HashMap;

use mangrove_nanbox::{Span, for_each_new_within};

use crate::core::Core;
use crate::ephemeron::Ephemerons;
use crate::heap::RootVisit;
use crate::layout::{Shape, Tail};
use crate::object::{Obj, TAG, at};
use crate::old::OldSpace;
use crate::trace::{Nothing, Sink, Visitor, Wishes};

/// Objects in flight between memory and scan (`HEAP.md`: 0 / 8 / 16 / 32 of them cost 113 / 26 / 22 / 22 ns).
const RING: usize = 16;
/// Slots of an array that are scanned at once.
const PART: usize = 2048;
/// What a part counts for in a budget of objects.
const PART_COST: u64 = 128;

/// Words of keys that are not marked, and what lives if they are.
type Open = HashMap<u64, Vec<u64>>;

/// The gray objects, and what is decided when there are none.
#[derive(Default)]
pub(crate) struct Marker {
    stack: Vec<usize>,
    /// Parts of large arrays that are still to be scanned: address and length in words.
    parts: Vec<(usize, usize)>,
    /// Weak slots of marked objects.
    pub(crate) weak: Vec<*mut u64>,
    /// Weak maps that were marked.
    pub(crate) ephemerons: Vec<*mut Ephemerons>,
    /// The same of roots, of the visit that ends marking: only until the end of that pause do they stay where they are.
    root_weak: Vec<*mut u64>,
    root_ephemerons: Vec<*mut Ephemerons>,
    /// Whether a root wants to know which task handles are met, and those it was not told yet.
    watches_tasks: bool,
    met: Vec<u64>,
    /// Roots that are visited in parts are not done.
    pub(crate) roots_left: bool,
    /// Objects marked in this cycle.
    pub(crate) marked: u64,
    /// Bytes of those that were scanned, which leaves out what was born black.
    pub(crate) bytes: usize,
}

impl Marker {
    /// Nothing is marked, by this cycle or one that was given up.
    pub(crate) fn begin(&mut self) {
        self.stack.clear();
        self.parts.clear();
        self.weak.clear();
        self.ephemerons.clear();
        self.watches_tasks = false;
        self.met.clear();
        self.roots_left = false;
        self.marked = 0;
        self.bytes = 0;
    }

    /// Marks what a word points to, if that is old and white.
    #[inline(always)]
    pub(crate) fn shade(&mut self, old: &OldSpace, word: u64) {
        let offset = word.wrapping_sub(TAG + old.base() as u64) as usize;
        if offset < old.reserved() && old.marks.set(old.base() + offset) {
            self.stack.push(old.base() + offset);
        }
    }

    /// The same; of a task handle, notes that it was met.
    #[inline(always)]
    pub(crate) fn meet(&mut self, old: &OldSpace, word: u64) {
        self.shade(old, word);
        if self.watches_tasks && is_task(word) {
            self.met.push(word);
        }
    }

    /// Marks what many words point to; of task handles, notes that they were met.
    fn meet_all(&mut self, old: &OldSpace, words: &[u64]) {
        if self.watches_tasks {
            return for_each_new_within(words, Span::TRACED, |word| self.meet(old, word));
        }
        // What the loop needs is local, as in `drain_with`.
        let (base, groups) = (old.base(), old.marks.groups());
        let zero = TAG + base as u64;
        for_each_new_within(words, Span::new(zero, old.reserved() as u64), |word| {
            let offset = (word - zero) as usize;
            // SAFETY: the offset is in the reservation, so its group is in the bitmap; one thread.
            let group = unsafe { &mut *groups.add(offset >> 9) };
            let bit = 1_u64 << (offset >> 3 & 63);
            if *group & bit == 0 {
                *group |= bit;
                self.stack.push(base + offset);
            }
        });
    }

    /// Whether roots have something to visit in parts.
    pub(crate) fn has_parts(&self) -> bool {
        self.roots_left || !self.met.is_empty()
    }

    /// Scans up to `budget` objects; true when none is gray.
    pub(crate) fn drain(&mut self, old: &OldSpace, budget: u64) -> bool {
        if self.watches_tasks {
            self.drain_with::<false, true>(old, budget, &mut Open::new())
        } else {
            self.drain_with::<false, false>(old, budget, &mut Open::new())
        }
    }

    fn drain_with<const WATCH: bool, const TASKS: bool>(
        &mut self,
        old: &OldSpace,
        budget: u64,
        open: &mut Open,
    ) -> bool {
        // All state of the loop is local: a call may not spill it (`HEAP.md`).
        let (base, reserved, groups) = (old.base(), old.reserved(), old.marks.groups());
        let zero = TAG + base as u64;
        let mut stack = core::mem::take(&mut self.stack);
        let mut ring = [0_usize; RING];
        let (mut head, mut count) = (0, 0);
        let mut left = budget;
        let (mut marked, mut bytes) = (0, 0);

        // One word: if it points to a white old object, that is marked and pushed. What an array points to begins to be
        // fetched then: a prefetch waits for the walk of the page tables, and more of these overlap here than in the ring.
        macro_rules! consider {
            ($word:expr $(, $ahead:ident)?) => {{
                let offset = u64::wrapping_sub($word, zero) as usize;
                if offset < reserved {
                    // SAFETY: the offset is in the reservation, so its group is in the bitmap.
                    let group = unsafe { &mut *groups.add(offset >> 9) };
                    let bit = 1_u64 << (offset >> 3 & 63);
                    if *group & bit == 0 {
                        *group |= bit;
                        stack.push(base + offset);
                        $($ahead(base + offset);)?
                    }
                } else if TASKS && is_task($word) {
                    self.met.push($word);
                }
            }};
        }

        loop {
            if let Some(next) = stack.pop() {
                prefetch(next);
                ring[(head + count) % RING] = next;
                count += 1;
                if count < RING {
                    continue;
                }
            } else if count == 0 {
                if left > 0
                    && let Some((from, len)) = self.parts.pop()
                {
                    let now = len.min(PART);
                    if now < len {
                        self.parts.push((from + now * 8, len - now));
                    }
                    for index in 0..now {
                        consider!(read(from + index * 8), prefetch);
                    }
                    left = left.saturating_sub(PART_COST);
                    continue;
                }
                break;
            }
            let address = ring[head];
            head = (head + 1) % RING;
            count -= 1;
            if left == 0 {
                stack.push(address);
                break;
            }
            left -= 1;
            marked += 1;
            let object = Obj(address);
            // SAFETY: a marked object is live, and marking does not move.
            let (info, size) = unsafe {
                let info = object.info();
                (info, object.size(info))
            };
            bytes += size;
            old.mark_extent(address, size);
            if WATCH && let Some(values) = open.remove(&object.word()) {
                for value in values {
                    consider!(value);
                }
            }
            match info.shape {
                Shape::Leaf => {}
                Shape::Run => {
                    let first = object.payload() + info.start as usize * 8;
                    for index in 0..info.count as usize {
                        consider!(read(first + index * 8));
                    }
                }
                Shape::Map => {
                    for slot in info.map.slots() {
                        consider!(read(object.payload() + slot.offset as usize));
                    }
                }
                Shape::Custom => {
                    self.stack = stack;
                    let mut sink = MarkSink { old, marker: self, stable: false, in_object: true };
                    // SAFETY: a live object, and nothing else refers to its payload.
                    unsafe { (info.trace)(object.payload(), &mut Visitor::new(&mut sink, false)) };
                    stack = core::mem::take(&mut self.stack);
                    continue;
                }
            }
            if info.tail == Tail::Slots {
                // SAFETY: types with a tail store its length.
                let len = unsafe { object.tail_len() };
                let from = address + info.fixed as usize;
                if len > PART {
                    self.parts.push((from, len));
                } else {
                    for index in 0..len {
                        consider!(read(from + index * 8), prefetch);
                    }
                }
            }
        }
        stack.extend((0..count).map(|place| ring[(head + place) % RING]));
        self.stack = stack;
        self.marked += marked;
        self.bytes += bytes;
        self.stack.is_empty() && self.parts.is_empty() && !self.has_parts()
    }

    /// Towards the end of marking: what is gray, and ephemerons to a fixpoint. Roots were visited. What was looked at
    /// before is in `at_end`.
    fn drain_all(&mut self, old: &OldSpace, at_end: &mut AtEnd) {
        loop {
            if self.watches_tasks {
                self.drain_with::<true, true>(old, u64::MAX, &mut at_end.open);
            } else {
                self.drain_with::<true, false>(old, u64::MAX, &mut at_end.open);
            }
            let table = if let Some(&table) = self.ephemerons.get(at_end.tables) {
                at_end.tables += 1;
                table
            } else if let Some(&table) = self.root_ephemerons.get(at_end.root_tables) {
                at_end.root_tables += 1;
                table
            } else {
                return;
            };
            // SAFETY: tables of roots and of objects that are not swept yet; nothing else borrows them.
            for entry in unsafe { &(&*table).entries } {
                if is_marked(old, entry.key) {
                    self.meet(old, entry.value);
                } else {
                    at_end.open.entry(entry.key).or_default().push(entry.value);
                }
            }
        }
    }

    /// The end of marking: lets go of what was not marked.
    fn clear_weak(&mut self, old: &OldSpace) {
        let is_marked = |word| is_marked(old, word);
        for &table in self.ephemerons.iter().chain(&self.root_ephemerons) {
            // SAFETY: as in `drain_all`.
            let table = unsafe { &mut *table };
            let before = table.entries.len();
            table.entries.retain(|entry| is_marked(entry.key));
            table.stale |= table.entries.len() != before;
        }
        for &slot in self.weak.iter().chain(&self.root_weak) {
            // SAFETY: slots of roots that were visited in this pause, and of objects that are not swept yet.
            unsafe {
                if *slot != 0 && !is_marked(*slot) {
                    *slot = 0;
                }
            }
        }
        self.weak.clear();
        self.ephemerons.clear();
    }
}

/// How far the end of marking has come.
#[derive(Default)]
struct AtEnd {
    open: Open,
    /// Weak maps that were looked at.
    tables: usize,
    root_tables: usize,
}

impl Core {
    /// Marks what roots and handles point to, as marking begins; those that can be visited in parts are left for later.
    pub(crate) fn mark_roots(&mut self, roots: &mut RootVisit<'_>) {
        let mut marker = core::mem::take(&mut self.marker);
        let mut sink = MarkSink { old: self.old_ref(), marker: &mut marker, stable: false, in_object: false };
        let mut wishes = Wishes::default();
        roots(&mut Visitor::beginning(&mut sink, &mut wishes));
        self.handles.visit(false, |word| sink.word(word));
        marker.roots_left = wishes.parts;
        marker.watches_tasks = wishes.tasks;
        self.marker = marker;
    }

    /// Marks some of what roots left for later.
    pub(crate) fn mark_roots_in_part(&mut self, roots: &mut RootVisit<'_>, words: usize) {
        let mut marker = core::mem::take(&mut self.marker);
        let mut met = core::mem::take(&mut marker.met);
        let mut sink = MarkSink { old: self.old_ref(), marker: &mut marker, stable: false, in_object: false };
        let mut left = words;
        roots(&mut Visitor::resuming(&mut Nothing, &mut sink, &mut left, &mut met));
        marker.roots_left = left == 0;
        marker.met.append(&mut met);
        self.marker = marker;
    }

    /// All that is left to be marked, in one go, after roots were visited again. False when a root wants more to be kept:
    /// then marking goes on. Else weak references to what was not marked are cleared.
    pub(crate) fn mark_rest(&mut self, roots: &mut RootVisit<'_>) -> bool {
        let mut at_end = AtEnd::default();
        loop {
            let mut marker = core::mem::take(&mut self.marker);
            marker.drain_all(self.old_ref(), &mut at_end);
            self.marker = marker;
            if !self.marker.has_parts() {
                break;
            }
            self.mark_roots_in_part(roots, usize::MAX);
        }
        if self.marker.watches_tasks {
            roots(&mut Visitor::last(&mut Nothing, &mut self.marker.roots_left));
            if self.marker.roots_left {
                return false;
            }
        }
        let mut marker = core::mem::take(&mut self.marker);
        marker.clear_weak(self.old_ref());
        self.marker = marker;
        true
    }

    /// Roots and handles once more, right after a minor collection, which marked what the dirty parts of roots point to.
    /// So those that keep dirty bits have nothing to add. Weak slots in roots count: they stay where they are until the
    /// end of this pause.
    pub(crate) fn mark_roots_again(&mut self, roots: &mut RootVisit<'_>) {
        let mut marker = core::mem::take(&mut self.marker);
        debug_assert!(!marker.has_parts());
        marker.root_weak.clear();
        marker.root_ephemerons.clear();
        let mut sink = MarkSink { old: self.old_ref(), marker: &mut marker, stable: true, in_object: false };
        roots(&mut Visitor::new(&mut sink, true));
        self.handles.visit(false, |word| sink.word(word));
        self.marker = marker;
    }
}

/// Marks what is visited.
struct MarkSink<'a> {
    old: &'a OldSpace,
    marker: &'a mut Marker,
    /// Weak slots of roots stay where they are until marking ends.
    stable: bool,
    /// An object is visited, and no root: its words stay where they are until it dies.
    in_object: bool,
}

impl Sink for MarkSink<'_> {
    fn words(&mut self, slots: *mut u64, len: usize) {
        if self.in_object && len > PART {
            self.marker.parts.push((slots.expose_provenance(), len));
            return;
        }
        // SAFETY: `len` words are lent.
        self.marker.meet_all(self.old, unsafe { core::slice::from_raw_parts(slots, len) });
    }

    fn word(&mut self, slot: *mut u64) {
        // SAFETY: a visited slot is readable.
        self.marker.meet(self.old, unsafe { *slot });
    }

    fn weak(&mut self, slot: *mut u64) {
        if self.in_object {
            self.marker.weak.push(slot);
        } else if self.stable {
            self.marker.root_weak.push(slot);
        }
    }

    fn ephemerons(&mut self, table: *mut Ephemerons) {
        if self.in_object {
            self.marker.ephemerons.push(table);
        } else if self.stable {
            self.marker.root_ephemerons.push(table);
        }
    }
}

/// Whether a word is a task handle.
#[inline(always)]
fn is_task(word: u64) -> bool {
    mangrove_nanbox::Word::from_bits(word).is_task()
}

/// Whether what a heap word points to is marked.
fn is_marked(old: &OldSpace, word: u64) -> bool {
    old.marks.get((word - TAG) as usize)
}

/// The word of a slot of a live object.
#[inline(always)]
fn read(slot: usize) -> u64 {
    // SAFETY: the caller has the address from the layout of a marked object, which is live.
    unsafe { at::<u64>(slot).read() }
}

/// Begins to fetch an object.
#[inline(always)]
pub(crate) fn prefetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and cannot fault.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at(address));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
