//! Hazards: two representations of one string, a rope whose writing out goes wrong or deep, a unit cut in two.

use mangrove_gc::{Mutation, Value};
use mangrove_vm::runtime::string::{self, Builder, Text, Units};
use proptest::prelude::*;

use crate::vm;

fn units() -> impl Strategy<Value = Vec<u16>> {
    let unit = prop_oneof![
        4 => (b'a'..=b'c').prop_map(u16::from),
        2 => 0x80_u16..0x100,
        1 => any::<u16>(),
        1 => Just(0xD83D_u16),
        1 => Just(0xDE00_u16),
    ];
    let ascii = prop::collection::vec((b'a'..=b'b').prop_map(u16::from), 0..40);
    prop_oneof![prop::collection::vec(unit, 0..40), ascii]
}

/// The string has these units, in its one representation.
fn check<'gc>(mc: &Mutation<'gc>, value: Value<'gc>, model: &[u16]) {
    assert_eq!(string::length(value), model.len());
    let units = string::units(mc, value).unwrap();
    assert_eq!(units.to_vec(), model);
    let flat = string::flat(mc, value).unwrap();
    let small = model.len() <= 5 && model.iter().all(|&unit| unit < 0x80);
    assert_eq!(flat.word().is_small_str(), small, "{model:x?}");
    assert_eq!(flat.downcast::<Text>().is_some(), !small);
    assert_eq!(matches!(units, Units::Wide(_)), model.iter().any(|&unit| unit > 0xFF), "{model:x?}");
}

#[derive(Clone, Debug)]
enum Step {
    New(Vec<u16>),
    Concat(usize, usize),
    Slice(usize, usize, usize),
    At(usize, usize),
    Build(usize, usize),
    Same(usize, usize),
    Find(usize, usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let n = 0_usize..5;
    let step = prop_oneof![
        3 => units().prop_map(Step::New),
        4 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Concat(a, b)),
        2 => (n.clone(), 0_usize..50, 0_usize..50).prop_map(|(a, from, to)| Step::Slice(a, from, to)),
        1 => (n.clone(), 0_usize..50).prop_map(|(a, at)| Step::At(a, at)),
        1 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Build(a, b)),
        2 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Same(a, b)),
        2 => (n.clone(), n, 0_usize..50).prop_map(|(a, b, from)| Step::Find(a, b, from)),
    ];
    prop::collection::vec(step, 1..60)
}

fn find(text: &[u16], part: &[u16], from: usize) -> Option<usize> {
    (from..=text.len()).find(|&at| text[at..].starts_with(part))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_string_is_not_its_units(steps in steps(), moving: bool) {
        let mut heap = vm(&[], moving);
        let mut models: Vec<Vec<u16>> = vec![Vec::new(); 5];
        heap.mutate(|_, vm| vm.globals.fill(string::empty()));
        for (number, step) in steps.into_iter().enumerate() {
            let to = number % 5;
            heap.mutate(|mc, vm| {
                let of = |at: usize| vm.globals[at];
                match step {
                    Step::New(units) => {
                        vm.globals[to] = string::from_units(mc, &units).unwrap();
                        models[to] = units;
                    }
                    Step::Concat(a, b) if models[a].len() + models[b].len() < 2000 => {
                        vm.globals[to] = string::concat(mc, of(a), of(b)).unwrap();
                        models[to] = [&models[a][..], &models[b]].concat();
                    }
                    Step::Concat(..) => {}
                    Step::Slice(a, from, until) => {
                        let end = until.min(models[a].len());
                        vm.globals[to] = string::slice(mc, of(a), from, until).unwrap();
                        models[to] = models[a][from.min(end)..end].to_vec();
                    }
                    Step::At(a, at) => {
                        let unit = string::at(mc, of(a), at).unwrap();
                        prop_assert_eq!(unit.is_some(), at < models[a].len());
                        if let Some(unit) = unit {
                            check(mc, unit, &models[a][at..=at]);
                        }
                    }
                    Step::Build(a, b) => {
                        let mut builder = Builder::new();
                        builder.push(mc, of(a)).unwrap();
                        models[b].iter().for_each(|&unit| builder.push_unit(unit));
                        builder.push_str("é");
                        vm.globals[to] = builder.finish(mc).unwrap();
                        models[to] = [&models[a][..], &models[b], &[0xE9]].concat();
                    }
                    Step::Same(a, b) => {
                        prop_assert_eq!(string::equal(mc, of(a), of(b)).unwrap(), models[a] == models[b]);
                        prop_assert_eq!(string::compare(mc, of(a), of(b)).unwrap(), models[a].cmp(&models[b]));
                    }
                    Step::Find(a, b, from) => {
                        let (text, part) = (string::units(mc, of(a)).unwrap(), string::units(mc, of(b)).unwrap());
                        prop_assert_eq!(text.find(&part, from), find(&models[a], &models[b], from));
                        let last = (0..=from).rev().find(|&at| at <= models[a].len() && models[a][at..].starts_with(&models[b]));
                        prop_assert_eq!(text.rfind(&part, from), last);
                    }
                }
                check(mc, vm.globals[to], &models[to]);
                Ok(())
            })?;
            heap.safepoint().unwrap();
        }
    }
}

#[test]
fn writing_out_a_deep_rope_overflows_the_stack() {
    const DEPTH: usize = 1_000_000;
    // Growing at its end, at its beginning, and at both.
    for side in 0..3 {
        let mut heap = vm(&[], false);
        heap.mutate(|mc, vm| vm.globals[0] = string::from_str(mc, "the first of all parts ….").unwrap());
        for round in 0..DEPTH / 1000 {
            heap.mutate(|mc, vm| {
                for step in 0..1000 {
                    let part = string::from_latin1(mc, if step % 2 == 0 { b"a" } else { b"bc" }).unwrap();
                    let at_end = side == 0 || side == 2 && (round + step) % 2 == 0;
                    let (a, b) = if at_end { (vm.globals[0], part) } else { (part, vm.globals[0]) };
                    vm.globals[0] = string::concat(mc, a, b).unwrap();
                }
            });
            heap.safepoint().unwrap();
        }
        heap.mutate(|mc, vm| {
            let length = 25 + DEPTH / 2 * 3;
            assert_eq!(string::length(vm.globals[0]), length);
            let units = string::units(mc, vm.globals[0]).unwrap();
            assert_eq!(units.len(), length);
            assert_eq!(units.iter().filter(|&unit| unit == 0x2026).count(), 1);
            let (first, last) = (units.get(0).unwrap(), units.get(length - 1).unwrap());
            match side {
                0 => assert_eq!((first, last), (u16::from(b't'), u16::from(b'c'))),
                1 => assert_eq!((first, last), (u16::from(b'b'), u16::from(b'.'))),
                _ => {}
            }
        });
    }
}

#[test]
fn a_rope_is_written_out_again_and_again() {
    vm(&[], false).mutate(|mc, vm| {
        let part = string::from_str(mc, "0123456789ABCDEF").unwrap();
        let rope = string::concat(mc, part, part).unwrap();
        assert!(rope.downcast::<string::Rope>().is_some());
        let first = string::flat(mc, rope).unwrap();
        assert!(first.same(string::flat(mc, rope).unwrap()), "the rope remembers its text");
        vm.globals[0] = string::concat(mc, rope, rope).unwrap();
        assert_eq!(string::to_rust(mc, vm.globals[0]).unwrap(), "0123456789ABCDEF".repeat(4));
    });
}

#[test]
fn a_string_outgrows_the_longest() {
    vm(&[], false).mutate(|mc, vm| {
        let mut half = string::from_str(mc, "0123456789ABCDEF0123456789ABCDEF").unwrap();
        while string::length(half) <= string::MAX_LENGTH / 2 {
            half = mangrove_vm::runtime::operators::add(mc, vm, half, half).unwrap();
        }
        let whole = mangrove_vm::runtime::operators::add(mc, vm, half, half);
        assert_eq!(crate::thrown(mc, vm, whole), "RangeError: Invalid string length");
    });
}
