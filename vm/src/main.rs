//! The command line of Mangrove.
fn main() {}
