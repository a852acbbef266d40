//! A table of tasks that is marked in slices, while its values move about in it.

use mangrove_gc::{Gc, Heap, HeapConfig, Object, Roots, Slot, Trace, Value, What, When, Zeal};
use mangrove_scheduler::{Policy, TaskId, TaskScheduler};

#[derive(Trace, Object)]
struct Cell<'gc> {
    next: Slot<'gc>,
    number: u64,
}

#[derive(Trace)]
struct Root<'gc> {
    tasks: TaskScheduler<'gc>,
    ids: Vec<Value<'gc>>,
}
struct Host;
impl Roots for Host {
    type Root<'gc> = Root<'gc>;
}

/// Tasks: several chunks of the table, and more words than a small slice visits.
const TASKS: usize = 3000;

/// Checks that a cell is one.
fn check(value: Value<'_>) {
    if value.is_heap() {
        let cell: Gc<'_, Cell<'_>> = value.downcast().expect("a cell that lives");
        assert!(cell.number.is_multiple_of(64) && cell.number < TASKS as u64);
    }
}

/// Values of unvisited tasks are moved to visited ones, and their own tasks given other values: what is lost in between
/// is reachable from nothing but a chunk that is dirty. The heap verifies itself after each slice.
#[test]
fn a_value_that_moves_from_an_unvisited_chunk_to_a_visited_one_is_lost() {
    for seed in 1..4 {
        let zeal = Zeal { when: When::Every(1), quarantine: 0, ..Zeal::of(What::Slice, seed) };
        let config = HeapConfig::default().with_zeal(zeal);
        let heap = Heap::new(config, |mc| {
            Ok(Root { tasks: TaskScheduler::new(mc).with_policy(Policy::Seeded(seed)), ids: Vec::new() })
        });
        let mut heap: Heap<Host> = heap.expect("address space");
        heap.mutate(|mc, root| {
            for i in 0..TASKS as u64 {
                let value = if i.is_multiple_of(64) {
                    mc.alloc(Cell { next: Slot::new(Value::NIL), number: i }).expect("memory").into()
                } else {
                    Value::int(0)
                };
                root.ids.push(root.tasks.spawn(value).expect("room").into());
            }
        });
        let mut cycles = 0;
        let mut draw = seed;
        for _ in 0..400 {
            heap.mutate(|_, root| {
                // Tasks in random order hand their values on, the last to the first.
                draw = draw.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
                let first = root.tasks.begin().expect("a ready task");
                let mut carried = first.value;
                for _ in 0..50 + (draw >> 58) {
                    let turn = root.tasks.begin().expect("a ready task");
                    let _ = root.tasks.yield_now(turn.task, carried).expect("running");
                    carried = turn.value;
                }
                let _ = root.tasks.yield_now(first.task, carried).expect("running");
            });
            heap.safepoint().expect("a heap that verifies");
            cycles = heap.stats().majors;
        }
        assert!(cycles > 1, "no cycle came to its end: {:?}", heap.stats());
        heap.mutate(|_, root| {
            let ids: Vec<TaskId<'_>> = root.ids.iter().copied().filter_map(TaskId::from_value).collect();
            let census = root.tasks.outstanding();
            assert_eq!((ids.len(), census), (TASKS, TASKS));
            while let Some(turn) = root.tasks.begin() {
                check(turn.value);
                root.tasks.complete(turn.task, turn.value).expect("running");
            }
            for id in ids {
                let outcome = root.tasks.take(id).expect("settled");
                check(outcome.ok().expect("completed"));
            }
        });
    }
}
