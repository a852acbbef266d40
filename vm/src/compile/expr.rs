//! Expressions: where their value comes to be, and by what instructions.
//!
//! Invariants: a register that is given for the result is written only when nothing reads it any more as what it was;
//! so it is a new one, unless [`Compiler::assign_register`] made sure of it. An operand that is a variable is copied if
//! what is evaluated after it may assign the variable.

use std::rc::Rc;

use crate::bytecode::{Atom, Op};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Function, Item, Key, LogicalOp, Name, Pos, Prop, UnaryOp};

use super::assembler::Reg;
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

    /// An expression begins that V8 treats as a statement: what it reads first is where it begins.
    pub(super) fn begin(&mut self, expr: &Expr) {
        let prefix = matches!(expr.kind, ExprKind::Unary(..) | ExprKind::Template(..));
        self.fun.asm.begin(prefix.then_some(expr.pos));
    }

    /// Evaluates for what it does.
    pub(super) fn effect(&mut self, expr: &'a Expr) {
        let mark = self.fun.next;
        match &expr.kind {
            ExprKind::Assign(pattern, value) => {
                self.assign(pattern, value, expr.pos, None, false);
            }
            ExprKind::AssignBinary(op, target, value) => {
                self.assign_binary(*op, target, value, expr.pos, None, false);
            }
            ExprKind::Update { delta, target, .. } => {
                self.update(*delta, true, target, expr.pos, None);
            }
            ExprKind::Sequence(exprs) => exprs.iter().for_each(|expr| self.effect(expr)),
            ExprKind::Unary(UnaryOp::Void | UnaryOp::Not, inner) => self.effect(inner),
            ExprKind::Logical(op @ (LogicalOp::And | LogicalOp::Or), left, right) => {
                let end = self.fun.asm.label();
                self.jump_if(left, *op == LogicalOp::Or, end);
                self.effect(right);
                self.fun.asm.bind(end);
            }
            ExprKind::Conditional(test, yes, no) => self.conditional(test, yes, no, Self::effect),
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

    pub(super) fn number(&mut self, number: f64, to: Reg) {
        let int = number as i32;
        if f64::from(int).to_bits() == number.to_bits() {
            return self.emit_wide(Op::Int, to, int as u32);
        }
        let next = self.program.numbers.len() as u32;
        let index = *self.numbers.entry(number.to_bits()).or_insert(next);
        if index == next {
            self.program.numbers.push(number);
        }
        self.emit_wide(Op::Number, to, index);
    }

    pub(super) fn string(&mut self, units: &[u16], to: Reg) {
        let atom = self.atoms.intern(units);
        self.emit_wide(Op::String, to, atom.0);
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
            ExprKind::Number(number) => {
                let to = self.dest(to);
                self.number(*number, to);
                to
            }
            ExprKind::String(units) => {
                let to = self.dest(to);
                self.string(units, to);
                to
            }
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
            ExprKind::Unary(op, inner) => self.prefix(*op, inner, expr.pos, to),
            ExprKind::Update { delta, prefix, target } => self.update(*delta, *prefix, target, expr.pos, to),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr.pos, to),
            ExprKind::Logical(op, left, right) => {
                let (to, end) = (self.dest(to), self.fun.asm.label());
                self.expr_to(left, to);
                self.skip_right(*op, to, end);
                self.expr_to(right, to);
                self.fun.asm.bind(end);
                to
            }
            ExprKind::Conditional(test, yes, no) => {
                let to = self.dest(to);
                self.conditional(test, yes, no, |this, value| this.expr_to(value, to));
                to
            }
            ExprKind::Assign(pattern, value) => self.assign(pattern, value, expr.pos, to, true),
            ExprKind::AssignBinary(op, target, value) => self.assign_binary(*op, target, value, expr.pos, to, true),
            ExprKind::AssignLogical(op, target, value) => self.assign_logical(*op, target, value, expr.pos, to),
            ExprKind::Member(..) | ExprKind::Index(..) => self.member(expr, to),
            ExprKind::Call(callee, args, optional) => self.call(callee, args, *optional, expr.pos, to),
            ExprKind::Chain(inner) => {
                let (to, end) = (self.dest(to), self.fun.asm.label());
                let short = self.fun.asm.label();
                self.fun.chains.push(short);
                self.expr_to(inner, to);
                self.fun.chains.pop();
                self.goto(end);
                self.fun.asm.bind(short);
                self.emit(Op::Undefined, to, 0, 0);
                self.fun.asm.bind(end);
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
        }
    }

    /// An instruction whose first operand is the result, and whose second is given.
    fn unary(&mut self, op: Op, b: u16, to: Option<Reg>) -> Reg {
        let to = self.dest(to);
        self.emit(op, to, b, 0);
        to
    }

    pub(super) fn conditional(
        &mut self,
        test: &'a Expr,
        yes: &'a Expr,
        no: &'a Expr,
        mut each: impl FnMut(&mut Self, &'a Expr),
    ) {
        let (otherwise, end) = (self.fun.asm.label(), self.fun.asm.label());
        self.jump_if(test, false, otherwise);
        each(self, yes);
        self.goto(end);
        self.fun.asm.bind(otherwise);
        each(self, no);
        self.fun.asm.bind(end);
    }

    /// Jumps over the right side of a logical operator when the left side, in `value`, decides.
    pub(super) fn skip_right(&mut self, op: LogicalOp, value: Reg, end: super::Label) {
        match op {
            LogicalOp::And => self.fun.asm.jump(Op::JumpIf, false, value, 0, end),
            LogicalOp::Or => self.fun.asm.jump(Op::JumpIf, true, value, 0, end),
            LogicalOp::Nullish => self.fun.asm.jump(Op::JumpNullish, false, value, 0, end),
        }
    }

    fn template(&mut self, strings: &'a [Rc<[u16]>], exprs: &'a [Expr], pos: Pos, to: Option<Reg>) -> Reg {
        let first = self.fun.next;
        let mut count = 0;
        for (index, string) in strings.iter().enumerate() {
            if !string.is_empty() || strings.len() == 1 {
                let part = self.alloc();
                self.string(string, part);
                count += 1;
            }
            if let Some(expr) = exprs.get(index) {
                let part = self.push(expr);
                // What the rest does must not show in the string of an object.
                if !is_primitive(expr) && exprs[index + 1..].iter().any(acts) {
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

    fn array(&mut self, items: &'a [Option<Item>], to: Option<Reg>) -> Reg {
        let simple = items.iter().take(BATCH).take_while(|item| matches!(item, Some(Item::One(_)))).count();
        let (mark, whole) = (self.fun.next, simple == items.len());
        let early = if whole { None } else { Some(self.dest(to)) };
        let first = self.fun.next;
        for item in items[..simple].iter().flatten() {
            let (Item::One(expr) | Item::Spread(expr)) = item;
            self.push(expr);
        }
        self.release(early.map_or(mark, |_| first));
        let array = early.unwrap_or_else(|| self.dest(to));
        self.emit(Op::NewArray, array, first, simple as u16);
        for item in &items[simple..] {
            self.append(array, item.as_ref(), true);
        }
        array
    }

    /// Appends an element, those of a spread, or a hole to an array. Of an array that is the arguments of a call, V8 does
    /// not name what cannot be spread.
    pub(super) fn append(&mut self, array: Reg, item: Option<&'a Item>, named: bool) {
        let mark = self.fun.next;
        match item {
            None => {
                let hole = self.unary(Op::Hole, 0, None);
                self.emit(Op::Append, array, hole, 0);
            }
            Some(Item::One(expr)) => {
                let value = self.operand(expr);
                self.emit(Op::Append, array, value, 0);
            }
            Some(Item::Spread(expr)) => {
                let value = self.operand(expr);
                if named {
                    self.fun.asm.name_callee(text::iterable(expr));
                }
                self.emit_at(call_pos(expr), Op::AppendAll, array, value, 0);
            }
        }
        self.release(mark);
    }

    /// As many properties as can be are in the template of the object; those behind are added one by one.
    fn object(&mut self, props: &'a [Prop], pos: Pos, to: Option<Reg>) -> Reg {
        let mut keys: Vec<Atom> = Vec::new();
        for prop in props.iter().take(BATCH) {
            let Prop::Value(Key::Static(units, _), _) = prop else { break };
            match self.prop_name(units) {
                Some(key) if !keys.contains(&key) => keys.push(key),
                _ => break,
            }
        }
        let (mark, whole) = (self.fun.next, keys.len() == props.len());
        let early = if whole { None } else { Some(self.dest(to)) };
        let first = self.fun.next;
        let (simple, others) = props.split_at(keys.len());
        for prop in simple {
            let value = self.alloc();
            if let Prop::Value(key, expr) = prop {
                self.prop_value(key, expr, value);
            }
        }
        self.release(early.map_or(mark, |_| first));
        let object = early.unwrap_or_else(|| self.dest(to));
        let template = self.fun.asm.template(keys);
        self.emit_at(pos, Op::NewObject, object, first, template);
        others.iter().for_each(|prop| self.add_prop(object, prop));
        object
    }

    fn prop_value(&mut self, key: &Key, value: &'a Expr, to: Reg) {
        match key {
            Key::Static(units, _) if matches!(value.kind, ExprKind::Function(_)) => {
                self.expr_named(value, &String::from_utf16_lossy(units).into(), Some(to));
            }
            _ => self.expr_to(value, to),
        }
    }

    fn add_prop(&mut self, object: Reg, prop: &'a Prop) {
        let mark = self.fun.next;
        match prop {
            Prop::Spread(expr) => {
                let from = self.operand(expr);
                self.emit_at(expr.pos, Op::CopyProps, object, from, 0);
            }
            Prop::Value(key, expr) => {
                let name = match key {
                    Key::Static(units, _) => self.prop_name(units),
                    Key::Computed(_) => None,
                };
                let at = if name.is_none() { Some(self.key(key)) } else { None };
                let value = self.alloc();
                self.prop_value(key, expr, value);
                match (name, at) {
                    (Some(name), _) => {
                        let site = self.fun.asm.site(name);
                        self.emit_at(expr.pos, Op::SetProp, object, value, site);
                    }
                    (None, at) => self.emit_at(expr.pos, Op::DefineIndex, object, at.unwrap_or_default(), value),
                }
            }
        }
        self.release(mark);
    }

    /// A key in a register of its own.
    pub(super) fn key(&mut self, key: &'a Key) -> Reg {
        let to = self.alloc();
        match key {
            Key::Computed(expr) => self.expr_to(expr, to),
            Key::Static(units, _) => match String::from_utf16_lossy(units).parse::<i32>() {
                Ok(index) if is_index(units) => self.number(index.into(), to),
                _ => self.string(units, to),
            },
        }
        to
    }

    fn prefix(&mut self, op: UnaryOp, inner: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
        let mark = self.fun.next;
        let op = match (op, &inner.kind) {
            (UnaryOp::Minus, ExprKind::Number(number)) => {
                let to = self.dest(to);
                self.number(-number, to);
                return to;
            }
            (UnaryOp::Typeof, ExprKind::Name(name)) => {
                let value = self.read_or_undefined(name, inner.pos);
                self.release(mark);
                return self.unary(Op::Typeof, value, to);
            }
            (UnaryOp::Void, _) => {
                self.effect(inner);
                return self.unary(Op::Undefined, 0, to);
            }
            (UnaryOp::Delete, _) => return self.delete(inner, to),
            (UnaryOp::Minus, _) => Op::Neg,
            (UnaryOp::Plus, _) => Op::ToNumber,
            (UnaryOp::Not, _) => Op::Not,
            (UnaryOp::BitNot, _) => Op::BitNot,
            (UnaryOp::Typeof, _) => Op::Typeof,
        };
        let value = self.operand(inner);
        self.release(mark);
        let to = self.dest(to);
        self.emit_at(pos, op, to, value, 0);
        to
    }

    fn delete(&mut self, member: &'a Expr, to: Option<Reg>) -> Reg {
        if let ExprKind::Chain(inner) = &member.kind {
            let (to, end, short) = (self.dest(to), self.fun.asm.label(), self.fun.asm.label());
            self.fun.chains.push(short);
            self.delete(inner, Some(to));
            self.fun.chains.pop();
            self.goto(end);
            self.fun.asm.bind(short);
            self.emit(Op::Bool, to, 1, 0);
            self.fun.asm.bind(end);
            return to;
        }
        let mark = self.fun.next;
        let target = self.target(member, &[]);
        self.release(mark);
        let to = self.dest(to);
        match target {
            Target::Prop(object, name) => {
                let site = self.fun.asm.site(name);
                self.emit(Op::DeleteProp, to, object, site);
            }
            Target::Index(object, key) => self.emit(Op::DeleteIndex, to, object, key),
            // Of anything else, as the parser has it, only the value counts.
            Target::Variable(_) => self.emit(Op::Bool, to, 1, 0),
        }
        to
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
        let mark = self.fun.next;
        let (a, b, op) = match (op, small_int(right)) {
            (BinaryOp::Add, Some(int)) => (self.operand(left), int as u16, Op::AddInt),
            (BinaryOp::Sub, Some(int)) => (self.operand(left), int as u16, Op::SubInt),
            _ => (self.stable(left, &[right]), self.operand(right), operator(op)),
        };
        self.release(mark);
        let to = self.dest(to);
        self.emit_at(pos, op, to, a, b);
        to
    }

    fn member(&mut self, member: &'a Expr, to: Option<Reg>) -> Reg {
        let mark = self.fun.next;
        let target = self.target(member, &[]);
        self.release(mark);
        let to = self.dest(to);
        self.load_target(&target, to, Some(member.pos));
        to
    }

    /// `?.`: the chain ends here when there is nothing.
    pub(super) fn unless_nullish(&mut self, value: Reg, optional: bool) {
        if let (true, Some(&short)) = (optional, self.fun.chains.last()) {
            self.fun.asm.jump(Op::JumpNullish, true, value, 0, short);
        }
    }
}

/// An integer literal that fits into an operand.
pub(super) fn small_int(expr: &Expr) -> Option<i16> {
    let number = match &expr.kind {
        ExprKind::Number(number) => *number,
        ExprKind::Unary(UnaryOp::Minus, inner) => match inner.kind {
            ExprKind::Number(number) => -number,
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

pub(super) fn operator(op: BinaryOp) -> Op {
    match op {
        BinaryOp::Add => Op::Add,
        BinaryOp::Sub => Op::Sub,
        BinaryOp::Mul => Op::Mul,
        BinaryOp::Div => Op::Div,
        BinaryOp::Rem => Op::Rem,
        BinaryOp::Pow => Op::Pow,
        BinaryOp::BitAnd => Op::BitAnd,
        BinaryOp::BitOr => Op::BitOr,
        BinaryOp::BitXor => Op::BitXor,
        BinaryOp::Shl => Op::Shl,
        BinaryOp::Shr => Op::Shr,
        BinaryOp::ShrUnsigned => Op::ShrUnsigned,
        BinaryOp::Eq => Op::Eq,
        BinaryOp::Ne => Op::Ne,
        BinaryOp::StrictEq => Op::StrictEq,
        BinaryOp::StrictNe => Op::StrictNe,
        BinaryOp::Lt => Op::Lt,
        BinaryOp::Le => Op::Le,
        BinaryOp::Gt => Op::Gt,
        BinaryOp::Ge => Op::Ge,
        BinaryOp::In => Op::In,
        BinaryOp::Instanceof => Op::Instanceof,
    }
}

/// Whether the value of an expression is a primitive one, whatever it consists of.
fn is_primitive(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Template(..)
            | ExprKind::Unary(..)
            | ExprKind::Update { .. }
            | ExprKind::Binary(..)
    )
}

/// Whether evaluating an expression may change an object, but for operators that call functions of their operands.
fn acts(expr: &Expr) -> bool {
    let mut found = matches!(
        expr.kind,
        ExprKind::Call(..)
            | ExprKind::New(..)
            | ExprKind::Await(_)
            | ExprKind::Assign(..)
            | ExprKind::AssignBinary(..)
            | ExprKind::AssignLogical(..)
            | ExprKind::Update { .. }
            | ExprKind::Unary(UnaryOp::Delete, _)
    );
    parts(expr, &mut |part| found = found || matches!(part, Part::Value(part) if acts(part)));
    found
}
