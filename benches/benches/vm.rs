//! The VM and its peers on the programs of `benches/vm`: whole processes, interleaved, medians of five.
//!
//! The peers are Node with and without its compilers, and with the feature `js-peers` QuickJS and Boa, each in a
//! process of its own too: this binary runs itself.
//!
//! Invariant: a row is printed only if all who ran it printed the same.
//!
//! `cargo bench -p mangrove-benches --bench vm --features js-peers [-- --runs 5] [--only fib]`
//!
//! With `--inside`: programs that look at the clock themselves, of `benches/vm/inside`, each line a figure.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

/// One run of a program.
struct Run {
    wall: Duration,
    cpu: Duration,
    peak_mib: f64,
    stdout: String,
}

/// Who runs programs.
struct Engine {
    name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
}

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let option = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned();
    if let Some(engine) = option("--engine") {
        let file = words.last().expect("a file");
        return run_here(&engine, &fs::read_to_string(file).expect("a program"));
    }
    // `cargo bench` says `--bench`; `cargo test` does not, and wants each body once, small.
    let small = !words.iter().any(|word| word == "--bench");
    let runs: usize = if small { 1 } else { option("--runs").map_or(5, |n| n.parse().expect("--runs N")) };
    let only = option("--only").unwrap_or_default();
    let programs: Vec<PathBuf> = programs().into_iter().filter(|file| name(file).contains(&only)).collect();
    let engines = engines(small);
    if engines.len() < 2 {
        return println!("nobody to compare: neither Node nor the feature js-peers");
    }
    if words.iter().any(|word| word == "--inside") {
        return inside(&engines, runs);
    }
    println!(
        "milliseconds, median of {runs} (least to most); behind it processor time, peak memory in MiB; × is against the first\n"
    );
    print!("| program |");
    engines.iter().for_each(|engine| print!(" {} |", engine.name));
    println!("\n|{}", " --- |".repeat(engines.len() + 1));
    let mut ratios = vec![Vec::new(); engines.len()];
    let programs = if small { &programs[..1] } else { &programs };
    for file in programs {
        row(file, &engines, runs, &mut ratios);
    }
    print!("| geometric mean |");
    for ratios in &ratios {
        let mean = ratios.iter().map(|ratio: &f64| ratio.ln()).sum::<f64>() / ratios.len().max(1) as f64;
        print!(" × {:.2} |", mean.exp());
    }
    println!();
}

fn row(file: &Path, engines: &[Engine], runs: usize, ratios: &mut [Vec<f64>]) {
    let mut all: Vec<Vec<Run>> = engines.iter().map(|_| Vec::new()).collect();
    for _ in 0..runs {
        for (engine, runs) in engines.iter().zip(&mut all) {
            match measure(engine, file) {
                Ok(run) => runs.push(run),
                Err(what) => return println!("| {} | no row: {} {what} |", name(file), engine.name),
            }
        }
    }
    let wanted = &all[0][0].stdout;
    for (engine, runs) in engines.iter().zip(&all) {
        if let Some(run) = runs.iter().find(|run| &run.stdout != wanted) {
            let (got, wanted) = (run.stdout.trim(), wanted.trim());
            return println!(
                "| {} | no row: {} prints `{got}`, {} `{wanted}` |",
                name(file),
                engine.name,
                engines[0].name
            );
        }
    }
    print!("| {} |", name(file));
    let ms = |d: Duration| d.as_secs_f64() * 1e3;
    let base = ms(median(&all[0], |run| run.wall));
    for (runs, ratios) in all.iter().zip(ratios) {
        let wall = ms(median(runs, |run| run.wall));
        let (least, most) = (runs.iter().map(|run| run.wall).min(), runs.iter().map(|run| run.wall).max());
        let cpu = ms(median(runs, |run| run.cpu));
        let peak = runs.iter().map(|run| run.peak_mib).fold(0.0, f64::max);
        let (least, most) = (ms(least.expect("a run")), ms(most.expect("a run")));
        print!(" {wall:.0} ({least:.0} to {most:.0}), {cpu:.0}, {peak:.0}, × {:.2} |", wall / base);
        ratios.push(wall / base);
    }
    println!();
}

/// Runs the programs that measure themselves: a row for each line that they print, `name: nanoseconds`.
fn inside(engines: &[Engine], runs: usize) {
    print!("nanoseconds, medians of {runs} (least to most)\n\n| |");
    engines.iter().for_each(|engine| print!(" {} |", engine.name));
    println!("\n|{}", " --- |".repeat(engines.len() + 1));
    for file in programs_in("vm/inside") {
        // By line, then by engine, then by run.
        let mut rows: Vec<(String, Vec<Vec<f64>>)> = Vec::new();
        for _ in 0..runs {
            for (column, engine) in engines.iter().enumerate() {
                let stdout =
                    measure(engine, &file).map_or_else(|what| panic!("{} {what}", engine.name), |run| run.stdout);
                for (line, text) in stdout.lines().enumerate() {
                    let (name, value) = text.rsplit_once(": ").expect("a name and a figure");
                    if rows.len() <= line {
                        rows.push((name.to_owned(), vec![Vec::new(); engines.len()]));
                    }
                    rows[line].1[column].push(value.parse().expect("a figure"));
                }
            }
        }
        let (sum, rows) = rows.split_last().expect("lines");
        assert!(sum.1.iter().flatten().all(|value| *value == sum.1[0][0]), "all compute the same");
        for (name, columns) in rows {
            print!("| {name} |");
            let mut ours = None;
            for values in columns {
                let mut values = values.clone();
                values.sort_by(f64::total_cmp);
                let (least, middle, most) = (values[0], values[values.len() / 2], values[values.len() - 1]);
                print!(" {middle:.0} ({least:.0} to {most:.0}), × {:.2} |", middle / *ours.get_or_insert(middle));
            }
            println!();
        }
    }
}

fn median(runs: &[Run], of: impl Fn(&Run) -> Duration) -> Duration {
    let mut all: Vec<Duration> = runs.iter().map(of).collect();
    all.sort();
    all[all.len() / 2]
}

fn name(file: &Path) -> String {
    file.file_stem().expect("a name").to_string_lossy().into_owned()
}

fn programs() -> Vec<PathBuf> {
    programs_in("vm")
}

fn programs_in(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the programs").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "js"));
    files.sort();
    files
}

fn engines(small: bool) -> Vec<Engine> {
    let mut engines = Vec::new();
    // Ours is not a dependency: it is built here, as a user would. A test of the bench takes no time for it.
    if !small && let Some(program) = build_mangrove() {
        engines.push(Engine { name: "mangrove", program, arguments: &["run"] });
    }
    if cfg!(feature = "js-peers") {
        let program = env::current_exe().expect("this binary");
        engines.push(Engine { name: "QuickJS", program: program.clone(), arguments: &["--engine", "quickjs"] });
        engines.push(Engine { name: "Boa", program, arguments: &["--engine", "boa"] });
    }
    if Command::new("node").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        engines.push(Engine { name: "Node", program: "node".into(), arguments: &[] });
        engines.push(Engine {
            name: "Node --jitless",
            program: "node".into(),
            arguments: &["--jitless", "--no-expose-wasm"],
        });
    }
    engines
}

fn build_mangrove() -> Option<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built =
        Command::new(cargo).args(["build", "--release", "--quiet", "-p", "mangrove-vm", "--bin", "mangrove"]).status();
    // This binary is in `release/deps`.
    let program = env::current_exe().ok()?.parent()?.parent()?.join("mangrove");
    (built.is_ok_and(|status| status.success()) && program.exists()).then_some(program)
}

fn measure(engine: &Engine, file: &Path) -> Result<Run, String> {
    let start = Instant::now();
    let mut child = Command::new(&engine.program)
        .args(engine.arguments)
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("does not start: {e}"))?;
    let mut stdout = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut stdout).map_err(|e| e.to_string())?;
    let (status, usage) = wait(child.id());
    let wall = start.elapsed();
    if status != 0 {
        return Err(format!("ends with status {status}"));
    }
    let time = |t: libc::timeval| Duration::new(t.tv_sec as u64, t.tv_usec as u32 * 1000);
    Ok(Run {
        wall,
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        peak_mib: usage.ru_maxrss as f64 / 1024.0,
        stdout,
    })
}

/// Waits for a child, and says what it used.
fn wait(pid: u32) -> (i32, libc::rusage) {
    let mut status = 0;
    // SAFETY: a `rusage` is numbers, for which all bits zero are valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live locals; the child was spawned here and nobody else waits for it.
    let waited = unsafe { libc::wait4(pid as libc::pid_t, &raw mut status, 0, &raw mut usage) };
    assert_eq!(waited, pid as libc::pid_t, "the child can be waited for");
    (status, usage)
}

/// What a program needs of its host, made of `print`.
#[cfg(feature = "js-peers")]
const SHIM: &str = "globalThis.console = { log: (...xs) => print(xs.map(String).join(' ')) };
globalThis.performance = { now: milliseconds };";

#[cfg(not(feature = "js-peers"))]
fn run_here(engine: &str, _source: &str) {
    panic!("{engine} is not built in: --features js-peers");
}

#[cfg(feature = "js-peers")]
fn run_here(engine: &str, source: &str) {
    match engine {
        "quickjs" => quickjs(source),
        "boa" => boa(source),
        _ => panic!("no engine `{engine}`"),
    }
}

#[cfg(feature = "js-peers")]
fn quickjs(source: &str) {
    use rquickjs::{Context, Function, Runtime};
    let runtime = Runtime::new().expect("QuickJS starts");
    let context = Context::full(&runtime).expect("a context");
    context.with(|ctx| {
        let print = Function::new(ctx.clone(), |line: String| println!("{line}")).expect("print");
        ctx.globals().set("print", print).expect("a global");
        let start = Instant::now();
        let milliseconds =
            Function::new(ctx.clone(), move || start.elapsed().as_secs_f64() * 1e3).expect("milliseconds");
        ctx.globals().set("milliseconds", milliseconds).expect("a global");
        ctx.eval::<(), _>(SHIM).expect("the shim");
        ctx.eval::<(), _>(source).expect("the program");
    });
    while runtime.is_job_pending() {
        runtime.execute_pending_job().expect("a job");
    }
}

#[cfg(feature = "js-peers")]
fn boa(source: &str) {
    use boa_engine::{Context, JsValue, NativeFunction, Source, js_string};
    let mut context = Context::default();
    let print = NativeFunction::from_copy_closure(|_, arguments, context| {
        let line = arguments.first().cloned().unwrap_or_default().to_string(context)?;
        println!("{}", line.to_std_string_escaped());
        Ok(JsValue::undefined())
    });
    context.register_global_callable(js_string!("print"), 1, print).expect("a global");
    let start = Instant::now();
    let milliseconds =
        NativeFunction::from_copy_closure(move |_, _, _| Ok(JsValue::from(start.elapsed().as_secs_f64() * 1e3)));
    context.register_global_callable(js_string!("milliseconds"), 0, milliseconds).expect("a global");
    context.eval(Source::from_bytes(SHIM)).expect("the shim");
    context.eval(Source::from_bytes(source)).expect("the program");
    context.run_jobs().expect("the jobs");
}
