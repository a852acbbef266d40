//! Conditions: expressions of which only the truth counts become jumps, without a value where they can.
//!
//! Invariant: `!(a < b)` is not `a >= b`, since either may be NaN; a jump says for which truth of its comparison it is.

use crate::bytecode::Op;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, LogicalOp, UnaryOp};

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
            ExprKind::Unary(UnaryOp::Not, inner) => self.jump_if(inner, !when, to),
            ExprKind::Logical(op @ (LogicalOp::And | LogicalOp::Or), left, right) => {
                // What the left side is when it decides.
                let decides = *op == LogicalOp::Or;
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
            ExprKind::Binary(op, left, right) if self.jump_compare(*op, left, right, expr.pos, when, to) => {}
            _ => {
                let value = self.operand(expr);
                self.fun.asm.jump(Op::JumpIf, when, value, 0, to);
            }
        }
        self.release(mark);
    }

    /// Jumps by a comparison; the answer is whether there is such a jump.
    fn jump_compare(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, pos: u32, when: bool, to: Label) -> bool {
        use BinaryOp::{Eq, Ge, Gt, Le, Lt, Ne, StrictEq, StrictNe};
        let (op, when) = match op {
            Ne => (Eq, !when),
            StrictNe => (StrictEq, !when),
            op => (op, when),
        };
        let undefined = self.is_undefined(right);
        if op == StrictEq && undefined || op == Eq && (undefined || matches!(right.kind, ExprKind::Null)) {
            let value = self.operand(left);
            let op = if op == Eq { Op::JumpNullish } else { Op::JumpUndefined };
            self.fun.asm.jump(op, when, value, 0, to);
            return true;
        }
        let mirrored = match op {
            Lt => Gt,
            Le => Ge,
            Gt => Lt,
            Ge => Le,
            op => op,
        };
        let (compared, int) = match (small_int(right), small_int(left)) {
            (Some(int), _) => ((op, left), Some(int)),
            (None, Some(int)) => ((mirrored, right), Some(int)),
            (None, None) => ((op, left), None),
        };
        let with_int = match compared.0 {
            Lt => Some(Op::JumpLtInt),
            Le => Some(Op::JumpLeInt),
            Gt => Some(Op::JumpGtInt),
            Ge => Some(Op::JumpGeInt),
            StrictEq => Some(Op::JumpStrictEqInt),
            _ => None,
        };
        if let (Some(op), Some(int)) = (with_int, int) {
            let value = self.operand(compared.1);
            self.fun.asm.at(pos);
            self.fun.asm.jump(op, when, value, int as u16, to);
            return true;
        }
        let op = match op {
            Lt => Op::JumpLt,
            Le => Op::JumpLe,
            Gt => Op::JumpGt,
            Ge => Op::JumpGe,
            StrictEq => Op::JumpStrictEq,
            Eq => Op::JumpEq,
            _ => return false,
        };
        let a = self.stable(left, &[right]);
        let b = self.operand(right);
        self.fun.asm.at(pos);
        self.fun.asm.jump(op, when, a, b, to);
        true
    }

    pub(super) fn is_undefined(&mut self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name) if self.is_builtin(name, "undefined"))
    }
}
