//! `mangrove torture`.

use std::io::Read;
use std::process::{Command, Stdio};

use crate::{json, mangrove, text};

#[test]
fn a_seed_has_one_trace_and_another_seed_another() {
    let trace = |seed: &str, threads: &str| {
        let args = ["torture", "--seed", seed, "--ops", "2_000", "--zeal", "random", "--threads", threads, "--json"];
        json(&args)["summary"]["trace"].clone()
    };
    assert_eq!(trace("5", "1"), trace("5", "4"));
    assert_ne!(trace("5", "1"), trace("6", "1"));
}

#[test]
fn torture_prints_its_table_and_its_hashes() {
    let output = mangrove(&["torture", "--seed", "3", "--ops", "2000"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("verified slots") && shown.contains("trace "), "{shown}");
}

#[test]
fn bad_flags_end_with_2_and_a_clear_line() {
    let cases: &[(&[&str], &str)] = &[
        (&["torture", "--zeal", "gentle"], "zeal cannot collect `gentle`"),
        (&["torture", "--zeal", "every=0"], "`every=0` must be at least 1"),
        (&["torture", "--ops", "many"], "it must be a whole number"),
        (&["torture", "--seed"], "a value is required"),
        (&["torture", "--threads", "1000"], "1000 is not in 0..=256"),
        (&["torture", "--ops", "5", "--replay", "x"], "cannot be used with"),
        (&["torture", "--replay", "no/such/file"], "cannot replay `no/such/file`"),
        (&["torture", "--nonsense"], "unexpected argument '--nonsense'"),
        (&["dance"], "unrecognized subcommand 'dance'"),
        (&["program.js"], "a program is run by `mangrove run FILE`"),
    ];
    for (args, why) in cases {
        let output = mangrove(args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(why), "{args:?} said:\n{said}");
        assert!(!said.contains("panicked"), "{args:?} said:\n{said}");
    }
}

#[test]
fn a_file_of_operations_is_replayed() {
    let path = std::env::temp_dir().join(format!("mangrove-cli-{}.ops", std::process::id()));
    std::fs::write(&path, "# a comment\npair r1 i1 r1\nset r1 1 r1\nsafepoint\n").expect("a temporary file");
    let path = path.to_str().expect("a path in UTF-8");
    let replayed = json(&["torture", "--replay", path, "--json"]);
    std::fs::write(path, "pair r1\n").expect("a temporary file");
    let refused = mangrove(&["torture", "--replay", path]);
    std::fs::remove_file(path).expect("the temporary file");
    assert_eq!(replayed["summary"]["ops"], 3);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("line 1: `pair r1` lacks <first>"));
}

/// Zeal that does nothing is no success.
#[test]
fn an_idle_torture_ends_with_1() {
    let output = mangrove(&["torture", "--ops", "5000", "--zeal", "minor,fail=4000000000"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("not one failed allocation"));
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mangrove"))
        .args(["torture", "--ops", "500"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("UTF-8");
    let status = child.wait().expect("the binary ends");
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}
