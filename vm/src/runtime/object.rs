//! [`Object`]: plain objects, and all that have a class and named properties.
//!
//! Invariant: the shape says which slot holds which property; the first slots are those of the object itself, further
//! ones are in the array `extra`. An object whose shape is a dictionary's has a [`Dictionary`] there, whose keys are numbers
//! for keys that are indices and flat strings for others; its own slots hold nothing.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object as HeapObject, Slot, Static, Tail, Trace, Value};

use super::property::Key;
use super::shape::{Class, ShapeId, Shapes};
use super::table::{self, Table};
use super::{Outcome, number, string};
use crate::bytecode::Atom;
use crate::machine::Vm;

/// Slots of an object that begins without properties.
const FIRST_SLOTS: usize = 4;

/// An object with named properties.
pub type Object<'gc> = Tail<'gc, ObjectHead<'gc>>;

/// What stands before the slots of an [`Object`].
#[derive(Debug, Trace, HeapObject)]
pub struct ObjectHead<'gc> {
    pub(super) shape: Static<Cell<ShapeId>>,
    pub(super) identity: Static<Cell<u32>>,
    pub(super) extra: Slot<'gc>,
}

impl ObjectHead<'_> {
    #[inline(always)]
    fn new(shape: ShapeId) -> Self {
        ObjectHead { shape: Static(Cell::new(shape)), identity: Static::default(), extra: Slot::new(Value::NIL) }
    }
}

/// The properties of an object that has too many for a shape, or lost some.
#[derive(Debug, Trace, HeapObject)]
pub struct Dictionary<'gc> {
    entries: Table<'gc>,
}

/// An object without properties, with room for `capacity` of them.
///
/// # Errors
/// When there is no memory.
pub fn new_object<'gc>(mc: &Mutation<'gc>, shape: ShapeId, capacity: usize) -> Outcome<'gc, Gc<'gc, Object<'gc>>> {
    Ok(mc.alloc_tail(ObjectHead::new(shape), capacity, Value::UNDEFINED)?)
}

/// `{}`
///
/// # Errors
/// When there is no memory.
pub fn new_plain<'gc>(mc: &Mutation<'gc>, _: &mut Vm<'gc>) -> Outcome<'gc, Gc<'gc, Object<'gc>>> {
    new_object(mc, Shapes::PLAIN, FIRST_SLOTS)
}

/// An object of a shape that [`Shapes::template`] made of `names`: one allocation, but for those that become
/// dictionaries.
///
/// # Errors
/// When there is no memory.
#[inline]
pub fn new_with<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    shape: ShapeId,
    names: &[Atom],
    values: &[Value<'gc>],
) -> Outcome<'gc, Gc<'gc, Object<'gc>>> {
    if shape == Shapes::PLAIN {
        return new_plain(mc, vm);
    }
    if vm.shapes.get(shape).dictionary {
        let object = new_plain(mc, vm)?;
        for (&name, &value) in names.iter().zip(values) {
            set_own(mc, vm, object, super::property::atom_key(vm, name), value)?;
        }
        return Ok(object);
    }
    Ok(mc.alloc_slots(ObjectHead::new(shape), values)?)
}

/// The class of an object.
pub fn class<'gc>(vm: &Vm<'gc>, object: Gc<'gc, Object<'gc>>) -> Class {
    vm.shapes.class(object.head.shape.get())
}

/// The value in a slot.
#[inline(always)]
pub(super) fn slot<'gc>(object: Gc<'gc, Object<'gc>>, slot: usize) -> Value<'gc> {
    match object.get(slot) {
        Some(value) => value,
        None => extra(object).and_then(|extra| extra.get(slot - object.len())).unwrap_or(Value::UNDEFINED),
    }
}

/// Replaces the value in a slot that a property has.
#[inline(always)]
pub(super) fn set_slot<'gc>(mc: &Mutation<'gc>, object: Gc<'gc, Object<'gc>>, slot: usize, value: Value<'gc>) {
    if !value.is_heap() {
        if object.set(mc, slot, value) {
            return;
        }
    } else if let Some(slot) = object.write(mc).slot(slot) {
        // Objects are small, and one that was stored to once is stored to again: the whole object is logged, once.
        return slot.set(value);
    }
    if let Some(extra) = extra(object) {
        extra.set(mc, slot - object.len(), value);
    }
}

fn extra<'gc>(object: Gc<'gc, Object<'gc>>) -> Option<Gc<'gc, Tail<'gc, ()>>> {
    object.head.extra.get().downcast()
}

fn dictionary<'gc>(object: Gc<'gc, Object<'gc>>) -> Option<Gc<'gc, Dictionary<'gc>>> {
    object.head.extra.get().downcast()
}

/// Gives an object the shape that one more property makes, and that property its value.
///
/// # Errors
/// When there is no memory: nothing is changed.
#[inline]
pub(super) fn add_slot<'gc>(
    mc: &Mutation<'gc>,
    object: Gc<'gc, Object<'gc>>,
    shape: ShapeId,
    slot: usize,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    if slot >= object.len() {
        reserve(mc, object, slot - object.len())?;
    }
    object.head.shape.set(shape);
    set_slot(mc, object, slot, value);
    Ok(())
}

/// Makes room in the array `extra` for an element at `index`.
fn reserve<'gc>(mc: &Mutation<'gc>, object: Gc<'gc, Object<'gc>>, index: usize) -> Outcome<'gc, ()> {
    let old = extra(object);
    if old.is_some_and(|old| index < old.len()) {
        return Ok(());
    }
    let mut values = vec![Value::UNDEFINED; (2 * index).max(FIRST_SLOTS)];
    if let Some(old) = old {
        values.iter_mut().zip(old.slots()).for_each(|(value, slot)| *value = slot.get());
    }
    let grown = mc.alloc_slots((), &values)?;
    object.write(mc).head().extra().set(grown.into());
    Ok(())
}

/// The key of a property in a dictionary.
fn table_key<'gc>(vm: &Vm<'gc>, key: Key<'gc>) -> Value<'gc> {
    match key {
        Key::Atom(name) => vm.string(name),
        Key::Index(index) => number::value(f64::from(index)),
        Key::Name(string) => string,
    }
}

/// The value of an own property.
pub fn get_own<'gc>(vm: &Vm<'gc>, object: Gc<'gc, Object<'gc>>, key: Key<'gc>) -> Option<Value<'gc>> {
    let shape = vm.shapes.get(object.head.shape.get());
    if shape.dictionary {
        return dictionary(object)?.entries.get(table_key(vm, key));
    }
    match key {
        Key::Atom(name) => Some(slot(object, shape.lookup(name)?)),
        Key::Index(_) | Key::Name(_) => None,
    }
}

/// Defines or replaces an own property, also of a frozen object. A new one is enumerable.
///
/// # Errors
/// When there is no memory: nothing is changed.
pub fn set_own<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
    key: Key<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    define(mc, vm, object, key, value, false)
}

/// As [`set_own`]; a new property is not enumerable.
///
/// # Errors
/// When there is no memory: nothing is changed.
pub fn set_hidden<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
    name: Atom,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    define(mc, vm, object, Key::Atom(name), value, true)
}

fn define<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
    key: Key<'gc>,
    value: Value<'gc>,
    hidden: bool,
) -> Outcome<'gc, ()> {
    let id = object.head.shape.get();
    let shape = vm.shapes.get(id);
    if !shape.dictionary
        && let Key::Atom(name) = key
    {
        if let Some(slot) = shape.lookup(name) {
            set_slot(mc, object, slot, value);
            return Ok(());
        }
        let slot = shape.names.len();
        if let Some(next) = vm.shapes.add(id, name, hidden) {
            return add_slot(mc, object, next, slot, value);
        }
    }
    let dictionary = to_dictionary(mc, vm, object)?;
    table::set(mc, dictionary.write(mc).entries(), table_key(vm, key), value)
}

/// Moves the properties of an object into a dictionary: no script can tell.
fn to_dictionary<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
) -> Outcome<'gc, Gc<'gc, Dictionary<'gc>>> {
    let shape = vm.shapes.get(object.head.shape.get());
    if shape.dictionary
        && let Some(dictionary) = dictionary(object)
    {
        return Ok(dictionary);
    }
    let dictionary = mc.alloc(Dictionary { entries: Table::new() })?;
    for (place, &name) in shape.names.iter().enumerate() {
        table::set(mc, dictionary.write(mc).entries(), vm.string(name), slot(object, place))?;
    }
    let (class, frozen) = (shape.class, shape.frozen);
    object.head.shape.set(vm.shapes.dictionary(class, frozen));
    object.write(mc).head().extra().set(dictionary.into());
    for slot in 0..object.len() {
        object.set(mc, slot, Value::UNDEFINED);
    }
    Ok(dictionary)
}

/// Removes an own property; false if there is none.
///
/// # Errors
/// When there is no memory: nothing is changed.
pub fn delete<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
    key: Key<'gc>,
) -> Outcome<'gc, bool> {
    if get_own(vm, object, key).is_none() {
        return Ok(false);
    }
    let dictionary = to_dictionary(mc, vm, object)?;
    Ok(table::delete(mc, dictionary.write(mc).entries(), table_key(vm, key)))
}

/// Own enumerable properties with their values, in the language's order: keys that are indices ascending, then by time of their
/// definition. Keys are strings.
///
/// # Errors
/// When there is no memory.
pub fn own_entries<'gc>(
    mc: &Mutation<'gc>,
    vm: &Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
) -> Outcome<'gc, Vec<(Value<'gc>, Value<'gc>)>> {
    let shape = vm.shapes.get(object.head.shape.get());
    let Some(dictionary) = dictionary(object).filter(|_| shape.dictionary) else {
        let slots = (0..shape.names.len()).filter(|&slot| shape.is_enumerable(slot));
        return Ok(slots.map(|place| (vm.string(shape.names[place]), slot(object, place))).collect());
    };
    let (mut indices, mut others) = (Vec::new(), Vec::new());
    for (key, value) in dictionary.entries.entries() {
        match key.as_number() {
            Some(index) => indices.push((index, value)),
            None if !shape.class.hides(&string::to_rust(mc, key)?) => others.push((key, value)),
            None => {}
        }
    }
    indices.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut entries = Vec::with_capacity(indices.len() + others.len());
    for (index, value) in indices {
        entries.push((number::to_text(mc, number::value(index))?, value));
    }
    entries.append(&mut others);
    Ok(entries)
}

/// Freezes an object.
///
/// # Errors
/// When there is no memory: nothing is changed.
pub fn freeze<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, object: Gc<'gc, Object<'gc>>) -> Outcome<'gc, ()> {
    let shape = object.head.shape.get();
    let frozen = match vm.shapes.frozen(shape) {
        Some(frozen) => frozen,
        None => {
            to_dictionary(mc, vm, object)?;
            let class = vm.shapes.class(shape);
            vm.shapes.dictionary(class, true)
        }
    };
    object.head.shape.set(frozen);
    Ok(())
}

/// Whether an object is frozen.
pub fn is_frozen<'gc>(vm: &Vm<'gc>, object: Gc<'gc, Object<'gc>>) -> bool {
    vm.shapes.get(object.head.shape.get()).frozen
}
