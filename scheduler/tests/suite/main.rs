//! The scheduler's tests, named by hazard. All heaps take their zeal from `MANGROVE_ZEAL`.

mod cancellation;
mod combinations;
mod completions;
mod cycles;
mod deferreds;
mod driving;
mod externals;
mod foreign;
mod handles;
mod joins;
mod lessons;
mod machine;
mod naive;
mod order;
mod owned_joins;
mod random;
mod reach;
mod runs;
#[cfg(feature = "sabotage")]
mod sabotage;
mod scopes;
mod seed;
mod shields;
mod slices;
mod structures;
mod table;
mod timers;
