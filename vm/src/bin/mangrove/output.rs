//! Output that may end early: a reader that closes the pipe is no error, a full disk is.
//!
//! Invariant: nothing here panics on a closed pipe; what cannot be written for another reason ends the process with a
//! complaint.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Writes to standard output. That nobody reads it does not matter: the exit code tells.
pub(crate) fn say(text: &str) {
    match write(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => cannot_say(&error),
        _ => {}
    }
}

fn write(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush())
}

/// Standard output for a program that runs: each line is out at once, as in Node, whatever the program does next. When
/// nobody reads it, the process ends: what is still to come is for the reader only.
pub(crate) struct Stdout;

impl Write for Stdout {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        write(text).unwrap_or_else(|error| cannot_say(&error));
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Ends the process, since standard output takes no more.
fn cannot_say(error: &io::Error) -> ! {
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
