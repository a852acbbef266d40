//! Verification: a second, independent trace of the whole heap.
//!
//! It checks that every slot points to the start of a live object of this heap; that headers and lengths make sense
//! and objects lie within their memory; that the log is complete; and at the end of marking that what is reachable is
//! marked. It has its own set of visited objects and its own stack, and reads marks only to judge them.
//!
//! Under zeal the starts of all old objects are known. Without, a pointer into the middle of an old object is found
//! only by its header.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::core::Core;
use crate::ephemeron::Ephemerons;
use crate::heap::RootVisit;
use crate::layout::{Tail, TypeInfo};
use crate::object::{FLAGS, FORWARDED, Obj, TAG, UNLOGGED};
use crate::old::{BLOCK, LARGE, Use};
use crate::trace::{Sink, Visitor, visit_slots};
use crate::value::Value;

/// What a verification looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Objects reached from the roots.
    pub objects: u64,
    /// Slots looked at, those of roots included.
    pub slots: u64,
    /// Words of roots and handles that were visited.
    pub roots: u64,
}

/// What is wrong with a heap: the first thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    what: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}
impl std::error::Error for VerifyError {}

impl Core {
    pub(crate) fn verify(&mut self, roots: &mut RootVisit<'_>) -> Result<Report, VerifyError> {
        self.verify_with(roots, false)
    }

    /// With `marks`, marking has ended: what is reachable must be marked.
    pub(crate) fn verify_with(&mut self, roots: &mut RootVisit<'_>, marks: bool) -> Result<Report, VerifyError> {
        let handles = self.handles.clone();
        let mut verifier = Verifier::new(self, marks);
        roots(&mut Visitor::new(&mut verifier, false));
        verifier.group = "handles";
        handles.visit(|word| verifier.word(word));
        verifier.report.roots = verifier.report.slots;
        verifier.run();
        let (report, error) = (verifier.report, verifier.error);
        self.counts.verifications += 1;
        self.counts.verified_slots += report.slots;
        match error {
            Some(what) => Err(VerifyError { what }),
            None => Ok(report),
        }
    }
}

struct Verifier<'a> {
    core: &'a Core,
    marks: bool,
    young_starts: HashSet<usize>,
    /// Slots in the log.
    logged_slots: HashSet<usize>,
    seen: HashSet<usize>,
    stack: Vec<Obj>,
    tables: Vec<*mut Ephemerons>,
    /// Values of ephemerons whose key, at this address, was not met yet.
    waiting: HashMap<usize, Vec<u64>>,
    /// The object whose slots are visited; none for roots.
    owner: Option<Obj>,
    group: &'static str,
    report: Report,
    error: Option<String>,
}

impl<'a> Verifier<'a> {
    fn new(core: &'a Core, marks: bool) -> Self {
        let mut young_starts = HashSet::new();
        // SAFETY: between collections no young object has moved.
        unsafe {
            core.nursery.for_each(core.cursor(), |object| {
                young_starts.insert(object.0);
            });
        }
        Verifier {
            core,
            marks,
            young_starts,
            logged_slots: core.slot_log().iter().copied().collect(),
            seen: HashSet::new(),
            stack: Vec::new(),
            tables: Vec::new(),
            waiting: HashMap::new(),
            owner: None,
            group: "roots",
            report: Report::default(),
            error: None,
        }
    }

    fn run(&mut self) {
        loop {
            while let Some(object) = self.stack.pop() {
                self.report.objects += 1;
                self.owner = Some(object);
                // SAFETY: `target` checked that it is a live object; the root and the mutator are at rest.
                unsafe { visit_slots(object, object.info(), self) };
                // Whether these are remembered was checked with their table.
                self.owner = None;
                for value in self.waiting.remove(&object.0).unwrap_or_default() {
                    self.target(value, None);
                }
            }
            self.owner = None;
            self.group = "weak maps";
            // Values of ephemerons live if their keys do. Each entry is looked at once, here or when its key is met.
            for table in core::mem::take(&mut self.tables) {
                // SAFETY: a visited table of a live object or root.
                for entry in unsafe { &*table }.entries() {
                    if self.seen.contains(&((entry.key - TAG) as usize)) {
                        self.target(entry.value, None);
                    } else {
                        self.waiting.entry((entry.key - TAG) as usize).or_default().push(entry.value);
                    }
                }
            }
            if self.stack.is_empty() || self.error.is_some() {
                return;
            }
        }
    }

    fn wrong(&mut self, word: u64, slot: Option<usize>, what: &str) {
        if self.error.is_some() {
            return;
        }
        let holder = match self.owner {
            // SAFETY: owners were checked before their slots are visited.
            Some(owner) => format!("`{}` at {:#x}", unsafe { owner.info() }.name(), owner.0),
            None => format!("a root of the group `{}`", self.group),
        };
        let slot = slot.map_or(String::new(), |slot| format!(", slot at {slot:#x}"));
        self.error = Some(format!("{holder}{slot}: {word:#018x} {what}"));
    }

    /// Checks what a word points to; queues it the first time. `slot` is where it stands, for strong slots.
    fn target(&mut self, word: u64, slot: Option<usize>) {
        if self.error.is_some() {
            return;
        }
        if word == Value::POISON.to_bits() {
            return self.wrong(word, slot, "is poison: it was read from memory that an object left");
        }
        let Some(object) = Obj::from_word(word) else { return };
        match self.check(object) {
            Err(what) => self.wrong(word, slot, &what),
            Ok(()) => {
                if self.core.nursery.contains(object.0) && !self.is_remembered(slot) {
                    return self.wrong(word, slot, "is young, and neither its holder nor the slot is in the log");
                }
                if self.marks && self.core.old_ref().contains(object.0) && !self.core.old_ref().marks.get(object.0) {
                    return self.wrong(word, slot, "is reachable and was not marked");
                }
                if self.seen.insert(object.0) {
                    self.stack.push(object);
                }
            }
        }
    }

    /// Whether the next minor collection will look at a slot of the owner.
    fn is_remembered(&self, slot: Option<usize>) -> bool {
        // Values of ephemerons have no slot of their own: their table was checked when it was visited.
        let Some(owner) = self.owner else { return true };
        let old = self.core.old_ref();
        // SAFETY: owners were checked.
        !old.contains(owner.0)
            || unsafe { owner.header() } & UNLOGGED == 0
            || slot.is_some_and(|slot| self.logged_slots.contains(&slot))
    }

    /// Whether a live object starts at an address.
    fn check(&self, object: Obj) -> Result<(), String> {
        let old = self.core.old_ref();
        let end = if self.core.nursery.contains(object.0) {
            if !self.young_starts.contains(&object.0) {
                return Err("points into the nursery, but to no object".into());
            }
            self.core.cursor()
        } else if old.contains(object.0) {
            let index = (object.0 - old.base()) / BLOCK;
            let large = match old.block_count() > index {
                true => old.block_use(index),
                false => Use::Free,
            };
            let blocks = match large {
                Use::Lines => 1,
                Use::Large { blocks } => blocks as usize,
                other => return Err(format!("points into a block in state {other:?}: the object is gone")),
            };
            if !object.0.is_multiple_of(8) || old.starts.as_ref().is_some_and(|starts| !starts.get(object.0)) {
                return Err("points to no start of an object: it died, or moved".into());
            }
            old.block_start(index + blocks)
        } else {
            return Err("points to memory that is not of this heap".into());
        };
        // SAFETY: in memory of the heap; under zeal, the start of an object.
        let header = unsafe { object.header() };
        let address = header & !FLAGS;
        if header & FORWARDED != 0 || address == 0 || address >> 47 != 0 {
            return Err(format!("points to an object whose header is {header:#x}"));
        }
        // SAFETY: it is the header of an object; what else passes the test above is a bug that this would crash on.
        let info: &TypeInfo = unsafe { Obj::info_of(header) };
        // SAFETY: as above.
        let size = unsafe { object.size(info) };
        if object.0 + size > end {
            return Err(format!("points to a `{}` of {size} bytes that reaches beyond its memory", info.name()));
        }
        if old.contains(object.0)
            && (size > LARGE) != matches!(old.block_use((object.0 - old.base()) / BLOCK), Use::Large { .. })
        {
            return Err(format!("points to a `{}` of {size} bytes in the wrong kind of block", info.name()));
        }
        if info.align16 && !object.payload().is_multiple_of(16) {
            return Err(format!("points to a `{}` that is not aligned", info.name()));
        }
        debug_assert!(info.tail != Tail::None || size == info.fixed as usize);
        Ok(())
    }
}

impl Sink for Verifier<'_> {
    fn word(&mut self, slot: *mut u64) {
        self.report.slots += 1;
        // SAFETY: a visited slot is readable.
        self.target(unsafe { *slot }, Some(slot.addr()));
    }

    fn words(&mut self, slots: *mut u64, len: usize) {
        // One by one, and not by the bulk scan that the collector uses.
        for index in 0..len {
            // SAFETY: `len` words are lent.
            self.word(unsafe { slots.add(index) });
        }
    }

    fn weak(&mut self, slot: *mut u64) {
        self.report.slots += 1;
        // SAFETY: a visited slot is readable.
        let word = unsafe { *slot };
        if let Some(object) = Obj::from_word(word) {
            if let Err(what) = self.check(object) {
                self.wrong(word, Some(slot.addr()), &format!("is weak and {what}"));
            } else if self.core.nursery.contains(object.0) && !self.is_remembered(None) {
                self.wrong(word, Some(slot.addr()), "is weak and young, and its holder is not in the log");
            }
        }
    }

    fn ephemerons(&mut self, table: *mut Ephemerons) {
        self.tables.push(table);
        // SAFETY: a visited table is readable.
        let table = unsafe { &*table };
        if let Err(what) = table.check() {
            self.error.get_or_insert(format!("a weak map {what}"));
        }
        let will_be_visited = table.will_be_visited();
        for place in 0..table.places() {
            let Some(entry) = table.entry(place) else { continue };
            self.report.slots += 2;
            for word in [entry.key, entry.value] {
                let Some(object) = Obj::from_word(word) else { continue };
                if let Err(what) = self.check(object) {
                    self.wrong(word, None, &format!("in a weak map: {what}"));
                } else if self.core.nursery.contains(object.0) && !self.is_remembered(None) {
                    self.wrong(word, None, "is young, and the weak map that holds it is not in the log");
                } else if self.core.nursery.contains(object.0) && !will_be_visited(place) {
                    self.wrong(word, None, "is young, in an entry of a weak map that no minor collection will visit");
                }
            }
        }
    }

    fn group(&mut self, name: &'static str) {
        self.group = name;
    }
}
