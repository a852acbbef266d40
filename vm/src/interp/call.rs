//! Calls: a frame for a function of the program, a Rust call for a built-in one; and how calls end.
//!
//! Invariant: no call of a script's function is a call in Rust, so how deep they nest is limited by [`MAX_FRAMES`] and
//! [`MAX_REGISTERS`] alone. A built-in function that calls another one does so as its last act ([`Vm::tail_call`]).

use mangrove_gc::{Gc, Mutation, Value};

use super::{Exit, slow};
use crate::bytecode::{Op, Proto};
use crate::host::{self, Host, NATIVES, NativeInfo};
use crate::machine::{Ends, Frame, Vm};
use crate::runtime::array::{self, Array};
use crate::runtime::error::{self, ErrorKind};
use crate::runtime::function::{Bound, Closure};
use crate::runtime::object;
use crate::runtime::promise::{self, Promise};
use crate::runtime::shape::Class;
use crate::runtime::{Conversion, Outcome, Stop, convert, number};

/// The most calls in progress: about as many as Node allows.
pub const MAX_FRAMES: usize = 10_000;
/// The most registers of all of them together.
pub const MAX_REGISTERS: usize = 1 << 20;

/// What a call has done.
pub enum Called<'gc> {
    /// Its frame is there, to be run.
    Frame,
    /// It is over, with this result.
    Value(Value<'gc>),
}

/// Begins a call of a function of the program, whose callee is at `at` on the stack.
///
/// # Errors
/// RangeError when calls nest too deep.
#[inline(always)]
pub(super) fn enter<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    proto: &Proto,
    function: u32,
    at: usize,
    argc: usize,
    ends: Ends,
) -> Outcome<'gc, ()> {
    let (params, top) = (proto.params as usize, at + proto.registers as usize);
    if top > vm.stack.len() || vm.frames.len() >= MAX_FRAMES {
        grow(mc, vm, top)?;
    }
    let first = at + 2;
    let rest = if proto.rest { Some(collect_rest(mc, vm, first + params.min(argc), first + argc)?) } else { None };
    // Those that no argument is in hold what earlier calls left, which must not be kept alive.
    vm.stack[first + argc.min(params)..top].fill(Value::UNDEFINED);
    if let Some(rest) = rest {
        vm.stack[first + params] = rest;
    }
    vm.frames.push(Frame { function, base: at as u32, pc: 0, ends });
    Ok(())
}

/// Makes room on the stack.
#[cold]
#[inline(never)]
fn grow<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, top: usize) -> Outcome<'gc, ()> {
    if vm.frames.len() >= MAX_FRAMES || top > MAX_REGISTERS {
        return Err(error::range_error(mc, vm, "Maximum call stack size exceeded"));
    }
    if top > vm.stack.len() {
        let room = (top * 2).clamp(1 << 8, MAX_REGISTERS);
        vm.stack.resize(room, Value::UNDEFINED);
    }
    Ok(())
}

/// An array of the further arguments.
#[inline(never)]
fn collect_rest<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, from: usize, to: usize) -> Outcome<'gc> {
    Ok(array::new(mc, &vm.stack[from..to])?.into())
}

/// Calls what is at `at` on the stack, with `this` and `argc` arguments behind it; with `is_new`, as `new` does.
///
/// # Errors
/// What it throws; TypeError when it is no function.
#[inline(never)]
pub fn call<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    at: usize,
    mut argc: usize,
    is_new: bool,
    ends: Ends,
) -> Outcome<'gc, Called<'gc>> {
    let mut is_new = is_new;
    loop {
        let callee = vm.stack[at];
        let native = if let Some(id) = callee.word().as_native() {
            if is_new { None } else { NATIVES.get(id as usize) }
        } else if let Some(closure) = callee.downcast::<Closure>() {
            if is_new {
                return Err(not_callable(mc, vm, "is not a constructor"));
            }
            let function = *closure.head.function;
            let code = vm.code.clone();
            enter(mc, vm, &code.program.functions[function as usize], function, at, argc, ends)?;
            return Ok(Called::Frame);
        } else {
            other_native(vm, callee, is_new)
        };
        let Some(native) = native else {
            return Err(not_callable(mc, vm, if is_new { "is not a constructor" } else { "is not a function" }));
        };
        let value = match (native.call)(&mut Host::new(mc, vm, at, argc, is_new)) {
            Err(Stop::Convert(wanted)) => convert_argument(mc, vm, at, argc, is_new, wanted)?,
            outcome => outcome?,
        };
        // What it ends with is a plain call.
        is_new = false;
        match vm.tail.take() {
            Some(args) => argc = args as usize,
            None => return Ok(Called::Value(value)),
        }
    }
}

/// What a built-in function calls that is a heap object: a bound one, or a constructor.
fn other_native<'gc>(vm: &Vm<'gc>, callee: Value<'gc>, is_new: bool) -> Option<&'static NativeInfo> {
    if let Some(bound) = callee.downcast::<Bound>() {
        return if is_new { None } else { NATIVES.get(*bound.head.native as usize) };
    }
    match object::class(vm, callee.downcast()?) {
        Class::Constructor(proto) => host::constructor(proto),
        _ => None,
    }
}

/// Calls a native above the arguments of another one, with these values: its callee, `this` and arguments, which were
/// converted for it.
///
/// # Errors
/// What it throws; [`Stop::Convert`] for the next of them.
pub(crate) fn call_again<'gc>(
    host: &mut Host<'_, 'gc>,
    values: &[Value<'gc>],
    length: Option<usize>,
    is_new: bool,
) -> Outcome<'gc> {
    let at = host.above();
    place(host.mc, host.vm, at, values[0], values[1], &values[2..])?;
    let native = match values[0].word().as_native() {
        Some(id) => NATIVES.get(id as usize),
        None => other_native(host.vm, values[0], is_new),
    };
    let Some(native) = native else { return Ok(Value::UNDEFINED) };
    let mut again = Host::new(host.mc, host.vm, at, values.len() - 2, is_new);
    again.length = length;
    let value = (native.call)(&mut again)?;
    debug_assert!(host.vm.tail.is_none(), "what a native calls converts for itself");
    Ok(value)
}

/// In place of a native that wants one of its arguments to be primitive, calls the function of the prelude that makes it
/// so, and then calls the native with it. The script sees what the language says: `length` of an array, which a native
/// reads first, is as it was before.
#[cold]
#[inline(never)]
fn convert_argument<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    at: usize,
    argc: usize,
    is_new: bool,
    wanted: Conversion,
) -> Outcome<'gc> {
    if wanted.place == 0 {
        return Err(error::type_error(mc, vm, "Cannot convert object to primitive value"));
    }
    let length = vm.stack[at + 1].downcast::<Array>().map_or(Value::UNDEFINED, |this| number::from_usize(this.len()));
    let call = array::new(mc, &vm.stack[at..at + 2 + argc])?.into();
    let args = [call, Value::int(wanted.place as i32), wanted.number.into(), length, is_new.into()];
    vm.tail_call(mc, at, vm.convert, Value::UNDEFINED, &args)
}

/// The instructions that call a value other than a closure: with a spread, the arguments are the elements of an array.
/// When there is no memory, the registers are as before.
///
/// # Errors
/// As [`call`].
#[inline(never)]
pub(super) fn execute<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    at: usize,
    op: Op,
    argc: usize,
) -> Outcome<'gc, Called<'gc>> {
    let is_new = matches!(op, Op::New | Op::NewSpread);
    if matches!(op, Op::Call | Op::New) {
        let called = call(mc, vm, at, argc, is_new, Ends::Call);
        restore(vm, at, called.is_err());
        return called;
    }
    let args = vm.stack[at + 2];
    let called = spread(mc, vm, at).and_then(|argc| call(mc, vm, at, argc, is_new, Ends::Call));
    restore(vm, at, called.is_err());
    if called.is_err() {
        vm.stack[at + 2] = args;
    }
    called
}

/// Forgets the registers that tail calls have written over; on a failure, after it has put them back.
fn restore(vm: &mut Vm<'_>, at: usize, failed: bool) {
    if vm.replaced.is_empty() {
        return;
    }
    if failed {
        let Vm { stack, replaced, .. } = vm;
        stack[at..at + replaced.len()].copy_from_slice(replaced);
    }
    vm.replaced.clear();
}

/// Puts the elements of the array behind `this` in its place, as arguments: their number.
///
/// # Errors
/// RangeError when they are too many.
fn spread<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, at: usize) -> Outcome<'gc, usize> {
    let Some(args) = vm.stack[at + 2].downcast::<Array>() else { return Ok(0) };
    let argc = args.len();
    if at + 2 + argc > vm.stack.len() {
        grow(mc, vm, at + 2 + argc)?;
    }
    for index in 0..argc {
        vm.stack[at + 2 + index] = args.get(index).unwrap_or(Value::UNDEFINED);
    }
    Ok(argc)
}

/// Begins a call that nothing called: the first of a turn.
///
/// # Errors
/// As [`call`].
pub fn call_first<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    callee: Value<'gc>,
    this: Value<'gc>,
    args: &[Value<'gc>],
) -> Outcome<'gc, Called<'gc>> {
    debug_assert!(vm.frames.is_empty());
    *vm.pc = 0;
    place(mc, vm, 0, callee, this, args)?;
    let called = call(mc, vm, 0, args.len(), false, Ends::Turn);
    restore(vm, 0, false);
    called
}

/// Puts a callee, `this` and arguments on the stack.
pub(crate) fn place<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    at: usize,
    callee: Value<'gc>,
    this: Value<'gc>,
    args: &[Value<'gc>],
) -> Outcome<'gc, ()> {
    let top = at + 2 + args.len();
    if top > vm.stack.len() {
        grow(mc, vm, top)?;
    }
    vm.stack[at] = callee;
    vm.stack[at + 1] = this;
    vm.stack[at + 2..top].copy_from_slice(args);
    Ok(())
}

impl<'gc> Vm<'gc> {
    /// The last act of a built-in function whose callee is at `at`: what the call of `callee` gives is what it gives.
    ///
    /// # Errors
    /// RangeError when the arguments are too many.
    pub fn tail_call(
        &mut self,
        mc: &Mutation<'gc>,
        at: usize,
        callee: Value<'gc>,
        this: Value<'gc>,
        args: &[Value<'gc>],
    ) -> Outcome<'gc> {
        let top = at + 2 + args.len();
        if top > self.stack.len() {
            grow(mc, self, top)?;
        }
        // The instruction that called the native may have to be executed again.
        let kept = at + self.replaced.len();
        if kept < top {
            self.replaced.extend_from_slice(&self.stack[kept..top]);
        }
        place(mc, self, at, callee, this, args)?;
        *self.tail = Some(args.len() as u32);
        Ok(Value::UNDEFINED)
    }

    /// Forgets what is above the registers of all frames, before the heap is at a safepoint.
    pub fn trim(&mut self) {
        // A callee's frame begins inside of its caller's, and may end before it.
        let top = self.frames.iter().map(|frame| frame.base as usize + registers(self, frame)).max();
        self.stack.truncate(top.unwrap_or(0));
    }
}

/// The innermost frame is at an instruction that wants one of its operands to be primitive: calls the native that does
/// the same as the instruction, above the registers of the frame, in the way of natives that want this.
///
/// # Errors
/// RangeError when calls nest too deep.
pub(super) fn convert_operand<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, number: bool) -> Outcome<'gc, ()> {
    let Some(&frame) = vm.frames.last() else { return Ok(()) };
    let (at, pc) = (frame.base as usize + registers(vm, &frame), frame.pc - 1);
    let mut call =
        vec![host::value(host::OPERATE), Value::UNDEFINED, Value::int(frame.function as i32), Value::int(pc as i32)];
    let first = call.len();
    let instr = vm.code.program.functions[frame.function as usize].code[pc as usize];
    slow::operands(&vm.stack[frame.base as usize..], instr, &mut call);
    let object = call[first..].iter().position(|&operand| convert::is_object(operand));
    let wanted = object.map_or(0, |object| (first + object) as i32);
    let call = array::new(mc, &call)?.into();
    let args = [call, Value::int(wanted), number.into(), Value::UNDEFINED, Value::FALSE];
    place(mc, vm, at, vm.convert, Value::UNDEFINED, &args)?;
    self::call(mc, vm, at, args.len(), false, Ends::Convert).map(drop)
}

fn registers(vm: &Vm<'_>, frame: &Frame) -> usize {
    vm.code.program.functions[frame.function as usize].registers as usize
}

/// Ends the innermost call with a value: to its caller, or out of the interpreter.
#[inline(always)]
pub(super) fn leave<'gc>(vm: &mut Vm<'gc>, value: Value<'gc>) -> Option<Exit<'gc>> {
    let frame = vm.frames.pop()?;
    if frame.ends != Ends::Call {
        return leave_first(vm, frame, value);
    }
    vm.stack[frame.base as usize] = value;
    None
}

#[cold]
#[inline(never)]
fn leave_first<'gc>(vm: &mut Vm<'gc>, frame: Frame, value: Value<'gc>) -> Option<Exit<'gc>> {
    if frame.ends != Ends::Convert {
        return Some(Exit::Returned(value));
    }
    slow::finish(vm, value);
    None
}

/// Ends the innermost call, an async one, with a value that its promise is resolved with.
///
/// # Errors
/// As [`promise::resolve`]: then it has not ended.
#[inline(never)]
pub(super) fn leave_async<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    promise: Value<'gc>,
    value: Value<'gc>,
) -> Outcome<'gc, Option<Exit<'gc>>> {
    let is_fiber = vm.frames.last().is_some_and(|frame| frame.ends == Ends::Fiber);
    if is_fiber {
        // The turn ends with it.
        return Ok(leave(vm, value));
    }
    if let Some(promise) = promise.downcast::<Promise>() {
        promise::resolve(mc, vm, promise, value)?;
    }
    Ok(leave(vm, promise))
}

/// The promise of the innermost call, if it is an async one that has it.
pub(super) fn promise_of<'gc>(vm: &Vm<'gc>, frame: &Frame) -> Option<Gc<'gc, Promise<'gc>>> {
    let proto = &vm.code.program.functions[frame.function as usize];
    if !proto.is_async {
        return None;
    }
    vm.stack.get(frame.base as usize + proto.promise as usize)?.downcast()
}

/// How the program writes what the innermost call does at this instruction.
pub(super) fn text_of(vm: &Vm<'_>) -> Option<String> {
    let frame = vm.frames.last()?;
    let proto = &vm.code.program.functions[frame.function as usize];
    let at = vm.pc.saturating_sub(1);
    let found = proto.callees.binary_search_by_key(&at, |&(at, _)| at).ok()?;
    Some(proto.callees[found].1.to_string())
}

#[cold]
fn not_callable<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, what: &str) -> Stop<'gc> {
    let text = text_of(vm).unwrap_or_else(|| "object".into());
    error::throw(mc, vm, ErrorKind::TypeError, &format!("{text} {what}"))
}
