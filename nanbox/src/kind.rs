//! What a word is, for `match`, and how it prints.
//!
//! Invariant: [`Word::kind`] is total, and every pattern has one kind. A pattern that no constructor makes is [`Kind::Reserved`].

use core::fmt;

use crate::{SmallStr, Word, layout};

/// What a word holds.
///
/// `PartialEq` compares doubles as numbers: a NaN's kind is not equal to itself. Compare words for identity.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// A double.
    Double(f64),
    /// An int.
    Int(i32),
    /// `nil`.
    Nil,
    /// `undefined`.
    Undefined,
    /// A boolean.
    Bool(bool),
    /// An absent element.
    Hole,
    /// What is written over memory that must not be read again.
    Poison,
    /// A native function's id, 48 bits.
    Native(u64),
    /// A symbol's id, 48 bits.
    Symbol(u64),
    /// A string of up to five bytes.
    SmallStr(SmallStr),
    /// A task handle, 48 bits. Traced.
    Task(u64),
    /// A heap address, 48 bits. Traced.
    Heap(u64),
    /// A pattern that no constructor makes, whole: an int with bits 47..32 set, an unknown constant, a malformed small string.
    Reserved(u64),
}

impl Word {
    /// What the word holds. For printing, serialising and slow paths: hot paths use the tests.
    pub const fn kind(self) -> Kind {
        let bits = self.bits();
        if let Some(value) = self.as_double() {
            return Kind::Double(value);
        }
        let payload = bits & layout::PAYLOAD_MASK;
        match bits & layout::TAG_MASK {
            layout::TAG_INT => match self.as_int() {
                Some(value) => Kind::Int(value),
                None => Kind::Reserved(bits),
            },
            layout::TAG_CONSTANT => match bits {
                layout::NIL => Kind::Nil,
                layout::UNDEFINED => Kind::Undefined,
                layout::FALSE => Kind::Bool(false),
                layout::TRUE => Kind::Bool(true),
                layout::HOLE => Kind::Hole,
                layout::POISON => Kind::Poison,
                _ => Kind::Reserved(bits),
            },
            layout::TAG_NATIVE => Kind::Native(payload),
            layout::TAG_SYMBOL => Kind::Symbol(payload),
            layout::TAG_SMALL_STR => match self.as_small_str() {
                Some(text) => Kind::SmallStr(text),
                None => Kind::Reserved(bits),
            },
            layout::TAG_TASK => Kind::Task(payload),
            layout::TAG_HEAP => Kind::Heap(payload),
            _ => panic!("every pattern below the ints is a double"),
        }
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Double(value) => write!(f, "{value:?}"),
            Kind::Int(value) => write!(f, "{value}"),
            Kind::Nil => f.write_str("nil"),
            Kind::Undefined => f.write_str("undefined"),
            Kind::Bool(value) => write!(f, "{value}"),
            Kind::Hole => f.write_str("hole"),
            Kind::Poison => f.write_str("poison"),
            Kind::Native(id) => write!(f, "native {id}"),
            Kind::Symbol(id) => write!(f, "symbol {id}"),
            Kind::SmallStr(text) => write!(f, "{text:?}"),
            Kind::Task(handle) => write!(f, "task {handle}"),
            Kind::Heap(address) => write!(f, "heap {address:#x}"),
            Kind::Reserved(bits) => write!(f, "reserved {bits:#x}"),
        }
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}
