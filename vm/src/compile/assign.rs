//! Assignments of all kinds, and what they assign.
//!
//! Invariant: the parts of a target are evaluated once, before the value; a variable's register is written last, when
//! the value no longer needs what it was.

use crate::bytecode::{Atom, Op};
use crate::syntax::ast::{Expr, ExprKind, Name, Pos};
use crate::syntax::operators::Operator;

use super::Compiler;
use super::assembler::Reg;
use super::expr::{BATCH, is_one};
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
                let all: Vec<&'a Expr> = others.iter().copied().chain([&**key]).collect();
                let object = self.stable(object, &all);
                self.unless_nullish(object, *optional);
                let name = if let ExprKind::String(units) = &key.kind { self.prop_name(units) } else { None };
                name.map_or_else(|| Target::Index(object, self.stable(key, others)), |name| Target::Prop(object, name))
            }
            // The parser makes no other.
            _ => {
                let value = self.operand(target);
                Target::Index(value, value)
            }
        }
    }

    pub(super) fn load_target(&mut self, target: &Target<'a>, to: Reg, pos: Pos) {
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
    pub(super) fn assign(&mut self, pattern: &'a Expr, value: &'a Expr, pos: Pos, to: Option<Reg>, used: bool) -> Reg {
        match &pattern.kind {
            ExprKind::Name(name) => {
                let Some(register) = self.plain_register(name) else {
                    let result = self.expr_named(value, name, to);
                    self.write(name, result, pos);
                    return result;
                };
                // The value may read the variable: only the last instruction writes it.
                let result = self.expr_named(value, name, Some(register).filter(|_| writes_last(&value.kind)));
                self.moved(result, Some(register));
                self.moved(register, to)
            }
            ExprKind::Member(..) | ExprKind::Index(..) => {
                let result = if used { Some(self.dest(to)) } else { None };
                let target = self.target(pattern, &[value]);
                let value = self.expr(value, result);
                self.store_target(&target, value, pos);
                value
            }
            _ if !used && self.each_to_each(pattern, value, false) => to.unwrap_or_default(),
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

    /// `target op= value`.
    pub(super) fn assign_op(
        &mut self,
        op: &Operator,
        target: &'a Expr,
        value: &'a Expr,
        pos: Pos,
        to: Option<Reg>,
        used: bool,
    ) -> Reg {
        if op.is_logical() {
            let (to, end) = (self.dest(to), self.fun.asm.label());
            let place = self.target(target, &[value]);
            self.load_target(&place, to, target.pos);
            self.skip_right(op, to, end);
            match &target.kind {
                ExprKind::Name(name) => self.expr_named(value, name, Some(to)),
                _ => self.expr(value, Some(to)),
            };
            self.store_target(&place, to, pos);
            self.fun.asm.bind(end);
            return to;
        }
        if let ExprKind::Name(name) = &target.kind
            && let Some(register) = self.plain_register(name)
        {
            self.binary(op, target, value, pos, Some(register));
            return self.moved(register, to);
        }
        let result = if used { Some(self.dest(to)) } else { None };
        let place = self.target(target, &[value]);
        let old = self.alloc();
        self.load_target(&place, old, target.pos);
        let new = result.unwrap_or(old);
        let (op, value) = self.right_side(op, value);
        self.emit_at(pos, op, new, old, value);
        self.store_target(&place, new, pos);
        new
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
        self.load_target(&place, result, target.pos);
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
        ExprKind::Unary(op, _) => op.op != Op::DeleteIndex,
        ExprKind::Array(items) => items.len() <= BATCH && items.iter().all(|item| item.as_ref().is_some_and(is_one)),
        ExprKind::Binary(op, ..) => !op.is_logical(),
        ExprKind::Member(..) | ExprKind::Index(..) | ExprKind::Await(_) => true,
        ExprKind::Name(_) | ExprKind::This | ExprKind::Template(..) | ExprKind::Function(_) => true,
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Bool(_) | ExprKind::Null => true,
        _ => false,
    }
}
