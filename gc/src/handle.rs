//! [`Handle`]: how code outside `mutate` names an object.
//!
//! Invariant: a slot of the table belongs to one handle until that is dropped; dropping only queues the slot, so it
//! is harmless at any time, also inside a collection and after the heap is gone.

use core::cell::RefCell;
use core::marker::PhantomData;
use std::rc::Rc;

use crate::mutation::Mutation;
use crate::object::Obj;
use crate::ptr::Gc;
use crate::trace::Object;

/// The word of a slot that no handle uses.
const FREE: u64 = 0;

#[derive(Default)]
pub(crate) struct HandleTable {
    /// A heap word for each handle.
    slots: RefCell<Vec<u64>>,
    /// Slots whose handle was made for a young object, since the last minor collection.
    young: RefCell<Vec<u32>>,
    /// Slots to be used again; their words are `FREE` as soon as `reclaim` ran.
    dropped: RefCell<Vec<u32>>,
    free: RefCell<Vec<u32>>,
}

impl HandleTable {
    fn add(&self, word: u64, young: bool) -> u32 {
        self.reclaim();
        let mut slots = self.slots.borrow_mut();
        let slot = self.free.borrow_mut().pop().unwrap_or_else(|| {
            slots.push(FREE);
            u32::try_from(slots.len() - 1).expect("fewer than 2^32 handles")
        });
        slots[slot as usize] = word;
        if young {
            self.young.borrow_mut().push(slot);
        }
        slot
    }

    /// Takes back the slots of dropped handles.
    pub(crate) fn reclaim(&self) {
        let mut slots = self.slots.borrow_mut();
        for slot in self.dropped.borrow_mut().drain(..) {
            slots[slot as usize] = FREE;
            self.free.borrow_mut().push(slot);
        }
    }

    /// How many handles were made for young objects since the last minor collection.
    pub(crate) fn young_count(&self) -> usize {
        self.young.borrow().len()
    }

    /// Visits the words of all handles, or of those made for young objects since the last call that asked for these.
    pub(crate) fn visit(&self, young_only: bool, mut each: impl FnMut(&mut u64)) {
        self.reclaim();
        let mut slots = self.slots.borrow_mut();
        if young_only {
            for slot in self.young.borrow_mut().drain(..) {
                each(&mut slots[slot as usize]);
            }
        } else {
            slots.iter_mut().for_each(each);
        }
    }

    /// How many handles there are.
    pub(crate) fn count(&self) -> usize {
        self.slots.borrow().len() - self.free.borrow().len() - self.dropped.borrow().len()
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
    pub(crate) fn new(table: &Rc<HandleTable>, object: Obj, young: bool) -> Self {
        Handle { slot: table.add(object.word(), young), table: table.clone(), kind: PhantomData }
    }
}

impl<T: Object<'static>> Handle<T> {
    /// The object; `None` when `mc` is of another heap than the one the handle was made in.
    pub fn get<'gc>(&self, mc: &Mutation<'gc>) -> Option<Gc<'gc, T::Rebind<'gc>>> {
        if !Rc::ptr_eq(&self.table, mc.handle_table()) {
            return None;
        }
        let object = Obj::from_word(self.table.slots.borrow()[self.slot as usize])?;
        // SAFETY: a handle's slot is a root that held a `T` for another lifetime, of this heap.
        Some(unsafe { Gc::from_object(object) })
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        self.table.dropped.borrow_mut().push(self.slot);
    }
}

impl<T> core::fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Handle({})", self.slot)
    }
}
