//! The command line: what it prints, and with which exit code it ends.

use std::path::PathBuf;
use std::process::{Command, Output};

mod demo;
mod run;
mod texts;
mod torture;
mod trace;

fn mangrove(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mangrove")).args(args).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

fn json(args: &[&str]) -> serde_json::Value {
    let output = mangrove(args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    serde_json::from_slice(&output.stdout).expect("one line of JSON")
}

/// A file for one test, gone with it.
struct Temporary(PathBuf);

impl Temporary {
    /// With this content; `name` is no other test's.
    fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("mangrove-cli-{}-{name}", std::process::id()));
        std::fs::write(&path, content).expect("a temporary file");
        Temporary(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a path in UTF-8")
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Runs a program: exit code, standard output, standard error with the path of the program as `x.js`.
fn run(name: &str, program: impl AsRef<[u8]>, flags: &[&str]) -> (Option<i32>, String, String) {
    let file = Temporary::new(name, program);
    let output = mangrove(&[&["run", file.path()], flags].concat());
    (output.status.code(), text(&output.stdout), text(&output.stderr).replace(file.path(), "x.js"))
}
