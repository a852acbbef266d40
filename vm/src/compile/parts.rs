//! [`parts`]: what expressions and patterns consist of, for those who look for something in a tree.
//!
//! Invariant: parts come in the order in which they are evaluated, but for a pattern that is assigned to: it comes
//! behind the value.

use crate::syntax::ast::{Expr, ExprKind, Function, Name};

/// A part of an expression or a pattern.
pub(super) enum Part<'t> {
    /// It is evaluated.
    Value(&'t Expr),
    /// A variable is read.
    Name(&'t Name),
    /// A name or a member is read and assigned.
    Target(&'t Expr),
    /// A pattern is assigned, or is a part of another.
    Pattern(&'t Expr),
    /// A function is made.
    Function(&'t Function),
}

/// The parts of an expression.
pub(super) fn parts<'t>(expr: &'t Expr, each: &mut impl FnMut(Part<'t>)) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Bool(_) | ExprKind::Null | ExprKind::This => {}
        ExprKind::Name(name) => each(Part::Name(name)),
        ExprKind::Template(_, exprs) | ExprKind::Sequence(exprs) => exprs.iter().map(Part::Value).for_each(each),
        ExprKind::Array(items) => items.iter().flatten().map(Part::Value).for_each(each),
        ExprKind::Object(props) => {
            props.iter().flat_map(|(key, value)| key.iter().chain([value])).map(Part::Value).for_each(each);
        }
        ExprKind::Function(function) => each(Part::Function(function)),
        ExprKind::Unary(_, inner)
        | ExprKind::Await(inner)
        | ExprKind::Chain(inner)
        | ExprKind::Spread(inner)
        | ExprKind::Member(inner, ..) => each(Part::Value(inner)),
        ExprKind::Update { target, .. } => each(Part::Target(target)),
        ExprKind::Binary(_, left, right) | ExprKind::Index(left, right, _) => {
            [left, right].into_iter().for_each(|side| each(Part::Value(side)));
        }
        ExprKind::Conditional(test, yes, no) => {
            [test, yes, no].into_iter().for_each(|part| each(Part::Value(part)));
        }
        ExprKind::Assign(pattern, value) => {
            each(Part::Value(value));
            each(Part::Pattern(pattern));
        }
        ExprKind::AssignOp(_, target, value) => {
            each(Part::Target(target));
            each(Part::Value(value));
        }
        ExprKind::Call(callee, args, _) | ExprKind::New(callee, args) => {
            each(Part::Value(callee));
            args.iter().map(Part::Value).for_each(each);
        }
    }
}

/// The parts of a pattern. A name has none.
pub(super) fn pattern_parts<'t>(pattern: &'t Expr, each: &mut impl FnMut(Part<'t>)) {
    let mut element = |key: Option<&'t Expr>, element: &'t Expr| {
        let (pattern, default) = element.bound();
        key.into_iter().chain(default).for_each(|value| each(Part::Value(value)));
        each(Part::Pattern(pattern));
    };
    match &pattern.kind {
        ExprKind::Name(_) => {}
        ExprKind::Array(items) => items.iter().flatten().for_each(|item| element(None, item)),
        ExprKind::Object(props) => props.iter().for_each(|(key, value)| element(key.as_ref(), value)),
        _ => each(Part::Value(pattern)),
    }
}
