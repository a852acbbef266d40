//! [`Handle`]: how code outside `mutate` names an object.
//!
//! Invariants: a slot of the table belongs to one handle until that is dropped. Dropping writes one word and borrows
//! nothing exclusively, so it is harmless at any time, also inside a collection and after the heap is gone. A handle that was
//! made for a young object, or while marking runs, is in `new` until the next minor collection: so others are visited by
//! no minor collection, and by marking only as it begins, some in each slice.

use core::cell::{Cell, RefCell};
use core::marker::PhantomData;
use std::rc::Rc;

use crate::mutation::Mutation;
use crate::object::Obj;
use crate::ptr::Gc;
use crate::trace::Object;

#[derive(Default)]
pub(crate) struct HandleTable {
    /// A heap word for each handle. A free slot has the number of the slot that was freed before it, plus one.
    slots: RefCell<Vec<Cell<u64>>>,
    /// The slot that was freed last, plus one.
    free: Cell<u64>,
    count: Cell<usize>,
    /// Slots that the next minor collection visits.
    new: RefCell<Vec<u32>>,
}

impl HandleTable {
    fn add(&self, word: u64, new: bool) -> u32 {
        let mut slots = self.slots.borrow_mut();
        let slot = match self.free.get().checked_sub(1) {
            Some(slot) => {
                self.free.set(slots[slot as usize].replace(word));
                slot as u32
            }
            None => {
                slots.push(Cell::new(word));
                u32::try_from(slots.len() - 1).expect("fewer than 2^32 handles")
            }
        };
        self.count.set(self.count.get() + 1);
        if new {
            self.new.borrow_mut().push(slot);
        }
        slot
    }

    fn remove(&self, slot: u32) {
        self.slots.borrow()[slot as usize].set(self.free.replace(u64::from(slot) + 1));
        self.count.set(self.count.get() - 1);
    }

    /// How many handles the next minor collection visits.
    pub(crate) fn new_count(&self) -> usize {
        self.new.borrow().len()
    }

    /// Visits the words of all handles.
    pub(crate) fn visit(&self, each: impl FnMut(&mut u64)) {
        let mut left = usize::MAX;
        self.visit_some(0, &mut left, each);
    }

    /// Visits those that were made for young objects, or while marking runs, since the last call.
    pub(crate) fn visit_new(&self, mut each: impl FnMut(&mut u64)) {
        let slots = self.slots.borrow();
        for slot in self.new.borrow_mut().drain(..) {
            visit_slot(&slots[slot as usize], &mut each);
        }
    }

    /// Visits those from a slot on, as many as are `left`, which counts down; returns where to go on.
    pub(crate) fn visit_some(&self, from: usize, left: &mut usize, mut each: impl FnMut(&mut u64)) -> Option<usize> {
        let slots = self.slots.borrow();
        let to = slots.len().min(from.saturating_add(*left));
        for slot in &slots[from..to] {
            visit_slot(slot, &mut each);
        }
        *left -= to - from;
        (to < slots.len()).then_some(to)
    }

    /// How many handles there are.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }
}

fn visit_slot(slot: &Cell<u64>, each: &mut impl FnMut(&mut u64)) {
    let mut word = slot.get();
    if Obj::from_word(word).is_some() {
        each(&mut word);
        slot.set(word);
    }
}

/// A root held by host code: names an object while no `mutate` runs, and keeps it alive.
///
/// It is `'static` and not `Send`. Getting is O(1) and checks that the heap is the one it was made in. It outlives
/// its heap harmlessly.
///
/// ```
/// # use mangrove_gc::{Heap, HeapConfig, Roots, Value, Str};
/// # struct V; impl Roots for V { type Root<'gc> = Vec<Value<'gc>>; }
/// # let mut heap: Heap<V> = Heap::new(HeapConfig::default(), |_| Ok(vec![])).unwrap();
/// let handle = heap.mutate(|mc, _| mc.alloc_str("kept").map(|s| mc.handle(s)))?;
/// heap.collect(mangrove_gc::Collect::Compact).unwrap();
/// heap.mutate(|mc, _| assert_eq!(&**handle.get(mc).unwrap(), "kept"));
/// # Ok::<(), mangrove_gc::AllocError>(())
/// ```
pub struct Handle<T> {
    slot: u32,
    table: Rc<HandleTable>,
    kind: PhantomData<*mut T>,
}

impl<T> Handle<T> {
    pub(crate) fn new(table: &Rc<HandleTable>, object: Obj, new: bool) -> Self {
        Handle { slot: table.add(object.word(), new), table: table.clone(), kind: PhantomData }
    }
}

impl<T: Object<'static>> Handle<T> {
    /// The object; `None` when `mc` is of another heap than the one the handle was made in.
    pub fn get<'gc>(&self, mc: &Mutation<'gc>) -> Option<Gc<'gc, T::Rebind<'gc>>> {
        if !Rc::ptr_eq(&self.table, mc.handle_table()) {
            return None;
        }
        let object = Obj::from_word(self.table.slots.borrow()[self.slot as usize].get())?;
        // SAFETY: a handle's slot is a root that held a `T` for another lifetime, of this heap.
        Some(unsafe { Gc::from_object(object) })
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        self.table.remove(self.slot);
    }
}

impl<T> core::fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Handle({})", self.slot)
    }
}
