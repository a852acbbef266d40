//! The peers of the scheduler: what holds tasks ([`Board`]) and what brings completions ([`Mail`]).
//!
//! [`Seed`] is the data structure that this project began with: std hash maps by task id, without a way to give a
//! task up. [`Slab`] is the least that can do it. Neither knows states, awaits, joins or cancellation.
//!
//! Invariant: values are 64-bit words, as ours are.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, mpsc};

use parking_lot::Mutex;

/// Holds tasks from spawn to result.
pub trait Board {
    /// Its name in tables.
    const NAME: &'static str;
    /// An empty one.
    fn new() -> Self;
    /// A new task.
    fn spawn(&mut self, callable: u64) -> u64;
    /// Runs the task: its result is made of its callable.
    fn run(&mut self, task: u64, code: impl FnOnce(u64) -> u64);
    /// Reads the result, and gives the task up where that is possible.
    fn take(&mut self, task: u64) -> u64;
    /// Visits every value that a task holds.
    fn scan_roots(&mut self, visit: &mut dyn FnMut(&mut u64));
}

/// Brings completions from another thread.
pub trait Mail {
    /// Its name in tables.
    const NAME: &'static str;
    /// Completes one task, on any thread.
    type Completer: Send + 'static;
    /// An empty one.
    fn new() -> Self;
    /// That many tasks that are completed from outside.
    fn register(&mut self, tasks: usize) -> Vec<Self::Completer>;
    /// Completes a task.
    fn complete(completer: Self::Completer, value: i32);
    /// Completes all of them, with numbers from `first` on.
    fn produce(completers: Vec<Self::Completer>, first: i32) {
        for (value, completer) in (first..).zip(completers) {
            Self::complete(completer, value);
        }
    }
    /// Waits for all of them, takes their results in order, and adds them up.
    fn finish(&mut self) -> u64;
}

/// W5b: spawns `burst` tasks, then runs and takes each; until there were `total`.
pub fn burst<B: Board>(burst: u64, total: u64) -> u64 {
    let mut board = B::new();
    let (mut ids, mut sum, mut spawned) = (Vec::with_capacity(burst as usize), 0, 0);
    while spawned < total {
        ids.extend((0..burst).map(|i| board.spawn(spawned + i)));
        for id in ids.drain(..) {
            board.run(id, |callable| black_box(callable) + 1);
            sum += board.take(id) & 0xff;
        }
        spawned += burst;
    }
    sum
}

/// W6: tasks completed by another thread, from their registration to the last result.
///
/// # Panics
/// When a result is lost.
pub fn completions<M: Mail>(tasks: usize, producers: usize) {
    let mut mail = M::new();
    let mut rest = mail.register(tasks);
    let share = tasks.div_ceil(producers);
    let threads: Vec<_> = (0..producers)
        .map(|producer| {
            let later = rest.split_off(share.min(rest.len()));
            let own = core::mem::replace(&mut rest, later);
            std::thread::spawn(move || M::produce(own, (producer * share) as i32))
        })
        .collect();
    assert_eq!(mail.finish(), (0..tasks as u64).sum());
    threads.into_iter().for_each(|thread| thread.join().expect("the producer"));
}

#[derive(Clone, Copy)]
enum Status {
    Pending,
    Completed(u64),
}

/// Three hash maps, and a one-shot channel for each external. Its channel was Tokio's; here it is an
/// `Arc<Mutex<Option>>`, which is cheaper.
#[derive(Default)]
pub struct Seed {
    callables: HashMap<u64, u64>,
    results: HashMap<u64, Status>,
    receivers: HashMap<u64, Arc<Mutex<Option<i32>>>>,
    next: u64,
}

impl Board for Seed {
    const NAME: &'static str = "seed";

    fn new() -> Self {
        Seed::default()
    }

    fn spawn(&mut self, callable: u64) -> u64 {
        let id = self.next;
        self.next += 1;
        self.callables.insert(id, callable);
        self.results.insert(id, Status::Pending);
        id
    }

    fn run(&mut self, task: u64, code: impl FnOnce(u64) -> u64) {
        if let Some(Status::Completed(_)) = self.results.get(&task) {
            return;
        }
        let callable = self.callables.remove(&task).expect("a task that waits");
        self.results.insert(task, Status::Completed(code(callable)));
    }

    fn take(&mut self, task: u64) -> u64 {
        match self.results[&task] {
            Status::Completed(value) => value,
            Status::Pending => 0,
        }
    }

    fn scan_roots(&mut self, visit: &mut dyn FnMut(&mut u64)) {
        self.callables.values_mut().for_each(&mut *visit);
        for status in self.results.values_mut() {
            if let Status::Completed(value) = status {
                visit(value);
            }
        }
    }
}

impl Mail for Seed {
    const NAME: &'static str = "seed";
    type Completer = Arc<Mutex<Option<i32>>>;

    fn new() -> Self {
        Seed::default()
    }

    fn register(&mut self, tasks: usize) -> Vec<Self::Completer> {
        (0..tasks)
            .map(|_| {
                let channel = Arc::new(Mutex::new(None));
                self.results.insert(self.next, Status::Pending);
                self.receivers.insert(self.next, channel.clone());
                self.next += 1;
                channel
            })
            .collect()
    }

    fn complete(completer: Self::Completer, value: i32) {
        *completer.lock() = Some(value);
    }

    fn finish(&mut self) -> u64 {
        let mut sum = 0;
        for task in 0..self.next {
            let value = loop {
                if let Some(value) = *self.receivers[&task].lock() {
                    break value as u64;
                }
                std::hint::spin_loop();
            };
            self.receivers.remove(&task);
            self.results.insert(task, Status::Completed(value));
            sum += value;
        }
        sum
    }
}

#[derive(Clone, Copy)]
struct Cell {
    /// The value; of a free one, the next that is free.
    value: u64,
    generation: u32,
}

/// A vector with a list of what is free in it, and generations.
pub struct Slab {
    cells: Vec<Cell>,
    free: u64,
}

const END: u64 = u64::MAX;

impl Slab {
    fn cell(&mut self, task: u64) -> &mut Cell {
        let cell = &mut self.cells[task as u32 as usize];
        assert_eq!(cell.generation, (task >> 32) as u32);
        cell
    }
}

impl Board for Slab {
    const NAME: &'static str = "slab";

    fn new() -> Self {
        Slab { cells: Vec::new(), free: END }
    }

    #[inline]
    fn spawn(&mut self, callable: u64) -> u64 {
        let index = self.free;
        if index == END {
            self.cells.push(Cell { value: callable, generation: 0 });
            return self.cells.len() as u64 - 1;
        }
        let cell = &mut self.cells[index as usize];
        self.free = core::mem::replace(&mut cell.value, callable);
        u64::from(cell.generation) << 32 | index
    }

    #[inline]
    fn run(&mut self, task: u64, code: impl FnOnce(u64) -> u64) {
        let cell = self.cell(task);
        cell.value = code(cell.value);
    }

    #[inline]
    fn take(&mut self, task: u64) -> u64 {
        let free = self.free;
        let cell = self.cell(task);
        cell.generation += 1;
        let value = core::mem::replace(&mut cell.value, free);
        self.free = u64::from(task as u32);
        value
    }

    /// For a slab that has no free cell: it does not know which are.
    fn scan_roots(&mut self, visit: &mut dyn FnMut(&mut u64)) {
        self.cells.iter_mut().for_each(|cell| visit(&mut cell.value));
    }
}

/// Tasks are indices; what arrived is a vector of results.
#[derive(Default)]
struct Results {
    values: Vec<Option<i32>>,
    taken: usize,
    sum: u64,
}

impl Results {
    /// Takes what can be taken in order; true when all is.
    fn take(&mut self) -> bool {
        while let Some(Some(value)) = self.values.get(self.taken) {
            self.sum += *value as u64;
            self.taken += 1;
        }
        self.taken == self.values.len()
    }
}

/// One `std::sync::mpsc` channel for all.
pub struct Channel {
    sender: mpsc::Sender<(u32, i32)>,
    receiver: mpsc::Receiver<(u32, i32)>,
    results: Results,
}

impl Mail for Channel {
    const NAME: &'static str = "std mpsc";
    type Completer = (mpsc::Sender<(u32, i32)>, u32);

    fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Channel { sender, receiver, results: Results::default() }
    }

    fn register(&mut self, tasks: usize) -> Vec<Self::Completer> {
        self.results.values.resize(tasks, None);
        (0..tasks as u32).map(|task| (self.sender.clone(), task)).collect()
    }

    fn complete((sender, task): Self::Completer, value: i32) {
        let _ = sender.send((task, value));
    }

    fn finish(&mut self) -> u64 {
        while !self.results.take() {
            for (task, value) in self.receiver.try_iter() {
                self.results.values[task as usize] = Some(value);
            }
            std::hint::spin_loop();
        }
        self.results.sum
    }
}

/// The same with one sender for all, that no task owns: what is completed is a number. Leaked, so nothing counts.
pub struct OneSender {
    sender: &'static mpsc::Sender<(u32, i32)>,
    rest: Channel,
}

impl Mail for OneSender {
    const NAME: &'static str = "std mpsc, one sender";
    type Completer = (&'static mpsc::Sender<(u32, i32)>, u32);

    fn new() -> Self {
        let rest: Channel = Mail::new();
        OneSender { sender: Box::leak(Box::new(rest.sender.clone())), rest }
    }

    fn register(&mut self, tasks: usize) -> Vec<Self::Completer> {
        self.rest.results.values.resize(tasks, None);
        (0..tasks as u32).map(|task| (self.sender, task)).collect()
    }

    fn complete((sender, task): Self::Completer, value: i32) {
        let _ = sender.send((task, value));
    }

    fn finish(&mut self) -> u64 {
        self.rest.finish()
    }
}

type Batch = Arc<Mutex<Vec<(u32, i32)>>>;

/// One `parking_lot` lock around a vector, which the consumer swaps out.
#[derive(Default)]
pub struct SwappedBatch {
    batch: Batch,
    results: Results,
}

impl Mail for SwappedBatch {
    const NAME: &'static str = "swapped batch";
    type Completer = (Batch, u32);

    fn new() -> Self {
        SwappedBatch::default()
    }

    fn register(&mut self, tasks: usize) -> Vec<Self::Completer> {
        self.results.values.resize(tasks, None);
        (0..tasks as u32).map(|task| (self.batch.clone(), task)).collect()
    }

    fn complete((batch, task): Self::Completer, value: i32) {
        batch.lock().push((task, value));
    }

    fn finish(&mut self) -> u64 {
        let mut batch = Vec::new();
        while !self.results.take() {
            core::mem::swap(&mut *self.batch.lock(), &mut batch);
            for (task, value) in batch.drain(..) {
                self.results.values[task as usize] = Some(value);
            }
            std::hint::spin_loop();
        }
        self.results.sum
    }
}
