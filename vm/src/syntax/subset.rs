//! What JavaScript has and the subset has not, and what to write instead.
//!
//! Invariant: each of these errors says what to use instead.

use super::ast::Pos;
use super::error::SyntaxError;

fn missing(pos: Pos, what: &str, help: &str) -> SyntaxError {
    SyntaxError::new(pos, format!("{what} not in the subset")).help(help)
}

/// The error for a reserved word that begins something the subset has not.
pub(super) fn keyword(pos: Pos, word: &str) -> Option<SyntaxError> {
    Some(match word {
        "var" => missing(pos, "var is", "use let or const"),
        "class" | "extends" => missing(pos, "classes are", "use a function that returns an object with its methods"),
        "super" => missing(pos, "super is", "call the other object's function by its name"),
        "yield" => missing(pos, "generators are", "build an array, or call a function for each value"),
        "import" | "export" => missing(pos, "modules are", "put the whole program into one file"),
        "with" => missing(pos, "with is", "use destructuring: const { a, b } = object"),
        "debugger" => missing(pos, "debugger is", "use console.log"),
        "enum" | "implements" | "interface" | "package" | "private" | "protected" | "public" | "static" | "let" => {
            SyntaxError::new(pos, format!("Unexpected strict mode reserved word '{word}'")).help("use another name")
        }
        _ => return None,
    })
}

/// The error for a name that is a part of the language.
pub(super) fn name(pos: Pos, name: &str) -> Option<SyntaxError> {
    Some(match name {
        "arguments" => missing(pos, "arguments is", "use a rest parameter: (...args)"),
        "eval" => missing(pos, "eval is", "use a function"),
        _ => return None,
    })
}

pub(super) fn generator(pos: Pos) -> SyntaxError {
    missing(pos, "generators are", "build an array, or call a function for each value")
}

pub(super) fn accessor(pos: Pos) -> SyntaxError {
    missing(pos, "getters and setters are", "use a method")
}

pub(super) fn prototype(pos: Pos) -> SyntaxError {
    missing(pos, "setting a prototype is", "copy what is needed with a spread: { ...object }")
}

pub(super) fn regular_expression(pos: Pos) -> SyntaxError {
    missing(pos, "regular expressions are", "use the methods of strings: includes, indexOf, split, slice, charCodeAt")
}

pub(super) fn tagged_template(pos: Pos) -> SyntaxError {
    missing(pos, "tagged templates are", "call the function with the values")
}

pub(super) fn big_int(pos: Pos) -> SyntaxError {
    missing(pos, "BigInt is", "use a number")
}

pub(super) fn new_target(pos: Pos) -> SyntaxError {
    missing(pos, "new.target is", "use a function that returns an object")
}

pub(super) fn for_await(pos: Pos) -> SyntaxError {
    missing(pos, "for await is", "use for (… of …) and await in its body")
}

pub(super) fn delete(pos: Pos) -> SyntaxError {
    missing(pos, "delete of anything but a property is", "write delete object.name or delete object[key]")
}

pub(super) fn html_comment(pos: Pos) -> SyntaxError {
    missing(pos, "HTML comments are", "write // for a comment, or a space between < and !")
}

/// A character that begins no token.
pub(super) fn character(pos: Pos, c: char) -> SyntaxError {
    match c {
        '#' => missing(pos, "private names are", "use a variable that the functions close over"),
        '@' => missing(pos, "decorators are", "call the function"),
        _ => SyntaxError::new(pos, format!("Unexpected character '{}' (U+{:04X})", c.escape_debug(), u32::from(c))),
    }
}

/// `await` where it cannot be.
pub(super) fn await_outside(pos: Pos) -> SyntaxError {
    SyntaxError::new(pos, "await outside of an async function")
        .help("put it into `async function main() { … } main();`")
}
