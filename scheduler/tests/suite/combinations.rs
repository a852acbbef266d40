//! Every state of a task × every operation on it × whether the code that did it panics then × every kind of collection
//! at each step, in the manner of tokio's `task_combinations`. Cells that cannot be are pruned, each with the reason.

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mangrove_gc::{Collect, Mutation, Value};
use mangrove_scheduler::*;

use crate::machine::*;

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Fresh,
    Running,
    RunningCancelled,
    Waiting,
    WaitingInShield,
    Yielded,
    AtSafepoint,
    ToldOfCancel,
    Delivered,
    BornWaiting,
    BornDelivered,
    Deferred,
    External,
    Join,
    OwningJoin,
    ClosingJoin,
    Scope,
    StoppingScope,
    Detached,
    Completed,
    Failed,
    Cancelled,
    Abandoned,
    Taken,
}
use State::*;

const STATES: [State; 24] = [
    Fresh,
    Running,
    RunningCancelled,
    Waiting,
    WaitingInShield,
    Yielded,
    AtSafepoint,
    ToldOfCancel,
    Delivered,
    BornWaiting,
    BornDelivered,
    Deferred,
    External,
    Join,
    OwningJoin,
    ClosingJoin,
    Scope,
    StoppingScope,
    Detached,
    Completed,
    Failed,
    Cancelled,
    Abandoned,
    Taken,
];

#[derive(Clone, Copy, PartialEq, Debug)]
enum Op {
    Complete,
    Fail,
    EndCancelled,
    EndPanicked,
    Yield,
    Safepoint,
    Await,
    AwaitItself,
    BeginShield,
    EndShield,
    Cancel,
    Release,
    Take,
    Outcome,
    Adopt,
    AdoptIntoCancelled,
    LoseRace,
    JoinIt,
    Settle,
    SpawnAfter,
}

const OPS: [Op; 20] = [
    Op::Complete,
    Op::Fail,
    Op::EndCancelled,
    Op::EndPanicked,
    Op::Yield,
    Op::Safepoint,
    Op::Await,
    Op::AwaitItself,
    Op::BeginShield,
    Op::EndShield,
    Op::Cancel,
    Op::Release,
    Op::Take,
    Op::Outcome,
    Op::Adopt,
    Op::AdoptIntoCancelled,
    Op::LoseRace,
    Op::JoinIt,
    Op::Settle,
    Op::SpawnAfter,
];

impl Op {
    /// It is about the turn that a task has.
    fn of_turn(self) -> bool {
        use Op::*;
        matches!(
            self,
            Complete
                | Fail
                | EndCancelled
                | EndPanicked
                | Yield
                | Safepoint
                | Await
                | AwaitItself
                | BeginShield
                | EndShield
        )
    }
}

impl State {
    fn runs(self) -> bool {
        matches!(self, Running | RunningCancelled)
    }

    fn settled(self) -> bool {
        matches!(self, Completed | Failed | Cancelled | Abandoned)
    }

    fn status(self) -> Option<TaskStatus> {
        Some(match self {
            Fresh | Yielded | AtSafepoint | Delivered | BornDelivered => TaskStatus::Ready,
            Running => TaskStatus::Running,
            Waiting | WaitingInShield | BornWaiting | Deferred => TaskStatus::Waiting,
            External | Join | OwningJoin | ClosingJoin | Scope => TaskStatus::Waiting,
            RunningCancelled | ToldOfCancel | StoppingScope | Detached => TaskStatus::Cancelling,
            Completed => TaskStatus::Completed,
            Failed => TaskStatus::Failed,
            Cancelled => TaskStatus::Cancelled,
            Abandoned => TaskStatus::Abandoned,
            Taken => return None,
        })
    }

    fn cancelled(self) -> Option<TaskStatus> {
        match self {
            Fresh | BornWaiting | BornDelivered | Deferred | External | Join => Some(TaskStatus::Cancelled),
            Running | Waiting | WaitingInShield | Yielded | AtSafepoint | Delivered | OwningJoin | Scope => {
                Some(TaskStatus::Cancelling)
            }
            // Decided before the cancel.
            ClosingJoin => Some(TaskStatus::Waiting),
            other => other.status(),
        }
    }
}

/// The status after it, `None` for a stale id; or that it is refused.
fn expected(state: State, op: Op) -> Result<Option<TaskStatus>, ()> {
    let told = state == RunningCancelled;
    if state == Taken || op.of_turn() && !state.runs() {
        return Err(());
    }
    Ok(match op {
        Op::Complete if told => Some(TaskStatus::Cancelled),
        Op::Complete => Some(TaskStatus::Completed),
        Op::Fail | Op::EndPanicked => Some(TaskStatus::Failed),
        Op::EndCancelled => Some(TaskStatus::Cancelled),
        Op::Yield | Op::Safepoint | Op::Await | Op::AwaitItself if told => Some(TaskStatus::Cancelling),
        Op::Yield | Op::Safepoint | Op::AwaitItself => Some(TaskStatus::Ready),
        Op::Await => Some(TaskStatus::Waiting),
        Op::BeginShield => state.status(),
        Op::EndShield => return Err(()),
        Op::Cancel | Op::AdoptIntoCancelled | Op::LoseRace => state.cancelled(),
        Op::Release => state.status().filter(|_| !state.settled()),
        Op::Take if state.settled() => None,
        Op::Take => return Err(()),
        Op::Outcome if state.settled() => state.status(),
        Op::Outcome => return Err(()),
        Op::Adopt | Op::JoinIt | Op::SpawnAfter => state.status(),
        Op::Settle if matches!(state, Deferred | External) => Some(TaskStatus::Completed),
        Op::Settle => return Err(()),
    })
}

/// Why a cell is not run.
fn pruned(state: State, op: Op, panics: bool) -> Option<&'static str> {
    if panics && expected(state, op).is_err() {
        return Some("a refused call changes nothing: the panic after it is that of a cell without it");
    }
    if panics && op == Op::EndPanicked {
        return Some("a panic ends a turn once");
    }
    None
}

/// The subject is `stack[0]`, the task that acts `stack[1]`, an external that stays open `stack[2]`, a settled task
/// `stack[3]`. The value of the subject is 7.
fn prepare<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, state: State) -> Vec<Completer> {
    root.tasks = TaskScheduler::new(mc).with_clock(Clock::Virtual);
    let actor = root.tasks.spawn(Value::NIL).unwrap();
    let settled = root.tasks.spawn(Value::NIL).unwrap();
    assert_eq!(root.tasks.begin().unwrap().task, actor);
    finish(root, Value::int(5));
    let (external, completer) = root.tasks.external().unwrap();
    let mut completers = vec![completer];
    let seven = cell(mc, 7);
    let run = |root: &mut Root<'gc>| {
        let task = root.tasks.spawn(seven).unwrap();
        assert_eq!(root.tasks.begin().unwrap().task, task);
        task
    };
    let wait = |root: &mut Root<'gc>| {
        let task = run(root);
        root.tasks.suspend(task, external, seven).unwrap();
        task
    };
    let far = Duration::from_secs(1000);
    let subject = match state {
        Fresh => root.tasks.spawn(seven).unwrap(),
        Running => run(root),
        RunningCancelled => {
            let task = run(root);
            root.tasks.cancel(task, Reason::NONE).unwrap();
            task
        }
        Waiting => wait(root),
        WaitingInShield => {
            let task = run(root);
            root.tasks.begin_shield(task, far).unwrap();
            root.tasks.suspend(task, external, seven).unwrap();
            task
        }
        Yielded => {
            let task = run(root);
            root.tasks.yield_now(task, seven).unwrap();
            task
        }
        AtSafepoint => {
            let task = run(root);
            root.tasks.at_safepoint(task, seven).unwrap();
            task
        }
        ToldOfCancel => {
            let task = wait(root);
            root.tasks.cancel(task, Reason::NONE).unwrap();
            task
        }
        Delivered => {
            let task = run(root);
            root.tasks.suspend(task, settled, seven).unwrap();
            task
        }
        BornWaiting => root.tasks.spawn_after(external, seven).unwrap(),
        BornDelivered => root.tasks.spawn_after(settled, seven).unwrap(),
        Deferred => root.tasks.deferred().unwrap(),
        External => {
            let (task, completer) = root.tasks.external().unwrap();
            completers.push(completer);
            task
        }
        Join => root.tasks.join(JoinKind::All, &[external]).unwrap(),
        OwningJoin | ClosingJoin => {
            let task = wait(root);
            let tasks = if state == ClosingJoin { vec![task, settled] } else { vec![task] };
            root.tasks.join_with(JoinKind::Any, &tasks, JoinOptions::OWN).unwrap()
        }
        Scope | StoppingScope => {
            let scope = root.tasks.scope(ScopeOptions::default()).unwrap();
            let task = wait(root);
            root.tasks.adopt(scope, task).unwrap();
            if state == StoppingScope {
                root.tasks.cancel(scope, Reason::NONE).unwrap();
            }
            scope
        }
        Detached => {
            let task = wait(root);
            let grace = Some(Duration::ZERO);
            let scope = root.tasks.scope(ScopeOptions { grace, ..Default::default() }).unwrap();
            root.tasks.adopt(scope, task).unwrap();
            root.tasks.cancel(scope, Reason::NONE).unwrap();
            root.tasks.poll_timers();
            assert_eq!(root.tasks.is_detached(task), Ok(true));
            root.tasks.take(scope).unwrap();
            task
        }
        Completed | Taken => {
            let task = run(root);
            root.tasks.complete(task, seven).unwrap();
            if state == Taken {
                root.tasks.take(task).unwrap();
            }
            task
        }
        Failed => {
            let task = run(root);
            root.tasks.fail(task, seven).unwrap();
            task
        }
        Cancelled => {
            let task = root.tasks.spawn(seven).unwrap();
            root.tasks.cancel(task, Reason::NONE).unwrap();
            task
        }
        Abandoned => {
            let (task, completer) = root.tasks.external().unwrap();
            drop(completer);
            assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
            task
        }
    };
    root.stack = [subject, actor, external, settled].map(Value::from).into();
    completers
}

fn act<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, op: Op) -> Result<(), TaskError> {
    let [subject, external, settled] = [0, 2, 3].map(|index| kept(root, index));
    let eight = cell(mc, 8);
    let tasks = &mut root.tasks;
    match op {
        Op::Complete => tasks.complete(subject, eight).map(drop),
        Op::Fail => tasks.fail(subject, eight).map(drop),
        Op::EndCancelled => tasks.end_cancelled(subject).map(drop),
        Op::EndPanicked => tasks.fail_panicked(subject, "boom").map(drop),
        Op::Yield => tasks.yield_now(subject, eight).map(drop),
        Op::Safepoint => tasks.at_safepoint(subject, eight).map(drop),
        Op::Await => tasks.suspend(subject, external, eight).map(drop),
        Op::AwaitItself => tasks.suspend(subject, subject, eight).map(drop),
        Op::BeginShield => tasks.begin_shield(subject, Duration::from_secs(1)),
        Op::EndShield => tasks.end_shield(subject),
        Op::Cancel => tasks.cancel(subject, "cell".into()).map(drop),
        Op::Release => tasks.release(subject).map(drop),
        Op::Take => tasks.take(subject).map(drop),
        Op::Outcome => tasks.outcome(subject).map(drop),
        Op::Adopt | Op::AdoptIntoCancelled => {
            let scope = tasks.scope(ScopeOptions::default()).unwrap();
            let other = tasks.spawn_in(scope, Value::NIL).unwrap();
            if op == Op::AdoptIntoCancelled {
                tasks.cancel(scope, Reason::NONE).unwrap();
            } else {
                tasks.close_scope(scope).unwrap();
            }
            tasks.release(scope).unwrap();
            tasks.release(other).unwrap();
            match tasks.adopt(scope, subject) {
                // A cancelled scope without tasks has ended, and was released: that is not what is tested.
                Err(TaskError::Stale { task }) if task == scope.name() => tasks.cancel(subject, Reason::NONE).map(drop),
                done => done,
            }
        }
        Op::LoseRace => tasks.join_with(JoinKind::Race, &[settled, subject], JoinOptions::OWN).map(|race| {
            tasks.release(race).unwrap();
        }),
        Op::JoinIt => {
            let join = tasks.join(JoinKind::AllSettled, &[subject, subject])?;
            tasks.release(join).unwrap();
            Ok(())
        }
        Op::Settle => tasks.settle(subject, Ok(eight)),
        Op::SpawnAfter => tasks.spawn_after(subject, Value::NIL).map(|after| {
            tasks.release(after).unwrap();
        }),
    }
}

fn cell_of_the_table(state: State, op: Op, panics: bool, collect: Collect) {
    let mut heap = heap();
    let completers = heap.mutate(|mc, root| prepare(mc, root, state));
    heap.collect(collect).unwrap();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        heap.mutate(|mc, root| {
            let done = act(mc, root, op);
            assert_eq!(done.is_ok(), expected(state, op).is_ok(), "{done:?}");
            if panics {
                std::panic::resume_unwind(Box::new("boom"));
            }
        })
    }));
    assert_eq!(ended.is_err(), panics, "{state:?}, {op:?}");
    heap.mutate(|mc, root| {
        if panics {
            let actor = kept(root, 1);
            root.tasks.fail_panicked(actor, "boom").unwrap();
        }
        check(mc, root, state, op);
    });
    heap.collect(collect).unwrap();
    heap.verify().unwrap();
    heap.mutate(|mc, root| {
        check(mc, root, state, op);
        wind_up(mc, root, completers);
    });
}

/// Status and value are those of the cell.
fn check<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, state: State, op: Op) {
    let subject = kept(root, 0);
    let after = expected(state, op).unwrap_or(state.status());
    assert_eq!(root.tasks.status(subject).ok(), after);
    // Its value: the one that it had, or that the operation gave it; none once it is cancelled or gone.
    let replaced = expected(state, op).is_ok() && (op.of_turn() && op != Op::BeginShield || op == Op::Settle);
    let of_task = |status: TaskStatus| match (state, status) {
        (_, TaskStatus::Cancelled | TaskStatus::Abandoned) => None,
        (_, TaskStatus::Failed) if replaced && op == Op::EndPanicked => None,
        (Deferred | External | Join, _) if !replaced => None,
        // The value of the task that it owns.
        (OwningJoin | ClosingJoin | Scope | StoppingScope, _) => Some(7),
        _ => Some(if replaced { 8 } else { 7 }),
    };
    let values: Vec<_> = census(mc, root).into_iter().filter(|number| [7, 8].contains(number)).collect();
    let expected: Vec<_> = after.and_then(of_task).into_iter().collect();
    assert_eq!(values, expected);
}

/// Everything comes to its end from there.
fn wind_up<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, completers: Vec<Completer>) {
    drop(completers);
    for index in 0..2 {
        let task = kept(root, index);
        let _ = root.tasks.cancel(task, "the end".into());
        if root.tasks.status(task) == Ok(TaskStatus::Cancelling) {
            let _ = root.tasks.end_cancelled(task);
        }
    }
    assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
    while let Some(turn) = root.tasks.begin() {
        root.tasks.complete(turn.task, turn.value).unwrap();
    }
    assert_eq!((root.tasks.unsettled(), root.tasks.open_timers(), root.tasks.detached().len()), (0, 0, 0));
    let all: Vec<_> = root.stack.drain(..).collect();
    for value in all {
        let task = TaskId::from_value(value).unwrap();
        let _ = root.tasks.release(task);
    }
    let heap_values = census(mc, root);
    assert!(heap_values.iter().all(|&number| number != 8), "{heap_values:?}");
}

#[test]
fn every_state_takes_every_operation_with_and_without_a_panic_under_every_collection() {
    let (mut run, mut left_out) = (0, 0);
    for state in STATES {
        for op in OPS {
            for panics in [false, true] {
                if pruned(state, op, panics).is_some() {
                    left_out += 1;
                    continue;
                }
                for collect in [Collect::Minor, Collect::Full, Collect::Compact] {
                    let cell = || cell_of_the_table(state, op, panics, collect);
                    let done = catch_unwind(AssertUnwindSafe(cell));
                    assert!(done.is_ok(), "{state:?}, {op:?}, panics: {panics}, {collect:?}");
                    run += 1;
                }
            }
        }
    }
    assert_eq!(run / 3 + left_out, STATES.len() * OPS.len() * 2);
}
