//! `mangrove run --trace`: what Perfetto needs to show it.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use crate::{Temporary, mangrove, run};

const PROGRAM: &str = "
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function leaf(n) { await sleep(n); return [n]; }
async function both(n) { return await Promise.all([leaf(n), leaf(n + 1)]); }
for (let i = 0; i < 20; i++) both(i % 3);
";

type Lane = (u64, u64);

/// Times in nanoseconds, which the file has as three decimals.
fn nanos(event: &Value, name: &str) -> u64 {
    (event[name].as_f64().expect("a time") * 1e3).round() as u64
}

fn lane(event: &Value) -> Lane {
    (event["pid"].as_u64().expect("a process"), event["tid"].as_u64().expect("a lane"))
}

#[test]
fn slices_do_not_overlap_lanes_have_names_and_arrows_begin_and_end_in_slices() {
    let file = Temporary::new("trace.json", "");
    let (code, _, said) = run("traced.js", PROGRAM, &["--trace", file.path(), "--zeal", "move,one-in=20"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let events: Vec<Value> = serde_json::from_slice(&std::fs::read(file.path()).expect("a trace")).expect("JSON");
    let of = |phase: &'static str| events.iter().filter(move |event| event["ph"] == phase);

    let mut slices: HashMap<Lane, BTreeMap<u64, u64>> = HashMap::new();
    for slice in of("X") {
        let start = nanos(slice, "ts");
        slices.entry(lane(slice)).or_default().insert(start, start + nanos(slice, "dur"));
    }
    for lane in slices.values() {
        assert!(lane.values().zip(lane.keys().skip(1)).all(|(end, next)| end <= next), "slices overlap");
    }
    let named: HashSet<Lane> = of("M").filter(|event| event["name"] == "thread_name").map(lane).collect();
    assert!(slices.keys().all(|lane| named.contains(lane)), "a lane has no name");
    let names: HashSet<&str> = of("X").filter_map(|slice| slice["name"].as_str()).collect();
    for name in ["both", "leaf", "event loop", "timer", "minor", "compact"] {
        assert!(names.contains(name), "nothing is called {name}: {names:?}");
    }

    let inside = |event: &Value| {
        let at = nanos(event, "ts");
        slices[&lane(event)].range(..=at).next_back().is_some_and(|(_, &end)| at <= end)
    };
    let starts: HashMap<u64, &Value> = of("s").map(|event| (event["id"].as_u64().expect("an id"), event)).collect();
    assert_eq!(starts.len(), of("f").count());
    assert!(starts.len() >= 40, "{} arrows", starts.len());
    for end in of("f") {
        let start = starts[&end["id"].as_u64().expect("an id")];
        assert!(inside(start) && inside(end) && end["bp"] == "e", "{start} {end}");
        assert!(nanos(start, "ts") <= nanos(end, "ts"), "{start} {end}");
    }
}

#[test]
fn a_trace_is_not_written_over_the_program() {
    let program = Temporary::new("kept.js", PROGRAM);
    let snapshot = Temporary::new("kept.heapsnapshot", "");
    for flags in [&["--trace", program.path()][..], &["--trace", snapshot.path(), "--snapshot", snapshot.path()]] {
        let output = mangrove(&[&["run", program.path()], flags].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains("would write over"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(program.path()).expect("the program"), PROGRAM);
}
