//! What happens when an instruction throws, finds no memory, or wants a function of the script to be called.
//!
//! Invariant: an instruction that found no memory has changed nothing, so it can be executed again; one that is refused
//! again after a collection throws instead.

use mangrove_gc::{AllocError, Mutation, Value};

use super::{Exit, call};
use crate::machine::{Ends, Vm};
use crate::runtime::Stop;
use crate::runtime::promise;

/// How often an instruction is executed again after a collection.
const RETRIES: u32 = 2;

/// Where memory was refused, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    depth: usize,
    pc: u32,
    count: u32,
}

impl Refusals {
    /// Another refusal at this place: whether to collect and try again.
    #[must_use]
    pub fn again(&mut self, depth: usize, pc: u32, error: AllocError) -> bool {
        if (self.depth, self.pc) != (depth, pc) {
            *self = Refusals { depth, pc, count: 0 };
        }
        self.count += 1;
        let again = error == AllocError::Collect && self.count <= RETRIES;
        if !again {
            *self = Refusals::default();
        }
        again
    }
}

/// The instruction before [`Vm::pc`] did not do what it should: goes on where an exception is handled, or leaves the
/// interpreter.
#[cold]
#[inline(never)]
pub(super) fn stop<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, stop: Stop<'gc>) -> Option<Exit<'gc>> {
    match stop {
        Stop::Throw(error) => raise(mc, vm, error),
        Stop::Convert(conversion) => {
            if let Some(frame) = vm.frames.last_mut() {
                frame.pc = *vm.pc;
            }
            match call::convert_operand(mc, vm, conversion.number) {
                Ok(()) => None,
                Err(stop) => self::stop(mc, vm, stop),
            }
        }
        Stop::Memory(error) => {
            let (depth, pc) = (vm.frames.len(), *vm.pc);
            if vm.progress.refusals.again(depth, pc, error) {
                if let Some(frame) = vm.frames.last_mut() {
                    frame.pc = pc - 1;
                }
                return Some(Exit::Safepoint);
            }
            raise(mc, vm, vm.realm.out_of_memory)
        }
    }
}

/// Throws in the innermost call, at the instruction before [`Vm::pc`].
pub fn raise<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, error: Value<'gc>) -> Option<Exit<'gc>> {
    let code = vm.code.clone();
    let mut pc = *vm.pc;
    vm.progress.thrown_at = vm.frames.last().map(|frame| (frame.function, pc.saturating_sub(1)));
    while let Some(&frame) = vm.frames.last() {
        let at = pc.saturating_sub(1);
        let proto = &code.program.functions[frame.function as usize];
        if let Some(handler) = proto.handlers.iter().find(|handler| (handler.from..handler.to).contains(&at)) {
            vm.stack[frame.base as usize + handler.register as usize] = error;
            if let Some(frame) = vm.frames.last_mut() {
                frame.pc = handler.target;
            }
            return None;
        }
        let promise = call::promise_of(vm, &frame);
        vm.frames.pop();
        match (frame.ends, promise) {
            (Ends::Fiber, _) | (Ends::Turn, None) => return Some(Exit::Threw(error)),
            (Ends::Call | Ends::Convert, None) => {}
            (ends, Some(promise)) => {
                promise::reject(mc, vm, promise, error);
                if ends == Ends::Turn {
                    return Some(Exit::Returned(promise.into()));
                }
                vm.stack[frame.base as usize] = promise.into();
                return None;
            }
        }
        pc = vm.frames.last().map_or(0, |caller| caller.pc);
    }
    Some(Exit::Threw(error))
}
