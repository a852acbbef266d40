//! [`WeakMap`]: a map from objects, by identity, whose values live while their keys do, to a fixpoint.
//!
//! Invariant: `index` maps the key word of each entry to its place whenever `stale` is false. The collector moves
//! and removes entries and sets `stale`; the next access by the mutator builds the index anew. So a collection hashes
//! nothing and runs no foreign code (SOUNDNESS, hole 7).

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use std::collections::HashMap;
use std::rc::Rc;

use crate::error::AllocError;
use crate::mutation::Mutation;
use crate::ptr::Write;
use crate::trace::{Object, Trace, Visitor};
use crate::value::Value;

/// One entry: two words, the key always of the heap kind.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) key: u64,
    pub(crate) value: u64,
}

/// The table of a [`WeakMap`], as the collector sees it.
pub(crate) struct Ephemerons {
    pub(crate) entries: Vec<Entry>,
    index: HashMap<u64, usize>,
    /// Keys moved or entries went: `index` is to be built anew.
    pub(crate) stale: bool,
    external: Rc<Cell<usize>>,
    charged: usize,
}

/// Bytes that an entry is charged for: itself and its place in the index.
const ENTRY_BYTES: usize = 48;

impl Ephemerons {
    fn place_of(&mut self, key: u64) -> Option<usize> {
        if self.stale {
            self.index.clear();
            self.index.extend(self.entries.iter().enumerate().map(|(place, entry)| (entry.key, place)));
            self.stale = false;
        }
        self.index.get(&key).copied()
    }
}

impl Drop for Ephemerons {
    fn drop(&mut self) {
        self.external.set(self.external.get().saturating_sub(self.charged));
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
    /// An empty map. It is of use as a heap object, or as a part of one.
    pub fn new(mc: &Mutation<'gc>) -> Self {
        let table = Ephemerons {
            entries: Vec::new(),
            index: HashMap::new(),
            stale: false,
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

    /// The value of a key. Amortised O(1); the first access after keys have moved builds the index anew.
    pub fn get(&self, key: Value<'gc>) -> Option<Value<'gc>> {
        let table = self.table();
        let place = table.place_of(key.to_bits())?;
        // SAFETY: a word that was stored as a value, and updated since.
        Some(unsafe { Value::from_bits(table.entries[place].value) })
    }

    /// How many entries there are, those of dead keys that no collection has met included.
    pub fn len(&self) -> usize {
        self.table().entries.len()
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
            let old = core::mem::replace(&mut table.entries[place].value, value.to_bits());
            // SAFETY: as in `get`.
            return Ok(Some(unsafe { Value::from_bits(old) }));
        }
        if table.entries.len() == table.entries.capacity() {
            let more = table.entries.len().max(4);
            mc.external_alloc(more * ENTRY_BYTES).map_err(WeakMapError::Alloc)?;
            table.charged += more * ENTRY_BYTES;
            let never = |_| WeakMapError::Alloc(AllocError::Never);
            table.index.try_reserve(more).map_err(never)?;
            table.entries.try_reserve_exact(more).map_err(never)?;
        }
        table.index.insert(key.to_bits(), table.entries.len());
        table.entries.push(Entry { key: key.to_bits(), value: value.to_bits() });
        Ok(None)
    }

    /// Removes a key and returns its value.
    pub fn remove(&self, key: Value<'gc>) -> Option<Value<'gc>> {
        let table = self.table();
        let place = table.place_of(key.to_bits())?;
        table.index.remove(&key.to_bits());
        let entry = table.entries.swap_remove(place);
        if let Some(moved) = table.entries.get(place) {
            table.index.insert(moved.key, place);
        }
        // SAFETY: as in `get`.
        Some(unsafe { Value::from_bits(entry.value) })
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
