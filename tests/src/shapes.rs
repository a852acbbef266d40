//! The heap types of the torture: one of each kind that the collector treats apart.
//!
//! Invariant: every object carries the id that the shadow model knows it by, in a field that no collection touches,
//! so a pointer to the wrong object cannot go unnoticed.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use mangrove_gc::{AllocError, Blob, Bytes, Str};
use mangrove_gc::{Gc, Handle, Mutation, Object, Slot, SlotVec, Static, Tail, Trace, Value, Weak, WeakMap};

/// Two slots.
#[derive(Trace, Object)]
pub(crate) struct Pair<'gc> {
    pub(crate) id: u64,
    pub(crate) first: Slot<'gc>,
    pub(crate) second: Slot<'gc>,
}

/// A slot of a known type, between raw words that must never be taken for values. Its slots are no run
/// of neighbours.
#[derive(Trace, Object)]
#[repr(C)]
pub(crate) struct Node<'gc> {
    pub(crate) id: u64,
    pub(crate) next: Slot<'gc, Option<Gc<'gc, Node<'gc>>>>,
    /// Bits of a heap word, which are none.
    pub(crate) decoy: u64,
    pub(crate) payload: Slot<'gc>,
}

/// An id and slots, from none to more than a block of the old space.
pub(crate) type Array<'gc> = Tail<'gc, u64>;

/// More slots than a pointer map lists: it is traced by its own function.
#[derive(Trace, Object)]
pub(crate) struct Wide<'gc> {
    pub(crate) id: u64,
    pub(crate) slots: [Slot<'gc>; WIDE],
}

/// Slots of a wide object.
pub(crate) const WIDE: usize = 20;

/// The fixed part of a closure, aligned to 16 bytes.
#[derive(Trace, Object)]
#[repr(align(16))]
pub(crate) struct Head<'gc> {
    pub(crate) id: u64,
    pub(crate) env: Slot<'gc>,
}

/// A head with a slot, then slots.
pub(crate) type Closure<'gc> = Tail<'gc, Head<'gc>>;

/// A growable array.
#[derive(Trace, Object)]
pub(crate) struct List<'gc> {
    pub(crate) id: u64,
    pub(crate) items: SlotVec<'gc>,
}

/// Weak pointers to three types, at most one of them to an object.
#[derive(Trace, Object)]
pub(crate) struct WeakRef<'gc> {
    pub(crate) id: u64,
    pub(crate) pair: Weak<'gc, Pair<'gc>>,
    pub(crate) node: Weak<'gc, Node<'gc>>,
    pub(crate) array: Weak<'gc, Array<'gc>>,
}

/// A weak map.
#[derive(Trace, Object)]
pub(crate) struct Map<'gc> {
    pub(crate) id: u64,
    pub(crate) map: WeakMap<'gc>,
}

/// A payload aligned to 16 bytes.
#[derive(Trace, Object)]
#[repr(align(16))]
pub(crate) struct Aligned<'gc> {
    pub(crate) id: u64,
    pub(crate) slot: Slot<'gc>,
    pub(crate) wide: u128,
}

/// Native data beside a slot.
#[derive(Trace, Object)]
pub(crate) struct Native<'gc> {
    pub(crate) id: u64,
    pub(crate) value: Slot<'gc>,
    pub(crate) data: Static<Counted>,
}

/// What the buffer that all native objects share holds.
pub(crate) const SHARED: &[u8] = b"shared by all native objects";

/// The ids of native data that was dropped, in order.
pub(crate) type DropLog = Rc<RefCell<Vec<u64>>>;

/// Tells the log when it is dropped, and shares a buffer with all others.
pub(crate) struct Counted {
    pub(crate) id: u64,
    pub(crate) log: DropLog,
    pub(crate) shared: Arc<[u8]>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.log.borrow_mut().push(self.id);
    }
}

/// The byte at `index` of the contents of the object `id`.
#[inline]
pub(crate) fn byte_of(id: u64, index: usize) -> u8 {
    (id as u8).wrapping_mul(31).wrapping_add(index as u8).wrapping_add((index >> 8) as u8)
}

/// Bytes behind an id.
pub(crate) type Tagged = Blob<u64>;

/// Makes bytes that begin with their id. Those of an odd id have it in their head, and are made of two parts.
pub(crate) fn make_bytes<'gc>(mc: &Mutation<'gc>, id: u64, len: usize) -> Result<Value<'gc>, AllocError> {
    let contents: Vec<u8> = (0..len).map(|i| byte_of(id, i)).collect();
    if is_tagged(id) {
        let (front, back) = contents.split_at(len / 3);
        return Ok(mc.alloc_blob_from(id, &[front, back])?.into());
    }
    Ok(mc.alloc_bytes(&[&id.to_le_bytes()[..], &contents].concat())?.into())
}

/// Whether bytes of this id are [`Tagged`].
pub(crate) fn is_tagged(id: u64) -> bool {
    id % 2 == 1
}

/// The id that bytes begin with.
pub(crate) fn bytes_id(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|head| u64::from_le_bytes(*head))
}

/// Whether these are the bytes of `id`.
pub(crate) fn bytes_agree(bytes: &[u8], id: u64, len: usize) -> bool {
    bytes_id(bytes) == Some(id) && contents_agree(bytes.get(8..).unwrap_or_default(), id, len)
}

/// Whether these are the bytes of `id` without the id.
pub(crate) fn contents_agree(bytes: &[u8], id: u64, len: usize) -> bool {
    bytes.len() == len && bytes.iter().enumerate().all(|(i, byte)| *byte == byte_of(id, i))
}

/// Makes a string that begins with its id.
pub(crate) fn make_str<'gc>(mc: &Mutation<'gc>, id: u64, len: usize) -> Result<Gc<'gc, Str>, AllocError> {
    mc.alloc_str(&format!("{id:016x}{}", "é".repeat(len)))
}

/// The id that a string begins with.
pub(crate) fn str_id(text: &str) -> Option<u64> {
    u64::from_str_radix(text.get(..16)?, 16).ok()
}

/// Whether this is the string of `id`.
pub(crate) fn str_agrees(text: &str, id: u64, len: usize) -> bool {
    let rest = text.get(16..).unwrap_or_default();
    str_id(text) == Some(id) && rest.len() == 2 * len && rest.as_bytes().chunks(2).all(|c| c == "é".as_bytes())
}

/// A host handle to any of the types.
pub(crate) enum HostHandle {
    Pair(Handle<Pair<'static>>),
    Node(Handle<Node<'static>>),
    Array(Handle<Array<'static>>),
    Wide(Handle<Wide<'static>>),
    Closure(Handle<Closure<'static>>),
    Bytes(Handle<Bytes>),
    Tagged(Handle<Tagged>),
    Str(Handle<Str>),
    List(Handle<List<'static>>),
    Weak(Handle<WeakRef<'static>>),
    Map(Handle<Map<'static>>),
    Aligned(Handle<Aligned<'static>>),
    Native(Handle<Native<'static>>),
}

impl HostHandle {
    /// A handle of the object that `value` points to.
    pub(crate) fn new<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Option<HostHandle> {
        use HostHandle as H;
        None.or_else(|| value.downcast::<Pair>().map(|o| H::Pair(mc.handle(o))))
            .or_else(|| value.downcast::<Node>().map(|o| H::Node(mc.handle(o))))
            .or_else(|| value.downcast::<Array>().map(|o| H::Array(mc.handle(o))))
            .or_else(|| value.downcast::<Wide>().map(|o| H::Wide(mc.handle(o))))
            .or_else(|| value.downcast::<Closure>().map(|o| H::Closure(mc.handle(o))))
            .or_else(|| value.downcast::<Bytes>().map(|o| H::Bytes(mc.handle(o))))
            .or_else(|| value.downcast::<Tagged>().map(|o| H::Tagged(mc.handle(o))))
            .or_else(|| value.downcast::<Str>().map(|o| H::Str(mc.handle(o))))
            .or_else(|| value.downcast::<List>().map(|o| H::List(mc.handle(o))))
            .or_else(|| value.downcast::<WeakRef>().map(|o| H::Weak(mc.handle(o))))
            .or_else(|| value.downcast::<Map>().map(|o| H::Map(mc.handle(o))))
            .or_else(|| value.downcast::<Aligned>().map(|o| H::Aligned(mc.handle(o))))
            .or_else(|| value.downcast::<Native>().map(|o| H::Native(mc.handle(o))))
    }

    /// The object.
    pub(crate) fn get<'gc>(&self, mc: &Mutation<'gc>) -> Option<Value<'gc>> {
        use HostHandle as H;
        match self {
            H::Pair(h) => h.get(mc).map(Value::from),
            H::Node(h) => h.get(mc).map(Value::from),
            H::Array(h) => h.get(mc).map(Value::from),
            H::Wide(h) => h.get(mc).map(Value::from),
            H::Closure(h) => h.get(mc).map(Value::from),
            H::Bytes(h) => h.get(mc).map(Value::from),
            H::Tagged(h) => h.get(mc).map(Value::from),
            H::Str(h) => h.get(mc).map(Value::from),
            H::List(h) => h.get(mc).map(Value::from),
            H::Weak(h) => h.get(mc).map(Value::from),
            H::Map(h) => h.get(mc).map(Value::from),
            H::Aligned(h) => h.get(mc).map(Value::from),
            H::Native(h) => h.get(mc).map(Value::from),
        }
    }
}
