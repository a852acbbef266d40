//! [`Promise`]: what an operation will give, and who waits for it.
//!
//! A promise knows its outcome by itself. Only while it is pending, and something waits for it, a task of the scheduler
//! stands for it: that of the call or the reaction that will settle it, or else a deferred. Who waits is in the list of
//! that task, in the order in which they began to; settling it makes them ready in that order, at the end of the
//! scheduler's queue. So the queue is the queue of microtasks, and its order is the language's.
//!
//! Invariant: a settled promise has no task. A pending one that has a task is settled before that task, or in its turn.

use std::cell::Cell;

use mangrove_gc::{AllocError, Gc, Mutation, Object, Slot, Static, Trace, Value};
use mangrove_scheduler::{JoinKind, Outcome as Settlement, Step, TaskError, TaskId};

use super::array::{self, Array};
use super::error::{self, ErrorKind};
use super::{Outcome, Stop, extra, function, object, property, string};
use crate::atoms::names;
use crate::host;
use crate::interp::unwind::Refusals;
use crate::machine::Vm;

pub use super::timer::Timer;

/// What has become of a promise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing yet.
    #[default]
    Pending,
    /// It has a value.
    Fulfilled,
    /// It has an error.
    Rejected,
}

/// A promise.
#[derive(Debug, Trace, Object)]
pub struct Promise<'gc> {
    value: Slot<'gc>,
    /// The task that stands for it, if it is pending and there is one.
    task: Slot<'gc>,
    state: Static<Cell<State>>,
    /// Whether somebody asked for its outcome: then a rejection is theirs to handle.
    handled: Static<Cell<bool>>,
    /// How often its resolving functions were called: a pair of resolving functions is void once that is not what it was for them.
    pub(crate) resolutions: Static<Cell<u32>>,
    /// The identity hash: assigned by `runtime::table`.
    pub identity: Static<Cell<u32>>,
}

impl<'gc> Promise<'gc> {
    /// What has become of it.
    #[inline(always)]
    pub fn state(&self) -> State {
        self.state.get()
    }

    /// Its value or error, `undefined` before.
    #[inline(always)]
    pub fn value(&self) -> Value<'gc> {
        self.value.get()
    }

    /// The task that stands for it, if there is one.
    pub fn task(&self) -> Option<TaskId<'gc>> {
        TaskId::from_value(self.task.get())
    }

    /// Whether somebody asked for its outcome.
    pub fn is_handled(&self) -> bool {
        self.handled.get()
    }

    /// Says that somebody asked for its outcome.
    #[inline(always)]
    pub fn set_handled(&self) {
        self.handled.set(true);
    }
}

/// A reaction: what `then` leaves behind. Its task waits for `source`, and stands for `result`.
#[derive(Debug, Trace, Object)]
pub struct Reaction<'gc> {
    /// Whose outcome it is called with.
    pub source: Gc<'gc, Promise<'gc>>,
    /// What to call with a value; not callable: nothing.
    pub on_fulfilled: Value<'gc>,
    /// What to call with an error; not callable: nothing.
    pub on_rejected: Value<'gc>,
    /// What `then` returned.
    pub result: Gc<'gc, Promise<'gc>>,
}

/// `target` was resolved with the promise `source`: two ticks, and it has its outcome.
#[derive(Debug, Trace, Object)]
pub struct Adopt<'gc> {
    /// Whose outcome it is.
    pub source: Gc<'gc, Promise<'gc>>,
    /// Whose outcome it will be.
    pub target: Gc<'gc, Promise<'gc>>,
    /// Whether the first tick is over.
    pub waits: Static<Cell<bool>>,
}

/// `target` was resolved with an object that has a function `then`, which is to be called. Its task does not stand for
/// `target`, which may be settled in the middle of the call.
#[derive(Debug, Trace, Object)]
pub struct CallThen<'gc> {
    /// The object.
    pub thenable: Value<'gc>,
    /// The function.
    pub then: Value<'gc>,
    /// What the resolving functions resolve.
    pub target: Gc<'gc, Promise<'gc>>,
    /// What `resolutions` of it was when the call began.
    pub resolutions: Static<Cell<u32>>,
}

/// What follows a join: `Promise.all` and its like.
#[derive(Debug, Trace, Object)]
pub struct JoinDone<'gc> {
    /// Which of them.
    pub kind: Static<JoinKind>,
    /// The join of those that were pending; NIL if it needs none.
    join: Slot<'gc>,
    /// What is known of each element: a hole for those in the join.
    parts: Gc<'gc, Array<'gc>>,
    /// If one that was settled from the beginning decides: that one.
    decided: Value<'gc>,
    /// What the call returned.
    pub result: Gc<'gc, Promise<'gc>>,
}

/// A pending promise.
///
/// # Errors
/// When there is no memory.
#[inline]
pub fn new<'gc>(mc: &Mutation<'gc>) -> Outcome<'gc, Gc<'gc, Promise<'gc>>> {
    Ok(mc.alloc(Promise {
        value: Slot::new(Value::UNDEFINED),
        task: Slot::new(Value::NIL),
        state: Static::default(),
        handled: Static::default(),
        resolutions: Static::default(),
        identity: Static::default(),
    })?)
}

/// `Promise.resolve(value)`
///
/// # Errors
/// When there is no memory, or the limit of tasks is reached.
pub fn of<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, Gc<'gc, Promise<'gc>>> {
    if let Some(promise) = value.downcast() {
        return Ok(promise);
    }
    let promise = new(mc)?;
    resolve(mc, vm, promise, value)?;
    Ok(promise)
}

/// Resolves a promise: with another one, or an object that has a function `then`, it will have that one's outcome.
///
/// # Errors
/// When there is no memory, or the limit of tasks is reached: then nothing has happened.
pub fn resolve<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    promise: Gc<'gc, Promise<'gc>>,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    let job = if let Some(source) = value.downcast::<Promise>() {
        if source.same(promise) {
            let message = "Chaining cycle detected for promise #<Promise>";
            let error = error::new_error(mc, vm, ErrorKind::TypeError, message)?;
            settle(mc, vm, promise, State::Rejected, error);
            return Ok(());
        }
        mc.alloc(Adopt { source, target: promise, waits: Static::default() })?
    } else {
        match then_of(mc, vm, value) {
            Err(Stop::Throw(error)) => {
                settle(mc, vm, promise, State::Rejected, error);
                return Ok(());
            }
            Err(memory) => return Err(memory),
            Ok(None) => {
                settle(mc, vm, promise, State::Fulfilled, value);
                return Ok(());
            }
            Ok(Some(then)) => {
                let call =
                    mc.alloc(CallThen { thenable: value, then, target: promise, resolutions: Static::default() })?;
                spawn(mc, vm, call.into())?;
                return Ok(());
            }
        }
    };
    let task = spawn(mc, vm, job.into())?;
    stand_for(mc, promise, task);
    Ok(())
}

/// Rejects a promise.
pub fn reject<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, promise: Gc<'gc, Promise<'gc>>, error: Value<'gc>) {
    settle(mc, vm, promise, State::Rejected, error);
}

/// Whether a script can have given a value that is no promise a function `then`.
pub fn may_have_then<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> bool {
    value.downcast::<object::Object>().is_some() || extra::of(vm, value).is_some()
}

/// The function `then` of an object that is no promise.
fn then_of<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, Option<Value<'gc>>> {
    if !may_have_then(vm, value) {
        return Ok(None);
    }
    let then = property::get(mc, vm, value, names::THEN)?;
    Ok(function::is_callable(vm, then).then_some(then))
}

/// Gives a pending promise its outcome; nothing if it has one. Allocates nothing in the heap.
pub fn settle<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    promise: Gc<'gc, Promise<'gc>>,
    state: State,
    value: Value<'gc>,
) {
    if promise.state() != State::Pending {
        return;
    }
    let fields = promise.write(mc);
    fields.value().set(value);
    promise.state.set(state);
    vm.recorder.settled(promise);
    if state == State::Rejected && !promise.is_handled() {
        note_rejected(vm, promise);
    }
    let task = promise.task.get();
    if task.same(vm.running) {
        // It ends with its turn: `end_turn`.
        return;
    }
    if let Some(task) = TaskId::from_value(task) {
        fields.task().set(Value::NIL);
        let result = if state == State::Rejected { Err(value) } else { Ok(value) };
        // It is a deferred: one that is not settles in its own turn.
        let settled = vm.tasks.settle(task, result);
        debug_assert!(settled.is_ok(), "{settled:?}");
    }
}

/// Remembers a promise whose error nobody has asked for. Those that are handled by now are forgotten: between two turns
/// of the event loop there may be any number of them.
fn note_rejected<'gc>(vm: &mut Vm<'gc>, promise: Gc<'gc, Promise<'gc>>) {
    let rejected = &mut vm.rejected;
    if rejected.len() == rejected.capacity() {
        rejected.retain(|promise| promise.downcast::<Promise>().is_some_and(|promise| !promise.is_handled()));
        // As many again may come before the next look at all of them.
        rejected.reserve(rejected.len().max(16));
    }
    rejected.push(promise.into());
}

/// The task that stands for a pending promise, which it has from now on.
///
/// # Errors
/// RangeError at the limit of tasks.
pub fn task<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, promise: Gc<'gc, Promise<'gc>>) -> Outcome<'gc, TaskId<'gc>> {
    if let Some(task) = TaskId::from_value(promise.task.get()) {
        return Ok(task);
    }
    let task = vm.tasks.deferred();
    let task = task.map_err(|refused| too_many(mc, vm, refused))?;
    let_go(vm, task);
    promise.write(mc).task().set(task.into());
    Ok(task)
}

/// From now on the task stands for the promise, unless another one does.
pub fn stand_for<'gc>(mc: &Mutation<'gc>, promise: Gc<'gc, Promise<'gc>>, task: TaskId<'gc>) {
    if promise.task.get().is_nil() && promise.state() == State::Pending {
        promise.write(mc).task().set(task.into());
    }
}

/// How the turn of a task ends that may stand for a promise: with its outcome, if it has one by now; else the task waits
/// until something settles the promise.
pub fn end_turn<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, promise: Gc<'gc, Promise<'gc>>) -> Step<'gc> {
    if !promise.task.get().same(vm.running) {
        return Step::Done(Value::NIL);
    }
    let state = promise.state();
    if state == State::Pending {
        return Step::Defer;
    }
    promise.write(mc).task().set(Value::NIL);
    if state == State::Fulfilled { Step::Done(promise.value()) } else { Step::Failed(promise.value()) }
}

/// A task for a job, at the end of the queue. Nobody asks for its outcome by its id.
///
/// # Errors
/// RangeError at the limit of tasks.
pub fn spawn<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, job: Value<'gc>) -> Outcome<'gc, TaskId<'gc>> {
    let task = vm.tasks.spawn(job).map_err(|refused| too_many(mc, vm, refused))?;
    let_go(vm, task);
    Ok(task)
}

/// The same, once the promise is settled: the job asks for its outcome.
///
/// # Errors
/// RangeError at the limit of tasks.
pub fn spawn_after<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    promise: Gc<'gc, Promise<'gc>>,
    job: Value<'gc>,
) -> Outcome<'gc, TaskId<'gc>> {
    let spawned = if promise.state() == State::Pending {
        let awaited = task(mc, vm, promise)?;
        let spawned = vm.tasks.spawn_after(awaited, job).map_err(|refused| too_many(mc, vm, refused))?;
        let_go(vm, spawned);
        spawned
    } else {
        spawn(mc, vm, job)?
    };
    promise.set_handled();
    Ok(spawned)
}

/// A task was made, and will be kept: it leaves the table as soon as it has settled.
pub(crate) fn let_go<'gc>(vm: &mut Vm<'gc>, task: TaskId<'gc>) {
    vm.crowd.made();
    let released = vm.tasks.release(task);
    debug_assert!(released.is_ok());
}

/// Asks for room for so many tasks, before the first of several is made: so that there are all of them or none.
///
/// # Errors
/// RangeError at the limit of tasks.
pub fn room<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, tasks: usize) -> Outcome<'gc, ()> {
    let limit = vm.limits.tasks;
    if vm.tasks.outstanding() + tasks <= limit { Ok(()) } else { Err(too_many(mc, vm, TaskError::Limit { limit })) }
}

/// What follows from a refusal of the scheduler. At the limit of tasks everything is collected, so that those are given up
/// that can never run, and what was refused is tried again, as if memory had been short; what a script sees is an error.
#[cold]
pub fn too_many<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, refused: TaskError) -> Stop<'gc> {
    match refused {
        TaskError::Limit { limit } if vm.crowd.collects(limit) => {
            // How often, `collects` says.
            vm.progress.refusals = Refusals::default();
            mc.want_full_collection();
            Stop::Memory(AllocError::Collect)
        }
        TaskError::Limit { limit } => error::range_error(mc, vm, &format!("Too many tasks: the limit is {limit}")),
        other => error::range_error(mc, vm, &format!("No task can be made: {other}")),
    }
}

/// `promise.then(on_fulfilled, on_rejected)`
///
/// # Errors
/// When there is no memory, or the limit of tasks is reached.
pub fn then<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    promise: Gc<'gc, Promise<'gc>>,
    on_fulfilled: Value<'gc>,
    on_rejected: Value<'gc>,
) -> Outcome<'gc> {
    let result = new(mc)?;
    let job = mc.alloc(Reaction { source: promise, on_fulfilled, on_rejected, result })?;
    let task = spawn_after(mc, vm, promise, job.into())?;
    stand_for(mc, result, task);
    Ok(result.into())
}

/// The functions that resolve and reject a promise: the first call of either counts.
///
/// # Errors
/// When there is no memory.
pub fn resolvers<'gc>(mc: &Mutation<'gc>, promise: Gc<'gc, Promise<'gc>>) -> Outcome<'gc, (Value<'gc>, Value<'gc>)> {
    let held = [promise.into(), Value::int(promise.resolutions.get() as i32)];
    Ok((function::bound(mc, host::RESOLVE, &held)?.into(), function::bound(mc, host::REJECT, &held)?.into()))
}

/// `Promise.all`, `race`, `any` and `allSettled` of these elements.
///
/// # Errors
/// When there is no memory, or the limit of tasks is reached.
pub fn combine<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, kind: JoinKind, elements: &[Value<'gc>]) -> Outcome<'gc> {
    let result = new(mc)?;
    let parts = array::new(mc, elements)?;
    // First all that allocates.
    let mut pending = Vec::new();
    let mut thenables = Vec::new();
    let mut decided = Value::NIL;
    // How many objects with a function `then` come before the one that decides.
    let mut earlier = 0;
    for (index, &element) in elements.iter().enumerate() {
        let mut promise = element.downcast::<Promise>();
        if promise.is_none()
            && let Some(then) = then_of(mc, vm, element)?
        {
            let target = new(mc)?;
            thenables.push(mc.alloc(CallThen { thenable: element, then, target, resolutions: Static::default() })?);
            promise = Some(target);
        }
        if let Some(promise) = promise
            && promise.state() == State::Pending
        {
            pending.push(promise);
            array::set(mc, parts, index, Value::HOLE);
            continue;
        }
        let (state, value) = promise.map_or((State::Fulfilled, element), |promise| (promise.state(), promise.value()));
        if let Some(promise) = promise {
            promise.set_handled();
        }
        let decides = match kind {
            JoinKind::All => state == State::Rejected,
            JoinKind::Race => true,
            JoinKind::Any => state == State::Fulfilled,
            JoinKind::AllSettled => false,
        };
        if decides && decided.is_nil() {
            earlier = thenables.len();
            decided = match promise {
                Some(promise) => promise.into(),
                None => {
                    let promise = new(mc)?;
                    settle(mc, vm, promise, state, value);
                    promise.into()
                }
            };
        }
        let part = if kind == JoinKind::AllSettled { settled_part(mc, vm, state, value)? } else { value };
        array::set(mc, parts, index, part);
    }
    let job = JoinDone { kind: Static(kind), join: Slot::new(Value::NIL), parts, decided, result };
    if elements.is_empty() {
        match kind {
            JoinKind::Race => {}
            JoinKind::Any => {
                let error = aggregate(mc, vm, parts)?;
                settle(mc, vm, result, State::Rejected, error);
            }
            _ => settle(mc, vm, result, State::Fulfilled, parts.into()),
        }
        return Ok(result.into());
    }
    let job = mc.alloc(job)?;
    let waited_for = pending.iter().filter(|promise| promise.task().is_none()).count();
    room(mc, vm, thenables.len() + waited_for + 2)?;
    // Then the tasks, in the order of the elements that they come from.
    let later = thenables.split_off(if decided.is_nil() { thenables.len() } else { earlier });
    for call in thenables {
        spawn(mc, vm, call.into())?;
    }
    for promise in &pending {
        promise.set_handled();
    }
    let task = if pending.is_empty() || !decided.is_nil() {
        let task = spawn(mc, vm, job.into())?;
        for call in later {
            spawn(mc, vm, call.into())?;
        }
        task
    } else {
        let tasks = pending.iter().map(|&promise| task(mc, vm, promise)).collect::<Outcome<'gc, Vec<_>>>()?;
        let join = vm.tasks.join(kind, &tasks).map_err(|refused| too_many(mc, vm, refused))?;
        job.write(mc).join().set(join.into());
        let task = match vm.tasks.spawn_after(join, job.into()) {
            Ok(task) => task,
            Err(refused) => {
                let_go(vm, join);
                return Err(too_many(mc, vm, refused));
            }
        };
        let_go(vm, task);
        task
    };
    stand_for(mc, result, task);
    Ok(result.into())
}

/// The turn of a [`JoinDone`]: gives the result its outcome, if there is one.
///
/// # Errors
/// When there is no memory: what was done stays done, and it can be called again.
pub fn join_done<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, job: Gc<'gc, JoinDone<'gc>>) -> Outcome<'gc, ()> {
    if let Some(decided) = job.decided.downcast::<Promise>() {
        settle(mc, vm, job.result, decided.state(), decided.value());
        return Ok(());
    }
    let join = TaskId::from_value(job.join.get());
    let (state, value) = match join.map(|join| vm.tasks.outcome(join)) {
        Some(Ok(Settlement::Ok(value))) if matches!(*job.kind, JoinKind::Race | JoinKind::Any) => {
            (State::Fulfilled, value)
        }
        Some(Ok(Settlement::Err(error))) => (State::Rejected, error),
        Some(Err(_)) | Some(Ok(Settlement::Cancelled(_) | Settlement::Abandoned)) => return Ok(()),
        // All have settled, and none decided; or it can never settle.
        outcome => {
            if let Some(join) = join
                && !fill_parts(mc, vm, job, join)?
            {
                drop(outcome);
                return Ok(());
            }
            match *job.kind {
                JoinKind::Any => (State::Rejected, aggregate(mc, vm, job.parts)?),
                _ => (State::Fulfilled, job.parts.into()),
            }
        }
    };
    settle(mc, vm, job.result, state, value);
    if let Some(join) = join {
        let_go(vm, join);
        job.write(mc).join().set(Value::NIL);
    }
    Ok(())
}

/// Fills the holes of the parts with what the join has; false if one has nothing.
fn fill_parts<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    job: Gc<'gc, JoinDone<'gc>>,
    join: TaskId<'gc>,
) -> Outcome<'gc, bool> {
    let holes: Vec<usize> = (0..job.parts.len()).filter(|&index| job.parts.get(index).is_none()).collect();
    let Ok(settled) = vm.tasks.parts(join) else { return Ok(false) };
    // Those that an earlier call filled are no holes any more.
    let skip = settled.len() - holes.len();
    let settled: Vec<_> = settled.skip(skip).collect();
    for (index, part) in holes.into_iter().zip(settled) {
        let (state, value) = match part {
            Some(Settlement::Ok(value)) => (State::Fulfilled, value),
            Some(Settlement::Err(error)) => (State::Rejected, error),
            _ => return Ok(false),
        };
        let part = if *job.kind == JoinKind::AllSettled { settled_part(mc, vm, state, value)? } else { value };
        array::set(mc, job.parts, index, part);
    }
    Ok(true)
}

/// `{ status, value }` or `{ status, reason }`.
fn settled_part<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, state: State, value: Value<'gc>) -> Outcome<'gc> {
    let (status, name) = match state {
        State::Rejected => (names::REJECTED, names::REASON),
        _ => (names::FULFILLED, names::VALUE),
    };
    let names = [names::STATUS, name];
    let shape = vm.shapes.template(&vm.code.atoms, &names);
    let status = vm.string(status);
    Ok(object::new_with(mc, vm, shape, &names, &[status, value])?.into())
}

/// The error of `Promise.any`.
fn aggregate<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, errors: Gc<'gc, Array<'gc>>) -> Outcome<'gc> {
    let message = string::from_str(mc, "All promises were rejected")?;
    // Node does not show who called it.
    let error = error::new_error_at(mc, vm, ErrorKind::AggregateError, Some(message), "")?;
    if let Some(object) = error.downcast::<object::Object>() {
        object::set_hidden(mc, vm, object, names::ERRORS, errors.into())?;
    }
    Ok(error)
}
