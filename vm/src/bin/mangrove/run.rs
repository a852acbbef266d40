//! `mangrove run`, `check` and `dis`: programs in files.
//!
//! Invariant: standard output has what the program printed and nothing else; all that is said about the run goes to
//! standard error. 0: it ended well. 1: the program is wrong, an error was not caught, or it waits for ever. 2: the
//! command makes no sense, or a file cannot be read or written. Ctrl-C is left to the system: it ends the process at
//! once, whatever the program does.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant;

use mangrove_gc::{HeapConfig, HeapError, Stats, Zeal};
use mangrove_scheduler::{Clock, RunError, drive_with, run_until};
use mangrove_vm::engine::{self, Engine, Options, RunFailure};
use mangrove_vm::syntax::{SyntaxError, locate};
use mangrove_vm::trace::Trace;

use crate::cli::{Check, Run};
use crate::figures::{Figures, Pauses};
use crate::output::{Stdout, complain, say};

/// Runs each program, and ends with the worst code.
pub(crate) fn run(args: &Run) -> ExitCode {
    let file = args.trace.as_ref().map(|_| "--trace").or(args.snapshot.as_ref().map(|_| "--snapshot"));
    if let (Some(flag), 2..) = (file, args.files.len()) {
        complain(&format!("error: `{flag}` takes one program: each would write over the file of the one before\n"));
        return ExitCode::from(2);
    }
    let mut places: Vec<_> = args.files.iter().map(|path| real(path)).collect();
    for path in args.trace.iter().chain(&args.snapshot) {
        if places.contains(&real(path)) {
            complain(&format!("error: would write over `{}`: name another file\n", path.display()));
            return ExitCode::from(2);
        }
        places.push(real(path));
    }
    let mut worst = 0;
    for file in &args.files {
        let name = file.display().to_string();
        let mut ended = Ended::default();
        ended.failure = read(file).and_then(|text| attempt(args, &name, &text, &mut ended)).err();
        worst = worst.max(ended.code());
        if args.json {
            complain(&format!("{}\n", ended.json(&name)));
        } else {
            ended.tell();
        }
    }
    ExitCode::from(worst)
}

/// Which file a path names, as far as that can be told before there is one.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.into())
}

/// How a run ended, and what is to be told of it.
#[derive(Default)]
struct Ended {
    failure: Option<Failure>,
    /// Why it shows nothing that the zeal it was asked for did nothing.
    idle: Option<String>,
    tasks: Option<String>,
    figures: Option<Figures>,
}

impl Ended {
    fn code(&self) -> u8 {
        self.failure.as_ref().map_or(0, |failure| failure.code)
    }

    fn json(&self, name: &str) -> serde_json::Value {
        let tasks = self.tasks.as_ref().map(|tasks| tasks.lines().collect::<Vec<_>>());
        serde_json::json!({
            "file": name, "ok": self.failure.is_none(), "exit": self.code(),
            "error": self.failure.as_ref().map(|failure| failure.text.trim_end()),
            "idle": self.idle, "tasks": tasks, "figures": self.figures.as_ref().map(Figures::json),
        })
    }

    fn tell(&self) {
        if let Some(failure) = &self.failure {
            complain(&failure.text);
        }
        if let Some(idle) = &self.idle {
            complain(&format!("note: {idle}\n"));
        }
        if let Some(tasks) = &self.tasks {
            complain(tasks);
        }
        if let Some(figures) = &self.figures {
            complain(&figures.table());
        }
    }
}

/// Why a program did not end well.
struct Failure {
    code: u8,
    /// What is said of it, the last line ended.
    text: String,
}

impl Failure {
    /// The command makes no sense.
    fn usage(text: String) -> Self {
        Failure { code: 2, text: format!("error: {text}\n") }
    }

    /// What is said of a failure of the engine.
    fn of(failure: &RunFailure) -> Self {
        match failure {
            RunFailure::Heap(HeapError::Reserve { bytes, .. }) => Failure::usage(format!(
                "cannot reserve {} of address space: lower `--max-heap`",
                crate::table::bytes(*bytes as u64)
            )),
            RunFailure::Memory(_) | RunFailure::Heap(HeapError::Root(_)) => Failure::usage(
                "the library alone does not fit into the heap: raise `--max-heap`, or let fewer allocations fail"
                    .into(),
            ),
            RunFailure::Heap(_) | RunFailure::Output(_) => Failure::usage(failure.to_string()),
            _ => Failure { code: 1, text: format!("{}\n", failure.to_string().trim_end()) },
        }
    }

    /// The same, when this went wrong after it.
    fn and(self, last: Failure) -> Self {
        Failure { code: self.code.max(last.code), text: self.text + &last.text }
    }
}

/// The text of a program.
fn read(file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let done = if file == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        File::open(file).and_then(|mut file| file.read_to_end(&mut bytes)).map(drop)
    };
    done.map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", file.display())))?;
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        Failure::usage(format!("`{}` is no text: line {line} is not UTF-8; save it as UTF-8", file.display()))
    })?;
    if text.starts_with('\u{feff}') {
        // A byte order mark is no part of the program.
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// Runs a program; what there is to tell in any case is in `ended`.
fn attempt(args: &Run, name: &str, text: &str, ended: &mut Ended) -> Result<(), Failure> {
    let started = Instant::now();
    let snapshot = args.snapshot.as_ref().map(|path| Ok((path, create(path)?))).transpose()?;
    let trace = args.trace.as_ref().map(|path| Ok((path, Trace::new(create(path)?)))).transpose()?;
    let (trace_path, trace) = trace.map(|(path, trace)| (path, Rc::new(RefCell::new(trace)))).unzip();
    let zeal = args.zeal.zeal(1);
    let mut heap = HeapConfig { zeal: zeal.clone(), ..HeapConfig::default() };
    if let Some(bytes) = args.max_heap {
        heap.max_bytes = bytes;
        heap.nursery_bytes = heap.nursery_bytes.min(bytes / 8);
        heap.max_nursery_bytes = heap.max_nursery_bytes.min(bytes / 4);
    }
    let mut options = Options {
        heap,
        clock: if args.virtual_time { Clock::Virtual } else { Clock::Real },
        out: Box::new(Stdout::new()),
        trace: trace.clone(),
        ..Options::default()
    };
    if let Some(tasks) = args.max_tasks {
        options.tasks = usize::try_from(tasks).unwrap_or(usize::MAX);
    }
    let mut engine = Engine::new(options).map_err(|failure| Failure::of(&failure))?;
    let before = engine.heap().stats();
    let pauses = Rc::new(RefCell::new(Pauses::default()));
    engine.heap().observe({
        let (pauses, trace) = (pauses.clone(), trace.clone());
        move |event| {
            pauses.borrow_mut().note(event);
            if let Some(trace) = &trace {
                trace.borrow_mut().collection(event);
            }
        }
    });
    let mut ran = execute(args, &mut engine, name, text);
    let stats = engine.heap().stats();
    ended.idle = zeal.and_then(|zeal| idle(&zeal, &before, &stats));
    ended.tasks = args.tasks.then(|| engine.tasks());
    let mut written = |path: &Path, done: io::Result<()>| {
        if let Err(error) = done {
            let failure = unwritten(path, &error);
            ran = Err(match std::mem::replace(&mut ran, Ok(())) {
                Ok(()) => failure,
                Err(first) => first.and(failure),
            });
        }
    };
    if let Some((path, mut file)) = snapshot {
        written(path, engine.heap().snapshot(&mut file).and_then(|_| file.flush()));
    }
    if args.stats {
        ended.figures = Some(Figures::new(started.elapsed(), &stats, &pauses.borrow(), &engine.counts()));
    }
    drop(engine);
    if let (Some(path), Some(trace)) = (trace_path, trace.and_then(Rc::into_inner)) {
        written(path, trace.into_inner().finish());
    }
    ran
}

/// Why a run under zeal shows nothing, if the zeal did nothing since the program began.
fn idle(zeal: &Zeal, before: &Stats, after: &Stats) -> Option<String> {
    let collections = |stats: &Stats| stats.collections() + stats.compactions + stats.mark_slices;
    if collections(before) == collections(after) {
        return Some(format!("zeal `{zeal}` never collected while the program ran: this run tortured nothing"));
    }
    let failed = after.injected_failures > before.injected_failures;
    (zeal.fail_alloc > 0 && !failed).then(|| format!("zeal `{zeal}` let not one allocation fail"))
}

/// Runs a program by the run loop that was asked for.
fn execute(args: &Run, engine: &mut Engine, name: &str, text: &str) -> Result<(), Failure> {
    let of = |failure: RunFailure| Failure::of(&failure);
    let ticket = engine.start(name, text).map_err(of)?;
    let ran = if args.tokio {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(|error| Failure::usage(format!("there is no Tokio runtime: {error}")))?;
        runtime.block_on(drive_with(engine.heap(), &ticket, tokio::time::sleep))
    } else {
        run_until(engine.heap(), &ticket)
    };
    match ran {
        // The report of the engine names the calls that wait.
        Ok(()) | Err(RunError::Deadlock(_)) => engine.finish().map_err(of),
        Err(error) => Err(of(error.into())),
    }
}

fn create(path: &Path) -> Result<Box<dyn Write>, Failure> {
    let file = File::create(path).map_err(|error| unwritten(path, &error))?;
    Ok(Box::new(BufWriter::new(file)))
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot write `{}`: {error}", path.display()))
}

/// Compiles each program and says what is wrong with it.
pub(crate) fn check(args: &Check) -> ExitCode {
    each(args, |_, text| engine::check(text).map(|()| None))
}

/// Prints the bytecode of each program.
pub(crate) fn dis(args: &Check) -> ExitCode {
    each(args, |name, text| engine::disassemble(name, text).map(Some))
}

/// Does something with the text of each program, and ends with the worst code.
fn each(args: &Check, step: impl Fn(&str, &str) -> Result<Option<String>, SyntaxError>) -> ExitCode {
    let mut worst = 0;
    for file in &args.files {
        let name = file.display().to_string();
        let mut json = serde_json::json!({ "file": name });
        let (code, shown, said) = match read(file).map(|text| (step(&name, &text), text)) {
            Ok((Ok(listing), _)) => {
                listing.iter().for_each(|listing| json["listing"] = listing.as_str().into());
                (0, listing.unwrap_or_default(), String::new())
            }
            Ok((Err(error), text)) => {
                place(&mut json, &text, &error);
                (1, String::new(), error.render(&name, &text))
            }
            Err(unread) => {
                json["message"] = unread.text.trim_end().into();
                (unread.code, String::new(), unread.text)
            }
        };
        worst = worst.max(code);
        if args.json {
            (json["ok"], json["exit"]) = ((code == 0).into(), code.into());
            say(&format!("{json}\n"));
        } else {
            say(&shown);
            complain(&said);
        }
    }
    ExitCode::from(worst)
}

/// What is wrong with a text, and where.
fn place(json: &mut serde_json::Value, text: &str, error: &SyntaxError) {
    let (line, column) = locate(text, error.pos);
    json["line"] = line.into();
    json["column"] = column.into();
    json["message"] = error.message.as_str().into();
    json["help"] = error.help.as_deref().into();
}
