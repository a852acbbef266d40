//! [`Pool`]: threads that do something later, as a host would that talks to the world.
//!
//! Invariant: jobs are done one after the other in the order of their deadlines, and those of the same deadline in the
//! order in which they came, whichever thread does them. So what a program sees depends on no race. A job may wait for
//! the VM's thread, which never waits for a job: there is one lock for the queue and another for the turn, and only the
//! second is held while a job runs.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

type Job = Box<dyn FnOnce() + Send>;

/// How many threads a pool has.
const THREADS: usize = 4;

/// Threads that do something later. They end with the pool, and what was not begun by then is not done.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Whose turn it is to wait for the next job, and to do it.
    turn: Mutex<()>,
    queue: Mutex<Queue>,
    /// There is a new job, or the pool is over.
    news: Condvar,
}

#[derive(Default)]
struct Queue {
    /// By deadline, then by number.
    waiting: BTreeMap<(Instant, u64), Job>,
    number: u64,
    over: bool,
}

impl Default for Pool {
    fn default() -> Self {
        let shared = Arc::<Shared>::default();
        let mut started = 0;
        for number in 0..THREADS {
            let shared = shared.clone();
            let thread = thread::Builder::new().name(format!("host pool {number}"));
            started += usize::from(thread.spawn(move || while shared.take_turn() {}).is_ok());
        }
        // Without a thread nothing completes; who waits for it is told that nothing can.
        shared.queue.lock().over = started == 0;
        Pool { shared }
    }
}

impl Pool {
    /// Does something after a while.
    pub fn after(&self, delay: Duration, run: impl FnOnce() + Send + 'static) {
        let mut queue = self.shared.queue.lock();
        if queue.over {
            return;
        }
        let at = (Instant::now() + delay, queue.number);
        queue.number += 1;
        queue.waiting.insert(at, Box::new(run));
        self.shared.news.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut queue = self.shared.queue.lock();
        queue.over = true;
        let undone = std::mem::take(&mut queue.waiting);
        self.shared.news.notify_one();
        drop(queue);
        // Without the lock: what jobs own may do something when it is dropped.
        drop(undone);
    }
}

impl Shared {
    /// Waits for the turn, then for the first job, and does it; false if there will be none.
    fn take_turn(&self) -> bool {
        let turn = self.turn.lock();
        let Some(job) = self.next() else { return false };
        // Who asked for a job that panics is told: it drops what it would have completed.
        let _ = catch_unwind(AssertUnwindSafe(job));
        // To the thread that has waited longest, or this one might keep the turn for ever.
        MutexGuard::unlock_fair(turn);
        true
    }

    /// The first job, when it is due; `None` when the pool is over.
    fn next(&self) -> Option<Job> {
        let mut queue = self.queue.lock();
        while !queue.over {
            let Some(first) = queue.waiting.first_entry() else {
                self.news.wait(&mut queue);
                continue;
            };
            let (deadline, _) = *first.key();
            if deadline <= Instant::now() {
                return Some(first.remove());
            }
            self.news.wait_until(&mut queue, deadline);
        }
        None
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread::ThreadId;

    use super::*;

    #[test]
    fn jobs_of_the_same_delay_are_done_in_order() {
        let (pool, (sender, receiver)) = (Pool::default(), channel());
        for number in 0..1000 {
            let sender = sender.clone();
            pool.after(Duration::from_millis(5), move || sender.send(number).expect("the test listens"));
        }
        assert!(receiver.iter().take(1000).eq(0..1000));
    }

    #[test]
    fn a_job_that_is_due_earlier_is_not_kept_waiting_by_one_that_came_before_it() {
        let (pool, (sender, receiver)) = (Pool::default(), channel());
        for (delay, name) in [(3600, "far"), (0, "near")] {
            let sender = sender.clone();
            pool.after(Duration::from_secs(delay), move || sender.send(name).expect("the test listens"));
        }
        assert_eq!(receiver.recv(), Ok("near"));
    }

    #[test]
    fn one_thread_does_not_keep_the_turn() {
        let (pool, (sender, receiver)) = (Pool::default(), channel::<ThreadId>());
        let next = || {
            let sender = sender.clone();
            pool.after(Duration::ZERO, move || sender.send(thread::current().id()).expect("the test listens"));
            receiver.recv().expect("the job sends")
        };
        let first = next();
        // For ever, if it does.
        while next() == first {}
    }

    #[test]
    fn a_job_that_blocks_holds_up_no_call_and_one_that_panics_no_job() {
        let (pool, (sender, receiver), (open, gate)) = (Pool::default(), channel(), channel::<()>());
        pool.after(Duration::ZERO, move || {
            sender.send(()).expect("the test listens");
            gate.recv().expect("the test opens it");
        });
        receiver.recv().expect("it runs");
        for _ in 0..2 * THREADS {
            pool.after(Duration::ZERO, || panic!("a job panics, as the test wants it"));
        }
        let (sender, receiver) = channel();
        pool.after(Duration::ZERO, move || sender.send(()).expect("the test listens"));
        open.send(()).expect("it waits");
        assert_eq!(receiver.recv(), Ok(()));
    }

    #[test]
    fn what_is_far_off_is_dropped_with_the_pool_and_its_threads_end() {
        let (pool, (sender, receiver)) = (Pool::default(), channel::<()>());
        let shared = Arc::downgrade(&pool.shared);
        pool.after(Duration::from_secs(3600), move || drop(sender));
        drop(pool);
        // The job is dropped, and with it the sender.
        assert!(receiver.recv().is_err());
        // For ever, if a thread is left.
        while shared.strong_count() > 0 {
            thread::yield_now();
        }
    }
}
