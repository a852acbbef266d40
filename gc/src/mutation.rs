//! [`Mutation`]: what VM code holds inside `mutate`: allocation and the barrier.
//!
//! Invariant: no method runs a closure of the user, none collects, and none leaves a borrow of the heap's insides
//! behind. So a panic inside `mutate` finds the heap valid.

use core::cell::Cell;
use std::rc::Rc;

use crate::cell::Slot;
use crate::core::Core;
use crate::error::AllocError;
use crate::handle::{Handle, HandleTable};
use crate::layout::TypeInfo;
use crate::object::{Obj, UNLOGGED, at};
use crate::ptr::Gc;
use crate::tail::{self, Blob, Bytes, Str, Tail};
use crate::trace::{Object, Sink, Trace, Visitor};
use crate::value::{Brand, Value};

/// Access to the heap for one `mutate` call. Neither `Send` nor `Sync`.
#[repr(transparent)]
pub struct Mutation<'gc> {
    core: Core,
    brand: Brand<'gc>,
}

impl<'gc> Mutation<'gc> {
    /// # Safety
    /// `'gc` is a lifetime that nothing else has, and the collector does not run while the result is in use.
    pub(crate) unsafe fn of(core: &Core) -> &Mutation<'gc> {
        // SAFETY: transparent.
        unsafe { &*core::ptr::from_ref(core).cast() }
    }

    /// Allocates an object: a bump, a header store and the fields. Never collects.
    ///
    /// # Errors
    /// At the limit of the heap; `object` is dropped.
    #[inline(always)]
    pub fn alloc<T: Object<'gc>>(&self, object: T) -> Result<Gc<'gc, T>, AllocError> {
        // The type has no tail: those with one cannot be made outside of this crate.
        let at_object = self.core.allocate(T::INFO.fixed as usize, align_of::<T>() == 16)?;
        // SAFETY: the allocator gave `fixed` bytes at a suitable alignment, which hold a header and a `T`.
        unsafe { self.fill(at_object, object) }
    }

    /// # Safety
    /// `object` is new memory, large enough.
    #[inline(always)]
    unsafe fn fill<T: Object<'gc>>(&self, object: Obj, value: T) -> Result<Gc<'gc, T>, AllocError> {
        // SAFETY: by the caller.
        unsafe {
            object.set_header(core::ptr::from_ref(T::INFO).expose_provenance());
            at::<T>(object.payload()).write(value);
        }
        if core::mem::needs_drop::<T>() {
            self.core.will_drop(object);
        }
        // SAFETY: it is a `T` now.
        Ok(unsafe { Gc::from_object(object) })
    }

    /// Allocates a head and `len` slots that hold `fill`.
    ///
    /// # Errors
    /// At the limit of the heap, [`AllocError::Never`] for what cannot fit at all; `head` is dropped.
    pub fn alloc_tail<T: Object<'gc>>(
        &self,
        head: T,
        len: usize,
        fill: Value<'gc>,
    ) -> Result<Gc<'gc, Tail<'gc, T>>, AllocError> {
        let object = self.allocate_tail(Tail::<T>::INFO, len)?;
        let slots = at::<Value<'gc>>(object.0 + Tail::<T>::INFO.fixed as usize);
        for index in 0..len {
            // SAFETY: the new object ends with `len` slots.
            unsafe { slots.add(index).write(fill) };
        }
        // SAFETY: new memory, and its tail is initialised.
        unsafe { self.fill(object, Tail::new(head, len)) }
    }

    /// Allocates a head and slots that hold `values`.
    ///
    /// # Errors
    /// As [`Mutation::alloc_tail`].
    pub fn alloc_slots<T: Object<'gc>>(
        &self,
        head: T,
        values: &[Value<'gc>],
    ) -> Result<Gc<'gc, Tail<'gc, T>>, AllocError> {
        let object = self.allocate_tail(Tail::<T>::INFO, values.len())?;
        let slots = at::<Value<'gc>>(object.0 + Tail::<T>::INFO.fixed as usize);
        // SAFETY: the new object ends with as many slots as there are values.
        unsafe { core::ptr::copy_nonoverlapping(values.as_ptr(), slots, values.len()) };
        // SAFETY: new memory, and its tail is initialised.
        unsafe { self.fill(object, Tail::new(head, values.len())) }
    }

    /// Allocates a head and `len` slots: the first hold what `slots` hold, the others `fill`.
    pub(crate) fn alloc_tail_of<T: Object<'gc>>(
        &self,
        head: T,
        slots: &[Slot<'gc>],
        len: usize,
        fill: Value<'gc>,
    ) -> Result<Gc<'gc, Tail<'gc, T>>, AllocError> {
        assert!(slots.len() <= len);
        let object = self.allocate_tail(Tail::<T>::INFO, len)?;
        let values = at::<Value<'gc>>(object.0 + Tail::<T>::INFO.fixed as usize);
        // SAFETY: the new object ends with `len` slots; a slot is a value in a cell, and is not written meanwhile.
        unsafe { core::ptr::copy_nonoverlapping(slots.as_ptr().cast(), values, slots.len()) };
        for index in slots.len()..len {
            // SAFETY: the new object ends with `len` slots.
            unsafe { values.add(index).write(fill) };
        }
        // SAFETY: new memory, and its tail is initialised.
        unsafe { self.fill(object, Tail::new(head, len)) }
    }

    /// Allocates bytes.
    ///
    /// # Errors
    /// As [`Mutation::alloc_tail`].
    pub fn alloc_bytes(&self, bytes: &[u8]) -> Result<Gc<'gc, Bytes>, AllocError> {
        let object = self.allocate_bytes(Bytes::INFO, bytes)?;
        // SAFETY: new memory, and its tail is initialised.
        unsafe { self.fill(object, Bytes::with_len(bytes.len())) }
    }

    /// Allocates a string.
    ///
    /// # Errors
    /// As [`Mutation::alloc_tail`].
    pub fn alloc_str(&self, s: &str) -> Result<Gc<'gc, Str>, AllocError> {
        let object = self.allocate_bytes(Str::INFO, s.as_bytes())?;
        // SAFETY: new memory, and its tail is initialised.
        unsafe { self.fill(object, Str::with_len(s.len())) }
    }

    /// Allocates a head and `bytes`.
    ///
    /// # Errors
    /// As [`Mutation::alloc_tail`].
    pub fn alloc_blob<T: 'static>(&self, head: T, bytes: &[u8]) -> Result<Gc<'gc, Blob<T>>, AllocError> {
        let object = self.allocate_bytes(Blob::<T>::INFO, bytes)?;
        // SAFETY: new memory, and its tail is initialised.
        unsafe { self.fill(object, Blob::new(head, bytes.len())) }
    }

    /// Allocates a head and the bytes of all `parts`, one after the other: a concatenation without a copy between.
    ///
    /// # Errors
    /// As [`Mutation::alloc_tail`].
    pub fn alloc_blob_from<T: 'static>(&self, head: T, parts: &[&[u8]]) -> Result<Gc<'gc, Blob<T>>, AllocError> {
        let info = Blob::<T>::INFO;
        let len = parts.iter().try_fold(0_usize, |len, part| len.checked_add(part.len())).ok_or(AllocError::Never)?;
        let object = self.allocate_tail(info, len)?;
        let mut end = object.0 + info.fixed as usize;
        for part in parts {
            // SAFETY: the new object ends with room for all parts; it is none of their memory.
            unsafe { core::ptr::copy_nonoverlapping(part.as_ptr(), at(end), part.len()) };
            end += part.len();
        }
        // SAFETY: new memory, and its tail is initialised.
        unsafe { self.fill(object, Blob::new(head, len)) }
    }

    #[inline]
    fn allocate_tail(&self, info: &'static TypeInfo, len: usize) -> Result<Obj, AllocError> {
        let size = tail::checked_size(info, len).ok_or(AllocError::Never)?;
        self.core.allocate(size, info.align16)
    }

    fn allocate_bytes(&self, info: &'static TypeInfo, bytes: &[u8]) -> Result<Obj, AllocError> {
        let object = self.allocate_tail(info, bytes.len())?;
        // SAFETY: the new object ends with room for the bytes.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), at(object.0 + info.fixed as usize), bytes.len()) };
        Ok(object)
    }

    /// The barrier: before a store into an object.
    #[inline(always)]
    pub(crate) fn log(&self, object: Obj) {
        // SAFETY: a `Gc` points to a live object.
        let header = unsafe { object.header() };
        if header & UNLOGGED != 0 {
            self.core.log_object(object, header);
        }
    }

    /// The barrier of one slot of a large object.
    #[inline(always)]
    pub(crate) fn log_slot(&self, object: Obj, slot: usize) {
        // SAFETY: a `Gc` points to a live object.
        if unsafe { object.header() } & UNLOGGED != 0 {
            self.core.log_slot(slot);
        }
    }

    /// A root for code outside `mutate`.
    pub fn handle<T: Object<'gc>>(&self, gc: Gc<'gc, T>) -> Handle<T::Rebind<'static>> {
        let object = gc.object();
        Handle::new(&self.core.handles, object, self.core.notes_handle(object))
    }

    pub(crate) fn handle_table(&self) -> &Rc<HandleTable> {
        &self.core.handles
    }

    pub(crate) fn external_counter(&self) -> Rc<Cell<usize>> {
        self.core.external.clone()
    }

    /// Whether the heap wants a safepoint soon: a load and a test, for the back-edges of a VM. Leave `mutate` then,
    /// and call [`Heap::safepoint`](crate::Heap::safepoint).
    #[inline(always)]
    pub fn wants_safepoint(&self) -> bool {
        self.core.wants.get()
    }

    /// Asks that the next safepoint collects everything, in one pause, as after a refusal: for a VM to which something
    /// else than memory runs short, when garbage may hold it. It costs what a full collection does, each time.
    ///
    /// ```
    /// # use mangrove_gc::{Heap, HeapConfig, Roots, Value};
    /// # struct V; impl Roots for V { type Root<'gc> = Vec<Value<'gc>>; }
    /// # let mut heap: Heap<V> = Heap::new(HeapConfig::default(), |_| Ok(vec![])).unwrap();
    /// heap.mutate(|mc, _| mc.want_full_collection());
    /// heap.safepoint()?;
    /// assert_eq!(heap.stats().majors, 1);
    /// # Ok::<(), mangrove_gc::Poisoned>(())
    /// ```
    pub fn want_full_collection(&self) {
        self.core.want_everything();
    }

    /// Tells of native memory that lives and dies with heap objects: it counts towards the limit and hastens
    /// collections.
    ///
    /// # Errors
    /// When the limit is reached: nothing is counted.
    pub fn external_alloc(&self, bytes: usize) -> Result<(), AllocError> {
        self.core.external_alloc(bytes)
    }

    /// Tells that such memory was freed.
    pub fn external_free(&self, bytes: usize) {
        let external = &self.core.external;
        external.set(external.get().saturating_sub(bytes));
    }

    /// Every root that `traced` would report: its group and its value, in order. For tests and tools: an embedder
    /// can hold its own idea of what is rooted against it.
    pub fn census(&self, traced: &mut impl Trace<'gc>) -> Vec<(&'static str, Value<'gc>)> {
        let mut census = Census { group: "", found: Vec::new() };
        traced.trace(&mut Visitor::new(&mut census, false));
        // SAFETY: words that were visited as values of `'gc`.
        census.found.into_iter().map(|(group, bits)| (group, unsafe { Value::from_bits(bits) })).collect()
    }
}

struct Census {
    group: &'static str,
    found: Vec<(&'static str, u64)>,
}

impl Sink for Census {
    fn word(&mut self, slot: *mut u64) {
        // SAFETY: a visited slot is readable.
        self.found.push((self.group, unsafe { *slot }));
    }
    fn weak(&mut self, _: *mut u64) {}
    fn ephemerons(&mut self, _: *mut crate::ephemeron::Ephemerons) {}
    fn group(&mut self, name: &'static str) {
        self.group = name;
    }
}
