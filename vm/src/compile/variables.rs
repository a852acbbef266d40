//! Where variables are, and the instructions that read, initialise and assign them.
//!
//! Invariant: a closure never sees a register change: what it captures is a box, or a value that is final.

use crate::bytecode::{Capture, Instr, Op};
use crate::syntax::ast::{Expr, ExprKind, Name, Pos};

use super::assembler::Reg;
use super::parts::{Part, parts, pattern_parts};
use super::scope::{Node, Use, Var, VarId, node};
use super::{Compiler, Fun};

/// Where a variable is, seen from the function that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Register(Reg),
    Box(Reg),
    Upvalue(u16),
    UpvalueBox(u16),
    Global(u32),
}

impl<'a> Compiler<'a> {
    /// Begins a scope, or a round of it: what may be seen before it is initialised is there from now on.
    pub(super) fn enter(&mut self, scope: Node) {
        for id in self.facts.scopes.get(&scope).cloned().unwrap_or_default() {
            if !self.facts.vars[id].global && self.facts.vars[id].visible_early() {
                let register = self.facts.vars[id].register.unwrap_or_else(|| self.alloc());
                self.facts.vars[id].register = Some(register);
                self.emit(Op::Hole, register, 0, 0);
                if self.facts.vars[id].boxed() {
                    self.emit(Op::NewBox, register, register, 0);
                }
            }
        }
    }

    /// Gives the variables that a pattern declares their registers.
    pub(super) fn allocate(&mut self, pattern: &Expr) {
        if let ExprKind::Name(name) = &pattern.kind {
            let id = self.var(name);
            if !self.facts.vars[id].global && self.facts.vars[id].register.is_none() {
                self.facts.vars[id].register = Some(self.alloc());
            }
        }
        pattern_parts(pattern, &mut |part| {
            if let Part::Pattern(part) = part {
                self.allocate(part);
            }
        });
    }

    /// A parameter is where it was passed, if nothing can see it before it is initialised.
    pub(super) fn settle(&mut self, name: &Name, register: Reg) {
        let id = self.var(name);
        self.facts.vars[id].register.get_or_insert(register);
    }

    /// Initialises a declared variable with what `value` puts into the register it is given.
    pub(super) fn initialise(&mut self, name: &Name, value: impl FnOnce(&mut Self, Reg)) {
        let id = self.var(name);
        let Var { global, register, .. } = self.facts.vars[id];
        if global {
            let mark = self.fun.next;
            let temporary = self.alloc();
            value(self, temporary);
            let index = self.global(name);
            self.emit_wide(Op::InitGlobal, temporary, index);
            return self.release(mark);
        }
        let register = register.unwrap_or_else(|| self.alloc());
        self.facts.vars[id].register = Some(register);
        let (boxed, early) = (self.facts.vars[id].boxed(), self.facts.vars[id].visible_early());
        let mark = self.fun.next;
        let value_in = if early { self.alloc() } else { register };
        value(self, value_in);
        match (boxed, early) {
            (true, true) => self.emit(Op::InitBox, value_in, register, 0),
            (true, false) => self.emit(Op::NewBox, register, register, 0),
            (false, true) => self.emit(Op::Move, register, value_in, 0),
            (false, false) => {}
        }
        self.release(mark);
    }

    /// A new round of a loop has variables of its own: the box of each is replaced by another with the same contents.
    pub(super) fn renew(&mut self, scope: Node) {
        for id in self.facts.scopes.get(&scope).cloned().unwrap_or_default() {
            if let (true, Some(register)) = (self.facts.vars[id].boxed(), self.facts.vars[id].register) {
                let mark = self.fun.next;
                let value = self.alloc();
                let atom = self.name_of(id);
                self.emit(Op::GetBox, value, register, atom);
                self.emit(Op::NewBox, register, value, 0);
                self.release(mark);
            }
        }
    }

    /// The value of a variable: where it is, if that is a register of this function; else in `to` or a new register.
    pub(super) fn read(&mut self, name: &Name, pos: Pos, to: Option<Reg>) -> Reg {
        let (place, used) = self.place(name);
        if let Place::Register(register) = place {
            self.check_initialised(register, used, pos);
            return self.moved(register, to);
        }
        let (to, atom) = (self.dest(to), used.map_or(0, |used| self.name_of(used.var)));
        match place {
            Place::Register(register) | Place::Box(register) => self.emit_at(pos, Op::GetBox, to, register, atom),
            Place::Upvalue(upvalue) => self.emit(Op::GetUpvalue, to, upvalue, 0),
            Place::UpvalueBox(upvalue) => self.emit_at(pos, Op::GetUpvalueBox, to, upvalue, atom),
            Place::Global(index) => self.fun.asm.emit_at(pos, Instr::with_wide(Op::GetGlobal, to, index)),
        }
        to
    }

    /// For `typeof`: the value of a variable, undefined when there is none.
    pub(super) fn read_or_undefined(&mut self, name: &Name, pos: Pos) -> Reg {
        match self.place(name) {
            (Place::Global(index), None) if !self.program.globals[index as usize].declared => {
                let to = self.alloc();
                self.emit_wide(Op::GetGlobalOrUndefined, to, index);
                to
            }
            _ => self.read(name, pos, None),
        }
    }

    /// Assigns a variable.
    pub(super) fn write(&mut self, name: &Name, value: Reg, pos: Pos) {
        let (place, used) = self.place(name);
        let constant = used.is_some_and(|used| self.facts.vars[used.var].constant);
        if constant || ["undefined", "NaN", "Infinity"].iter().any(|builtin| self.is_builtin(name, builtin)) {
            // That it is not initialised comes first.
            let mark = self.fun.next;
            self.read(name, pos, None);
            self.release(mark);
            return self.emit_at(pos, Op::ThrowConst, 0, 0, 0);
        }
        let atom = used.map_or(0, |used| self.name_of(used.var));
        match place {
            Place::Register(register) => {
                self.check_initialised(register, used, pos);
                self.moved(value, Some(register));
            }
            Place::Box(register) => self.emit_at(pos, Op::SetBox, value, register, atom),
            Place::Upvalue(_) => debug_assert!(false, "what is assigned is boxed"),
            Place::UpvalueBox(upvalue) => self.emit_at(pos, Op::SetUpvalueBox, value, upvalue, atom),
            Place::Global(index) => self.fun.asm.emit_at(pos, Instr::with_wide(Op::SetGlobal, value, index)),
        }
    }

    /// The register of a variable that can be assigned by writing it.
    pub(super) fn plain_register(&mut self, name: &Name) -> Option<Reg> {
        match self.place(name) {
            (Place::Register(register), Some(used)) if !used.check && !self.facts.vars[used.var].constant => {
                Some(register)
            }
            _ => None,
        }
    }

    pub(super) fn this(&mut self, to: Option<Reg>) -> Reg {
        let Some(depth) = (0..=self.outer.len()).rev().find(|&depth| !self.fun_at(depth).arrow) else { return 1 };
        if depth == self.outer.len() {
            return self.moved(1, to);
        }
        let function = self.fun_at(depth).id;
        let known = self.fun_at(depth).this;
        let var = known.unwrap_or_else(|| self.facts.add_this(function));
        self.fun_at(depth).this = Some(var);
        let upvalue = self.upvalue(self.outer.len(), var);
        let to = self.dest(to);
        self.emit(Op::GetUpvalue, to, upvalue, 0);
        to
    }

    /// The value of a register, where it is or in `to`.
    pub(super) fn moved(&mut self, from: Reg, to: Option<Reg>) -> Reg {
        if let Some(to) = to.filter(|&to| to != from) {
            self.emit(Op::Move, to, from, 0);
        }
        to.unwrap_or(from)
    }

    /// Whether evaluating an expression may assign the variable that is in this register. A variable that another function
    /// assigns is in a box, not in a register.
    pub(super) fn assigns(&self, expr: &Expr, register: Reg) -> bool {
        let mut found = false;
        parts(expr, &mut |part| found = found || self.part_assigns(part, register));
        found
    }

    /// The same of taking a value apart.
    pub(super) fn pattern_assigns(&self, pattern: &Expr, register: Reg) -> bool {
        let mut found = matches!(&pattern.kind, ExprKind::Name(name) if self.is_in(name, register));
        pattern_parts(pattern, &mut |part| found = found || self.part_assigns(part, register));
        found
    }

    fn part_assigns(&self, part: Part<'_>, register: Reg) -> bool {
        match part {
            Part::Value(expr) => self.assigns(expr, register),
            Part::Target(target) => match &target.kind {
                ExprKind::Name(name) => self.is_in(name, register),
                _ => self.assigns(target, register),
            },
            Part::Pattern(pattern) => self.pattern_assigns(pattern, register),
            Part::Name(_) | Part::Function(_) => false,
        }
    }

    fn is_in(&self, name: &Name, register: Reg) -> bool {
        self.facts.uses.get(&node(name)).is_some_and(|used| {
            let var = &self.facts.vars[used.var];
            var.function == self.fun.id && var.register == Some(register)
        })
    }

    /// The variable that a name declares.
    fn var(&self, name: &Name) -> VarId {
        self.facts.uses.get(&node(name)).map_or(0, |used| used.var)
    }

    fn place(&mut self, name: &Name) -> (Place, Option<Use>) {
        let Some(&used) = self.facts.uses.get(&node(name)) else {
            return (Place::Global(self.global(name)), None);
        };
        let var = &self.facts.vars[used.var];
        let boxed = var.boxed();
        let place = if var.global {
            Place::Global(self.global(name))
        } else if var.function == self.fun.id {
            let register = var.register.unwrap_or_default();
            if boxed { Place::Box(register) } else { Place::Register(register) }
        } else {
            let upvalue = self.upvalue(self.outer.len(), used.var);
            if boxed { Place::UpvalueBox(upvalue) } else { Place::Upvalue(upvalue) }
        };
        (place, Some(used))
    }

    /// Where a variable in a register may not be initialised.
    fn check_initialised(&mut self, register: Reg, used: Option<Use>, pos: Pos) {
        if let Some(used) = used.filter(|used| used.check) {
            let atom = self.name_of(used.var);
            self.fun.asm.emit_at(pos, Instr::with_wide(Op::CheckInit, register, u32::from(atom)));
        }
    }

    /// The name of a variable as an operand.
    fn name_of(&mut self, var: VarId) -> u16 {
        let name = self.facts.vars[var].name.clone();
        let atom = self.atom_of(&name);
        self.fun.asm.fit(atom.0 as usize)
    }

    /// The functions around the one that is being written, and last that one.
    fn fun_at(&mut self, depth: usize) -> &mut Fun {
        if depth < self.outer.len() { &mut self.outer[depth] } else { &mut self.fun }
    }

    /// The upvalue of a function that is a variable of one around it. The functions between them capture it too.
    fn upvalue(&mut self, depth: usize, var: VarId) -> u16 {
        let fun = self.fun_at(depth);
        if let Some(known) = fun.upvalues.iter().position(|&upvalue| upvalue == var) {
            return fun.asm.fit(known);
        }
        let Var { function, register, .. } = self.facts.vars[var];
        let around = depth.saturating_sub(1);
        let capture = if depth == 0 || self.fun_at(around).id == function {
            debug_assert!(register.is_some(), "a variable is there before it is captured");
            Capture::Register(register.unwrap_or_default())
        } else {
            Capture::Upvalue(self.upvalue(around, var))
        };
        let fun = self.fun_at(depth);
        fun.upvalues.push(var);
        fun.captures.push(capture);
        fun.asm.fit(fun.upvalues.len() - 1)
    }
}
