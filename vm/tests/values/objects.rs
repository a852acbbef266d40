//! Hazards: a slot read by the wrong shape, a property lost on the way to a dictionary, an order that is not the
//! language's, a cache that outlives what it knows.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Value};
use mangrove_vm::bytecode::{Atom, Site};
use mangrove_vm::machine::Vm;
use mangrove_vm::runtime::cache;
use mangrove_vm::runtime::error::{self, ErrorKind};
use mangrove_vm::runtime::object::{self, Object};
use mangrove_vm::runtime::property::{self, Key};
use mangrove_vm::runtime::shape::{MAX_PROPERTIES, Shapes};
use mangrove_vm::runtime::{array, function, string};
use proptest::prelude::*;

use crate::{key, text, thrown, vm};

/// Names that are atoms: `p0` to `p89`, and one that is an index.
fn names() -> Vec<String> {
    (0..90).map(|n| format!("p{n}")).chain(["7".to_owned()]).collect()
}

fn new_vm(moving: bool) -> mangrove_gc::Heap<mangrove_vm::machine::Js> {
    let names = names();
    vm(&names.iter().map(String::as_str).collect::<Vec<_>>(), moving)
}

/// Names of properties: atoms, indices, and strings that no text has.
fn name(number: usize) -> String {
    match number {
        0..90 => format!("p{number}"),
        90..96 => (number - 84).to_string(),
        96..100 => format!("no text has this name: {number}"),
        _ => ["07", "4294967295", "4294967294", "-1", "1.5"][number % 5].to_owned(),
    }
}
const NAMES: usize = 105;

#[derive(Clone, Debug)]
enum Step {
    Set(usize, usize),
    Delete(usize, usize),
    Get(usize, usize),
    SiteGet(usize, usize),
    SiteSet(usize, usize),
    Copy(usize, usize),
    Freeze(usize),
    New(usize),
}

const OBJECTS: usize = 4;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Few names, so that shapes are shared; now and then many, so that there are dictionaries.
    let name = || prop_oneof![6 => 0_usize..5, 1 => 0..NAMES];
    let at = 0..OBJECTS;
    let step = prop_oneof![
        8 => (at.clone(), name()).prop_map(|(at, name)| Step::Set(at, name)),
        2 => (at.clone(), name()).prop_map(|(at, name)| Step::Delete(at, name)),
        4 => (at.clone(), name()).prop_map(|(at, name)| Step::Get(at, name)),
        10 => (at.clone(), 0_usize..5).prop_map(|(at, name)| Step::SiteGet(at, name)),
        10 => (at.clone(), 0_usize..5).prop_map(|(at, name)| Step::SiteSet(at, name)),
        1 => (at.clone(), at.clone()).prop_map(|(to, from)| Step::Copy(to, from)),
        1 => at.clone().prop_map(Step::Freeze),
        3 => at.prop_map(Step::New),
    ];
    prop::collection::vec(step, 1..250)
}

#[derive(Clone, Default)]
struct Model {
    properties: Vec<(String, i32)>,
    frozen: bool,
}

impl Model {
    fn get(&self, name: &str) -> Option<i32> {
        self.properties.iter().find(|property| property.0 == name).map(|property| property.1)
    }

    fn set(&mut self, name: &str, value: i32) -> bool {
        if self.frozen {
            return false;
        }
        match self.properties.iter_mut().find(|property| property.0 == name) {
            Some(property) => property.1 = value,
            None => self.properties.push((name.to_owned(), value)),
        }
        true
    }

    fn in_order(&self) -> Vec<(String, i32)> {
        let index =
            |name: &str| name.parse::<u32>().ok().filter(|index| *index < u32::MAX && index.to_string() == name);
        let mut properties = self.properties.clone();
        properties.sort_by_key(|property| index(&property.0).unwrap_or(u32::MAX));
        properties
    }
}

fn object<'gc>(vm: &Vm<'gc>, at: usize) -> Gc<'gc, Object<'gc>> {
    vm.globals[at].downcast().expect("an object")
}

fn contents<'gc>(mc: &Mutation<'gc>, vm: &Vm<'gc>, at: usize) -> Vec<(String, i32)> {
    let entries = object::own_entries(mc, vm, object(vm, at)).unwrap();
    entries.iter().map(|&(key, value)| (string::to_rust(mc, key).unwrap(), value.as_int().unwrap())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn an_object_is_not_its_properties(steps in steps(), moving: bool) {
        let mut heap = new_vm(moving);
        let mut models = vec![Model::default(); OBJECTS];
        heap.mutate(|mc, vm| {
            for at in 0..OBJECTS {
                vm.globals[at] = object::new_plain(mc, vm).unwrap().into();
            }
        });
        let site = |code: &mangrove_vm::machine::Code, n: usize| {
            let name = code.atoms.lookup(&format!("p{n}").encode_utf16().collect::<Vec<_>>()).unwrap();
            Site { name, cache: Cell::new(0) }
        };
        // One site per name, for all reads and writes of all objects.
        let sites: Vec<Site> = heap.mutate(|_, vm| (0..5).map(|n| site(&vm.code, n)).collect());
        for (time, step) in steps.into_iter().enumerate() {
            let value = time as i32;
            heap.mutate(|mc, vm| {
                match step {
                    Step::Set(at, name_of) => {
                        let name = name(name_of);
                        let key = text(mc, &name);
                        let done = property::set_index(mc, vm, vm.globals[at], key, value.into());
                        prop_assert_eq!(done.is_ok(), models[at].set(&name, value));
                    }
                    Step::Delete(at, name_of) => {
                        let name = name(name_of);
                        let key = text(mc, &name);
                        let done = property::delete_index(mc, vm, vm.globals[at], key);
                        let refused = models[at].frozen && models[at].get(&name).is_some();
                        prop_assert_eq!(done.ok(), (!refused).then_some(true));
                        if !refused {
                            models[at].properties.retain(|property| property.0 != name);
                        }
                    }
                    Step::Get(at, name_of) => {
                        let name = name(name_of);
                        let key = text(mc, &name);
                        let found = property::get_index(mc, vm, vm.globals[at], key).unwrap();
                        prop_assert_eq!(found.as_int(), models[at].get(&name));
                        let key = property::to_key(mc, vm, key).unwrap();
                        let has = property::has(mc, vm, vm.globals[at], key, true).unwrap();
                        prop_assert_eq!(has, models[at].get(&name).is_some());
                    }
                    Step::SiteGet(at, name) => {
                        let expected = models[at].get(&format!("p{name}"));
                        if let Some(found) = cache::get_cached(vm, vm.globals[at], &sites[name]) {
                            prop_assert_eq!(found.as_int(), expected);
                        }
                        let found = cache::get_site(mc, vm, vm.globals[at], &sites[name]).unwrap();
                        prop_assert_eq!(found.as_int(), expected);
                        let again = cache::get_cached(vm, vm.globals[at], &sites[name]);
                        prop_assert!(again.is_none_or(|again| again.same(found)));
                    }
                    Step::SiteSet(at, name) => {
                        let done = cache::set_cached(mc, vm, vm.globals[at], &sites[name], value.into())
                            || cache::set_site(mc, vm, vm.globals[at], &sites[name], value.into()).is_ok();
                        prop_assert_eq!(done, models[at].set(&format!("p{name}"), value));
                    }
                    Step::Copy(to, from) if to != from && !models[to].frozen => {
                        property::copy_properties(mc, vm, object(vm, to), vm.globals[from], &[]).unwrap();
                        for (name, value) in models[from].in_order() {
                            models[to].set(&name, value);
                        }
                    }
                    Step::Copy(..) => {}
                    Step::Freeze(at) => {
                        property::freeze(mc, vm, vm.globals[at]).unwrap();
                        models[at].frozen = true;
                    }
                    Step::New(at) => {
                        vm.globals[at] = object::new_plain(mc, vm).unwrap().into();
                        models[at] = Model::default();
                    }
                }
                for (at, model) in models.iter().enumerate() {
                    prop_assert_eq!(contents(mc, vm, at), model.in_order());
                    prop_assert_eq!(property::is_frozen(vm, vm.globals[at]), model.frozen);
                }
                Ok(())
            })?;
            heap.safepoint().unwrap();
        }
    }
}

fn atom(vm: &Vm<'_>, name: &str) -> Atom {
    vm.code.atoms.lookup(&name.encode_utf16().collect::<Vec<_>>()).expect("an atom")
}

#[test]
fn the_sixty_fifth_property_is_lost() {
    for moving in [false, true] {
        let mut heap = new_vm(moving);
        heap.mutate(|mc, vm| vm.globals[0] = object::new_plain(mc, vm).unwrap().into());
        for n in 0..90 {
            heap.mutate(|mc, vm| {
                let name = atom(vm, &format!("p{n}"));
                property::set(mc, vm, vm.globals[0], name, n.into()).unwrap();
                assert_eq!(contents(mc, vm, 0), (0..=n).map(|n| (format!("p{n}"), n)).collect::<Vec<_>>());
            });
            heap.safepoint().unwrap();
        }
        const { assert!(MAX_PROPERTIES < 90) };
    }
}

#[test]
fn a_literal_has_its_values_in_other_slots() {
    new_vm(false).mutate(|mc, vm| {
        let make = |mc: &_, vm: &mut Vm<'_>, names: &[&str]| {
            let atoms: Vec<Atom> = names.iter().map(|name| atom(vm, name)).collect();
            let shape = vm.shapes.template(&vm.code.atoms, &atoms);
            (atoms, shape, mc as *const _ as usize)
        };
        for names in [vec![], vec!["p1"], vec!["p3", "p1", "p2"], vec!["p1", "7", "p2"]] {
            let (atoms, shape, _) = make(mc, vm, &names);
            let values: Vec<Value> = (0..names.len() as i32).map(Value::int).collect();
            let object = object::new_with(mc, vm, shape, &atoms, &values).unwrap();
            for (at, name) in names.iter().enumerate() {
                let key = key(mc, vm, name);
                assert_eq!(object::get_own(vm, object, key).unwrap().as_int(), Some(at as i32), "{names:?}");
            }
            property::set(mc, vm, object.into(), atom(vm, "p80"), Value::TRUE).unwrap();
            let p80 = key(mc, vm, "p80");
            assert!(object::get_own(vm, object, p80).unwrap().same(Value::TRUE));
        }
        let shape = vm.shapes.template(&vm.code.atoms, &[]);
        assert_eq!(shape, Shapes::PLAIN);
    });
}

#[test]
fn shapes_without_end() {
    // Each object has another order of properties: shapes run out, objects do not.
    let mut heap = new_vm(false);
    let mut random = 1_u64;
    for _ in 0..3000 {
        heap.mutate(|mc, vm| {
            let object = object::new_plain(mc, vm).unwrap();
            let mut expected = Vec::new();
            for _ in 0..40 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let name = format!("p{}", (random >> 40) % 90);
                let key = key(mc, vm, &name);
                object::set_own(mc, vm, object, key, Value::TRUE).unwrap();
                if !expected.contains(&name) {
                    expected.push(name);
                }
            }
            let entries = object::own_entries(mc, vm, object).unwrap();
            let names: Vec<_> = entries.iter().map(|entry| string::to_rust(mc, entry.0).unwrap()).collect();
            assert_eq!(names, expected);
        });
        heap.safepoint().unwrap();
    }
}

#[test]
fn what_is_hidden_is_listed() {
    new_vm(true).mutate(|mc, vm| {
        let error = error::new_error(mc, vm, ErrorKind::TypeError, "no").unwrap();
        assert_eq!(error::kind(vm, error), Some(ErrorKind::TypeError));
        assert!(property::keys(mc, vm, error).unwrap().is_empty());
        // As a dictionary, too.
        for n in 0..90 {
            let name = atom(vm, &format!("p{n}"));
            property::set(mc, vm, error, name, Value::TRUE).unwrap();
        }
        assert_eq!(property::keys(mc, vm, error).unwrap().len(), 90);
        let message = key(mc, vm, "message");
        let Some(object) = error.downcast::<Object>() else { panic!() };
        assert_eq!(string::to_rust(mc, object::get_own(vm, object, message).unwrap()).unwrap(), "no");
    });
}

#[test]
fn a_message_is_not_nodes() {
    new_vm(false).mutate(|mc, vm| {
        let frozen = object::new_plain(mc, vm).unwrap();
        let p1 = atom(vm, "p1");
        object::set_own(mc, vm, frozen, Key::Atom(p1), Value::TRUE).unwrap();
        property::freeze(mc, vm, frozen.into()).unwrap();
        let abc = text(mc, "abc");
        let p2 = atom(vm, "p2");
        let cases = [
            (
                property::get(mc, vm, Value::UNDEFINED, p1).map(|_| ()),
                "Cannot read properties of undefined (reading 'p1')",
            ),
            (property::get(mc, vm, Value::NIL, p1).map(|_| ()), "Cannot read properties of null (reading 'p1')"),
            (
                property::get_index(mc, vm, Value::NIL, frozen.into()).map(|_| ()),
                "Cannot read properties of null (reading '#<Object>')",
            ),
            (property::set(mc, vm, Value::UNDEFINED, p1, abc), "Cannot set properties of undefined (setting 'p1')"),
            (
                property::set(mc, vm, frozen.into(), p1, abc),
                "Cannot assign to read only property 'p1' of object '#<Object>'",
            ),
            (property::set(mc, vm, frozen.into(), p2, abc), "Cannot add property p2, object is not extensible"),
            (
                property::delete_index(mc, vm, frozen.into(), vm.string(p1)).map(|_| ()),
                "Cannot delete property 'p1' of #<Object>",
            ),
            (
                property::delete_index(mc, vm, Value::NIL, vm.string(p1)).map(|_| ()),
                "Cannot convert undefined or null to object",
            ),
            (property::set(mc, vm, abc, p1, abc), "Cannot create property 'p1' on string 'abc'"),
            (
                property::set_index(mc, vm, abc, Value::int(0), abc),
                "Cannot assign to read only property '0' of string 'abc'",
            ),
            (property::set(mc, vm, Value::int(5), p1, abc), "Cannot create property 'p1' on number '5'"),
            (property::set(mc, vm, Value::TRUE, p1, abc), "Cannot create property 'p1' on boolean 'true'"),
        ];
        for (outcome, expected) in cases {
            let got = thrown(mc, vm, outcome);
            assert!(got.ends_with(expected), "{got}, not {expected}");
        }
    });
}

#[test]
fn a_named_property_of_an_array_is_lost() {
    let mut heap = new_vm(true);
    heap.mutate(|mc, vm| {
        vm.globals[0] = array::new(mc, &[Value::int(1)]).unwrap().into();
        vm.globals[1] = function::closure(mc, 0, &[]).unwrap().into();
        for at in 0..2 {
            for name in ["p1", "-1", "no text has this name"] {
                let key = text(mc, name);
                property::set_index(mc, vm, vm.globals[at], key, Value::int(7)).unwrap();
            }
        }
    });
    for round in 0..3 {
        heap.safepoint().unwrap();
        heap.mutate(|mc, vm| {
            for at in 0..2 {
                let value = vm.globals[at];
                for name in ["p1", "-1", "no text has this name"] {
                    let key = text(mc, name);
                    assert_eq!(property::get_index(mc, vm, value, key).unwrap().as_int(), Some(7), "round {round}");
                }
                let keys = property::keys(mc, vm, value).unwrap();
                assert_eq!(keys.len(), if at == 0 { 4 } else { 3 });
            }
        });
    }
    heap.mutate(|mc, vm| {
        let value = vm.globals[0];
        let site = Site { name: atom(vm, "p1"), cache: Cell::new(0) };
        assert_eq!(cache::get_site(mc, vm, value, &site).unwrap().as_int(), Some(7));
        let another = array::new(mc, &[]).unwrap();
        assert!(cache::get_cached(vm, another.into(), &site).is_none_or(|found| found.same(Value::UNDEFINED)));
        assert!(property::delete_index(mc, vm, value, vm.string(site.name)).unwrap());
        assert!(cache::get_site(mc, vm, value, &site).unwrap().same(Value::UNDEFINED));
        property::freeze(mc, vm, value).unwrap();
        let outcome = property::set(mc, vm, value, site.name, Value::NIL);
        assert_eq!(thrown(mc, vm, outcome), "TypeError: Cannot add property p1, object is not extensible");
        vm.globals.fill(Value::NIL);
    });
    heap.collect(mangrove_gc::Collect::Full).unwrap();
    heap.verify().unwrap();
}
