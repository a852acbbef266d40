//! [`SyntaxError`]: what is said of a text that is not in the language.
//!
//! Invariant: an error has the place where it is, and where there is something to do about it, says what.

use std::fmt;

use unicode_width::UnicodeWidthChar;

use super::ast::Pos;
use super::lines::{line_at, locate};

/// Why a text is not a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong; in the words of V8 where it has the same error.
    pub message: String,
    /// Where: an offset in bytes.
    pub pos: Pos,
    /// What to write instead.
    pub help: Option<String>,
}

pub(super) type Result<T> = std::result::Result<T, SyntaxError>;

impl SyntaxError {
    pub(super) fn new(pos: Pos, message: impl Into<String>) -> Self {
        Self { message: message.into(), pos, help: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The error with its place, its line and a caret, as a terminal shows it; `source` is the text that was parsed.
    ///
    /// ```
    /// let source = "let x = 1;\nvar y = 2;\n";
    /// let error = mangrove_vm::syntax::parse(source).unwrap_err();
    /// assert_eq!(error.render("a.js", source), "\
    /// a.js:2:1: SyntaxError: var is not in the subset
    ///   2 | var y = 2;
    ///     | ^
    ///   help: use let or const
    /// ");
    /// ```
    pub fn render(&self, file: &str, source: &str) -> String {
        let (line, column) = locate(source, self.pos);
        let (text, at) = line_at(source, self.pos);
        let (shown, caret) = visible(text, at);
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let mut text = format!("{file}:{line}:{column}: SyntaxError: {}\n", self.message);
        text += &format!("  {number} | {shown}\n");
        text += &format!("  {margin} | {}^\n", " ".repeat(caret));
        if let Some(help) = &self.help {
            text += &format!("  help: {help}\n");
        }
        text
    }
}

/// A line of source as a terminal shows it, and before which column of that there is the byte `at`: far into a long line,
/// only the neighbourhood is shown; a tab or a control character is a space.
pub fn visible(line: &str, at: usize) -> (String, usize) {
    let (before, after) = line.split_at(line.floor_char_boundary(at));
    let skip = before.chars().count().saturating_sub(NEAR);
    let near = before.chars().skip(skip).chain(after.chars().take(NEAR));
    let shown: String = near.map(|c| if c.is_control() { ' ' } else { c }).collect();
    let caret = before.chars().skip(skip).map(|c| if c.is_control() { 1 } else { c.width().unwrap_or(0) }).sum();
    (shown.trim_end().to_owned(), caret)
}

/// How much of a long line is shown on either side, in characters.
const NEAR: usize = 80;

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, ": {help}"))
    }
}

impl std::error::Error for SyntaxError {}
