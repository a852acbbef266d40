//! Assignments of all kinds, and what they assign.
//!
//! Invariant: the parts of a target are evaluated once, before the value; a variable's register is written last, when
//! the value no longer needs what it was.

use crate::bytecode::{Atom, Op};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Item, LogicalOp, Name, Pattern, Pos, UnaryOp};

use super::Compiler;
use super::assembler::Reg;
use super::expr::{BATCH, operator, small_int};
use super::pattern::Origin;

/// What is read and assigned by the same expression. The registers hold the parts that are evaluated once.
pub(super) enum Target<'a> {
    Variable(&'a Name),
    Prop(Reg, Atom),
    Index(Reg, Reg),
}

impl<'a> Compiler<'a> {
    /// Evaluates the parts of what is read or assigned, so that they stay while the others are evaluated.
    pub(super) fn target(&mut self, target: &'a Expr, others: &[&'a Expr]) -> Target<'a> {
        match &target.kind {
            ExprKind::Name(name) => Target::Variable(name),
            ExprKind::Member(object, name, optional) => {
                let object = self.stable(object, others);
                self.unless_nullish(object, *optional);
                Target::Prop(object, self.atom_of(name))
            }
            ExprKind::Index(object, key, optional) => {
                if let ExprKind::String(units) = &key.kind
                    && let Some(name) = self.prop_name(units)
                {
                    let object = self.stable(object, others);
                    self.unless_nullish(object, *optional);
                    return Target::Prop(object, name);
                }
                let all: Vec<&'a Expr> = others.iter().copied().chain([&**key]).collect();
                let object = self.stable(object, &all);
                self.unless_nullish(object, *optional);
                Target::Index(object, self.stable(key, others))
            }
            // The parser makes no other.
            _ => {
                let value = self.operand(target);
                Target::Index(value, value)
            }
        }
    }

    /// Without a place of its own it has that of what came before, as in V8.
    pub(super) fn load_target(&mut self, target: &Target<'a>, to: Reg, pos: Option<Pos>) {
        let pos = pos.unwrap_or_else(|| self.fun.asm.last_pos());
        match *target {
            Target::Variable(name) => {
                self.read(name, pos, Some(to));
            }
            Target::Prop(object, name) => self.get_prop(to, object, name, pos),
            Target::Index(object, key) => self.emit_at(pos, Op::GetIndex, to, object, key),
        }
    }

    pub(super) fn store_target(&mut self, target: &Target<'a>, value: Reg, pos: Pos) {
        match *target {
            Target::Variable(name) => self.write(name, value, pos),
            Target::Prop(object, name) => {
                let site = self.fun.asm.site(name);
                self.emit_at(pos, Op::SetProp, object, value, site);
            }
            Target::Index(object, key) => self.emit_at(pos, Op::SetIndex, object, key, value),
        }
    }

    /// `pattern = value`. When the value of the assignment is not `used`, the result means nothing.
    pub(super) fn assign(
        &mut self,
        pattern: &'a Pattern,
        value: &'a Expr,
        pos: Pos,
        to: Option<Reg>,
        used: bool,
    ) -> Reg {
        match pattern {
            Pattern::Name(name, _) => {
                if let Some(register) = self.plain_register(name) {
                    self.assign_register(register, value, name);
                    return self.moved(register, to);
                }
                let result = self.expr_named(value, name, to);
                self.write(name, result, pos);
                result
            }
            Pattern::Member(member) => {
                let result = if used { Some(self.dest(to)) } else { None };
                let target = self.target(member, &[value]);
                let value = self.expr(value, result);
                self.store_target(&target, value, pos);
                value
            }
            _ if !used && self.assign_row(pattern, value) => 0,
            _ => {
                let mark = self.fun.next;
                let mut from = self.expr(value, to);
                if from < mark && to.is_none() && self.pattern_assigns(pattern, from) {
                    let copy = self.alloc();
                    from = self.moved(from, Some(copy));
                }
                self.destructure(pattern, from, Origin::Assigned(value, pos), false);
                from
            }
        }
    }

    /// Assigns the register of a variable, which the value may read: only the last instruction writes it.
    pub(super) fn assign_register(&mut self, register: Reg, value: &'a Expr, name: &Name) {
        match &value.kind {
            ExprKind::Conditional(test, yes, no) => {
                self.conditional(test, yes, no, |this, value| this.assign_register(register, value, name));
            }
            ExprKind::Function(_) => {
                self.expr_named(value, name, Some(register));
            }
            kind if writes_last(kind) => self.expr_to(value, register),
            _ => {
                let mark = self.fun.next;
                let result = self.operand(value);
                self.moved(result, Some(register));
                self.release(mark);
            }
        }
    }

    pub(super) fn assign_binary(
        &mut self,
        op: BinaryOp,
        target: &'a Expr,
        value: &'a Expr,
        pos: Pos,
        to: Option<Reg>,
        used: bool,
    ) -> Reg {
        if let ExprKind::Name(name) = &target.kind
            && let Some(register) = self.plain_register(name)
        {
            self.binary(op, target, value, pos, Some(register));
            return self.moved(register, to);
        }
        let result = if used { Some(self.dest(to)) } else { None };
        let place = self.target(target, &[value]);
        let old = self.alloc();
        self.load_target(&place, old, None);
        let new = result.unwrap_or(old);
        match (op, small_int(value)) {
            (BinaryOp::Add, Some(int)) => self.emit_at(pos, Op::AddInt, new, old, int as u16),
            (BinaryOp::Sub, Some(int)) => self.emit_at(pos, Op::SubInt, new, old, int as u16),
            _ => {
                let value = self.operand(value);
                self.emit_at(pos, operator(op), new, old, value);
            }
        }
        self.store_target(&place, new, pos);
        new
    }

    pub(super) fn assign_logical(
        &mut self,
        op: LogicalOp,
        target: &'a Expr,
        value: &'a Expr,
        pos: Pos,
        to: Option<Reg>,
    ) -> Reg {
        let (to, end) = (self.dest(to), self.fun.asm.label());
        let place = self.target(target, &[value]);
        self.load_target(&place, to, None);
        self.skip_right(op, to, end);
        match &target.kind {
            ExprKind::Name(name) => self.expr_named(value, name, Some(to)),
            _ => self.expr(value, Some(to)),
        };
        self.store_target(&place, to, pos);
        self.fun.asm.bind(end);
        to
    }

    /// `++` and `--`. `x - -1` is a number whatever `x` is.
    pub(super) fn update(&mut self, delta: i32, prefix: bool, target: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
        let minus = (-delta) as u16;
        if let ExprKind::Name(name) = &target.kind
            && let Some(register) = self.plain_register(name)
        {
            if prefix {
                self.emit_at(pos, Op::SubInt, register, register, minus);
                return self.moved(register, to);
            }
            let old = self.dest(to);
            self.emit_at(pos, Op::ToNumber, old, register, 0);
            self.emit_at(pos, Op::SubInt, register, old, minus);
            return old;
        }
        let result = self.dest(to);
        let place = self.target(target, &[]);
        self.load_target(&place, result, None);
        let new = if prefix { result } else { self.alloc() };
        if !prefix {
            self.emit_at(pos, Op::ToNumber, result, result, 0);
        }
        self.emit_at(pos, Op::SubInt, new, result, minus);
        self.store_target(&place, new, pos);
        result
    }
}

/// Whether only the last instruction of an expression writes the result.
fn writes_last(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Unary(op, _) => *op != UnaryOp::Delete,
        ExprKind::Array(items) => items.len() <= BATCH && items.iter().all(|item| matches!(item, Some(Item::One(_)))),
        ExprKind::Binary(..) | ExprKind::Member(..) | ExprKind::Index(..) | ExprKind::Await(_) => true,
        ExprKind::Name(_) | ExprKind::This | ExprKind::Template(..) | ExprKind::Function(_) => true,
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Bool(_) | ExprKind::Null => true,
        _ => false,
    }
}
