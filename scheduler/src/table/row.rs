//! [`Row`]: what the table knows of every task, in 32 bytes.

use super::NONE;
use super::list::{Link, Linked, Node};
use super::store::{Record, Store};
use crate::id::LAST_GENERATION;

/// Where a task is on its way. What it is told of a cancellation is in [`Flags`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// No task: the slot is free or retired.
    Free,
    /// In one of the ready lists.
    Ready,
    Running,
    /// In the list of what it awaits; or no callable, in none.
    Waiting,
    Completed,
    Failed,
    Cancelled,
    Abandoned,
}

/// What a task is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Callable,
    External,
    Deferred,
    Join,
    Scope,
    Timer,
}

/// What a ready task is resumed with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Resume {
    First,
    Yielded,
    AfterSafepoint,
    /// The outcome behind the cold record `awaits`, which counts it.
    Delivery,
    /// The fault in its own cold record.
    Refused,
    Cancelled,
}

/// Bits of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const EMPTY: Flags = Flags(0);
    /// Cancelled, perhaps not told yet. Set by `cancel`, never cleared.
    pub(crate) const CANCELLED: Flags = Flags(1);
    /// Given up before it settled: it is let go when it does.
    pub(crate) const RELEASED: Flags = Flags(2);
    /// Failed by a fault, which is in the cold record. Only with `Stage::Failed`.
    pub(crate) const FAULT: Flags = Flags(4);
    /// Inside a shield: it is not told of its cancellation.
    pub(crate) const SHIELDED: Flags = Flags(8);
    /// Its join or scope was delivered without its end.
    pub(crate) const DETACHED: Flags = Flags(16);
    /// A callable that was born waiting, and has had no turn.
    pub(crate) const UNSTARTED: Flags = Flags(32);
    /// Found lost, and not released yet. Cleared by whatever happens to it.
    pub(crate) const LOST: Flags = Flags(64);
    /// An external whose completer is open: that is closed when it settles.
    pub(crate) const OPEN: Flags = Flags(128);
    pub(crate) const RELEASED_OR_OPEN: Flags = Flags(Self::RELEASED.0 | Self::OPEN.0);

    #[inline(always)]
    pub(crate) fn has(self, flag: Flags) -> bool {
        self.0 & flag.0 != 0
    }

    #[inline(always)]
    pub(crate) fn clear(&mut self, flag: Flags) {
        self.0 &= !flag.0;
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, flag: Flags) {
        self.0 |= flag.0;
    }

    /// Whether an await of the task is told of a cancellation.
    #[inline(always)]
    pub(crate) fn tells_cancel(self) -> bool {
        self.0 & (Flags::CANCELLED.0 | Flags::SHIELDED.0) == Flags::CANCELLED.0
    }
}

pub(crate) struct Row {
    /// When it settled; before that, the last number when it was made.
    pub(crate) seq: u64,
    pub(crate) generation: u32,
    pub(crate) link: Link,
    /// Its cold record, or `NONE`.
    pub(crate) cold: u32,
    /// While it waits: the slot it awaits; of a timer its deadline. With `Resume::Delivery`: the cold record of what it awaited.
    pub(crate) awaits: u32,
    pub(crate) stage: Stage,
    pub(crate) kind: Kind,
    pub(crate) resume: Resume,
    pub(crate) flags: Flags,
}

const _: () = assert!(size_of::<Row>() == 32, "two rows share a cache line");

impl Row {
    #[inline(always)]
    pub(crate) fn is_settled(&self) -> bool {
        // A slot that was given up counts as settled, for who still knows its number.
        !matches!(self.stage, Stage::Ready | Stage::Running | Stage::Waiting)
    }

    /// Of a settled one: its stage, and whether it failed by a fault.
    #[inline(always)]
    pub(crate) fn end(&self) -> (Stage, bool) {
        (self.stage, self.flags.has(Flags::FAULT))
    }
}

impl Record for Row {
    /// The generation that new rows begin with: above that of every id made for a row that was given back.
    type Floor = u32;

    fn fresh(floor: &u32) -> Self {
        Row {
            seq: 0,
            generation: *floor,
            link: Link::LOOSE,
            cold: NONE,
            awaits: NONE,
            stage: Stage::Free,
            kind: Kind::Callable,
            resume: Resume::First,
            flags: Flags::EMPTY,
        }
    }

    fn dismiss(rows: &[Row], floor: &mut u32) -> bool {
        let highest = rows.iter().map(|row| row.generation).max().unwrap_or(0);
        // A slot in heavy use, or a retired one, must not use up the generations of others.
        let may = highest <= LAST_GENERATION / 2;
        if may {
            *floor = highest.max(*floor);
        }
        may
    }
}

impl Linked for Store<'_, Row> {
    #[inline(always)]
    fn link(&mut self, node: Node) -> &mut Link {
        &mut self[node.index()].link
    }
}
