//! What is said of a text that is not in the language, and where.

use mangrove_vm::syntax::parse;

/// Texts with a `¦` where the error is, how its message begins, and what its help contains.
type Table = &'static [(&'static str, &'static str, &'static str)];

/// What is no program in Node either; there, assigning to a call is an error only when it runs.
pub(crate) const EARLY: &[Table] = &[DECLARATIONS, ASSIGNMENTS, JUMPS, TOKENS, SPELLINGS];

#[track_caller]
fn check(cases: Table) {
    for (marked, message, help) in cases {
        let source = marked.replacen('¦', "", 1);
        let pos = marked.find('¦').expect("a place is marked") as u32;
        let Err(error) = parse(&source) else { panic!("`{source}` parses") };
        assert_eq!((error.pos, error.message.starts_with(message)), (pos, true), "`{source}`: {error:?}");
        assert!(error.help.as_deref().unwrap_or_default().contains(help), "`{source}`: {error:?}");
    }
}

const IN_MAIN: &str = "put it into `async function main() { … } main();`";
const TWICE: &str = "Identifier 'a' has already been declared";
const IN_ASSIGNMENT: &str = "Invalid left-hand side in assignment";
const IN_PATTERN: &str = "Invalid destructuring assignment target";
const BEFORE_POWER: &str = "Unary operator used immediately before exponentiation expression";
const SEPARATOR: &str = "A numeric separator stands between two digits";
const UNICODE: &str = "Invalid Unicode escape sequence";

const SUBSET: Table = &[
    ("¦var a", "var is not in the subset", "let or const"),
    ("for (¦var a of b) ;", "var is not in the subset", "let or const"),
    ("if (a) ¦var b", "var is not in the subset", "let or const"),
    ("¦class A {}", "classes are", "returns an object"),
    ("a = ¦class {}", "classes are", "returns an object"),
    ("a = { b() { ¦super.b() } }", "super is", "by its name"),
    ("function¦* a() {}", "generators are", "array"),
    ("a = function¦*() {}", "generators are", "array"),
    ("async function ¦*a() {}", "generators are", "array"),
    ("a = { ¦*b() {} }", "generators are", "array"),
    ("a = { async ¦*b() {} }", "generators are", "array"),
    ("function a() { ¦yield 1 }", "generators are", "array"),
    ("a = { ¦get b() {} }", "getters and setters are", "method"),
    ("a = { ¦set b(c) {} }", "getters and setters are", "method"),
    ("a = { ¦get [b]() {} }", "getters and setters are", "method"),
    ("¦import a from 'b'", "modules are", "one file"),
    ("¦export const a = 1", "modules are", "one file"),
    ("¦import('a')", "modules are", "one file"),
    ("a = ¦import.meta", "modules are", "one file"),
    ("¦with (a) b", "with is", "destructuring"),
    ("¦debugger", "debugger is", "console.log"),
    ("function a() { ¦new.target }", "new.target is", "returns an object"),
    ("a¦`b`", "tagged templates are", "call the function"),
    ("a.b?.¦`c`", "tagged templates are", "call the function"),
    ("a = ¦1n", "BigInt is", "number"),
    ("a = ¦0xffn", "BigInt is", "number"),
    ("a.¦#b", "private names are", "close over"),
    ("¦@a\nfunction b() {}", "decorators are", "call the function"),
    ("a = ¦/b'/", "regular expressions are", "methods of strings"),
    ("a.b(¦/=c/g)", "regular expressions are", "methods of strings"),
    ("if (a) ¦/b/.test(c)", "regular expressions are", "methods of strings"),
    ("{}\n¦/b/.test(c)", "regular expressions are", "methods of strings"),
    ("return_ = typeof ¦/b/", "regular expressions are", "methods of strings"),
    ("function a() { return ¦arguments[0] }", "arguments is", "...args"),
    ("¦eval('a')", "eval is", "function"),
    ("a = { ¦eval }", "eval is", "function"),
    ("({ ¦arguments } = a)", "arguments is", "...args"),
    ("let ¦eval = 1", "eval is", "function"),
    ("a = { ¦__proto__: b }", "setting a prototype is", "spread"),
    ("a = { ¦'__proto__': b }", "setting a prototype is", "spread"),
    ("async function a() { for ¦await (b of c) ; }", "for await is", "await in its body"),
    ("delete ¦a", "Delete of an unqualified identifier", "undefined"),
    ("delete ((¦a))", "Delete of an unqualified identifier", "undefined"),
    ("¦delete a()", "delete of anything but a property is", "delete object.name"),
    ("¦delete a?.b()", "delete of anything but a property is", "delete object.name"),
    ("a = ¦\\u0061", "escapes in names are", "itself"),
    ("a.b¦\\u{63}", "escapes in names are", "itself"),
    ("a ¦<!-- b", "HTML comments are", "space between"),
    ("let ¦static = 1", "Unexpected strict mode reserved word 'static'", "another name"),
    ("let ¦let = 1", "Unexpected strict mode reserved word 'let'", "another name"),
    ("(¦package) => 1", "Unexpected strict mode reserved word 'package'", "another name"),
];

#[test]
fn what_is_not_in_the_subset_says_what_to_use_instead() {
    check(SUBSET);
}

const AWAIT: Table = &[
    ("¦await a", "await outside of an async function", IN_MAIN),
    ("function a() { ¦await b }", "await outside of an async function", IN_MAIN),
    ("let a = ¦await b()", "await outside of an async function", IN_MAIN),
    ("async function a() { b(c => ¦await c) }", "await outside of an async function", IN_MAIN),
    ("async function a() { function b() { ¦await c } }", "await outside of an async function", IN_MAIN),
    ("async () => ({ a() { ¦await b } })", "await outside of an async function", IN_MAIN),
    ("(a = ¦await b) => a", "await outside of an async function", IN_MAIN),
    ("async function a(b = ¦await c) {}", "await in the parameters", "in its body"),
    ("async (a = ¦await b) => a", "await in the parameters", "in its body"),
    ("let ¦await", "await outside of an async function", IN_MAIN),
];

#[test]
fn await_is_for_async_functions() {
    check(AWAIT);
}

const DECLARATIONS: Table = &[
    ("let a; let ¦a", TWICE, ""),
    ("let a; const ¦a = 1", TWICE, ""),
    ("let a, ¦a", TWICE, ""),
    ("let [a, { b: ¦a }] = c", TWICE, ""),
    ("let a; function ¦a() {}", TWICE, ""),
    ("function a() {} let ¦a", TWICE, ""),
    ("{ function a() {} function ¦a() {} }", TWICE, ""),
    ("switch (b) { case 1: let a; default: let ¦a }", TWICE, ""),
    ("switch (b) { case 1: function a() {} case 2: function ¦a() {} }", TWICE, ""),
    ("try {} catch (a) { let ¦a }", TWICE, ""),
    ("try {} catch (a) { function ¦a() {} }", TWICE, ""),
    ("try {} catch ([a, ¦a]) {}", TWICE, ""),
    ("function b(a) { let ¦a }", TWICE, ""),
    ("a => { const ¦a = 1 }", TWICE, ""),
    ("function b({ c: [a] }, ...d) { let ¦a }", TWICE, ""),
    ("for (let a, ¦a;;) ;", TWICE, ""),
    ("for (const [a, ¦a] of b) ;", TWICE, ""),
    ("function b(a, ¦a) {}", "Duplicate parameter name", ""),
    ("(a, { b: ¦a }) => 1", "Duplicate parameter name", ""),
    ("a = { b(c, ...¦c) {} }", "Duplicate parameter name", ""),
    ("const a¦", "Missing initializer in const declaration", "="),
    ("const a = 1, b¦;", "Missing initializer in const declaration", "="),
    ("for (const a¦;;) ;", "Missing initializer in const declaration", "="),
    ("let [a]¦;", "Missing initializer in destructuring declaration", "="),
    ("for (let { a }¦;;) ;", "Missing initializer in destructuring declaration", "="),
    ("const a ¦'b", "Unterminated string", "close it"),
    ("if (a) ¦let b", "Lexical declaration cannot appear in a single-statement context", "braces"),
    ("for (;;) ¦const a = 1", "Lexical declaration cannot appear", "braces"),
    ("a: ¦let b", "Lexical declaration cannot appear", "braces"),
    ("if (a) ¦function b() {}", "Functions can only be declared at top level or inside a block", "braces"),
    ("if (a) ; else ¦async function b() {}", "Functions can only be declared", "braces"),
    ("a: ¦function b() {}", "Functions can only be declared", "braces"),
    ("(a = 1) => { ¦'use strict' }", "Illegal 'use strict' directive", "leave it out"),
    ("function a([b]) { 'c'; ¦\"use strict\"; }", "Illegal 'use strict' directive", "leave it out"),
    ("a = { b(...c) { ¦'use strict' } }", "Illegal 'use strict' directive", "leave it out"),
];

#[test]
fn declarations_are_checked() {
    check(DECLARATIONS);
}

const ASSIGNMENTS: Table = &[
    ("¦1 = a", IN_ASSIGNMENT, ""),
    ("¦a() = b", IN_ASSIGNMENT, ""),
    ("¦this = a", IN_ASSIGNMENT, ""),
    ("¦a + b = c", IN_ASSIGNMENT, ""),
    ("¦[a] += b", IN_ASSIGNMENT, ""),
    ("¦({ a }) = b", IN_ASSIGNMENT, ""),
    ("¦([a]) = b", IN_ASSIGNMENT, ""),
    ("¦a?.b = c", IN_ASSIGNMENT, ""),
    ("¦a?.b.c ||= d", IN_ASSIGNMENT, ""),
    ("¦(a = b) = c", IN_ASSIGNMENT, ""),
    ("++¦1", "Invalid left-hand side expression in prefix operation", ""),
    ("--¦a?.b", "Invalid left-hand side expression in prefix operation", ""),
    ("¦1++", "Invalid left-hand side expression in postfix operation", ""),
    ("¦a()--", "Invalid left-hand side expression in postfix operation", ""),
    ("¦a?.b++", "Invalid left-hand side expression in postfix operation", ""),
    ("[¦1] = a", IN_PATTERN, ""),
    ("[¦a()] = b", IN_PATTERN, ""),
    ("[¦([a])] = b", IN_PATTERN, ""),
    ("[¦(a = b)] = c", IN_PATTERN, ""),
    ("({ a: ¦1 } = b)", IN_PATTERN, ""),
    ("({ a: ¦({ b }) } = c)", IN_PATTERN, ""),
    ("[¦a?.b] = c", IN_PATTERN, ""),
    ("[...a¦, b] = c", "Rest element must be last element", ""),
    ("let [...a¦, b] = c", "Rest element must be last element", ""),
    ("({ ...a¦, b } = c)", "Rest element must be last element", ""),
    ("[...a ¦= b] = c", "Unexpected token '='", "']'"),
    ("({ ...¦{ a } } = b)", "`...` must be followed by a name", ""),
    ("let { ...¦[a] } = b", "`...` must be followed by a name", ""),
    ("(...a¦, b) => 1", "Rest parameter must be last formal parameter", ""),
    ("function a(...b¦, ) {}", "Rest parameter must be last formal parameter", ""),
    ("(...a ¦= b) => 1", "Unexpected token '='", "')'"),
    ("({ a ¦= 1 })", "Invalid shorthand property initializer", "':'"),
    ("f({ a ¦= 1 })", "Invalid shorthand property initializer", "':'"),
    ("({ 'a' ¦})", "Unexpected token '}'", "':'"),
    ("for (¦1 of a) ;", "Invalid left-hand side in for-loop", ""),
    ("for (¦a = 1 of b) ;", "Invalid left-hand side in for-loop", ""),
    ("for (¦let a = 1 of b) ;", "Invalid left-hand side in for-loop", "without a value"),
    ("for (¦let a, b of c) ;", "Invalid left-hand side in for-loop", "one variable"),
    ("for (¦const a = 1 in b) ;", "Invalid left-hand side in for-loop", "without a value"),
    ("for (¦async of a) ;", "The left-hand side of a for-of loop may not be 'async'", "parentheses"),
];

#[test]
fn what_cannot_be_assigned_is_said() {
    check(ASSIGNMENTS);
}

const JUMPS: Table = &[
    ("¦break", "Illegal break statement", ""),
    ("a: { ¦break }", "Illegal break statement", ""),
    ("for (;;) { () => { ¦break } }", "Illegal break statement", ""),
    ("¦continue", "Illegal continue statement: no surrounding iteration statement", ""),
    ("switch (a) { case 1: ¦continue }", "Illegal continue statement: no surrounding", ""),
    ("for (;;) break ¦a", "Undefined label 'a'", ""),
    ("a: for (;;) () => { for (;;) continue ¦a }", "Undefined label 'a'", ""),
    ("a: { for (;;) continue ¦a }", "Illegal continue statement: 'a' does not denote an iteration statement", ""),
    ("a: ¦a: for (;;) ;", "Label 'a' has already been declared", ""),
    ("¦return 1", "Illegal return statement", "functions"),
    ("{ ¦return }", "Illegal return statement", "functions"),
    ("¦throw\na", "Illegal newline after throw", "same line"),
    ("switch (a) { default: ¦default: }", "More than one default clause", ""),
    ("switch (a) { ¦b }", "Unexpected identifier 'b'", "'case'"),
    ("try {} ¦a", "Missing catch or finally after try", ""),
    ("try {}¦", "Missing catch or finally after try", ""),
];

#[test]
fn jumps_have_somewhere_to_go() {
    check(JUMPS);
}

const TOKENS: Table = &[
    ("a ¦b", "Unexpected identifier 'b'", "';' is expected here"),
    ("a = ¦", "Unexpected end of input", ""),
    ("f(a, [b, ¦", "Unexpected end of input", "[ of 1:6 is not closed"),
    ("function f() {\n  if (a) {\n¦", "Unexpected end of input", "{ of 2:10 is not closed"),
    ("`a${b¦", "Unexpected end of input", "${ of 1:1 is not closed"),
    ("f(a ¦b)", "Unexpected identifier 'b'", "',' or ')'"),
    ("a = [b ¦1]", "Unexpected number", "',' or ']'"),
    ("a = { b ¦'c' }", "Unexpected string", ""),
    ("(a, ¦)", "Unexpected token ')'", "an expression"),
    ("(¦)", "Unexpected token ')'", "an expression"),
    ("(a¦]", "Unexpected token ']'", ""),
    ("a¦)", "Unexpected token ')'", ""),
    ("¦}", "Unexpected token '}'", ""),
    ("`${a ¦]}`", "Unexpected token ']'", ""),
    ("`${¦}`", "Unexpected token '}'", "an expression"),
    ("if ¦a", "Unexpected identifier 'a'", "'('"),
    ("a ?? b ¦|| c", "Unexpected token '||'", "parentheses"),
    ("a && b ¦?? c", "Unexpected token '??'", "parentheses"),
    ("a ?? b ¦&& c", "Unexpected token '&&'", "parentheses"),
    ("a || b && c ¦?? d", "Unexpected token '??'", "parentheses"),
    ("-a ¦** b", BEFORE_POWER, "parentheses"),
    ("typeof a.b ¦** c", BEFORE_POWER, "parentheses"),
    ("async () => await a ¦** b", BEFORE_POWER, "parentheses"),
    ("() => {} ¦|| a", "Unexpected token '||'", ""),
    ("() => {}¦()", "Unexpected token '('", ""),
    ("(a)\n¦=> b", "Unexpected token '=>'", "no line may end"),
    ("async (a)\n¦=> b", "Unexpected token '=>'", "no line may end"),
    ("a\n¦=> b", "Unexpected token '=>'", "no line may end"),
    ("async\n(a) ¦=> b", "Unexpected token '=>'", "';'"),
    ("1 + (a) ¦=> b", "Unexpected token '=>'", ""),
    ("(a ¦+ 1) => b", "Unexpected token '+'", ""),
    ("new a¦?.b()", "Invalid optional chain from new expression", "parentheses"),
    ("a ¦.1", "Unexpected number", "';'"),
    ("function ¦(a) {}", "Unexpected token '('", "a name"),
    ("else_; ¦else a", "Unexpected token 'else'", ""),
    ("let ¦1", "Unexpected number", "a name"),
    ("let a = 1 ¦let b", "Unexpected strict mode reserved word 'let'", ""),
    ("for (let a of b¦, c) ;", "Unexpected token ','", "')'"),
    ("do a ¦while (b)", "Unexpected token 'while'", "';'"),
    ("if (a) ¦else b", "Unexpected token 'else'", "an expression"),
];

#[test]
fn tokens_are_where_they_may_be() {
    check(TOKENS);
}

const SPELLINGS: Table = &[
    ("a = ¦'b", "Unterminated string", "close it with '"),
    ("a = ¦\"b\nc\"", "Unterminated string", "template literal"),
    ("a = ¦'\\", "Unterminated string", ""),
    ("a = ¦`b", "Unterminated template literal", "`"),
    ("a = `b${c¦}d", "Unterminated template literal", "`"),
    ("a ¦/* b", "Unterminated comment", "*/"),
    ("¦017", "Octal literals", "0o"),
    ("¦089", "Octal literals", "0o"),
    ("¦0_1", "Octal literals", "0o"),
    ("1_¦_0", SEPARATOR, ""),
    ("1¦_", SEPARATOR, ""),
    ("1¦_.5", SEPARATOR, ""),
    ("1.¦_5", SEPARATOR, ""),
    ("0x¦_f", SEPARATOR, ""),
    ("1e¦_5", SEPARATOR, ""),
    ("1e¦", "Digits are missing", ""),
    ("0x¦", "Digits are missing", ""),
    ("0b¦2", "Digits are missing", ""),
    ("0b1¦2", "Unexpected character '2' in a number", "space"),
    ("0o7¦8", "Unexpected character '8' in a number", "space"),
    ("3¦in a", "Unexpected character 'i' in a number", "space"),
    ("1.5¦a", "Unexpected character 'a' in a number", "space"),
    ("'a¦\\1'", "Octal escape", "\\x"),
    ("'¦\\08'", "Octal escape", "\\x"),
    ("`¦\\8`", "Octal escape", "\\x"),
    ("'¦\\x4'", "Invalid hexadecimal escape sequence", ""),
    ("'¦\\u12'", UNICODE, ""),
    ("'¦\\u{}'", UNICODE, ""),
    ("'¦\\u{12'", UNICODE, ""),
    ("'¦\\u{110000}'", "Undefined Unicode code-point", ""),
    ("'¦\\u{ffffffffffffffffff}'", "Undefined Unicode code-point", ""),
    ("a ¦\0", "Unexpected character '\\0' (U+0000)", ""),
    ("a ¦€", "Unexpected character '€' (U+20AC)", ""),
    ("a ¦🌱", "Unexpected character '🌱' (U+1F331)", ""),
];

#[test]
fn spellings_are_checked() {
    check(SPELLINGS);
}

#[test]
fn the_first_error_in_the_text_is_reported() {
    check(&[
        ("¦var a = 'b", "var is not", ""),
        ("a = b ¦c; 'd", "Unexpected identifier 'c'", ""),
        ("f(¦/['\"]/)", "regular expressions are", ""),
        ("¦class A { #b = 1n; static c = /'/ }", "classes are", ""),
    ]);
}

#[test]
fn an_error_is_shown_with_its_line_and_a_caret() {
    let render = |source: &str| parse(source).expect_err("an error").render("dir/a.js", source);
    assert_eq!(
        render("let é = '🌱', var;\r\nb"),
        "dir/a.js:1:15: SyntaxError: var is not in the subset\n  \
         1 | let é = '🌱', var;\n    |               ^\n  help: use let or const\n"
    );
    assert_eq!(render("\n\n\tbreak"), "dir/a.js:3:2: SyntaxError: Illegal break statement\n  3 |  break\n    |  ^\n");
    assert_eq!(
        render("a +\n"),
        "dir/a.js:2:1: SyntaxError: Unexpected end of input\n  2 | \n    | ^\n  help: an expression is expected here\n"
    );
    let long = render(&format!("{}var", "a;".repeat(10_000)));
    assert!(long.len() < 400 && long.starts_with("dir/a.js:1:20001: "), "{long}");
    let (source, pos) = ("a\u{1b}[2J", 1);
    assert!(!render(source).contains('\u{1b}'), "{pos}");
}
