//! A slot of a known type holds nothing else: what is read from it is not tested.
use mangrove_gc::{Gc, Mutation, Object, Slot, Str, Trace, Value};

#[derive(Trace, Object)]
struct Node<'gc> {
    next: Slot<'gc, Option<Gc<'gc, Node<'gc>>>>,
}

#[derive(Trace, Object)]
struct Owned<'gc> {
    text: Slot<'gc, String>,
}

fn main() {}

fn a_value<'gc>(mc: &Mutation<'gc>, node: Gc<'gc, Node<'gc>>, value: Value<'gc>) {
    node.write(mc).next().set(value);
}

fn another_pointer<'gc>(mc: &Mutation<'gc>, node: Gc<'gc, Node<'gc>>, text: Gc<'gc, Str>) {
    node.write(mc).next().set(Some(text));
}

fn without_a_barrier<'gc>(node: Gc<'gc, Node<'gc>>) {
    node.next.set(None);
}

fn of_another_heap<'a, 'b>(mc: &Mutation<'a>, node: Gc<'a, Node<'a>>, other: Gc<'b, Node<'b>>) {
    node.write(mc).next().set(Some(other));
}
