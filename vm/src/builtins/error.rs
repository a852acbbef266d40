//! The constructors of errors.
//!
//! Invariant: what an error is given when it is made is not enumerable.

use mangrove_gc::{Gc, Value};

use super::object::iterated;
use crate::atoms::names;
use crate::host::{Home, Host, NativeInfo};
use crate::runtime::error::{self, ErrorKind};
use crate::runtime::object::{self, Object};
use crate::runtime::property;
use crate::runtime::realm::Proto;
use crate::runtime::{Outcome, iterator};

/// The constructor of a kind of errors.
macro_rules! constructor {
    ($kind:ident, $length:literal) => {
        NativeInfo::new(Home::Constructor(Proto::$kind), stringify!($kind), $length, |host| {
            construct(host, ErrorKind::$kind)
        })
    };
}

pub(super) const NATIVES: &[NativeInfo] = &[
    constructor!(Error, 1),
    constructor!(TypeError, 1),
    constructor!(RangeError, 1),
    constructor!(SyntaxError, 1),
    constructor!(ReferenceError, 1),
    constructor!(AggregateError, 2),
];

/// `new Error(message, {cause})`, `new AggregateError(errors, message, {cause})`
fn construct<'gc>(host: &mut Host<'_, 'gc>, kind: ErrorKind) -> Outcome<'gc> {
    let aggregate = kind == ErrorKind::AggregateError;
    let first = usize::from(aggregate);
    let message = match host.arg(first) {
        none if none.same(Value::UNDEFINED) => None,
        _ => Some(host.string(first)?),
    };
    let errors = if aggregate {
        let errors = iterated(host, host.arg(0))?;
        Some(host.array(&errors)?)
    } else {
        None
    };
    let error = error::new_error_with(host.mc, host.vm, kind, message)?;
    let Some(object): Option<Gc<'gc, Object<'gc>>> = error.downcast() else {
        return Ok(error);
    };
    if let Some(options) = host.arg(first + 1).downcast::<Object<'gc>>() {
        let key = property::atom_key(host.vm, names::CAUSE);
        if let Some(cause) = object::get_own(host.vm, options, key) {
            object::set_hidden(host.mc, host.vm, object, names::CAUSE, cause)?;
        }
    }
    if let Some(errors) = errors {
        object::set_hidden(host.mc, host.vm, object, names::ERRORS, errors)?;
        iterator::exhaust(host.mc, host.arg(0));
    }
    Ok(error)
}
