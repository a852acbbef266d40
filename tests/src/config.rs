//! [`Config`]: what a run is made of. [`Summary`]: what it did. [`Finding`]: what it found.
//!
//! Invariant: a configuration and a list of operations determine both hashes of a summary, whatever the machine.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use mangrove_gc::{HeapConfig, Zeal};

use crate::op::Op;

/// What a run is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// Seeds the operations.
    pub seed: u64,
    /// How many there are.
    pub ops: u64,
    /// The torture mode of the heap.
    pub zeal: Option<Zeal>,
    /// Threads that complete externals; 0 completes them on the heap's own thread.
    pub threads: usize,
    /// How often heap and shadow are compared: 1 after each operation that changed something, n after each n-th of
    /// them, 0 only after full collections that are operations, and at the end.
    pub walk_every: u32,
    /// Whether weak references are followed also to what only they lead to. The results then depend on when the heap
    /// collects.
    pub resurrect: bool,
    /// When more objects than this are alive, new objects refer to no old ones, so that the graph withers.
    pub live: usize,
    /// Most tasks in the table; more are not spawned.
    pub tasks: usize,
    /// Bytes of the nursery.
    pub nursery_bytes: usize,
    /// Most bytes of the heap.
    pub max_bytes: usize,
    /// The seed of the scheduler's order; `None` is first come, first served. It fixes which ready task is next, in which
    /// order completions arrive, and where scripts are cancelled.
    pub order: Option<u64>,
    /// What to put in the way of one await of the run loops, and of which: 1 is the first.
    pub inject: Option<(u64, Injection)>,
    /// A bug to plant.
    #[cfg(feature = "sabotage")]
    pub sabotage: Option<crate::sabotage::Sabotage>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            seed: 1,
            ops: 10_000,
            zeal: None,
            threads: 2,
            walk_every: 1,
            resurrect: true,
            live: 300,
            tasks: 700,
            nursery_bytes: 64 << 10,
            max_bytes: 256 << 20,
            order: None,
            inject: None,
            #[cfg(feature = "sabotage")]
            sabotage: None,
        }
    }
}

impl Config {
    /// The configuration of the heap.
    pub(crate) fn heap(&self) -> HeapConfig {
        HeapConfig {
            max_bytes: self.max_bytes,
            nursery_bytes: self.nursery_bytes,
            max_nursery_bytes: self
                .nursery_bytes
                .max(HeapConfig::default().max_nursery_bytes.min(4 * self.nursery_bytes)),
            zeal: self.zeal.clone(),
            ..HeapConfig::default()
        }
    }
}

/// What can come in the way of an await.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    /// The task is cancelled just before.
    CancelTask,
    /// What it awaits is cancelled just before.
    CancelAwaited,
    /// Another task is cancelled in its await.
    CancelOther,
    /// The completer of what it awaits is dropped.
    DropCompleter,
    /// The await needs memory and is refused it: it comes after a safepoint.
    RefuseMemory,
    /// What it awaits is completed by a builder that is refused memory, once or for good, or panics.
    BadBuilder,
}

impl Injection {
    /// All of them.
    pub const ALL: [Injection; 6] = [
        Injection::CancelTask,
        Injection::CancelAwaited,
        Injection::CancelOther,
        Injection::DropCompleter,
        Injection::RefuseMemory,
        Injection::BadBuilder,
    ];
}

/// What a run did.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Summary {
    /// The seed.
    pub seed: u64,
    /// Operations.
    pub ops: u64,
    /// Operations that changed or read something; the others found nothing that fits.
    pub effective: u64,
    /// How often each kind of operation did so.
    pub effects: BTreeMap<&'static str, u64>,
    /// Objects made.
    pub objects: u64,
    /// The most objects alive at once.
    pub most_objects: u64,
    /// Tasks made: callables, externals and joins.
    pub tasks: u64,
    /// The most tasks in the table at once.
    pub most_tasks: u64,
    /// Tasks that were completed by another thread, or abandoned there.
    pub from_threads: u64,
    /// Turns given by the scheduler's run loops.
    pub turns: u64,
    /// Awaits in them.
    pub awaits: u64,
    /// How many of those had something in their way.
    pub injected: u64,
    /// Comparisons of the whole heap with the shadow.
    pub walks: u64,
    /// Values compared by them.
    pub compared: u64,
    /// Minor collections.
    pub minors: u64,
    /// Full cycles.
    pub majors: u64,
    /// Collections that moved old objects.
    pub compactions: u64,
    /// Slices of incremental marking.
    pub mark_slices: u64,
    /// Objects moved.
    pub moved: u64,
    /// Bytes of them.
    pub moved_bytes: u64,
    /// Slots that the heap's own verification looked at.
    pub verified_slots: u64,
    /// Allocations that zeal let fail.
    pub injected_failures: u64,
    /// Hash of all operations and their results: the same for a seed under any zeal, unless it resurrects.
    #[serde(serialize_with = "hexadecimal")]
    pub results: u64,
    /// Hash of the same and of the counts of collections at each safepoint.
    #[serde(serialize_with = "hexadecimal")]
    pub trace: u64,
    /// Seconds.
    pub seconds: f64,
}

impl Summary {
    /// Collections of every kind.
    pub fn collections(&self) -> u64 {
        self.minors + self.majors
    }

    /// What the zeal of the configuration should have made happen, and did not: a torture run that does nothing is
    /// worse than none. `None` when all did, and for runs too short to say.
    pub fn idle(&self, config: &Config) -> Option<String> {
        let zeal = config.zeal.as_ref().filter(|_| self.ops >= 5_000)?;
        let happened = [
            ("minor collection", self.minors),
            ("full collection", self.majors),
            ("compaction", self.compactions),
            ("slice of marking", self.mark_slices),
            ("moved object", self.moved),
            ("task", self.tasks),
        ];
        let missing = happened.iter().find(|(_, count)| *count == 0).map(|(name, _)| *name);
        let missing = missing.or_else(|| (zeal.verify && self.verified_slots == 0).then_some("verification"));
        let missing =
            missing.or_else(|| (zeal.fail_alloc > 0 && self.injected_failures == 0).then_some("failed allocation"));
        missing.map(|name| format!("zeal was on, and there was not one {name}: replay or operations that test nothing"))
    }
}

/// 64 bits are too many for the numbers of JSON.
fn hexadecimal<S: serde::Serializer>(hash: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format!("{hash:016x}"))
}

/// What a run found: a state of the heap or the scheduler that is not as it should be, or a panic.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The seed.
    pub seed: u64,
    /// The place of the operation in the list; the length of the list if it was found after the last.
    pub index: usize,
    /// The operation, if it was one.
    pub op: Option<Op>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, operation {}", self.seed, self.index)?;
        match &self.op {
            Some(op) => write!(f, " (`{op}`): {}", self.what),
            None => write!(f, " (at the end): {}", self.what),
        }
    }
}
impl std::error::Error for Finding {}

/// How long a shrinker may take by default.
pub const SHRINK_TIME: Duration = Duration::from_secs(30);
