//! The VM as the scheduler sees it: how one turn of a task runs. What an embedder has to supply is in this file.
//!
//! A task's value says what its turn does:
//!
//! | value | the turn |
//! | --- | --- |
//! | [`Fiber`] | goes on with an async call behind its `await` |
//! | [`Reaction`] | calls a handler of `then`, and resolves the promise that `then` returned |
//! | [`Adopt`], [`CallThen`] | a promise was resolved with another, or with an object that has a function `then` |
//! | [`JoinDone`] | `Promise.all` and the like have their result |
//! | [`Timer`], [`Arrival`] | its time has come, it was completed: it is put behind what else is due |
//! | `NIL` | the event loop: one of what is due, when nothing else is ready |
//! | a function | `queueMicrotask` |
//!
//! A turn has three phases, each of which may find that there is no memory: then the turn ends with
//! [`Step::Safepoint`], and goes on with that phase. It *begins*: the value says what to call. It *runs* the
//! interpreter, until the first call is over. It *ends*: what came out is for the promise that the task stands for, or
//! for nobody.
//!
//! Invariant: what a phase did before it failed for want of memory, nobody can see. What has become of the turn is in the
//! root: `progress` and `result`.

use mangrove_gc::{Gc, Mutation, Static, Value};
use mangrove_scheduler::{Embedding, Step, TaskScheduler, Turn, Wake};

use crate::events::{self, Arrival};
use crate::interp::call::{self, Called};
use crate::interp::fiber::{self, Fiber};
use crate::interp::unwind::{self, Refusals};
use crate::interp::{self, Exit};
use crate::machine::{Js, Vm};
use crate::runtime::promise::{self, Adopt, CallThen, JoinDone, Promise, Reaction, State};
use crate::runtime::timer::Timer;
use crate::runtime::{Outcome, Stop, function};
use crate::{recorder, report};

/// What a program may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most tasks at once.
    pub tasks: usize,
    /// Whether a rejection that nobody handles ends the program.
    pub strict_rejections: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { tasks: 1 << 22, strict_rejections: true }
    }
}

/// When everything is to be collected at the limit of tasks.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    /// Tasks that were made since that was last done.
    made: usize,
    /// Those that were refused.
    refused: usize,
    /// It takes more of both together until it is done again.
    patience: usize,
}

impl Crowd {
    /// A task was made.
    #[inline(always)]
    pub(crate) fn made(&mut self) {
        self.made += 1;
    }

    /// A task is refused: whether to collect and try again. A program that stays at the limit must not collect for each
    /// task. So while a collection gives little room, the next one takes twice the patience, up to a fair share of the
    /// limit; it takes half of it again after one that gave more.
    pub(crate) fn collects(&mut self, limit: usize) -> bool {
        if self.made + self.refused <= self.patience {
            self.refused += 1;
            return false;
        }
        let share = limit / 4;
        self.patience = if self.made > share { self.patience / 2 } else { share.min(2 * self.patience + 1) };
        (self.made, self.refused) = (0, 0);
        true
    }
}

/// How far the running turn is.
#[derive(Debug, Default)]
pub struct Progress {
    phase: Phase,
    /// Where memory was refused.
    pub(crate) refusals: Refusals,
    /// Where the last exception was thrown: function and instruction.
    pub(crate) thrown_at: Option<(u32, u32)>,
    /// Whether what nobody caught was the error of a promise.
    pub(crate) from_promise: bool,
}

/// What a turn does next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// Finds out what to call.
    #[default]
    Begin,
    /// Runs the interpreter.
    Run,
    /// Ends with the value in [`Vm::result`].
    Return,
    /// Ends with the exception in [`Vm::result`].
    Throw,
}

/// How a phase ended.
pub(crate) enum Next<'gc> {
    /// A frame is there to be run.
    Run,
    /// The call is over.
    Return(Value<'gc>),
    /// The call is over, by an exception.
    Throw(Value<'gc>),
    /// The turn is over.
    Step(Step<'gc>),
}

impl<'gc> From<Called<'gc>> for Next<'gc> {
    fn from(called: Called<'gc>) -> Self {
        match called {
            Called::Frame => Next::Run,
            Called::Value(value) => Next::Return(value),
        }
    }
}

impl Embedding for Js {
    fn tasks<'a, 'gc>(_: &Mutation<'gc>, vm: &'a mut Vm<'gc>) -> &'a mut TaskScheduler<'gc> {
        &mut vm.tasks
    }

    fn resume<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, turn: Turn<'gc>) -> Step<'gc> {
        if vm.tasks.has_lost() {
            report::release_lost(vm);
        }
        vm.running = turn.task.into();
        recorder::begin(vm, &turn);
        let step = take_turn(mc, vm, &turn);
        recorder::end(vm, turn.value);
        vm.running = Value::NIL;
        if mc.wants_safepoint() {
            vm.trim();
        }
        step
    }
}

fn take_turn<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, turn: &Turn<'gc>) -> Step<'gc> {
    if !matches!(turn.wake, Wake::AfterSafepoint) {
        vm.progress.phase = Phase::Begin;
        vm.progress.refusals = Refusals::default();
    }
    loop {
        let next = match vm.progress.phase {
            Phase::Begin => begin(mc, vm, turn),
            Phase::Run => left(interp::run(mc, vm), turn.value),
            phase => end(mc, vm, turn.value, phase == Phase::Throw),
        };
        let (phase, result) = match next {
            Ok(Next::Step(step)) => return step,
            Ok(Next::Run) => (Phase::Run, Value::UNDEFINED),
            Ok(Next::Return(value)) => (Phase::Return, value),
            Ok(Next::Throw(error)) | Err(Stop::Throw(error)) => (Phase::Throw, error),
            Err(Stop::Convert(_)) => unreachable!("calls convert what they are given"),
            Err(Stop::Memory(error)) => {
                let place = vm.progress.phase as u32;
                if vm.progress.refusals.again(0, place, error) {
                    return Step::Safepoint(turn.value);
                }
                (Phase::Throw, vm.realm.out_of_memory)
            }
        };
        vm.progress.phase = phase;
        vm.result = result;
    }
}

/// What follows when the interpreter has left.
fn left<'gc>(exit: Exit<'gc>, job: Value<'gc>) -> Outcome<'gc, Next<'gc>> {
    Ok(match exit {
        Exit::Returned(value) => Next::Return(value),
        Exit::Threw(error) => Next::Throw(error),
        Exit::Step(step) => Next::Step(step),
        Exit::Safepoint => Next::Step(Step::Safepoint(job)),
    })
}

/// The first phase: finds out what the task is, and calls what is to be called.
fn begin<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, turn: &Turn<'gc>) -> Outcome<'gc, Next<'gc>> {
    let job = turn.value;
    if let Wake::Cancelled(_) = turn.wake {
        return Ok(Next::Step(Step::Cancelled));
    }
    if job.is_nil() {
        return events::next(mc, vm);
    }
    if let Some(fiber) = job.downcast::<Fiber>() {
        return resume(mc, vm, fiber);
    }
    if let Some(reaction) = job.downcast::<Reaction>() {
        return react(mc, vm, reaction);
    }
    if let Some(adopt) = job.downcast::<Adopt>() {
        return self::adopt(mc, vm, adopt);
    }
    if let Some(join) = job.downcast::<JoinDone>() {
        promise::join_done(mc, vm, join)?;
        return Ok(Next::Step(promise::end_turn(mc, vm, join.result)));
    }
    if let Some(timer) = job.downcast::<Timer>() {
        events::timer_is_due(vm, timer);
        return Ok(Next::Step(Step::Done(Value::NIL)));
    }
    if let Some(arrival) = job.downcast::<Arrival>() {
        events::arrived(mc, vm, arrival, &turn.wake);
        return Ok(Next::Step(Step::Done(Value::NIL)));
    }
    if let Some(then) = job.downcast::<CallThen>() {
        let (resolve, reject) = promise::resolvers(mc, then.target)?;
        then.resolutions.set(then.target.resolutions.get());
        return Ok(call::call_first(mc, vm, then.then, then.thenable, &[resolve, reject])?.into());
    }
    Ok(call::call_first(mc, vm, job, Value::UNDEFINED, &[])?.into())
}

/// A fiber goes on.
fn resume<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, fiber: Gc<'gc, Fiber<'gc>>) -> Outcome<'gc, Next<'gc>> {
    match fiber::resume(mc, vm, fiber) {
        Ok(()) => Ok(Next::Run),
        Err(error) => match unwind::raise(mc, vm, error) {
            None => Ok(Next::Run),
            Some(exit) => left(exit, fiber.into()),
        },
    }
}

/// A handler of `then` is called, if there is one for what has become of the promise.
fn react<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, reaction: Gc<'gc, Reaction<'gc>>) -> Outcome<'gc, Next<'gc>> {
    let value = reaction.source.value();
    let (handler, passes) = match reaction.source.state() {
        State::Fulfilled => (reaction.on_fulfilled, Next::Return(value)),
        State::Rejected => (reaction.on_rejected, Next::Throw(value)),
        // It was cancelled, or can never settle.
        State::Pending => return Ok(Next::Step(Step::Defer)),
    };
    if !function::is_callable(vm, handler) {
        return Ok(passes);
    }
    Ok(call::call_first(mc, vm, handler, Value::UNDEFINED, &[value])?.into())
}

/// The two ticks of a promise that was resolved with another: the first asks that one for its outcome.
fn adopt<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, adopt: Gc<'gc, Adopt<'gc>>) -> Outcome<'gc, Next<'gc>> {
    let (source, job) = (adopt.source, adopt.into());
    if source.state() == State::Pending {
        let awaited = promise::task(mc, vm, source)?;
        source.set_handled();
        adopt.waits.set(true);
        return Ok(Next::Step(Step::Await(awaited, job)));
    }
    if !adopt.waits.replace(true) {
        source.set_handled();
        return Ok(Next::Step(Step::Yield(job)));
    }
    promise::settle(mc, vm, adopt.target, source.state(), source.value());
    Ok(Next::Step(promise::end_turn(mc, vm, adopt.target)))
}

/// The last phase: what the call gave is for whom it concerns.
fn end<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, job: Value<'gc>, threw: bool) -> Outcome<'gc, Next<'gc>> {
    let result = vm.result;
    let step = if job.is_nil() {
        if threw {
            events::uncaught(vm, result);
        }
        Step::Yield(Value::NIL)
    } else if let Some(fiber) = job.downcast::<Fiber>() {
        fulfil(mc, vm, fiber.head.promise, result, threw)?
    } else if let Some(reaction) = job.downcast::<Reaction>() {
        fulfil(mc, vm, reaction.result, result, threw)?
    } else if let Some(join) = job.downcast::<JoinDone>() {
        // There was no memory for the result.
        fulfil(mc, vm, join.result, result, threw)?
    } else if let Some(adopt) = job.downcast::<Adopt>() {
        fulfil(mc, vm, adopt.target, result, threw)?
    } else if let Some(then) = job.downcast::<CallThen>() {
        if threw && then.resolutions.get() == then.target.resolutions.get() {
            promise::reject(mc, vm, then.target, result);
        }
        Step::Done(Value::NIL)
    } else {
        if threw {
            events::uncaught(vm, result);
        }
        Step::Done(Value::NIL)
    };
    (vm.result, vm.fiber) = (Value::UNDEFINED, Value::NIL);
    Ok(Next::Step(step))
}

/// Resolves or rejects the promise that the running task stands for, and ends its turn.
fn fulfil<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    promise: Gc<'gc, Promise<'gc>>,
    result: Value<'gc>,
    threw: bool,
) -> Outcome<'gc, Step<'gc>> {
    if threw {
        promise::reject(mc, vm, promise, result);
    } else if let Some(source) = result.downcast::<Promise>()
        && !source.same(promise)
    {
        // The task goes on as the one that adopts the outcome.
        let adopt = mc.alloc(Adopt { source, target: promise, waits: Static::default() })?;
        return Ok(Step::Yield(adopt.into()));
    } else {
        promise::resolve(mc, vm, promise, result)?;
    }
    Ok(promise::end_turn(mc, vm, promise))
}
