//! Scopes as they should be.
//!
//! Invariant: a task is in its scope until it has told all who wait for it, or is detached; what comes into a scope that
//! is stopping is cancelled.

use mangrove_gc::Value;
use mangrove_scheduler::{JoinKind, Reason, TaskId};

use super::joins::join_of;
use super::{End, HIDDEN, Kind, Out, Table, Task, Word};
use crate::shadow::Val;
use crate::walk::Check;

/// Reasons of a cancellation.
pub(super) type Texts = Vec<String>;

/// The texts of a reason.
pub(crate) fn reason_of(reason: Reason) -> Texts {
    reason.texts().map(ToOwned::to_owned).collect()
}

/// A scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// In the order in which they came.
    pub(crate) members: Vec<Word>,
    pub(crate) supervise: bool,
    pub(crate) discard: bool,
    closed: bool,
    stopping: bool,
    /// The failure that failed it.
    failure: Option<Out>,
}

/// Why a task does not come into a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    InScope,
    Cycle,
}

impl Table {
    /// A new scope.
    pub(crate) fn add_scope(&mut self, scope: TaskId<'_>, supervise: bool, discard: bool, grace: Option<u64>) -> Check {
        self.add(scope, Kind::Scope(Scope { supervise, discard, ..Scope::default() }), Val::Nil)?;
        if let Some(task) = self.get_mut(Value::from(scope).as_task().unwrap_or(0)) {
            task.grace = grace;
        }
        Ok(())
    }

    /// What a scope is.
    pub(crate) fn scope(&self, scope: Word) -> Option<&Scope> {
        match self.get(scope)? {
            Task { kind: Kind::Scope(record), .. } => Some(record),
            _ => None,
        }
    }

    fn scope_mut(&mut self, scope: Word) -> Option<&mut Scope> {
        match self.get_mut(scope)? {
            Task { kind: Kind::Scope(record), .. } => Some(record),
            _ => None,
        }
    }

    /// Why what comes into a scope is cancelled; `None` while it is not.
    pub(crate) fn dead_scope(&self, scope: Word) -> Option<Texts> {
        let task = self.get(scope)?;
        let record = self.scope(scope)?;
        if task.cancelled {
            Some(task.reason.clone())
        } else if record.stopping {
            Some(reason_of(Reason::SIBLING_FAILED))
        } else {
            task.out().map(|_| reason_of(Reason::SCOPE_ENDED))
        }
    }

    /// A new task in a scope.
    pub(crate) fn spawn_in(&mut self, scope: Word, task: TaskId<'_>, val: Val) -> Check {
        let word = Value::from(task).as_task().unwrap_or(0);
        let dead = self.dead_scope(scope);
        self.add(task, Kind::Callable, if dead.is_some() { Val::Nil } else { val })?;
        let discard = self.scope(scope).is_some_and(|record| record.discard);
        let Some(task) = self.get_mut(word) else { return Ok(()) };
        task.released = discard;
        match dead {
            Some(reason) => {
                // Born cancelled.
                task.cancelled = true;
                let out = Out::Cancelled(reason.join("; "));
                task.reason = reason;
                self.ready.retain(|other| *other != word);
                self.settle_now(word, out);
            }
            None => self.enter(scope, word),
        }
        Ok(())
    }

    /// Whether a task may come into a scope.
    pub(crate) fn may_adopt(&self, scope: Word, word: Word) -> Result<(), Refusal> {
        if self.get(word).is_some_and(|task| task.scope.is_some()) {
            return Err(Refusal::InScope);
        }
        if self.owns(word, scope) || !self.can_end(word, scope) && self.leads_back(word, scope) {
            return Err(Refusal::Cycle);
        }
        Ok(())
    }

    /// The same for a join that is not made yet.
    pub(crate) fn may_join_in(&mut self, scope: Word, kind: JoinKind, words: &[Word]) -> Result<(), Refusal> {
        let join = self.unknown();
        self.insert(join, HIDDEN, join_of(kind, words, true), Val::Nil);
        let may = self.may_adopt(scope, join);
        self.free(join);
        self.made -= 1;
        may
    }

    /// A task comes into a scope, as it may.
    pub(crate) fn adopt(&mut self, scope: Word, word: Word) {
        if self.get(word).is_none_or(|task| task.out().is_some()) {
            return;
        }
        self.come(scope, word);
        self.cancel_in_dead(scope, word);
    }

    /// A new join comes into a scope, and owns its tasks.
    pub(crate) fn join_in(&mut self, scope: Word, join: TaskId<'_>, kind: JoinKind, words: &[Word]) -> Check {
        let word = Value::from(join).as_task().unwrap_or(0);
        self.add(join, join_of(kind, words, true), Val::Nil)?;
        let grace = self.get(scope).and_then(|task| task.grace);
        if let Some(task) = self.get_mut(word) {
            task.grace = grace;
        }
        self.come(scope, word);
        self.open_join(word);
        self.pump();
        self.cancel_in_dead(scope, word);
        Ok(())
    }

    fn come(&mut self, scope: Word, word: Word) {
        if self.get(scope).is_some_and(|scope| scope.out().is_none()) {
            self.enter(scope, word);
        }
        if self.scope(scope).is_some_and(|record| record.discard)
            && let Some(task) = self.get_mut(word)
        {
            task.released = true;
        }
    }

    fn cancel_in_dead(&mut self, scope: Word, word: Word) {
        if let Some(reason) = self.dead_scope(scope) {
            self.cancel_one(word, &reason);
            self.pump();
        }
    }

    fn enter(&mut self, scope: Word, word: Word) {
        if let Some(record) = self.scope_mut(scope) {
            record.members.push(word);
        }
        if let Some(task) = self.get_mut(word) {
            task.scope = Some(scope);
        }
    }

    /// No more tasks come from outside.
    pub(crate) fn close_scope(&mut self, scope: Word) {
        if self.get(scope).is_some_and(|task| task.out().is_none()) {
            if let Some(record) = self.scope_mut(scope) {
                record.closed = true;
            }
            self.end_scope(scope);
            self.pump();
        }
    }

    /// A task told all who waited for it, and tells its scope.
    pub(super) fn leave_scope(&mut self, word: Word) {
        let Some(task) = self.get_mut(word) else { return };
        let Some(scope) = task.scope.take() else { return };
        let failure = task.out().filter(|out| matches!(out, Out::Err(_) | Out::Fault(_) | Out::Abandoned)).cloned();
        let Some(record) = self.scope_mut(scope) else { return };
        record.members.retain(|member| *member != word);
        if let Some(out) = failure.filter(|_| !record.supervise && record.failure.is_none()) {
            let val = out.val();
            record.failure = Some(out);
            if let Some(task) = self.get_mut(scope) {
                task.val = val;
            }
            self.stop_scope(scope);
        } else {
            self.end_scope(scope);
        }
    }

    /// Cancels all that is in a scope, which was cancelled or has failed.
    pub(super) fn stop_scope(&mut self, scope: Word) {
        let cancelled = self.get(scope).filter(|task| task.cancelled).map(|task| task.reason.clone());
        let Some(record) = self.scope_mut(scope) else { return };
        if !std::mem::replace(&mut record.stopping, true) {
            let reason = cancelled.unwrap_or_else(|| reason_of(Reason::SIBLING_FAILED));
            let members = record.members.clone();
            if !members.is_empty() {
                self.arm_grace(scope);
            }
            self.doomed.extend(members.into_iter().map(|word| (word, reason.clone())));
        }
        self.end_scope(scope);
    }

    fn end_scope(&mut self, scope: Word) {
        let Some(task) = self.get(scope) else { return };
        let Kind::Scope(record) = &task.kind else { return };
        if !record.members.is_empty() || !(record.closed || record.stopping) {
            return;
        }
        let out = match &record.failure {
            Some(failure) => failure.clone(),
            None if task.cancelled => Out::Cancelled(task.reason.join("; ")),
            None => Out::Ok(Val::Nil),
        };
        self.settle(scope, out);
    }

    /// The grace of a scope is over: it ends without those that are in it.
    pub(super) fn detach_members(&mut self, scope: Word) {
        let members = self.scope_mut(scope).map(|record| std::mem::take(&mut record.members)).unwrap_or_default();
        for word in members {
            if let Some(task) = self.get_mut(word) {
                task.scope = None;
            }
            self.detach(word);
        }
        self.end_scope(scope);
    }

    /// Whether `owner` is `word`, or would await its end when cancelled, at any depth.
    fn owns(&self, owner: Word, word: Word) -> bool {
        let (mut met, mut at) = (vec![owner], 0);
        while let Some(owner) = met.get(at).copied() {
            at += 1;
            if owner == word {
                return true;
            }
            let Some(task) = self.get(owner).filter(|task| task.out().is_none()) else { continue };
            let owned: Vec<Word> = match &task.kind {
                Kind::Scope(record) => record.members.clone(),
                Kind::Join(record) if record.own => record.open().collect(),
                _ => Vec::new(),
            };
            met.extend(owned.into_iter().filter(|word| !met.contains(word)).collect::<Vec<_>>());
        }
        false
    }

    /// Cancels one task; what it owns is doomed.
    pub(super) fn cancel_one(&mut self, word: Word, reason: &[String]) -> End {
        let Some(task) = self.get_mut(word) else { return End::Settled };
        let decided = matches!(&task.kind, Kind::Join(record) if record.decided_by.is_some());
        if task.out().is_some() || decided {
            return End::Settled;
        }
        if task.reason.join("; ").len() <= 1024 && !reason.iter().all(|text| task.reason.contains(text)) {
            task.reason.extend_from_slice(reason);
        }
        if std::mem::replace(&mut task.cancelled, true) {
            return End::Again;
        }
        let out = Out::Cancelled(task.reason.join("; "));
        match &task.kind {
            Kind::External | Kind::Deferred => {}
            Kind::Timer => self.disarm(word),
            Kind::Join(record) if record.own => {
                self.seq += 1;
                self.close_owned(word);
                return End::Told;
            }
            Kind::Join(_) => self.close_parts(word),
            Kind::Scope(_) => {
                self.seq += 1;
                self.stop_scope(word);
                return End::Told;
            }
            Kind::Callable if task.unstarted || task.stage == super::Stage::Ready(super::Resume::First) => {
                self.leave_unstarted(word);
            }
            Kind::Callable => {
                self.seq += 1;
                self.cancel_started(word);
                return End::Told;
            }
        }
        self.settle(word, out);
        End::Ended
    }
}
