//! [`Cli`]: what can be said on the command line.
//!
//! Invariant: what is parsed makes sense; everything else ended with a clear line and exit code 2.

use std::num::IntErrorKind;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mangrove_gc::Zeal;

/// A VM for a JavaScript subset on a moving garbage collector that sees all outstanding tasks.
///
/// Without a command, a demonstration: a program with thousands of outstanding fetches, run plainly and with
/// everything moving.
#[derive(Parser)]
#[command(name = "mangrove", version, after_help = CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const CODES: &str = "Exit code: 0 when all is well; 1 when a program is wrong, ends by an error or waits for ever, or the \
                     torture finds something; 2 when the command makes no sense or a file cannot be read or written.";

const RUN: &str = "\
Examples:
  mangrove run crawler.js --stats               a table of pauses and tasks
  mangrove run crawler.js --zeal move           the same program, everything moving at every safepoint
  mangrove run crawler.js --trace crawler.json  a timeline for ui.perfetto.dev
  mangrove run deadlocked.js --tasks            who waits for whom

The program's output goes to standard output, everything else to standard error. Ctrl-C ends it at once.
Exit code, the worst of all programs: 0 when all is well; 1 when a program is wrong, ends by an error that nobody caught,
or waits for ever; 2 when the command makes no sense or a file cannot be read or written.";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// A bundled program twice: plain, and with everything moving at every safepoint.
    Demo(Demo),
    /// Runs programs, one after the other, each in a VM of its own.
    #[command(after_help = RUN)]
    Run(Run),
    /// Compiles programs and says what is wrong with them, without running them.
    #[command(after_help = CODES)]
    Check(Check),
    /// Prints the bytecode of programs.
    #[command(after_help = CODES)]
    Dis(Check),
    /// Random operations on heap and scheduler, compared after each with a model that has no collector.
    Torture(Torture),
}

#[derive(Args, Default)]
pub(crate) struct Demo {
    /// Print one line of JSON instead of the table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Run {
    /// The programs; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What the heap does at safepoints: off, minor, slice, full, move, random, or settings like
    /// `what=random,every=1,seed=7,verify=1,poison=1,quarantine=4,fail=1000`.
    #[arg(long, value_name = "ZEAL", default_value = "off", value_parser = zeal)]
    pub(crate) zeal: Spec,
    /// Most bytes of the heap, as `64M` or `2G` (4G by default); a program that needs more is thrown a RangeError.
    #[arg(long, value_name = "BYTES", value_parser = size, allow_negative_numbers = true)]
    pub(crate) max_heap: Option<usize>,
    /// Most tasks outstanding at once: async calls that wait, reactions, timers; a program that needs more, even after a
    /// full collection, is thrown a RangeError.
    #[arg(long, value_name = "N", value_parser = number, allow_negative_numbers = true)]
    pub(crate) max_tasks: Option<u64>,
    /// Print a table of collections, pauses, bytes and tasks at the end, on standard error.
    #[arg(long)]
    pub(crate) stats: bool,
    /// Print the tasks that are left at the end, with the name and place of each async call, on standard error.
    #[arg(long)]
    pub(crate) tasks: bool,
    /// Write a timeline that Perfetto and chrome://tracing open.
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Write a snapshot of the heap at the end, for the memory panel of Chrome's DevTools.
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Run inside a Tokio runtime.
    #[arg(long)]
    pub(crate) tokio: bool,
    /// Let timers cost no time: when nothing else can run, the clock jumps to the next one.
    #[arg(long)]
    pub(crate) virtual_time: bool,
    /// Print how each program ended, and with `--stats` all figures, as a line of JSON on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Check {
    /// The programs; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print one line of JSON for each program.
    #[arg(long)]
    pub(crate) json: bool,
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
    digits.parse::<u64>().map_err(|error| match error.kind() {
        IntErrorKind::PosOverflow => "that is too much".to_owned(),
        _ => "it must be a whole number".to_owned(),
    })
}

/// A number of bytes, with a unit if wanted: `65536`, `64k`, `64M`, `2GiB`.
fn size(text: &str) -> Result<usize, String> {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (digits, unit) = text.split_at(at);
    let shift = match unit.to_ascii_lowercase().as_str() {
        "" | "b" if at > 0 => 0,
        "k" | "kb" | "kib" if at > 0 => 10,
        "m" | "mb" | "mib" if at > 0 => 20,
        "g" | "gb" | "gib" if at > 0 => 30,
        "t" | "tb" | "tib" if at > 0 => 40,
        _ => return Err("it must be a number of bytes, as 65536, 512k, 64M or 2G".to_owned()),
    };
    let bytes = number(digits)?.checked_mul(1 << shift).and_then(|bytes| usize::try_from(bytes).ok());
    match bytes {
        None | Some(MOST_HEAP..) => Err("that is more than any heap can have".to_owned()),
        Some(..LEAST_HEAP) => Err("it must be at least 512k, which is what the library needs".to_owned()),
        Some(bytes) => Ok(bytes),
    }
}

/// Below this, the library does not fit.
const LEAST_HEAP: usize = 512 << 10;
/// From this on, addresses do not fit into values.
const MOST_HEAP: usize = (1 << 46) + 1;
