//! Conversions from one kind of value to another. None calls a function of the script.
//!
//! Invariant: an object becomes a string without recursion that a script can drive deeper than a limit.

use mangrove_gc::{Mutation, Value};

use super::Outcome;
use crate::bytecode::Atom;
use crate::machine::Vm;

/// `Boolean(value)`
#[inline]
pub fn to_boolean(value: Value<'_>) -> bool {
    let _ = value;
    todo!()
}

/// `Number(value)`
///
/// # Errors
/// When an object cannot be made a primitive value.
#[inline]
pub fn to_number<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, f64> {
    let _ = (mc, vm, value);
    todo!()
}

/// A number as an integer of 32 bits: the low ones.
#[inline]
pub fn to_int32(number: f64) -> i32 {
    let _ = number;
    todo!()
}

/// A number as an integer of 32 bits without sign.
#[inline]
pub fn to_uint32(number: f64) -> u32 {
    to_int32(number) as u32
}

/// A number without its fraction; NaN becomes 0.
#[inline]
pub fn to_integer(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.trunc() + 0.0 }
}

/// `String(value)`
///
/// # Errors
/// When an object cannot be made a primitive value; when there is no memory.
pub fn to_string<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, value);
    todo!()
}

/// `String(value)` as a Rust string.
///
/// # Errors
/// As [`to_string`].
pub fn to_rust_string<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, String> {
    let value = to_string(mc, vm, value)?;
    super::string::to_rust(mc, value)
}

/// A primitive value: what is none becomes a string.
///
/// # Errors
/// As [`to_string`].
pub fn to_primitive<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, value);
    todo!()
}

/// The atom of what `typeof` says.
pub fn type_atom<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Atom {
    let _ = (vm, value);
    todo!()
}

/// `typeof value`
pub fn typeof_<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Value<'gc> {
    vm.string(type_atom(vm, value))
}

/// The elements of an array, as strings with `separator` between: `join`.
///
/// # Errors
/// As [`to_string`].
pub fn join<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, array: Value<'gc>, separator: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, array, separator);
    todo!()
}
