//! [`Atoms`]: the names of properties and the string constants that occur in compiled texts.
//!
//! Invariant: an atom is made by the compiler and by the VM's setup, never by a running script, so their number is
//! bounded by the size of the texts. A key that a script computes is looked up, and is no atom if no text has it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::bytecode::Atom;

/// Defines the names that the VM itself uses: each has the same atom in every table.
macro_rules! known {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// The atoms of names that the VM itself uses.
        pub mod names {
            use super::Atom;
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "an enumeration to count by")]
            enum Place { $($name),* }
            $(#[doc = concat!("`", $text, "`")] pub const $name: Atom = Atom(Place::$name as u32);)*
        }
        const KNOWN: &[&str] = &[$($text),*];
    };
}

known! {
    EMPTY = "", LENGTH = "length", NAME = "name", MESSAGE = "message", STACK = "stack", CAUSE = "cause",
    ERRORS = "errors", SIZE = "size", CONSTRUCTOR = "constructor", PROTOTYPE = "prototype", TO_STRING = "toString",
    VALUE_OF = "valueOf", UNDEFINED = "undefined", NULL = "null", TRUE = "true", FALSE = "false",
    BOOLEAN = "boolean", NUMBER = "number", STRING = "string", SYMBOL = "symbol", OBJECT = "object",
    FUNCTION = "function", NAN = "NaN", INFINITY = "Infinity", NEGATIVE_INFINITY = "-Infinity",
    PLAIN_OBJECT = "[object Object]", STATUS = "status", VALUE = "value", REASON = "reason", DONE = "done",
    INDEX = "index", THEN = "then",
    FULFILLED = "fulfilled", REJECTED = "rejected",
}

/// The table of atoms.
#[derive(Debug)]
pub struct Atoms {
    units: Vec<Rc<[u16]>>,
    by_units: HashMap<Rc<[u16]>, Atom>,
}

impl Default for Atoms {
    fn default() -> Self {
        let mut atoms = Atoms { units: Vec::new(), by_units: HashMap::new() };
        for name in KNOWN {
            atoms.intern_str(name);
        }
        atoms
    }
}

impl Atoms {
    /// The atom of these UTF-16 units, made if it is new.
    pub fn intern(&mut self, units: &[u16]) -> Atom {
        if let Some(&atom) = self.by_units.get(units) {
            return atom;
        }
        let atom = Atom(self.units.len() as u32);
        let units: Rc<[u16]> = units.into();
        self.units.push(units.clone());
        self.by_units.insert(units, atom);
        atom
    }

    /// The atom of this text, made if it is new.
    pub fn intern_str(&mut self, text: &str) -> Atom {
        self.intern(&text.encode_utf16().collect::<Vec<_>>())
    }

    /// The atom of these units, if some text has it.
    pub fn lookup(&self, units: &[u16]) -> Option<Atom> {
        self.by_units.get(units).copied()
    }

    /// The units of an atom.
    pub fn units(&self, atom: Atom) -> &Rc<[u16]> {
        &self.units[atom.0 as usize]
    }

    /// An atom as text, for messages; half surrogate pairs become U+FFFD.
    pub fn text(&self, atom: Atom) -> String {
        String::from_utf16_lossy(self.units(atom))
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty, reason = "never empty in a VM")]
    pub fn len(&self) -> usize {
        self.units.len()
    }
}
