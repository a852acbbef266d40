//! Random joins, scopes, shields, graces and cancels against a naive model: after every step, and again after a
//! collection, every task has the status, outcome, parts and members of the model, and the roots are its values.

use core::time::Duration;
use std::collections::HashMap;

use mangrove_gc::{HeapConfig, Mutation, Value, What, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;
use crate::naive::{Kind, Model, Out, Shadow, Why};

struct Random(u64);
impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const GRACE: Duration = Duration::from_secs(1);

pub(crate) struct World {
    pub(crate) model: Model,
    random: Random,
    fresh: i32,
    completers: HashMap<usize, Completer>,
    /// How often each operation had an effect.
    pub(crate) done: HashMap<&'static str, u32>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        World {
            model: Model::default(),
            random: Random(seed),
            fresh: 0,
            completers: HashMap::new(),
            done: HashMap::new(),
        }
    }

    fn number(&mut self) -> i32 {
        self.fresh += 1;
        self.fresh
    }

    fn pick(&mut self, wanted: impl Fn(&Shadow) -> bool) -> Option<usize> {
        let all = self.model.tasks.iter().enumerate();
        let found: Vec<_> = all.filter(|(_, task)| !task.gone && wanted(task)).map(|(index, _)| index).collect();
        // The latest more often: what is old has mostly ended.
        let from = if self.random.chance(70) { found.len().saturating_sub(8) } else { 0 };
        (!found.is_empty()).then(|| found[from + self.random.below(found.len() - from)])
    }

    fn scope(&mut self, percent: usize) -> Option<usize> {
        let wanted = self.random.chance(percent);
        wanted.then(|| self.pick(|task| matches!(task.kind, Kind::Scope { .. }))).flatten()
    }

    fn running(&mut self) -> Option<usize> {
        self.pick(|task| task.out.is_none() && matches!(task.kind, Kind::Running))
    }

    fn did(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    /// One operation on both.
    pub(crate) fn step<'gc>(&mut self, mc: &Mutation<'gc>, root: &mut Root<'gc>) {
        match self.random.below(20) {
            0 | 1 => {
                let (scope, number) = (self.scope(60), self.number());
                let value = cell(mc, number);
                let task = match scope {
                    Some(scope) => {
                        let id = kept(root, scope);
                        root.tasks.spawn_in(id, value)
                    }
                    None => root.tasks.spawn(value),
                };
                root.stack.push(task.unwrap().into());
                let task = self.model.spawn(scope, number);
                self.did(if self.model.tasks[task].out.is_some() { "born cancelled" } else { "spawn" });
            }
            2 => {
                let scope = self.scope(50);
                let (task, completer) = match scope {
                    Some(scope) => {
                        let id = kept(root, scope);
                        root.tasks.external_in(id)
                    }
                    None => root.tasks.external(),
                }
                .unwrap();
                root.stack.push(task.into());
                let task = self.model.add(Kind::External, None);
                if let Some(scope) = scope {
                    self.model.adopt(scope, task);
                }
                assert_eq!(completer.is_closed(), self.model.tasks[task].out.is_some());
                self.completers.insert(task, completer);
                self.did("external");
            }
            3..=5 => self.join(root),
            6 => {
                let parent = self.scope(60);
                let options = ScopeOptions {
                    supervise: self.random.chance(30),
                    discard: self.random.chance(30),
                    grace: self.random.chance(30).then_some(GRACE),
                };
                let scope = match parent {
                    Some(parent) => {
                        let id = kept(root, parent);
                        root.tasks.scope_in(id, options)
                    }
                    None => root.tasks.scope(options),
                };
                root.stack.push(scope.unwrap().into());
                let kind = Kind::Scope { options, members: vec![], closed: false, stopping: false, failure: None };
                let scope = self.model.add(kind, None);
                if let Some(parent) = parent {
                    self.model.adopt(parent, scope);
                }
                self.did("scope");
            }
            7 => {
                let (Some(scope), Some(task)) = (self.scope(100), self.pick(|_| true)) else { return };
                let (scope_id, id) = (kept(root, scope), kept(root, task));
                match root.tasks.adopt(scope_id, id) {
                    Ok(()) => {
                        self.model.adopt(scope, task);
                        self.did("adopt");
                    }
                    Err(TaskError::InScope { .. }) => assert!(self.model.tasks[task].scope.is_some()),
                    Err(TaskError::Cycle { .. }) => self.did("adopt refused"),
                    Err(error) => panic!("{error}"),
                }
            }
            8 => {
                let Some(scope) = self.scope(100) else { return };
                let id = kept(root, scope);
                root.tasks.close_scope(id).unwrap();
                self.model.close(scope);
                self.did("close");
            }
            9..=11 => self.begin(root),
            12..=15 => self.end(mc, root),
            16 => {
                let Some(task) = self.pick(|task| task.out.is_none() && task.kind == Kind::External) else { return };
                let completer = self.completers.remove(&task).unwrap();
                let number = self.number();
                let out = match self.random.below(3) {
                    0 => {
                        completer.complete_with(move |mc| Ok(cell(mc, number)));
                        Out::Ok(Some(number))
                    }
                    1 => {
                        completer.fail_with(move |mc| Ok(cell(mc, number)));
                        Out::Err(number)
                    }
                    _ => {
                        drop(completer);
                        Out::Abandoned
                    }
                };
                assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
                self.model.end(task, out);
                self.did("complete");
            }
            17 => {
                let Some(task) = self.pick(|_| true) else { return };
                let id = kept(root, task);
                root.tasks.cancel(id, Reason::NONE).unwrap();
                self.model.cancel(task);
                self.did("cancel");
            }
            18 => {
                let Some(task) = self.pick(|task| task.out.is_some() || task.shields == 3) else { return };
                let id = kept(root, task);
                let outcome = root.tasks.take(id);
                let out = self.model.tasks[task].out.clone();
                assert_eq!(outcome.ok().map(|outcome| say(&outcome)), out.as_ref().map(Out::show));
                if out.is_some() {
                    self.model.free(task);
                    self.did("take");
                }
            }
            _ => {
                if self.random.chance(60) {
                    let Some(task) = self.pick(|_| true) else { return };
                    let id = kept(root, task);
                    match root.tasks.release(id).unwrap() {
                        ReleaseEnd::Released => self.model.free(task),
                        ReleaseEnd::WhenSettled => self.model.tasks[task].released = true,
                    }
                    self.did("release");
                } else {
                    assert!(root.tasks.advance(GRACE));
                    root.tasks.poll_timers();
                    self.model.pass();
                    self.did("pass");
                }
            }
        }
    }

    fn join(&mut self, root: &mut Root<'_>) {
        let scope = self.scope(30);
        let count = self.random.below(5);
        let tasks: Vec<usize> = (0..count).filter_map(|_| self.pick(|_| true)).collect();
        let ids: Vec<_> = tasks.iter().map(|&task| kept(root, task)).collect();
        let kind = JoinKind::try_from(self.random.below(4) as u8).unwrap();
        let mut options = JoinOptions { own: self.random.chance(60), grace: self.random.chance(30).then_some(GRACE) };
        let join = match scope {
            Some(scope) => {
                let Kind::Scope { options: of, .. } = &self.model.tasks[scope].kind else { panic!() };
                options = JoinOptions { own: true, grace: of.grace };
                let id = kept(root, scope);
                root.tasks.join_in(id, kind, &ids)
            }
            None => root.tasks.join_with(kind, &ids, options),
        };
        match join {
            Ok(join) => {
                root.stack.push(join.into());
                self.model.join(scope, kind, options, tasks);
                self.did(if options.own { "owning join" } else { "join" });
            }
            Err(TaskError::Cycle { .. }) if scope.is_some() => self.did("join refused"),
            Err(error) => panic!("{error}"),
        }
    }

    fn begin(&mut self, root: &mut Root<'_>) {
        let expected = self.model.begin();
        let turn = root.tasks.begin();
        let Some((task, why)) = expected else { return assert!(turn.is_none(), "{turn:?}") };
        let turn = turn.expect("a task is in the queue");
        assert_eq!(turn.task, kept(root, task));
        assert_eq!(Some(number(turn.value)), self.model.tasks[task].holds);
        let told = match (&turn.wake, why) {
            (Wake::First, Why::First) | (Wake::Yielded, Why::Yielded) | (Wake::Cancelled(_), Why::Cancelled) => true,
            (Wake::Faulted(_, Fault::Deadlock(_)), Why::Refused) => true,
            (wake, Why::Delivery(awaited)) => match (wake, self.model.tasks[awaited].out.clone().unwrap()) {
                (Wake::Settled(value), Out::Ok(Some(expected))) => number(*value) == expected,
                (Wake::Settled(value), Out::Ok(None)) => value.is_nil(),
                (Wake::Joined(join), Out::Ok(None)) => *join == kept(root, awaited),
                (Wake::Failed(value), Out::Err(expected)) => number(*value) == expected,
                (Wake::Faulted(..), Out::Aggregate | Out::EmptyJoin | Out::Deadlock) => true,
                (Wake::AwaitedCancelled(_), Out::Cancelled) | (Wake::AwaitedAbandoned, Out::Abandoned) => true,
                _ => false,
            },
            _ => false,
        };
        assert!(told, "{:?} for {why:?}", turn.wake);
        self.did("begin");
    }

    /// Ends a turn, or begins or ends a shield.
    fn end<'gc>(&mut self, mc: &Mutation<'gc>, root: &mut Root<'gc>) {
        let Some(task) = self.running() else { return };
        let (id, fresh) = (kept(root, task), self.number());
        let value = cell(mc, fresh);
        let cancelled = self.model.tasks[task].cancelled;
        match self.random.below(12) {
            0 | 1 => {
                let end = root.tasks.complete(id, value).unwrap();
                assert_eq!(end == TurnEnd::Cancelled, cancelled);
                self.model.end(task, if cancelled { Out::Cancelled } else { Out::Ok(Some(fresh)) });
                self.did("complete a turn");
            }
            2 => {
                root.tasks.fail(id, value).unwrap();
                self.model.end(task, Out::Err(fresh));
                self.did("fail");
            }
            3 => {
                root.tasks.end_cancelled(id).unwrap();
                self.model.end(task, Out::Cancelled);
            }
            4 => {
                root.tasks.yield_now(id, value).unwrap();
                self.model.requeue(task, Why::Yielded, fresh);
            }
            5 => {
                let until = root.tasks.now() + Duration::from_secs(1 << 30);
                root.tasks.begin_shield(id, until).unwrap();
                self.model.tasks[task].shields += 1;
                self.did("shield");
            }
            6 => {
                let ended = root.tasks.end_shield(id);
                assert_eq!(ended.is_ok(), self.model.tasks[task].shields > 0);
                if ended.is_ok() {
                    self.model.end_shield(task);
                }
            }
            _ => {
                let Some(awaited) = self.pick(|_| true) else { return };
                let other = kept(root, awaited);
                let end = root.tasks.suspend(id, other, value).unwrap();
                let open = self.model.tasks[awaited].out.is_none();
                self.model.suspend(task, awaited, open && end == TurnEnd::Ready, fresh);
                self.did("suspend");
            }
        }
    }

    /// Compares everything.
    pub(crate) fn check<'gc>(&self, mc: &Mutation<'gc>, root: &mut Root<'gc>) {
        let mut expected = vec![];
        let (mut outstanding, mut unsettled, mut detached) = (0, 0, 0);
        for (index, task) in self.model.tasks.iter().enumerate() {
            let id = kept(root, index);
            if task.gone {
                assert_eq!(root.tasks.status(id), Err(TaskError::Stale { task: id.name() }), "{index}: {task:?}");
                expected.extend(task.holds.filter(|_| task.undelivered > 0));
                continue;
            }
            outstanding += 1;
            unsettled += usize::from(task.out.is_none());
            detached += usize::from(task.detached && task.out.is_none());
            expected.extend(task.holds);
            let outcome = root.tasks.outcome(id).ok().map(|outcome| say(&outcome));
            assert_eq!(outcome, task.out.as_ref().map(Out::show), "{index}: {task:?}");
            let status = root.tasks.status(id).unwrap();
            assert_eq!(status.is_settled(), task.out.is_some());
            if task.out.is_none() && !matches!(task.kind, Kind::Join { winner: Some(_), .. }) {
                assert_eq!(status == TaskStatus::Cancelling, task.cancelled, "{index}: {task:?}");
            }
            assert_eq!(root.tasks.is_detached(id), Ok(task.detached));
            let scope = root.tasks.scope_of(id).unwrap().map(TaskId::name);
            assert_eq!(scope, task.scope.map(|scope| kept(root, scope).name()));
            match &task.kind {
                Kind::Join { parts, .. } => {
                    let shown = root.tasks.parts(id).unwrap().map(|part| part.map(|part| say(&part)));
                    let parts = parts.iter().map(|part| part.as_ref().map(Out::show));
                    assert!(shown.eq(parts), "{index}: {task:?}");
                    let Kind::Join { parts, .. } = &task.kind else { unreachable!() };
                    expected.extend(parts.iter().flatten().filter_map(Out::value));
                }
                Kind::Scope { members, .. } => {
                    let shown = root.tasks.members(id).unwrap().map(TaskId::name);
                    assert!(shown.eq(members.iter().map(|&member| kept(root, member).name())), "{index}: {task:?}");
                }
                _ => {}
            }
        }
        assert_eq!(root.tasks.outstanding(), outstanding);
        assert_eq!(root.tasks.unsettled(), unsettled);
        assert_eq!(root.tasks.detached().len(), detached);
        let mut found = census(mc, root);
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

/// An outcome as the model shows it: without reasons.
fn say(outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::Cancelled(_) => "cancelled ".into(),
        Outcome::Fault(Fault::Deadlock(_)) => "Deadlock".into(),
        other => show(other),
    }
}

/// Everything ends, whatever state it is in; then nothing is rooted.
fn wind_up<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, world: &mut World) {
    world.completers.clear();
    assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
    for index in 0..root.stack.len() {
        let task = kept(root, index);
        let _ = root.tasks.close_scope(task);
        if root.tasks.status(task).is_ok() && matches!(world.model.tasks[index].kind, Kind::Running) {
            let _ = root.tasks.complete(task, Value::NIL);
        }
    }
    // A loser in a shield may await the join that awaits its end: until the shield has passed.
    for _ in 0..2 {
        while let Some(turn) = root.tasks.begin() {
            root.tasks.complete(turn.task, turn.value).unwrap();
        }
        assert!(root.tasks.advance(Duration::from_secs(1 << 31)));
        root.tasks.poll_timers();
    }
    if root.tasks.unsettled() > 0 {
        for index in 0..root.stack.len() {
            let id = kept(root, index);
            if root.tasks.status(id).is_ok_and(|s| !s.is_settled()) {
                println!("DBG {index} {:?} {:?}", root.tasks.status(id), world.model.tasks[index]);
            }
        }
    }
    assert_eq!(root.tasks.unsettled(), 0, "nothing waits for ever, since cycles are refused");
    assert_eq!((root.tasks.open_timers(), root.tasks.detached().len()), (0, 0));
    for index in 0..root.stack.len() {
        let task = kept(root, index);
        let _ = root.tasks.release(task);
    }
    assert_eq!(root.tasks.outstanding(), 0);
    assert_eq!(census(mc, root), [0i32; 0]);
}

/// A run, and what it did.
pub(crate) fn history(seed: u64, steps: usize, prepare: impl FnOnce(&mut Root<'_>)) -> World {
    let what = [What::Minor, What::Slice, What::Full, What::Compact, What::Random][seed as usize % 5];
    let mut heap = heap_of(HeapConfig::from_env().with_zeal(Zeal::of(what, seed)));
    heap.mutate(|mc, root| {
        root.tasks = TaskScheduler::new(mc).with_clock(Clock::Virtual);
        prepare(root);
    });
    let mut world = World::new(seed);
    for _ in 0..steps {
        heap.mutate(|mc, root| {
            world.step(mc, root);
            world.check(mc, root);
        });
        heap.safepoint().unwrap();
        heap.mutate(|mc, root| world.check(mc, root));
    }
    heap.mutate(|mc, root| wind_up(mc, root, &mut world));
    world
}

#[test]
fn random_joins_scopes_shields_and_graces_are_as_in_the_naive_model() {
    let mut done: HashMap<&str, u32> = HashMap::new();
    for seed in 0..60 {
        let world = history(seed, 250, |_| {});
        for (what, count) in world.done {
            *done.entry(what).or_default() += count;
        }
        let hopeless = world.model.tasks.iter().filter(|task| task.out == Some(Out::Deadlock)).count();
        *done.entry("hopeless").or_default() += hopeless as u32;
    }
    assert!(done["hopeless"] > 0, "{done:?}");
    for what in ["born cancelled", "adopt refused", "join refused", "owning join", "pass", "shield", "cancel", "take"] {
        assert!(done.get(what).is_some_and(|&count| count > 10), "{what} is not tested: {done:?}");
    }
}

#[test]
#[ignore = "a longer run"]
fn long_random_joins_scopes_shields_and_graces_are_as_in_the_naive_model() {
    for seed in 1000..2000 {
        history(seed, 600, |_| {});
    }
}
