//! `Math`, and `performance`.
//!
//! Invariant: results are exact where the language says so. Of the others the last bit is that of `libm`, which descends
//! from fdlibm as V8's functions do, or of the standard library where that agrees with V8 for more arguments.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use mangrove_gc::Value;

use crate::host::{Home, Host, NativeInfo};
use crate::runtime::{Outcome, convert, number, operators};

const MATH: Home = Home::Namespace("Math");

/// A function of one number.
macro_rules! unary {
    ($name:literal, $f:expr) => {
        NativeInfo::new(MATH, $name, 1, |host| {
            let f: fn(f64) -> f64 = $f;
            Ok(number::value(f(host.number(0)?)))
        })
    };
}

/// A function of two numbers.
macro_rules! binary {
    ($name:literal, $f:expr) => {
        NativeInfo::new(MATH, $name, 2, |host| {
            let f: fn(f64, f64) -> f64 = $f;
            Ok(number::value(f(host.number(0)?, host.number(1)?)))
        })
    };
}

pub(super) const NATIVES: &[NativeInfo] = &[
    unary!("abs", f64::abs),
    unary!("acos", libm::acos),
    unary!("acosh", libm::acosh),
    unary!("asin", libm::asin),
    unary!("asinh", libm::asinh),
    unary!("atan", libm::atan),
    unary!("atanh", libm::atanh),
    unary!("cbrt", libm::cbrt),
    unary!("ceil", f64::ceil),
    unary!("clz32", |x| f64::from(convert::to_uint32(x).leading_zeros())),
    unary!("cos", libm::cos),
    unary!("cosh", libm::cosh),
    unary!("exp", |x| if x == 1.0 { std::f64::consts::E } else { libm::exp(x) }),
    unary!("expm1", libm::expm1),
    unary!("floor", f64::floor),
    unary!("fround", |x| f64::from(x as f32)),
    unary!("log", libm::log),
    unary!("log10", f64::log10),
    unary!("log1p", libm::log1p),
    unary!("log2", libm::log2),
    unary!("round", round),
    unary!("sign", |x| if x == 0.0 || x.is_nan() { x } else { x.signum() }),
    unary!("sin", libm::sin),
    unary!("sinh", libm::sinh),
    unary!("sqrt", f64::sqrt),
    unary!("tan", libm::tan),
    unary!("tanh", f64::tanh),
    unary!("trunc", f64::trunc),
    binary!("atan2", libm::atan2),
    binary!("imul", |x, y| f64::from(convert::to_int32(x).wrapping_mul(convert::to_int32(y)))),
    binary!("pow", operators::power),
    NativeInfo::new(MATH, "hypot", 2, hypot),
    NativeInfo::new(MATH, "max", 2, |host| {
        best(host, f64::NEG_INFINITY, |x, y| x > y || x == 0.0 && y == 0.0 && y.is_sign_negative())
    }),
    NativeInfo::new(MATH, "min", 2, |host| {
        best(host, f64::INFINITY, |x, y| x < y || x == 0.0 && y == 0.0 && x.is_sign_negative())
    }),
    NativeInfo::new(MATH, "random", 0, random),
    NativeInfo::new(Home::Namespace("performance"), "now", 0, now),
];

/// Constants of `Math`.
pub(super) const CONSTANTS: &[(&str, f64)] = &[
    ("E", std::f64::consts::E),
    ("LN10", std::f64::consts::LN_10),
    ("LN2", std::f64::consts::LN_2),
    ("LOG10E", std::f64::consts::LOG10_E),
    ("LOG2E", std::f64::consts::LOG2_E),
    ("PI", std::f64::consts::PI),
    ("SQRT1_2", std::f64::consts::FRAC_1_SQRT_2),
    ("SQRT2", std::f64::consts::SQRT_2),
];

/// To the nearest integer, halves towards positive infinity.
fn round(x: f64) -> f64 {
    let floor = x.floor();
    let rounded = if x - floor >= 0.5 { floor + 1.0 } else { floor };
    rounded.copysign(x)
}

/// The root of the sum of squares, scaled by the largest and summed with Kahan's compensation.
fn hypot<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let mut numbers = Vec::with_capacity(host.argc());
    for index in 0..host.argc() {
        numbers.push(host.number(index)?.abs());
    }
    if numbers.iter().any(|x| x.is_infinite()) {
        return Ok(number::value(f64::INFINITY));
    }
    if numbers.iter().any(|x| x.is_nan()) {
        return Ok(number::value(f64::NAN));
    }
    let largest = numbers.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Ok(Value::int(0));
    }
    let (mut sum, mut compensation) = (0.0, 0.0);
    for x in numbers {
        let scaled = x / largest;
        let summand = scaled * scaled - compensation;
        let next = sum + summand;
        compensation = (next - sum) - summand;
        sum = next;
    }
    Ok(number::value(f64::sqrt(sum) * largest))
}

/// The argument that `better` prefers to all others; NaN if one is.
fn best<'gc>(host: &mut Host<'_, 'gc>, none: f64, better: fn(f64, f64) -> bool) -> Outcome<'gc> {
    let mut best = none;
    for index in 0..host.argc() {
        let x = host.number(index)?;
        if x.is_nan() || !best.is_nan() && better(x, best) {
            best = x;
        }
    }
    Ok(number::value(best))
}

/// A new hasher has a new key, which the standard library makes of a random one.
fn random<'gc>(_: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let bits = RandomState::new().hash_one(()) >> 11;
    Ok(number::value(bits as f64 / (1_u64 << 53) as f64))
}

/// The time of timers. A virtual clock moves a little each time, so that waiting in a loop ends.
fn now<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    host.vm.tasks.advance(Duration::from_micros(1));
    Ok(number::value(host.vm.tasks.now().as_secs_f64() * 1e3))
}
