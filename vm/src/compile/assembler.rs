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
        use Op::{Jump, Loop, Return, ReturnAsync, Throw, ThrowConst};
        let ends = |i: &Instr| matches!(i.op, Jump | Loop | Return | ReturnAsync | Throw | ThrowConst);
        !self.code.last().is_some_and(ends) || self.target == self.here()
    }

    /// Gives jumps their offsets and handlers their ranges.
    pub(super) fn finish(&mut self) {
        for (at, label) in mem::take(&mut self.jumps) {
            let offset = self.labels[label.0 as usize].wrapping_sub(at + 1);
            let instr = &mut self.code[at as usize];
            if is_short(instr.op) {
                instr.c = offset as u16;
                self.overflow |= i16::try_from(offset as i32).is_err();
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
}

/// Whether a jump has its offset in the third operand.
fn is_short(op: Op) -> bool {
    use Op::*;
    let compares = matches!(op, JumpLt | JumpLe | JumpGt | JumpGe | JumpStrictEq);
    compares || matches!(op, JumpLtInt | JumpLeInt | JumpGtInt | JumpGeInt | JumpStrictEqInt | IterNext)
}
