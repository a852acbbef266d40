//! The word: constructors, tests and accessors for every kind.
//!
//! Invariants: a constructor followed by its accessor gives back what was put in; no constructor for doubles that checks
//! its argument makes a word that another test than `is_double` accepts; the hot tests are one signed compare.
//!
//! The tests look at the tag and at no more than is free: a pattern that no constructor makes may pass `is_number` (an int's tag
//! over a payload above 32 bits) or `is_small_str` (bytes that are no UTF-8). The accessors and [`Word::kind`] refuse such
//! patterns.

use crate::{SmallStr, layout};

/// A 64-bit word that holds a double, or one of the other kinds in the space of the positive NaNs.
///
/// A `Word` is only bits: making one is safe for any pattern, and it keeps nothing alive. Whether a heap address in it may be
/// followed is for the heap to say.
///
/// Equality is equality of bits: `0.0` and `-0.0` differ, a NaN equals itself, and `1` is not `1.0`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Word(u64);

impl Word {
    /// The language's `nil` or `null`.
    pub const NIL: Word = Word(layout::NIL);
    /// The language's `undefined`.
    pub const UNDEFINED: Word = Word(layout::UNDEFINED);
    /// `true`.
    pub const TRUE: Word = Word(layout::TRUE);
    /// `false`.
    pub const FALSE: Word = Word(layout::FALSE);
    /// An absent element: never a value that a program can see.
    pub const HOLE: Word = Word(layout::HOLE);
    /// What is written over memory that must not be read again. Not traced.
    pub const POISON: Word = Word(layout::POISON);

    /// The word as it is stored.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The word of any pattern, unchanged.
    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Word {
        Word(bits)
    }
}

/// Constructors. Those that can refuse return `None` when the payload does not fit.
impl Word {
    /// A double. Every NaN, of either sign and any payload, becomes the canonical one.
    #[inline(always)]
    pub const fn double(value: f64) -> Word {
        if value.is_nan() { Word(layout::CANONICAL_NAN) } else { Word(value.to_bits()) }
    }

    /// A double stored as it is.
    ///
    /// For interpreters, whose operands are words already: no arithmetic makes a positive NaN with a payload from words that hold none,
    /// and so the result is a double. A NaN of foreign making (a byte load, a foreign function) may hold any payload, and with this
    /// constructor it may become a word of *any* kind, a heap pointer among them. Use [`double`](Self::double) for those.
    #[inline(always)]
    pub const fn double_unchecked(value: f64) -> Word {
        Word(value.to_bits())
    }

    /// An int.
    #[inline(always)]
    pub const fn int(value: i32) -> Word {
        Word(layout::TAG_INT | value as u32 as u64)
    }

    /// A boolean.
    #[inline(always)]
    pub const fn bool(value: bool) -> Word {
        Word(layout::FALSE | value as u64)
    }

    /// A native function's id, if it fits 48 bits.
    #[inline(always)]
    pub const fn native(id: u64) -> Option<Word> {
        Self::tagged(layout::TAG_NATIVE, id)
    }

    /// A symbol's id, if it fits 48 bits.
    #[inline(always)]
    pub const fn symbol(id: u64) -> Option<Word> {
        Self::tagged(layout::TAG_SYMBOL, id)
    }

    /// A string, if it is at most five bytes long.
    #[inline]
    pub const fn small_str(text: &str) -> Option<Word> {
        match SmallStr::new(text) {
            Some(text) => Some(Word(layout::TAG_SMALL_STR | text.to_payload())),
            None => None,
        }
    }

    /// A string of at most five ASCII bytes, stored in the word; `None` for more bytes, and for others. Cheaper than
    /// [`small_str`](Self::small_str) for those who hold bytes: nothing is checked for UTF-8.
    #[inline]
    pub const fn small_ascii(bytes: &[u8]) -> Option<Word> {
        if bytes.len() > layout::SMALL_STR_MAX {
            return None;
        }
        let (mut packed, mut i) = (0, 0);
        while i < bytes.len() {
            packed |= (bytes[i] as u64) << (8 * i);
            i += 1;
        }
        if packed & layout::SMALL_STR_NOT_ASCII != 0 {
            return None;
        }
        Some(Word(layout::TAG_SMALL_STR | (bytes.len() as u64) << layout::SMALL_STR_LEN_SHIFT | packed))
    }

    /// A task handle, if it fits 48 bits. How slot and generation share them is the scheduler's affair.
    #[inline(always)]
    pub const fn task(handle: u64) -> Option<Word> {
        Self::tagged(layout::TAG_TASK, handle)
    }

    /// A heap pointer, if the address is below 2^48.
    #[inline(always)]
    pub const fn heap(address: u64) -> Option<Word> {
        Self::tagged(layout::TAG_HEAP, address)
    }

    /// A heap pointer whose address the caller knows to be below 2^48. Above it, the word is of some other kind or points elsewhere.
    #[inline(always)]
    pub const fn heap_unchecked(address: u64) -> Word {
        debug_assert!(address <= layout::PAYLOAD_MASK);
        Word(layout::TAG_HEAP | address)
    }

    #[inline(always)]
    const fn tagged(tag: u64, payload: u64) -> Option<Word> {
        if payload <= layout::PAYLOAD_MASK { Some(Word(tag | payload)) } else { None }
    }
}

/// Tests.
impl Word {
    /// Is it a double? One signed compare.
    #[inline(always)]
    pub const fn is_double(self) -> bool {
        (self.0 as i64) < layout::FIRST_NON_DOUBLE
    }

    /// Is it an int? A shift and a compare.
    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 >> layout::INT_SHIFT == layout::INT_HIGH
    }

    /// Is it a double or an int? One signed compare.
    #[inline(always)]
    pub const fn is_number(self) -> bool {
        (self.0 as i64) < layout::FIRST_NON_NUMBER
    }

    /// Is it nil?
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.0 == layout::NIL
    }

    /// Is it undefined?
    #[inline(always)]
    pub const fn is_undefined(self) -> bool {
        self.0 == layout::UNDEFINED
    }

    /// Is it true or false?
    #[inline(always)]
    pub const fn is_bool(self) -> bool {
        self.0 & !1 == layout::FALSE
    }

    /// Is it the hole?
    #[inline(always)]
    pub const fn is_hole(self) -> bool {
        self.0 == layout::HOLE
    }

    /// Is it poison?
    #[inline(always)]
    pub const fn is_poison(self) -> bool {
        self.0 == layout::POISON
    }

    /// Is it a native function's id?
    #[inline(always)]
    pub const fn is_native(self) -> bool {
        self.has_tag(layout::TAG_NATIVE)
    }

    /// Is it a symbol's id?
    #[inline(always)]
    pub const fn is_symbol(self) -> bool {
        self.has_tag(layout::TAG_SYMBOL)
    }

    /// Is it a small string? By its tag: the bytes are not checked.
    #[inline(always)]
    pub const fn is_small_str(self) -> bool {
        self.has_tag(layout::TAG_SMALL_STR)
    }

    /// Is it a task handle?
    #[inline(always)]
    pub const fn is_task(self) -> bool {
        self.has_tag(layout::TAG_TASK)
    }

    /// Is it a heap pointer? One signed compare.
    #[inline(always)]
    pub const fn is_heap(self) -> bool {
        self.0 as i64 >= layout::FIRST_HEAP
    }

    /// Must a collector see it: is it a task handle or a heap pointer? One signed compare.
    #[inline(always)]
    pub const fn is_traced(self) -> bool {
        self.0 as i64 >= layout::FIRST_TRACED
    }

    #[inline(always)]
    const fn has_tag(self, tag: u64) -> bool {
        self.0 & layout::TAG_MASK == tag
    }

    #[inline(always)]
    const fn payload(self) -> u64 {
        self.0 & layout::PAYLOAD_MASK
    }
}

/// Accessors: `None` when the word is of another kind.
impl Word {
    /// The double.
    #[inline(always)]
    pub const fn as_double(self) -> Option<f64> {
        if self.is_double() { Some(f64::from_bits(self.0)) } else { None }
    }

    /// The int.
    #[inline(always)]
    pub const fn as_int(self) -> Option<i32> {
        if self.is_int() { Some(self.0 as i32) } else { None }
    }

    /// The double, or the int as a double.
    #[inline(always)]
    pub const fn as_number(self) -> Option<f64> {
        match self.as_int() {
            Some(value) => Some(value as f64),
            None => self.as_double(),
        }
    }

    /// The boolean.
    #[inline(always)]
    pub const fn as_bool(self) -> Option<bool> {
        if self.is_bool() { Some(self.0 & 1 != 0) } else { None }
    }

    /// The native function's id.
    #[inline(always)]
    pub const fn as_native(self) -> Option<u64> {
        if self.is_native() { Some(self.payload()) } else { None }
    }

    /// The symbol's id.
    #[inline(always)]
    pub const fn as_symbol(self) -> Option<u64> {
        if self.is_symbol() { Some(self.payload()) } else { None }
    }

    /// The small string, by value. Cost: the UTF-8 check of up to five bytes.
    #[inline]
    pub const fn as_small_str(self) -> Option<SmallStr> {
        if self.is_small_str() { SmallStr::from_payload(self.payload()) } else { None }
    }

    /// The task handle, 48 bits.
    #[inline(always)]
    pub const fn as_task(self) -> Option<u64> {
        if self.is_task() { Some(self.payload()) } else { None }
    }

    /// The address, below 2^48.
    #[inline(always)]
    pub const fn as_heap(self) -> Option<u64> {
        if self.is_heap() { Some(self.payload()) } else { None }
    }
}
