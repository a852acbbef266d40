//! Ours: a heap whose root is a scheduler.
//!
//! Invariant: what is timed of a scan is `scan_roots` and nothing else: [`Timed`] holds the clock in the root's visit.

use std::hint::black_box;
use std::time::{Duration, Instant};

use mangrove_gc::{Collect, Heap, HeapConfig, Mutation, Object, Roots, Slot, Trace, Value, Visitor};
use mangrove_scheduler::{Batch, Completer, Drained, Embedding, Step, TaskId, TaskScheduler, Turn, run_until};

use crate::task_peers::Mail;

#[derive(Trace, Object)]
struct Closure<'gc> {
    captured: Slot<'gc>,
}

/// A scheduler, and how long the visits of its roots took.
struct Timed<'gc> {
    tasks: TaskScheduler<'gc>,
    spent: Duration,
    /// Times the visits of minor collections, rather than those of marking.
    minors: bool,
    visits: u32,
}

// SAFETY: every value is in the scheduler, which is visited; reading the clock is no foreign code.
unsafe impl<'gc> Trace<'gc> for Timed<'gc> {
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        let counts = visitor.young_only() == self.minors;
        let start = Instant::now();
        self.tasks.scan_roots(visitor);
        if counts {
            self.spent += start.elapsed();
            self.visits += 1;
        }
    }
}

#[derive(Trace)]
struct Root<'gc> {
    timed: Timed<'gc>,
    ids: Vec<Value<'gc>>,
}

struct Host;
impl Roots for Host {
    type Root<'gc> = Root<'gc>;
}
impl Embedding for Host {
    fn tasks<'a, 'gc>(_: &Mutation<'gc>, root: &'a mut Root<'gc>) -> &'a mut TaskScheduler<'gc> {
        &mut root.timed.tasks
    }
    fn resume<'gc>(_: &Mutation<'gc>, _: &mut Root<'gc>, turn: Turn<'gc>) -> Step<'gc> {
        Step::Done(turn.value)
    }
}

/// A heap with a scheduler.
pub struct Tasks {
    heap: Heap<Host>,
}

impl Tasks {
    /// A heap without a task.
    ///
    /// # Panics
    /// When the system has no room for it.
    pub fn empty() -> Self {
        let heap = Heap::new(HeapConfig::default(), |mc| {
            let timed = Timed { tasks: TaskScheduler::new(mc), spent: Duration::ZERO, minors: false, visits: 0 };
            Ok(Root { timed, ids: Vec::new() })
        });
        Tasks { heap: heap.expect("address space") }
    }

    /// A heap with this many ready tasks, whose callables are one old heap object.
    ///
    /// # Panics
    /// At the limit of tasks.
    pub fn outstanding(tasks: usize) -> Self {
        let mut heap = Tasks::empty();
        heap.spawn(tasks);
        heap
    }

    fn spawn(&mut self, tasks: usize) {
        self.heap.mutate(|mc, root| {
            let callable = mc.alloc(Closure { captured: Slot::new(Value::NIL) }).expect("memory");
            for _ in 0..tasks {
                root.timed.tasks.spawn(callable.into()).expect("far from the limit");
            }
        });
        self.minor();
    }

    /// The same, after this many others came and went, all of them outstanding at once.
    pub fn outstanding_after(tasks: usize, gone: usize) -> Self {
        let mut heap = Tasks::empty();
        heap.run_burst(0, gone);
        heap.spawn(tasks);
        heap
    }

    /// Gives this many tasks a turn, so that their values are written.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn touch(&mut self, tasks: usize) {
        self.heap.mutate(|_, root| {
            for _ in 0..tasks {
                let turn = root.timed.tasks.begin().expect("a ready task");
                root.timed.tasks.yield_now(turn.task, turn.value).expect("a running task");
            }
        });
    }

    /// A thousand objects that die.
    ///
    /// # Panics
    /// At the limit of the heap.
    pub fn garbage(&mut self) {
        self.heap.mutate(|mc, _| {
            for _ in 0..1000 {
                black_box(mc.alloc(Closure { captured: Slot::new(Value::NIL) }).expect("memory"));
            }
        });
    }

    /// A minor collection.
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn minor(&mut self) {
        self.heap.collect(Collect::Minor).expect("a heap that works");
    }

    /// How long one visit of all roots takes: as marking does it; or, after [`Tasks::touch`], as a minor does it.
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn scan(&mut self, minor: bool) -> Duration {
        self.heap.mutate(|_, root| {
            (root.timed.spent, root.timed.visits, root.timed.minors) = (Duration::ZERO, 0, minor);
        });
        self.heap.collect(if minor { Collect::Minor } else { Collect::Full }).expect("a heap that works");
        self.heap.mutate(|_, root| root.timed.spent / root.timed.visits)
    }

    /// Spawns `burst` tasks with numbers from `from` on, then gives each a turn that completes it, and takes its result.
    fn run_burst(&mut self, from: u64, burst: usize) -> u64 {
        self.heap.mutate(|_, root| {
            let tasks = &mut root.timed.tasks;
            for i in from..from + burst as u64 {
                tasks.spawn(Value::int(i as i32)).expect("far from the limit");
            }
            let mut sum = 0;
            while let Some(turn) = tasks.begin() {
                let value = black_box(turn.value).as_int().unwrap_or(0);
                tasks.complete(turn.task, Value::int(value.wrapping_add(1))).expect("a running task");
                let result = tasks.take(turn.task).expect("a settled task").ok();
                sum += result.and_then(Value::as_int).unwrap_or(0) as u64 & 0xff;
            }
            sum
        })
    }

    /// W5b: as [`burst`](crate::burst), with a safepoint after each burst, and after each 256 tasks of smaller ones.
    ///
    /// # Panics
    /// When the heap is poisoned.
    pub fn bursts(burst: u64, total: u64) -> u64 {
        let mut heap = Tasks::empty();
        let (mut sum, mut since) = (0, 0);
        for turn in 0..total / burst {
            sum += heap.run_burst(turn * burst, burst as usize);
            since += burst;
            if since >= 256 {
                since = 0;
                heap.heap.safepoint().expect("a heap that works");
            }
        }
        sum
    }

    /// Waits in `run_until` for one external, whose completer is given to `send`.
    ///
    /// # Panics
    /// When it does not complete.
    pub fn wait_for(&mut self, send: impl FnOnce(Completer)) {
        let (ticket, completer) = self.heap.mutate(|_, root| {
            let (task, completer) = root.timed.tasks.external().expect("far from the limit");
            (root.timed.tasks.ticket(task).expect("a task"), completer)
        });
        send(completer);
        run_until(&mut self.heap, &ticket).expect("a completion");
    }
}

impl Mail for Tasks {
    const NAME: &'static str = "mangrove";
    type Completer = Completer;

    fn new() -> Self {
        Tasks::empty()
    }

    fn register(&mut self, tasks: usize) -> Vec<Completer> {
        self.heap.mutate(|_, root| {
            let made = (0..tasks).map(|_| {
                let (task, completer) = root.timed.tasks.external().expect("far from the limit");
                root.ids.push(task.into());
                completer
            });
            made.collect()
        })
    }

    fn complete(completer: Completer, value: i32) {
        completer.complete(value);
    }

    fn finish(&mut self) -> u64 {
        let (mut sum, mut taken) = (0, 0);
        loop {
            let done = self.heap.mutate(|mc, root| {
                let tasks = &mut root.timed.tasks;
                let drained = tasks.poll_inbox(mc);
                assert_eq!(drained, Drained::Empty);
                while let Some(task) = root.ids.get(taken).copied().and_then(TaskId::from_value) {
                    let Ok(outcome) = tasks.take(task) else { break };
                    sum += outcome.ok().and_then(Value::as_int).expect("a number") as u64;
                    taken += 1;
                }
                taken == root.ids.len()
            });
            self.heap.safepoint().expect("a heap that works");
            if done {
                return sum;
            }
            std::hint::spin_loop();
        }
    }
}

/// The same, sent 64 at a time.
pub struct Batched(Tasks);

impl Mail for Batched {
    const NAME: &'static str = "mangrove, batches of 64";
    type Completer = Completer;

    fn new() -> Self {
        Batched(Tasks::empty())
    }

    fn register(&mut self, tasks: usize) -> Vec<Completer> {
        self.0.register(tasks)
    }

    fn complete(completer: Completer, value: i32) {
        completer.complete(value);
    }

    fn produce(completers: Vec<Completer>, first: i32) {
        let mut batch = Batch::new();
        for (value, completer) in (first..).zip(completers) {
            batch.complete(completer, value);
            if batch.len() == 64 {
                batch.send();
            }
        }
    }

    fn finish(&mut self) -> u64 {
        self.0.finish()
    }
}
