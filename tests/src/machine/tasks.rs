//! The operations on tasks.
//!
//! Invariant: each calls the scheduler once and the table once, and compares what they say.

use std::time::Duration;

use mangrove_gc::Value;
use mangrove_scheduler::{
    JoinKind, Outcome, Reason, ReleaseEnd, TaskError, TaskId, TaskScheduler, Ticket, TurnEnd, Wake,
};

use super::{Done, Machine, digest};
use crate::mail::{Mail, Open, PLANNED};
use crate::op::Op;
use crate::operand::{Pick, Picks, Reg, Src};
use crate::shadow::{Body, Val};
use crate::table::{End, Flaw, Kind, Out, Table, Task, Woken, Word, id_of, same_outcome, same_wake};
use crate::walk::{Check, same};
use crate::world::World;

/// How many tickets there can be at once.
pub(super) const TICKETS: usize = 16;
/// Reasons of cancellation.
const REASONS: [&str; 4] = ["", "late", "unwanted", "timeout"];

/// A host's ticket.
pub(super) struct Claim {
    pub(super) word: Word,
    pub(super) ticket: Ticket,
}

/// Compares what the host holds of tasks: tickets name live tasks, completers know whether anybody waits.
pub(super) fn compare_claims<'gc>(
    open: &[Open],
    tickets: &[Option<Claim>],
    table: &Table,
    tasks: &TaskScheduler<'gc>,
) -> Check {
    for Open { word, completer } in open {
        let closed = table.get(*word).is_none_or(|task| task.out().is_some());
        if completer.is_closed() != closed {
            return Err(format!("a completer says that it is closed: {}", !closed));
        }
    }
    for Claim { word, ticket } in tickets.iter().flatten() {
        let found = tasks.task(ticket).map(|task| Value::from(task).as_task());
        let expected = table.get(*word).map(|task| Some(task.word));
        if found != expected {
            return Err(format!("a ticket names {found:?}, should name {expected:?}"));
        }
    }
    Ok(())
}

impl Machine {
    /// Does an operation on tasks.
    pub(super) fn apply_to_tasks(&mut self, op: &Op) -> Check<Done> {
        match op {
            Op::Spawn(callable) => self.spawn(callable),
            Op::SpawnAfter(task, callable) => self.spawn_after(*task, callable),
            Op::Deferred() => self.deferred(),
            Op::Resolve(task, how, value) => self.resolve(*task, *how, value),
            Op::External() => self.external_task(),
            Op::Join(kind, tasks) => self.join(*kind, tasks),
            Op::Start(script) => self.start(*script),
            Op::Drive(into, steps, ticket, inject) => self.drive(*into, steps, *ticket, *inject),
            Op::Idle(into, steps, inject) => self.idle(*into, steps, *inject),
            Op::Sleep(time) => self.sleep(time.0),
            Op::SleepUntil(time) => self.sleep_until(time.0),
            Op::Timeout(task, time) => self.timeout(*task, time.0, false),
            Op::TimeoutOwned(task, time) => self.timeout(*task, time.0, true),
            Op::JoinOwned(kind, tasks, grace) => self.join_owned(*kind, tasks, *grace),
            Op::Scope(how, grace) => self.scope(None, *how, *grace),
            Op::ScopeIn(scope, how, grace) => self.scope(Some(*scope), *how, *grace),
            Op::SpawnIn(scope, callable) => self.spawn_in(*scope, callable),
            Op::ExternalIn(scope) => self.external_in(*scope),
            Op::JoinIn(scope, kind, tasks) => self.join_in(*scope, *kind, tasks),
            Op::Adopt(scope, task) => self.adopt(*scope, *task),
            Op::CloseScope(scope) => self.close_scope(*scope),
            Op::CancelScope(scope, reason) => self.cancel(self.any_scope(*scope), *reason),
            Op::Shield(task, time) => self.shield(*task, time.0),
            Op::Unshield(task) => self.unshield(*task),
            Op::Refuse() => self.refuse(),
            Op::Begin(value, wake) => self.begin(*value, *wake),
            Op::Suspend(task, on, continuation) => {
                let (Some(task), Some(on)) = (self.running(*task), self.table.pick_word(*on)) else {
                    return Ok(Done::Nothing);
                };
                let arg = self.part(continuation);
                let expected = self.table.suspend(task, on, arg.val);
                self.end_turn(expected, |world| {
                    let value = arg.load(world);
                    Ok(world.tasks.suspend(id_of(task)?, id_of(on)?, value))
                })
            }
            Op::Yield(task, continuation) => {
                self.turn(*task, continuation, Table::yield_now, |tasks, task, value| tasks.yield_now(task, value))
            }
            Op::Again(task, continuation) => {
                self.turn(*task, continuation, Table::at_safepoint, |tasks, task, value| {
                    tasks.at_safepoint(task, value)
                })
            }
            Op::Defer(task) => {
                let defer = |table: &mut Table, word, _| table.defer(word);
                self.turn(*task, &Src::Nil, defer, |tasks, task, _| tasks.defer(task))
            }
            Op::Complete(task, value) => {
                self.turn(*task, value, Table::complete, |tasks, task, value| tasks.complete(task, value))
            }
            Op::Fail(task, error) => {
                let fail = |table: &mut Table, word, val| table.end(word, Out::Err(val));
                self.turn(*task, error, fail, |tasks, task, value| tasks.fail(task, value))
            }
            Op::Panicked(task) => {
                let fail = |table: &mut Table, word, _| table.end(word, Out::Fault(Flaw::Panicked));
                self.turn(*task, &Src::Nil, fail, |tasks, task, _| tasks.fail_panicked(task, PLANNED))
            }
            Op::EndCancelled(task) => {
                let end = |table: &mut Table, word, _| table.end_cancelled(word);
                self.turn(*task, &Src::Nil, end, |tasks, task, _| tasks.end_cancelled(task))
            }
            Op::Cancel(task, reason) => self.cancel(self.table.pick_word(*task), *reason),
            Op::Advance(time) => self.advance(time.0),
            Op::Tick() => self.tick(),
            Op::CancelTimer(timer, reason) => {
                let open = |task: &Task| matches!(task.kind, Kind::Timer) && task.out().is_none();
                self.cancel(self.table.pick(*timer, open), *reason)
            }
            Op::Take(into, task) => self.take(*into, *task),
            Op::Release(task) => {
                let Some(word) = self.table.pick_word(*task) else { return Ok(Done::Nothing) };
                let expected = self.table.release(word);
                let found = self.heap.mutate(|_, world| Ok::<_, String>(world.tasks.release(id_of(word)?)))?;
                match (found, expected) {
                    (Ok(ReleaseEnd::Released), true) | (Ok(ReleaseEnd::WhenSettled), false) => Ok(Done::Changed(0)),
                    (found, _) => Err(format!("the release ended as {found:?}")),
                }
            }
            Op::Send(external, how) => self.send(*external, *how),
            Op::SendBatch(count) => self.send_batch(*count),
            Op::TrySend(external, room) => self.try_send(*external, *room),
            Op::Late(external, how) => {
                let Some(place) = external.of(self.open.len()) else { return Ok(Done::Nothing) };
                let word = Some(self.open[place].word).filter(|word| self.table.get(*word).is_some());
                let cancelled = self.cancel(word, *how)?;
                let sent = self.send(Pick(place as u16), *how)?;
                Ok(if cancelled == Done::Nothing { sent } else { cancelled })
            }
            Op::Abandon(external) => {
                let Some(place) = external.of(self.open.len()) else { return Ok(Done::Nothing) };
                let Open { word, completer } = self.open.swap_remove(place);
                self.deliver(Mail::Plain(word, Out::Abandoned), move || drop(completer))
            }
            Op::Arrive() => self.drain(),
            Op::Parts(into, join) => self.parts(*into, *join),
            Op::Ticket(ticket, task) => self.ticket(*ticket, *task),
            Op::Unticket(ticket, keep) => {
                let taken = self.tickets[ticket.of(TICKETS).unwrap_or(0)].take();
                let Some(Claim { word, ticket }) = taken else { return Ok(Done::Nothing) };
                self.drop_ticket(word, ticket, keep.0 % 4 == 0)
            }
            Op::Stale(task, call) => self.stale(*task, *call),
            Op::Wrong(task, call) => self.wrong(*task, *call),
            _ => Err(format!("`{op}` is not implemented")),
        }
    }

    #[cfg(feature = "sabotage")]
    pub(super) fn plant(&mut self) {
        use crate::sabotage::Sabotage as Mine;
        use mangrove_scheduler::Sabotage as Theirs;
        let bug = match self.config.sabotage {
            Some(Mine::SkipOneRoot) => Theirs::SkipOneRoot,
            Some(Mine::ForgetDirtyChunk) => Theirs::ForgetDirtyChunk,
            Some(Mine::KeepReleasedResult) => Theirs::KeepReleasedResult,
            Some(Mine::DropRunningValue) => Theirs::DropRunningValue,
            Some(Mine::SkipJoinParts) => Theirs::SkipJoinParts,
            Some(Mine::LeaveWaiterEdge) => Theirs::LeaveWaiterEdge,
            Some(Mine::KeepLoserValue) => Theirs::KeepLoserValue,
            Some(Mine::AcceptLateCompletion) => Theirs::AcceptLateCompletion,
            _ => return,
        };
        self.heap.mutate(|_, world| world.tasks.__sabotage(bug));
    }

    pub(super) fn is_full(&self) -> bool {
        self.table.len() >= self.config.tasks
    }

    pub(super) fn running(&self, pick: Pick) -> Option<Word> {
        self.table.pick(pick, |task| task.is_running())
    }

    fn spawn(&mut self, callable: &Src) -> Check<Done> {
        if self.is_full() { Ok(Done::Nothing) } else { self.spawn_any(callable) }
    }

    pub(super) fn spawn_any(&mut self, callable: &Src) -> Check<Done> {
        let arg = self.arg(callable);
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let value = arg.load(world);
            let task = world.tasks.spawn(value).map_err(|e| e.to_string())?;
            table.add(task, Kind::Callable, arg.val)
        })?;
        Ok(Done::Changed(self.table.made))
    }

    /// Spawns an array that is a script to the run loops.
    pub(super) fn start(&mut self, script: Reg) -> Check<Done> {
        let is_script =
            |body: &Body| matches!(body, Body::Array { len: 3.., .. }) && matches!(body.field(0), Val::Int(_));
        match self.find(script, is_script) {
            Some((reg, _)) => self.spawn(&Src::Reg(Reg(reg as u8))),
            None => Ok(Done::Nothing),
        }
    }

    fn spawn_after(&mut self, task: Pick, callable: &Src) -> Check<Done> {
        let Some(on) = self.table.pick_word(task).filter(|_| !self.is_full()) else { return Ok(Done::Nothing) };
        let arg = self.arg(callable);
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let value = arg.load(world);
            let task = world.tasks.spawn_after(id_of(on)?, value).map_err(|e| e.to_string())?;
            table.add_after(task, on, arg.val)
        })?;
        Ok(Done::Changed(self.table.made))
    }

    fn deferred(&mut self) -> Check<Done> {
        if self.is_full() {
            return Ok(Done::Nothing);
        }
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let task = world.tasks.deferred().map_err(|e| e.to_string())?;
            table.add(task, Kind::Deferred, Val::Nil)
        })?;
        Ok(Done::Changed(self.table.made))
    }

    /// Settles what waits for it; the completer of an external is dropped later, or sends in vain.
    fn resolve(&mut self, task: Pick, how: Pick, value: &Src) -> Check<Done> {
        let open = |task: &Task| matches!(task.kind, Kind::Deferred | Kind::External) && task.out().is_none();
        let Some(word) = self.table.pick(task, open) else { return Ok(Done::Nothing) };
        let arg = self.part(value);
        let fails = !how.0.is_multiple_of(2);
        self.heap.mutate(|_, world| {
            let value = arg.load(world);
            let result = if fails { Err(value) } else { Ok(value) };
            world.tasks.settle(id_of(word)?, result).map_err(|e| e.to_string())
        })?;
        self.table.end(word, if fails { Out::Err(arg.val) } else { Out::Ok(arg.val) });
        Ok(Done::Changed(word))
    }

    fn external_task(&mut self) -> Check<Done> {
        if self.is_full() {
            return Ok(Done::Nothing);
        }
        let Machine { heap, table, open, .. } = self;
        heap.mutate(|_, world| {
            let (task, completer) = world.tasks.external().map_err(|e| e.to_string())?;
            table.add(task, Kind::External, Val::Nil)?;
            open.push(Open { word: Value::from(task).as_task().unwrap_or(0), completer });
            Ok::<_, String>(())
        })?;
        Ok(Done::Changed(self.table.made))
    }

    fn join(&mut self, kind: Pick, tasks: &Picks) -> Check<Done> {
        if self.is_full() {
            return Ok(Done::Nothing);
        }
        let kind = JoinKind::try_from((kind.0 % 4) as u8).map_err(|e| e.to_string())?;
        let words: Vec<Word> = tasks.0.iter().filter_map(|pick| self.table.pick_word(*pick)).collect();
        let Machine { heap, table, .. } = self;
        heap.mutate(|_, world| {
            let ids = words.iter().map(|word| id_of(*word)).collect::<Check<Vec<_>>>()?;
            let task = world.tasks.join(kind, &ids).map_err(|e| e.to_string())?;
            table.add_join(task, kind, &words)
        })?;
        Ok(Done::Changed(self.table.made))
    }

    /// At the limit every way to make a task is refused.
    fn refuse(&mut self) -> Check<Done> {
        let count = self.table.len();
        let any = self.table.pick_word(Pick(0));
        let refused = self.heap.mutate(|_, world| {
            let tasks = &mut world.tasks;
            tasks.set_limit(count);
            let spawned = tasks.spawn(Value::NIL).map(drop);
            let opened = tasks.external().map(drop);
            let deferred = tasks.deferred().map(drop);
            let after = match any.and_then(|word| id_of(word).ok()) {
                Some(task) => tasks.spawn_after(task, Value::NIL).map(drop),
                None => Err(TaskError::Limit { limit: count }),
            };
            let joined = tasks.join(JoinKind::All, &[]).map(drop);
            let slept = tasks.sleep(Duration::ZERO).map(drop);
            // One more is not enough for a timeout, which takes two.
            tasks.set_limit(count + 1);
            let timed = match any.and_then(|word| id_of(word).ok()) {
                Some(task) => tasks.timeout(task, Duration::ZERO).map(drop),
                None => Err(TaskError::Limit { limit: count + 1 }),
            };
            tasks.set_limit(usize::MAX);
            ([spawned, opened, deferred, after, joined, slept], timed)
        });
        let (refused, timed) = refused;
        if refused.iter().all(|refused| *refused == Err(TaskError::Limit { limit: count }))
            && timed == Err(TaskError::Limit { limit: count + 1 })
        {
            Ok(Done::Read(0))
        } else {
            Err(format!("at the limit of {count} tasks: {refused:?}, {timed:?}"))
        }
    }

    fn begin(&mut self, value: Reg, wake: Reg) -> Check<Done> {
        let Machine { heap, table, .. } = self;
        let (result, expected) = heap.mutate(|_, world| {
            let turn = world.tasks.begin();
            let expected = table.begin(turn.as_ref().and_then(|turn| Value::from(turn.task).as_task()));
            let begun = match (turn, &expected) {
                (None, None) => Ok(false),
                (Some(turn), Some((word, _, woken))) => {
                    if Value::from(turn.task).as_task() != Some(*word) {
                        return Err(format!("{:?} began, should be {word:#x}", turn.task));
                    }
                    world.regs[value.index()] = turn.value;
                    if let Wake::Settled(value) | Wake::Failed(value) = turn.wake {
                        world.regs[wake.index()] = value;
                    }
                    if same_wake(&turn.wake, woken) {
                        Ok(true)
                    } else {
                        Err(format!("a task is resumed with {:?}, should be {woken:?}", turn.wake))
                    }
                }
                (turn, expected) => Err(format!("the turn is {turn:?}, should be {expected:?}")),
            };
            begun.map(|begun| (begun, expected))
        })?;
        let Some((word, val, woken)) = expected.filter(|_| result) else { return Ok(Done::Nothing) };
        self.set_reg(value, val);
        if let Woken::Out(_, Out::Ok(val) | Out::Err(val)) = woken {
            self.set_reg(wake, val);
        }
        Ok(Done::Changed(word))
    }

    fn turn(
        &mut self,
        task: Pick,
        value: &Src,
        expect: impl FnOnce(&mut Table, Word, Val) -> End,
        end: impl for<'gc> FnOnce(&mut TaskScheduler<'gc>, TaskId<'gc>, Value<'gc>) -> Result<TurnEnd, TaskError>,
    ) -> Check<Done> {
        let Some(word) = self.running(task) else { return Ok(Done::Nothing) };
        let arg = self.part(value);
        let expected = expect(&mut self.table, word, arg.val);
        self.end_turn(expected, |world| {
            let value = arg.load(world);
            Ok(end(&mut world.tasks, id_of(word)?, value))
        })
    }

    fn end_turn(
        &mut self,
        expected: End,
        end: impl for<'gc> FnOnce(&mut World<'gc>) -> Check<Result<TurnEnd, TaskError>>,
    ) -> Check<Done> {
        let found = self.heap.mutate(|_, world| end(world))?;
        let found = found.map_err(|e| e.to_string())?;
        let same = matches!(
            (found, expected),
            (TurnEnd::Waits, End::Waits)
                | (TurnEnd::Ready, End::Ready)
                | (TurnEnd::Settled, End::Settled)
                | (TurnEnd::Cancelled, End::Cancelled)
        );
        if same {
            Ok(Done::Changed(expected as u64))
        } else {
            Err(format!("a turn ended as {found:?}, should be {expected:?}"))
        }
    }

    fn cancel(&mut self, word: Option<Word>, reason: Pick) -> Check<Done> {
        let Some(word) = word else { return Ok(Done::Nothing) };
        let reason = REASONS[reason.of(REASONS.len()).unwrap_or(0)];
        let expected = self.table.cancel(word, reason);
        let found = self.heap.mutate(|_, world| {
            let reason = if reason.is_empty() { Reason::NONE } else { Reason::new(reason) };
            world.tasks.cancel(id_of(word)?, reason).map_err(|e| e.to_string())
        })?;
        if expected.is_cancel(found) {
            Ok(Done::Changed(expected as u64))
        } else {
            Err(format!("a cancel gave {found:?}, should be {expected:?}"))
        }
    }

    fn take(&mut self, into: Reg, task: Pick) -> Check<Done> {
        let Some(word) = self.table.pick(task, |task| task.out().is_some()) else { return Ok(Done::Nothing) };
        let Some(out) = self.table.get(word).and_then(|task| task.out().cloned()) else { return Ok(Done::Nothing) };
        self.heap.mutate(|_, world| {
            let outcome = world.tasks.take(id_of(word)?).map_err(|e| e.to_string())?;
            if let Outcome::Ok(value) | Outcome::Err(value) = outcome {
                world.regs[into.index()] = value;
            }
            if same_outcome(&outcome, &out) { Ok(()) } else { Err(format!("took {outcome:?}, should be {out:?}")) }
        })?;
        self.table.free(word);
        if let Out::Ok(val) | Out::Err(val) = out {
            self.set_reg(into, val);
        }
        Ok(Done::Changed(digest(out.val())))
    }

    /// Reads the values that a join has of its parts so far, with a safepoint before they are used.
    fn parts(&mut self, into: Reg, join: Pick) -> Check<Done> {
        let is_join = |task: &Task| matches!(&task.kind, Kind::Join(join) if !join.parts.is_empty());
        let Some(word) = self.table.pick(join, is_join) else { return Ok(Done::Nothing) };
        let Some(Task { kind: Kind::Join(record), .. }) = self.table.get(word) else { return Ok(Done::Nothing) };
        let vals: Vec<Val> = record.parts.iter().filter_map(|part| Some(part.out.as_ref()?.val())).collect();
        #[cfg(feature = "sabotage")]
        let mut local = crate::sabotage::Local::default();
        #[cfg(feature = "sabotage")]
        if self.config.sabotage == Some(crate::sabotage::Sabotage::LocalParts) {
            self.heap.mutate(|_, world| {
                let parts = world.tasks.parts(id_of(word)?).map_err(|e| e.to_string())?;
                parts.flatten().for_each(|part| local.keep(part_value(&part)));
                Ok::<_, String>(())
            })?;
        }
        self.heap.safepoint().map_err(|e| e.to_string())?;
        self.count_drops()?;
        self.heap.mutate(|_, world| {
            let parts = world.tasks.parts(id_of(word)?).map_err(|e| e.to_string())?;
            #[allow(unused_mut, reason = "the sabotage needs it")]
            let mut values: Vec<_> = parts.flatten().map(|part| part_value(&part)).collect();
            #[cfg(feature = "sabotage")]
            if self.config.sabotage == Some(crate::sabotage::Sabotage::LocalParts) {
                values = local.give();
            }
            if values.len() != vals.len() {
                return Err(format!("a join has {} parts, should have {}", values.len(), vals.len()));
            }
            for (value, val) in values.iter().zip(&vals) {
                same(*value, *val).map_err(|what| format!("a part {what}"))?;
            }
            if let Some(last) = values.last() {
                world.regs[into.index()] = *last;
            }
            Ok(())
        })?;
        if let Some(last) = vals.last() {
            self.set_reg(into, *last);
        }
        Ok(Done::Changed(vals.len() as u64))
    }

    fn ticket(&mut self, ticket: Pick, task: Pick) -> Check<Done> {
        let (Some(word), Some(place)) = (self.table.pick_word(task), ticket.of(TICKETS)) else {
            return Ok(Done::Nothing);
        };
        let made = self.heap.mutate(|_, world| world.tasks.ticket(id_of(word)?).map_err(|e| e.to_string()))?;
        self.table.add_ticket(word);
        if let Some(Claim { word, ticket }) = self.tickets[place].replace(Claim { word, ticket: made }) {
            self.drop_ticket(word, ticket, false)?;
        }
        Ok(Done::Changed(word))
    }

    fn drop_ticket(&mut self, word: Word, ticket: Ticket, keep: bool) -> Check<Done> {
        self.deliver(Mail::Ticket(word, keep), move || if keep { ticket.keep() } else { drop(ticket) })
    }

    /// Every call with the id of a task that is gone is refused as stale.
    fn stale(&mut self, task: Pick, call: Pick) -> Check<Done> {
        let Some(word) = task.of(self.table.stale.len()).map(|place| self.table.stale[place]) else {
            return Ok(Done::Nothing);
        };
        // One that is cancelled would be told so.
        let running = self.table.pick(task, |task| task.is_running() && !task.cancelled);
        let result = self.heap.mutate(|_, world| {
            let (id, tasks) = (id_of(word)?, &mut world.tasks);
            Ok::<_, String>(match call.0 % 15 {
                0 => tasks.status(id).map(drop),
                12 => tasks.timeout(id, Duration::ZERO).map(drop),
                13 => tasks.spawn_after(id, Value::NIL).map(drop),
                14 => tasks.settle(id, Ok(Value::NIL)),
                1 => tasks.outcome(id).map(drop),
                2 => tasks.take(id).map(drop),
                3 => tasks.release(id).map(drop),
                4 => tasks.cancel(id, Reason::NONE).map(drop),
                5 => tasks.complete(id, Value::NIL).map(drop),
                6 => tasks.fail(id, Value::NIL).map(drop),
                7 => tasks.ticket(id).map(drop),
                8 => tasks.parts(id).map(drop),
                9 => tasks.join(JoinKind::Any, &[id]).map(drop),
                10 => tasks.seq(id).map(drop),
                _ => match running {
                    Some(running) => tasks.suspend(id_of(running)?, id, Value::NIL).map(drop),
                    None => tasks.yield_now(id, Value::NIL).map(drop),
                },
            })
        })?;
        match result {
            Err(TaskError::Stale { .. }) => Ok(Done::Read(1)),
            other => Err(format!("a stale id gave {other:?}")),
        }
    }

    /// A call that the state of its task does not allow is refused.
    fn wrong(&mut self, task: Pick, call: Pick) -> Check<Done> {
        let ends_turn = call.0.is_multiple_of(2);
        let fits = |task: &Task| if ends_turn { !task.is_running() } else { task.out().is_none() };
        let Some(word) = self.table.pick(task, fits) else { return Ok(Done::Nothing) };
        let result = self.heap.mutate(|_, world| {
            let (id, tasks) = (id_of(word)?, &mut world.tasks);
            Ok::<_, String>(match call.0 % 12 {
                0 => tasks.complete(id, 1.into()).map(drop),
                2 => tasks.fail(id, 1.into()).map(drop),
                4 => tasks.suspend(id, id, 1.into()).map(drop),
                6 => tasks.yield_now(id, 1.into()).map(drop),
                8 => tasks.end_cancelled(id).map(drop),
                10 => tasks.at_safepoint(id, 1.into()).map(drop),
                1 | 3 | 5 => tasks.take(id).map(drop),
                _ => tasks.outcome(id).map(drop),
            })
        })?;
        match result {
            Err(TaskError::NotRunning { .. }) if ends_turn => Ok(Done::Read(1)),
            Err(TaskError::NotSettled { .. }) if !ends_turn => Ok(Done::Read(1)),
            other => Err(format!("a call at the wrong time gave {other:?}")),
        }
    }
}

/// The value of an outcome; nil without one.
fn part_value<'gc>(part: &Outcome<'gc>) -> Value<'gc> {
    match part {
        Outcome::Ok(value) | Outcome::Err(value) => *value,
        _ => Value::NIL,
    }
}
