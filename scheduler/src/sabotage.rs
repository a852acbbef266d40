//! [`Sabotage`]: bugs that tests plant, to see that they would find them.
//!
//! Invariant: without the feature `sabotage`, [`Planted::has`] is a constant, and nothing of this is compiled in.

/// A bug to plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(not(feature = "sabotage"), allow(dead_code, unreachable_pub, reason = "planted by tests only"))]
pub enum Sabotage {
    /// `scan_roots` leaves out the first heap value of each chunk of the table.
    SkipOneRoot,
    /// Writes to the table do not make their chunk dirty.
    ForgetDirtyChunk,
    /// What is taken or released stays a root.
    KeepReleasedResult,
    /// The value of a task leaves the table when its turn begins.
    DropRunningValue,
    /// The parts of joins are not visited.
    SkipJoinParts,
    /// A join that is decided stays among those who wait for its losers.
    LeaveWaiterEdge,
    /// The value of a loser is kept by the join that is decided without it.
    KeepLoserValue,
    /// What becomes ready while marking runs is not noted as alive.
    ForgetReached,
    /// A late completion settles a cancelled external again.
    AcceptLateCompletion,
}

/// Which bugs are planted.
#[derive(Default)]
pub(crate) struct Planted {
    #[cfg(feature = "sabotage")]
    bugs: Vec<Sabotage>,
}

impl Planted {
    #[cfg(feature = "sabotage")]
    pub(crate) fn add(&mut self, bug: Sabotage) {
        self.bugs.push(bug);
    }

    #[cfg(feature = "sabotage")]
    pub(crate) fn has(&self, bug: Sabotage) -> bool {
        self.bugs.contains(&bug)
    }

    #[cfg(not(feature = "sabotage"))]
    #[inline(always)]
    pub(crate) const fn has(&self, _: Sabotage) -> bool {
        false
    }
}
