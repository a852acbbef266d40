//! The hot paths, each in a function of its own, for counting instructions: `ci/instructions.sh` runs this under
//! callgrind and divides what each function took by the number of operations that is printed here.
//!
//! Invariant: what prepares a path is outside of its function, and every run does the same.
//!
//! `cargo bench -p mangrove-benches --bench hot` only tries the paths.

use std::hint::black_box;

use mangrove_gc::{Collect, Gc, Heap, HeapConfig, Mutation, Object, Roots, Slot, Trace, Value};
use mangrove_nanbox::{Word, for_each_traced};
use mangrove_scheduler::{Completer, Drained, JoinKind, TaskId, TaskScheduler};

#[derive(Trace, Object)]
struct Node<'gc> {
    left: Slot<'gc>,
    right: Slot<'gc>,
    value: u64,
}

#[derive(Trace)]
struct Root<'gc> {
    kept: Vec<Value<'gc>>,
    tasks: TaskScheduler<'gc>,
}

struct Host;
impl Roots for Host {
    type Root<'gc> = Root<'gc>;
}
type Vm = Heap<Host>;

/// Objects or tasks of a path: few enough for a nursery.
const MANY: usize = 10_000;

fn vm() -> Vm {
    let heap = Heap::new(HeapConfig::default(), |mc| Ok(Root { kept: Vec::new(), tasks: TaskScheduler::new(mc) }));
    heap.expect("address space")
}

fn node<'gc>(mc: &Mutation<'gc>, left: Value<'gc>) -> Gc<'gc, Node<'gc>> {
    mc.alloc(Node { left: Slot::new(left), right: Slot::new(Value::NIL), value: 1 }).expect("memory")
}

/// `MANY` nodes that are kept: each refers to the one before it, and to a random one.
fn grow(heap: &mut Vm) {
    heap.mutate(|mc, root| {
        let mut draw = 1_usize;
        for i in 0..MANY {
            draw = draw.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            let made = node(mc, root.kept.last().copied().unwrap_or(Value::NIL));
            if i > 0 {
                made.write(mc).right().set(root.kept[(draw >> 33) % i]);
            }
            root.kept.push(made.into());
        }
    });
}

fn old() -> Vm {
    let mut heap = vm();
    grow(&mut heap);
    heap.collect(Collect::Full).expect("a heap that works");
    heap
}

macro_rules! path {
    ($name:ident($($argument:ident: $type:ty),*) $body:block) => {
        #[inline(never)]
        fn $name($($argument: $type),*) {
            // Paths of the same body stay apart.
            black_box(stringify!($name));
            $body
        }
    };
}

path!(path_alloc(heap: &mut Vm) {
    heap.mutate(|mc, _| {
        for _ in 0..MANY {
            black_box(node(mc, Value::NIL));
        }
    });
});

path!(path_write_first(heap: &mut Vm) {
    heap.mutate(|mc, root| {
        for value in &root.kept {
            if let Some(node) = value.downcast::<Node>() {
                node.write(mc).left().set(Value::NIL);
            }
        }
    });
});

path!(path_write_again(heap: &mut Vm) {
    heap.mutate(|mc, root| {
        for value in &root.kept {
            if let Some(node) = value.downcast::<Node>() {
                node.write(mc).left().set(Value::NIL);
            }
        }
    });
});

path!(path_minor_survivor(heap: &mut Vm) {
    heap.collect(Collect::Minor).expect("a heap that works");
});

path!(path_full_live(heap: &mut Vm) {
    heap.collect(Collect::Full).expect("a heap that works");
});

path!(path_full_dead(heap: &mut Vm) {
    heap.collect(Collect::Full).expect("a heap that works");
});

path!(path_safepoint_poll(heap: &mut Vm) {
    for _ in 0..MANY {
        black_box(&mut *heap).safepoint().expect("a heap that works");
    }
});

path!(path_spawn_take(heap: &mut Vm) {
    heap.mutate(|_, root| {
        for _ in 0..MANY {
            root.tasks.spawn(Value::int(1)).expect("room");
            let turn = root.tasks.begin().expect("a ready task");
            root.tasks.complete(turn.task, turn.value).expect("running");
            let _ = black_box(root.tasks.take(turn.task).expect("settled"));
        }
    });
});

// One task awaits another: both are begun, the second completes, the first is resumed and ends.
path!(path_suspend_wake(heap: &mut Vm) {
    heap.mutate(|_, root| {
        for _ in 0..MANY {
            let tasks = &mut root.tasks;
            tasks.spawn(Value::int(1)).expect("room");
            let child = tasks.spawn(Value::int(2)).expect("room");
            let parent = tasks.begin().expect("ready").task;
            let _ = tasks.suspend(parent, child, Value::int(3)).expect("running");
            let turn = tasks.begin().expect("ready");
            tasks.complete(turn.task, turn.value).expect("running");
            let turn = tasks.begin().expect("woken");
            tasks.complete(turn.task, turn.value).expect("running");
            let _ = tasks.take(parent).expect("settled");
            let _ = tasks.take(child).expect("settled");
        }
    });
});

path!(path_join_8(heap: &mut Vm) {
    heap.mutate(|_, root| {
        for _ in 0..MANY / 10 {
            let tasks = &mut root.tasks;
            let children: [TaskId<'_>; 8] = core::array::from_fn(|_| tasks.spawn(Value::int(1)).expect("room"));
            let join = tasks.join(JoinKind::All, &children).expect("they are there");
            while let Some(turn) = tasks.begin() {
                tasks.complete(turn.task, turn.value).expect("running");
            }
            let _ = black_box(tasks.take(join).expect("settled"));
            children.into_iter().for_each(|child| drop(tasks.take(child).expect("settled")));
        }
    });
});

path!(path_external_register(heap: &mut Vm, completers: &mut Vec<Completer>) {
    heap.mutate(|_, root| {
        for _ in 0..MANY {
            let (task, completer) = root.tasks.external().expect("room");
            root.kept.push(task.into());
            completers.push(completer);
        }
    });
});

path!(path_external_complete(completers: Vec<Completer>) {
    for completer in completers {
        completer.complete(1);
    }
});

path!(path_external_deliver(heap: &mut Vm) {
    heap.mutate(|mc, root| {
        assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
        for task in root.kept.drain(..).filter_map(TaskId::from_value) {
            let _ = black_box(root.tasks.take(task).expect("settled"));
        }
    });
});

path!(path_scan_roots_full(heap: &mut Vm) {
    heap.collect(Collect::Full).expect("a heap that works");
});

path!(path_scan_roots_minor(heap: &mut Vm) {
    heap.collect(Collect::Minor).expect("a heap that works");
});

path!(path_nanbox_scan(words: &mut [u64]) {
    let mut sum = 0_u64;
    for_each_traced(words, |word| sum = sum.wrapping_add(*word));
    black_box(sum);
});

fn main() {
    let done = |name: &str, operations: usize| println!("{name} {operations}");

    let mut heap = vm();
    path_alloc(&mut heap);
    done("path_alloc", MANY);
    path_safepoint_poll(&mut heap);
    done("path_safepoint_poll", MANY);

    let mut heap = old();
    path_write_first(&mut heap);
    done("path_write_first", MANY);
    path_write_again(&mut heap);
    done("path_write_again", MANY);

    let mut heap = vm();
    grow(&mut heap);
    path_minor_survivor(&mut heap);
    done("path_minor_survivor", MANY);
    path_full_live(&mut heap);
    done("path_full_live", MANY);
    heap.mutate(|_, root| root.kept.clear());
    path_full_dead(&mut heap);
    done("path_full_dead", MANY);

    let mut heap = vm();
    // The first task makes the table.
    heap.mutate(|_, root| {
        let task = root.tasks.spawn(Value::NIL).expect("room");
        root.tasks.release(task).expect("a task");
        while let Some(turn) = root.tasks.begin() {
            root.tasks.complete(turn.task, turn.value).expect("running");
        }
    });
    path_spawn_take(&mut heap);
    done("path_spawn_take", MANY);
    path_suspend_wake(&mut heap);
    done("path_suspend_wake", MANY);
    path_join_8(&mut heap);
    done("path_join_8", MANY / 10);

    let mut completers = Vec::with_capacity(MANY);
    heap.mutate(|_, root| root.kept.reserve(MANY));
    path_external_register(&mut heap, &mut completers);
    done("path_external_register", MANY);
    path_external_complete(completers);
    done("path_external_complete", MANY);
    path_external_deliver(&mut heap);
    done("path_external_deliver", MANY);

    heap.mutate(|mc, root| {
        let callable = node(mc, Value::NIL);
        for _ in 0..MANY {
            root.tasks.spawn(callable.into()).expect("room");
        }
    });
    path_scan_roots_minor(&mut heap);
    done("path_scan_roots_minor", MANY);
    path_scan_roots_full(&mut heap);
    done("path_scan_roots_full", MANY);

    let mut words: Vec<u64> = (0..MANY as u64)
        .map(|i| {
            if i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 63 == 0 { i } else { Word::heap(i * 32).map_or(0, Word::bits) }
        })
        .collect();
    path_nanbox_scan(&mut words);
    done("path_nanbox_scan", MANY);
}
