//! Access to the heap types by a value whose type is only known at run time, as a VM would.
//!
//! Invariant: writes go through the witness of their owner, or log their slot.

use mangrove_gc::{Gc, Mutation, Slot, Value};

use crate::shapes::{
    Aligned, AlignedWrite, Array, Closure, HeadWrite, List, ListWrite, Native, NativeWrite, Node, NodeWrite, Pair,
    PairWrite, Wide, WideWrite,
};

/// The value of a field; `None` if the object has none of that number.
pub(crate) fn get<'gc>(owner: Value<'gc>, index: usize) -> Option<Value<'gc>> {
    if let Some(pair) = owner.downcast::<Pair>() {
        return [&pair.first, &pair.second].get(index).map(|slot| slot.get());
    }
    if let Some(array) = owner.downcast::<Array>() {
        return array.get(index);
    }
    if let Some(list) = owner.downcast::<List>() {
        return list.items.get(index);
    }
    if let Some(wide) = owner.downcast::<Wide>() {
        return wide.slots.get(index).map(Slot::get);
    }
    if let Some(closure) = owner.downcast::<Closure>() {
        return if index == 0 { Some(closure.head.env.get()) } else { closure.get(index - 1) };
    }
    let node = owner.downcast::<Node>().map(|node| node.payload.get());
    let node = node.or_else(|| owner.downcast::<Aligned>().map(|aligned| aligned.slot.get()));
    node.or_else(|| owner.downcast::<Native>().map(|native| native.value.get())).filter(|_| index == 0)
}

/// Sets a field through the witness of its owner; false if the object has none of that number.
pub(crate) fn set<'gc>(mc: &Mutation<'gc>, owner: Value<'gc>, index: usize, to: Value<'gc>) -> bool {
    if let Some(pair) = owner.downcast::<Pair>() {
        match index {
            0 => pair.write(mc).first().set(to),
            _ => pair.write(mc).second().set(to),
        }
    } else if let Some(array) = owner.downcast::<Array>() {
        return array.write(mc).slot(index).map(|slot| slot.set(to)).is_some();
    } else if let Some(list) = owner.downcast::<List>() {
        return list.write(mc).items().set(mc, index, to);
    } else if let Some(wide) = owner.downcast::<Wide>() {
        return wide.write(mc).slots().at(index).map(|slot| slot.set(to)).is_some();
    } else if let Some(closure) = owner.downcast::<Closure>() {
        match index.checked_sub(1) {
            None => closure.write(mc).head().env().set(to),
            Some(index) => return closure.write(mc).slot(index).map(|slot| slot.set(to)).is_some(),
        }
    } else if let Some(node) = owner.downcast::<Node>() {
        node.write(mc).payload().set(to);
    } else if let Some(aligned) = owner.downcast::<Aligned>() {
        aligned.write(mc).slot().set(to);
    } else if let Some(native) = owner.downcast::<Native>() {
        native.write(mc).value().set(to);
    } else {
        return false;
    }
    true
}

/// Sets a slot of an array and logs that slot only; other objects as [`set`].
pub(crate) fn put<'gc>(mc: &Mutation<'gc>, owner: Value<'gc>, index: usize, to: Value<'gc>) -> bool {
    if let Some(array) = owner.downcast::<Array>() {
        return Gc::set(array, mc, index, to);
    }
    match (owner.downcast::<Closure>(), index.checked_sub(1)) {
        (Some(closure), Some(index)) => Gc::set(closure, mc, index, to),
        _ => set(mc, owner, index, to),
    }
}
