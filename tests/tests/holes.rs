//! What types cannot rule out, and the collector and the derives must keep: the holes of `SOUNDNESS.md` that were shown
//! by running a program, as tests under zeal. Those that a type rules out are in `soundness.rs`.
//!
//! Every heap comes from `HeapConfig::from_env`, so `MANGROVE_ZEAL` tortures all of it; where moving is the point, the
//! test asks for it by itself.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use mangrove_gc::{
    AllocError, Collect, Gc, Handle, Heap, HeapConfig, HeapError, Mutation, Object, Poisoned, Roots, Slot, SlotVec,
    Static, Str, Tail, Trace, Value, Visitor, Weak, What, Zeal,
};

/// A heap whose root is a stack.
struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

const EVERY_KIND: [Collect; 3] = [Collect::Minor, Collect::Full, Collect::Compact];

fn heap_with(config: HeapConfig) -> Heap<Vm> {
    Heap::new(config, |_| Ok(Vec::new())).unwrap()
}

fn heap() -> Heap<Vm> {
    heap_with(HeapConfig::from_env())
}

/// Moves everything at every safepoint and verifies.
fn moving(seed: u64) -> Heap<Vm> {
    heap_with(HeapConfig::default().with_zeal(Zeal::moving(seed)))
}

/// `mutate` for closures that allocate: zeal may let allocations fail.
fn run<T>(
    heap: &mut Heap<Vm>,
    f: impl for<'gc> FnMut(&Mutation<'gc>, &mut Vec<Value<'gc>>) -> Result<T, AllocError>,
) -> T {
    heap.mutate_retry(f).unwrap()
}

/// Collects in every way, and verifies after each.
fn collect_all(heap: &mut Heap<Vm>) {
    for kind in EVERY_KIND {
        heap.collect(kind).unwrap();
        heap.safepoint().unwrap();
        heap.verify().unwrap();
    }
}

/// The message of a panic.
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).expect("a panic with a text")
}

/// Runs without printing the panic that is expected, which is then returned.
fn panics<T>(f: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("it did not panic"),
        Err(panic) => message(&*panic),
    }
}

/// Holes 2 and 4: the identity of a type.
mod types {
    use super::*;

    #[derive(Trace, Object)]
    struct One<'gc>(Slot<'gc>);
    #[derive(Trace, Object)]
    struct Other<'gc>(Slot<'gc>);
    #[derive(Trace, Object)]
    struct Bits(u64);
    #[derive(Trace, Object)]
    struct OtherBits(u64);
    #[derive(Trace, Object)]
    struct Tagged<'gc, T: 'static>(Slot<'gc>, Static<PhantomData<T>>);
    #[derive(Trace, Object)]
    struct Empty;
    #[derive(Trace, Object)]
    struct OtherEmpty;

    /// How to make an object of a type, and how to ask a value for that type.
    type Make = for<'gc> fn(&Mutation<'gc>) -> Result<Value<'gc>, AllocError>;
    type Is = for<'gc> fn(Value<'gc>) -> bool;

    fn tagged<T: 'static>() -> (&'static str, Make, Is) {
        (
            std::any::type_name::<T>(),
            |mc| Ok(mc.alloc(Tagged::<T>(Slot::new(1.into()), Static(PhantomData)))?.into()),
            |value| value.downcast::<Tagged<'_, T>>().is_some(),
        )
    }

    macro_rules! plain {
        ($t:ty, $mc:ident => $make:expr) => {
            (stringify!($t), |$mc| Ok($make?.into()), |value| value.downcast::<$t>().is_some())
        };
    }

    fn all() -> Vec<(&'static str, Make, Is)> {
        vec![
            plain!(One<'_>, mc => mc.alloc(One(Slot::new(1.into())))),
            plain!(Other<'_>, mc => mc.alloc(Other(Slot::new(1.into())))),
            plain!(Bits, mc => mc.alloc(Bits(1))),
            plain!(OtherBits, mc => mc.alloc(OtherBits(1))),
            plain!(u64, mc => mc.alloc(1u64)),
            plain!(i64, mc => mc.alloc(1i64)),
            plain!(Static<u64>, mc => mc.alloc(Static(1u64))),
            plain!(Static<fn(&u8)>, mc => mc.alloc(Static((|_| ()) as fn(&u8)))),
            plain!(Static<fn(&'static u8)>, mc => mc.alloc(Static((|_| ()) as fn(&'static u8)))),
            plain!(Empty, mc => mc.alloc(Empty)),
            plain!(OtherEmpty, mc => mc.alloc(OtherEmpty)),
            plain!((), mc => mc.alloc(())),
            plain!(Tail<'_, ()>, mc => mc.alloc_tail((), 2, 1.into())),
            plain!(Tail<'_, Empty>, mc => mc.alloc_tail(Empty, 2, 1.into())),
            plain!(Tail<'_, OtherEmpty>, mc => mc.alloc_tail(OtherEmpty, 2, 1.into())),
            plain!(mangrove_gc::Bytes, mc => mc.alloc_bytes(b"text")),
            plain!(Str, mc => mc.alloc_str("text")),
            plain!(Option<Gc<'_, One<'_>>>, mc => mc.alloc(None::<Gc<'_, One<'_>>>)),
            plain!(Option<Gc<'_, Other<'_>>>, mc => mc.alloc(None::<Gc<'_, Other<'_>>>)),
            tagged::<u8>(),
            tagged::<i8>(),
            tagged::<One<'static>>(),
            tagged::<Tagged<'static, u8>>(),
        ]
    }

    /// Types of one layout, whose descriptions a compiler may merge, and instances of one generic type.
    #[test]
    fn types_of_one_layout_are_told_apart() {
        let (all, mut heap) = (all(), moving(4));
        run(&mut heap, |mc, root| {
            root.clear();
            all.iter().try_for_each(|(_, make, _)| {
                root.push(make(mc)?);
                Ok(())
            })
        });
        for round in 0..3 {
            heap.mutate(|_, root| {
                for (value, (made, ..)) in root.iter().zip(&all) {
                    for (asked, _, is) in &all {
                        assert_eq!(is(*value), made == asked, "round {round}: a `{made}` taken for a `{asked}`");
                    }
                }
            });
            collect_all(&mut heap);
        }
    }

    #[test]
    fn value_that_is_no_pointer_has_no_type() {
        let mut heap = heap();
        heap.mutate(|_, _| {
            let values = [1.into(), 1.5.into(), Value::NIL, Value::POISON, Value::TRUE, Value::symbol(8).unwrap()];
            for value in values.into_iter().chain([Value::native(8).unwrap(), Value::task(8).unwrap()]) {
                assert!(value.type_name().is_none());
                assert!(all().iter().all(|(_, _, is)| !is(value)), "{value:?}");
            }
        });
    }
}

/// Hole 6: what the derives emit visits every slot, of every shape of a type.
mod derives {
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
                    let numbers: Vec<i32> =
                        many.chain(mapped).map(|v| v.downcast::<Static<i32>>().unwrap().0).collect();
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
}

/// Hole 8: payloads that want 16-byte alignment.
mod alignment {
    use super::*;

    #[derive(Trace, Object)]
    #[repr(align(16))]
    struct Wide<'gc> {
        slot: Slot<'gc>,
        tag: u64,
    }

    #[derive(Trace, Object)]
    struct Huge {
        words: [u128; 3],
        rest: [[u128; 64]; 40],
    }

    fn aligned<T>(of: &T) -> bool {
        std::ptr::from_ref(of).addr().is_multiple_of(16)
    }

    #[test]
    fn payload_stays_aligned_in_every_space() {
        assert_eq!(align_of::<Wide<'_>>(), 16);
        for seed in 0..3 {
            let mut heap = moving(seed);
            run(&mut heap, |mc, root| {
                root.clear();
                for i in 0..200u64 {
                    let number = Value::from(i as i32);
                    // Objects of odd sizes in between.
                    root.push(mc.alloc_slots((), &vec![number; (i % 5) as usize])?.into());
                    root.push(mc.alloc(Wide { slot: Slot::new(root[root.len() - 1]), tag: i })?.into());
                    mc.alloc(i)?;
                    let tail = mc.alloc_tail(Wide { slot: Slot::new(number), tag: i }, (i % 4) as usize, number)?;
                    root.push(tail.into());
                    if i % 50 == 0 {
                        // Beyond a block: a large object.
                        let large = mc.alloc_tail(Wide { slot: Slot::new(number), tag: i }, 9001, number)?;
                        root.push(large.into());
                        root.push(mc.alloc(Huge { words: [u128::from(i); 3], rest: [[7; 64]; 40] })?.into());
                    }
                }
                Ok(())
            });
            for _ in 0..3 {
                heap.mutate(|_, root| {
                    let (mut wide, mut tails, mut huge) = (0, 0, 0);
                    for value in root.iter() {
                        if let Some(object) = value.downcast::<Wide>() {
                            assert!(aligned(object.as_ref()), "{object:?}");
                            let len = object.slot.get().downcast::<Tail<()>>().unwrap().len() as u64;
                            assert_eq!(len, object.tag % 5);
                            wide += 1;
                        } else if let Some(object) = value.downcast::<Tail<Wide>>() {
                            assert!(aligned(&object.head), "{object:?}");
                            let number = Value::from(object.head.tag as i32);
                            assert!(object.head.slot.get().same(number), "{object:?}");
                            assert!(object.slots().iter().all(|slot| slot.get().same(number)));
                            tails += 1;
                        } else if let Some(object) = value.downcast::<Huge>() {
                            assert!(aligned(object.as_ref()));
                            assert_eq!((object.words[2] % 50, object.rest[39][63]), (0, 7));
                            huge += 1;
                        }
                    }
                    assert_eq!((wide, tails, huge), (200, 204, 4));
                });
                collect_all(&mut heap);
            }
        }
    }
}

/// Hole 9: doubles that read as pointers.
mod doubles {
    use super::*;

    #[derive(Trace, Object)]
    struct Raw<'gc> {
        bits: u64,
        double: f64,
        wide: u128,
        slot: Slot<'gc>,
    }

    /// NaNs of every tag that the layout uses, and their signed twins.
    fn patterns() -> impl Iterator<Item = u64> {
        let tops = (0x7FF0..=0x7FFF).chain(0xFFF0..=0xFFFF_u64);
        tops.flat_map(|top| [0, 1, 8, 0x1234_5678, 0x7FFF_FFFF_FFF8, 0xFFFF_FFFF_FFFF].map(|low| top << 48 | low))
    }

    /// Doubles that a program can make of such bits without `unsafe`.
    fn doubles(bits: u64) -> impl Iterator<Item = f64> {
        let nan = f64::from_bits(bits);
        let single = f32::from_bits((bits >> 32) as u32 | 0x7F80_0000);
        let kept = [nan, -nan, nan.mul_add(2.0, 1.0), 1.0f64.mul_add(nan, nan), nan + 1.0, nan * 0.0, 0.0 - nan];
        kept.into_iter().chain([
            f64::from(single),
            f64::from(single.mul_add(2.0, 1.0)),
            nan.max(f64::NAN),
            nan.copysign(1.0),
        ])
    }

    #[test]
    fn no_double_reads_as_a_pointer() {
        let mut heap = moving(9);
        for bits in patterns() {
            heap.mutate(|_, root| {
                root.clear();
                for double in doubles(bits) {
                    let single = double as f32;
                    for value in [
                        Value::from(double),
                        Value::double(double),
                        Value::from(single),
                        Value::from(f32::from_bits(bits as u32 | 0x7F80_0000)),
                    ] {
                        assert!(!value.is_heap() && !value.word().is_traced(), "{bits:#x} became {value:?}");
                        assert!(value.as_double().is_some(), "{bits:#x} became {value:?}");
                        root.push(value);
                    }
                    let stored = Value::from(double).as_double().unwrap();
                    assert!(stored.is_nan() == double.is_nan() && (double.is_nan() || stored == double));
                }
            });
            heap.safepoint().unwrap();
        }
        heap.verify().unwrap();
    }

    #[test]
    fn plain_data_is_never_taken_for_a_word() {
        let mut heap = moving(10);
        run(&mut heap, |mc, root| {
            root.clear();
            let target = mc.alloc_str("target")?;
            let bits = Value::from(target).to_bits();
            let raw = Raw {
                bits,
                double: f64::from_bits(bits),
                wide: u128::from(bits) << 64 | u128::from(bits),
                slot: Slot::new(target.into()),
            };
            root.push(mc.alloc(raw)?.into());
            root.push(mc.alloc_bytes(&bits.to_ne_bytes())?.into());
            Ok(())
        });
        for _ in 0..3 {
            let before = heap.mutate(|_, root| root[0].downcast::<Raw>().unwrap().bits);
            collect_all(&mut heap);
            heap.mutate(|_, root| {
                let raw = root[0].downcast::<Raw>().unwrap();
                assert_eq!(&**raw.slot.get().downcast::<Str>().unwrap(), "target");
                assert_eq!((raw.bits, raw.double.to_bits()), (before, before));
                assert_eq!(raw.wide, u128::from(before) << 64 | u128::from(before));
                assert_eq!(&root[1].downcast::<mangrove_gc::Bytes>().unwrap()[..], &before.to_ne_bytes());
                assert_ne!(raw.slot.get().to_bits(), before, "it did not move: the test tests nothing");
            });
        }
    }
}

/// Hole 13: panics in foreign code; and drops of native data.
mod panics {
    use super::*;

    /// Counts drops by id; panics on those that are armed.
    #[derive(Default)]
    struct Log {
        drops: RefCell<Vec<u32>>,
        armed: RefCell<Vec<usize>>,
        first: RefCell<Option<String>>,
    }

    struct Noisy {
        id: usize,
        log: Rc<Log>,
    }

    impl Drop for Noisy {
        fn drop(&mut self) {
            self.log.drops.borrow_mut()[self.id] += 1;
            if self.log.armed.borrow().contains(&self.id) {
                let text = format!("drop {}", self.id);
                self.log.first.borrow_mut().get_or_insert_with(|| text.clone());
                panic!("{text}");
            }
        }
    }

    impl Log {
        fn new(count: usize, armed: impl IntoIterator<Item = usize>) -> Rc<Self> {
            let log = Log { armed: RefCell::new(armed.into_iter().collect()), ..Log::default() };
            log.drops.replace(vec![0; count]);
            Rc::new(log)
        }

        fn all_once(&self, ids: std::ops::Range<usize>) {
            let drops = self.drops.borrow();
            let bad: Vec<_> = ids.filter(|id| drops[*id] != 1).map(|id| (id, drops[id])).collect();
            assert!(bad.is_empty(), "(id, drops): {bad:?}");
        }

        fn none(&self, ids: std::ops::Range<usize>) {
            assert!(self.drops.borrow()[ids].iter().all(|drops| *drops == 0));
        }
    }

    #[derive(Trace, Object)]
    struct Owner<'gc> {
        next: Slot<'gc>,
        native: Static<Noisy>,
        more: Vec<Static<Noisy>>,
    }

    /// Allocates objects that own `ids`, two each; every second object is kept by the root.
    fn owners<'gc>(
        mc: &Mutation<'gc>,
        root: &mut Vec<Value<'gc>>,
        log: &Rc<Log>,
        ids: std::ops::Range<usize>,
        keep: bool,
    ) -> Result<(), AllocError> {
        let mut next = Value::NIL;
        for id in ids.step_by(2) {
            let noisy = |id| Static(Noisy { id, log: log.clone() });
            let owner = Owner { next: Slot::new(next), native: noisy(id), more: vec![noisy(id + 1)] };
            next = mc.alloc(owner)?.into();
            if keep {
                root.push(next);
            }
        }
        Ok(())
    }

    fn without_failures() -> HeapConfig {
        let config = HeapConfig::from_env();
        // A closure that is called again makes its ids again.
        HeapConfig { zeal: config.zeal.map(|zeal| Zeal { fail_alloc: 0, ..zeal }), ..HeapConfig::default() }
    }

    #[test]
    fn panic_in_a_drop_while_sweeping_drops_the_rest_once() {
        for kind in EVERY_KIND {
            for old in [false, true] {
                // Both members of an object never panic: that would abort, as in any Rust program.
                let log = Log::new(80, [4, 10, 23]);
                let mut heap = heap_with(without_failures());
                heap.mutate(|mc, root| owners(mc, root, &log, 40..80, true)).unwrap();
                heap.mutate(|mc, root| owners(mc, root, &log, 0..40, true)).unwrap();
                if old {
                    heap.collect(Collect::Full).unwrap();
                }
                log.none(0..80);
                heap.mutate(|_, root| root.truncate(20));
                let kind = if old && kind == Collect::Minor { Collect::Full } else { kind };
                let text = panics(|| heap.collect(kind));
                assert_eq!(Some(text), *log.first.borrow(), "{kind:?}, old {old}: not the first panic");
                log.all_once(0..40);
                log.none(40..80);

                heap.verify().unwrap();
                collect_all(&mut heap);
                heap.mutate(|mc, root| {
                    let kept: Vec<usize> = root.iter().map(|v| v.downcast::<Owner>().unwrap().native.id).collect();
                    assert_eq!(kept, (40..80).step_by(2).collect::<Vec<_>>());
                    mc.alloc_str("still of use").unwrap();
                });
                drop(heap);
                log.all_once(0..80);
            }
        }
    }

    #[test]
    fn panic_in_a_drop_with_the_heap_drops_the_rest_once() {
        let log = Log::new(60, [6, 41]);
        let mut heap = heap_with(without_failures());
        heap.mutate(|mc, root| owners(mc, root, &log, 0..30, true)).unwrap();
        heap.collect(Collect::Full).unwrap();
        heap.mutate(|mc, root| owners(mc, root, &log, 30..60, true)).unwrap();
        let text = panics(|| drop(heap));
        assert_eq!(Some(text), *log.first.borrow());
        log.all_once(0..60);
    }

    /// What a panic throws may panic in its own drop.
    struct Grenade;
    impl Drop for Grenade {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("the payload went off");
            }
        }
    }
    struct Thrower(Rc<Cell<u32>>);
    impl Drop for Thrower {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            std::panic::panic_any(Grenade);
        }
    }

    #[test]
    fn panic_in_the_drop_of_a_payload_loses_no_drop() {
        let drops = Rc::new(Cell::new(0));
        let mut heap = heap_with(without_failures());
        heap.mutate(|mc, root| {
            for _ in 0..10 {
                root.push(mc.alloc(Static(Thrower(drops.clone()))).unwrap().into());
            }
        });
        heap.collect(Collect::Minor).unwrap();
        heap.mutate(|_, root| root.clear());
        let thrown = catch_unwind(AssertUnwindSafe(|| heap.collect(Collect::Full))).unwrap_err();
        assert!(thrown.is::<Grenade>(), "{}: not the first panic", message(&*thrown));
        std::mem::forget(thrown);
        assert_eq!(drops.get(), 10);
        heap.safepoint().unwrap();
        heap.verify().unwrap();
        drop(heap);
        assert_eq!(drops.get(), 10);
    }

    /// A root that owns native data whose drop panics.
    #[derive(Trace)]
    struct NoisyRoot<'gc> {
        native: Static<Option<Noisy>>,
        values: Vec<Value<'gc>>,
    }
    struct NoisyVm;
    impl Roots for NoisyVm {
        type Root<'gc> = NoisyRoot<'gc>;
    }

    #[test]
    fn panic_in_a_drop_of_the_root_still_drops_the_objects() {
        let log = Log::new(21, [20]);
        let mut heap: Heap<NoisyVm> = Heap::new(without_failures(), |mc| {
            let native = Static(Some(Noisy { id: 20, log: log.clone() }));
            let mut root = NoisyRoot { native, values: vec![] };
            owners(mc, &mut root.values, &log, 0..20, true)?;
            Ok(root)
        })
        .unwrap();
        assert!(heap.mutate(|_, root| root.native.is_some()));
        assert_eq!(panics(|| drop(heap)), "drop 20");
        log.all_once(0..21);
    }

    #[test]
    fn native_data_is_dropped_once() {
        for what in [What::Minor, What::Slice, What::Full, What::Compact, What::Random] {
            let log = Log::new(600, []);
            let config = HeapConfig::default().with_zeal(Zeal::of(what, 3));
            let mut heap = heap_with(config);
            for round in 0..10 {
                let ids = round * 60..round * 60 + 60;
                heap.mutate(|mc, root| owners(mc, root, &log, ids.start..ids.start + 30, true)).unwrap();
                heap.safepoint().unwrap();
                heap.mutate(|mc, root| owners(mc, root, &log, ids.start + 30..ids.end, false)).unwrap();
                for _ in 0..round {
                    heap.safepoint().unwrap();
                }
                heap.mutate(|_, root| root.drain(..root.len() / 2).count());
                let drops = log.drops.borrow();
                assert!(drops.iter().all(|drops| *drops <= 1), "{what:?}: dropped twice");
            }
            heap.mutate(|_, root| {
                for value in root.iter() {
                    let owner = value.downcast::<Owner>().unwrap();
                    let drops = log.drops.borrow();
                    assert_eq!((drops[owner.native.id], drops[owner.more[0].id]), (0, 0), "{what:?}: dropped in use");
                }
            });
            heap.collect(Collect::Full).unwrap();
            let kept = heap.mutate(|_, root| root.len() * 2);
            let dropped: u32 = log.drops.borrow().iter().sum();
            // A chain keeps its older members: what is dropped is at least what nothing was kept of.
            assert!(dropped >= 300 && dropped as usize + kept <= 600, "{what:?}: {dropped} dropped, {kept} kept");
            drop(heap);
            log.all_once(0..600);
        }
    }

    #[test]
    fn object_that_found_no_room_is_dropped() {
        let log = Log::new(2, []);
        let config = HeapConfig::default().with_zeal(Zeal { fail_alloc: 1, ..Zeal::moving(1) });
        let mut heap = heap_with(config);
        let result = heap.mutate(|mc, root| owners(mc, root, &log, 0..2, true));
        assert_eq!(result.unwrap_err(), AllocError::Collect);
        log.all_once(0..2);
    }

    #[test]
    fn panic_inside_mutate_leaves_the_heap_valid() {
        for zeal in [Zeal::moving(1), Zeal::of(What::Slice, 2), Zeal::of(What::Random, 3)] {
            let mut heap = heap_with(HeapConfig::default().with_zeal(zeal));
            for round in 0..20 {
                let text = panics(|| {
                    heap.mutate(|mc, root| {
                        let list = mc.alloc(SlotVec::new()).unwrap();
                        root.push(list.into());
                        for i in 0..round {
                            let text = mc.alloc_str(&i.to_string()).unwrap();
                            list.write(mc).push(mc, text.into()).unwrap();
                        }
                        let _dropped_while_unwinding = mc.handle(list);
                        panic!("in round {round}");
                    })
                });
                assert_eq!(text, format!("in round {round}"));
                heap.safepoint().unwrap();
                heap.verify().unwrap();
                heap.mutate(|_, root| {
                    for (n, value) in root.iter().enumerate() {
                        let list = value.downcast::<SlotVec>().unwrap();
                        let texts = list.iter().map(|v| v.downcast::<Str>().unwrap().to_string());
                        assert!(texts.eq((0..n).map(|i| i.to_string())) && list.len() == n);
                    }
                });
            }
        }
    }

    #[test]
    fn panic_while_the_root_is_made_is_no_heap() {
        let log = Log::new(4, []);
        let made = catch_unwind(AssertUnwindSafe(|| {
            Heap::<Vm>::new(without_failures(), |mc| {
                owners(mc, &mut vec![], &log, 0..4, false)?;
                panic!("no root")
            })
        }));
        assert_eq!(message(&*made.err().unwrap()), "no root");
        assert!(log.drops.borrow().iter().all(|drops| *drops <= 1));
        let failed = Heap::<Vm>::new(without_failures(), |_| Err(AllocError::Never));
        assert!(matches!(failed, Err(HeapError::Root(AllocError::Never))));
    }
}

/// Hole 13, the other half: a panic while tracing.
mod poison {
    use super::*;

    thread_local! {
        /// The trace that brings this to zero panics.
        static FUSE: Cell<u32> = const { Cell::new(u32::MAX) };
        static DROPS: Cell<u32> = const { Cell::new(0) };
    }

    struct Bomb<'gc>(Slot<'gc>, Counted);

    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPS.set(DROPS.get() + 1);
        }
    }

    // SAFETY: its one slot is visited, unless it panics: then the heap is poisoned. `Counted` holds no value.
    unsafe impl<'gc> Trace<'gc> for Bomb<'gc> {
        fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
            FUSE.set(FUSE.get() - 1);
            assert!(FUSE.get() != 0, "the bomb went off");
            self.0.trace(visitor);
        }
    }
    // SAFETY: the type with its lifetime replaced; the slot is set through `Write` only.
    unsafe impl<'gc> Object<'gc> for Bomb<'gc> {
        type Rebind<'b> = Bomb<'b>;
    }

    #[derive(Trace)]
    struct Root<'gc> {
        before: Vec<Value<'gc>>,
        bomb: Bomb<'gc>,
        after: Vec<Value<'gc>>,
    }
    struct Armed;
    impl Roots for Armed {
        type Root<'gc> = Root<'gc>;
    }

    fn armed() -> Heap<Armed> {
        FUSE.set(u32::MAX);
        let config = HeapConfig::from_env();
        let config = HeapConfig { zeal: config.zeal.map(|zeal| Zeal { fail_alloc: 0, ..zeal }), ..config };
        Heap::new(config, |mc| {
            let mut list = Value::NIL;
            for i in 0..6 {
                let text = mc.alloc_str(&i.to_string())?;
                list = mc.alloc_slots((), &[list, text.into()])?.into();
                list = mc.alloc(Bomb(Slot::new(list), Counted))?.into();
            }
            Ok(Root { before: vec![list], bomb: Bomb(Slot::new(list), Counted), after: vec![list] })
        })
        .unwrap()
    }

    #[test]
    fn panic_while_tracing_poisons_the_heap() {
        for kind in EVERY_KIND {
            let mut completed = false;
            // The fuse burns through every trace of a collection in turn.
            for fuse in 1..200 {
                let mut heap = armed();
                let handle = heap.mutate(|mc, _| mc.handle(mc.alloc_str("held").unwrap()));
                FUSE.set(fuse);
                let result = catch_unwind(AssertUnwindSafe(|| heap.collect(kind)));
                FUSE.set(u32::MAX);
                let Err(panic) = result else {
                    heap.verify().unwrap();
                    completed = true;
                    break;
                };
                assert_eq!(message(&*panic), "the bomb went off");
                assert_eq!(heap.safepoint(), Err(Poisoned));
                assert_eq!(heap.collect(Collect::Full), Err(Poisoned));
                let text = panics(|| heap.mutate(|_, _| ()));
                assert_eq!(text, Poisoned.to_string());
                panics(|| heap.mutate_retry(|_, _| Ok(())));
                panics(|| heap.verify().map(|_| ()));
                assert_eq!(heap.safepoint(), Err(Poisoned), "it is poisoned for good");
                let _ = heap.stats();
                DROPS.set(0);
                drop(heap);
                assert_eq!(DROPS.get(), 0, "a poisoned heap is leaked, not dropped");
                drop(handle);
            }
            assert!(completed, "{kind:?}: the fuse never outlived the collection");
        }
    }
}

/// Hole 17: handles of other heaps, of dead heaps, dropped at any time.
mod handles {
    use super::*;

    fn held(heap: &mut Heap<Vm>, text: &str) -> Handle<Str> {
        run(heap, |mc, _| Ok(mc.handle(mc.alloc_str(text)?)))
    }

    fn text(heap: &mut Heap<Vm>, handle: &Handle<Str>) -> Option<String> {
        heap.mutate(|mc, _| handle.get(mc).map(|s| s.to_string()))
    }

    #[test]
    fn handle_of_another_heap_gives_nothing() {
        let (mut one, mut other) = (moving(1), moving(1));
        let (of_one, of_other) = (held(&mut one, "one"), held(&mut other, "other"));
        for _ in 0..3 {
            assert_eq!(text(&mut one, &of_one).as_deref(), Some("one"));
            assert_eq!(text(&mut other, &of_other).as_deref(), Some("other"));
            assert_eq!((text(&mut one, &of_other), text(&mut other, &of_one)), (None, None));
            collect_all(&mut one);
            collect_all(&mut other);
        }
        one.mutate(|first, _| {
            other.mutate(|second, _| {
                assert!(of_one.get(first).is_some() && of_one.get(second).is_none());
            });
        });
    }

    #[test]
    fn handle_of_a_dead_heap_gives_nothing() {
        let mut first = heap();
        let handle = held(&mut first, "gone");
        drop(first);
        // New heaps may get the memory, and the table's slot numbers, of the dead one.
        for _ in 0..10 {
            let mut next = heap();
            let of_next = held(&mut next, "next");
            assert_eq!((text(&mut next, &handle), text(&mut next, &of_next).as_deref()), (None, Some("next")));
        }
        drop(handle);
    }

    #[test]
    fn slot_of_a_dropped_handle_is_no_root_and_is_used_again() {
        let mut heap = moving(2);
        let keep = held(&mut heap, "keep");
        for i in 0..100 {
            let name = i.to_string();
            let handle = held(&mut heap, &name);
            run(&mut heap, |mc, root| {
                root.clear();
                let holder = mc.alloc(handle.get(mc).unwrap().downgrade())?;
                root.push(holder.into());
                Ok(())
            });
            if i % 3 == 0 {
                heap.collect(Collect::Minor).unwrap();
            }
            assert_eq!(text(&mut heap, &handle), Some(name));
            // In `mutate`, where the table is in use, or outside.
            if i % 2 == 0 {
                heap.mutate(|_, _| drop(handle))
            } else {
                drop(handle)
            }
            heap.collect(Collect::Full).unwrap();
            heap.mutate(|mc, root| {
                assert!(root[0].downcast::<Weak<Str>>().unwrap().upgrade(mc).is_none(), "{i}: still a root");
            });
            assert_eq!(heap.stats().handles, 1);
        }
        assert_eq!(text(&mut heap, &keep).as_deref(), Some("keep"));
    }

    /// Native data that holds a handle: dropped by the sweep, it queues its slot there.
    #[test]
    fn handle_dropped_by_the_sweep_is_harmless() {
        let mut heap = moving(3);
        for round in 0..5 {
            run(&mut heap, |mc, root| {
                root.clear();
                let mut chain = mc.handle(mc.alloc_str("end")?);
                for _ in 0..10 {
                    let owner = mc.alloc(Static((chain, RefCell::new(None::<Handle<Str>>))))?;
                    root.push(owner.into());
                    chain = mc.handle(mc.alloc_str("link")?);
                }
                Ok(())
            });
            collect_all(&mut heap);
            heap.mutate(|mc, root| {
                for value in root.iter() {
                    let owner = value.downcast::<Static<(Handle<Str>, RefCell<Option<Handle<Str>>>)>>().unwrap();
                    assert!(owner.0.0.get(mc).is_some(), "round {round}");
                }
                root.clear();
            });
            collect_all(&mut heap);
            heap.collect(Collect::Full).unwrap();
            assert_eq!(heap.stats().handles, 0, "round {round}");
        }
    }

    #[test]
    fn heaps_roots_and_handles_are_dropped_in_every_order() {
        // Each permutation of four things to drop.
        for order in (0..256u32).map(|n| [n % 4, n / 4 % 4, n / 16 % 4, n / 64]) {
            let mut sorted = order;
            sorted.sort_unstable();
            if sorted != [0, 1, 2, 3] {
                continue;
            }
            let (mut one, mut other) = (heap(), heap());
            let of_one = held(&mut one, "one");
            let of_other = held(&mut other, "other");
            // A root of each heap that owns a handle of the other.
            let crossed = held(&mut other, "crossed");
            let mut crossed = Some(crossed);
            run(&mut one, |mc, root| {
                let native = Static(Cell::new(crossed.take()));
                root.push(mc.alloc(native)?.into());
                Ok(())
            });
            one.collect(Collect::Full).unwrap();
            let mut drops: [Option<Box<dyn FnOnce()>>; 4] = [
                Some(Box::new(move || drop(one))),
                Some(Box::new(move || drop(other))),
                Some(Box::new(move || drop(of_one))),
                Some(Box::new(move || drop(of_other))),
            ];
            for which in order {
                drops[which as usize].take().unwrap()();
            }
        }
    }

    #[test]
    fn handle_keeps_its_type_across_moves() {
        #[derive(Trace, Object)]
        struct Pair<'gc, T: Object<'gc>>(Slot<'gc>, Gc<'gc, T>);
        let mut heap = moving(5);
        let handle: Handle<Pair<'static, Str>> = run(&mut heap, |mc, _| {
            let text = mc.alloc_str("text")?;
            Ok(mc.handle(mc.alloc(Pair(Slot::new(text.into()), text))?))
        });
        for _ in 0..3 {
            collect_all(&mut heap);
            heap.mutate(|mc, _| {
                let pair = handle.get(mc).unwrap();
                assert_eq!(&**pair.1, "text");
                assert!(pair.0.get().same(pair.1.into()));
                pair.write(mc)._0().set(pair.1.into());
            });
        }
    }
}
