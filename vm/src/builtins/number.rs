//! Numbers and booleans, and the functions that read numbers.
//!
//! Invariant: `this` of a method is a number, or the method throws.

use mangrove_gc::Value;

use crate::host::{Home, Host, NativeInfo};
use crate::runtime::realm::Proto;
use crate::runtime::{Outcome, convert, number, string};

const METHOD: Home = Home::Method(Proto::Number);
const STATIC: Home = Home::Static(Proto::Number);

pub(super) const NATIVES: &[NativeInfo] = &[
    NativeInfo::new(Home::Constructor(Proto::Number), "Number", 1, construct),
    NativeInfo::new(Home::Constructor(Proto::Boolean), "Boolean", 1, boolean),
    NativeInfo::new(STATIC, "isFinite", 1, |host| Ok(host.arg(0).as_number().is_some_and(f64::is_finite).into())),
    NativeInfo::new(STATIC, "isInteger", 1, |host| {
        Ok(host.arg(0).as_number().is_some_and(|n| n.is_finite() && n.trunc() == n).into())
    }),
    NativeInfo::new(STATIC, "isNaN", 1, |host| Ok(host.arg(0).as_number().is_some_and(f64::is_nan).into())),
    NativeInfo::new(STATIC, "isSafeInteger", 1, |host| {
        Ok(host.arg(0).as_number().is_some_and(|n| n.abs() <= MAX_SAFE_INTEGER && n.trunc() == n).into())
    }),
    NativeInfo::new(STATIC, "parseFloat", 1, parse_float),
    NativeInfo::new(STATIC, "parseInt", 2, parse_int),
    NativeInfo::new(Home::Global, "isFinite", 1, |host| Ok(host.number(0)?.is_finite().into())),
    NativeInfo::new(Home::Global, "isNaN", 1, |host| Ok(host.number(0)?.is_nan().into())),
    NativeInfo::new(Home::Global, "parseFloat", 1, parse_float),
    NativeInfo::new(Home::Global, "parseInt", 2, parse_int),
    NativeInfo::new(METHOD, "toExponential", 1, |host| to_digits(host, "toExponential", 0, number::to_exponential)),
    NativeInfo::new(METHOD, "toFixed", 1, to_fixed),
    NativeInfo::new(METHOD, "toPrecision", 1, |host| to_digits(host, "toPrecision", 1, number::to_precision)),
    NativeInfo::new(METHOD, "toString", 1, to_string),
    NativeInfo::new(METHOD, "valueOf", 0, |host| this(host, "valueOf").map(number::value)),
    NativeInfo::new(Home::Method(Proto::Boolean), "toString", 0, |host| {
        boolean_value_of(host).and_then(|this| host.to_string(this))
    }),
    NativeInfo::new(Home::Method(Proto::Boolean), "valueOf", 0, boolean_value_of),
];

/// Constants of `Number`.
pub(super) const CONSTANTS: &[(&str, f64)] = &[
    ("EPSILON", f64::EPSILON),
    ("MAX_SAFE_INTEGER", MAX_SAFE_INTEGER),
    ("MAX_VALUE", f64::MAX),
    ("MIN_SAFE_INTEGER", -MAX_SAFE_INTEGER),
    ("MIN_VALUE", 5e-324),
    ("NEGATIVE_INFINITY", f64::NEG_INFINITY),
    ("NaN", f64::NAN),
    ("POSITIVE_INFINITY", f64::INFINITY),
];

const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

fn construct<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    if host.is_new {
        return Err(host.type_error("Number objects are not supported: call Number without new"));
    }
    if host.argc() == 0 { Ok(Value::int(0)) } else { Ok(number::value(host.number(0)?)) }
}

fn boolean<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    if host.is_new {
        return Err(host.type_error("Boolean objects are not supported: call Boolean without new"));
    }
    Ok(convert::to_boolean(host.arg(0)).into())
}

fn parse_float<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let text = host.string(0)?;
    Ok(number::value(number::parse_float(&string::units(host.mc, text)?)))
}

fn parse_int<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let text = host.string(0)?;
    let radix = convert::to_int32(if host.argc() > 1 { host.number(1)? } else { 0.0 });
    Ok(number::value(number::parse_int(&string::units(host.mc, text)?, radix)))
}

fn this<'gc>(host: &mut Host<'_, 'gc>, method: &str) -> Outcome<'gc, f64> {
    host.this()
        .as_number()
        .ok_or_else(|| host.type_error(&format!("Number.prototype.{method} requires that 'this' be a Number")))
}

/// The first argument as a number of digits from `least` to 100.
fn digits<'gc>(host: &mut Host<'_, 'gc>, least: u8, complaint: &str) -> Outcome<'gc, u8> {
    let digits = host.integer(0)?;
    if digits < f64::from(least) || digits > 100.0 {
        return Err(host.range_error(&format!("{complaint} must be between {least} and 100")));
    }
    Ok(digits as u8)
}

fn to_string<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host, "toString")?;
    if host.arg(0).same(Value::UNDEFINED) {
        return host.to_string(host.this());
    }
    let radix = host.integer(0)?;
    if !(2.0..=36.0).contains(&radix) {
        return Err(host.range_error("toString() radix argument must be between 2 and 36"));
    }
    if radix == 10.0 { host.to_string(host.this()) } else { host.text(&number::to_radix(this, radix as u32)) }
}

fn to_fixed<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let this = this(host, "toFixed")?;
    let digits = digits(host, 0, "toFixed() digits argument")?;
    host.text(&number::to_fixed(this, digits))
}

/// `toExponential` and `toPrecision`, whose digits may be missing, and are asked for of finite numbers only.
fn to_digits<'gc>(
    host: &mut Host<'_, 'gc>,
    method: &str,
    least: u8,
    write: fn(f64, Option<u8>) -> String,
) -> Outcome<'gc> {
    let this = this(host, method)?;
    host.integer(0)?;
    if !this.is_finite() {
        return host.to_string(host.this());
    }
    let asked = !host.arg(0).same(Value::UNDEFINED);
    let digits = if asked { Some(digits(host, least, &format!("{method}() argument"))?) } else { None };
    host.text(&write(this, digits))
}

fn boolean_value_of<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    match host.this().as_bool() {
        Some(_) => Ok(host.this()),
        None => Err(host.type_error("Boolean.prototype.valueOf requires that 'this' be a Boolean")),
    }
}
