//! stub
use std::fmt;
/// What a verification looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Objects reached from the roots.
    pub objects: u64,
    /// Slots looked at.
    pub slots: u64,
    /// Roots among them.
    pub roots: u64,
}
/// What is wrong with a heap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    pub(crate) what: String,
}
impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}
impl std::error::Error for VerifyError {}
