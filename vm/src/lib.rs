//! The reference embedding of Mangrove: a VM for a JavaScript subset.
#![forbid(unsafe_code)]

pub mod syntax;
