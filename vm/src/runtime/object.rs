//! [`Object`]: plain objects, and all that have a class and named properties.
//!
//! Invariant: the shape says which slot holds which property; the first slots are those of the object itself, further
//! ones are in the `extra` array. An object whose shape is a dictionary's has a [`Dictionary`] there, and no slots in use.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object as HeapObject, Slot, Static, Tail, Trace, Value};

use super::Outcome;
use super::property::Key;
use super::shape::{Class, ShapeId};
use super::table::Table;
use crate::bytecode::Atom;
use crate::machine::Vm;

/// An object with named properties.
pub type Object<'gc> = Tail<'gc, ObjectHead<'gc>>;

/// What stands before the slots of an [`Object`].
#[derive(Debug, Trace, HeapObject)]
pub struct ObjectHead<'gc> {
    pub(super) shape: Static<Cell<ShapeId>>,
    pub(super) identity: Static<Cell<u32>>,
    pub(super) extra: Slot<'gc>,
}

/// The properties of an object that has too many for a shape, or loses some.
#[derive(Debug, Trace, HeapObject)]
pub struct Dictionary<'gc> {
    pub(super) entries: Table<'gc>,
}

/// An object without properties, with room for `capacity` of them.
///
/// # Errors
/// When there is no memory.
pub fn new_object<'gc>(mc: &Mutation<'gc>, shape: ShapeId, capacity: usize) -> Outcome<'gc, Gc<'gc, Object<'gc>>> {
    let _ = (mc, shape, capacity);
    todo!()
}

/// `{}`
///
/// # Errors
/// When there is no memory.
pub fn new_plain<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>) -> Outcome<'gc, Gc<'gc, Object<'gc>>> {
    let shape = vm.shapes.root(Class::Plain);
    new_object(mc, shape, 4)
}

/// An object of a shape that [`Shapes::template`](super::shape::Shapes::template) made of `names`: one allocation.
///
/// # Errors
/// When there is no memory.
pub fn new_with<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    shape: ShapeId,
    names: &[Atom],
    values: &[Value<'gc>],
) -> Outcome<'gc, Gc<'gc, Object<'gc>>> {
    let _ = (mc, vm, shape, names, values);
    todo!()
}

/// The class of an object.
pub fn class<'gc>(vm: &Vm<'gc>, object: Gc<'gc, Object<'gc>>) -> Class {
    vm.shapes.class(object.head.shape.get())
}

/// The value of an own property.
pub fn get_own<'gc>(vm: &Vm<'gc>, object: Gc<'gc, Object<'gc>>, key: Key<'gc>) -> Option<Value<'gc>> {
    let _ = (vm, object, key);
    todo!()
}

/// Defines or replaces an own property, also of a frozen object. A new one is enumerable.
///
/// # Errors
/// When there is no memory.
pub fn set_own<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
    key: Key<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    let _ = (mc, vm, object, key, value);
    todo!()
}

/// As [`set_own`]; a new property is not enumerable.
///
/// # Errors
/// When there is no memory.
pub fn set_hidden<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
    name: Atom,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    let _ = (mc, vm, object, name, value);
    todo!()
}

/// Removes an own property; false if there is none.
///
/// # Errors
/// When there is no memory.
pub fn delete<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
    key: Key<'gc>,
) -> Outcome<'gc, bool> {
    let _ = (mc, vm, object, key);
    todo!()
}

/// Own properties with their values, in the language's order: keys that are indices ascending, then by time of their
/// definition; with `hidden`, also those that are not enumerable. Keys are strings.
///
/// # Errors
/// When there is no memory.
pub fn own_entries<'gc>(
    mc: &Mutation<'gc>,
    vm: &Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
    hidden: bool,
) -> Outcome<'gc, Vec<(Value<'gc>, Value<'gc>)>> {
    let _ = (mc, vm, object, hidden);
    todo!()
}

/// Freezes an object.
///
/// # Errors
/// When there is no memory.
pub fn freeze<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, object: Gc<'gc, Object<'gc>>) -> Outcome<'gc, ()> {
    let _ = (mc, vm, object);
    todo!()
}

/// Whether an object is frozen.
pub fn is_frozen<'gc>(vm: &Vm<'gc>, object: Gc<'gc, Object<'gc>>) -> bool {
    let _ = (vm, object);
    todo!()
}
