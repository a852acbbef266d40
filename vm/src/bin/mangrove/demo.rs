//! The demonstration: one program, plain and with everything moving.
//!
//! Invariant: both runs are of the same text; that they print the same is what it shows, and is checked.

use std::cell::RefCell;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mangrove_gc::{HeapConfig, Zeal};
use mangrove_scheduler::{Slice, poll_once};
use mangrove_vm::engine::{Engine, Options, RunFailure};

use crate::cli::Demo;
use crate::figures::{Figures, Pauses, side_by_side};
use crate::output::{bar, complain, print, say};

const PROGRAM: &str = include_str!("demo.js");

const INTRO: &str = "\
Mangrove: tasks in plain sight of a moving garbage collector.

A program runs twice: a crawler, a pipeline, a race with a timeout and a survey, with more than a thousand
tasks outstanding that wait for a background thread, for each other and for the clock. First plainly; then
every object moves at every safepoint, that is at each call, loop and turn of a task, what it left is
poisoned, and the heap verifies itself after each collection.

";

/// About how many completions the program waits for: for the bar.
const COMPLETIONS: u64 = 1_100;

/// Runs it.
pub(crate) fn run(args: &Demo) -> ExitCode {
    both(args).unwrap_or_else(|failure| {
        complain(&format!("{failure}\n"));
        ExitCode::from(1)
    })
}

/// Each part is shown as soon as it is there: who reads no further need not wait.
fn both(args: &Demo) -> Result<ExitCode, RunFailure> {
    if !args.json {
        print(INTRO.as_bytes());
    }
    let (plain, printed) = side(args, "plain", None)?;
    if !args.json {
        for line in printed.lines() {
            print(format!("  {line}\n").as_bytes());
        }
    }
    let (moving, again) = side(args, "all moving", Some(Zeal::moving(1)))?;
    let agree = printed == again;
    if args.json {
        let (plain, moving) = (plain.json(), moving.json());
        let json =
            serde_json::json!({ "ok": agree, "agree": agree, "printed": printed, "plain": plain, "moving": moving });
        say(&format!("{json}\n"));
    } else {
        let verdict = if agree {
            "both runs printed the same".to_owned()
        } else {
            format!("THE RUNS DIFFER; with everything moving it printed:\n{again}")
        };
        say(&format!(
            "\n{}\n  {verdict}\n\nTry next: mangrove run FILE.js --stats, or mangrove torture --seed 42\n",
            side_by_side(&[("plain", &plain), ("all moving", &moving)])
        ));
    }
    Ok(ExitCode::from(u8::from(!agree)))
}

/// One run: its figures, and what it printed.
fn side(args: &Demo, label: &str, zeal: Option<Zeal>) -> Result<(Figures, String), RunFailure> {
    let bar = bar(label, COMPLETIONS, args.json);
    let started = Instant::now();
    let printed = Rc::new(RefCell::new(Vec::new()));
    let heap = HeapConfig { zeal, ..HeapConfig::default() };
    let mut engine = Engine::new(Options { heap, out: Box::new(Shared(printed.clone())), ..Options::default() })?;
    let pauses = Rc::new(RefCell::new(Pauses::default()));
    engine.heap().observe({
        let pauses = pauses.clone();
        move |event| pauses.borrow_mut().note(event)
    });
    let ticket = engine.start("demo.js", PROGRAM)?;
    // The loop of a host that has other things to do: here, a bar to move.
    while !engine.is_over(&ticket) {
        match poll_once(engine.heap(), None)? {
            Slice::More => {}
            Slice::Waits { timer } => std::thread::sleep(timer.unwrap_or(Duration::MAX).min(Duration::from_millis(1))),
            _ => break,
        }
        bar.set_position(engine.counts().completions);
    }
    bar.finish_and_clear();
    engine.finish()?;
    let counts = engine.counts();
    let figures = Figures::new(started.elapsed(), &engine.heap().stats(), &pauses.borrow(), &counts);
    drop(engine);
    let printed = String::from_utf8_lossy(&printed.borrow()).into_owned();
    Ok((figures, printed))
}

/// Output that is kept.
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
