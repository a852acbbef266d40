//! The grammar of functions: declarations, expressions, arrows, methods.
//!
//! Invariant: a function sees no label, loop or `await` of what surrounds it.

use std::mem;
use std::rc::Rc;

use super::ast::{Expr, ExprKind, Function, Name, Pos, Stmt, StmtKind};
use super::error::{Result, SyntaxError};
use super::lexer::Tok;
use super::parser::{Declared, Parser, Surroundings};
use super::patterns::Target;
use super::subset;

/// What of a function comes before its parameters.
struct Head {
    name: Option<Name>,
    arrow: bool,
    method: bool,
    is_async: bool,
    pos: Pos,
}

impl Parser<'_> {
    /// Whether `function` or `async function` begins here.
    pub(super) fn is_function(&self) -> bool {
        self.is("function") || (self.is("async") && self.ahead(1).is("function") && !self.ahead(1).newline)
    }

    /// A declaration or an expression, from `function` or `async`. A declaration has a name.
    pub(super) fn function(&mut self, declaration: bool) -> Result<Rc<Function>> {
        let pos = self.pos();
        let is_async = self.is("async");
        if is_async {
            self.bump();
        }
        self.expect("function")?;
        if self.is("*") {
            return Err(subset::missing(self.pos(), "yield"));
        }
        let mut name = None;
        if declaration || !self.is("(") {
            let (own, at) = self.binding_name()?;
            if declaration {
                self.declare(&own, Declared::Function, at)?;
            }
            name = Some(own);
        }
        self.function_from(Head { name, arrow: false, method: false, is_async, pos })
    }

    /// A method, from its parameters; `pos` is where it begins.
    pub(super) fn method(&mut self, is_async: bool, pos: Pos) -> Result<Expr> {
        let function = self.function_from(Head { name: None, arrow: false, method: true, is_async, pos })?;
        Ok(Expr { pos, kind: ExprKind::Function(function) })
    }

    /// An arrow, if one begins here.
    pub(super) fn arrow(&mut self) -> Result<Option<Expr>> {
        let begins = |count| match &self.ahead(count).tok {
            Tok::Name(_) => self.ahead(count + 1).is("=>"),
            _ => self.ahead(count).is("(") && self.after_bracket(count).is_some_and(|token| token.is("=>")),
        };
        let is_async = self.is("async") && !begins(0) && !self.ahead(1).newline && begins(1);
        if !is_async && !begins(0) {
            return Ok(None);
        }
        let pos = self.pos();
        if is_async {
            self.bump();
        }
        let function = self.function_from(Head { name: None, arrow: true, method: false, is_async, pos })?;
        Ok(Some(Expr { pos, kind: ExprKind::Function(function) }))
    }

    fn function_from(&mut self, head: Head) -> Result<Rc<Function>> {
        let own =
            Surroundings { is_function: true, is_async: head.is_async, in_params: true, ..Surroundings::default() };
        let outside = mem::replace(&mut self.function, own);
        let (params, body, end) = self.scope(true, |parser| {
            let bare = head.arrow && !parser.is("(");
            let params = if bare { vec![parser.pattern(Target::Param)?] } else { parser.inside(Self::params)? };
            parser.function.in_params = false;
            if head.arrow {
                if parser.token().newline {
                    return Err(parser.unexpected().help("no line may end before =>"));
                }
                parser.expect("=>")?;
            }
            let (body, end) = if head.arrow && !parser.is("{") {
                let value = parser.nest(Self::assignment)?; // in the `return`
                (vec![Stmt { pos: value.pos, kind: StmtKind::Return(Some(value)) }], parser.end())
            } else {
                let simple = params.iter().all(|param| matches!(param.kind, ExprKind::Name(_)));
                parser.inside(|parser| parser.function_body(simple))?
            };
            Ok((params, body, end))
        })?;
        self.function = outside;
        let Head { name, arrow, method, is_async, pos } = head;
        Ok(Rc::new(Function { name, params, body, arrow, method, is_async, pos, end }))
    }

    fn params(&mut self) -> Result<Vec<Expr>> {
        let mut params = Vec::new();
        self.expect("(")?;
        while !self.eat(")") {
            params.push(self.element(Target::Param, ")")?);
            self.separator(")")?;
        }
        Ok(params)
    }

    /// The statements and where the brace behind them ends.
    fn function_body(&mut self, simple_params: bool) -> Result<(Vec<Stmt>, Pos)> {
        let mut body = Vec::new();
        let mut directives = true;
        self.expect("{")?;
        while !self.is("}") {
            let first = self.token().clone();
            let stmt = self.statement(true)?;
            directives &= matches!(first.tok, Tok::String(_))
                && matches!(&stmt.kind, StmtKind::Expr(Expr { kind: ExprKind::String(_), .. }));
            if directives && !simple_params && self.text(&first).trim_matches(['\'', '"']) == "use strict" {
                let message = "Illegal 'use strict' directive in function with non-simple parameter list";
                return Err(SyntaxError::new(first.pos, message).help("leave it out: all code is strict"));
            }
            body.push(stmt);
        }
        self.bump();
        Ok((body, self.end()))
    }
}
