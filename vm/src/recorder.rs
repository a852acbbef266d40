//! [`Recorder`]: how many turns there were, and the [`Trace`] of them if one is made.
//!
//! Invariant: without a trace, a turn costs two comparisons and nothing is looked up.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use mangrove_gc::{Gc, Value};
use mangrove_scheduler::Turn;

use crate::events::Arrival;
use crate::interp::fiber::Fiber;
use crate::machine::Vm;
use crate::runtime::promise::{Adopt, CallThen, JoinDone, Promise, Reaction};
use crate::runtime::table;
use crate::runtime::timer::Timer;
use crate::stack;
use crate::trace::Trace;

/// Counts, and the trace.
#[derive(Debug, Default)]
pub struct Recorder {
    /// Turns of all tasks.
    pub turns: u64,
    /// The most tasks at once.
    pub most_tasks: usize,
    /// Completions by other threads.
    pub completions: u64,
    trace: Option<Rc<RefCell<Trace>>>,
    lane: u64,
    begun: Option<Instant>,
}

impl Recorder {
    /// Records into this trace.
    pub fn new(trace: Option<Rc<RefCell<Trace>>>) -> Self {
        Recorder { trace, ..Recorder::default() }
    }

    /// A promise settles: arrows start here.
    #[inline(always)]
    pub(crate) fn settled<'gc>(&self, promise: Gc<'gc, Promise<'gc>>) {
        if let Some(trace) = &self.trace {
            trace.borrow_mut().settled(number(promise), self.lane, Instant::now());
        }
    }
}

/// A turn begins.
#[inline(always)]
pub(crate) fn begin<'gc>(vm: &mut Vm<'gc>, turn: &Turn<'gc>) {
    vm.recorder.turns += 1;
    vm.recorder.most_tasks = vm.recorder.most_tasks.max(vm.tasks.outstanding());
    if vm.recorder.trace.is_some() {
        note_begin(vm, turn);
    }
}

#[cold]
fn note_begin<'gc>(vm: &mut Vm<'gc>, turn: &Turn<'gc>) {
    let now = Instant::now();
    let recorder = &mut *vm.recorder;
    recorder.lane = u64::from(turn.task.slot());
    recorder.begun = Some(now);
    if let (Some(trace), Some(awaited)) = (&recorder.trace, awaited(turn.value)) {
        trace.borrow_mut().resumed(number(awaited), recorder.lane, now);
    }
}

/// A turn has ended.
#[inline(always)]
pub(crate) fn end<'gc>(vm: &Vm<'gc>, job: Value<'gc>) {
    if let (Some(trace), Some(begun)) = (&vm.recorder.trace, vm.recorder.begun) {
        trace.borrow_mut().turn(vm.recorder.lane, &name(vm, job), begun, Instant::now());
    }
}

/// The number of a promise, by which an arrow finds its start.
fn number<'gc>(promise: Gc<'gc, Promise<'gc>>) -> u64 {
    u64::from(table::assigned_hash(promise.into()))
}

/// The promise whose outcome a job is about.
fn awaited<'gc>(job: Value<'gc>) -> Option<Gc<'gc, Promise<'gc>>> {
    if let Some(fiber) = job.downcast::<Fiber>() {
        return fiber.head.awaits.get().downcast();
    }
    job.downcast::<Reaction>()
        .map(|reaction| reaction.source)
        .or_else(|| job.downcast::<Adopt>().map(|adopt| adopt.source))
}

/// What a job is called; an async call has the name of its function.
pub(crate) fn name<'gc>(vm: &Vm<'gc>, job: Value<'gc>) -> String {
    if let Some(fiber) = job.downcast::<Fiber>() {
        let function = &vm.code.program.functions[*fiber.head.function as usize];
        return if function.name.is_empty() { "async function".to_owned() } else { function.name.to_string() };
    }
    if let Some(join) = job.downcast::<JoinDone>() {
        return stack::join_name(*join.kind).to_owned();
    }
    let name = match () {
        () if job.is_nil() => "event loop",
        () if job.downcast::<Reaction>().is_some() => "then",
        () if job.downcast::<Adopt>().is_some() || job.downcast::<CallThen>().is_some() => "resolve",
        () if job.downcast::<Timer>().is_some() => "timer",
        () if job.downcast::<Arrival>().is_some() => "completion",
        () => "microtask",
    };
    name.to_owned()
}
