//! The minor collection: empties the nursery by copying what lives into the old space, after Cheney.
//!
//! It costs the survivors, the logged objects and slots, and what the roots report as young. Copies go to the hole at
//! hand, so the part of it between `scan` and its cursor is the queue of objects still to be scanned; what does not
//! fit a hole is queued by itself. Each log entry and each element of an array is followed to its end before the next, so
//! that what it leads to stays together: it is read together, and when it dies it leaves whole lines.
//!
//! Invariant: while marking runs, a promoted object is black: it is marked, and so is every old object it points to
//! (SOUNDNESS, rules 3 and 4).

use std::time::Instant;

use mangrove_nanbox::{Span, for_each_within};

use crate::collect::mark::{Marker, prefetch};
use crate::core::{Core, Cycle};
use crate::ephemeron::{Ephemerons, Waits};
use crate::heap::RootVisit;
use crate::layout::TypeInfo;
use crate::object::{FILLER, FORWARDED, Obj, TAG, UNLOGGED, at};
use crate::old::{LINE, OldSpace};
use crate::stats::Phase;
use crate::trace::{Sink, Visitor, visit_slots};

/// How far ahead of the scan logged objects are fetched.
const LOG_AHEAD: usize = 16;

impl Core {
    /// Empties the nursery.
    pub(crate) fn minor(&mut self, roots: &mut RootVisit<'_>) {
        if self.cycle == Cycle::Marking { self.minor_while::<true>(roots) } else { self.minor_while::<false>(roots) }
    }

    fn minor_while<const MARKING: bool>(&mut self, roots: &mut RootVisit<'_>) {
        let (start, before) = (Instant::now(), self.bytes());
        self.epoch += 1;
        let epoch = self.epoch;
        self.old().end_quarantine(epoch);
        let (log, slot_log) = self.take_logs();
        let mut marker = core::mem::take(&mut self.marker);
        let (young, young_bytes) = (self.nursery.base(), self.nursery.bytes());
        let handles = self.handles.clone();
        let mut copier = Copier::<MARKING>::new(self.old(), &mut marker, young, young_bytes);

        // What was written in roots that keep dirty bits is not visited again when marking ends.
        copier.shade = MARKING;
        roots(&mut Visitor::new(&mut copier, true));
        copier.drain();
        handles.visit_new(|word| copier.word(word));
        copier.drain();
        for (place, &object) in log.iter().enumerate() {
            if let Some(ahead) = log.get(place + LOG_AHEAD) {
                prefetch(ahead.0);
            }
            copier.logged(object);
            copier.drain();
        }
        for (place, &slot) in slot_log.iter().enumerate() {
            if let Some(&ahead) = slot_log.get(place + LOG_AHEAD) {
                prefetch(ahead);
            }
            copier.logged_slot(slot);
            copier.drain();
        }
        copier.resolve_ephemerons();
        copier.clear_weak();
        let (objects, bytes) = (copier.objects, copier.bytes);
        copier.end();

        self.marker = marker;
        let logged = log.len() + slot_log.len();
        self.return_logs(log, slot_log);
        self.counts.minors += 1;
        self.counts.promoted_objects += objects;
        self.counts.promoted_bytes += bytes as u64;
        self.drop_young();
        let used = self.cursor() - young;
        let (poison, until) = (self.old().poison, self.quarantine_until());
        self.nursery.reset(young + used, poison, until, epoch);
        self.set_cursor(self.nursery.base());
        self.fit_nursery(objects, bytes, logged, used);
        self.note(Phase::Minor, start, before, objects);
    }

    /// Young objects with native data: those that were moved are old now, the others are dropped.
    fn drop_young(&mut self) {
        for object in core::mem::take(self.young_drops()) {
            // SAFETY: every young object has its header or a forwarding address.
            let header = unsafe { object.header() };
            if header & FORWARDED != 0 {
                self.old_drops().push(Obj(header & !FORWARDED));
            } else {
                self.counts.dropped_objects += 1;
                self.drop_object(object);
            }
        }
    }
}

/// The state of a minor collection.
struct Copier<'a, const MARKING: bool> {
    old: &'a mut OldSpace,
    marker: &'a mut Marker,
    /// Start and length of the nursery.
    young: usize,
    young_bytes: usize,
    /// Up to where the hole at hand was scanned.
    scan: usize,
    /// Parts of earlier holes that are still to be scanned.
    segments: Vec<(usize, usize)>,
    /// Copies outside of the hole that are still to be scanned.
    apart: Vec<Obj>,
    /// Slots of arrays in objects, from and to, that are still to be visited.
    arrays: Vec<(usize, usize)>,
    /// Whether the object that is scanned is black, so that its old children are to be marked.
    shade: bool,
    /// Whether objects are scanned, and not roots: weak slots of roots do not stay where they are.
    in_objects: bool,
    weak: Vec<*mut u64>,
    /// Weak maps that were visited, and whether they are black, so that the marker is to be told what was written.
    ephemerons: Vec<(*mut Ephemerons, bool)>,
    /// Entries whose key has not moved.
    waiting: Waits,
    /// Entries whose key has moved since they began to wait.
    ready: Vec<(*mut Ephemerons, usize)>,
    objects: u64,
    bytes: usize,
}

impl<'a, const MARKING: bool> Copier<'a, MARKING> {
    fn new(old: &'a mut OldSpace, marker: &'a mut Marker, young: usize, young_bytes: usize) -> Self {
        let scan = old.hole.cursor;
        Copier {
            in_objects: false,
            old,
            marker,
            young,
            young_bytes,
            scan,
            segments: Vec::new(),
            apart: Vec::new(),
            arrays: Vec::new(),
            shade: false,
            weak: Vec::new(),
            ephemerons: Vec::new(),
            waiting: Waits::default(),
            ready: Vec::new(),
            objects: 0,
            bytes: 0,
        }
    }

    /// Whether a word points into the nursery.
    #[inline(always)]
    fn is_young(&self, word: u64) -> bool {
        (word.wrapping_sub(TAG + self.young as u64) as usize) < self.young_bytes
    }

    /// Where a young object is now; moves it if it has not moved yet.
    #[inline(always)]
    fn forward(&mut self, object: Obj) -> Obj {
        // SAFETY: a slot points to a live young object, or to what one left behind.
        unsafe {
            let header = object.header();
            if header & FORWARDED != 0 {
                return Obj(header & !FORWARDED);
            }
            let info = Obj::info_of(header);
            let size = object.size(info);
            let start = match self.old.hole.take(size, info.align16) {
                Some(start) => start,
                None => self.room(size, info.align16),
            };
            copy(object.0, start, size);
            let copy = self.old.born(start, size);
            copy.set_header(header | UNLOGGED);
            object.set_header(copy.0 | FORWARDED);
            if MARKING {
                self.marker.marked += 1;
            }
            self.objects += 1;
            self.bytes += size;
            if !self.waiting.is_empty() {
                self.wake_entries(object);
            }
            copy
        }
    }

    /// Entries that waited for this key can be resolved.
    #[cold]
    fn wake_entries(&mut self, key: Obj) {
        self.ready.extend(self.waiting.met(key.word()));
    }

    /// Room for a copy when the hole has none.
    #[cold]
    #[inline(never)]
    fn room(&mut self, size: usize, align16: bool) -> usize {
        // Objects in the nursery are never large. The reservation is twice the limit and the limit counts the
        // nursery, so this cannot run out: what would not fit was refused when it was allocated.
        let full = "the reservation of the old space holds all that the limit allows";
        if size > LINE - 8 {
            let start = self.old.allocate_medium(size, align16).expect(full);
            self.apart.push(Obj(start));
            return start;
        }
        loop {
            if self.scan < self.old.hole.cursor {
                self.segments.push((self.scan, self.old.hole.cursor));
            }
            self.old.hole = self.old.next_hole().expect(full);
            self.scan = self.old.hole.cursor;
            if let Some(start) = self.old.hole.take(size, align16) {
                return start;
            }
        }
    }

    /// Scans copies until there are none that were not scanned.
    #[inline]
    fn drain(&mut self) {
        self.shade = MARKING;
        self.in_objects = true;
        loop {
            while self.scan < self.old.hole.cursor {
                let (object, info, size) = copy_at(self.scan);
                // First, since a copy may need a new hole, and what is left of this one is queued then.
                self.scan += size;
                self.scan_copy(object, info);
            }
            if let Some((from, to)) = self.segments.pop() {
                let mut next = from;
                while next < to {
                    let (object, info, size) = copy_at(next);
                    next += size;
                    self.scan_copy(object, info);
                }
            } else if let Some((from, to)) = self.arrays.pop() {
                self.scan_array(from, to);
            } else if let Some(object) = self.apart.pop() {
                let (object, info, _) = copy_at(object.0);
                self.scan_copy(object, info);
            } else {
                return;
            }
        }
    }

    #[inline(always)]
    fn scan_copy(&mut self, object: Obj, info: Option<&'static TypeInfo>) {
        if let Some(info) = info {
            // SAFETY: a live copy that does not move again in this collection.
            unsafe { visit_slots(object, info, self) };
        }
    }

    /// Visits slots of an array up to the first that had something copied into the hole; queues the others.
    fn scan_array(&mut self, mut from: usize, to: usize) {
        while from < to && self.scan == self.old.hole.cursor {
            self.word(at(from));
            from += 8;
        }
        if from < to {
            self.arrays.push((from, to));
        }
    }

    /// An object that was written since the last minor collection, or was born old.
    fn logged(&mut self, object: Obj) {
        self.in_objects = true;
        // SAFETY: what is in the log is not swept before the log was emptied.
        unsafe {
            let header = object.header();
            object.set_header(header | UNLOGGED);
            // A white object is scanned when marking meets it.
            self.shade = MARKING && self.old.marks.get(object.0);
            visit_slots(object, Obj::info_of(header), self);
        }
    }

    /// A slot of a large object that was written since the last minor collection.
    fn logged_slot(&mut self, slot: usize) {
        self.shade = MARKING;
        self.word(at(slot));
    }

    /// Values of ephemerons live if their keys do, to a fixpoint; the entries of dead keys go. Linear in the entries that
    /// were written since the last minor collection: one whose key has not moved waits under that key.
    fn resolve_ephemerons(&mut self) {
        loop {
            if let Some((table, black)) = self.ephemerons.pop() {
                // SAFETY: a table that was visited lives in a root or a live object; nothing else borrows it.
                for place in unsafe { &mut *table }.take_written() {
                    self.resolve_entry(table, place);
                    if black {
                        self.marker.late(table, place);
                    }
                }
            } else if let Some((table, place)) = self.ready.pop() {
                self.resolve_entry(table, place);
            } else {
                break;
            }
        }
        for (key, table, place) in self.waiting.all() {
            // What still waits has a key that nobody can reach.
            // SAFETY: as above.
            unsafe { &mut *table }.bury(place, key);
        }
    }

    fn resolve_entry(&mut self, table: *mut Ephemerons, place: usize) {
        // SAFETY: as in `resolve_ephemerons`; copying does not touch the native memory of tables.
        let Some(mut entry) = unsafe { &*table }.entry(place) else { return };
        if self.is_young(entry.key) {
            let key = Obj((entry.key - TAG) as usize);
            // SAFETY: a key is a live object, or one of the nursery that died or moved in this collection.
            let header = unsafe { key.header() };
            if header & FORWARDED == 0 {
                self.waiting.add(entry.key, table, place);
                return;
            }
            entry.key = Obj(header & !FORWARDED).word();
        }
        // An old value is marked when the marker looks at the entry, if at all.
        self.shade = false;
        self.word(&raw mut entry.value);
        // SAFETY: as above.
        unsafe { &mut *table }.update(place, entry);
        self.drain();
    }

    /// Weak slots follow what moved, and let go of what did not.
    fn clear_weak(&mut self) {
        for slot in core::mem::take(&mut self.weak) {
            // SAFETY: slots of live objects or of roots, met in this pause.
            unsafe {
                if self.is_young(*slot) {
                    let header = Obj((*slot - TAG) as usize).header();
                    *slot = if header & FORWARDED != 0 { Obj(header & !FORWARDED).word() } else { 0 };
                }
            }
        }
    }

    fn end(self) {
        debug_assert!(self.segments.is_empty() && self.apart.is_empty() && self.arrays.is_empty());
    }
}

/// Copies an object. Most are of two to four words: a call would take longer than they do.
///
/// # Safety
/// Both are objects of `size` bytes, and do not overlap.
#[inline(always)]
unsafe fn copy(from: usize, to: usize, size: usize) {
    // SAFETY: by the caller. For two to four words, the first two and the last two are all.
    unsafe {
        if (16..=32).contains(&size) {
            let last = size - 16;
            let (head, tail) = (at::<[u64; 2]>(from).read(), at::<[u64; 2]>(from + last).read());
            at::<[u64; 2]>(to).write(head);
            at::<[u64; 2]>(to + last).write(tail);
        } else {
            core::ptr::copy_nonoverlapping(at::<u64>(from), at::<u64>(to), size / 8);
        }
    }
}

/// The copy at an address, its type, and its size; a filler has no type.
#[inline(always)]
fn copy_at(address: usize) -> (Obj, Option<&'static TypeInfo>, usize) {
    let object = Obj(address);
    // SAFETY: copies and fillers lie back to back; a copy has its own header.
    unsafe {
        let header = object.header();
        if header == FILLER {
            return (object, None, 8);
        }
        let info = Obj::info_of(header);
        (object, Some(info), object.size(info))
    }
}

impl<const MARKING: bool> Sink for Copier<'_, MARKING> {
    #[inline(always)]
    fn word(&mut self, slot: *mut u64) {
        // SAFETY: a visited slot is ours.
        let word = unsafe { *slot };
        if self.is_young(word) {
            let copy = self.forward(Obj((word - TAG) as usize));
            // SAFETY: as above.
            unsafe { *slot = copy.word() };
        } else if MARKING && self.shade {
            self.marker.meet(self.old, word);
        }
    }

    /// Young words are rare among many: the bulk scan finds them. In an object they stay where they are, and wait their
    /// turn; but not those of a white one, which would be taken for those of a black one.
    fn words(&mut self, slots: *mut u64, len: usize) {
        if self.in_objects && self.shade == MARKING {
            let from = slots.expose_provenance();
            self.arrays.push((from, from + len * 8));
            return;
        }
        // SAFETY: `len` words are lent.
        let words = unsafe { core::slice::from_raw_parts_mut(slots, len) };
        if MARKING && self.shade {
            return for_each_within(words, Span::TRACED, |word| self.word(word));
        }
        for_each_within(words, Span::new(TAG + self.young as u64, self.young_bytes as u64), |word| {
            *word = self.forward(Obj((*word - TAG) as usize)).word();
        });
    }

    fn weak(&mut self, slot: *mut u64) {
        self.weak.push(slot);
        if MARKING && self.in_objects {
            self.marker.weak.push(slot);
        }
    }

    fn ephemerons(&mut self, table: *mut Ephemerons) {
        // Of a white object all entries are looked at when marking meets it.
        self.ephemerons.push((table, MARKING && self.in_objects && self.shade));
    }

    fn weakly(&mut self, on: bool) {
        self.shade = MARKING && !on;
    }
}
