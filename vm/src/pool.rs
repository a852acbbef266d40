//! [`Pool`]: threads that do something later, as a host would that talks to the world.
//!
//! Invariant: jobs are done in the order of their deadlines, and those of the same deadline in the order in which they
//! came: the threads take turns, and whose turn it is does the next job. So what a program sees depends on no race
//! between them; and a job may wait for the VM's thread, which never waits for a job.

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
    /// Whose turn it is holds this.
    turn: Mutex<()>,
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
        loop {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            match self.next() {
                Some(job) => (job.run)(),
                None => return,
            }
        }
    }

    /// Waits for the next job's time; `None` when the pool is over.
    fn next(&self) -> Option<Job> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        while !queue.over {
            let now = Instant::now();
            queue = match queue.jobs.peek().map(|job| job.deadline.saturating_duration_since(now)) {
                Some(Duration::ZERO) => return queue.jobs.pop(),
                Some(wait) => self.changed.wait_timeout(queue, wait).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
        None
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn threads_race_for_jobs_of_the_same_delay() {
        let (pool, (sender, receiver)) = (Pool::default(), channel());
        for number in 0..1000 {
            let sender = sender.clone();
            pool.after(Duration::from_millis(5), move || sender.send(number).expect("the test listens"));
        }
        assert!(receiver.iter().take(1000).eq(0..1000));
    }

    #[test]
    fn a_job_that_is_far_off_outlives_the_pool() {
        let (pool, (sender, receiver)) = (Pool::default(), channel::<()>());
        pool.after(Duration::from_secs(3600), move || drop(sender));
        drop(pool);
        // The job is dropped, and with it the sender.
        assert!(receiver.recv().is_err());
    }
}
