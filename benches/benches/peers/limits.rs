//! What the machine allows: the least that can do the same.
//!
//! Invariant: each does the work that the workload asks for, and none of what a product owes besides: no headers, no
//! types, no limits, no errors.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mangrove_benches::{Mail, Shape};

/// An object of the marking limit: 32 bytes, references by index + 1.
#[derive(Clone, Copy, Default)]
#[repr(C, align(32))]
struct Marked {
    left: u32,
    right: u32,
    rest: [u64; 3],
}

/// Marks all objects of a graph that lie in one array: a bitmap beside it, a ring of 16 objects that are being fetched.
fn mark(objects: &[Marked], bits: &mut [u64]) -> usize {
    let (mut stack, mut ring, mut head, mut waiting, mut count) = (Vec::with_capacity(1 << 16), [0_u32; 16], 0, 0, 0);
    bits.fill(0);
    bits[0] = 1;
    stack.push(0_u32);
    loop {
        if let Some(next) = stack.pop() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a prefetch reads nothing and cannot fault.
            unsafe {
                use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
                _mm_prefetch::<_MM_HINT_T0>(objects.as_ptr().wrapping_add(next as usize).cast());
            }
            ring[(head + waiting) & 15] = next;
            waiting += 1;
            if waiting < 16 {
                continue;
            }
        } else if waiting == 0 {
            return count;
        }
        // SAFETY: the graph names objects of the array only.
        let object = unsafe { objects.get_unchecked(ring[head & 15] as usize) };
        head += 1;
        waiting -= 1;
        count += 1;
        for reference in [object.left, object.right] {
            if reference != 0 {
                let index = reference - 1;
                // SAFETY: there is a bit for each object.
                let group = unsafe { bits.get_unchecked_mut(index as usize / 64) };
                if *group >> (index % 64) & 1 == 0 {
                    *group |= 1 << (index % 64);
                    stack.push(index);
                }
            }
        }
    }
}

/// Nanoseconds per object, once settled.
pub(crate) fn marking(shape: Shape, nodes: usize) -> f64 {
    let mut objects = vec![Marked::default(); nodes];
    #[cfg(target_os = "linux")]
    // SAFETY: advice on memory that we own; it changes no contents.
    unsafe {
        let start = objects.as_mut_ptr().map_addr(|at| at.next_multiple_of(4096));
        libc::madvise(start.cast(), nodes * 32 - 4096, libc::MADV_HUGEPAGE);
    }
    let name = |at: Option<usize>| at.map_or(0, |at| at as u32 + 1);
    objects.iter_mut().enumerate().for_each(|(i, object)| object.rest[0] = i as u64);
    shape.for_each(nodes, |from, left, right| {
        objects[from] = Marked { left: name(left), right: name(right), ..objects[from] };
    });
    let mut bits = vec![0; nodes.div_ceil(64)];
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(mark(&objects, &mut bits), nodes);
            start.elapsed().as_secs_f64() * 1e9 / nodes as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[2]
}

/// Cells of the ring.
const CELLS: usize = 1 << 12;

/// Head and tail on lines of their own.
#[derive(Default)]
#[repr(align(128))]
struct Apart(AtomicUsize);

/// A ring for one producer and one consumer.
pub(crate) struct Cells {
    cells: Box<[UnsafeCell<(u32, i32)>]>,
    head: Apart,
    tail: Apart,
}
// SAFETY: a cell is the producer's until `tail` has passed it, and the consumer's until `head` has.
unsafe impl Send for Cells {}
// SAFETY: as above.
unsafe impl Sync for Cells {}

/// W6 with nothing but a ring of one producer: an index and a number. It is leaked, so that nothing counts references.
pub(crate) struct Ring {
    ring: &'static Cells,
    results: Vec<i32>,
}

impl Mail for Ring {
    const NAME: &'static str = "ring of one producer";
    type Completer = (u32, &'static Cells);

    fn new() -> Self {
        let cells = (0..CELLS).map(|_| UnsafeCell::new((0, 0))).collect();
        let ring = Box::leak(Box::new(Cells { cells, head: Apart::default(), tail: Apart::default() }));
        Ring { ring, results: Vec::new() }
    }

    fn register(&mut self, tasks: usize) -> Vec<Self::Completer> {
        self.results = vec![-1; tasks];
        (0..tasks as u32).map(|index| (index, self.ring)).collect()
    }

    fn complete((index, ring): Self::Completer, value: i32) {
        let tail = ring.tail.0.load(Ordering::Relaxed);
        while tail - ring.head.0.load(Ordering::Acquire) == CELLS {
            std::hint::spin_loop();
        }
        // SAFETY: the cell is the producer's, of which there is one.
        unsafe { *ring.cells[tail % CELLS].get() = (index, value) };
        ring.tail.0.store(tail + 1, Ordering::Release);
    }

    fn finish(&mut self) -> u64 {
        let mut head = 0;
        while head < self.results.len() {
            let tail = self.ring.tail.0.load(Ordering::Acquire);
            while head < tail {
                // SAFETY: the producer has passed the cell.
                let (index, value) = unsafe { *self.ring.cells[head % CELLS].get() };
                self.results[index as usize] = value;
                head += 1;
            }
            self.ring.head.0.store(head, Ordering::Release);
        }
        self.results.iter().map(|&value| value as u64).sum()
    }
}
