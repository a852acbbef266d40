//! Expressions: where their value comes to be, and by what instructions.
//!
//! Invariants: a register that is given for the result is written only when nothing reads it any more as what it was;
//! so it is a new one, unless [`Compiler::assign`] made sure of it. An operand that is a variable is copied if
//! what is evaluated after it may assign the variable.

use std::rc::Rc;

use crate::bytecode::{Atom, Op};
use crate::syntax::ast::{Expr, ExprKind, Function, Name, Pos};
use crate::syntax::operators::Operator;

use super::assembler::{Label, Reg};
use super::assign::Target;
use super::call::call_pos;
use super::parts::{Part, parts};
use super::{Compiler, text};

/// How many values come into an object or array at once.
pub(super) const BATCH: usize = 256;

impl<'a> Compiler<'a> {
    /// Evaluates to `to`, or to where it is cheapest: a variable's own register, else the next free one.
    pub(super) fn expr(&mut self, expr: &'a Expr, to: Option<Reg>) -> Reg {
        let mark = self.fun.next;
        let result = self.evaluate(expr, to);
        let end = if to.is_none() && result >= mark { result.saturating_add(1) } else { mark };
        self.release(end);
        result
    }

    pub(super) fn expr_to(&mut self, expr: &'a Expr, to: Reg) {
        let result = self.expr(expr, Some(to));
        debug_assert_eq!(result, to);
    }

    pub(super) fn operand(&mut self, expr: &'a Expr) -> Reg {
        self.expr(expr, None)
    }

    /// Evaluates to the next free register: one of a row.
    pub(super) fn push(&mut self, expr: &'a Expr) -> Reg {
        let to = self.alloc();
        self.expr_to(expr, to);
        to
    }

    /// An operand that stays what it is while the others are evaluated.
    pub(super) fn stable(&mut self, expr: &'a Expr, others: &[&'a Expr]) -> Reg {
        let mark = self.fun.next;
        let value = self.operand(expr);
        if value >= mark || !others.iter().any(|other| self.assigns(other, value)) {
            return value;
        }
        let copy = self.alloc();
        self.moved(value, Some(copy))
    }

    /// A function without a name gets this one.
    pub(super) fn expr_named(&mut self, expr: &'a Expr, name: &Name, to: Option<Reg>) -> Reg {
        match &expr.kind {
            ExprKind::Function(function) if function.name.is_none() => self.closure(function, name.clone(), to),
            _ => self.expr(expr, to),
        }
    }

    /// Evaluates for what it does.
    pub(super) fn effect(&mut self, expr: &'a Expr) {
        let mark = self.fun.next;
        match &expr.kind {
            ExprKind::Assign(pattern, value) => {
                self.assign(pattern, value, expr.pos, None, false);
            }
            ExprKind::AssignOp(op, target, value) if !op.is_logical() => {
                self.assign_op(op, target, value, expr.pos, None, false);
            }
            ExprKind::Update { delta, target, .. } => {
                self.update(*delta, true, target, expr.pos, None);
            }
            ExprKind::Sequence(exprs) => exprs.iter().for_each(|expr| self.effect(expr)),
            _ => {
                self.operand(expr);
            }
        }
        self.release(mark);
    }

    pub(super) fn dest(&mut self, to: Option<Reg>) -> Reg {
        to.unwrap_or_else(|| self.alloc())
    }

    pub(super) fn closure(&mut self, function: &'a Rc<Function>, name: Name, to: Option<Reg>) -> Reg {
        let index = self.function(function, name);
        let to = self.dest(to);
        self.emit_wide(Op::Closure, to, index);
        to
    }

    pub(super) fn number(&mut self, number: f64, to: Option<Reg>) -> Reg {
        let to = self.dest(to);
        let int = number as i32;
        if f64::from(int).to_bits() == number.to_bits() {
            self.emit_wide(Op::Int, to, int as u32);
            return to;
        }
        let index = self.program.numbers.len() as u32;
        self.program.numbers.push(number);
        self.emit_wide(Op::Number, to, index);
        to
    }

    pub(super) fn string(&mut self, units: &[u16], to: Option<Reg>) -> Reg {
        let (atom, to) = (self.atoms.intern(units), self.dest(to));
        self.emit_wide(Op::String, to, atom.0);
        to
    }

    /// The name of a property, unless an array may have it as an index.
    pub(super) fn prop_name(&mut self, units: &[u16]) -> Option<Atom> {
        (!is_index(units)).then(|| self.atoms.intern(units))
    }

    pub(super) fn get_prop(&mut self, to: Reg, object: Reg, name: Atom, pos: Pos) {
        let site = self.fun.asm.site(name);
        let length = self.atoms.units(name).iter().copied().eq("length".encode_utf16());
        self.emit_at(pos, if length { Op::GetLength } else { Op::GetProp }, to, object, site);
    }

    fn evaluate(&mut self, expr: &'a Expr, to: Option<Reg>) -> Reg {
        match &expr.kind {
            ExprKind::Number(number) => self.number(*number, to),
            ExprKind::String(units) => self.string(units, to),
            ExprKind::Bool(value) => self.unary(Op::Bool, u16::from(*value), to),
            ExprKind::Null => self.unary(Op::Null, 0, to),
            ExprKind::Name(name) => self.read(name, expr.pos, to),
            ExprKind::This => self.this(to),
            ExprKind::Template(strings, exprs) => self.template(strings, exprs, expr.pos, to),
            ExprKind::Array(items) => self.array(items, to),
            ExprKind::Object(props) => self.object(props, expr.pos, to),
            ExprKind::Function(function) => {
                let name = function.name.clone().unwrap_or_else(|| "".into());
                self.closure(function, name, to)
            }
            ExprKind::Unary(op, inner) => self.prefix(op, inner, expr.pos, to),
            ExprKind::Update { delta, prefix, target } => self.update(*delta, *prefix, target, expr.pos, to),
            ExprKind::Binary(op, left, right) if op.is_logical() => {
                let (to, end) = (self.dest(to), self.fun.asm.label());
                self.expr_to(left, to);
                self.skip_right(op, to, end);
                self.expr_to(right, to);
                self.fun.asm.bind(end);
                to
            }
            ExprKind::Binary(op, left, right) => self.binary(op, left, right, expr.pos, to),
            ExprKind::Conditional(test, yes, no) => {
                let (to, otherwise, end) = (self.dest(to), self.fun.asm.label(), self.fun.asm.label());
                self.jump_if(test, false, otherwise);
                self.expr_to(yes, to);
                self.goto(end);
                self.fun.asm.bind(otherwise);
                self.expr_to(no, to);
                self.fun.asm.bind(end);
                to
            }
            ExprKind::Assign(pattern, value) => self.assign(pattern, value, expr.pos, to, true),
            ExprKind::AssignOp(op, target, value) => self.assign_op(op, target, value, expr.pos, to, true),
            ExprKind::Member(..) | ExprKind::Index(..) => self.member(expr, to),
            ExprKind::Call(callee, args, optional) => self.call(callee, args, *optional, expr.pos, to),
            ExprKind::Chain(inner) => {
                let to = self.dest(to);
                self.chain(|this| this.expr_to(inner, to), |this| this.emit(Op::Undefined, to, 0, 0));
                to
            }
            ExprKind::New(callee, args) => self.new_object(callee, args, expr.pos, to),
            ExprKind::Await(inner) => self.wait(inner, expr.pos, to),
            ExprKind::Sequence(exprs) => match exprs.split_last() {
                Some((last, before)) => {
                    before.iter().for_each(|expr| self.effect(expr));
                    self.expr(last, to)
                }
                None => self.unary(Op::Undefined, 0, to),
            },
            // Who may meet one looks for it.
            ExprKind::Spread(inner) => self.expr(inner, to),
        }
    }

    /// An instruction whose first operand is the result, and whose second is given.
    pub(super) fn unary(&mut self, op: Op, b: u16, to: Option<Reg>) -> Reg {
        let to = self.dest(to);
        self.emit(op, to, b, 0);
        to
    }

    /// A chain, and what is done when a `?.` in it finds nothing.
    pub(super) fn chain(&mut self, inside: impl FnOnce(&mut Self), otherwise: impl FnOnce(&mut Self)) {
        let (end, short) = (self.fun.asm.label(), self.fun.asm.label());
        self.fun.chains.push(short);
        inside(self);
        self.fun.chains.pop();
        self.goto(end);
        self.fun.asm.bind(short);
        otherwise(self);
        self.fun.asm.bind(end);
    }

    /// `?.`: the chain ends here when there is nothing.
    pub(super) fn unless_nullish(&mut self, value: Reg, optional: bool) {
        if let (true, Some(&short)) = (optional, self.fun.chains.last()) {
            self.fun.asm.jump(Op::JumpNullish, true, value, 0, short);
        }
    }

    /// Jumps over the right side of a logical operator when the left side, in `value`, decides.
    pub(super) fn skip_right(&mut self, op: &Operator, value: Reg, end: Label) {
        self.fun.asm.jump(op.op, op.text == "||", value, 0, end);
    }

    fn template(&mut self, strings: &'a [Rc<[u16]>], exprs: &'a [Expr], pos: Pos, to: Option<Reg>) -> Reg {
        let first = self.fun.next;
        let mut count = 0;
        for (index, string) in strings.iter().enumerate() {
            if !string.is_empty() || strings.len() == 1 {
                self.string(string, None);
                count += 1;
            }
            if let Some(expr) = exprs.get(index) {
                let part = self.push(expr);
                // What the rest does must not show in the string of an object.
                if exprs[index + 1..].iter().any(acts) {
                    self.emit_at(expr.pos, Op::Concat, part, part, 1);
                }
                count += 1;
            }
        }
        self.release(first);
        let (to, count) = (self.dest(to), self.fun.asm.fit(count));
        self.emit_at(pos, Op::Concat, to, first, count);
        to
    }

    fn array(&mut self, items: &'a [Option<Expr>], to: Option<Reg>) -> Reg {
        let to = self.dest(to);
        let simple = items.iter().take(BATCH).take_while(|item| item.as_ref().is_some_and(is_one)).count();
        self.new_array(to, items[..simple].iter().flatten());
        for item in &items[simple..] {
            self.append(to, item.as_ref(), text::iterable);
        }
        to
    }

    /// An array of these elements, none of which is a spread.
    pub(super) fn new_array(&mut self, to: Reg, items: impl Iterator<Item = &'a Expr>) {
        let first = self.fun.next;
        let count = items.map(|item| self.push(item)).count();
        self.release(first);
        let count = self.fun.asm.fit(count);
        self.emit(Op::NewArray, to, first, count);
    }

    /// Appends an element, those of a spread, or a hole to an array; `name` is how what cannot be spread is named.
    pub(super) fn append(&mut self, array: Reg, item: Option<&'a Expr>, name: fn(&Expr) -> String) {
        let mark = self.fun.next;
        match item.map(|item| (&item.kind, item)) {
            None => {
                let hole = self.unary(Op::Hole, 0, None);
                self.emit(Op::Append, array, hole, 0);
            }
            Some((ExprKind::Spread(expr), _)) => {
                let value = self.operand(expr);
                self.fun.asm.name_callee(name(expr));
                self.emit_at(call_pos(expr), Op::AppendAll, array, value, 0);
            }
            Some((_, expr)) => {
                let value = self.operand(expr);
                self.emit(Op::Append, array, value, 0);
            }
        }
        self.release(mark);
    }

    /// As many properties as can be are in the template of the object; those behind are added one by one.
    fn object(&mut self, props: &'a [(Option<Expr>, Expr)], pos: Pos, to: Option<Reg>) -> Reg {
        let mut keys: Vec<Atom> = Vec::new();
        for (key, _) in props.iter().take(BATCH) {
            let Some(Expr { kind: ExprKind::String(units), .. }) = key else { break };
            match self.prop_name(units) {
                Some(key) if !keys.contains(&key) => keys.push(key),
                _ => break,
            }
        }
        let to = self.dest(to);
        let first = self.fun.next;
        let (simple, others) = props.split_at(keys.len());
        for (key, expr) in simple {
            let value = self.alloc();
            self.prop_value(key.as_ref(), expr, value);
        }
        self.release(first);
        let template = self.fun.asm.template(keys);
        self.emit_at(pos, Op::NewObject, to, first, template);
        others.iter().for_each(|(key, value)| self.add_prop(to, key.as_ref(), value));
        to
    }

    fn prop_value(&mut self, key: Option<&Expr>, value: &'a Expr, to: Reg) {
        match key.map(|key| &key.kind) {
            Some(ExprKind::String(units)) => {
                self.expr_named(value, &String::from_utf16_lossy(units).into(), Some(to));
            }
            _ => self.expr_to(value, to),
        }
    }

    fn add_prop(&mut self, object: Reg, key: Option<&'a Expr>, expr: &'a Expr) {
        let mark = self.fun.next;
        match key {
            None => {
                let from = self.operand(expr);
                self.emit_at(expr.pos, Op::CopyProps, object, from, 0);
            }
            Some(key) => {
                let name = if let ExprKind::String(units) = &key.kind { self.prop_name(units) } else { None };
                let target =
                    name.map_or_else(|| Target::Index(object, self.key(key)), |name| Target::Prop(object, name));
                let value = self.alloc();
                self.prop_value(Some(key), expr, value);
                self.store_target(&target, value, expr.pos);
            }
        }
        self.release(mark);
    }

    /// A key in a register of its own.
    pub(super) fn key(&mut self, key: &'a Expr) -> Reg {
        match &key.kind {
            ExprKind::String(units) if is_index(units) => {
                self.number(String::from_utf16_lossy(units).parse().unwrap_or(f64::NAN), None)
            }
            _ => self.push(key),
        }
    }

    fn prefix(&mut self, op: &Operator, inner: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
        let mark = self.fun.next;
        let value = match (op.text, &inner.kind) {
            ("-", ExprKind::Number(number)) => return self.number(-number, to),
            ("void", _) => {
                self.effect(inner);
                return self.unary(Op::Undefined, 0, to);
            }
            ("delete", _) => return self.delete(inner, to),
            ("typeof", ExprKind::Name(name)) => self.read_or_undefined(name, inner.pos),
            _ => self.operand(inner),
        };
        self.release(mark);
        let to = self.dest(to);
        self.emit_at(pos, op.op, to, value, 0);
        to
    }

    fn delete(&mut self, member: &'a Expr, to: Option<Reg>) -> Reg {
        if let ExprKind::Chain(inner) = &member.kind {
            let to = self.dest(to);
            let inside = |this: &mut Self| _ = this.delete(inner, Some(to));
            self.chain(inside, |this| this.emit(Op::Bool, to, 1, 0));
            return to;
        }
        let mark = self.fun.next;
        let (object, key) = match self.target(member, &[]) {
            Target::Prop(object, name) => {
                let key = self.alloc();
                self.emit_wide(Op::String, key, name.0);
                (object, key)
            }
            Target::Index(object, key) => (object, key),
            // The parser makes no other.
            Target::Variable(_) => return self.unary(Op::Bool, 1, to),
        };
        self.release(mark);
        let to = self.dest(to);
        self.emit(Op::DeleteIndex, to, object, key);
        to
    }

    pub(super) fn binary(&mut self, op: &Operator, left: &'a Expr, right: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
        let mark = self.fun.next;
        let left = self.stable(left, &[right]);
        let (op, right) = self.right_side(op, right);
        self.release(mark);
        let to = self.dest(to);
        self.emit_at(pos, op, to, left, right);
        to
    }

    /// The right operand of an operator, and the instruction for it.
    pub(super) fn right_side(&mut self, op: &Operator, right: &'a Expr) -> (Op, u16) {
        match (op.op, small_int(right)) {
            (Op::Add, Some(int)) => (Op::AddInt, int as u16),
            (Op::Sub, Some(int)) => (Op::SubInt, int as u16),
            (op, _) => (op, self.operand(right)),
        }
    }

    fn member(&mut self, member: &'a Expr, to: Option<Reg>) -> Reg {
        let mark = self.fun.next;
        let target = self.target(member, &[]);
        self.release(mark);
        let to = self.dest(to);
        self.load_target(&target, to, member.pos);
        to
    }
}

/// Whether an element or argument is no spread.
pub(super) fn is_one(item: &Expr) -> bool {
    !matches!(item.kind, ExprKind::Spread(_))
}

/// An integer literal that fits into an operand.
pub(super) fn small_int(expr: &Expr) -> Option<i16> {
    let number = match &expr.kind {
        ExprKind::Number(number) => *number,
        ExprKind::Unary(op, inner) => match inner.kind {
            ExprKind::Number(number) if op.op == Op::Neg => -number,
            _ => return None,
        },
        _ => return None,
    };
    let int = number as i16;
    (f64::from(int).to_bits() == number.to_bits()).then_some(int)
}

/// Whether a key is the canonical spelling of an array index.
fn is_index(units: &[u16]) -> bool {
    let digits = units.iter().all(|unit| (u16::from(b'0')..=u16::from(b'9')).contains(unit));
    digits && matches!(units.len(), 1..=10) && (units[0] != u16::from(b'0') || units.len() == 1)
}

/// Whether evaluating an expression may change an object, but for operators that call functions of their operands.
fn acts(expr: &Expr) -> bool {
    let mut found = match &expr.kind {
        ExprKind::Call(..) | ExprKind::New(..) | ExprKind::Await(_) => true,
        ExprKind::Assign(..) | ExprKind::AssignOp(..) | ExprKind::Update { .. } => true,
        ExprKind::Unary(op, _) => op.op == Op::DeleteIndex,
        _ => false,
    };
    parts(expr, &mut |part| found = found || matches!(part, Part::Value(part) if acts(part)));
    found
}
