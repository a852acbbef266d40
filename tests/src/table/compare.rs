//! The scheduler against the table: roots, tasks, parts of joins.
//!
//! Invariant: counts are compared before any value is followed; every value that the scheduler holds is handed to the
//! walk, which follows it.

use std::time::Duration;

use mangrove_gc::Value;
use mangrove_scheduler::{Fault, Outcome, TaskId, TaskScheduler, Wake};

use super::{Flaw, Kind, Out, Stage, Table, Task, Woken, Word, id_of};
use crate::shadow::Val;
use crate::walk::{Check, Walk, identify};

impl Table {
    /// The values that should be rooted: those of tasks, of parts of joins, of results to be delivered.
    fn roots(&self) -> [Vec<Val>; 3] {
        let traced = |val: &Val| matches!(val, Val::Obj(_) | Val::Task(_));
        let parts = self.tasks.iter().filter_map(|task| match &task.kind {
            Kind::Join(join) => Some(join.parts.iter().filter_map(|part| Some(part.out.as_ref()?.val()))),
            _ => None,
        });
        [
            self.tasks.iter().map(Task::root).filter(traced).collect(),
            parts.flatten().filter(traced).collect(),
            self.orphans.iter().map(|orphan| orphan.out.val()).filter(traced).collect(),
        ]
    }

    /// Compares the census of the scheduler's roots with what should be rooted: nothing missing, nothing extra. The
    /// counts first, before any of the values is followed.
    pub(crate) fn compare_census<'gc>(&self, census: &[(&'static str, Value<'gc>)], walk: &mut Walk<'_, 'gc>) -> Check {
        const GROUPS: [&str; 3] = ["callables", "parts", "delivered"];
        let expected = self.roots();
        let mut found: [Vec<Value<'gc>>; 3] = Default::default();
        let (mut last, mut at) = ("", 0);
        for (group, value) in census {
            // Groups are contiguous, and their names literals.
            if !std::ptr::eq(*group, last) {
                let place = GROUPS.iter().position(|name| group.contains(name));
                at = place.ok_or_else(|| format!("census: there are roots of a group `{group}`"))?;
                last = group;
            }
            found[at].push(*value);
        }
        for (name, (found, expected)) in GROUPS.iter().zip(found.iter().zip(&expected)) {
            if found.len() != expected.len() {
                return Err(format!("census of {name}: {} roots, should be {}", found.len(), expected.len()));
            }
        }
        // Tasks stand in the order of their slots; the others in an order of their own.
        for (value, val) in found[0].iter().zip(&expected[0]) {
            walk.expect(*value, *val).map_err(|what| format!("census of tasks: a root {what}"))?;
        }
        for (found, mut expected) in found.into_iter().zip(expected).skip(1) {
            for value in found {
                let val = identify(value)?;
                let place = expected.iter().position(|other| *other == val);
                let place = place.ok_or_else(|| format!("census: {val:?} is a root, and should not be"))?;
                walk.expect(value, expected.swap_remove(place)).map_err(|what| format!("census: a root {what}"))?;
            }
        }
        Ok(())
    }

    /// Compares every task.
    pub(crate) fn compare<'gc>(&self, walk: &mut Walk<'_, 'gc>, tasks: &TaskScheduler<'gc>) -> Check {
        let counts = [
            ("outstanding", tasks.outstanding(), self.tasks.len()),
            ("ready", tasks.ready(), self.ready_count()),
            ("open externals", tasks.open_externals(), self.open_externals()),
            ("unsettled", tasks.unsettled(), self.unsettled()),
            ("open timers", tasks.open_timers(), self.deadlines.len()),
        ];
        for (name, found, expected) in counts {
            if found != expected {
                return Err(format!("{found} tasks are {name}, should be {expected}"));
            }
        }
        let detached = self.tasks.iter().filter(|task| task.detached && task.out().is_none()).map(|task| task.word);
        let found = tasks.detached().filter_map(|task| Value::from(task).as_task());
        if !found.eq(detached) || tasks.detached_total() != self.detached {
            return Err("other tasks are detached than should be".to_owned());
        }
        if tasks.now().as_nanos() != u128::from(self.now) {
            return Err(format!("the clock shows {:?}, should show {} ns", tasks.now(), self.now));
        }
        // Perhaps a little early, never late.
        let (found, expected) = (tasks.next_timer(), self.next_deadline().map(Duration::from_nanos));
        if found.is_some() != expected.is_some() || found > expected {
            return Err(format!("the next timer is due at {found:?}, should be at {expected:?}"));
        }
        for task in self.tasks.iter().filter(|task| !task.is_hidden()) {
            self.compare_task(task, walk, tasks).map_err(|what| format!("task {}: {what}", task.slot))?;
        }
        Ok(())
    }

    /// Compares what a task has to do with scopes, shields and graces.
    fn compare_scope(&self, task: &Task, tasks: &TaskScheduler<'_>) -> Check {
        let id = id_of(task.word)?;
        let word = |task: TaskId<'_>| Value::from(task).as_task();
        let scope = tasks.scope_of(id).map_err(|e| e.to_string())?.map(word);
        if scope != task.scope.map(Some) {
            return Err(format!("is in the scope {scope:x?}, should be in {:x?}", task.scope));
        }
        let found = (tasks.is_shielded(id), tasks.is_detached(id));
        let expected = (Ok(self.is_shielded(task.word)), Ok(task.detached));
        if found != expected {
            return Err(format!("is in a shield, and detached: {found:?}, should be {expected:?}"));
        }
        if let Kind::Scope(scope) = &task.kind {
            let members: Vec<_> = tasks.members(id).map_err(|e| e.to_string())?.map(word).collect();
            if !members.iter().copied().eq(scope.members.iter().map(|member| Some(*member))) {
                return Err(format!("holds {members:x?}, should hold {:x?}", scope.members));
            }
        }
        Ok(())
    }

    fn compare_task<'gc>(&self, task: &Task, walk: &mut Walk<'_, 'gc>, tasks: &TaskScheduler<'gc>) -> Check {
        let id = id_of(task.word)?;
        let status = tasks.status(id).map_err(|e| e.to_string())?;
        if status != task.status() {
            return Err(format!("is {status:?}, should be {:?}", task.status()));
        }
        if let Stage::Settled { out, seq } = &task.stage {
            let found = tasks.outcome(id).map_err(|e| e.to_string())?;
            compare_outcome(&found, out, walk)?;
            let found = tasks.seq(id).map_err(|e| e.to_string())?;
            if found != Some(*seq) {
                return Err(format!("settled as number {found:?}, should be {seq}"));
            }
        }
        self.compare_scope(task, tasks)?;
        let Kind::Join(join) = &task.kind else { return Ok(()) };
        let parts = tasks.parts(id).map_err(|e| e.to_string())?;
        if parts.len() != join.parts.len() {
            return Err(format!("has {} parts, should have {}", parts.len(), join.parts.len()));
        }
        for (index, (found, expected)) in parts.zip(&join.parts).enumerate() {
            match (found, &expected.out) {
                (None, None) => {}
                (Some(found), Some(expected)) => {
                    compare_outcome(&found, expected, walk).map_err(|what| format!("part {index} {what}"))?;
                }
                (found, _) => return Err(format!("part {index} is {found:?}, should be {expected:?}")),
            }
        }
        match tasks.decided_by(id) {
            Ok(found) if found == join.decided_by => Ok(()),
            found => Err(format!("was decided by {found:?}, should be {:?}", join.decided_by)),
        }
    }
}

/// Whether an outcome is as it should be; its value is compared by the walk.
pub(crate) fn compare_outcome<'gc>(found: &Outcome<'gc>, out: &Out, walk: &mut Walk<'_, 'gc>) -> Check {
    match (found, out) {
        (Outcome::Ok(value), Out::Ok(val)) | (Outcome::Err(value), Out::Err(val)) => walk.expect(*value, *val),
        _ if same_outcome(found, out) => Ok(()),
        _ => Err(format!("settled as {found:?}, should be {out:?}")),
    }
}

/// Whether an outcome is of the right kind, its value left out.
pub(crate) fn same_outcome(found: &Outcome<'_>, out: &Out) -> bool {
    match (found, out) {
        (Outcome::Ok(_), Out::Ok(_)) | (Outcome::Err(_), Out::Err(_)) | (Outcome::Abandoned, Out::Abandoned) => true,
        (Outcome::Fault(fault), Out::Fault(flaw)) => is_flaw(fault, *flaw),
        (Outcome::Cancelled(found), Out::Cancelled(reason)) => found.text() == reason,
        _ => false,
    }
}

/// Whether a task is resumed as it should be; values are compared where they are put.
pub(crate) fn same_wake(wake: &Wake<'_>, woken: &Woken) -> bool {
    let names = |task: &TaskId<'_>, word: &Word| Value::from(*task).as_task() == Some(*word);
    match (wake, woken) {
        (Wake::First, Woken::First)
        | (Wake::Yielded, Woken::Yielded)
        | (Wake::AfterSafepoint, Woken::AfterSafepoint)
        | (Wake::Settled(_), Woken::Out(_, Out::Ok(_)))
        | (Wake::Failed(_), Woken::Out(_, Out::Err(_)))
        | (Wake::AwaitedAbandoned, Woken::Out(_, Out::Abandoned)) => true,
        (Wake::Joined(task), Woken::Joined(word)) => names(task, word),
        (Wake::Faulted(task, Fault::Deadlock(_)), Woken::Refused(word)) => names(task, word),
        (Wake::Faulted(task, Fault::Stale(name)), Woken::Gone(word)) => names(task, word) && task.name() == *name,
        (Wake::Faulted(task, fault), Woken::Out(word, Out::Fault(flaw))) => names(task, word) && is_flaw(fault, *flaw),
        (Wake::AwaitedCancelled(found), Woken::Out(_, Out::Cancelled(reason)))
        | (Wake::Cancelled(found), Woken::Cancelled(reason)) => found.text() == reason,
        _ => false,
    }
}

/// Whether a fault is this one.
pub(crate) fn is_flaw(fault: &Fault, flaw: Flaw) -> bool {
    matches!(
        (fault, flaw),
        (Fault::EmptyJoin, Flaw::EmptyJoin)
            | (Fault::Aggregate, Flaw::Aggregate)
            | (Fault::Panicked(_), Flaw::Panicked)
            | (Fault::OutOfMemory, Flaw::OutOfMemory)
            | (Fault::TimedOut, Flaw::TimedOut)
            | (Fault::Deadlock(_), Flaw::Deadlock)
    )
}
