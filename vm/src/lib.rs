//! A virtual machine for a subset of JavaScript, on Mangrove's heap and scheduler.
#![forbid(unsafe_code)]

pub mod syntax;
