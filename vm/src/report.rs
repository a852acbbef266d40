//! What a user reads when a program ends before its time: an error that nobody caught, or async calls that wait for
//! ever.
//!
//! Invariant: a report can always be made: where there is no memory for a part, it is shorter.

use std::collections::BTreeMap;

use mangrove_gc::{Gc, Mutation, Value};

use crate::inspect;
use crate::interp::fiber::Fiber;
use crate::machine::{Place, Vm};
use crate::runtime::object::Object;
use crate::runtime::{error, string};
use crate::stack;
use crate::syntax::visible;

/// How many places a report of a deadlock names.
const MOST_PLACES: usize = 20;

/// How many async calls wait for ever at each place: function and instruction.
pub(crate) type Stuck = BTreeMap<(u32, u32), usize>;

/// An error that nobody caught: where it was thrown, that line of the source, and the error with its stack.
pub(crate) fn uncaught<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, error: Value<'gc>) -> String {
    let is_error = error::kind(vm, error).is_some();
    let thrown = if vm.progress.from_promise { None } else { vm.progress.thrown_at };
    let stack = if is_error { stack(mc, vm, error) } else { None };
    let code = vm.code.clone();
    let place = match thrown {
        Some((function, pc)) => {
            let place = Place::of(&code.program, function, pc);
            (!place.source.internal).then_some(place)
        }
        None => None,
    };
    let mut text = match &place {
        Some(place) => {
            let ((line, column), source) = (place.line_and_column(), place.line());
            excerpt(&place.source.name, line, column, source)
        }
        None => stack.as_deref().and_then(|stack| from_stack(vm, stack)).unwrap_or_default(),
    };
    if error.same(vm.realm.out_of_memory) {
        // It was made before the program: it knows no place.
        text.push_str(&stack.unwrap_or_default());
        place.inspect(|place| place.write_line(&mut text, ""));
        return text;
    }
    let shown = inspect::inspect(mc, vm, error, inspect::DEPTH);
    let shown = shown.ok().or(stack).unwrap_or_else(|| "an error, and no memory to tell which".into());
    match (vm.progress.from_promise, is_error) {
        (true, false) => text.push_str(&format!(
            "Uncaught (in promise): thrown in an async function without a catch block, or a promise was rejected that \
             nobody handles\n{shown}"
        )),
        (false, false) => text.push_str(&format!("Uncaught:\n{shown}")),
        _ => text.push_str(&shown),
    }
    text
}

/// The stack of an error, if it is text.
fn stack<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, error: Value<'gc>) -> Option<String> {
    let object: Gc<'gc, Object<'gc>> = error.downcast()?;
    let stack = error::stack(mc, vm, object).ok()??;
    string::is_string(stack).then(|| string::to_rust(mc, stack).ok()).flatten()
}

/// A line of the source with a caret.
fn excerpt(file: &str, line: usize, column: usize, source: &str) -> String {
    let mut units = 0;
    let at = source.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units >= column
    });
    let (shown, caret) = visible(source, at.map_or(source.len(), |(at, _)| at));
    format!("{file}:{line}\n{shown}\n{}^\n\n", " ".repeat(caret))
}

/// The place in the first line of a stack.
fn from_stack(vm: &Vm<'_>, stack: &str) -> Option<String> {
    let first = stack.lines().find(|line| line.starts_with("    at "))?;
    let location = first.rsplit(['(', ' ']).next()?.trim_end_matches(')');
    let mut parts = location.rsplitn(3, ':');
    let (column, line) = (parts.next()?.parse().ok()?, parts.next()?.parse::<usize>().ok()?);
    let file = parts.next()?;
    let source = vm.code.program.sources.iter().find(|source| *source.name == *file)?;
    Some(excerpt(file, line, column, source.text.lines().nth(line.checked_sub(1)?)?))
}

/// Gives up the tasks that can never go on. Of async calls the place is remembered: a report names them, whether they
/// were found while the program ran or are left when it ends.
#[cold]
pub(crate) fn release_lost(vm: &mut Vm<'_>) {
    for task in vm.tasks.lost() {
        if let Some(fiber) = vm.tasks.value(task).ok().and_then(|value| value.downcast::<Fiber>()) {
            *vm.stuck.entry(stack::position(fiber)).or_default() += 1;
        }
    }
    vm.tasks.release_lost();
}

/// The async calls that wait for what can never happen.
pub(crate) fn deadlock<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>) -> Option<String> {
    let mut stuck = std::mem::take(&mut *vm.stuck);
    for (_, value) in mc.census(&mut vm.tasks) {
        if let Some(fiber) = value.downcast::<Fiber>() {
            *stuck.entry(stack::position(fiber)).or_default() += 1;
        }
    }
    let mut text = match stuck.values().sum() {
        0 => return None,
        1 => "Deadlock: an async call waits for what can never happen".to_owned(),
        count => format!("Deadlock: {count} async calls wait for what can never happen"),
    };
    for (&(function, pc), &count) in stuck.iter().take(MOST_PLACES) {
        Place::of(&vm.code.program, function, pc).write_line(&mut text, "async ");
        if count > 1 {
            text.push_str(&format!(", {count} times"));
        }
    }
    if stuck.len() > MOST_PLACES {
        text.push_str(&format!("\n    and at {} more places", stuck.len() - MOST_PLACES));
    }
    Some(text)
}
