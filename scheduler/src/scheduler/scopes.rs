//! Scopes: tasks that own tasks, and end when all of those have.
//!
//! A scope is a task: it is awaited, joined, cancelled and released as any other, and can be in a scope. It ends when
//! no task is in it, once it was closed, or cancelled, or one of its tasks failed. It fails with the first failure of a
//! task of its (not when it supervises), and a failure while it is cancelled is not lost either.
//!
//! Invariant: a task is in the list of its scope from the call that puts it there until it settles or is detached. What
//! comes into a scope that is stopping is cancelled before the call returns.

use mangrove_gc::Value;

use super::TaskScheduler;
use crate::completer::Completer;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::join::{JoinKind, JoinOptions};
use crate::outcome::Verdict;
use crate::reason::Reason;
use crate::scope::ScopeOptions;
use crate::table::{Extra, Flags, Kind, List, NONE, Node, ScopeRecord, Stage};

impl<'gc> TaskScheduler<'gc> {
    /// A new scope, open and empty.
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`].
    #[track_caller]
    pub fn scope(&mut self, options: ScopeOptions) -> Result<TaskId<'gc>, TaskError> {
        let slot = self.make(Kind::Scope, Stage::Waiting)?.slot();
        let cold = match self.cold(slot) {
            Ok(cold) => cold,
            Err(error) => {
                self.unmake(slot);
                return Err(error);
            }
        };
        self.colds[cold].extra = Extra::Scope(Box::new(ScopeRecord {
            members: List::EMPTY,
            live: 0,
            supervise: options.supervise,
            discard: options.discard,
            closed: false,
            stopping: false,
            failure: None,
        }));
        self.set_grace(cold, options.grace);
        Ok(self.id(slot))
    }

    /// A new scope in a scope.
    ///
    /// # Errors
    /// As [`TaskScheduler::scope`], and as [`TaskScheduler::adopt`].
    #[track_caller]
    pub fn scope_in(&mut self, parent: TaskId<'gc>, options: ScopeOptions) -> Result<TaskId<'gc>, TaskError> {
        self.scope_slot(parent)?;
        let scope = self.scope(options)?;
        self.adopt(parent, scope).inspect_err(|_| self.unmake(scope.slot()))?;
        Ok(scope)
    }

    /// [`TaskScheduler::spawn`] in a scope. In one that was cancelled, has failed or has ended, the task is born
    /// cancelled: the callable is not stored.
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn`]; [`TaskError::Stale`] and [`TaskError::NotAScope`] for the scope.
    #[track_caller]
    pub fn spawn_in(&mut self, scope: TaskId<'gc>, callable: Value<'gc>) -> Result<TaskId<'gc>, TaskError> {
        let at = self.scope_slot(scope)?;
        let dead = self.dead_scope(at);
        let value = if dead.is_some() { Value::NIL } else { callable };
        let slot = self.make(Kind::Callable, Stage::Ready)?.slot();
        self.rows.values.set(slot, value);
        let task = self.id(slot);
        if self.scope_record(at).discard {
            self.rows[slot].flags.set(Flags::RELEASED);
        }
        if let Some(reason) = dead {
            self.rows[slot].flags.set(Flags::CANCELLED);
            self.note(slot, reason);
            self.settle_plain(slot, Stage::Cancelled, Value::NIL);
            return Ok(task);
        }
        if let Err(error) = self.enter_scope(at, slot) {
            self.unmake(slot);
            return Err(error);
        }
        self.make_ready(slot, crate::table::Resume::First);
        Ok(task)
    }

    /// [`TaskScheduler::external`] in a scope. In one that was cancelled, has failed or has ended, the completer is
    /// closed from the start.
    ///
    /// # Errors
    /// As [`TaskScheduler::spawn_in`].
    #[track_caller]
    pub fn external_in(&mut self, scope: TaskId<'gc>) -> Result<(TaskId<'gc>, Completer), TaskError> {
        self.scope_slot(scope)?;
        let (task, completer) = self.external()?;
        if let Err(error) = self.adopt(scope, task) {
            self.rows[task.slot()].flags.set(Flags::RELEASED);
            self.cancel_slot(task.slot(), Reason::NONE);
            return Err(error);
        }
        Ok((task, completer))
    }

    /// A join in a scope: it owns its tasks, and has the scope's grace. The tasks need not be in the scope.
    ///
    /// # Errors
    /// As [`TaskScheduler::join`] and [`TaskScheduler::adopt`].
    #[track_caller]
    pub fn join_in(
        &mut self,
        scope: TaskId<'gc>,
        kind: JoinKind,
        tasks: &[TaskId<'gc>],
    ) -> Result<TaskId<'gc>, TaskError> {
        let at = self.scope_slot(scope)?;
        let grace = self.grace(at);
        let join = self.make_join(kind, tasks, JoinOptions { own: true, grace })?;
        let task = self.id(join);
        // A join that no task of its has heard of, so that a refusal leaves no trace.
        if let Err(error) = self.may_adopt(at, join).and_then(|()| self.enter_live(at, join)) {
            self.unmake(join);
            return Err(error);
        }
        if self.scope_record(at).discard {
            self.rows[join].flags.set(Flags::RELEASED);
        }
        self.open_join(join);
        self.pump();
        // The scope may have ended with that, and be gone.
        if self.slot(scope).is_ok()
            && let Some(reason) = self.dead_scope(at)
        {
            self.cancel_slot(join, reason);
            self.pump();
        }
        Ok(task)
    }

    /// Puts a task into a scope: of any kind, started or not; O(1) if it awaits nothing. A settled one stays outside. In a scope that was
    /// cancelled, has failed or has ended, it is cancelled.
    ///
    /// # Errors
    /// [`TaskError::Stale`]; [`TaskError::NotAScope`]; [`TaskError::InScope`] if the task is in a scope;
    /// [`TaskError::Cycle`] if it awaits the scope, or is a scope or an owning join that holds it;
    /// [`TaskError::OutOfMemory`].
    pub fn adopt(&mut self, scope: TaskId<'gc>, task: TaskId<'gc>) -> Result<(), TaskError> {
        let at = self.scope_slot(scope)?;
        let slot = self.slot(task)?;
        if self.rows[slot].is_settled() {
            return Ok(());
        }
        self.may_adopt(at, slot)?;
        self.enter_live(at, slot)?;
        if self.scope_record(at).discard {
            self.rows[slot].flags.set(Flags::RELEASED);
        }
        if let Some(reason) = self.dead_scope(at) {
            self.cancel_slot(slot, reason);
            self.pump();
        }
        Ok(())
    }

    /// No more tasks are to come from outside: the scope ends when no task is in it. Until then tasks may still come,
    /// from those that are in it.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotAScope`].
    pub fn close_scope(&mut self, scope: TaskId<'gc>) -> Result<(), TaskError> {
        let at = self.scope_slot(scope)?;
        if !self.rows[at].is_settled() {
            self.scope_record_mut(at).closed = true;
            self.end_scope(at);
            self.pump();
        }
        Ok(())
    }

    /// The tasks that are in a scope and have not settled, in the order in which they came.
    ///
    /// # Errors
    /// [`TaskError::Stale`], [`TaskError::NotAScope`].
    pub fn members(&self, scope: TaskId<'gc>) -> Result<impl Iterator<Item = TaskId<'gc>> + '_, TaskError> {
        let at = self.scope_slot(scope)?;
        Ok(self.member_slots(at).map(|slot| self.id(slot)))
    }

    /// The scope that a task is in; `None` also when it has settled.
    ///
    /// # Errors
    /// [`TaskError::Stale`].
    pub fn scope_of(&self, task: TaskId<'gc>) -> Result<Option<TaskId<'gc>>, TaskError> {
        let slot = self.slot(task)?;
        let scope = match self.rows[slot].cold {
            NONE => NONE,
            cold => self.colds[cold].scope,
        };
        Ok((scope != NONE).then(|| self.id(scope)))
    }

    /// Why what comes into a scope is cancelled; `None` while it is not.
    fn dead_scope(&self, scope: u32) -> Option<Reason> {
        let record = self.scope_record(scope);
        if self.rows[scope].flags.has(Flags::CANCELLED) {
            Some(self.reason(scope))
        } else if record.stopping {
            Some(Reason::SIBLING_FAILED)
        } else {
            self.rows[scope].is_settled().then_some(Reason::SCOPE_ENDED)
        }
    }

    fn may_adopt(&self, scope: u32, slot: u32) -> Result<(), TaskError> {
        let task = self.id(slot).name();
        let cold = self.rows[slot].cold;
        if cold != NONE && self.colds[cold].scope != NONE {
            return Err(TaskError::InScope { task });
        }
        if self.owns(slot, scope) || self.cycle_through(scope, slot)?.is_some() {
            return Err(TaskError::Cycle { task });
        }
        Ok(())
    }

    /// Into a scope, unless that has ended.
    fn enter_live(&mut self, scope: u32, slot: u32) -> Result<(), TaskError> {
        if self.rows[scope].is_settled() { Ok(()) } else { self.enter_scope(scope, slot) }
    }

    /// O(1).
    fn enter_scope(&mut self, scope: u32, slot: u32) -> Result<(), TaskError> {
        let cold = self.cold(slot)?;
        self.colds[cold].scope = scope;
        self.with_members(scope, |members, colds| members.push(colds, Node::task(cold)));
        self.scope_record_mut(scope).live += 1;
        Ok(())
    }

    fn with_members(
        &mut self,
        scope: u32,
        change: impl FnOnce(&mut List, &mut crate::table::Store<'gc, crate::table::Cold>),
    ) {
        let mut members = self.scope_record(scope).members;
        change(&mut members, &mut self.colds);
        self.scope_record_mut(scope).members = members;
    }

    /// A task of a scope settled.
    pub(super) fn leave_scope(&mut self, slot: u32, cold: u32) {
        let scope = self.take_out(cold);
        let failed = matches!(self.rows[slot].stage, Stage::Failed | Stage::Abandoned);
        let record = self.scope_record(scope);
        if failed && !record.supervise && record.failure.is_none() {
            let verdict = self.verdict(slot);
            self.scope_record_mut(scope).failure = Some(verdict);
            self.rows.values.set(scope, self.rows.values.get(slot));
            return self.stop_scope(scope);
        }
        self.end_scope(scope);
    }

    fn take_out(&mut self, cold: u32) -> u32 {
        let scope = core::mem::replace(&mut self.colds[cold].scope, NONE);
        self.with_members(scope, |members, colds| members.remove(colds, Node::task(cold)));
        self.scope_record_mut(scope).live -= 1;
        scope
    }

    /// Dooms all that is in a scope, which was cancelled or has failed.
    pub(super) fn stop_scope(&mut self, scope: u32) {
        if !core::mem::replace(&mut self.scope_record_mut(scope).stopping, true) {
            let reason = match self.rows[scope].flags.has(Flags::CANCELLED) {
                true => self.reason(scope),
                false => Reason::SIBLING_FAILED,
            };
            let mut next = self.scope_record(scope).members.first();
            while let Some(Ok(cold)) = next.map(Node::split) {
                self.doomed.push_back((self.colds[cold].owner, reason.clone()));
                next = self.colds[cold].member.next();
            }
            if self.scope_record(scope).live > 0 {
                self.arm_grace(scope);
            }
        }
        self.end_scope(scope);
    }

    /// Ends a scope if nothing is in it, and nothing is to come.
    fn end_scope(&mut self, scope: u32) {
        let record = self.scope_record_mut(scope);
        if record.live > 0 || !(record.closed || record.stopping) {
            return;
        }
        let verdict = match record.failure.take() {
            Some(failure) => failure,
            None if self.rows[scope].flags.has(Flags::CANCELLED) => Verdict::Cancelled(Reason::NONE),
            None => Verdict::Ok,
        };
        self.settle_slot(scope, verdict, self.rows.values.get(scope));
    }

    /// Ends a scope without those that are in it.
    pub(super) fn detach_members(&mut self, scope: u32) {
        while let Some(Ok(cold)) = self.scope_record(scope).members.first().map(Node::split) {
            self.take_out(cold);
            self.detach(self.colds[cold].owner);
        }
        self.end_scope(scope);
    }

    /// The slots of what is in a scope.
    pub(super) fn member_slots(&self, scope: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.scope_record(scope).members.first();
        let nodes = core::iter::successors(first, |node| match node.split() {
            Ok(cold) => self.colds[cold].member.next(),
            Err(_) => None,
        });
        nodes.filter_map(|node| node.split().ok()).map(|cold| self.colds[cold].owner)
    }

    fn scope_slot(&self, scope: TaskId<'gc>) -> Result<u32, TaskError> {
        let slot = self.slot(scope)?;
        match self.rows[slot].kind {
            Kind::Scope => Ok(slot),
            _ => Err(TaskError::NotAScope { task: scope.name() }),
        }
    }

    fn scope_record(&self, scope: u32) -> &ScopeRecord {
        match &self.colds[self.rows[scope].cold].extra {
            Extra::Scope(record) => record,
            _ => unreachable!("a scope has its record until it is freed"),
        }
    }

    fn scope_record_mut(&mut self, scope: u32) -> &mut ScopeRecord {
        match &mut self.colds[self.rows[scope].cold].extra {
            Extra::Scope(record) => record,
            _ => unreachable!("a scope has its record until it is freed"),
        }
    }
}
