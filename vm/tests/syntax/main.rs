//! The syntax of scripts: which tree a text has, which error, and that every text has one of them.

mod any_text;
mod errors;
mod limits;
mod node;
mod printer;
mod snippets;
mod trees;
