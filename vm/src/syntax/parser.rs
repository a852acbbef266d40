//! The state of parsing: the place among the tokens, what is declared, what surrounds, how deep.
//!
//! Invariant: the place only moves forward. An error ends the whole, so nothing is restored on the way out of one.

use std::collections::HashMap;

use super::ast::{MAX_DEPTH, Name, Pos, Script};
use super::error::{Result, SyntaxError};
use super::lexer::{self, Tok, Token};
use super::lines::locate;
use super::subset;

/// The parser; its grammar is in the files beside this.
pub(super) struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Token>,
    at: usize,
    /// How deep in the tree what is being parsed is.
    depth: usize,
    /// How deep the deepest leaf of it is so far.
    deepest: usize,
    /// Whether `in` is an operator here: not at the head of a `for`.
    pub(super) has_in: bool,
    /// The function that surrounds.
    pub(super) function: Surroundings,
    scopes: Vec<Scope>,
}

/// What a function, or the script, is to the statements in it.
#[derive(Default)]
pub(super) struct Surroundings {
    /// Not the script.
    pub(super) is_function: bool,
    pub(super) is_async: bool,
    /// Whether its parameters are being parsed.
    pub(super) in_params: bool,
    /// The labels here, and whether each is a loop's.
    pub(super) labels: Vec<(Name, bool)>,
    /// How many loops are around here.
    pub(super) loops: usize,
    /// How many switches.
    pub(super) switches: usize,
}

/// How a name is declared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    /// `let`, `const`, `catch`; and a function in a block.
    Lexical,
    Param,
    /// A function at the top of a function or of the script: may be declared again.
    Function,
}

struct Scope {
    names: HashMap<Name, Declared>,
    /// The outermost of a function or of the script.
    top: bool,
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        let tokens = lexer::tokens(source);
        let function = Surroundings::default();
        Parser { source, tokens, at: 0, depth: 0, deepest: 0, has_in: true, function, scopes: Vec::new() }
    }

    pub(super) fn script(mut self) -> Result<Script> {
        let mut body = Vec::new();
        self.scope(true, |parser| {
            while !matches!(parser.tok(), Tok::End) {
                body.push(parser.statement(true)?);
            }
            Ok(())
        })?;
        Ok(Script { body })
    }

    pub(super) fn token(&self) -> &Token {
        self.ahead(0)
    }

    pub(super) fn tok(&self) -> &Tok {
        &self.token().tok
    }

    pub(super) fn pos(&self) -> Pos {
        self.token().pos
    }

    /// How a token is spelt.
    pub(super) fn text(&self, token: &Token) -> &str {
        &self.source[token.pos as usize..token.end as usize]
    }

    /// Where the last token ended.
    pub(super) fn end(&self) -> Pos {
        self.at.checked_sub(1).map_or(0, |last| self.tokens[last].end)
    }

    /// A token after this one; after the last, the last.
    pub(super) fn ahead(&self, count: usize) -> &Token {
        &self.tokens[(self.at + count).min(self.tokens.len() - 1)]
    }

    /// The token after the bracket that closes the one which is `count` ahead, if it is one.
    pub(super) fn after_bracket(&self, count: usize) -> Option<&Token> {
        self.tokens.get(self.ahead(count).close? as usize + 1)
    }

    /// Whether this token is the punctuator or word `text`.
    pub(super) fn is(&self, text: &str) -> bool {
        self.token().is(text)
    }

    /// Goes on to the next token; returns where this one is.
    pub(super) fn bump(&mut self) -> Pos {
        let pos = self.pos();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        pos
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let is = self.is(text);
        if is {
            self.bump();
        }
        is
    }

    /// Goes on past `text`, which must be here; returns where.
    pub(super) fn expect(&mut self, text: &str) -> Result<Pos> {
        if self.is(text) { Ok(self.bump()) } else { Err(self.expected(&format!("'{text}'"))) }
    }

    /// What stands between the parts of a list that `close` ends.
    pub(super) fn separator(&mut self, close: &str) -> Result<()> {
        if self.eat(",") || self.is(close) { Ok(()) } else { Err(self.expected(&format!("',' or '{close}'"))) }
    }

    /// The end of a statement: `;`, or a place where JavaScript inserts one.
    pub(super) fn semicolon(&mut self) -> Result<()> {
        if self.eat(";") || self.is("}") || self.token().newline || matches!(self.tok(), Tok::End) {
            return Ok(());
        }
        Err(self.expected("';'"))
    }

    /// The error that this token is where `what` should be.
    pub(super) fn expected(&self, what: &str) -> SyntaxError {
        let error = self.unexpected();
        if error.help.is_some() { error } else { error.help(format!("{what} is expected here")) }
    }

    /// The error `message` for what should be before this token, unless the text ceases to be tokens here.
    pub(super) fn missing(&self, message: &str, help: &str) -> SyntaxError {
        match self.tok() {
            Tok::Bad(error) => (**error).clone(),
            _ => SyntaxError::new(self.pos(), message).help(help),
        }
    }

    /// The error that this token is here.
    pub(super) fn unexpected(&self) -> SyntaxError {
        let pos = self.pos();
        let what = match self.tok() {
            Tok::Bad(error) => return (**error).clone(),
            Tok::Keyword("await") if !self.function.is_async => return subset::await_outside(pos),
            Tok::Keyword(word) => return subset::keyword(pos, word),
            Tok::Name(name) => format!("Unexpected identifier '{name}'"),
            Tok::Number(_) => "Unexpected number".to_owned(),
            Tok::String(_) => "Unexpected string".to_owned(),
            Tok::Template { first: false, .. } => "Unexpected token '}'".to_owned(),
            Tok::Template { .. } => "Unexpected template string".to_owned(),
            Tok::Punct(text) => format!("Unexpected token '{text}'"),
            Tok::End => return self.unexpected_end(),
        };
        SyntaxError::new(pos, what)
    }

    fn unexpected_end(&self) -> SyntaxError {
        let error = SyntaxError::new(self.pos(), "Unexpected end of input");
        let open = |token: &&Token| token.close.is_none() && lexer::bracket(&token.tok).is_some();
        let Some(token) = self.tokens.iter().rev().find(open) else { return error };
        let (line, column) = locate(self.source, token.pos);
        error.help(format!("{} of {line}:{column} is not closed", lexer::bracket(&token.tok).unwrap_or_default()))
    }

    /// Parses what is a level deeper in the tree: one node, beginning with its leftmost leaf.
    pub(super) fn nest<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        let outside = std::mem::replace(&mut self.deepest, self.depth);
        self.limit(self.depth)?;
        let node = parse(self)?;
        self.deepest = self.deepest.max(outside);
        self.depth -= 1;
        Ok(node)
    }

    /// Puts what was parsed since [`nest`](Self::nest) a level deeper, as the left side of what follows.
    pub(super) fn sink(&mut self) -> Result<()> {
        self.deepest += 1;
        self.limit(self.deepest)
    }

    fn limit(&self, depth: usize) -> Result<()> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        let message = format!("The program is nested more than {MAX_DEPTH} levels deep here");
        Err(SyntaxError::new(self.pos(), message).help("put a part of it into a function or a variable of its own"))
    }

    /// Parses between brackets of any kind, where `in` is an operator again.
    pub(super) fn inside<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outside = std::mem::replace(&mut self.has_in, true);
        let result = parse(self)?;
        self.has_in = outside;
        Ok(result)
    }

    /// Parses a scope; `top` is that of a function or the script.
    pub(super) fn scope<T>(&mut self, top: bool, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.scopes.push(Scope { names: HashMap::new(), top });
        let result = parse(self)?;
        self.scopes.pop();
        Ok(result)
    }

    /// Declares a name in the scope that is being parsed.
    pub(super) fn declare(&mut self, name: &Name, mut how: Declared, pos: Pos) -> Result<()> {
        let Some(scope) = self.scopes.last_mut() else { return Ok(()) };
        if how == Declared::Function && !scope.top {
            how = Declared::Lexical;
        }
        match (scope.names.insert(name.clone(), how), how) {
            (None, _) | (Some(Declared::Function | Declared::Param), Declared::Function) => Ok(()),
            (_, Declared::Param) => Err(SyntaxError::new(pos, "Duplicate parameter name not allowed in this context")),
            _ => Err(SyntaxError::new(pos, format!("Identifier '{name}' has already been declared"))),
        }
    }

    /// A name that is to be declared.
    pub(super) fn binding_name(&mut self) -> Result<(Name, Pos)> {
        let Tok::Name(name) = self.tok().clone() else { return Err(self.expected("a name")) };
        self.check_name(&name, self.pos())?;
        Ok((name, self.bump()))
    }

    /// Whether a variable may be called so.
    pub(super) fn check_name(&self, name: &str, pos: Pos) -> Result<()> {
        if matches!(name, "arguments" | "eval") { Err(subset::missing(pos, name)) } else { Ok(()) }
    }
}

impl Token {
    /// Whether it is the punctuator or word `text`.
    pub(super) fn is(&self, text: &str) -> bool {
        match &self.tok {
            Tok::Punct(own) | Tok::Keyword(own) => *own == text,
            Tok::Name(own) => **own == *text,
            _ => false,
        }
    }
}
