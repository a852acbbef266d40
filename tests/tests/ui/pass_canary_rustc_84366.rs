//! Hole 14: rustc lets safe code launder a lifetime (rust-lang/rust#84366), and so a value can leave `mutate`.
//!
//! No library can close this. When this file stops compiling rustc has: say so in the docs of `gc`, and turn the file
//! into one that must not compile.
#![forbid(unsafe_code)]

use mangrove_gc::Value;
use std::any::Any;

trait Output {
    type Of;
}
impl<R, F: Fn() -> R> Output for F {
    type Of = R;
}

/// A closure that borrows nothing is `'static` whatever it returns; from that, `F::Of: 'static` follows.
fn laundered<F: Output + 'static>(_: &F, of: F::Of) -> Box<dyn Any> {
    Box::new(of)
}

fn escape<'gc>(value: Value<'gc>) -> Value<'static> {
    let closure = || -> Value<'gc> { unreachable!("only its type is of use") };
    *laundered(&closure, value).downcast().unwrap()
}

fn main() {
    assert_eq!(escape(7.into()).as_int(), Some(7));
}
