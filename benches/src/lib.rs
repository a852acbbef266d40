//! The workloads that the benches share: each written once, over what a peer can do, and each peer's way to do it.
//!
//! Invariants:
//!
//! | invariant | enforced by |
//! | --- | --- |
//! | every peer builds the same objects: two references and a number | `peers_agree` |
//! | no body is optimised away: what it made is counted, or goes through `black_box` | `peers_agree`, the asserts of the benches |
//! | random choices come from one fixed seed | [`Rng`] |

mod arena;
mod clock;
mod malloc;
mod mangrove;
mod peer;
mod rng;
mod task_peers;
mod tasks;

pub use arena::GcArena;
pub use clock::{Gaps, Pauses, cpu_time, measured, peak_rss_mib, process_time, rss_mib, touch_memory};
pub use malloc::{Bumpalo, Malloc};
pub use mangrove::{Mangrove, Node};
pub use peer::{Cache, Collected, SLOTS_PER_CHUNK, Shape, TREES, Trees, binary_trees, expected_checksum, tree_nodes};
pub use rng::Rng;
pub use task_peers::{Board, Channel, Mail, OneSender, Seed, Slab, SwappedBatch, burst, completions};
pub use tasks::{Batched, Tasks};

#[cfg(test)]
mod tests;
