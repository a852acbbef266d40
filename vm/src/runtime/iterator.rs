//! Iteration: `for … of`, spread, destructuring; and the iterators that `keys()`, `values()` and `entries()` give.
//!
//! Invariant: an iterator is two values. Those of arrays and strings are the iterable and an index; any other is an
//! [`Iter`] and 0.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object, Slot, Static, Trace, Value};

use super::array::{self, Array};
use super::error::type_error;
use super::realm::Proto;
use super::table::{self, Cursor, Map, MapWrite, Set, SetWrite};
use super::{Outcome, convert, number, property, string};
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
    let (source, proto) = if source.downcast::<Array<'gc>>().is_some() {
        (source, Proto::ArrayIterator)
    } else if let Some(map) = source.downcast::<Map<'gc>>() {
        (table::cursor(mc, map.write(mc).entries())?.data, Proto::MapIterator)
    } else if let Some(set) = source.downcast::<Set<'gc>>() {
        (table::cursor(mc, set.write(mc).entries())?.data, Proto::SetIterator)
    } else if string::is_string(source) {
        (string::flat(mc, source)?, Proto::StringIterator)
    } else {
        return Ok(None);
    };
    Ok(Some(mc.alloc(Iter {
        source: Slot::new(source),
        index: Static::default(),
        kind: Static(kind),
        proto: Static(proto),
        identity: Static::default(),
    })?))
}

impl<'gc> Iter<'gc> {
    /// Where it is: a copy that can move on its own.
    fn place(&self) -> Cursor<'gc> {
        Cursor { data: self.source.get(), index: self.index.get() }
    }

    /// What it gives at a place, which moves on.
    fn step(&self, mc: &Mutation<'gc>, place: &mut Cursor<'gc>) -> Outcome<'gc, Option<Value<'gc>>> {
        let (key, value) = if let Some(array) = place.data.downcast::<Array<'gc>>() {
            let index = place.index as usize;
            if index >= array.len() {
                return Ok(None);
            }
            place.index += 1;
            (number::from_usize(index), array.get(index).unwrap_or(Value::UNDEFINED))
        } else if place.data.is_nil() {
            return Ok(None);
        } else if *self.proto == Proto::StringIterator {
            let Some((character, next)) = character(mc, place.data, place.index as usize)? else {
                return Ok(None);
            };
            place.index = next as u32;
            (character, character)
        } else {
            match place.next() {
                Some((key, _)) if *self.proto == Proto::SetIterator => (key, key),
                Some(entry) => entry,
                None => return Ok(None),
            }
        };
        Ok(Some(match *self.kind {
            IterKind::Keys => key,
            IterKind::Values => value,
            IterKind::Entries => array::new(mc, &[key, value])?.into(),
        }))
    }
}

/// The character at an index, and the index behind it.
fn character<'gc>(mc: &Mutation<'gc>, text: Value<'gc>, index: usize) -> Outcome<'gc, Option<(Value<'gc>, usize)>> {
    let units = string::units(mc, text)?;
    let Some(first) = units.get(index) else {
        return Ok(None);
    };
    let pair = matches!((first, units.get(index + 1)), (0xD800..=0xDBFF, Some(0xDC00..=0xDFFF)));
    let end = index + 1 + usize::from(pair);
    Ok(Some((units.slice(index, end).to_value(mc)?, end)))
}

/// The next value of an iterator. Once there is none, there never is.
///
/// # Errors
/// When there is no memory: it has not moved.
pub fn iter_next<'gc>(mc: &Mutation<'gc>, iter: Gc<'gc, Iter<'gc>>) -> Outcome<'gc, Option<Value<'gc>>> {
    let mut place = iter.place();
    let value = iter.step(mc, &mut place)?;
    let source = if value.is_some() { place.data } else { Value::NIL };
    iter.index.set(place.index);
    if !source.same(iter.source.get()) {
        iter.write(mc).source().set(source);
    }
    Ok(value)
}

/// All that an iterator still has; it does not move.
///
/// # Errors
/// When there is no memory.
pub fn peek<'gc>(mc: &Mutation<'gc>, iter: Gc<'gc, Iter<'gc>>) -> Outcome<'gc, Vec<Value<'gc>>> {
    let mut place = iter.place();
    std::iter::from_fn(|| iter.step(mc, &mut place).transpose()).collect()
}

/// Begins to iterate over a value; `text` is how the program writes it, or empty; with `...` before it, it is spread.
///
/// # Errors
/// TypeError when it is not iterable.
pub fn start<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    iterable: Value<'gc>,
    text: &str,
) -> Outcome<'gc, (Value<'gc>, Value<'gc>)> {
    if iterable.downcast::<Array<'gc>>().is_some() || iterable.downcast::<Iter<'gc>>().is_some() {
        return Ok((iterable, Value::int(0)));
    }
    if string::is_string(iterable) {
        return Ok((string::flat(mc, iterable)?, Value::int(0)));
    }
    let kind = if iterable.downcast::<Map<'gc>>().is_some() { IterKind::Entries } else { IterKind::Values };
    match iter(mc, iterable, kind)? {
        Some(iter) => Ok((iter.into(), Value::int(0))),
        None => {
            let text = match (text.strip_prefix("..."), property::nothing(iterable)) {
                (Some(spread), Some(nothing)) => format!("{spread} is not iterable (cannot read property {nothing})"),
                (Some(_), None) => "Spread syntax requires ...iterable[Symbol.iterator] to be a function".into(),
                (None, _) if text.is_empty() => unnamed(mc, vm, iterable)?,
                (None, _) => format!("{text} is not iterable"),
            };
            Err(type_error(mc, vm, &text))
        }
    }
}

/// What is said of a value without a text that is not iterable.
fn unnamed<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, String> {
    let typed = match string::to_rust(mc, convert::typeof_(vm, value))?.as_str() {
        "undefined" => "undefined".to_owned(),
        "object" if value.is_nil() => "object null".to_owned(),
        kind @ ("object" | "function") => kind.to_owned(),
        kind => format!("{kind} {}", property::describe(mc, vm, value)?),
    };
    Ok(format!("{typed} is not iterable (cannot read property Symbol(Symbol.iterator))"))
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
    let index = second.as_int().unwrap_or(0);
    if let Some(array) = first.downcast::<Array<'gc>>() {
        if index as usize >= array.len() {
            return Ok(None);
        }
        let value = array.get(index as usize).unwrap_or(Value::UNDEFINED);
        return Ok(Some((value, Value::int(index + 1))));
    }
    if let Some(iter) = first.downcast::<Iter<'gc>>() {
        return Ok(iter_next(mc, iter)?.map(|value| (value, second)));
    }
    Ok(character(mc, first, index as usize)?.map(|(character, next)| (character, Value::int(next as i32))))
}

/// All that an iterable gives. If it is an iterator itself, it has not moved: [`exhaust`] moves it, once nothing more can
/// fail for want of memory.
///
/// # Errors
/// TypeError when it is not iterable.
pub fn collect<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    iterable: Value<'gc>,
    text: &str,
) -> Outcome<'gc, Vec<Value<'gc>>> {
    let (first, second) = start(mc, vm, iterable, text)?;
    rest(mc, first, second)
}

/// Moves an iterator behind its last value; nothing for any other value.
pub fn exhaust<'gc>(mc: &Mutation<'gc>, iterator: Value<'gc>) {
    if let Some(iter) = iterator.downcast::<Iter<'gc>>() {
        iter.write(mc).source().set(Value::NIL);
    }
}

/// All that an iterator still has: as with [`collect`], it has not moved.
///
/// # Errors
/// When there is no memory.
pub fn rest<'gc>(mc: &Mutation<'gc>, first: Value<'gc>, second: Value<'gc>) -> Outcome<'gc, Vec<Value<'gc>>> {
    let mut values = Vec::new();
    if let Some(iter) = first.downcast::<Iter<'gc>>() {
        return peek(mc, iter);
    }
    if let Some(array) = first.downcast::<Array<'gc>>() {
        values = array.to_vec();
        values.drain(..values.len().min(second.as_int().unwrap_or(0) as usize));
        return Ok(values);
    }
    let mut second = second;
    while let Some((value, next)) = next(mc, first, second)? {
        values.push(value);
        second = next;
    }
    Ok(values)
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
    // What an iterator gave is lost when there is no room for it: so there is room first.
    array::extend(mc, array, &collect(mc, vm, iterable, text)?)?;
    exhaust(mc, iterable);
    Ok(())
}
