//! The inline caches of the sites that access properties.
//!
//! A cache is a word of what a site found the last time (see `Cache`); all zeros is empty. An access that finds the
//! same shape again loads or stores the slot, and looks nothing up.
//!
//! Invariant: a cache holds only what its shape, or the kind of the receiver, implies for ever.

use mangrove_gc::{Gc, Mutation, Value};

use super::array::Array;
use super::object::{self, Object};
use super::property::{Key, atom_key, find_method, get, is_kind, method, own, proto_of, set};
use super::realm::Proto;
use super::shape::{MAX_PROPERTIES, MAX_SHAPES, ShapeId};
use super::table::{Map, Set};
use super::{Outcome, number, string};
use crate::atoms::names;
use crate::bytecode::Site;
use crate::machine::Vm;

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
        // A stack may have to be made first.
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
