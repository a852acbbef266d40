//! [`Cli`]: what can be said on the command line.
//!
//! Invariant: what is parsed makes sense; everything else ended with a clear line and exit code 2.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mangrove_gc::Zeal;

/// A task scheduler whose outstanding work stands in plain sight of a moving garbage collector.
///
/// Without a command, a demonstration: the same work plain and under torture.
#[derive(Parser)]
#[command(name = "mangrove", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// The same seeded work twice: plain, and with everything moving at every safepoint.
    Demo(Demo),
    /// Random operations on heap and scheduler, compared after each with a model that has no collector.
    Torture(Torture),
}

#[derive(Args)]
pub(crate) struct Demo {
    /// Seed of the operations.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = number)]
    pub(crate) seed: u64,
    /// How many operations each run makes.
    #[arg(long, value_name = "N", default_value_t = Demo::OPS, value_parser = number)]
    pub(crate) ops: u64,
    /// Print one line of JSON instead of the table.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Demo {
    const OPS: u64 = 100_000;
}

impl Default for Demo {
    fn default() -> Self {
        Demo { seed: 1, ops: Demo::OPS, json: false }
    }
}

#[derive(Args)]
pub(crate) struct Torture {
    /// Seed of the operations, and of the zeal unless that names its own.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = number)]
    pub(crate) seed: u64,
    /// How many operations.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = number, conflicts_with = "replay")]
    pub(crate) ops: u64,
    /// What the heap does at safepoints: off, minor, slice, full, move, random, or settings like
    /// `what=random,every=1,seed=7,verify=1,poison=1,quarantine=4,fail=1000`.
    #[arg(long, value_name = "ZEAL", default_value = "move", value_parser = zeal)]
    pub(crate) zeal: Spec,
    /// Threads that complete external tasks; 0 does so on the heap's own thread.
    #[arg(long, value_name = "T", default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=256))]
    pub(crate) threads: u16,
    /// Seed of the order in which tasks run and completions arrive; without it, first come, first served.
    #[arg(long, value_name = "S", value_parser = number)]
    pub(crate) order: Option<u64>,
    /// Most tasks outstanding at once.
    #[arg(long, value_name = "N", default_value_t = 700)]
    pub(crate) tasks: usize,
    /// Objects alive from which on the graph is left to wither.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) live: usize,
    /// Run the operations of this file, one a line, instead of generated ones.
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,
    /// Seconds to spend on shrinking what was found.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) shrink: u64,
    /// Where to write the shrunk operations; a file in the directory for temporary files by default.
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Print one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// A bug to plant.
    #[cfg(feature = "sabotage")]
    #[arg(long, value_name = "BUG")]
    pub(crate) sabotage: Option<mangrove_tests::Sabotage>,
}

/// A zeal as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    zeal: Option<Zeal>,
    seeded: bool,
}

impl Spec {
    /// The zeal of a run; its choices follow from the run's seed unless it has one of its own.
    pub(crate) fn zeal(&self, seed: u64) -> Option<Zeal> {
        let zeal = self.zeal.clone()?;
        Some(if self.seeded { zeal } else { Zeal { seed, ..zeal } })
    }
}

fn zeal(text: &str) -> Result<Spec, String> {
    if text == "off" {
        return Ok(Spec { zeal: None, seeded: false });
    }
    let zeal = text.parse::<Zeal>().map_err(|e| e.to_string())?;
    Ok(Spec { zeal: Some(zeal), seeded: text.contains("seed=") })
}

/// A number, with `_` between digits if wanted.
fn number(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    digits.parse().map_err(|_| "it must be a whole number".to_owned())
}
