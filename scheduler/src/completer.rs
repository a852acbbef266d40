//! [`Completer`]: the producer's end of an external task.
//!
//! Invariant: it sends at most one message, and one at least: dropped without a completion, it says so.

use core::fmt;
use std::sync::Arc;

use mangrove_gc::{AllocError, Mutation, Value};

use crate::id::TaskId;
use crate::inbox::{Payload, Shared};
use crate::scalar::Scalar;

/// How the builder of a completion fails.
#[derive(Clone, Copy, Debug)]
pub enum Fail<'gc> {
    /// The task fails with this error value.
    Error(Value<'gc>),
    /// An allocation failed: the scheduler collects and calls the builder again, at most twice; then the task fails
    /// with [`Fault::OutOfMemory`](crate::Fault::OutOfMemory).
    Alloc(AllocError),
}

impl From<AllocError> for Fail<'_> {
    fn from(error: AllocError) -> Self {
        Fail::Alloc(error)
    }
}

/// Completes one external task, from any thread. Dropping it settles the task as abandoned.
///
/// It holds no heap value, and carries none: a value is built on the heap's own thread. It outlives its scheduler
/// harmlessly: what it sends then is dropped.
///
/// A builder cannot carry a heap value to another thread:
///
/// ```compile_fail,E0521
/// # use mangrove_gc::Value;
/// # use mangrove_scheduler::Completer;
/// fn carry<'gc>(value: Value<'gc>, completer: Completer) {
///     completer.complete_with(move |_| Ok(value));
/// }
/// ```
pub struct Completer {
    /// `None` once it has sent.
    shared: Option<Arc<Shared>>,
    task: u64,
}

impl Completer {
    pub(crate) fn new(shared: Arc<Shared>, task: TaskId<'_>) -> Self {
        Completer { shared: Some(shared), task: task.bits() }
    }

    /// Completes the task with plain data. Allocates nothing.
    pub fn complete(mut self, data: impl Into<Scalar>) {
        self.send(Payload::Value(data.into()));
    }

    /// Completes the task with the value that `build` makes, on the heap's thread, before the next turn.
    ///
    /// `Err(Fail::Alloc(_))` means: collect, and call again; so it must be possible to call it again. A panic in it
    /// fails the task with [`Fault::Panicked`](crate::Fault::Panicked), and goes on to the host. It is dropped without
    /// being called when the task is settled by then.
    pub fn complete_with(
        mut self,
        build: impl for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, Fail<'gc>> + Send + 'static,
    ) {
        self.send(Payload::Build(Box::new(build)));
    }

    /// Fails the task with plain data as its error value. Allocates nothing.
    pub fn fail(mut self, data: impl Into<Scalar>) {
        self.send(Payload::Error(data.into()));
    }

    /// Fails the task with the error value that `build` makes, on the heap's thread; otherwise as
    /// [`Completer::complete_with`].
    pub fn fail_with(
        mut self,
        mut build: impl for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, AllocError> + Send + 'static,
    ) {
        self.send(Payload::Build(fail_builder(move |mc| build(mc))));
    }

    /// Whether nobody waits for the completion any more: the task was cancelled, or its scheduler is gone. What is
    /// sent all the same is dropped. A load.
    pub fn is_closed(&self) -> bool {
        self.shared.as_ref().is_none_or(|shared| shared.is_closed())
    }

    fn send(&mut self, payload: Payload) {
        if let Some(shared) = self.shared.take() {
            shared.inbox.push(self.task, payload);
        }
    }
}

fn fail_builder(
    mut build: impl for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, AllocError> + Send + 'static,
) -> crate::inbox::Builder {
    Box::new(move |mc| match build(mc) {
        Ok(error) => Err(Fail::Error(error)),
        Err(error) => Err(Fail::Alloc(error)),
    })
}

impl Drop for Completer {
    fn drop(&mut self) {
        self.send(Payload::Abandon);
    }
}

impl fmt::Debug for Completer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completer").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}
