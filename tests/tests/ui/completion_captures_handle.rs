//! D14: a completion from another thread that carries a host handle, whose table is not synchronised.
use mangrove_gc::{Handle, Str};
use mangrove_scheduler::Completer;

fn main() {}

fn captured(handle: Handle<Str>, completer: Completer) {
    completer.complete_with(move |mc| Ok(handle.get(mc).unwrap().into()));
}
