//! What a heap did: [`Stats`], and [`Event`]s for an observer.
//!
//! Invariant: counters only grow; an event is sent after the collector is done with what it tells of, so an observer
//! never runs inside a collection.

use core::time::Duration;

/// Counters since the heap was made, and sizes now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Minor collections.
    pub minors: u64,
    /// Cycles of marking and sweeping that came to their end.
    pub majors: u64,
    /// Collections that moved old objects.
    pub compactions: u64,
    /// Slices of incremental marking.
    pub mark_slices: u64,
    /// Objects that minor collections moved out of the nursery.
    pub promoted_objects: u64,
    /// Their bytes, headers included.
    pub promoted_bytes: u64,
    /// Old objects that compactions moved.
    pub moved_objects: u64,
    /// Their bytes, headers included.
    pub moved_bytes: u64,
    /// Objects that were marked.
    pub marked_objects: u64,
    /// Objects dropped that own native memory.
    pub dropped_objects: u64,
    /// How often the heap was verified.
    pub verifications: u64,
    /// Slots that those verifications looked at.
    pub verified_slots: u64,
    /// Allocations that failed because zeal said so.
    pub injected_failures: u64,
    /// Longest time in one call of `safepoint` or `collect`.
    pub max_pause: Duration,
    /// Total time in those calls.
    pub total_pause: Duration,
    /// Bytes of old objects: what the last sweep found alive, and what came since.
    pub old_bytes: usize,
    /// Bytes of the blocks that hold them.
    pub block_bytes: usize,
    /// Bytes of the nursery in use.
    pub young_bytes: usize,
    /// Bytes of the nursery.
    pub nursery_bytes: usize,
    /// External bytes, as reported.
    pub external_bytes: usize,
    /// Host handles.
    pub handles: usize,
}

impl Stats {
    /// Objects moved in all.
    pub fn moved(&self) -> u64 {
        self.promoted_objects + self.moved_objects
    }

    /// Collections of every kind.
    pub fn collections(&self) -> u64 {
        self.minors + self.majors
    }
}

/// What a piece of a collection was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// The nursery was emptied.
    Minor,
    /// A slice of marking.
    Mark,
    /// The end of marking: roots again, weak references, ephemerons.
    MarkEnd,
    /// Old objects were moved.
    Compact,
    /// A slice of the sweep, and drops.
    Sweep,
}

/// One piece of a collection, told after it ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Event {
    /// What it was.
    pub phase: Phase,
    /// When it began.
    pub start: std::time::Instant,
    /// How long it took.
    pub duration: Duration,
    /// Bytes of the heap before it, young and old.
    pub bytes_before: usize,
    /// Bytes of the heap after it.
    pub bytes_after: usize,
    /// Objects that were promoted, marked or moved.
    pub objects: u64,
}
