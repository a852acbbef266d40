//! Any text at all.

use mangrove_vm::syntax::ast::MAX_DEPTH;
use mangrove_vm::syntax::{locate, parse};
use proptest::prelude::*;

use crate::printer;

/// That a text has a tree or an error, and both are sound.
fn check(source: &str) {
    match parse(source) {
        Ok(script) => assert!(printer::depth(&printer::script(&script)) <= MAX_DEPTH),
        Err(error) => {
            assert!(error.pos as usize <= source.len() && source.is_char_boundary(error.pos as usize), "{error:?}");
            let (line, column) = locate(source, error.pos);
            assert!(error.render("a.js", source).starts_with(&format!("a.js:{line}:{column}: SyntaxError: ")));
        }
    }
}

#[rustfmt::skip]
const TOKENS: &[&str] = &[
    "a", "b", "c", "async", "await", "of", "get", "set", "let", "const", "function", "return", "if", "else", "for",
    "while", "do", "break", "continue", "switch", "case", "default", "try", "catch", "finally", "throw", "new",
    "typeof", "void", "delete", "in", "instanceof", "this", "null", "true", "var", "class", "yield", "eval", "static",
    "{", "}", "(", ")", "[", "]", ".", ";", ",", "<", ">", "+", "-", "*", "/", "%", "!", "~", "?", ":", "=", "=>",
    "==", "<=", "&&", "||", "??", "?.", "++", "--", "+=", "...", "===", "**", "??=", "1", "2.5", "0x", "'s'", "'",
    "\"t\"", "`", "`u`", "`v${", "}w`", "${", "\n", "\\", "\\u0061", "//", "/*", "*/", "é", "🌱", "\u{2028}",
    "\u{feff}", "#!", "#", "@", "1n", "<!--", "'use strict'", "__proto__",
];

fn programs() -> &'static [String] {
    static PROGRAMS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(read_programs);
    &PROGRAMS
}

fn read_programs() -> Vec<String> {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let files = std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "js")).collect();
    files.sort();
    files.iter().map(|path| std::fs::read_to_string(path).expect("a program is text")).collect()
}

#[test]
fn each_program_parses() {
    for program in programs() {
        if let Err(error) = parse(program) {
            panic!("{}", error.render("program", program));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_ascii(source in "[ -~\n]{0,100}") {
        check(&source);
    }

    #[test]
    fn random_tokens(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..60), space in any::<bool>()) {
        check(&tokens.join(if space { " " } else { "" }));
    }

    #[test]
    fn programs_with_changes(
        program in any::<prop::sample::Index>(),
        window in (any::<prop::sample::Index>(), 1..40usize),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..8usize, prop::sample::select(TOKENS)), 1..4),
    ) {
        let programs = programs();
        prop_assume!(!programs.is_empty());
        let lines: Vec<_> = program.get(programs).lines().collect();
        let first = window.0.index(lines.len());
        let mut source: Vec<char> = lines[first..(first + window.1).min(lines.len())].join("\n").chars().collect();
        for (place, length, token) in changes {
            let place = place.index(source.len() + 1);
            source.splice(place..(place + length).min(source.len()), token.chars());
        }
        check(&source.into_iter().collect::<String>());
    }
}
