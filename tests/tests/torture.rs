//! Torture under `cargo test`: seeds, kinds of zeal, determinism, the text of operations, the shrinker.
//!
//! `MANGROVE_TORTURE_OPS` sets the operations per seed; the long forms are ignored by default
//! (`cargo test --release -p mangrove-tests --test torture -- --ignored`).

use std::time::Duration;

use mangrove_tests::{
    Config, Generator, Injection, Op, Operand, Pick, Rng, Summary, read_ops, replay, run, shrink, write_ops,
};
use proptest::prelude::*;

fn config(seed: u64, ops: u64, zeal: &str) -> Config {
    let zeal = (zeal != "off").then(|| format!("seed={seed},{zeal}").parse().unwrap());
    Config { seed, ops, zeal, ..Config::default() }
}

/// Runs, and fails with the finding and the command that replays it.
fn clean(config: &Config) -> Summary {
    let summary = run(config).unwrap_or_else(|finding| {
        let zeal = config.zeal.as_ref().map_or("off".to_owned(), ToString::to_string);
        panic!("{finding}\nmangrove torture --seed {} --ops {} --zeal {zeal}", config.seed, config.ops)
    });
    assert_eq!(summary.idle(config), None);
    summary
}

fn ops_per_seed(default: u64) -> u64 {
    std::env::var("MANGROVE_TORTURE_OPS").map_or(default, |ops| ops.parse().expect("MANGROVE_TORTURE_OPS is a number"))
}

// Two tests, so that two threads share them.
#[test]
fn odd_seeds_to_20_find_nothing() {
    for seed in (1..=20).step_by(2) {
        clean(&config(seed, ops_per_seed(10_000), "random"));
    }
}

#[test]
fn even_seeds_to_20_find_nothing() {
    for seed in (2..=20).step_by(2) {
        clean(&config(seed, ops_per_seed(10_000), "random"));
    }
}

#[test]
#[ignore = "long: run it with --release"]
fn seeds_1_to_20_at_50_000_operations() {
    for seed in 1..=20 {
        clean(&config(seed, 50_000, "random"));
    }
}

#[test]
#[ignore = "long: run it with --release"]
fn a_million_operations_with_everything_moving() {
    clean(&config(1, 1_000_000, "move"));
}

#[test]
fn every_kind_of_zeal_finds_nothing() {
    for zeal in ["off", "minor", "slice", "full", "move", "random,one-in=5", "random,quarantine=0", "move,poison=0"] {
        clean(&config(31, 3_000, zeal));
    }
}

/// Refused allocations lose nothing, however many they are.
#[test]
fn failing_allocations_lose_nothing() {
    for fail in [1, 2, 3, 7, 50] {
        let summary = clean(&config(17, 5_000, &format!("random,fail={fail}")));
        assert!(summary.injected_failures > 0);
    }
}

/// A nursery that is often full between safepoints: objects are born old.
#[test]
fn a_small_nursery_finds_nothing() {
    for nursery_bytes in [4 << 10, 16 << 10, 1 << 20] {
        clean(&Config { nursery_bytes, ..config(5, 3_000, "slice,one-in=20") });
    }
}

#[test]
fn a_seed_gives_one_trace() {
    for zeal in ["off", "random", "move,fail=40"] {
        let runs = [0, 1].map(|_| clean(&config(3, 3_000, zeal)));
        assert_eq!((runs[0].trace, runs[0].results), (runs[1].trace, runs[1].results), "under {zeal}");
    }
    assert_ne!(clean(&config(3, 1_000, "random")).trace, clean(&config(4, 1_000, "random")).trace);
}

#[test]
fn threads_do_not_change_the_trace() {
    let traces = [0, 1, 2, 4].map(|threads| clean(&Config { threads, ..config(8, 5_000, "random") }).trace);
    assert!(traces.iter().all(|trace| *trace == traces[0]), "{traces:x?}");
}

#[test]
fn zeal_changes_no_result() {
    let results = ["off", "minor", "slice", "full", "move", "random"]
        .map(|zeal| clean(&Config { resurrect: false, ..config(6, 3_000, zeal) }).results);
    assert!(results.iter().all(|result| *result == results[0]), "{results:x?}");
}

/// What torture found once, as short as it was shrunk.
#[test]
fn what_was_found_once_stays_fixed() {
    let lists = [
        (
            "an object of 16 to 32 KiB that was born old lay among lines",
            "of r19 nil nil nil\nsafepoint\nbytes r22 3136",
        ),
        ("a list grew into such an object", "list r27\nsafepoint\nextend r15 1051\nsafepoint\nchurn 600\nfull"),
        (
            "verification judged the value of a weak map by a foreign holder",
            "map r22\nlist r11\nfull\nsafepoint\nlist r30\ninsert r21 r5 r30",
        ),
    ];
    for (what, list) in lists {
        let ops = read_ops(&format!("{list}\nsafepoint\nsafepoint\nfull\nsafepoint")).unwrap();
        for (seed, zeal) in
            (1..=4).flat_map(|seed| ["off", "minor", "slice", "full", "move", "random"].map(|zeal| (seed, zeal)))
        {
            if let Err(finding) = replay(&config(seed, 0, zeal), &ops) {
                panic!("{what}: {finding}");
            }
        }
    }
}

/// The generator reaches every operation, in a state where it does something.
#[test]
fn every_operation_has_an_effect() {
    let summary = clean(&config(2, 20_000, "minor,one-in=10"));
    for (word, ..) in Op::TABLE {
        assert!(summary.effects.get(word).is_some_and(|count| *count > 1), "`{word}`: {:?}", summary.effects);
    }
}

/// One seed fixes the order of tasks, the arrival of completions, the points of cancellation and those of collection.
#[test]
fn one_seed_fixes_order_arrivals_cancels_and_collections() {
    let seeded = |order| Config { order, ..config(9, 5_000, "random,seed=9") };
    let traces = [0, 1, 2].map(|threads| clean(&Config { threads, ..seeded(Some(9)) }).trace);
    assert!(traces.iter().all(|trace| *trace == traces[0]), "{traces:x?}");
    let others = [None, Some(1), Some(2)].map(|order| clean(&seeded(order)).trace);
    assert!(others.iter().all(|trace| *trace != traces[0]), "{others:x?}");
}

#[test]
fn every_seeded_order_is_one_that_the_model_allows() {
    for order in 1..=8 {
        for zeal in ["off", "move", "random,fail=30"] {
            clean(&Config { order: Some(order), ..config(order % 3, 4_000, zeal) });
        }
    }
}

/// Something comes in the way of each single await of the run loops: a cancel, a dropped completer, a refusal of memory,
/// a builder that fails. Nothing is lost: the model says what must come of it.
#[test]
fn an_injection_at_every_await_loses_nothing() {
    let (mut awaits, mut injected) = (0, 0);
    for seed in 1..=3 {
        let mut rng = Rng::new(seed);
        let runs = (0..12).map(|n| match n % 4 {
            0 => Op::Idle(Operand::draw(&mut rng), Operand::draw(&mut rng), Pick(0)),
            // The ticket of a task that does not settle.
            _ => Op::Drive(Operand::draw(&mut rng), Operand::draw(&mut rng), Pick(0), Pick(0)),
        });
        let ops: Vec<Op> = [Op::External(), Op::Ticket(Pick(0), Pick(0))].into_iter().chain(runs).collect();
        let zeal = ["move", "random", "random,fail=5"][seed as usize % 3];
        let quiet = Config { inject: Some((0, Injection::CancelTask)), ..config(seed, 0, zeal) };
        let run = |config: &Config| match replay(config, &ops) {
            Ok(summary) => summary,
            Err(finding) => panic!("{finding}, with {:?}\n{}", config.inject, write_ops(&ops)),
        };
        let count = run(&quiet).awaits;
        awaits += count;
        for at in 1..=count {
            for injection in Injection::ALL {
                injected += run(&Config { inject: Some((at, injection)), ..quiet.clone() }).injected;
            }
        }
    }
    assert!(awaits > 30, "{awaits} awaits");
    assert!(injected > 4 * awaits, "{injected} of {} injections had something to do", 6 * awaits);
}

#[test]
fn any_part_of_a_list_runs() {
    let mut rng = Rng::new(12);
    for seed in 0..20 {
        let ops: Vec<Op> = Generator::new(seed).take(600).filter(|_| rng.one_in(3)).collect();
        if let Err(finding) = replay(&config(seed, 0, "random"), &ops) {
            panic!("{finding}\n{}", write_ops(&ops));
        }
    }
}

proptest! {
    #[test]
    fn operations_survive_their_text(seed: u64) {
        let ops: Vec<Op> = Generator::new(seed).take(300).collect();
        prop_assert_eq!(read_ops(&write_ops(&ops)).unwrap(), ops);
    }

    #[test]
    fn no_text_breaks_the_parser(text in "[a-z0-9 ,#\\-\n]{0,60}") {
        let _ = read_ops(&text);
    }
}

#[test]
fn bad_text_is_refused_with_its_line() {
    for (text, why) in [
        ("frobnicate r1", "line 1: there is no operation `frobnicate`"),
        ("# fine\n\npair r1 r2", "line 3: `pair r1 r2` lacks <second>"),
        ("clear r99", "line 1: `r99` is no register"),
        ("full r1", "line 1: `full r1` has `r1` too much"),
        ("move r1 d12", "line 1: `d12` is no source"),
        ("array r1 9999999 nil", "line 1: `9999999` is no length up to 6000"),
    ] {
        assert_eq!(read_ops(text).unwrap_err().to_string(), why);
    }
}

#[test]
fn the_shrinker_keeps_what_it_takes() {
    let ops: Vec<Op> = Generator::new(5).take(2_000).collect();
    let is = |op: &Op, word| op.word() == word;
    // Fails when a `weak` comes somewhere after two `map`s.
    let mut fails = |ops: &[Op]| {
        let second = ops.iter().enumerate().filter(|(_, op)| is(op, "map")).nth(1);
        second.is_some_and(|(at, _)| ops[at..].iter().any(|op| is(op, "weak")))
    };
    assert!(fails(&ops));
    let shrunk = shrink(&ops, Duration::from_secs(10), &mut fails);
    let words: Vec<_> = shrunk.iter().map(Op::word).collect();
    assert_eq!(words, ["map", "map", "weak"]);
    assert_eq!(shrink(&ops, Duration::ZERO, fails), ops, "without time nothing is left out");
}
