//! [`Pool`]: a thread that does something later, as a host would that talks to the world.
//!
//! Invariant: jobs are done one after the other in the order of their deadlines, and those of the same deadline in the
//! order in which they came. So what a program sees depends on no race; and a job may wait for the VM's thread, which
//! never waits for a job.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

type Job = Box<dyn FnOnce() + Send>;

/// A thread that does something later. It ends with the pool, and what was not done by then is not done.
#[derive(Debug)]
pub struct Pool {
    jobs: Sender<(Instant, Job)>,
}

impl Default for Pool {
    fn default() -> Self {
        let (jobs, queue) = channel();
        // Without a thread nothing completes; who waits for it is told that nothing can.
        let _ = thread::Builder::new().name("host pool".into()).spawn(move || work(&queue));
        Pool { jobs }
    }
}

impl Pool {
    /// Does something after a while.
    pub fn after(&self, delay: Duration, run: impl FnOnce() + Send + 'static) {
        let _ = self.jobs.send((Instant::now() + delay, Box::new(run)));
    }
}

/// Does jobs in their time, until the pool is gone.
fn work(queue: &Receiver<(Instant, Job)>) {
    let mut waiting: BTreeMap<(Instant, u64), Job> = BTreeMap::new();
    for number in 0.. {
        let next = match waiting.first_key_value() {
            Some((&(deadline, _), _)) => queue.recv_timeout(deadline.saturating_duration_since(Instant::now())),
            None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok((deadline, job)) => _ = waiting.insert((deadline, number), job),
            Err(RecvTimeoutError::Timeout) => waiting.pop_first().into_iter().for_each(|(_, job)| job()),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

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
    fn a_job_that_is_far_off_outlives_the_pool() {
        let (pool, (sender, receiver)) = (Pool::default(), channel::<()>());
        pool.after(Duration::from_secs(3600), move || drop(sender));
        drop(pool);
        // The job is dropped, and with it the sender.
        assert!(receiver.recv().is_err());
    }
}
