//! The reference embedding of Mangrove: a VM for a JavaScript subset.
#![forbid(unsafe_code)]

pub mod atoms;
pub mod bytecode;
pub mod compile;
pub mod dis;
pub mod machine;
pub mod operands;
pub mod runtime;
pub mod syntax;
pub mod trace;
