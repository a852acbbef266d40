//! [`Table`]: a hash table that remembers the order of insertion; [`Map`] and [`Set`], which are made of it.
//!
//! ```text
//!   data ─► │ next, used, … │ bucket 0 │ … │ bucket n-1 │ key, value, chain │ key, value, chain │ …
//!                             └ first entry of a chain ┘   └ entries in order of insertion; a deleted one has
//!                               as an int, or -1              a hole for its key
//! ```
//!
//! Data that is full, or three quarters empty, is left behind, with `next` telling of what took its place: so a cursor
//! into it finds its way.
//!
//! Invariant: a cursor stays valid whatever happens to the table: an entry that was there is visited once, one that is
//! added is visited later. Data that has a `next` never changes.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object, Slot, Static, Tail, Trace, Value, Write};

use super::array::Array;
use super::function::{Bound, Closure};
use super::iterator::Iter;
use super::object;
use super::promise::{Promise, Timer};
use super::string::{self, Rope, Text};
use super::{Outcome, number};
use crate::atoms;

/// Entries of the first data of a table.
const FIRST_ENTRIES: u32 = 4;
/// Slots of an entry.
const STRIDE: usize = 3;
/// The end of a chain.
const NONE: i32 = -1;

/// A hash table in order of insertion. Keys are equal as by `SameValueZero`; they are what [`normal_key`] gives.
#[derive(Debug, Trace, Object)]
pub struct Table<'gc> {
    data: Slot<'gc, Option<Gc<'gc, Data<'gc>>>>,
}

/// Buckets and entries.
type Data<'gc> = Tail<'gc, DataHead<'gc>>;

#[derive(Debug, Trace, Object)]
struct DataHead<'gc> {
    /// What took the place of this data.
    next: Slot<'gc, Option<Gc<'gc, Data<'gc>>>>,
    /// Entries so far, with those that were deleted.
    used: Static<Cell<u32>>,
    deleted: Static<Cell<u32>>,
    /// All entries before this one are deleted.
    first: Static<Cell<u32>>,
    /// Buckets, and the most entries: a power of two.
    capacity: Static<u32>,
    /// What took its place began without any entry.
    cleared: Static<Cell<bool>>,
}

impl<'gc> DataHead<'gc> {
    #[inline(always)]
    fn bucket(&self, hash: u32) -> usize {
        (hash & (*self.capacity - 1)) as usize
    }

    /// The slot of the key of an entry; value and chain follow.
    #[inline(always)]
    fn entry(&self, index: u32) -> usize {
        *self.capacity as usize + index as usize * STRIDE
    }
}

fn new_data<'gc>(mc: &Mutation<'gc>, capacity: u32) -> Outcome<'gc, Gc<'gc, Data<'gc>>> {
    let head = DataHead {
        next: Slot::new(None),
        used: Static::default(),
        deleted: Static::default(),
        first: Static::default(),
        capacity: Static(capacity),
        cleared: Static::default(),
    };
    Ok(mc.alloc_tail(head, capacity as usize * (1 + STRIDE), Value::int(NONE))?)
}

#[inline(always)]
fn slot<'gc>(data: Gc<'gc, Data<'gc>>, slot: usize) -> Value<'gc> {
    data.get(slot).unwrap_or(Value::HOLE)
}

/// The entry of a key, and the one before it in its chain.
#[inline]
fn find<'gc>(data: Gc<'gc, Data<'gc>>, key: Value<'gc>, hash: u32) -> Option<(u32, Option<u32>)> {
    let mut at = slot(data, data.head.bucket(hash));
    let (mut before, text) = (None, key.downcast::<Text>());
    loop {
        let index = u32::try_from(at.as_int()?).ok()?;
        let entry = data.head.entry(index);
        let found = slot(data, entry);
        if found.same(key) || text.is_some_and(|text| string::is_text(found, text, hash)) {
            return Some((index, before));
        }
        before = Some(index);
        at = slot(data, entry + 2);
    }
}

/// Appends an entry to data that has room for it, and no entry of this key.
fn append<'gc>(mc: &Mutation<'gc>, data: Gc<'gc, Data<'gc>>, key: Value<'gc>, value: Value<'gc>, hash: u32) {
    let index = data.head.used.get();
    let (bucket, entry) = (data.head.bucket(hash), data.head.entry(index));
    data.set(mc, entry, key);
    data.set(mc, entry + 1, value);
    data.set(mc, entry + 2, slot(data, bucket));
    data.set(mc, bucket, Value::int(index as i32));
    data.head.used.set(index + 1);
}

impl<'gc> Table<'gc> {
    /// An empty table.
    pub const fn new() -> Self {
        Table { data: Slot::new(None) }
    }

    #[inline(always)]
    fn current(&self) -> Option<Gc<'gc, Data<'gc>>> {
        self.data.get()
    }

    /// How many entries it has.
    #[allow(clippy::len_without_is_empty, reason = "`len() == 0` is as short")]
    pub fn len(&self) -> usize {
        self.current().map_or(0, |data| (data.head.used.get() - data.head.deleted.get()) as usize)
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: Value<'gc>) -> Option<Value<'gc>> {
        let data = self.current()?;
        let (index, _) = find(data, key, hash(key)?)?;
        Some(slot(data, data.head.entry(index) + 1))
    }

    /// Whether the key has a value.
    #[inline]
    pub fn has(&self, key: Value<'gc>) -> bool {
        self.get(key).is_some()
    }

    /// All entries in order.
    pub fn entries(&self) -> Vec<(Value<'gc>, Value<'gc>)> {
        let mut cursor = Cursor { data: self.current().map_or(Value::NIL, Value::from), index: 0 };
        std::iter::from_fn(|| cursor.next()).collect()
    }
}

impl Default for Table<'_> {
    fn default() -> Self {
        Table::new()
    }
}

/// Sets the value of a key.
///
/// # Errors
/// When there is no memory: nothing is changed.
#[inline]
pub fn set<'gc>(mc: &Mutation<'gc>, table: &Write<Table<'gc>>, key: Value<'gc>, value: Value<'gc>) -> Outcome<'gc, ()> {
    let hash = assigned_hash(key);
    let mut data = table.current();
    if let Some(data) = data
        && let Some((index, _)) = find(data, key, hash)
    {
        data.set(mc, data.head.entry(index) + 1, value);
        return Ok(());
    }
    if data.is_none_or(|data| data.head.used.get() == *data.head.capacity) {
        data = Some(rehash(mc, table)?);
    }
    if let Some(data) = data {
        append(mc, data, key, value, hash);
    }
    Ok(())
}

/// New data for the entries of a table, of twice their number: for one that is full, or nearly empty.
fn rehash<'gc>(mc: &Mutation<'gc>, table: &Write<Table<'gc>>) -> Outcome<'gc, Gc<'gc, Data<'gc>>> {
    let Some(old) = table.current() else {
        let data = new_data(mc, FIRST_ENTRIES)?;
        table.data().set(Some(data));
        return Ok(data);
    };
    let live = old.head.used.get() - old.head.deleted.get();
    let data = new_data(mc, (2 * live).next_power_of_two().max(FIRST_ENTRIES))?;
    for index in 0..old.head.used.get() {
        let entry = old.head.entry(index);
        let key = slot(old, entry);
        if !key.word().is_hole() {
            append(mc, data, key, slot(old, entry + 1), assigned_hash(key));
        }
    }
    replace(mc, table, old, data);
    Ok(data)
}

fn replace<'gc>(mc: &Mutation<'gc>, table: &Write<Table<'gc>>, old: Gc<'gc, Data<'gc>>, new: Gc<'gc, Data<'gc>>) {
    old.write(mc).head().next().set(Some(new));
    table.data().set(Some(new));
}

/// Removes an entry; false if there is none.
pub fn delete<'gc>(mc: &Mutation<'gc>, table: &Write<Table<'gc>>, key: Value<'gc>) -> bool {
    let Some(data) = table.current() else {
        return false;
    };
    let Some(hash) = hash(key) else {
        return false;
    };
    let Some((index, before)) = find(data, key, hash) else {
        return false;
    };
    let head = &data.head;
    let entry = head.entry(index);
    let link = before.map_or(head.bucket(hash), |before| head.entry(before) + 2);
    data.set(mc, link, slot(data, entry + 2));
    data.set(mc, entry, Value::HOLE);
    data.set(mc, entry + 1, Value::UNDEFINED);
    head.deleted.set(head.deleted.get() + 1);
    while head.first.get() < head.used.get() && slot(data, head.entry(head.first.get())).word().is_hole() {
        head.first.set(head.first.get() + 1);
    }
    let live = head.used.get() - head.deleted.get();
    if live * 4 == *head.capacity && live > 1 {
        // Without memory it stays large.
        let _ = rehash(mc, table);
    }
    true
}

/// Removes all entries.
///
/// # Errors
/// When there is no memory: nothing is changed.
pub fn clear<'gc>(mc: &Mutation<'gc>, table: &Write<Table<'gc>>) -> Outcome<'gc, ()> {
    if let Some(old) = table.current() {
        let new = new_data(mc, FIRST_ENTRIES)?;
        old.head.cleared.set(true);
        replace(mc, table, old, new);
    }
    Ok(())
}

/// A place before the first entry.
///
/// # Errors
/// When there is no memory.
pub fn cursor<'gc>(mc: &Mutation<'gc>, table: &Write<Table<'gc>>) -> Outcome<'gc, Cursor<'gc>> {
    let data = match table.current() {
        Some(data) => data,
        None => rehash(mc, table)?,
    };
    Ok(Cursor { data: data.into(), index: 0 })
}

/// A place between two entries of a table, that stays there whatever happens to the table.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'gc> {
    /// Nil or a [`Data`].
    pub(super) data: Value<'gc>,
    pub(super) index: u32,
}

impl<'gc> Cursor<'gc> {
    /// The next entry.
    #[allow(clippy::should_implement_trait, reason = "it goes on after `None`")]
    pub fn next(&mut self) -> Option<(Value<'gc>, Value<'gc>)> {
        let mut data = self.data.downcast::<Data<'gc>>()?;
        while let Some(next) = data.head.next.get() {
            // In the new data, an entry is as much further to the front as there were deleted ones before it.
            let live = (0..self.index).filter(|&index| !slot(data, data.head.entry(index)).word().is_hole());
            self.index = if data.head.cleared.get() { 0 } else { live.count() as u32 };
            self.data = next.into();
            data = next;
        }
        self.index = self.index.max(data.head.first.get());
        while self.index < data.head.used.get() {
            let entry = data.head.entry(self.index);
            self.index += 1;
            if !slot(data, entry).word().is_hole() {
                return Some((slot(data, entry), slot(data, entry + 1)));
            }
        }
        None
    }
}

/// A `Map`.
#[derive(Debug, Trace, Object)]
pub struct Map<'gc> {
    /// Its entries.
    pub entries: Table<'gc>,
    identity: Static<Cell<u32>>,
}

/// A `Set`: the keys of its entries.
#[derive(Debug, Trace, Object)]
pub struct Set<'gc> {
    /// Its entries.
    pub entries: Table<'gc>,
    identity: Static<Cell<u32>>,
}

impl<'gc> Map<'gc> {
    /// An empty map.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn new(mc: &Mutation<'gc>) -> Outcome<'gc, Gc<'gc, Self>> {
        Ok(mc.alloc(Map { entries: Table::new(), identity: Static::default() })?)
    }
}

impl<'gc> Set<'gc> {
    /// An empty set.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn new(mc: &Mutation<'gc>) -> Outcome<'gc, Gc<'gc, Self>> {
        Ok(mc.alloc(Set { entries: Table::new(), identity: Static::default() })?)
    }
}

/// What a key of a table is: a rope becomes its text, `-0` becomes 0, and any NaN is the same.
///
/// # Errors
/// When there is no memory to make a rope flat.
#[inline]
pub fn normal_key<'gc>(mc: &Mutation<'gc>, key: Value<'gc>) -> Outcome<'gc> {
    match key.as_double() {
        // Minus zero and zero make zero.
        Some(double) => Ok(number::value(double + 0.0)),
        None if key.is_heap() => string::flat(mc, key),
        None => Ok(key),
    }
}

/// The hash of a key; `None` for an object that never was a key.
#[inline]
fn hash(key: Value<'_>) -> Option<u32> {
    if !key.is_heap() {
        return Some(atoms::hash_word(key.to_bits()) as u32);
    }
    debug_assert!(key.downcast::<Rope<'_>>().is_none(), "keys of tables are flat");
    if let Some(text) = key.downcast::<Text>() {
        return Some(string::text_hash(text));
    }
    // Types that have none hash alike.
    identity(key).map_or(Some(0), |identity| Some(identity.get()).filter(|&hash| hash != 0))
}

/// The hash of a key, which an object gets now if it has none, and keeps wherever it moves.
#[inline]
pub fn assigned_hash(key: Value<'_>) -> u32 {
    thread_local!(static NEXT: Cell<u32> = const { Cell::new(0) });
    hash(key).unwrap_or_else(|| {
        // A Weyl sequence: as scattered as random numbers, and no two alike in 2³² steps.
        let next = NEXT.get().wrapping_add(0x9E37_79B9);
        NEXT.set(next);
        identity(key).inspect(|identity| identity.set(next.max(1)));
        next.max(1)
    })
}

/// Where an object keeps its hash.
fn identity<'gc>(key: Value<'gc>) -> Option<&'gc Cell<u32>> {
    macro_rules! of {
        ($($type:ty => $this:ident . $($field:ident).+;)*) => {
            $(if let Some($this) = key.downcast::<$type>() {
                return Some(&$this.as_ref().$($field).+.0);
            })*
        };
    }
    of! {
        object::Object<'gc> => it.head.identity;
        Array<'gc> => it.identity;
        Closure<'gc> => it.head.identity;
        Map<'gc> => it.identity;
        Set<'gc> => it.identity;
        Promise<'gc> => it.identity;
        Bound<'gc> => it.head.identity;
        Iter<'gc> => it.identity;
        Timer<'gc> => it.identity;
    }
    None
}
