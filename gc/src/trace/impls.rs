//! `Trace` and `Object` for the types of the standard library.
//!
//! What is missing is missing on purpose (SOUNDNESS, holes 7, 12 and 15): `Cell`, `RefCell`, `Rc`, `Arc`, `Box`,
//! trait objects, sets and map keys. Owned data that holds no value may live in [`Static`].

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{Object, Trace, Visitor};
use crate::cell::Static;
use crate::layout::PointerMap;
use crate::ptr::{Gc, Weak};
use crate::value::Value;

macro_rules! leaf {
    ($($t:ty),* $(,)?) => { $(
        // SAFETY: holds no heap value.
        unsafe impl<'gc> Trace<'gc> for $t {
            const NEEDS_TRACE: bool = false;
            #[inline(always)]
            fn trace(&mut self, _: &mut Visitor<'_, 'gc>) {}
        }
        // SAFETY: `'static`, no interior mutability.
        unsafe impl<'gc> Object<'gc> for $t { type Rebind<'b> = $t; }
    )* };
}

leaf!((), bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);
leaf!(String, &'static str, std::time::Duration, std::time::Instant, core::num::NonZeroU32, core::num::NonZeroU64);

// SAFETY: `T` is `'static`, so no value of a heap can be in it.
unsafe impl<'gc, T: 'static> Trace<'gc> for Static<T> {
    const NEEDS_TRACE: bool = false;
    #[inline(always)]
    fn trace(&mut self, _: &mut Visitor<'_, 'gc>) {}
}
// SAFETY: as above; what it mutates inside needs no barrier.
unsafe impl<'gc, T: 'static> Object<'gc> for Static<T> {
    type Rebind<'b> = Static<T>;
}

// SAFETY: the one word is visited and mapped.
unsafe impl<'gc> Trace<'gc> for Value<'gc> {
    const MAP: PointerMap = PointerMap::SLOT;
    #[inline(always)]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        visitor.value(self);
    }
    #[inline]
    fn trace_slice(these: &mut [Self], visitor: &mut Visitor<'_, 'gc>) {
        visitor.slice(these);
    }
}
// SAFETY: immutable behind a shared reference.
unsafe impl<'gc> Object<'gc> for Value<'gc> {
    type Rebind<'b> = Value<'b>;
}

// SAFETY: the one word is visited and mapped.
unsafe impl<'gc, T> Trace<'gc> for Gc<'gc, T> {
    const MAP: PointerMap = PointerMap::SLOT;
    #[inline(always)]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        visitor.gc(self);
    }
}
// SAFETY: immutable behind a shared reference.
unsafe impl<'gc, T: Object<'gc>> Object<'gc> for Gc<'gc, T> {
    type Rebind<'b> = Gc<'b, T::Rebind<'b>>;
}

// SAFETY: the one word is visited, as weak.
unsafe impl<'gc, T> Trace<'gc> for Weak<'gc, T> {
    #[inline(always)]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        visitor.weak(self);
    }
}
// SAFETY: immutable behind a shared reference.
unsafe impl<'gc, T: Object<'gc>> Object<'gc> for Weak<'gc, T> {
    type Rebind<'b> = Weak<'b, T::Rebind<'b>>;
}

// SAFETY: what is in it is visited.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for Option<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    // A pointer has a niche: `None` is the word 0, a double. Other layouts leave bytes undefined and are not mapped.
    const MAP: PointerMap = match T::MAP.slots().len() {
        1 if T::MAP.is_complete() && size_of::<Self>() == 8 => PointerMap::SLOT,
        _ if T::NEEDS_TRACE => PointerMap::CUSTOM,
        _ => PointerMap::EMPTY,
    };
    #[inline(always)]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        if T::NEEDS_TRACE
            && let Some(inner) = self
        {
            inner.trace(visitor);
        }
    }
}
// SAFETY: as `T`.
unsafe impl<'gc, T: Object<'gc>> Object<'gc> for Option<T> {
    type Rebind<'b> = Option<T::Rebind<'b>>;
}

// SAFETY: every element is visited and mapped.
unsafe impl<'gc, T: Trace<'gc>, const N: usize> Trace<'gc> for [T; N] {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const MAP: PointerMap = {
        let (mut map, mut i) = (PointerMap::EMPTY, 0);
        // Until it is full: then the rest changes nothing.
        while i < N && map.is_complete() && (!T::MAP.is_complete() || !T::MAP.slots().is_empty()) {
            map = map.field(&T::MAP, i * size_of::<T>(), "");
            i += 1;
        }
        map
    };
    #[inline]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        T::trace_slice(self, visitor);
    }
}
// SAFETY: as `T`.
unsafe impl<'gc, T: Object<'gc>, const N: usize> Object<'gc> for [T; N] {
    type Rebind<'b> = [T::Rebind<'b>; N];
}

// SAFETY: every element is visited.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for Vec<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    #[inline]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        T::trace_slice(self, visitor);
    }
}
// SAFETY: as `T`; immutable behind a shared reference.
unsafe impl<'gc, T: Object<'gc>> Object<'gc> for Vec<T> {
    type Rebind<'b> = Vec<T::Rebind<'b>>;
}

// SAFETY: every element is visited.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for VecDeque<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    #[inline]
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        let (front, back) = self.as_mut_slices();
        T::trace_slice(front, visitor);
        T::trace_slice(back, visitor);
    }
}

// SAFETY: every value is visited; keys are `'static`. Visiting values runs no code of the keys.
unsafe impl<'gc, K: 'static, V: Trace<'gc>, S: 'static> Trace<'gc> for HashMap<K, V, S> {
    const NEEDS_TRACE: bool = V::NEEDS_TRACE;
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        if V::NEEDS_TRACE {
            for value in self.values_mut() {
                value.trace(visitor);
            }
        }
    }
}

// SAFETY: every value is visited; keys are `'static`. Visiting values runs no code of the keys.
unsafe impl<'gc, K: 'static, V: Trace<'gc>> Trace<'gc> for BTreeMap<K, V> {
    const NEEDS_TRACE: bool = V::NEEDS_TRACE;
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        if V::NEEDS_TRACE {
            for value in self.values_mut() {
                value.trace(visitor);
            }
        }
    }
}

macro_rules! tuple {
    ($($t:ident . $i:tt),+) => {
        // SAFETY: every member is visited.
        unsafe impl<'gc, $($t: Trace<'gc>),+> Trace<'gc> for ($($t,)+) {
            const NEEDS_TRACE: bool = $($t::NEEDS_TRACE)||+;
            const MAP: PointerMap =
                PointerMap::EMPTY$(.field(&$t::MAP, memoffset::offset_of_tuple!(Self, $i), ""))+;
            #[inline]
            fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
                $(if $t::NEEDS_TRACE { self.$i.trace(visitor); })+
            }
        }
        // SAFETY: as the members.
        unsafe impl<'gc, $($t: Object<'gc>),+> Object<'gc> for ($($t,)+) {
            type Rebind<'b> = ($($t::Rebind<'b>,)+);
        }
    };
}
tuple!(A.0);
tuple!(A.0, B.1);
tuple!(A.0, B.1, C.2);
tuple!(A.0, B.1, C.2, D.3);
