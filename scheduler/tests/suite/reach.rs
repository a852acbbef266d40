//! Tasks that are retained while they are reachable: what is lost, and what is not.

use std::collections::{HashMap, HashSet};

use mangrove_gc::{Collect, Gc, Heap, HeapConfig, Mutation, Value, What, Zeal};
use mangrove_scheduler::*;

use crate::machine::*;

fn heap_with(config: HeapConfig) -> Heap<Machine> {
    Heap::new(config, |mc| {
        let tasks = TaskScheduler::with_retention(mc, Retain::WhileReachable);
        Ok(Root { tasks, stack: vec![], log: vec![], notes: mangrove_gc::Static(vec![]) })
    })
    .unwrap()
}

fn heap() -> Heap<Machine> {
    heap_with(HeapConfig::from_env())
}

/// How many tasks a full collection finds lost.
fn lost(heap: &mut Heap<Machine>) -> usize {
    heap.collect(Collect::Full).unwrap();
    heap.mutate(|_, root| root.tasks.lost().count())
}

fn link<'gc>(mc: &Mutation<'gc>, from: Value<'gc>, to: Value<'gc>) {
    let cell: Gc<'gc, Cell<'gc>> = from.downcast().unwrap();
    cell.write(mc).link().set(to);
}

#[test]
fn a_deferred_that_nobody_can_name_is_lost_with_all_that_awaits_it() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let task = root.tasks.deferred().unwrap();
        for number in 0..3 {
            // What waits holds the name of what it waits for: a cycle through the table.
            let callable = cell(mc, number);
            link(mc, callable, task.into());
            root.tasks.spawn_after(task, callable).unwrap();
        }
        let race = root.tasks.join(JoinKind::Race, &[task]).unwrap();
        root.tasks.spawn_after(race, cell(mc, 3)).unwrap();
    });
    assert_eq!(lost(&mut heap), 6);
    heap.mutate(|mc, root| {
        assert_eq!(census(mc, root), [0, 1, 2, 3], "kept, until they are released");
        assert_eq!(root.tasks.release_lost(), 6);
        assert_eq!((root.tasks.outstanding(), root.tasks.unsettled()), (0, 0));
        assert_eq!(census(mc, root), [0i32; 0]);
    });
    assert_eq!(lost(&mut heap), 0);
}

#[test]
fn a_name_in_a_root_an_object_or_a_ticket_keeps_a_task() {
    let mut heap = heap();
    let ticket = heap.mutate(|mc, root| {
        let [in_root, in_object, ticketed] = [(); 3].map(|()| {
            let task = root.tasks.deferred().unwrap();
            root.tasks.spawn_after(task, cell(mc, 1)).unwrap();
            task
        });
        let holder = cell(mc, 2);
        link(mc, holder, in_object.into());
        root.stack = vec![in_root.into(), holder];
        root.tasks.ticket(ticketed).unwrap()
    });
    assert_eq!(lost(&mut heap), 0);
    // One after the other is forgotten.
    heap.mutate(|_, root| root.stack[0] = Value::NIL);
    assert_eq!(lost(&mut heap), 2);
    heap.mutate(|mc, root| link(mc, root.stack[1], Value::NIL));
    assert_eq!(lost(&mut heap), 4);
    ticket.keep();
    heap.mutate(|mc, root| assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty));
    assert_eq!(lost(&mut heap), 6);
}

#[test]
fn the_name_of_what_waits_keeps_what_it_waits_for() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let task = root.tasks.deferred().unwrap();
        let waiter = root.tasks.spawn_after(task, cell(mc, 1)).unwrap();
        root.stack = vec![waiter.into()];
    });
    assert_eq!(lost(&mut heap), 0);
    heap.mutate(|_, root| {
        let waiter = kept(root, 0);
        assert_eq!(root.tasks.status(waiter), Ok(TaskStatus::Waiting));
    });
}

#[test]
fn what_can_run_keeps_what_awaits_it_and_what_it_names() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let (external, completer) = root.tasks.external().unwrap();
        keep(completer);
        let timer = root.tasks.sleep(std::time::Duration::from_secs(3600)).unwrap();
        let ready = root.tasks.spawn(cell(mc, 0)).unwrap();
        for task in [external, timer, ready] {
            // A waiter that alone can settle a deferred, which others await.
            let (named, waiter) = (root.tasks.deferred().unwrap(), cell(mc, 1));
            link(mc, waiter, named.into());
            root.tasks.spawn_after(task, waiter).unwrap();
            root.tasks.spawn_after(named, cell(mc, 2)).unwrap();
        }
    });
    assert_eq!(lost(&mut heap), 0);
    assert_eq!(heap.mutate(|_, root| root.tasks.outstanding()), 12);
}

#[test]
fn a_settled_outcome_that_nobody_can_ask_for_is_lost_and_one_on_its_way_is_not() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        root.tasks.spawn_after(task, cell(mc, 1)).unwrap();
        finish(root, cell(mc, 2));
    });
    assert_eq!(lost(&mut heap), 0, "its waiter has not heard of it");
    heap.mutate(|_, root| finish(root, Value::NIL));
    assert_eq!(lost(&mut heap), 2);
    heap.mutate(|_, root| assert!(root.tasks.lost().all(|task| root.tasks.is_resolved(task).unwrap())));
}

#[test]
fn a_lost_task_that_is_cancelled_runs_its_cleanup_and_its_group_goes_on() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let task = root.tasks.deferred().unwrap();
        let waiter = go(mc, root, follow, task.into());
        go(mc, root, follow, waiter.into());
    });
    let _ = run_until_idle(&mut heap);
    assert_eq!(lost(&mut heap), 3);
    heap.mutate(|_, root| {
        let tasks = &mut root.tasks;
        // The first that was started, and not the deferred.
        let first = tasks.lost().find(|&task| tasks.value(task).unwrap().is_heap()).unwrap();
        tasks.cancel(first, Reason::NONE).unwrap();
        assert_eq!(tasks.release_lost(), 1, "the deferred, which nothing awaits any more");
    });
    let _ = run_until_idle(&mut heap);
    heap.mutate(|_, root| {
        assert_eq!(root.notes.0, ["cancelled", "awaited cancelled"].map(|note| note.to_string() + " "))
    });
}

#[test]
fn a_slot_that_was_lost_and_is_lost_again_is_given_up_once() {
    let mut heap = heap();
    for round in 1..4 {
        heap.mutate(|_, root| {
            root.tasks.deferred().unwrap();
        });
        assert_eq!(lost(&mut heap), 1, "round {round}");
        if round < 3 {
            // Not released, but cancelled and taken: the next task has its slot.
            heap.mutate(|_, root| {
                let task = root.tasks.lost().next().unwrap();
                root.tasks.cancel(task, Reason::NONE).unwrap();
                root.tasks.take(task).unwrap();
            });
        }
    }
    heap.mutate(|_, root| assert_eq!((root.tasks.release_lost(), root.tasks.outstanding()), (1, 0)));
}

#[test]
fn a_scope_goes_with_its_tasks_or_not_at_all() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        for named in [false, true] {
            let scope = root.tasks.scope(ScopeOptions::default()).unwrap();
            let task = root.tasks.deferred().unwrap();
            let member = frame(mc, follow, task.into(), Value::NIL);
            root.tasks.spawn_in(scope, member).unwrap();
            root.tasks.close_scope(scope).unwrap();
            if named {
                root.stack.push(task.into());
            }
        }
    });
    let _ = run_until_idle(&mut heap);
    assert_eq!(lost(&mut heap), 3);
    assert_eq!(heap.mutate(|_, root| (root.tasks.release_lost(), root.tasks.outstanding())), (3, 3));
}

#[test]
fn a_weak_map_whose_value_names_a_task_keeps_it_while_its_key_lives() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let map = mc.alloc(mangrove_gc::WeakMap::new(mc)).unwrap();
        let (key, task) = (cell(mc, 0), root.tasks.deferred().unwrap());
        map.write(mc).insert(mc, key, task.into()).unwrap();
        // The key lives by what waits for the task: neither can be decided first.
        root.tasks.spawn_after(task, key).unwrap();
        root.stack = vec![map.into(), key];
    });
    assert_eq!(lost(&mut heap), 0);
    heap.mutate(|_, root| root.stack.truncate(1));
    assert_eq!(lost(&mut heap), 2);
}

#[test]
fn a_lost_task_is_found_also_where_its_neighbours_come_and_go_in_every_slice() {
    let mut heap = heap_with(HeapConfig::default().with_zeal(Zeal::of(What::Slice, 1)));
    heap.mutate(|mc, root| {
        let (task, callable) = (root.tasks.deferred().unwrap(), cell(mc, 1));
        link(mc, callable, task.into());
        root.tasks.spawn_after(task, callable).unwrap();
    });
    let slices = (0..1000).find(|_| {
        heap.mutate(|mc, root| {
            // Written, so that minor collections visit this part of the table.
            let task = root.tasks.spawn(cell(mc, 2)).unwrap();
            finish(root, Value::NIL);
            root.tasks.release(task).unwrap();
        });
        heap.safepoint().unwrap();
        heap.mutate(|_, root| root.tasks.lost().count() == 2)
    });
    assert!(slices.is_some());
}

#[derive(mangrove_gc::Trace, mangrove_gc::Object)]
struct Array<'gc> {
    items: mangrove_gc::SlotVec<'gc>,
}

#[test]
fn a_name_stored_into_a_large_array_that_is_marked_already_is_met() {
    let mut heap = heap_with(HeapConfig::default().with_zeal(Zeal::of(What::Slice, 1)));
    heap.mutate(|mc, root| {
        let array = mc.alloc(Array { items: mangrove_gc::SlotVec::new() }).unwrap();
        array.write(mc).items().resize(mc, 5000, Value::NIL).unwrap();
        let holder = cell(mc, 0);
        root.stack = vec![array.into(), holder];
    });
    let mut draw = Draw(1);
    for _ in 0..2000 {
        heap.mutate(|mc, root| {
            // One name, which is now in the array and now in the object, and nowhere else.
            let array = root.stack[0].downcast::<Array>().unwrap();
            let holder = root.stack[1].downcast::<Cell>().unwrap();
            let name = match (array.items.get(7).unwrap(), holder.link.get()) {
                (name, _) | (_, name) if !name.is_nil() => name,
                _ => root.tasks.deferred().unwrap().into(),
            };
            let in_array = draw.below(2) == 0;
            array.items.set(mc, 7, if in_array { name } else { Value::NIL });
            link(mc, root.stack[1], if in_array { Value::NIL } else { name });
            assert!(!root.tasks.has_lost());
        });
        heap.safepoint().unwrap();
    }
    assert!(heap.stats().majors > 10);
}

/// A chain of objects, the last of which names a new deferred: marking takes a while to get there.
fn chain<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>) -> Value<'gc> {
    let name = root.tasks.deferred().unwrap().into();
    (0..12).fold(name, |next, number| {
        let at = cell(mc, number);
        link(mc, at, next);
        at
    })
}

#[test]
fn what_a_named_task_begins_to_await_while_marking_runs_is_alive() {
    let mut heap = heap_with(HeapConfig::default().with_zeal(Zeal::of(What::Slice, 3)));
    heap.mutate(|mc, root| {
        root.stack = (0..100).map(|_| chain(mc, root)).collect();
        let task = root.tasks.spawn(Value::NIL).unwrap();
        root.stack.push(task.into());
    });
    let mut draw = Draw(1);
    for _ in 0..2000 {
        heap.mutate(|mc, root| {
            // The task awaits a deferred, whose name is forgotten.
            let turn = root.tasks.begin().unwrap();
            let place = draw.below(100);
            let mut last = root.stack[place];
            while let Some(next) = last.downcast::<Cell>().map(|cell| cell.link.get()).filter(|next| next.is_heap()) {
                last = next;
            }
            let name = last.downcast::<Cell>().unwrap().link.get();
            link(mc, last, Value::NIL);
            root.tasks.suspend(turn.task, TaskId::from_value(name).unwrap(), Value::NIL).unwrap();
            root.stack[place] = chain(mc, root);
        });
        for _ in 0..6 + draw.below(12) {
            heap.safepoint().unwrap();
        }
        heap.mutate(|_, root| {
            assert_eq!(root.tasks.lost().count(), 0);
            let tasks = &root.tasks;
            let awaited = tasks.tasks().find(|&task| tasks.waiters(task).unwrap().next().is_some()).unwrap();
            root.tasks.settle(awaited, Ok(Value::NIL)).unwrap();
            root.tasks.release(awaited).unwrap();
        });
    }
    assert!(heap.stats().majors > 10);
}

// ---- random programs, in slices, against a search that looks at everything

struct Draw(u64);
impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) as usize % n
    }
}

/// What is alive, by the definition: a search over objects and tasks, again and again until nothing changes.
fn alive(root: &Root<'_>) -> HashSet<TaskName> {
    let tasks = &root.tasks;
    let all: Vec<_> = tasks.tasks().collect();
    let mut linked: HashMap<TaskName, Vec<TaskName>> = HashMap::new();
    for &task in &all {
        for waiter in tasks.waiters(task).unwrap() {
            linked.entry(task.name()).or_default().push(waiter.name());
            linked.entry(waiter.name()).or_default().push(task.name());
        }
    }
    let (mut names, mut cells) = (HashSet::new(), HashSet::new());
    let mut work: Vec<Value<'_>> = root.stack.clone();
    loop {
        let before = (names.len(), cells.len());
        for &task in &all {
            if matches!(tasks.status(task), Ok(TaskStatus::Ready | TaskStatus::Running)) {
                names.insert(task.name());
            }
            if names.contains(&task.name()) {
                names.extend(linked.get(&task.name()).into_iter().flatten().copied());
                work.push(tasks.value(task).unwrap());
                if let Ok(parts) = tasks.parts(task) {
                    work.extend(parts.flatten().filter_map(|part| match part {
                        Outcome::Ok(value) | Outcome::Err(value) => Some(value),
                        _ => None,
                    }));
                }
            }
        }
        while let Some(value) = work.pop() {
            if let Some(task) = TaskId::from_value(value) {
                names.insert(task.name());
            } else if let Some(cell) = value.downcast::<Cell>()
                && cells.insert(value.to_bits())
            {
                work.push(cell.link.get());
            } else if let Some(frame) = value.downcast::<Frame>() {
                work.extend([frame.a, frame.b]);
            }
        }
        if before == (names.len(), cells.len()) {
            // Names of tasks that are gone stand for nothing.
            return all.iter().map(|task| task.name()).filter(|name| names.contains(name)).collect();
        }
    }
}

/// Something that can be reached from the stack: a walk that begins at a random place.
fn pick<'gc>(root: &Root<'gc>, draw: &mut Draw) -> Value<'gc> {
    let mut at = root.stack[draw.below(root.stack.len())];
    for _ in 0..draw.below(4) {
        match at.downcast::<Cell>() {
            Some(cell) => at = cell.link.get(),
            None => break,
        }
    }
    at
}

fn pick_task<'gc>(root: &Root<'gc>, draw: &mut Draw) -> Option<TaskId<'gc>> {
    let found = (0..8).find_map(|_| TaskId::from_value(pick(root, draw)))?;
    root.tasks.status(found).is_ok().then_some(found)
}

fn step<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, draw: &mut Draw) {
    let value = pick(root, draw);
    let fresh = cell(mc, draw.below(100) as i32);
    link(mc, fresh, value);
    let made: Option<Value<'gc>> = match draw.below(12) {
        0 | 1 => Some(root.tasks.deferred().unwrap().into()),
        2 | 3 => pick_task(root, draw).map(|task| root.tasks.spawn_after(task, fresh).unwrap().into()),
        4 => {
            let tasks: Vec<_> = (0..3).filter_map(|_| pick_task(root, draw)).collect();
            let kind = [JoinKind::All, JoinKind::Any, JoinKind::Race, JoinKind::AllSettled][draw.below(4)];
            Some(root.tasks.join(kind, &tasks).unwrap().into())
        }
        5 => pick_task(root, draw).and_then(|task| root.tasks.settle(task, Ok(fresh)).ok()).map(|()| fresh),
        6 => pick_task(root, draw).and_then(|task| root.tasks.take(task).ok()).map(|_| fresh),
        7 => pick_task(root, draw).and_then(|task| root.tasks.cancel(task, Reason::NONE).ok()).map(|_| fresh),
        8 | 9 => {
            // A turn: it ends, waits for something else, or comes again.
            if let Some(turn) = root.tasks.begin() {
                let awaited = pick_task(root, draw);
                match awaited {
                    Some(awaited) if draw.below(3) > 0 => root.tasks.suspend(turn.task, awaited, fresh).map(drop),
                    _ if draw.below(2) == 0 => root.tasks.yield_now(turn.task, fresh).map(drop),
                    _ => root.tasks.complete(turn.task, fresh).map(drop),
                }
                .unwrap();
            }
            None
        }
        _ => Some(fresh),
    };
    // It is stored somewhere, over what was there; or nowhere.
    let made = made.unwrap_or(Value::NIL);
    let place = draw.below(root.stack.len());
    match draw.below(4) {
        0 => root.stack[place] = made,
        1 | 2 if root.stack[place].is_heap() => link(mc, root.stack[place], made),
        _ => {}
    }
}

/// Runs a program; returns how many tasks it found lost.
fn program(seed: u64, steps: usize, sabotage: bool) -> usize {
    let mut heap = heap_with(HeapConfig::default().with_zeal(Zeal::of(What::Slice, seed)));
    heap.mutate(|mc, root| {
        if sabotage {
            #[cfg(feature = "sabotage")]
            root.tasks.__sabotage(Sabotage::ForgetReached);
        }
        root.stack = (0..8).map(|number| cell(mc, number)).collect();
    });
    let mut draw = Draw(seed);
    let mut found = 0;
    for _ in 0..steps {
        heap.mutate(|mc, root| {
            step(mc, root, &mut draw);
            if root.tasks.has_lost() {
                let alive = alive(root);
                for task in root.tasks.lost() {
                    assert!(!alive.contains(&task.name()), "{task:?} is lost and was alive (seed {seed})");
                }
                if draw.below(4) == 0 {
                    found += root.tasks.release_lost();
                }
            }
        });
        heap.safepoint().unwrap();
    }
    // Lost tasks keep what they name until they are released, and outcomes are kept until they are delivered.
    found += heap.mutate(|_, root| {
        while let Some(turn) = root.tasks.begin() {
            root.tasks.complete(turn.task, Value::NIL).unwrap();
        }
        root.tasks.release_lost()
    });
    heap.collect(Collect::Full).unwrap();
    heap.mutate(|_, root| {
        let alive = alive(root);
        let lost: HashSet<_> = root.tasks.lost().map(|task| task.name()).collect();
        for task in root.tasks.tasks() {
            let name = task.name();
            assert_eq!(lost.contains(&name), !alive.contains(&name), "{name} after a full collection (seed {seed})");
        }
        found += root.tasks.release_lost();
        assert_eq!(root.tasks.outstanding(), alive.len());
    });
    assert!(heap.stats().majors > 0);
    heap.verify().unwrap();
    found
}

#[test]
fn random_programs_lose_what_a_search_finds_unreachable_and_nothing_else() {
    let found: usize = (1..40).map(|seed| program(seed, 1500, false)).sum();
    assert!(found > 1000, "{found} tasks were lost: too few to say anything");
}

#[cfg(feature = "sabotage")]
#[test]
fn a_task_that_is_not_noted_while_marking_runs_is_found_missing() {
    let found = (1..40).any(|seed| std::panic::catch_unwind(|| program(seed, 1500, true)).is_err());
    assert!(found);
}
