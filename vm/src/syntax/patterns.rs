//! The grammar of patterns: what declarations declare, parameters receive, and assignments assign.
//!
//! Invariant: the same pattern is read in all three; they differ in the leaves only ([`Target`]).

use super::ast::{Element, Expr, ExprKind, Key, Pattern, Pos};
use super::error::{Result, SyntaxError};
use super::lexer::Tok;
use super::parser::{Declared, Parser};

/// What the leaves of a pattern are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// New variables.
    Declare,
    /// Parameters.
    Param,
    /// Variables and members that exist.
    Assign,
}

impl Parser<'_> {
    pub(super) fn pattern(&mut self, target: Target) -> Result<Pattern> {
        self.nest(|parser| {
            // In an assignment, `[a][0]` is a member, not a pattern.
            let whole = target != Target::Assign || parser.is_pattern(&[",", "]", "}", "="]);
            match parser.tok() {
                Tok::Punct("[") if whole => parser.inside(|parser| parser.array_pattern(target)),
                Tok::Punct("{") if whole => parser.inside(|parser| parser.object_pattern(target)),
                _ => parser.leaf(target),
            }
        })
    }

    /// A pattern that is assigned to, which [`is_pattern`](Self::is_pattern) has seen here.
    pub(super) fn assigned_pattern(&mut self) -> Result<Pattern> {
        self.nest(|parser| {
            parser.inside(|parser| {
                if parser.is("[") {
                    parser.array_pattern(Target::Assign)
                } else {
                    parser.object_pattern(Target::Assign)
                }
            })
        })
    }

    /// Whether a bracket is here behind whose partner one of `followers` comes: what distinguishes a pattern that is
    /// assigned to from a literal.
    pub(super) fn is_pattern(&self, followers: &[&str]) -> bool {
        (self.is("[") || self.is("{"))
            && self.after_bracket(0).is_some_and(|token| followers.iter().any(|text| token.is(text)))
    }

    /// A pattern and its default.
    pub(super) fn element(&mut self, target: Target) -> Result<Element> {
        let pattern = self.pattern(target)?;
        self.with_default(pattern)
    }

    fn with_default(&mut self, pattern: Pattern) -> Result<Element> {
        let default = if self.eat("=") { Some(self.assignment()?) } else { None };
        Ok(Element { pattern, default })
    }

    fn leaf(&mut self, target: Target) -> Result<Pattern> {
        if target == Target::Assign {
            let start = self.pos();
            let expr = self.left_hand_side()?;
            check_target(&expr, start, "Invalid destructuring assignment target")?;
            return Ok(assigned(expr));
        }
        self.name_leaf(target)
    }

    fn name_leaf(&mut self, target: Target) -> Result<Pattern> {
        let (name, pos) = self.binding_name()?;
        match target {
            Target::Declare => self.declare(&name, Declared::Lexical, pos)?,
            Target::Param => self.declare(&name, Declared::Param, pos)?,
            Target::Assign => {}
        }
        Ok(Pattern::Name(name, pos))
    }

    fn array_pattern(&mut self, target: Target) -> Result<Pattern> {
        let (mut elements, mut rest) = (Vec::new(), None);
        let pos = self.expect("[")?;
        while !self.eat("]") {
            if self.eat(",") {
                elements.push(None);
                continue;
            }
            if self.eat("...") {
                rest = Some(Box::new(self.pattern(target)?));
                self.end_of_rest("]")?;
                break;
            }
            elements.push(Some(self.element(target)?));
            self.separator("]")?;
        }
        Ok(Pattern::Array { elements, rest, pos })
    }

    fn object_pattern(&mut self, target: Target) -> Result<Pattern> {
        let (mut props, mut rest) = (Vec::new(), None);
        let pos = self.expect("{")?;
        while !self.eat("}") {
            if self.eat("...") {
                let start = self.pos();
                let pattern = self.pattern(target)?;
                if matches!(pattern, Pattern::Array { .. } | Pattern::Object { .. }) {
                    return Err(SyntaxError::new(start, "`...` must be followed by a name in an object pattern"));
                }
                rest = Some(Box::new(pattern));
                self.end_of_rest("}")?;
                break;
            }
            props.push(self.pattern_prop(target)?);
            self.separator("}")?;
        }
        Ok(Pattern::Object { props, rest, pos })
    }

    fn pattern_prop(&mut self, target: Target) -> Result<(Key, Element)> {
        if let Tok::Name(name) = self.tok()
            && !self.ahead(1).is(":")
        {
            let key = Key::Static(name.encode_utf16().collect(), self.pos());
            let pattern = self.name_leaf(target)?;
            return Ok((key, self.with_default(pattern)?));
        }
        let key = self.key()?;
        self.expect(":")?;
        Ok((key, self.element(target)?))
    }

    fn end_of_rest(&mut self, close: &str) -> Result<()> {
        if self.is(",") {
            return Err(SyntaxError::new(self.pos(), "Rest element must be last element"));
        }
        self.expect(close).map(|_| ())
    }
}

/// Whether an expression, which begins at `start`, may be assigned to; else the error `message`.
pub(super) fn check_target(expr: &Expr, start: Pos, message: &str) -> Result<()> {
    match expr.kind {
        ExprKind::Name(_) | ExprKind::Member(_, _, false) | ExprKind::Index(_, _, false) => Ok(()),
        _ => Err(SyntaxError::new(start, message)),
    }
}

/// What an expression assigns, of which [`check_target`] says that it may be assigned to.
pub(super) fn assigned(expr: Expr) -> Pattern {
    if let ExprKind::Name(name) = expr.kind { Pattern::Name(name, expr.pos) } else { Pattern::Member(expr.into()) }
}
