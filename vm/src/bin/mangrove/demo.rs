//! The demonstration: one seed, plain and tortured.
//!
//! Invariant: both runs make the same operations; that their results agree is what it shows, and is checked.

use std::process::ExitCode;

use mangrove_gc::Zeal;
use mangrove_tests::{Config, Finding, Summary, run_with};

use crate::cli::Demo;
use crate::output::{STEP, bar, complain, say};
use crate::table::table;

const INTRO: &str = "\
Mangrove: tasks in plain sight of a moving garbage collector.

The same operations run twice: allocations, writes, tasks, joins, cancellations, completions from other
threads. First plainly; then every object moves at every safepoint, what it left is poisoned, and the heap
verifies itself. Each run is compared, operation by operation, with a model that has no collector.

";

/// Runs it.
pub(crate) fn run(args: &Demo) -> ExitCode {
    if !args.json {
        say(INTRO);
    }
    let tortured = Some(Zeal::moving(args.seed));
    let runs = side(args, "plain", None).and_then(|plain| Ok((plain, side(args, "tortured", tortured)?)));
    match runs {
        Ok((plain, tortured)) => report(args, &plain, &tortured),
        Err(finding) => {
            complain(&format!("found something: {finding}\n"));
            say(&format!("look closer: mangrove torture --seed {} --ops {}\n", args.seed, args.ops));
            ExitCode::from(1)
        }
    }
}

fn side(args: &Demo, label: &str, zeal: Option<Zeal>) -> Result<Summary, Box<Finding>> {
    // A weak reference to what only it leads to may be empty in one run and not in the other: it is not followed.
    let config = Config { seed: args.seed, ops: args.ops, zeal, resurrect: false, ..Config::default() };
    let bar = bar(label, args.ops, args.json);
    let summary = run_with(&config, &mut |done| {
        if done % STEP == 0 {
            bar.set_position(done);
        }
    });
    bar.finish_and_clear();
    summary
}

fn report(args: &Demo, plain: &Summary, tortured: &Summary) -> ExitCode {
    let agree = plain.results == tortured.results;
    if args.json {
        let json = serde_json::json!({ "ok": agree, "agree": agree, "plain": plain, "tortured": tortured });
        say(&format!("{json}\n"));
    } else {
        let verdict = if agree {
            format!("results agree: both traces have the hash {:016x}", plain.results)
        } else {
            format!("RESULTS DIFFER: {:016x} plain, {:016x} tortured", plain.results, tortured.results)
        };
        say(&format!(
            "{}\n  {verdict}\n\nTry next: mangrove torture --seed 42 --ops 1000000 --zeal random\n",
            table(&[("plain", plain), ("all moving", tortured)])
        ));
    }
    ExitCode::from(u8::from(!agree))
}
