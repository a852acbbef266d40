//! Hazards: a hole that a script can see, a length that lies, elements lost at either end.

use mangrove_gc::Value;
use mangrove_vm::atoms::names;
use mangrove_vm::runtime::array::{self, Array, ArrayWrite as _};
use mangrove_vm::runtime::{iterator, property};
use proptest::prelude::*;

use crate::{show, text, thrown, vm};

#[derive(Clone, Debug)]
enum Step {
    Put(usize),
    Push,
    Pop,
    Shift,
    Length(usize),
    Delete(usize),
    Splice(usize, usize, usize),
    Overwrite(usize, usize),
    Get(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let n = 0_usize..40;
    let step = prop_oneof![
        3 => n.clone().prop_map(Step::Put),
        4 => Just(Step::Push),
        2 => Just(Step::Pop),
        4 => Just(Step::Shift),
        1 => n.clone().prop_map(Step::Length),
        2 => n.clone().prop_map(Step::Delete),
        2 => (n.clone(), 0_usize..5, 0_usize..5).prop_map(|(start, count, new)| Step::Splice(start, count, new)),
        1 => (n.clone(), 0_usize..5).prop_map(|(start, new)| Step::Overwrite(start, new)),
        2 => n.prop_map(Step::Get),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn an_array_is_not_its_elements(steps in steps(), moving: bool) {
        let mut heap = vm(&[], moving);
        let mut model: Vec<Option<String>> = Vec::new();
        heap.mutate(|mc, vm| vm.globals[0] = array::with_capacity(mc, 2).unwrap().into());
        for (time, step) in steps.into_iter().enumerate() {
            heap.mutate(|mc, vm| {
                let array = vm.globals[0].downcast::<Array>().unwrap();
                // Half of the elements are heap objects.
                let name = |n: usize| if n.is_multiple_of(2) { format!("{n}") } else { format!("element {n}") };
                let value = text(mc, &name(time));
                match step {
                    Step::Put(at) => {
                        property::set_index(mc, vm, array.into(), Value::int(at as i32), value).unwrap();
                        if at >= model.len() {
                            model.resize(at + 1, None);
                        }
                        model[at] = Some(name(time));
                    }
                    Step::Push => {
                        array::push(mc, array, value).unwrap();
                        model.push(Some(name(time)));
                    }
                    Step::Pop => {
                        let last = array::pop(array);
                        prop_assert_eq!(show(mc, vm, last), model.pop().flatten().unwrap_or("undefined".into()));
                    }
                    Step::Shift => {
                        let first = array::shift(array);
                        let expected = if model.is_empty() { None } else { model.remove(0) };
                        prop_assert_eq!(show(mc, vm, first), expected.unwrap_or("undefined".into()));
                    }
                    Step::Length(length) => {
                        property::set(mc, vm, array.into(), names::LENGTH, Value::int(length as i32)).unwrap();
                        model.resize(length, None);
                    }
                    Step::Delete(at) => {
                        prop_assert!(property::delete_index(mc, vm, array.into(), Value::int(at as i32)).unwrap());
                        model.get_mut(at).into_iter().for_each(|element| *element = None);
                    }
                    Step::Splice(start, count, new) => {
                        let start = start.min(model.len());
                        let count = count.min(model.len() - start);
                        array.write(mc).elements().splice(mc, start, count, &vec![value; new]).unwrap();
                        model.splice(start..start + count, vec![Some(name(time)); new]);
                    }
                    Step::Overwrite(start, new) => {
                        let start = start.min(model.len());
                        let new = new.min(model.len() - start);
                        array::overwrite(mc, array, start, &vec![value; new]);
                        model[start..start + new].fill(Some(name(time)));
                    }
                    Step::Get(at) => {
                        let key = if time % 2 == 0 { Value::int(at as i32) } else { text(mc, &at.to_string()) };
                        let found = property::get_index(mc, vm, array.into(), key).unwrap();
                        let expected = model.get(at).cloned().flatten().unwrap_or("undefined".into());
                        prop_assert_eq!(show(mc, vm, found), expected);
                        let key = property::to_key(mc, vm, key).unwrap();
                        let has = property::has(mc, vm, array.into(), key, false).unwrap();
                        prop_assert_eq!(has, model.get(at).is_some_and(Option::is_some));
                    }
                }
                let expected: Vec<_> = model.iter().map(|element| element.as_deref().unwrap_or("-")).collect();
                prop_assert_eq!(show(mc, vm, array.into()), format!("[{}]", expected.join(",")));
                let length = property::get(mc, vm, array.into(), names::LENGTH).unwrap();
                prop_assert_eq!(length.as_int(), Some(model.len() as i32));
                let keys = property::keys(mc, vm, array.into()).unwrap();
                prop_assert_eq!(keys.len(), model.iter().flatten().count());
                let all = iterator::collect(mc, vm, array.into(), "a").unwrap();
                prop_assert_eq!(all.len(), model.len());
                prop_assert!(all.iter().all(|value| !value.word().is_hole()), "a hole got out");
                Ok(())
            })?;
            heap.safepoint().unwrap();
        }
    }
}

#[test]
fn an_array_takes_any_key() {
    vm(&[], false).mutate(|mc, vm| {
        let array = array::new(mc, &[Value::int(1), Value::int(2)]).unwrap();
        for key in [Value::int(-1), Value::double(0.5), Value::double(4_294_967_296.0), text(mc, "01"), text(mc, "x")] {
            assert!(property::get_index(mc, vm, array.into(), key).unwrap().same(Value::UNDEFINED));
        }
        let one = text(mc, "1");
        assert_eq!(property::get_index(mc, vm, array.into(), one).unwrap().as_int(), Some(2));
        for length in [Value::int(-1), Value::double(1.5), Value::double(4_294_967_296.0), Value::UNDEFINED] {
            let outcome = property::set(mc, vm, array.into(), names::LENGTH, length);
            assert_eq!(thrown(mc, vm, outcome), "RangeError: Invalid array length");
        }
        assert_eq!(array.len(), 2);
    });
}

#[test]
fn a_frozen_array_changes() {
    vm(&[], false).mutate(|mc, vm| {
        let array = array::new(mc, &[Value::int(1)]).unwrap();
        property::freeze(mc, vm, array.into()).unwrap();
        let length = text(mc, "length");
        for (key, expected) in [
            (Value::int(0), "Cannot assign to read only property '0' of object '[object Array]'"),
            (Value::int(5), "Cannot add property 5, object is not extensible"),
            (length, "Cannot assign to read only property 'length' of object '[object Array]'"),
        ] {
            let outcome = property::set_index(mc, vm, array.into(), key, Value::int(0));
            assert_eq!(thrown(mc, vm, outcome), format!("TypeError: {expected}"));
        }
        let outcome = property::delete_index(mc, vm, array.into(), Value::int(0));
        assert_eq!(thrown(mc, vm, outcome), "TypeError: Cannot delete property '0' of [object Array]");
        assert_eq!(array.len(), 1);
    });
}
