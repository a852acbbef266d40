//! [`disassemble`]: what was compiled, as text to read.
//!
//! Invariant: a name or number that an instruction refers to stands beside it; nobody needs to count.

use std::collections::HashSet;
use std::fmt::{self, Write};

use mangrove_scheduler::JoinKind;

use crate::atoms::Atoms;
use crate::bytecode::{Atom, Capture, Program, Proto};
use crate::operands::{Operand, operands};
use crate::syntax::{Lines, number_to_string};

/// The functions of a program from number `first` on, each with its instructions: pc, line, operation, operands, and
/// what they refer to.
pub fn disassemble(program: &Program, atoms: &Atoms, first: usize) -> String {
    let mut out = String::new();
    for index in first..program.functions.len() {
        let dis = Dis { program, atoms, proto: &program.functions[index] };
        let written = dis.function(index, &mut out);
        debug_assert!(written.is_ok(), "a string takes all text");
    }
    out
}

struct Dis<'a> {
    program: &'a Program,
    atoms: &'a Atoms,
    proto: &'a Proto,
}

impl Dis<'_> {
    fn function(&self, index: usize, out: &mut String) -> fmt::Result {
        let Dis { program, proto, .. } = *self;
        let source = program.sources.get(usize::from(proto.source));
        let lines = source.map(|source| Lines::new(&source.text));
        let name = if proto.name.is_empty() { "(anonymous)" } else { &proto.name };
        let kind = if proto.is_async { "async function" } else { "function" };
        write!(out, "{kind} {index} {name}")?;
        if let (Some(source), Some(lines)) = (source, &lines) {
            write!(out, "  {}:{}", source.name, lines.locate(proto.pos).0)?;
        }
        let rest = if proto.rest { " and rest" } else { "" };
        writeln!(out, "  {} parameters{rest}, {} registers", proto.params, proto.registers)?;
        for (at, capture) in proto.captures.iter().enumerate() {
            match capture {
                Capture::Register(register) => writeln!(out, "  ^{at} = r{register} outside")?,
                Capture::Upvalue(upvalue) => writeln!(out, "  ^{at} = ^{upvalue} outside")?,
            }
        }
        let targets = self.targets();
        let mut last = 0;
        for (pc, instr) in proto.code.iter().enumerate() {
            let from = proto.positions.partition_point(|&(at, _)| at as usize <= pc).checked_sub(1);
            let line = match (&lines, from) {
                (Some(lines), Some(at)) => lines.locate(proto.positions[at].1).0 as usize,
                _ => last,
            };
            let shown = if line == last { String::new() } else { line.to_string() };
            last = line;
            let mark = if targets.contains(&pc) { ">" } else { " " };
            let (mut texts, mut notes) = (Vec::new(), Vec::new());
            for operand in operands(*instr) {
                self.operand(pc, operand, &mut texts, &mut notes);
            }
            if let Ok(at) = proto.callees.binary_search_by_key(&(pc as u32), |&(at, _)| at) {
                notes.push(proto.callees[at].1.to_string());
            }
            let op = format!("{:?}", instr.op);
            let code = format!("{mark}{pc:>5} {shown:>5}  {op:<18} {}", texts.join(", "));
            match notes.is_empty() {
                true => writeln!(out, "{}", code.trim_end())?,
                false => writeln!(out, "{code:<56} ; {}", notes.join(" "))?,
            }
        }
        for handler in &proto.handlers {
            let (from, to, target) = (handler.from, handler.to, handler.target);
            writeln!(out, "  {from}..{to} throws into r{} at {target}", handler.register)?;
        }
        writeln!(out)
    }

    fn targets(&self) -> HashSet<usize> {
        let jumps = self.proto.code.iter().enumerate().flat_map(|(pc, instr)| {
            operands(*instr).into_iter().filter_map(move |operand| match operand {
                Operand::Offset(offset) => Some((pc as i64 + 1 + i64::from(offset)) as usize),
                _ => None,
            })
        });
        jumps.chain(self.proto.handlers.iter().map(|handler| handler.target as usize)).collect()
    }

    fn operand(&self, pc: usize, operand: Operand, texts: &mut Vec<String>, notes: &mut Vec<String>) {
        let row = |first: u16, count: usize| match count {
            0 => "none".to_owned(),
            1 => format!("r{first}"),
            count => format!("r{first}..r{}", usize::from(first) + count - 1),
        };
        match operand {
            Operand::Register(register) => texts.push(format!("r{register}")),
            Operand::Row(first, count) => texts.push(row(first, count.into())),
            Operand::Upvalue(upvalue) => texts.push(format!("^{upvalue}")),
            Operand::Bool(truth) => texts.push(truth.to_string()),
            Operand::Int(int) => texts.push(int.to_string()),
            Operand::Number(number) => {
                let number = self.program.numbers.get(number as usize).copied().unwrap_or_default();
                texts.push(number_to_string(number));
            }
            Operand::Atom(atom) => notes.push(self.text(Atom(atom))),
            Operand::Global(global) => {
                let known = self.program.globals.get(global as usize);
                notes.push(known.map_or_else(|| format!("global {global}"), |global| self.atoms.text(global.name)));
            }
            Operand::Site(site) => {
                notes.extend(self.proto.sites.get(usize::from(site)).map(|site| format!(".{}", self.text(site.name))));
            }
            Operand::Template(template, first) => {
                let keys = self.proto.templates.get(usize::from(template)).cloned().unwrap_or_default();
                texts.push(row(first, keys.len()));
                let keys: Vec<String> = keys.iter().map(|&key| self.text(key)).collect();
                notes.push(format!("{{{}}}", keys.join(", ")));
            }
            Operand::Function(function) => {
                let known = self.program.functions.get(function as usize);
                notes.push(format!("function {function} {}", known.map_or("", |proto| &*proto.name)));
            }
            Operand::Join(operand, first) => {
                let (kind, count) = JoinKind::decode(operand);
                texts.push(row(first, count.into()));
                notes.push(format!("{kind:?}"));
            }
            Operand::Offset(offset) => texts.push(format!("→ {}", pc as i64 + 1 + i64::from(offset))),
        }
    }

    /// The text of an atom on one line.
    fn text(&self, atom: Atom) -> String {
        let text: String = self.atoms.text(atom).escape_debug().take(60).collect();
        if text.is_empty() { "\"\"".to_owned() } else { text }
    }
}
