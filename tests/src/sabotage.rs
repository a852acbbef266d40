//! Bugs planted on purpose: for each check of the torture one that only it can find. Built for tests only.
//!
//! Invariant: a planted bug breaks a rule that safe code cannot break, and the run that plants it ends with the
//! first finding; nothing here is reachable without the feature `sabotage`.

use mangrove_gc::{AllocError, Mutation, Object, Slot, Trace, Value, Visitor, Write};

use crate::shapes::{Array, Node, Pair};

/// A bug to plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// `scan_roots` leaves out a value of the task table.
    SkipOneRoot,
    /// A write to the task table does not mark its chunk dirty.
    ForgetDirtyChunk,
    /// A result stays a root after it was taken or released.
    KeepReleasedResult,
    /// The value of a task is no root while the task runs.
    DropRunningValue,
    /// The parts of joins are no roots.
    SkipJoinParts,
    /// A join that is decided stays among those who wait for its losers.
    LeaveWaiterEdge,
    /// The value of a loser is kept by the join that is decided without it.
    KeepLoserValue,
    /// What is known of the parts of a join is in a Rust local across a safepoint.
    LocalParts,
    /// A completion that comes after the cancel settles the task again.
    AcceptLateCompletion,
    /// A value is stored into a heap object, and its owner is not logged.
    SkipBarrier,
    /// The `Trace` of a heap type leaves a slot out, which is not updated when its target moves.
    ForgetSlot,
    /// A NaN whose payload reads as a heap pointer is stored as it is.
    RawNan,
}

impl std::str::FromStr for Sabotage {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        use Sabotage::*;
        let of_the_scheduler = [
            SkipOneRoot,
            ForgetDirtyChunk,
            KeepReleasedResult,
            DropRunningValue,
            SkipJoinParts,
            LeaveWaiterEdge,
            KeepLoserValue,
            AcceptLateCompletion,
        ];
        let all = [&of_the_scheduler[..], &[LocalParts, SkipBarrier, ForgetSlot, RawNan]].concat();
        all.iter()
            .copied()
            .find(|bug| format!("{bug:?}") == s)
            .ok_or_else(|| format!("there is no bug `{s}`: use {all:?}"))
    }
}

/// A heap type whose `Trace` leaves out the second of two slots. Both hold the same value.
pub(crate) struct Forgetful<'gc> {
    pub(crate) id: u64,
    pub(crate) seen: Slot<'gc>,
    pub(crate) forgotten: Slot<'gc>,
}

// SAFETY: none. It breaks the contract of `Trace`, which is what the test is about.
unsafe impl<'gc> Trace<'gc> for Forgetful<'gc> {
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        self.seen.trace(visitor);
    }
}
// SAFETY: slots are never written after the object is made.
unsafe impl<'gc> Object<'gc> for Forgetful<'gc> {
    type Rebind<'b> = Forgetful<'b>;
}

/// Makes a forgetful object that holds `value` twice.
pub(crate) fn make_forgetful<'gc>(mc: &Mutation<'gc>, id: u64, value: Value<'gc>) -> Result<Value<'gc>, AllocError> {
    mc.alloc(Forgetful { id, seen: Slot::new(value), forgotten: Slot::new(value) }).map(Value::from)
}

/// Sets a field and forgets the barrier, where the owner is one of those that safe code reaches by a projection.
pub(crate) fn set_without_barrier<'gc>(mc: &Mutation<'gc>, owner: Value<'gc>, index: usize, to: Value<'gc>) -> bool {
    let pair =
        owner.downcast::<Pair>().map(|pair| if index == 0 { &pair.as_ref().first } else { &pair.as_ref().second });
    let slot = pair.or_else(|| owner.downcast::<Node>().map(|node| &node.as_ref().payload));
    let slot = slot.or_else(|| owner.downcast::<Array>().and_then(|array| array.as_ref().slots().get(index)));
    match slot {
        Some(slot) => {
            // SAFETY: none. The owner is not logged, which is what the test is about.
            unsafe { Write::__assume(slot) }.set(to);
            true
        }
        None => crate::fields::set(mc, owner, index, to),
    }
}

/// Keeps the values of a join's parts where no collection looks.
#[derive(Default)]
pub(crate) struct Local(Vec<Value<'static>>);

impl Local {
    /// Takes the value of a part.
    pub(crate) fn keep(&mut self, value: Value<'_>) {
        // SAFETY: none. The value outlives the call of `mutate` that lent it, which is what the test is about.
        self.0.push(unsafe { std::mem::transmute::<Value<'_>, Value<'static>>(value) });
    }

    /// Gives the values back, which may be stale by now.
    pub(crate) fn give<'gc>(&mut self) -> Vec<Value<'gc>> {
        // SAFETY: none; the same.
        unsafe { std::mem::transmute::<Vec<Value<'static>>, Vec<Value<'gc>>>(std::mem::take(&mut self.0)) }
    }
}

/// A NaN that reads as a heap pointer.
pub(crate) fn raw_nan<'gc>() -> Value<'gc> {
    // SAFETY: none. The bits are no value's, which is what the test is about.
    unsafe { Value::from_bits(f64::from_bits(0x7FFF_DEAD_BEEF_0008).to_bits()) }
}
