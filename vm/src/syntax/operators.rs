//! The operators, a line each.
//!
//! Invariant: how an operator is spelt, how tightly it binds and what does its work is said here, and nowhere else.

use crate::bytecode::Op;

/// An operator.
#[derive(Debug, PartialEq, Eq)]
pub struct Operator {
    /// How it is spelt.
    pub text: &'static str,
    /// How tightly it binds, if it stands between two operands.
    pub tightness: u8,
    /// The instruction that does its work; of `&&`, `||` and `??`, which jumps over the right side.
    pub op: Op,
}

const fn operator(text: &'static str, tightness: u8, op: Op) -> Operator {
    Operator { text, tightness, op }
}

static PREFIX: [Operator; 7] = [
    operator("-", 0, Op::Neg),
    operator("+", 0, Op::ToNumber),
    operator("!", 0, Op::Not),
    operator("~", 0, Op::BitNot),
    operator("typeof", 0, Op::Typeof),
    operator("void", 0, Op::Undefined),
    operator("delete", 0, Op::DeleteIndex),
];

static INFIX: [Operator; 25] = [
    operator("??", 1, Op::JumpNullish),
    operator("||", 1, Op::JumpIf),
    operator("&&", 2, Op::JumpIf),
    operator("|", 3, Op::BitOr),
    operator("^", 4, Op::BitXor),
    operator("&", 5, Op::BitAnd),
    operator("==", 6, Op::Eq),
    operator("!=", 6, Op::Ne),
    operator("===", 6, Op::StrictEq),
    operator("!==", 6, Op::StrictNe),
    operator("<", 7, Op::Lt),
    operator("<=", 7, Op::Le),
    operator(">", 7, Op::Gt),
    operator(">=", 7, Op::Ge),
    operator("in", 7, Op::In),
    operator("instanceof", 7, Op::Instanceof),
    operator("<<", 8, Op::Shl),
    operator(">>", 8, Op::Shr),
    operator(">>>", 8, Op::ShrUnsigned),
    operator("+", 9, Op::Add),
    operator("-", 9, Op::Sub),
    operator("*", 10, Op::Mul),
    operator("/", 10, Op::Div),
    operator("%", 10, Op::Rem),
    operator("**", 11, Op::Pow),
];

pub(super) fn prefix(text: &str) -> Option<&'static Operator> {
    PREFIX.iter().find(|operator| operator.text == text)
}

pub(super) fn infix(text: &str) -> Option<&'static Operator> {
    INFIX.iter().find(|operator| operator.text == text)
}

/// Whether this assigns, and by which operator, as `+=`; comparisons end with `=` too.
pub(super) fn assignment(text: &str) -> Option<Option<&'static Operator>> {
    match infix(text.strip_suffix('=')?) {
        None => (text == "=").then_some(None),
        Some(operator) if matches!(operator.tightness, 6 | 7) => None,
        operator => Some(operator),
    }
}

impl Operator {
    /// Whether it is `&&`, `||` or `??`.
    pub fn is_logical(&self) -> bool {
        matches!(self.op, Op::JumpIf | Op::JumpNullish)
    }

    /// How tightly operators in the right operand bind at least.
    pub(super) fn least_on_the_right(&self) -> u8 {
        match self.op {
            Op::Pow => self.tightness,
            // `a ?? b && c` is an error: the `&&` is to be seen where the `??` was.
            Op::JumpNullish => 3,
            _ => self.tightness + 1,
        }
    }
}
