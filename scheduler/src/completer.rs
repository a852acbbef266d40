//! [`Completer`]: the producer's end of an external task.
//!
//! Invariant: it sends at most one message, and one at least: dropped without a completion, it says so.

use core::fmt;
use core::mem::ManuallyDrop;

use mangrove_gc::{AllocError, Mutation, Value};

use crate::id::TaskId;
use crate::inbox::{Builder, Message, Outlet, Payload, WhenFull};
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

/// The inbox is full: the completer and what it was to send, to try again. Nothing was sent.
pub struct Full<T> {
    /// The completer. Dropping it abandons the task.
    pub completer: Completer,
    /// What was not sent.
    pub data: T,
}

impl<T> fmt::Debug for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Full").field("completer", &self.completer).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = self.completer.name();
        write!(f, "the inbox is full: complete {task} again later, or let `complete` wait for room")
    }
}

impl<T> core::error::Error for Full<T> {}

/// Completes one external task, from any thread. Dropping it settles the task as abandoned.
///
/// It holds no heap value, and carries none: a value is built on the heap's own thread. It outlives its scheduler
/// harmlessly: what it sends then is dropped.
///
/// Where the inbox has a [bound](crate::TaskScheduler::set_inbox_bound) and is full, [`Completer::complete`] and its
/// like wait for room, except on the heap's own thread, which goes over the bound instead of waiting for itself; and
/// [`Completer::try_complete`] and its like give everything back. A drop always goes through.
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
    outlet: Option<Outlet>,
    task: u64,
}

impl Completer {
    #[inline(always)]
    pub(crate) fn new(outlet: Outlet, task: TaskId<'_>) -> Self {
        Completer { outlet: Some(outlet), task: task.bits() }
    }

    /// Completes the task with plain data. Allocates nothing, but for the inbox that grows.
    #[inline]
    pub fn complete(self, data: impl Into<Scalar>) {
        let data = data.into();
        // It sends here, so there is nothing for a drop to see to: a test and a call less.
        let this = ManuallyDrop::new(self);
        if let Some(outlet) = this.outlet {
            let _ = outlet.send(this.task, WhenFull::Wait, data, Payload::Value);
        }
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
        let _ = self.send(WhenFull::Wait, build, builder);
    }

    /// Hands the data to a scheduler of [another heap](crate::TaskScheduler::foreign), which builds the value of it.
    /// A scheduler of a Mangrove heap fails the task with [`Fault::Unbuildable`](crate::Fault::Unbuildable).
    pub fn complete_data(mut self, data: impl core::any::Any + Send) {
        let _ = self.send(WhenFull::Wait, data, |data| Payload::Data(Box::new(data)));
    }

    /// Fails the task with plain data as its error value. Allocates nothing, but for the inbox that grows.
    pub fn fail(mut self, data: impl Into<Scalar>) {
        let _ = self.send(WhenFull::Wait, data.into(), Payload::Error);
    }

    /// Fails the task with the error value that `build` makes, on the heap's thread; otherwise as
    /// [`Completer::complete_with`].
    pub fn fail_with(
        mut self,
        build: impl for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, AllocError> + Send + 'static,
    ) {
        let _ = self.send(WhenFull::Wait, build, fail_builder);
    }

    /// [`Completer::complete`], without waiting.
    ///
    /// # Errors
    /// [`Full`], with everything in it.
    pub fn try_complete<T: Into<Scalar>>(mut self, data: T) -> Result<(), Full<Scalar>> {
        let sent = self.send(WhenFull::Refuse, data.into(), Payload::Value);
        sent.map_err(|data| Full { completer: self, data })
    }

    /// [`Completer::complete_with`], without waiting.
    ///
    /// # Errors
    /// [`Full`], with everything in it.
    pub fn try_complete_with<F>(mut self, build: F) -> Result<(), Full<F>>
    where
        F: for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, Fail<'gc>> + Send + 'static,
    {
        let sent = self.send(WhenFull::Refuse, build, builder);
        sent.map_err(|data| Full { completer: self, data })
    }

    /// [`Completer::fail`], without waiting.
    ///
    /// # Errors
    /// [`Full`], with everything in it.
    pub fn try_fail<T: Into<Scalar>>(mut self, data: T) -> Result<(), Full<Scalar>> {
        let sent = self.send(WhenFull::Refuse, data.into(), Payload::Error);
        sent.map_err(|data| Full { completer: self, data })
    }

    /// Whether nobody waits for the completion any more: the task was cancelled, or its scheduler is gone. What is
    /// sent all the same is dropped. Takes no lock.
    pub fn is_closed(&self) -> bool {
        let task = TaskId::from_bits(self.task);
        self.outlet
            .as_ref()
            .map(Outlet::inbox)
            .is_none_or(|inbox| inbox.is_closed() || !inbox.board.is_open(task.slot(), task.generation()))
    }

    /// The task's name, for messages.
    pub fn name(&self) -> crate::TaskName {
        TaskId::from_bits(self.task).name()
    }

    /// On an error it has not sent.
    #[inline(always)]
    fn send<T>(&mut self, when_full: WhenFull, data: T, wrap: fn(T) -> Payload) -> Result<(), T> {
        let Some(outlet) = self.outlet.take() else { return Ok(()) };
        outlet.send(self.task, when_full, data, wrap).map_err(|(outlet, data)| {
            self.outlet = Some(outlet);
            data
        })
    }

    /// The message, for a batch, and where it goes.
    #[inline]
    fn into_message(mut self, payload: Payload) -> Option<(Outlet, Message)> {
        Some((self.outlet.take()?, Message { task: self.task, payload }))
    }
}

fn builder<F>(build: F) -> Payload
where
    F: for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, Fail<'gc>> + Send + 'static,
{
    Payload::Build(Box::new(build))
}

fn fail_builder<F>(mut build: F) -> Payload
where
    F: for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, AllocError> + Send + 'static,
{
    let build: Builder = Box::new(move |mc| match build(mc) {
        Ok(error) => Err(Fail::Error(error)),
        Err(error) => Err(Fail::Alloc(error)),
    });
    Payload::Build(build)
}

impl Drop for Completer {
    #[inline]
    fn drop(&mut self) {
        let _ = self.send(WhenFull::GoOver, (), |()| Payload::Abandon);
    }
}

impl fmt::Debug for Completer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closed = self.is_closed();
        f.debug_struct("Completer").field("task", &self.name()).field("closed", &closed).finish_non_exhaustive()
    }
}

mod batch;
pub use batch::Batch;
