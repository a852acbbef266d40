//! The grammar of patterns: what declarations declare, parameters receive, and assignments assign.
//!
//! Invariant: the same pattern is read in all three; they differ in the leaves only ([`Target`]).

use super::ast::{Expr, ExprKind, Pos};
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
    pub(super) fn pattern(&mut self, target: Target) -> Result<Expr> {
        self.nest(|parser| {
            // In an assignment, `[a][0]` is a member, not a pattern.
            let whole = target != Target::Assign || parser.is_pattern(&[",", "]", "}", "=", "of", "in"]);
            match parser.tok() {
                Tok::Punct("[") if whole => parser.inside(|parser| parser.array_pattern(target)),
                Tok::Punct("{") if whole => parser.inside(|parser| parser.object_pattern(target)),
                _ => parser.leaf(target),
            }
        })
    }

    /// Whether a bracket is here behind whose partner one of `followers` comes: what distinguishes a pattern that is
    /// assigned to from a literal.
    pub(super) fn is_pattern(&self, followers: &[&str]) -> bool {
        (self.is("[") || self.is("{"))
            && self.after_bracket(0).is_some_and(|token| followers.iter().any(|text| token.is(text)))
    }

    /// A pattern and its default, or a rest, which `close` follows.
    pub(super) fn element(&mut self, target: Target, close: &str) -> Result<Expr> {
        let pos = self.pos();
        if !self.eat("...") {
            let pattern = self.pattern(target)?;
            return self.with_default(pattern);
        }
        let pattern = self.nest(|parser| parser.pattern(target))?;
        if self.is(",") {
            let what =
                if close == ")" { "parameter must be last formal parameter" } else { "element must be last element" };
            return Err(SyntaxError::new(self.pos(), format!("Rest {what}")));
        }
        if !self.is(close) {
            return Err(self.expected(&format!("'{close}'")));
        }
        Ok(Expr { pos, kind: ExprKind::Spread(pattern.into()) })
    }

    pub(super) fn with_default(&mut self, pattern: Expr) -> Result<Expr> {
        if !self.is("=") {
            return Ok(pattern);
        }
        let pos = self.bump();
        self.sink()?;
        Ok(Expr { pos, kind: ExprKind::Assign(pattern.into(), self.assignment()?.into()) })
    }

    fn leaf(&mut self, target: Target) -> Result<Expr> {
        if target == Target::Assign {
            let start = self.pos();
            let expr = self.left_hand_side()?;
            check_target(&expr, start, "Invalid destructuring assignment target")?;
            return Ok(expr);
        }
        self.name_leaf(target)
    }

    fn name_leaf(&mut self, target: Target) -> Result<Expr> {
        let (name, pos) = self.binding_name()?;
        match target {
            Target::Declare => self.declare(&name, Declared::Lexical, pos)?,
            Target::Param => self.declare(&name, Declared::Param, pos)?,
            Target::Assign => {}
        }
        Ok(Expr { pos, kind: ExprKind::Name(name) })
    }

    fn array_pattern(&mut self, target: Target) -> Result<Expr> {
        let mut elements = Vec::new();
        let pos = self.expect("[")?;
        while !self.eat("]") {
            if self.eat(",") {
                elements.push(None);
                continue;
            }
            elements.push(Some(self.element(target, "]")?));
            self.separator("]")?;
        }
        Ok(Expr { pos, kind: ExprKind::Array(elements) })
    }

    fn object_pattern(&mut self, target: Target) -> Result<Expr> {
        let mut props = Vec::new();
        let pos = self.expect("{")?;
        while !self.eat("}") {
            if !self.is("...") {
                props.push(self.pattern_prop(target)?);
            } else {
                let Expr { kind: ExprKind::Spread(rest), .. } = self.element(target, "}")? else { continue };
                if matches!(rest.kind, ExprKind::Array(_) | ExprKind::Object(_)) {
                    return Err(SyntaxError::new(rest.pos, "`...` must be followed by a name in an object pattern"));
                }
                props.push((None, *rest));
            }
            self.separator("}")?;
        }
        Ok(Expr { pos, kind: ExprKind::Object(props) })
    }

    fn pattern_prop(&mut self, target: Target) -> Result<(Option<Expr>, Expr)> {
        if let Tok::Name(name) = self.tok()
            && !self.ahead(1).is(":")
        {
            let key = Expr { pos: self.pos(), kind: ExprKind::String(name.encode_utf16().collect()) };
            let pattern = self.name_leaf(target)?;
            return Ok((Some(key), self.with_default(pattern)?));
        }
        let key = self.key()?;
        self.expect(":")?;
        Ok((Some(key), self.element(target, "}")?))
    }
}

/// Whether an expression, which begins at `start`, may be assigned to; else the error `message`.
pub(super) fn check_target(expr: &Expr, start: Pos, message: &str) -> Result<()> {
    match expr.kind {
        ExprKind::Name(_) | ExprKind::Member(_, _, false) | ExprKind::Index(_, _, false) => Ok(()),
        _ => Err(SyntaxError::new(start, message)),
    }
}
