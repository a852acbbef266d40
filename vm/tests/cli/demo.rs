//! `mangrove demo`.

use std::io::Read;
use std::process::{Command, Stdio};

use crate::json;

#[test]
#[cfg_attr(debug_assertions, ignore = "everything moves at every safepoint: minutes without optimisation")]
fn both_runs_print_the_same() {
    let json = json(&["demo", "--json"]);
    assert_eq!(json["ok"], true);
    assert!(json["printed"].as_str().is_some_and(|printed| printed.contains("race: page https://near")));
    assert!(json["moving"]["objects_moved"].as_u64() > json["plain"]["objects_moved"].as_u64());
}

#[test]
fn a_reader_that_leaves_does_not_wait_for_the_second_run() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mangrove"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("UTF-8");
    assert_eq!((child.wait().expect("it ends").code(), said.as_str()), (Some(141), ""));
}
