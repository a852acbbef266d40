//! Functions: [`Closure`], [`Bound`]; and the boxes of [`Variable`]s that closures share.
//!
//! Invariant: what a function refers to never changes; a variable that changes after it was captured is in a box.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object, Slot, Static, Tail, Trace, Value};

use super::Outcome;
use crate::machine::Vm;

/// A function of the program, and its upvalues: the values of captured variables, or their boxes.
pub type Closure<'gc> = Tail<'gc, ClosureHead>;

/// What stands before the upvalues of a [`Closure`].
#[derive(Debug, Trace, Object)]
pub struct ClosureHead {
    /// Its place in the functions of the program.
    pub function: Static<u32>,
    pub(super) identity: Static<Cell<u32>>,
}

/// A built-in function that holds values.
pub type Bound<'gc> = Tail<'gc, BoundHead>;

/// What stands before the values of a [`Bound`].
#[derive(Debug, Trace, Object)]
pub struct BoundHead {
    /// The id of the built-in function.
    pub native: Static<u32>,
    pub(super) identity: Static<Cell<u32>>,
}

/// The box of a variable that a closure captured and that changes.
#[derive(Debug, Trace, Object)]
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
    let _ = (vm, value);
    todo!()
}

/// The name of a function.
pub fn name<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<String> {
    let _ = (vm, value);
    todo!()
}

/// The text that a function was compiled from, or what stands for one.
pub fn text<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<String> {
    let _ = (vm, value);
    todo!()
}
