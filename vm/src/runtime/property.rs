//! Properties of any value, with the language's errors. The inline caches of the sites that access them: [`super::cache`].
//!
//! Invariant: the objects that hold the built-in methods never change once the VM is set up, and neither does what a kind of
//! values has.

use mangrove_gc::{Gc, Mutation, Value};

use super::array::{self, Array};
use super::error::{self, range_error, type_error};
use super::extra;
use super::function::{self, Bound, Closure};
use super::iterator::Iter;
use super::object::{self, Object};
use super::promise::{Promise, Timer};
use super::realm::Proto;
use super::shape::Class;
use super::string::{self, Units};
use super::table::{Map, Set};
use super::{Outcome, convert, number};
use crate::atoms::{self, names};
use crate::bytecode::Atom;
use crate::machine::Vm;

/// The key of a property: each has one representation.
#[derive(Clone, Copy, Debug)]
pub enum Key<'gc> {
    /// A name that some text has.
    Atom(Atom),
    /// An index: the string of an integer from 0 to 2³² - 2.
    Index(u32),
    /// Any other string, and no text has it: a small string or a `Text`.
    Name(Value<'gc>),
}

/// The key that a name is.
#[inline]
pub fn atom_key<'gc>(vm: &Vm<'gc>, name: Atom) -> Key<'gc> {
    vm.code.atoms.integer(name).map_or(Key::Atom(name), Key::Index)
}

/// The key that a value is.
///
/// # Errors
/// When an object cannot be made a string.
#[inline]
pub fn to_key<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, Key<'gc>> {
    if let Some(index) = value.as_int().and_then(|int| u32::try_from(int).ok()) {
        return Ok(Key::Index(index));
    }
    let string = if string::is_string(value) { value } else { convert::to_string(mc, vm, value)? };
    string_key(mc, vm, string)
}

/// The key that a string is.
fn string_key<'gc>(mc: &Mutation<'gc>, vm: &Vm<'gc>, string: Value<'gc>) -> Outcome<'gc, Key<'gc>> {
    let string = string::flat(mc, string)?;
    if let Some(atom) = string::atom(&vm.code.atoms, string) {
        return Ok(atom_key(vm, atom));
    }
    Ok(atoms::integer(string::units(mc, string)?.iter()).map_or(Key::Name(string), Key::Index))
}

/// The string of a key.
///
/// # Errors
/// When there is no memory.
pub fn key_string<'gc>(mc: &Mutation<'gc>, vm: &Vm<'gc>, key: Key<'gc>) -> Outcome<'gc> {
    match key {
        Key::Atom(name) => Ok(vm.string(name)),
        Key::Index(index) => number::to_text(mc, number::value(f64::from(index))),
        Key::Name(string) => Ok(string),
    }
}

/// A key as text, for messages.
fn key_text<'gc>(mc: &Mutation<'gc>, vm: &Vm<'gc>, key: Key<'gc>) -> Outcome<'gc, String> {
    let string = key_string(mc, vm, key)?;
    string::to_rust(mc, string)
}

/// Whose methods a value has; `None` for undefined, null, and objects without prototype.
pub fn proto_of<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<Proto> {
    if let Some(object) = value.downcast::<Object<'gc>>() {
        return object::class(vm, object).proto();
    }
    KINDS.into_iter().find(|&kind| is_kind(value, kind)).or_else(|| value.downcast::<Iter<'gc>>().map(|it| it.proto()))
}

/// What [`is_kind`] can tell, the likeliest first.
const KINDS: [Proto; 9] = [
    Proto::Array,
    Proto::String,
    Proto::Number,
    Proto::Function,
    Proto::Map,
    Proto::Set,
    Proto::Promise,
    Proto::Boolean,
    Proto::Timer,
];

/// Whether a value that is no [`Object`] has the methods of `proto`.
#[inline]
pub(super) fn is_kind(value: Value<'_>, proto: Proto) -> bool {
    match proto {
        Proto::Array => value.downcast::<Array<'_>>().is_some(),
        Proto::String => string::is_string(value),
        Proto::Number => value.word().is_number(),
        Proto::Boolean => value.word().is_bool(),
        Proto::Function => {
            value.downcast::<Closure<'_>>().is_some()
                || value.word().is_native()
                || value.downcast::<Bound<'_>>().is_some()
        }
        Proto::Map => value.downcast::<Map<'_>>().is_some(),
        Proto::Set => value.downcast::<Set<'_>>().is_some(),
        Proto::Promise => value.downcast::<Promise<'_>>().is_some(),
        Proto::Timer => value.downcast::<Timer<'_>>().is_some(),
        _ => value.downcast::<Iter<'_>>().is_some_and(|it| it.proto() == proto),
    }
}

/// Where a method is found: whose object holds it, and in which slot.
pub(super) fn find_method<'gc>(vm: &Vm<'gc>, first: Option<Proto>, name: Atom) -> Option<(Proto, usize)> {
    std::iter::successors(first, |proto| proto.parent()).find_map(|proto| {
        let holder: Gc<'gc, Object<'gc>> = vm.realm.proto(proto).downcast()?;
        Some((proto, vm.shapes.lookup(holder.head.shape.get(), name)?))
    })
}

/// What is in a slot of the object with the methods of `proto`.
#[inline]
pub(super) fn method<'gc>(vm: &Vm<'gc>, proto: Proto, slot: usize) -> Value<'gc> {
    vm.realm.proto(proto).downcast().map_or(Value::UNDEFINED, |holder| object::slot(holder, slot))
}

/// What a value has itself under a key.
pub(super) fn own<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Key<'gc>,
) -> Outcome<'gc, Option<Value<'gc>>> {
    if let Some(object) = receiver.downcast::<Object<'gc>>() {
        return match key {
            Key::Atom(names::STACK) => error::stack(mc, vm, object),
            _ => Ok(object::get_own(vm, object, key)),
        };
    }
    if let Some(array) = receiver.downcast::<Array<'gc>>() {
        return Ok(match key {
            Key::Index(index) => array.get(index as usize),
            Key::Atom(names::LENGTH) => Some(number::from_usize(array.len())),
            _ => extra::of(vm, receiver).and_then(|extra| object::get_own(vm, extra, key)),
        });
    }
    if string::is_string(receiver) {
        return match key {
            Key::Index(index) => string::at(mc, receiver, index as usize),
            Key::Atom(names::LENGTH) => Ok(Some(number::from_usize(string::length(receiver)))),
            _ => Ok(None),
        };
    }
    if let Some(value) = extra::of(vm, receiver).and_then(|extra| object::get_own(vm, extra, key)) {
        return Ok(Some(value));
    }
    let Key::Atom(name) = key else {
        return Ok(None);
    };
    Ok(match name {
        names::NAME if is_kind(receiver, Proto::Function) => {
            let name = function::name(vm, receiver).unwrap_or_default();
            Some(string::from_str(mc, &name)?)
        }
        names::LENGTH if is_kind(receiver, Proto::Function) => function::length(vm, receiver).map(number::from_usize),
        // Getters of the language: no script can tell.
        names::SIZE => match (receiver.downcast::<Map<'gc>>(), receiver.downcast::<Set<'gc>>()) {
            (Some(map), _) => Some(number::from_usize(map.entries.len())),
            (_, Some(set)) => Some(number::from_usize(set.entries.len())),
            _ => None,
        },
        _ => None,
    })
}

/// `receiver.name`
///
/// # Errors
/// TypeError for undefined and null.
pub fn get<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, receiver: Value<'gc>, name: Atom) -> Outcome<'gc> {
    let key = atom_key(vm, name);
    get_key(mc, vm, receiver, key)
}

/// `receiver[key]` of a key that is known as such.
///
/// # Errors
/// TypeError for undefined and null.
pub fn get_key<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, receiver: Value<'gc>, key: Key<'gc>) -> Outcome<'gc> {
    if let Some(value) = own(mc, vm, receiver, key)? {
        return Ok(value);
    }
    if let Some(nothing) = nothing(receiver) {
        let key = key_text(mc, vm, key)?;
        return Err(type_error(mc, vm, &format!("Cannot read properties of {nothing} (reading '{key}')")));
    }
    Ok(match key {
        Key::Atom(name) => find_method(vm, proto_of(vm, receiver), name)
            .map_or(Value::UNDEFINED, |(proto, slot)| method(vm, proto, slot)),
        Key::Index(_) | Key::Name(_) => Value::UNDEFINED,
    })
}

/// The name of a value that has no properties.
pub(super) fn nothing(value: Value<'_>) -> Option<&'static str> {
    if value.is_nil() { Some("null") } else { value.word().is_undefined().then_some("undefined") }
}

/// `receiver[key]`
///
/// # Errors
/// TypeError for undefined and null.
#[inline]
pub fn get_index<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, receiver: Value<'gc>, key: Value<'gc>) -> Outcome<'gc> {
    if let Some(index) = key.as_int() {
        if let Some(array) = receiver.downcast::<Array<'gc>>() {
            if let Some(value) = array.get(index as usize) {
                return Ok(value);
            }
        } else if let Some(unit) = string::written(receiver).and_then(|units| units.get(index as usize)) {
            return string::from_unit(mc, unit);
        }
    }
    get_index_slow(mc, vm, receiver, key)
}

fn get_index_slow<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, receiver: Value<'gc>, key: Value<'gc>) -> Outcome<'gc> {
    if let Some(nothing) = nothing(receiver) {
        let which = of_which(mc, vm, "reading", key)?;
        return Err(type_error(mc, vm, &format!("Cannot read properties of {nothing}{which}")));
    }
    let key = to_key(mc, vm, key)?;
    get_key(mc, vm, receiver, key)
}

/// The end of a message about a property: nothing for a key that is an array or has no methods.
fn of_which<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, what: &str, key: Value<'gc>) -> Outcome<'gc, String> {
    let text = describe(mc, vm, key)?;
    let unnamed = !string::is_string(key) && text.starts_with("[object ");
    Ok(if unnamed { String::new() } else { format!(" ({what} '{text}')") })
}

/// How error messages name a value.
///
/// # Errors
/// When there is no memory.
pub fn describe<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, String> {
    let class = value.downcast::<Object<'gc>>().map(|object| object::class(vm, object));
    let kinds = [Proto::Map, Proto::Set, Proto::Promise, Proto::Timer];
    Ok(match class {
        Some(Class::Error(_) | Class::Constructor(_)) => convert::to_message(mc, vm, value, "#<Error>")?,
        Some(Class::Bare) => "[object Object]".into(),
        Some(_) => "#<Object>".into(),
        None if is_kind(value, Proto::Array) => "[object Array]".into(),
        None if value.downcast::<Iter<'gc>>().is_some() => "#<Object>".into(),
        None => match kinds.into_iter().find(|&kind| is_kind(value, kind)) {
            Some(proto) => format!("#<{}>", proto.name()),
            None => convert::to_message(mc, vm, value, "")?,
        },
    })
}

/// `receiver.name = value`
///
/// # Errors
/// TypeError for undefined, null, what is frozen and what has no such properties.
pub fn set<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    name: Atom,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    let key = atom_key(vm, name);
    set_key(mc, vm, receiver, key, value)
}

/// `receiver[key] = value` of a key that is known as such.
///
/// # Errors
/// As [`set`].
pub fn set_key<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Key<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    if let Some(object) = receiver.downcast::<Object<'gc>>() {
        if !object::is_frozen(vm, object) {
            return object::set_own(mc, vm, object, key, value);
        }
    } else if let Some(array) = receiver.downcast::<Array<'gc>>() {
        match key {
            _ if array.is_frozen() => {}
            Key::Index(index) => return array::put(mc, array, index as usize, value),
            Key::Atom(names::LENGTH) => {
                let length = convert::to_number(mc, vm, value)?;
                if length < 0.0 || length.trunc() != length || length > f64::from(u32::MAX) {
                    return Err(range_error(mc, vm, "Invalid array length"));
                }
                return array::set_length(mc, array, length as usize);
            }
            _ => return set_extra(mc, vm, receiver, key, value),
        }
    } else {
        return set_extra(mc, vm, receiver, key, value);
    }
    refuse(mc, vm, receiver, key)
}

/// Sets a named property of what is no object.
fn set_extra<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Key<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    let known = extra::of(vm, receiver);
    if known.is_none_or(|extra| object::get_own(vm, extra, key).is_none()) && has(mc, vm, receiver, key, false)? {
        return refuse(mc, vm, receiver, key);
    }
    match extra::make(mc, vm, receiver)? {
        Some(extra) if !object::is_frozen(vm, extra) => object::set_own(mc, vm, extra, key, value),
        _ => refuse(mc, vm, receiver, key),
    }
}

/// The error of a property that cannot be set.
#[cold]
fn refuse<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, receiver: Value<'gc>, key: Key<'gc>) -> Outcome<'gc, ()> {
    let name = key_text(mc, vm, key)?;
    if let Some(nothing) = nothing(receiver) {
        return Err(type_error(mc, vm, &format!("Cannot set properties of {nothing} (setting '{name}')")));
    }
    let exists = own(mc, vm, receiver, key)?.is_some();
    let whose = describe(mc, vm, receiver)?;
    let primitive = !receiver.is_heap() && !receiver.word().is_native() || string::is_string(receiver);
    let kind = vm.code.atoms.text(convert::type_atom(vm, receiver));
    let message = match (exists, primitive) {
        (true, _) => format!("Cannot assign to read only property '{name}' of {kind} '{whose}'"),
        (false, true) => format!("Cannot create property '{name}' on {kind} '{whose}'"),
        (false, false) => format!("Cannot add property {name}, object is not extensible"),
    };
    Err(type_error(mc, vm, &message))
}

/// `receiver[key] = value`
///
/// # Errors
/// As [`set`].
#[inline]
pub fn set_index<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Value<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    if let Some(index) = key.as_int()
        && let Some(array) = receiver.downcast::<Array<'gc>>()
        && !array.is_frozen()
        && array::set(mc, array, index as usize, value)
    {
        return Ok(());
    }
    set_index_slow(mc, vm, receiver, key, value)
}

fn set_index_slow<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Value<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    if let Some(nothing) = nothing(receiver) {
        let which = of_which(mc, vm, "setting", key)?;
        return Err(type_error(mc, vm, &format!("Cannot set properties of {nothing}{which}")));
    }
    let key = to_key(mc, vm, key)?;
    set_key(mc, vm, receiver, key, value)
}

/// `delete receiver[key]`
///
/// # Errors
/// TypeError for undefined, null and what is frozen.
pub fn delete_index<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Value<'gc>,
) -> Outcome<'gc, bool> {
    let key = to_key(mc, vm, key)?;
    if nothing(receiver).is_some() {
        return Err(type_error(mc, vm, "Cannot convert undefined or null to object"));
    }
    if own(mc, vm, receiver, key)?.is_none() {
        return Ok(true);
    }
    if !is_frozen(vm, receiver) {
        let extra = extra::of(vm, receiver).filter(|&extra| object::get_own(vm, extra, key).is_some());
        if let Some(object) = receiver.downcast::<Object<'gc>>().or(extra) {
            object::delete(mc, vm, object, key)?;
            return Ok(true);
        }
        if let Some(array) = receiver.downcast::<Array<'gc>>()
            && let Key::Index(index) = key
        {
            array::set(mc, array, index as usize, Value::HOLE);
            return Ok(true);
        }
    }
    let name = key_text(mc, vm, key)?;
    let whose = if string::is_string(receiver) { "[object String]".into() } else { describe(mc, vm, receiver)? };
    Err(type_error(mc, vm, &format!("Cannot delete property '{name}' of {whose}")))
}

/// Whether the value has such a property: its own, or, unless `own`, one of its kind.
///
/// # Errors
/// When there is no memory.
pub fn has<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Key<'gc>,
    only_own: bool,
) -> Outcome<'gc, bool> {
    if own(mc, vm, receiver, key)?.is_some() {
        return Ok(true);
    }
    Ok(match key {
        Key::Atom(name) if !only_own => find_method(vm, proto_of(vm, receiver), name).is_some(),
        _ => false,
    })
}

/// Own enumerable properties of any value with their values, as `Object.entries` lists them.
///
/// # Errors
/// TypeError for undefined and null.
pub fn entries<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, Vec<(Value<'gc>, Value<'gc>)>> {
    if nothing(value).is_some() {
        return Err(type_error(mc, vm, "Cannot convert undefined or null to object"));
    }
    if let Some(object) = value.downcast::<Object<'gc>>() {
        return object::own_entries(mc, vm, object);
    }
    let index = |index| number::to_text(mc, number::from_usize(index));
    let extra = match extra::of(vm, value) {
        Some(extra) => object::own_entries(mc, vm, extra)?,
        None => Vec::new(),
    };
    if let Some(array) = value.downcast::<Array<'gc>>() {
        let elements = (0..array.len()).filter_map(|at| array.get(at).map(|value| (at, value)));
        return elements.map(|(at, value)| Ok((index(at)?, value))).chain(extra.into_iter().map(Ok)).collect();
    }
    if string::is_string(value) {
        let units: Units<'gc> = string::units(mc, value)?;
        return units.iter().enumerate().map(|(at, unit)| Ok((index(at)?, string::from_unit(mc, unit)?))).collect();
    }
    Ok(extra)
}

/// Own enumerable keys of any value, as `Object.keys` lists them.
///
/// # Errors
/// TypeError for undefined and null.
pub fn keys<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, Vec<Value<'gc>>> {
    Ok(entries(mc, vm, value)?.into_iter().map(|(key, _)| key).collect())
}

/// Copies the own enumerable properties of `from`, except those whose keys are in `without`: spread and rest.
///
/// # Errors
/// When there is no memory.
pub fn copy_properties<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    to: Gc<'gc, Object<'gc>>,
    from: Value<'gc>,
    without: &[Value<'gc>],
) -> Outcome<'gc, ()> {
    if nothing(from).is_some() {
        return Ok(());
    }
    let mut excluded = Vec::with_capacity(without.len());
    for &key in without {
        let key = convert::to_string(mc, vm, key)?;
        excluded.push(string::flat(mc, key)?);
    }
    for (key, value) in entries(mc, vm, from)? {
        if !excluded.iter().any(|&other| string::equal_flat(other, key)) {
            let key = string_key(mc, vm, key)?;
            object::set_own(mc, vm, to, key, value)?;
        }
    }
    Ok(())
}

/// Freezes a value.
///
/// # Errors
/// When there is no memory.
pub fn freeze<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, ()> {
    let array = value.downcast::<Array<'gc>>();
    let named = match value.downcast::<Object<'gc>>() {
        Some(object) => Some(object),
        None if array.is_some() => extra::of(vm, value),
        None => extra::make(mc, vm, value)?,
    };
    if let Some(named) = named {
        object::freeze(mc, vm, named)?;
    }
    if let Some(array) = array {
        array.frozen.set(true);
    }
    Ok(())
}

/// Whether a value is frozen, as those that are no objects are.
pub fn is_frozen<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> bool {
    if let Some(object) = value.downcast::<Object<'gc>>() {
        return object::is_frozen(vm, object);
    }
    match value.downcast::<Array<'gc>>() {
        Some(array) => array.is_frozen(),
        None if convert::is_object(value) => extra::of(vm, value).is_some_and(|extra| object::is_frozen(vm, extra)),
        None => true,
    }
}
