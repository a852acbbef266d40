//! Numbers: their one representation, and their texts.
//!
//! Invariant: a number that is an integer of 32 bits, and not `-0`, is an int word; any other is a double.

use mangrove_gc::Value;

use super::string::Units;

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

/// `String(number)`
pub fn to_string(number: f64) -> String {
    let _ = number;
    todo!()
}

/// `number.toString(radix)`, for a radix from 2 to 36.
pub fn to_radix(number: f64, radix: u32) -> String {
    let _ = (number, radix);
    todo!()
}

/// `number.toFixed(digits)`, for up to 100 digits.
pub fn to_fixed(number: f64, digits: u8) -> String {
    let _ = (number, digits);
    todo!()
}

/// `number.toPrecision(digits)`, for 1 to 100 digits.
pub fn to_precision(number: f64, digits: u8) -> String {
    let _ = (number, digits);
    todo!()
}

/// `number.toExponential(digits)`, for up to 100 digits; as many as are needed without.
pub fn to_exponential(number: f64, digits: Option<u8>) -> String {
    let _ = (number, digits);
    todo!()
}

/// `Number(text)`
pub fn parse(text: &Units<'_>) -> f64 {
    let _ = text;
    todo!()
}

/// `parseInt(text, radix)`; 0 for no radix.
pub fn parse_int(text: &Units<'_>, radix: i32) -> f64 {
    let _ = (text, radix);
    todo!()
}

/// `parseFloat(text)`
pub fn parse_float(text: &Units<'_>) -> f64 {
    let _ = text;
    todo!()
}

/// Whether a unit is white space or ends a line.
pub fn is_space(unit: u16) -> bool {
    matches!(unit, 9..=13 | 32 | 0xA0 | 0x1680 | 0x2000..=0x200A | 0x2028 | 0x2029 | 0x202F | 0x205F | 0x3000 | 0xFEFF)
}
