//! Iteration: `for … of`, spread, destructuring; and the iterators that `keys()`, `values()` and `entries()` give.
//!
//! Invariant: an iterator is two values. Those of arrays and strings are the iterable and an index; any other is an
//! [`Iter`] and undefined.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object, Slot, Static, Trace, Value};

use super::Outcome;
use super::array::Array;
use super::realm::Proto;
use crate::machine::Vm;

/// What an iterator gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IterKind {
    /// Keys, or indices.
    Keys,
    /// Values, or elements.
    Values,
    /// Pairs of both.
    Entries,
}

/// An iterator that a script can hold.
#[derive(Debug, Trace, Object)]
pub struct Iter<'gc> {
    /// An array, a string, the data of a table; nil when it is done.
    source: Slot<'gc>,
    index: Static<Cell<u32>>,
    kind: Static<IterKind>,
    proto: Static<Proto>,
    pub(super) identity: Static<Cell<u32>>,
}

impl<'gc> Iter<'gc> {
    /// Whose methods it has.
    pub fn proto(&self) -> Proto {
        *self.proto
    }
    /// What it gives.
    pub fn kind(&self) -> IterKind {
        *self.kind
    }
}

/// An iterator of an array, a string, a map or a set; `None` for any other value.
///
/// # Errors
/// When there is no memory.
pub fn iter<'gc>(mc: &Mutation<'gc>, source: Value<'gc>, kind: IterKind) -> Outcome<'gc, Option<Gc<'gc, Iter<'gc>>>> {
    let _ = (mc, source, kind);
    todo!()
}

/// The next value of an iterator.
///
/// # Errors
/// When there is no memory: it has not moved.
pub fn iter_next<'gc>(mc: &Mutation<'gc>, iter: Gc<'gc, Iter<'gc>>) -> Outcome<'gc, Option<Value<'gc>>> {
    let _ = (mc, iter);
    todo!()
}

/// Begins to iterate over a value; `text` is how the program writes it.
///
/// # Errors
/// TypeError when it is not iterable.
pub fn start<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    iterable: Value<'gc>,
    text: &str,
) -> Outcome<'gc, (Value<'gc>, Value<'gc>)> {
    let _ = (mc, vm, iterable, text);
    todo!()
}

/// The next value of what [`start`] began, and the second value of the iterator from now on.
///
/// # Errors
/// When there is no memory: it has not moved.
#[inline]
pub fn next<'gc>(
    mc: &Mutation<'gc>,
    first: Value<'gc>,
    second: Value<'gc>,
) -> Outcome<'gc, Option<(Value<'gc>, Value<'gc>)>> {
    let _ = (mc, first, second);
    todo!()
}

/// All that an iterable gives.
///
/// # Errors
/// TypeError when it is not iterable.
pub fn collect<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    iterable: Value<'gc>,
    text: &str,
) -> Outcome<'gc, Vec<Value<'gc>>> {
    let _ = (mc, vm, iterable, text);
    todo!()
}

/// All that an iterator still has.
///
/// # Errors
/// When there is no memory.
pub fn rest<'gc>(mc: &Mutation<'gc>, first: Value<'gc>, second: Value<'gc>) -> Outcome<'gc, Vec<Value<'gc>>> {
    let _ = (mc, first, second);
    todo!()
}

/// Appends all that an iterable gives to an array.
///
/// # Errors
/// TypeError when it is not iterable.
pub fn collect_into<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    array: Gc<'gc, Array<'gc>>,
    iterable: Value<'gc>,
    text: &str,
) -> Outcome<'gc, ()> {
    let _ = (mc, vm, array, iterable, text);
    todo!()
}
