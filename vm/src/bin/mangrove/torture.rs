//! `mangrove torture`: many operations, and what to do about a finding.
//!
//! Invariant: whatever is found can be run again by the command that is printed with it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use mangrove_gc::Zeal;
use mangrove_tests::{Config, Finding, Op, Summary, minimise, minimise_ops, read_ops, replay, run_with, write_ops};

use crate::cli::Torture;
use crate::output::{bar, complain, say};
use crate::table::{bytes, count, table};

/// How often, in operations, the bar is told.
const STEP: u64 = 256;

/// Runs it.
pub(crate) fn run(args: &Torture) -> ExitCode {
    let ops = match args.replay.as_ref().map(|path| (path, std::fs::read_to_string(path))) {
        None => None,
        Some((path, text)) => {
            let ops = text.map_err(|e| e.to_string()).and_then(|text| read_ops(&text).map_err(|e| e.to_string()));
            match ops {
                Ok(ops) => Some(ops),
                Err(e) => {
                    complain(&format!("error: cannot replay `{}`: {e}\n", path.display()));
                    return ExitCode::from(2);
                }
            }
        }
    };
    let config = Config {
        seed: args.seed,
        ops: ops.as_ref().map_or(args.ops, |ops| ops.len() as u64),
        zeal: args.zeal.zeal(args.seed),
        threads: usize::from(args.threads),
        order: args.order,
        #[cfg(feature = "sabotage")]
        sabotage: args.sabotage,
        ..Config::default()
    };
    let bar = bar("torture", config.ops, args.json);
    let result = match &ops {
        Some(ops) => replay(&config, ops),
        None => run_with(&config, &mut |done| {
            if done % STEP == 0 {
                bar.set_position(done);
            }
        }),
    };
    bar.finish_and_clear();
    match result {
        Ok(summary) => passed(args, &config, &summary),
        Err(finding) => failed(args, &config, ops, &finding),
    }
}

fn passed(args: &Torture, config: &Config, summary: &Summary) -> ExitCode {
    let idle = summary.idle(config);
    if args.json {
        let json = serde_json::json!({ "ok": idle.is_none(), "idle": idle, "zeal": zeal(config), "summary": summary });
        say(&format!("{json}\n"));
    } else {
        let title = config.zeal.as_ref().map_or("off".to_owned(), |zeal| format!("{:?}", zeal.what).to_lowercase());
        say(&figures(&title, summary));
        say(&format!("  results {:016x}, trace {:016x}\n", summary.results, summary.trace));
        if let Some(idle) = &idle {
            complain(&format!("{idle}\n"));
        }
    }
    ExitCode::from(u8::from(idle.is_some()))
}

fn figures(title: &str, summary: &Summary) -> String {
    let counts = [
        ("operations", summary.ops),
        ("objects made", summary.objects),
        ("most objects alive", summary.most_objects),
        ("tasks spawned", summary.tasks),
        ("most outstanding", summary.most_tasks),
        ("from other threads", summary.from_threads),
        ("minor collections", summary.minors),
        ("full collections", summary.majors),
        ("compactions", summary.compactions),
        ("objects moved", summary.moved),
        ("verified slots", summary.verified_slots),
        ("values compared", summary.compared),
        // A run that finds one ends there, and has no summary.
        ("stale values found", 0),
    ];
    let others = [("bytes moved", bytes(summary.moved_bytes)), ("time", format!("{:.2} s", summary.seconds))];
    let rows = counts.map(|(label, number)| (label, count(number))).into_iter().chain(others);
    table(&[title], rows.map(|(label, figure)| (label, vec![figure])))
}

fn failed(args: &Torture, config: &Config, ops: Option<Vec<Op>>, finding: &Finding) -> ExitCode {
    let again = command(args, config, args.replay.as_ref());
    if !args.json {
        say(&format!("FOUND: {finding}\nrun it again: {again}\n"));
        complain(&format!("shrinking, for at most {} s …\n", args.shrink));
    }
    let limit = Duration::from_secs(args.shrink);
    let (shrunk, last) = match ops {
        Some(ops) => minimise_ops(config, ops, finding, limit),
        None => minimise(config, finding, limit),
    };
    let path = args.save.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("mangrove-torture-{}-{}.ops", args.seed, std::process::id()))
    });
    let list = write_ops(&shrunk);
    let replay = command(args, config, Some(&path));
    let saved = std::fs::write(&path, format!("# {last}\n# {replay}\n{list}"));
    if args.json {
        let json = serde_json::json!({
            "ok": false,
            "seed": finding.seed,
            "index": finding.index,
            "op": finding.op.as_ref().map(ToString::to_string),
            "what": finding.what,
            "zeal": zeal(config),
            "command": again,
            "shrunk": list.lines().collect::<Vec<_>>(),
            "shrunk_what": last.what,
            "replay": saved.is_ok().then_some(replay),
        });
        say(&format!("{json}\n"));
    } else {
        say(&format!("\nshrunk to {} operations: {}\n{list}", shrunk.len(), last.what));
        match saved {
            Ok(()) => say(&format!("\nreplay them: {replay}\n")),
            Err(e) => complain(&format!("the list could not be written to `{}`: {e}\n", path.display())),
        }
    }
    ExitCode::from(1)
}

fn zeal(config: &Config) -> String {
    config.zeal.as_ref().map_or("off".to_owned(), Zeal::to_string)
}

/// The command that runs this again.
fn command(args: &Torture, config: &Config, replay: Option<&PathBuf>) -> String {
    let what = match replay {
        Some(path) => format!("--replay {}", path.display()),
        None => format!("--ops {}", args.ops),
    };
    let Config { seed, threads, .. } = config;
    let order = config.order.map_or(String::new(), |seed| format!(" --order {seed}"));
    format!("mangrove torture --seed {seed} {what} --zeal {} --threads {threads}{order}", zeal(config))
}
