//! Errors: objects of the class [`Class::Error`] with a message and a stack.
//!
//! Invariant: `stack` is made when the error is made, and is text.

use mangrove_gc::{Gc, Mutation, Value};

use super::object::{self, Object};
/// The kinds of errors: those of `Error` and of what has it for a parent.
pub use super::realm::Proto as ErrorKind;
use super::shape::Class;
use super::{Outcome, Stop, string};
use crate::atoms::names;
use crate::machine::Vm;
use crate::stack;

/// A new error.
///
/// # Errors
/// When there is no memory.
pub fn new_error<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, kind: ErrorKind, message: &str) -> Outcome<'gc> {
    let message = string::from_str(mc, message)?;
    new_error_with(mc, vm, kind, Some(message))
}

/// A new error whose message is a string value, or absent; and without a message if there is none.
///
/// # Errors
/// When there is no memory.
pub fn new_error_with<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    kind: ErrorKind,
    message: Option<Value<'gc>>,
) -> Outcome<'gc> {
    let shape = vm.shapes.root(Class::Error(kind));
    let error = object::new_object(mc, shape, 2)?;
    let mut text = string::Builder::new();
    text.push_str(kind.name());
    if let Some(message) = message.filter(|&message| string::length(message) > 0) {
        text.push_str(": ");
        text.push(mc, message)?;
    }
    text.push_str(&stack::trace(vm));
    let stack = text.finish(mc)?;
    object::set_hidden(mc, vm, error, names::STACK, stack)?;
    if let Some(message) = message {
        object::set_hidden(mc, vm, error, names::MESSAGE, message)?;
    }
    Ok(error.into())
}

/// The kind of an error, if it is one.
pub fn kind<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> Option<ErrorKind> {
    let object: Gc<'gc, Object<'gc>> = value.downcast()?;
    match object::class(vm, object) {
        Class::Error(kind) => Some(kind),
        _ => None,
    }
}

/// Throws an error.
pub fn throw<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, kind: ErrorKind, message: &str) -> Stop<'gc> {
    match new_error(mc, vm, kind, message) {
        Ok(error) => Stop::Throw(error),
        Err(stop) => stop,
    }
}

/// Throws a TypeError.
#[cold]
pub fn type_error<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, message: &str) -> Stop<'gc> {
    throw(mc, vm, ErrorKind::TypeError, message)
}

/// Throws a RangeError.
#[cold]
pub fn range_error<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, message: &str) -> Stop<'gc> {
    throw(mc, vm, ErrorKind::RangeError, message)
}
