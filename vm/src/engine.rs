//! [`Engine`]: a VM to run programs with.
//!
//! ```
//! use mangrove_vm::engine::{Engine, Options};
//!
//! let mut engine = Engine::new(Options::default())?;
//! engine.run_source("hello.js", "setTimeout(() => console.log('later'), 10); console.log('now');")?;
//! # Ok::<(), mangrove_vm::engine::RunFailure>(())
//! ```
//!
//! [`Engine::start`] and [`Engine::finish`] are the two halves of [`Engine::run_source`]. What comes between is the
//! scheduler's: any of its run loops, with the engine's heap and the ticket, blocking or as a future in an executor.
//!
//! Invariant: output is flushed before a failure is returned.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::rc::Rc;

use mangrove_gc::{AllocError, Heap, HeapConfig, HeapError, Mutation};
use mangrove_scheduler::{Clock, Retain, RunError, TaskScheduler, Ticket, run_until};

use crate::atoms::names;
use crate::bytecode::Source;
use crate::compile::{Mode, compile};
use crate::events;
use crate::host::HostState;
use crate::machine::{Code, Js, Vm};
use crate::recorder::Recorder;
use crate::runtime::error::{self, ErrorKind};
use crate::runtime::{Outcome, Stop, function, property};
use crate::syntax::SyntaxError;
use crate::tasks::Limits;
use crate::trace::Trace;
use crate::{builtins, dis, report, stack, syntax};

/// What an engine is made with.
pub struct Options {
    /// The heap: its limit, and its zeal.
    pub heap: HeapConfig,
    /// The most tasks at once.
    pub tasks: usize,
    /// What timers go by.
    pub clock: Clock,
    /// Where `console.log` writes; flushed before the program waits, complains or ends.
    pub out: Box<dyn Write>,
    /// Where `console.error` writes.
    pub err: Box<dyn Write>,
    /// Whether the rejection of a promise that nobody handles ends the program, as the language wants it.
    pub strict_rejections: bool,
    /// Where turns are recorded.
    pub trace: Option<Rc<RefCell<Trace>>>,
}

impl Default for Options {
    /// The default heap, the system's clock, standard output and standard error.
    fn default() -> Self {
        Options {
            heap: HeapConfig::default(),
            tasks: Limits::default().tasks,
            clock: Clock::Real,
            out: Box::new(io::BufWriter::with_capacity(1 << 15, io::stdout())),
            err: Box::new(io::stderr()),
            strict_rejections: true,
            trace: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { heap, tasks, clock, .. } = self;
        f.debug_struct("Options")
            .field("heap", heap)
            .field("tasks", tasks)
            .field("clock", clock)
            .finish_non_exhaustive()
    }
}

/// What an engine has done and holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Counts {
    /// Turns of all tasks.
    pub turns: u64,
    /// The most tasks at once.
    pub most_tasks: usize,
    /// Completions by other threads.
    pub completions: u64,
    /// Tasks now.
    pub tasks: usize,
    /// Values that are roots now.
    pub roots: usize,
}

/// Compiles a program without running it.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &str) -> Result<(), SyntaxError> {
    compile_alone("", text).map(drop)
}

/// The bytecode of a program, as text for people.
///
/// # Errors
/// What is wrong with it.
pub fn disassemble(name: &str, text: &str) -> Result<String, SyntaxError> {
    let code = compile_alone(name, text)?;
    Ok(dis::disassemble(&code.program, &code.atoms, 0))
}

fn compile_alone(name: &str, text: &str) -> Result<Code, SyntaxError> {
    let mut code = Code::default();
    builtins::intern(&mut code);
    add(&mut code, name, text, Mode::Script)?;
    Ok(code)
}

/// Adds a text to the code: the number of its outermost function.
fn add(code: &mut Code, name: &str, text: &str, mode: Mode) -> Result<u32, SyntaxError> {
    let script = syntax::parse(text)?;
    let source = code.program.sources.len() as u16;
    code.program.sources.push(Source { name: name.into(), text: text.into(), internal: mode == Mode::Prelude });
    compile(&script, source, mode, &mut code.atoms, &mut code.program)
}

/// Why a program did not end well. What is displayed is what a user should read.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunFailure {
    /// The text is no program: the report.
    Syntax(String),
    /// Nobody caught an error: where, and the error with its stack.
    Uncaught(String),
    /// Async calls wait for what can never happen: which, and where.
    Deadlock(String),
    /// The heap could not be made.
    Heap(HeapError),
    /// The heap is too small for the library.
    Memory(AllocError),
    /// The scheduler stopped.
    Run(RunError),
    /// What the program printed could not be written.
    Output(io::Error),
}

impl fmt::Display for RunFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunFailure::Syntax(text) | RunFailure::Uncaught(text) | RunFailure::Deadlock(text) => f.write_str(text),
            RunFailure::Heap(error) => error.fmt(f),
            RunFailure::Memory(error) => error.fmt(f),
            RunFailure::Run(error) => error.fmt(f),
            RunFailure::Output(error) => write!(f, "cannot write what the program prints: {error}"),
        }
    }
}
impl std::error::Error for RunFailure {}

impl From<RunError> for RunFailure {
    fn from(error: RunError) -> Self {
        RunFailure::Run(error)
    }
}

/// A VM, and the heap it is in.
pub struct Engine {
    heap: Heap<Js>,
    code: Rc<Code>,
}

impl Engine {
    /// A VM that knows the library and no program.
    ///
    /// # Errors
    /// When the heap cannot be made, or is too small.
    pub fn new(options: Options) -> Result<Self, RunFailure> {
        let Options { heap, tasks, clock, out, err, strict_rejections, trace } = options;
        let host = HostState::new(out, err);
        let heap = Heap::new(heap, |mc| {
            let mut vm =
                Vm::new(mc, TaskScheduler::with_retention(mc, Retain::WhileReachable).with_clock(clock), host)?;
            vm.tasks.set_limit(tasks);
            // Awaits that never end are no errors of the language.
            vm.tasks.set_find_cycles(false);
            *vm.limits = Limits { tasks, strict_rejections };
            Ok(vm)
        });
        let mut engine = Engine { heap: heap.map_err(RunFailure::Heap)?, code: Rc::default() };
        let prelude = engine.compile("prelude.js", builtins::PRELUDE, Mode::Prelude)?;
        engine.set_up(|_, mc, vm| builtins::install(mc, vm))?;
        engine.set_up(|code, mc, vm| vm.load(mc, code))?;
        let ticket = engine.begin(prelude)?;
        run_until(&mut engine.heap, &ticket)?;
        engine.finish()?;
        engine.set_up(|_, mc, vm| builtins::install_prelude(mc, vm))?;
        engine.heap.mutate(|_, vm| *vm.recorder = Recorder::new(trace));
        Ok(engine)
    }

    /// Runs a program to its end: until all its timers have fired and nothing is to come.
    ///
    /// # Errors
    /// [`RunFailure`].
    pub fn run_source(&mut self, name: &str, text: &str) -> Result<(), RunFailure> {
        let ticket = self.start(name, text)?;
        run_until(&mut self.heap, &ticket)?;
        self.finish()
    }

    /// Compiles a program, and makes it the next task: when that of the ticket is settled, the program has ended.
    ///
    /// # Errors
    /// When the text is no program, or there is no memory for its constants.
    pub fn start(&mut self, name: &str, text: &str) -> Result<Ticket, RunFailure> {
        let function = self.compile(name, text, Mode::Script)?;
        self.set_up(|code, mc, vm| vm.load(mc, code))?;
        self.begin(function)
    }

    /// What has become of a program that has ended.
    ///
    /// # Errors
    /// When it ended by an error that nobody caught, async calls are left that will never go on, or what it printed
    /// could not be written.
    pub fn finish(&mut self) -> Result<(), RunFailure> {
        self.heap.mutate(|mc, vm| {
            vm.host.flush();
            if let Some(error) = vm.uncaught.take() {
                return Err(RunFailure::Uncaught(report::uncaught(mc, vm, error)));
            }
            if let Some(text) = report::deadlock(mc, vm) {
                return Err(RunFailure::Deadlock(text));
            }
            vm.host.take_error().map_or(Ok(()), |error| Err(RunFailure::Output(error)))
        })
    }

    /// Whether a program has ended: then [`Engine::finish`] says how.
    pub fn is_over(&mut self, ticket: &Ticket) -> bool {
        self.heap.mutate(|_, vm| vm.tasks.task(ticket).is_none_or(|task| vm.tasks.is_resolved(task) == Ok(true)))
    }

    /// The heap: for run loops, statistics, snapshots and observers.
    pub fn heap(&mut self) -> &mut Heap<Js> {
        &mut self.heap
    }

    /// What the engine has done and holds.
    pub fn counts(&mut self) -> Counts {
        self.heap.mutate(|mc, vm| Counts {
            turns: vm.recorder.turns,
            most_tasks: vm.recorder.most_tasks,
            completions: vm.recorder.completions,
            tasks: vm.tasks.outstanding(),
            roots: mc.census(vm).len(),
        })
    }

    /// The tasks that there are, as text for people: async calls with their names and places.
    pub fn tasks(&mut self) -> String {
        self.heap.mutate(|_, vm| {
            stack::name_tasks(vm);
            format!("{}\n", vm.tasks.dump())
        })
    }

    /// The code of all that was compiled.
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// Adds a text to the code: the number of its outermost function.
    fn compile(&mut self, name: &str, text: &str, mode: Mode) -> Result<u32, RunFailure> {
        // The VM's own reference is in the way of a change.
        self.heap.mutate(|_, vm| *vm.code = Rc::default());
        let code = Rc::get_mut(&mut self.code).expect("nobody else has it while nothing runs");
        if mode == Mode::Prelude {
            builtins::declare(code);
        }
        let compiled = add(code, name, text, mode);
        if mode == Mode::Prelude {
            builtins::intern(code);
        }
        let code = self.code.clone();
        self.heap.mutate(|_, vm| *vm.code = code);
        compiled.map_err(|error| RunFailure::Syntax(error.render(name, text)))
    }

    /// Does what may need memory, once more after a collection.
    fn set_up<T>(
        &mut self,
        mut step: impl for<'gc> FnMut(&Rc<Code>, &Mutation<'gc>, &mut Vm<'gc>) -> Outcome<'gc, T>,
    ) -> Result<T, RunFailure> {
        let code = self.code.clone();
        let done = self.heap.mutate_retry(|mc, vm| {
            *vm.code = code.clone();
            step(&code, mc, vm).map_err(|stop| match stop {
                Stop::Memory(error) => error,
                _ => AllocError::Never,
            })
        });
        done.map_err(RunFailure::Memory)
    }

    /// Makes the event loop, and puts a function into its queue.
    fn begin(&mut self, function: u32) -> Result<Ticket, RunFailure> {
        self.set_up(|_, mc, vm| {
            if vm.realm.out_of_memory.word().is_undefined() {
                // What is thrown when there is no memory to make an error.
                let message = "Out of memory: the heap's limit is reached";
                let error = error::new_error(mc, vm, ErrorKind::RangeError, message)?;
                property::get(mc, vm, error, names::STACK)?;
                vm.realm.out_of_memory = error;
            }
            let main = function::closure(mc, function, &[])?;
            vm.due.clear();
            vm.due.push_back(main.into());
            events::open(vm).map_err(|_| Stop::Memory(AllocError::Never))
        })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("functions", &self.code.program.functions.len()).finish_non_exhaustive()
    }
}
