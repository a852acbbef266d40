//! Which calls led here, as text: the calls in progress, then the async calls that await them.
//!
//! Invariant: functions of the VM's own are in no line, and a trace costs no more than its lines.

use mangrove_gc::{Gc, Value};
use mangrove_scheduler::{JoinKind, TaskId};

use crate::bytecode::Program;
use crate::interp::fiber::Fiber;
use crate::machine::{Place, Vm};
use crate::recorder;
use crate::runtime::promise::{Adopt, JoinDone, Promise, Reaction};

/// The most lines of a trace.
const MOST: usize = 10;
/// How many promises are followed, from one that waits to the next.
const FAR: usize = 50;
/// How many tasks are named.
const MANY: usize = 1000;

/// Where the running code is, as `stack` of errors shows it: lines that begin with "\n    at ".
pub(crate) fn trace(vm: &Vm<'_>) -> String {
    let mut text = String::new();
    let mut lines = 0;
    for place in vm.positions().filter(|place| !place.source.internal).take(MOST) {
        place.write_line(&mut text, "");
        lines += 1;
    }
    let job = TaskId::from_value(vm.running).and_then(|running| vm.tasks.value(running).ok());
    let mut promise = job.and_then(settled_by);
    for _ in 0..FAR {
        let Some(waiter) = promise.and_then(|promise| only_waiter(vm, promise.task()?)) else { break };
        if lines == MOST {
            break;
        }
        if let Some(fiber) = waiter.downcast::<Fiber>() {
            let place = place(&vm.code.program, fiber);
            if !place.source.internal {
                place.write_line(&mut text, "async ");
                lines += 1;
            }
        } else if let Some(join) = waiter.downcast::<JoinDone>() {
            text.push_str("\n    at async ");
            text.push_str(join_name(*join.kind));
            lines += 1;
        }
        promise = settled_by(waiter);
    }
    text
}

/// Where an async call waits: function and instruction.
pub(crate) fn position(fiber: Gc<'_, Fiber<'_>>) -> (u32, u32) {
    (*fiber.head.function, fiber.head.pc.get().saturating_sub(1))
}

/// The same in the source.
pub(crate) fn place<'a>(program: &'a Program, fiber: Gc<'_, Fiber<'_>>) -> Place<'a> {
    let (function, instruction) = position(fiber);
    Place::of(program, function, instruction)
}

/// Gives the tasks names that say what they are, for people to read.
pub(crate) fn name_tasks(vm: &mut Vm<'_>) {
    let tasks: Vec<_> = vm.tasks.tasks().take(MANY).collect();
    for task in tasks {
        let Ok(job) = vm.tasks.value(task) else { continue };
        let name = match job.downcast::<Fiber>() {
            Some(fiber) => {
                format!("async {} ({})", recorder::name(vm, job), place(&vm.code.program, fiber).location())
            }
            None => recorder::name(vm, job),
        };
        // Without memory for it, it has no name. Nor has a task that is of no job.
        let _ = if job.is_nil() { Ok(()) } else { vm.tasks.set_name(task, &name) };
    }
}

pub(crate) fn join_name(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::All => "Promise.all",
        JoinKind::Race => "Promise.race",
        JoinKind::Any => "Promise.any",
        JoinKind::AllSettled => "Promise.allSettled",
    }
}

/// The promise that the task with this value settles.
fn settled_by<'gc>(job: Value<'gc>) -> Option<Gc<'gc, Promise<'gc>>> {
    if let Some(fiber) = job.downcast::<Fiber>() {
        return Some(fiber.head.promise);
    }
    job.downcast::<Reaction>()
        .map(|reaction| reaction.result)
        .or_else(|| job.downcast::<JoinDone>().map(|join| join.result))
        .or_else(|| job.downcast::<Adopt>().map(|adopt| adopt.target))
}

/// What waits for a task, directly or in a join, if that is one thing.
fn only_waiter<'gc>(vm: &Vm<'gc>, task: TaskId<'gc>) -> Option<Value<'gc>> {
    let only = |task| {
        let mut waiters = vm.tasks.waiters(task).ok()?;
        let first = waiters.next()?;
        if waiters.next().is_some() { None } else { Some((first, vm.tasks.value(first).ok()?)) }
    };
    match only(task)? {
        (join, value) if value.is_nil() => Some(only(join)?.1),
        (_, value) => Some(value),
    }
}
