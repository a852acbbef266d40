//! The grammar of expressions, from the loosest to the tightest.
//!
//! Invariant: a left operand that was already parsed goes a level deeper by [`Parser::sink`], everything else by
//! [`Parser::nest`]; so the tree is never deeper than they count.

use super::ast::{Expr, ExprKind, Name, Pos};
use super::error::{Result, SyntaxError};
use super::lexer::Tok;
use super::parser::Parser;
use super::patterns::{Target, check_target};
use super::{number_to_string, operators, subset};

impl Parser<'_> {
    /// `a, b`.
    pub(super) fn expression(&mut self) -> Result<Expr> {
        let first = self.assignment()?;
        if !self.is(",") {
            return Ok(first);
        }
        let pos = first.pos;
        let mut parts = vec![first];
        while self.eat(",") {
            parts.push(self.assignment()?);
        }
        Ok(Expr { pos, kind: ExprKind::Sequence(parts) })
    }

    /// All but the comma.
    pub(super) fn assignment(&mut self) -> Result<Expr> {
        self.nest(|parser| {
            if let Some(arrow) = parser.arrow()? {
                return Ok(arrow);
            }
            if parser.is_pattern(&["="]) {
                let pattern = parser.pattern(Target::Assign)?;
                let pos = parser.expect("=")?;
                return Ok(Expr { pos, kind: ExprKind::Assign(pattern.into(), parser.assignment()?.into()) });
            }
            let start = parser.pos();
            let left = parser.conditional()?;
            parser.assignment_to(left, start)
        })
    }

    /// What follows the left side of an assignment, if it is one.
    fn assignment_to(&mut self, left: Expr, start: Pos) -> Result<Expr> {
        let Tok::Punct(text) = *self.tok() else { return Ok(left) };
        let Some(operator) = operators::assignment(text) else { return Ok(left) };
        check_target(&left, start, "Invalid left-hand side in assignment")?;
        let pos = self.bump();
        self.sink()?;
        let value = self.assignment()?.into();
        let kind = match operator {
            Some(operator) => ExprKind::AssignOp(operator, left.into(), value),
            None => ExprKind::Assign(left.into(), value),
        };
        Ok(Expr { pos, kind })
    }

    fn conditional(&mut self) -> Result<Expr> {
        let test = self.binary(0)?;
        if !self.is("?") {
            return Ok(test);
        }
        let pos = self.bump();
        self.sink()?;
        let yes = self.inside(Self::assignment)?;
        self.expect(":")?;
        let no = self.assignment()?;
        Ok(Expr { pos, kind: ExprKind::Conditional(test.into(), yes.into(), no.into()) })
    }

    /// Operators that bind at least as tightly as `least`.
    fn binary(&mut self, least: u8) -> Result<Expr> {
        let mut left = self.unary()?;
        let mut before = None; // the last of && || ?? here, outside of parentheses
        loop {
            let (Tok::Punct(text) | Tok::Keyword(text)) = *self.tok() else { return Ok(left) };
            let Some(operator) = operators::infix(text) else { return Ok(left) };
            if operator.tightness < least || (text == "in" && !self.has_in) {
                return Ok(left);
            }
            if operator.is_logical() {
                if before.is_some_and(|before| (before == "??") != (text == "??")) {
                    return Err(self.unexpected().help("put parentheses around one of ?? and && or ||"));
                }
                before = Some(text);
            }
            let pos = self.bump();
            self.sink()?;
            let right = self.nest(|parser| parser.binary(operator.least_on_the_right()))?;
            left = Expr { pos, kind: ExprKind::Binary(operator, left.into(), right.into()) };
        }
    }

    fn unary(&mut self) -> Result<Expr> {
        let pos = self.pos();
        let (Tok::Punct(text) | Tok::Keyword(text)) = *self.tok() else { return self.postfix() };
        match text {
            "++" | "--" => return self.prefix_update(text),
            "await" => return self.await_(),
            _ => {}
        }
        let Some(operator) = operators::prefix(text) else { return self.postfix() };
        self.bump();
        let operand = self.nest(Self::unary)?;
        if text == "delete" {
            check_delete(&operand, pos)?;
        }
        self.check_power()?;
        Ok(Expr { pos, kind: ExprKind::Unary(operator, operand.into()) })
    }

    fn await_(&mut self) -> Result<Expr> {
        if !self.function.is_async || self.function.in_params {
            let pos = self.pos();
            let error = SyntaxError::new(pos, "await in the parameters of an async function");
            return Err(if self.function.is_async { error.help("await in its body") } else { self.unexpected() });
        }
        let pos = self.bump();
        let operand = self.nest(Self::unary)?;
        self.check_power()?;
        Ok(Expr { pos, kind: ExprKind::Await(operand.into()) })
    }

    /// `-a ** b` could be read in two ways, and may not be written.
    fn check_power(&self) -> Result<()> {
        if !self.is("**") {
            return Ok(());
        }
        let message = "Unary operator used immediately before exponentiation expression";
        Err(SyntaxError::new(self.pos(), message)
            .help("put parentheses around the operator and its operand, or around the power"))
    }

    fn prefix_update(&mut self, text: &str) -> Result<Expr> {
        let (pos, start) = (self.bump(), self.pos());
        let target = self.nest(Self::unary)?;
        check_target(&target, start, "Invalid left-hand side expression in prefix operation")?;
        let delta = if text == "++" { 1 } else { -1 };
        Ok(Expr { pos, kind: ExprKind::Update { delta, prefix: true, target: target.into() } })
    }

    fn postfix(&mut self) -> Result<Expr> {
        let start = self.pos();
        let target = self.left_hand_side()?;
        let delta = match self.tok() {
            Tok::Punct("++") if !self.token().newline => 1,
            Tok::Punct("--") if !self.token().newline => -1,
            _ => return Ok(target),
        };
        check_target(&target, start, "Invalid left-hand side expression in postfix operation")?;
        let pos = self.bump();
        self.sink()?;
        Ok(Expr { pos, kind: ExprKind::Update { delta, prefix: false, target: target.into() } })
    }

    /// Members and calls.
    pub(super) fn left_hand_side(&mut self) -> Result<Expr> {
        let head = if self.is("new") { self.new_object()? } else { self.primary()? };
        self.members(head, true)
    }

    fn new_object(&mut self) -> Result<Expr> {
        let pos = self.expect("new")?;
        if self.is(".") {
            return Err(subset::missing(pos, "new.target"));
        }
        let callee = self.nest(|parser| {
            let head = if parser.is("new") { parser.new_object()? } else { parser.primary()? };
            parser.members(head, false)
        })?;
        let arguments = if self.is("(") { self.arguments()? } else { Vec::new() };
        Ok(Expr { pos, kind: ExprKind::New(callee.into(), arguments) })
    }

    /// What is taken of `expr`; without `calls`, up to the first call.
    fn members(&mut self, mut expr: Expr, calls: bool) -> Result<Expr> {
        let mut is_chain = false;
        loop {
            if self.is("?.") && !calls {
                let error = SyntaxError::new(self.pos(), "Invalid optional chain from new expression");
                return Err(error.help("put parentheses around what is constructed"));
            }
            let optional = self.eat("?.");
            let named = !optional && self.eat(".");
            is_chain |= optional;
            let pos = self.pos();
            let kind = match self.tok() {
                Tok::Punct("(") if calls && !named => {
                    self.sink()?;
                    ExprKind::Call(expr.into(), self.arguments()?, optional)
                }
                Tok::Punct("[") if !named => {
                    self.sink()?;
                    self.bump();
                    let index = self.inside(Self::expression)?;
                    self.expect("]")?;
                    ExprKind::Index(expr.into(), index.into(), optional)
                }
                Tok::Template { first: true, .. } => return Err(subset::missing(pos, "`")),
                _ if named || optional => {
                    self.sink()?;
                    let name = self.property_name().ok_or_else(|| self.expected("the name of a property"))?;
                    self.bump();
                    ExprKind::Member(expr.into(), name, optional)
                }
                _ => break,
            };
            expr = Expr { pos, kind };
        }
        if is_chain {
            self.sink()?;
            expr = Expr { pos: expr.pos, kind: ExprKind::Chain(expr.into()) };
        }
        Ok(expr)
    }

    fn arguments(&mut self) -> Result<Vec<Expr>> {
        self.inside(|parser| {
            let mut items = Vec::new();
            parser.expect("(")?;
            while !parser.eat(")") {
                items.push(parser.item()?);
                parser.separator(")")?;
            }
            Ok(items)
        })
    }

    /// An expression, or a spread of one.
    fn item(&mut self) -> Result<Expr> {
        let pos = self.pos();
        if !self.eat("...") {
            return self.assignment();
        }
        let kind = ExprKind::Spread(self.nest(Self::assignment)?.into());
        Ok(Expr { pos, kind })
    }

    fn primary(&mut self) -> Result<Expr> {
        let pos = self.pos();
        let kind = match self.tok().clone() {
            Tok::Number(number) => ExprKind::Number(number),
            Tok::String(text) => ExprKind::String(text),
            Tok::Keyword("true") => ExprKind::Bool(true),
            Tok::Keyword("false") => ExprKind::Bool(false),
            Tok::Keyword("null") => ExprKind::Null,
            Tok::Keyword("this") => ExprKind::This,
            _ if self.is_function() => {
                return Ok(Expr { pos, kind: ExprKind::Function(self.inside(|parser| parser.function(false))?) });
            }
            Tok::Name(name) => {
                self.check_name(&name, pos)?;
                ExprKind::Name(name)
            }
            Tok::Template { first: true, .. } => return self.inside(Self::template),
            Tok::Punct("(") => return self.inside(Self::parenthesized),
            Tok::Punct("[") => return self.inside(Self::array),
            Tok::Punct("{") => return self.inside(Self::object),
            Tok::Punct("/" | "/=") => return Err(subset::missing(pos, "/")),
            _ => return Err(self.expected("an expression")),
        };
        self.bump();
        Ok(Expr { pos, kind })
    }

    /// `(expression)`.
    pub(super) fn parenthesized(&mut self) -> Result<Expr> {
        self.expect("(")?;
        let expr = self.expression()?;
        self.expect(")")?;
        Ok(expr)
    }

    fn template(&mut self) -> Result<Expr> {
        let pos = self.pos();
        let (mut texts, mut values) = (Vec::new(), Vec::new());
        loop {
            match self.tok().clone() {
                Tok::Template { text, first, last } if first == texts.is_empty() => {
                    self.bump();
                    texts.push(text);
                    if last {
                        return Ok(Expr { pos, kind: ExprKind::Template(texts, values) });
                    }
                }
                _ => return Err(self.expected("'}'")),
            }
            values.push(self.expression()?);
        }
    }

    fn array(&mut self) -> Result<Expr> {
        let mut items = Vec::new();
        let pos = self.expect("[")?;
        while !self.eat("]") {
            if self.eat(",") {
                items.push(None);
                continue;
            }
            items.push(Some(self.item()?));
            self.separator("]")?;
        }
        Ok(Expr { pos, kind: ExprKind::Array(items) })
    }

    fn object(&mut self) -> Result<Expr> {
        let mut props = Vec::new();
        let pos = self.expect("{")?;
        while !self.eat("}") {
            props.push(if self.eat("...") { (None, self.assignment()?) } else { self.property()? });
            self.separator("}")?;
        }
        Ok(Expr { pos, kind: ExprKind::Object(props) })
    }

    fn property(&mut self) -> Result<(Option<Expr>, Expr)> {
        let start = self.pos();
        // Before these, `async`, `get` and `set` are names.
        let is_modifier = ![",", ":", "(", "}", "="].iter().any(|text| self.ahead(1).is(text));
        if is_modifier && (self.is("get") || self.is("set")) {
            return Err(subset::missing(self.pos(), "accessor"));
        }
        let is_async = is_modifier && self.is("async") && !self.ahead(1).newline;
        if is_async {
            self.bump();
        }
        if self.is("*") {
            return Err(subset::missing(self.pos(), "yield"));
        }
        let (tok, pos) = (self.tok().clone(), self.pos());
        let key = self.key()?;
        if is_async || self.is("(") {
            return Ok((Some(key), self.method(is_async, start)?));
        }
        if self.eat(":") {
            if matches!(&key.kind, ExprKind::String(name) if !matches!(tok, Tok::Punct(_)) && name.iter().copied().eq("__proto__".encode_utf16()))
            {
                return Err(subset::missing(pos, "__proto__"));
            }
            return Ok((Some(key), self.assignment()?));
        }
        let Tok::Name(name) = tok else { return Err(self.expected("':'")) };
        if self.is("=") {
            let error = SyntaxError::new(self.pos(), "Invalid shorthand property initializer");
            return Err(error.help("write ':' between a property and its value"));
        }
        self.check_name(&name, pos)?;
        Ok((Some(key), Expr { pos, kind: ExprKind::Name(name) }))
    }

    /// The key of a property.
    pub(super) fn key(&mut self) -> Result<Expr> {
        let pos = self.pos();
        let units = match self.tok() {
            Tok::String(text) => text.clone(),
            Tok::Number(value) => number_to_string(*value).encode_utf16().collect(),
            Tok::Punct("[") => {
                self.bump();
                let key = self.inside(Self::assignment)?;
                self.expect("]")?;
                return Ok(key);
            }
            _ => {
                let name = self.property_name().ok_or_else(|| self.expected("the name of a property"))?;
                name.encode_utf16().collect()
            }
        };
        self.bump();
        Ok(Expr { pos, kind: ExprKind::String(units) })
    }

    /// The name that is here; reserved words are names of properties too.
    fn property_name(&self) -> Option<Name> {
        match self.tok() {
            Tok::Name(name) => Some(name.clone()),
            Tok::Keyword(word) => Some((*word).into()),
            _ => None,
        }
    }
}

/// Whether `delete`, which is at `pos`, may be of `operand`.
fn check_delete(operand: &Expr, pos: Pos) -> Result<()> {
    let whole = if let ExprKind::Chain(whole) = &operand.kind { whole } else { operand };
    match whole.kind {
        ExprKind::Member(..) | ExprKind::Index(..) => Ok(()),
        ExprKind::Name(_) => {
            let error = SyntaxError::new(operand.pos, "Delete of an unqualified identifier in strict mode");
            Err(error.help("set the variable to undefined"))
        }
        _ => Err(subset::missing(pos, "delete of")),
    }
}
