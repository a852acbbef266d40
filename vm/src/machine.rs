//! [`Vm`]: the root that holds a whole VM.
//!
//! Invariant: every heap value that outlives a `mutate` call is reachable from here.

use std::rc::Rc;

use mangrove_gc::{Static, Trace, Value};

use crate::atoms::Atoms;
use crate::bytecode::{Atom, Program};
use crate::runtime::realm::Realm;
use crate::runtime::shape::Shapes;

/// Compiled code and its names.
#[derive(Debug, Default)]
pub struct Code {
    /// All functions.
    pub program: Program,
    /// All names.
    pub atoms: Atoms,
}

/// The root.
#[derive(Trace)]
pub struct Vm<'gc> {
    /// The strings of the atoms.
    pub strings: Vec<Value<'gc>>,
    /// The objects that hold the built-in methods.
    pub realm: Realm<'gc>,
    /// Compiled code.
    pub code: Static<Rc<Code>>,
    /// The shapes of objects.
    pub shapes: Static<Shapes>,
}

impl<'gc> Vm<'gc> {
    /// The string of an atom.
    #[inline(always)]
    pub fn string(&self, atom: Atom) -> Value<'gc> {
        self.strings[atom.0 as usize]
    }

    /// Where the running code is, as `stack` of errors shows it: lines that begin with "\n    at ".
    pub fn stack_trace(&self) -> String {
        String::new()
    }
}
