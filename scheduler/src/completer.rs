//! [`Completer`]: the producer's end of an external task.

use mangrove_gc::{AllocError, Mutation, Value};

use crate::scalar::Scalar;

/// How a builder of a completion fails.
#[derive(Clone, Copy, Debug)]
pub enum Fail<'gc> {
    /// The task fails with this error value.
    Error(Value<'gc>),
    /// An allocation failed: the scheduler collects and calls the builder again.
    Alloc(AllocError),
}

impl From<AllocError> for Fail<'_> {
    fn from(error: AllocError) -> Self {
        Fail::Alloc(error)
    }
}

/// Completes one external task, from any thread. Dropping it settles the task as abandoned.
pub struct Completer(std::marker::PhantomData<std::sync::Arc<u64>>);

impl Completer {
    /// Completes the task with plain data.
    pub fn complete(self, data: impl Into<Scalar>) {
        let _ = data.into();
        todo!()
    }

    /// Completes the task with the value that `build` makes, on the heap's thread. `Err(Fail::Alloc(_))` means: collect,
    /// and call again.
    pub fn complete_with(
        self,
        build: impl for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, Fail<'gc>> + Send + 'static,
    ) {
        let _ = build;
        todo!()
    }

    /// Fails the task with plain data.
    pub fn fail(self, data: impl Into<Scalar>) {
        let _ = data.into();
        todo!()
    }

    /// Fails the task with the error value that `build` makes, on the heap's thread.
    pub fn fail_with(
        self,
        build: impl for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, AllocError> + Send + 'static,
    ) {
        let _ = build;
        todo!()
    }

    /// Whether nobody waits for the completion any more: the task was cancelled, or its scheduler is gone. What is
    /// sent all the same is dropped.
    pub fn is_closed(&self) -> bool {
        todo!()
    }
}
