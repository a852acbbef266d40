//! Calls, `new`, and `await`, with the joins that need no array.
//!
//! Invariant: callee, `this` and arguments are the topmost registers, in a row, and nothing is allocated above them
//! when the call is made.

use mangrove_scheduler::JoinKind;

use crate::bytecode::Op;
use crate::syntax::ast::{Expr, ExprKind, Item, Pos};

use super::assembler::Reg;
use super::assign::Target;
use super::{Compiler, text};

/// The place of an expression in a stack trace: that of a call is where the last name of its callee is.
pub(super) fn call_pos(expr: &Expr) -> Pos {
    match &expr.kind {
        ExprKind::Call(callee, ..) => callee_pos(callee).unwrap_or(expr.pos),
        _ => expr.pos,
    }
}

fn callee_pos(callee: &Expr) -> Option<Pos> {
    matches!(callee.kind, ExprKind::Name(_) | ExprKind::Member(..)).then_some(callee.pos)
}

impl<'a> Compiler<'a> {
    pub(super) fn call(
        &mut self,
        callee: &'a Expr,
        args: &'a [Item],
        optional: bool,
        pos: Pos,
        to: Option<Reg>,
    ) -> Reg {
        if let (ExprKind::Name(name), [Item::One(timer)], false) = (&callee.kind, args, optional)
            && self.is_builtin(name, "clearTimeout")
        {
            let mark = self.fun.next;
            let timer = self.operand(timer);
            self.emit_at(callee.pos, Op::CancelTask, timer, 0, 0);
            self.release(mark);
            let to = self.dest(to);
            self.emit(Op::Undefined, to, 0, 0);
            return to;
        }
        let base = self.base(to);
        let pos = callee_pos(callee).unwrap_or(pos);
        match &callee.kind {
            ExprKind::Member(..) | ExprKind::Index(..) => self.method(callee, base),
            ExprKind::Chain(inner) if matches!(inner.kind, ExprKind::Member(..) | ExprKind::Index(..)) => {
                let (end, short) = (self.fun.asm.label(), self.fun.asm.label());
                self.fun.chains.push(short);
                self.method(inner, base);
                self.fun.chains.pop();
                self.goto(end);
                self.fun.asm.bind(short);
                self.emit(Op::Undefined, base, 0, 0);
                self.emit(Op::Undefined, base + 1, 0, 0);
                self.fun.asm.bind(end);
                self.alloc();
            }
            _ => {
                self.expr_to(callee, base);
                let this = self.alloc();
                self.emit(Op::Undefined, this, 0, 0);
            }
        }
        self.unless_nullish(base, optional);
        let count = self.args(args);
        self.fun.asm.name_callee(text::of(callee));
        match count {
            Some(count) => self.emit_at(pos, Op::Call, base, count, 0),
            None => self.emit_at(pos, Op::CallSpread, base, 0, 0),
        }
        self.release(base.saturating_add(1));
        self.moved(base, to)
    }

    pub(super) fn new_object(&mut self, callee: &'a Expr, args: &'a [Item], pos: Pos, to: Option<Reg>) -> Reg {
        let base = self.base(to);
        self.expr_to(callee, base);
        self.alloc();
        let count = self.args(args);
        self.fun.asm.name_callee(text::of(callee));
        match count {
            Some(count) => self.emit_at(pos, Op::New, base, count, 0),
            None => self.emit_at(pos, Op::NewSpread, base, 0, 0),
        }
        self.release(base.saturating_add(1));
        self.moved(base, to)
    }

    /// `await value`.
    pub(super) fn wait(&mut self, value: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
        let mark = self.fun.next;
        if let Some((kind, items)) = self.join(value) {
            let first = mark;
            for item in items {
                if let Some(Item::One(expr)) = item {
                    self.push(expr);
                }
            }
            self.release(mark);
            let promise = self.alloc();
            let operand = kind.encode(items.len()).unwrap_or_else(|_| {
                self.fun.asm.overflow = true;
                0
            });
            self.emit_at(value.pos, Op::JoinInit, promise, first, operand);
            self.release(mark);
            let to = self.dest(to);
            self.emit_at(pos, Op::JoinAwait, to, promise, 0);
            return to;
        }
        let value = self.operand(value);
        self.release(mark);
        let to = self.dest(to);
        self.emit_at(pos, Op::Await, to, value, 0);
        to
    }

    /// `Promise.all([…])` and the like: neither the array nor the call is needed when the result is awaited at once.
    fn join(&mut self, value: &'a Expr) -> Option<(JoinKind, &'a [Option<Item>])> {
        let ExprKind::Call(callee, args, false) = &value.kind else { return None };
        let ExprKind::Member(object, method, false) = &callee.kind else { return None };
        let (ExprKind::Name(name), [Item::One(list)]) = (&object.kind, &**args) else { return None };
        let ExprKind::Array(items) = &list.kind else { return None };
        let kind = match &**method {
            "all" => JoinKind::All,
            "race" => JoinKind::Race,
            "any" => JoinKind::Any,
            "allSettled" => JoinKind::AllSettled,
            _ => return None,
        };
        let simple = items.iter().all(|item| matches!(item, Some(Item::One(_))));
        let fits = items.len() <= usize::from(JoinKind::MAX_COUNT);
        (simple && fits && self.is_builtin(name, "Promise")).then_some((kind, items))
    }

    /// Where the callee goes: the result comes back there, so it is the register for that if it is the last one.
    fn base(&mut self, to: Option<Reg>) -> Reg {
        match to {
            Some(to) if to.checked_add(1) == Some(self.fun.next) => to,
            _ => self.alloc(),
        }
    }

    /// Callee and `this` of a method call.
    fn method(&mut self, member: &'a Expr, base: Reg) {
        let mark = self.fun.next;
        let target = self.target(member, &[]);
        self.release(mark);
        self.alloc();
        match target {
            Target::Prop(object, name) => {
                let site = self.fun.asm.site(name);
                self.emit_at(member.pos, Op::GetMethod, base, object, site);
            }
            Target::Index(object, key) => self.emit_at(member.pos, Op::GetIndexMethod, base, object, key),
            Target::Variable(_) => {}
        }
    }

    /// Arguments behind callee and `this`: how many; `None` when they are in an array.
    fn args(&mut self, args: &'a [Item]) -> Option<u16> {
        let simple = args.iter().take_while(|arg| matches!(arg, Item::One(_))).count();
        let first = self.fun.next;
        for arg in &args[..simple] {
            let (Item::One(expr) | Item::Spread(expr)) = arg;
            self.push(expr);
        }
        let count = self.fun.asm.fit(simple);
        if simple == args.len() {
            return Some(count);
        }
        self.release(first);
        let array = self.alloc();
        self.emit(Op::NewArray, array, first, count);
        args[simple..].iter().for_each(|arg| self.append(array, Some(arg), false));
        None
    }
}
