//! `Object`, its methods, and those of functions.
//!
//! Invariant: what copies properties into an existing object changes it to the same again when it is repeated.

use mangrove_gc::{Gc, Value};

use crate::host::{self, Home, Host, NativeInfo};
use crate::runtime::array::Array;
use crate::runtime::error::ErrorKind;
use crate::runtime::object::{self, Object};
use crate::runtime::property;
use crate::runtime::realm::Proto;
use crate::runtime::shape::Class;
use crate::runtime::{Outcome, function, iterator, operators, string};

const METHOD: Home = Home::Method(Proto::Object);
const STATIC: Home = Home::Static(Proto::Object);

pub(super) const NATIVES: &[NativeInfo] = &[
    NativeInfo::new(Home::Constructor(Proto::Object), "Object", 1, construct),
    NativeInfo::new(STATIC, "assign", 2, assign),
    NativeInfo::new(STATIC, "create", 2, create),
    NativeInfo::new(STATIC, "entries", 1, |host| listed(host, |host, key, value| host.array(&[key, value]))),
    NativeInfo::new(STATIC, "freeze", 1, freeze),
    NativeInfo::new(STATIC, "hasOwn", 2, |host| subject(host).and_then(|subject| has_own(host, subject, 1))),
    NativeInfo::new(STATIC, "is", 2, |host| Ok(operators::same_value(host.mc, host.arg(0), host.arg(1))?.into())),
    NativeInfo::new(STATIC, "isFrozen", 1, |host| Ok(property::is_frozen(host.vm, host.arg(0)).into())),
    NativeInfo::new(STATIC, "keys", 1, |host| listed(host, |_, key, _| Ok(key))),
    NativeInfo::new(STATIC, "values", 1, |host| listed(host, |_, _, value| Ok(value))),
    NativeInfo::new(METHOD, "hasOwnProperty", 1, |host| has_own(host, host.this(), 0)),
    NativeInfo::new(METHOD, "toString", 0, to_string),
    NativeInfo::new(METHOD, "valueOf", 0, |host| Ok(host.this())),
    NativeInfo::new(Home::Constructor(Proto::Function), "Function", 1, no_function),
    NativeInfo::new(Home::Method(Proto::Function), "apply", 2, apply),
    NativeInfo::new(Home::Method(Proto::Function), "bind", 1, bind),
    NativeInfo::new(Home::Method(Proto::Function), "call", 1, call),
    NativeInfo::new(Home::Method(Proto::Function), "toString", 0, function_to_string),
    NativeInfo::new(Home::Internal, "describe", 1, describe_value),
    NativeInfo::new(Home::Internal, "iterated", 1, iterated_list),
];

fn construct<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let value = host.arg(0);
    if value.same(Value::UNDEFINED) || value.is_nil() { host.object(&[]) } else { Ok(value) }
}

/// The first argument, which is neither undefined nor null.
fn subject<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let value = host.arg(0);
    if value.same(Value::UNDEFINED) || value.is_nil() {
        return Err(host.type_error("Cannot convert undefined or null to object"));
    }
    Ok(value)
}

fn assign<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let target = subject(host)?;
    for source in host.args_from(1) {
        if source.is_nil() || source.same(Value::UNDEFINED) {
            continue;
        }
        for (key, value) in property::entries(host.mc, host.vm, source)? {
            property::set_index(host.mc, host.vm, target, key, value)?;
        }
    }
    Ok(target)
}

fn create<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let proto = host.arg(0);
    if !proto.is_nil() {
        let what = property::describe(host.mc, host.vm, proto)?;
        return Err(host.type_error(&format!("Object prototype may only be null here: {what}")));
    }
    let shape = host.vm.shapes.root(Class::Bare);
    Ok(object::new_object(host.mc, shape, 4)?.into())
}

/// An array of what there is to say of each property of the first argument.
fn listed<'gc>(
    host: &mut Host<'_, 'gc>,
    each: fn(&Host<'_, 'gc>, Value<'gc>, Value<'gc>) -> Outcome<'gc>,
) -> Outcome<'gc> {
    let entries = property::entries(host.mc, host.vm, host.arg(0))?;
    let listed = entries.into_iter().map(|(key, value)| each(host, key, value)).collect::<Outcome<'gc, Vec<_>>>()?;
    host.array(&listed)
}

/// What a constructor's iterable gives: as [`iterator::collect`] does.
pub(super) fn iterated<'gc>(host: &mut Host<'_, 'gc>, iterable: Value<'gc>) -> Outcome<'gc, Vec<Value<'gc>>> {
    iterator::collect(host.mc, host.vm, iterable, "")
}

pub(super) fn iterated_list<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let elements = iterated(host, host.arg(0))?;
    let list = host.array(&elements)?;
    iterator::exhaust(host.mc, host.arg(0));
    Ok(list)
}

/// The key and value of an entry: its members 0 and 1.
pub(super) fn pair<'gc>(host: &mut Host<'_, 'gc>, entry: Value<'gc>) -> Outcome<'gc, (Value<'gc>, Value<'gc>)> {
    if !entry.is_heap() || string::is_string(entry) {
        let text = property::describe(host.mc, host.vm, entry)?;
        return Err(host.type_error(&format!("Iterator value {text} is not an entry object")));
    }
    let key = property::get_index(host.mc, host.vm, entry, Value::int(0))?;
    Ok((key, property::get_index(host.mc, host.vm, entry, Value::int(1))?))
}

fn freeze<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    property::freeze(host.mc, host.vm, host.arg(0))?;
    Ok(host.arg(0))
}

/// Whether a value has itself the property that an argument names.
fn has_own<'gc>(host: &mut Host<'_, 'gc>, value: Value<'gc>, name: usize) -> Outcome<'gc> {
    let key = host.key(name)?;
    Ok(property::has(host.mc, host.vm, value, key, true)?.into())
}

pub(super) fn to_string<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = host.this();
    let class = this.downcast::<Object<'gc>>().map(|object| object::class(host.vm, object));
    let tag = match (class, property::proto_of(host.vm, this)) {
        _ if this.is_nil() => "Null",
        _ if this.same(Value::UNDEFINED) => "Undefined",
        (Some(Class::Error(_)), _) => "Error",
        (Some(Class::Namespace(name)), _) => name,
        (_, Some(Proto::Timer) | None) => "Object",
        (_, Some(proto)) => proto.name(),
    };
    host.text(&format!("[object {tag}]"))
}

fn no_function<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    Err(host.error(ErrorKind::Error, "code is not made from strings: write a function"))
}

fn call<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (this, args) = (host.arg(0), host.args_from(1));
    host.tail_call(host.this(), this, &args)
}

fn apply<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let list = host.arg(1);
    let args = match list.downcast::<Array<'gc>>() {
        Some(array) => array.to_vec(),
        None if list.is_nil() || list.same(Value::UNDEFINED) => Vec::new(),
        None => return Err(host.type_error("CreateListFromArrayLike called on non-object")),
    };
    host.tail_call(host.this(), host.arg(0), &args)
}

fn bind<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    if !host.is_callable(host.this()) {
        return Err(host.type_error("Bind must be called on a function"));
    }
    let mut values = vec![host.this(), host.arg(0)];
    values.extend(host.args_from(1));
    Ok(function::bound(host.mc, host::BOUND, &values)?.into())
}

/// What `bind` made: its function, `this` and first arguments are its slots.
pub(super) fn bound<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let Some(bound): Option<Gc<'gc, function::Bound<'gc>>> = host.callee().downcast() else {
        return Ok(Value::UNDEFINED);
    };
    let slots: Vec<Value<'gc>> = bound.slots().iter().map(|slot| slot.get()).collect();
    let [callee, this, first @ ..] = slots.as_slice() else {
        return Ok(Value::UNDEFINED);
    };
    let args = [first, &host.args()].concat();
    host.tail_call(*callee, *this, &args)
}

fn function_to_string<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    match function::text(host.vm, host.this()) {
        Some(text) => host.text(&text),
        None => Err(host.type_error("Function.prototype.toString requires that 'this' be a Function")),
    }
}

/// How error messages name a value.
fn describe_value<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let text = property::describe(host.mc, host.vm, host.arg(0))?;
    host.text(&text)
}
