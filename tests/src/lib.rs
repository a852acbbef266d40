//! Torture for heap and scheduler: an operation language, a seeded generator, and a shadow model without a
//! collector.
//!
//! [`run()`] makes the operations of a seed on a real heap with a real scheduler, and on plain Rust data that says how
//! both should be. After every operation that did anything, all that is reachable is compared, and the census of the
//! scheduler's roots with the model's tasks: nothing missing, nothing extra. What is compared when is told in full
//! at the top of `machine.rs`.
//!
//! ```
//! use mangrove_tests::{Config, run};
//! let config = Config { seed: 7, ops: 300, zeal: Some("move".parse()?), ..Config::default() };
//! let summary = run(&config)?;
//! assert!(summary.moved > 0);
//! assert_eq!(run(&config)?.trace, summary.trace);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! | invariant | enforced by |
//! | --- | --- |
//! | a seed gives the same operations, results and collections, with any number of threads | `a_seed_gives_one_trace`, `threads_do_not_change_the_trace` |
//! | one seed fixes the order of tasks, arrivals, points of cancellation and of collection | `one_seed_fixes_order_arrivals_cancels_and_collections` |
//! | every seeded order is one that the model allows | `every_seeded_order_is_one_that_the_model_allows` |
//! | what comes in the way of an await of a run loop loses nothing | `an_injection_at_every_await_loses_nothing` |
//! | plain and tortured runs have the same results | `zeal_changes_no_result` |
//! | every operation is total | `any_part_of_a_list_runs` |
//! | the text of an operation parses back to it | `operations_survive_their_text` |
//! | each check finds a bug planted for it | `tests/negative_controls.rs` |

mod config;
mod crew;
mod fields;
mod generate;
mod hash;
mod machine;
mod mail;
mod op;
mod operand;
mod probe;
mod rng;
mod run;
#[cfg(feature = "sabotage")]
mod sabotage;
mod script;
mod shadow;
mod shapes;
mod shrink;
mod table;
mod walk;
mod world;

pub use config::{Config, Finding, Injection, SHRINK_TIME, Summary};
pub use generate::Generator;
pub use hash::Fnv;
pub use op::{Class, Op, read_ops, write_ops};
pub use operand::{Len, MAX_LEN, Operand, ParseError, Pick, Picks, REGS, Reg, Span, Src, Steps};
pub use rng::Rng;
pub use run::{minimise, minimise_ops, replay, run, run_with};
#[cfg(feature = "sabotage")]
pub use sabotage::Sabotage;
pub use shrink::shrink;

/// The README's sample, compiled and run as a doc test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
