//! [`Trace`], [`Object`] and the [`Visitor`]: one visit of every slot, for marking, moving, verifying and census.
//!
//! Invariant: a collection runs no foreign code but the `trace` functions and, after the graph is whole again, the
//! `Drop` of `'static` data. A visitor only ever reads headers and from-space of the objects a slot points to, so
//! the `&mut self` of a `trace` is never aliased.

use core::marker::PhantomData;

use crate::ephemeron::Ephemerons;
use crate::layout::{PointerMap, Shape, Tail, TypeInfo};
use crate::object::{Obj, at};
use crate::ptr::{Gc, Weak};
use crate::value::{Brand, Value};

use fields::Fields;

/// What may be visited for heap values: roots, and all that lives in the heap.
///
/// Derive it. The derive refuses what could hide a value: `Drop`, unions, `repr(packed)`, a second lifetime.
///
/// # Safety
/// `trace` visits every word that may hold a heap value, each time, and runs no foreign code. `MAP`, where complete,
/// lists the same words. The type has no `Drop` of its own unless it is `'static`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be traced",
    label = "could hide a value from the collector, or run foreign code while it collects",
    note = "for a type of your own: `#[derive(Trace)]`, and `#[derive(Object)]` if it lives in the heap",
    note = "`Box<T>`, `Rc<T>`: use `Gc<T>`; `Cell<Value>`, `RefCell<Vec<Value>>`: use `Slot`, `SlotVec`, or a plain field in the root; maps keyed by values: use `WeakMap`",
    note = "what holds no heap value goes into `Static<…>`"
)]
pub unsafe trait Trace<'gc> {
    /// Whether there can be anything to visit. A type that contains itself through a `Vec` fails to compile here:
    /// its trace would recurse as deep as the data.
    const NEEDS_TRACE: bool = true;

    /// Which words are slots, for types that live in the heap; by default `trace` is asked.
    #[doc(hidden)]
    const MAP: PointerMap = if Self::NEEDS_TRACE { PointerMap::CUSTOM } else { PointerMap::EMPTY };

    /// Where the derive starts: its type is this crate's own, whatever a crate calls `mangrove_gc`.
    #[doc(hidden)]
    const __FIELDS: Fields<Self> = Fields::NEW;

    /// Visits every slot.
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>);

    /// Visits every slot of neighbours.
    #[doc(hidden)]
    #[inline]
    fn trace_slice(these: &mut [Self], visitor: &mut Visitor<'_, 'gc>)
    where
        Self: Sized,
    {
        if Self::NEEDS_TRACE {
            for this in these {
                this.trace(visitor);
            }
        }
    }
}

/// What may live in the heap. Derive it.
///
/// # Safety
/// As [`Trace`], and: no interior mutability that bypasses the barrier; `Rebind<'b>` is `Self` with `'gc := 'b` and
/// nothing else borrowed, so that for one `'gc` an erased type names one type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot live in the heap",
    label = "not `Object`",
    note = "for a type of your own: `#[derive(Trace, Object)]`",
    note = "maps, queues and the task scheduler change without the barrier: they are parts of the root"
)]
pub unsafe trait Object<'gc>: Trace<'gc> + Sized + 'gc {
    /// The same type for another heap lifetime.
    type Rebind<'b>: Object<'b>;

    /// The type's description.
    #[doc(hidden)]
    const INFO: &'static TypeInfo = &TypeInfo::of::<Self>();
}

/// What a visit does with each slot. The collector's passes implement it; embedders meet [`Visitor`].
///
/// All pointers are to words of live objects or of roots that are mutably borrowed.
pub(crate) trait Sink {
    /// A word that may be a heap pointer.
    fn word(&mut self, slot: *mut u64);
    /// Neighbouring words.
    fn words(&mut self, slots: *mut u64, len: usize) {
        // SAFETY: the caller lends `len` words.
        let words = unsafe { core::slice::from_raw_parts_mut(slots, len) };
        mangrove_nanbox::for_each_traced(words, |word| self.word(word));
    }
    /// A word that points without keeping alive; 0 once the object is gone.
    fn weak(&mut self, slot: *mut u64);
    /// A weak map.
    fn ephemerons(&mut self, table: *mut Ephemerons);
    /// What follows belongs to the group of this name.
    fn group(&mut self, _name: &'static str) {}
    /// What follows is moved, and not kept alive; or kept again.
    fn weakly(&mut self, _on: bool) {}
}

/// Visits every slot of an object: by its map where it has one, else by its `trace`.
///
/// # Safety
/// `object` is a live object of type `info`, and nothing else refers to its payload.
#[inline(always)]
pub(crate) unsafe fn visit_slots(object: Obj, info: &TypeInfo, sink: &mut impl Sink) {
    match info.shape {
        Shape::Leaf => {}
        Shape::Run => {
            let first = object.payload() + info.start as usize * 8;
            for index in 0..info.count as usize {
                sink.word(at(first + index * 8));
            }
        }
        Shape::Map => {
            for slot in info.map.slots() {
                sink.word(at(object.payload() + slot.offset as usize));
            }
        }
        Shape::Custom => {
            // SAFETY: by the caller. The function visits the tail as well.
            unsafe { (info.trace)(object.payload(), &mut Visitor::new(sink, false)) };
            return;
        }
    }
    if info.tail == Tail::Slots {
        // SAFETY: by the caller; types with a tail store its length.
        sink.words(at(object.0 + info.fixed as usize), unsafe { object.tail_len() });
    }
}

/// Handed to [`Trace::trace`]: visits slots, each as `&mut`, so that one walk serves marking and moving.
pub struct Visitor<'v, 'gc> {
    sink: &'v mut dyn Sink,
    young_only: bool,
    parts: Parts<'v>,
    brand: Brand<'gc>,
}

/// Whether a root that keeps dirty bits may be visited in parts.
enum Parts<'v> {
    /// It is visited now.
    No,
    /// Marking begins: it may be visited later.
    Later(&'v mut Wishes),
    /// A slice of marking: it goes on with what it left for later, up to so many words. All other roots are done.
    Now { sink: &'v mut dyn Sink, words: &'v mut usize, met: &'v mut Vec<u64> },
    /// What can be reached is marked. Set when one wants some of the rest to be kept, and so a slice of its own.
    Last(&'v mut bool),
}

/// What roots want of a marking that begins.
#[derive(Default)]
pub(crate) struct Wishes {
    /// To be visited in slices.
    pub(crate) parts: bool,
    /// To be told which task handles are met.
    pub(crate) tasks: bool,
}

impl<'v, 'gc> Visitor<'v, 'gc> {
    pub(crate) fn new(sink: &'v mut dyn Sink, young_only: bool) -> Self {
        Visitor { sink, young_only, parts: Parts::No, brand: PhantomData }
    }

    /// For the beginning of marking.
    pub(crate) fn beginning(sink: &'v mut dyn Sink, wishes: &'v mut Wishes) -> Self {
        Visitor { sink, young_only: false, parts: Parts::Later(wishes), brand: PhantomData }
    }

    /// For a slice: those roots go on, and are done if they leave any of `words`. `nothing` takes what others visit.
    /// `met` are the task handles met since the last slice.
    pub(crate) fn resuming(
        nothing: &'v mut Nothing,
        sink: &'v mut dyn Sink,
        words: &'v mut usize,
        met: &'v mut Vec<u64>,
    ) -> Self {
        Visitor { sink: nothing, young_only: false, parts: Parts::Now { sink, words, met }, brand: PhantomData }
    }

    /// For the question what else is to be kept; `more` is set when there is something.
    pub(crate) fn last(nothing: &'v mut Nothing, more: &'v mut bool) -> Self {
        Visitor { sink: nothing, young_only: false, parts: Parts::Last(more), brand: PhantomData }
    }

    /// A visitor that calls `visit` with the name of the group and each heap word, and is lent to `scan`: so a collector
    /// other than this crate's finds, and may replace, the roots of a part that traces itself, as a task scheduler does.
    /// Words that are no heap pointers are left out; so are weak pointers and weak maps, which only our heap clears.
    ///
    /// `young_only` is what [`Visitor::young_only`] tells: true in a collection after which every visited value is old,
    /// to that collector's mind, and in no other visit.
    ///
    /// ```
    /// # use mangrove_gc::{Trace, Value, Visitor};
    /// # let foreign = unsafe { Value::from_bits(mangrove_gc::nanbox::Word::heap(64).unwrap().bits()) };
    /// let mut roots: Vec<Value<'static>> = vec![Value::int(1), foreign];
    /// // SAFETY: the words are of no Mangrove heap; 128 is where the object at 64 is now.
    /// unsafe {
    ///     Visitor::with_words(false, &mut |_, word| *word += 64, |visitor| roots.trace(visitor));
    /// }
    /// assert_eq!(roots[1].word().as_heap(), Some(128));
    /// ```
    ///
    /// # Safety
    /// - Every heap word that `scan` visits was made by the caller's own heap, and none is an object of a
    ///   [`Heap`](crate::Heap); the caller chose `'gc`, and vouches that no such value is used after its object is gone.
    /// - `visit` leaves in each word a heap word of the same object, wherever that is now, or a word that is no pointer.
    /// - `visit` reaches nothing that `scan` has borrowed.
    pub unsafe fn with_words<R>(
        young_only: bool,
        visit: &mut dyn FnMut(&'static str, &mut u64),
        scan: impl FnOnce(&mut Visitor<'_, 'gc>) -> R,
    ) -> R {
        scan(&mut Visitor::new(&mut Words { group: "", visit }, young_only))
    }

    /// Visits a value.
    #[inline(always)]
    pub fn value(&mut self, value: &mut Value<'gc>) {
        if value.word().is_traced() {
            self.sink.word((&raw mut *value).cast());
        }
    }

    /// Visits a slice of values by the bulk scan.
    #[inline]
    pub fn slice(&mut self, values: &mut [Value<'gc>]) {
        self.sink.words(values.as_mut_ptr().cast(), values.len());
    }

    /// Visits a field, of the type that it has.
    #[doc(hidden)]
    #[inline(always)]
    pub fn __field<T: Trace<'gc>>(&mut self, field: &mut T) {
        if T::NEEDS_TRACE {
            T::trace(field, self);
        }
    }

    /// Visits a typed pointer.
    #[inline(always)]
    pub fn gc<T>(&mut self, gc: &mut Gc<'gc, T>) {
        self.sink.word((&raw mut *gc).cast());
    }

    /// Visits a weak pointer.
    #[inline]
    pub fn weak<T>(&mut self, weak: &mut Weak<'gc, T>) {
        self.sink.weak((&raw mut *weak).cast());
    }

    pub(crate) fn ephemerons(&mut self, table: &mut Ephemerons) {
        self.sink.ephemerons(table);
    }

    /// Names the group that the following roots belong to, for censuses, snapshots and messages.
    #[inline]
    pub fn group(&mut self, name: &'static str) {
        self.sink.group(name);
    }

    /// Whether only what was written since the last minor collection matters: true in a minor collection, and in a
    /// visit right after one that ends a marking. A root that keeps dirty bits visits its dirty parts, and then clears
    /// those bits: every young value it visited is old when the minor collection ends, and while marking runs, every
    /// value it visited is marked. In all other visits it visits everything and clears nothing.
    #[inline(always)]
    pub fn young_only(&self) -> bool {
        self.young_only
    }

    /// For a large root that keeps dirty bits. True when marking begins: then it need not visit anything now, notes
    /// that all of it is still to be visited, and goes on in each visit that [`Visitor::part`] is for. What is written
    /// meanwhile is dirty, and so visited by minor collections.
    #[inline]
    pub fn postpone(&mut self) -> bool {
        let Parts::Later(wishes) = &mut self.parts else { return false };
        wishes.parts = true;
        true
    }

    /// In a slice of marking: the visitor for what was [postponed](Visitor::postpone), and how many words are to be
    /// visited, of which the root takes away what it visited. All are done when words are left over.
    #[inline]
    pub fn part(&mut self) -> Option<(Visitor<'_, 'gc>, &mut usize)> {
        let Parts::Now { sink, words, .. } = &mut self.parts else { return None };
        Some((Visitor::new(&mut **sink, false), words))
    }

    // For a root that keeps some of its values only while somebody can name a task: one in a heap.

    /// To be called with [`Visitor::postpone`]: in this marking, the slices tell which task handles were met in what is
    /// alive, until no more are met.
    #[inline]
    pub fn watch_tasks(&mut self) {
        if let Parts::Later(wishes) = &mut self.parts {
            wishes.tasks = true;
        }
    }

    /// In a slice of marking: a task handle that was met. The same one may be told several times.
    #[inline]
    pub fn met_task(&mut self) -> Option<Value<'gc>> {
        let Parts::Now { met, .. } = &mut self.parts else { return None };
        // SAFETY: the word of a task, which points to nothing.
        met.pop().map(|word| unsafe { Value::from_bits(word) })
    }

    /// True when all that can be reached is marked, and weak references are about to be cleared: the root looks at what
    /// it did not visit. If it wants to keep some of that for now it calls [`Visitor::go_on`]; then slices follow, in
    /// which it visits that, and then this question again.
    #[inline]
    pub fn is_last(&self) -> bool {
        matches!(self.parts, Parts::Last(_))
    }

    /// Marking is to go on. See [`Visitor::is_last`].
    #[inline]
    pub fn go_on(&mut self) {
        if let Parts::Last(more) = &mut self.parts {
            **more = true;
        }
    }

    /// In a minor collection while marking runs: visits values that are not kept by this. What is young moves, and stays
    /// for this cycle.
    #[inline]
    pub fn slice_weakly(&mut self, values: &mut [Value<'gc>]) {
        self.sink.weakly(true);
        self.slice(values);
        self.sink.weakly(false);
    }
}

/// Takes what is visited, and does nothing.
pub(crate) struct Nothing;

impl Sink for Nothing {
    fn word(&mut self, _: *mut u64) {}
    fn words(&mut self, _: *mut u64, _: usize) {}
    fn weak(&mut self, _: *mut u64) {}
    fn ephemerons(&mut self, _: *mut Ephemerons) {}
}

/// A closure as a sink.
struct Words<'a> {
    group: &'static str,
    visit: &'a mut dyn FnMut(&'static str, &mut u64),
}

impl Sink for Words<'_> {
    fn word(&mut self, slot: *mut u64) {
        // SAFETY: a visited slot is a word that is mutably borrowed by whoever visits it.
        let word = unsafe { &mut *slot };
        if mangrove_nanbox::Word::from_bits(*word).is_heap() {
            (self.visit)(self.group, word);
        }
    }
    fn weak(&mut self, _: *mut u64) {}
    fn ephemerons(&mut self, _: *mut Ephemerons) {}
    fn group(&mut self, name: &'static str) {
        self.group = name;
    }
}

/// The root type of a heap, for each lifetime.
///
/// Each minor collection visits all of the root, and so does the pause that ends marking, but for what keeps dirty bits, as
/// a table of tasks does: a value in a `Vec` takes about half a nanosecond, and two at the end of marking. That is right
/// for a stack. What is large and mostly idle belongs into a heap object, as [`SlotVec`](crate::SlotVec) or
/// [`Tail`](crate::Tail): there only slots that were written are visited.
///
/// ```
/// use mangrove_gc::{Roots, Trace, Value};
/// #[derive(Trace)]
/// struct Vm<'gc> { stack: Vec<Value<'gc>> }
/// struct MyVm;
/// impl Roots for MyVm { type Root<'gc> = Vm<'gc>; }
/// ```
pub trait Roots: 'static {
    /// The root.
    type Root<'gc>: Trace<'gc>;
}

mod fields;
mod impls;
