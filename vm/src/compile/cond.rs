//! Conditions: expressions of which only the truth counts become jumps, without a value where they can.
//!
//! Invariant: `!(a < b)` is not `a >= b`, since either may be NaN; a jump says for which truth of its comparison it is.

use crate::bytecode::Op;
use crate::syntax::ast::{Expr, ExprKind};

use super::Compiler;
use super::assembler::Label;
use super::expr::small_int;

impl<'a> Compiler<'a> {
    /// Jumps when the truth of an expression is `when`.
    pub(super) fn jump_if(&mut self, expr: &'a Expr, when: bool, to: Label) {
        let mark = self.fun.next;
        match &expr.kind {
            ExprKind::Bool(value) => {
                if *value == when {
                    self.goto(to);
                }
            }
            ExprKind::Unary(op, inner) if op.op == Op::Not => self.jump_if(inner, !when, to),
            ExprKind::Binary(op, left, right) if op.op == Op::JumpIf => {
                // What the left side is when it decides.
                let decides = op.text == "||";
                if decides == when {
                    self.jump_if(left, when, to);
                    self.jump_if(right, when, to);
                } else {
                    let end = self.fun.asm.label();
                    self.jump_if(left, decides, end);
                    self.jump_if(right, when, to);
                    self.fun.asm.bind(end);
                }
            }
            ExprKind::Binary(op, left, right) if self.jump_compare(op.op, left, right, expr.pos, when, to) => {}
            _ => {
                let value = self.operand(expr);
                self.fun.asm.jump(Op::JumpIf, when, value, 0, to);
            }
        }
        self.release(mark);
    }

    /// Jumps by a comparison; the answer is whether there is such a jump.
    fn jump_compare(&mut self, op: Op, left: &'a Expr, right: &'a Expr, pos: u32, when: bool, to: Label) -> bool {
        let (op, when) = match op {
            Op::Ne => (Op::Eq, !when),
            Op::StrictNe => (Op::StrictEq, !when),
            op => (op, when),
        };
        let undefined = matches!(&right.kind, ExprKind::Name(name) if self.is_builtin(name, "undefined"));
        let (jump, with_int) = match op {
            Op::StrictEq if undefined => (Op::JumpUndefined, Op::JumpUndefined),
            Op::Eq if undefined || matches!(right.kind, ExprKind::Null) => (Op::JumpNullish, Op::JumpNullish),
            Op::Lt => (Op::JumpLt, Op::JumpLtInt),
            Op::Le => (Op::JumpLe, Op::JumpLeInt),
            Op::Gt => (Op::JumpGt, Op::JumpGtInt),
            Op::Ge => (Op::JumpGe, Op::JumpGeInt),
            Op::StrictEq => (Op::JumpStrictEq, Op::JumpStrictEqInt),
            _ => return false,
        };
        let value = self.stable(left, &[right]);
        let (jump, other) = match small_int(right) {
            Some(int) => (with_int, int as u16),
            None if matches!(jump, Op::JumpUndefined | Op::JumpNullish) => (jump, 0),
            None => (jump, self.operand(right)),
        };
        self.fun.asm.at(pos);
        self.fun.asm.jump(jump, when, value, other, to);
        true
    }

    /// Jumps when `===` holds, as the cases of a `switch` do.
    pub(super) fn jump_case(&mut self, value: u16, test: &'a Expr, to: Label) {
        let mark = self.fun.next;
        match small_int(test) {
            Some(int) => self.fun.asm.jump(Op::JumpStrictEqInt, true, value, int as u16, to),
            None => {
                let test = self.operand(test);
                self.fun.asm.jump(Op::JumpStrictEq, true, value, test, to);
            }
        }
        self.release(mark);
    }
}
