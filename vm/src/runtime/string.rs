//! Strings: [`Text`] and [`Rope`], beside the small strings that live in the word.
//!
//! Invariant: a string has one representation. Up to five units, all ASCII: the small string. Else, if no unit is above
//! 0xFF, Latin-1 bytes; else UTF-16 units, in the byte order of the machine. A rope is only as yet unknown content: it
//! becomes its text, in place, when somebody looks at it.

use std::cell::Cell;
use std::cmp::Ordering;

use mangrove_gc::{Blob, Mutation, Object, Slot, Static, Trace, Value};

use super::Outcome;

/// The most units that a string may have, as in Node.
pub const MAX_LENGTH: usize = 0x1FFF_FFE8;

/// Content of a string.
pub type Text = Blob<TextHead>;

/// What stands before the units of a [`Text`].
#[derive(Debug)]
pub struct TextHead {
    /// Of the content; 0 when it was not computed yet.
    hash: Cell<u32>,
    /// Bit 31: units are two bytes each. Below: one more than the number of its atom, 0 when not known.
    tag: Cell<u32>,
}

/// Two strings, one after the other. Once flat, `left` is the [`Text`] of both and `right` is nil.
#[derive(Debug, Trace, Object)]
pub struct Rope<'gc> {
    left: Slot<'gc>,
    right: Slot<'gc>,
    length: Static<u32>,
    wide: Static<bool>,
}

/// The units of a string, to be read. Indices and lengths count units.
#[derive(Clone, Copy, Debug)]
pub enum Units<'gc> {
    /// ASCII, held in the word: the bytes and how many there are.
    Small([u8; 5], u8),
    /// A byte each.
    Latin1(&'gc [u8]),
    /// Two bytes each.
    Wide(&'gc [u8]),
}

impl<'gc> Units<'gc> {
    /// How many there are.
    #[inline]
    #[allow(clippy::len_without_is_empty, reason = "`len() == 0` is as short")]
    pub fn len(&self) -> usize {
        todo!()
    }
    /// One of them.
    #[inline]
    pub fn get(&self, index: usize) -> Option<u16> {
        let _ = index;
        todo!()
    }
    /// All of them as bytes, if none is above 0xFF.
    #[inline]
    pub fn latin1(&self) -> Option<&[u8]> {
        todo!()
    }
    /// Each in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u16> + ExactSizeIterator + Clone + '_ {
        Vec::<u16>::new().into_iter()
    }
    /// Those from `from` up to `to`, not included; both are cut to the length.
    pub fn slice(&self, from: usize, to: usize) -> Units<'gc> {
        let _ = (from, to);
        todo!()
    }
    /// Where `needle` begins first, at `from` or after.
    pub fn find(&self, needle: &Units<'_>, from: usize) -> Option<usize> {
        let _ = (needle, from);
        todo!()
    }
    /// Where `needle` begins last, at `from` or before.
    pub fn rfind(&self, needle: &Units<'_>, from: usize) -> Option<usize> {
        let _ = (needle, from);
        todo!()
    }
    /// Whether they begin with `needle` at `at`.
    pub fn has_at(&self, needle: &Units<'_>, at: usize) -> bool {
        let _ = (needle, at);
        todo!()
    }
    /// A copy.
    pub fn to_vec(&self) -> Vec<u16> {
        self.iter().collect()
    }
    /// As a Rust string; half surrogate pairs become U+FFFD.
    pub fn to_rust(&self) -> String {
        char::decode_utf16(self.iter()).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
    /// As a string value.
    pub fn to_value(&self, mc: &Mutation<'gc>) -> Outcome<'gc> {
        let _ = mc;
        todo!()
    }
}

impl PartialEq for Units<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Units<'_> {}
impl PartialOrd for Units<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Units<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

/// Whether it is a string.
#[inline]
pub fn is_string(value: Value<'_>) -> bool {
    value.word().is_small_str() || value.downcast::<Text>().is_some() || value.downcast::<Rope>().is_some()
}

/// The empty string.
#[inline]
pub fn empty<'gc>() -> Value<'gc> {
    Value::small_str("").expect("short enough")
}

/// How many units the string has; 0 for what is no string.
#[inline]
pub fn length(value: Value<'_>) -> usize {
    let _ = value;
    todo!()
}

/// The unit at an index.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn unit<'gc>(mc: &Mutation<'gc>, value: Value<'gc>, index: usize) -> Outcome<'gc, Option<u16>> {
    let _ = (mc, value, index);
    todo!()
}

/// The string of the unit at an index.
///
/// # Errors
/// When there is no memory.
pub fn at<'gc>(mc: &Mutation<'gc>, value: Value<'gc>, index: usize) -> Outcome<'gc, Option<Value<'gc>>> {
    let _ = (mc, value, index);
    todo!()
}

/// The units of a string; none for what is no string.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn units<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Outcome<'gc, Units<'gc>> {
    let _ = (mc, value);
    todo!()
}

/// The string without ropes: the small string or the text.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn flat<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, value);
    todo!()
}

/// As a Rust string; half surrogate pairs become U+FFFD.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn to_rust<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Outcome<'gc, String> {
    Ok(units(mc, value)?.to_rust())
}

/// The string of this text.
///
/// # Errors
/// When there is no memory.
pub fn from_str<'gc>(mc: &Mutation<'gc>, text: &str) -> Outcome<'gc> {
    let _ = (mc, text);
    todo!()
}

/// The string of these units.
///
/// # Errors
/// When there is no memory.
pub fn from_units<'gc>(mc: &Mutation<'gc>, units: &[u16]) -> Outcome<'gc> {
    let _ = (mc, units);
    todo!()
}

/// The string whose units are these bytes.
///
/// # Errors
/// When there is no memory.
pub fn from_latin1<'gc>(mc: &Mutation<'gc>, bytes: &[u8]) -> Outcome<'gc> {
    let _ = (mc, bytes);
    todo!()
}

/// The string of one unit.
///
/// # Errors
/// When there is no memory.
pub fn from_unit<'gc>(mc: &Mutation<'gc>, unit: u16) -> Outcome<'gc> {
    let _ = (mc, unit);
    todo!()
}

/// Two strings, one after the other. The caller has checked the sum of lengths against [`MAX_LENGTH`], or calls
/// [`operators::add`](super::operators::add), which does.
///
/// # Errors
/// When there is no memory, or beyond that length.
pub fn concat<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let _ = (mc, a, b);
    todo!()
}

/// The units from `from` up to `to`, not included; both are cut to the length.
///
/// # Errors
/// When there is no memory.
pub fn slice<'gc>(mc: &Mutation<'gc>, value: Value<'gc>, from: usize, to: usize) -> Outcome<'gc> {
    let _ = (mc, value, from, to);
    todo!()
}

/// Whether two strings have the same units.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn equal<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    let _ = (mc, a, b);
    todo!()
}

/// The order of two strings, by units.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn compare<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, Ordering> {
    Ok(units(mc, a)?.cmp(&units(mc, b)?))
}

/// A hash of the units.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn hash<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Outcome<'gc, u32> {
    let _ = (mc, value);
    todo!()
}

/// Collects a string in Rust memory.
#[derive(Debug, Default)]
pub struct Builder {
    latin1: Vec<u8>,
    wide: Option<Vec<u16>>,
}

impl Builder {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
    /// How many units it has.
    #[allow(clippy::len_without_is_empty, reason = "`len() == 0` is as short")]
    pub fn len(&self) -> usize {
        self.wide.as_ref().map_or(self.latin1.len(), Vec::len)
    }
    /// Appends a unit.
    pub fn push_unit(&mut self, unit: u16) {
        let _ = unit;
        todo!()
    }
    /// Appends a text.
    pub fn push_str(&mut self, text: &str) {
        let _ = text;
        todo!()
    }
    /// Appends units.
    pub fn push_units(&mut self, units: &Units<'_>) {
        let _ = units;
        todo!()
    }
    /// Appends a string.
    ///
    /// # Errors
    /// When there is no memory to make a rope flat.
    pub fn push<'gc>(&mut self, mc: &Mutation<'gc>, value: Value<'gc>) -> Outcome<'gc, ()> {
        self.push_units(&units(mc, value)?);
        Ok(())
    }
    /// The string.
    ///
    /// # Errors
    /// When there is no memory, or beyond [`MAX_LENGTH`].
    pub fn finish<'gc>(&self, mc: &Mutation<'gc>) -> Outcome<'gc> {
        let _ = mc;
        todo!()
    }
}
