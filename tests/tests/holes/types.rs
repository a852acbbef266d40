//! Holes 2 and 4: the identity of a type.

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
