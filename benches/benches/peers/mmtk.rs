//! MMTk's GenImmix with the least binding: one mutator, one GC thread, a precise shadow stack, nodes of 32 bytes.
//!
//! Invariants: whatever lives across an allocation is on the shadow stack; the mutator is stopped while MMTk collects,
//! so statics that both use are never used at once.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, OnceLock};

use mangrove_benches::{Collected, Shape, Trees};
use mmtk::plan::Mutator;
use mmtk::util::alloc::{BumpAllocator, BumpPointer};
use mmtk::util::copy::{CopySemantics, GCWorkerCopyContext};
use mmtk::util::opaque_pointer::{OpaquePointer, VMMutatorThread, VMThread, VMWorkerThread};
use mmtk::util::{Address, ObjectReference};
use mmtk::vm::slot::{SimpleSlot, UnimplementedMemorySlice};
use mmtk::vm::{
    ActivePlan, Collection, GCThreadContext, ObjectModel, ReferenceGlue, RootsWorkFactory, Scanning, SlotVisitor,
    VMBinding, VMGlobalLogBitSpec, VMLocalForwardingBitsSpec, VMLocalForwardingPointerSpec, VMLocalLOSMarkNurserySpec,
    VMLocalMarkBitSpec,
};
use mmtk::{AllocationSemantics, MMTK, MMTKBuilder, memory_manager};

/// mimalloc; or the system's allocator in a process that runs MMTk, which wants the addresses that mimalloc takes.
pub(crate) struct Chosen;

impl Chosen {
    fn is_system() -> bool {
        static CHOICE: AtomicU8 = AtomicU8::new(0);
        if CHOICE.load(Ordering::Relaxed) == 0 {
            // SAFETY: nothing sets variables in this program, and `getenv` allocates nothing.
            let system = unsafe { !libc::getenv(c"PEERS_SYSTEM_ALLOCATOR".as_ptr()).is_null() };
            CHOICE.store(1 + u8::from(system), Ordering::Relaxed);
        }
        CHOICE.load(Ordering::Relaxed) == 2
    }
}

// SAFETY: each call goes to the same one of two allocators.
unsafe impl GlobalAlloc for Chosen {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller.
        unsafe { if Self::is_system() { System.alloc(layout) } else { mimalloc::MiMalloc.alloc(layout) } }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: by the caller.
        unsafe { if Self::is_system() { System.dealloc(at, layout) } else { mimalloc::MiMalloc.dealloc(at, layout) } }
    }
}

#[derive(Default)]
struct Vm;
impl VMBinding for Vm {
    type VMObjectModel = Model;
    type VMScanning = Scan;
    type VMCollection = World;
    type VMActivePlan = Plan;
    type VMReferenceGlue = NoReferences;
    type VMSlot = SimpleSlot;
    type VMMemorySlice = UnimplementedMemorySlice<SimpleSlot>;
    const MIN_ALIGNMENT: usize = 8;
    const MAX_ALIGNMENT: usize = 8;
    const USE_ALLOCATION_OFFSET: bool = false;
}

struct Shared {
    mutator: UnsafeCell<Option<Box<Mutator<Vm>>>>,
    stack: UnsafeCell<Vec<usize>>,
    /// The mutator is stopped.
    stopped: Mutex<bool>,
    changed: Condvar,
}
// SAFETY: the mutator's thread and the collector's take turns.
unsafe impl Sync for Shared {}
static SHARED: Shared = Shared {
    mutator: UnsafeCell::new(None),
    stack: UnsafeCell::new(Vec::new()),
    stopped: Mutex::new(false),
    changed: Condvar::new(),
};
static MMTK_: OnceLock<Box<MMTK<Vm>>> = OnceLock::new();

fn mmtk() -> &'static MMTK<Vm> {
    MMTK_.get().expect("made by `new`")
}
fn mutator() -> &'static mut Mutator<Vm> {
    // SAFETY: the two threads take turns, and no borrow of it outlives a call of MMTk.
    unsafe { (*SHARED.mutator.get()).as_deref_mut().expect("made by `new`") }
}
#[inline(always)]
fn stack() -> &'static mut Vec<usize> {
    // SAFETY: as above.
    unsafe { &mut *SHARED.stack.get() }
}
fn this_thread() -> VMMutatorThread {
    // SAFETY: an identity, never followed.
    VMMutatorThread(VMThread(OpaquePointer::from_address(unsafe { Address::from_usize(1) })))
}

const BYTES: usize = 32;

struct Model;
impl ObjectModel<Vm> for Model {
    const GLOBAL_LOG_BIT_SPEC: VMGlobalLogBitSpec = VMGlobalLogBitSpec::side_first();
    const LOCAL_FORWARDING_POINTER_SPEC: VMLocalForwardingPointerSpec = VMLocalForwardingPointerSpec::in_header(0);
    const LOCAL_FORWARDING_BITS_SPEC: VMLocalForwardingBitsSpec = VMLocalForwardingBitsSpec::in_header(56);
    const LOCAL_MARK_BIT_SPEC: VMLocalMarkBitSpec = VMLocalMarkBitSpec::side_first();
    const LOCAL_LOS_MARK_NURSERY_SPEC: VMLocalLOSMarkNurserySpec =
        VMLocalLOSMarkNurserySpec::side_after(Self::LOCAL_MARK_BIT_SPEC.as_spec());
    const UNIFIED_OBJECT_REFERENCE_ADDRESS: bool = true;
    const OBJECT_REF_OFFSET_LOWER_BOUND: isize = 0;

    fn copy(from: ObjectReference, kind: CopySemantics, context: &mut GCWorkerCopyContext<Vm>) -> ObjectReference {
        let to = context.alloc_copy(from, BYTES, 8, 0, kind);
        // SAFETY: MMTk gave memory for the copy of a live object.
        unsafe {
            std::ptr::copy_nonoverlapping::<u64>(from.to_raw_address().to_ptr(), to.to_mut_ptr(), BYTES / 8);
            to.store::<u64>(to.load::<u64>() & 0x00ff_ffff_ffff_ffff);
            let to = ObjectReference::from_raw_address_unchecked(to);
            context.post_copy(to, BYTES, kind);
            to
        }
    }
    fn copy_to(_: ObjectReference, _: ObjectReference, _: Address) -> Address {
        unreachable!("only plans that compact copy to a place that is known before, and this one copies at once")
    }
    fn get_reference_when_copied_to(_: ObjectReference, to: Address) -> ObjectReference {
        // SAFETY: MMTk's own address.
        unsafe { ObjectReference::from_raw_address_unchecked(to) }
    }
    fn get_current_size(_: ObjectReference) -> usize {
        BYTES
    }
    fn get_size_when_copied(_: ObjectReference) -> usize {
        BYTES
    }
    fn get_align_when_copied(_: ObjectReference) -> usize {
        8
    }
    fn get_align_offset_when_copied(_: ObjectReference) -> usize {
        0
    }
    fn get_type_descriptor(_: ObjectReference) -> &'static [i8] {
        &[]
    }
    fn ref_to_object_start(object: ObjectReference) -> Address {
        object.to_raw_address()
    }
    fn ref_to_header(object: ObjectReference) -> Address {
        object.to_raw_address()
    }
    fn dump_object(_: ObjectReference) {}
}

struct Scan;
impl Scanning<Vm> for Scan {
    fn scan_object<V: SlotVisitor<SimpleSlot>>(_: VMWorkerThread, object: ObjectReference, visitor: &mut V) {
        let first = object.to_raw_address() + 8_usize;
        visitor.visit_slot(SimpleSlot::from_address(first));
        visitor.visit_slot(SimpleSlot::from_address(first + 8_usize));
    }
    fn notify_initial_thread_scan_complete(_: bool, _: VMWorkerThread) {}
    fn scan_roots_in_mutator_thread(
        _: VMWorkerThread,
        _: &'static mut Mutator<Vm>,
        mut factory: impl RootsWorkFactory<SimpleSlot>,
    ) {
        for part in stack().chunks(4096) {
            let slots = part.iter().map(|slot| SimpleSlot::from_address(Address::from_ref(slot))).collect();
            factory.create_process_roots_work(slots);
        }
    }
    fn scan_vm_specific_roots(_: VMWorkerThread, _: impl RootsWorkFactory<SimpleSlot>) {}
    fn supports_return_barrier() -> bool {
        false
    }
    fn prepare_for_roots_re_scanning() {}
}

struct World;
impl Collection<Vm> for World {
    fn stop_all_mutators<F: FnMut(&'static mut Mutator<Vm>)>(_: VMWorkerThread, mut each: F) {
        let mut stopped = SHARED.stopped.lock().expect("no panic");
        while !*stopped {
            stopped = SHARED.changed.wait(stopped).expect("no panic");
        }
        drop(stopped);
        each(mutator());
    }
    fn resume_mutators(_: VMWorkerThread) {
        *SHARED.stopped.lock().expect("no panic") = false;
        SHARED.changed.notify_all();
    }
    fn block_for_gc(_: VMMutatorThread) {
        let mut stopped = SHARED.stopped.lock().expect("no panic");
        *stopped = true;
        SHARED.changed.notify_all();
        while *stopped {
            stopped = SHARED.changed.wait(stopped).expect("no panic");
        }
    }
    fn spawn_gc_thread(_: VMThread, context: GCThreadContext<Vm>) {
        let GCThreadContext::Worker(worker) = context;
        std::thread::spawn(move || {
            let thread = VMWorkerThread(VMThread(OpaquePointer::from_address(Address::from_ref(&*worker))));
            memory_manager::start_worker::<Vm>(mmtk(), thread, worker);
        });
    }
}

struct Plan;
impl ActivePlan<Vm> for Plan {
    fn is_mutator(thread: VMThread) -> bool {
        thread.0.to_address().as_usize() == 1
    }
    fn mutator(_: VMMutatorThread) -> &'static mut Mutator<Vm> {
        mutator()
    }
    fn mutators<'a>() -> Box<dyn Iterator<Item = &'a mut Mutator<Vm>> + 'a> {
        Box::new(std::iter::once(mutator() as &mut Mutator<Vm>))
    }
    fn number_of_mutators() -> usize {
        1
    }
}

struct NoReferences;
impl ReferenceGlue<Vm> for NoReferences {
    type FinalizableType = ObjectReference;
    fn get_referent(_: ObjectReference) -> Option<ObjectReference> {
        None
    }
    fn set_referent(_: ObjectReference, _: ObjectReference) {}
    fn clear_referent(_: ObjectReference) {}
    fn enqueue_references(_: &[ObjectReference], _: VMWorkerThread) {}
}

/// MMTk's heap, of which a process has one: 1 GiB, a nursery of 8 MiB.
pub(crate) struct Mmtk {
    bump: *mut BumpPointer,
    kept: usize,
}

impl Mmtk {
    #[cold]
    #[inline(never)]
    fn slow(left: &mut usize, right: &mut usize) -> usize {
        stack().extend([*left, *right]);
        let made = memory_manager::alloc_slow::<Vm>(mutator(), BYTES, 8, 0, AllocationSemantics::Default);
        *right = stack().pop().expect("pushed");
        *left = stack().pop().expect("pushed");
        made.as_usize()
    }

    #[inline(always)]
    fn node(&mut self, mut left: usize, mut right: usize, value: u64) -> usize {
        // SAFETY: the bump pointer is MMTk's, for this thread; the memory it gives is ours to fill.
        unsafe {
            let bump = &mut *self.bump;
            let start = bump.cursor.as_usize();
            let start = if start + BYTES <= bump.limit.as_usize() {
                bump.cursor = Address::from_usize(start + BYTES);
                start
            } else {
                Self::slow(&mut left, &mut right)
            };
            (start as *mut [usize; 4]).write([1, left, right, value as usize]);
            start
        }
    }

    fn build(&mut self, depth: u32) -> usize {
        if depth == 0 {
            return self.node(0, 0, 0);
        }
        let left = self.build(depth - 1);
        stack().push(left);
        let right = self.build(depth - 1);
        let left = stack().pop().expect("pushed");
        self.node(left, right, u64::from(depth))
    }

    fn store(object: usize, field: usize, value: usize) {
        // SAFETY: a live object; MMTk's barrier that remembers objects: a test of the log bit, then its slow path.
        unsafe {
            let slot = object + 8 + field * 8;
            (slot as *mut usize).write(value);
            let bits = Model::GLOBAL_LOG_BIT_SPEC.as_spec().extract_side_spec();
            if bits.load::<u8>(Address::from_usize(object)) != 0 {
                mutator().barrier.object_reference_write_slow(
                    ObjectReference::from_raw_address_unchecked(Address::from_usize(object)),
                    SimpleSlot::from_address(Address::from_usize(slot)),
                    ObjectReference::from_raw_address(Address::from_usize(value)),
                );
            }
        }
    }
}

/// Header, left, right, value.
fn fields(node: usize) -> [usize; 4] {
    // SAFETY: a live node.
    unsafe { *(node as *const [usize; 4]) }
}

fn count(node: usize) -> u64 {
    if node == 0 {
        return 0;
    }
    let [_, left, right, _] = fields(node);
    1 + count(left) + count(right)
}

impl Trees for Mmtk {
    const NAME: &'static str = "mmtk";

    fn new() -> Self {
        if MMTK_.get().is_none() {
            let mut builder = MMTKBuilder::new();
            for (option, value) in [
                ("plan", "GenImmix"),
                ("threads", "1"),
                ("gc_trigger", "FixedHeapSize:1073741824"),
                ("nursery", "Fixed:8388608"),
                ("no_finalizer", "true"),
                ("no_reference_types", "true"),
            ] {
                assert!(builder.set_option(option, value), "{option}");
            }
            assert!(MMTK_.set(memory_manager::mmtk_init::<Vm>(&builder)).is_ok());
            memory_manager::initialize_collection(mmtk(), VMThread(OpaquePointer::UNINITIALIZED));
            // SAFETY: before any other use.
            unsafe { *SHARED.mutator.get() = Some(memory_manager::bind_mutator(mmtk(), this_thread())) };
        }
        stack().clear();
        // SAFETY: GenImmix allocates by a bump allocator.
        let allocator =
            unsafe { mutator().allocator_impl_mut_for_semantic::<BumpAllocator<Vm>>(AllocationSemantics::Default) };
        Mmtk { bump: &raw mut allocator.bump_pointer, kept: 0 }
    }

    fn tree(&mut self, depth: u32) -> u64 {
        count(self.build(depth))
    }

    fn keep(&mut self, depth: u32) {
        let tree = self.build(depth);
        self.kept = stack().len();
        stack().push(tree);
    }

    fn kept(&mut self) -> u64 {
        count(stack()[self.kept])
    }

    fn garbage(&mut self, thousands: u64) {
        for value in 0..thousands * 1000 {
            black_box(self.node(0, 0, value));
        }
    }
}

impl Collected for Mmtk {
    fn graph(&mut self, shape: Shape, nodes: usize) {
        stack().reserve(nodes + 65536);
        for i in 0..nodes {
            let node = self.node(0, 0, i as u64);
            stack().push(node);
        }
        shape.for_each(nodes, |from, left, right| {
            if let Some(left) = left {
                Self::store(stack()[from], 0, stack()[left]);
            }
            if let Some(right) = right {
                Self::store(stack()[from], 1, stack()[right]);
            }
        });
        stack().truncate(1);
    }

    fn collect(&mut self) {
        mmtk().handle_user_collection_request(this_thread(), true, true);
    }

    fn checksum(&mut self, shape: Shape) -> u64 {
        let first = stack()[0];
        let (mut head, mut sum) = (first, 0);
        while head != 0 {
            let mut next = head;
            while next != 0 {
                let [_, left, _, value] = fields(next);
                sum += value as u64;
                next = if left == first { 0 } else { left };
            }
            head = if shape == Shape::Lists { fields(head)[2] } else { 0 };
        }
        sum
    }
}
