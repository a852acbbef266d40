//! Hazards: a table that loses or repeats entries when it grows, shrinks, is cleared or moves under an iterator; keys
//! that are equal and hash differently.

use mangrove_gc::{Mutation, Value};
use mangrove_vm::machine::Vm;
use mangrove_vm::runtime::iterator::{self, IterKind};
use mangrove_vm::runtime::table::{self, Map, MapWrite, Set, SetWrite, normal_key};
use mangrove_vm::runtime::{array, number, object, string};
use proptest::prelude::*;

use crate::vm;

const OBJECTS: usize = 4;
const MAP: usize = OBJECTS;
const FIRST_ITERATOR: usize = OBJECTS + 1;
const ITERATORS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Set(usize),
    Delete(usize),
    Get(usize),
    Clear,
    Start(usize),
    Next(usize),
}

/// A key by number, made anew each time: the first of each kind in several ways.
fn make<'gc>(mc: &Mutation<'gc>, vm: &Vm<'gc>, key: usize, way: usize) -> Value<'gc> {
    let long = |n: usize| format!("a key of more than twenty-four units: {n}");
    let key = match key {
        0..OBJECTS => vm.globals[key],
        4 => Value::double(if way.is_multiple_of(2) { f64::NAN } else { -f64::NAN }),
        5 => number::value(if way.is_multiple_of(2) { 0.0 } else { -0.0 }),
        6 => Value::UNDEFINED,
        7 => Value::NIL,
        8 => Value::TRUE,
        9 => Value::double(0.5),
        10..20 => Value::int(key as i32 * 64),
        20..30 => string::from_str(mc, &format!("k{key}")).unwrap(),
        30..35 => string::from_str(mc, &format!("clé {key} …")).unwrap(),
        _ if way.is_multiple_of(2) => string::from_str(mc, &long(key)).unwrap(),
        _ => {
            let text = long(key);
            let (a, b) = text.split_at(way % 30);
            string::concat(mc, string::from_str(mc, a).unwrap(), string::from_str(mc, b).unwrap()).unwrap()
        }
    };
    normal_key(mc, key).unwrap()
}

const KEYS: usize = 45;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..KEYS).prop_map(Step::Set),
        8 => (0..KEYS).prop_map(Step::Delete),
        4 => (0..KEYS).prop_map(Step::Get),
        1 => Just(Step::Clear),
        2 => (0..ITERATORS).prop_map(Step::Start),
        10 => (0..ITERATORS).prop_map(Step::Next),
    ];
    prop::collection::vec(step, 1..300)
}

/// What a map does: each entry has the time of its insertion.
#[derive(Default)]
struct Model {
    entries: Vec<(usize, usize, usize)>,
    clock: usize,
    /// The time up to which each iterator has seen; `None` when it is done.
    iterators: [Option<usize>; ITERATORS],
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn a_map_forgets(steps in steps(), moving: bool) {
        let mut heap = vm(&[], moving);
        let mut model = Model::default();
        heap.mutate(|mc, vm| {
            for at in 0..OBJECTS {
                vm.globals[at] = match at {
                    0 => array::new(mc, &[]).unwrap().into(),
                    1 => Map::new(mc).unwrap().into(),
                    _ => object::new_plain(mc, vm).unwrap().into(),
                };
            }
            vm.globals[MAP] = Map::new(mc).unwrap().into();
        });
        for (time, step) in steps.into_iter().enumerate() {
            heap.mutate(|mc, vm| {
                let map = vm.globals[MAP].downcast::<Map>().unwrap();
                match step {
                    Step::Set(key) => {
                        let value = Value::int(time as i32);
                        table::set(mc, map.write(mc).entries(), make(mc, vm, key, time), value).unwrap();
                        model.clock += 1;
                        match model.entries.iter_mut().find(|entry| entry.0 == key) {
                            Some(entry) => entry.1 = time,
                            None => model.entries.push((key, time, model.clock)),
                        }
                    }
                    Step::Delete(key) => {
                        let deleted = table::delete(mc, map.write(mc).entries(), make(mc, vm, key, time));
                        let before = model.entries.len();
                        model.entries.retain(|entry| entry.0 != key);
                        prop_assert_eq!(deleted, model.entries.len() < before);
                    }
                    Step::Get(key) => {
                        let expected = model.entries.iter().find(|entry| entry.0 == key).map(|entry| entry.1 as i32);
                        prop_assert_eq!(map.entries.get(make(mc, vm, key, time)).and_then(Value::as_int), expected);
                        prop_assert_eq!(map.entries.has(make(mc, vm, key, time)), expected.is_some());
                    }
                    Step::Clear => {
                        table::clear(mc, map.write(mc).entries()).unwrap();
                        model.entries.clear();
                    }
                    Step::Start(at) => {
                        let iter = iterator::iter(mc, map.into(), IterKind::Values).unwrap().unwrap();
                        vm.globals[FIRST_ITERATOR + at] = iter.into();
                        model.iterators[at] = Some(0);
                    }
                    Step::Next(at) => {
                        let Some(iter) = vm.globals[FIRST_ITERATOR + at].downcast() else {
                            return Ok(());
                        };
                        let rest = iterator::peek(mc, iter).unwrap();
                        let found = iterator::iter_next(mc, iter).unwrap().and_then(Value::as_int);
                        prop_assert_eq!(rest.first().and_then(|value| value.as_int()), found);
                        let seen = model.iterators[at];
                        let next = seen.and_then(|seen| model.entries.iter().find(|entry| entry.2 > seen));
                        prop_assert_eq!(found, next.map(|entry| entry.1 as i32));
                        model.iterators[at] = next.map(|entry| entry.2);
                    }
                }
                prop_assert_eq!(map.entries.len(), model.entries.len());
                let values: Vec<_> = map.entries.entries().iter().map(|entry| entry.1.as_int().unwrap() as usize).collect();
                prop_assert_eq!(values, model.entries.iter().map(|entry| entry.1).collect::<Vec<_>>());
                Ok(())
            })?;
            heap.safepoint().unwrap();
        }
    }
}

#[test]
fn a_set_that_is_a_queue_grows_or_slows_down() {
    // As caches use them: the oldest goes, a new one comes.
    const LIVE: i32 = 1000;
    let mut heap = vm(&[], false);
    heap.mutate(|mc, vm| vm.globals[0] = Set::new(mc).unwrap().into());
    for round in 0..200 {
        heap.mutate(|mc, vm| {
            let set = vm.globals[0].downcast::<Set>().unwrap();
            for step in 0..1000 {
                let new = round * 1000 + step;
                table::set(mc, set.write(mc).entries(), Value::int(new), Value::TRUE).unwrap();
                if new >= LIVE {
                    let iter = iterator::iter(mc, set.into(), IterKind::Values).unwrap().unwrap();
                    let oldest = iterator::iter_next(mc, iter).unwrap().unwrap();
                    assert_eq!(oldest.as_int(), Some(new - LIVE));
                    assert!(table::delete(mc, set.write(mc).entries(), oldest));
                }
            }
        });
        heap.safepoint().unwrap();
    }
    heap.mutate(|_, vm| assert_eq!(vm.globals[0].downcast::<Set>().unwrap().entries.len(), LIVE as usize));
    heap.collect(mangrove_gc::Collect::Full).unwrap();
    assert!(heap.stats().block_bytes < 4 << 20, "{:?}", heap.stats());
}

#[test]
fn a_map_that_was_large_stays_so() {
    const MOST: i32 = 100_000;
    let mut heap = vm(&[], false);
    heap.mutate(|mc, vm| {
        let map = Map::new(mc).unwrap();
        vm.globals[0] = map.into();
        for key in 0..MOST {
            table::set(mc, map.write(mc).entries(), Value::int(key), Value::int(-key)).unwrap();
        }
        let iter = iterator::iter(mc, map.into(), IterKind::Keys).unwrap().unwrap();
        for key in 0..MOST {
            // It goes on where it was, though the table shrinks many times.
            assert_eq!(iterator::iter_next(mc, iter).unwrap().and_then(Value::as_int), Some(key));
            assert!(key % 10_000 == 0 || table::delete(mc, map.write(mc).entries(), Value::int(key)));
        }
        assert!(iterator::iter_next(mc, iter).unwrap().is_none());
        let keys: Vec<_> = map.entries.entries().iter().map(|(key, _)| key.as_int().unwrap()).collect();
        assert_eq!(keys, (0..10).map(|key| key * 10_000).collect::<Vec<_>>());
    });
    heap.collect(mangrove_gc::Collect::Full).unwrap();
    assert!(heap.stats().block_bytes < 1 << 20, "{:?}", heap.stats());
}

#[test]
fn an_iterator_of_an_empty_map_misses_what_comes() {
    vm(&[], false).mutate(|mc, _| {
        let map = Map::new(mc).unwrap();
        let iter = iterator::iter(mc, map.into(), IterKind::Keys).unwrap().unwrap();
        for key in 0..20 {
            table::set(mc, map.write(mc).entries(), Value::int(key), Value::NIL).unwrap();
        }
        for key in 0..20 {
            assert_eq!(iterator::iter_next(mc, iter).unwrap().unwrap().as_int(), Some(key));
        }
        assert!(iterator::iter_next(mc, iter).unwrap().is_none());
        table::set(mc, map.write(mc).entries(), Value::int(99), Value::NIL).unwrap();
        assert!(iterator::iter_next(mc, iter).unwrap().is_none(), "done is done");
    });
}

#[test]
fn ten_thousand_objects_hash_alike() {
    let mut heap = vm(&[], true);
    heap.mutate(|mc, vm| {
        let map = Map::new(mc).unwrap();
        let objects: Vec<Value> = (0..10_000).map(|_| object::new_plain(mc, vm).unwrap().into()).collect();
        for (at, &object) in objects.iter().enumerate() {
            table::set(mc, map.write(mc).entries(), object, Value::int(at as i32)).unwrap();
        }
        vm.globals[0] = array::new(mc, &objects).unwrap().into();
        vm.globals[1] = map.into();
    });
    heap.safepoint().unwrap();
    heap.mutate(|mc, vm| {
        let (objects, map) =
            (vm.globals[0].downcast::<array::Array>().unwrap(), vm.globals[1].downcast::<Map>().unwrap());
        for (at, object) in objects.to_vec().into_iter().enumerate() {
            assert_eq!(map.entries.get(object).and_then(Value::as_int), Some(at as i32));
        }
        let stranger = object::new_plain(mc, vm).unwrap();
        assert!(!map.entries.has(stranger.into()));
    });
}
