//! Calls, `new`, and `await`, with the joins that need no array.
//!
//! Invariant: callee, `this` and arguments are the topmost registers, in a row, and nothing is allocated above them
//! when the call is made.

use mangrove_scheduler::JoinKind;

use crate::bytecode::Op;
use crate::syntax::ast::{Expr, ExprKind, Pos};

use super::assembler::Reg;
use super::assign::Target;
use super::expr::is_one;
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
        args: &'a [Expr],
        optional: bool,
        pos: Pos,
        to: Option<Reg>,
    ) -> Reg {
        if let (ExprKind::Name(name), [timer], false) = (&callee.kind, args, optional)
            && is_one(timer)
            && self.is_builtin(name, "clearTimeout")
        {
            let mark = self.fun.next;
            let timer = self.operand(timer);
            self.emit_at(callee.pos, Op::CancelTask, timer, 0, 0);
            self.release(mark);
            return self.unary(Op::Undefined, 0, to);
        }
        let base = self.base(to);
        let pos = callee_pos(callee).unwrap_or(pos);
        match &callee.kind {
            ExprKind::Member(..) | ExprKind::Index(..) => self.method(callee, base),
            ExprKind::Chain(inner) if matches!(inner.kind, ExprKind::Member(..) | ExprKind::Index(..)) => {
                let otherwise = |this: &mut Self| {
                    this.emit(Op::Undefined, base, 0, 0);
                    this.emit(Op::Undefined, base + 1, 0, 0);
                };
                self.chain(|this| this.method(inner, base), otherwise);
            }
            _ => {
                self.expr_to(callee, base);
                let this = self.alloc();
                self.emit(Op::Undefined, this, 0, 0);
            }
        }
        self.unless_nullish(base, optional);
        self.invoke(Op::Call, callee, args, base, pos, to)
    }

    pub(super) fn new_object(&mut self, callee: &'a Expr, args: &'a [Expr], pos: Pos, to: Option<Reg>) -> Reg {
        let base = self.base(to);
        self.expr_to(callee, base);
        self.alloc();
        self.invoke(Op::New, callee, args, base, pos, to)
    }

    /// The arguments, and the call of what is in `base`.
    fn invoke(&mut self, op: Op, callee: &Expr, args: &'a [Expr], base: Reg, pos: Pos, to: Option<Reg>) -> Reg {
        let simple = args.iter().take_while(|arg| is_one(arg)).count();
        let whole = simple == args.len();
        if whole {
            args.iter().for_each(|arg| _ = self.push(arg));
        } else {
            let array = self.alloc();
            self.new_array(array, args[..simple].iter());
            let name = if simple + 1 == args.len() { text::last_spread } else { text::unnamed };
            args[simple..].iter().for_each(|arg| self.append(array, Some(arg), name));
        }
        self.fun.asm.name_callee(text::of(callee));
        let (count, spread) = (self.fun.asm.fit(simple), if op == Op::Call { Op::CallSpread } else { Op::NewSpread });
        self.emit_at(pos, if whole { op } else { spread }, base, if whole { count } else { 0 }, 0);
        self.release(base.saturating_add(1));
        self.moved(base, to)
    }

    /// `await value`.
    pub(super) fn wait(&mut self, value: &'a Expr, pos: Pos, to: Option<Reg>) -> Reg {
        let mark = self.fun.next;
        let (op, awaited) = match self.join(value) {
            None => (Op::Await, self.operand(value)),
            Some((kind, items)) => {
                items.iter().flatten().for_each(|item| _ = self.push(item));
                self.release(mark);
                let promise = self.alloc();
                let operand = kind.encode(items.len()).unwrap_or_else(|_| {
                    self.fun.asm.overflow = true;
                    0
                });
                self.emit_at(value.pos, Op::JoinInit, promise, mark, operand);
                (Op::JoinAwait, promise)
            }
        };
        self.release(mark);
        let to = self.dest(to);
        self.emit_at(pos, op, to, awaited, 0);
        to
    }

    /// `Promise.all([…])` and the like: neither the array nor the call is needed when the result is awaited at once.
    fn join(&mut self, value: &'a Expr) -> Option<(JoinKind, &'a [Option<Expr>])> {
        let ExprKind::Call(callee, args, false) = &value.kind else { return None };
        let ExprKind::Member(object, method, false) = &callee.kind else { return None };
        let (ExprKind::Name(name), [list]) = (&object.kind, &**args) else { return None };
        let ExprKind::Array(items) = &list.kind else { return None };
        let kind = match &**method {
            "all" => JoinKind::All,
            "race" => JoinKind::Race,
            "any" => JoinKind::Any,
            "allSettled" => JoinKind::AllSettled,
            _ => return None,
        };
        let simple = items.iter().all(|item| item.as_ref().is_some_and(is_one));
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
            Target::Index(object, key) => {
                self.emit_at(member.pos, Op::GetIndex, base, object, key);
                self.moved(object, Some(base.saturating_add(1)));
            }
            Target::Variable(_) => {}
        }
    }
}
