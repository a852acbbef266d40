//! [`run()`]: operations of a seed against heap and shadow; [`replay()`]: a list of operations; [`minimise()`]: a shorter
//! list that fails.
//!
//! Invariant: a panic anywhere in an operation is a finding like a mismatch, and prints nothing by itself.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::config::{Config, Finding, Summary};
use crate::generate::Generator;
use crate::machine::Machine;
use crate::op::Op;
use crate::shrink::shrink;

/// Runs the operations of the configuration's seed.
///
/// # Errors
/// The first finding. The heap, which may be in any state, is leaked.
pub fn run(config: &Config) -> Result<Summary, Box<Finding>> {
    run_with(config, &mut |_| {})
}

/// The same, and tells after every operation how many there were.
///
/// # Errors
/// As [`run()`].
pub fn run_with(config: &Config, progress: &mut dyn FnMut(u64)) -> Result<Summary, Box<Finding>> {
    let count = usize::try_from(config.ops).unwrap_or(usize::MAX);
    execute(config, Generator::new(config.seed).take(count), progress)
}

/// Runs these operations.
///
/// # Errors
/// As [`run()`].
pub fn replay(config: &Config, ops: &[Op]) -> Result<Summary, Box<Finding>> {
    execute(config, ops.iter().cloned(), &mut |_| {})
}

/// The operations of a configuration up to a finding, shortened for at most `limit`, and what they find.
pub fn minimise(config: &Config, finding: &Finding, limit: Duration) -> (Vec<Op>, Finding) {
    let ops: Vec<Op> = Generator::new(config.seed).take(finding.index + 1).collect();
    minimise_ops(config, ops, finding, limit)
}

/// The same for a list of operations.
pub fn minimise_ops(config: &Config, mut ops: Vec<Op>, finding: &Finding, limit: Duration) -> (Vec<Op>, Finding) {
    ops.truncate(finding.index + 1);
    let mut last = finding.clone();
    let ops = shrink(&ops, limit, |ops| match replay(config, ops) {
        Ok(_) => false,
        Err(found) => {
            last = *found;
            true
        }
    });
    (ops, last)
}

fn execute(
    config: &Config,
    ops: impl Iterator<Item = Op>,
    progress: &mut dyn FnMut(u64),
) -> Result<Summary, Box<Finding>> {
    let start = Instant::now();
    let finding = |index, op: Option<Op>, what| Box::new(Finding { seed: config.seed, index, op, what });
    let mut machine = quietly(|| Machine::new(config)).map_err(|what| finding(0, None, what))?;
    let mut count = 0;
    for op in ops {
        if let Err(what) = quietly(|| machine.step(&op)) {
            machine.abandon();
            return Err(finding(count, Some(op), what));
        }
        count += 1;
        progress(count as u64);
    }
    let mut summary = quietly(|| machine.finish()).map_err(|what| finding(count, None, what))?;
    summary.seconds = start.elapsed().as_secs_f64();
    Ok(summary)
}

thread_local! {
    /// A panic of this thread is caught and reported as a finding.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs code whose panic is an error like another.
fn quietly<T>(code: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if QUIET.get() {
                LAST.set(info.location().map(ToString::to_string));
            } else {
                hook(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(code));
    QUIET.set(false);
    result.unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("of no text");
        let place = LAST.take().unwrap_or_default();
        Err(format!("panic at {place}: {text}"))
    })
}

thread_local! {
    /// Where the last quiet panic was.
    static LAST: Cell<Option<String>> = const { Cell::new(None) };
}
