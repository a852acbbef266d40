//! [`Script`]: a small interpreter whose programs are arrays on the heap, run by the scheduler's own loops, with the
//! model beside it.
//!
//! A task whose value is an array of three slots or more runs it: slot 0 is where it is, slot 1 what it has, the rest
//! are steps. Any other value is a task of one step. Every value means something, so arrays that other operations
//! write to are programs too.
//!
//! Invariants: each turn is begun by the model as well, and must be the same; what is read from the heap is compared
//! with the shadow before it is followed; each step does the same to both. A turn that sends something ends at a
//! safepoint, so that arrivals come at the same place under every zeal.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use mangrove_gc::{Mutation, Slot, Value};
use mangrove_scheduler::{Embedding, JoinKind, Outcome, Policy, Reason, Step, TaskId, TaskScheduler, Turn, Wake};

use crate::config::Injection;
use crate::fields;
use crate::hash::Fnv;
use crate::mail::{Gift, Mail, Open, PLANNED, Plan, in_order, receive};
use crate::rng::Rng;
use crate::shadow::{Body, Shadow, Val};
use crate::shapes::Pair;
use crate::table::{Kind, Out, Table, Task, Woken, Word, id_of, same_wake};
use crate::walk::{Check, Walk, same};
use crate::world::{Tortured, World};

/// What a run panics with when it found something.
pub(crate) const FOUND: &str = "found";
/// Most turns of one run.
const MOST_TURNS: u64 = 200_000;
/// Steps of an array that are run.
const MOST_STEPS: usize = 48;
/// Steps of one turn.
const STEPS: usize = 16;
/// How often a refused allocation is tried again.
const TRIES: u32 = 3;
/// How often heap and model are compared in the middle of a run.
const WALK_EVERY: u64 = 8;

/// A value as both sides know it.
#[derive(Clone, Copy)]
struct Both<'gc> {
    value: Value<'gc>,
    val: Val,
}

impl<'gc> Both<'gc> {
    fn nil() -> Self {
        Both { value: Value::NIL, val: Val::Nil }
    }
    fn int(n: i32) -> Self {
        Both { value: n.into(), val: Val::Int(n) }
    }
    fn task(task: TaskId<'gc>) -> Self {
        let value = Value::from(task);
        Both { value, val: Val::Task(value.as_task().unwrap_or(0)) }
    }
}

/// How a turn ends.
enum Next<'gc> {
    Step(Step<'gc>),
    Panic,
}

/// The model of a run, and what is injected into it. It is lent to the root while a loop runs.
pub(crate) struct Script {
    pub(crate) table: Table,
    pub(crate) shadow: Shadow,
    pub(crate) mail: VecDeque<Mail>,
    pub(crate) open: Vec<Open>,
    pub(crate) finding: Option<String>,
    /// Whether scripts may open externals, which nobody may complete.
    pub(crate) externals: bool,
    /// Most tasks.
    pub(crate) tasks: usize,
    pub(crate) rng: Rng,
    /// An injection at one in so many awaits; 0 is none.
    pub(crate) one_in: u32,
    /// An injection at this await.
    pub(crate) at: Option<(u64, Injection)>,
    /// Awaits so far.
    pub(crate) awaits: u64,
    pub(crate) injected: u64,
    pub(crate) turns: u64,
    pub(crate) hash: Fnv,
    /// Refusals in a row.
    pub(crate) tries: u32,
}

impl Embedding for Tortured {
    fn tasks<'a, 'gc>(_: &Mutation<'gc>, world: &'a mut World<'gc>) -> &'a mut TaskScheduler<'gc> {
        &mut world.tasks
    }

    fn resume<'gc>(mc: &Mutation<'gc>, world: &mut World<'gc>, turn: Turn<'gc>) -> Step<'gc> {
        let Some(mut script) = world.script.take() else { return Step::Failed(Value::NIL) };
        let next = script.turn(mc, world, turn);
        // Not `panic!`: no hook is to tell of it.
        let panic = match next {
            Ok(Next::Step(step)) => {
                world.script.0 = Some(script);
                return step;
            }
            Ok(Next::Panic) => PLANNED,
            Err(what) => {
                script.finding.get_or_insert(what);
                FOUND
            }
        };
        world.script.0 = Some(script);
        resume_unwind(Box::new(panic))
    }
}

impl Script {
    /// What the loop did by itself since the last turn: it looked into the inbox and at the clock.
    pub(crate) fn sync(&mut self, tasks: &TaskScheduler<'_>) -> Check {
        let left = tasks.inbox_len();
        if left == 0 && tasks.policy() != Policy::Fifo {
            in_order(&mut self.mail);
        }
        while self.mail.len() > left {
            let Some(mail) = self.mail.pop_front() else { break };
            receive(mail, &mut self.table, &mut self.shadow)?;
        }
        self.table.tick();
        let now = u64::try_from(tasks.now().as_nanos()).unwrap_or(u64::MAX);
        while self.table.now < now {
            let next = self.table.next_deadline().filter(|next| *next <= now);
            let next = next.ok_or_else(|| format!("the clock went to {now} ns, where no timer is due"))?;
            if self.table.ready_count() > 0 || self.table.open_externals() > 0 {
                return Err(format!("the clock went to {now} ns, and there was something to run or to come"));
            }
            self.table.now = next;
            self.table.tick();
        }
        Ok(())
    }

    fn turn<'gc>(&mut self, mc: &Mutation<'gc>, world: &mut World<'gc>, turn: Turn<'gc>) -> Check<Next<'gc>> {
        self.turns += 1;
        if self.turns > MOST_TURNS {
            return Err(format!("a run has not ended after {MOST_TURNS} turns"));
        }
        self.sync(&world.tasks)?;
        let Some((word, val, woken)) = self.table.begin(Value::from(turn.task).as_task()) else {
            return Err(format!("the turn is {turn:?}, should be none"));
        };
        if Value::from(turn.task).as_task() != Some(word) {
            return Err(format!("{:?} began, should be {word:#x}", turn.task));
        }
        if !same_wake(&turn.wake, &woken) {
            return Err(format!("a task is resumed with {:?}, should be {woken:?}", turn.wake));
        }
        self.hash.number(word);
        if self.turns.is_multiple_of(WALK_EVERY) {
            let live = self.shadow.live;
            let census = mc.census(&mut world.tasks);
            let mut walk = Walk::new(mc, &mut self.shadow, false);
            self.table.compare_census(&census, &mut walk)?;
            self.table.compare(&mut walk, &world.tasks)?;
            walk.finish(world.hint, &mut None)?;
            self.shadow.live = live;
        }
        let frame = Both { value: turn.value, val };
        agree(frame)?;
        let mut frame = Frame { word, value: frame, len: 0 };
        if let Some(id) = val.object()
            && let Some(Body::Array { len, .. }) = self.shadow.get(id)
            && *len >= 3
        {
            frame.len = (*len as usize).min(MOST_STEPS);
            return self.run(mc, world, frame, &turn.wake, &woken);
        }
        self.simple(frame, &turn.wake, &woken)
    }

    /// A task of one step.
    fn simple<'gc>(&mut self, frame: Frame<'gc>, wake: &Wake<'gc>, woken: &Woken) -> Check<Next<'gc>> {
        if let Some(got) = self.received(wake, woken)? {
            return match woken {
                Woken::Out(_, Out::Err(_)) => Ok(self.failed(&frame, got)),
                _ => Ok(self.done(&frame, got)),
            };
        }
        Ok(match (woken, frame.value.val) {
            (Woken::Cancelled(_), _) => self.cancelled(&frame),
            (Woken::First, Val::Int(n)) => match n.rem_euclid(8) {
                0 => self.failed(&frame, frame.value),
                1 => self.panicked(&frame),
                2 => self.yielded(&frame, Both::nil()),
                3 => self.safepoint(&frame, Both::nil()),
                _ => self.done(&frame, frame.value),
            },
            (Woken::Refused(_) | Woken::Gone(_), _) => self.failed(&frame, frame.value),
            _ => self.done(&frame, frame.value),
        })
    }

    /// Runs an array until its turn ends.
    fn run<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        world: &mut World<'gc>,
        frame: Frame<'gc>,
        wake: &Wake<'gc>,
        woken: &Woken,
    ) -> Check<Next<'gc>> {
        match (self.received(wake, woken)?, woken) {
            (Some(got), _) => self.write(mc, &frame, 1, got)?,
            (None, Woken::Joined(join)) => {
                let part = self.last_part(world, *join)?;
                self.write(mc, &frame, 1, part)?;
            }
            // Half of the tasks have a cleanup: the rest of their steps.
            (None, Woken::Cancelled(_)) if self.place(&frame)? % 2 == 0 => return Ok(self.cancelled(&frame)),
            (None, Woken::Out(..) | Woken::Refused(_) | Woken::Gone(_)) => {
                self.write(mc, &frame, 1, Both::int(-1))?;
            }
            _ => {}
        }
        for _ in 0..STEPS {
            let at = self.place(&frame)?;
            if at >= frame.len {
                let result = self.read(&frame, 1)?;
                return Ok(self.done(&frame, result));
            }
            let step = self.read(&frame, at)?;
            self.write(mc, &frame, 0, Both::int(at as i32 + 1))?;
            if let Some(next) = self.step(mc, world, &frame, at, step)? {
                return Ok(next);
            }
        }
        Ok(self.yielded(&frame, frame.value))
    }

    /// One step; `None` if the turn goes on.
    fn step<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        world: &mut World<'gc>,
        frame: &Frame<'gc>,
        at: usize,
        step: Both<'gc>,
    ) -> Check<Option<Next<'gc>>> {
        let code = match step.val {
            Val::Int(n) => n,
            Val::Obj(_) => {
                self.write(mc, frame, 1, step)?;
                return Ok(None);
            }
            Val::Task(_) => return self.awaits(mc, world, frame, at, step).map(Some),
            _ => return Ok(None),
        };
        let held = self.read(frame, 1)?;
        let (code, arg) = (code.rem_euclid(28), (code / 28) as u32 & 0xFFFF);
        let room = self.table.len() + 2 < self.tasks;
        let live = match held.val {
            Val::Task(word) => self.table.get(word).is_some(),
            _ => false,
        };
        match code {
            0 => return Ok(Some(self.yielded(frame, frame.value))),
            // Await what there is, or make something to await.
            1..=8 if matches!(held.val, Val::Task(_)) => return self.awaits(mc, world, frame, at, held).map(Some),
            1 | 2 | 4 | 20 if room => {
                let callable = if arg.is_multiple_of(2) { frame.value } else { held };
                let task = world.tasks.spawn(callable.value).map_err(|e| e.to_string())?;
                self.table.add(task, Kind::Callable, callable.val)?;
                self.write(mc, frame, 1, Both::task(task))?;
            }
            3 | 5 | 21 if room && self.externals => {
                let (task, completer) = world.tasks.external().map_err(|e| e.to_string())?;
                self.table.add(task, Kind::External, Val::Nil)?;
                self.open.push(Open { word: Value::from(task).as_task().unwrap_or(0), completer });
                self.write(mc, frame, 1, Both::task(task))?;
            }
            6..=8 | 22 if room => {
                // Not 0: when that is due depends on when the loop looks.
                let time = 1 + u64::from(arg % 50);
                let task = world.tasks.sleep(Duration::from_nanos(time)).map_err(|e| e.to_string())?;
                self.table.add_timer(task, self.table.now.saturating_add(time))?;
                self.write(mc, frame, 1, Both::task(task))?;
            }
            18 | 23 if room && live => {
                let time = 1 + u64::from(arg % 50);
                let task = TaskId::from_value(held.value).ok_or("a task's word is none")?;
                let race = world.tasks.timeout(task, Duration::from_nanos(time)).map_err(|e| e.to_string())?;
                let Val::Task(word) = held.val else { return Ok(None) };
                self.table.add_timeout(race, word, time, false)?;
                self.write(mc, frame, 1, Both::task(race))?;
            }
            16 | 24 => {
                let id = self.shadow.next_id();
                let pair = Pair { id: id.0, first: Slot::new(held.value), second: Slot::new(Value::NIL) };
                match mc.alloc(pair) {
                    Ok(pair) => {
                        self.tries = 0;
                        self.shadow.add(Body::Pair([held.val, Val::Nil]));
                        self.write(mc, frame, 1, Both { value: pair.into(), val: Val::Obj(id) })?;
                    }
                    Err(_) if self.tries < TRIES => {
                        self.tries += 1;
                        return self.again(mc, frame, at).map(Some);
                    }
                    Err(_) => {
                        self.tries = 0;
                        return Ok(Some(self.failed(frame, Both::int(-2))));
                    }
                }
            }
            9 => return Ok(Some(self.done(frame, held))),
            10 => return Ok(Some(self.failed(frame, held))),
            11 if arg.is_multiple_of(4) => return Ok(Some(self.panicked(frame))),
            12 | 25 if !self.open.is_empty() => {
                let place = arg as usize % self.open.len();
                self.send(place, arg);
                return Ok(Some(self.safepoint(frame, frame.value)));
            }
            13 if live && arg.is_multiple_of(2) => {
                let Val::Task(word) = held.val else { return Ok(None) };
                self.cancel(world, word)?;
            }
            14 if room => {
                let kind = JoinKind::try_from((arg % 4) as u8).map_err(|e| e.to_string())?;
                let mut words = Vec::new();
                for place in 1..frame.len {
                    if let Val::Task(word) = self.read(frame, place)?.val
                        && self.table.get(word).is_some()
                    {
                        words.push(word);
                    }
                }
                let ids = words.iter().map(|word| id_of(*word)).collect::<Check<Vec<_>>>()?;
                let join = world.tasks.join(kind, &ids).map_err(|e| e.to_string())?;
                self.table.add_join(join, kind, &words)?;
                self.write(mc, frame, 1, Both::task(join))?;
            }
            15 if live => {
                let Val::Task(word) = held.val else { return Ok(None) };
                let out = self.table.get(word).and_then(Task::out).cloned();
                let Some(out) = out else { return Ok(None) };
                let outcome = world.tasks.take(id_of(word)?).map_err(|e| e.to_string())?;
                let taken = match (outcome, &out) {
                    (Outcome::Ok(value), Out::Ok(val)) | (Outcome::Err(value), Out::Err(val)) => {
                        Both { value, val: *val }
                    }
                    (outcome, out) if crate::table::same_outcome(&outcome, out) => Both::int(-3),
                    (outcome, out) => return Err(format!("took {outcome:?}, should be {out:?}")),
                };
                agree(taken)?;
                self.table.free(word);
                self.write(mc, frame, 1, taken)?;
            }
            17 => return Ok(Some(self.safepoint(frame, frame.value))),
            _ => {}
        }
        Ok(None)
    }

    /// An await, and perhaps something that comes in its way.
    fn awaits<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        world: &mut World<'gc>,
        frame: &Frame<'gc>,
        at: usize,
        on: Both<'gc>,
    ) -> Check<Next<'gc>> {
        let (Val::Task(word), Some(task)) = (on.val, TaskId::from_value(on.value)) else {
            return Err("a task's word is none".to_owned());
        };
        self.awaits += 1;
        let injection = match self.at {
            Some((number, injection)) => (number == self.awaits).then_some(injection),
            None => self.draw_injection(world),
        };
        if let Some(injection) = injection
            && self.inject(world, injection, frame.word, word)?
        {
            self.injected += 1;
            return self.again(mc, frame, at);
        }
        let live = self.table.get(word).is_some();
        if live {
            self.table.suspend(frame.word, word, frame.value.val);
        } else {
            self.table.refuse_stale(frame.word, word, frame.value.val);
        }
        Ok(Next::Step(Step::Await(task, frame.value.value)))
    }

    /// What comes in the way of this await, if anything does.
    fn draw_injection(&mut self, world: &mut World<'_>) -> Option<Injection> {
        if self.one_in == 0 || self.draw(world, self.one_in) > 0 {
            return None;
        }
        Some(Injection::ALL[self.draw(world, Injection::ALL.len() as u32) as usize])
    }

    /// A number below `bound`: by the seed of the order, if there is one.
    fn draw(&mut self, world: &mut World<'_>, bound: u32) -> u32 {
        match world.tasks.policy() {
            Policy::Seeded(_) => world.tasks.draw(bound as usize) as u32,
            _ => self.rng.below(bound),
        }
    }

    /// True if the await is to be tried again after a safepoint.
    fn inject(&mut self, world: &mut World<'_>, injection: Injection, own: Word, on: Word) -> Check<bool> {
        let place = self.open.iter().position(|open| open.word == on);
        match injection {
            Injection::CancelTask => self.cancel(world, own)?,
            Injection::CancelAwaited if self.table.get(on).is_some() => self.cancel(world, on)?,
            Injection::CancelOther => {
                let waiting: fn(&Task) -> bool = |task| task.is_waiting();
                let pick = crate::operand::Pick(self.rng.bits() as u16);
                if let Some(word) = self.table.pick(pick, waiting) {
                    self.cancel(world, word)?;
                }
            }
            Injection::DropCompleter => {
                if let Some(place) = place {
                    let Open { word, completer } = self.open.swap_remove(place);
                    self.mail.push_back(Mail::Plain(word, Out::Abandoned));
                    drop(completer);
                    return Ok(true);
                }
            }
            Injection::RefuseMemory => return Ok(true),
            Injection::BadBuilder => {
                if let Some(place) = place {
                    self.build(place);
                    return Ok(true);
                }
            }
            Injection::CancelAwaited => {}
        }
        self.injected += 1;
        Ok(false)
    }

    fn cancel(&mut self, world: &mut World<'_>, word: Word) -> Check {
        let expected = self.table.cancel(word, "by a script");
        let found = world.tasks.cancel(id_of(word)?, Reason::new("by a script")).map_err(|e| e.to_string())?;
        if expected.is_cancel(found) { Ok(()) } else { Err(format!("a cancel gave {found:?}, should be {expected:?}")) }
    }

    /// Completes an external from this thread.
    fn send(&mut self, place: usize, arg: u32) {
        let Open { word, completer } = self.open.swap_remove(place);
        let number = (arg / 4) as i32;
        let out = match arg % 4 {
            0 => {
                drop(completer);
                Out::Abandoned
            }
            1 => {
                completer.fail(number);
                Out::Err(Val::Int(number))
            }
            _ => {
                completer.complete(number);
                Out::Ok(Val::Int(number))
            }
        };
        self.mail.push_back(Mail::Plain(word, out));
    }

    /// Completes an external by a builder that wants memory, is refused it for good, or panics.
    fn build(&mut self, place: usize) {
        let Open { word, completer } = self.open.swap_remove(place);
        let plan = [Plan::Once, Plan::Never, Plan::Panic][self.rng.below(3) as usize];
        let gift = Arc::new(Gift::new(self.shadow.add(plan.body())));
        self.mail.push_back(Mail::Build(word, plan, gift.clone()));
        completer.complete_with(move |mc| plan.build(&gift, mc));
    }

    // Ways to end a turn: the model first, which borrows nothing of the heap.

    fn done<'gc>(&mut self, frame: &Frame<'gc>, result: Both<'gc>) -> Next<'gc> {
        self.table.complete(frame.word, result.val);
        Next::Step(Step::Done(result.value))
    }

    fn failed<'gc>(&mut self, frame: &Frame<'gc>, error: Both<'gc>) -> Next<'gc> {
        self.table.end(frame.word, Out::Err(error.val));
        Next::Step(Step::Failed(error.value))
    }

    fn cancelled<'gc>(&mut self, frame: &Frame<'gc>) -> Next<'gc> {
        self.table.end_cancelled(frame.word);
        Next::Step(Step::Cancelled)
    }

    fn panicked<'gc>(&mut self, frame: &Frame<'gc>) -> Next<'gc> {
        self.table.end(frame.word, Out::Fault(crate::table::Flaw::Panicked));
        Next::Panic
    }

    fn yielded<'gc>(&mut self, frame: &Frame<'gc>, continuation: Both<'gc>) -> Next<'gc> {
        self.table.yield_now(frame.word, continuation.val);
        Next::Step(Step::Yield(continuation.value))
    }

    fn safepoint<'gc>(&mut self, frame: &Frame<'gc>, continuation: Both<'gc>) -> Next<'gc> {
        self.table.at_safepoint(frame.word, continuation.val);
        Next::Step(Step::Safepoint(continuation.value))
    }

    /// The same step again, after a safepoint.
    fn again<'gc>(&mut self, mc: &Mutation<'gc>, frame: &Frame<'gc>, at: usize) -> Check<Next<'gc>> {
        self.write(mc, frame, 0, Both::int(at as i32))?;
        Ok(self.safepoint(frame, frame.value))
    }

    // Access to arrays, on both sides.

    /// Where an array is.
    fn place<'gc>(&self, frame: &Frame<'gc>) -> Check<usize> {
        Ok(match self.read(frame, 0)?.val {
            Val::Int(at) if at >= 2 => at as usize,
            _ => 2,
        })
    }

    fn read<'gc>(&self, frame: &Frame<'gc>, index: usize) -> Check<Both<'gc>> {
        let body = frame.value.val.object().and_then(|id| self.shadow.get(id)).ok_or("a script is no object")?;
        let val = body.field(index);
        let value = fields::get(frame.value.value, index).ok_or("a script is too short")?;
        let read = Both { value, val };
        agree(read)?;
        Ok(read)
    }

    fn write<'gc>(&mut self, mc: &Mutation<'gc>, frame: &Frame<'gc>, index: usize, to: Both<'gc>) -> Check {
        let body = frame.value.val.object().and_then(|id| self.shadow.get_mut(id)).ok_or("a script is no object")?;
        body.set_field(index, to.val);
        if fields::put(mc, frame.value.value, index, to.value) { Ok(()) } else { Err("a script is too short".into()) }
    }

    /// What a task is resumed with, if that is a value.
    fn received<'gc>(&self, wake: &Wake<'gc>, woken: &Woken) -> Check<Option<Both<'gc>>> {
        match (wake, woken) {
            (Wake::Settled(value) | Wake::Failed(value), Woken::Out(_, Out::Ok(val) | Out::Err(val))) => {
                let got = Both { value: *value, val: *val };
                agree(got)?;
                Ok(Some(got))
            }
            _ => Ok(None),
        }
    }

    /// The value of the last part of a join, if that has one.
    fn last_part<'gc>(&self, world: &World<'gc>, join: Word) -> Check<Both<'gc>> {
        let parts = match (world.tasks.parts(id_of(join)?), self.table.get(join)) {
            (Ok(parts), Some(Task { kind: Kind::Join(record), .. })) => parts.zip(&record.parts),
            (Err(_), None) => return Ok(Both::int(-4)),
            (found, expected) => {
                return Err(format!("a join has parts: {}, should have: {}", found.is_ok(), expected.is_some()));
            }
        };
        let part = match parts.last() {
            Some((
                Some(Outcome::Ok(value) | Outcome::Err(value)),
                crate::table::Part { out: Some(Out::Ok(val) | Out::Err(val)), .. },
            )) => Both { value, val: *val },
            _ => Both::int(-5),
        };
        agree(part)?;
        Ok(part)
    }
}

/// Whether a value is what the model says, as far as one look can tell.
fn agree(both: Both<'_>) -> Check {
    same(both.value, both.val).map_err(|what| format!("what a script reads {what}"))
}

/// The task whose turn it is.
struct Frame<'gc> {
    word: Word,
    value: Both<'gc>,
    /// Slots that count.
    len: usize,
}
