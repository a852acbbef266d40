//! A VM that is small enough to see through: a callable is a heap object with a Rust function, two values and a
//! program counter.

use mangrove_gc::{Gc, Heap, HeapConfig, Mutation, Object, Roots, Slot, Static, Trace, Value, Zeal};
use mangrove_scheduler::{Embedding, Outcome, Step, TaskId, TaskScheduler, Ticket, Turn};

pub(crate) type Code = for<'gc> fn(&Mutation<'gc>, &mut Root<'gc>, Turn<'gc>, Gc<'gc, Frame<'gc>>) -> Step<'gc>;

#[derive(Trace, Object)]
pub(crate) struct Frame<'gc> {
    pub(crate) code: Static<Code>,
    pub(crate) pc: i32,
    pub(crate) a: Value<'gc>,
    pub(crate) b: Value<'gc>,
}

/// A heap object with a number, and a link.
#[derive(Trace, Object)]
pub(crate) struct Cell<'gc> {
    pub(crate) number: i32,
    pub(crate) link: Slot<'gc>,
}

#[derive(Trace)]
pub(crate) struct Root<'gc> {
    pub(crate) tasks: TaskScheduler<'gc>,
    pub(crate) stack: Vec<Value<'gc>>,
    pub(crate) log: Vec<i32>,
    /// What is logged of wakes.
    pub(crate) notes: Static<Vec<String>>,
}

pub(crate) struct Machine;
impl Roots for Machine {
    type Root<'gc> = Root<'gc>;
}

impl Embedding for Machine {
    fn tasks<'a, 'gc>(_: &Mutation<'gc>, root: &'a mut Root<'gc>) -> &'a mut TaskScheduler<'gc> {
        &mut root.tasks
    }
    fn resume<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, turn: Turn<'gc>) -> Step<'gc> {
        let frame = turn.value.downcast::<Frame>().expect("a callable");
        (frame.code.0)(mc, root, turn, frame)
    }
}

pub(crate) fn heap_of(config: HeapConfig) -> Heap<Machine> {
    Heap::new(config, |mc| {
        Ok(Root { tasks: TaskScheduler::new(mc), stack: vec![], log: vec![], notes: Static(vec![]) })
    })
    .unwrap()
}

/// A heap as the environment asks for.
pub(crate) fn heap() -> Heap<Machine> {
    heap_of(HeapConfig::from_env())
}

/// A heap in which everything moves at every safepoint.
pub(crate) fn moving() -> Heap<Machine> {
    heap_of(HeapConfig::from_env().with_zeal(Zeal::moving(1)))
}

pub(crate) fn cell<'gc>(mc: &Mutation<'gc>, number: i32) -> Value<'gc> {
    mc.alloc(Cell { number, link: Slot::new(Value::NIL) }).unwrap().into()
}

#[track_caller]
pub(crate) fn number(value: Value<'_>) -> i32 {
    match value.as_int() {
        Some(number) => number,
        None => value.downcast::<Cell>().expect("a cell").number,
    }
}

pub(crate) fn frame<'gc>(mc: &Mutation<'gc>, code: Code, a: Value<'gc>, b: Value<'gc>) -> Value<'gc> {
    mc.alloc(Frame { code: Static(code), pc: 0, a, b }).unwrap().into()
}

/// The continuation of a frame, at `pc`, with another `b`.
pub(crate) fn at<'gc>(mc: &Mutation<'gc>, frame: Gc<'gc, Frame<'gc>>, pc: i32, b: Value<'gc>) -> Value<'gc> {
    mc.alloc(Frame { code: frame.code, pc, a: frame.a, b }).unwrap().into()
}

/// A task that runs `code` with `a`.
pub(crate) fn go<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, code: Code, a: Value<'gc>) -> TaskId<'gc> {
    let callable = frame(mc, code, a, Value::NIL);
    root.tasks.spawn(callable).unwrap()
}

/// Ends at once, with `a`.
pub(crate) fn give<'gc>(_: &Mutation<'gc>, _: &mut Root<'gc>, _: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
    Step::Done(frame.a)
}

/// Fails at once, with `a`.
pub(crate) fn throw<'gc>(_: &Mutation<'gc>, _: &mut Root<'gc>, _: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
    Step::Failed(frame.a)
}

/// Awaits the task `a`, notes the wake, and completes with its value, or with nil.
pub(crate) fn follow<'gc>(
    mc: &Mutation<'gc>,
    root: &mut Root<'gc>,
    turn: Turn<'gc>,
    frame: Gc<'gc, Frame<'gc>>,
) -> Step<'gc> {
    use mangrove_scheduler::Wake::*;
    let end = match turn.wake {
        First => return Step::Await(TaskId::from_value(frame.a).unwrap(), at(mc, frame, 1, Value::NIL)),
        Settled(value) => {
            root.notes.push(if value.is_nil() { "settled nil".into() } else { format!("settled {}", number(value)) });
            Step::Done(value)
        }
        Failed(error) => {
            root.notes.push(format!("failed {}", number(error)));
            Step::Failed(error)
        }
        Joined(_) => {
            root.notes.push("joined".into());
            Step::Done(Value::NIL)
        }
        Faulted(_, fault) => {
            root.notes.push(format!("faulted {fault:?}"));
            Step::Done(Value::NIL)
        }
        Cancelled(reason) => {
            root.notes.push(format!("cancelled {reason}"));
            Step::Cancelled
        }
        AwaitedCancelled(reason) => {
            root.notes.push(format!("awaited cancelled {reason}"));
            Step::Done(Value::NIL)
        }
        AwaitedAbandoned => {
            root.notes.push("awaited abandoned".into());
            Step::Done(Value::NIL)
        }
        other => panic!("resumed by {other:?}"),
    };
    assert_eq!(frame.pc, 1);
    end
}

/// The numbers of the cells that the scheduler roots, in order; frames count as the number of their `a`, or 0.
pub(crate) fn census<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>) -> Vec<i32> {
    let roots = mc.census(&mut root.tasks);
    let heap = roots.into_iter().filter(|(_, value)| value.is_heap());
    heap.map(|(group, value)| {
        assert!(group.starts_with("tasks: "));
        match value.downcast::<Frame>() {
            Some(frame) if frame.a.is_heap() => number(frame.a),
            Some(_) => 0,
            None => number(value),
        }
    })
    .collect()
}

/// Outcomes as text, to compare.
pub(crate) fn show(outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::Ok(value) if value.is_nil() => "ok nil".into(),
        Outcome::Ok(value) => format!("ok {}", number(*value)),
        Outcome::Err(error) => format!("err {}", number(*error)),
        Outcome::Fault(fault) => format!("{fault:?}"),
        Outcome::Cancelled(reason) => format!("cancelled {reason}"),
        Outcome::Abandoned => "abandoned".into(),
    }
}

pub(crate) fn outcome_of(heap: &mut Heap<Machine>, ticket: &Ticket) -> String {
    heap.mutate(|_, root| {
        let task = root.tasks.task(ticket).unwrap();
        show(&root.tasks.outcome(task).unwrap())
    })
}

/// The parts of a join as text; "-" for one that is open.
pub(crate) fn parts<'gc>(root: &Root<'gc>, join: TaskId<'gc>) -> Vec<String> {
    root.tasks.parts(join).unwrap().map(|part| part.map_or("-".into(), |part| show(&part))).collect()
}

/// Begins the next turn and completes it with `value`, whatever the task is.
pub(crate) fn finish<'gc>(root: &mut Root<'gc>, value: Value<'gc>) {
    let turn = root.tasks.begin().unwrap();
    root.tasks.complete(turn.task, value).unwrap();
}

/// Begins the next turn and fails it.
pub(crate) fn fail<'gc>(root: &mut Root<'gc>, error: Value<'gc>) {
    let turn = root.tasks.begin().unwrap();
    root.tasks.fail(turn.task, error).unwrap();
}

/// A task on the stack: survives the end of `mutate`.
pub(crate) fn kept<'gc>(root: &Root<'gc>, index: usize) -> TaskId<'gc> {
    TaskId::from_value(root.stack[index]).unwrap()
}

/// Keeps a completer until the process ends: its task is neither completed nor abandoned.
pub(crate) fn keep(completer: mangrove_scheduler::Completer) {
    static KEPT: std::sync::Mutex<Vec<mangrove_scheduler::Completer>> = std::sync::Mutex::new(Vec::new());
    KEPT.lock().expect("no panic while it is held").push(completer);
}
