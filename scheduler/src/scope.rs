//! [`ScopeOptions`]: how a scope treats its tasks.

use core::time::Duration;

/// How a scope treats its tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScopeOptions {
    /// A task that fails leaves its siblings alone, and the scope too. Otherwise they are cancelled, and the scope fails
    /// with that failure.
    pub supervise: bool,
    /// Nobody wants the results: each task is released when it settles.
    pub discard: bool,
    /// How long a scope that was cancelled, or that failed, awaits the end of its tasks. Who takes longer is detached,
    /// and the scope ends without it. `None`: as long as it takes.
    pub grace: Option<Duration>,
}
