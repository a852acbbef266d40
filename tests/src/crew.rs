//! [`Crew`]: the threads that complete externals.
//!
//! Invariant: at most one delivery is on its way, so deliveries reach the inbox in the order of the operations, with
//! any number of threads; meanwhile the heap's thread goes on. A delivery carries plain data and a completer, never
//! a heap value.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// What a thread is to do with a completer.
pub(crate) type Delivery = Box<dyn FnOnce() + Send>;

struct Hand {
    jobs: SyncSender<Delivery>,
    done: Receiver<()>,
    thread: JoinHandle<()>,
}

/// The threads.
pub(crate) struct Crew {
    hands: Vec<Hand>,
    next: usize,
    /// The thread that has a delivery on its way.
    busy: Option<usize>,
}

impl Crew {
    /// Starts threads; without any, deliveries are made on the spot.
    pub(crate) fn new(threads: usize) -> Self {
        let hand = |_| {
            let (jobs, inbox) = sync_channel::<Delivery>(1);
            let (outbox, done) = sync_channel(1);
            let thread = std::thread::spawn(move || {
                for delivery in inbox {
                    delivery();
                    if outbox.send(()).is_err() {
                        break;
                    }
                }
            });
            Hand { jobs, done, thread }
        };
        Crew { hands: (0..threads).map(hand).collect(), next: 0, busy: None }
    }

    /// Makes a delivery, after the one that is on its way.
    pub(crate) fn deliver(&mut self, delivery: Delivery) -> Result<(), String> {
        self.settle()?;
        if self.hands.is_empty() {
            delivery();
            return Ok(());
        }
        self.next = (self.next + 1) % self.hands.len();
        self.busy = Some(self.next);
        self.hands[self.next].jobs.send(delivery).map_err(|_| "a thread is gone".to_owned())
    }

    /// Waits for the delivery that is on its way.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        match self.busy.take() {
            Some(hand) => self.hands[hand].done.recv().map_err(|_| "a thread panicked".to_owned()),
            None => Ok(()),
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for Hand { jobs, done, thread } in self.hands.drain(..) {
            drop((jobs, done));
            // A panic of the thread was a finding when its delivery was awaited.
            let _ = thread.join();
        }
    }
}
