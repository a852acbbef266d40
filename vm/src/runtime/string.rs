//! Strings: [`Text`] and [`Rope`], beside the small strings that live in the word.
//!
//! Invariant: a string has one representation. Up to five units, all ASCII: the small string. Else, if no unit is above
//! 0xFF, Latin-1 bytes; else UTF-16 units, in the byte order of the machine. A rope is only content not yet written out:
//! it becomes its text, in place, when somebody looks at it, and it is longer than [`LONGEST_COPY`].

use std::cell::Cell;
use std::cmp::Ordering;

use mangrove_gc::nanbox::layout::SMALL_STR_LEN_SHIFT;
use mangrove_gc::{AllocError, Blob, Gc, Mutation, Object, Slot, Static, Trace, Value};

use super::{Outcome, Stop};
use crate::atoms::{self, Atoms};
use crate::bytecode::Atom;

/// The most units that a string may have, as in Node.
pub const MAX_LENGTH: usize = 0x1FFF_FFE8;
/// The longest concatenation that is copied at once; a longer one is a rope.
pub const LONGEST_COPY: usize = 24;

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

const WIDE: u32 = 1 << 31;

impl TextHead {
    fn new(wide: bool) -> Self {
        TextHead { hash: Cell::new(0), tag: Cell::new(if wide { WIDE } else { 0 }) }
    }

    #[inline(always)]
    fn is_wide(&self) -> bool {
        self.tag.get() & WIDE != 0
    }

    /// The atom of the text, if somebody found it out.
    #[inline(always)]
    pub(super) fn atom(&self) -> Option<Atom> {
        (self.tag.get() & !WIDE).checked_sub(1).map(Atom)
    }

    fn set_atom(&self, atom: Atom) {
        self.tag.set(self.tag.get() & WIDE | (atom.0 + 1));
    }
}

/// Two strings, one after the other. Once flat, `left` is the [`Text`] of both and `right` is nil.
#[derive(Debug, Trace, Object)]
pub struct Rope<'gc> {
    left: Slot<'gc>,
    right: Slot<'gc>,
    length: Static<u32>,
    wide: Static<bool>,
}

impl<'gc> Rope<'gc> {
    /// Its text, once it is flat.
    #[inline]
    fn text(&self) -> Option<Gc<'gc, Text>> {
        if self.right.get().is_nil() { self.left.get().downcast() } else { None }
    }
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
        match self {
            Units::Small(_, len) => *len as usize,
            Units::Latin1(bytes) => bytes.len(),
            Units::Wide(bytes) => bytes.len() / 2,
        }
    }

    /// One of them.
    #[inline]
    pub fn get(&self, index: usize) -> Option<u16> {
        match self {
            Units::Wide(bytes) => {
                bytes.get(index * 2..index * 2 + 2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]]))
            }
            _ => self.latin1()?.get(index).copied().map(u16::from),
        }
    }

    /// All of them as bytes, if none is above 0xFF.
    #[inline]
    pub fn latin1(&self) -> Option<&[u8]> {
        match self {
            Units::Small(bytes, len) => bytes.get(..*len as usize),
            Units::Latin1(bytes) => Some(bytes),
            Units::Wide(_) => None,
        }
    }

    /// Each in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u16> + ExactSizeIterator + Clone + '_ {
        (0..self.len()).map(|index| self.get(index).unwrap_or(0))
    }

    /// Those from `from` up to `to`, not included; both are cut to the length.
    pub fn slice(&self, from: usize, to: usize) -> Units<'gc> {
        let to = to.min(self.len());
        let from = from.min(to);
        match self {
            Units::Small(bytes, _) => {
                let mut cut = [0; 5];
                cut[..to - from].copy_from_slice(&bytes[from..to]);
                Units::Small(cut, (to - from) as u8)
            }
            Units::Latin1(bytes) => Units::Latin1(&bytes[from..to]),
            Units::Wide(bytes) => Units::Wide(&bytes[from * 2..to * 2]),
        }
    }

    /// Where `needle` begins first, at `from` or after.
    pub fn find(&self, needle: &Units<'_>, from: usize) -> Option<usize> {
        let last = self.len().checked_sub(needle.len())?;
        let Some(first) = needle.get(0) else {
            return (from <= self.len()).then_some(from);
        };
        let mut at = from;
        while at <= last {
            // The first unit is what most places do not have.
            at += match self.latin1() {
                Some(bytes) => bytes[at..=last].iter().position(|&byte| u16::from(byte) == first)?,
                None => (at..=last).position(|at| self.get(at) == Some(first))?,
            };
            if self.has_at(needle, at) {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// Where `needle` begins last, at `from` or before.
    pub fn rfind(&self, needle: &Units<'_>, from: usize) -> Option<usize> {
        let last = self.len().checked_sub(needle.len())?;
        (0..=from.min(last)).rev().find(|&at| self.has_at(needle, at))
    }

    /// Whether they have `needle` at `at`.
    pub fn has_at(&self, needle: &Units<'_>, at: usize) -> bool {
        at <= self.len() && self.len() - at >= needle.len() && self.slice(at, at + needle.len()) == *needle
    }

    /// A copy.
    pub fn to_vec(&self) -> Vec<u16> {
        self.iter().collect()
    }

    /// As a Rust string; half surrogate pairs become U+FFFD.
    pub fn to_rust(&self) -> String {
        match self.latin1().map(std::str::from_utf8) {
            Some(Ok(ascii)) if ascii.is_ascii() => ascii.to_owned(),
            _ => char::decode_utf16(self.iter()).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
        }
    }

    /// As a string value.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn to_value(&self, mc: &Mutation<'gc>) -> Outcome<'gc> {
        match self {
            Units::Wide(bytes) if bytes.chunks_exact(2).any(|pair| u16::from_ne_bytes([pair[0], pair[1]]) > 0xFF) => {
                alloc(mc, true, &[bytes])
            }
            Units::Wide(_) => from_latin1(mc, &self.iter().map(|unit| unit as u8).collect::<Vec<_>>()),
            _ => from_latin1(mc, self.latin1().unwrap_or_default()),
        }
    }

    /// The order of both, by units.
    pub fn compare(&self, other: &Units<'_>) -> Ordering {
        match (self.latin1(), other.latin1()) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => self.iter().cmp(other.iter()),
        }
    }

    /// Of the content.
    pub(crate) fn hash(&self) -> u32 {
        match self {
            Units::Wide(bytes) => atoms::hash_bytes(bytes),
            _ => atoms::hash_bytes(self.latin1().unwrap_or_default()),
        }
    }
}

impl PartialEq for Units<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Units::Wide(a), Units::Wide(b)) => a == b,
            _ => match (self.latin1(), other.latin1()) {
                (Some(a), Some(b)) => a == b,
                _ => self.len() == other.len() && self.iter().eq(other.iter()),
            },
        }
    }
}
/// Whether it is a string.
#[inline]
pub fn is_string(value: Value<'_>) -> bool {
    value.word().is_small_str() || value.downcast::<Text>().is_some() || value.downcast::<Rope<'_>>().is_some()
}

/// The empty string.
#[inline]
pub fn empty<'gc>() -> Value<'gc> {
    const { Value::small_ascii(b"").expect("short enough") }
}

/// The bytes of a small string, and how many there are.
#[inline(always)]
fn small(value: Value<'_>) -> ([u8; 5], u8) {
    let bits = value.to_bits();
    let [a, b, c, d, e, ..] = bits.to_le_bytes();
    ([a, b, c, d, e], (bits >> SMALL_STR_LEN_SHIFT) as u8)
}

/// How many units the string has; 0 for what is no string.
#[inline]
pub fn length(value: Value<'_>) -> usize {
    measure(value).0
}

/// How many units the string has, and whether they are wide.
#[inline]
fn measure(value: Value<'_>) -> (usize, bool) {
    if value.word().is_small_str() {
        (small(value).1 as usize, false)
    } else if let Some(text) = value.downcast::<Text>() {
        let wide = text.head.is_wide();
        (text.len() >> u32::from(wide), wide)
    } else {
        value.downcast::<Rope<'_>>().map_or((0, false), |rope| (*rope.length as usize, *rope.wide))
    }
}

/// The unit at an index.
///
/// # Errors
/// When there is no memory to make a rope flat.
#[inline]
pub fn unit<'gc>(mc: &Mutation<'gc>, value: Value<'gc>, index: usize) -> Outcome<'gc, Option<u16>> {
    Ok(units(mc, value)?.get(index))
}

/// The units of a value that is a string and is written out.
#[inline]
pub fn written(value: Value<'_>) -> Option<Units<'_>> {
    if value.word().is_small_str() {
        let (bytes, len) = small(value);
        return Some(Units::Small(bytes, len));
    }
    match value.downcast::<Text>() {
        Some(text) => Some(units_of(text)),
        None => value.downcast::<Rope<'_>>()?.text().map(units_of),
    }
}

/// The string of the unit at an index.
///
/// # Errors
/// When there is no memory.
#[inline]
pub fn at<'gc>(mc: &Mutation<'gc>, value: Value<'gc>, index: usize) -> Outcome<'gc, Option<Value<'gc>>> {
    unit(mc, value, index)?.map(|unit| from_unit(mc, unit)).transpose()
}

/// The units of a string; none for what is no string.
///
/// # Errors
/// When there is no memory to make a rope flat.
#[inline]
pub fn units<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Outcome<'gc, Units<'gc>> {
    if value.word().is_small_str() {
        let (bytes, len) = small(value);
        return Ok(Units::Small(bytes, len));
    }
    let text = match value.downcast::<Text>() {
        Some(text) => text,
        None => match value.downcast::<Rope<'gc>>() {
            Some(rope) => flatten(mc, rope)?,
            None => return Ok(Units::Latin1(&[])),
        },
    };
    Ok(units_of(text))
}

fn units_of(text: Gc<'_, Text>) -> Units<'_> {
    let text = text.as_ref();
    if text.head.is_wide() { Units::Wide(text.bytes()) } else { Units::Latin1(text.bytes()) }
}

/// The string without ropes: the small string or the text.
///
/// # Errors
/// When there is no memory to make a rope flat.
#[inline]
pub fn flat<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Outcome<'gc> {
    match value.downcast::<Rope<'gc>>() {
        Some(rope) => Ok(flatten(mc, rope)?.into()),
        None => Ok(value),
    }
}

/// Writes a rope out, from its end: ropes grow at their ends, so few parts wait at a time.
fn flatten<'gc>(mc: &Mutation<'gc>, rope: Gc<'gc, Rope<'gc>>) -> Outcome<'gc, Gc<'gc, Text>> {
    if let Some(text) = rope.text() {
        return Ok(text);
    }
    let width = if *rope.wide { 2 } else { 1 };
    let mut bytes = vec![0; *rope.length as usize * width];
    let mut end = bytes.len();
    let mut parts = vec![rope.left.get(), rope.right.get()];
    while let Some(part) = parts.pop() {
        if let Some(rope) = part.downcast::<Rope<'gc>>() {
            parts.push(rope.left.get());
            if !rope.right.get().is_nil() {
                parts.push(rope.right.get());
            }
            continue;
        }
        let units = units(mc, part)?;
        let start = end - units.len() * width;
        match units.latin1() {
            Some(latin1) if width == 1 => bytes[start..end].copy_from_slice(latin1),
            Some(latin1) => bytes[start..end].chunks_exact_mut(2).zip(latin1).for_each(|(pair, &unit)| {
                pair.copy_from_slice(&u16::from(unit).to_ne_bytes());
            }),
            None => {
                if let Units::Wide(wide) = units {
                    bytes[start..end].copy_from_slice(wide);
                }
            }
        }
        end = start;
    }
    let text = mc.alloc_blob(TextHead::new(*rope.wide), &bytes)?;
    let rope = rope.write(mc);
    rope.left().set(text.into());
    rope.right().set(Value::NIL);
    Ok(text)
}

/// As a Rust string; half surrogate pairs become U+FFFD.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn to_rust<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Outcome<'gc, String> {
    Ok(units(mc, value)?.to_rust())
}

/// A text of these bytes, which are in the one representation that the string has.
fn alloc<'gc>(mc: &Mutation<'gc>, wide: bool, parts: &[&[u8]]) -> Outcome<'gc> {
    Ok(mc.alloc_blob_from(TextHead::new(wide), parts)?.into())
}

/// The string of this text.
///
/// # Errors
/// When there is no memory.
pub fn from_str<'gc>(mc: &Mutation<'gc>, text: &str) -> Outcome<'gc> {
    if text.is_ascii() {
        return from_latin1(mc, text.as_bytes());
    }
    from_units(mc, &text.encode_utf16().collect::<Vec<_>>())
}

/// The string of these units.
///
/// # Errors
/// When there is no memory.
pub fn from_units<'gc>(mc: &Mutation<'gc>, units: &[u16]) -> Outcome<'gc> {
    if units.iter().all(|&unit| unit <= 0xFF) {
        return from_latin1(mc, &units.iter().map(|&unit| unit as u8).collect::<Vec<_>>());
    }
    check(units.len())?;
    alloc(mc, true, &[&units.iter().flat_map(|unit| unit.to_ne_bytes()).collect::<Vec<_>>()])
}

/// The string whose units are these bytes.
///
/// # Errors
/// When there is no memory.
#[inline]
pub fn from_latin1<'gc>(mc: &Mutation<'gc>, bytes: &[u8]) -> Outcome<'gc> {
    if let Some(small) = Value::small_ascii(bytes) {
        return Ok(small);
    }
    check(bytes.len())?;
    Ok(mc.alloc_blob(TextHead::new(false), bytes)?.into())
}

/// The string of one unit.
///
/// # Errors
/// When there is no memory.
#[inline]
pub fn from_unit<'gc>(mc: &Mutation<'gc>, unit: u16) -> Outcome<'gc> {
    match u8::try_from(unit) {
        Ok(byte) => from_latin1(mc, &[byte]),
        Err(_) => alloc(mc, true, &[&unit.to_ne_bytes()]),
    }
}

/// The string of an atom, which knows its atom.
///
/// # Errors
/// When there is no memory.
pub fn from_atom<'gc>(mc: &Mutation<'gc>, atoms: &Atoms, atom: Atom) -> Outcome<'gc> {
    let value = from_units(mc, atoms.units(atom))?;
    if let Some(text) = value.downcast::<Text>() {
        text.head.set_atom(atom);
    }
    Ok(value)
}

/// The atom of a flat string, if there is one.
pub fn atom<'gc>(atoms: &Atoms, value: Value<'gc>) -> Option<Atom> {
    let Some(text) = value.downcast::<Text>() else {
        let (bytes, len) = small(value);
        return atoms.find(&Units::Small(bytes, len), Units::Small(bytes, len).hash());
    };
    text.head.atom().or_else(|| {
        let atom = atoms.find(&units_of(text), text_hash(text))?;
        text.head.set_atom(atom);
        Some(atom)
    })
}

fn check<'gc>(length: usize) -> Outcome<'gc, ()> {
    if length > MAX_LENGTH { Err(Stop::Memory(AllocError::Never)) } else { Ok(()) }
}

/// Two strings, one after the other. The caller has checked the sum of lengths against [`MAX_LENGTH`], or calls
/// [`operators::add`](super::operators::add), which does.
///
/// # Errors
/// When there is no memory, or beyond that length.
pub fn concat<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc> {
    let ((before, wide_before), (after, wide_after)) = (measure(a), measure(b));
    if before == 0 || after == 0 {
        return Ok(if before == 0 { b } else { a });
    }
    if before + after > LONGEST_COPY {
        check(before + after)?;
        let (left, right) = (Slot::new(a), Slot::new(b));
        let rope =
            Rope { left, right, length: Static((before + after) as u32), wide: Static(wide_before || wide_after) };
        return Ok(mc.alloc(rope)?.into());
    }
    let (a, b) = (units(mc, a)?, units(mc, b)?);
    let (Some(first), Some(second)) = (a.latin1(), b.latin1()) else {
        return from_units(mc, &a.iter().chain(b.iter()).collect::<Vec<_>>());
    };
    let mut bytes = [0; LONGEST_COPY];
    bytes[..before].copy_from_slice(first);
    bytes[before..before + after].copy_from_slice(second);
    from_latin1(mc, &bytes[..before + after])
}

/// The units from `from` up to `to`, not included; both are cut to the length.
///
/// # Errors
/// When there is no memory.
pub fn slice<'gc>(mc: &Mutation<'gc>, value: Value<'gc>, from: usize, to: usize) -> Outcome<'gc> {
    if from == 0 && to >= length(value) {
        return Ok(value);
    }
    units(mc, value)?.slice(from, to).to_value(mc)
}

/// Whether two strings have the same units.
///
/// # Errors
/// When there is no memory to make a rope flat.
#[inline]
pub fn equal<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, bool> {
    if a.same(b) {
        return Ok(true);
    }
    // A string that could be small is.
    if a.word().is_small_str() || b.word().is_small_str() || length(a) != length(b) {
        return Ok(false);
    }
    Ok(units(mc, a)? == units(mc, b)?)
}

/// Whether a flat value has the units of a text, whose hash this is.
#[inline(always)]
pub(super) fn is_text<'gc>(value: Value<'gc>, text: Gc<'gc, Text>, hash: u32) -> bool {
    value.downcast::<Text>().is_some_and(|other| text_hash(other) == hash && units_of(other) == units_of(text))
}

/// Whether two strings that are no ropes have the same units.
pub(super) fn equal_flat<'gc>(a: Value<'gc>, b: Value<'gc>) -> bool {
    a.same(b) || b.downcast().is_some_and(|b| is_text(a, b, text_hash(b)))
}

/// The order of two strings, by units.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn compare<'gc>(mc: &Mutation<'gc>, a: Value<'gc>, b: Value<'gc>) -> Outcome<'gc, Ordering> {
    Ok(units(mc, a)?.compare(&units(mc, b)?))
}

/// The hash of a text, computed when it is first asked for.
#[inline]
pub(super) fn text_hash(text: Gc<'_, Text>) -> u32 {
    if text.head.hash.get() == 0 {
        text.head.hash.set(units_of(text).hash());
    }
    text.head.hash.get()
}

/// Collects a string in Rust memory.
#[derive(Debug, Default)]
pub struct Builder {
    latin1: Vec<u8>,
    /// In the place of `latin1`, once a unit is above 0xFF.
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
        match (u8::try_from(unit), &mut self.wide) {
            (Ok(byte), None) => self.latin1.push(byte),
            _ => self.widen().push(unit),
        }
    }

    fn widen(&mut self) -> &mut Vec<u16> {
        let latin1 = &mut self.latin1;
        self.wide.get_or_insert_with(|| std::mem::take(latin1).into_iter().map(u16::from).collect())
    }

    /// Appends a text.
    pub fn push_str(&mut self, text: &str) {
        if text.is_ascii() {
            self.push_units(&Units::Latin1(text.as_bytes()));
        } else {
            text.encode_utf16().for_each(|unit| self.push_unit(unit));
        }
    }

    /// Appends units.
    pub fn push_units(&mut self, units: &Units<'_>) {
        match (units.latin1(), &mut self.wide) {
            (Some(bytes), None) => self.latin1.extend_from_slice(bytes),
            (Some(bytes), Some(wide)) => wide.extend(bytes.iter().map(|&byte| u16::from(byte))),
            (None, _) => self.widen().extend(units.iter()),
        }
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
        match &self.wide {
            Some(wide) => from_units(mc, wide),
            None => from_latin1(mc, &self.latin1),
        }
    }
}
