//! The library against Node: programs that do random things with it print the same under both.
//!
//! Each text in this directory is such a program. Without a `node` that can be run they are only run while objects move
//! and memory is refused, which must not change what they print. `MANGROVE_SEED` sets the seed; a failure names its own.

mod reading;

use std::cell::RefCell;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::rc::Rc;

use mangrove_gc::{HeapConfig, Zeal};
use mangrove_vm::engine::{Engine, Options};

/// Output that the test keeps.
#[derive(Clone, Default)]
struct Kept(Rc<RefCell<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn ours(program: &str, zeal: Option<Zeal>) -> String {
    let out = Kept::default();
    let heap = HeapConfig { zeal, ..HeapConfig::default() };
    let options = Options { out: Box::new(out.clone()), heap, ..Options::default() };
    let mut engine = Engine::new(options).expect("an engine");
    if let Err(failure) = engine.run_source("program.js", program) {
        panic!("{failure}");
    }
    let bytes = out.0.take();
    String::from_utf8(bytes).expect("UTF-8")
}

/// What Node prints; `None` if there is no Node.
fn theirs(program: &str) -> Option<String> {
    let mut node = Command::new("node").arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = node.stdin.take()?;
    let text = program.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = node.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    assert!(output.status.success(), "node failed");
    String::from_utf8(output.stdout).ok()
}

/// Fails with the first line in which two outputs differ.
fn assert_same(what: &str, ours: &str, theirs: &str) {
    let differs = ours.lines().zip(theirs.lines()).enumerate().find(|(_, (ours, theirs))| ours != theirs);
    if let Some((line, (ours, theirs))) = differs {
        panic!("{what}, line {} of the output:\n  expected: {theirs}\n  got:      {ours}", line + 1);
    }
    assert_eq!(ours.len(), theirs.len(), "{what}: one prints more than the other");
}

/// Runs some thousand rounds of a program under both, and some hundred while objects move and memory is refused.
fn compare(name: &str, text: &str) {
    let first = std::env::var("MANGROVE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u32);
    for seed in first..first + 4 {
        let program = |rounds| format!("'use strict';\nlet seed = {seed};\nconst rounds = {rounds};\n{text}");
        match theirs(&program(1000)) {
            Some(theirs) => assert_same(&format!("{name}, seed {seed}"), &ours(&program(1000), None), &theirs),
            None => eprintln!("no node to compare {name} with"),
        }
        let zeal: Zeal = format!("what=random,one-in=20,seed={seed},fail=7").parse().expect("a zeal");
        let program = program(100);
        assert_same(&format!("{name}, seed {seed}, with zeal"), &ours(&program, Some(zeal)), &ours(&program, None));
    }
}

#[test]
fn console_log_prints_a_value_otherwise() {
    compare("inspect.js", include_str!("inspect.js"));
}

#[test]
fn json_writes_reads_or_refuses_otherwise() {
    compare("json.js", include_str!("json.js"));
}

#[test]
fn a_method_gives_something_else() {
    compare("methods.js", include_str!("methods.js"));
}
