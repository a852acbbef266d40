//! [`Stdout`]: standard output for a program that runs.
//!
//! Lines are gathered, and written when there are many, when the program waits or complains, and by a thread of its own
//! when they have lain for a while: so a program that prints and then computes for ever is seen to have printed, and
//! Ctrl-C, which ends the process at once, loses no more than that while. On a terminal each line is written at once.
//!
//! Invariant: what is written is out after [`SOON`], whatever the program does. When it cannot be written, the process
//! ends: as one that is killed by SIGPIPE when nobody reads any more, and otherwise with a complaint and exit code 2.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::output::cannot_say;

/// How long lines lie at most.
const SOON: Duration = Duration::from_millis(20);
/// How many bytes are many.
const MANY: usize = 1 << 15;

/// Standard output. Clones are the same.
#[derive(Clone)]
pub(crate) struct Stdout {
    lines: Arc<Lines>,
    at_once: bool,
}

struct Lines {
    bytes: Mutex<Vec<u8>>,
    some: Condvar,
}

impl Stdout {
    /// Standard output, and the thread that writes what has lain for a while.
    pub(crate) fn new() -> Self {
        let lines = Arc::new(Lines { bytes: Mutex::default(), some: Condvar::new() });
        let mut at_once = io::stdout().is_terminal();
        if !at_once {
            let lines = lines.clone();
            let writer = std::thread::Builder::new().name("output".to_owned()).spawn(move || lines.write_soon());
            at_once = writer.is_err();
        }
        Stdout { lines, at_once }
    }
}

impl Lines {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_soon(&self) {
        loop {
            drop(self.some.wait_while(self.bytes(), |bytes| bytes.is_empty()));
            std::thread::sleep(SOON);
            write(&mut self.bytes());
        }
    }
}

fn write(bytes: &mut Vec<u8>) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
        cannot_say(&error);
    }
    bytes.clear();
}

impl Write for Stdout {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut bytes = self.lines.bytes();
        if bytes.is_empty() {
            self.lines.some.notify_one();
        }
        bytes.extend_from_slice(line);
        if self.at_once || bytes.len() >= MANY {
            write(&mut bytes);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        write(&mut self.lines.bytes());
        Ok(())
    }
}
