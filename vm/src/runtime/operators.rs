//! Operators on any values: what the interpreter calls when its own cases do not apply.
//!
//! Invariant: results are in the one representation that each value has.

use std::cmp::Ordering;

use mangrove_gc::{Mutation, Value};

use super::error::{range_error, type_error};
use super::function;
use super::object::{self, Object};
use super::property;
use super::realm::Proto;
use super::shape::Class;
use super::string;
use super::{Outcome, Stop, convert, number};
use crate::atoms::names;
use crate::machine::Vm;

/// `a + b`
///
/// # Errors
/// When an operand cannot be converted; when there is no memory.
pub fn add<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
        return Ok(number::value(a + b));
    }
    // All that is no string and no object remains as it is.
    let (a_is, b_is) = (string::is_string(a), string::is_string(b));
    let a = if a_is { a } else { convert::to_primitive(mc, vm, a)? };
    let b = if b_is { b } else { convert::to_primitive(mc, vm, b)? };
    if a_is || b_is || string::is_string(a) || string::is_string(b) {
        let a = if a_is { a } else { convert::to_string(mc, vm, a)? };
        let b = if b_is { b } else { convert::to_string(mc, vm, b)? };
        return match string::concat(mc, a, b) {
            Err(Stop::Memory(_)) if string::length(a) + string::length(b) > string::MAX_LENGTH => {
                Err(range_error(mc, vm, "Invalid string length"))
            }
            result => result,
        };
    }
    Ok(number::value(convert::to_number(mc, vm, a)? + convert::to_number(mc, vm, b)?))
}

/// Both operands as numbers.
#[inline]
fn numbers<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, (f64, f64)> {
    Ok((convert::to_number(mc, vm, a)?, convert::to_number(mc, vm, b)?))
}

macro_rules! arithmetic {
    ($($(#[$doc:meta])* $name:ident: |$a:ident, $b:ident| $result:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// When an operand cannot be converted; when there is no memory.
        pub fn $name<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
            let ($a, $b) = numbers(mc, vm, a, b)?;
            Ok($result)
        }
    )*};
}

arithmetic! {
    /// `a - b`
    sub: |a, b| number::value(a - b);
    /// `a * b`
    mul: |a, b| number::value(a * b);
    /// `a / b`
    div: |a, b| number::value(a / b);
    /// `a % b`
    rem: |a, b| number::value(a % b);
    /// `a ** b`
    pow: |a, b| number::value(power(a, b));
    /// `a & b`
    bit_and: |a, b| Value::int(convert::to_int32(a) & convert::to_int32(b));
    /// `a | b`
    bit_or: |a, b| Value::int(convert::to_int32(a) | convert::to_int32(b));
    /// `a ^ b`
    bit_xor: |a, b| Value::int(convert::to_int32(a) ^ convert::to_int32(b));
    /// `a << b`
    shl: |a, b| Value::int(convert::to_int32(a).wrapping_shl(convert::to_uint32(b)));
    /// `a >> b`
    shr: |a, b| Value::int(convert::to_int32(a).wrapping_shr(convert::to_uint32(b)));
    /// `a >>> b`
    shr_unsigned: |a, b| number::value(f64::from(convert::to_uint32(a).wrapping_shr(convert::to_uint32(b))));
}

/// `-a`
///
/// # Errors
/// When the operand cannot be converted.
pub fn neg<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>) -> Outcome<'gc> {
    Ok(number::value(-convert::to_number(mc, vm, a)?))
}

/// `~a`
///
/// # Errors
/// When the operand cannot be converted.
pub fn bit_not<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>) -> Outcome<'gc> {
    Ok(Value::int(!convert::to_int32(convert::to_number(mc, vm, a)?)))
}

/// `+a`
///
/// # Errors
/// When the operand cannot be converted.
pub fn to_number<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>) -> Outcome<'gc> {
    Ok(number::value(convert::to_number(mc, vm, a)?))
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
    let a = convert::to_primitive(mc, vm, a)?;
    let b = convert::to_primitive(mc, vm, b)?;
    if string::is_string(a) && string::is_string(b) {
        return string::compare(mc, a, b).map(Some);
    }
    let (a, b) = numbers(mc, vm, a, b)?;
    Ok(a.partial_cmp(&b))
}

/// `a === b`
///
/// # Errors
/// When there is no memory to make a rope flat.
#[inline]
pub fn strict_equal<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    if a.same(b) {
        // All but a NaN.
        return Ok(a.as_double().is_none_or(|a| !a.is_nan()));
    }
    if a.is_heap() && b.is_heap() {
        return Ok(string::is_string(a) && string::is_string(b) && string::equal(mc, a, b)?);
    }
    // Of numbers that are equal, only zeros have different words.
    Ok(matches!((a.as_number(), b.as_number()), (Some(a), Some(b)) if a == b))
}

/// `a == b`
///
/// # Errors
/// When an operand cannot be converted.
pub fn loose_equal<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    let nothing = |value: Value<'gc>| value.is_nil() || value.word().is_undefined();
    if nothing(a) || nothing(b) {
        return Ok(nothing(a) && nothing(b));
    }
    if convert::is_object(a) && convert::is_object(b) {
        return Ok(a.same(b));
    }
    let a = convert::to_primitive(mc, vm, a)?;
    let b = convert::to_primitive(mc, vm, b)?;
    if string::is_string(a) == string::is_string(b) && a.word().is_bool() == b.word().is_bool() {
        return strict_equal(mc, a, b);
    }
    let (a, b) = numbers(mc, vm, a, b)?;
    Ok(a == b)
}

/// `Object.is(a, b)`
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn same_value<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    match (a.as_number(), b.as_number()) {
        (Some(a), Some(b)) => Ok(a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()),
        _ => strict_equal(mc, a, b),
    }
}

/// As `===`, but NaN equals itself: `includes`.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn same_value_zero<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    match (a.as_double(), b.as_double()) {
        (Some(a), Some(b)) => Ok(a == b || a.is_nan() && b.is_nan()),
        _ => strict_equal(mc, a, b),
    }
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
    if !convert::is_object(constructor) {
        return Err(type_error(mc, vm, "Right-hand side of 'instanceof' is not an object"));
    }
    if let Some(object) = constructor.downcast::<Object<'gc>>()
        && let Class::Constructor(of) = object::class(vm, object)
    {
        let proto = if convert::is_object(value) { property::proto_of(vm, value) } else { None };
        return Ok(std::iter::successors(proto, |proto| proto.parent()).any(|proto: Proto| proto == of));
    }
    if !function::is_callable(vm, constructor) {
        return Err(type_error(mc, vm, "Right-hand side of 'instanceof' is not callable"));
    }
    if let Some((target, _)) = function::bound_target(constructor) {
        return instance_of(mc, vm, value, target);
    }
    if !convert::is_object(value) {
        return Ok(false);
    }
    let prototype = property::get(mc, vm, constructor, names::PROTOTYPE)?;
    let is_default = prototype.word().is_undefined() && function::has_prototype(vm, constructor);
    if is_default || convert::is_object(prototype) {
        // Nothing has it for its own: no function of the subset makes objects with `new`.
        return Ok(false);
    }
    let prototype = property::describe(mc, vm, prototype)?;
    Err(type_error(mc, vm, &format!("Function has non-object prototype '{prototype}' in instanceof check")))
}

/// `key in object`
///
/// # Errors
/// TypeError when `object` is none.
pub fn is_in<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, key: Value<'gc>, object: Value<'gc>) -> Outcome<'gc, bool> {
    if !convert::is_object(object) {
        let (key, object) = (property::describe(mc, vm, key)?, property::describe(mc, vm, object)?);
        return Err(type_error(mc, vm, &format!("Cannot use 'in' operator to search for '{key}' in {object}")));
    }
    let key = property::to_key(mc, vm, key)?;
    property::has(mc, vm, object, key, false)
}

/// `a ** b`: the power of libm, except where the language knows better: one to an infinite power is NaN. The last bit may
/// differ from V8's.
pub fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) {
        return f64::NAN;
    }
    libm::pow(base, exponent)
}
