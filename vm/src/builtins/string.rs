//! Methods of strings. Those that take functions are in the prelude.
//!
//! Invariant: indices count UTF-16 units, and half surrogate pairs survive whatever is done to the rest.

use mangrove_gc::Value;
use unicode_normalization::UnicodeNormalization;

use super::collation;
use crate::host::{Home, Host, NativeInfo, count};
use crate::runtime::realm::Proto;
use crate::runtime::string::{self, Builder, Units};
use crate::runtime::{Outcome, convert, number};

const METHOD: Home = Home::Method(Proto::String);
const STATIC: Home = Home::Static(Proto::String);

pub(super) const NATIVES: &[NativeInfo] = &[
    NativeInfo::new(Home::Constructor(Proto::String), "String", 1, construct),
    NativeInfo::new(STATIC, "fromCharCode", 1, from_char_code),
    NativeInfo::new(STATIC, "fromCodePoint", 1, from_code_point),
    NativeInfo::new(METHOD, "at", 1, at),
    NativeInfo::new(METHOD, "charAt", 1, char_at),
    NativeInfo::new(METHOD, "charCodeAt", 1, char_code_at),
    NativeInfo::new(METHOD, "codePointAt", 1, code_point_at),
    NativeInfo::new(METHOD, "concat", 1, concat),
    NativeInfo::new(METHOD, "endsWith", 1, ends_with),
    NativeInfo::new(METHOD, "includes", 1, includes),
    NativeInfo::new(METHOD, "indexOf", 1, index_of),
    NativeInfo::new(METHOD, "lastIndexOf", 1, last_index_of),
    NativeInfo::new(METHOD, "localeCompare", 1, locale_compare),
    NativeInfo::new(METHOD, "normalize", 0, normalize),
    NativeInfo::new(METHOD, "padEnd", 1, |host| {
        padding(host).and_then(|(this, padding)| string::concat(host.mc, this, padding))
    }),
    NativeInfo::new(METHOD, "padStart", 1, |host| {
        padding(host).and_then(|(this, padding)| string::concat(host.mc, padding, this))
    }),
    NativeInfo::new(METHOD, "repeat", 1, repeat),
    NativeInfo::new(METHOD, "slice", 2, slice),
    NativeInfo::new(METHOD, "split", 2, split),
    NativeInfo::new(METHOD, "startsWith", 1, starts_with),
    NativeInfo::new(METHOD, "substr", 2, substr),
    NativeInfo::new(METHOD, "substring", 2, substring),
    NativeInfo::new(METHOD, "toLowerCase", 0, |host| mapped(host, u8::to_ascii_lowercase, str::to_lowercase)),
    NativeInfo::new(METHOD, "toString", 0, value_of),
    NativeInfo::new(METHOD, "toUpperCase", 0, |host| mapped(host, u8::to_ascii_uppercase, str::to_uppercase)),
    NativeInfo::new(METHOD, "trim", 0, |host| trimmed(host, true, true)),
    NativeInfo::new(METHOD, "trimEnd", 0, |host| trimmed(host, false, true)),
    NativeInfo::new(METHOD, "trimStart", 0, |host| trimmed(host, true, false)),
    NativeInfo::new(METHOD, "valueOf", 0, value_of),
    NativeInfo::new(Home::Internal, "replaceText", 4, replace_text),
];

/// `this` as a string.
fn this<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = host.this();
    if this.is_nil() || this.same(Value::UNDEFINED) {
        return Err(host.type_error("String.prototype method called on null or undefined"));
    }
    host.this_string()
}

/// The units of `this`.
fn units<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc, Units<'gc>> {
    let this = this(host)?;
    string::units(host.mc, this)
}

/// An argument as a string.
fn text<'gc>(host: &mut Host<'_, 'gc>, index: usize) -> Outcome<'gc, Units<'gc>> {
    let value = host.string(index)?;
    string::units(host.mc, value)
}

fn checked_length<'gc>(host: &mut Host<'_, 'gc>, length: f64) -> Outcome<'gc, usize> {
    if length > string::MAX_LENGTH as f64 {
        return Err(host.range_error("Invalid string length"));
    }
    Ok(length as usize)
}

fn construct<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    if host.is_new {
        return Err(host.type_error("String objects are not supported: call String without new"));
    }
    if host.argc() == 0 {
        return Ok(string::empty());
    }
    host.string(0)
}

fn from_char_code<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    if host.argc() == 1 {
        let unit = convert::to_uint32(host.number(0)?) as u16;
        return string::from_unit(host.mc, unit);
    }
    let mut units = Vec::with_capacity(host.argc());
    for index in 0..host.argc() {
        units.push(convert::to_uint32(host.number(index)?) as u16);
    }
    string::from_units(host.mc, &units)
}

fn from_code_point<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let mut units = Vec::with_capacity(host.argc());
    for index in 0..host.argc() {
        let point = host.number(index)?;
        if !(point >= 0.0 && point <= f64::from(0x10_FFFF) && point.trunc() == point) {
            return Err(host.range_error(&format!("Invalid code point {}", number::to_string(point))));
        }
        match char::from_u32(point as u32) {
            Some(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            None => units.push(point as u16),
        }
    }
    string::from_units(host.mc, &units)
}

fn value_of<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    if string::is_string(host.this()) {
        return Ok(host.this());
    }
    Err(host.type_error("String.prototype.valueOf requires that 'this' be a String"))
}

fn at<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let index = host.integer(0)?;
    let index = if index < 0.0 { index + string::length(this) as f64 } else { index };
    if index < 0.0 || index >= string::length(this) as f64 {
        return Ok(Value::UNDEFINED);
    }
    Ok(string::at(host.mc, this, index as usize)?.unwrap_or(Value::UNDEFINED))
}

/// The first argument as an index into `this`, if it is one.
fn index_in<'gc>(host: &mut Host<'_, 'gc>, this: Value<'gc>) -> Outcome<'gc, Option<usize>> {
    if let Some(index) = host.arg(0).as_int() {
        return Ok(usize::try_from(index).ok().filter(|&index| index < string::length(this)));
    }
    let index = host.integer(0)?;
    Ok((index >= 0.0 && index < string::length(this) as f64).then_some(index as usize))
}

fn char_at<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let Some(index) = index_in(host, this)? else {
        return Ok(string::empty());
    };
    Ok(string::at(host.mc, this, index)?.unwrap_or(string::empty()))
}

fn char_code_at<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let unit = match index_in(host, this)? {
        Some(index) => string::unit(host.mc, this, index)?,
        None => None,
    };
    Ok(unit.map_or(Value::double(f64::NAN), |unit| Value::int(i32::from(unit))))
}

fn code_point_at<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let Some(index) = index_in(host, this)? else {
        return Ok(Value::UNDEFINED);
    };
    let units = string::units(host.mc, this)?;
    let pair = units.get(index).into_iter().chain(units.get(index + 1));
    Ok(match char::decode_utf16(pair).next() {
        Some(Ok(c)) => Value::int(c as i32),
        Some(Err(half)) => Value::int(i32::from(half.unpaired_surrogate())),
        None => Value::UNDEFINED,
    })
}

fn concat<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let mut result = this(host)?;
    for index in 0..host.argc() {
        let value = host.string(index)?;
        checked_length(host, string::length(result) as f64 + string::length(value) as f64)?;
        result = string::concat(host.mc, result, value)?;
    }
    Ok(result)
}

/// The arguments of `includes` and its like: `this`, what is searched, and from where.
fn search<'gc>(host: &mut Host<'_, 'gc>, default: usize) -> Outcome<'gc, (Units<'gc>, Units<'gc>, usize)> {
    let units = units(host)?;
    let wanted = text(host, 0)?;
    let place = if host.arg(1).same(Value::UNDEFINED) { default as f64 } else { host.integer(1)? };
    Ok((units, wanted, place.clamp(0.0, units.len() as f64) as usize))
}

fn includes<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (units, wanted, from) = search(host, 0)?;
    Ok(units.find(&wanted, from).is_some().into())
}

fn index_of<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (units, wanted, from) = search(host, 0)?;
    units.find(&wanted, from).map_or(Ok(Value::int(-1)), count)
}

fn last_index_of<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let units = units(host)?;
    let wanted = text(host, 0)?;
    let from = host.number(1)?;
    let from = if from.is_nan() { f64::INFINITY } else { from };
    let from = from.clamp(0.0, units.len() as f64) as usize;
    units.rfind(&wanted, from).map_or(Ok(Value::int(-1)), count)
}

fn starts_with<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (units, wanted, from) = search(host, 0)?;
    Ok(units.has_at(&wanted, from).into())
}

fn ends_with<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (units, wanted, end) = search(host, usize::MAX)?;
    Ok(end.checked_sub(wanted.len()).is_some_and(|at| units.has_at(&wanted, at)).into())
}

fn slice<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let len = string::length(this);
    let (from, to) = (host.place(0, len, 0)?, host.place(1, len, len)?);
    string::slice(host.mc, this, from, to.max(from))
}

fn substring<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let len = string::length(this) as f64;
    let from = host.integer(0)?.clamp(0.0, len);
    let to = if host.arg(1).same(Value::UNDEFINED) { len } else { host.integer(1)?.clamp(0.0, len) };
    string::slice(host.mc, this, from.min(to) as usize, from.max(to) as usize)
}

fn substr<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let len = string::length(this);
    let from = host.place(0, len, 0)?;
    let most = (len - from) as f64;
    let count = if host.arg(1).same(Value::UNDEFINED) { most } else { host.integer(1)?.clamp(0.0, most) };
    string::slice(host.mc, this, from, from + count as usize)
}

fn repeat<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let times = host.integer(0)?;
    if times < 0.0 || times.is_infinite() {
        return Err(host.range_error(&format!("Invalid count value: {}", number::to_string(times))));
    }
    let length = checked_length(host, string::length(this) as f64 * times)?;
    if length == 0 {
        return Ok(string::empty());
    }
    fill(host, this, length)
}

/// A string repeated, and cut to a length.
fn fill<'gc>(host: &mut Host<'_, 'gc>, pattern: Value<'gc>, length: usize) -> Outcome<'gc> {
    let units = string::units(host.mc, pattern)?;
    match units.latin1() {
        Some(bytes) => {
            let bytes: Vec<u8> = bytes.iter().copied().cycle().take(length).collect();
            string::from_latin1(host.mc, &bytes)
        }
        None => {
            let units: Vec<u16> = units.iter().cycle().take(length).collect();
            string::from_units(host.mc, &units)
        }
    }
}

/// `this`, and what is put beside it to make it as long as the first argument says.
fn padding<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc, (Value<'gc>, Value<'gc>)> {
    let this = this(host)?;
    let length = host.integer(0)?;
    let missing = length - string::length(this) as f64;
    if missing <= 0.0 {
        return Ok((this, string::empty()));
    }
    let pattern = if host.arg(1).same(Value::UNDEFINED) { host.text(" ")? } else { host.string(1)? };
    if string::length(pattern) == 0 {
        return Ok((this, string::empty()));
    }
    checked_length(host, length)?;
    Ok((this, fill(host, pattern, missing as usize)?))
}

fn trimmed<'gc>(host: &mut Host<'_, 'gc>, start: bool, end: bool) -> Outcome<'gc> {
    let this = this(host)?;
    let units = string::units(host.mc, this)?;
    let space = |unit: &u16| number::is_space(*unit);
    let before = if start { units.iter().take_while(space).count() } else { 0 };
    let after = if end { units.iter().rev().take_while(space).count() } else { 0 };
    let to = units.len() - after;
    string::slice(host.mc, this, before.min(to), to)
}

fn split<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host)?;
    let limit = host.arg(1);
    let limit = if limit.same(Value::UNDEFINED) { usize::MAX } else { convert::to_uint32(host.number(1)?) as usize };
    let separator = text(host, 0)?;
    if limit == 0 {
        return host.array(&[]);
    }
    if host.arg(0).same(Value::UNDEFINED) {
        return host.array(&[this]);
    }
    let units = string::units(host.mc, this)?;
    let mut parts = Vec::new();
    if separator.len() == 0 {
        for unit in units.iter().take(limit) {
            parts.push(string::from_unit(host.mc, unit)?);
        }
        return host.array(&parts);
    }
    let mut from = 0;
    while let Some(at) = units.find(&separator, from).filter(|_| parts.len() < limit) {
        parts.push(string::slice(host.mc, this, from, at)?);
        from = at + separator.len();
    }
    if parts.len() < limit {
        parts.push(string::slice(host.mc, this, from, units.len())?);
    }
    host.array(&parts)
}

/// `replace` and, when the last argument is true, `replaceAll`, by a text.
fn replace_text<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let subject = host.arg(0);
    if subject.is_nil() || subject.same(Value::UNDEFINED) {
        return Err(host.type_error("String.prototype.replace called on null or undefined"));
    }
    let (subject, pattern, template) = (text(host, 0)?, text(host, 1)?, text(host, 2)?);
    let all = host.arg(3).same(Value::TRUE);
    let mut result = Builder::new();
    let mut done = 0;
    let mut next = subject.find(&pattern, 0);
    while let Some(at) = next {
        result.push_units(&subject.slice(done, at));
        done = at + pattern.len();
        substitute(&mut result, &template, &subject, at, done);
        if result.len() > string::MAX_LENGTH {
            return Err(host.range_error("Invalid string length"));
        }
        let from = at + pattern.len().max(1);
        next = if all && from <= subject.len() { subject.find(&pattern, from) } else { None };
    }
    result.push_units(&subject.slice(done, subject.len()));
    checked_length(host, result.len() as f64)?;
    result.finish(host.mc)
}

/// Appends a template, in which `$$`, `$&`, `` $` `` and `$'` stand for something else.
fn substitute(result: &mut Builder, template: &Units<'_>, subject: &Units<'_>, from: usize, to: usize) {
    let mut units = template.iter().peekable();
    while let Some(unit) = units.next() {
        let follows =
            if unit == u16::from(b'$') { units.peek().and_then(|&unit| u8::try_from(unit).ok()) } else { None };
        match follows {
            Some(b'$') => result.push_unit(unit),
            Some(b'&') => result.push_units(&subject.slice(from, to)),
            Some(b'`') => result.push_units(&subject.slice(0, from)),
            Some(b'\'') => result.push_units(&subject.slice(to, subject.len())),
            _ => {
                result.push_unit(unit);
                continue;
            }
        }
        units.next();
    }
}

/// `this`, changed where it is well formed; ASCII in a simpler way.
fn mapped<'gc>(host: &mut Host<'_, 'gc>, ascii: fn(&u8) -> u8, full: fn(&str) -> String) -> Outcome<'gc> {
    let this = this(host)?;
    let units = string::units(host.mc, this)?;
    if let Some(bytes) = units.latin1().filter(|bytes| bytes.is_ascii()) {
        let bytes: Vec<u8> = bytes.iter().map(ascii).collect();
        return string::from_latin1(host.mc, &bytes);
    }
    let mut result = Builder::new();
    let mut run = String::new();
    for c in char::decode_utf16(units.iter()) {
        match c {
            Ok(c) => run.push(c),
            Err(half) => {
                result.push_str(&full(&run));
                result.push_unit(half.unpaired_surrogate());
                run.clear();
            }
        }
    }
    result.push_str(&full(&run));
    result.finish(host.mc)
}

/// `this` in a form in which characters that look the same are the same.
fn normalize<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    this(host)?;
    let form = if host.arg(0).same(Value::UNDEFINED) { "NFC".to_owned() } else { text(host, 0)?.to_rust() };
    let full: fn(&str) -> String = match form.as_str() {
        "NFC" => |text| text.nfc().collect(),
        "NFD" => |text| text.nfd().collect(),
        "NFKC" => |text| text.nfkc().collect(),
        "NFKD" => |text| text.nfkd().collect(),
        _ => return Err(host.range_error("The normalization form should be one of NFC, NFD, NFKC, NFKD.")),
    };
    mapped(host, |&byte| byte, full)
}

fn locale_compare<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (this, other) = (units(host)?, text(host, 0)?);
    Ok(Value::int(collation::compare(&this, &other) as i32))
}
