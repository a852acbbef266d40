//! [`parts`]: what expressions and patterns consist of, for those who look for something in a tree.
//!
//! Invariant: parts come in the order in which they are evaluated, but for a pattern that is assigned to: it comes
//! behind the value.

use crate::syntax::ast::{Element, Expr, ExprKind, Function, Item, Key, Name, Pattern, Prop};

/// A part of an expression or a pattern.
pub(super) enum Part<'t> {
    /// It is evaluated.
    Value(&'t Expr),
    /// A variable is read.
    Name(&'t Name),
    /// A name or a member is read and assigned.
    Target(&'t Expr),
    /// A pattern is assigned, or is a part of another.
    Pattern(&'t Pattern),
    /// A function is made.
    Function(&'t Function),
}

/// The parts of an expression.
pub(super) fn parts<'t>(expr: &'t Expr, each: &mut impl FnMut(Part<'t>)) {
    let item = |item: &'t Item| match item {
        Item::One(expr) | Item::Spread(expr) => Part::Value(expr),
    };
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Bool(_) | ExprKind::Null | ExprKind::This => {}
        ExprKind::Name(name) => each(Part::Name(name)),
        ExprKind::Template(_, exprs) | ExprKind::Sequence(exprs) => exprs.iter().map(Part::Value).for_each(each),
        ExprKind::Array(items) => items.iter().flatten().map(item).for_each(each),
        ExprKind::Object(props) => {
            for prop in props {
                let (Prop::Value(_, value) | Prop::Spread(value)) = prop;
                if let Prop::Value(Key::Computed(key), _) = prop {
                    each(Part::Value(key));
                }
                each(Part::Value(value));
            }
        }
        ExprKind::Function(function) => each(Part::Function(function)),
        ExprKind::Unary(_, inner) | ExprKind::Await(inner) | ExprKind::Chain(inner) => each(Part::Value(inner)),
        ExprKind::Member(inner, ..) => each(Part::Value(inner)),
        ExprKind::Update { target, .. } => each(Part::Target(target)),
        ExprKind::Binary(_, left, right) | ExprKind::Logical(_, left, right) | ExprKind::Index(left, right, _) => {
            [left, right].into_iter().for_each(|side| each(Part::Value(side)));
        }
        ExprKind::Conditional(test, yes, no) => {
            [test, yes, no].into_iter().for_each(|part| each(Part::Value(part)));
        }
        ExprKind::Assign(pattern, value) => {
            each(Part::Value(value));
            each(Part::Pattern(pattern));
        }
        ExprKind::AssignBinary(_, target, value) | ExprKind::AssignLogical(_, target, value) => {
            each(Part::Target(target));
            each(Part::Value(value));
        }
        ExprKind::Call(callee, args, _) | ExprKind::New(callee, args) => {
            each(Part::Value(callee));
            args.iter().map(item).for_each(each);
        }
    }
}

/// The parts of a pattern. A name has none.
pub(super) fn pattern_parts<'t>(pattern: &'t Pattern, each: &mut impl FnMut(Part<'t>)) {
    let rest = match pattern {
        Pattern::Name(..) => None,
        Pattern::Member(member) => {
            each(Part::Value(member));
            None
        }
        Pattern::Array { elements, rest, .. } => {
            elements.iter().flatten().for_each(|element| element_parts(element, each));
            rest.as_ref()
        }
        Pattern::Object { props, rest, .. } => {
            for (key, element) in props {
                if let Key::Computed(key) = key {
                    each(Part::Value(key));
                }
                element_parts(element, each);
            }
            rest.as_ref()
        }
    };
    rest.into_iter().for_each(|rest| each(Part::Pattern(rest)));
}

fn element_parts<'t>(element: &'t Element, each: &mut impl FnMut(Part<'t>)) {
    element.default.iter().for_each(|default| each(Part::Value(default)));
    each(Part::Pattern(&element.pattern));
}
