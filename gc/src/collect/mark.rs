//! Marking: incremental, with a queue that prefetches.
//!
//! An object is marked when it is pushed, scanned when it comes out of a ring of sixteen that are being fetched from
//! memory. Black objects that are written come back through the log of the minor collection. Young values are skipped:
//! what holds one is in the log, and its promotion marks it.
//!
//! When nothing is gray, slices go on with the entries of weak maps: the value of a marked key is marked; an entry whose
//! key is not waits under that key, which is looked up whenever an object is scanned. So each entry is looked at once, and
//! once more when it is written: the minor collection after that brings it back. Then with weak slots: those
//! whose objects are marked are done; one that is written comes back in the same way. What is left for the pause that ends
//! marking are slots whose objects died. Entries that still wait then are cleared in slices before the sweep.
//!
//! Roots are visited whole when marking begins, but for handles and for those that keep dirty bits and are large, as a
//! table of tasks is: these go on in slices, and what is written in them meanwhile is marked by the minor collections that
//! visit it.
//!
//! Invariants: a marked object is on the stack, in the ring, in `parts`, or all that it points to is marked or young. An
//! entry of a black map is still to be looked at, was written and its map is in the log, or waits, or its value is marked or
//! young.

use mangrove_nanbox::{Span, for_each_new_within};

use crate::core::Core;
use crate::ephemeron::{Ephemerons, Waits};
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

/// Entries of weak maps, or weak slots, that are looked at at once.
const GLANCE: u64 = 256;
/// Looks that count for an object of a budget.
const LOOKS_PER_OBJECT: u64 = 4;
/// Looks that an entry counts for that has to wait.
const WAIT_COST: u64 = 16;

/// The gray objects, and what is decided when there are none.
#[derive(Default)]
pub(crate) struct Marker {
    stack: Vec<usize>,
    /// Parts of large arrays that are still to be scanned: address and length in words.
    parts: Vec<(usize, usize)>,
    /// Weak slots of marked objects; those before `weak_seen` were looked at, and their objects were not marked.
    pub(crate) weak: Vec<*mut u64>,
    weak_seen: usize,
    /// The same of roots, of the visit that ends marking: only until the end of that pause do they stay where they are.
    root_weak: Vec<*mut u64>,
    /// Weak maps of objects that were scanned, and the one of them whose entries are being looked at, from a place on.
    tables: Vec<*mut Ephemerons>,
    table: Option<(*mut Ephemerons, usize)>,
    /// Entries that were written while their map was black.
    late: Vec<(*mut Ephemerons, usize)>,
    /// Entries whose keys were not marked; after marking, those that are to be cleared.
    waits: Waits,
    /// The next handle to be visited, while there are such.
    handles_from: Option<usize>,
    /// Whether a root wants to know which task handles are met, and those it was not told yet.
    watches_tasks: bool,
    met: Vec<u64>,
    /// Roots that are visited in parts are not done.
    pub(crate) roots_left: bool,
    /// Objects marked in this cycle.
    pub(crate) marked: u64,
    /// What was looked at beside them, counted in objects.
    pub(crate) looked: u64,
    /// Bytes of those that were scanned, which leaves out what was born black.
    pub(crate) bytes: usize,
}

impl Marker {
    /// Nothing is marked, by this cycle or one that was given up.
    pub(crate) fn begin(&mut self) {
        self.stack.clear();
        self.parts.clear();
        self.weak.clear();
        self.weak_seen = 0;
        self.tables.clear();
        self.table = None;
        self.late.clear();
        self.waits = Waits::default();
        self.handles_from = None;
        self.watches_tasks = false;
        self.met.clear();
        self.roots_left = false;
        self.marked = 0;
        self.looked = 0;
        self.bytes = 0;
    }

    /// An entry of a weak map in a black object was written.
    pub(crate) fn late(&mut self, table: *mut Ephemerons, place: usize) {
        self.late.push((table, place));
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
        self.roots_left || self.handles_from.is_some() || !self.met.is_empty()
    }

    /// Scans up to `budget` objects, and when there are no more, looks at weak maps and weak slots. True when none is gray
    /// and all was looked at.
    pub(crate) fn drain(&mut self, old: &OldSpace, budget: u64) -> bool {
        let mut left = budget;
        loop {
            let mut waits = core::mem::take(&mut self.waits);
            left = match (waits.is_empty(), self.watches_tasks) {
                (true, false) => self.drain_with::<false, false>(old, left, &mut waits),
                (true, true) => self.drain_with::<false, true>(old, left, &mut waits),
                (false, false) => self.drain_with::<true, false>(old, left, &mut waits),
                (false, true) => self.drain_with::<true, true>(old, left, &mut waits),
            };
            self.waits = waits;
            if !self.stack.is_empty() || !self.parts.is_empty() || self.has_parts() {
                return false;
            }
            if !self.has_unseen() {
                return true;
            }
            if left == 0 {
                return false;
            }
            let looks = self.glance(old, left.saturating_mul(LOOKS_PER_OBJECT).min(GLANCE) as usize);
            let cost = looks.div_ceil(LOOKS_PER_OBJECT);
            self.looked += cost;
            left = left.saturating_sub(cost);
        }
    }

    /// Whether entries or weak slots were not looked at.
    fn has_unseen(&self) -> bool {
        !self.late.is_empty() || self.table.is_some() || !self.tables.is_empty() || self.weak_seen < self.weak.len()
    }

    /// Looks at some entries, or else at weak slots. Returns how many looks that counts for.
    fn glance(&mut self, old: &OldSpace, most: usize) -> u64 {
        if !self.late.is_empty() {
            let from = self.late.len().saturating_sub(most);
            return self.late.split_off(from).into_iter().map(|(table, place)| self.look_at(old, table, place)).sum();
        }
        if let Some((table, from)) = self.table.take().or_else(|| Some((self.tables.pop()?, 0))) {
            // SAFETY: a table of a marked object, which stays until the next cycle; nothing else borrows it.
            let places = unsafe { &*table }.places();
            if from == 0 {
                self.waits.reserve(places);
            }
            let to = places.min(from + most);
            self.table = (to < places).then_some((table, to));
            return 1 + (from..to).map(|place| self.look_at(old, table, place)).sum::<u64>();
        }
        let most = (self.weak.len() - self.weak_seen).min(most);
        for _ in 0..most {
            // SAFETY: a slot of a marked object.
            let word = unsafe { *self.weak[self.weak_seen] };
            if word == 0 || is_marked(old, word) {
                self.weak.swap_remove(self.weak_seen);
            } else {
                self.weak_seen += 1;
            }
        }
        most as u64
    }

    /// An entry: its value lives if its key does. With a young key it is left alone: the next minor collection visits it,
    /// and brings it back. Returns the looks that this counts for.
    fn look_at(&mut self, old: &OldSpace, table: *mut Ephemerons, place: usize) -> u64 {
        // SAFETY: as in `glance`.
        let Some(entry) = unsafe { &*table }.entry(place) else { return 1 };
        if is_marked(old, entry.key) {
            self.meet(old, entry.value);
        } else if old.contains((entry.key - TAG) as usize) {
            self.waits.add(entry.key, table, place);
            return WAIT_COST;
        }
        1
    }

    /// Scans up to `budget` objects and returns what is left of it. With `WATCH`, entries wait for their keys.
    fn drain_with<const WATCH: bool, const TASKS: bool>(
        &mut self,
        old: &OldSpace,
        budget: u64,
        waits: &mut Waits,
    ) -> u64 {
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
            if WATCH {
                for (table, place) in waits.met(object.word()) {
                    // SAFETY: as in `glance`. A young value is black when it is promoted.
                    if let Some(entry) = unsafe { &*table }.entry(place)
                        && entry.key == object.word()
                    {
                        consider!(entry.value);
                    }
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
        left
    }

    /// The end of marking: lets go of what was not marked. Entries of weak maps are cleared later.
    fn clear_weak(&mut self, old: &OldSpace) {
        for &slot in self.weak.iter().chain(&self.root_weak) {
            // SAFETY: slots of roots that were visited in this pause, and of objects that are not swept yet.
            unsafe {
                if *slot != 0 && !is_marked(old, *slot) {
                    *slot = 0;
                }
            }
        }
        self.weak.clear();
        self.weak_seen = 0;
    }

    /// After marking, before the sweep: clears entries of dead keys, up to `budget`; true when there is none left.
    pub(crate) fn clear_entries(&mut self, old: &OldSpace, budget: usize) -> bool {
        // SAFETY: the maps were marked; nothing is swept or moved before this is done.
        unsafe { self.waits.clear(budget, |key| is_marked(old, key)) }
    }
}

impl Core {
    /// Marks what roots and handles point to, as marking begins; those that can be visited in parts are left for later.
    pub(crate) fn mark_roots(&mut self, roots: &mut RootVisit<'_>) {
        let (marker, old, _) = self.marking();
        let mut sink = MarkSink { old, marker, stable: false, in_object: false };
        let mut wishes = Wishes::default();
        roots(&mut Visitor::beginning(&mut sink, &mut wishes));
        marker.handles_from = Some(0);
        marker.roots_left = wishes.parts;
        marker.watches_tasks = wishes.tasks;
    }

    /// Marks some of what roots left for later.
    pub(crate) fn mark_roots_in_part(&mut self, roots: &mut RootVisit<'_>, words: usize) {
        let (marker, old, handles) = self.marking();
        let mut left = words;
        if let Some(from) = marker.handles_from {
            let mut sink = MarkSink { old, marker, stable: false, in_object: false };
            marker.handles_from = handles.visit_some(from, &mut left, |word| sink.word(word));
        }
        if left > 0 && (marker.roots_left || !marker.met.is_empty()) {
            let mut met = core::mem::take(&mut marker.met);
            let mut sink = MarkSink { old, marker, stable: false, in_object: false };
            roots(&mut Visitor::resuming(&mut Nothing, &mut sink, &mut left, &mut met));
            marker.roots_left = left == 0;
            marker.met.append(&mut met);
        }
    }

    /// All that is left to be marked, in one go, after roots were visited again. False when a root wants more to be kept:
    /// then marking goes on. Else weak references to what was not marked are cleared.
    pub(crate) fn mark_rest(&mut self, roots: &mut RootVisit<'_>) -> bool {
        loop {
            let (marker, old, _) = self.marking();
            marker.drain(old, u64::MAX);
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
        let (marker, old, _) = self.marking();
        marker.clear_weak(old);
        true
    }

    /// Roots once more, right after a minor collection, which marked what new handles and the dirty parts of roots point
    /// to. So handles and roots that keep dirty bits have nothing to add. Weak slots in roots count: they stay where they
    /// are until the end of this pause.
    pub(crate) fn mark_roots_again(&mut self, roots: &mut RootVisit<'_>) {
        let (marker, old, _) = self.marking();
        debug_assert!(!marker.has_parts());
        marker.root_weak.clear();
        let mut sink = MarkSink { old, marker, stable: true, in_object: false };
        roots(&mut Visitor::new(&mut sink, true));
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
            self.marker.tables.push(table);
        }
    }
}

/// Whether a word is a task handle.
#[inline(always)]
fn is_task(word: u64) -> bool {
    mangrove_nanbox::Word::from_bits(word).is_task()
}

/// Whether a heap word points to what is old and marked.
fn is_marked(old: &OldSpace, word: u64) -> bool {
    let object = (word - TAG) as usize;
    old.contains(object) && old.marks.get(object)
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
