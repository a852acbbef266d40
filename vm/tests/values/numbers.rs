//! Hazards: a number with two representations, a double that reads as another kind of word, a wrong last digit.

use mangrove_gc::Value;
use mangrove_vm::runtime::string::Units;
use mangrove_vm::runtime::{convert, number, operators};
use proptest::prelude::*;

use crate::{text, vm};

/// Whether the value is the one representation of its number.
fn is_canonical(value: Value<'_>) -> bool {
    match (value.as_int(), value.as_double()) {
        (Some(_), None) => true,
        (None, Some(double)) => {
            let int = (-2_147_483_648.0..=2_147_483_647.0).contains(&double) && double.trunc() == double;
            !int || double.to_bits() == (-0.0_f64).to_bits()
        }
        _ => false,
    }
}

/// Numbers around all borders.
fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        any::<u64>().prop_map(f64::from_bits),
        any::<i32>().prop_map(f64::from),
        any::<i64>().prop_map(|int| int as f64),
        (-50_i32..50).prop_map(|int| f64::from(int) / 2.0),
        prop::sample::select(vec![
            0.0,
            -0.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            2_147_483_647.0,
            2_147_483_648.0,
            -2_147_483_648.0,
            -2_147_483_649.0,
            4_294_967_295.0,
            4_294_967_296.0,
            9_007_199_254_740_992.0,
            5e-324,
            f64::MAX,
        ]),
    ]
}

/// ToInt32 as the specification says it.
fn int32(number: f64) -> i32 {
    if !number.is_finite() {
        return 0;
    }
    number.trunc().rem_euclid(4_294_967_296.0) as u32 as i32
}

proptest! {
    #[test]
    fn a_number_has_two_representations(a in numbers(), b in numbers()) {
        let value = number::value(a);
        prop_assert!(is_canonical(value));
        let back = value.as_number().unwrap();
        prop_assert!(back.to_bits() == a.to_bits() || back.is_nan() && a.is_nan());
        vm(&[], false).mutate(|mc, vm| {
            let (x, y) = (number::value(a), number::value(b));
            let all = [
                operators::add(mc, vm, x, y), operators::sub(mc, vm, x, y), operators::mul(mc, vm, x, y),
                operators::div(mc, vm, x, y), operators::rem(mc, vm, x, y), operators::pow(mc, vm, x, y),
                operators::bit_and(mc, vm, x, y), operators::bit_or(mc, vm, x, y), operators::bit_xor(mc, vm, x, y),
                operators::shl(mc, vm, x, y), operators::shr(mc, vm, x, y), operators::shr_unsigned(mc, vm, x, y),
                operators::neg(mc, vm, x), operators::bit_not(mc, vm, x), operators::to_number(mc, vm, x),
            ];
            for result in all {
                prop_assert!(is_canonical(result.unwrap()));
            }
            Ok(())
        })?;
    }

    #[test]
    fn an_integer_wraps_wrongly(number in numbers()) {
        prop_assert_eq!(convert::to_int32(number), int32(number));
        prop_assert_eq!(convert::to_uint32(number), int32(number) as u32);
    }

    #[test]
    fn a_text_is_read_as_another_number(number in numbers()) {
        let text = number::to_string(number);
        let back = number::parse(&Units::Latin1(text.as_bytes()));
        prop_assert!(back == number || back.is_nan() && number.is_nan());
        if number.is_finite() {
            prop_assert_eq!(number::parse_float(&Units::Latin1(number::to_exponential(number, None).as_bytes())), number);
        }
    }

    #[test]
    fn a_digit_is_missing(number in numbers(), digits in 0_u8..=100) {
        // Rust rounds halves to even, the language up; else both are exact.
        let fixed = number::to_fixed(number, digits);
        let rust = format!("{:.*}", digits as usize, number + 0.0);
        if number.is_finite() && number.abs() < 1e21 && !format!("{:.*}", digits as usize + 1, number).ends_with('5') {
            prop_assert_eq!(fixed, rust);
        }
    }
}

#[test]
fn a_number_is_written_unlike_node() {
    for (number, expected) in [
        (0.0, "0"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (123_456_789_012_345_680_000.0, "123456789012345680000"),
        (1e-7, "1e-7"),
        (0.000_001, "0.000001"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (0.1 + 0.2, "0.30000000000000004"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Infinity"),
        (-1.5, "-1.5"),
    ] {
        assert_eq!(number::to_string(number), expected);
    }
    for (number, digits, fixed, precise, exponential) in [
        (0.5, 0, "1", "0.5", "5e-1"),
        (2.5, 0, "3", "3", "3e+0"),
        (1.005, 2, "1.00", "1.0", "1.00e+0"),
        (10.235, 2, "10.23", "10", "1.02e+1"),
        (1.45, 1, "1.4", "1", "1.4e+0"),
        (-2.5, 0, "-3", "-3", "-3e+0"),
        (0.000_001, 7, "0.0000010", "0.000001000000", "1.0000000e-6"),
        (-0.000_000_1, 2, "-0.00", "-1.0e-7", "-1.00e-7"),
        (123.456, 4, "123.4560", "123.5", "1.2346e+2"),
        (1e21, 2, "1e+21", "1.0e+21", "1.00e+21"),
        (999.995, 2, "1000.00", "1.0e+3", "1.00e+3"),
        (0.0, 2, "0.00", "0.0", "0.00e+0"),
        (-0.0, 1, "0.0", "0", "0.0e+0"),
        (99.99, 1, "100.0", "1e+2", "1.0e+2"),
    ] {
        assert_eq!(number::to_fixed(number, digits), fixed, "{number} {digits}");
        assert_eq!(number::to_precision(number, Some(digits.max(1))), precise, "{number} {digits}");
        assert_eq!(number::to_exponential(number, Some(digits)), exponential, "{number} {digits}");
    }
    assert_eq!(number::to_fixed(f64::INFINITY, 2), "Infinity");
    for (number, radix, expected) in [
        (255.0, 16, "ff"),
        (-255.0, 2, "-11111111"),
        (0.5, 2, "0.1"),
        (0.1, 3, "0.0022002200220022002200220022002201"),
        (1e21, 7, "5135235413265003022600000"),
        (9_007_199_254_740_993.0, 36, "2gosa7pa2gw"),
        (3.999_999_999_999_999_6, 36, "3.zzzzzzzzzz"),
        (-0.0, 8, "0"),
        (f64::NAN, 2, "NaN"),
    ] {
        assert_eq!(number::to_radix(number, radix), expected, "{number} {radix}");
    }
}

#[test]
fn a_number_is_read_unlike_node() {
    let nan = f64::NAN;
    let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    for (text, number, float, int) in [
        ("", 0.0, nan, nan),
        (" \n\t", 0.0, nan, nan),
        (" 12 ", 12.0, 12.0, 12.0),
        ("12px", nan, 12.0, 12.0),
        ("0x1F", 31.0, 0.0, 31.0),
        ("-0x1F", nan, -0.0, -31.0),
        ("0b11", 3.0, 0.0, 0.0),
        ("0o17", 15.0, 0.0, 0.0),
        ("0x", nan, 0.0, nan),
        ("1e3", 1000.0, 1000.0, 1.0),
        ("1e", nan, 1.0, 1.0),
        ("1e+", nan, 1.0, 1.0),
        (".5", 0.5, 0.5, nan),
        ("5.", 5.0, 5.0, 5.0),
        (".", nan, nan, nan),
        ("-", nan, nan, nan),
        ("-0", -0.0, -0.0, -0.0),
        ("--1", nan, nan, nan),
        ("Infinity", f64::INFINITY, f64::INFINITY, nan),
        ("-Infinityx", nan, f64::NEG_INFINITY, nan),
        ("infinity", nan, nan, nan),
        ("inf", nan, nan, nan),
        ("nan", nan, nan, nan),
        ("1_000", nan, 1.0, 1.0),
        ("1e1000", f64::INFINITY, f64::INFINITY, 1.0),
        ("\u{FEFF}7\u{2028}", 7.0, 7.0, 7.0),
        ("１", nan, nan, nan),
        ("0x20000000000001", 9_007_199_254_740_992.0, 0.0, 9_007_199_254_740_992.0),
        ("0x20000000000003", 9_007_199_254_740_996.0, 0.0, 9_007_199_254_740_996.0),
        (
            "123456789012345678901234567890",
            123_456_789_012_345_680_000_000_000_000.0,
            123_456_789_012_345_680_000_000_000_000.0,
            123_456_789_012_345_680_000_000_000_000.0,
        ),
    ] {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_ne_bytes).collect();
        let units = Units::Wide(&units);
        assert!(same(number::parse(&units), number), "Number({text:?})");
        assert!(same(number::parse_float(&units), float), "parseFloat({text:?})");
        assert!(same(number::parse_int(&units, 0), int), "parseInt({text:?})");
    }
    for (text, radix, int) in
        [("zz", 36, 1295.0), ("12", 2, 1.0), ("3", 2, nan), ("11", 1, nan), ("11", 37, nan), ("0x11", 16, 17.0)]
    {
        assert!(same(number::parse_int(&Units::Latin1(text.as_bytes()), radix), int), "parseInt({text:?}, {radix})");
    }
}

#[test]
fn a_power_is_right_up_to_its_last_bit() {
    for (base, exponent, expected) in [
        (3.0, 35.0, 50_031_545_098_999_710.0),
        (2.0, -5.0 / 3.0, 0.314_980_262_473_718_3),
        (3.0, -30.0, 4.856_935_749_618_861e-15),
        (14.0, -2.685_446_340_590_715_4, 0.000_835_862_152_002_647),
        (1.05, 30.0, 4.321_942_375_150_668),
        (2.0, 0.5, std::f64::consts::SQRT_2),
        (2.0, -1074.0, 5e-324),
        (2.0, 1023.0, 8.988_465_674_311_58e307),
        (-2.0, 3.0, -8.0),
        (-8.0, 1.0 / 3.0, f64::NAN),
        (1.0, f64::INFINITY, f64::NAN),
        (-1.0, f64::NEG_INFINITY, f64::NAN),
        (f64::NAN, 0.0, 1.0),
        (1.0, f64::NAN, f64::NAN),
        (-0.0, -1.0, f64::NEG_INFINITY),
        (f64::NEG_INFINITY, -3.0, -0.0),
        (0.999_999_999_999_999_9, 1e300, 0.0),
        (1.000_000_000_000_000_2, 1e17, 4_398_196_873.945_744_5),
    ] {
        let got = operators::power(base, exponent);
        assert!(
            got.to_bits().abs_diff(expected.to_bits()) <= 1 || got.is_nan() && expected.is_nan(),
            "{base} ** {exponent} = {got}"
        );
    }
}

#[test]
fn minus_zero_is_lost() {
    vm(&[], false).mutate(|mc, vm| {
        let minus_zero = number::value(-0.0);
        assert!(minus_zero.as_double().is_some_and(|zero| zero.is_sign_negative()));
        for (a, b, expected) in [(-4, 2, true), (4, -2, false), (4, 2, false), (-4, -2, true), (0, -3, false)] {
            let rem = operators::rem(mc, vm, Value::int(a), Value::int(b)).unwrap();
            assert_eq!(rem.as_double().is_some(), expected, "{a} % {b}");
        }
        assert!(operators::mul(mc, vm, Value::int(0), Value::int(-3)).unwrap().as_double().is_some());
        assert!(operators::neg(mc, vm, Value::int(0)).unwrap().as_double().is_some());
        assert!(operators::strict_equal(mc, minus_zero, Value::int(0)).unwrap());
        assert!(!operators::same_value(mc, minus_zero, Value::int(0)).unwrap());
        assert!(operators::same_value_zero(mc, minus_zero, Value::int(0)).unwrap());
        let minus_text = text(mc, "-0");
        assert!(operators::to_number(mc, vm, minus_text).unwrap().as_double().is_some());
    });
}
