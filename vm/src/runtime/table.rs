//! [`Table`]: a hash table that remembers the order of insertion; [`Map`] and [`Set`], which are made of it.
//!
//! Invariant: a cursor stays valid whatever happens to the table: an entry that was there is visited once, one that is
//! added is visited later.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object, Slot, Static, Trace, Value, Write};

use super::Outcome;

/// A hash table in order of insertion. Keys are equal as by `SameValueZero`, and no ropes.
#[derive(Debug, Trace, Object)]
pub struct Table<'gc> {
    data: Slot<'gc>,
}

impl<'gc> Table<'gc> {
    /// An empty table.
    pub const fn new() -> Self {
        Table { data: Slot::new(Value::NIL) }
    }
    /// How many entries it has.
    #[allow(clippy::len_without_is_empty, reason = "`len() == 0` is as short")]
    pub fn len(&self) -> usize {
        todo!()
    }
    /// The value of a key.
    pub fn get(&self, key: Value<'gc>) -> Option<Value<'gc>> {
        let _ = key;
        todo!()
    }
    /// Whether the key has a value.
    pub fn has(&self, key: Value<'gc>) -> bool {
        self.get(key).is_some()
    }
    /// A place before the first entry.
    pub fn cursor(&self) -> Cursor<'gc> {
        Cursor { data: self.data.get(), index: 0 }
    }
    /// All entries in order.
    pub fn entries(&self) -> Vec<(Value<'gc>, Value<'gc>)> {
        let mut cursor = self.cursor();
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
pub fn set<'gc>(mc: &Mutation<'gc>, table: &Write<Table<'gc>>, key: Value<'gc>, value: Value<'gc>) -> Outcome<'gc, ()> {
    let _ = (mc, table, key, value);
    todo!()
}

/// Removes an entry; false if there is none.
///
/// # Errors
/// When there is no memory: nothing is changed.
pub fn delete<'gc>(mc: &Mutation<'gc>, table: &Write<Table<'gc>>, key: Value<'gc>) -> Outcome<'gc, bool> {
    let _ = (mc, table, key);
    todo!()
}

/// Removes all entries.
///
/// # Errors
/// When there is no memory: nothing is changed.
pub fn clear<'gc>(mc: &Mutation<'gc>, table: &Write<Table<'gc>>) -> Outcome<'gc, ()> {
    let _ = (mc, table);
    todo!()
}

/// A place between two entries of a table, that stays there whatever happens to the table.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'gc> {
    pub(super) data: Value<'gc>,
    pub(super) index: u32,
}

impl<'gc> Cursor<'gc> {
    /// The next entry.
    #[allow(clippy::should_implement_trait, reason = "it goes on after `None`")]
    pub fn next(&mut self) -> Option<(Value<'gc>, Value<'gc>)> {
        todo!()
    }
}

/// A `Map`.
#[derive(Debug, Trace, Object)]
pub struct Map<'gc> {
    /// Its entries.
    pub entries: Table<'gc>,
    pub(super) identity: Static<Cell<u32>>,
}

/// A `Set`: each value is its own key.
#[derive(Debug, Trace, Object)]
pub struct Set<'gc> {
    /// Its entries.
    pub entries: Table<'gc>,
    pub(super) identity: Static<Cell<u32>>,
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

/// What a key of a table is: a rope becomes its text, `-0` becomes 0.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn normal_key<'gc>(mc: &Mutation<'gc>, key: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, key);
    todo!()
}
