//! What the compiler makes of programs: the decisions that speed and order depend on, the limits, and that no program is
//! too strange for it.

use mangrove_vm::atoms::Atoms;
use mangrove_vm::bytecode::{Global, Op, Program, Source};
use mangrove_vm::compile::{Mode, check, compile};
use mangrove_vm::dis::disassemble;
use mangrove_vm::syntax::{SyntaxError, parse};
use proptest::prelude::*;

struct Compiled {
    program: Program,
    atoms: Atoms,
}

fn compile_as(text: &str, mode: Mode) -> Result<Compiled, SyntaxError> {
    let (mut program, mut atoms) = (Program::default(), Atoms::default());
    for name in ["undefined", "NaN", "Infinity", "Promise", "clearTimeout", "console"] {
        let name = atoms.intern_str(name);
        program.globals.push(Global { name, declared: true });
    }
    program.sources.push(Source { name: "a.js".into(), text: text.into(), internal: false });
    compile(&parse(text)?, 0, mode, &mut atoms, &mut program)?;
    check(&program);
    Ok(Compiled { program, atoms })
}

/// The instructions of the last function in a text: operations, operands and notes, one a line.
fn code(text: &str) -> Vec<String> {
    let Compiled { program, atoms } = compile_as(text, Mode::Script).expect("the text compiles");
    let all = disassemble(&program, &atoms, program.functions.len() - 1);
    let spaces = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let without_place = |line: &str| match line.split_once(' ') {
        Some((_, rest)) => rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned(),
        None => String::new(),
    };
    all.lines().skip(1).filter(|line| !line.is_empty()).map(|line| without_place(&spaces(line))).collect()
}

fn ops(text: &str) -> Vec<Op> {
    let Compiled { program, .. } = compile_as(text, Mode::Script).expect("the text compiles");
    program.functions.last().expect("the script").code.iter().map(|instr| instr.op).collect()
}

mod decisions {
    use super::*;

    #[test]
    fn a_condition_is_a_jump() {
        let text = "function f(a, b) { if (!(a < b) && a !== 3) return a + 1; }";
        let expected = [
            "JumpLt r2, r3, true, → 4",
            "JumpStrictEqInt r2, 3, true, → 4",
            "AddInt r4, r2, 1",
            "Return r4",
            "Undefined r4",
            "Return r4",
        ];
        assert_eq!(code(text), expected);
    }

    #[test]
    fn a_negated_comparison_is_not_its_opposite() {
        assert!(ops("function f(a, b) { while (!(a >= b)) a++; }").contains(&Op::JumpGe));
    }

    #[test]
    fn what_never_changes_is_captured_by_value() {
        let text = "function f(a) { const b = a; return () => a + b; }";
        assert_eq!(code(text)[2..4], ["GetUpvalue r2, ^0", "GetUpvalue r3, ^1"]);
    }

    #[test]
    fn what_changes_is_in_a_box() {
        let text = "function f() { let n = 0; return () => n++; }";
        assert!(ops(text).contains(&Op::SetUpvalueBox));
        let text = "function f() { const g = () => later; const later = 1; }";
        assert!(ops(text).contains(&Op::GetUpvalueBox), "captured before it is initialised");
    }

    #[test]
    fn only_what_may_not_be_initialised_is_checked() {
        assert!(!ops("function f() { let a = 1; { a; } a = 2; return a; }").contains(&Op::CheckInit));
        assert!(ops("function f() { a; let a = 1; }").contains(&Op::CheckInit));
        assert!(ops("function f(x) { switch (x) { case 0: let a; case 1: return a; } }").contains(&Op::CheckInit));
    }

    #[test]
    fn an_operand_that_is_assigned_is_copied() {
        let copies = |text| ops(text).iter().filter(|op| **op == Op::Move).count();
        assert_eq!(copies("function f(x, y) { return x + y; }"), 0);
        assert_eq!(copies("function f(x, y) { return x + (y = 2); }"), 0);
        assert_eq!(copies("function f(x) { return x + (x = 2); }"), 1);
        assert_eq!(copies("function f(x) { return x[x++]; }"), 1);
    }

    #[test]
    fn a_finally_goes_on_by_its_first_register() {
        let expected = [
            "Move r5, r2",
            "Undefined r6",
            "Call r5..r6 ; g",
            "Move r4, r5",
            "Int r3, 2",
            "Jump → 7",
            "Int r3, 1",
            "GetProp r5, r2 ; .done",
            "JumpStrictEqInt r3, 0, true, → 12",
            "JumpStrictEqInt r3, 2, false, → 11",
            "Return r4",
            "Throw r4",
            "Undefined r3",
            "Return r3",
            "throws into r4 at 6",
        ];
        assert_eq!(code("function f(g) { try { return g(); } finally { g.done; } }"), expected);
    }

    #[test]
    fn a_join_needs_no_array() {
        let text = "async function f(a, b) { return await Promise.all([a(), b]); }";
        assert!(code(text).contains(&"JoinInit r5, r5..r6 ; All".to_owned()), "{:?}", code(text));
        let shadowed = "async function f(Promise) { return await Promise.all([1]); }";
        assert!(!ops(shadowed).contains(&Op::JoinInit));
        assert!(!ops("async function f(a) { return await Promise.all([...a]); }").contains(&Op::JoinInit));
    }

    #[test]
    fn an_async_call_is_a_task_before_its_defaults() {
        assert_eq!(ops("async function f(a = b) {}")[0], Op::SpawnTask);
    }

    #[test]
    fn every_back_edge_polls() {
        let text = "function f(a) { for (;;) { if (a) continue; do a(); while (a); for (const b of a) continue; } }";
        assert_eq!(ops(text).iter().filter(|op| **op == Op::Loop).count(), 3);
    }

    #[test]
    fn the_prelude_has_names_of_its_own() {
        let text = "function all() { return helper; } const x = all();";
        let Compiled { program, atoms } = compile_as(text, Mode::Prelude).expect("the text compiles");
        let names: Vec<String> = program.globals.iter().skip(6).map(|global| atoms.text(global.name)).collect();
        assert_eq!(names, ["%all", "%x", "helper"]);
        assert_eq!(program.globals.iter().filter(|global| !global.declared).count(), 1);
    }
}

mod limits {
    use super::*;

    #[test]
    fn what_does_not_fit_is_an_error() {
        let list = |count: usize, item: fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
        let texts = [
            format!("f({})", list(70_000, |i| i.to_string())),
            format!("function f({}) {{}}", list(70_000, |i| format!("p{i}"))),
            format!("{{ let {}; }}", list(70_000, |i| format!("v{i}"))),
            format!("function f(a) {{ {} }}", "a.b;".repeat(70_000)),
            format!("const {{{}, ...rest}} = {{}}", list(300, |i| format!("v{i}"))),
            format!("`{}`", "${1}".repeat(70_000)),
            format!("for (const x of y) {{ {} }}", "a + 1;".repeat(40_000)),
            format!(
                "{{ let {}; (() => [{}]); }}",
                list(50_000, |i| format!("v{i}")),
                list(50_000, |i| format!("v{i}"))
            ),
        ];
        for (index, text) in texts.iter().enumerate().take(7) {
            let error = compile_as(text, Mode::Script).err().unwrap_or_else(|| panic!("text {index} compiles"));
            assert_eq!(error.message, "the function is too large");
        }
        compile_as(&texts[7], Mode::Script).expect("50000 upvalues fit");
    }

    /// On the 2 MiB of stack that a test has.
    #[test]
    fn the_deepest_trees_compile() {
        for (before, inner, after) in [
            ("(() => ", "x", ")"),
            ("(async (a = ", "x", ") => a)"),
            ("[", "1", "]"),
            ("[a, ...[", "1", "]]"),
            ("({a: ", "1", "})"),
            ("{", ";", "}"),
            ("try {", ";", "} finally { x(); }"),
            ("for (const x of y) {", "break;", "}"),
            ("switch (x) { case 1:", ";", "}"),
            ("x(", "1", ")"),
            ("x?.[", "1", "]"),
            ("(x ? y : ", "1", ")"),
            ("x + (", "1", ")"),
            ("1 + ", "1", ""),
            ("!", "1", ""),
            ("x = ", "1", ""),
            ("a && b || ", "1", ""),
            ("function f() {", ";", "}"),
        ] {
            let text = |depth: usize| before.repeat(depth) + inner + &after.repeat(depth);
            let deepest = (1..=400).rev().find(|&depth| parse(&text(depth)).is_ok()).expect("one is enough");
            assert!(deepest >= 60, "{before} {deepest}");
            compile_as(&text(deepest), Mode::Script).unwrap_or_else(|error| panic!("{before}: {error}"));
        }
    }
}

mod programs {
    use super::*;
    use std::path::Path;

    fn texts() -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
        let files = std::fs::read_dir(folder).expect("vm/programs").flatten().map(|file| file.path());
        let scripts = files.filter(|path| path.extension().is_some_and(|extension| extension == "js"));
        let mut paths: Vec<_> = scripts.collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).expect("a program")).collect()
    }

    #[test]
    fn all_compile_to_sound_code() {
        let texts = texts();
        assert!(!texts.is_empty());
        for text in texts {
            if let Err(error) = compile_as(&text, Mode::Script) {
                panic!("{}", error.render("program", &text));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        /// Pieces of one program in places of another: what still parses must compile, to code that is sound.
        #[test]
        fn a_mutated_program_never_panics(
            which in any::<prop::sample::Index>(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3u8), 1..4),
        ) {
            let texts = texts();
            let mut lines: Vec<&str> = which.get(&texts).lines().collect();
            for (from, to, kind) in &edits {
                let (from, to) = (from.index(lines.len()), to.index(lines.len()));
                match kind {
                    0 => lines.swap(from, to),
                    1 => lines.insert(to, lines[from]),
                    _ => drop(lines.remove(from)),
                }
                if lines.is_empty() {
                    break;
                }
            }
            drop(compile_as(&lines.join("\n"), Mode::Script));
        }

        /// The same with words, where less still parses.
        #[test]
        fn shuffled_words_never_panic(
            which in any::<prop::sample::Index>(),
            line in any::<prop::sample::Index>(),
            words in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let texts = texts();
            let mut lines: Vec<String> = which.get(&texts).lines().map(str::to_owned).collect();
            let line = line.index(lines.len());
            let mut parts: Vec<&str> = lines[line].split_inclusive([' ', '(', ',', ';']).collect();
            if !parts.is_empty() {
                let (a, b) = (words.0.index(parts.len()), words.1.index(parts.len()));
                parts.swap(a, b);
            }
            lines[line] = parts.concat();
            drop(compile_as(&lines.join("\n"), Mode::Script));
        }
    }
}
