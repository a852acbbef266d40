//! Turns: ticks in Node's order, and what happens when memory, tasks, frames or hope run out.
//!
//! The `.txt` beside a program is what Node prints of it: `node order.js > order.txt` makes it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use mangrove_gc::{HeapConfig, Zeal};
use mangrove_scheduler::{Clock, drive_with};
use mangrove_vm::engine::{Engine, Options, RunFailure};

/// Output that the test keeps.
#[derive(Clone, Default)]
struct Kept(Rc<RefCell<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).expect("UTF-8")
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a program: what it printed, and how it ended.
fn run_with(options: Options, text: &str) -> (String, Result<(), RunFailure>) {
    let out = Kept::default();
    let options = Options { clock: Clock::Virtual, out: Box::new(out.clone()), err: Box::new(io::sink()), ..options };
    let mut engine = Engine::new(options).expect("an engine");
    let end = engine.run_source("program.js", text).map(drop);
    engine.heap().verify().expect("a sound heap");
    (out.text(), end)
}

fn run(text: &str) -> String {
    let (out, end) = run_with(Options::default(), text);
    end.unwrap_or_else(|failure| panic!("{failure}\nafter {out}"));
    out
}

fn lines(text: &str) -> String {
    run(text).lines().collect::<Vec<_>>().join(" ")
}

/// The text of the failure of a program that prints `printed` before.
fn failure(text: &str, printed: &str) -> RunFailure {
    let (out, end) = run_with(Options::default(), text);
    assert_eq!(out, printed);
    end.expect_err("it should fail")
}

fn zeal(spec: &str) -> Options {
    Options { heap: HeapConfig::default().with_zeal(spec.parse::<Zeal>().expect("a zeal")), ..Options::default() }
}

/// As under Node, plain and with everything moving, with allocations that fail.
fn is_as_under_node(program: &str, expected: &str) {
    assert_eq!(run(program), expected);
    for spec in ["what=move,every=5,seed=1", "what=random,every=3,seed=2,fail=1499", "what=slice,every=2,seed=3"] {
        let (out, end) = run_with(zeal(spec), program);
        end.unwrap_or_else(|failure| panic!("{spec}: {failure}"));
        assert_eq!(out, expected, "{spec}");
    }
}

#[test]
fn ticks_are_those_of_node() {
    is_as_under_node(include_str!("order.js"), include_str!("order.txt"));
}

#[test]
fn instructions_that_convert_objects_are_executed_again_with_what_these_gave() {
    is_as_under_node(include_str!("conversions.js"), include_str!("conversions.txt"));
}

#[test]
fn the_limit_of_memory_is_an_error_that_can_be_caught_wherever_it_is_met() {
    const PROGRAM: &str = "
        const fill = () => { const keep = []; for (;;) keep.push({ a: keep.length, b: 'x' + keep.length }); };
        for (let i = 0; i < 3; i++) { try { fill(); } catch (e) { console.log(e instanceof RangeError, e.name); } }
        let s = 'abc'; try { for (;;) s += s; } catch (e) { console.log(e.name, s.length > 1000); }
        s = '';
        try { for (let l = null; ;) l = { l }; } catch (e) { console.log('list', e.name); }
        try { const m = new Map(); for (let i = 0; ; i++) m.set(i, [i]); } catch (e) { console.log('map', e.name); }
        const leak = async () => { const keep = []; for (;;) { keep.push(Array.from({ length: 1000 }, (_, i) => i)); await 0; } };
        (async () => { try { await leak(); } catch (e) { console.log('await', e.name); } })();
        leak().then(() => console.log('never'), (e) => console.log('rejected', e.name));
        Promise.resolve().then(fill).catch((e) => console.log('then', e.name)).finally(() => console.log('finally'));
        setTimeout(() => { try { fill(); } catch (e) { console.log('timer', e.name); } }, 5);
        setTimeout(() => { const r = []; for (let i = 0; i < 2000; i++) r.push({ i }); console.log('goes on', r.length); }, 9);
    ";
    let heap =
        HeapConfig { max_bytes: 8 << 20, nursery_bytes: 1 << 18, max_nursery_bytes: 1 << 18, ..HeapConfig::default() };
    let (out, end) = run_with(Options { heap, ..Options::default() }, PROGRAM);
    end.unwrap_or_else(|failure| panic!("{failure}\nafter {out}"));
    let mut lines: Vec<&str> = out.lines().collect();
    // Whoever leaks first is refused first.
    lines[6..].sort_unstable();
    let expected = [
        "true RangeError",
        "true RangeError",
        "true RangeError",
        "RangeError true",
        "list RangeError",
        "map RangeError",
        "await RangeError",
        "finally",
        "goes on 2000",
        "rejected RangeError",
        "then RangeError",
        "timer RangeError",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_limit_of_tasks_is_an_error_that_can_be_caught_wherever_it_is_met() {
    const PROGRAM: &str = "
        const pending = []; let refused = 0;
        for (let i = 0; i < 300; i++) (async () => { try { await null; } catch (e) { refused++; } })();
        const safe = (name, f) => { try { f(); console.log(name, 'fine'); } catch (e) { console.log(name, e.name, e.message); } };
        safe('setTimeout', () => setTimeout(() => {}, 1));
        safe('then', () => Promise.resolve().then(() => {}));
        safe('queueMicrotask', () => queueMicrotask(() => {}));
        safe('all', () => Promise.all([new Promise(() => {})]));
        safe('new Promise', () => new Promise(() => {}));
        const rejected = new Promise((f) => f(Promise.resolve(1)));
        console.log(refused > 100 && refused < 300);
    ";
    let (out, end) = run_with(Options { tasks: 150, strict_rejections: false, ..Options::default() }, PROGRAM);
    end.unwrap_or_else(|failure| panic!("{failure}\nafter {out}"));
    let limit = "RangeError Too many tasks: the limit is 150";
    let expected =
        format!("setTimeout {limit}\nthen {limit}\nqueueMicrotask {limit}\nall {limit}\nnew Promise fine\ntrue\n");
    assert_eq!(out, expected);
}

#[test]
fn at_the_limit_of_tasks_those_that_can_never_run_make_room() {
    const PROGRAM: &str = "
        const dead = (n) => { for (let i = 0; i < n; i++) new Promise(() => {}).then(() => {}); };
        dead(5000);
        (async () => { for (let i = 0; i < 5000; i++) { new Promise(() => {}).finally(() => {}); await i; } console.log('awaits'); })();
        setTimeout(() => { dead(5000); console.log('timer'); }, 1);
        const race = new Promise((resolve) => setTimeout(resolve, 2)).then(() => {
            for (let i = 0; i < 5000; i++) Promise.race([new Promise(() => {}), new Promise(() => {})]);
            console.log('races');
        });
        const held = [];
        setTimeout(() => {
            try { for (;;) { held.push(new Promise(() => {})); held.at(-1).then(() => {}); } }
            catch (e) { console.log(e.message, held.length > 80); }
            held.length = 0;
            dead(5000);
            console.log('end');
        }, 3);
    ";
    let expected = "awaits\ntimer\nraces\nToo many tasks: the limit is 200 true\nend\n";
    for options in [Options::default(), zeal("what=move,every=50,seed=1"), zeal("what=slice,every=20,seed=2,fail=999")]
    {
        let (out, end) = run_with(Options { tasks: 200, ..options }, PROGRAM);
        end.unwrap_or_else(|failure| panic!("{failure}\nafter {out}"));
        assert_eq!(out, expected);
    }
}

#[test]
fn a_program_that_stays_at_the_limit_of_tasks_does_not_collect_for_each() {
    // One more of the tasks that are held dies whenever another one is made.
    let program = "
        const held = []; let refused = 0;
        try { for (;;) { const p = new Promise(() => {}); p.then(() => {}); held.push(p); } } catch (e) { refused = 1; }
        for (let i = 0; i < 10000; i++) {
            held[i % held.length] = undefined;
            const p = new Promise(() => {});
            try { p.then(() => {}); held[i % held.length] = p; } catch (e) { refused++; }
        }
        console.log(refused > 1);
        held.length = 0; let rest = 0;
        for (let i = 0; i < 1000; i++) try { new Promise(() => {}).then(() => {}); rest++; } catch (e) {}
        console.log(rest >= 900);";
    let out = Kept::default();
    let options = Options { tasks: 400, out: Box::new(out.clone()), ..Options::default() };
    let mut engine = Engine::new(options).expect("an engine");
    engine.run_source("program.js", program).expect("a good end");
    assert_eq!(out.text(), "true\ntrue\n");
    let collections = engine.heap().stats().majors;
    // One for an eighth of the limit, at least.
    assert!(collections <= 11000 / (400 / 8), "{collections} full collections");
}

#[test]
fn calls_nest_without_the_stack_of_rust_up_to_a_limit() {
    let program = "
        const depth = (n) => n === 0 ? 0 : 1 + depth(n - 1);
        console.log(depth(9000));
        let deepest = 0;
        const forever = () => { deepest++; return 1 + forever(); };
        for (let i = 0; i < 3; i++) try { deepest = 0; forever(); } catch (e) { console.log(e.name, e.message, deepest > 9000); }
        const wide = (...a) => wide(...a, ...a, 1);
        try { wide(1); } catch (e) { console.log(e.name); }
        const fibers = async (n) => n === 0 ? 0 : 1 + await fibers(n - 1);
        fibers(9000).then((n) => console.log(n));
        const endless = async () => { await endless(); };
        endless().catch((e) => console.log('async', e.name));
        [1].forEach(function again() { try { [1].forEach(again); } catch (e) { if (e.message !== 'Maximum call stack size exceeded') console.log(e); } });
    ";
    let limit = "RangeError Maximum call stack size exceeded true ";
    assert_eq!(lines(program), format!("9000 {limit}{limit}{limit}RangeError 9000 async RangeError"));
}

#[test]
fn timers_fire_by_time_and_then_by_age_each_after_the_microtasks_of_the_one_before() {
    let program = "
        const say = (x) => { console.log(x); Promise.resolve().then(() => console.log(x + '!')); };
        setTimeout(say, 5, 'd'); setTimeout(say, 2, 'b'); setTimeout(say, 2, 'c'); setTimeout(say, 1, 'a');
        const gone = setTimeout(say, 3, 'never'); clearTimeout(gone); clearTimeout(gone);
        const twin = setTimeout(say, 4, 'never'); setTimeout(() => clearTimeout(twin), 3);
        let both; setTimeout(() => clearTimeout(both), 4); both = setTimeout(say, 4, 'never either');
        setTimeout(() => setTimeout(say, 0, 'e'), 5); clearTimeout(7); clearTimeout();
    ";
    assert_eq!(lines(program), "a a! b b! c c! d d! e e!");
}

#[test]
fn what_nobody_catches_ends_the_program_after_the_microtasks_that_were_there() {
    let rest = "setTimeout(() => console.log('never'), 1); Promise.resolve().then(() => console.log('tick'));";
    let text = failure(&format!("{rest}\nconst f = () => {{ throw new TypeError('oh'); }};\nf();"), "").to_string();
    assert!(
        text.starts_with("program.js:2\nconst f = () => { throw new TypeError('oh'); };\n                  ^\n"),
        "{text}"
    );
    assert!(text.contains("\nTypeError: oh\n    at f (program.js:2:25)\n    at program.js:3:1"), "{text}");
    let text =
        failure(&format!("{rest} Promise.reject(new Error('late')); console.log('now');"), "now\ntick\n").to_string();
    assert!(text.contains("Error: late\n    at program.js:1:"), "{text}");
    let text = failure(&format!("{rest} Promise.reject(5);"), "tick\n").to_string();
    assert!(text.contains("promise") && text.contains('5'), "{text}");
    failure(&format!("{rest} queueMicrotask(() => {{ throw 1; }});"), "tick\n");
    failure("setTimeout(() => { throw 1; }, 1); setTimeout(() => console.log('never'), 1);", "");
    assert_eq!(
        run("const p = Promise.reject(1); Promise.resolve().then(() => p.catch((e) => console.log(e)));"),
        "1\n"
    );
    assert_eq!(run("Promise.allSettled([Promise.reject(1)]); Promise.race([1, Promise.reject(2)]);"), "");
}

#[test]
fn async_calls_that_wait_for_ever_are_named() {
    let program = "
        const gate = new Promise(() => {});
        async function waits() { await gate; }
        async function outer() { await null; await waits(); }
        let self = null; self = (async () => { await null; await self; })();
        outer(); console.log('end');";
    let RunFailure::Deadlock(text) = failure(program, "end\n") else { panic!("no deadlock") };
    for place in ["waits (program.js:3:", "outer (program.js:4:", "program.js:5:"] {
        assert!(text.contains(place), "{place} in {text}");
    }
}

#[test]
fn a_join_that_finds_no_room_has_begun_nothing() {
    let options = Options { tasks: 12, ..Options::default() };
    let program = "
        const thenable = (n) => ({ then() { console.log('called', n); } });
        try { Promise.all([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(thenable)); } catch (e) { console.log(e.message); }
        queueMicrotask(() => console.log('end'));";
    let (out, end) = run_with(options, program);
    end.expect("a good end");
    assert_eq!(out, "Too many tasks: the limit is 12\nend\n");
}

#[test]
fn what_waits_for_a_promise_that_nobody_can_settle_is_given_up() {
    let heap = HeapConfig { max_bytes: 32 << 20, ..HeapConfig::default() };
    let mut engine = Engine::new(Options { heap, ..Options::default() }).expect("an engine");
    let program = "
        for (let i = 0; i < 300000; i++) new Promise(() => {}).then(() => console.log(i));
        for (let i = 0; i < 300000; i++) Promise.all([i, new Promise((resolve) => resolve.never)]);";
    engine.run_source("program.js", program).expect("memory enough");
    engine.heap().collect(mangrove_gc::Collect::Full).expect("a sound heap");
    engine.run_source("next.js", "").expect("a good end");
    let left = engine.counts().tasks;
    assert!(left < 10, "{left} tasks are left");
}

#[test]
fn a_deadlock_is_told_alike_whether_it_is_found_early_or_late() {
    let program = "
        async function waits(i) { const gate = new Promise(() => {}); await gate; console.log(i, gate); }
        async function outer(i) { await waits(i); }
        for (let i = 0; i < 50; i++) outer(i);
        for (let i = 0; i < 2000; i++) [i];";
    let told = ["", "what=full,every=1,seed=1", "what=slice,every=1,seed=1"].map(|spec| {
        let options = if spec.is_empty() { Options::default() } else { zeal(spec) };
        match run_with(options, program) {
            (_, Err(RunFailure::Deadlock(text))) => text,
            other => panic!("{other:?}"),
        }
    });
    assert!(told[0].contains("100 async calls"), "{}", told[0]);
    assert!(told[0].contains("waits (program.js:2:") && told[0].contains("), 50 times"), "{}", told[0]);
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
}

#[test]
fn a_loop_that_never_ends_by_microtasks_can_be_driven_by_slices() {
    let mut engine = Engine::new(Options::default()).expect("an engine");
    let program = "let n = 0; (async () => { while (n < 100000) { n++; await null; } })();";
    let ticket = engine.start("program.js", program).expect("a program");
    let mut slices = 0;
    while !engine.is_over(&ticket) {
        let _ = mangrove_scheduler::poll_once(engine.heap(), None).expect("a slice");
        slices += 1;
    }
    assert!(slices > 100);
    engine.finish().expect("a good end");
}

#[test]
fn nothing_is_left_in_the_table_by_promises_timers_and_joins_that_are_over() {
    let mut engine = Engine::new(Options { clock: Clock::Virtual, ..Options::default() }).expect("an engine");
    let before = engine.counts().tasks;
    let program = "
        const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
        const work = async (i) => { await sleep(i % 7); if (i % 5 === 0) throw i; return i; };
        const one = (i) => Promise.race([work(i), sleep(3)]).then((v) => v, (e) => -e).finally(() => {});
        (async () => {
          for (let round = 0; round < 20; round++) {
            const all = Array.from({ length: 50 }, (_, i) => one(i));
            await Promise.all(all); await Promise.any(all); await Promise.allSettled(all.map((p) => p.then(() => work(1))));
            const t = setTimeout(() => {}, 1000); clearTimeout(t);
          }
        })();";
    engine.run_source("program.js", program).expect("a good end");
    assert_eq!(engine.counts().tasks, before);
}

#[test]
fn host_functions_complete_from_other_threads_blocking_and_in_tokio() {
    let program = "
        const t0 = performance.now();
        (async () => {
          const pages = await Promise.all([1, 2, 3].map((n) => hostFetch('/' + n, { delay: 4 - n })));
          console.log(pages.map((p) => p.body).join());
          try { await hostFetch('/x', { fail: true }); } catch (e) { console.log(e.message); }
          console.log(await Promise.race([hostFetch('/slow', { delay: 5000 }), new Promise((r) => setTimeout(r, 5, 'timeout'))]));
        })();";
    let expected = "page /1,page /2,page /3\nfetch failed: /x\ntimeout\n";
    for in_tokio in [false, true] {
        let out = Kept::default();
        let mut engine = Engine::new(Options { out: Box::new(out.clone()), ..Options::default() }).expect("an engine");
        let ticket = engine.start("program.js", &program.replace("5000", "50")).expect("a program");
        if in_tokio {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            runtime.block_on(drive_with(engine.heap(), &ticket, tokio::time::sleep)).expect("a run");
        } else {
            mangrove_scheduler::run_until(engine.heap(), &ticket).expect("a run");
        }
        engine.finish().expect("a good end");
        assert_eq!(out.text(), expected);
    }
}
