//! Methods of arrays that need no callback.
//!
//! Invariant: elements are read as they are, holes included, and no hole is handed out. Methods that change an array ask
//! first whether it is frozen.

use std::ops::Range;

use mangrove_gc::{Gc, Value};

use crate::host::{Home, Host, NativeInfo, count, is_iterable};
use crate::runtime::array::{self, Array, ArrayWrite as _};
use crate::runtime::iterator::{self, IterKind};
use crate::runtime::realm::Proto;
use crate::runtime::{Outcome, Stop, convert, operators, property, string};

const METHOD: Home = Home::Method(Proto::Array);
const STATIC: Home = Home::Static(Proto::Array);

pub(super) const NATIVES: &[NativeInfo] = &[
    NativeInfo::new(Home::Constructor(Proto::Array), "Array", 1, construct),
    NativeInfo::new(STATIC, "isArray", 1, is_array),
    NativeInfo::new(STATIC, "of", 0, |host| host.array(&host.args())),
    NativeInfo::new(METHOD, "at", 1, at),
    NativeInfo::new(METHOD, "concat", 1, concat),
    NativeInfo::new(METHOD, "copyWithin", 2, copy_within),
    NativeInfo::new(METHOD, "entries", 0, |host| iterate(host, IterKind::Entries)),
    NativeInfo::new(METHOD, "fill", 1, fill),
    NativeInfo::new(METHOD, "flat", 0, flat),
    NativeInfo::new(METHOD, "includes", 1, includes),
    NativeInfo::new(METHOD, "indexOf", 1, index_of),
    NativeInfo::new(METHOD, "join", 1, join),
    NativeInfo::new(METHOD, "keys", 0, |host| iterate(host, IterKind::Keys)),
    NativeInfo::new(METHOD, "lastIndexOf", 1, last_index_of),
    NativeInfo::new(METHOD, "pop", 0, pop),
    NativeInfo::new(METHOD, "push", 1, push),
    NativeInfo::new(METHOD, "reverse", 0, reverse),
    NativeInfo::new(METHOD, "shift", 0, |host| Ok(array::shift(changing(host, Change::Remove(0))?))),
    NativeInfo::new(METHOD, "slice", 2, slice),
    NativeInfo::new(METHOD, "splice", 2, splice),
    NativeInfo::new(METHOD, "toSpliced", 2, to_spliced),
    NativeInfo::new(METHOD, "toString", 0, to_string),
    NativeInfo::new(METHOD, "unshift", 1, unshift),
    NativeInfo::new(METHOD, "values", 0, |host| iterate(host, IterKind::Values)),
    NativeInfo::new(METHOD, "with", 2, with),
    NativeInfo::new(Home::Internal, "isArray", 1, is_array),
    NativeInfo::new(Home::Internal, "newArray", 1, construct),
    NativeInfo::new(Home::Internal, "sortable", 1, sortable),
    NativeInfo::new(Home::Internal, "setSorted", 2, set_sorted),
    NativeInfo::new(Home::Internal, "sortByText", 1, sort_by_text),
    NativeInfo::new(Home::Internal, "listFrom", 1, list_from),
];

/// The longest array.
const MAX_LENGTH: f64 = u32::MAX as f64;
/// How deep `flat` goes.
const MAX_DEPTH: usize = 8_000;

type Elements<'gc> = Gc<'gc, Array<'gc>>;

fn raw<'gc>(array: Elements<'gc>, index: usize) -> Value<'gc> {
    array.elements.get(index).unwrap_or(Value::HOLE)
}

fn read<'gc>(array: Elements<'gc>, index: usize) -> Value<'gc> {
    array.get(index).unwrap_or(Value::UNDEFINED)
}

/// The elements from one place up to another as they are, with holes.
fn range<'gc>(array: Elements<'gc>, from: usize, to: usize) -> Vec<Value<'gc>> {
    (from..to).map(|index| raw(array, index)).collect()
}

fn this<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc, Elements<'gc>> {
    host.this().downcast().ok_or_else(|| host.type_error("this method is for arrays only"))
}

/// The elements of `this` as the language reads them when it has read the length before: `undefined` for holes.
fn elements<'gc>(host: &Host<'_, 'gc>, array: Elements<'gc>) -> Vec<Value<'gc>> {
    let mut elements = array.to_vec();
    elements.resize(host.length(array), Value::UNDEFINED);
    elements
}

fn this_length(host: &Host<'_, '_>) -> usize {
    host.this().downcast::<Array<'_>>().map_or(0, |array| array.len())
}

/// `this`, to be changed in the way that `what` says if it is frozen.
fn changing<'gc>(host: &mut Host<'_, 'gc>, what: Change) -> Outcome<'gc, Elements<'gc>> {
    let array = this(host)?;
    if !array.is_frozen() {
        return Ok(array);
    }
    Err(host.type_error(&match what {
        Change::Add(index) => format!("Cannot add property {index}, object is not extensible"),
        Change::Remove(index) => format!("Cannot delete property '{index}' of [object Array]"),
        Change::Assign(index) => format!("Cannot assign to read only property '{index}' of object '[object Array]'"),
    }))
}

/// Replaces the elements of `this` from one place on. If a conversion has made it shorter, they may be beyond its end.
fn replace<'gc>(host: &mut Host<'_, 'gc>, from: usize, values: &[Value<'gc>]) -> Outcome<'gc> {
    if !values.is_empty() {
        let array = changing(host, Change::Assign(from))?;
        let end = values.iter().rposition(|value| !value.same(Value::HOLE)).map_or(0, |last| from + last + 1);
        if end > array.len() {
            array::set_length(host.mc, array, end)?;
        }
        array::overwrite(host.mc, array, from, &values[..values.len().min(array.len().saturating_sub(from))]);
    }
    Ok(host.this())
}

/// What a frozen array does not allow.
enum Change {
    Add(usize),
    Remove(usize),
    Assign(usize),
}

fn construct<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    match host.arg(0).as_number() {
        Some(length) if host.argc() == 1 => {
            if length < 0.0 || length.trunc() != length || length > MAX_LENGTH {
                return Err(host.range_error("Invalid array length"));
            }
            let array = array::new(host.mc, &[])?;
            array::set_length(host.mc, array, length as usize)?;
            Ok(array.into())
        }
        _ => host.array(&host.args()),
    }
}

fn is_array<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    Ok(host.arg(0).downcast::<Array<'gc>>().is_some().into())
}

fn at<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let index = host.integer(0)?;
    let index = if index < 0.0 { index + host.length(array) as f64 } else { index };
    Ok(if index < 0.0 { Value::UNDEFINED } else { read(array, index as usize) })
}

fn concat<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let mut elements = Vec::new();
    for value in std::iter::once(host.this()).chain(host.args()) {
        match value.downcast::<Array<'gc>>() {
            Some(array) => elements.extend(array.elements.iter()),
            None => elements.push(value),
        }
    }
    host.array(&elements)
}

fn copy_within<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let len = host.length(array);
    let (to, from, end) = (host.place(0, len, 0)?, host.place(1, len, 0)?, host.place(2, len, len)?);
    let count = end.saturating_sub(from).min(len - to);
    replace(host, to, &range(array, from, from + count))
}

fn fill<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let len = host.length(array);
    let (from, to) = (host.place(1, len, 0)?, host.place(2, len, len)?.min(array.len()));
    if from < to {
        changing(host, Change::Assign(from))?;
    }
    for index in from..to {
        array::set(host.mc, array, index, host.arg(0));
    }
    Ok(host.this())
}

fn flat<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let depth = if host.arg(0).same(Value::UNDEFINED) { 1.0 } else { host.integer(0)? };
    let mut elements = Vec::new();
    let mut open = vec![(this, 0, host.length(this))];
    while let Some((array, index, len)) = open.last_mut() {
        let (array, at) = (*array, *index);
        *index += 1;
        if at >= *len {
            open.pop();
        } else if let Some(value) = array.get(at) {
            match value.downcast::<Array<'gc>>() {
                Some(inner) if open.len() as f64 <= depth => open.push((inner, 0, inner.len())),
                _ => elements.push(value),
            }
        }
        if open.len() > MAX_DEPTH {
            return Err(host.range_error("Maximum call stack size exceeded"));
        }
    }
    host.array(&elements)
}

/// `this`, what is searched, and where: an empty array asks for no place.
fn search<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc, (Elements<'gc>, Value<'gc>, Range<usize>)> {
    let array = this(host)?;
    let len = host.length(array);
    let from = if len == 0 { 0 } else { host.place(1, len, 0)? };
    Ok((array, host.arg(0), from..len))
}

fn includes<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (array, wanted, places) = search(host)?;
    for index in places {
        if operators::same_value_zero(host.mc, read(array, index), wanted)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn index_of<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (array, wanted, places) = search(host)?;
    for index in places {
        let value = raw(array, index);
        if value.same(wanted) && value.as_double().is_none() || operators::strict_equal(host.mc, value, wanted)? {
            return count(index);
        }
    }
    Ok(Value::int(-1))
}

fn last_index_of<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let wanted = host.arg(0);
    let len = host.length(array) as f64;
    let from = if host.argc() > 1 && len > 0.0 { host.integer(1)? } else { len - 1.0 };
    let from = if from < 0.0 { from + len } else { from.min(len - 1.0) };
    let mut index = from;
    while index >= 0.0 {
        if operators::strict_equal(host.mc, raw(array, index as usize), wanted)? {
            return count(index as usize);
        }
        index -= 1.0;
    }
    Ok(Value::int(-1))
}

fn join<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let separator = host.arg(0);
    let separator = if separator.same(Value::UNDEFINED) { host.text(",")? } else { separator };
    joined(host, array, separator)
}

/// The elements of an array with a separator between; by a function of the prelude, if one of the script is to be called.
fn joined<'gc>(host: &mut Host<'_, 'gc>, array: Gc<'gc, Array<'gc>>, separator: Value<'gc>) -> Outcome<'gc> {
    let text = match convert::is_object(separator) {
        true => None,
        false => {
            let separator = host.to_string(separator)?;
            convert::join(host.mc, host.vm, array, separator)?
        }
    };
    match text {
        Some(text) => Ok(text),
        None => host.tail_call(host.vm.join, Value::UNDEFINED, &[array.into(), separator]),
    }
}

fn to_string<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    match host.this().downcast::<Array<'gc>>() {
        Some(array) => {
            let comma = host.text(",")?;
            joined(host, array, comma)
        }
        None => super::object::to_string(host),
    }
}

fn pop<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let last = this_length(host).saturating_sub(1);
    let array = changing(host, Change::Remove(last))?;
    Ok(array::pop(array))
}

fn push<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = changing(host, Change::Add(this_length(host)))?;
    match host.argc() {
        1 => array::push(host.mc, array, host.arg(0))?,
        _ => array::extend(host.mc, array, &host.args())?,
    }
    count(array.len())
}

fn unshift<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = changing(host, Change::Add(this_length(host)))?;
    array.write(host.mc).elements().splice(host.mc, 0, 0, &host.args())?;
    count(array.len())
}

fn reverse<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let mut elements = range(array, 0, array.len());
    elements.reverse();
    replace(host, 0, &elements)
}

fn slice<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let len = host.length(array);
    let (from, to) = (host.place(0, len, 0)?, host.place(1, len, len)?);
    host.array(&range(array, from, to))
}

/// The start and the number of elements that `splice` removes.
fn removed<'gc>(host: &mut Host<'_, 'gc>, len: usize) -> Outcome<'gc, (usize, usize)> {
    let start = host.place(0, len, 0)?;
    let most = len - start;
    let count = match host.argc() {
        0 => 0,
        1 => most,
        _ => host.integer(1)?.clamp(0.0, most as f64) as usize,
    };
    Ok((start, count))
}

fn splice<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let len = host.length(array);
    let (start, count) = removed(host, len)?;
    changing(host, Change::Assign(start))?;
    let result = host.array(&range(array, start, start + count))?;
    if len != array.len() {
        array::set_length(host.mc, array, len)?;
    }
    array.write(host.mc).elements().splice(host.mc, start, count, &host.args_from(2))?;
    Ok(result)
}

fn to_spliced<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let (start, count) = removed(host, host.length(array))?;
    let mut elements = elements(host, array);
    elements.splice(start..start + count, host.args_from(2));
    host.array(&elements)
}

fn with<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let array = this(host)?;
    let index = host.integer(0)?;
    let mut elements = elements(host, array);
    let at = if index < 0.0 { index + elements.len() as f64 } else { index };
    if at < 0.0 || at >= elements.len() as f64 {
        let index = property::describe(host.mc, host.vm, host.arg(0))?;
        return Err(host.range_error(&format!("Invalid index : {index}")));
    }
    elements[at as usize] = host.arg(1);
    host.array(&elements)
}

fn iterate<'gc>(host: &mut Host<'_, 'gc>, kind: IterKind) -> Outcome<'gc> {
    let array = this(host)?;
    Ok(iterator::iter(host.mc, array.into(), kind)?.map_or(Value::UNDEFINED, Value::from))
}

/// The elements that a comparator is asked about.
fn sortable<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let Some(array) = host.arg(0).downcast::<Array<'gc>>() else {
        return Err(host.type_error("this method sorts arrays only"));
    };
    let defined = |value: &Value<'gc>| !value.same(Value::HOLE) && !value.same(Value::UNDEFINED);
    host.array(&array.elements.iter().filter(defined).collect::<Vec<_>>())
}

/// Puts sorted elements back; those that are undefined come behind them, and then the holes.
fn set_sorted<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (target, sorted) = (host.arg(0), host.arg(1));
    let (Some(array), Some(sorted)) = (target.downcast::<Array<'gc>>(), sorted.downcast::<Array<'gc>>()) else {
        return Ok(target);
    };
    if array.is_frozen() && array.len() > 1 {
        return Err(host.type_error("Cannot assign to read only property '0' of object '[object Array]'"));
    }
    let undefined = array.elements.iter().filter(|value| value.same(Value::UNDEFINED)).count();
    let mut elements = range(sorted, 0, sorted.len());
    elements.resize(elements.len() + undefined, Value::UNDEFINED);
    elements.resize(elements.len().max(array.len()), Value::HOLE);
    if elements.len() > array.len() {
        array::set_length(host.mc, array, elements.len())?;
    }
    array::overwrite(host.mc, array, 0, &elements);
    Ok(target)
}

/// Sorts by the strings of the elements; null when a function of the script has to be called for one of them.
fn sort_by_text<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let list = host.arg(0);
    let Some(array) = list.downcast::<Array<'gc>>() else {
        return Ok(list);
    };
    let mut texts = Vec::with_capacity(array.len());
    for value in array.elements.iter() {
        let text = match host.to_string(value) {
            Err(Stop::Convert(_)) => return Ok(Value::NIL),
            text => text?,
        };
        texts.push((string::units(host.mc, text)?, value));
    }
    texts.sort_by(|(a, _), (b, _)| a.compare(b));
    let sorted: Vec<_> = texts.into_iter().map(|(_, value)| value).collect();
    array::overwrite(host.mc, array, 0, &sorted);
    Ok(list)
}

/// The elements of an iterable; null for what is none, but has properties.
fn list_from<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let items = host.arg(0);
    let nothing = items.same(Value::UNDEFINED) || items.is_nil();
    if nothing || is_iterable(items) { super::object::iterated_list(host) } else { Ok(Value::NIL) }
}
