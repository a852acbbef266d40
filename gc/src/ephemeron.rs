//! [`WeakMap`]: a map from objects, by identity, whose values live while their keys do, to a fixpoint.
//!
//! An entry stays at its place until it is removed, and its place is vacant then. So the collector names an entry by its
//! place, and visits few of them at a time:
//!
//! - A minor collection visits the entries that were made or given a value since the last one. Others hold nothing young.
//! - Marking looks at each entry once, in slices, when nothing else is gray: a value whose key is marked is marked; else
//!   the entry waits for its key ([`Waits`]). What is written meanwhile is looked at again after the next minor collection.
//! - Entries that still wait when marking ends have dead keys. They go in slices before the sweep, so that no other object
//!   has the address of one: nobody can ask for them in between.
//!
//! Invariants: an entry whose key or value is young is at a place from `fresh` on or in `written`, and the object of the
//! map is in the log. `index` has the place of each entry under its key, but for those in `moved` and when `stale`: the next
//! access by the mutator sees to these, so a minor collection hashes nothing of the index. A map in a root is empty: entries
//! are made through [`Write`], which objects have. No foreign code runs here (SOUNDNESS, hole 7).

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::hash::{BuildHasherDefault, Hasher};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::error::AllocError;
use crate::mutation::Mutation;
use crate::old::BLOCK;
use crate::ptr::Write;
use crate::trace::{Object, Trace, Visitor};
use crate::value::Value;

/// One entry: two words, the key always of the heap kind.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// 0 at a vacant place: `value` is then the vacant place before it.
    pub(crate) key: u64,
    pub(crate) value: u64,
}

/// The table of a [`WeakMap`], as the collector sees it.
pub(crate) struct Ephemerons {
    entries: Vec<Entry>,
    /// The vacant place to be used next, or `NOWHERE`.
    vacant: usize,
    /// Places that are not vacant.
    len: usize,
    index: ByKey<usize>,
    /// Keys that `index` has, and the places whose keys they are no longer.
    moved: Vec<(u64, usize)>,
    /// Old keys moved: `index` is to be built anew.
    stale: bool,
    /// Entries made since the last minor collection are at the places from here on, or in `written` with those that were
    /// given another value.
    fresh: usize,
    written: Vec<usize>,
    external: Rc<Cell<usize>>,
    charged: usize,
}

/// No place.
const NOWHERE: usize = usize::MAX;
/// Bytes that an entry is charged for: itself and its place in the index.
const ENTRY_BYTES: usize = 48;

/// What the mutator does.
impl Ephemerons {
    fn place_of(&mut self, key: u64) -> Option<usize> {
        if self.stale || !self.moved.is_empty() {
            self.settle();
        }
        self.index.get(&key).copied()
    }

    /// Brings the index up to date.
    #[cold]
    fn settle(&mut self) {
        let moved = core::mem::take(&mut self.moved);
        if core::mem::take(&mut self.stale) {
            self.index.clear();
            let entries = self.entries.iter().enumerate().filter(|(_, entry)| entry.key != 0);
            self.index.extend(entries.map(|(place, entry)| (entry.key, place)));
            return;
        }
        // In order, since an address that one key left may have become that of another.
        for (key, place) in moved {
            self.index.remove(&key);
            if let Some(entry) = self.entry(place) {
                self.index.insert(entry.key, place);
            }
        }
    }

    /// Puts an entry at a vacant place, or a new one. The key is in no other entry, and the index is up to date.
    fn add(&mut self, entry: Entry) {
        let place = match self.vacant {
            NOWHERE => {
                self.entries.push(entry);
                self.entries.len() - 1
            }
            place => {
                self.vacant = self.entries[place].value as usize;
                self.entries[place] = entry;
                self.wrote(place);
                place
            }
        };
        self.len += 1;
        self.index.insert(entry.key, place);
    }

    /// The entry at a place is to be visited by the next minor collection.
    fn wrote(&mut self, place: usize) {
        if place >= self.fresh || self.written.last() == Some(&place) {
            return;
        }
        if self.written.len() < self.entries.len() {
            self.written.push(place);
        } else {
            // As many writes as there are entries: then all.
            self.written.clear();
            self.fresh = 0;
        }
    }

    /// Makes a place vacant.
    fn vacate(&mut self, place: usize) {
        self.entries[place] = Entry { key: 0, value: self.vacant as u64 };
        self.vacant = place;
        self.len -= 1;
    }
}

/// What collections do.
impl Ephemerons {
    /// How many places there are.
    pub(crate) fn places(&self) -> usize {
        self.entries.len()
    }

    /// The entry at a place that is not vacant.
    #[inline]
    pub(crate) fn entry(&self, place: usize) -> Option<Entry> {
        self.entries.get(place).copied().filter(|entry| entry.key != 0)
    }

    /// All entries.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.entries.iter().copied().filter(|entry| entry.key != 0)
    }

    /// The places that a minor collection visits; one may come twice, and some are vacant.
    pub(crate) fn take_written(&mut self) -> impl Iterator<Item = usize> + use<> {
        let fresh = core::mem::replace(&mut self.fresh, self.entries.len());
        (fresh..self.entries.len()).chain(core::mem::take(&mut self.written))
    }

    /// A minor collection has visited the entry, whose key has moved or has not.
    pub(crate) fn update(&mut self, place: usize, entry: Entry) {
        let key = core::mem::replace(&mut self.entries[place], entry).key;
        if key != entry.key {
            self.moved.push((key, place));
        }
    }

    /// A minor collection found the key dead, if the entry still has that key.
    pub(crate) fn bury(&mut self, place: usize, key: u64) {
        if self.entries[place].key == key {
            self.vacate(place);
            self.moved.push((key, place));
        }
    }

    /// After marking: the same, for an old key.
    fn clear(&mut self, place: usize, key: u64) {
        if self.entries[place].key == key {
            self.vacate(place);
            self.index.remove(&key);
        }
    }

    /// Points every entry to where its objects are now.
    pub(crate) fn rewrite(&mut self, updated: impl Fn(u64) -> u64) {
        for entry in self.entries.iter_mut().filter(|entry| entry.key != 0) {
            let key = updated(entry.key);
            self.stale |= key != entry.key;
            *entry = Entry { key, value: updated(entry.value) };
        }
    }

    /// For verification: which entries the next minor collection visits.
    pub(crate) fn will_be_visited(&self) -> impl Fn(usize) -> bool + use<> {
        let (fresh, mut written) = (self.fresh, self.written.clone());
        written.sort_unstable();
        move |place| place >= fresh || written.binary_search(&place).is_ok()
    }

    /// For verification: what is wrong with the index.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let filled = || self.entries.iter().enumerate().filter(|(_, entry)| entry.key != 0);
        let moved: HashSet<usize> = self.moved.iter().map(|&(_, place)| place).collect();
        if filled().count() != self.len {
            return Err("has lost count of its entries");
        }
        if self.stale {
            return Ok(());
        }
        if filled().any(|(place, entry)| !moved.contains(&place) && self.index.get(&entry.key) != Some(&place)) {
            return Err("does not find an entry");
        }
        if moved.is_empty() && self.index.len() != self.len {
            return Err("has entries in its index that are gone");
        }
        Ok(())
    }
}

impl Drop for Ephemerons {
    fn drop(&mut self) {
        self.external.set(self.external.get().saturating_sub(self.charged));
    }
}

/// A table by the words of keys.
type ByKey<T> = HashMap<u64, T, BuildHasherDefault<Address>>;

/// The hash of an address: neighbours in a block of the heap are neighbours in the table, so that many that are looked up
/// in their order, or die together, share its cache lines. Blocks are apart.
#[derive(Default)]
struct Address(u64);

impl Hasher for Address {
    fn write(&mut self, _: &[u8]) {
        unreachable!("a key is one word");
    }

    fn write_u64(&mut self, word: u64) {
        // Objects are sixteen bytes at the least. A table takes its place from the low bits and a tag from the highest.
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        let place = (word >> 4).wrapping_add((word >> BLOCK.trailing_zeros()).wrapping_mul(SPREAD));
        self.0 = place & (u64::MAX >> 7) | (word >> 3).wrapping_mul(SPREAD) & !(u64::MAX >> 7);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Entries that wait for their keys to be met.
#[derive(Default)]
pub(crate) struct Waits {
    /// The last one of each key, by its place in `all`.
    last: ByKey<usize>,
    all: Vec<Wait>,
}

/// An entry that waits, if its table still has the key at the place.
#[derive(Clone, Copy)]
struct Wait {
    key: u64,
    table: *mut Ephemerons,
    place: usize,
    /// The one before it that waits for the same key.
    before: usize,
}

impl Waits {
    pub(crate) fn add(&mut self, key: u64, table: *mut Ephemerons, place: usize) {
        let before = self.last.insert(key, self.all.len()).unwrap_or(NOWHERE);
        self.all.push(Wait { key, table, place, before });
    }

    /// Room for so many more, so that no step grows the map later.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.last.reserve(more);
        self.all.reserve(more);
    }

    /// Whether no key is awaited.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// A key was met: the entries that waited for it.
    #[inline]
    pub(crate) fn met(&mut self, key: u64) -> impl Iterator<Item = (*mut Ephemerons, usize)> {
        let mut next = self.last.remove(&key).unwrap_or(NOWHERE);
        core::iter::from_fn(move || {
            let wait = *self.all.get(next)?;
            next = wait.before;
            Some((wait.table, wait.place))
        })
    }

    /// Every entry that waited, in that order, with its key: that of those which were met has changed, in a minor
    /// collection.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, *mut Ephemerons, usize)> {
        self.all.iter().map(|wait| (wait.key, wait.table, wait.place))
    }

    /// After marking, when no more keys will be met: clears the entries of keys that were not marked, some at a time. True
    /// when none is left.
    ///
    /// # Safety
    /// Every table that waits is still there, no marked object has been swept, and nothing else borrows a table.
    pub(crate) unsafe fn clear(&mut self, budget: usize, is_marked: impl Fn(u64) -> bool) -> bool {
        if self.last.capacity() > 0 {
            self.last = ByKey::default();
        }
        let from = self.all.len().saturating_sub(budget);
        for wait in self.all.drain(from..) {
            if !is_marked(wait.key) {
                // SAFETY: by the caller.
                unsafe { &mut *wait.table }.clear(wait.place, wait.key);
            }
        }
        // A piece at a time as well: to give much memory back takes its time.
        self.all.shrink_to(from);
        self.all.is_empty()
    }
}

/// Why a [`WeakMap`] did not take an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakMapError {
    /// A key must be a heap object: another value has no identity, and would live for ever.
    KeyIsNoObject,
    /// The table could not grow.
    Alloc(AllocError),
}

impl fmt::Display for WeakMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WeakMapError::KeyIsNoObject => f.write_str("the key of a weak map must be a heap object"),
            WeakMapError::Alloc(e) => e.fmt(f),
        }
    }
}
impl std::error::Error for WeakMapError {}

/// A map from heap objects, by identity, to values. An entry does not keep its key alive, and keeps its value alive
/// only while the key is: also when the value refers to the key, or to the key of another entry.
///
/// ```
/// # use mangrove_gc::{Collect, Heap, HeapConfig, Roots, Value, WeakMap, Gc};
/// # struct V; impl Roots for V { type Root<'gc> = Vec<Value<'gc>>; }
/// # let mut heap: Heap<V> = Heap::new(HeapConfig::default(), |_| Ok(vec![])).unwrap();
/// heap.mutate(|mc, root| {
///     let (map, key) = (mc.alloc(WeakMap::new(mc))?, mc.alloc_str("key")?);
///     map.write(mc).insert(mc, key.into(), 1.into()).unwrap();
///     assert_eq!(map.get(key.into()).unwrap().as_int(), Some(1));
///     root.push(map.into());                       // the map is held, the key is not
///     Ok::<_, mangrove_gc::AllocError>(())
/// })?;
/// heap.collect(Collect::Full).unwrap();
/// heap.mutate(|_, root| assert!(root[0].downcast::<WeakMap>().unwrap().is_empty()));
/// # Ok::<(), mangrove_gc::AllocError>(())
/// ```
pub struct WeakMap<'gc> {
    table: UnsafeCell<Ephemerons>,
    brand: crate::Brand<'gc>,
}

impl<'gc> WeakMap<'gc> {
    /// An empty map. It is of use as a heap object, or as a part of one: only there can entries be made.
    pub fn new(mc: &Mutation<'gc>) -> Self {
        let table = Ephemerons {
            entries: Vec::new(),
            vacant: NOWHERE,
            len: 0,
            index: ByKey::default(),
            moved: Vec::new(),
            stale: false,
            fresh: 0,
            written: Vec::new(),
            external: mc.external_counter(),
            charged: 0,
        };
        WeakMap { table: UnsafeCell::new(table), brand: core::marker::PhantomData }
    }

    #[allow(clippy::mut_from_ref, reason = "the one place that borrows the table")]
    fn table(&self) -> &mut Ephemerons {
        // SAFETY: `!Sync`; each borrow ends within a method of this file, which runs no foreign code.
        unsafe { &mut *self.table.get() }
    }

    /// The value of a key. Amortised O(1): an access after a minor collection sees to the keys that this has moved, and
    /// one after a compaction to all.
    pub fn get(&self, key: Value<'gc>) -> Option<Value<'gc>> {
        let table = self.table();
        let place = table.place_of(key.to_bits())?;
        // SAFETY: a word that was stored as a value, and updated since.
        Some(unsafe { Value::from_bits(table.entries[place].value) })
    }

    /// How many entries there are, those of dead keys that no collection has cleared yet included.
    pub fn len(&self) -> usize {
        self.table().len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'gc> Write<WeakMap<'gc>> {
    /// Sets the value of a key and returns the one it had.
    ///
    /// # Errors
    /// When the key is no heap object, or the table cannot grow: nothing is changed.
    pub fn insert(
        &self,
        mc: &Mutation<'gc>,
        key: Value<'gc>,
        value: Value<'gc>,
    ) -> Result<Option<Value<'gc>>, WeakMapError> {
        if !key.is_heap() {
            return Err(WeakMapError::KeyIsNoObject);
        }
        let table = self.table();
        if let Some(place) = table.place_of(key.to_bits()) {
            table.wrote(place);
            let old = core::mem::replace(&mut table.entries[place].value, value.to_bits());
            // SAFETY: as in `get`.
            return Ok(Some(unsafe { Value::from_bits(old) }));
        }
        if table.vacant == NOWHERE && table.entries.len() == table.entries.capacity() {
            let more = table.entries.len().max(4);
            mc.external_alloc(more * ENTRY_BYTES).map_err(WeakMapError::Alloc)?;
            table.charged += more * ENTRY_BYTES;
            let never = |_| WeakMapError::Alloc(AllocError::Never);
            table.index.try_reserve(more).map_err(never)?;
            table.entries.try_reserve_exact(more).map_err(never)?;
        }
        table.add(Entry { key: key.to_bits(), value: value.to_bits() });
        Ok(None)
    }

    /// Removes a key and returns its value.
    pub fn remove(&self, key: Value<'gc>) -> Option<Value<'gc>> {
        let table = self.table();
        let place = table.place_of(key.to_bits())?;
        table.index.remove(&key.to_bits());
        let value = table.entries[place].value;
        table.vacate(place);
        // SAFETY: as in `get`.
        Some(unsafe { Value::from_bits(value) })
    }
}

// SAFETY: the table is handed to the collector, which visits each entry as an ephemeron.
unsafe impl<'gc> Trace<'gc> for WeakMap<'gc> {
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        visitor.ephemerons(self.table.get_mut());
    }
}
// SAFETY: entries are set through `Write`; `get` changes only the index, which holds no value. Its drop glue frees
// native memory and reads no value.
unsafe impl<'gc> Object<'gc> for WeakMap<'gc> {
    type Rebind<'b> = WeakMap<'b>;
}

impl fmt::Debug for WeakMap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeakMap({} entries)", self.len())
    }
}
