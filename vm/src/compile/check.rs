//! [`check`](fn@check): that code is sound to run, whatever it means.

use mangrove_scheduler::JoinKind;

use crate::bytecode::{Capture, Op, Program, Proto};
use crate::operands::{Operand, operands};

/// Checks all functions of a program: registers, constants and jumps are in range, handlers are ordered, the last
/// instruction does not fall through, back-edges poll.
///
/// # Panics
///
/// When one is not: that is an error in the compiler.
pub fn check(program: &Program) {
    for (index, proto) in program.functions.iter().enumerate() {
        if let Err(what) = function(program, proto) {
            panic!("function {index} {:?}: {what}", proto.name);
        }
    }
}

fn function(program: &Program, proto: &Proto) -> Result<(), String> {
    let length = proto.code.len() as u32;
    for (pc, instr) in proto.code.iter().enumerate() {
        for operand in operands(*instr) {
            if !fits(program, proto, pc as i64, instr.op, operand) {
                return Err(format!("{pc}: {instr:?}: {operand:?} is out of range"));
            }
        }
        if let Op::Closure = instr.op {
            captures(program, proto, instr.wide()).map_err(|what| format!("{pc}: {what}"))?;
        }
    }
    let ends = |op| matches!(op, Op::Jump | Op::Loop | Op::Return | Op::ReturnAsync | Op::ReturnUndefined | Op::Throw);
    if !proto.code.last().is_some_and(|last| ends(last.op) || last.op == Op::ThrowConst) {
        return Err("the code has no end".to_owned());
    }
    for (index, handler) in proto.handlers.iter().enumerate() {
        let whole = handler.from < handler.to && handler.to <= length && handler.target < length;
        if !whole || handler.register >= proto.registers {
            return Err(format!("{handler:?} is out of range"));
        }
        // Of two ranges with a common instruction, the one that is inside the other comes first.
        for outer in &proto.handlers[index + 1..] {
            let apart = outer.to <= handler.from || handler.to <= outer.from;
            if !(apart || outer.from <= handler.from && handler.to <= outer.to) {
                return Err(format!("{handler:?} comes before {outer:?}"));
            }
        }
    }
    let fixed = 2 + u32::from(proto.params) + u32::from(proto.rest) + u32::from(proto.is_async);
    if u32::from(proto.registers) < fixed || proto.is_async && u32::from(proto.promise) + 1 != fixed {
        return Err("the frame is too small".to_owned());
    }
    let sorted = proto.positions.is_sorted_by(|a, b| a.0 < b.0) && proto.callees.is_sorted_by(|a, b| a.0 < b.0);
    if !sorted || proto.callees.iter().any(|&(pc, _)| pc >= length) {
        return Err("positions or callees are out of order".to_owned());
    }
    Ok(())
}

fn fits(program: &Program, proto: &Proto, pc: i64, op: Op, operand: Operand) -> bool {
    let row = |first: u16, count: usize| count == 0 || usize::from(first) + count <= usize::from(proto.registers);
    match operand {
        Operand::Register(register) => register < proto.registers,
        Operand::Row(first, count) => row(first, count.into()),
        Operand::Upvalue(upvalue) => usize::from(upvalue) < proto.captures.len(),
        Operand::Number(number) => (number as usize) < program.numbers.len(),
        Operand::Global(global) => (global as usize) < program.globals.len(),
        Operand::Site(site) => usize::from(site) < proto.sites.len(),
        Operand::Template(template, first) => {
            proto.templates.get(usize::from(template)).is_some_and(|template| row(first, template.len()))
        }
        Operand::Function(function) => (function as usize) < program.functions.len(),
        Operand::Join(operand, first) => row(first, JoinKind::decode(operand).1.into()),
        Operand::Offset(offset) => {
            let target = pc + 1 + i64::from(offset);
            let polls = op == Op::Loop || target > pc;
            (0..proto.code.len() as i64).contains(&target) && polls
        }
        Operand::Bool(_) | Operand::Int(_) | Operand::Atom(_) => true,
    }
}

/// What a closure captures is there in the function that makes it.
fn captures(program: &Program, proto: &Proto, function: u32) -> Result<(), String> {
    let captures = &program.functions[function as usize].captures;
    let there = |capture: &&Capture| match capture {
        Capture::Register(register) => *register < proto.registers,
        Capture::Upvalue(upvalue) => usize::from(*upvalue) < proto.captures.len(),
    };
    match captures.iter().find(|capture| !there(capture)) {
        Some(capture) => Err(format!("{capture:?} is out of range")),
        None => Ok(()),
    }
}
