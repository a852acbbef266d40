//! Random histories against a model that knows only the table of SEMANTICS: after every transition, what the
//! scheduler roots is exactly what the model holds.

use mangrove_gc::{Heap, HeapConfig, Mutation, Value, What, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;

/// What the model knows of a task that is kept on the VM's stack at the same index.
#[derive(Clone, Debug)]
enum Shadow {
    /// Not settled; the number it roots, if any.
    Open {
        holds: Option<i32>,
        running: bool,
    },
    /// Not settled, and settled by the VM.
    Deferred,
    /// Not settled, in no queue until the task at this index settles, and the number it roots.
    BornWaiting {
        after: usize,
        holds: i32,
    },
    /// Settled; the number it roots, if any.
    Settled(Option<i32>),
    Gone,
}

struct Random(u64);
impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }
}

#[derive(Default)]
struct World {
    tasks: Vec<Shadow>,
    /// For each task, whether it is to be told of another that has settled, and of which.
    told_of: Vec<Option<usize>>,
    /// Numbers of outcomes that were taken, each with the index of its task.
    taken: Vec<(usize, i32)>,
    fresh: i32,
}

impl World {
    fn number(&mut self) -> i32 {
        self.fresh += 1;
        self.fresh
    }

    fn add<'gc>(&mut self, root: &mut Root<'gc>, task: Value<'gc>, shadow: Shadow) {
        root.stack.push(task);
        self.tasks.push(shadow);
        self.told_of.push(None);
    }

    /// A task has settled, or is settled: those that were born waiting for it are in the queue.
    fn settled(&mut self, index: usize, holds: Option<i32>) {
        self.tasks[index] = Shadow::Settled(holds);
        for (shadow, told_of) in self.tasks.iter_mut().zip(&mut self.told_of) {
            if let Shadow::BornWaiting { after, holds } = *shadow
                && after == index
            {
                *shadow = Shadow::Open { holds: Some(holds), running: false };
                *told_of = Some(index);
            }
        }
    }

    /// A task is not to be told any more: the last one lets go what was taken.
    fn was_told(&mut self, index: usize) {
        if let Some(of) = self.told_of[index].take() {
            let last = !self.told_of.contains(&Some(of));
            self.taken.retain(|(task, _)| !(last && *task == of));
        }
    }

    fn pick(&self, random: &mut Random, wanted: impl Fn(&Shadow) -> bool) -> Option<usize> {
        let found: Vec<_> = (0..self.tasks.len()).filter(|&index| wanted(&self.tasks[index])).collect();
        (!found.is_empty()).then(|| found[random.below(found.len())])
    }

    /// One transition of callables and deferreds, which await each other only at birth: all that they root is known.
    fn step<'gc>(&mut self, mc: &Mutation<'gc>, root: &mut Root<'gc>, random: &mut Random) {
        match random.below(14) {
            0..=2 => {
                let number = self.number();
                let task = root.tasks.spawn(cell(mc, number)).unwrap();
                self.add(root, task.into(), Shadow::Open { holds: Some(number), running: false });
            }
            3 | 4 => {
                let turn = root.tasks.begin();
                let ready = self.pick(random, |shadow| matches!(shadow, Shadow::Open { running: false, .. }));
                assert_eq!(turn.is_some(), ready.is_some(), "everything open is in the queue or running");
                if let Some(turn) = turn {
                    let index = (0..root.stack.len()).find(|&index| kept(root, index) == turn.task).unwrap();
                    let Shadow::Open { holds, running } = &mut self.tasks[index] else { panic!("{turn:?}") };
                    assert_eq!(Some(number(turn.value)), *holds);
                    *running = true;
                    let is_told = matches!(turn.wake, Wake::Settled(_) | Wake::Failed(_) | Wake::AwaitedCancelled(_));
                    assert_eq!(is_told, self.told_of[index].is_some());
                    self.was_told(index);
                }
            }
            5..=7 => {
                let Some(index) = self.pick(random, |shadow| matches!(shadow, Shadow::Open { running: true, .. }))
                else {
                    return;
                };
                let (task, fresh) = (kept(root, index), self.number());
                let value = cell(mc, fresh);
                let cancelling = root.tasks.status(task) == Ok(TaskStatus::Cancelling);
                match random.below(5) {
                    0 => {
                        root.tasks.complete(task, value).unwrap();
                        self.settled(index, (!cancelling).then_some(fresh));
                    }
                    1 => {
                        root.tasks.fail(task, value).unwrap();
                        self.settled(index, Some(fresh));
                    }
                    2 => {
                        root.tasks.end_cancelled(task).unwrap();
                        self.settled(index, None);
                    }
                    3 => {
                        root.tasks.yield_now(task, value).unwrap();
                        self.tasks[index] = Shadow::Open { holds: Some(fresh), running: false };
                    }
                    _ => {
                        root.tasks.at_safepoint(task, value).unwrap();
                        self.tasks[index] = Shadow::Open { holds: Some(fresh), running: false };
                    }
                }
            }
            8 => {
                let Some(index) = self.pick(random, |shadow| !matches!(shadow, Shadow::Gone)) else { return };
                let task = kept(root, index);
                if root.tasks.cancel(task, Reason::NONE) == Ok(CancelEnd::Ended) {
                    self.was_told(index);
                    self.settled(index, None);
                }
            }
            9 => {
                let task = root.tasks.deferred().unwrap();
                self.add(root, task.into(), Shadow::Deferred);
            }
            10 => {
                let Some(index) = self.pick(random, |shadow| matches!(shadow, Shadow::Deferred)) else { return };
                let (task, fresh) = (kept(root, index), self.number());
                let value = cell(mc, fresh);
                let result = if random.below(2) == 0 { Ok(value) } else { Err(value) };
                root.tasks.settle(task, result).unwrap();
                self.settled(index, Some(fresh));
            }
            11 | 12 => {
                let Some(after) = self.pick(random, |shadow| !matches!(shadow, Shadow::Gone)) else { return };
                let (awaited, holds) = (kept(root, after), self.number());
                let task = root.tasks.spawn_after(awaited, cell(mc, holds)).unwrap();
                if let Shadow::Settled(_) = self.tasks[after] {
                    self.add(root, task.into(), Shadow::Open { holds: Some(holds), running: false });
                    *self.told_of.last_mut().unwrap() = Some(after);
                } else {
                    self.add(root, task.into(), Shadow::BornWaiting { after, holds });
                }
            }
            _ => {
                let Some(index) = self.pick(random, |shadow| matches!(shadow, Shadow::Settled(_))) else { return };
                let task = kept(root, index);
                let outcome = root.tasks.take(task).unwrap();
                let Shadow::Settled(holds) = self.tasks[index] else { unreachable!() };
                assert_eq!(outcome.ok().or(outcome.err()).map(number), holds);
                self.tasks[index] = Shadow::Gone;
                // Those who are still to be told of it keep its value.
                if self.told_of.contains(&Some(index)) {
                    self.taken.extend(holds.map(|holds| (index, holds)));
                }
            }
        }
    }

    fn check<'gc>(&self, mc: &Mutation<'gc>, root: &mut Root<'gc>) {
        let mut expected: Vec<i32> = self
            .tasks
            .iter()
            .filter_map(|shadow| match shadow {
                Shadow::Open { holds, .. } => *holds,
                Shadow::BornWaiting { holds, .. } => Some(*holds),
                Shadow::Settled(holds) => *holds,
                Shadow::Deferred | Shadow::Gone => None,
            })
            .chain(self.taken.iter().map(|(_, holds)| *holds))
            .collect();
        let mut found = census(mc, root);
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
        let alive = self.tasks.iter().filter(|shadow| !matches!(shadow, Shadow::Gone)).count();
        assert_eq!(root.tasks.outstanding(), alive);
    }
}

/// Every other seed runs in an order of its own.
fn in_any_order(heap: &mut Heap<Machine>, seed: u64) {
    if seed % 2 == 1 {
        heap.mutate(|mc, root| root.tasks = TaskScheduler::new(mc).with_policy(Policy::Seeded(seed)));
    }
}

#[test]
fn the_census_is_the_model_after_every_transition() {
    for seed in 0..12 {
        let what = [What::Minor, What::Slice, What::Full, What::Compact, What::Random][seed as usize % 5];
        let mut heap = heap_of(HeapConfig::from_env().with_zeal(Zeal::of(what, seed)));
        in_any_order(&mut heap, seed);
        let (mut world, mut random) = (World::default(), Random(seed));
        for _ in 0..400 {
            heap.mutate(|mc, root| {
                world.step(mc, root, &mut random);
                world.check(mc, root);
            });
            heap.safepoint().unwrap();
            heap.mutate(|mc, root| world.check(mc, root));
        }
    }
}

/// Awaits, joins, externals and cancels at random: everything settles, nothing stays rooted, no panic.
#[test]
fn random_graphs_of_awaits_and_joins_come_to_their_end() {
    for seed in 0..40 {
        let mut heap = if seed % 4 == 0 { moving() } else { heap() };
        in_any_order(&mut heap, seed);
        let mut random = Random(seed);
        let mut completers = vec![];
        for round in 0..300 {
            heap.mutate(|mc, root| {
                let any = |root: &Root<'_>, random: &mut Random| match root.stack.len() {
                    0 => None,
                    len => Some(random.below(len)),
                };
                match random.below(15) {
                    0 | 1 => {
                        let task = root.tasks.spawn(cell(mc, round)).unwrap();
                        root.stack.push(task.into());
                    }
                    2 => {
                        let (task, completer) = root.tasks.external().unwrap();
                        root.stack.push(task.into());
                        completers.push(completer);
                    }
                    3 | 4 => {
                        let count = random.below(5);
                        let tasks: Vec<_> =
                            (0..count).filter_map(|_| any(root, &mut random)).map(|index| kept(root, index)).collect();
                        let kind = JoinKind::try_from(random.below(4) as u8).unwrap();
                        match root.tasks.join(kind, &tasks) {
                            Ok(join) => root.stack.push(join.into()),
                            Err(error) => assert!(matches!(error, TaskError::Stale { .. })),
                        }
                    }
                    5..=8 => {
                        let Some(turn) = root.tasks.begin() else { return };
                        if let Wake::Cancelled(_) = turn.wake {
                            root.tasks.end_cancelled(turn.task).unwrap();
                            return;
                        }
                        let index = any(root, &mut random).unwrap();
                        let other = kept(root, index);
                        let value = cell(mc, round);
                        match random.below(4) {
                            0 => drop(root.tasks.complete(turn.task, value).unwrap()),
                            1 => drop(root.tasks.fail(turn.task, value).unwrap()),
                            _ => {
                                if root.tasks.suspend(turn.task, other, value).is_err() {
                                    root.tasks.yield_now(turn.task, value).unwrap();
                                }
                            }
                        }
                    }
                    9 => {
                        if !completers.is_empty() {
                            let completer = completers.swap_remove(random.below(completers.len()));
                            match random.below(3) {
                                0 => completer.complete_with(move |mc| Ok(cell(mc, round))),
                                1 => completer.fail(1),
                                _ => drop(completer),
                            }
                            assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
                        }
                    }
                    10 => {
                        let task = root.tasks.deferred().unwrap();
                        root.stack.push(task.into());
                    }
                    11 => {
                        let Some(index) = any(root, &mut random) else { return };
                        let task = kept(root, index);
                        let value = cell(mc, round);
                        // Of what is no deferred, or settled, it is refused.
                        let _ = root.tasks.settle(task, if round % 2 == 0 { Ok(value) } else { Err(value) });
                    }
                    12 => {
                        let Some(index) = any(root, &mut random) else { return };
                        let awaited = kept(root, index);
                        if let Ok(task) = root.tasks.spawn_after(awaited, cell(mc, round)) {
                            root.stack.push(task.into());
                        }
                    }
                    13 => {
                        if let Some(index) = any(root, &mut random) {
                            let task = kept(root, index);
                            let _ = root.tasks.cancel(task, "random".into());
                        }
                    }
                    _ => {
                        if let Some(index) = any(root, &mut random) {
                            let task = kept(root, index);
                            let _ = root.tasks.release(task);
                        }
                    }
                }
            });
            heap.safepoint().unwrap();
        }
        completers.clear();
        // Everybody ends at the next turn; what waits is never stuck.
        heap.mutate(|mc, root| {
            assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
            for index in 0..root.stack.len() {
                let task = kept(root, index);
                let _ = root.tasks.settle(task, Ok(Value::NIL));
            }
            while let Some(turn) = root.tasks.begin() {
                root.tasks.complete(turn.task, turn.value).unwrap();
            }
            assert_eq!(root.tasks.unsettled(), 0, "seed {seed}: nothing waits for ever, since cycles are refused");
            for index in 0..root.stack.len() {
                let task = kept(root, index);
                let _ = root.tasks.take(task);
            }
            assert_eq!(root.tasks.outstanding(), 0);
            assert_eq!(census(mc, root), [0i32; 0]);
        });
    }
}
