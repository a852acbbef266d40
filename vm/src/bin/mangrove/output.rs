//! Output that may end early: a reader that closes the pipe is no error, a full disk is.
//!
//! Invariant: nothing here panics on a closed pipe; what cannot be written for another reason ends the process with a
//! complaint.

use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::{Condvar, Mutex};

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

/// Writes to standard output. When nobody reads it, the process ends: what is still to come is for the reader only.
pub(crate) fn print(text: &[u8]) {
    write(text).unwrap_or_else(|error| cannot_say(&error));
}

/// Standard output for a program that runs. A terminal gets each line at once. For what is no terminal, lines are
/// gathered, since a call of the system costs more than most of them; but they wait for some milliseconds only, as in
/// Node they would not, whatever the program does next.
pub(crate) struct Stdout {
    gathers: bool,
}

/// Lines that wait.
static GATHERED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// The first line waits.
static NEWS: Condvar = Condvar::new();
/// How many bytes wait, about, and how long.
const MOST: usize = 1 << 16;
const PATIENCE: Duration = Duration::from_millis(5);

/// Whether there is a thread that passes on what has waited.
static PASSES_ON: LazyLock<bool> = LazyLock::new(|| {
    let pass_on = || loop {
        let mut gathered = GATHERED.lock();
        NEWS.wait_while(&mut gathered, |gathered| gathered.is_empty());
        drop(gathered);
        thread::sleep(PATIENCE);
        pass(&mut GATHERED.lock());
    };
    thread::Builder::new().name("output".into()).spawn(pass_on).is_ok()
});

fn pass(gathered: &mut Vec<u8>) {
    if !gathered.is_empty() {
        print(gathered);
        gathered.clear();
    }
}

impl Stdout {
    /// For one program at a time.
    pub(crate) fn new() -> Self {
        Stdout { gathers: !io::stdout().is_terminal() && *PASSES_ON }
    }
}

impl Write for Stdout {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.gathers {
            let mut gathered = GATHERED.lock();
            if gathered.is_empty() {
                NEWS.notify_one();
            }
            gathered.extend_from_slice(text);
            if gathered.len() >= MOST {
                pass(&mut gathered);
            }
        } else {
            print(text);
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        pass(&mut GATHERED.lock());
        Ok(())
    }
}

impl Drop for Stdout {
    fn drop(&mut self) {
        pass(&mut GATHERED.lock());
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
