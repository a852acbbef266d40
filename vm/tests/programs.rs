//! Every program of `vm/programs`: it prints what Node prints, plain and with everything moving.
//!
//! Comments at the head of a program: `// zeal: one-in=4000`, under zeal it collects so rarely, for it runs long or has
//! a large heap; `// exit: 1`, it ends so.
//! `MANGROVE_ONLY=promise` runs those with this in their name; `MANGROVE_SEEDS=8` tries as many seeds of zeal.

mod support;

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use support::{Outcome, diff, has_node, in_parallel, mangrove, node};

const THREADS: usize = 2;

struct Program {
    name: String,
    file: PathBuf,
    expected: Outcome,
    /// Under zeal, one safepoint in so many collects.
    one_in: u32,
}

fn programs() -> Vec<Program> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let wanted = env::var("MANGROVE_ONLY").unwrap_or_default();
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder of programs")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .collect();
    files.sort();
    let program = |file: PathBuf| {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let source = fs::read_to_string(&file).expect("a program is text");
        let head: Vec<&str> = source.lines().take_while(|line| line.starts_with("//")).collect();
        let exit =
            head.iter().find_map(|line| line.strip_prefix("// exit: ")).map_or(0, |n| n.parse().expect("a code"));
        let stdout = fs::read_to_string(folder.join("expected").join(&name).with_extension("txt"))
            .unwrap_or_else(|_| panic!("{name} has no expected output: node vm/programs/expect.mjs"));
        let expected = Outcome { stdout, stderr: String::new(), exit: Some(exit) };
        let one_in = head.iter().find_map(|line| line.strip_prefix("// zeal: one-in="));
        let one_in = one_in.map_or(200, |n| n.parse().expect("a number"));
        Program { name, file, expected, one_in }
    };
    files.into_iter().map(program).filter(|program| program.name.contains(&wanted)).collect()
}

/// Runs all of them this way; panics with what differs.
fn all_print_what_is_expected(how: &str, run: impl Fn(&Program) -> Outcome + Sync) {
    let programs = programs();
    let complaints = in_parallel(THREADS, programs.len(), |index| {
        let program = &programs[index];
        let got = run(program);
        if got.agrees(&program.expected) {
            return None;
        }
        let mut text = format!("{} ({how}): exit {:?}, not {:?}\n", program.name, got.exit, program.expected.exit);
        if got.stdout != program.expected.stdout {
            text += &diff(&program.expected.stdout, &got.stdout);
        }
        if !got.stderr.is_empty() {
            text += &format!("  stderr: {}\n", got.stderr.lines().take(6).collect::<Vec<_>>().join("\n          "));
        }
        Some(text)
    });
    let complaints: Vec<String> = complaints.into_iter().flatten().collect();
    assert!(
        complaints.is_empty(),
        "{} of {} programs fail:\n{}",
        complaints.len(),
        programs.len(),
        complaints.join("\n")
    );
}

#[test]
fn every_program_prints_what_is_expected() {
    all_print_what_is_expected("plain", |program| mangrove(&program.file, &[], Duration::from_secs(60)));
}

#[test]
fn what_is_expected_is_what_node_prints() {
    if has_node() {
        all_print_what_is_expected("Node", |program| node(&program.file, Duration::from_secs(60)));
    }
}

#[test]
fn every_program_survives_everything_moving() {
    for seed in seeds() {
        all_print_what_is_expected(&format!("moving, seed {seed}"), |program| {
            zealous(program, &format!("move,one-in={},seed={seed}", program.one_in))
        });
    }
}

#[test]
fn every_program_survives_random_collections_and_failing_allocations() {
    for seed in seeds() {
        all_print_what_is_expected(&format!("random, seed {seed}"), |program| {
            // Every third allocation, of most programs; the library starts so, too.
            let fail = program.one_in.saturating_mul(3) / 200;
            zealous(program, &format!("random,one-in={},fail={fail},seed={seed}", program.one_in))
        });
    }
}

fn seeds() -> std::ops::RangeInclusive<u32> {
    1..=env::var("MANGROVE_SEEDS").map_or(1, |n| n.parse().expect("MANGROVE_SEEDS is a number"))
}

fn zealous(program: &Program, zeal: &str) -> Outcome {
    mangrove(&program.file, &["--zeal", zeal, "--max-heap", "512M"], Duration::from_secs(300))
}
