//! Seeded order: the same seed gives the same run, other seeds other runs, and every seed keeps the semantics.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use mangrove_gc::{Gc, Heap, HeapConfig, Mutation, Value, What, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;

fn seeded_heap(config: HeapConfig, policy: Policy) -> Heap<Machine> {
    let mut heap = heap_of(config);
    heap.mutate(|mc, root| {
        root.tasks = TaskScheduler::new(mc).with_clock(Clock::Virtual).with_policy(policy);
        assert_eq!(root.tasks.policy(), policy);
    });
    heap
}

/// Yields, sleeps, awaits an external, spawns and joins; each step is logged with the number of the task.
fn works<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, turn: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
    let number = number(frame.a);
    root.log.push(number * 100 + frame.pc);
    let point = root.tasks.draw(4);
    root.log.push(-1 - point as i32);
    let next = at(mc, frame, frame.pc + 1, Value::NIL);
    match frame.pc {
        0 | 3 => Step::Yield(next),
        1 => {
            let timer = root.tasks.sleep(Duration::from_millis(number as u64 % 3)).unwrap();
            Step::Await(timer, next)
        }
        2 => {
            let (external, completer) = root.tasks.external().unwrap();
            // From a thread, that ends before the inbox is looked at.
            std::thread::spawn(move || completer.complete(7)).join().unwrap();
            Step::Await(external, next)
        }
        4 => {
            let children = [1, 2, 3].map(|child| go(mc, root, give, cell(mc, number * 10 + child)));
            let join = root.tasks.join(JoinKind::All, &children).unwrap();
            Step::Await(join, next)
        }
        _ => {
            let Wake::Joined(join) = turn.wake else { panic!("{:?}", turn.wake) };
            let sum = root.tasks.parts(join).unwrap().map(|part| crate::machine::number(part.unwrap().ok().unwrap()));
            let sum = sum.sum();
            Step::Done(cell(mc, sum))
        }
    }
}

/// The hash of the whole run, and of the order of its turns without collections.
fn run(policy: Policy, zeal: u64) -> (u64, Vec<i32>) {
    let config = HeapConfig::default().with_zeal(Zeal::of(What::Random, zeal));
    let mut heap = seeded_heap(config, policy);
    let tickets: Vec<_> = heap.mutate(|mc, root| {
        let tasks: Vec<_> = (0..8).map(|number| go(mc, root, works, cell(mc, number))).collect();
        tasks.into_iter().map(|task| root.tasks.ticket(task).unwrap()).collect()
    });
    let mut hash = DefaultHasher::new();
    loop {
        let slice = poll_once(&mut heap, None).unwrap();
        let collections = heap.stats().collections();
        heap.mutate(|_, root| (&root.log, collections).hash(&mut hash));
        if let Slice::Idle(idle) = slice {
            assert_eq!(idle.waiting, 0);
            break;
        }
    }
    for (number, ticket) in tickets.iter().enumerate() {
        assert_eq!(outcome_of(&mut heap, ticket), format!("ok {}", number * 30 + 6));
    }
    heap.verify().unwrap();
    let log = heap.mutate(|_, root| root.log.clone());
    for number in 0..8 {
        let steps: Vec<_> = log.iter().filter(|&&step| step >= 0 && step / 100 == number).collect();
        assert_eq!(steps, [0, 1, 2, 3, 4, 5].map(|pc| number * 100 + pc).iter().collect::<Vec<_>>());
    }
    (hash.finish(), log)
}

#[test]
fn one_seed_gives_one_run() {
    let mut runs = HashSet::new();
    for seed in 0..20 {
        let first = run(Policy::Seeded(seed), seed);
        assert_eq!(first, run(Policy::Seeded(seed), seed), "seed {seed}");
        assert!(runs.insert(first.1), "seed {seed} gave the order of another");
    }
    let fifo = run(Policy::Fifo, 1);
    assert_eq!(fifo, run(Policy::Fifo, 1));
    assert!(fifo.1.iter().all(|&step| step >= -1), "nothing is drawn in FIFO order");
    assert_eq!(fifo.1, run(Policy::Fifo, 2).1, "and collections change no order");
    assert_eq!(run(Policy::Seeded(3), 1).1, run(Policy::Seeded(3), 2).1);
    assert_ne!(run(Policy::Seeded(3), 1).0, run(Policy::Seeded(3), 2).0, "the points of collection are the heap's");
}

#[test]
fn any_ready_task_may_be_next() {
    let mut orders = HashSet::new();
    for seed in 0..400 {
        let mut heap = seeded_heap(HeapConfig::from_env(), Policy::Seeded(seed));
        heap.mutate(|_, root| {
            for number in 0..4 {
                root.tasks.spawn(Value::int(number)).unwrap();
            }
            let mut order = vec![];
            while let Some(turn) = root.tasks.begin() {
                order.extend(turn.value.as_int());
                root.tasks.complete(turn.task, Value::NIL).unwrap();
            }
            orders.insert(order);
        });
    }
    assert_eq!(orders.len(), 24);
}

#[test]
fn a_safepoint_is_before_all_others_with_any_seed() {
    for seed in 0..50 {
        let mut heap = seeded_heap(HeapConfig::from_env(), Policy::Seeded(seed));
        heap.mutate(|_, root| {
            for number in 0..5 {
                root.tasks.spawn(Value::int(number)).unwrap();
            }
            let turn = root.tasks.begin().unwrap();
            root.tasks.at_safepoint(turn.task, turn.value).unwrap();
            assert_eq!(root.tasks.begin().unwrap().task, turn.task);
            assert_eq!(root.tasks.ready(), 4);
        });
    }
}

#[test]
fn what_arrives_together_comes_in_an_order_of_the_seed_not_of_the_threads() {
    let mut orders = HashSet::new();
    for seed in 0..100 {
        let arrive = |sent: [usize; 4]| {
            let mut heap = seeded_heap(HeapConfig::from_env(), Policy::Seeded(seed));
            heap.mutate(|mc, root| {
                let (tasks, mut completers): (Vec<_>, Vec<_>) =
                    (0..4).map(|_| root.tasks.external().unwrap()).map(|(task, c)| (task, Some(c))).unzip();
                for number in sent {
                    completers[number].take().unwrap().complete(1);
                }
                assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
                let seqs = tasks.iter().map(|&task| root.tasks.seq(task).unwrap().unwrap());
                seqs.collect::<Vec<_>>()
            })
        };
        let order = arrive([0, 1, 2, 3]);
        assert_eq!(order, arrive([3, 1, 2, 0]), "seed {seed}");
        orders.insert(order);
    }
    assert_eq!(orders.len(), 24);
}

#[test]
fn drawing_changes_no_order() {
    let order = |draws: usize| {
        let mut heap = seeded_heap(HeapConfig::from_env(), Policy::Seeded(5));
        heap.mutate(|_, root| {
            for number in 0..20 {
                root.tasks.spawn(Value::int(number)).unwrap();
            }
            let mut order = vec![];
            while let Some(turn) = root.tasks.begin() {
                for _ in 0..draws {
                    assert!(root.tasks.draw(3) < 3);
                }
                order.extend(turn.value.as_int());
                root.tasks.complete(turn.task, Value::NIL).unwrap();
            }
            assert_eq!(root.tasks.draw(0), 0);
            order
        })
    };
    assert_eq!(order(0), order(3));
    assert_ne!(order(0), (0..20).collect::<Vec<_>>());
}

/// Tasks are cancelled while they are ready, in the list and in the bag.
#[test]
fn a_ready_task_that_is_cancelled_is_not_chosen() {
    for seed in 0..100 {
        let mut heap = seeded_heap(HeapConfig::from_env(), Policy::Seeded(seed));
        heap.mutate(|mc, root| {
            let mut left = 0;
            for round in 0..60 {
                let task = root.tasks.spawn(cell(mc, round)).unwrap();
                root.stack.push(task.into());
                left += 1;
                if root.tasks.draw(3) == 0 {
                    let turn = root.tasks.begin().unwrap();
                    root.tasks.complete(turn.task, turn.value).unwrap();
                    left -= 1;
                }
                let index = root.tasks.draw(root.stack.len());
                let victim = kept(root, index);
                if root.tasks.cancel(victim, Reason::NONE) == Ok(CancelEnd::Ended) {
                    left -= 1;
                }
                assert_eq!(root.tasks.ready(), left);
            }
            while let Some(turn) = root.tasks.begin() {
                root.tasks.complete(turn.task, turn.value).unwrap();
                left -= 1;
            }
            assert_eq!((left, root.tasks.unsettled()), (0, 0));
        });
    }
}
