//! A task scheduler for language VMs whose outstanding work is visible to a moving garbage collector.
//!
//! Pending callables, suspended continuations, results and errors are roots, from the call that makes a task until it is
//! taken or released: [`TaskScheduler`] is a part of the root of a [`mangrove_gc::Heap`], and
//! [`TaskScheduler::scan_roots`] visits each of its values as a slot. So the heap may collect and move at any safepoint,
//! with any number of tasks outstanding.
//!
//! Everything that can be awaited is a task: a callable ([`spawn`](TaskScheduler::spawn), or
//! [`spawn_after`](TaskScheduler::spawn_after) another task), a promise that the VM settles
//! ([`deferred`](TaskScheduler::deferred)), the completion of something outside
//! ([`external`](TaskScheduler::external)), a timer ([`sleep`](TaskScheduler::sleep)), a
//! [`join`](TaskScheduler::join) of other tasks, a [`scope`](TaskScheduler::scope) that ends when all that is in it has.
//! An embedder says where the scheduler is and how one turn runs ([`Embedding`]), and drives it by [`run_until`],
//! [`run_until_idle`], [`poll_once`], [`poll_until`] or [`drive`]; or by hand, from [`begin`](TaskScheduler::begin) to
//! the call that ends the turn.
//!
//! # A whole embedding
//!
//! A language of one instruction: a task is a number, doubles it after a while, and is done.
//!
//! ```
//! use mangrove_gc::{Heap, HeapConfig, Mutation, Roots, Trace, Value};
//! use mangrove_scheduler::{Embedding, JoinKind, Step, TaskScheduler, Turn, Wake, run_until};
//!
//! #[derive(Trace)]
//! struct Vm<'gc> { tasks: TaskScheduler<'gc>, globals: Vec<Value<'gc>> }
//! struct MyVm;
//! impl Roots for MyVm { type Root<'gc> = Vm<'gc>; }
//!
//! impl Embedding for MyVm {
//!     fn tasks<'a, 'gc>(_: &Mutation<'gc>, vm: &'a mut Vm<'gc>) -> &'a mut TaskScheduler<'gc> { &mut vm.tasks }
//!
//!     fn resume<'gc>(_: &Mutation<'gc>, _: &mut Vm<'gc>, turn: Turn<'gc>) -> Step<'gc> {
//!         match (turn.wake, turn.value.as_int()) {
//!             (Wake::First, _) => Step::Yield(turn.value),           // others first
//!             (Wake::Cancelled(_), _) => Step::Cancelled,            // nothing to clean up
//!             (_, Some(number)) => Step::Done((number * 2).into()),
//!             (_, None) => Step::Failed(turn.value),                 // the language's own error value
//!         }
//!     }
//! }
//!
//! let mut heap: Heap<MyVm> =
//!     Heap::new(HeapConfig::default(), |mc| Ok(Vm { tasks: TaskScheduler::new(mc), globals: vec![] }))?;
//! let (ticket, completer) = heap.mutate(|_, vm| {
//!     let (external, completer) = vm.tasks.external()?;              // completed below, by another thread
//!     let tasks = [vm.tasks.spawn(1.into())?, vm.tasks.spawn(2.into())?, external];
//!     let all = vm.tasks.join(JoinKind::All, &tasks)?;
//!     Ok::<_, mangrove_scheduler::TaskError>((vm.tasks.ticket(all)?, completer))
//! })?;
//! std::thread::spawn(move || completer.complete_with(|mc| Ok(mc.alloc_str("from afar")?.into())));
//! run_until(&mut heap, &ticket)?;                                    // parks until then
//! heap.mutate(|_, vm| {
//!     let all = vm.tasks.task(&ticket).unwrap();
//!     let values: Vec<_> = vm.tasks.parts(all).unwrap().map(|part| part.unwrap().ok().unwrap()).collect();
//!     assert_eq!((values[0].as_int(), values[1].as_int()), (Some(2), Some(4)));
//!     assert_eq!(&**values[2].downcast::<mangrove_gc::Str>().unwrap(), "from afar");
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! Each with the test that enforces it, in `tests/suite`.
//!
//! | invariant | enforced by |
//! | --- | --- |
//! | what the scheduler roots is what it holds, after every transition | `random::the_census_is_the_model_after_every_transition` |
//! | a task is lost only when it can never run and nobody can name it, and all such tasks are | `reach::random_programs_…`, `reach::what_a_named_task_…` |
//! | a running task's value is a root | `lessons::d02_…`, `sabotage::a_running_value_…` |
//! | a value written to an old chunk is found by the next minor collection | `table::a_minor_collection_finds_…`, `sabotage::a_value_in_a_clean_chunk_…` |
//! | a stale or forged id is an error, never another task; so too after a slot's last generation, and after the table shrank | `table::a_stale_id_…`, `forged_ids_…`, `a_slot_whose_generations_…`, `ids_stay_stale_…` |
//! | a refused call changed nothing | `lessons::d06_…`, `table::a_full_table_…` |
//! | memory and scans follow what is outstanding now | `lessons::d04_…`, `table::measure` |
//! | joins settle by the table of their kinds, and their parts are their own | `joins::every_kind_settles_by_the_table`, `a_join_keeps_its_parts_…` |
//! | no loser that a join owns outlives the delivery, but those past their grace; none, owned or borrowed, holds anything of the join | `owned_joins::*`, `sabotage::a_waiter_edge_left_behind_…`, `the_value_of_a_loser_…` |
//! | no await and no scope closes a cycle, and a join that lost all other hope fails: what waits can always settle | `cycles::*`, `scopes::what_a_scope_cannot_hold_…`, `random::random_graphs_…`, `structures::*` |
//! | cancellation is told at every await outside of shields, and takes nothing that settled before | `cancellation::*`, `shields::*` |
//! | what is in a scope ends before the scope, or is listed as detached; what comes into a dead one is never stored | `scopes::*`, `shields::a_scope_ends_without_…` |
//! | a discarding scope holds what runs, and a grace that is not used up no deadline | `scopes::a_server_that_spawns_…`, `shields::a_grace_that_is_not_used_up_…` |
//! | nothing recurses: joins and scopes nest as deep as memory allows | `owned_joins::owning_joins_nest_…`, `scopes::scopes_nest_…` |
//! | joins, scopes, shields and graces do what a naive model does, after every step | `structures::random_joins_…`, `sabotage::the_naive_model_finds_…` |
//! | every operation is defined in every state, under every collection | `combinations::every_state_takes_every_operation_…` |
//! | who is born waiting runs after what it waits for, or never | `deferreds::a_first_turn_…`, `one_that_is_cancelled_…` |
//! | no run loop waits for what only the VM can settle | `deferreds::no_run_loop_…` |
//! | an outcome is delivered to all who awaited it, also when the task is taken first | `runs::every_await_is_delivered_once_…`, `an_orphan_result_…`, `deferreds::who_waits_is_told_…` |
//! | no heap value is in flight between threads | the type of [`Completer`]; `lessons::d01_…`, `d14_…` |
//! | no foreign code runs under the inbox lock, and a panic loses no message | `completions::payloads_are_dropped_…`, `a_panicking_builder_…`, `a_panic_in_the_drop_…` |
//! | what the inbox shares between threads loses no message and no wake, closed or full | `inbox_model.rs` under loom, `externals::a_blocked_producer_…` |
//! | plain data is completed without an allocation | `externals::completions_with_plain_data_…` |
//! | under another collector, nothing reads an object, and every heap word is visited | `foreign::*` |
//! | a dump can be printed at any time | `handles::a_dump_can_be_printed_…` |
//! | timers settle in the order of their deadlines, ties in the order in which they were made | `timers::random_timers_…`, `ties_settle_…`, `agrees_with_a_sorted_map` in `table/wheel` |
//! | a timer that is cancelled, or whose timeout did not happen, leaves nothing | `timers::a_timer_that_is_cancelled_…`, `a_timeout_that_did_not_happen_…` |
//! | a task that never awaits holds up neither inbox nor timers | `driving::a_task_that_never_awaits_…`, `turns_between_two_looks_…` |
//! | waiting uses no processor time | `driving::waiting_uses_no_processor_time` |
//! | nothing of a run is in a future that drives it | `driving::dropping_or_forgetting_…`, `tokio_drops_the_future_…` |
//! | one seed gives one run, whatever the threads do | `order::one_seed_gives_one_run`, `what_arrives_together_…` |
//! | a panic of VM code fails its task, and goes on | `lessons::d13_…` |
//! | two rows share a cache line | an assertion in `table/row.rs` |
//!
//! # Where the first scheduler's operations went
//!
//! | there | here |
//! | --- | --- |
//! | `register` | [`TaskScheduler::spawn`], which makes the id |
//! | `take_callable` | [`TaskScheduler::begin`]; the callable stays a root |
//! | `complete` | [`TaskScheduler::complete`], [`TaskScheduler::fail`], of running tasks only |
//! | `cancel` | [`TaskScheduler::cancel`] |
//! | `get_result`, `TaskStatus` | [`TaskScheduler::outcome`], [`TaskScheduler::status`], [`TaskStatus`] |
//! | `is_resolved` | [`TaskScheduler::is_resolved`] |
//! | `register_external`, `has_external` | [`TaskScheduler::external`], [`TaskScheduler::open_externals`] |
//! | `try_resolve_external` | [`TaskScheduler::poll_inbox`], then [`TaskScheduler::outcome`] |
//! | `take_external_receiver` | nothing is taken out: [`poll_until`] and [`drive`] await through the table |
//! | `resolve_task` | [`run_until`] with a [`Ticket`] |
//! | `resolve_task_group` | [`TaskScheduler::join`], awaited as any task |
//! | `scan_roots` | [`TaskScheduler::scan_roots`] |
//!
//! Its nine tests, for these types, are `tests/suite/seed.rs`.
//!
//! # Time, and who drives
//!
//! [`sleep`](TaskScheduler::sleep) makes a timer, [`timeout`](TaskScheduler::timeout) a race with one. The clock is real,
//! or for tests [virtual](Clock::Virtual). While only timers and externals are to come, the blocking loops park;
//! [`poll_once`] tells a host with a loop of its own when to come back; [`poll_until`] and [`drive`] need no timers of
//! the executor, since a thread of this crate, which all schedulers share and which lives only while it is needed, wakes
//! the waker; [`drive_with`] uses the executor's timers, and starts no thread. [`Policy::Seeded`] runs ready tasks in an
//! order that a seed fixes; with a virtual clock, a heap whose zeal has a seed, and [`draw`](TaskScheduler::draw) for
//! what a torture injects, it fixes all of a run.
//!
//! # Under another collector
//!
//! A VM that has a heap of its own embeds [`TaskScheduler::foreign`], gives it words of that heap, and lends
//! [`TaskScheduler::scan_roots`] a visitor made of a closure ([`Visitor::with_words`](mangrove_gc::Visitor::with_words)) in
//! each collection. `examples/semispace.rs` does it.
//!
//! # What it does not do
//!
//! It does not preempt: a turn that never ends holds everything up. Code inside `mutate` cannot wait for a task, so a
//! native function that calls script is itself a step. Rust's own soundness bugs (rust-lang/rust#84366) can launder the
//! lifetime of a value, here as everywhere.

mod id;
mod status;

mod outcome;
mod reason;

mod error;

mod join;

mod turn;

mod scalar;

mod sync;

mod board;

mod inbox;

mod completer;
mod ticket;

mod parker;

mod label;

mod clock;
mod order;

mod table;

mod scheduler;
mod scope;

mod alarm;
mod run;

mod drive;

mod sabotage;

#[cfg(all(test, mangrove_loom))]
mod inbox_model;

pub use clock::Clock;
pub use completer::{Batch, Completer, Fail, Full};
pub use drive::{drive, drive_with, poll_until};
pub use error::{RunError, TaskError, Waits};
pub use id::{TaskId, TaskName};
pub use join::{JoinKind, JoinOperandError, JoinOptions};
pub use order::Policy;
pub use outcome::{Fault, Outcome};
pub use parker::Parker;
pub use reason::Reason;
pub use run::{Embedding, Idle, Slice, poll_once, run_until, run_until_idle};
#[cfg(feature = "sabotage")]
#[doc(hidden)]
pub use sabotage::Sabotage;
pub use scalar::Scalar;
pub use scheduler::{Drained, Dump, Retain, TaskScheduler};
pub use scope::ScopeOptions;
pub use status::TaskStatus;
pub use ticket::Ticket;
pub use turn::{CancelEnd, ReleaseEnd, Step, Turn, TurnEnd, Wake};
