//! Conversions from one kind of value to another. None calls a function of the script: one that needs to stops with
//! [`Stop::Convert`].
//!
//! Invariant: an object becomes a string without recursion that a script can drive deeper than `DEEPEST`.

use mangrove_gc::{Gc, Mutation, Value};

use super::array::Array;
use super::error::{range_error, type_error};
use super::function;
use super::object::{self, Object};
use super::property;
use super::realm::Proto;
use super::shape::Class;
use super::string::{self, Builder};
use super::{Conversion, Outcome, Stop, number};
use crate::atoms::names;
use crate::bytecode::Atom;
use crate::machine::Vm;

/// The deepest nesting of arrays that becomes a string.
const DEEPEST: usize = 2000;

/// `Boolean(value)`
#[inline]
pub fn to_boolean(value: Value<'_>) -> bool {
    if let Some(boolean) = value.as_bool() {
        return boolean;
    }
    match value.as_number() {
        Some(number) => number != 0.0 && !number.is_nan(),
        // A heap object is true: the empty string is a small one.
        None => value.is_heap() || value.word().is_native() || string::length(value) > 0 || value.word().is_symbol(),
    }
}

/// `Number(value)`
///
/// # Errors
/// When an object cannot be made a primitive value.
#[inline]
pub fn to_number<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, f64> {
    match value.as_number() {
        Some(number) => Ok(number),
        None => other_to_number(mc, vm, value),
    }
}

fn other_to_number<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, f64> {
    if let Some(boolean) = value.as_bool() {
        return Ok(f64::from(u8::from(boolean)));
    }
    if value.is_nil() {
        return Ok(0.0);
    }
    if string::is_string(value) {
        return Ok(number::parse(&string::units(mc, value)?));
    }
    if value.is_heap() || value.word().is_native() {
        let primitive = to_primitive(mc, vm, value)?;
        return to_number(mc, vm, primitive);
    }
    Ok(f64::NAN)
}

/// A number as an integer of 32 bits: the low ones.
#[inline]
pub fn to_int32(number: f64) -> i32 {
    // Below 2⁶³ this truncates; NaN becomes 0.
    let int = number as i64;
    if int != i64::MAX && int != i64::MIN {
        return int as i32;
    }
    let bits = number.to_bits();
    let exponent = (bits >> 52 & 0x7FF) as u32;
    // The mantissa's lowest bit counts 2^(exponent - 1075); here that is 2¹¹ at least.
    let shift = exponent.wrapping_sub(1075);
    let low = if shift < 32 { ((bits | 1 << 52) as u32) << shift } else { 0 };
    if number < 0.0 { (low as i32).wrapping_neg() } else { low as i32 }
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
#[inline]
pub fn to_string<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc> {
    if string::is_string(value) {
        return Ok(value);
    }
    if value.word().is_number() {
        return number::to_text(mc, value);
    }
    match primitive_atom(value) {
        Some(atom) => Ok(vm.string(atom)),
        None => object_to_string(mc, vm, value),
    }
}

/// The atom of the string of a primitive value that is neither a number nor a string.
fn primitive_atom(value: Value<'_>) -> Option<Atom> {
    match value.as_bool() {
        Some(true) => Some(names::TRUE),
        Some(false) => Some(names::FALSE),
        None if value.is_nil() => Some(names::NULL),
        None if value.word().is_undefined() || value.word().is_hole() => Some(names::UNDEFINED),
        None => None,
    }
}

fn object_to_string<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc> {
    let mut text = Builder::new();
    write(mc, vm, value, &mut text, &mut Vec::new())?;
    text.finish(mc)
}

/// Whether an object has a function of its own that makes a primitive value of it.
fn converts_itself<'gc>(vm: &Vm<'gc>, object: Gc<'gc, Object<'gc>>) -> bool {
    let own = |name| object::get_own(vm, object, property::Key::Atom(name)).is_some();
    !matches!(object::class(vm, object), Class::Constructor(_) | Class::Namespace(_))
        && (own(names::TO_STRING) || own(names::VALUE_OF))
}

/// Appends the string of a value; `path` are the arrays and errors whose strings are being written.
///
/// # Errors
/// [`Stop::Convert`] when a function of the script is to be called, for `value` or something in it.
fn write<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    value: Value<'gc>,
    text: &mut Builder,
    path: &mut Vec<Value<'gc>>,
) -> Outcome<'gc, ()> {
    if let Some(array) = value.downcast::<Array<'gc>>() {
        let comma = string::from_latin1(mc, b",")?;
        return write_array(mc, vm, array, comma, text, path);
    }
    let Some(object) = value.downcast::<Object<'gc>>() else {
        if value.word().is_number() || string::is_string(value) || primitive_atom(value).is_some() {
            let string = to_string(mc, vm, value)?;
            return text.push(mc, string);
        }
        match function::text(vm, value) {
            Some(function) => text.push_str(&function),
            None => {
                let name = property::proto_of(vm, value).map_or("Object", Proto::name);
                text.push_str(&format!("[object {name}]"));
            }
        }
        return Ok(());
    };
    if converts_itself(vm, object) {
        return Err(Stop::Convert(Conversion { place: 0, number: false }));
    }
    match object::class(vm, object) {
        Class::Error(_) => return write_error(mc, vm, value, text, path),
        Class::Constructor(_) => text.push_str(&function::text(vm, value).unwrap_or_default()),
        Class::Namespace(name) => text.push_str(&format!("[object {name}]")),
        Class::Bare => return Err(no_primitive(mc, vm)),
        Class::Plain | Class::Prototype(_) => text.push_str("[object Object]"),
    }
    Ok(())
}

#[cold]
fn no_primitive<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>) -> Stop<'gc> {
    type_error(mc, vm, "Cannot convert object to primitive value")
}

fn enter<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>, path: &mut Vec<Value<'gc>>) -> Outcome<'gc, ()> {
    if path.len() >= DEEPEST {
        return Err(range_error(mc, vm, "Maximum call stack size exceeded"));
    }
    path.push(value);
    Ok(())
}

fn write_error<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    error: Value<'gc>,
    text: &mut Builder,
    path: &mut Vec<Value<'gc>>,
) -> Outcome<'gc, ()> {
    enter(mc, vm, error, path)?;
    let before = text.len();
    for (property, default) in [(names::NAME, "Error"), (names::MESSAGE, "")] {
        let value = property::get(mc, vm, error, property)?;
        let mut part = Builder::new();
        match value.word().is_undefined() {
            true => part.push_str(default),
            false => write(mc, vm, value, &mut part, path)?,
        }
        if text.len() > before && part.len() > 0 {
            text.push_str(": ");
        }
        let part = part.finish(mc)?;
        text.push(mc, part)?;
    }
    path.pop();
    Ok(())
}

fn write_array<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    array: Gc<'gc, Array<'gc>>,
    separator: Value<'gc>,
    text: &mut Builder,
    path: &mut Vec<Value<'gc>>,
) -> Outcome<'gc, ()> {
    // An array within itself is empty.
    if path.iter().any(|outer| outer.same(array.into())) {
        return Ok(());
    }
    enter(mc, vm, array.into(), path)?;
    for index in 0..array.len() {
        if index > 0 {
            text.push(mc, separator)?;
        }
        match array.get(index) {
            Some(value) if !value.is_nil() && !value.word().is_undefined() => write(mc, vm, value, text, path)?,
            _ => {}
        }
        if text.len() > string::MAX_LENGTH {
            return Err(range_error(mc, vm, "Invalid string length"));
        }
    }
    path.pop();
    Ok(())
}

/// `String(value)` as a Rust string.
///
/// # Errors
/// As [`to_string`].
pub fn to_rust_string<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, String> {
    let value = to_string(mc, vm, value)?;
    string::to_rust(mc, value)
}

/// A primitive value: what is none becomes what the script's own `valueOf` or `toString` gives, or else a string.
///
/// # Errors
/// As [`to_string`].
#[inline]
pub fn to_primitive<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc> {
    if is_object(value) { object_to_primitive(mc, vm, value) } else { Ok(value) }
}

fn object_to_primitive<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc> {
    if let Some(object) = value.downcast::<Object<'gc>>()
        && converts_itself(vm, object)
    {
        return Err(Stop::Convert(Conversion { place: 0, number: true }));
    }
    to_string(mc, vm, value)
}

/// Whether it is no primitive value.
#[inline]
pub fn is_object(value: Value<'_>) -> bool {
    (value.is_heap() || value.word().is_native()) && !string::is_string(value)
}

/// The atom of what `typeof` says.
pub fn type_atom<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Atom {
    let word = value.word();
    if word.is_number() {
        names::NUMBER
    } else if string::is_string(value) {
        names::STRING
    } else if word.is_bool() {
        names::BOOLEAN
    } else if word.is_undefined() || word.is_hole() {
        names::UNDEFINED
    } else if word.is_symbol() {
        names::SYMBOL
    } else if function::is_callable(vm, value) {
        names::FUNCTION
    } else {
        names::OBJECT
    }
}

/// `typeof value`
pub fn typeof_<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Value<'gc> {
    vm.string(type_atom(vm, value))
}

/// The elements of an array, as strings with `separator` between: `join`. `None` when a function of the script has to be
/// called for one of them.
///
/// # Errors
/// When there is no memory, or the string is too long.
pub fn join<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    array: Gc<'gc, Array<'gc>>,
    separator: Value<'gc>,
) -> Outcome<'gc, Option<Value<'gc>>> {
    let mut text = Builder::new();
    match write_array(mc, vm, array, separator, &mut text, &mut Vec::new()) {
        Err(Stop::Convert(_)) => Ok(None),
        written => {
            written?;
            text.finish(mc).map(Some)
        }
    }
}

/// `String(value)` for a message, in which `instead` stands for what only a function of the script could say.
///
/// # Errors
/// As [`to_string`].
pub fn to_message<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>, instead: &str) -> Outcome<'gc, String> {
    let mut text = Builder::new();
    match write(mc, vm, value, &mut text, &mut Vec::new()) {
        Err(Stop::Convert(_)) => Ok(instead.to_owned()),
        written => {
            written?;
            let text = text.finish(mc)?;
            string::to_rust(mc, text)
        }
    }
}
