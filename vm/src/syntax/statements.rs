//! The grammar of statements and declarations.
//!
//! Invariant: a declaration is only where a scope begins or goes on, never the lone body of an `if`, a loop or a label.

use super::ast::{DeclKind, Expr, ExprKind, Name, Stmt, StmtKind};
use super::error::{Result, SyntaxError};
use super::lexer::Tok;
use super::parser::Parser;
use super::patterns::{Target, check_target};
use super::subset;

impl Parser<'_> {
    /// A statement, or where a scope begins or goes on (`scope`) also a declaration.
    pub(super) fn statement(&mut self, scope: bool) -> Result<Stmt> {
        let pos = self.pos();
        let kind = self.nest(|parser| parser.statement_kind(scope))?;
        Ok(Stmt { pos, kind })
    }

    fn statement_kind(&mut self, scope: bool) -> Result<StmtKind> {
        let pos = self.pos();
        let misplaced = |message: &str| Err(SyntaxError::new(pos, message).help("put braces around it"));
        if self.is_function() {
            return match scope {
                true => Ok(StmtKind::Function(self.function(true)?)),
                false => misplaced("Functions can only be declared at top level or inside a block"),
            };
        }
        match *self.tok() {
            Tok::Punct("{") => Ok(StmtKind::Block(self.block()?)),
            Tok::Punct(";") => {
                self.bump();
                Ok(StmtKind::Empty)
            }
            Tok::Keyword("let" | "const") if scope => {
                let kind = self.declaration()?;
                self.semicolon()?;
                Ok(kind)
            }
            Tok::Keyword("let" | "const") => {
                misplaced("Lexical declaration cannot appear in a single-statement context")
            }
            Tok::Keyword("if") => self.if_(),
            Tok::Keyword("for") => self.scope(false, Self::for_),
            Tok::Keyword("while") => {
                self.bump();
                let test = self.parenthesized()?;
                Ok(StmtKind::For(None, Some(test), None, self.loop_body()?))
            }
            Tok::Keyword("do") => self.do_while(),
            Tok::Keyword(word @ ("break" | "continue")) => self.jump(word),
            Tok::Keyword("return") => self.return_(),
            Tok::Keyword("throw") => self.throw(),
            Tok::Keyword("switch") => self.switch(),
            Tok::Keyword("try") => self.try_(),
            Tok::Name(ref name) if self.ahead(1).is(":") => self.labelled(name.clone()),
            _ => self.expression_statement(),
        }
    }

    fn expression_statement(&mut self) -> Result<StmtKind> {
        let expr = self.expression()?;
        self.semicolon()?;
        Ok(StmtKind::Expr(expr))
    }

    fn block(&mut self) -> Result<Vec<Stmt>> {
        self.scope(false, Self::braced)
    }

    /// The statements between braces, in the scope that is there.
    fn braced(&mut self) -> Result<Vec<Stmt>> {
        let mut body = Vec::new();
        self.expect("{")?;
        while !self.eat("}") {
            body.push(self.statement(true)?);
        }
        Ok(body)
    }

    /// `let` or `const` and what they declare, without the semicolon.
    fn declaration(&mut self) -> Result<StmtKind> {
        let kind = self.declaration_keyword();
        let first = self.pattern(Target::Declare)?;
        self.declarators(kind, first)
    }

    fn declaration_keyword(&mut self) -> DeclKind {
        let kind = if self.is("let") { DeclKind::Let } else { DeclKind::Const };
        self.bump();
        kind
    }

    /// What follows the first pattern of a declaration.
    fn declarators(&mut self, kind: DeclKind, first: Expr) -> Result<StmtKind> {
        let mut list = vec![self.initializer(kind, first)?];
        while self.eat(",") {
            let pattern = self.pattern(Target::Declare)?;
            list.push(self.initializer(kind, pattern)?);
        }
        Ok(StmtKind::Declare(kind, list))
    }

    /// The value behind a pattern, where one must be.
    fn initializer(&mut self, kind: DeclKind, pattern: Expr) -> Result<Expr> {
        let what = match (&pattern.kind, kind) {
            _ if self.is("=") => return self.with_default(pattern),
            (ExprKind::Name(_), DeclKind::Let) => return Ok(pattern),
            (ExprKind::Name(_), DeclKind::Const) => "const",
            _ => "destructuring",
        };
        Err(self.missing(&format!("Missing initializer in {what} declaration"), "write = and a value"))
    }

    fn if_(&mut self) -> Result<StmtKind> {
        self.bump();
        let test = self.parenthesized()?;
        let yes = self.statement(false)?.into();
        let no = if self.eat("else") { Some(self.statement(false)?.into()) } else { None };
        Ok(StmtKind::If(test, yes, no))
    }

    fn loop_body(&mut self) -> Result<Box<Stmt>> {
        self.function.loops += 1;
        let body = self.statement(false)?;
        self.function.loops -= 1;
        Ok(body.into())
    }

    fn do_while(&mut self) -> Result<StmtKind> {
        self.bump();
        let body = self.loop_body()?;
        self.expect("while")?;
        let test = self.parenthesized()?;
        self.eat(";"); // after do … while, one is always inserted
        Ok(StmtKind::DoWhile(body, test))
    }

    /// `for`, in a scope of its own.
    fn for_(&mut self) -> Result<StmtKind> {
        self.bump();
        if self.is("await") {
            return Err(subset::missing(self.pos(), "for await"));
        }
        self.expect("(")?;
        self.has_in = false;
        let head = self.nest(Self::for_head)?;
        self.has_in = true;
        let init = match head {
            ForHead::Each(kind, pattern) => return self.for_each(kind, pattern),
            ForHead::Init(init) => init,
        };
        self.expect(";")?;
        let test = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        let update = if self.is(")") { None } else { Some(self.expression()?) };
        self.expect(")")?;
        Ok(StmtKind::For(init, test, update, self.loop_body()?))
    }

    /// What comes before `of`, `in` or the first semicolon.
    fn for_head(&mut self) -> Result<ForHead> {
        let pos = self.pos();
        if self.is(";") {
            return Ok(ForHead::Init(None));
        }
        if self.is("let") || self.is("const") {
            let kind = self.declaration_keyword();
            let pattern = self.pattern(Target::Declare)?;
            if self.is_each() {
                return Ok(ForHead::Each(Some(kind), pattern));
            }
            let kind = self.declarators(kind, pattern)?;
            if self.is_each() {
                let error = SyntaxError::new(pos, "Invalid left-hand side in for-loop");
                return Err(error.help("before of and in, one variable or pattern is declared, without a value"));
            }
            return Ok(ForHead::Init(Some(Stmt { pos, kind }.into())));
        }
        if self.is_pattern(&["of", "in"]) {
            return Ok(ForHead::Each(None, self.pattern(Target::Assign)?));
        }
        let is_async_of = self.is("async") && self.ahead(1).is("of");
        let expr = self.expression()?;
        if !self.is_each() {
            return Ok(ForHead::Init(Some(Stmt { pos, kind: StmtKind::Expr(expr) }.into())));
        }
        if is_async_of && self.is("of") {
            let error = SyntaxError::new(pos, "The left-hand side of a for-of loop may not be 'async'");
            return Err(error.help("put parentheses around it"));
        }
        check_target(&expr, pos, "Invalid left-hand side in for-loop")?;
        Ok(ForHead::Each(None, expr))
    }

    fn is_each(&self) -> bool {
        self.is("of") || self.is("in")
    }

    fn for_each(&mut self, kind: Option<DeclKind>, pattern: Expr) -> Result<StmtKind> {
        let keys = self.is("in");
        self.bump();
        let values = if keys { self.expression()? } else { self.assignment()? };
        self.expect(")")?;
        Ok(StmtKind::ForEach { kind, pattern, values, keys, body: self.loop_body()? })
    }

    fn labelled(&mut self, label: Name) -> Result<StmtKind> {
        if self.function.labels.iter().any(|(name, _)| *name == label) {
            return Err(SyntaxError::new(self.pos(), format!("Label '{label}' has already been declared")));
        }
        let mut count = 0;
        while matches!(self.ahead(count).tok, Tok::Name(_)) && self.ahead(count + 1).is(":") {
            count += 2;
        }
        let is_loop = ["for", "while", "do"].iter().any(|word| self.ahead(count).is(word));
        self.bump();
        self.expect(":")?;
        self.function.labels.push((label.clone(), is_loop));
        let body = self.statement(false)?;
        self.function.labels.pop();
        Ok(StmtKind::Labelled(label, body.into()))
    }

    /// `break` or `continue`.
    fn jump(&mut self, word: &str) -> Result<StmtKind> {
        let pos = self.bump();
        let around = &self.function;
        let label = match self.tok().clone() {
            Tok::Name(label) if !self.token().newline => Some(label),
            _ => None,
        };
        let is_continue = word == "continue";
        let target = label.as_ref().map(|label| around.labels.iter().find(|(name, _)| name == label));
        let error = match target {
            Some(None) => Some(format!("Undefined label '{}'", label.as_deref().unwrap_or_default())),
            Some(Some((label, false))) if is_continue => {
                Some(format!("Illegal continue statement: '{label}' does not denote an iteration statement"))
            }
            None if is_continue && around.loops == 0 => {
                Some("Illegal continue statement: no surrounding iteration statement".to_owned())
            }
            None if around.loops + around.switches == 0 => Some("Illegal break statement".to_owned()),
            _ => None,
        };
        if let Some(message) = error {
            return Err(SyntaxError::new(if label.is_some() { self.pos() } else { pos }, message));
        }
        if label.is_some() {
            self.bump();
        }
        self.semicolon()?;
        Ok(if is_continue { StmtKind::Continue(label) } else { StmtKind::Break(label) })
    }

    fn return_(&mut self) -> Result<StmtKind> {
        let pos = self.bump();
        if !self.function.is_function {
            return Err(SyntaxError::new(pos, "Illegal return statement").help("return is for functions"));
        }
        let nothing = self.is(";") || self.is("}") || self.token().newline || matches!(self.tok(), Tok::End);
        let value = if nothing { None } else { Some(self.expression()?) };
        self.semicolon()?;
        Ok(StmtKind::Return(value))
    }

    fn throw(&mut self) -> Result<StmtKind> {
        let pos = self.bump();
        if self.token().newline {
            return Err(SyntaxError::new(pos, "Illegal newline after throw").help("put the value on the same line"));
        }
        let value = self.expression()?;
        self.semicolon()?;
        Ok(StmtKind::Throw(value))
    }

    fn switch(&mut self) -> Result<StmtKind> {
        self.bump();
        let value = self.parenthesized()?;
        self.expect("{")?;
        self.function.switches += 1;
        let cases = self.scope(false, Self::cases)?;
        self.function.switches -= 1;
        Ok(StmtKind::Switch(value, cases))
    }

    fn cases(&mut self) -> Result<Vec<(Option<Expr>, Vec<Stmt>)>> {
        let mut cases: Vec<(Option<Expr>, Vec<Stmt>)> = Vec::new();
        let mut has_default = false;
        while !self.eat("}") {
            let pos = self.pos();
            let test = if self.eat("case") {
                Some(self.expression()?)
            } else if self.eat("default") {
                if std::mem::replace(&mut has_default, true) {
                    return Err(SyntaxError::new(pos, "More than one default clause in switch statement"));
                }
                None
            } else {
                return Err(self.expected("'case', 'default' or '}'"));
            };
            self.expect(":")?;
            let mut body = Vec::new();
            while !["case", "default", "}"].iter().any(|text| self.is(text)) {
                body.push(self.statement(true)?);
            }
            cases.push((test, body));
        }
        Ok(cases)
    }

    fn try_(&mut self) -> Result<StmtKind> {
        self.bump();
        let block = self.block()?;
        let handler = if self.eat("catch") { Some(self.scope(false, Self::handler)?) } else { None };
        let finalizer = if self.eat("finally") { Some(self.block()?) } else { None };
        if handler.is_none() && finalizer.is_none() {
            return Err(self.missing("Missing catch or finally after try", "write catch or finally, and a block"));
        }
        Ok(StmtKind::Try { block, handler, finalizer })
    }

    /// The parameter and the block of `catch`, in one scope.
    fn handler(&mut self) -> Result<(Option<Expr>, Vec<Stmt>)> {
        let mut param = None;
        if self.eat("(") {
            param = Some(self.pattern(Target::Declare)?);
            self.expect(")")?;
        }
        Ok((param, self.braced()?))
    }
}

/// What stands in the parentheses of a `for`, up to where the kinds differ.
enum ForHead {
    Init(Option<Box<Stmt>>),
    Each(Option<DeclKind>, Expr),
}
