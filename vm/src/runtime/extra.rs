//! Named properties of what is no [`Object`]: arrays, functions, maps and the like. Hardly any has some, so those that
//! have are in a weak map, each with an object that holds them.
//!
//! Invariant: no name that a value of the kind has anyway, by itself or as a method, is in such an object: what a site
//! has found for a kind of values stays right.

use mangrove_gc::{Gc, Mutation, Object as HeapObject, Trace, Value, WeakMap, WeakMapError};

use super::object::{self, Object};
use super::shape::Class;
use super::{Outcome, Stop, convert};
use crate::machine::Vm;

/// The objects that hold named properties, by whose they are.
#[derive(Debug, Trace, HeapObject)]
pub struct Extras<'gc> {
    objects: WeakMap<'gc>,
}

/// The object that holds the named properties of a value, if it has any.
#[inline]
pub fn of<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<Gc<'gc, Object<'gc>>> {
    if !value.is_heap() {
        return None;
    }
    vm.realm.extras.downcast::<Extras<'gc>>()?.objects.get(value)?.downcast()
}

/// The object that holds the named properties of a value, made if there is none; `None` for what can have none.
///
/// # Errors
/// When there is no memory.
pub(super) fn make<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, Option<Gc<'gc, Object<'gc>>>> {
    if let Some(object) = of(vm, value) {
        return Ok(Some(object));
    }
    if !value.is_heap() || !convert::is_object(value) {
        return Ok(None);
    }
    let extras = match vm.realm.extras.downcast::<Extras<'gc>>() {
        Some(extras) => extras,
        None => mc.alloc(Extras { objects: WeakMap::new(mc) })?,
    };
    vm.realm.extras = extras.into();
    let shape = vm.shapes.root(Class::Bare);
    let object = object::new_object(mc, shape, 2)?;
    match extras.write(mc).objects().insert(mc, value, object.into()) {
        Err(WeakMapError::Alloc(error)) => Err(Stop::Memory(error)),
        _ => Ok(Some(object)),
    }
}
