//! Properties of any value, with the language's errors; and the inline caches of the sites that access them.
//!
//! A cache is a word of what a site found the last time (see `Cache`); all zeros is empty. An access that finds the
//! same shape again loads or stores the slot, and looks nothing up.
//!
//! Invariant: a cache holds only what its shape, or the kind of the receiver, implies for ever. The objects that hold
//! the built-in methods never change once the VM is set up.

use mangrove_gc::{Gc, Mutation, Value};

use super::array::{self, Array};
use super::error::{self, range_error, type_error};
use super::extra;
use super::function::{self, Bound, Closure};
use super::iterator::Iter;
use super::object::{self, Object};
use super::promise::{Promise, Timer};
use super::realm::Proto;
use super::shape::{Class, MAX_PROPERTIES, MAX_SHAPES, ShapeId};
use super::string::{self, Units};
use super::table::{Map, Set};
use super::{Outcome, convert, number};
use crate::atoms::{self, names};
use crate::bytecode::{Atom, Site};
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
fn is_kind(value: Value<'_>, proto: Proto) -> bool {
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
fn find_method<'gc>(vm: &Vm<'gc>, first: Option<Proto>, name: Atom) -> Option<(Proto, usize)> {
    std::iter::successors(first, |proto| proto.parent()).find_map(|proto| {
        let holder: Gc<'gc, Object<'gc>> = vm.realm.proto(proto).downcast()?;
        Some((proto, vm.shapes.lookup(holder.head.shape.get(), name)?))
    })
}

#[inline]
fn method<'gc>(vm: &Vm<'gc>, proto: Proto, slot: usize) -> Value<'gc> {
    vm.realm.proto(proto).downcast().map_or(Value::UNDEFINED, |holder| object::slot(holder, slot))
}

/// What a site found.
///
/// ```text
///   63        44 43  40 39   32 31 30                                 0
///   ┌───────────┬──────┬───────┬──┬────────────────────────────────────┐
///   │ operand   │ kind │ slot  │1 │ shape                              │   0 instead of the 1, of kind OWN: so its
///   └───────────┴──────┴───────┴──┴────────────────────────────────────┘   low half is the shape and nothing else
/// ```
#[derive(Clone, Copy)]
struct Cache(u64);

impl Cache {
    /// The slot is the object's own, and may be written.
    const OWN: u64 = 0;
    /// The slot is the object's own; it is frozen.
    const READ_ONLY: u64 = 1;
    /// The slot is of the object with the methods of `operand`.
    const INHERITED: u64 = 2;
    /// Nobody has it.
    const ABSENT: u64 = 3;
    /// As `INHERITED`; the receiver is no object of a shape, but of the kind that takes the place of the shape.
    const METHOD: u64 = 4;
    /// The object gets a new slot, and with it the shape `operand`.
    const ADD: u64 = 5;
    /// How much there is in a receiver of the kind that takes the place of the shape: `length` and `size`.
    const COUNT: u64 = 6;

    const OTHER: u32 = 1 << 31;

    #[inline]
    fn word(shape: u32, kind: u64, slot: usize, operand: u32) -> u64 {
        const { assert!(MAX_PROPERTIES <= 256 && MAX_SHAPES < 1 << 19) };
        let other = if kind == Self::OWN { 0 } else { Self::OTHER };
        u64::from(shape | other) | (slot as u64) << 32 | kind << 40 | u64::from(operand) << 44
    }

    #[inline(always)]
    fn low(self) -> u32 {
        self.0 as u32
    }

    #[inline(always)]
    fn slot(self) -> usize {
        (self.0 >> 32) as u8 as usize
    }

    #[inline(always)]
    fn kind(self) -> u64 {
        self.0 >> 40 & 15
    }

    #[inline(always)]
    fn operand(self) -> u32 {
        (self.0 >> 44) as u32
    }

    fn proto(self) -> Proto {
        Proto::ALL[self.operand() as usize % Proto::ALL.len()]
    }

    /// The kind of receivers that takes the place of a shape.
    #[inline(always)]
    fn receivers(self) -> Proto {
        Proto::ALL[(self.low() & !Self::OTHER) as usize % Proto::ALL.len()]
    }
}

/// The value of the site, if its cache knows it.
#[inline(always)]
pub fn get_cached<'gc>(vm: &Vm<'gc>, receiver: Value<'gc>, site: &Site) -> Option<Value<'gc>> {
    let cache = Cache(site.cache.get());
    if let Some(object) = receiver.downcast::<Object<'gc>>() {
        let shape = object.head.shape.get().0;
        if shape == cache.low() {
            return Some(object::slot(object, cache.slot()));
        }
        return if shape | Cache::OTHER == cache.low() { get_other(vm, object, cache) } else { None };
    }
    match cache.kind() {
        Cache::METHOD => get_method(vm, receiver, cache),
        Cache::COUNT => count(receiver, cache.receivers()),
        _ => None,
    }
}

/// `length` or `size` of a receiver of this kind.
fn count<'gc>(receiver: Value<'gc>, kind: Proto) -> Option<Value<'gc>> {
    Some(number::from_usize(match kind {
        Proto::String if string::is_string(receiver) => string::length(receiver),
        Proto::Array => receiver.downcast::<Array<'gc>>()?.len(),
        Proto::Map => receiver.downcast::<Map<'gc>>()?.entries.len(),
        Proto::Set => receiver.downcast::<Set<'gc>>()?.entries.len(),
        _ => return None,
    }))
}

fn get_other<'gc>(vm: &Vm<'gc>, object: Gc<'gc, Object<'gc>>, cache: Cache) -> Option<Value<'gc>> {
    match cache.kind() {
        Cache::READ_ONLY => Some(object::slot(object, cache.slot())),
        Cache::INHERITED => Some(method(vm, cache.proto(), cache.slot())),
        Cache::ABSENT => Some(Value::UNDEFINED),
        _ => None,
    }
}

#[inline]
fn get_method<'gc>(vm: &Vm<'gc>, receiver: Value<'gc>, cache: Cache) -> Option<Value<'gc>> {
    is_kind(receiver, cache.receivers()).then(|| method(vm, cache.proto(), cache.slot()))
}

/// The value of the site; fills the cache.
///
/// # Errors
/// TypeError for undefined and null.
pub fn get_site<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, receiver: Value<'gc>, site: &Site) -> Outcome<'gc> {
    let Key::Atom(name) = atom_key(vm, site.name) else {
        return get(mc, vm, receiver, site.name);
    };
    if let Some(object) = receiver.downcast::<Object<'gc>>() {
        let id = object.head.shape.get();
        let shape = vm.shapes.get(id);
        if shape.dictionary || name == names::STACK {
            return get(mc, vm, receiver, name);
        }
        if let Some(slot) = shape.lookup(name) {
            let kind = if shape.frozen { Cache::READ_ONLY } else { Cache::OWN };
            site.cache.set(Cache::word(id.0, kind, slot, 0));
            return Ok(object::slot(object, slot));
        }
        let Some((proto, slot)) = find_method(vm, shape.class.proto(), name) else {
            site.cache.set(Cache::word(id.0, Cache::ABSENT, 0, 0));
            return Ok(Value::UNDEFINED);
        };
        site.cache.set(Cache::word(id.0, Cache::INHERITED, slot, proto as u32));
        return Ok(method(vm, proto, slot));
    }
    let kind = proto_of(vm, receiver);
    if let Some(value) = own(mc, vm, receiver, Key::Atom(name))? {
        if let Some(kind) = kind.filter(|&kind| count(receiver, kind).is_some_and(|count| count.same(value)))
            && matches!(name, names::LENGTH | names::SIZE)
        {
            site.cache.set(Cache::word(kind as u32, Cache::COUNT, 0, 0));
        }
        return Ok(value);
    }
    if let Some((proto, slot)) = find_method(vm, kind, name) {
        site.cache.set(Cache::word(kind.unwrap_or(proto) as u32, Cache::METHOD, slot, proto as u32));
        return Ok(method(vm, proto, slot));
    }
    get(mc, vm, receiver, name)
}

/// Sets the property of the site if its cache says how; else false, and nothing is done.
#[inline(always)]
pub fn set_cached<'gc>(mc: &Mutation<'gc>, _: &Vm<'gc>, receiver: Value<'gc>, site: &Site, value: Value<'gc>) -> bool {
    let cache = Cache(site.cache.get());
    let Some(object) = receiver.downcast::<Object<'gc>>() else {
        return false;
    };
    let shape = object.head.shape.get().0;
    if shape == cache.low() {
        object::set_slot(mc, object, cache.slot(), value);
        return true;
    }
    let adds = shape | Cache::OTHER == cache.low() && cache.kind() == Cache::ADD;
    adds && object::add_slot(mc, object, ShapeId(cache.operand()), cache.slot(), value).is_ok()
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
    let Some(object) = receiver.downcast::<Object<'gc>>() else {
        return set(mc, vm, receiver, site.name, value);
    };
    let id = object.head.shape.get();
    set(mc, vm, receiver, site.name, value)?;
    let new = object.head.shape.get();
    let shape = vm.shapes.get(new);
    if !shape.dictionary
        && let Some(slot) = shape.lookup(site.name)
    {
        site.cache.set(if id == new {
            Cache::word(id.0, Cache::OWN, slot, 0)
        } else {
            Cache::word(id.0, Cache::ADD, slot, new.0)
        });
    }
    Ok(())
}

/// What a value has itself under a key.
fn own<'gc>(
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
