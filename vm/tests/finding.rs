//! What `mangrove torture` says of a finding. Needs a planted bug: `cargo test -p mangrove-vm --features sabotage`.

use std::process::{Command, Output};

fn mangrove(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mangrove")).args(args).output().expect("the binary runs")
}

/// The words of the last line of `text` that names a command.
fn command<'a>(text: &'a str, label: &str) -> Vec<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(label)).expect("a line with the command");
    line.split_whitespace().skip(1).collect()
}

#[test]
fn a_finding_is_shrunk_and_its_commands_find_it_again() {
    let saved = std::env::temp_dir().join(format!("mangrove-finding-{}.ops", std::process::id()));
    let save = saved.to_str().expect("a path in UTF-8");
    let bug = ["--sabotage", "SkipBarrier"];
    let args = ["torture", "--seed", "7", "--zeal", "minor", "--save", save];
    let output = mangrove(&[&args[..], &bug].concat());
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("FOUND: seed 7, operation ") && shown.contains("shrunk to "), "{shown}");
    for label in ["run it again: ", "replay them: "] {
        let again = mangrove(&[&command(&shown, label)[..], &bug, &["--shrink", "0"]].concat());
        assert_eq!(again.status.code(), Some(1), "{label}");
    }
    let json = mangrove(&[&args[..], &bug, &["--json"]].concat());
    std::fs::remove_file(saved).expect("the list was saved");
    assert_eq!(json.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("one line of JSON");
    assert_eq!((&json["ok"], &json["seed"]), (&false.into(), &7.into()));
    assert!(!json["shrunk"].as_array().expect("a list").is_empty());
}
