//! Functions: [`Closure`], [`Bound`]; and the boxes of [`Variable`]s that closures share.
//!
//! Invariant: what a function refers to never changes; a variable that changes after it was captured is in a box.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object as HeapObject, Slot, Static, Tail, Trace, Value};

use super::Outcome;
use super::object::{self, Object};
use super::shape::Class;
use crate::host::{self, NATIVES, NativeInfo};
use crate::machine::Vm;

/// A function of the program, and its upvalues: the values of captured variables, or their boxes.
pub type Closure<'gc> = Tail<'gc, ClosureHead>;

/// What stands before the upvalues of a [`Closure`].
#[derive(Debug, Trace, HeapObject)]
pub struct ClosureHead {
    /// Its place in the functions of the program.
    pub function: Static<u32>,
    pub(super) identity: Static<Cell<u32>>,
}

/// A built-in function that holds values.
pub type Bound<'gc> = Tail<'gc, BoundHead>;

/// What stands before the values of a [`Bound`].
#[derive(Debug, Trace, HeapObject)]
pub struct BoundHead {
    /// The id of the built-in function.
    pub native: Static<u32>,
    pub(super) identity: Static<Cell<u32>>,
}

/// The box of a variable that a closure captured and that changes.
#[derive(Debug, Trace, HeapObject)]
pub struct Variable<'gc> {
    /// The value of the variable; a hole until it is initialised.
    pub value: Slot<'gc>,
}

/// A closure.
///
/// # Errors
/// When there is no memory.
#[inline]
pub fn closure<'gc>(mc: &Mutation<'gc>, function: u32, upvalues: &[Value<'gc>]) -> Outcome<'gc, Gc<'gc, Closure<'gc>>> {
    Ok(mc.alloc_slots(ClosureHead { function: Static(function), identity: Static::default() }, upvalues)?)
}

/// A built-in function that holds these values.
///
/// # Errors
/// When there is no memory.
pub fn bound<'gc>(mc: &Mutation<'gc>, native: u32, values: &[Value<'gc>]) -> Outcome<'gc, Gc<'gc, Bound<'gc>>> {
    Ok(mc.alloc_slots(BoundHead { native: Static(native), identity: Static::default() }, values)?)
}

/// The box of a variable.
///
/// # Errors
/// When there is no memory.
#[inline]
pub fn variable<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Outcome<'gc, Gc<'gc, Variable<'gc>>> {
    Ok(mc.alloc(Variable { value: Slot::new(value) })?)
}

/// Whether it can be called.
pub fn is_callable<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> bool {
    value.word().is_native()
        || value.downcast::<Closure<'gc>>().is_some()
        || value.downcast::<Bound<'gc>>().is_some()
        || value.downcast::<Object<'gc>>().is_some_and(|it| matches!(object::class(vm, it), Class::Constructor(_)))
}

/// What is known of a native: a constructor, or one that may hold values.
fn native<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<&'static NativeInfo> {
    if let Some(object) = value.downcast::<Object<'gc>>() {
        let Class::Constructor(proto) = object::class(vm, object) else { return None };
        return host::constructor(proto);
    }
    let bound = value.downcast::<Bound<'gc>>().map(|bound| u64::from(*bound.head.native));
    NATIVES.get(usize::try_from(bound.or_else(|| value.word().as_native())?).ok()?)
}

/// What `bind` made a function of, and how many arguments it holds.
pub(super) fn bound_target<'gc>(value: Value<'gc>) -> Option<(Value<'gc>, usize)> {
    let bound = value.downcast::<Bound<'gc>>().filter(|bound| *bound.head.native == host::BOUND)?;
    Some((bound.get(0)?, bound.len() - 2))
}

/// Whether a function, not a constructor of the library, has an object `prototype` in the language.
pub(super) fn has_prototype<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> bool {
    if let Some(closure) = value.downcast::<Closure<'gc>>() {
        let program = &vm.code.program;
        let proto = &program.functions[*closure.head.function as usize];
        return proto.prototype && !program.sources[proto.source as usize].internal;
    }
    // Of what is built in, those that Node has written in the language.
    native(vm, value).is_some_and(|info| matches!(info.name, "setTimeout" | "clearTimeout" | "queueMicrotask"))
}

/// The name of a function.
pub fn name<'gc>(vm: &Vm<'gc>, mut value: Value<'gc>) -> Option<String> {
    let mut bound = String::new();
    while let Some((target, _)) = bound_target(value) {
        bound.push_str("bound ");
        value = target;
    }
    Some(bound + &own_name(vm, value)?)
}

fn own_name<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<String> {
    if let Some(closure) = value.downcast::<Closure<'gc>>() {
        let program = &vm.code.program;
        let proto = &program.functions[*closure.head.function as usize];
        // `Array_map` of the prelude is the method `map`.
        let owner = if program.sources[proto.source as usize].internal { proto.name.find(['_', '$']) } else { None };
        return Some(proto.name[owner.map_or(0, |at| at + 1)..].to_owned());
    }
    native(vm, value).map(|info| info.name.to_owned())
}

/// How many parameters a function says that it has.
pub fn length<'gc>(vm: &Vm<'gc>, mut value: Value<'gc>) -> Option<usize> {
    let mut held = 0;
    while let Some((target, count)) = bound_target(value) {
        held += count;
        value = target;
    }
    Some(own_length(vm, value)?.saturating_sub(held))
}

fn own_length<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<usize> {
    match value.downcast::<Closure<'gc>>() {
        Some(closure) => Some(vm.code.program.functions[*closure.head.function as usize].length as usize),
        None => native(vm, value).map(|info| info.length as usize),
    }
}

/// The text that a function was compiled from; what stands for one, of the functions of the VM.
pub fn text<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<String> {
    if let Some(closure) = value.downcast::<Closure<'gc>>() {
        let program = &vm.code.program;
        let proto = &program.functions[*closure.head.function as usize];
        let source = &program.sources[proto.source as usize];
        if !source.internal {
            return source.text.get(proto.pos as usize..proto.end as usize).map(str::to_owned);
        }
    }
    let name = if bound_target(value).is_some() { String::new() } else { name(vm, value)? };
    Some(format!("function {name}() {{ [native code] }}"))
}
