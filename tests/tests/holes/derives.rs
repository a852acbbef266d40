//! Hole 6: what the derives emit visits every slot, of every shape of a type.

use super::*;

#[derive(Trace, Object)]
struct Decoy<'gc>(Slot<'gc>);
#[allow(dead_code, reason = "that they are not called is the point")]
impl Decoy<'_> {
    const NEEDS_TRACE: bool = false;
    const MAP: u8 = 0;
    fn trace<T>(&mut self, _: T) -> ! {
        unreachable!("the inherent method was called")
    }
}

#[derive(Trace, Object)]
struct Mapped<'gc> {
    small: u8,
    first: Slot<'gc>,
    decoy: Decoy<'gc>,
    bits: u64,
    pair: (Value<'gc>, u32, Value<'gc>),
    maybe: Option<Gc<'gc, Static<i32>>>,
    array: [Slot<'gc>; 2],
    r#type: Value<'gc>,
}

#[derive(Trace, Object)]
enum Shape<'gc> {
    One(Value<'gc>, u8, Value<'gc>),
    Named { list: Vec<Value<'gc>>, deep: Option<(Slot<'gc>, Option<Value<'gc>>)> },
    Nothing,
}

#[derive(Trace, Object)]
struct Many<'gc> {
    a: [Value<'gc>; 12],
    b: [Value<'gc>; 12],
    shape: Shape<'gc>,
    generic: Generic<'gc, Value<'gc>, 3>,
    list: SlotVec<'gc>,
    /// Here it is visited by `trace`, in `Mapped` by the map.
    decoy: Decoy<'gc>,
}

#[derive(Trace, Object)]
struct Generic<'gc, T: Object<'gc>, const N: usize>([T; N], Option<Gc<'gc, T>>);

#[test]
fn map_lists_every_slot_under_its_field() {
    let map = <Mapped<'_> as Trace<'_>>::MAP;
    assert!(map.is_complete());
    let fields: Vec<_> = map.slots().iter().map(|slot| slot.field).collect();
    assert_eq!(fields, ["first", "decoy", "pair", "pair", "maybe", "array", "array", "type"]);
    let mut offsets: Vec<_> = map.slots().iter().map(|slot| slot.offset).collect();
    assert_eq!(usize::from(offsets[0]), std::mem::offset_of!(Mapped<'_>, first));
    offsets.sort_unstable();
    offsets.dedup();
    assert_eq!(offsets.len(), 8, "a slot is listed twice: {map:?}");
    assert!(!<Many<'_> as Trace<'_>>::MAP.is_complete() && !<Shape<'_> as Trace<'_>>::MAP.is_complete());
    assert!(!<Generic<'_, u8, 3> as Trace<'_>>::MAP.slots().is_empty(), "it has a pointer");
}

fn boxed<'gc>(mc: &Mutation<'gc>, n: &mut i32) -> Result<Gc<'gc, Static<i32>>, AllocError> {
    *n += 1;
    mc.alloc(Static(*n))
}

/// All values of an object, in the order in which they were made.
fn of_mapped<'gc>(o: &Mapped<'gc>) -> Vec<Value<'gc>> {
    let [a, b] = &o.array;
    let maybe = o.maybe.unwrap().into();
    vec![o.first.get(), o.decoy.0.get(), o.pair.0, o.pair.2, maybe, a.get(), b.get(), o.r#type]
}

fn of_shape<'gc>(shape: &Shape<'gc>) -> Vec<Value<'gc>> {
    match shape {
        Shape::One(a, _, b) => vec![*a, *b],
        Shape::Named { list, deep } => {
            let deep = deep.iter().flat_map(|(slot, maybe)| [Some(slot.get()), *maybe]).flatten();
            list.iter().copied().chain(deep).collect()
        }
        Shape::Nothing => vec![],
    }
}

fn of_many<'gc>(o: &Many<'gc>) -> Vec<Value<'gc>> {
    let generic = o.generic.0.iter().chain(o.generic.1.as_deref());
    let shape = of_shape(&o.shape);
    o.a.iter()
        .chain(&o.b)
        .copied()
        .chain(shape)
        .chain(generic.copied())
        .chain([o.decoy.0.get()])
        .chain(o.list.iter())
        .collect()
}

fn make<'gc>(mc: &Mutation<'gc>, root: &mut Vec<Value<'gc>>) -> Result<(), AllocError> {
    root.clear();
    let mut n = 0;
    let mut next = || Ok::<Value<'gc>, AllocError>(boxed(mc, &mut n)?.into());
    let many = |next: &mut dyn FnMut() -> Result<Value<'gc>, AllocError>, shape| {
        let mut twelve = || -> Result<[Value<'gc>; 12], AllocError> {
            let mut values = [Value::NIL; 12];
            for value in &mut values {
                *value = next()?;
            }
            Ok(values)
        };
        let (a, b) = (twelve()?, twelve()?);
        let shape = match shape {
            0 => Shape::One(next()?, 7, next()?),
            1 => Shape::Named { list: vec![next()?, next()?], deep: Some((Slot::new(next()?), Some(next()?))) },
            2 => Shape::Named { list: vec![], deep: Some((Slot::new(next()?), None)) },
            _ => Shape::Nothing,
        };
        let generic = Generic([next()?, next()?, next()?], Some(mc.alloc(next()?)?));
        let decoy = Decoy(Slot::new(next()?));
        let object = mc.alloc(Many { a, b, shape, generic, list: SlotVec::new(), decoy })?;
        for _ in 0..5 {
            object.write(mc).list().push(mc, next()?)?;
        }
        Ok::<Value<'gc>, AllocError>(object.into())
    };
    for shape in 0..4 {
        root.push(many(&mut next, shape)?);
    }
    let (first, decoy, p, q) = (next()?, next()?, next()?, next()?);
    let maybe = next()?.downcast();
    let mapped = Mapped {
        small: 1,
        first: Slot::new(first),
        decoy: Decoy(Slot::new(decoy)),
        bits: first.to_bits(),
        pair: (p, 2, q),
        maybe,
        array: [Slot::new(next()?), Slot::new(next()?)],
        r#type: next()?,
    };
    root.push(mc.alloc(mapped)?.into());
    Ok(())
}

#[test]
fn every_field_of_every_shape_is_visited() {
    for seed in 0..4 {
        let mut heap = moving(seed);
        run(&mut heap, make);
        let before = heap.mutate(|_, root| root[4].downcast::<Mapped>().unwrap().bits);
        for round in 0..4 {
            heap.mutate(|_, root| {
                let many = root[..4].iter().flat_map(|v| of_many(&v.downcast::<Many>().unwrap()));
                let mapped = of_mapped(&root[4].downcast::<Mapped>().unwrap());
                let numbers: Vec<i32> = many.chain(mapped).map(|v| v.downcast::<Static<i32>>().unwrap().0).collect();
                let expected: Vec<i32> = (1..=numbers.len() as i32).collect();
                assert_eq!(numbers, expected, "seed {seed}, round {round}");
            });
            collect_all(&mut heap);
        }
        heap.mutate(|_, root| {
            let mapped = root[4].downcast::<Mapped>().unwrap();
            assert_eq!((mapped.small, mapped.bits, mapped.pair.1), (1, before, 2), "plain data was changed");
            assert_ne!(mapped.first.get().to_bits(), before, "it did not move: the test tests nothing");
        });
    }
}

/// A root type with a field of each kind that only roots may have.
#[derive(Trace)]
struct Root<'gc> {
    map: std::collections::HashMap<u8, Value<'gc>>,
    ordered: std::collections::BTreeMap<u8, Shape<'gc>>,
    queue: std::collections::VecDeque<Gc<'gc, Static<i32>>>,
    maybe: Option<Value<'gc>>,
    decoy: Decoy<'gc>,
    weak: Weak<'gc, Static<i32>>,
}
struct Machine;
impl Roots for Machine {
    type Root<'gc> = Root<'gc>;
}

#[test]
fn every_field_of_a_root_is_visited() {
    let config = HeapConfig::default().with_zeal(Zeal::moving(6));
    let mut heap: Heap<Machine> = Heap::new(config, |mc| {
        let mut n = 0;
        let mut next = || boxed(mc, &mut n);
        let mut root = Root {
            map: [(1, next()?.into())].into(),
            ordered: [(1, Shape::One(next()?.into(), 0, next()?.into()))].into(),
            queue: [next()?, next()?, next()?].into(),
            maybe: Some(next()?.into()),
            decoy: Decoy(Slot::new(next()?.into())),
            weak: next()?.downgrade(),
        };
        root.queue.rotate_left(1);
        Ok(root)
    })
    .unwrap();
    for _ in 0..3 {
        heap.mutate(|mc, root| {
            let number = |v: Value<'_>| v.downcast::<Static<i32>>().unwrap().0;
            let shape = of_shape(&root.ordered[&1]);
            let queue: Vec<i32> = root.queue.iter().map(|gc| gc.0).collect();
            assert_eq!((number(root.map[&1]), number(shape[0]), number(shape[1])), (1, 2, 3));
            assert_eq!((queue, number(root.maybe.unwrap())), (vec![5, 6, 4], 7));
            assert_eq!((number(root.decoy.0.get()), mc.census(root).len()), (8, 8));
        });
        for kind in EVERY_KIND {
            heap.collect(kind).unwrap();
            heap.verify().unwrap();
        }
    }
    heap.mutate(|mc, root| assert!(root.weak.upgrade(mc).is_none()));
}
