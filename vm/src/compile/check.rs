//! [`check`](fn@check): that code is sound to run, whatever it means.

use mangrove_scheduler::JoinKind;

use crate::bytecode::{Capture, Handler, Op, Program, Proto};
use crate::operands::{Operand, operands};

/// Checks all functions of a program: registers, constants and jumps are in range, the last instruction does not fall
/// through, back-edges poll.
///
/// # Panics
///
/// When one is not: that is an error in the compiler.
pub fn check(program: &Program) {
    for (index, proto) in program.functions.iter().enumerate() {
        let wrong = proto.code.iter().enumerate().flat_map(|(pc, instr)| {
            let wrong = move |operand: &Operand| !fits(program, proto, pc as i64, instr.op, *operand);
            operands(*instr).into_iter().find(wrong).map(|operand| (pc, instr, operand))
        });
        assert_eq!(wrong.last().map(|wrong| format!("{wrong:?}")), None, "function {index} {:?}", proto.name);
        let ends = |op| matches!(op, Op::Jump | Op::Loop | Op::Return | Op::ReturnAsync | Op::Throw | Op::ThrowConst);
        assert!(proto.code.last().is_some_and(|last| ends(last.op)), "function {index} has no end");
        let length = proto.code.len() as u32;
        let whole = |handler: &Handler| handler.to <= length && handler.target < length;
        assert!(proto.handlers.iter().all(whole), "function {index}: {:?}", proto.handlers);
    }
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
        // What a closure captures is there in the function that makes it.
        Operand::Function(function) => program.functions.get(function as usize).is_some_and(|function| {
            function.captures.iter().all(|capture| match *capture {
                Capture::Register(register) => register < proto.registers,
                Capture::Upvalue(upvalue) => usize::from(upvalue) < proto.captures.len(),
            })
        }),
        Operand::Join(operand, first) => row(first, JoinKind::decode(operand).1.into()),
        Operand::Offset(offset) => {
            let target = pc + 1 + i64::from(offset);
            let polls = op == Op::Loop || target > pc;
            (0..proto.code.len() as i64).contains(&target) && polls
        }
        Operand::Bool(_) | Operand::Int(_) | Operand::Atom(_) => true,
    }
}
