//! From text to tree.
//!
//! [`parse`] makes the tree ([`ast`]) of a text, or says why there is none ([`SyntaxError`]); [`locate`] tells where in
//! the text a place of the tree is. In here, in the order in which a text passes: `lexer` makes tokens; `parser` holds
//! the place among them, the scopes and the depth, and `statements`, `expressions`, `patterns` and `functions` are its
//! grammar; [`operators`] is a table of operators; `subset` has the words for
//! what the language lacks.
//!
//! Invariants: what parses here parses under Node as strict code, and means the same; any text is answered in time and
//! memory proportional to its length, on a stack of 2 MiB (`vm/tests/syntax/`).

pub mod ast;
mod error;
mod expressions;
mod functions;
mod lexer;
mod lines;
pub mod operators;
mod parser;
mod patterns;
mod statements;
mod subset;

pub use error::{SyntaxError, visible};
pub use lines::{line_at, locate};

pub use crate::runtime::number::to_string as number_to_string;

/// The tree of a program.
///
/// # Errors
///
/// The first thing in `source` that is not in the language.
pub fn parse(source: &str) -> Result<ast::Script, SyntaxError> {
    if source.len() >= ast::Pos::MAX as usize {
        return Err(SyntaxError::new(0, "the program is too long").help("4 GiB are the limit"));
    }
    parser::Parser::new(source).script()
}
