//! Instructions in full: what the loop in [`super`] does not do itself, or only in the simplest cases.
//!
//! Invariant: each reads its operands from the stack and writes its result there, last.

use std::cmp::Ordering;

use mangrove_gc::{Gc, Mutation, Value};
use mangrove_scheduler::JoinKind;

use super::call::{self, text_of};
use crate::atoms::names;
use crate::bytecode::{Atom, Capture, Instr, Op, Proto, Site};
use crate::machine::Vm;
use crate::runtime::array::{self, Array};
use crate::runtime::error::{self, ErrorKind};
use crate::runtime::function::{self, Closure};
use crate::runtime::object::{self, Object};
use crate::runtime::promise;
use crate::runtime::{Outcome, Stop, cache, convert, iterator, operators, property, string};

/// Operators: `R[a] = R[b] op R[c]`, and those with one operand.
#[inline(never)]
pub(super) fn operate<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, base: usize, instr: Instr) -> Outcome<'gc, ()> {
    let (x, y) = (vm.stack[base + instr.b as usize], Value::int(i32::from(instr.c as i16)));
    let y = match instr.op {
        Op::AddInt | Op::SubInt => y,
        _ => vm.stack.get(base + instr.c as usize).copied().unwrap_or(Value::UNDEFINED),
    };
    let value = match instr.op {
        Op::Add | Op::AddInt => operators::add(mc, vm, x, y)?,
        Op::Sub | Op::SubInt => operators::sub(mc, vm, x, y)?,
        Op::Mul => operators::mul(mc, vm, x, y)?,
        Op::Div => operators::div(mc, vm, x, y)?,
        Op::Rem => operators::rem(mc, vm, x, y)?,
        Op::Pow => operators::pow(mc, vm, x, y)?,
        Op::BitAnd => operators::bit_and(mc, vm, x, y)?,
        Op::BitOr => operators::bit_or(mc, vm, x, y)?,
        Op::BitXor => operators::bit_xor(mc, vm, x, y)?,
        Op::Shl => operators::shl(mc, vm, x, y)?,
        Op::Shr => operators::shr(mc, vm, x, y)?,
        Op::ShrUnsigned => operators::shr_unsigned(mc, vm, x, y)?,
        Op::Neg => operators::neg(mc, vm, x)?,
        Op::BitNot => operators::bit_not(mc, vm, x)?,
        Op::ToNumber => operators::to_number(mc, vm, x)?,
        Op::Not => Value::bool(!convert::to_boolean(x)),
        Op::Typeof => convert::typeof_(vm, x),
        Op::Instanceof => Value::bool(operators::instance_of(mc, vm, x, y)?),
        Op::In => Value::bool(operators::is_in(mc, vm, x, y)?),
        op => Value::bool(relation(mc, vm, op, x, y)?),
    };
    vm.stack[base + instr.a as usize] = value;
    Ok(())
}

/// Whether `x op y`, of a comparison or a jump by one.
#[inline(never)]
pub(super) fn relation<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    op: Op,
    x: Value<'gc>,
    y: Value<'gc>,
) -> Outcome<'gc, bool> {
    let mut order = |holds: fn(Ordering) -> bool| Ok(operators::compare(mc, vm, x, y)?.is_some_and(holds));
    match op {
        Op::Lt | Op::JumpLt | Op::JumpLtInt => order(Ordering::is_lt),
        Op::Le | Op::JumpLe | Op::JumpLeInt => order(Ordering::is_le),
        Op::Gt | Op::JumpGt | Op::JumpGtInt => order(Ordering::is_gt),
        Op::Ge | Op::JumpGe | Op::JumpGeInt => order(Ordering::is_ge),
        Op::Eq => operators::loose_equal(mc, vm, x, y),
        Op::Ne => Ok(!operators::loose_equal(mc, vm, x, y)?),
        Op::StrictNe => Ok(!operators::strict_equal(mc, x, y)?),
        _ => operators::strict_equal(mc, x, y),
    }
}

/// All other instructions that need more than registers.
#[inline(never)]
pub(super) fn execute<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    proto: &Proto,
    base: usize,
    instr: Instr,
) -> Outcome<'gc, ()> {
    let (a, b, c) = (base + instr.a as usize, base + instr.b as usize, base + instr.c as usize);
    match instr.op {
        Op::GetGlobal | Op::GetGlobalOrUndefined | Op::SetGlobal => return Err(no_global(mc, vm, instr.wide())),
        Op::ThrowConst => return Err(error::type_error(mc, vm, "Assignment to constant variable.")),
        Op::CheckInit => return Err(uninitialised(mc, vm, Atom(instr.wide()))),
        Op::Concat => vm.stack[a] = concat(mc, vm, b, instr.c as usize)?,
        Op::NewObject => vm.stack[a] = new_object(mc, vm, proto, b, instr.c)?,
        Op::NewArray => vm.stack[a] = array::new(mc, &vm.stack[b..b + instr.c as usize])?.into(),
        Op::Append => array::push(mc, array_at(vm, a), vm.stack[b])?,
        Op::AppendAll => {
            let (to, from) = (array_at(vm, a), vm.stack[b]);
            let text = text_of(vm).unwrap_or_default();
            iterator::collect_into(mc, vm, to, from, &text)?;
        }
        Op::GetIndex => vm.stack[a] = property::get_index(mc, vm, vm.stack[b], vm.stack[c])?,
        Op::SetIndex => property::set_index(mc, vm, vm.stack[a], vm.stack[b], vm.stack[c])?,
        Op::DeleteIndex => vm.stack[a] = Value::bool(property::delete_index(mc, vm, vm.stack[b], vm.stack[c])?),
        Op::CopyProps => {
            if let Some(to) = vm.stack[a].downcast::<Object>() {
                property::copy_properties(mc, vm, to, vm.stack[b], &[])?;
            }
        }
        Op::ObjectRest => {
            let without = vm.stack[c..c + instr.n as usize].to_vec();
            let rest = object::new_plain(mc, vm)?;
            property::copy_properties(mc, vm, rest, vm.stack[b], &without)?;
            vm.stack[a] = rest.into();
        }
        Op::CheckObject => return check_object(mc, vm, vm.stack[a]),
        Op::IterStart => {
            let text = text_of(vm).unwrap_or_default();
            let (first, second) = iterator::start(mc, vm, vm.stack[b], &text)?;
            (vm.stack[a], vm.stack[a + 1]) = (first, second);
        }
        Op::IterStep => vm.stack[a] = iter_next(mc, vm, b)?.unwrap_or(Value::UNDEFINED),
        Op::IterRest => {
            let rest = iterator::rest(mc, vm.stack[b], vm.stack[b + 1])?;
            let rest = array::new(mc, &rest)?;
            iterator::exhaust(mc, vm.stack[b]);
            vm.stack[a] = rest.into();
        }
        Op::ForInKeys => {
            let from = vm.stack[b];
            let keys = match from.is_nil() || from.word().is_undefined() {
                true => Vec::new(),
                false => property::keys(mc, vm, from)?,
            };
            vm.stack[a] = array::new(mc, &keys)?.into();
        }
        Op::Closure => vm.stack[a] = closure(mc, vm, base, instr.wide())?,
        Op::SpawnTask => vm.stack[a] = promise::new(mc)?.into(),
        Op::JoinInit => {
            let (kind, count) = JoinKind::decode(instr.c);
            let elements = vm.stack[b..b + count as usize].to_vec();
            vm.stack[a] = promise::combine(mc, vm, kind, &elements)?;
        }
        Op::CancelTask => crate::events::clear_timeout(mc, vm, vm.stack[a]),
        Op::ForInHas => {
            let key = property::to_key(mc, vm, vm.stack[c])?;
            vm.stack[a] = Value::bool(property::has(mc, vm, vm.stack[b], key, true)?);
        }
        Op::Pow | Op::Eq | Op::Ne | Op::In | Op::Instanceof | Op::BitNot | Op::Typeof => {
            return operate(mc, vm, base, instr);
        }
        // The loop has these.
        Op::Undefined
        | Op::Null
        | Op::Bool
        | Op::Hole
        | Op::Int
        | Op::Number
        | Op::String
        | Op::Move
        | Op::InitGlobal
        | Op::GetUpvalue
        | Op::GetUpvalueBox
        | Op::SetUpvalueBox
        | Op::NewBox
        | Op::GetBox
        | Op::SetBox
        | Op::InitBox
        | Op::Add
        | Op::Sub
        | Op::Mul
        | Op::Div
        | Op::Rem
        | Op::BitAnd
        | Op::BitOr
        | Op::BitXor
        | Op::Shl
        | Op::Shr
        | Op::ShrUnsigned
        | Op::AddInt
        | Op::SubInt
        | Op::StrictEq
        | Op::StrictNe
        | Op::Lt
        | Op::Le
        | Op::Gt
        | Op::Ge
        | Op::Neg
        | Op::ToNumber
        | Op::Not
        | Op::Jump
        | Op::Loop
        | Op::JumpIf
        | Op::JumpNullish
        | Op::JumpUndefined
        | Op::JumpLt
        | Op::JumpLe
        | Op::JumpGt
        | Op::JumpGe
        | Op::JumpStrictEq
        | Op::JumpLtInt
        | Op::JumpLeInt
        | Op::JumpGtInt
        | Op::JumpGeInt
        | Op::JumpStrictEqInt
        | Op::GetProp
        | Op::SetProp
        | Op::GetLength
        | Op::GetMethod
        | Op::IterNext
        | Op::Call
        | Op::CallSpread
        | Op::New
        | Op::NewSpread
        | Op::Return
        | Op::Throw
        | Op::ReturnAsync
        | Op::Await
        | Op::JoinAwait => {
            debug_assert!(false, "{instr:?}");
        }
    }
    Ok(())
}

/// What registers an instruction reads, those that it may want to be primitive first and in that order; and the same
/// instruction for when they are in registers from 0 on.
fn renumbered(instr: Instr) -> (Vec<u16>, Instr) {
    let Instr { op, a, b, c, .. } = instr;
    match op {
        Op::Concat => ((b..b + c).collect(), Instr { a: 0, b: 0, ..instr }),
        Op::SetProp => (vec![b, a], Instr { a: 1, b: 0, ..instr }),
        Op::SetIndex => (vec![b, c, a], Instr { a: 2, b: 0, c: 1, ..instr }),
        Op::GetIndex | Op::DeleteIndex => (vec![c, b], Instr { a: 0, b: 1, c: 0, ..instr }),
        Op::AddInt | Op::SubInt => (vec![b], Instr { a: 0, b: 0, ..instr }),
        Op::JumpLt | Op::JumpLe | Op::JumpGt | Op::JumpGe => (vec![a, b], Instr { a: 0, b: 1, ..instr }),
        Op::JumpLtInt | Op::JumpLeInt | Op::JumpGtInt | Op::JumpGeInt => (vec![a], Instr { a: 0, ..instr }),
        _ => (vec![b, c], Instr { a: 0, b: 0, c: 1, ..instr }),
    }
}

/// Appends the operands of an instruction of a frame whose registers these are.
pub(super) fn operands<'gc>(registers: &[Value<'gc>], instr: Instr, to: &mut Vec<Value<'gc>>) {
    let operand = |at: u16| registers.get(at as usize).copied().unwrap_or(Value::UNDEFINED);
    to.extend(renumbered(instr).0.into_iter().map(operand));
}

/// Does what an instruction does, with its operands from `base` on: its result, or whether it jumps.
pub(super) fn again<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    proto: &Proto,
    base: usize,
    instr: Instr,
) -> Outcome<'gc> {
    let (_, instr) = renumbered(instr);
    let x = vm.stack[base];
    match instr.op {
        Op::JumpLt | Op::JumpLe | Op::JumpGt | Op::JumpGe => {
            return Ok(relation(mc, vm, instr.op, x, vm.stack[base + 1])?.into());
        }
        Op::JumpLtInt | Op::JumpLeInt | Op::JumpGtInt | Op::JumpGeInt => {
            return Ok(relation(mc, vm, instr.op, x, Value::int(i32::from(instr.b as i16)))?.into());
        }
        Op::SetProp => set(mc, vm, &proto.sites[instr.c as usize], base, instr)?,
        Op::Concat | Op::GetIndex | Op::SetIndex | Op::DeleteIndex => execute(mc, vm, proto, base, instr)?,
        _ => operate(mc, vm, base, instr)?,
    }
    Ok(vm.stack[base])
}

/// Does with the result what the innermost frame's instruction, the one before its next, does with it.
pub(super) fn finish<'gc>(vm: &mut Vm<'gc>, result: Value<'gc>) {
    let Vm { frames, stack, code, .. } = vm;
    let Some(frame) = frames.last_mut() else { return };
    let instr = code.program.functions[frame.function as usize].code[frame.pc as usize - 1];
    let a = frame.base as usize + instr.a as usize;
    match instr.op {
        Op::SetProp | Op::SetIndex => {}
        Op::JumpLt
        | Op::JumpLe
        | Op::JumpGt
        | Op::JumpGe
        | Op::JumpLtInt
        | Op::JumpLeInt
        | Op::JumpGtInt
        | Op::JumpGeInt => {
            if result.same(Value::bool(instr.n != 0)) {
                frame.pc = frame.pc.wrapping_add_signed(i32::from(instr.c as i16));
            }
        }
        _ => stack[a] = result,
    }
}

/// The next value of the iterator in two registers.
#[inline]
pub(super) fn iter_next<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, at: usize) -> Outcome<'gc, Option<Value<'gc>>> {
    let Some((value, second)) = iterator::next(mc, vm.stack[at], vm.stack[at + 1])? else { return Ok(None) };
    vm.stack[at + 1] = second;
    Ok(Some(value))
}

/// `R[a] = R[b].name`: fills the cache of the site.
#[inline(never)]
pub(super) fn get<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    site: &Site,
    base: usize,
    instr: Instr,
) -> Outcome<'gc, ()> {
    let receiver = vm.stack[base + instr.b as usize];
    let value = cache::get_site(mc, vm, receiver, site)?;
    let a = base + instr.a as usize;
    vm.stack[a] = value;
    if instr.op == Op::GetMethod {
        vm.stack[a + 1] = receiver;
    }
    Ok(())
}

/// `R[a].name = R[b]`: fills the cache of the site.
#[inline(never)]
pub(super) fn set<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    site: &Site,
    base: usize,
    instr: Instr,
) -> Outcome<'gc, ()> {
    let (receiver, value) = (vm.stack[base + instr.a as usize], vm.stack[base + instr.b as usize]);
    cache::set_site(mc, vm, receiver, site, value)
}

/// An array that a literal or a spread call is filling.
fn array_at<'gc>(vm: &Vm<'gc>, at: usize) -> Gc<'gc, Array<'gc>> {
    vm.stack[at].downcast().expect("the compiler put an array there")
}

fn new_object<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, proto: &Proto, from: usize, template: u16) -> Outcome<'gc> {
    let names = &proto.templates[template as usize];
    let function = vm.frames.last().map_or(0, |frame| frame.function as usize);
    let shape = vm.templates[function][template as usize];
    let mut few = [Value::UNDEFINED; 16];
    let object = match few.get_mut(..names.len()) {
        Some(values) => {
            values.copy_from_slice(&vm.stack[from..from + names.len()]);
            object::new_with(mc, vm, shape, names, values)?
        }
        None => {
            let values = vm.stack[from..from + names.len()].to_vec();
            object::new_with(mc, vm, shape, names, &values)?
        }
    };
    Ok(object.into())
}

fn closure<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, base: usize, function: u32) -> Outcome<'gc> {
    let code = vm.code.clone();
    let captures = &code.program.functions[function as usize].captures;
    let outer = vm.stack[base].downcast::<Closure>();
    let capture = |capture: &Capture| match *capture {
        Capture::Register(register) => vm.stack[base + register as usize],
        Capture::Upvalue(upvalue) => outer.and_then(|outer| outer.get(upvalue as usize)).unwrap_or(Value::UNDEFINED),
    };
    let mut few = [Value::UNDEFINED; 8];
    let closure = match few.get_mut(..captures.len()) {
        Some(values) => {
            values.iter_mut().zip(captures).for_each(|(value, from)| *value = capture(from));
            function::closure(mc, function, values)?
        }
        None => function::closure(mc, function, &captures.iter().map(capture).collect::<Vec<_>>())?,
    };
    Ok(closure.into())
}

fn concat<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, from: usize, count: usize) -> Outcome<'gc> {
    let mut text = match vm.stack.get(from) {
        Some(&first) if count > 0 => convert::to_string(mc, vm, first)?,
        _ => string::empty(),
    };
    for at in from + 1..from + count {
        let next = convert::to_string(mc, vm, vm.stack[at])?;
        text = string::concat(mc, text, next)?;
    }
    Ok(text)
}

#[cold]
fn check_object<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> Outcome<'gc, ()> {
    let (what, described) = match value {
        value if value.is_nil() => ("null", "'object null'"),
        value if value.word().is_undefined() => ("undefined", "'undefined'"),
        _ => return Ok(()),
    };
    let text = call::text_of(vm).unwrap_or_default();
    // As `text_of` says it, what stands for the value may follow.
    let described = if text.is_empty() || text.ends_with(' ') { described } else { "" };
    Err(error::type_error(mc, vm, &format!("Cannot destructure {text}{described} as it is {what}.")))
}

/// A global that has no value.
#[cold]
fn no_global<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, global: u32) -> Stop<'gc> {
    let global = vm.code.program.globals[global as usize].clone();
    if global.declared {
        return uninitialised(mc, vm, global.name);
    }
    let name = vm.code.atoms.text(global.name);
    error::throw(mc, vm, ErrorKind::ReferenceError, &format!("{name} is not defined"))
}

/// A variable that has no value yet.
#[cold]
pub(super) fn uninitialised<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, name: Atom) -> Stop<'gc> {
    let text = vm.code.atoms.text(name);
    let message = match name == names::EMPTY {
        true => "Cannot access a variable before initialization".into(),
        false => format!("Cannot access '{text}' before initialization"),
    };
    error::throw(mc, vm, ErrorKind::ReferenceError, &message)
}
