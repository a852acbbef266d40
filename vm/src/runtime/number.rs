//! Numbers: their one representation, and their texts.
//!
//! Invariant: a number that is an integer of 32 bits, and not `-0`, is an int word; any other is a double.

use mangrove_gc::{Mutation, Value};

use super::Outcome;
use super::string::{self, Units};

/// A number as a value.
#[inline(always)]
pub fn value<'gc>(number: f64) -> Value<'gc> {
    let int = number as i32;
    if f64::from(int).to_bits() == number.to_bits() { Value::int(int) } else { Value::double(number) }
}

/// A count as a value.
#[inline(always)]
pub fn from_usize<'gc>(count: usize) -> Value<'gc> {
    i32::try_from(count).map_or_else(|_| Value::double(count as f64), Value::int)
}

/// `String(number)`, lent to `f`.
#[inline]
pub fn with_text<R>(number: f64, f: impl FnOnce(&str) -> R) -> R {
    f(ryu_js::Buffer::new().format(number))
}

/// `String(number)`
pub fn to_string(number: f64) -> String {
    with_text(number, str::to_owned)
}

/// `String(number)` as a value.
///
/// # Errors
/// When there is no memory.
pub fn to_text<'gc>(mc: &Mutation<'gc>, number: Value<'gc>) -> Outcome<'gc> {
    let Some(int) = number.as_int() else {
        return with_text(number.as_double().unwrap_or(f64::NAN), |text| string::from_latin1(mc, text.as_bytes()));
    };
    let (mut digits, mut start, mut rest) = ([0; 11], 11, int.unsigned_abs());
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if int < 0 {
        start -= 1;
        digits[start] = b'-';
    }
    string::from_latin1(mc, &digits[start..])
}

/// `number.toString(radix)`, for a radix from 2 to 36: the shortest fraction that tells the number from its neighbours.
/// The algorithm is V8's, since the language leaves it open.
pub fn to_radix(number: f64, radix: u32) -> String {
    if radix == 10 || !number.is_finite() {
        return to_string(number);
    }
    let digit = |digit: f64| char::from_digit(digit as u32, radix).unwrap_or('0');
    let base = f64::from(radix);
    let magnitude = number.abs();
    let (mut whole, mut fraction) = (magnitude.floor(), magnitude - magnitude.floor());
    let mut delta = (0.5 * (magnitude.next_up() - magnitude)).max(f64::from_bits(1));
    let mut places = Vec::new();
    if fraction >= delta {
        loop {
            fraction *= base;
            delta *= base;
            let place = fraction.trunc();
            places.push(place);
            fraction -= place;
            if (fraction > 0.5 || (fraction == 0.5 && place % 2.0 == 1.0)) && fraction + delta > 1.0 {
                // Rounds up, and carries.
                while places.pop_if(|place| *place + 1.0 >= base).is_some() {}
                places.last_mut().map_or_else(|| whole += 1.0, |place| *place += 1.0);
                break;
            }
            if fraction < delta {
                break;
            }
        }
    }
    let mut text = Vec::new();
    // Digits that a double of this size does not hold.
    while whole / base >= 9_007_199_254_740_992.0 {
        whole /= base;
        text.push('0');
    }
    loop {
        let last = whole % base;
        text.push(digit(last));
        whole = (whole - last) / base;
        if whole <= 0.0 {
            break;
        }
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let point = if places.is_empty() { "" } else { "." };
    let whole: String = text.iter().rev().collect();
    let fraction: String = places.into_iter().map(digit).collect();
    format!("{sign}{whole}{point}{fraction}")
}

/// What Rust is to round to so many places behind the point: it rounds halves to even, the language rounds them up. A
/// negative number of places is before the point.
fn half_up(magnitude: f64, places: i32) -> f64 {
    let (bits, biased) = (magnitude.to_bits(), (magnitude.to_bits() >> 52) as i32);
    let mantissa = if biased == 0 { bits } else { bits & ((1 << 52) - 1) | 1 << 52 };
    let zeros = mantissa.trailing_zeros();
    let (odd, exponent) = (mantissa.checked_shr(zeros).unwrap_or(0), biased.max(1) - 1075 + zeros as i32);
    // A half is an odd multiple of 10^-places / 2: so its lowest bit counts as much as that of 10^-places / 2 does.
    let is_half = exponent == -places - 1 && odd as f64 % 5_f64.powi(-places.min(0)) == 0.0;
    if is_half { magnitude.next_up() } else { magnitude }
}

/// Digits and exponent of a number that Rust has written with an exponent.
fn parts(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

/// The digits of a finite number without its sign, so many behind the first, or the fewest that tell it from all others;
/// and the exponent of the first.
fn scientific(magnitude: f64, places: Option<usize>) -> (String, i32) {
    let (digits, exponent) = parts(&format!("{magnitude:e}"));
    match places {
        Some(places) => parts(&format!("{:.places$e}", half_up(magnitude, places as i32 - exponent))),
        None => (digits, exponent),
    }
}

/// `number.toFixed(digits)`, for up to 100 digits.
pub fn to_fixed(number: f64, digits: u8) -> String {
    if !number.is_finite() || number.abs() >= 1e21 {
        return to_string(number);
    }
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{:.*}", digits as usize, half_up(number.abs(), digits.into()))
}

fn exponential(digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{first}{point}{rest}e{exponent:+}")
}

/// `number.toPrecision(digits)` of a finite number, for 1 to 100 digits.
pub fn to_precision(number: f64, precision: Option<u8>) -> String {
    let Some(precision) = precision else {
        return to_string(number);
    };
    let sign = if number < 0.0 { "-" } else { "" };
    let count = precision.max(1) as usize;
    let (digits, exponent) = scientific(number.abs(), Some(count - 1));
    let text = match usize::try_from(exponent) {
        Ok(whole) if whole + 1 == count => digits,
        Ok(whole) if whole < count => format!("{}.{}", &digits[..=whole], &digits[whole + 1..]),
        Err(_) if exponent >= -6 => format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize)),
        _ => exponential(&digits, exponent),
    };
    format!("{sign}{text}")
}

/// `number.toExponential(digits)` of a finite number, for up to 100 digits; as many as are needed without.
pub fn to_exponential(number: f64, fraction: Option<u8>) -> String {
    let sign = if number < 0.0 { "-" } else { "" };
    let (digits, exponent) = scientific(number.abs(), fraction.map(usize::from));
    format!("{sign}{}", exponential(&digits, exponent))
}

/// The text without white space around it, as bytes; a unit that is not ASCII becomes 0xFF.
fn trimmed(text: &Units<'_>) -> Vec<u8> {
    let from = text.iter().take_while(|&unit| is_space(unit)).count();
    let behind = text.iter().skip(from).rev().take_while(|&unit| is_space(unit)).count();
    let text = text.slice(from, text.len() - behind);
    text.iter().map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(0xFF)).collect()
}

/// The decimal number that the bytes begin with, and how many bytes it has.
fn decimal(bytes: &[u8]) -> Option<(f64, usize)> {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if bytes[sign..].starts_with(b"Infinity") {
        return Some((if bytes[0] == b'-' { f64::NEG_INFINITY } else { f64::INFINITY }, sign + 8));
    }
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += if whole + fraction > 0 { 1 + fraction } else { 0 };
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits((end + 1 + signed).min(bytes.len()));
        end += if exponent > 0 { 1 + signed + exponent } else { 0 };
    }
    let number = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
    Some((number, end))
}

/// The number of the digits that the bytes begin with, and how many there are.
fn integer(bytes: &[u8], radix: u32) -> (f64, usize) {
    let digits: Vec<u32> = bytes.iter().map_while(|&byte| char::from(byte).to_digit(radix)).collect();
    if radix == 10 {
        return (
            std::str::from_utf8(&bytes[..digits.len()]).ok().and_then(|d| d.parse().ok()).unwrap_or(0.0),
            digits.len(),
        );
    }
    if !radix.is_power_of_two() {
        // As V8: in parts of 32 bits, whose sum is rounded each time; the first begins behind the zeros.
        let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
        let (mut number, mut digits_left) = (0.0, &digits[zeros..]);
        while !digits_left.is_empty() {
            let (mut part, mut multiplier) = (0, 1);
            while let [digit, rest @ ..] = digits_left
                && multiplier * radix <= u32::MAX / 36
            {
                part = part * radix + digit;
                multiplier *= radix;
                digits_left = rest;
            }
            number = number * f64::from(multiplier) + f64::from(part);
        }
        return (number, digits.len());
    }
    let (mut number, mut scale, mut inexact) = (0_u64, 1.0, 0);
    for &digit in &digits {
        if number < 1 << 57 {
            number = number * u64::from(radix) + u64::from(digit);
        } else {
            // Below what a double keeps: it only matters whether there is anything.
            scale *= f64::from(radix);
            inexact |= u64::from(digit != 0);
        }
    }
    ((number | inexact) as f64 * scale, digits.len())
}

/// `Number(text)`
pub fn parse(text: &Units<'_>) -> f64 {
    let bytes = trimmed(text);
    let radix = match bytes.get(..2) {
        Some(b"0x" | b"0X") => 16,
        Some(b"0o" | b"0O") => 8,
        Some(b"0b" | b"0B") => 2,
        _ if bytes.is_empty() => return 0.0,
        _ => return decimal(&bytes).filter(|&(_, end)| end == bytes.len()).map_or(f64::NAN, |(number, _)| number),
    };
    let (number, count) = integer(&bytes[2..], radix);
    if count > 0 && count == bytes.len() - 2 { number } else { f64::NAN }
}

/// `parseInt(text, radix)`; 0 for no radix.
pub fn parse_int(text: &Units<'_>, radix: i32) -> f64 {
    let bytes = trimmed(text);
    let (sign, mut bytes) = match bytes.first() {
        Some(b'-') => (-1.0, &bytes[1..]),
        Some(b'+') => (1.0, &bytes[1..]),
        _ => (1.0, &bytes[..]),
    };
    let mut radix = u32::try_from(radix).unwrap_or(1);
    if matches!(radix, 0 | 16) && matches!(bytes.get(..2), Some(b"0x" | b"0X")) {
        (bytes, radix) = (&bytes[2..], 16);
    }
    radix = if radix == 0 { 10 } else { radix };
    if !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    match integer(bytes, radix) {
        (_, 0) => f64::NAN,
        (number, _) => sign * number,
    }
}

/// `parseFloat(text)`
pub fn parse_float(text: &Units<'_>) -> f64 {
    decimal(&trimmed(text)).map_or(f64::NAN, |(number, _)| number)
}

/// Whether a unit is white space or ends a line.
pub fn is_space(unit: u16) -> bool {
    matches!(unit, 9..=13 | 32 | 0xA0 | 0x1680 | 0x2000..=0x200A | 0x2028 | 0x2029 | 0x202F | 0x205F | 0x3000 | 0xFEFF)
}
