//! Running a program in our VM and in Node, with a deadline, and showing where two outputs part.
//!
//! Invariant: a program that does not end is killed at its deadline, and its test says so.

#![allow(dead_code)] // each suite uses a part

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What it printed on stdout.
    pub(crate) stdout: String,
    /// What it printed on stderr; never compared.
    pub(crate) stderr: String,
    /// How it ended; `None` for a signal or the deadline.
    pub(crate) exit: Option<i32>,
}

impl Outcome {
    /// The same to a user: stdout and the exit code.
    pub(crate) fn agrees(&self, other: &Outcome) -> bool {
        self.stdout == other.stdout && self.exit == other.exit
    }
}

/// Runs it, at most for that long.
pub(crate) fn run(command: &mut Command, deadline: Duration) -> Outcome {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?} does not start: {e}"));
    let (mut out, mut err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let (done, wait) = mpsc::channel();
    let stdout = thread::spawn(move || {
        let bytes = read(&mut out);
        let _ = done.send(());
        bytes
    });
    let stderr = thread::spawn(move || read(&mut err));
    // A program that closed its stdout has ended, or is about to.
    let late = wait.recv_timeout(deadline).is_err();
    if late {
        let _ = child.kill();
    }
    let exit = end(&mut child, late);
    let mut stderr = stderr.join().expect("read");
    if late {
        let _ = write!(stderr, "\nkilled after {deadline:?}");
    }
    Outcome { stdout: stdout.join().expect("read"), stderr, exit }
}

fn read(from: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn end(child: &mut Child, late: bool) -> Option<i32> {
    let status = child.wait().expect("a child can be waited for");
    if late { None } else { status.code() }
}

/// Our VM on this file.
pub(crate) fn mangrove(file: &Path, options: &[&str], deadline: Duration) -> Outcome {
    run(Command::new(env!("CARGO_BIN_EXE_mangrove")).arg("run").arg(file).args(options), deadline)
}

/// Node on this file.
pub(crate) fn node(file: &Path, deadline: Duration) -> Outcome {
    run(Command::new("node").arg(file).env("NO_COLOR", "1"), deadline)
}

/// Whether there is a Node of version 20 or later; says so once when there is none.
pub(crate) fn has_node() -> bool {
    let version = Command::new("node").arg("--version").stderr(Stdio::null()).output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        eprintln!("no Node of version 20 or later here: what needs it is skipped");
    }
    major.is_some_and(|major| major >= 20)
}

/// Calls `work` with each index below `count`, on `threads` threads; what it returns, in order.
pub(crate) fn in_parallel<T: Send>(threads: usize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(count)));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let result = work(index);
                    results.lock().expect("no panic while locked").push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no panic while locked");
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The first lines in which two texts differ, with what comes before them.
pub(crate) fn diff(wanted: &str, got: &str) -> String {
    let (wanted, got): (Vec<_>, Vec<_>) = (wanted.split('\n').collect(), got.split('\n').collect());
    let same = wanted.iter().zip(&got).take_while(|(a, b)| a == b).count();
    let mut text = format!("  first difference in line {}:\n", same + 1);
    for line in &wanted[same.saturating_sub(2)..same] {
        let _ = writeln!(text, "    {}", clip(line));
    }
    for (sign, lines) in [('-', &wanted), ('+', &got)] {
        for line in lines.iter().skip(same).take(4) {
            let _ = writeln!(text, "  {sign} {}", clip(line));
        }
    }
    text
}

fn clip(line: &str) -> String {
    if line.chars().count() <= 300 { line.into() } else { line.chars().take(300).chain("…".chars()).collect() }
}
