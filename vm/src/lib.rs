//! The reference embedding of Mangrove: a VM for a JavaScript subset.
#![forbid(unsafe_code)]

pub mod atoms;
pub mod builtins;
pub mod bytecode;
pub mod compile;
pub mod dis;
pub mod engine;
pub mod events;
pub mod host;
pub mod inspect;
pub mod interp;
pub mod json;
pub mod machine;
pub mod operands;
mod pool;
pub mod recorder;
mod report;
pub mod runtime;
pub mod syntax;
pub mod tasks;
pub mod trace;
