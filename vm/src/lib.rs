//! The reference embedding of Mangrove: a VM for a JavaScript subset.
#![forbid(unsafe_code)]

pub mod atoms;
pub mod bytecode;
pub mod machine;
pub mod runtime;
pub mod syntax;
pub mod trace;
