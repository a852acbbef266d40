//! Numbers from and to their spelling.
//!
//! Invariant: what is read is rounded once, from all digits; what is written reads back as the same number.

/// The value of digits in a radix that is a power of two.
pub(super) fn from_digits(digits: &str, radix: u32) -> f64 {
    let bits = radix.trailing_zeros();
    let (mut value, mut exponent) = (0u128, 0i32);
    for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
        if value >> 120 == 0 {
            value = value << bits | u128::from(digit);
        } else {
            // Too far right to matter but for the direction of rounding.
            value |= u128::from(digit != 0);
            exponent = exponent.saturating_add(bits as i32);
        }
    }
    value as f64 * 2f64.powi(exponent)
}

/// JavaScript's spelling of a number: ECMA-262, Number::toString.
pub fn to_string(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if !number.is_finite() {
        return if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    // Rust writes the shortest digits that read back, as ECMA-262 wants; only the layout differs.
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let length = digits.len() as i32;
    let body = match point {
        _ if length <= point && point <= 21 => digits + &"0".repeat((point - length) as usize),
        1..=21 => format!("{}.{}", &digits[..point as usize], &digits[point as usize..]),
        -5..=0 => format!("0.{}{digits}", "0".repeat(-point as usize)),
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            format!("{first}{dot}{rest}e{}{}", if point > 0 { "+" } else { "-" }, (point - 1).abs())
        }
    };
    format!("{sign}{body}")
}
