//! The reference embedding of Mangrove: a VM for a JavaScript subset, whose programs print what Node prints.
//!
//! ```
//! use mangrove_vm::engine::{Engine, Options};
//!
//! let mut engine = Engine::new(Options::default())?;
//! engine.run_source("hello.js", "Promise.all([1, 2]).then((both) => console.log(both));")?;
//! # Ok::<(), mangrove_vm::engine::RunFailure>(())
//! ```
//!
//! # What an embedder supplies
//!
//! Seven things, whatever the language. There is no `unsafe` among them: this crate forbids it.
//!
//! **1. Heap types** ([`runtime`]). A struct with `#[derive(Trace, Object)]` for each kind of object; a `Slot` for each
//! field that changes, `Tail` for what ends in slots, `Blob` for bytes, `Static` for plain data. From it follow tracing,
//! moving, verifying, and names in heap snapshots.
//!
//! ```
//! use mangrove_gc::{Object, Slot, Static, Trace};
//!
//! #[derive(Trace, Object)]
//! struct Promise<'gc> { value: Slot<'gc>, task: Slot<'gc>, state: Static<std::cell::Cell<u8>> }
//! ```
//!
//! **2. A root** ([`machine::Vm`]): one struct with all that is alive without being pointed to: the registers of running
//! code, globals, constants, the scheduler. `#[derive(Trace)]` on it is the one enumeration of roots. What is not in it
//! is not alive, and what is in a Rust local cannot outlive the `mutate` call: the compiler sees to that.
//!
//! **3. State of running code that needs no saving.** Registers are on a stack in the root, frames are plain data
//! ([`machine::Frame`]). So a safepoint is a return from the interpreter, and going on is a call of it. Script calls
//! never recurse in Rust: a call pushes a frame.
//!
//! **4. Polls** ([`interp`]). Where code could run for long without one, at jumps backwards and calls, the interpreter
//! looks at `mc.wants_safepoint()`, a load and a test, and leaves if it is set. Between polls nothing is collected, so
//! natives keep values in locals as they like.
//!
//! **5. A turn** ([`tasks`]): the scheduler's [`Embedding`](mangrove_scheduler::Embedding). A task's value says what to
//! do: go on with a suspended call ([`interp::fiber`]), run a handler, adopt another promise's outcome. A turn ends by
//! saying what it waits for. Suspending a call is copying its registers into a heap object that is the task's
//! continuation, and so a root, for as long as the task is in the table.
//!
//! **6. What to do without memory.** An allocation that is refused has changed nothing, so the instruction that asked
//! for it has to have changed nothing either: then the turn ends with `Step::Safepoint`, the heap collects, and the
//! instruction runs again. The second refusal at one place is thrown, as an error that was made in advance. Hence the one
//! rule for natives: allocate first, change last.
//!
//! **7. What comes from outside** ([`events`]). A host function that starts something gives its thread a
//! [`Completer`](mangrove_scheduler::Completer), which carries plain data; the value is built on the heap's thread.
//!
//! # A host function
//!
//! It takes its arguments from the [`host::Host`], allocates through it, keeps what it has made in locals, and returns a
//! value; an `Err` is thrown in the script.
//!
//! ```
//! use mangrove_vm::host::Host;
//! use mangrove_vm::runtime::Outcome;
//!
//! fn divide<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
//!     let (a, b) = (host.number(0)?, host.number(1)?);
//!     if b == 0.0 {
//!         return Err(host.range_error("Division by zero"));
//!     }
//!     let (quotient, rest) = ((a / b).trunc().into(), (a % b).into());
//!     host.array(&[quotient, rest])
//! }
//! ```
//!
//! # Reading order
//!
//! [`engine`] (a program from text to end), [`machine`] (the root), [`tasks`] and [`events`] (turns, the event loop),
//! [`interp`] with [`interp::fiber`], [`runtime`] with [`runtime::promise`], [`host`] and [`builtins`]. How text becomes
//! code: [`syntax`], [`mod@compile`], [`bytecode`]; [`dis`] shows it.
//!
//! # Invariants, and what enforces each
//!
//! | invariant | enforced by |
//! | --- | --- |
//! | no heap value is kept outside of the root between two `mutate` calls | the brand of [`Value`](mangrove_gc::Value): it does not compile |
//! | an instruction or native that found no memory has changed nothing | `vm/tests/programs.rs`: every program under zeal with failing allocations |
//! | what is converted by the script is converted once, in the language's order | `vm/programs/conversions-of-arguments.js` |
//! | what moves is followed everywhere | `vm/tests/programs.rs`: every program with everything moving, poisoned and verified |
//! | a program prints what it prints under Node, in Node's order | `vm/programs/expected`, made by Node; `vm/tests/generated.rs`: random programs |
//! | no text makes the lexer, the parser, the compiler or JSON panic, hang or use unbounded memory | `vm/tests/syntax`, `vm/tests/compile.rs`, `vm/tests/library` (JSON): property tests |
//! | code that the compiler made names only registers, sites and targets that exist | `compile::check`, after each compilation in debug builds; `vm/tests/compile.rs` |
#![forbid(unsafe_code)]

pub mod atoms;
pub mod builtins;
pub mod bytecode;
pub mod compile;
pub mod dis;
pub mod engine;
pub mod events;
pub mod host;
pub mod inspect;
pub mod interp;
pub mod json;
pub mod machine;
pub mod operands;
mod pool;
pub mod recorder;
mod report;
pub mod runtime;
mod stack;
pub mod syntax;
pub mod tasks;
pub mod trace;
