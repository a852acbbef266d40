//! The operations on scopes, owned joins and shields.
//!
//! Invariant: what the model refuses, the scheduler refuses, and with the same error.

use std::time::Duration;

use mangrove_gc::Value;
use mangrove_scheduler::{JoinKind, JoinOptions, ScopeOptions, TaskError};

use super::{Done, Machine};
use crate::mail::Open;
use crate::operand::{Pick, Picks, Span, Src};
use crate::shadow::Val;
use crate::table::{Kind, Refusal, Word, id_of};
use crate::walk::Check;

/// The grace that an operand says: none if it is odd. Not 0: when that is over depends on when a loop looks.
fn grace(span: Span) -> Option<u64> {
    span.0.is_multiple_of(2).then_some(2 + span.0 % 1_000_000)
}

/// Whether a task is refused as it should be. `Ok(true)` if it is not refused, nor should be.
fn refused<T>(found: &Result<T, TaskError>, expected: Result<(), Refusal>) -> Check<bool> {
    match (found, expected) {
        (Ok(_), Ok(())) => Ok(true),
        (Err(TaskError::InScope { .. }), Err(Refusal::InScope))
        | (Err(TaskError::Cycle { .. }), Err(Refusal::Cycle)) => Ok(false),
        (found, _) => Err(format!("a scope said {:?}, should say {expected:?}", found.as_ref().err())),
    }
}

impl Machine {
    pub(super) fn any_scope(&self, pick: Pick) -> Option<Word> {
        self.table.pick(pick, |task| matches!(task.kind, Kind::Scope(_)))
    }

    /// A scope, if there is room for a task in it.
    fn scope_with_room(&self, pick: Pick) -> Option<Word> {
        self.any_scope(pick).filter(|_| !self.is_full())
    }

    pub(super) fn join_owned(&mut self, kind: Pick, tasks: &Picks, span: Span) -> Check<Done> {
        if self.is_full() {
            return Ok(Done::Nothing);
        }
        let kind = JoinKind::try_from((kind.0 % 4) as u8).map_err(|e| e.to_string())?;
        let words: Vec<Word> = tasks.0.iter().filter_map(|pick| self.table.pick_word(*pick)).collect();
        let options = JoinOptions { own: true, grace: grace(span).map(Duration::from_nanos) };
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let ids = words.iter().map(|word| id_of(*word)).collect::<Check<Vec<_>>>()?;
            let task = world.tasks.join_with(kind, &ids, options).map_err(|e| e.to_string())?;
            table.add_join_with(task, kind, &words, true, grace(span))
        })?;
        Ok(Done::Changed(self.table.made))
    }

    pub(super) fn scope(&mut self, parent: Option<Pick>, how: Pick, span: Span) -> Check<Done> {
        if self.is_full() {
            return Ok(Done::Nothing);
        }
        let parent = match parent {
            None => None,
            Some(pick) => match self.any_scope(pick) {
                Some(parent) => Some(parent),
                None => return Ok(Done::Nothing),
            },
        };
        let (supervise, discard) = (how.0 & 1 == 1, how.0 & 2 == 2);
        let options = ScopeOptions { supervise, discard, grace: grace(span).map(Duration::from_nanos) };
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let scope = match parent {
                None => world.tasks.scope(options),
                Some(parent) => world.tasks.scope_in(id_of(parent)?, options),
            };
            let scope = scope.map_err(|e| e.to_string())?;
            table.add_scope(scope, supervise, discard, grace(span))?;
            if let Some(parent) = parent {
                table.adopt(parent, Value::from(scope).as_task().unwrap_or(0));
            }
            Ok::<_, String>(())
        })?;
        Ok(Done::Changed(self.table.made))
    }

    pub(super) fn spawn_in(&mut self, scope: Pick, callable: &Src) -> Check<Done> {
        let Some(scope) = self.scope_with_room(scope) else { return Ok(Done::Nothing) };
        let arg = self.part(callable);
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let value = arg.load(world);
            let task = world.tasks.spawn_in(id_of(scope)?, value).map_err(|e| e.to_string())?;
            table.spawn_in(scope, task, arg.val)
        })?;
        Ok(Done::Changed(self.table.made))
    }

    pub(super) fn external_in(&mut self, scope: Pick) -> Check<Done> {
        let Some(scope) = self.scope_with_room(scope) else { return Ok(Done::Nothing) };
        let Machine { heap, table, open, .. } = self;
        heap.mutate(|_, world| {
            let (task, completer) = world.tasks.external_in(id_of(scope)?).map_err(|e| e.to_string())?;
            let word = Value::from(task).as_task().unwrap_or(0);
            table.add(task, Kind::External, Val::Nil)?;
            table.adopt(scope, word);
            open.push(Open { word, completer });
            Ok::<_, String>(())
        })?;
        Ok(Done::Changed(self.table.made))
    }

    pub(super) fn join_in(&mut self, scope: Pick, kind: Pick, tasks: &Picks) -> Check<Done> {
        let Some(scope) = self.scope_with_room(scope) else { return Ok(Done::Nothing) };
        let kind = JoinKind::try_from((kind.0 % 4) as u8).map_err(|e| e.to_string())?;
        let words: Vec<Word> = tasks.0.iter().filter_map(|pick| self.table.pick_word(*pick)).collect();
        let expected = self.table.may_join_in(scope, kind, &words);
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let ids = words.iter().map(|word| id_of(*word)).collect::<Check<Vec<_>>>()?;
            let joined = world.tasks.join_in(id_of(scope)?, kind, &ids);
            if refused(&joined, expected)?
                && let Ok(join) = joined
            {
                table.join_in(scope, join, kind, &words)?;
            }
            Ok::<_, String>(())
        })?;
        Ok(Done::Changed(self.table.made))
    }

    pub(super) fn adopt(&mut self, scope: Pick, task: Pick) -> Check<Done> {
        let (Some(scope), Some(word)) = (self.any_scope(scope), self.table.pick_word(task)) else {
            return Ok(Done::Nothing);
        };
        let settled = self.table.get(word).is_some_and(|task| task.out().is_some());
        let expected = if settled { Ok(()) } else { self.table.may_adopt(scope, word) };
        let found = self.heap.mutate(|_, world| Ok::<_, String>(world.tasks.adopt(id_of(scope)?, id_of(word)?)))?;
        if refused(&found, expected)? {
            self.table.adopt(scope, word);
        }
        Ok(Done::Changed(u64::from(expected.is_ok())))
    }

    pub(super) fn close_scope(&mut self, scope: Pick) -> Check<Done> {
        let Some(scope) = self.any_scope(scope) else { return Ok(Done::Nothing) };
        self.heap.mutate(|_, world| world.tasks.close_scope(id_of(scope)?).map_err(|e| e.to_string()))?;
        self.table.close_scope(scope);
        Ok(Done::Changed(scope))
    }

    pub(super) fn shield(&mut self, task: Pick, time: u64) -> Check<Done> {
        let Some(word) = self.running(task) else { return Ok(Done::Nothing) };
        let until = self.table.now.saturating_add(time);
        self.heap.mutate(|_, world| {
            world.tasks.begin_shield(id_of(word)?, Duration::from_nanos(until)).map_err(|e| e.to_string())
        })?;
        self.table.begin_shield(word, until);
        Ok(Done::Changed(until))
    }

    pub(super) fn unshield(&mut self, task: Pick) -> Check<Done> {
        let Some(word) = self.running(task) else { return Ok(Done::Nothing) };
        let ended = self.heap.mutate(|_, world| Ok::<_, String>(world.tasks.end_shield(id_of(word)?)))?;
        match (ended, self.table.end_shield(word)) {
            (Ok(()), true) => Ok(Done::Changed(1)),
            (Err(TaskError::NotShielded { .. }), false) => Ok(Done::Read(0)),
            (found, _) => Err(format!("a shield ended as {found:?}")),
        }
    }
}
