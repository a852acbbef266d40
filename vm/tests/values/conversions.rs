//! Hazards: a conversion that is not the language's, or that recurses as deep as the data.

use mangrove_gc::{Mutation, Value};
use mangrove_vm::machine::Vm;
use mangrove_vm::runtime::{array, convert, error, iterator, number, object, operators, string};

use crate::{text, thrown, vm};

/// The values of the table below: of each kind, and those that conversions treat in their own way.
fn values<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>) -> Vec<Value<'gc>> {
    let empty = array::new(mc, &[]).unwrap();
    let one = array::new(mc, &[Value::int(1)]).unwrap();
    let two = text(mc, "2");
    let mixed = array::new(mc, &[Value::NIL, Value::UNDEFINED, Value::HOLE, two]).unwrap();
    vec![
        Value::UNDEFINED,
        Value::NIL,
        Value::TRUE,
        Value::FALSE,
        Value::int(0),
        number::value(-0.0),
        Value::int(1),
        Value::double(f64::NAN),
        Value::double(0.5),
        string::empty(),
        text(mc, "1"),
        text(mc, " 0x10 "),
        text(mc, "abc"),
        empty.into(),
        one.into(),
        mixed.into(),
        object::new_plain(mc, vm).unwrap().into(),
    ]
}

#[test]
fn a_value_is_converted_unlike_node() {
    // String(v), Number(v), Boolean(v)
    let expected = [
        ("undefined", f64::NAN, false),
        ("null", 0.0, false),
        ("true", 1.0, true),
        ("false", 0.0, false),
        ("0", 0.0, false),
        ("0", -0.0, false),
        ("1", 1.0, true),
        ("NaN", f64::NAN, false),
        ("0.5", 0.5, true),
        ("", 0.0, false),
        ("1", 1.0, true),
        (" 0x10 ", 16.0, true),
        ("abc", f64::NAN, true),
        ("", 0.0, true),
        ("1", 1.0, true),
        (",,,2", f64::NAN, true),
        ("[object Object]", f64::NAN, true),
    ];
    vm(&[], false).mutate(|mc, vm| {
        for (value, (string, number, boolean)) in values(mc, vm).into_iter().zip(expected) {
            assert_eq!(convert::to_rust_string(mc, vm, value).unwrap(), string);
            let got = convert::to_number(mc, vm, value).unwrap();
            assert!(got.to_bits() == number.to_bits() || got.is_nan() && number.is_nan(), "Number({string}) is {got}");
            assert_eq!(convert::to_boolean(value), boolean, "{string}");
        }
    });
}

#[test]
fn values_are_equal_unlike_in_node() {
    // A row for each value: `==` with each.
    let expected = [
        "##...............",
        "##...............",
        "..#...#...#...#..",
        "...###...#...#...",
        "...###...#...#...",
        "...###...#...#...",
        "..#...#...#...#..",
        ".................",
        "........#........",
        "...###...#...#...",
        "..#...#...#...#..",
        "...........#.....",
        "............#....",
        "...###...#...#...",
        "..#...#...#...#..",
        "...............#.",
        "................#",
    ];
    vm(&[], false).mutate(|mc, vm| {
        let values = values(mc, vm);
        for (at, &a) in values.iter().enumerate() {
            let row = values.iter().map(|&b| if operators::loose_equal(mc, vm, a, b).unwrap() { '#' } else { '.' });
            assert_eq!(row.collect::<String>(), expected[at], "row {at}");
            for (other, &b) in values.iter().enumerate() {
                let strict = at == other && at != 7 || at.min(other) == 4 && at.max(other) == 5;
                assert_eq!(operators::strict_equal(mc, a, b).unwrap(), strict, "{at} === {other}");
            }
        }
    });
}

#[test]
fn values_are_added_unlike_in_node() {
    vm(&[], false).mutate(|mc, vm| {
        let values = values(mc, vm);
        let mut sums = Vec::new();
        for &(a, b) in &[(6, 8), (6, 2), (6, 1), (6, 0), (6, 10), (10, 6), (13, 14), (16, 6), (15, 0), (2, 2), (12, 8)]
        {
            let sum = operators::add(mc, vm, values[a], values[b]).unwrap();
            sums.push(convert::to_rust_string(mc, vm, sum).unwrap());
        }
        let expected = ["1.5", "2", "1", "NaN", "11", "11", "1", "[object Object]1", ",,,2undefined", "2", "abc0.5"];
        assert_eq!(sums, expected);
        let less = |mc: &_, vm: &mut _, a: usize, b: usize| operators::compare(mc, vm, values[a], values[b]).unwrap();
        assert!(less(mc, vm, 10, 12).is_some_and(|order| order.is_lt()), "strings are compared as strings");
        assert!(less(mc, vm, 10, 8).is_some_and(|order| order.is_gt()), "others as numbers");
        assert!(less(mc, vm, 12, 8).is_none() && less(mc, vm, 0, 0).is_none(), "NaN has no order");
    });
}

#[test]
fn arrays_within_arrays_overflow_the_stack() {
    vm(&[], false).mutate(|mc, vm| {
        let itself = array::new(mc, &[Value::int(1)]).unwrap();
        array::push(mc, itself, itself.into()).unwrap();
        array::push(mc, itself, Value::int(2)).unwrap();
        assert_eq!(convert::to_rust_string(mc, vm, itself.into()).unwrap(), "1,,2");

        let mut nested = array::new(mc, &[Value::int(7)]).unwrap();
        for _ in 0..1000 {
            nested = array::new(mc, &[nested.into()]).unwrap();
        }
        assert_eq!(convert::to_rust_string(mc, vm, nested.into()).unwrap(), "7");
        for _ in 0..100_000 {
            nested = array::new(mc, &[nested.into()]).unwrap();
        }
        let outcome = convert::to_string(mc, vm, nested.into());
        assert_eq!(thrown(mc, vm, outcome), "RangeError: Maximum call stack size exceeded");
        let outcome = operators::loose_equal(mc, vm, nested.into(), Value::int(7));
        assert_eq!(thrown(mc, vm, outcome), "RangeError: Maximum call stack size exceeded");
    });
}

#[test]
fn a_message_is_not_nodes() {
    vm(&[], false).mutate(|mc, vm| {
        let (abc, x) = (text(mc, "abc"), text(mc, "x"));
        let plain: Value = object::new_plain(mc, vm).unwrap().into();
        let cases = [
            (
                operators::is_in(mc, vm, x, abc).map(|_| ()),
                "TypeError: Cannot use 'in' operator to search for 'x' in abc",
            ),
            (
                operators::is_in(mc, vm, Value::int(1), Value::int(5)).map(|_| ()),
                "TypeError: Cannot use 'in' operator to search for '1' in 5",
            ),
            (
                operators::is_in(mc, vm, plain, Value::UNDEFINED).map(|_| ()),
                "TypeError: Cannot use 'in' operator to search for '#<Object>' in undefined",
            ),
            (
                operators::instance_of(mc, vm, plain, plain).map(|_| ()),
                "TypeError: Right-hand side of 'instanceof' is not callable",
            ),
            (
                operators::instance_of(mc, vm, plain, mangrove_vm::host::value(0)).map(|_| ()),
                "TypeError: Function has non-object prototype 'undefined' in instanceof check",
            ),
            (
                operators::instance_of(mc, vm, plain, abc).map(|_| ()),
                "TypeError: Right-hand side of 'instanceof' is not an object",
            ),
            (iterator::start(mc, vm, plain, "o.list").map(|_| ()), "TypeError: o.list is not iterable"),
        ];
        for (outcome, expected) in cases {
            assert_eq!(thrown(mc, vm, outcome), expected);
        }
        let bare = vm.shapes.root(mangrove_vm::runtime::shape::Class::Bare);
        let bare = object::new_object(mc, bare, 0).unwrap();
        let outcome = convert::to_string(mc, vm, bare.into());
        assert_eq!(thrown(mc, vm, outcome), "TypeError: Cannot convert object to primitive value");
    });
}

#[test]
fn a_character_of_two_units_is_cut() {
    vm(&[], false).mutate(|mc, vm| {
        let text = text(mc, "a😀é\u{10FFFF}");
        let characters = iterator::collect(mc, vm, text, "text").unwrap();
        let lengths: Vec<usize> = characters.iter().map(|&character| string::length(character)).collect();
        assert_eq!(lengths, [1, 2, 1, 2]);
        let half = string::from_units(mc, &[0xD83D, 0x61, 0xDE00]).unwrap();
        assert_eq!(iterator::collect(mc, vm, half, "half").unwrap().len(), 3);
    });
}

#[test]
fn an_error_has_no_text() {
    vm(&[], false).mutate(|mc, vm| {
        let with = |mc: &_, vm: &mut _, name: Option<&str>, message: &str| {
            let error = error::new_error(mc, vm, error::ErrorKind::Error, message).unwrap();
            if let Some(name) = name {
                let name = text(mc, name);
                mangrove_vm::runtime::property::set(mc, vm, error, mangrove_vm::atoms::names::NAME, name).unwrap();
            }
            convert::to_rust_string(mc, vm, error).unwrap()
        };
        assert_eq!(with(mc, vm, Some("Mine"), "no"), "Mine: no");
        assert_eq!(with(mc, vm, Some("Mine"), ""), "Mine");
        assert_eq!(with(mc, vm, Some(""), "no"), "no");
        assert_eq!(with(mc, vm, None, "no"), "Error: no");
    });
}
