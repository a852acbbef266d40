//! How expressions are named in messages: as V8 prints the callee of a call.

use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::number_to_string;

/// What stands for a part that has no short text.
const SOMETHING: &str = "(intermediate value)";

/// The text of an expression.
pub(super) fn of(expr: &Expr) -> String {
    let dot = |optional: bool, dot: &'static str| if optional { "?." } else { dot };
    match &expr.kind {
        ExprKind::Number(number) => number_to_string(*number),
        ExprKind::String(units) => format!("\"{}\"", String::from_utf16_lossy(units)),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Null => "null".to_owned(),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::This => "this".to_owned(),
        ExprKind::Template(strings, exprs) if exprs.is_empty() => {
            format!("\"{}\"", String::from_utf16_lossy(&strings.concat()))
        }
        ExprKind::Template(_, exprs) => exprs.iter().map(of).collect(),
        ExprKind::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| item.as_ref().map_or(SOMETHING.to_owned(), of)).collect();
            format!("[{}]", items.join(","))
        }
        ExprKind::Object(props) => format!("{{{}}}", SOMETHING.repeat(props.len())),
        ExprKind::Spread(inner) => format!("(...{})", of(inner)),
        ExprKind::Unary(op, inner) => match (op.text, &inner.kind) {
            ("-", ExprKind::Number(_)) => format!("-{}", of(inner)),
            (text, _) => format!("({text}{}{})", if text.len() > 1 { " " } else { "" }, of(inner)),
        },
        ExprKind::Update { delta, prefix, target } => {
            let (op, target) = (if *delta > 0 { "++" } else { "--" }, of(target));
            if *prefix { format!("({op}{target})") } else { format!("({target}{op})") }
        }
        ExprKind::Binary(op, left, right) => format!("({} {} {})", of(left), op.text, of(right)),
        ExprKind::Conditional(..) => SOMETHING.repeat(3),
        ExprKind::Assign(pattern, _) if matches!(pattern.kind, ExprKind::Array(_) | ExprKind::Object(_)) => {
            SOMETHING.to_owned()
        }
        ExprKind::Assign(target, _) | ExprKind::AssignOp(_, target, _) => of(target),
        ExprKind::Member(object, name, optional) => format!("{}{}{name}", of(object), dot(*optional, ".")),
        ExprKind::Index(object, key, optional) => match &key.kind {
            ExprKind::String(units) => {
                format!("{}{}{}", of(object), dot(*optional, "."), String::from_utf16_lossy(units))
            }
            _ => format!("{}{}[{}]", of(object), dot(*optional, ""), of(key)),
        },
        ExprKind::Call(callee, ..) => of(callee) + "(...)",
        ExprKind::Sequence(exprs) => format!("({})", exprs.iter().map(of).collect::<Vec<_>>().join(" , ")),
        ExprKind::Function(_) | ExprKind::New(..) | ExprKind::Await(_) | ExprKind::Chain(_) => SOMETHING.to_owned(),
    }
}

/// What is said not to be iterable.
pub(super) fn iterable(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Call(callee, ..) => of(callee) + " is not a function or its return value",
        _ => of(expr),
    }
}

/// What is said of the only spread of a call, if it is last. Of others V8 does not say what they are.
pub(super) fn last_spread(expr: &Expr) -> String {
    format!("...{}", of(expr))
}

pub(super) fn unnamed(_: &Expr) -> String {
    String::new()
}

/// Whether a declaration that takes the value of this expression apart names it when it is not iterable.
pub(super) fn is_short(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(callee, ..) => matches!(callee.kind, ExprKind::Name(_)),
        ExprKind::Name(_) | ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Bool(_) | ExprKind::Null => true,
        ExprKind::Object(_) | ExprKind::Function(_) => true,
        _ => false,
    }
}
