//! Seeded order: which ready task is next, and how completions arrive.
//!
//! Invariant: with a seed, a ready task that is not urgent is in the list or in the bag; before one is chosen or taken
//! out, all are in the bag. What makes tasks ready knows nothing of it, so FIFO order pays for one test in `begin`.

use super::TaskScheduler;
use crate::order::{Policy, Seeded};
use crate::table::{Link, Node};

impl TaskScheduler<'_> {
    /// The same scheduler, with this order. For a scheduler that has no tasks yet.
    pub fn with_policy(mut self, policy: Policy) -> Self {
        debug_assert_eq!(self.ready_count, 0, "say the policy before tasks are spawned");
        self.seeded = match policy {
            Policy::Fifo => None,
            Policy::Seeded(seed) => Some(Box::new(Seeded::new(seed))),
        };
        self
    }

    /// In which order tasks run.
    pub fn policy(&self) -> Policy {
        self.seeded.as_ref().map_or(Policy::Fifo, |seeded| Policy::Seeded(seeded.seed))
    }

    /// A number below `bound`, by the seed: for a torture that injects a cancel, a dropped completer or a refused
    /// allocation at points that the seed fixes. Drawing changes no order of tasks. Always 0 in FIFO order, and with
    /// a bound of 0.
    pub fn draw(&mut self, bound: usize) -> usize {
        match &mut self.seeded {
            Some(seeded) if bound > 0 => seeded.points.below(bound),
            _ => 0,
        }
    }

    /// Makes any task of the bag the only one of the list.
    #[inline(never)]
    pub(super) fn choose(&mut self) {
        self.gather();
        let Some(seeded) = &mut self.seeded else { return };
        if seeded.bag.is_empty() {
            return;
        }
        let at = seeded.turns.below(seeded.bag.len());
        let slot = self.take_from_bag(at as u32);
        self.ready.push(&mut self.rows, Node::task(slot));
    }

    /// Takes a ready task that is not urgent out. False in FIFO order.
    pub(super) fn unbag(&mut self, slot: u32) -> bool {
        if self.seeded.is_none() {
            return false;
        }
        self.gather();
        let at = self.rows[slot].link.index();
        self.take_from_bag(at);
        true
    }

    /// Puts what arrived together into an order that depends on what it is, and on the seed; not on threads.
    pub(super) fn shuffle_arrivals(&mut self) {
        if let Some(seeded) = &mut self.seeded {
            let arrived = self.mailbox.batch.make_contiguous();
            arrived.sort_by_key(|message| message.task);
            seeded.arrivals.shuffle(arrived);
        }
    }

    fn gather(&mut self) {
        let Some(seeded) = &mut self.seeded else { return };
        while let Some(Ok(slot)) = self.ready.pop(&mut self.rows).map(Node::split) {
            self.rows[slot].link = Link::at(seeded.bag.len() as u32);
            seeded.bag.push(slot);
        }
    }

    fn take_from_bag(&mut self, at: u32) -> u32 {
        let Some(seeded) = &mut self.seeded else { unreachable!("a bag is of a seeded order") };
        let slot = seeded.bag.swap_remove(at as usize);
        if let Some(&moved) = seeded.bag.get(at as usize) {
            self.rows[moved].link = Link::at(at);
        }
        if seeded.bag.is_empty() {
            seeded.bag.shrink_to(1024);
        }
        self.rows[slot].link = Link::LOOSE;
        slot
    }
}
