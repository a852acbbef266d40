//! [`Assembler`]: the instructions of one function while they are written.
//!
//! Invariants: every jump has a label, and every label is bound before [`Assembler::finish`]; positions and callees are
//! sorted. What exceeds an operand is noticed in [`Assembler::overflow`] and never wraps silently.

use std::cell::Cell;
use std::mem;
use std::rc::Rc;

use crate::bytecode::{Atom, Handler, Instr, Op, Site};
use crate::syntax::ast::{Name, Pos};

/// A register.
pub(super) type Reg = u16;

/// Where a jump goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(u32);

const UNBOUND: u32 = u32::MAX;

#[derive(Default)]
pub(super) struct Assembler {
    pub(super) code: Vec<Instr>,
    pub(super) sites: Vec<Site>,
    pub(super) templates: Vec<Rc<[Atom]>>,
    pub(super) handlers: Vec<Handler>,
    pub(super) positions: Vec<(u32, Pos)>,
    pub(super) callees: Vec<(u32, Name)>,
    /// Something did not fit into an operand: the code is of no use.
    pub(super) overflow: bool,
    labels: Vec<u32>,
    /// Where the last label was bound.
    target: u32,
    /// Where the last statement begins.
    statement: u32,
    /// The instruction that jumps, and its label.
    jumps: Vec<(u32, Label)>,
    /// From, to, target, and the register of the exception.
    covers: Vec<(Label, Label, Label, Reg)>,
}

impl Assembler {
    pub(super) fn emit(&mut self, instr: Instr) {
        self.code.push(instr);
    }

    /// An instruction that may throw, or call.
    pub(super) fn emit_at(&mut self, pos: Pos, instr: Instr) {
        self.at(pos);
        self.emit(instr);
    }

    pub(super) fn last_pos(&self) -> Pos {
        self.positions.last().map_or(0, |&(_, pos)| pos)
    }

    /// A statement begins, or an expression that V8 treats as one; without a place if its first instruction has its own.
    pub(super) fn begin(&mut self, pos: Option<Pos>) {
        self.statement = if pos.is_some() { self.here() } else { UNBOUND };
        pos.into_iter().for_each(|pos| self.at(pos));
    }

    /// An instruction that, when it is the first of a statement, has the statement's place.
    pub(super) fn emit_within(&mut self, pos: Pos, instr: Instr) {
        if self.statement != self.here() {
            self.at(pos);
        }
        self.emit(instr);
    }

    /// Where the next instruction comes from.
    pub(super) fn at(&mut self, pos: Pos) {
        let here = self.here();
        match self.positions.last_mut() {
            Some((_, last)) if *last == pos => {}
            Some((at, last)) if *at == here => *last = pos,
            _ => self.positions.push((here, pos)),
        }
    }

    /// What the next instruction calls, in the words of the source.
    pub(super) fn name_callee(&mut self, text: String) {
        self.callees.push((self.here(), text.into()));
    }

    pub(super) fn jump(&mut self, op: Op, n: bool, a: Reg, b: u16, to: Label) {
        self.jumps.push((self.here(), to));
        self.emit(Instr { op, n: u8::from(n), a, b, c: 0 });
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        Label(self.labels.len() as u32 - 1)
    }

    pub(super) fn bind(&mut self, label: Label) {
        self.target = self.here();
        self.labels[label.0 as usize] = self.target;
    }

    pub(super) fn bound(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    /// What is thrown between two labels goes on at a third. Inner ranges come first.
    pub(super) fn cover(&mut self, from: Label, to: Label, target: Label, register: Reg) {
        self.covers.push((from, to, target, register));
    }

    pub(super) fn site(&mut self, name: Atom) -> u16 {
        self.sites.push(Site { name, cache: Cell::new(0) });
        self.fit(self.sites.len() - 1)
    }

    pub(super) fn template(&mut self, keys: Vec<Atom>) -> u16 {
        self.templates.push(keys.into());
        self.fit(self.templates.len() - 1)
    }

    /// An operand of 16 bits.
    pub(super) fn fit(&mut self, n: usize) -> u16 {
        u16::try_from(n).unwrap_or_else(|_| {
            self.overflow = true;
            0
        })
    }

    /// Whether control can come to the end of the code as it is now.
    pub(super) fn falls_through(&self) -> bool {
        use Op::{Jump, Loop, Return, ReturnAsync, ReturnUndefined, Throw, ThrowConst};
        let ends =
            |i: &Instr| matches!(i.op, Jump | Loop | Return | ReturnAsync | ReturnUndefined | Throw | ThrowConst);
        !self.code.last().is_some_and(ends) || self.target == self.here()
    }

    /// Gives jumps their offsets and handlers their ranges.
    pub(super) fn finish(&mut self) {
        if self.jumps.iter().any(|&jump| is_short(self.code[jump.0 as usize].op) && self.short_offset(jump).is_none()) {
            self.widen();
        }
        for &(at, label) in &self.jumps {
            let offset = self.labels[label.0 as usize].wrapping_sub(at + 1);
            let instr = &mut self.code[at as usize];
            if is_short(instr.op) {
                instr.c = offset as u16;
            } else {
                (instr.b, instr.c) = (offset as u16, (offset >> 16) as u16);
            }
        }
        let at = |label: Label| self.labels[label.0 as usize];
        let handler =
            |&(from, to, target, register)| Handler { from: at(from), to: at(to), target: at(target), register };
        self.handlers = self.covers.iter().map(handler).filter(|handler| handler.from < handler.to).collect();
    }

    fn here(&self) -> u32 {
        self.code.len() as u32
    }

    fn short_offset(&self, (at, label): (u32, Label)) -> Option<i16> {
        i16::try_from(i64::from(self.labels[label.0 as usize]) - i64::from(at) - 1).ok()
    }

    /// Makes three instructions of each jump whose offset has 16 bits: it jumps over a jump that is taken when it is
    /// not, to one whose offset has 32.
    fn widen(&mut self) {
        let short = |instr: &Instr| is_short(instr.op);
        let mut moved = Vec::with_capacity(self.code.len() + 1);
        let mut code = Vec::with_capacity(self.code.len() * 2);
        for instr in mem::take(&mut self.code) {
            moved.push(code.len() as u32);
            if short(&instr) {
                code.push(Instr { c: 1, ..instr });
                code.push(Instr::with_wide(Op::Jump, 0, 1));
                code.push(Instr::with_wide(Op::Jump, 0, 0));
            } else {
                code.push(instr);
            }
        }
        moved.push(code.len() as u32);
        let to = |at: &mut u32| *at = moved[*at as usize];
        self.labels.iter_mut().filter(|at| **at != UNBOUND).for_each(to);
        self.positions.iter_mut().for_each(|(at, _)| to(at));
        self.callees.iter_mut().for_each(|(at, _)| to(at));
        for (at, _) in &mut self.jumps {
            to(at);
            *at += if short(&code[*at as usize]) { 2 } else { 0 };
        }
        self.code = code;
    }
}

/// Whether a jump has its offset in the third operand.
fn is_short(op: Op) -> bool {
    use Op::*;
    let compares = matches!(op, JumpLt | JumpLe | JumpGt | JumpGe | JumpStrictEq | JumpEq);
    compares || matches!(op, JumpLtInt | JumpLeInt | JumpGtInt | JumpGeInt | JumpStrictEqInt | IterNext)
}
