//! How deep, how long, how large.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

use mangrove_vm::syntax::ast::MAX_DEPTH;
use mangrove_vm::syntax::parse;

use crate::printer;

/// Counts the bytes that each thread holds.
struct Counting;
thread_local!(static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) });

fn count(bytes: isize) {
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + bytes, most.max(now + bytes)));
    });
}

// SAFETY: the system's allocator, and a counter that allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: by the caller.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs on a stack of 2 MiB, as threads have by default.
fn on_a_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap()
}

/// What comes before, the opening that is repeated, the middle, the closing that is repeated.
const NESTINGS: &[(&str, &str, &str, &str)] = &[
    ("", "(", "a", ")"),
    ("", "[", "a", "]"),
    ("", "{", "", "}"),
    ("a = ", "{a:", "b", "}"),
    ("a = ", "{[", "b", "]:1}"),
    ("a = ", "{async [", "b", "](){}}"),
    ("a = ", "{a(){ b = ", "c", "}}"),
    ("", "f(", "a", ")"),
    ("", "f(...", "a", ")"),
    ("", "a[", "b", "]"),
    ("a", "[a]", "", ""),
    ("a", ".b", "", ""),
    ("a", "?.b", "", ""),
    ("a", "()", "", ""),
    ("a", " + b", "", ""),
    ("a", " ** b", "", ""),
    ("a", " ?? b", "", ""),
    ("a", ", (b", "", ")"),
    ("", "a||b&&c|d^e&f==g<h<<i+j*k**(", "l", ")"),
    ("", "!", "a", ""),
    ("", "- ", "a", ""),
    ("", "new ", "a", ""),
    ("", "`${", "a", "}`"),
    ("", "a = ", "b", ""),
    ("", "a += ", "b", ""),
    ("", "a ? b : ", "c", ""),
    ("", "a ? ", "b", " : c"),
    ("", "(a ? ", "b", " : c)"),
    ("", "a => ", "b", ""),
    ("", "async a => ", "b", ""),
    ("", "a => {", "", "}"),
    ("", "(a = ", "b", ") => 1"),
    ("", "async (a = ", "b", ") => 1"),
    ("", "(function f({ x = [", "a", "] }) {})"),
    ("", "function f() {", "", "}"),
    ("async () => ", "await ", "a", ""),
    ("let ", "[", "a", "] = b"),
    ("let ", "{ a:", "b", "} = c"),
    ("", "[", "a", "] = b"),
    ("", "[a = ", "b", "] = c"),
    ("(", "{ a:", "b", "} = c"),
    ("", "if (a) ", ";", ""),
    ("", "if (a) ; else ", ";", ""),
    ("", "while (a) ", ";", ""),
    ("", "do ", ";", " while (a)"),
    ("", "for (;;) ", ";", ""),
    ("", "for (a of [() => { ", ";", " }]) ;"),
    ("", "switch (a) { default: ", ";", "}"),
    ("", "try {} catch {", "", "}"),
    ("", "try {", "", "} finally {}"),
];

fn nested((before, open, middle, close): (&str, &str, &str, &str), times: usize) -> String {
    format!("{before}{}{middle}{}", open.repeat(times), close.repeat(times))
}

#[test]
fn nesting_ends_at_the_limit_and_not_in_an_overflow() {
    on_a_small_stack(|| {
        for &nesting in NESTINGS {
            let error = parse(&nested(nesting, 5_000)).expect_err(nesting.1);
            assert!(error.message.contains(&format!("nested more than {MAX_DEPTH} levels")), "{nesting:?}: {error:?}");
            // Unclosed, it is nested too deeply as well.
            let error = parse(&format!("{}{}", nesting.0, nesting.1.repeat(5_000))).expect_err(nesting.1);
            assert!(error.message.contains("nested more than"), "{nesting:?}: {error:?}");
        }
        let labels: String = (0..5_000).map(|i| format!("a{i}: ")).collect();
        let error = parse(&labels).unwrap_err();
        assert!(error.message.contains("nested more than"), "{error:?}");
    });
}

#[test]
fn what_is_accepted_is_no_deeper_than_the_limit() {
    on_a_small_stack(|| {
        for &nesting in NESTINGS {
            let fits = (1..=MAX_DEPTH).rev().find_map(|times| Some((times, parse(&nested(nesting, times)).ok()?)));
            let Some((times, script)) = fits else { continue };
            let depth = printer::depth(&printer::script(&script));
            assert!(depth <= MAX_DEPTH, "{nesting:?}: {depth} at {times}");
            // And few levels are counted that are none.
            assert!(times * 13 >= MAX_DEPTH, "{nesting:?}: {times}");
        }
    });
}

#[test]
fn chains_of_some_hundred_operators_are_accepted() {
    let parts = MAX_DEPTH - 10;
    for chain in [" + a", ".b", "()", " && a", " ? b : c)"] {
        let open = if chain.ends_with(')') && chain != "()" { "(".repeat(parts / 2) } else { String::new() };
        let times = if open.is_empty() { parts } else { parts / 2 };
        let source = format!("{open}a{}", chain.repeat(times));
        assert_eq!(parse(&source).err(), None, "{chain}");
    }
    // Side by side, there is no limit.
    let wide = format!("f({}); {}", "(a ? b + c : [d]), ".repeat(10_000), "g(a + b, -c, d => d);".repeat(10_000));
    assert_eq!(parse(&wide).err(), None);
}

#[test]
fn time_and_memory_are_proportional_to_the_text() {
    let pieces = [
        ";",
        "a;",
        "a\n",
        "{}",
        "(",
        "((a) => ",
        "[a, ",
        "({ a, ",
        "`${",
        "`a`;",
        "'",
        "'a';",
        "1;",
        "\\u{61} ",
        "a: ",
        "/*",
        "/**/",
        "//\n",
        "let a;",
        "{ let a }",
        "=> ",
        "async (",
        "async(a);",
        "a ? ",
        "a.b.c;",
        "f(a, b);",
        "é",
        "🌱",
        "'🌱';",
        "\n",
        "function f() {}",
        "() => {};",
        "({ a: 1 });",
        "[,];",
        "[,",
        "...",
        "a => a;",
        "const [a] = b;",
        "for (;;) {",
        "(a = ",
        ")",
        "}",
        "#",
        "1_",
        "0x",
        "\\",
    ];
    for piece in pieces {
        let source = piece.repeat(400_000 / piece.len());
        let (began, (before, _)) = (Instant::now(), HELD.get());
        HELD.set((before, before));
        let result = parse(&source);
        let held = (HELD.get().1 - before) as usize;
        let shown = result.as_ref().err().map(|error| error.render("a.js", &source).len());
        drop(result);
        assert!(began.elapsed() < Duration::from_secs(20), "`{piece}` took {:?}", began.elapsed());
        assert!(held < 400 * source.len(), "`{piece}`: {held} bytes for {}", source.len());
        assert!(shown.unwrap_or_default() < 2_000, "`{piece}`");
    }
}
