//! Raw memory: address space from the system, and bitmaps beside it. The only file that allocates.
//!
//! Invariant: a [`Reservation`] is readable and writable in its whole length, zero where it was never written or was
//! discarded, exposed, and below 2^48.

use crate::error::HeapError;
use crate::object::at;

/// The system's page, at least; discarding works in multiples of it.
const PAGE: usize = 4096;

/// A range of addresses that takes no memory until it is written.
pub(crate) struct Reservation {
    base: *mut u8,
    bytes: usize,
}

impl Reservation {
    /// Reserves `bytes`, aligned to `align` (a power of two).
    pub(crate) fn new(bytes: usize, align: usize) -> Result<Self, HeapError> {
        let padded = bytes.next_multiple_of(PAGE) + align;
        // SAFETY: a new anonymous mapping, at an address of the system's choice.
        let start = unsafe {
            libc::mmap(
                core::ptr::null_mut(),
                padded,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(HeapError::Reserve { bytes: padded, source: std::io::Error::last_os_error() });
        }
        let start = start.cast::<u8>();
        let base = start.map_addr(|a| a.next_multiple_of(align));
        let end = base.addr() + bytes.next_multiple_of(PAGE);
        // SAFETY: the two ends of the mapping above that are not used; both lengths are multiples of a page.
        unsafe {
            if base.addr() > start.addr() {
                libc::munmap(start.cast(), base.addr() - start.addr());
            }
            if start.addr() + padded > end {
                libc::munmap(start.with_addr(end).cast(), start.addr() + padded - end);
            }
        }
        let made = Reservation { base, bytes: bytes.next_multiple_of(PAGE) };
        made.base.expose_provenance();
        if end > 1 << 48 { Err(HeapError::AddressTooHigh(base.addr())) } else { Ok(made) }
    }

    /// The first address.
    pub(crate) fn base(&self) -> usize {
        self.base.addr()
    }

    /// Asks for huge pages, where the system gives them to who asks.
    pub(crate) fn prefer_huge_pages(&self) {
        #[cfg(target_os = "linux")]
        // SAFETY: our own mapping; the advice changes no contents.
        unsafe {
            libc::madvise(self.base.cast(), self.bytes, libc::MADV_HUGEPAGE);
        }
    }

    /// Gives the memory of a range back: it reads as zero from now on.
    pub(crate) fn discard(&self, from: usize, bytes: usize) {
        debug_assert!(from >= self.base() && from + bytes <= self.base() + self.bytes);
        let (from, to) = (from.next_multiple_of(PAGE), (from + bytes) & !(PAGE - 1));
        if from < to {
            // SAFETY: inside the mapping, whole pages; the caller has nothing in them.
            unsafe { libc::madvise(at::<u8>(from).cast(), to - from, libc::MADV_DONTNEED) };
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: what is left of the mapping; nothing refers to it any more.
        unsafe { libc::munmap(self.base.cast(), self.bytes) };
    }
}

/// One bit for each word of a range of addresses.
pub(crate) struct Bitmap {
    memory: Reservation,
    covered: usize,
    bits: *mut u64,
}

impl Bitmap {
    /// All zero, for `bytes` from address `covered`.
    pub(crate) fn new(covered: usize, bytes: usize) -> Result<Self, HeapError> {
        let memory = Reservation::new(bytes / 64, PAGE)?;
        let bits = at(memory.base());
        Ok(Bitmap { memory, covered, bits })
    }

    /// The 64-bit groups, indexed by byte offset / 512.
    #[inline(always)]
    pub(crate) fn groups(&self) -> *mut u64 {
        self.bits
    }

    #[inline(always)]
    fn locate(&self, address: usize) -> (*mut u64, u64) {
        let offset = address - self.covered;
        debug_assert!(offset / 64 < self.memory.bytes);
        // SAFETY: the address is covered, so its group is in the bitmap.
        (unsafe { self.bits.add(offset >> 9) }, 1 << (offset >> 3 & 63))
    }

    #[inline(always)]
    pub(crate) fn get(&self, address: usize) -> bool {
        let (group, bit) = self.locate(address);
        // SAFETY: in bounds; one thread.
        unsafe { *group & bit != 0 }
    }

    /// Sets the bit; true if it was clear.
    #[inline(always)]
    pub(crate) fn set(&self, address: usize) -> bool {
        let (group, bit) = self.locate(address);
        // SAFETY: in bounds; one thread, and no reference to a group is ever made.
        unsafe {
            let clear = *group & bit == 0;
            // No store where none is needed: the next look at this group would wait for it.
            if clear {
                *group |= bit;
            }
            clear
        }
    }

    /// Has the system provide the memory of the bits of an address now, and not in the middle of marking.
    pub(crate) fn provide(&self, address: usize) {
        let (group, _) = self.locate(address);
        // SAFETY: in bounds; one thread. What is written is what is there.
        unsafe { group.write_volatile(group.read_volatile()) };
    }

    /// Gives the memory of the bits of a range back, as far as it is whole pages: they are clear from now on.
    pub(crate) fn discard(&self, from: usize, bytes: usize) {
        self.memory.discard(self.memory.base() + (from - self.covered) / 64, bytes / 64);
    }

    /// Clears the bits of a range that begins and ends at multiples of 512 bytes.
    pub(crate) fn clear_range(&self, from: usize, bytes: usize) {
        // SAFETY: the range is covered, so its groups are in the bitmap.
        unsafe { core::ptr::write_bytes(self.bits.add((from - self.covered) >> 9), 0, bytes >> 9) };
    }
}
