//! Typed errors. Each says what to do.

use core::fmt;

/// Why an allocation did not happen. The heap is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// As wide as a pointer, so that `Result<Gc<T>, AllocError>` is returned in two registers.
#[repr(u64)]
pub enum AllocError {
    /// The limit is reached: leave `mutate`, collect (`heap.collect`), and do it again.
    /// [`Heap::mutate_retry`](crate::Heap::mutate_retry) does so.
    Collect,
    /// No collection can help: the object is larger than the heap may be, or collecting did not free enough.
    Never,
}

impl fmt::Display for AllocError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AllocError::Collect => "the heap is full: leave `mutate`, collect, and try again",
            AllocError::Never => "the heap's limit is too small for this: raise `HeapConfig::max_bytes`",
        })
    }
}
impl std::error::Error for AllocError {}

/// A panic left the heap in the middle of a collection: it refuses all further use, and leaks when dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poisoned;

impl fmt::Display for Poisoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a panic in a `Trace` function left this heap half collected: drop it and make a new one")
    }
}
impl std::error::Error for Poisoned {}

/// Why a heap could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum HeapError {
    /// The configuration contradicts itself; the text says how.
    Config(String),
    /// The system gave no address space.
    Reserve {
        /// Bytes asked for.
        bytes: usize,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gave memory at an address of more than 48 bits, which a value cannot hold.
    AddressTooHigh(usize),
    /// The closure that makes the root could not allocate.
    Root(AllocError),
}

impl fmt::Display for HeapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeapError::Config(what) => write!(f, "bad heap configuration: {what}"),
            HeapError::Reserve { bytes, .. } => {
                write!(f, "cannot reserve {bytes} bytes of address space: lower `HeapConfig::max_bytes`")
            }
            HeapError::AddressTooHigh(at) => {
                write!(f, "the system placed the heap at {at:#x}, beyond the 48 bits of a value")
            }
            HeapError::Root(e) => write!(f, "the root could not be made: {e}"),
        }
    }
}

impl std::error::Error for HeapError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            HeapError::Reserve { source, .. } => Some(source),
            HeapError::Root(e) => Some(e),
            _ => None,
        }
    }
}

impl From<AllocError> for HeapError {
    fn from(e: AllocError) -> Self {
        HeapError::Root(e)
    }
}
