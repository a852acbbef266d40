//! [`Heap`]: owns the root and the memory; mutation and collection take turns on it.
//!
//! Invariant: `mutate` and every collection need `&mut Heap`, so they exclude each other, and a value of one call
//! cannot be used in another.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::core::Core;
use crate::error::{AllocError, HeapError, Poisoned};
use crate::mutation::Mutation;
use crate::snapshot::SnapshotReport;
use crate::stats::{Event, Stats};
use crate::trace::{Roots, Visitor};
use crate::verify::{Report, VerifyError};
use crate::zeal::HeapConfig;

/// What [`Heap::collect`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collect {
    /// Empties the nursery. Costs the survivors, the logged objects and the dirty roots.
    Minor,
    /// Marks and sweeps everything, in one pause: what is unreachable now is freed.
    Full,
    /// The same, and moves objects out of fragmented blocks.
    Compact,
}

/// A heap and its root. Neither `Send` nor `Sync`.
pub struct Heap<R: Roots> {
    root: ManuallyDrop<R::Root<'static>>,
    core: ManuallyDrop<Box<Core>>,
    poisoned: bool,
    not_send: PhantomData<*mut ()>,
}

impl<R: Roots> Heap<R> {
    /// Makes a heap and its root.
    ///
    /// # Errors
    /// When the configuration contradicts itself, the system gives no address space, or `root` fails.
    pub fn new(
        config: HeapConfig,
        root: impl for<'gc> FnOnce(&Mutation<'gc>) -> Result<R::Root<'gc>, AllocError>,
    ) -> Result<Self, HeapError> {
        let core = Box::new(Core::new(config)?);
        core.spared.set(true);
        // SAFETY: the lifetime is the closure's own; no collection runs before it returns.
        let root = root(unsafe { Mutation::of(&core) })?;
        core.spared.set(false);
        Ok(Heap {
            root: ManuallyDrop::new(root),
            core: ManuallyDrop::new(core),
            poisoned: false,
            not_send: PhantomData,
        })
    }

    /// Runs VM code: the only way to heap values, which cannot leave it.
    ///
    /// A panic in `f` leaves the heap valid.
    ///
    /// # Panics
    /// When the heap is poisoned.
    #[inline]
    pub fn mutate<T>(&mut self, f: impl for<'gc> FnOnce(&Mutation<'gc>, &mut R::Root<'gc>) -> T) -> T {
        assert!(!self.poisoned, "{Poisoned}");
        // SAFETY: the lifetime is the closure's own, and `&mut self` keeps collections out.
        let mc = unsafe { Mutation::of(&self.core) };
        f(mc, &mut self.root)
    }

    /// Runs VM code that may meet [`AllocError::Collect`]: collects and calls it again, at most twice.
    ///
    /// # Errors
    /// The error of `f`; [`AllocError::Never`] when collecting did not help.
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn mutate_retry<T>(
        &mut self,
        mut f: impl for<'gc> FnMut(&Mutation<'gc>, &mut R::Root<'gc>) -> Result<T, AllocError>,
    ) -> Result<T, AllocError> {
        for collect in [Collect::Full, Collect::Compact] {
            match self.mutate(&mut f) {
                Err(AllocError::Collect) => self.collect(collect).map_err(|_| AllocError::Never)?,
                done => return done,
            }
        }
        self.mutate(f).map_err(|_| AllocError::Never)
    }

    /// Does the collection work that is due, in a bounded slice; costs a load and a test when there is none. After an
    /// allocation was refused with [`AllocError::Collect`] it collects everything, in one pause.
    ///
    /// # Errors
    /// When the heap is poisoned.
    ///
    /// # Panics
    /// When zeal verifies and finds the heap broken; and with the first panic of a `Drop` of native data, after all
    /// work is done.
    #[inline]
    pub fn safepoint(&mut self) -> Result<(), Poisoned> {
        if self.poisoned {
            return Err(Poisoned);
        }
        if self.core.wants.get() { self.work(Core::safepoint) } else { Ok(()) }
    }

    /// Collects now.
    ///
    /// # Errors
    /// When the heap is poisoned.
    ///
    /// # Panics
    /// As [`Heap::safepoint`].
    pub fn collect(&mut self, what: Collect) -> Result<(), Poisoned> {
        self.work(|core, roots| core.collect(what, roots))
    }

    #[cold]
    fn work(&mut self, work: impl FnOnce(&mut Core, &mut RootVisit<'_>)) -> Result<(), Poisoned> {
        if self.poisoned {
            return Err(Poisoned);
        }
        // A panic in a `trace` leaves this set.
        self.poisoned = true;
        let root = &mut self.root;
        work(&mut self.core, &mut |visitor| crate::trace::Trace::trace(&mut **root, visitor));
        self.poisoned = false;
        self.core.after_work();
        Ok(())
    }

    /// Verifies the heap: every slot points to a live object, the log is complete, lengths and headers are sound.
    ///
    /// # Errors
    /// The first thing that is wrong.
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn verify(&mut self) -> Result<Report, VerifyError> {
        assert!(!self.poisoned, "{Poisoned}");
        let root = &mut self.root;
        self.core.verify(&mut |visitor| crate::trace::Trace::trace(&mut **root, visitor))
    }

    /// Writes the graph of the heap in the `.heapsnapshot` format, which the memory panel of Chrome's DevTools loads:
    /// which group of roots, and so which task, keeps an object alive. Costs time and memory in the size of the heap.
    ///
    /// ```
    /// # use mangrove_gc::{Heap, HeapConfig, Roots, Value};
    /// # struct V; impl Roots for V { type Root<'gc> = Vec<Value<'gc>>; }
    /// # let mut heap: Heap<V> = Heap::new(HeapConfig::default(), |_| Ok(vec![])).unwrap();
    /// # heap.mutate(|mc, root| root.push(mc.alloc_str("kept").unwrap().into()));
    /// let mut out = Vec::new();                       // or a buffered file
    /// let report = heap.snapshot(&mut out)?;
    /// assert_eq!((report.objects, report.references), (1, 3));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `out`.
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn snapshot(&mut self, out: &mut dyn std::io::Write) -> std::io::Result<SnapshotReport> {
        assert!(!self.poisoned, "{Poisoned}");
        let root = &mut self.root;
        self.core.snapshot(&mut |visitor| crate::trace::Trace::trace(&mut **root, visitor), out)
    }

    /// Counters and sizes.
    pub fn stats(&self) -> Stats {
        self.core.stats()
    }

    /// What it was made with.
    pub fn config(&self) -> &HeapConfig {
        &self.core.config
    }

    /// Calls `observer` after each piece of a collection.
    pub fn observe(&mut self, observer: impl FnMut(&Event) + 'static) {
        self.core.observer = Some(Box::new(observer));
    }
}

/// How the collector asks the heap to visit its root.
pub(crate) type RootVisit<'a> = dyn FnMut(&mut Visitor<'_, 'static>) + 'a;

impl<R: Roots> Drop for Heap<R> {
    fn drop(&mut self) {
        if self.poisoned {
            // Half moved: what a `Drop` would see is not known. Leak it.
            return;
        }
        // Each in its own guard, so that a panic in one loses nothing of the other. The root first.
        // SAFETY: dropped once, and not used again.
        let root = catch_unwind(AssertUnwindSafe(|| unsafe { ManuallyDrop::drop(&mut self.root) }));
        // SAFETY: as above.
        let core = catch_unwind(AssertUnwindSafe(|| unsafe { ManuallyDrop::drop(&mut self.core) }));
        if std::thread::panicking() {
            // A second panic would abort, and dropping a payload is foreign code.
            core::mem::forget((root, core));
            return;
        }
        match (root, core) {
            (Ok(()), Ok(())) => {}
            (Err(panic), Ok(())) | (Ok(()), Err(panic)) => resume_unwind(panic),
            (Err(first), Err(second)) => {
                // Dropping a payload is foreign code.
                core::mem::forget(second);
                resume_unwind(first);
            }
        }
    }
}
