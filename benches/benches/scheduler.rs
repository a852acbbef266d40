//! The scheduler's operations beside Tokio's current-thread runtime and the structure that this project began with:
//! spawn to take, joins, races, timers, scopes, and completions from other threads with their latency.
//!
//! Invariant: each peer does the same for a task: it is made, runs once, and its result is taken.
//!
//! `cargo bench -p mangrove-benches --bench scheduler`

use std::cell::RefCell;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::Poll;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use mangrove_benches::{Board, Seed, Tasks, burst, measured};
use mangrove_gc::{Heap, HeapConfig, Mutation, Roots, Trace, Value};
use mangrove_scheduler::{
    Clock, Completer, Embedding, JoinKind, Reason, ScopeOptions, Step, TaskId, TaskScheduler, Turn, Wake,
    run_until_idle,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Trace)]
struct Root<'gc> {
    tasks: TaskScheduler<'gc>,
    kept: Vec<Value<'gc>>,
}

/// A task gives its value back in its first turn; an echo, whose value is below 0, serves a producer.
struct Host;
impl Roots for Host {
    type Root<'gc> = Root<'gc>;
}
impl Embedding for Host {
    fn tasks<'a, 'gc>(_: &Mutation<'gc>, root: &'a mut Root<'gc>) -> &'a mut TaskScheduler<'gc> {
        &mut root.tasks
    }
    fn resume<'gc>(_: &Mutation<'gc>, root: &mut Root<'gc>, turn: Turn<'gc>) -> Step<'gc> {
        match turn.value.as_int() {
            Some(producer) if producer < 0 => echo(root, turn, producer),
            _ => Step::Done(turn.value),
        }
    }
}

fn heap(clock: Clock) -> Heap<Host> {
    let heap = Heap::new(HeapConfig::default(), |mc| {
        Ok(Root { tasks: TaskScheduler::new(mc).with_clock(clock), kept: Vec::new() })
    });
    heap.expect("address space")
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

fn short<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    group
}

fn many() -> usize {
    if measured() { 1_000_000 } else { 10_000 }
}

fn spawn_to_take(criterion: &mut Criterion) {
    let runtime = tokio_runtime();
    for size in [1000, many() / 10, many()] {
        let mut group = short(criterion, &format!("spawn to take, {size} outstanding"));
        group.throughput(Throughput::Elements(many() as u64));
        group.bench_function("mangrove", |bencher| bencher.iter(|| Tasks::bursts(size as u64, many() as u64)));
        group.bench_function("tokio", |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let mut handles = Vec::with_capacity(size);
                    for _ in 0..many() / size {
                        handles.extend((0..size).map(|number| tokio::spawn(async move { black_box(number) })));
                        for handle in handles.drain(..) {
                            black_box(handle.await.expect("no panic"));
                        }
                    }
                })
            });
        });
        let seed = |bencher: &mut criterion::Bencher<'_>| bencher.iter(|| burst::<Seed>(size as u64, many() as u64));
        group.bench_function(<Seed as Board>::NAME, seed);
        group.finish();
    }
}

fn joins(criterion: &mut Criterion) {
    let runtime = tokio_runtime();
    for size in [10, 10_000] {
        let mut group = short(criterion, &format!("join of {size}"));
        group.throughput(Throughput::Elements(size as u64));
        let mut ours = heap(Clock::Virtual);
        group.bench_function("mangrove", |bencher| {
            bencher.iter(|| {
                ours.mutate(|_, root| {
                    let spawn = |number| root.tasks.spawn(Value::int(number)).expect("far from the limit");
                    let tasks: Vec<_> = (0..size).map(spawn).collect();
                    let join = root.tasks.join(JoinKind::All, &tasks).expect("they are there");
                    run_all(root);
                    black_box(root.tasks.parts(join).expect("a join").filter(Option::is_some).count());
                    root.tasks.take(join).expect("settled");
                    tasks.iter().for_each(|&task| drop(root.tasks.take(task).expect("settled")));
                });
            });
        });
        group.bench_function("tokio, handles in order", |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let handles: Vec<_> = (0..size).map(|number| tokio::spawn(async move { number })).collect();
                    let mut results = Vec::with_capacity(handles.len());
                    for handle in handles {
                        results.push(handle.await.expect("no panic"));
                    }
                    black_box(results)
                })
            });
        });
        group.bench_function("seed, a loop", |bencher| {
            bencher.iter(|| burst::<Seed>(size as u64, size as u64));
        });
        group.finish();
    }
}

fn run_all(root: &mut Root<'_>) {
    while let Some(turn) = root.tasks.begin() {
        root.tasks.complete(turn.task, turn.value).expect("running");
    }
}

fn races(criterion: &mut Criterion) {
    let runtime = tokio_runtime();
    let mut group = short(criterion, "race of a short task and a long-lived loser");
    let mut ours = heap(Clock::Virtual);
    let completer = ours.mutate(|_, root| {
        let (loser, completer) = root.tasks.external().expect("far from the limit");
        root.kept.push(loser.into());
        completer
    });
    group.bench_function("mangrove", |bencher| {
        bencher.iter(|| {
            ours.mutate(|_, root| {
                let loser = TaskId::from_value(root.kept[0]).expect("a task");
                let task = root.tasks.spawn(Value::int(1)).expect("far from the limit");
                let race = root.tasks.join(JoinKind::Race, &[loser, task]).expect("they are there");
                run_all(root);
                root.tasks.take(race).expect("settled");
                root.tasks.take(task).expect("settled");
            });
        });
    });
    drop(completer);
    let loser = Arc::new(tokio::sync::Notify::new());
    group.bench_function("tokio, spawn and Notify", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let mut task = tokio::spawn(async { black_box(1) });
                let mut lost = pin!(loser.notified());
                std::future::poll_fn(|cx| {
                    if lost.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(0);
                    }
                    pin!(&mut task).poll(cx).map(|result| result.expect("no panic"))
                })
                .await
            })
        });
    });
    group.finish();
}

fn timers(criterion: &mut Criterion) {
    let minute = Duration::from_secs(60);
    // Up to an hour.
    let time =
        |number: usize| Duration::from_nanos((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) % 3_600_000_000_000);
    for outstanding in [0, many()] {
        let mut group = short(criterion, &format!("timers, {outstanding} outstanding"));
        for clock in [Clock::Real, Clock::Virtual] {
            let mut ours = heap(clock);
            ours.mutate(|_, root| {
                for number in 0..outstanding {
                    root.tasks.sleep(minute + time(number)).expect("far from the limit");
                }
            });
            group.bench_function(format!("mangrove, {clock:?} clock, set and cancel"), |bencher| {
                let mut number = 0;
                bencher.iter(|| {
                    ours.mutate(|_, root| {
                        number += 1;
                        let timer = root.tasks.sleep(minute + time(number)).expect("far from the limit");
                        root.tasks.cancel(timer, Reason::NONE).expect("it is there");
                        root.tasks.take(timer).expect("settled");
                    });
                });
            });
            if clock == Clock::Virtual {
                group.bench_function("mangrove, Virtual clock, set and fire", |bencher| {
                    bencher.iter(|| {
                        ours.mutate(|_, root| {
                            let timer = root.tasks.sleep(Duration::from_nanos(10)).expect("far from the limit");
                            root.tasks.advance(Duration::from_nanos(10));
                            root.tasks.poll_timers();
                            root.tasks.take(timer).expect("settled");
                        });
                    });
                });
            }
        }
        let runtime = tokio_runtime();
        runtime.block_on(async {
            let sleeps = (0..outstanding).map(|number| Box::pin(tokio::time::sleep(minute + time(number))));
            let mut sleeps: Vec<_> = sleeps.collect();
            for sleep in &mut sleeps {
                poll_pending(sleep.as_mut()).await;
            }
            group.bench_function("tokio, set and drop", |bencher| {
                let mut number = 0;
                bencher.iter(|| {
                    number += 1;
                    let mut sleep = pin!(tokio::time::sleep(minute + time(number)));
                    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
                    assert!(sleep.as_mut().poll(&mut cx).is_pending());
                });
            });
        });
        group.finish();
    }
}

/// Polls it once, which registers it.
async fn poll_pending(mut future: std::pin::Pin<&mut impl Future>) {
    std::future::poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

fn scopes(criterion: &mut Criterion) {
    let mut group = short(criterion, "scope with 1000 children");
    group.throughput(Throughput::Elements(1000));
    let options = ScopeOptions { discard: true, ..ScopeOptions::default() };
    let mut ours = heap(Clock::Virtual);
    group.bench_function("mangrove, all end", |bencher| {
        bencher.iter(|| {
            ours.mutate(|_, root| {
                let scope = root.tasks.scope(options).expect("far from the limit");
                for number in 0..1000 {
                    root.tasks.spawn_in(scope, Value::int(number)).expect("far from the limit");
                }
                root.tasks.close_scope(scope).expect("it is there");
                run_all(root);
                root.tasks.take(scope).expect("settled");
            });
        });
    });
    // The children wait for each other's timers, and are told.
    group.bench_function("mangrove, cancelled while all wait", |bencher| {
        bencher.iter_custom(|iters| {
            let timed = |_| {
                ours.mutate(|_, root| {
                    let scope = root.tasks.scope(options).expect("far from the limit");
                    let timer = root.tasks.sleep(Duration::from_secs(1)).expect("far from the limit");
                    for number in 0..1000 {
                        root.tasks.spawn_in(scope, Value::int(number)).expect("far from the limit");
                    }
                    while let Some(turn) = root.tasks.begin() {
                        root.tasks.suspend(turn.task, timer, turn.value).expect("running");
                    }
                    let start = Instant::now();
                    root.tasks.cancel(scope, Reason::NONE).expect("it is there");
                    while let Some(turn) = root.tasks.begin() {
                        root.tasks.end_cancelled(turn.task).expect("running");
                    }
                    root.tasks.take(scope).expect("settled");
                    let spent = start.elapsed();
                    root.tasks.cancel(timer, Reason::NONE).expect("it is there");
                    root.tasks.take(timer).expect("settled");
                    spent
                })
            };
            (0..iters).map(timed).sum()
        });
    });
    group.finish();
}

/// What an echo knows of its producer.
struct Line {
    completers: Sender<Completer>,
    left: usize,
}

thread_local! {
    static LINES: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
    static START: Instant = Instant::now();
    static LATENCIES: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

/// Gives its producer a completer, awaits the completion, which says when it was sent, notes how long it took; and again.
fn echo<'gc>(root: &mut Root<'gc>, turn: Turn<'gc>, producer: i32) -> Step<'gc> {
    LINES.with_borrow_mut(|lines| {
        let line = &mut lines[(-1 - producer) as usize];
        if let Wake::Settled(sent) = turn.wake {
            let now = START.with(Instant::elapsed);
            let sent = Duration::from_nanos(sent.as_double().expect("a time") as u64);
            LATENCIES.with_borrow_mut(|latencies| latencies.push(now - sent));
            line.left -= 1;
        }
        if line.left == 0 {
            return Step::Done(Value::NIL);
        }
        let (task, completer) = root.tasks.external().expect("far from the limit");
        line.completers.send(completer).expect("the producer waits");
        root.tasks.release(task).expect("it is there");
        Step::Await(task, turn.value)
    })
}

/// Each producer completes one at a time, from its thread, when it is asked to.
fn mangrove_latency(producers: usize, each: usize) -> (Duration, Vec<Duration>) {
    let mut heap = heap(Clock::Real);
    let threads: Vec<_> = (0..producers)
        .map(|_| {
            let (completers, wanted) = channel::<Completer>();
            let start = START.with(|start| *start);
            LINES.with_borrow_mut(|lines| lines.push(Line { completers, left: each }));
            std::thread::spawn(move || {
                for completer in wanted {
                    completer.complete(start.elapsed().as_nanos() as f64);
                }
            })
        })
        .collect();
    let start = Instant::now();
    heap.mutate(|_, root| {
        for producer in 0..producers {
            let task = root.tasks.spawn(Value::int(-1 - producer as i32)).expect("far from the limit");
            root.tasks.release(task).expect("it is there");
        }
    });
    run_until_idle(&mut heap).expect("a heap that works");
    let spent = start.elapsed();
    LINES.with_borrow_mut(Vec::clear);
    threads.into_iter().for_each(|thread| thread.join().expect("a producer"));
    (spent, LATENCIES.take())
}

fn tokio_latency(producers: usize, each: usize) -> (Duration, Vec<Duration>) {
    let start = Instant::now();
    let latencies = tokio_runtime().block_on(async {
        let echoes: Vec<_> = (0..producers)
            .map(|_| {
                let (completers, wanted) = channel::<tokio::sync::oneshot::Sender<Instant>>();
                std::thread::spawn(move || {
                    for completer in wanted {
                        completer.send(Instant::now()).expect("it waits");
                    }
                });
                tokio::spawn(async move {
                    let mut latencies = Vec::with_capacity(each);
                    for _ in 0..each {
                        let (sender, receiver) = tokio::sync::oneshot::channel();
                        completers.send(sender).expect("the producer waits");
                        let sent = receiver.await.expect("the producer completes");
                        latencies.push(sent.elapsed());
                    }
                    latencies
                })
            })
            .collect();
        let mut all = vec![];
        for echo in echoes {
            all.extend(echo.await.expect("no panic"));
        }
        all
    });
    (start.elapsed(), latencies)
}

/// Not by criterion: what counts are single completions, not their mean.
fn latencies(_: &mut Criterion) {
    let each = if measured() { 50_000 } else { 100 };
    for producers in [1, 2] {
        for (name, run) in [
            ("mangrove", mangrove_latency as fn(usize, usize) -> (Duration, Vec<Duration>)),
            ("tokio, oneshot", tokio_latency),
        ] {
            run(producers, each / 10);
            let (spent, mut latencies) = run(producers, each);
            latencies.sort();
            let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
            println!(
                "external from {producers} producers, {name}: p50 {:?}, p99 {:?}, {:?} per round trip",
                at(50),
                at(99),
                spent / latencies.len() as u32,
            );
        }
    }
}

criterion_group!(benches, spawn_to_take, joins, races, timers, scopes, latencies);
criterion_main!(benches);
