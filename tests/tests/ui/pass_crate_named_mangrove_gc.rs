//! Holes 5 and 6: a crate that calls itself `mangrove_gc` and `core`, with items of its own under the names that a derive might use:
//! the pointer map, the visit and the witness are those of the field all the same.
#![forbid(unsafe_code)]
#![allow(dead_code, unused_imports, unused_macros)]

extern crate mangrove_gc as real;
extern crate self as core;
extern crate self as mangrove_gc;

pub use std::{convert, fmt, marker, mem, option, primitive, result};

pub use real::*;

/// Hijacks `offset_of!`.
#[doc(hidden)]
pub mod __private {
    #[macro_export]
    #[doc(hidden)]
    macro_rules! zero {
        ($($t:tt)*) => {
            0
        };
    }
    pub use crate::zero as offset_of;
    pub use real::__private::MustNotImplDrop;
}

/// Hijacks `deref`: gives the object that another field points to.
pub mod ops {
    pub trait Deref {
        type Target: ?Sized;
        fn deref(&self) -> &Self::Target;
    }
    impl<'gc> Deref for real::Write<crate::Pair<'gc>> {
        type Target = crate::Pair<'gc>;
        fn deref(&self) -> &crate::Pair<'gc> {
            std::ops::Deref::deref(self).other.unwrap().as_ref()
        }
    }
}

/// Would be found before an inherent method that takes `&self`.
trait Before: Sized {
    fn as_ptr(self) -> *const u8 {
        std::ptr::null()
    }
    fn needs_trace<T>(self, _: T) -> bool {
        false
    }
    fn __field<T>(self, _: T) {}
}
impl<T> Before for T {}

#[derive(Trace, Object)]
pub struct Pair<'gc> {
    number: u64,
    other: Option<Gc<'gc, Pair<'gc>>>,
    slot: Slot<'gc>,
}

#[derive(Trace, Object)]
pub enum Either<'gc> {
    No(u64),
    Yes { value: Value<'gc> },
}

struct Vm;
impl Roots for Vm {
    type Root<'gc> = (Vec<Value<'gc>>, Vec<Either<'gc>>);
}

fn main() {
    let offsets: Vec<_> = <Pair<'static> as Trace<'static>>::MAP.slots().iter().map(|s| (s.offset, s.field)).collect();
    let expected = [(std::mem::offset_of!(Pair<'static>, other), "other"), (std::mem::offset_of!(Pair<'static>, slot), "slot")];
    assert_eq!(offsets, expected.map(|(offset, field)| (offset as u16, field)));
    assert!(<Either<'static> as Trace<'static>>::NEEDS_TRACE);

    let mut heap: Heap<Vm> = Heap::new(HeapConfig::default(), |_| Ok((vec![], vec![]))).unwrap();
    heap.mutate(|mc, (stack, either)| {
        let make = |other, n: i32| mc.alloc(Pair { number: 1, other, slot: Slot::new(n.into()) });
        let other = make(None, 1)?;
        let pair = make(Some(other), 2)?;
        let witness = PairWritePrivate::slot(pair.write(mc));
        assert!(std::ptr::eq(&**witness, &pair.slot));
        witness.set(mc.alloc_str("kept")?.into());
        either.push(Either::Yes { value: pair.into() });
        stack.push(pair.into());
        Ok::<_, AllocError>(())
    })
    .unwrap();
    for kind in [Collect::Minor, Collect::Full, Collect::Compact] {
        heap.collect(kind).unwrap();
        heap.verify().unwrap();
    }
    heap.mutate(|_, (stack, either)| {
        let Some(Either::Yes { value }) = either.pop() else { panic!() };
        assert!(value.downcast::<Pair<'_>>().unwrap().same(stack[0].downcast().unwrap()));
        let pair = value.downcast::<Pair<'_>>().unwrap();
        assert!(pair.slot.get().downcast::<Str>().is_some());
    });
}
