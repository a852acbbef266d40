//! [`Atoms`]: the names of properties and the string constants that occur in compiled texts.
//!
//! Invariant: an atom is made by the compiler and by the VM's setup, never by a running script, so their number is
//! bounded by the size of the texts. A key that a script computes is looked up, and is no atom if no text has it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::bytecode::Atom;

/// The table of atoms.
#[derive(Debug, Default)]
pub struct Atoms {
    units: Vec<Rc<[u16]>>,
    by_units: HashMap<Rc<[u16]>, Atom>,
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
