//! The event loop: timers, completions from outside, and the end of the program.
//!
//! What is due is a queue of its own: a timer whose time has come, and a completion, are put there by a short turn of
//! their task. The loop is a task as well. It takes one of them when nothing else is ready, that is, when all that
//! followed from the last one is done; this is the language's rule that microtasks come before the next macrotask. When
//! nothing is due, but something may come, it awaits a deferred, the bell. When nothing can come, the program has ended.
//!
//! Invariant: while the loop awaits the bell, no code of the program is ready or running.

use core::time::Duration;
use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object, Slot, Static, Trace, Value};
use mangrove_scheduler::{Completer, Fault, Reason, Step, TaskError, TaskId, TaskScheduler, Ticket, Wake};

use crate::host::Host;
use crate::interp::call::call_first;
use crate::machine::Vm;
use crate::runtime::array;
use crate::runtime::error::{self, ErrorKind};
use crate::runtime::promise::{self, Promise};
use crate::runtime::timer::{Timer, TimerState, TimerWrite as _, TimerWriteCrate as _};
use crate::runtime::{Outcome, Stop};
use crate::tasks::Next;

/// What a host function makes of what arrived: plain data that another thread sent, as a value or as an error. An `Ok`
/// resolves the promise, a [`Stop::Throw`] rejects it.
pub type Build = for<'a, 'gc> fn(&mut Host<'a, 'gc>, Result<Value<'gc>, Value<'gc>>) -> Outcome<'gc>;

/// The completion of something outside, for a promise.
#[derive(Trace, Object)]
pub struct Arrival<'gc> {
    promise: Gc<'gc, Promise<'gc>>,
    value: Slot<'gc>,
    /// `None` until it is told.
    how: Static<Cell<Option<How>>>,
    build: Static<Build>,
}

/// How something outside ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Completed,
    Failed,
    /// The error that its promise gets has this text.
    Faulted(&'static str),
}

/// The turn of the event loop.
///
/// # Errors
/// When there is no memory: what was due still is.
pub(crate) fn next<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>) -> Outcome<'gc, Next<'gc>> {
    if vm.tasks.ready() > 0 {
        return Ok(Next::Step(Step::Yield(Value::NIL)));
    }
    if let Some(error) = unhandled(vm) {
        vm.progress.from_promise = true;
        uncaught(vm, error);
        return Ok(Next::Step(Step::Done(Value::NIL)));
    }
    while let Some(&job) = vm.due.front() {
        let Some(timer) = job.downcast::<Timer>() else {
            let next = other(mc, vm, job)?;
            vm.due.pop_front();
            return Ok(next);
        };
        if timer.state.get() == TimerState::Cancelled {
            vm.due.pop_front();
            continue;
        }
        let args = timer.args.get().downcast::<array::Array>().map_or_else(Vec::new, |args| args.to_vec());
        let called = call_first(mc, vm, timer.callback.get(), timer.into(), &args);
        if let Err(Stop::Memory(_)) = called {
            return called.map(Next::from);
        }
        timer.state.set(TimerState::Fired);
        vm.due.pop_front();
        return called.map(Next::from);
    }
    vm.host.flush();
    if vm.tasks.open_timers() == 0 && vm.tasks.open_externals() == 0 {
        end(vm);
        return Ok(Next::Step(Step::Done(Value::NIL)));
    }
    let bell = beyond_the_limit(vm, TaskScheduler::deferred);
    let bell = bell.map_err(|refused| promise::too_many(mc, vm, refused))?;
    vm.bell = bell.into();
    Ok(Next::Step(Step::Await(bell, Value::NIL)))
}

/// A completion, or the program itself.
fn other<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, job: Value<'gc>) -> Outcome<'gc, Next<'gc>> {
    let Some(arrival) = job.downcast::<Arrival>() else {
        return Ok(call_first(mc, vm, job, Value::UNDEFINED, &[])?.into());
    };
    let value = arrival.value.get();
    let mut host = Host::new(mc, vm, 0, 0, false);
    let built = match arrival.how.get() {
        Some(How::Failed) => (arrival.build)(&mut host, Err(value)),
        Some(How::Completed) | None => (arrival.build)(&mut host, Ok(value)),
        Some(How::Faulted(message)) => Err(error::throw(mc, vm, ErrorKind::Error, message)),
    };
    match built {
        Ok(value) => promise::resolve(mc, vm, arrival.promise, value)?,
        Err(Stop::Throw(error)) => promise::reject(mc, vm, arrival.promise, error),
        Err(memory) => return Err(memory),
    }
    Ok(Next::Step(Step::Yield(Value::NIL)))
}

/// The error of a promise that nobody handles, if there is one now that all microtasks are done.
fn unhandled<'gc>(vm: &mut Vm<'gc>) -> Option<Value<'gc>> {
    let mut rejected = std::mem::take(&mut vm.rejected).into_iter();
    if !vm.limits.strict_rejections {
        return None;
    }
    let promise = rejected.find_map(|promise| promise.downcast::<Promise>().filter(|promise| !promise.is_handled()))?;
    Some(promise.value())
}

/// The program ends, since nobody caught this.
pub(crate) fn uncaught<'gc>(vm: &mut Vm<'gc>, error: Value<'gc>) {
    vm.uncaught.get_or_insert(error);
    end(vm);
}

/// The program ends.
fn end(vm: &mut Vm<'_>) {
    if let Some(program) = TaskId::from_value(vm.program) {
        let _ = vm.tasks.settle(program, Ok(Value::NIL));
    }
}

/// Something is due.
pub(crate) fn due<'gc>(vm: &mut Vm<'gc>, job: Value<'gc>) {
    vm.due.push_back(job);
    if let Some(bell) = TaskId::from_value(std::mem::replace(&mut vm.bell, Value::NIL)) {
        let _ = vm.tasks.settle(bell, Ok(Value::NIL));
        let _ = vm.tasks.release(bell);
    }
}

/// The turn of a timer.
pub(crate) fn timer_is_due<'gc>(vm: &mut Vm<'gc>, timer: Gc<'gc, Timer<'gc>>) {
    if timer.state.get() == TimerState::Waiting {
        due(vm, timer.into());
    }
}

/// The turn of a completion: what arrived is kept, to be looked at when all microtasks are done.
pub(crate) fn arrived<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, arrival: Gc<'gc, Arrival<'gc>>, wake: &Wake<'gc>) {
    let (how, value) = match wake {
        Wake::Settled(value) => (How::Completed, *value),
        Wake::Failed(error) => (How::Failed, *error),
        Wake::Faulted(_, Fault::OutOfMemory) => (How::Faulted("there was no memory for the result"), Value::UNDEFINED),
        Wake::Faulted(..) => (How::Faulted("the host function panicked"), Value::UNDEFINED),
        _ => (How::Faulted("the host function gave no result"), Value::UNDEFINED),
    };
    if arrival.how.get().is_none() {
        arrival.write(mc).value().set(value);
        arrival.how.set(Some(how));
    }
    vm.recorder.completions += 1;
    due(vm, arrival.into());
}

/// `setTimeout(callback, ms, ...args)`, of a function.
///
/// # Errors
/// When there is no memory; at the limit of tasks.
pub fn set_timeout<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    callback: Value<'gc>,
    ms: f64,
    args: &[Value<'gc>],
) -> Outcome<'gc> {
    let args = if args.is_empty() { Value::NIL } else { array::new(mc, args)?.into() };
    let timer = mc.alloc(Timer {
        callback: Slot::new(callback),
        args: Slot::new(args),
        sleep: Slot::new(Value::NIL),
        wake: Slot::new(Value::NIL),
        state: Static::default(),
        identity: Static::default(),
    })?;
    // As Node: whole milliseconds, at least one, and one for what is too long.
    let ms = if (1.0..=2_147_483_647.0).contains(&ms) { ms as u64 } else { 1 };
    let at = Duration::from_millis(vm.tasks.now().as_millis() as u64 + ms);
    let sleep = vm.tasks.sleep_until(at).map_err(|refused| promise::too_many(mc, vm, refused))?;
    let wake = match vm.tasks.spawn_after(sleep, timer.into()) {
        Ok(wake) => wake,
        Err(refused) => {
            let _ = vm.tasks.cancel(sleep, Reason::NONE);
            let _ = vm.tasks.release(sleep);
            return Err(promise::too_many(mc, vm, refused));
        }
    };
    promise::let_go(vm, sleep);
    promise::let_go(vm, wake);
    let fields = timer.write(mc);
    fields.sleep().set(sleep.into());
    fields.wake().set(wake.into());
    Ok(timer.into())
}

/// `clearTimeout(timer)`
pub fn clear_timeout<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, timer: Value<'gc>) {
    let Some(timer) = timer.downcast::<Timer>().filter(|timer| timer.state.get() == TimerState::Waiting) else {
        return;
    };
    timer.state.set(TimerState::Cancelled);
    let fields = timer.write(mc);
    fields.callback().set(Value::UNDEFINED);
    fields.args().set(Value::NIL);
    // First who waits for it, so that it is not told.
    for task in [timer.wake.get(), timer.sleep.get()] {
        if let Some(task) = TaskId::from_value(task) {
            let _ = vm.tasks.cancel(task, Reason::NONE);
        }
    }
}

/// A promise for something outside, which another thread completes with plain data, of which `build` makes what the
/// promise is settled with. That happens when all microtasks are done that are there when the completion arrives.
///
/// # Errors
/// When there is no memory; at the limit of tasks.
pub fn external<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    build: Build,
) -> Outcome<'gc, (Gc<'gc, Promise<'gc>>, Completer)> {
    let arrival = arrival(mc, Value::UNDEFINED, None, build)?;
    let (external, completer) = vm.tasks.external().map_err(|refused| promise::too_many(mc, vm, refused))?;
    wait_for(mc, vm, external, arrival)?;
    Ok((arrival.promise, completer))
}

/// The same of what is known already, and is made to arrive after a while: where time is not real.
///
/// # Errors
/// As [`external`].
pub fn later<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    time: Duration,
    result: Result<Value<'gc>, Value<'gc>>,
    build: Build,
) -> Outcome<'gc, Gc<'gc, Promise<'gc>>> {
    let how = if result.is_ok() { How::Completed } else { How::Failed };
    let (Ok(value) | Err(value)) = result;
    let arrival = arrival(mc, value, Some(how), build)?;
    let sleep = vm.tasks.sleep(time).map_err(|refused| promise::too_many(mc, vm, refused))?;
    wait_for(mc, vm, sleep, arrival)?;
    Ok(arrival.promise)
}

fn arrival<'gc>(
    mc: &Mutation<'gc>,
    value: Value<'gc>,
    how: Option<How>,
    build: Build,
) -> Outcome<'gc, Gc<'gc, Arrival<'gc>>> {
    let promise = promise::new(mc)?;
    Ok(mc.alloc(Arrival { promise, value: Slot::new(value), how: Static(Cell::new(how)), build: Static(build) })?)
}

/// A task that is born waiting for `awaited`, which nobody else knows.
fn wait_for<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    awaited: TaskId<'gc>,
    arrival: Gc<'gc, Arrival<'gc>>,
) -> Outcome<'gc, ()> {
    match vm.tasks.spawn_after(awaited, arrival.into()) {
        Ok(waits) => {
            promise::let_go(vm, awaited);
            promise::let_go(vm, waits);
            Ok(())
        }
        Err(refused) => {
            let _ = vm.tasks.cancel(awaited, Reason::NONE);
            let _ = vm.tasks.release(awaited);
            Err(promise::too_many(mc, vm, refused))
        }
    }
}

/// Makes the task of the event loop, and the one that is settled when the program has ended.
///
/// # Errors
/// When the system has no memory for the table.
pub(crate) fn open(vm: &mut Vm<'_>) -> Result<Ticket, TaskError> {
    vm.uncaught = None;
    vm.progress.from_promise = false;
    let program = beyond_the_limit(vm, TaskScheduler::deferred)?;
    let ticket = vm.tasks.ticket(program)?;
    vm.program = program.into();
    let events = beyond_the_limit(vm, |tasks| tasks.spawn(Value::NIL))?;
    let _ = (vm.tasks.release(events), vm.tasks.set_name(events, "event loop"));
    Ok(ticket)
}

/// Makes a task of the event loop's own: the limit of the program must not stop it.
fn beyond_the_limit<'gc>(
    vm: &mut Vm<'gc>,
    make: impl FnOnce(&mut TaskScheduler<'gc>) -> Result<TaskId<'gc>, TaskError>,
) -> Result<TaskId<'gc>, TaskError> {
    vm.tasks.set_limit(usize::MAX);
    let made = make(&mut vm.tasks);
    vm.tasks.set_limit(vm.limits.tasks);
    made
}
