//! The scheduler's tests, named by hazard. All heaps take their zeal from `MANGROVE_ZEAL`.

mod cancellation;
mod completions;
mod cycles;
mod driving;
mod joins;
mod lessons;
mod machine;
mod order;
mod random;
mod runs;
#[cfg(feature = "sabotage")]
mod sabotage;
mod table;
mod timers;
