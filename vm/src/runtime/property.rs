//! Properties of any value, with the language's errors; and the inline caches of the sites that access them.
//!
//! Invariant: a cache holds only what its shape, or the kind of the receiver, implies for ever.

use mangrove_gc::{Gc, Mutation, Value};

use super::Outcome;
use super::object::Object;
use super::realm::Proto;
use crate::bytecode::{Atom, Site};
use crate::machine::Vm;

/// The key of a property: each has one representation.
#[derive(Clone, Copy, Debug)]
pub enum Key<'gc> {
    /// A name that some text has.
    Atom(Atom),
    /// The string of an integer from 0 to 2³¹ - 1.
    Index(u32),
    /// Any other string: a small string or a `Text`.
    Name(Value<'gc>),
}

/// The key that a name is.
pub fn atom_key<'gc>(vm: &Vm<'gc>, name: Atom) -> Key<'gc> {
    let _ = (vm, name);
    todo!()
}

/// The key that a value is.
///
/// # Errors
/// When an object cannot be made a string.
pub fn to_key<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, Key<'gc>> {
    let _ = (mc, vm, value);
    todo!()
}

/// The string of a key.
///
/// # Errors
/// When there is no memory.
pub fn key_string<'gc>(mc: &Mutation<'gc>, vm: &Vm<'gc>, key: Key<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, key);
    todo!()
}

/// Whose methods a value has; `None` for undefined, null, and objects without prototype.
pub fn proto_of<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<Proto> {
    let _ = (vm, value);
    todo!()
}

/// The value of the site, if its cache knows it.
#[inline(always)]
pub fn get_cached<'gc>(vm: &Vm<'gc>, receiver: Value<'gc>, site: &Site) -> Option<Value<'gc>> {
    let _ = (vm, receiver, site);
    None
}

/// The value of the site; fills the cache.
///
/// # Errors
/// TypeError for undefined and null.
pub fn get_site<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, receiver: Value<'gc>, site: &Site) -> Outcome<'gc> {
    get(mc, vm, receiver, site.name)
}

/// Sets the property of the site if its cache says how; else false, and nothing is done.
#[inline(always)]
pub fn set_cached<'gc>(mc: &Mutation<'gc>, vm: &Vm<'gc>, receiver: Value<'gc>, site: &Site, value: Value<'gc>) -> bool {
    let _ = (mc, vm, receiver, site, value);
    false
}

/// Sets the property of the site; fills the cache.
///
/// # Errors
/// As [`set`].
pub fn set_site<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    site: &Site,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    set(mc, vm, receiver, site.name, value)
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
    let _ = (mc, vm, receiver, key);
    todo!()
}

/// `receiver[key]`
///
/// # Errors
/// TypeError for undefined and null.
pub fn get_index<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, receiver: Value<'gc>, key: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, receiver, key);
    todo!()
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
    let _ = (mc, vm, receiver, key, value);
    todo!()
}

/// `receiver[key] = value`
///
/// # Errors
/// As [`set`].
pub fn set_index<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Value<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    let _ = (mc, vm, receiver, key, value);
    todo!()
}

/// Defines a property of an object or an element of an array: `{[key]: value}`.
///
/// # Errors
/// When the key cannot be made a string.
pub fn define_index<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Value<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    let _ = (mc, vm, receiver, key, value);
    todo!()
}

/// `delete receiver.name`
///
/// # Errors
/// TypeError for undefined, null and what is frozen.
pub fn delete<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, receiver: Value<'gc>, name: Atom) -> Outcome<'gc, bool> {
    let key = atom_key(vm, name);
    delete_key(mc, vm, receiver, key)
}

/// `delete receiver[key]`
///
/// # Errors
/// As [`delete`].
pub fn delete_index<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Value<'gc>,
) -> Outcome<'gc, bool> {
    let key = to_key(mc, vm, key)?;
    delete_key(mc, vm, receiver, key)
}

/// `delete receiver[key]` of a key that is known as such.
///
/// # Errors
/// As [`delete`].
pub fn delete_key<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    receiver: Value<'gc>,
    key: Key<'gc>,
) -> Outcome<'gc, bool> {
    let _ = (mc, vm, receiver, key);
    todo!()
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
    own: bool,
) -> Outcome<'gc, bool> {
    let _ = (mc, vm, receiver, key, own);
    todo!()
}

/// Own enumerable properties of any value with their values, as `Object.entries` lists them.
///
/// # Errors
/// When there is no memory.
pub fn entries<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, Vec<(Value<'gc>, Value<'gc>)>> {
    let _ = (mc, vm, value);
    todo!()
}

/// Own enumerable keys of any value, as `Object.keys` lists them.
///
/// # Errors
/// When there is no memory.
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
    let _ = (mc, vm, to, from, without);
    todo!()
}

/// Freezes a value.
///
/// # Errors
/// When there is no memory.
pub fn freeze<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, ()> {
    let _ = (mc, vm, value);
    todo!()
}

/// Whether a value is frozen, as those that are no objects are.
pub fn is_frozen<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> bool {
    let _ = (vm, value);
    todo!()
}
