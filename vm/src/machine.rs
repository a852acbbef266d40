//! [`Vm`]: the root, and so the one list of what a VM keeps alive.
//!
//! All state of running code is here: the registers of every frame on one stack of values, the frames themselves as
//! plain data. So an interpreter that meets a safepoint has nothing to save but where it is, and code that a collection
//! interrupted goes on with registers that the collector has updated.
//!
//! Invariant: every heap value that outlives a `mutate` call is in a field of [`Vm`]; what is in [`Static`] holds none.
//! Whatever is above the registers of all frames is not in `stack` when the heap is at a safepoint.

use std::collections::VecDeque;
use std::rc::Rc;

use mangrove_gc::{AllocError, Mutation, Roots, Static, Trace, Value};
use mangrove_scheduler::TaskScheduler;

use crate::atoms::Atoms;
use crate::builtins;
use crate::bytecode::{Atom, Program, Proto, Source};
use crate::host::HostState;
use crate::recorder::Recorder;
use crate::report::Stuck;
use crate::runtime::realm::{self, Realm};
use crate::runtime::shape::{ShapeId, Shapes};
use crate::runtime::{Outcome, string};
use crate::syntax::{line_at, locate};
use crate::tasks::{Crowd, Limits, Progress};

/// The kind of heap whose root is a [`Vm`].
#[derive(Debug)]
pub struct Js;

impl Roots for Js {
    type Root<'gc> = Vm<'gc>;
}

/// Compiled code and its names.
#[derive(Debug, Default)]
pub struct Code {
    /// All functions.
    pub program: Program,
    /// All names.
    pub atoms: Atoms,
}

/// A call in progress.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// The function: its place in the functions of the program.
    pub function: u32,
    /// Its first register: its place on the stack.
    pub base: u32,
    /// The instruction behind the one that is, or will next be, executed. Of the innermost frame: only at a safepoint;
    /// while code runs, the interpreter knows better, and tells [`Vm::pc`] before anything can ask.
    pub pc: u32,
    /// What happens when it ends.
    pub ends: Ends,
}

/// What happens when a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Ends {
    /// The caller goes on.
    Call,
    /// The caller goes on; its instruction, which wanted primitive operands, has this result.
    Convert,
    /// The turn of the task goes on: nobody called it.
    Turn,
    /// The fiber ends, whose frame it is; it ends its turn, too.
    Fiber,
}

/// The root of a VM.
#[derive(Trace)]
pub struct Vm<'gc> {
    /// The registers of all frames, those of the innermost last.
    pub stack: Vec<Value<'gc>>,
    /// What the call of the running turn returned or threw, until the turn has ended with it.
    pub result: Value<'gc>,
    /// The outermost variables of all texts.
    pub globals: Vec<Value<'gc>>,
    /// The strings of the atoms.
    pub strings: Vec<Value<'gc>>,
    /// The objects that hold the built-in methods.
    pub realm: Realm<'gc>,
    /// All tasks: functions that wait for their turn, suspended calls, what promises are waited for.
    pub tasks: TaskScheduler<'gc>,
    /// The task whose turn it is.
    pub running: Value<'gc>,
    /// Timers and completions whose time has come, in order: each is a macrotask.
    pub due: VecDeque<Value<'gc>>,
    /// The deferred task that the event loop awaits while nothing is due.
    pub bell: Value<'gc>,
    /// Promises that were rejected when nobody had asked for their outcome.
    pub rejected: Vec<Value<'gc>>,
    /// The fiber whose turn it is; NIL in the turns of other tasks.
    pub fiber: Value<'gc>,
    /// The deferred task that is settled when the program has ended.
    pub program: Value<'gc>,
    /// What ended the program before its time: an error that nobody caught.
    pub uncaught: Option<Value<'gc>>,
    /// The function that converts what a native wants to be primitive, by functions of the script, and calls it again.
    pub convert: Value<'gc>,
    /// The function that joins the elements of an array when it has to call functions of theirs.
    pub join: Value<'gc>,
    /// The calls in progress, the innermost last.
    pub frames: Static<Vec<Frame>>,
    /// The instruction behind the one that runs, in the innermost frame.
    pub pc: Static<u32>,
    /// How far the running turn is.
    pub progress: Static<Progress>,
    /// Compiled code.
    pub code: Static<Rc<Code>>,
    /// The shapes of object literals, by function.
    pub templates: Static<Vec<Box<[ShapeId]>>>,
    /// The shapes of objects.
    pub shapes: Static<Shapes>,
    /// With how many arguments a built-in function that has just run wants the callee that it left to be called.
    pub tail: Static<Option<u32>>,
    /// What the registers held that such calls have written over, in case the first of them has to be done again.
    pub replaced: Vec<Value<'gc>>,
    /// Async calls that were found to wait for what can never happen.
    pub(crate) stuck: Static<Stuck>,
    /// What the program may use.
    pub limits: Static<Limits>,
    /// When the limit of tasks is worth a collection.
    pub(crate) crowd: Static<Crowd>,
    /// Output and options.
    pub host: Static<HostState>,
    /// Counts of turns and tasks, and the trace.
    pub recorder: Static<Recorder>,
}

impl<'gc> Vm<'gc> {
    /// A VM that knows no code yet.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn new(_mc: &Mutation<'gc>, tasks: TaskScheduler<'gc>, host: HostState) -> Result<Self, AllocError> {
        Ok(Vm {
            stack: Vec::new(),
            result: Value::UNDEFINED,
            globals: Vec::new(),
            strings: Vec::new(),
            realm: Realm {
                protos: [Value::UNDEFINED; realm::Proto::ALL.len()],
                globals: Value::UNDEFINED,
                extras: Value::UNDEFINED,
                out_of_memory: Value::UNDEFINED,
            },
            tasks,
            running: Value::NIL,
            due: VecDeque::new(),
            bell: Value::NIL,
            rejected: Vec::new(),
            fiber: Value::NIL,
            program: Value::NIL,
            uncaught: None,
            convert: Value::UNDEFINED,
            join: Value::UNDEFINED,
            frames: Static(Vec::new()),
            pc: Static(0),
            progress: Static(Progress::default()),
            code: Static(Rc::new(Code::default())),
            templates: Static(Vec::new()),
            shapes: Static(Shapes::default()),
            tail: Static(None),
            replaced: Vec::new(),
            stuck: Static::default(),
            limits: Static(Limits::default()),
            crowd: Static(Crowd::default()),
            host: Static(host),
            recorder: Static(Recorder::default()),
        })
    }

    /// The string of an atom.
    #[inline(always)]
    pub fn string(&self, atom: Atom) -> Value<'gc> {
        self.strings[atom.0 as usize]
    }

    /// Takes code that has more functions, names and variables than the code before.
    ///
    /// # Errors
    /// When there is no memory: it can be called again.
    pub fn load(&mut self, mc: &Mutation<'gc>, code: &Rc<Code>) -> Outcome<'gc, ()> {
        *self.code = code.clone();
        let atoms = &code.atoms;
        for atom in self.strings.len()..atoms.len() {
            self.strings.push(string::from_atom(mc, atoms, Atom(atom as u32))?);
        }
        for function in &code.program.functions[self.templates.len()..] {
            let shapes = function.templates.iter().map(|names| self.shapes.template(atoms, names)).collect();
            self.templates.push(shapes);
        }
        for global in &code.program.globals[self.globals.len()..] {
            let value = if global.declared { None } else { builtins::global(self, global.name) };
            self.globals.push(value.unwrap_or(Value::HOLE));
        }
        Ok(())
    }

    /// The functions in progress and where each is, the innermost first.
    pub fn positions(&self) -> impl Iterator<Item = Place<'_>> {
        let program = &self.code.program;
        let mut pc = Some(*self.pc);
        self.frames.iter().rev().map(move |frame| {
            // Behind the call, for all but the innermost.
            let pc = pc.take().unwrap_or(frame.pc);
            Place::of(program, frame.function, pc.saturating_sub(1))
        })
    }
}

/// A place in the source.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The function.
    pub proto: &'a Proto,
    /// The text that it is in.
    pub source: &'a Source,
    /// The offset in that text.
    pub offset: u32,
}

impl<'a> Place<'a> {
    /// Where an instruction of a function comes from.
    pub fn of(program: &'a Program, function: u32, instruction: u32) -> Self {
        let proto = &program.functions[function as usize];
        let after = proto.positions.partition_point(|&(from, _)| from <= instruction);
        let offset = after.checked_sub(1).map_or(proto.pos, |at| proto.positions[at].1);
        Place { proto, source: &program.sources[proto.source as usize], offset }
    }

    /// Line and column, from 1; columns count UTF-16 units.
    pub fn line_and_column(&self) -> (usize, usize) {
        locate(&self.source.text, self.offset)
    }

    /// The line of the source.
    pub fn line(&self) -> &'a str {
        line_at(&self.source.text, self.offset).0
    }

    /// `file:line:column`
    pub fn location(&self) -> String {
        let (line, column) = self.line_and_column();
        format!("{}:{line}:{column}", self.source.name)
    }

    /// Appends the line of a stack trace; `prefix` is `async ` or nothing.
    pub fn write_line(&self, text: &mut String, prefix: &str) {
        let location = self.location();
        let name = &self.proto.name;
        text.push_str("\n    at ");
        match name.is_empty() {
            true => text.push_str(&format!("{prefix}{location}")),
            false => text.push_str(&format!("{prefix}{name} ({location})")),
        }
    }
}
