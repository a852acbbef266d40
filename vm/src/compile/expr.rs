//! Expressions: where their value comes to be, and by what instructions.
//!
//! Invariants: a register that is given for the result is written only when nothing reads it any more as what it was;
//! so it is a new one, unless [`Compiler::assign_register`] made sure of it. An operand that is a variable is copied if
//! what is evaluated after it may assign the variable.

use std::rc::Rc;

use crate::bytecode::{Atom, Op};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Function, Item, Key, LogicalOp, Name, Pattern, Pos, Prop, UnaryOp};

use super::assembler::Reg;
use super::call::call_pos;
use super::pattern::Origin;
use super::{Compiler, text};

/// How many values come into an object or array at once.
const BATCH: usize = 256;

/// What is read and assigned by the same expression. The registers hold the parts that are evaluated once.
pub(super) enum Target<'a> {
    Variable(&'a Name),
    Prop(Reg, Atom),
    Index(Reg, Reg),
}

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

    fn conditional(&mut self, test: &'a Expr, yes: &'a Expr, no: &'a Expr, mut each: impl FnMut(&mut Self, &'a Expr)) {
        let (otherwise, end) = (self.fun.asm.label(), self.fun.asm.label());
        self.jump_if(test, false, otherwise);
        each(self, yes);
        self.goto(end);
        self.fun.asm.bind(otherwise);
        each(self, no);
        self.fun.asm.bind(end);
    }

    /// Jumps over the right side of a logical operator when the left side, in `value`, decides.
    fn skip_right(&mut self, op: LogicalOp, value: Reg, end: super::Label) {
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
                self.push(expr);
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

    fn binary(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
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

    /// `?.`: the chain ends here when there is nothing.
    pub(super) fn unless_nullish(&mut self, value: Reg, optional: bool) {
        if let (true, Some(&short)) = (optional, self.fun.chains.last()) {
            self.fun.asm.jump(Op::JumpNullish, true, value, 0, short);
        }
    }

    /// Without a place of its own it has that of what came before, as in V8.
    fn load_target(&mut self, target: &Target<'a>, to: Reg, pos: Option<Pos>) {
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
    fn assign(&mut self, pattern: &'a Pattern, value: &'a Expr, pos: Pos, to: Option<Reg>, used: bool) -> Reg {
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

    fn assign_binary(
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

    fn assign_logical(&mut self, op: LogicalOp, target: &'a Expr, value: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
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
    fn update(&mut self, delta: i32, prefix: bool, target: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
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
