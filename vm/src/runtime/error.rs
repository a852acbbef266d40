//! Errors: objects of the class [`Class::Error`] with a message and a stack.
//!
//! Invariant: the calls that `stack` shows are those when the error was made; its first line is made when it is read first,
//! as Node does, so that it has the name that a program gave the error.

use mangrove_gc::{Gc, Mutation, Value};

use super::function::{self, Variable};
use super::object::{self, Object};
use super::property::Key;
/// The kinds of errors: those of `Error` and of what has it for a parent.
pub use super::realm::Proto as ErrorKind;
use super::shape::Class;
use super::{Outcome, Stop, convert, string};
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
    let calls = stack::trace(vm);
    new_error_at(mc, vm, kind, message, &calls)
}

/// The same, with these calls in its stack.
pub(super) fn new_error_at<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    kind: ErrorKind,
    message: Option<Value<'gc>>,
    calls: &str,
) -> Outcome<'gc> {
    let shape = vm.shapes.root(Class::Error(kind));
    let error = object::new_object(mc, shape, 2)?;
    let calls = function::variable(mc, string::from_str(mc, calls)?)?;
    object::set_hidden(mc, vm, error, names::STACK, calls.into())?;
    if let Some(message) = message {
        object::set_hidden(mc, vm, error, names::MESSAGE, message)?;
    }
    Ok(error.into())
}

/// The property `stack` of an object: of an error whose stack is not made yet, that is in a box with its calls.
///
/// # Errors
/// When there is no memory.
pub fn stack<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    object: Gc<'gc, Object<'gc>>,
) -> Outcome<'gc, Option<Value<'gc>>> {
    let known = object::get_own(vm, object, Key::Atom(names::STACK));
    let Some(calls) = known.and_then(|known| known.downcast::<Variable<'gc>>()) else { return Ok(known) };
    let mut text = string::Builder::new();
    text.push_str(&convert::to_message(mc, vm, object.into(), "Error")?);
    text.push(mc, calls.value.get())?;
    let stack = text.finish(mc)?;
    object::set_hidden(mc, vm, object, names::STACK, stack)?;
    Ok(Some(stack))
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
