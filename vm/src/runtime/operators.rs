//! Operators on any values: what the interpreter calls when its own cases do not apply.
//!
//! Invariant: results are in the one representation that each value has.

use std::cmp::Ordering;

use mangrove_gc::{Mutation, Value};

use super::Outcome;
use crate::machine::Vm;

/// `a + b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn add<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a - b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn sub<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a * b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn mul<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a / b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn div<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a % b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn rem<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a ** b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn pow<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a & b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn bit_and<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a | b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn bit_or<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a ^ b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn bit_xor<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a << b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn shl<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a >> b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn shr<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a >>> b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn shr_unsigned<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `-a`
///
/// # Errors
/// When the operand cannot be converted.
pub fn neg<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a);
    todo!()
}

/// `~a`
///
/// # Errors
/// When the operand cannot be converted.
pub fn bit_not<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a);
    todo!()
}

/// `+a`
///
/// # Errors
/// When the operand cannot be converted.
pub fn to_number<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, vm, a);
    todo!()
}

/// The remainder of numbers, with the sign of the dividend.
#[inline]
pub fn remainder(a: f64, b: f64) -> f64 {
    a % b
}

/// The power of numbers, as the language defines it.
pub fn power(a: f64, b: f64) -> f64 {
    let _ = (a, b);
    todo!()
}

/// The order of two values as `<` and `>` see it; `None` when a NaN is among them.
///
/// # Errors
/// When an operand cannot be converted.
pub fn compare<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    a: Value<'gc>,
    b: Value<'gc>,
) -> Outcome<'gc, Option<Ordering>> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `a === b`
///
/// # Errors
/// When there is no memory to make a rope flat.
#[inline]
pub fn strict_equal<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    let _ = (mc, a, b);
    todo!()
}

/// `a == b`
///
/// # Errors
/// When an operand cannot be converted.
pub fn loose_equal<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    let _ = (mc, vm, a, b);
    todo!()
}

/// `Object.is(a, b)`
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn same_value<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    let _ = (mc, a, b);
    todo!()
}

/// As `===`, but NaN equals itself: `includes`.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn same_value_zero<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    let _ = (mc, a, b);
    todo!()
}

/// `value instanceof constructor`
///
/// # Errors
/// TypeError when `constructor` is none.
pub fn instance_of<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    value: Value<'gc>,
    constructor: Value<'gc>,
) -> Outcome<'gc, bool> {
    let _ = (mc, vm, value, constructor);
    todo!()
}

/// `key in object`
///
/// # Errors
/// TypeError when `object` is none.
pub fn is_in<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, key: Value<'gc>, object: Value<'gc>) -> Outcome<'gc, bool> {
    let _ = (mc, vm, key, object);
    todo!()
}
