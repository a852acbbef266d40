//! [`Core`]: the state of a heap that mutator and collector share, and the mutator's slow paths.
//!
//! Invariants:
//! - The mutator reaches this through `&Core`: every borrow of an `UnsafeCell` here ends within the method that made
//!   it, and no method runs foreign code. The collector has `&mut Core`.
//! - `limit` is at most `hard`, which is at most the end of the nursery; it is 0 while zeal injects failures, so that
//!   each allocation takes the slow path, and nothing is tested on the fast one.
//! - An object that is born old is in the log (SOUNDNESS, rule 3).

use core::any::Any;
use core::cell::{Cell, UnsafeCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::collect::mark::Marker;
use crate::error::{AllocError, HeapError};
use crate::handle::HandleTable;
use crate::nursery::Nursery;
use crate::object::{FILLER, Obj, UNLOGGED};
use crate::old::{BLOCK, LARGE, OldSpace};
use crate::stats::{Event, Phase, Stats};
use crate::value::Value;
use crate::zeal::{HeapConfig, Rng};

/// Where the cycle of the old space stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cycle {
    Idle,
    Marking,
    Sweeping,
}

/// What an embedder gave to [`Heap::observe`](crate::Heap::observe).
type Observer = Box<dyn FnMut(&Event)>;

/// Entries of a log that ask for a minor collection, which scans them all in one pause.
const LONG_LOG: usize = 16 << 10;
/// Logged slots that are known as such without a look at the log, one for each remainder of their address.
const RECENT: usize = 256;
/// The least nursery: two objects of the largest kind that is allocated there.
const LEAST_NURSERY: usize = 64 << 10;

#[repr(C)]
pub(crate) struct Core {
    // What the fast paths touch, in one cache line.
    cursor: Cell<usize>,
    limit: Cell<usize>,
    pub(crate) wants: Cell<bool>,
    log: UnsafeCell<Vec<Obj>>,
    slot_log: UnsafeCell<Vec<usize>>,
    /// Slots that are in the log, each at its place; so code that writes a few slots again and again logs them once. What
    /// is in the log twice is visited twice.
    recent_slots: [Cell<usize>; RECENT],

    /// Young allocation ends here, whatever the steps of `limit`.
    hard: Cell<usize>,
    old: UnsafeCell<OldSpace>,
    pub(crate) nursery: Nursery,
    young_drops: UnsafeCell<Vec<Obj>>,
    old_drops: UnsafeCell<Vec<Obj>>,
    /// Those of `old_drops` at the end of marking: whether they are marked is still to be seen.
    pub(crate) unsure_drops: Vec<Obj>,
    /// Dead objects whose native data is still to be dropped; their memory is not swept before.
    pub(crate) pending_drops: Vec<Obj>,
    pub(crate) external: Rc<Cell<usize>>,
    pub(crate) handles: Rc<HandleTable>,

    pub(crate) config: HeapConfig,
    pub(crate) cycle: Cycle,
    pub(crate) marker: Marker,
    pub(crate) pace: crate::collect::Pace,
    pub(crate) zeal_rng: Rng,
    pub(crate) safepoints: u64,
    /// Collections so far: the clock of the quarantine.
    pub(crate) epoch: u64,
    failure_countdown: Cell<u32>,
    injected: Cell<u64>,
    /// Zeal failed an allocation since the last safepoint.
    injected_now: Cell<bool>,
    /// Zeal lets no allocation fail before the next safepoint: what it has refused is being done again.
    pub(crate) spared: Cell<bool>,
    /// An allocation met the limit since the last safepoint.
    refused: Cell<bool>,
    /// Why the last allocation that failed did.
    error: Cell<AllocError>,
    pub(crate) counts: Stats,
    pub(crate) observer: Option<Observer>,
    pub(crate) events: Vec<Event>,
    /// The first panic of a `Drop`, raised when the work is done.
    panic: Option<Box<dyn Any + Send>>,
}

impl Core {
    pub(crate) fn new(mut config: HeapConfig) -> Result<Self, HeapError> {
        let bad = |what: &str| Err(HeapError::Config(what.to_owned()));
        if config.max_bytes < 4 * LEAST_NURSERY {
            return bad("`max_bytes` must be at least 256 KiB");
        }
        if config.max_bytes > 1 << 46 {
            return bad("`max_bytes` is beyond the address space");
        }
        let most = config.max_nursery_bytes.max(config.nursery_bytes).min(config.max_bytes / 4);
        config.max_nursery_bytes = most.max(LEAST_NURSERY) & !4095;
        config.nursery_bytes = config.nursery_bytes.clamp(LEAST_NURSERY, config.max_nursery_bytes) & !4095;
        let zeal = config.zeal.clone();
        let poison = zeal.as_ref().is_some_and(|z| z.poison).then_some(Value::POISON.to_bits());
        let verify = zeal.as_ref().is_some_and(|z| z.verify);
        // Room for all that may live, a copy of it, and what quarantine keeps.
        let reserve = config.max_bytes.saturating_mul(2) + (64 << 20);
        // Under zeal it keeps its size.
        let most = if zeal.is_some() { config.nursery_bytes } else { config.max_nursery_bytes };
        let nursery = Nursery::new(config.nursery_bytes, most)?;
        let fail = zeal.as_ref().map_or(0, |z| z.fail_alloc);
        let core = Core {
            cursor: Cell::new(nursery.base()),
            limit: Cell::new(0),
            wants: Cell::new(false),
            log: UnsafeCell::default(),
            slot_log: UnsafeCell::default(),
            recent_slots: [const { Cell::new(0) }; RECENT],
            hard: Cell::new(nursery.end()),
            old: UnsafeCell::new(OldSpace::new(reserve, config.huge_pages && zeal.is_none(), verify, poison)?),
            nursery,
            young_drops: UnsafeCell::default(),
            old_drops: UnsafeCell::default(),
            unsure_drops: Vec::new(),
            pending_drops: Vec::new(),
            external: Rc::default(),
            handles: Rc::default(),
            cycle: Cycle::Idle,
            marker: Marker::default(),
            pace: crate::collect::Pace::new(&config),
            zeal_rng: Rng::new(zeal.map_or(0, |z| z.seed)),
            safepoints: 0,
            epoch: 0,
            failure_countdown: Cell::new(fail),
            injected: Cell::new(0),
            injected_now: Cell::new(false),
            spared: Cell::new(false),
            refused: Cell::new(false),
            error: Cell::new(AllocError::Collect),
            counts: Stats::default(),
            observer: None,
            events: Vec::new(),
            panic: None,
            config,
        };
        core.rearm();
        Ok(core)
    }

    // ---- allocation

    /// Memory for an object of `size` bytes with its header, which the caller writes at once.
    #[inline(always)]
    pub(crate) fn allocate(&self, size: usize, align16: bool) -> Result<Obj, AllocError> {
        let cursor = self.cursor.get();
        // A payload is 16-aligned when its header is 8 past a multiple of 16.
        let start = if align16 { cursor | 8 } else { cursor };
        // Neither term comes near the top of the address space: sizes are below 2^45.
        if size > LARGE || start + size > self.limit.get() {
            // By value both ways: a result in memory would spill what the caller stores on the fast path.
            return match self.allocate_slow(size, align16) {
                0 => Err(self.error.get()),
                start => Ok(Obj(start)),
            };
        }
        if align16 && start != cursor {
            // SAFETY: the word is below the limit of the nursery, and free.
            unsafe { Obj(cursor).set_header(FILLER) };
        }
        self.cursor.set(start + size);
        Ok(Obj(start))
    }

    /// The address, or 0 with the error in `self.error`.
    #[cold]
    #[inline(never)]
    fn allocate_slow(&self, size: usize, align16: bool) -> usize {
        if self.injects_failure() {
            self.error.set(AllocError::Collect);
            return 0;
        }
        let cursor = self.cursor.get();
        let start = if align16 { cursor | 8 } else { cursor };
        if size <= LARGE && start + size <= self.hard.get() {
            if !self.injecting() {
                // The step is reached: work is due, and allocation goes on meanwhile.
                self.wants.set(true);
                self.limit.set(self.hard.get());
            }
            if start != cursor {
                // SAFETY: the word is below the limit of the nursery, and free.
                unsafe { Obj(cursor).set_header(FILLER) };
            }
            self.cursor.set(start + size);
            return start;
        }
        self.allocate_old(size, align16).map_or_else(
            |e| {
                self.error.set(e);
                0
            },
            |object| object.0,
        )
    }

    /// An object that is born old: it is in the log, so its fields may be young.
    fn allocate_old(&self, size: usize, align16: bool) -> Result<Obj, AllocError> {
        self.wants.set(true);
        let committed = self.committed();
        // SAFETY: the borrow ends with this method.
        let old = unsafe { &mut *self.old.get() };
        let room = self.config.max_bytes.saturating_sub(committed);
        old.blocks_left = room / BLOCK;
        let object = old.allocate(size, align16);
        old.blocks_left = usize::MAX;
        let object = object.ok_or_else(|| self.refuse(size))?;
        // SAFETY: as above.
        unsafe { &mut *self.log.get() }.push(object);
        Ok(object)
    }

    /// Bytes that count towards the limit: blocks, the nursery, external.
    pub(crate) fn committed(&self) -> usize {
        // SAFETY: a shared borrow that ends here.
        unsafe { &*self.old.get() }.block_bytes() + self.nursery.bytes() + self.external.get()
    }

    /// The object has native data to drop once it is dead.
    #[cold]
    pub(crate) fn will_drop(&self, object: Obj) {
        let list = if self.nursery.contains(object.0) { &self.young_drops } else { &self.old_drops };
        // SAFETY: the borrow ends with this statement.
        unsafe { &mut *list.get() }.push(object);
    }

    pub(crate) fn external_alloc(&self, bytes: usize) -> Result<(), AllocError> {
        if self.injects_failure() {
            return Err(AllocError::Collect);
        }
        if self.committed().saturating_add(bytes) > self.config.max_bytes {
            return Err(self.refuse(bytes));
        }
        self.external.set(self.external.get() + bytes);
        if self.external.get() > self.pace.external_trigger {
            self.wants.set(true);
        }
        Ok(())
    }

    /// The limit is in the way: the next safepoint collects everything.
    fn refuse(&self, bytes: usize) -> AllocError {
        if bytes.saturating_add(self.nursery.bytes()) > self.config.max_bytes {
            return AllocError::Never;
        }
        self.want_everything();
        AllocError::Collect
    }

    /// The next safepoint collects everything.
    pub(crate) fn want_everything(&self) {
        self.wants.set(true);
        self.refused.set(true);
    }

    /// Whether something was refused since the last call.
    pub(crate) fn take_refusal(&self) -> bool {
        self.refused.take()
    }

    fn injecting(&self) -> bool {
        self.config.zeal.as_ref().is_some_and(|zeal| zeal.fail_alloc > 0)
    }

    /// At the end of a safepoint or collection: what failed before it may be done again now.
    pub(crate) fn spare_retries(&self) {
        self.spared.set(self.injected_now.take());
    }

    /// Counts an allocation down to the one that fails.
    fn injects_failure(&self) -> bool {
        if !self.injecting() {
            return false;
        }
        let left = self.failure_countdown.get() - 1;
        self.failure_countdown.set(if left == 0 {
            self.config.zeal.as_ref().map_or(0, |z| z.fail_alloc)
        } else {
            left
        });
        let fails = left == 0 && !self.spared.get();
        self.injected.set(self.injected.get() + u64::from(fails));
        self.injected_now.set(self.injected_now.get() | fails);
        fails
    }

    // ---- barrier

    #[cold]
    #[inline(never)]
    pub(crate) fn log_object(&self, object: Obj, header: usize) {
        // SAFETY: the object is live, and the borrow ends with this method.
        unsafe {
            object.set_header(header & !UNLOGGED);
            (*self.log.get()).push(object);
            if (*self.log.get()).len() >= LONG_LOG {
                self.wants.set(true);
            }
        }
    }

    #[inline]
    pub(crate) fn log_slot(&self, slot: usize) {
        let recent = &self.recent_slots[slot / 8 % RECENT];
        if recent.replace(slot) == slot {
            return;
        }
        // SAFETY: the borrow ends with this method.
        let log = unsafe { &mut *self.slot_log.get() };
        log.push(slot);
        if log.len() >= LONG_LOG {
            self.wants.set(true);
        }
    }

    /// Whether the next minor collection is to visit a new handle; many such handles ask for one.
    pub(crate) fn notes_handle(&self, object: Obj) -> bool {
        if self.handles.new_count() >= LONG_LOG {
            self.wants.set(true);
        }
        self.cycle == Cycle::Marking || self.nursery.contains(object.0)
    }

    // ---- for the collector

    #[inline(always)]
    pub(crate) fn old(&mut self) -> &mut OldSpace {
        self.old.get_mut()
    }

    /// The marker, and what it looks at.
    #[inline(always)]
    pub(crate) fn marking(&mut self) -> (&mut Marker, &OldSpace, &HandleTable) {
        (&mut self.marker, self.old.get_mut(), &self.handles)
    }

    pub(crate) fn old_ref(&self) -> &OldSpace {
        // SAFETY: a shared borrow; callers have no other while they use it.
        unsafe { &*self.old.get() }
    }

    /// Where the mutator stopped.
    pub(crate) fn cursor(&self) -> usize {
        self.cursor.get()
    }

    pub(crate) fn set_cursor(&self, cursor: usize) {
        self.cursor.set(cursor);
    }

    pub(crate) fn take_logs(&mut self) -> (Vec<Obj>, Vec<usize>) {
        for slot in self.slot_log.get_mut() {
            self.recent_slots[*slot / 8 % RECENT].set(0);
        }
        (core::mem::take(self.log.get_mut()), core::mem::take(self.slot_log.get_mut()))
    }

    /// The slots of large objects in the log.
    pub(crate) fn slot_log(&self) -> &[usize] {
        // SAFETY: a shared borrow; nothing is logged while a collection or a verification runs.
        unsafe { &*self.slot_log.get() }
    }

    /// Whether a log is so long that it should be emptied.
    pub(crate) fn has_long_log(&mut self) -> bool {
        let logs = self.log.get_mut().len().max(self.slot_log.get_mut().len());
        logs.max(self.handles.new_count()) >= LONG_LOG
    }

    /// Gives the empty logs back, with their memory.
    pub(crate) fn return_logs(&mut self, mut log: Vec<Obj>, mut slot_log: Vec<usize>) {
        log.clear();
        slot_log.clear();
        *self.log.get_mut() = log;
        *self.slot_log.get_mut() = slot_log;
    }

    pub(crate) fn young_drops(&mut self) -> &mut Vec<Obj> {
        self.young_drops.get_mut()
    }

    pub(crate) fn old_drops(&mut self) -> &mut Vec<Obj> {
        self.old_drops.get_mut()
    }

    /// Sets the limits of young allocation for the time until the next safepoint.
    pub(crate) fn rearm(&self) {
        let (base, bytes) = (self.nursery.base(), self.nursery.bytes());
        let full = self.committed() > self.config.max_bytes;
        // At the limit the nursery stays shut: each allocation is answered by the old space, so none is unbounded.
        let hard = if full { self.cursor.get() } else { self.nursery.end() };
        self.hard.set(hard);
        let step = match self.cycle {
            Cycle::Idle if !self.old_ref().is_returning() => self.nursery.end(),
            _ => {
                let late = self.cycle == Cycle::Marking && self.pace.is_late(self.old_ref().used + self.external.get());
                let step = if late { bytes / 16 } else { bytes / 4 };
                base + ((self.cursor.get() - base) / step + 1) * step
            }
        };
        // A little before the end, so that a safepoint comes before objects are born old.
        let step = step.min(self.nursery.end() - bytes / 16);
        self.limit.set(if self.injecting() { 0 } else { step.min(hard) });
        self.wants.set(self.config.zeal.is_some());
    }

    /// Sees which objects with native data died in the marking that ended, at most `budget` of them.
    pub(crate) fn sort_drops(&mut self, budget: usize) {
        let from = self.unsure_drops.len().saturating_sub(budget);
        for object in self.unsure_drops.split_off(from) {
            let list = if self.old_ref().marks.get(object.0) { self.old_drops() } else { &mut self.pending_drops };
            list.push(object);
        }
    }

    /// Runs the drops of dead objects, at most `budget` of them. A panic is kept for later.
    pub(crate) fn run_drops(&mut self, budget: usize) {
        let from = self.pending_drops.len().saturating_sub(budget);
        let batch = self.pending_drops.split_off(from);
        self.counts.dropped_objects += batch.len() as u64;
        for object in batch {
            self.drop_object(object);
        }
    }

    /// Drops the native data of a dead object.
    pub(crate) fn drop_object(&mut self, object: Obj) {
        // SAFETY: the object is dead, its memory was not given out again, and it is in one list of drops only.
        let done = std::panic::catch_unwind(|| unsafe {
            if let Some(drop) = object.info().drop {
                drop(object.payload());
            }
        });
        if let Err(payload) = done {
            match self.panic {
                None => self.panic = Some(payload),
                // Dropping a payload is foreign code, that may panic again.
                Some(_) => core::mem::forget(payload),
            }
        }
    }

    /// After a piece of work, when the heap is whole: tells the observer, and raises a panic that was kept.
    pub(crate) fn after_work(&mut self) {
        let events = core::mem::take(&mut self.events);
        if let Some(observer) = &mut self.observer {
            events.iter().for_each(observer);
        }
        if let Some(payload) = self.panic.take() {
            std::panic::resume_unwind(payload);
        }
    }
}

impl Drop for Core {
    /// Drops all native data in the heap.
    fn drop(&mut self) {
        let mut all = core::mem::take(&mut self.pending_drops);
        all.append(&mut self.unsure_drops);
        all.append(self.young_drops.get_mut());
        all.append(self.old_drops.get_mut());
        for object in all {
            self.drop_object(object);
        }
        match self.panic.take() {
            Some(payload) if std::thread::panicking() => core::mem::forget(payload),
            Some(payload) => std::panic::resume_unwind(payload),
            None => {}
        }
    }
}

/// Seeing it.
impl Core {
    pub(crate) fn bytes(&self) -> usize {
        self.old_ref().used + (self.cursor.get() - self.nursery.base())
    }

    /// Notes one piece of a collection.
    pub(crate) fn note(&mut self, phase: Phase, start: Instant, bytes_before: usize, objects: u64) -> Duration {
        let duration = start.elapsed();
        if self.observer.is_some() {
            let bytes_after = self.bytes();
            self.events.push(Event { phase, start, duration, bytes_before, bytes_after, objects });
        }
        duration
    }

    pub(crate) fn stats(&self) -> Stats {
        let old = self.old_ref();
        Stats {
            old_bytes: old.used,
            block_bytes: old.block_bytes(),
            young_bytes: self.cursor.get() - self.nursery.base(),
            nursery_bytes: self.nursery.bytes(),
            external_bytes: self.external.get(),
            handles: self.handles.count(),
            injected_failures: self.injected.get(),
            ..self.counts
        }
    }
}
