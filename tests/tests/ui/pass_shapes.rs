//! What the derives take: every shape of a type, and names that could be mistaken for others.
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings)]
#![allow(dead_code, non_camel_case_types)]

use mangrove_gc::{
    Gc, Heap, Mutation, Object, Roots, Slot, SlotVec, Static, Tail, Trace, Value, Weak, WeakMap, Write, mutator,
};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// The plain case.
#[derive(Trace, Object)]
pub struct Pair<'gc> {
    /// Visible where the type is.
    pub first: Slot<'gc>,
    second: Slot<'gc>,
    pub(crate) third: Slot<'gc>,
}

/// Another name for the lifetime, and `Self` in a field.
#[derive(Trace, Object)]
struct Node<'heap> {
    next: Option<Gc<'heap, Self>>,
    others: Vec<Gc<'heap, Self>>,
    back: Weak<'heap, Self>,
    payload: (Slot<'heap>, [Slot<'heap>; 3], u64),
}

#[derive(Trace, Object)]
struct Tuple<'gc>(Slot<'gc>, f64, Static<Vec<u8>>);

#[derive(Trace, Object)]
struct Unit;

#[derive(Trace, Object)]
struct NoLifetime {
    bits: u64,
    native: Static<std::cell::RefCell<Vec<String>>>,
}

#[derive(Trace, Object)]
enum Shape<'gc> {
    Empty,
    One(Value<'gc>),
    Many { all: SlotVec<'gc>, map: WeakMap<'gc> },
    Deep(Gc<'gc, Tail<'gc, Pair<'gc>>>),
}

#[derive(Trace, Object)]
enum Never {}

/// Type parameters of both kinds, a const parameter, a default, bounds.
#[derive(Trace, Object)]
struct Generic<'gc, T, U: 'static, V, const N: usize = 2>
where
    T: Object<'gc>,
    V: Clone + 'static,
{
    items: [T; N],
    pointer: Option<Gc<'gc, T>>,
    native: Static<U>,
    other: Static<V>,
}

#[derive(Trace, Object)]
struct OnlyParameter<T>(T);

#[derive(Trace, Object)]
struct Bounded<'gc, T: Object<'gc>>(Gc<'gc, T>);

#[derive(Trace, Object)]
#[repr(C, align(16))]
struct Aligned<'gc>(Slot<'gc>);

/// Raw identifiers, for the type as well.
#[derive(Trace, Object)]
struct r#struct<'gc> {
    r#type: Slot<'gc>,
    r#match: Slot<'gc>,
}

/// Names of methods that a `Write` has too, by `Deref` or by a blanket impl.
#[derive(Trace, Object)]
struct Clash<'gc> {
    deref: Slot<'gc>,
    clone: Slot<'gc>,
    borrow: Slot<'gc>,
    as_ref: Slot<'gc>,
    visitor: Slot<'gc>,
    trace: Slot<'gc>,
    set: Slot<'gc>,
}

/// Hole 6: inherent items of a field's type that have the names the derive uses.
#[derive(Trace, Object)]
struct Decoy<'gc>(Slot<'gc>);
impl Decoy<'_> {
    #[allow(dead_code)]
    const NEEDS_TRACE: bool = false;
    #[allow(dead_code)]
    const MAP: u8 = 0;
    #[allow(dead_code)]
    fn trace<T>(&mut self, _: T) -> ! {
        unreachable!("the decoy was called")
    }
}
#[derive(Trace, Object)]
struct HoldsDecoy<'gc> {
    decoy: Decoy<'gc>,
}

/// The constant of a name that a pattern could take for its own.
#[allow(non_upper_case_globals, dead_code)]
const decoy: u8 = 1;
#[allow(non_upper_case_globals, dead_code)]
const visitor: u8 = 1;

/// What may be in a root only.
#[derive(Trace)]
struct Root<'gc> {
    stack: Vec<Value<'gc>>,
    queue: VecDeque<Gc<'gc, Pair<'gc>>>,
    globals: HashMap<String, Value<'gc>>,
    ordered: BTreeMap<u32, Option<Value<'gc>>>,
    generic: OnlyParameter<HashMap<u8, Value<'gc>>>,
}

mod elsewhere {
    use mangrove_gc::{Object, Slot, Trace};

    #[derive(Trace, Object)]
    pub(crate) struct Visible<'gc> {
        pub(crate) open: Slot<'gc>,
        pub(super) above: Slot<'gc>,
        closed: Slot<'gc>,
    }

    impl<'gc> Visible<'gc> {
        pub(crate) fn new() -> Self {
            Visible { open: Slot::new(1.into()), above: Slot::new(2.into()), closed: Slot::new(3.into()) }
        }
        pub(crate) fn close(witness: &mangrove_gc::Write<Self>) {
            witness.closed().set(0.into());
        }
    }
}
use elsewhere::{VisibleWrite, VisibleWriteSuper};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Root<'gc>;
}

fn object<'gc, T: Object<'gc>>() {}

fn every_type_is_an_object<'gc>() {
    object::<Pair<'gc>>();
    object::<Node<'gc>>();
    object::<Tuple<'gc>>();
    object::<Unit>();
    object::<NoLifetime>();
    object::<Shape<'gc>>();
    object::<Never>();
    object::<Generic<'gc, Node<'gc>, Box<dyn Fn()>, String, 3>>();
    object::<Generic<'gc, u8, String, u8>>();
    object::<OnlyParameter<Slot<'gc>>>();
    object::<Bounded<'gc, Vec<Pair<'gc>>>>();
    object::<Aligned<'gc>>();
    object::<r#struct<'gc>>();
    object::<Clash<'gc>>();
    object::<HoldsDecoy<'gc>>();
    object::<elsewhere::Visible<'gc>>();
}

fn every_projection<'gc>(
    mc: &Mutation<'gc>,
    pair: Gc<'gc, Pair<'gc>>,
    node: Gc<'gc, Node<'gc>>,
    tuple: Gc<'gc, Tuple<'gc>>,
    generic: Gc<'gc, Generic<'gc, Slot<'gc>, (), (), 4>>,
    raw: Gc<'gc, r#struct<'gc>>,
    clash: Gc<'gc, Clash<'gc>>,
    holder: Gc<'gc, HoldsDecoy<'gc>>,
    tail: Gc<'gc, Tail<'gc, Pair<'gc>>>,
    visible: Gc<'gc, elsewhere::Visible<'gc>>,
) {
    let long: &'gc Write<Slot<'gc>> = pair.write(mc).first();
    long.set(1.into());
    pair.write(mc).second().set(pair.into());
    pair.write(mc).third().set(node.into());
    node.write(mc).payload();
    tuple.write(mc)._0().set(Value::NIL);
    let _: &Write<Static<Vec<u8>>> = tuple.write(mc)._2();
    generic.write(mc).items().at(2).unwrap().set(1.into());
    raw.write(mc).r#type().set(1.into());
    raw.write(mc).r#match().set(1.into());
    clash.write(mc).deref().set(1.into());
    clash.write(mc).clone().set(1.into());
    clash.write(mc).trace().set(1.into());
    ClashWrite::borrow(clash.write(mc)).set(1.into());
    ClashWrite::as_ref(clash.write(mc)).set(1.into());
    holder.write(mc).decoy()._0().set(1.into());
    tail.write(mc).head().first().set(1.into());
    tail.write(mc).slot(0).unwrap().set(1.into());
    visible.write(mc).open().set(visible.above.get());
    visible.write(mc).above().set(1.into());
    elsewhere::Visible::close(visible.write(mc));
}

fn read<'gc>(shape: &Shape<'gc>) -> Option<Value<'gc>> {
    match shape {
        Shape::Empty => None,
        Shape::One(value) => Some(*value),
        Shape::Many { all, map } => all.get(map.len()),
        Shape::Deep(tail) => tail.get(0),
    }
}

fn main() {
    let _ = read(&Shape::Empty);
    let _ = (every_type_is_an_object, every_projection, decoy, visitor);
    let _ = elsewhere::Visible::new;
    let _ = Root {
        stack: vec![],
        queue: VecDeque::new(),
        globals: HashMap::new(),
        ordered: BTreeMap::new(),
        generic: OnlyParameter(HashMap::new()),
    };
    let _ =
        (Shape::Empty, Unit, NoLifetime { bits: 0, native: Static(Default::default()) }, Aligned(Slot::new(1.into())));
    let closure = mutator::<Vm, _, _>(|mc, root| {
        root.stack.push(mc.alloc_str("kept")?.into());
        Ok::<(), mangrove_gc::AllocError>(())
    });
    let _ = |heap: &mut Heap<Vm>| heap.mutate(closure);
}
