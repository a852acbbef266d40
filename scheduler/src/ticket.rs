//! [`Ticket`]: how code outside `mutate` names a task.

/// A host's claim on one task: `'static` and `Send`. Dropping the last ticket of a task releases the task: its result
/// is let go, now or as soon as it settles; [`Ticket::keep`] gives the claim up without that.
pub struct Ticket(std::marker::PhantomData<std::sync::Arc<u64>>);

impl Ticket {
    /// Gives the claim up and leaves the task to those who have its id.
    pub fn keep(self) {
        todo!()
    }
}
