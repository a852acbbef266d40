//! Which tree a text has.

use mangrove_vm::syntax::{ast, line_at, locate, parse};

use crate::printer;

fn tree(source: &str) -> String {
    match parse(source) {
        Ok(script) => printer::script(&script),
        Err(error) => panic!("{}", error.render("test", source)),
    }
}

/// Texts and their trees.
type Table = &'static [(&'static str, &'static str)];

/// All that are programs, in Node too.
pub(crate) const ALL: &[Table] = &[OPERATORS, MEMBERS, LITERALS, FUNCTIONS, PATTERNS, STATEMENTS, SEMICOLONS];

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(tree(source), *expected, "{source}");
    }
}

const OPERATORS: Table = &[
    ("a + b * c - d", "(Sub (Add a (Mul b c)) d)"),
    ("a * b ** c ** d", "(Mul a (Pow b (Pow c d)))"),
    ("a ** -b", "(Pow a (- b))"),
    ("(-a) ** b", "(Pow (- a) b)"),
    ("a++ ** --b", "(Pow (_++ a) (--_ b))"),
    ("a || b && c | d ^ e & f", "(|| a (&& b (BitOr c (BitXor d (BitAnd e f)))))"),
    ("a & b == c", "(BitAnd a (Eq b c))"),
    ("a === b != c", "(Ne (StrictEq a b) c)"),
    ("a < b << c + d", "(Lt a (Shl b (Add c d)))"),
    ("a in b instanceof c >= d", "(Ge (Instanceof (In a b) c) d)"),
    ("a >>> b >> c", "(Shr (ShrUnsigned a b) c)"),
    ("a % b / c", "(Div (Rem a b) c)"),
    ("a ?? b ?? c | d", "(?? (?? a b) (BitOr c d))"),
    ("(a || b) ?? (c && d)", "(?? (|| a b) (&& c d))"),
    ("a && b || c && d", "(|| (&& a b) (&& c d))"),
    ("!a + -b", "(Add (! a) (- b))"),
    ("typeof void a.b", "(typeof (void (. a b)))"),
    ("- -a", "(- (- a))"),
    ("- --a", "(- (--_ a))"),
    ("a - - b", "(Sub a (- b))"),
    ("a+++b", "(Add (_++ a) b)"),
    ("a-->b", "(Gt (_-- a) b)"),
    ("a ? b : c ? d : e", "(? a b (? c d e))"),
    ("a ? b ? c : d : e", "(? a (? b c d) e)"),
    ("a ? b = c : d = e", "(? a (= b c) (= d e))"),
    ("a = b = c, d", "(, (= a (= b c)) d)"),
    ("a ? .5 : b?.5:c", "(? a 0.5 (? b 0.5 c))"),
    ("delete a.b, delete a?.[b]", "(, (delete (. a b)) (delete (chain (?.[] a b))))"),
];

#[test]
fn operators_bind_as_tightly_as_in_javascript() {
    check(OPERATORS);
}

#[test]
fn each_assignment_operator_is_its_operator() {
    let operators = [
        ("+", "Add"),
        ("-", "Sub"),
        ("*", "Mul"),
        ("/", "Div"),
        ("%", "Rem"),
        ("**", "Pow"),
        ("<<", "Shl"),
        (">>", "Shr"),
        (">>>", "ShrUnsigned"),
        ("&", "BitAnd"),
        ("|", "BitOr"),
        ("^", "BitXor"),
        ("&&", "&&"),
        ("||", "||"),
        ("??", "??"),
    ];
    for (spelling, name) in operators {
        check(&[
            (&format!("a {spelling}= b"), &format!("({name}= a b)")),
            (&format!("a.b {spelling}= c {spelling} d"), &format!("({name}= (. a b) ({name} c d))")),
        ]);
    }
}

const MEMBERS: Table = &[
    ("a.b[c](d, ...e).f", "(. (call (.[] (. a b) c) d ...e) f)"),
    ("a.if.class.await", "(. (. (. a if) class) await)"),
    ("a?.b.c?.[d]?.(e)", "(chain (?.call (?.[] (. (?. a b) c) d) e))"),
    ("(a?.b).c", "(. (chain (?. a b)) c)"),
    ("a?.b + c?.d", "(Add (chain (?. a b)) (chain (?. c d)))"),
    ("a[b?.c]", "(.[] a (chain (?. b c)))"),
    ("new A", "(new A)"),
    ("new A(b)(c)", "(call (new A b) c)"),
    ("new a.B(c).d", "(. (new (. a B) c) d)"),
    ("new (a())(b)", "(new (call a) b)"),
    ("new new A(b)(c)", "(new (new A b) c)"),
    ("new A\n.b", "(new (. A b))"),
    ("!a.b()", "(! (call (. a b)))"),
    ("++a.b, a[b]--", "(, (++_ (. a b)) (_-- (.[] a b)))"),
    ("`a${b}c${d + `e`}`", "(`'a' b 'c' (Add d (`'e')) '')"),
    ("`${{}}`", "(`'' {()} '')"),
    ("a / b / c", "(Div (Div a b) c)"),
    ("a.return / b", "(Div (. a return) b)"),
    ("a\n/b/c", "(Div (Div a b) c)"),
];

#[test]
fn members_calls_and_chains_nest_to_the_left() {
    check(MEMBERS);
}

const LITERALS: Table = &[
    ("[]", "[()]"),
    ("[,]", "[(_)]"),
    ("[a, , ...b, ]", "[(a _ ...b)]"),
    ("({})", "{()}"),
    ("({ a, b: c, 'd e': f, 1: g, [h]: i, ...j, })", "{(a:a b:c d e:f 1:g [h]:i ...j)}"),
    ("({ if: a, class: b, async: c, get: d, set: e, await: f })", "{(if:a class:b async:c get:d set:e await:f)}"),
    ("({ async, get, set, of })", "{(async:async get:get set:set of:of)}"),
    ("({ async() {}, get() {}, set(a) {} })", "{(async:(fn []) get:(fn []) set:(fn [a]))}"),
    ("({ async a() {}, async [b]() {}, async 1() {} })", "{(a:(async fn []) [b]:(async fn []) 1:(async fn []))}"),
    ("({ async get() {}, async await() {} })", "{(get:(async fn []) await:(async fn []))}"),
    ("({ 0x10: a, 1e3: b, .5: c, 1e21: d, 1e-7: e })", "{(16:a 1000:b 0.5:c 1e+21:d 1e-7:e)}"),
    ("({ __proto__ }); ({ ['__proto__']: a })", "{(__proto__:__proto__)} {(__proto__:a)}"),
    ("null, true, false, this", "(, null true false this)"),
    (r#"'\x41\u0042\u{43}\n\t\0\'\"\a'"#, "'ABC\n\t\0'\"a'"),
    ("'a\\\nb\\\r\nc\\\u{2028}d'", "'abcd'"),
    ("`a\r\nb\rc\\\nd`", "(`'a\nb\ncd')"),
    ("'\u{2028}'", "'\u{2028}'"),
    (r"`\`\${}$`", "(`'`${}$')"),
    ("ünïcödé, $_1, 变量, a\u{200d}b", "(, ünïcödé $_1 变量 a\u{200d}b)"),
];

#[test]
fn literals_hold_what_they_say() {
    check(LITERALS);
    let script = parse(r"'\ud83d' + '\udf31\u{1f331}'").unwrap();
    let ast::StmtKind::Expr(ast::Expr { kind: ast::ExprKind::Binary(_, left, right), .. }) = &script.body[0].kind
    else {
        panic!("{script:?}");
    };
    assert!(matches!(&left.kind, ast::ExprKind::String(units) if **units == [0xd83d]));
    assert!(matches!(&right.kind, ast::ExprKind::String(units) if **units == [0xdf31, 0xd83c, 0xdf31]));
}

#[test]
fn numbers_are_rounded_once() {
    let number = |source: &str| match parse(source).map(|script| script.body.into_iter().next().map(|stmt| stmt.kind)) {
        Ok(Some(ast::StmtKind::Expr(ast::Expr { kind: ast::ExprKind::Number(number), .. }))) => number,
        other => panic!("{source}: {other:?}"),
    };
    let cases = [
        ("0", 0.0),
        ("0.", 0.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1_000.000_1e1_0", 1000.0001e10),
        ("1e400", f64::INFINITY),
        ("1e-400", 0.0),
        ("5e-324", 5e-324),
        ("0x1F", 31.0),
        ("0XfF", 255.0),
        ("0b1_01", 5.0),
        ("0o17", 15.0),
        ("9007199254740993", 9007199254740992.0),
        ("0x20000000000001", 9007199254740992.0), // half way: to even
        ("0x20000000000003", 9007199254740996.0),
    ];
    for (source, expected) in cases {
        assert_eq!(number(source), expected, "{source}");
    }
    assert_eq!(parse(&format!("0x{}", "f".repeat(33))).unwrap_err().message, "The number has more than 128 bits");
    assert_eq!(number(&format!("0b1{}", "0".repeat(127))), 2f64.powi(127));
}

const FUNCTIONS: Table = &[
    ("function f(a, b = 1, ...c) { return a }", "(fn f [a b=1 ...c] (return a))"),
    ("async function f() { await a }", "(async fn f [] (await a))"),
    ("(function () {}), (function f() {}), (async function () {})", "(, (fn []) (fn f []) (async fn []))"),
    ("() => {}", "(=> [])"),
    ("a => b", "(=> [a] (return b))"),
    ("a => ({})", "(=> [a] (return {()}))"),
    ("(a, [b, c = d], { e, f: g }, ...[h]) => 1", "(=> [a ([]b c=d) ({}e:e f:g) ...([]h)] (return 1))"),
    ("async a => await a", "(async => [a] (return (await a)))"),
    ("async (a) => {}", "(async => [a])"),
    ("async () => await (await b)", "(async => [] (return (await (await b))))"),
    ("async => async", "(=> [async] (return async))"),
    ("async async => async", "(async => [async] (return async))"),
    ("async(a), async", "(, (call async a) async)"),
    ("a => b => c => d", "(=> [a] (return (=> [b] (return (=> [c] (return d))))))"),
    ("a ? (b) : c => d", "(? a b (=> [c] (return d)))"),
    ("a ? (b) => c : d", "(? a (=> [b] (return c)) d)"),
    (
        "f(a => a, (b) => b, async (c) => c)",
        "(call f (=> [a] (return a)) (=> [b] (return b)) (async => [c] (return c)))",
    ),
    ("(a = (b = 1) => b) => a", "(=> [a=(=> [b=1] (return b))] (return a))"),
    ("((a), (b))", "(, a b)"),
    ("f = () => {}\n[a]", "(= f (=> [])) [(a)]"),
    ("(a, b,) => 1; function f(a,) {}; f(a,)", "(=> [a b] (return 1)) (fn f [a]) ; (call f a)"),
    (
        "async function f() { (await a).b; -await a; await a + await b }",
        "(async fn f [] (. (await a) b) (- (await a)) (Add (await a) (await b)))",
    ),
    ("async function f(a = async () => await b) {}", "(async fn f [a=(async => [] (return (await b)))])"),
    ("(a) => a in b", "(=> [a] (return (In a b)))"),
];

#[test]
fn functions_of_all_kinds() {
    check(FUNCTIONS);
}

const PATTERNS: Table = &[
    ("let a, b = 1, c", "(let a b=1 c)"),
    ("const [a, , b = 1, [c], { d }, ...e] = f", "(const ([]a _ b=1 ([]c) ({}d:d) ...e)=f)"),
    (
        "let { a, b = 1, c: d, e: f = 2, [g]: h, 'i j': k, 3: l, if: m, ...n } = o",
        "(let ({}a:a b:b=1 c:d e:f=2 [g]:h i j:k 3:l if:m ...n)=o)",
    ),
    ("let [] = a, {} = b, [,] = c, [a, ] = d", "(let ([])=a ({})=b ([]_)=c ([]a)=d)"),
    ("[a, b] = [b, a]", "(= ([]a b) [(b a)])"),
    ("[a.b, c[0], (d), (e.f), ...g.h] = i", "(= ([](. a b) (.[] c 0) d (. e f) ...(. g h)) i)"),
    (
        "({ a, b = 1, c: d.e, f: [g], h: { i }, j: k = 2, ...l.m } = n)",
        "(= ({}a:a b:b=1 c:(. d e) f:([]g) h:({}i:i) j:k=2 ...(. l m)) n)",
    ),
    ("({ ...{}.a } = b)", "(= ({}...(. {()} a)) b)"),
    ("[[a][0], {}.b, [c]] = d", "(= ([](.[] [(a)] 0) (. {()} b) ([]c)) d)"),
    ("[a = [b] = c] = d", "(= ([]a=(= ([]b) c)) d)"),
    ("[a] = [b] = c", "(= ([]a) (= ([]b) c))"),
    ("(a) = 1, (a.b) += 2, ((a))++", "(, (= a 1) (Add= (. a b) 2) (_++ a))"),
    ("a[[b] = c]", "(.[] a (= ([]b) c))"),
    ("for (const [a, b] of c) ;", "(for-of const ([]a b) c ;)"),
    ("for (let { a = 1 } in b) ;", "(for-in let ({}a:a=1) b ;)"),
    ("for ([a, b.c] of d) ;", "(for-of ([]a (. b c)) d ;)"),
    ("for ({ a } of b) ;", "(for-of ({}a:a) b ;)"),
    ("for ([a][0] of b) ;", "(for-of (.[] [(a)] 0) b ;)"),
    ("for ((a) of b) ; for (a.b in c) ;", "(for-of a b ;) (for-in (. a b) c ;)"),
    ("try {} catch ({ a, b: [c] }) {}", "(try [] catch ({}a:a b:([]c)) [])"),
];

#[test]
fn patterns_of_all_kinds() {
    check(PATTERNS);
}

const STATEMENTS: Table = &[
    ("", ""),
    (";;", "; ;"),
    ("{ let a; { let a } }", "{((let a) {((let a))})}"),
    ("if (a) b; else if (c) d; else e", "(if a b (if c d e))"),
    ("if (a) if (b) c; else d", "(if a (if b c d))"),
    ("while (a) { b }", "(for _ a _ {(b)})"),
    ("do a; while (b)", "(do a b)"),
    ("for (;;) a", "(for _ _ _ a)"),
    ("for (let i = 0, n = a.length; i < n; i++) b", "(for (let i=0 n=(. a length)) (Lt i n) (_++ i) b)"),
    ("for (a = 1; ; b) ;", "(for (= a 1) _ b ;)"),
    ("for (a of b) ; for (a in b, c) ;", "(for-of a b ;) (for-in a (, b c) ;)"),
    ("for (const of of of) ;", "(for-of const of of ;)"),
    ("for (of of of) ; for (of in of) ;", "(for-of of of ;) (for-in of of ;)"),
    ("for (of;;) ; for (of = 1;;) ;", "(for of _ _ ;) (for (= of 1) _ _ ;)"),
    ("for (async of => {};;) ;", "(for (async => [of]) _ _ ;)"),
    (
        "for ((async) of a) ; for (async.x of a) ; for (async in a) ;",
        "(for-of async a ;) (for-of (. async x) a ;) (for-in async a ;)",
    ),
    ("for (let a = (b in c) ? 1 : 2; ;) ;", "(for (let a=(? (In b c) 1 2)) _ _ ;)"),
    ("for (let a = [b in c], d = () => { e in f };;) ;", "(for (let a=[((In b c))] d=(=> [] (In e f))) _ _ ;)"),
    ("for (let a = b ? c in d : e;;) ;", "(for (let a=(? b (In c d) e)) _ _ ;)"),
    ("a: b: for (;;) { continue a; break b }", "(a: (b: (for _ _ _ {((continue a) (break b))})))"),
    ("a: { break a }", "(a: {((break a))})"),
    (
        "switch (a) { case 1: case 2: b; break; default: c; case 3: }",
        "(switch a [1: ] [2: b (break)] [default: c] [3: ])",
    ),
    ("try { a } catch { b } finally { c }", "(try [a] catch _ [b] finally [c])"),
    ("try { a } catch (e) { throw e }", "(try [a] catch e [(throw e)])"),
    ("try {} finally {}", "(try [] finally [])"),
    ("'use strict'; 'use strict'", "'use strict' 'use strict'"),
    ("function f() { 'use strict'; return }", "(fn f [] 'use strict' (return))"),
    ("{ function f() {} } async function g() {}", "{((fn f []))} (async fn g [])"),
    ("#!/usr/bin/env mangrove\na // b\n/* c */ d /* \n */ e", "a d e"),
    ("\u{feff}a", "a"),
    ("\u{feff}#!x\na", "a"),
    ("a\u{a0}+\u{3000}b\t\u{b}\u{c}\u{feff}", "(Add a b)"),
    ("of: async: get: for (;;) { break of }", "(of: (async: (get: (for _ _ _ {((break of))}))))"),
];

#[test]
fn statements_of_all_kinds() {
    check(STATEMENTS);
}

const SEMICOLONS: Table = &[
    ("a\nb", "a b"),
    ("a\u{2028}b\rc\r\nd", "a b c d"),
    ("{ a }", "{(a)}"),
    ("a /* \n */ b", "a b"),
    ("a\n++b", "a (++_ b)"),
    ("a\n++\nb", "a (++_ b)"),
    ("a = b\n(c)", "(= a (call b c))"),
    ("a = b\n[c]", "(= a (.[] b c))"),
    ("a = b\n+ c", "(= a (Add b c))"),
    ("a = b\n.c", "(= a (. b c))"),
    ("a\n? b\n: c", "(? a b c)"),
    ("function f() { return\na }", "(fn f [] (return) a)"),
    ("function f() { return a\n}", "(fn f [] (return a))"),
    ("a: for (;;) { break\na }", "(a: (for _ _ _ {((break) a)}))"),
    ("a: for (;;) { continue\na }", "(a: (for _ _ _ {((continue) a)}))"),
    ("do a\nwhile (b) c", "(do a b) c"),
    ("do ; while (a) b", "(do ; a) b"),
    ("do {} while (a); b", "(do {()} a) b"),
    ("if (a) b\nelse c", "(if a b c)"),
    ("let a\nlet b", "(let a) (let b)"),
    ("let a = 1\n, b", "(let a=1 b)"),
    ("let\na", "(let a)"),
    ("async\nfunction f() {}", "async (fn f [])"),
    ("let async\nfunction f() {}", "(let async) (fn f [])"),
    ("a\n!b", "a (! b)"),
    ("for (a\n;\nb\n;\nc) ;", "(for a b c ;)"),
    ("var_\n{ b }", "var_ {(b)}"),
    ("const a = () => {}\nb", "(const a=(=> [])) b"),
    ("throw a\nb", "(throw a) b"),
];

#[test]
fn semicolons_are_inserted_where_javascript_does() {
    check(SEMICOLONS);
}

#[test]
fn lines_end_at_line_feeds() {
    let source = "a\r\nb\né🌱e\n";
    let at = |part: &str| locate(source, source.find(part).unwrap() as u32);
    assert_eq!(["a", "b", "é", "🌱", "e"].map(at), [(1, 1), (2, 1), (3, 1), (3, 2), (3, 4)]);
    assert_eq!(locate(source, source.len() as u32), (4, 1));
    assert_eq!((line_at(source, 0), line_at(source, 4)), (("a", 0), ("b", 1)));
    assert_eq!(locate("", 0), (1, 1));
}

#[test]
fn a_node_is_where_its_operator_its_name_or_its_parenthesis_is() {
    let cases = [
        "a ¦+ b * c",
        "a + b ¦- c",
        "a.¦b",
        "a.b?.¦c",
        "(a).b¦(c)",
        "a?.¦(b)",
        "a¦[b]",
        "a?.¦[b]",
        "¦new A(b)",
        "¦-a",
        "a ¦= b",
        "a ¦+= b",
        "[a] ¦= b",
        "a ¦? b : c",
        "a¦++",
        "¦++a",
        "¦a, b",
        "¦`a${b}`",
        "¦(a) => b",
        "¦a => b",
        "¦async a => b",
        "(¦a)",
        "( (¦-a) )",
        "¦[a]",
        "a ¦&& b",
        "(¦function () {})",
        "a ¦|| b",
        "¦async (a) => {}",
    ];
    for marked in cases {
        let source = marked.replacen('¦', "", 1);
        let script = parse(&source).unwrap();
        let ast::StmtKind::Expr(expr) = &script.body[0].kind else { panic!("{source}") };
        assert_eq!((expr.pos as usize, script.body[0].pos), (marked.find('¦').unwrap(), 0), "{source}");
    }
}

#[test]
fn a_function_ends_at_its_brace_or_with_its_expression() {
    for marked in ["(function () { a }¦)", "(a => b + c¦)", "(async (a) => { b }¦)", "(() => ({})¦ )", "(a => (b)¦)"]
    {
        let source = marked.replacen('¦', "", 1);
        let script = parse(&source).unwrap();
        let ast::StmtKind::Expr(ast::Expr { kind: ast::ExprKind::Function(function), .. }) = &script.body[0].kind
        else {
            panic!("{source}");
        };
        assert_eq!((function.pos, function.end as usize), (1, marked.find('¦').unwrap()), "{source}");
    }
}
