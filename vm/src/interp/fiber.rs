//! Fibers: async calls that wait. Their registers are in the heap meanwhile.
//!
//! An async call begins on the stack, as any call. At its first `await` its registers move to a [`Fiber`], a task is
//! made for it, and its caller gets the promise. From then on it is the only frame of its turns: it is copied to the
//! bottom of the stack when one begins, and back when it ends with the next `await`.
//!
//! Invariant: a fiber that waits has all that its frame had; while it runs, its frame has, and the fiber has nothing.

use std::cell::Cell;

use mangrove_gc::{Gc, Mutation, Object, Slot, Static, Tail, Trace, Value};
use mangrove_scheduler::Step;

use super::{Exit, call};
use crate::bytecode::Instr;
use crate::machine::{Ends, Frame, Vm};
use crate::runtime::Outcome;
use crate::runtime::promise::{self, Promise, State};

/// An async call that waits: its registers.
pub type Fiber<'gc> = Tail<'gc, FiberHead<'gc>>;

/// What stands before the registers of a [`Fiber`].
#[derive(Debug, Trace, Object)]
pub struct FiberHead<'gc> {
    /// The function.
    pub function: Static<u32>,
    /// The instruction behind the `await`.
    pub pc: Static<Cell<u32>>,
    /// What the call returned.
    pub promise: Gc<'gc, Promise<'gc>>,
    /// What it awaits: a promise, or a value that it gets in its next turn.
    pub awaits: Slot<'gc>,
}

/// What an `await` waits for: promises are themselves, an object with a function `then` gets one, and any other value is
/// there in the next turn.
fn awaited<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc> {
    if value.downcast::<Promise>().is_some() || !promise::may_have_then(vm, value) {
        return Ok(value);
    }
    // One that calls `then`, a deferred, and the call that waits.
    promise::room(mc, vm, 3)?;
    promise::of(mc, vm, value).map(Value::from)
}

/// `await R[b]`: suspends the innermost call. What the interpreter leaves with, if the call was the only one.
///
/// # Errors
/// When there is no memory, or the limit of tasks is reached.
#[inline(never)]
pub(super) fn suspend<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, instr: Instr) -> Outcome<'gc, Option<Exit<'gc>>> {
    let Some(&frame) = vm.frames.last() else { return Ok(None) };
    let base = frame.base as usize;
    let value = vm.stack[base + instr.b as usize];
    if frame.ends == Ends::Fiber {
        return suspend_again(mc, vm, value).map(Some);
    }
    let Some(promise) = call::promise_of(vm, &frame) else { return Ok(None) };
    let registers = vm.code.program.functions[frame.function as usize].registers as usize;
    let head = FiberHead {
        function: Static(frame.function),
        pc: Static(Cell::new(*vm.pc)),
        promise,
        awaits: Slot::new(Value::UNDEFINED),
    };
    let fiber = mc.alloc_slots(head, &vm.stack[base..base + registers])?;
    let value = awaited(mc, vm, value)?;
    fiber.write(mc).head().awaits().set(value);
    let task = match value.downcast::<Promise>() {
        Some(awaited) => promise::spawn_after(mc, vm, awaited, fiber.into())?,
        None => promise::spawn(mc, vm, fiber.into())?,
    };
    promise::stand_for(mc, promise, task);
    Ok(call::leave(vm, promise.into()))
}

/// The same for a call that is a fiber already.
fn suspend_again<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, Exit<'gc>> {
    let Some(fiber) = vm.fiber.downcast::<Fiber>() else { return Ok(Exit::Returned(Value::UNDEFINED)) };
    let value = awaited(mc, vm, value)?;
    let step = match value.downcast::<Promise>() {
        Some(awaited) if awaited.state() == State::Pending => {
            let task = promise::task(mc, vm, awaited)?;
            awaited.set_handled();
            Step::Await(task, fiber.into())
        }
        awaited => {
            awaited.inspect(|awaited| awaited.set_handled());
            Step::Yield(fiber.into())
        }
    };
    let fields = fiber.write(mc);
    for (index, &register) in vm.stack[..fiber.len()].iter().enumerate() {
        if let Some(slot) = fields.slot(index) {
            slot.set(register);
        }
    }
    fields.head().awaits().set(value);
    fiber.head.pc.set(*vm.pc);
    vm.frames.pop();
    vm.fiber = Value::NIL;
    Ok(Exit::Step(step))
}

/// Puts a fiber back on the stack: the error that it has to throw first, if what it awaited failed.
pub fn resume<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, fiber: Gc<'gc, Fiber<'gc>>) -> Result<(), Value<'gc>> {
    let (registers, pc) = (fiber.as_ref().slots(), fiber.head.pc.get());
    if vm.stack.len() < registers.len() {
        vm.stack.resize(registers.len(), Value::UNDEFINED);
    }
    let fields = fiber.write(mc);
    for (index, register) in vm.stack[..registers.len()].iter_mut().enumerate() {
        if let Some(slot) = fields.slot(index) {
            *register = slot.get();
            // What the call lets go of, nothing else should keep.
            slot.set(Value::UNDEFINED);
        }
    }
    vm.frames.push(Frame { function: *fiber.head.function, base: 0, pc, ends: Ends::Fiber });
    *vm.pc = pc;
    vm.fiber = fiber.into();
    let awaited = fiber.head.awaits.get();
    fields.head().awaits().set(Value::UNDEFINED);
    let value = match awaited.downcast::<Promise>() {
        Some(promise) if promise.state() == State::Rejected => return Err(promise.value()),
        // The scheduler had no memory to let it wait.
        Some(promise) if promise.state() == State::Pending => return Err(vm.realm.out_of_memory),
        Some(promise) => promise.value(),
        None => awaited,
    };
    let await_ = vm.code.program.functions[*fiber.head.function as usize].code[pc as usize - 1];
    vm.stack[await_.a as usize] = value;
    Ok(())
}
