//! `mangrove run`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::{Temporary, mangrove, run, text};

#[test]
fn a_file_that_cannot_be_read_ends_with_2_and_a_line() {
    for file in ["no/such/file.js", "."] {
        let output = mangrove(&["run", file]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).starts_with(&format!("error: cannot read `{file}`: ")));
    }
    let (code, _, said) = run("latin.js", b"let a = 1;\nconsole.log('\xff');\n", &[]);
    assert_eq!(code, Some(2));
    assert_eq!(said, "error: `x.js` is no text: line 2 is not UTF-8; save it as UTF-8\n");
}

#[test]
fn an_empty_file_a_byte_order_mark_and_crlf_are_fine() {
    assert_eq!(run("empty.js", "", &[]), (Some(0), String::new(), String::new()));
    let (code, _, said) = run("bom.js", "\u{feff}null.x;", &[]);
    assert_eq!(code, Some(1));
    assert!(said.starts_with("x.js:1\nnull.x;\n     ^\n") && said.contains("at x.js:1:6"), "{said}");
    let (_, printed, said) = run("crlf.js", "console.log(1);\r\nnull.x;\r\n", &[]);
    assert_eq!(printed, "1\n");
    assert!(said.starts_with("x.js:2\nnull.x;\n     ^\n"), "{said:?}");
}

#[test]
fn standard_input_is_a_program() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mangrove"))
        .args(["run", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(b"console.log('in')").expect("it reads");
    assert_eq!(text(&child.wait_with_output().expect("it ends").stdout), "in\n");
}

#[test]
fn the_worst_of_several_programs_is_the_exit_code_and_all_run() {
    let (fine, wrong) = (Temporary::new("fine.js", "console.log('fine')"), Temporary::new("wrong.js", "throw 1"));
    let output = mangrove(&["run", wrong.path(), fine.path()]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), "fine\n"));
    let output = mangrove(&["run", "--json", "no/such/file", wrong.path(), fine.path()]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), "fine\n"));
    let lines = text(&output.stderr);
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    assert_eq!(lines.map(|json| json["exit"].as_u64()).collect::<Vec<_>>(), [Some(2), Some(1), Some(0)]);
}

#[test]
fn wrong_flags_end_with_2_and_a_clear_line() {
    let cases: &[(&[&str], &str)] = &[
        (&["--max-heap", "1"], "it must be at least 512k"),
        (&["--max-heap", "12x"], "it must be a number of bytes, as"),
        (&["--max-heap", "ib"], "it must be a number of bytes, as"),
        (&["--max-heap", "-1"], "it must be a number of bytes, as"),
        (&["--max-heap", "99999999999999999999"], "that is too much"),
        (&["--max-heap", "999999T"], "more than any heap"),
        (&["--max-tasks", "-1"], "it must be a whole number"),
        (&["--trace", "/no/such/folder/trace"], "cannot write `/no/such/folder/trace`"),
        (&["--snapshot", "/no/such/folder/heap"], "cannot write `/no/such/folder/heap`"),
        (&["--trace", "t", "x.js"], "`--trace` takes one program"),
        (&["--zeal", "gentle"], "zeal cannot collect `gentle`"),
    ];
    for (flags, why) in cases {
        let (code, printed, said) = run("flags.js", "console.log('ran')", flags);
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{flags:?}: {said}");
        assert!(said.contains(why) && !said.contains("panicked"), "{flags:?} said:\n{said}");
    }
    for flags in [["--max-heap", "512k"], ["--max-heap", "1T"], ["--max-heap", "64MiB"], ["--max-tasks", "0"]] {
        assert_eq!(run("fine-flags.js", "console.log('ran')", &flags).1, "ran\n", "{flags:?}");
    }
}

#[test]
fn limits_are_errors_that_a_program_can_catch() {
    let program = "
        const kept = [];
        try { for (;;) kept.push('x'.repeat(1000) + kept.length); } catch (e) { kept.length = 0; console.log(e.name); }
        try { for (;;) setTimeout(() => {}, 1); } catch (e) { console.log(e.message); }";
    let (code, printed, said) = run("limits.js", program, &["--max-heap", "4M", "--max-tasks", "10"]);
    assert_eq!((code, printed.as_str()), (Some(0), "RangeError\nToo many tasks: the limit is 10\n"), "{said}");
    let (code, _, said) = run("memory.js", "const k = [];\nfor (;;) k.push([1]);", &["--max-heap", "4M"]);
    assert_eq!(code, Some(1));
    assert!(said.ends_with("RangeError: Out of memory: the heap's limit is reached\n    at x.js:2:12\n"), "{said}");
}

#[test]
fn what_was_printed_is_seen_while_the_program_computes_for_ever() {
    let program = Temporary::new("for-ever.js", "console.log('seen'); for (;;) {}");
    let mut child = Command::new(env!("CARGO_BIN_EXE_mangrove"))
        .args(["run", program.path()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut line = String::new();
    let read = BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line);
    child.kill().and_then(|()| child.wait()).expect("it ends");
    assert_eq!((read.expect("UTF-8"), line.as_str()), (5, "seen\n"));
}

#[test]
fn output_and_complaints_come_in_the_order_in_which_they_were_made() {
    let program = Temporary::new(
        "both.js",
        "for (let i = 0; i < 20000; i++) { if (i % 1000) console.log(i); else console.error(i); }
        setTimeout(() => { console.log('timer'); throw 1; }, 1);",
    );
    let both = Temporary::new("both.txt", "");
    let file = std::fs::OpenOptions::new().append(true).open(both.path()).expect("the file");
    let status = Command::new(env!("CARGO_BIN_EXE_mangrove"))
        .args(["run", program.path()])
        .stdout(file.try_clone().expect("the file"))
        .stderr(file)
        .status()
        .expect("the binary runs");
    let text = std::fs::read_to_string(both.path()).expect("UTF-8");
    let numbers = text.lines().map_while(|line| line.parse::<u32>().ok());
    assert!(numbers.eq(0..20000));
    let rest: Vec<&str> = text.lines().skip(20000).collect();
    assert_eq!(
        (status.code(), rest[0], rest[2]),
        (Some(1), "timer", "        setTimeout(() => { console.log('timer'); throw 1; }, 1);")
    );
}

#[test]
fn a_closed_pipe_ends_the_program() {
    let program = Temporary::new("pipe.js", "for (let i = 0; ; i++) console.log(i);");
    let mut child = Command::new(env!("CARGO_BIN_EXE_mangrove"))
        .args(["run", program.path()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("UTF-8");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((line.as_str(), output.status.code(), text(&output.stderr).as_str()), ("0\n", Some(141), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_not_silent() {
    let program = Temporary::new("full.js", "console.log(1)");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
    let output = Command::new(env!("CARGO_BIN_EXE_mangrove"))
        .args(["run", program.path()])
        .stdout(full)
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error: cannot write to standard output: "));
    // What went wrong first is not forgotten.
    let (code, _, said) = run("full-trace.js", "throw 1", &["--trace", "/dev/full"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("Uncaught:\n1\nerror: cannot write `/dev/full`"), "{said}");
}

#[test]
fn an_uncaught_error_shows_its_line_and_the_calls_that_await_it() {
    let program = "\
async function leaf() { await 1; throw new Error('leaf'); }
async function middle() { await Promise.all([1, leaf()]); }
async function top() { await middle().then((x) => x); }
top();
";
    let shown = "\
x.js:1
async function leaf() { await 1; throw new Error('leaf'); }
                                       ^

Error: leaf
    at leaf (x.js:1:40)
    at async Promise.all
    at async middle (x.js:2:27)
    at async top (x.js:3:24)
";
    assert_eq!(run("async.js", program, &[]), (Some(1), String::new(), shown.to_owned()));
    let (_, _, said) = run("callback.js", "[1].map(() => {\n  throw new Error('in');\n});", &[]);
    assert!(said.ends_with("Error: in\n    at x.js:2:9\n    at x.js:1:5\n"), "{said}");
}

#[test]
fn what_is_thrown_need_not_be_an_error() {
    assert_eq!(run("text.js", "throw 'no'", &[]).2, "x.js:1\nthrow 'no'\n^\n\nUncaught:\n'no'\n");
    assert_eq!(run("object.js", "throw {a: 1}", &[]).2, "x.js:1\nthrow {a: 1}\n^\n\nUncaught:\n{ a: 1 }\n");
    let (code, _, said) = run("rejected.js", "Promise.reject({a: 1});", &[]);
    assert_eq!(code, Some(1));
    assert!(said.starts_with("Uncaught (in promise): ") && said.ends_with("\n{ a: 1 }\n"), "{said}");
    let (_, _, said) = run("cause.js", "throw new Error('high', {cause: new Error('low')});", &[]);
    assert!(said.contains("[cause]: Error: low\n      at x.js:1:33\n}"), "{said}");
}

#[test]
fn of_a_long_line_the_neighbourhood_is_shown() {
    let program = format!("let s = '{}'; null.foo; {}", "x".repeat(5000), "s;".repeat(5000));
    let (_, _, said) = run("long.js", program, &[]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.iter().all(|line| line.len() <= 160), "{said}");
    let caret = lines[2].find('^').expect("a caret");
    assert!(lines[1][caret..].starts_with("foo;"), "{said}");
    let (_, _, said) = run("wide.js", "\tlet s = '漢字'; null.foo;", &[]);
    assert_eq!(said.lines().nth(2), Some("                      ^"), "{said}");
}

#[test]
fn a_deadlock_names_who_waits_and_where() {
    let program = "async function waiter() {\n  await new Promise(() => {});\n}\nwaiter();";
    for flags in [&["--tasks"][..], &["--tasks", "--tokio"], &["--tasks", "--virtual-time"]] {
        let (code, _, said) = run("deadlock.js", program, flags);
        assert_eq!(code, Some(1));
        assert!(
            said.starts_with("Deadlock: an async call waits for what can never happen\n    at async waiter (x.js:2:3)")
        );
        assert!(said.contains("\"async waiter (x.js:2:3)\" Waiting for task "), "{said}");
    }
}

#[test]
fn zeal_that_did_nothing_says_so() {
    let (code, _, said) = run("idle.js", "console.log(1)", &["--zeal", "one-in=100000000"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("this run tortured nothing"), "{said}");
    assert_eq!(run("busy.js", "console.log(1)", &["--zeal", "move"]).2, "");
}

#[test]
fn figures_are_a_table_or_json() {
    let (_, _, said) = run("table.js", "for (let i = 0; i < 1e5; i++) [i];", &["--stats", "--zeal", "minor,one-in=50"]);
    for part in ["turns of tasks", "minor collections", "longest pause", "pauses\n"] {
        assert!(said.contains(part), "`{part}` is missing in:\n{said}");
    }
    let (_, _, said) = run("figures.js", "setTimeout(() => {}, 100000);", &["--stats", "--json", "--virtual-time"]);
    let json: serde_json::Value = serde_json::from_str(&said).expect("one line of JSON");
    assert_eq!((&json["ok"], json["figures"]["tasks_left"].as_u64()), (&true.into(), Some(1)));
}
