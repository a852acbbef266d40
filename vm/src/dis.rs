//! [`disassemble`]: what was compiled, as text to read.
//!
//! Invariant: a name or number that an instruction refers to stands beside it; nobody needs to count.

use std::fmt::Write;

use mangrove_scheduler::JoinKind;

use crate::atoms::Atoms;
use crate::bytecode::{Atom, Capture, Program, Proto};
use crate::operands::{Operand, operands};
use crate::syntax::{locate, number_to_string};

/// The functions of a program from number `first` on, each with its instructions: pc, line, operation, operands, and
/// what they refer to.
pub fn disassemble(program: &Program, atoms: &Atoms, first: usize) -> String {
    (first..program.functions.len()).map(|index| function(program, atoms, index)).collect()
}

fn function(program: &Program, atoms: &Atoms, index: usize) -> String {
    let proto = &program.functions[index];
    let source = &program.sources[usize::from(proto.source)];
    let name = if proto.name.is_empty() { "(anonymous)" } else { &proto.name };
    let kind = if proto.is_async { "async function" } else { "function" };
    let rest = if proto.rest { " and rest" } else { "" };
    let mut out = format!(
        "{kind} {index} {name}  {}:{}  {} parameters{rest}, {} registers\n",
        source.name,
        locate(&source.text, proto.pos).0,
        proto.params,
        proto.registers
    );
    for (at, capture) in proto.captures.iter().enumerate() {
        let _ = match capture {
            Capture::Register(register) => writeln!(out, "  ^{at} = r{register} outside"),
            Capture::Upvalue(upvalue) => writeln!(out, "  ^{at} = ^{upvalue} outside"),
        };
    }
    let mut last = 0;
    for (pc, instr) in proto.code.iter().enumerate() {
        let from = proto.positions.partition_point(|&(at, _)| at as usize <= pc).checked_sub(1);
        let line = from.map_or(last, |at| locate(&source.text, proto.positions[at].1).0);
        let shown = if line == last { String::new() } else { line.to_string() };
        last = line;
        let (mut texts, mut notes) = (Vec::new(), Vec::new());
        for operand in operands(*instr) {
            let (text, note) = show(program, atoms, proto, pc, operand);
            texts.extend(text);
            notes.extend(note);
        }
        if let Ok(at) = proto.callees.binary_search_by_key(&(pc as u32), |&(at, _)| at) {
            notes.push(proto.callees[at].1.to_string());
        }
        let code = format!("{pc:>6} {shown:>5}  {:<18} {}", format!("{:?}", instr.op), texts.join(", "));
        let _ = match notes.is_empty() {
            true => writeln!(out, "{}", code.trim_end()),
            false => writeln!(out, "{code:<56} ; {}", notes.join(" ")),
        };
    }
    for handler in &proto.handlers {
        let (from, to, target) = (handler.from, handler.to, handler.target);
        let _ = writeln!(out, "  {from}..{to} throws into r{} at {target}", handler.register);
    }
    out + "\n"
}

/// How an operand is shown, and what it refers to.
fn show(
    program: &Program,
    atoms: &Atoms,
    proto: &Proto,
    pc: usize,
    operand: Operand,
) -> (Option<String>, Option<String>) {
    let row = |first: u16, count: usize| match count {
        0 => "none".to_owned(),
        1 => format!("r{first}"),
        count => format!("r{first}..r{}", usize::from(first) + count - 1),
    };
    // The text of an atom, on one line.
    let name = |atom: Atom| {
        let text: String = atoms.text(atom).escape_debug().take(60).collect();
        if text.is_empty() { "\"\"".to_owned() } else { text }
    };
    let text = match operand {
        Operand::Register(register) => format!("r{register}"),
        Operand::Row(first, count) => row(first, count.into()),
        Operand::Upvalue(upvalue) => format!("^{upvalue}"),
        Operand::Bool(truth) => truth.to_string(),
        Operand::Int(int) => int.to_string(),
        Operand::Number(number) => number_to_string(program.numbers[number as usize]),
        Operand::Offset(offset) => format!("→ {}", pc as i64 + 1 + i64::from(offset)),
        Operand::Atom(atom) => return (None, Some(name(Atom(atom)))),
        Operand::Global(global) => return (None, Some(name(program.globals[global as usize].name))),
        Operand::Site(site) => return (None, Some(format!(".{}", name(proto.sites[usize::from(site)].name)))),
        Operand::Function(function) => {
            return (None, Some(format!("function {function} {}", program.functions[function as usize].name)));
        }
        Operand::Template(template, first) => {
            let keys: Vec<String> = proto.templates[usize::from(template)].iter().map(|&key| name(key)).collect();
            return (Some(row(first, keys.len())), Some(format!("{{{}}}", keys.join(", "))));
        }
        Operand::Join(operand, first) => {
            let (kind, count) = JoinKind::decode(operand);
            return (Some(row(first, count.into())), Some(format!("{kind:?}")));
        }
    };
    (Some(text), None)
}
