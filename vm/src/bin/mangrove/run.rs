//! `mangrove run`, `check` and `dis`: programs in files.
//!
//! Invariant: standard output has what the program printed and nothing else; all that is said about the run goes to
//! standard error. 0: it ended well. 1: the program is wrong, an error was not caught, or it waits for ever. 2: the
//! command makes no sense, or a file cannot be read or written.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant;

use mangrove_gc::HeapConfig;
use mangrove_scheduler::{Clock, RunError, drive_with, run_until};
use mangrove_vm::engine::{self, Engine, Options, RunFailure};
use mangrove_vm::trace::Trace;

use crate::cli::{Check, Run};
use crate::figures::{Figures, Pauses};
use crate::output::{complain, say};

/// Runs each program, and ends with the worst code.
pub(crate) fn run(args: &Run) -> ExitCode {
    let mut worst = 0;
    for file in &args.files {
        let name = file.display().to_string();
        let ended = read(file).and_then(|text| one(args, &name, &text));
        if let Err(ended) = &ended {
            worst = worst.max(ended.code);
        }
        if args.json {
            let (ok, figures, error) = match ended {
                Ok(figures) => (true, figures, None),
                Err(ended) => (false, ended.figures, Some(ended.text)),
            };
            let json = serde_json::json!({ "file": name, "ok": ok, "error": error, "figures": figures });
            complain(&format!("{json}\n"));
        } else {
            match ended {
                Ok(Some(figures)) => complain(&figures.table()),
                Ok(None) => {}
                Err(ended) => {
                    complain(&ended.text);
                    if let Some(figures) = ended.figures {
                        complain(&figures.table());
                    }
                }
            }
        }
    }
    ExitCode::from(worst)
}

/// Why a program did not end well.
struct Ended {
    code: u8,
    text: String,
    figures: Option<Box<Figures>>,
}

impl Ended {
    /// The command makes no sense.
    fn usage(text: String) -> Self {
        Ended { code: 2, text: format!("error: {text}\n"), figures: None }
    }
}

/// The text of a program.
fn read(file: &Path) -> Result<String, Ended> {
    let mut bytes = Vec::new();
    let done = if file == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        File::open(file).and_then(|mut file| file.read_to_end(&mut bytes)).map(drop)
    };
    done.map_err(|error| Ended::usage(format!("cannot read `{}`: {error}", file.display())))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        Ended::usage(format!("`{}` is no text: line {line} is not UTF-8; save it as UTF-8", file.display()))
    })
}

fn one(args: &Run, name: &str, text: &str) -> Result<Option<Box<Figures>>, Ended> {
    let started = Instant::now();
    let trace = args.trace.as_ref().map(|path| create(path).map(|file| Rc::new(RefCell::new(Trace::new(file)))));
    let trace = trace.transpose()?;
    let mut heap = HeapConfig { zeal: args.zeal.zeal(1), ..HeapConfig::default() };
    if let Some(bytes) = args.max_heap {
        heap.max_bytes = bytes;
        heap.nursery_bytes = heap.nursery_bytes.min(bytes / 8);
        heap.max_nursery_bytes = heap.max_nursery_bytes.min(bytes / 4);
    }
    let mut options = Options {
        heap,
        clock: if args.virtual_time { Clock::Virtual } else { Clock::Real },
        out: Box::new(Pipe(io::stdout())),
        interactive: io::stdout().is_terminal(),
        trace: trace.clone(),
        ..Options::default()
    };
    if let Some(tasks) = args.max_tasks {
        options.tasks = usize::try_from(tasks).unwrap_or(usize::MAX);
    }
    let mut engine = Engine::new(options).map_err(|failure| failed(&failure))?;
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
    let ended = execute(args, &mut engine, name, text);
    if args.tasks {
        complain(&engine.tasks());
    }
    if let Some(path) = &args.snapshot {
        let mut file = create(path)?;
        let done = engine.heap().snapshot(&mut file).and_then(|_| file.flush());
        done.map_err(|error| unwritten(path, &error))?;
    }
    let figures = args.stats.then(|| {
        let (time, counts) = (started.elapsed(), engine.counts());
        Box::new(Figures::new(time, &engine.heap().stats(), &pauses.borrow(), &counts))
    });
    drop(engine);
    if let Some(trace) = trace.and_then(Rc::into_inner) {
        let path = args.trace.as_deref().unwrap_or(Path::new("-"));
        trace.into_inner().finish().map_err(|error| unwritten(path, &error))?;
    }
    match ended {
        Ok(_) => Ok(figures),
        Err(failure) => Err(Ended { figures, ..failed(&failure) }),
    }
}

/// Runs a program by the run loop that was asked for.
fn execute(args: &Run, engine: &mut Engine, name: &str, text: &str) -> Result<engine::Report, RunFailure> {
    let ticket = engine.start(name, text)?;
    let ran = if args.tokio {
        match tokio::runtime::Builder::new_current_thread().enable_time().build() {
            Ok(runtime) => runtime.block_on(drive_with(engine.heap(), &ticket, tokio::time::sleep)),
            Err(_) => run_until(engine.heap(), &ticket),
        }
    } else {
        run_until(engine.heap(), &ticket)
    };
    match ran {
        // The report of the engine names the calls that wait.
        Ok(()) | Err(RunError::Deadlock(_)) => engine.finish(),
        Err(error) => Err(error.into()),
    }
}

fn failed(failure: &RunFailure) -> Ended {
    let text = failure.to_string();
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    let code = if matches!(failure, RunFailure::Heap(_) | RunFailure::Memory(_)) { 2 } else { 1 };
    let prefix = if code == 2 { "error: " } else { "" };
    Ended { code, text: format!("{prefix}{text}{newline}"), figures: None }
}

fn create(path: &Path) -> Result<Box<dyn Write>, Ended> {
    let file = File::create(path).map_err(|error| unwritten(path, &error))?;
    Ok(Box::new(BufWriter::new(file)))
}

fn unwritten(path: &Path, error: &io::Error) -> Ended {
    Ended::usage(format!("cannot write `{}`: {error}", path.display()))
}

/// Standard output. When its reader is gone, the program ends, as one that is killed by SIGPIPE.
struct Pipe<W>(W);

impl<W> Pipe<W> {
    fn survive<T>(result: io::Result<T>) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(128 + 13),
            result => result,
        }
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::survive(self.0.write(bytes))
    }
    fn flush(&mut self) -> io::Result<()> {
        Self::survive(self.0.flush())
    }
}

/// Compiles each program and says what is wrong with it.
pub(crate) fn check(args: &Check) -> ExitCode {
    let mut worst = 0;
    for file in &args.files {
        let name = file.display().to_string();
        let checked = read(file).and_then(|text| {
            let checked = engine::check(&text);
            checked.map_err(|error| (name.clone(), text, error)).map_or_else(|e| Ok(Some(e)), |()| Ok(None))
        });
        match checked {
            Ok(None) if args.json => say(&format!("{}\n", serde_json::json!({ "file": name, "ok": true }))),
            Ok(None) => {}
            Ok(Some((name, text, error))) => {
                worst = worst.max(1);
                if args.json {
                    say(&format!("{}\n", error_json(&name, &text, &error)));
                } else {
                    complain(&error.render(&name, &text));
                }
            }
            Err(ended) => {
                worst = worst.max(ended.code);
                complain(&ended.text);
            }
        }
    }
    ExitCode::from(worst)
}

fn error_json(name: &str, text: &str, error: &mangrove_vm::syntax::SyntaxError) -> serde_json::Value {
    let (line, column) = mangrove_vm::syntax::Lines::new(text).locate(error.pos);
    serde_json::json!({
        "file": name, "ok": false, "line": line, "column": column, "message": error.message, "help": error.help,
    })
}

/// Prints the bytecode of each program.
pub(crate) fn dis(args: &Check) -> ExitCode {
    let mut worst = 0;
    for file in &args.files {
        let name = file.display().to_string();
        let listed = read(file).and_then(|text| {
            engine::disassemble(&name, &text).map_err(|error| Ended {
                code: 1,
                text: error.render(&name, &text),
                figures: None,
            })
        });
        match listed {
            Ok(listing) if args.json => {
                say(&format!("{}\n", serde_json::json!({ "file": name, "ok": true, "listing": listing })));
            }
            Ok(listing) => say(&listing),
            Err(ended) => {
                worst = worst.max(ended.code);
                complain(&ended.text);
            }
        }
    }
    ExitCode::from(worst)
}
