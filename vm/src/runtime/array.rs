//! [`Array`]: elements by index.
//!
//! Invariant: `Value::HOLE` among the elements is one that the array does not have; nobody hands it to a script.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object, SlotVec, Static, Trace, Value};

use super::Outcome;

/// An array.
#[derive(Debug, Trace, Object)]
pub struct Array<'gc> {
    /// Its elements; a hole for each that it does not have.
    pub elements: SlotVec<'gc>,
    pub(super) identity: Static<Cell<u32>>,
    pub(super) frozen: Static<Cell<bool>>,
}

#[inline(always)]
fn of(elements: SlotVec<'_>) -> Array<'_> {
    Array { elements, identity: Static::default(), frozen: Static::default() }
}

/// An array of these elements.
///
/// # Errors
/// When there is no memory.
pub fn new<'gc>(mc: &Mutation<'gc>, values: &[Value<'gc>]) -> Outcome<'gc, Gc<'gc, Array<'gc>>> {
    Ok(mc.alloc(of(SlotVec::from_values(mc, values)?))?)
}

/// An empty array with room for `capacity` elements.
///
/// # Errors
/// When there is no memory.
pub fn with_capacity<'gc>(mc: &Mutation<'gc>, capacity: usize) -> Outcome<'gc, Gc<'gc, Array<'gc>>> {
    Ok(mc.alloc(of(SlotVec::with_capacity(mc, capacity)?))?)
}

impl<'gc> Array<'gc> {
    /// `length`
    #[inline(always)]
    #[allow(clippy::len_without_is_empty, reason = "`len() == 0` is as short")]
    pub fn len(&self) -> usize {
        self.elements.len()
    }
    /// The element at `index`; `None` for a hole and beyond the end.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Value<'gc>> {
        self.elements.get(index).filter(|value| !value.word().is_hole())
    }
    /// The elements, `undefined` for holes.
    pub fn to_vec(&self) -> Vec<Value<'gc>> {
        let mut values = Vec::with_capacity(self.len());
        self.elements.copy_to(&mut values);
        for value in values.iter_mut().filter(|value| value.word().is_hole()) {
            *value = Value::UNDEFINED;
        }
        values
    }
    /// Whether it is frozen.
    #[inline(always)]
    pub fn is_frozen(&self) -> bool {
        self.frozen.get()
    }
}

/// Replaces an element below the length; false beyond it, and nothing is done. The array is not frozen.
#[inline(always)]
pub fn set<'gc>(mc: &Mutation<'gc>, array: Gc<'gc, Array<'gc>>, index: usize, value: Value<'gc>) -> bool {
    array.elements.set(mc, index, value)
}

/// Sets an element, making holes where it is beyond the length. The array is not frozen.
///
/// # Errors
/// When there is no memory.
pub fn put<'gc>(mc: &Mutation<'gc>, array: Gc<'gc, Array<'gc>>, index: usize, value: Value<'gc>) -> Outcome<'gc, ()> {
    if !set(mc, array, index, value) {
        let elements = array.write(mc).elements();
        elements.reserve(mc, index + 1 - elements.len())?;
        elements.resize(mc, index, Value::HOLE)?;
        elements.push(mc, value)?;
    }
    Ok(())
}

/// Appends an element. The array is not frozen.
///
/// # Errors
/// When there is no memory.
#[inline]
pub fn push<'gc>(mc: &Mutation<'gc>, array: Gc<'gc, Array<'gc>>, value: Value<'gc>) -> Outcome<'gc, ()> {
    if !array.elements.push_within(mc, value) {
        array.write(mc).elements().push(mc, value)?;
    }
    Ok(())
}

/// Appends elements. The array is not frozen.
///
/// # Errors
/// When there is no memory.
pub fn extend<'gc>(mc: &Mutation<'gc>, array: Gc<'gc, Array<'gc>>, values: &[Value<'gc>]) -> Outcome<'gc, ()> {
    Ok(array.write(mc).elements().extend(mc, values)?)
}

/// Removes the last element: `undefined` if there is none. The array is not frozen.
#[inline]
pub fn pop<'gc>(array: Gc<'gc, Array<'gc>>) -> Value<'gc> {
    match array.elements.pop() {
        Some(value) if !value.word().is_hole() => value,
        _ => Value::UNDEFINED,
    }
}

/// Removes the first element: `undefined` if there is none. Costs no move of the others. The array is not frozen.
#[inline]
pub fn shift<'gc>(array: Gc<'gc, Array<'gc>>) -> Value<'gc> {
    match array.elements.pop_front() {
        Some(value) if !value.word().is_hole() => value,
        _ => Value::UNDEFINED,
    }
}

/// Sets the length: cuts, or makes holes. The array is not frozen.
///
/// # Errors
/// When there is no memory.
pub fn set_length<'gc>(mc: &Mutation<'gc>, array: Gc<'gc, Array<'gc>>, length: usize) -> Outcome<'gc, ()> {
    Ok(array.write(mc).elements().resize(mc, length, Value::HOLE)?)
}

/// Replaces the elements from `start` by `values`, which end within the length: `reverse`, `sort`, `fill`. The array is
/// not frozen.
pub fn overwrite<'gc>(mc: &Mutation<'gc>, array: Gc<'gc, Array<'gc>>, start: usize, values: &[Value<'gc>]) {
    array.elements.overwrite(mc, start, values);
}
