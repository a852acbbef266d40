//! What JavaScript has and the subset has not, and what to write instead.
//!
//! Invariant: each of these errors says what to use instead.

use super::ast::Pos;
use super::error::SyntaxError;

/// What begins it, or stands for it; what is not in the subset; what to use instead.
const LACKS: &[(&str, &str, &str)] = &[
    ("var", "var is", "use let or const"),
    ("class", "classes are", "use a function that returns an object with its methods"),
    ("extends", "classes are", "use a function that returns an object with its methods"),
    ("super", "super is", "call the other object's function by its name"),
    ("yield", "generators are", "build an array, or call a function for each value"),
    ("import", "modules are", "put the whole program into one file"),
    ("export", "modules are", "put the whole program into one file"),
    ("with", "with is", "use destructuring: const { a, b } = object"),
    ("debugger", "debugger is", "use console.log"),
    ("arguments", "arguments is", "use a rest parameter: (...args)"),
    ("eval", "eval is", "use a function"),
    ("accessor", "getters and setters are", "use a method"),
    ("__proto__", "setting a prototype is", "copy what is needed with a spread: { ...object }"),
    ("/", "regular expressions are", "use the methods of strings: includes, indexOf, split, slice, charCodeAt"),
    ("`", "tagged templates are", "call the function with the values"),
    ("1n", "BigInt is", "use a number"),
    ("new.target", "new.target is", "use a function that returns an object"),
    ("for await", "for await is", "use for (… of …) and await in its body"),
    ("delete of", "delete of anything but a property is", "write delete object.name or delete object[key]"),
    ("<!--", "HTML comments are", "write // for a comment, or a space between < and !"),
    ("\\", "escapes in names are", "write the character itself"),
    ("#", "private names are", "use a variable that the functions close over"),
    ("@", "decorators are", "call the function"),
];

/// The error for something the subset has not, by the first column of the table.
pub(super) fn lacks(pos: Pos, what: &str) -> Option<SyntaxError> {
    let (_, what, help) = LACKS.iter().find(|(text, ..)| *text == what)?;
    Some(SyntaxError::new(pos, format!("{what} not in the subset")).help(*help))
}

/// The same for what is in the table.
pub(super) fn missing(pos: Pos, what: &str) -> SyntaxError {
    lacks(pos, what).unwrap_or_else(|| SyntaxError::new(pos, format!("{what} is not in the subset")))
}

/// The error for a reserved word where none can be.
pub(super) fn keyword(pos: Pos, word: &str) -> SyntaxError {
    const STRICT: &str = "enum implements interface package private protected public static let";
    lacks(pos, word).unwrap_or_else(|| match STRICT.split(' ').any(|strict| strict == word) {
        true => {
            SyntaxError::new(pos, format!("Unexpected strict mode reserved word '{word}'")).help("use another name")
        }
        false => SyntaxError::new(pos, format!("Unexpected token '{word}'")),
    })
}

/// `await` where it cannot be.
pub(super) fn await_outside(pos: Pos) -> SyntaxError {
    SyntaxError::new(pos, "await outside of an async function")
        .help("put it into `async function main() { … } main();`")
}
