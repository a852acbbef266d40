//! Random programs: our VM, plain and under zeal, does what Node does.
//!
//! `MANGROVE_PROGRAMS=2000` makes so many, `MANGROVE_SEED=7` begins with this one. A program that fails is made small
//! and written to a file, whose name is told with its seed.

mod generator;
mod support;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use generator::{Program, generate, shrink};
use support::{Outcome, diff, has_node, in_parallel, mangrove, node, run};

const THREADS: usize = 2;
const DEADLINE: Duration = Duration::from_secs(20);
/// How many programs one Node runs.
const BATCH: usize = 50;
/// How many runs making a program small may take.
const TRIES: u32 = 400;

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |n| n.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// The seeds to try.
fn seeds() -> Vec<u64> {
    let first = number("MANGROVE_SEED", 1);
    (first..first + number("MANGROVE_PROGRAMS", 300)).collect()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder for programs");
    folder
}

fn write(folder: &Path, name: impl std::fmt::Display, program: &Program) -> PathBuf {
    let file = folder.join(format!("{name}.js"));
    fs::write(&file, program.text()).expect("a program is written");
    file
}

/// What Node does with each of these files, in one process.
fn node_batch(folder: &Path, name: usize, files: &[PathBuf]) -> Vec<Outcome> {
    let list = folder.join(format!("batch{name}.txt"));
    fs::write(&list, files.iter().map(|file| format!("{}\n", file.display())).collect::<String>()).expect("a list");
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generator/driver.cjs");
    let deadline = DEADLINE + Duration::from_secs(files.len() as u64);
    let ran = run(Command::new("node").arg(driver).arg(&list), deadline);
    let outcomes: Vec<Outcome> = ran.stdout.lines().map(outcome).collect();
    assert_eq!(outcomes.len(), files.len(), "Node ends early in {}, {:?}: {}", list.display(), ran.exit, ran.stderr);
    outcomes
}

fn outcome(line: &str) -> Outcome {
    let json: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
    let text = |key: &str| json[key].as_str().expect("text").to_owned();
    Outcome { stdout: text("stdout"), stderr: text("stderr"), exit: json["exit"].as_i64().map(|exit| exit as i32) }
}

/// What Node does with the programs of these seeds; and their files.
fn in_node(name: &str, seeds: &[u64]) -> Vec<(u64, PathBuf, Outcome)> {
    let folder = folder(name);
    let files: Vec<PathBuf> = seeds.iter().map(|&seed| write(&folder, seed, &generate(seed))).collect();
    let batches: Vec<&[PathBuf]> = files.chunks(BATCH).collect();
    let outcomes = in_parallel(THREADS, batches.len(), |index| node_batch(&folder, index, batches[index]));
    let (seeds, outcomes) = (seeds.iter().copied(), outcomes.into_iter().flatten());
    seeds.zip(files.iter().cloned()).zip(outcomes).map(|((seed, file), outcome)| (seed, file, outcome)).collect()
}

/// The zeal of this seed: each kind comes by.
fn zeal(seed: u64) -> String {
    let what = ["move", "random", "minor", "slice", "full"][(seed % 5) as usize];
    format!("{what},one-in={},seed={seed}", 20 + seed % 180)
}

#[test]
fn random_programs_do_what_they_do_in_node() {
    if !has_node() {
        return;
    }
    let programs = in_node("generated", &seeds());
    let failures = in_parallel(THREADS, programs.len(), |index| {
        let (seed, file, wanted) = &programs[index];
        let zeal = zeal(*seed);
        for options in [&[][..], &["--zeal", &zeal, "--max-heap", "64M"][..]] {
            let got = mangrove(file, options, DEADLINE);
            if !got.agrees(wanted) {
                return Some((*seed, options.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>(), wanted.clone(), got));
            }
        }
        None
    });
    let failures: Vec<_> = failures.into_iter().flatten().collect();
    let Some((seed, options, wanted, got)) = failures.first() else { return };
    let others: Vec<u64> = failures.iter().map(|(seed, ..)| *seed).collect();
    let small = make_small(*seed, options);
    panic!(
        "{} of {} programs differ from Node, seeds {others:?}\nseed {seed} with {options:?}: exit {:?}, Node's {:?}\n{}  stderr: {}\nmade small: {}",
        failures.len(),
        programs.len(),
        got.exit,
        wanted.exit,
        diff(&wanted.stdout, &got.stdout),
        got.stderr,
        small.display(),
    );
}

/// Writes the smallest program that still differs.
fn make_small(seed: u64, options: &[String]) -> PathBuf {
    let folder = folder("failures");
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let small = shrink(&generate(seed), TRIES, |candidate| {
        let file = write(&folder, format!("{seed}-try"), candidate);
        let wanted = node(&file, DEADLINE);
        // A program that Node refuses, or that does not end there, tells nothing.
        wanted.exit.is_some()
            && !wanted.stderr.contains("SyntaxError")
            && !mangrove(&file, &options, DEADLINE).agrees(&wanted)
    });
    write(&folder, format!("seed{seed}"), &small)
}

#[test]
fn random_programs_are_valid_and_varied() {
    if !has_node() {
        return;
    }
    let programs = in_node("valid", &(1..=100).collect::<Vec<u64>>());
    for (seed, file, outcome) in &programs {
        assert!(!outcome.stderr.contains("SyntaxError"), "seed {seed}, {}: {}", file.display(), outcome.stderr);
        assert!(!outcome.stderr.contains("Maximum call stack"), "seed {seed}, {}", file.display());
        assert!(outcome.stdout.len() < 500_000, "seed {seed} prints {} bytes", outcome.stdout.len());
    }
    let failed = programs.iter().filter(|(_, _, outcome)| outcome.exit != Some(0)).count();
    let lines: usize = programs.iter().map(|(_, _, outcome)| outcome.stdout.lines().count()).sum();
    assert!((1..40).contains(&failed), "{failed} of {} end with an error that is not caught", programs.len());
    assert!(lines > 20 * programs.len(), "only {lines} lines");
    // Alone in a Node, a program does what it does among others.
    for (seed, file, outcome) in programs.iter().step_by(9) {
        assert!(node(file, DEADLINE).agrees(outcome), "seed {seed} depends on the batch: {}", file.display());
    }
}

#[test]
fn shrinking_keeps_what_fails() {
    let program = generate(11);
    let fails = |program: &Program| program.text().contains("try");
    let small = shrink(&program, 2_000, fails);
    assert!(fails(&small) && small.len() <= 2, "{}", small.text());
}
