//! [`Op`]: the operation language, one table.
//!
//! Invariant: operations are total. One whose operands name nothing that fits does nothing, so every part of a list
//! of operations runs, and the shrinker may leave out what it likes. Each has one line of text that parses back to it.

use std::fmt;
use std::str::FromStr;

use crate::operand::{Len, Operand, ParseError, Pick, Picks, Reg, Span, Src, Steps};
use crate::rng::Rng;

/// What an operation belongs to: a phase of the generator favours some classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Makes objects.
    Make,
    /// Reads and writes them.
    Use,
    /// Lets go of them.
    Drop,
    /// Makes tasks.
    Spawn,
    /// Runs them.
    Run,
    /// Ends and releases them.
    Settle,
    /// Collects.
    Collect,
}

macro_rules! operations {
    ($( $(#[$doc:meta])* $name:ident($($field:ident: $kind:ty),*) is $word:literal, $class:ident * $weight:literal; )*) => {
        /// An operation on heap and scheduler.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Op { $( $(#[$doc])* $name($($kind),*), )* }

        impl Op {
            /// The word that its text begins with.
            pub fn word(&self) -> &'static str {
                match self { $( Op::$name(..) => $word, )* }
            }

            /// All words, each with its class and how often the generator draws it.
            pub const TABLE: &[(&'static str, Class, u32)] = &[$(($word, Class::$class, $weight)),*];

            /// The operation of the table's row `row`, with drawn operands.
            #[allow(unused_assignments, reason = "the counting of rows")]
            pub fn draw(row: usize, rng: &mut Rng) -> Op {
                let mut at = 0;
                $(
                    if row == at { return Op::$name($(<$kind as Operand>::draw(rng)),*); }
                    at += 1;
                )*
                panic!("the table of operations has no row {row}")
            }
        }

        impl fmt::Display for Op {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $( Op::$name($($field),*) => {
                    f.write_str($word)?;
                    $( write!(f, " {}", $field)?; )*
                    Ok(())
                } )* }
            }
        }

        impl FromStr for Op {
            type Err = ParseError;
            fn from_str(line: &str) -> Result<Op, ParseError> {
                let mut words = line.split_whitespace();
                let op = match words.next().unwrap_or("") {
                    $( $word => Op::$name($( {
                        let text = words.next().ok_or_else(|| {
                            ParseError(format!("`{line}` lacks <{}>", stringify!($field)))
                        })?;
                        <$kind>::from_str(text)?
                    } ),*), )*
                    word => return Err(ParseError(format!("there is no operation `{word}`"))),
                };
                match words.next() {
                    None => Ok(op),
                    Some(more) => Err(ParseError(format!("`{line}` has `{more}` too much"))),
                }
            }
        }
    };
}

operations! {
    /// Makes a pair of two values.
    Pair(into: Reg, first: Src, second: Src) is "pair", Make * 40;
    /// Makes a node that points to the node in `next`, if there is one.
    Node(into: Reg, next: Reg, payload: Src) is "node", Make * 20;
    /// Makes an array filled with one value that is no object.
    Array(into: Reg, len: Len, fill: Src) is "array", Make * 12;
    /// Makes an array of a few values.
    Of(into: Reg, first: Src, second: Src, third: Src) is "of", Make * 14;
    /// Makes an object of many slots, all with one value.
    Wide(into: Reg, value: Src) is "wide", Make * 8;
    /// Makes a closure: a head with a value, and a few more values.
    Closure(into: Reg, env: Src, first: Src, second: Src) is "closure", Make * 14;
    /// Makes a script: an array whose numbers are steps to the run loops.
    Script(into: Reg, steps: Steps) is "script", Make * 24;
    /// Makes bytes, whose contents follow from their id.
    Bytes(into: Reg, len: Len) is "bytes", Make * 6;
    /// Makes a string, whose contents follow from its id.
    Str(into: Reg, len: Len) is "str", Make * 6;
    /// Makes an empty growable array.
    List(into: Reg) is "list", Make * 8;
    /// Makes a weak reference to the pair, node or array in `to`.
    Weak(into: Reg, to: Reg) is "weak", Make * 14;
    /// Makes an empty weak map.
    Map(into: Reg) is "map", Make * 5;
    /// Makes an object aligned to 16 bytes.
    Aligned(into: Reg, value: Src) is "aligned", Make * 6;
    /// Makes an object with native data that counts its drops and shares a buffer with others.
    Native(into: Reg, value: Src) is "native", Make * 8;
    /// Makes objects that nobody holds.
    Churn(count: Len) is "churn", Make * 6;
    /// Asks for what no heap can give.
    Huge() is "huge", Make * 1;

    /// Copies a value into a register.
    Move(into: Reg, value: Src) is "move", Use * 10;
    /// Reads a field.
    Get(into: Reg, owner: Reg, field: Pick) is "get", Use * 20;
    /// Writes a field, logging its owner.
    Set(owner: Reg, field: Pick, value: Src) is "set", Use * 60;
    /// Writes a slot of an array, logging that slot.
    Put(owner: Reg, field: Pick, value: Src) is "put", Use * 20;
    /// Sets what a node points to: the node in `next`, or nothing.
    Link(node: Reg, next: Reg) is "link", Use * 12;
    /// Appends to a growable array.
    Push(owner: Reg, value: Src) is "push", Use * 24;
    /// Appends numbers to a growable array, until it is of that length or memory is refused.
    Extend(owner: Reg, len: Len) is "extend", Use * 3;
    /// Removes the last of a growable array.
    Pop(into: Reg, owner: Reg) is "pop", Use * 6;
    /// Sets a key of a weak map.
    Insert(owner: Reg, key: Reg, value: Src) is "insert", Use * 16;
    /// Looks a key of a weak map up.
    Lookup(into: Reg, owner: Reg, key: Reg) is "lookup", Use * 6;
    /// Follows a weak reference whose target is held otherwise.
    Upgrade(into: Reg, weak: Reg) is "upgrade", Use * 6;
    /// Follows a weak reference, also when only it leads there.
    Resurrect(into: Reg, weak: Reg) is "resurrect", Use * 6;
    /// Points the weak root at a pair.
    Hint(pair: Reg) is "hint", Use * 4;
    /// Holds the node in a typed root.
    Anchor(node: Reg) is "anchor", Use * 3;
    /// Makes a host handle of an object.
    Handle(handle: Pick, object: Reg) is "handle", Use * 8;
    /// Reads a host handle.
    Grasp(into: Reg, handle: Pick) is "grasp", Use * 4;
    /// Reports external bytes.
    Outside(bytes: Pick) is "outside", Use * 2;
    /// A panic in the middle of a mutation.
    Panic() is "panic", Use * 1;

    /// Empties a register.
    Clear(reg: Reg) is "clear", Drop * 30;
    /// Empties a field.
    Unset(owner: Reg, field: Pick) is "unset", Drop * 10;
    /// Shortens a growable array.
    Truncate(owner: Reg, len: Pick) is "truncate", Drop * 4;
    /// Removes a key of a weak map.
    Remove(owner: Reg, key: Reg) is "remove", Drop * 3;
    /// Drops a host handle.
    Unhandle(handle: Pick) is "unhandle", Drop * 6;
    /// Reports external bytes as freed.
    Inside(bytes: Pick) is "inside", Drop * 2;

    /// Spawns a task.
    Spawn(callable: Src) is "spawn", Spawn * 50;
    /// Spawns a script.
    Start(script: Reg) is "start", Spawn * 20;
    /// Spawns a task that is born waiting for another, which may have settled.
    SpawnAfter(task: Pick, callable: Src) is "spawn-after", Spawn * 24;
    /// Makes a deferred.
    Deferred() is "deferred", Spawn * 14;
    /// Makes an external task.
    External() is "external", Spawn * 16;
    /// Joins tasks: the kind is the pick modulo 4.
    Join(kind: Pick, tasks: Picks) is "join", Spawn * 18;
    /// Makes a timer.
    Sleep(time: Span) is "sleep", Spawn * 8;
    /// Makes a timer that is due at a time of the clock, perhaps a past one.
    SleepUntil(time: Span) is "sleep-until", Spawn * 3;
    /// Races a task with a timer that fails.
    Timeout(task: Pick, time: Span) is "timeout", Spawn * 10;
    /// The same, and owns the task: it is cancelled when it is late.
    TimeoutOwned(task: Pick, time: Span) is "timeout-owned", Spawn * 3;
    /// Joins tasks and owns them; with a grace if that is even.
    JoinOwned(kind: Pick, tasks: Picks, grace: Span) is "join-owned", Spawn * 8;
    /// Makes a scope: it supervises, it discards, by the two lowest bits; with a grace if that is even.
    Scope(how: Pick, grace: Span) is "scope", Spawn * 6;
    /// Makes a scope in a scope.
    ScopeIn(scope: Pick, how: Pick, grace: Span) is "scope-in", Spawn * 4;
    /// Spawns a task in a scope.
    SpawnIn(scope: Pick, callable: Src) is "spawn-in", Spawn * 24;
    /// Makes an external in a scope.
    ExternalIn(scope: Pick) is "external-in", Spawn * 6;
    /// Joins tasks in a scope.
    JoinIn(scope: Pick, kind: Pick, tasks: Picks) is "join-in", Spawn * 6;
    /// Puts a task into a scope.
    Adopt(scope: Pick, task: Pick) is "adopt", Spawn * 8;
    /// Makes tasks beyond the limit.
    Refuse() is "refuse", Spawn * 1;

    /// Begins the turn of the next ready task, and keeps its value and what it is resumed with.
    Begin(value: Reg, wake: Reg) is "begin", Run * 84;
    /// Ends a turn: the task awaits another.
    Suspend(task: Pick, on: Pick, continuation: Src) is "suspend", Run * 36;
    /// Ends a turn: the task goes to the end of the queue.
    Yield(task: Pick, continuation: Src) is "yield", Run * 8;
    /// Ends a turn: the task goes on after a safepoint.
    Again(task: Pick, continuation: Src) is "again", Run * 6;
    /// Ends a turn: the task is a deferred from now on.
    Defer(task: Pick) is "defer", Run * 6;
    /// Spawns three tasks that run a new script, and lets a run loop drive until a ticket's task is settled or nothing can run.
    Drive(into: Reg, steps: Steps, ticket: Pick, inject: Pick) is "drive", Run * 8;
    /// Spawns such tasks, completes what is open, and lets a run loop drive until nothing can run.
    Idle(into: Reg, steps: Steps, inject: Pick) is "idle", Run * 2;
    /// Puts a running task into a shield.
    Shield(task: Pick, time: Span) is "shield", Run * 10;
    /// Ends a shield.
    Unshield(task: Pick) is "unshield", Run * 5;
    /// Makes a ticket of a task.
    Ticket(ticket: Pick, task: Pick) is "ticket", Run * 8;
    /// Uses the id of a task that is gone: a typed error, and no change.
    Stale(task: Pick, call: Pick) is "stale", Run * 3;
    /// Does with a task what its state does not allow: a typed error, and no change.
    Wrong(task: Pick, call: Pick) is "wrong", Run * 3;

    /// Ends a turn: the task completes.
    Complete(task: Pick, value: Src) is "complete", Settle * 44;
    /// Ends a turn: the task fails.
    Fail(task: Pick, error: Src) is "fail", Settle * 12;
    /// Ends a turn: the task's code panicked.
    Panicked(task: Pick) is "panicked", Settle * 1;
    /// Ends a turn: the task says that it is cancelled.
    EndCancelled(task: Pick) is "end-cancelled", Settle * 4;
    /// Cancels a task.
    Cancel(task: Pick, reason: Pick) is "cancel", Settle * 12;
    /// Takes the outcome of a settled task.
    Take(into: Reg, task: Pick) is "take", Settle * 130;
    /// Reads the values that a join has of its parts, after a safepoint.
    Parts(into: Reg, join: Pick) is "parts", Settle * 8;
    /// Releases a task.
    Release(task: Pick) is "release", Settle * 30;
    /// Settles a deferred, or an external from the heap's own thread; it fails if the second pick is odd.
    Resolve(task: Pick, how: Pick, value: Src) is "resolve", Settle * 22;
    /// Completes or fails an external on another thread.
    Send(external: Pick, how: Pick) is "send", Settle * 22;
    /// A thread completes up to four externals at once, with one lock.
    SendBatch(count: Pick) is "send-batch", Settle * 5;
    /// A thread completes an external if the inbox has room, which it has if the second pick is even.
    TrySend(external: Pick, room: Pick) is "try-send", Settle * 5;
    /// Cancels an external, and completes it after that.
    Late(external: Pick, how: Pick) is "late", Settle * 4;
    /// Drops a completer on another thread.
    Abandon(external: Pick) is "abandon", Settle * 2;
    /// Says that no more tasks come into a scope from outside.
    CloseScope(scope: Pick) is "close-scope", Settle * 8;
    /// Cancels a scope.
    CancelScope(scope: Pick, reason: Pick) is "cancel-scope", Settle * 5;
    /// Moves the clock on, and settles nothing.
    Advance(time: Span) is "advance", Settle * 8;
    /// Settles the timers that are due.
    Tick() is "tick", Settle * 16;
    /// Cancels a timer.
    CancelTimer(timer: Pick, reason: Pick) is "cancel-timer", Settle * 4;
    /// Waits for the other threads, then looks into the inbox.
    Arrive() is "arrive", Settle * 24;
    /// Drops a ticket, which releases the task, or keeps the task.
    Unticket(ticket: Pick, keep: Pick) is "unticket", Settle * 4;

    /// Reaches a safepoint: the heap collects if it wants to.
    Safepoint() is "safepoint", Collect * 150;
    /// Empties the nursery.
    Minor() is "minor", Collect * 6;
    /// Collects everything.
    Full() is "full", Collect * 3;
    /// Collects everything, and moves.
    Compact() is "compact", Collect * 2;
    /// Verifies the heap.
    Verify() is "verify", Collect * 1;
}

/// A list of operations as text, one a line.
pub fn write_ops(ops: &[Op]) -> String {
    ops.iter().map(|op| format!("{op}\n")).collect()
}

/// Reads a list of operations: one a line, blank lines and what follows a `#` left out.
///
/// # Errors
/// The first line that is no operation, with its number.
pub fn read_ops(text: &str) -> Result<Vec<Op>, ParseError> {
    let lines = text.lines().enumerate().map(|(i, line)| (i, line.split('#').next().unwrap_or("").trim()));
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(i, line)| line.parse().map_err(|e| ParseError(format!("line {}: {e}", i + 1))))
        .collect()
}
