//! How expressions are named in messages: as V8 prints the callee of a call.

use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Item, LogicalOp, Pattern, Prop, UnaryOp};
use crate::syntax::number_to_string;

/// The text of an expression; a part that has no short one is an "(intermediate value)".
pub(super) fn of(expr: &Expr) -> String {
    let mut text = String::new();
    print(expr, &mut text);
    text
}

/// What is said not to be iterable.
pub(super) fn iterable(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Call(callee, ..) => of(callee) + " is not a function or its return value",
        _ => of(expr),
    }
}

/// Whether a declaration that takes the value of this expression apart names it when it is not iterable.
pub(super) fn is_short(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(callee, ..) => matches!(callee.kind, ExprKind::Name(_)),
        ExprKind::Name(_) | ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Bool(_) | ExprKind::Null => true,
        _ => false,
    }
}

fn print(expr: &Expr, out: &mut String) {
    match &expr.kind {
        ExprKind::Number(number) => *out += &number_to_string(*number),
        ExprKind::String(units) => *out += &format!("\"{}\"", String::from_utf16_lossy(units)),
        ExprKind::Bool(value) => *out += if *value { "true" } else { "false" },
        ExprKind::Null => *out += "null",
        ExprKind::Name(name) => *out += name,
        ExprKind::This => *out += "this",
        ExprKind::Template(strings, exprs) => match &**exprs {
            [] => *out += &format!("\"{}\"", strings.first().map(|s| String::from_utf16_lossy(s)).unwrap_or_default()),
            exprs => exprs.iter().for_each(|expr| print(expr, out)),
        },
        ExprKind::Array(items) => {
            *out += "[";
            for (index, item) in items.iter().enumerate() {
                *out += if index > 0 { "," } else { "" };
                match item {
                    Some(Item::One(expr)) => print(expr, out),
                    Some(Item::Spread(expr)) => {
                        *out += "...";
                        print(expr, out);
                    }
                    None => {}
                }
            }
            *out += "]";
        }
        ExprKind::Object(props) => {
            *out += "{";
            for prop in props {
                let (Prop::Value(_, value) | Prop::Spread(value)) = prop;
                print(value, out);
            }
            *out += "}";
        }
        ExprKind::Unary(UnaryOp::Minus, inner) if matches!(inner.kind, ExprKind::Number(_)) => {
            *out += "-";
            print(inner, out);
        }
        ExprKind::Unary(op, inner) => {
            *out += unary(*op);
            print(inner, out);
            *out += ")";
        }
        ExprKind::Update { delta, prefix, target } => {
            let op = if *delta > 0 { "++" } else { "--" };
            *out += "(";
            *out += if *prefix { op } else { "" };
            print(target, out);
            *out += if *prefix { "" } else { op };
            *out += ")";
        }
        ExprKind::Binary(op, left, right) => infix(left, binary(*op), right, out),
        ExprKind::Logical(op, left, right) => {
            let op = match op {
                LogicalOp::And => "&&",
                LogicalOp::Or => "||",
                LogicalOp::Nullish => "??",
            };
            infix(left, op, right, out);
        }
        ExprKind::Conditional(..) => *out += &"(intermediate value)".repeat(3),
        ExprKind::Assign(pattern, _) => match &**pattern {
            Pattern::Name(name, _) => *out += name,
            Pattern::Member(member) => print(member, out),
            _ => *out += "(intermediate value)",
        },
        ExprKind::AssignBinary(_, target, _) | ExprKind::AssignLogical(_, target, _) => print(target, out),
        ExprKind::Member(object, name, optional) => {
            print(object, out);
            *out += if *optional { "?." } else { "." };
            *out += name;
        }
        ExprKind::Index(object, key, optional) => {
            print(object, out);
            *out += if *optional { "?." } else { "" };
            match &key.kind {
                ExprKind::String(units) => *out += &format!(".{}", String::from_utf16_lossy(units)),
                _ => {
                    *out += "[";
                    print(key, out);
                    *out += "]";
                }
            }
        }
        ExprKind::Call(callee, ..) => {
            print(callee, out);
            *out += "(...)";
        }
        ExprKind::Sequence(exprs) => {
            *out += "(";
            for (index, expr) in exprs.iter().enumerate() {
                *out += if index > 0 { " , " } else { "" };
                print(expr, out);
            }
            *out += ")";
        }
        ExprKind::Function(_) | ExprKind::New(..) | ExprKind::Await(_) | ExprKind::Chain(_) => {
            *out += "(intermediate value)"
        }
    }
}

fn infix(left: &Expr, op: &str, right: &Expr, out: &mut String) {
    *out += "(";
    print(left, out);
    *out += &format!(" {op} ");
    print(right, out);
    *out += ")";
}

fn unary(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Minus => "(-",
        UnaryOp::Plus => "(+",
        UnaryOp::Not => "(!",
        UnaryOp::BitNot => "(~",
        UnaryOp::Typeof => "(typeof ",
        UnaryOp::Void => "(void ",
        UnaryOp::Delete => "(delete ",
    }
}

fn binary(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
        BinaryOp::Pow => "**",
        BinaryOp::BitAnd => "&",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
        BinaryOp::ShrUnsigned => ">>>",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::StrictEq => "===",
        BinaryOp::StrictNe => "!==",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::In => "in",
        BinaryOp::Instanceof => "instanceof",
    }
}
