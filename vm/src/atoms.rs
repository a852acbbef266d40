//! [`Atoms`]: the names of properties and the string constants that occur in compiled texts.
//!
//! Invariant: an atom is made by the compiler and by the VM's setup, never by a running script, so their number is
//! bounded by the size of the texts. A key that a script computes is looked up, and is no atom if no text has it.

use std::rc::Rc;

use crate::bytecode::Atom;
use crate::runtime::string::Units;

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
    FUNCTION = "function", STATUS = "status", VALUE = "value", REASON = "reason", THEN = "then",
    FULFILLED = "fulfilled", REJECTED = "rejected",
}

/// The table of atoms.
#[derive(Debug)]
pub struct Atoms {
    units: Vec<Rc<[u16]>>,
    hashes: Vec<u32>,
    /// Of the names that are indices.
    integers: Vec<Option<u32>>,
    /// Open addressing by hash: one more than the number of an atom, 0 where there is none. At most half full; as
    /// many places as a power of two.
    places: Vec<u32>,
}

impl Default for Atoms {
    fn default() -> Self {
        let mut atoms = Atoms {
            units: Vec::new(),
            hashes: Vec::new(),
            integers: Vec::new(),
            places: vec![0; (4 * KNOWN.len()).next_power_of_two()],
        };
        for name in KNOWN {
            atoms.intern_str(name);
        }
        atoms
    }
}

impl Atoms {
    /// The atom of these UTF-16 units, made if it is new.
    pub fn intern(&mut self, units: &[u16]) -> Atom {
        if let Some(atom) = self.lookup(units) {
            return atom;
        }
        if self.places.len() < 2 * (self.units.len() + 1) {
            self.places = vec![0; 4 * self.places.len()];
            for atom in 0..self.units.len() {
                self.place(atom);
            }
        }
        let atom = Atom(self.units.len() as u32);
        self.units.push(units.into());
        self.hashes.push(hash_units(units));
        self.integers.push(integer(units.iter().copied()));
        self.place(atom.0 as usize);
        atom
    }

    fn place(&mut self, atom: usize) {
        let mut place = self.hashes[atom] as usize & (self.places.len() - 1);
        while self.places[place] != 0 {
            place = (place + 1) & (self.places.len() - 1);
        }
        self.places[place] = atom as u32 + 1;
    }

    /// The atom of this text, made if it is new.
    pub fn intern_str(&mut self, text: &str) -> Atom {
        self.intern(&text.encode_utf16().collect::<Vec<_>>())
    }

    /// The atom of these units, if some text has it.
    pub fn lookup(&self, units: &[u16]) -> Option<Atom> {
        self.search(hash_units(units), |found| found == units)
    }

    /// The atom of the units of a string with this hash, if some text has it.
    pub fn find(&self, units: &Units<'_>, hash: u32) -> Option<Atom> {
        self.search(hash, |found| units.len() == found.len() && units.iter().eq(found.iter().copied()))
    }

    #[inline]
    fn search(&self, hash: u32, is: impl Fn(&[u16]) -> bool) -> Option<Atom> {
        let mut place = hash as usize & (self.places.len() - 1);
        loop {
            let atom = self.places[place].checked_sub(1)?;
            if self.hashes[atom as usize] == hash && is(&self.units[atom as usize]) {
                return Some(Atom(atom));
            }
            place = (place + 1) & (self.places.len() - 1);
        }
    }

    /// The units of an atom.
    pub fn units(&self, atom: Atom) -> &Rc<[u16]> {
        &self.units[atom.0 as usize]
    }

    /// An atom as text, for messages; half surrogate pairs become U+FFFD.
    pub fn text(&self, atom: Atom) -> String {
        String::from_utf16_lossy(self.units(atom))
    }

    /// The index that an atom is.
    #[inline]
    pub fn integer(&self, atom: Atom) -> Option<u32> {
        self.integers[atom.0 as usize]
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.units.len()
    }
}

/// The index, an integer from 0 to 2³² - 2, whose string has these units.
pub(crate) fn integer(units: impl ExactSizeIterator<Item = u16>) -> Option<u32> {
    let len = units.len();
    let mut number = 0_u32;
    for (at, unit) in units.enumerate() {
        let digit = u32::from(unit).wrapping_sub(u32::from(b'0'));
        if digit > 9 || (at == 0 && digit == 0 && len > 1) {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    (len > 0 && number < u32::MAX).then_some(number)
}

/// A hash of a word: both halves of a product, so that each bit of the word reaches each bit of the result.
#[inline(always)]
pub(crate) fn hash_word(word: u64) -> u64 {
    let product = u128::from(word ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93;
    (product as u64) ^ (product >> 64) as u64
}

/// The hash of a string with these bytes for units, in the one representation that it has; never 0.
#[inline]
pub(crate) fn hash_bytes(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = words.iter().fold(bytes.len() as u64, |hash, word| hash_word(hash ^ u64::from_le_bytes(*word)));
    if !rest.is_empty() {
        hash = hash_word(hash ^ rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)));
    }
    (hash as u32).max(1)
}

fn hash_units(units: &[u16]) -> u32 {
    if units.iter().all(|&unit| unit <= 0xFF) {
        hash_bytes(&units.iter().map(|&unit| unit as u8).collect::<Vec<_>>())
    } else {
        hash_bytes(&units.iter().flat_map(|unit| unit.to_ne_bytes()).collect::<Vec<_>>())
    }
}
