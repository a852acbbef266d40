//! From text to tree: [`lexer`], [`parser`], [`ast`]; and [`SyntaxError`], what is said of a text that is not in the
//! language.

pub mod ast;
