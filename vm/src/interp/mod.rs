//! The interpreter: one loop over instructions.
//!
//! The loop keeps where it is in locals: the code of the innermost frame, the place in it, and the frame's window of the
//! stack. What it does itself is what needs no more than that: integers and doubles, moves, jumps, properties that an
//! inline cache knows, calls and returns. All else is a function that is given the whole VM, and reads and writes
//! registers on the stack; then the window is derived anew.
//!
//! It leaves when the turn is over, when its task waits, or when the heap needs a safepoint: after a jump backwards or a
//! call that found `wants_safepoint`, and before an instruction that found no memory. It goes on from the frames.
//!
//! Invariant: before anything that can ask where the program is, or that leaves the loop, `vm.pc` is the instruction
//! behind the one that runs; and when it leaves, the innermost frame has the one to go on with.

pub mod call;
pub mod fiber;
mod slow;
pub mod unwind;

use mangrove_gc::{Gc, Mutation, Slot, Value};
use mangrove_scheduler::Step;

use crate::bytecode::{Atom, Instr, Op, Proto, Site};
use crate::host::Host;
use crate::machine::{Ends, Vm};
use crate::runtime::array::{self, Array};
use crate::runtime::function::{self, Closure, Variable, VariableWrite as _};
use crate::runtime::{Outcome, Stop, cache, convert, number};
use call::Called;
use unwind::Refusals;

/// Why the interpreter left.
#[derive(Debug)]
#[must_use]
pub enum Exit<'gc> {
    /// The first call of the turn returned this.
    Returned(Value<'gc>),
    /// The first call of the turn threw this.
    Threw(Value<'gc>),
    /// A fiber waits: its turn ends so.
    Step(Step<'gc>),
    /// The heap is to be at a safepoint before the interpreter goes on.
    Safepoint,
}

/// A jump from the instruction at `pc`.
#[inline(always)]
fn target(pc: usize, offset: i32) -> usize {
    pc.wrapping_add_signed(offset as isize)
}

/// Whether a condition holds, of values that decide it without conversion.
#[inline(always)]
fn truthy(value: Value<'_>) -> bool {
    match value.as_bool() {
        Some(condition) => condition,
        None => convert::to_boolean(value),
    }
}

/// `x === y`, of values that decide it without their contents.
#[inline(always)]
fn same<'gc>(x: Value<'gc>, y: Value<'gc>) -> Option<bool> {
    if x.word().is_int() && y.word().is_int() {
        return Some(x.same(y));
    }
    // Strings have contents; `0` is `-0`, and NaN is not NaN.
    let plain = |value: Value<'gc>| !value.is_heap() && !value.word().is_double();
    if x.same(y) && (plain(x) || x.is_heap()) {
        return Some(true);
    }
    (plain(x) && plain(y) || x.word().is_number() != y.word().is_number()).then_some(false)
}

/// Does what an instruction does, with arguments of a native from `first` on as its operands.
pub(crate) fn operate<'gc>(host: &mut Host<'_, 'gc>, function: usize, pc: usize, first: usize) -> Outcome<'gc> {
    let code = host.vm.code.clone();
    let proto = &code.program.functions[function];
    slow::again(host.mc, host.vm, proto, host.place_of(first), proto.code[pc])
}

/// Runs the innermost frame and all that it calls, until the interpreter has to leave.
pub fn run<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>) -> Exit<'gc> {
    let code = vm.code.clone();
    let program = &code.program;
    'frame: loop {
        let Some(frame) = vm.frames.last() else { return Exit::Returned(Value::UNDEFINED) };
        let (base, mut pc) = (frame.base as usize, frame.pc as usize);
        let proto: &Proto = &program.functions[frame.function as usize];
        let instrs: &[Instr] = &proto.code;
        let size = proto.registers as usize;

        // The registers of the frame.
        macro_rules! window {
            () => {
                &mut vm.stack[base..base + size]
            };
        }
        let mut regs = window!();
        let upvalues: &[Slot<'gc>] = regs[0].downcast::<Closure>().map_or(&[], |closure| closure.as_ref().slots());

        // What an instruction could not do ends up behind this loop.
        let stop = loop {
            let instr = instrs[pc];
            pc += 1;
            let (a, b, c) = (instr.a as usize, instr.b as usize, instr.c as usize);

            // Calls what needs the whole VM; then goes on with the result.
            macro_rules! ask {
                ($call:expr) => {{
                    *vm.pc = pc as u32;
                    let asked = $call;
                    match asked {
                        Ok(answer) => {
                            regs = window!();
                            answer
                        }
                        Err(stop) => break stop,
                    }
                }};
            }
            // Leaves when the heap wants a safepoint: all that the instruction does is done.
            macro_rules! poll {
                () => {
                    if mc.wants_safepoint() {
                        return safepoint(vm, pc);
                    }
                };
            }
            macro_rules! slow {
                () => {
                    ask!(slow::execute(mc, vm, proto, base, instr))
                };
            }
            // `R[a] = R[b] op R[c]`: of integers where the result is one, of numbers, of anything.
            macro_rules! arithmetic {
                ($x:ident, $y:ident, $int:expr, $double:expr) => {{
                    let (left, right) = (regs[b], regs[c]);
                    if let (Some($x), Some($y)) = (left.as_int(), right.as_int())
                        && let Some(result) = $int
                    {
                        regs[a] = Value::int(result);
                    } else if let (Some($x), Some($y)) = (left.as_number(), right.as_number()) {
                        regs[a] = number::value($double);
                    } else {
                        ask!(slow::operate(mc, vm, base, instr))
                    }
                }};
            }
            macro_rules! bitwise {
                ($x:ident, $y:ident, $result:expr) => {{
                    if let (Some($x), Some($y)) = (regs[b].as_int(), regs[c].as_int()) {
                        regs[a] = $result;
                    } else {
                        ask!(slow::operate(mc, vm, base, instr))
                    }
                }};
            }
            // Whether `x op y`: of integers, of numbers, of anything.
            macro_rules! compare {
                ($left:expr, $right:expr, $op:tt) => {{
                    let (left, right): (Value<'gc>, Value<'gc>) = ($left, $right);
                    if let (Some(x), Some(y)) = (left.as_int(), right.as_int()) {
                        x $op y
                    } else if let (Some(x), Some(y)) = (left.as_number(), right.as_number()) {
                        x $op y
                    } else {
                        ask!(slow::relation(mc, vm, instr.op, left, right))
                    }
                }};
            }
            macro_rules! equal {
                ($left:expr, $right:expr) => {{
                    let (left, right): (Value<'gc>, Value<'gc>) = ($left, $right);
                    match same(left, right) {
                        Some(same) => same,
                        None => ask!(slow::relation(mc, vm, Op::StrictEq, left, right)),
                    }
                }};
            }
            macro_rules! jump_if {
                ($condition:expr, $offset:expr) => {
                    if $condition == (instr.n != 0) {
                        pc = target(pc, $offset);
                    }
                };
            }
            let wide = || instr.wide() as i32;
            let near = || i32::from(instr.c as i16);
            let imm = |operand: u16| i32::from(operand as i16);

            match instr.op {
                Op::Undefined => regs[a] = Value::UNDEFINED,
                Op::Null => regs[a] = Value::NIL,
                Op::Bool => regs[a] = Value::bool(b != 0),
                Op::Hole => regs[a] = Value::HOLE,
                Op::Int => regs[a] = Value::int(wide()),
                Op::Number => regs[a] = Value::double(program.numbers[instr.wide() as usize]),
                Op::String => regs[a] = vm.strings[instr.wide() as usize],
                Op::Move => regs[a] = regs[b],

                Op::GetGlobal => match vm.globals[instr.wide() as usize] {
                    value if value.word().is_hole() => slow!(),
                    value => regs[a] = value,
                },
                Op::GetGlobalOrUndefined => match vm.globals[instr.wide() as usize] {
                    value if !value.word().is_hole() => regs[a] = value,
                    _ if program.globals[instr.wide() as usize].declared => slow!(),
                    _ => regs[a] = Value::UNDEFINED,
                },
                Op::SetGlobal => match &mut vm.globals[instr.wide() as usize] {
                    global if global.word().is_hole() => slow!(),
                    global => *global = regs[a],
                },
                Op::InitGlobal => vm.globals[instr.wide() as usize] = regs[a],
                Op::GetUpvalue => regs[a] = upvalues[b].get(),
                Op::GetUpvalueBox => match box_of(upvalues[b].get()) {
                    Some(variable) if !variable.value.get().word().is_hole() => regs[a] = variable.value.get(),
                    _ => break ask_uninitialised(mc, vm, pc, instr.c),
                },
                Op::SetUpvalueBox => match box_of(upvalues[b].get()) {
                    Some(variable) if !variable.value.get().word().is_hole() => set_box(mc, variable, regs[a]),
                    _ => break ask_uninitialised(mc, vm, pc, instr.c),
                },
                Op::NewBox => {
                    let value = regs[b];
                    regs[a] = ask!(function::variable(mc, value)).into();
                }
                Op::GetBox => match box_of(regs[b]) {
                    Some(variable) if !variable.value.get().word().is_hole() => regs[a] = variable.value.get(),
                    _ => break ask_uninitialised(mc, vm, pc, instr.c),
                },
                Op::SetBox => match box_of(regs[b]) {
                    Some(variable) if !variable.value.get().word().is_hole() => set_box(mc, variable, regs[a]),
                    _ => break ask_uninitialised(mc, vm, pc, instr.c),
                },
                Op::InitBox => {
                    if let Some(variable) = box_of(regs[b]) {
                        set_box(mc, variable, regs[a]);
                    }
                }
                Op::CheckInit => {
                    if regs[a].word().is_hole() {
                        slow!();
                    }
                }

                Op::Add => arithmetic!(x, y, x.checked_add(y), x + y),
                Op::Sub => arithmetic!(x, y, x.checked_sub(y), x - y),
                // A product of zero may be `-0`.
                Op::Mul => arithmetic!(x, y, x.checked_mul(y).filter(|&product| product != 0), x * y),
                Op::Div => {
                    if let (Some(x), Some(y)) = (regs[b].as_number(), regs[c].as_number()) {
                        regs[a] = number::value(x / y);
                    } else {
                        ask!(slow::operate(mc, vm, base, instr))
                    }
                }
                Op::Rem => arithmetic!(x, y, (x >= 0 && y > 0).then(|| x % y), x % y),
                Op::BitAnd => bitwise!(x, y, Value::int(x & y)),
                Op::BitOr => bitwise!(x, y, Value::int(x | y)),
                Op::BitXor => bitwise!(x, y, Value::int(x ^ y)),
                Op::Shl => bitwise!(x, y, Value::int(x.wrapping_shl(y as u32))),
                Op::Shr => bitwise!(x, y, Value::int(x.wrapping_shr(y as u32))),
                Op::ShrUnsigned => bitwise!(x, y, number::value(f64::from((x as u32).wrapping_shr(y as u32)))),
                Op::AddInt | Op::SubInt => {
                    let delta = if instr.op == Op::AddInt { imm(instr.c) } else { -imm(instr.c) };
                    let left = regs[b];
                    if let Some(x) = left.as_int()
                        && let Some(sum) = x.checked_add(delta)
                    {
                        regs[a] = Value::int(sum);
                    } else if let Some(x) = left.as_number() {
                        // Not `x + delta`: `-0 - 0` is `-0`.
                        let imm = f64::from(imm(instr.c));
                        regs[a] = number::value(if instr.op == Op::AddInt { x + imm } else { x - imm });
                    } else {
                        ask!(slow::operate(mc, vm, base, instr))
                    }
                }
                Op::Neg => match regs[b].as_int() {
                    Some(x) if x != 0 && x != i32::MIN => regs[a] = Value::int(-x),
                    _ => ask!(slow::operate(mc, vm, base, instr)),
                },
                Op::ToNumber => match regs[b] {
                    value if value.word().is_number() => regs[a] = value,
                    _ => ask!(slow::operate(mc, vm, base, instr)),
                },
                Op::Not => regs[a] = Value::bool(!truthy(regs[b])),
                Op::Lt => regs[a] = Value::bool(compare!(regs[b], regs[c], <)),
                Op::Le => regs[a] = Value::bool(compare!(regs[b], regs[c], <=)),
                Op::Gt => regs[a] = Value::bool(compare!(regs[b], regs[c], >)),
                Op::Ge => regs[a] = Value::bool(compare!(regs[b], regs[c], >=)),
                Op::StrictEq => regs[a] = Value::bool(equal!(regs[b], regs[c])),
                Op::StrictNe => regs[a] = Value::bool(!equal!(regs[b], regs[c])),

                Op::Jump => pc = target(pc, wide()),
                Op::Loop => {
                    pc = target(pc, wide());
                    poll!();
                }
                Op::JumpIf => jump_if!(truthy(regs[a]), wide()),
                Op::JumpNullish => jump_if!(regs[a].is_nil() || regs[a].word().is_undefined(), wide()),
                Op::JumpUndefined => jump_if!(regs[a].word().is_undefined(), wide()),
                Op::JumpLt => jump_if!(compare!(regs[a], regs[b], <), near()),
                Op::JumpLe => jump_if!(compare!(regs[a], regs[b], <=), near()),
                Op::JumpGt => jump_if!(compare!(regs[a], regs[b], >), near()),
                Op::JumpGe => jump_if!(compare!(regs[a], regs[b], >=), near()),
                Op::JumpStrictEq => jump_if!(equal!(regs[a], regs[b]), near()),
                Op::JumpLtInt => jump_if!(compare!(regs[a], Value::int(imm(instr.b)), <), near()),
                Op::JumpLeInt => jump_if!(compare!(regs[a], Value::int(imm(instr.b)), <=), near()),
                Op::JumpGtInt => jump_if!(compare!(regs[a], Value::int(imm(instr.b)), >), near()),
                Op::JumpGeInt => jump_if!(compare!(regs[a], Value::int(imm(instr.b)), >=), near()),
                Op::JumpStrictEqInt => jump_if!(equal!(regs[a], Value::int(imm(instr.b))), near()),

                Op::GetProp | Op::GetMethod | Op::GetLength => {
                    let site: &Site = &proto.sites[c];
                    let receiver = regs[b];
                    if instr.op == Op::GetLength
                        && let Some(array) = receiver.downcast::<Array>()
                    {
                        regs[a] = number::from_usize(array.len());
                        continue;
                    }
                    let found = cache::get_cached(vm, receiver, site);
                    regs = window!();
                    match found {
                        Some(value) => {
                            regs[a] = value;
                            if instr.op == Op::GetMethod {
                                regs[a + 1] = receiver;
                            }
                        }
                        None => ask!(slow::get(mc, vm, site, base, instr)),
                    }
                }
                Op::SetProp => {
                    let site: &Site = &proto.sites[c];
                    let (receiver, value) = (regs[a], regs[b]);
                    let done = cache::set_cached(mc, vm, receiver, site, value);
                    regs = window!();
                    if !done {
                        ask!(slow::set(mc, vm, site, base, instr));
                    }
                }
                Op::GetIndex => {
                    if let Some(array) = regs[b].downcast::<Array>()
                        && let Some(index) = regs[c].as_int()
                        && let Some(value) = array.get(index as usize)
                    {
                        regs[a] = value;
                    } else {
                        slow!();
                    }
                }
                Op::SetIndex => {
                    let done = match (regs[a].downcast::<Array>(), regs[b].as_int()) {
                        (Some(array), Some(index)) if !array.is_frozen() => {
                            array::set(mc, array, index as usize, regs[c])
                        }
                        _ => false,
                    };
                    if !done {
                        slow!();
                    }
                }
                Op::IterNext => match ask!(slow::iter_next(mc, vm, base + b)) {
                    Some(value) => regs[a] = value,
                    None => pc = target(pc, near()),
                },

                Op::Call => {
                    let at = base + a;
                    if let Some(closure) = regs[a].downcast::<Closure>() {
                        let function = *closure.head.function;
                        let callee = &program.functions[function as usize];
                        *vm.pc = pc as u32;
                        let depth = vm.frames.len() - 1;
                        vm.frames[depth].pc = pc as u32;
                        if let Err(stop) = call::enter(mc, vm, callee, function, at, b, Ends::Call) {
                            break stop;
                        }
                        if mc.wants_safepoint() {
                            return safepoint(vm, 0);
                        }
                        continue 'frame;
                    }
                    save(vm, pc);
                    match ask!(call::execute(mc, vm, at, instr.op, b)) {
                        Called::Frame => continue 'frame,
                        Called::Value(value) => regs[a] = value,
                    }
                }
                Op::CallSpread | Op::New | Op::NewSpread => {
                    save(vm, pc);
                    match ask!(call::execute(mc, vm, base + a, instr.op, b)) {
                        Called::Frame => continue 'frame,
                        Called::Value(value) => regs[a] = value,
                    }
                }
                Op::Return => {
                    let value = regs[a];
                    match call::leave(vm, value) {
                        None => continue 'frame,
                        Some(exit) => return exit,
                    }
                }
                Op::Throw => {
                    *vm.pc = pc as u32;
                    break Stop::Throw(regs[a]);
                }

                Op::ReturnAsync => {
                    *vm.pc = pc as u32;
                    let (promise, value) = (regs[proto.promise as usize], regs[a]);
                    match call::leave_async(mc, vm, promise, value) {
                        Ok(None) => continue 'frame,
                        Ok(Some(exit)) => return exit,
                        Err(stop) => break stop,
                    }
                }
                Op::Await | Op::JoinAwait => {
                    *vm.pc = pc as u32;
                    match fiber::suspend(mc, vm, instr) {
                        Ok(None) => continue 'frame,
                        Ok(Some(exit)) => return exit,
                        Err(stop) => break stop,
                    }
                }

                _ => slow!(),
            }
        };
        if let Some(exit) = unwind::stop(mc, vm, stop) {
            return exit;
        }
    }
}

/// The box of a variable.
#[inline(always)]
fn box_of<'gc>(value: Value<'gc>) -> Option<Gc<'gc, Variable<'gc>>> {
    value.downcast()
}

#[inline(always)]
fn set_box<'gc>(mc: &Mutation<'gc>, variable: Gc<'gc, Variable<'gc>>, value: Value<'gc>) {
    variable.write(mc).value().set(value);
}

#[cold]
fn ask_uninitialised<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, pc: usize, name: u16) -> Stop<'gc> {
    *vm.pc = pc as u32;
    slow::uninitialised(mc, vm, Atom(u32::from(name)))
}

/// The innermost frame goes on from here.
#[inline(always)]
fn save(vm: &mut Vm<'_>, pc: usize) {
    if let Some(frame) = vm.frames.last_mut() {
        frame.pc = pc as u32;
    }
}

#[cold]
fn safepoint<'gc>(vm: &mut Vm<'gc>, pc: usize) -> Exit<'gc> {
    save(vm, pc);
    vm.progress.refusals = Refusals::default();
    Exit::Safepoint
}
