//! Output that may end early: a reader that closes the pipe is no error, a full disk is.
//!
//! Invariant: nothing here panics on a closed pipe; what cannot be written for another reason ends the process with a
//! complaint.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Writes to standard output. That nobody reads it does not matter: the exit code tells.
pub(crate) fn say(text: &str) {
    match write(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => cannot_say(&error),
        _ => {}
    }
}

/// Writes to standard output. When nobody reads it, the process ends: what is still to come is for the reader only.
pub(crate) fn show(text: &str) {
    if let Err(error) = write(text) {
        cannot_say(&error);
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// Ends the process, since standard output takes no more.
pub(crate) fn cannot_say(error: &io::Error) -> ! {
    if error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(128 + 13);
    }
    complain(&format!("error: cannot write to standard output: {error}\n"));
    std::process::exit(2)
}

/// Writes to standard error.
pub(crate) fn complain(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// A bar on standard error for `total` steps; none when `hidden` or when nobody watches.
pub(crate) fn bar(label: &str, total: u64, hidden: bool) -> ProgressBar {
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let style = ProgressStyle::with_template("{prefix:>10} [{bar:40}] {human_pos}/{human_len} {per_sec} {eta}");
    let bar = ProgressBar::with_draw_target(Some(total), target).with_prefix(label.to_owned());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// How often, in operations, a bar is told.
pub(crate) const STEP: u64 = 256;

/// A number with its thousands apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(" ")
}

/// Bytes in a unit that reads well.
pub(crate) fn bytes(number: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{number} B") } else { format!("{value:.1} {}", units[unit]) }
}
