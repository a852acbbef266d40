//! When and what the collector works: safepoints, pacing, zeal.
//!
//! ```text
//!   Idle ──(old space grew past its trigger; right after a minor)──► Marking
//!   Marking ──(slices, also between minors)──► nothing gray, right after a minor ──► roots again, weak slots
//!           ──► Sweeping ──(dead entries of weak maps, drops, then blocks, in slices)──► Idle
//! ```
//!
//! Invariants (SOUNDNESS, the collector's rules): marking ends only right after a minor collection in the same pause,
//! when nursery and log are empty; roots without dirty bits are scanned again there; weak slots are cleared there, entries
//! of weak maps after it, all before the sweep gives memory out. What work is done depends on counts only, never on the clock.

use std::time::Instant;

use crate::core::{Core, Cycle};
use crate::heap::{Collect, RootVisit};
use crate::stats::Phase;
use crate::zeal::{HeapConfig, What, When};

pub(crate) mod compact;
pub(crate) mod mark;
pub(crate) mod minor;

/// What marking an object costs about, for turning pauses into counts.
const NANOS_PER_OBJECT: u64 = 30;
/// What promoting an object costs about, and what a log entry does: its slot is cold, and so is the hole.
const NANOS_PER_PROMOTED: u64 = 15;
const NANOS_PER_LOGGED: u64 = 120;
/// Words of roots that are visited in the time of one object.
const WORDS_PER_OBJECT: u64 = 8;
/// What sweeping a block costs at most.
const NANOS_PER_BLOCK: u64 = 400;
/// A cycle begins when this many times what is in use was allocated young without one.
const LEAST_PATIENCE: usize = 64;
/// Blocks whose memory is given back to the system in one safepoint.
const RETURNED_BLOCKS: usize = 64;
/// A nursery shrinks to this for a pause target that needs it.
const LEAST_NURSERY: usize = 256 << 10;
/// A heap smaller than this is not worth a cycle.
const LEAST_TRIGGER: usize = 8 << 20;

/// When a cycle begins, and how fast it goes.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Bytes, old and external, at which a cycle begins.
    pub(crate) trigger: usize,
    /// External bytes that ask for a safepoint.
    pub(crate) external_trigger: usize,
    /// Bytes at which the running cycle should be done.
    goal: usize,
    /// Bytes when it began.
    start: usize,
    /// Objects that the last cycle marked.
    estimate: u64,
    /// Objects in a slice at most.
    slice: u64,
    /// Nanoseconds that a minor collection may take, at those rates: half of a pause; and what they did, as a running
    /// average.
    minor: u64,
    minor_nanos: u64,
    /// Blocks swept in a slice at most.
    sweep_slice: usize,
    /// The last sweep left the blocks half empty, and the limit is near.
    fragmented: bool,
    /// Bytes allocated young since the last cycle, and how many times what is in use they may be before another begins.
    young_since: usize,
    patience: usize,
    /// The running cycle began without growth.
    quiet: bool,
    /// Bytes in use up to which a heap that shrank is moved together unasked.
    moved_in_one_pause: usize,
    /// Survival of the last minor collections, in permille, as a running average.
    survival: u64,
}

impl Pace {
    pub(crate) fn new(config: &HeapConfig) -> Self {
        let nanos = u64::try_from(config.pause_target.as_nanos()).unwrap_or(u64::MAX);
        let mut pace = Pace {
            trigger: 0,
            external_trigger: 0,
            goal: 0,
            start: 0,
            estimate: 0,
            // A slice is half of a pause: what it finds cold in the cache makes up for the rest.
            slice: (nanos / 2 / NANOS_PER_OBJECT).max(256),
            minor: nanos / 2,
            minor_nanos: 0,
            sweep_slice: usize::try_from(nanos / 2 / NANOS_PER_BLOCK).unwrap_or(usize::MAX).max(16),
            fragmented: false,
            young_since: 0,
            patience: LEAST_PATIENCE,
            quiet: false,
            // Twenty times the pause target, once after a heap has shrunk to a quarter.
            moved_in_one_pause: usize::try_from(nanos / 64).unwrap_or(usize::MAX).saturating_mul(1024),
            survival: 0,
        };
        pace.after_cycle(0, 0, 0, config);
        pace
    }

    /// The next cycle begins when the heap has grown by eleven twentieths of what lives. Of what is in use, what marking
    /// reached lives; of the rest, which was born in the cycle and is black whether it lives or not, half may.
    fn after_cycle(&mut self, marked: usize, used: usize, external: usize, config: &HeapConfig) {
        let live = marked + used.saturating_sub(marked) / 2 + external;
        let most = config.max_bytes / 8 * 5;
        let least = (used + external) / 100 * 105;
        self.trigger = (live / 20 * 31).max(LEAST_TRIGGER).min(most).max(least);
        self.external_trigger = external + self.trigger.saturating_sub(used + external).max(1 << 20);
    }

    /// Objects for the next slice, so that marking ends when the heap reaches its goal.
    fn budget(&self, used: usize, marked: u64) -> u64 {
        let estimate = self.estimate.max(used as u64 / 64);
        let progress = (used.saturating_sub(self.start)) as f64 / (self.goal.saturating_sub(self.start)).max(1) as f64;
        let due = (estimate as f64 * (progress + 0.02)) as u64;
        due.saturating_sub(marked).clamp(self.slice / 8, self.slice)
    }

    /// Whether so much was allocated young, without the old space growing, that a cycle may be worth it: for what died
    /// after a burst.
    fn is_quiet_for_long(&self, used: usize) -> bool {
        used > LEAST_TRIGGER && self.young_since / self.patience > used
    }

    /// After a cycle: one that was begun without growth and found little has the next such wait four times as long.
    fn after_quiet(&mut self, used: usize) {
        let in_vain = self.quiet && used > self.start / 4 * 3;
        self.patience = if in_vain { (self.patience * 4).min(1 << 16) } else { LEAST_PATIENCE };
        self.young_since = 0;
    }

    /// Whether the running cycle should have ended: then its slices come more often, not longer.
    pub(crate) fn is_late(&self, used: usize) -> bool {
        used > self.goal
    }
}

impl Core {
    /// Does what is due.
    pub(crate) fn safepoint(&mut self, roots: &mut RootVisit<'_>) {
        let start = Instant::now();
        self.safepoints += 1;
        if self.zeal_is_due() {
            self.zealous(roots);
        }
        self.due_work(roots);
        self.finish_pause(start);
    }

    /// Collects now.
    pub(crate) fn collect(&mut self, what: Collect, roots: &mut RootVisit<'_>) {
        let start = Instant::now();
        match what {
            Collect::Minor => self.minor(roots),
            Collect::Full => self.full(roots, Move::Nothing),
            Collect::Compact => self.full(roots, Move::Fragmented),
        }
        self.verify_if_asked(roots);
        self.finish_pause(start);
    }

    fn finish_pause(&mut self, start: Instant) {
        self.rearm();
        self.spare_retries();
        let pause = start.elapsed();
        self.counts.max_pause = self.counts.max_pause.max(pause);
        self.counts.total_pause += pause;
    }

    fn due_work(&mut self, roots: &mut RootVisit<'_>) {
        let nearly_full = self.cursor() + self.nursery.bytes() / 8 > self.nursery.end();
        // The mutator allocates old when the nursery is shut or an object is large: then the old space decides.
        let grown = self.old_ref().used + self.external.get();
        let begin = self.cycle == Cycle::Idle && (grown > self.pace.trigger || self.pace.is_quiet_for_long(grown));
        let minor = nearly_full || begin || self.has_long_log();
        if minor {
            self.minor(roots);
        }
        match self.cycle {
            Cycle::Idle if begin => self.start_marking(roots),
            Cycle::Idle => self.old().return_memory(RETURNED_BLOCKS),
            // Zeal marks in steps of its own, as long as the heap can wait for them.
            Cycle::Marking if self.marks_in_zealous_steps() && grown < 2 * self.pace.goal => {}
            Cycle::Marking => {
                let used = self.old_ref().used + self.external.get();
                let budget = self.pace.budget(used, self.marker.marked + self.marker.looked);
                // With a minor collection in the same pause, enough to see whether it is the end.
                let mut done = self.mark_slice(roots, if minor { budget / 4 } else { budget });
                let mut may_end = minor;
                // Late, and no minor collection is due, since what grows is large or external: one for this.
                if done && !minor && used > self.pace.goal {
                    self.minor(roots);
                    may_end = true;
                    done = self.mark_slice(roots, budget);
                }
                if done && may_end {
                    let moves = if self.pace.fragmented { Move::Fragmented } else { Move::Nothing };
                    self.finish_marking(roots, moves);
                }
            }
            Cycle::Sweeping if self.marks_in_zealous_steps() && grown < 2 * self.pace.goal => {}
            Cycle::Sweeping => self.sweep_slice(self.pace.sweep_slice),
        }
        if self.take_refusal() || (minor && self.committed() > self.config.max_bytes) {
            self.full(roots, Move::Fragmented);
        }
    }

    // ---- the cycle

    /// Begins to mark.
    fn start_marking(&mut self, roots: &mut RootVisit<'_>) {
        debug_assert_eq!(self.cycle, Cycle::Idle);
        let (start, before) = (Instant::now(), self.bytes());
        self.cycle = Cycle::Marking;
        let used = self.old_ref().used + self.external.get();
        self.pace.quiet = used <= self.pace.trigger;
        self.pace.start = used;
        // Soon: what is born meanwhile is black, and stays for a cycle if it dies.
        self.pace.goal = used + (used / 10).max(LEAST_TRIGGER / 2);
        self.old().marking = true;
        self.marker.begin();
        self.mark_roots(roots);
        self.note(Phase::Mark, start, before, 0);
    }

    /// Marks up to `budget` objects; true when nothing is gray.
    fn mark_slice(&mut self, roots: &mut RootVisit<'_>, budget: u64) -> bool {
        let (start, before, marked) = (Instant::now(), self.bytes(), self.marker.marked);
        if self.marker.has_parts() {
            self.mark_roots_in_part(roots, budget.saturating_mul(WORDS_PER_OBJECT) as usize);
        }
        let (marker, old, _) = self.marking();
        let done = marker.drain(old, budget);
        self.counts.mark_slices += 1;
        self.note(Phase::Mark, start, before, self.marker.marked - marked);
        done
    }

    /// Ends marking, in this pause, unless a root wants more to be kept: then it goes on. The nursery and the logs are
    /// empty.
    fn finish_marking(&mut self, roots: &mut RootVisit<'_>, moves: Move) {
        debug_assert_eq!(self.cycle, Cycle::Marking);
        debug_assert_eq!(self.cursor(), self.nursery.base());
        let (start, before, marked) = (Instant::now(), self.bytes(), self.marker.marked);
        self.mark_roots_again(roots);
        if !self.mark_rest(roots) {
            self.note(Phase::MarkEnd, start, before, self.marker.marked - marked);
            return;
        }
        self.counts.marked_objects += self.marker.marked;
        self.pace.estimate = self.marker.marked + self.marker.looked;
        // Which of them died is seen in slices, before the sweep clears marks.
        let mut drops = core::mem::take(self.old_drops());
        self.unsure_drops.append(&mut drops);
        self.note(Phase::MarkEnd, start, before, self.marker.marked - marked);
        if self.config.zeal.as_ref().is_some_and(|zeal| zeal.verify) {
            self.verify_or_panic(roots, true);
        }
        if moves != Move::Nothing {
            // Their memory may go at once.
            self.clear_entries(usize::MAX);
            self.sort_drops(usize::MAX);
            self.run_drops(usize::MAX);
            self.evacuate(roots, moves);
        }
        self.old().begin_sweep();
        self.cycle = Cycle::Sweeping;
    }

    /// Clears entries of weak maps and drops what died, then sweeps up to `budget` blocks.
    fn sweep_slice(&mut self, budget: usize) {
        let (start, before) = (Instant::now(), self.bytes());
        if !self.clear_entries(budget.saturating_mul(4)) {
            self.note(Phase::Sweep, start, before, 0);
            return;
        }
        self.sort_drops(budget.saturating_mul(16));
        self.run_drops(budget.saturating_mul(4));
        if self.unsure_drops.is_empty() && self.pending_drops.is_empty() {
            let until = self.quarantine_until();
            if self.old().sweep(budget, until) {
                self.cycle = Cycle::Idle;
                self.counts.majors += 1;
                let old = self.old_ref();
                let (used, blocks) = (old.used, old.block_bytes());
                // Holes are filled again, so they cost memory only. Moving costs a pause that grows with the heap:
                // it is worth that when the limit is near, or when little is left of a large heap.
                self.pace.fragmented = used < blocks / 2 && blocks > self.config.max_bytes / 2
                    || used < blocks / 4 && used < self.pace.moved_in_one_pause;
                self.pace.after_quiet(used);
                self.pace.after_cycle(self.marker.bytes, used, self.external.get(), &self.config);
                // What the next cycle will need stays.
                let keep = (self.pace.trigger / 4 * 5 + (4 << 20)).saturating_sub(blocks);
                self.old().begin_return(keep);
            }
        }
        self.note(Phase::Sweep, start, before, 0);
    }

    /// Clears some entries of weak maps whose keys died; true when there is none left.
    fn clear_entries(&mut self, budget: usize) -> bool {
        let (marker, old, _) = self.marking();
        marker.clear_entries(old, budget)
    }

    fn sweep_all(&mut self) {
        while self.cycle == Cycle::Sweeping {
            self.sweep_slice(usize::MAX);
        }
        self.old().return_memory(usize::MAX);
    }

    /// A whole cycle in one pause.
    fn full(&mut self, roots: &mut RootVisit<'_>, moves: Move) {
        self.minor(roots);
        if self.cycle == Cycle::Marking {
            // What this cycle marked may be dead by now: give it up, and begin anew.
            self.old().clear_marks();
            self.cycle = Cycle::Idle;
        }
        self.sweep_all();
        self.start_marking(roots);
        while self.cycle == Cycle::Marking {
            while !self.mark_slice(roots, u64::MAX) {}
            self.finish_marking(roots, moves);
        }
        self.sweep_all();
    }

    pub(crate) fn quarantine_until(&self) -> Option<u64> {
        let rounds = self.config.zeal.as_ref().map_or(0, |zeal| zeal.quarantine);
        (rounds > 0).then(|| self.epoch + u64::from(rounds))
    }

    // ---- zeal

    fn zeal_is_due(&mut self) -> bool {
        match self.config.zeal.as_ref().map(|zeal| zeal.when) {
            None => false,
            Some(When::Every(n)) => self.safepoints.is_multiple_of(u64::from(n)),
            Some(When::OneIn(n)) => self.zeal_rng.below(n) == 0,
        }
    }

    fn zealous(&mut self, roots: &mut RootVisit<'_>) {
        let what = match self.config.zeal.as_ref().map(|zeal| zeal.what) {
            Some(What::Random) => match self.zeal_rng.below(8) {
                0..3 => What::Minor,
                3..6 => What::Slice,
                6 => What::Full,
                _ => What::Compact,
            },
            Some(what) => what,
            None => return,
        };
        match what {
            What::Minor => self.minor(roots),
            What::Slice => self.zealous_slice(roots),
            What::Full => self.full(roots, Move::Nothing),
            What::Compact | What::Random => self.full(roots, Move::Everything),
        }
        self.verify_if_asked(roots);
    }

    fn marks_in_zealous_steps(&self) -> bool {
        self.config.zeal.as_ref().is_some_and(|zeal| matches!(zeal.what, What::Slice | What::Random))
    }

    /// One small step of a cycle, with a minor collection before it or not.
    fn zealous_slice(&mut self, roots: &mut RootVisit<'_>) {
        let minor = self.cycle == Cycle::Idle || self.zeal_rng.below(2) == 0;
        if minor {
            self.minor(roots);
        }
        let small = 1 + self.zeal_rng.below(8);
        match self.cycle {
            Cycle::Idle => self.start_marking(roots),
            Cycle::Marking => {
                if self.mark_slice(roots, u64::from(small)) && minor {
                    let moves = if self.zeal_rng.below(2) == 0 { Move::Everything } else { Move::Nothing };
                    self.finish_marking(roots, moves);
                }
            }
            Cycle::Sweeping => self.sweep_slice(small as usize),
        }
    }

    fn verify_if_asked(&mut self, roots: &mut RootVisit<'_>) {
        if self.config.zeal.as_ref().is_some_and(|zeal| zeal.verify) {
            self.verify_or_panic(roots, false);
        }
    }

    fn verify_or_panic(&mut self, roots: &mut RootVisit<'_>, marks: bool) {
        if let Err(e) = self.verify_with(roots, marks) {
            panic!("the heap does not verify: {e}");
        }
    }

    // ---- the nursery's size

    /// Fits the nursery to how much of it survives, and to the pause target. By counts only, so that a run repeats.
    pub(crate) fn fit_nursery(&mut self, promoted: u64, promoted_bytes: usize, logged: usize, used: usize) {
        self.pace.young_since = self.pace.young_since.saturating_add(used);
        if self.config.zeal.is_some() || used < self.nursery.bytes() / 2 {
            return;
        }
        let last = (promoted_bytes * 1000 / used) as u64;
        self.pace.survival = (self.pace.survival * 7 + last) / 8;
        let average = self.pace.survival;
        let bytes = self.nursery.bytes();
        let nanos = promoted * NANOS_PER_PROMOTED + logged as u64 * NANOS_PER_LOGGED;
        self.pace.minor_nanos = (self.pace.minor_nanos * 7 + nanos) / 8;
        let nanos = self.pace.minor_nanos;
        if nanos > self.pace.minor {
            self.resize_nursery((bytes / 2).max(LEAST_NURSERY.min(self.config.nursery_bytes)));
            self.pace.minor_nanos /= 2;
        } else if average > 20 && last > 20 && average < 310 && nanos < self.pace.minor / 3 * 2 {
            self.resize_nursery((bytes * 2).min(self.config.max_nursery_bytes));
        } else if average > 440 && bytes / 2 >= self.config.nursery_bytes {
            self.resize_nursery(bytes / 2);
        }
    }

    fn resize_nursery(&mut self, bytes: usize) {
        self.nursery.resize(bytes);
    }
}

/// What a compaction moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    Nothing,
    /// What lies in blocks that are mostly empty.
    Fragmented,
    /// Every object, large ones too: for zeal.
    Everything,
}
