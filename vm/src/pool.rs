//! [`Pool`]: threads that do something later, as a host would that talks to the world.
//!
//! Invariant: jobs are done in the order of their deadlines, and those of the same deadline in the order in which they
//! came: whoever takes a job does it before another is taken. So what a program sees depends on no race between them.

use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How many threads there are.
const THREADS: usize = 4;

/// Threads that do something later. They end with the pool, and what was not done by then is not done.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: BinaryHeap<Job>,
    count: u64,
    over: bool,
}

struct Job {
    deadline: Instant,
    number: u64,
    run: Box<dyn FnOnce() + Send>,
}

impl Default for Pool {
    fn default() -> Self {
        let shared = Arc::new(Shared::default());
        for _ in 0..THREADS {
            let shared = shared.clone();
            // Without threads nothing completes; who waits for it is told that nothing can.
            let _ = thread::Builder::new().name("host pool".into()).spawn(move || shared.work());
        }
        Pool { shared }
    }
}

impl Pool {
    /// Does something after a while.
    pub fn after(&self, delay: Duration, run: impl FnOnce() + Send + 'static) {
        let mut queue = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let number = queue.count;
        queue.count += 1;
        queue.jobs.push(Job { deadline: Instant::now() + delay, number, run: Box::new(run) });
        self.shared.changed.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn work(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        while !queue.over {
            let now = Instant::now();
            let wait = queue.jobs.peek().map(|job| job.deadline.saturating_duration_since(now));
            queue = match wait {
                Some(Duration::ZERO) => {
                    if let Some(job) = queue.jobs.pop() {
                        (job.run)();
                    }
                    queue
                }
                Some(wait) => self.changed.wait_timeout(queue, wait).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Job {}
impl PartialOrd for Job {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Job {
    /// The one to be done first is the greatest.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.deadline, other.number).cmp(&(self.deadline, self.number))
    }
}
