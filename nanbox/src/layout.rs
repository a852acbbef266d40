//! The layout of the word, as numbers: for this crate, for the heap and for just-in-time compilers.
//!
//! Invariant: every mask literal of the workspace stands in this file and nowhere else. The assertions at the end restate the layout
//! from the other side, so a constant cannot be changed alone.
//!
//! A test that a compiler emits is one of:
//!
//! ```text
//! double     (bits as i64) <  FIRST_NON_DOUBLE
//! number     (bits as i64) <  FIRST_NON_NUMBER
//! traced     (bits as i64) >= FIRST_TRACED
//! heap       (bits as i64) >= FIRST_HEAP           address: bits & PAYLOAD_MASK
//! int        (bits >> INT_SHIFT) == INT_HIGH       value:   bits as i32
//! bool       (bits & !1) == FALSE                  value:   bits & 1
//! any kind   (bits & TAG_MASK) == TAG_…            payload: bits & PAYLOAD_MASK
//! ```

/// Where the tag starts: bits 63..48 are the tag, bits 47..0 the payload.
pub const TAG_SHIFT: u32 = 48;
/// The bits of the payload.
pub const PAYLOAD_MASK: u64 = (1 << TAG_SHIFT) - 1;
/// The bits of the tag.
pub const TAG_MASK: u64 = !PAYLOAD_MASK;

/// The one NaN that safe constructors store: positive, quiet, without payload. The largest double whose sign bit is clear.
pub const CANONICAL_NAN: u64 = 0x7FF8 << TAG_SHIFT;

/// An `i32` in the low 32 bits; bits 47..32 are zero.
pub const TAG_INT: u64 = 0x7FF9 << TAG_SHIFT;
/// One of the named constants ([`NIL`] … [`POISON`]).
pub const TAG_CONSTANT: u64 = 0x7FFA << TAG_SHIFT;
/// The id of a native function, 48 bits.
pub const TAG_NATIVE: u64 = 0x7FFB << TAG_SHIFT;
/// The id of a symbol, 48 bits.
pub const TAG_SYMBOL: u64 = 0x7FFC << TAG_SHIFT;
/// Up to [`SMALL_STR_MAX`] bytes of UTF-8, and their number.
pub const TAG_SMALL_STR: u64 = 0x7FFD << TAG_SHIFT;
/// A task handle (slot and generation), 48 bits. Traced.
pub const TAG_TASK: u64 = 0x7FFE << TAG_SHIFT;
/// The address of a heap object, 48 bits. Traced.
pub const TAG_HEAP: u64 = 0x7FFF << TAG_SHIFT;

/// The first word, in signed order, that is not a double.
pub const FIRST_NON_DOUBLE: i64 = TAG_INT as i64;
/// The first word, in signed order, that is neither a double nor an int.
pub const FIRST_NON_NUMBER: i64 = TAG_CONSTANT as i64;
/// The first word, in signed order, that a collector must see. All after it are traced too.
pub const FIRST_TRACED: i64 = TAG_TASK as i64;
/// The first word, in signed order, that is a heap pointer. All after it are heap pointers too.
pub const FIRST_HEAP: i64 = TAG_HEAP as i64;

/// How far an int's word is shifted before it is compared with [`INT_HIGH`].
pub const INT_SHIFT: u32 = 32;
/// The high half of every int.
pub const INT_HIGH: u64 = TAG_INT >> INT_SHIFT;

/// The language's `nil` or `null`.
pub const NIL: u64 = TAG_CONSTANT;
/// The language's `undefined`.
pub const UNDEFINED: u64 = TAG_CONSTANT + 1;
/// `false`. Even, and followed by [`TRUE`], so that the low bit is the value.
pub const FALSE: u64 = TAG_CONSTANT + 2;
/// `true`.
pub const TRUE: u64 = TAG_CONSTANT + 3;
/// An absent element: never a value that a program can see.
pub const HOLE: u64 = TAG_CONSTANT + 4;
/// What is written over memory that must not be read again. Not traced.
pub const POISON: u64 = TAG_CONSTANT + 5;

/// The most bytes that a small string holds: bits 39..0, the first byte lowest, zero after the last.
pub const SMALL_STR_MAX: usize = 5;
/// Where the length of a small string starts: bits 47..40.
pub const SMALL_STR_LEN_SHIFT: u32 = 40;
/// The bits of a small string's bytes.
pub const SMALL_STR_BYTES_MASK: u64 = (1 << SMALL_STR_LEN_SHIFT) - 1;
/// The bits that are set in bytes that are not ASCII.
pub const SMALL_STR_NOT_ASCII: u64 = 0x80_8080_8080;

// The layout from the other side.
const _: () = {
    // The parts of the word: all of it, each bit once.
    assert!(TAG_MASK | PAYLOAD_MASK == u64::MAX && TAG_MASK & PAYLOAD_MASK == 0);
    // Each tag has no payload bits and starts where the one before it ends.
    assert!(CANONICAL_NAN + PAYLOAD_MASK + 1 == TAG_INT);
    assert!(TAG_INT + PAYLOAD_MASK + 1 == TAG_CONSTANT);
    assert!(TAG_CONSTANT + PAYLOAD_MASK + 1 == TAG_NATIVE);
    assert!(TAG_NATIVE + PAYLOAD_MASK + 1 == TAG_SYMBOL);
    assert!(TAG_SYMBOL + PAYLOAD_MASK + 1 == TAG_SMALL_STR);
    assert!(TAG_SMALL_STR + PAYLOAD_MASK + 1 == TAG_TASK);
    assert!(TAG_TASK + PAYLOAD_MASK + 1 == TAG_HEAP);
    // Heap pointers are the last words in signed order.
    assert!(TAG_HEAP + PAYLOAD_MASK == i64::MAX as u64);
    assert!(CANONICAL_NAN & PAYLOAD_MASK == 0);
    // The infinities, the NaNs that processors make (positive on AArch64, negative on x86-64) and the zeros are doubles.
    assert!((f64::INFINITY.to_bits() as i64) < FIRST_NON_DOUBLE);
    assert!((f64::NEG_INFINITY.to_bits() as i64) < FIRST_NON_DOUBLE);
    assert!((CANONICAL_NAN as i64) < FIRST_NON_DOUBLE);
    assert!(((CANONICAL_NAN | 1 << 63) as i64) < FIRST_NON_DOUBLE);
    assert!((0.0f64.to_bits() as i64) < FIRST_NON_DOUBLE && ((-0.0f64).to_bits() as i64) < FIRST_NON_DOUBLE);
    assert!(f64::from_bits(CANONICAL_NAN).is_nan());
    // The thresholds are in order.
    assert!(FIRST_NON_DOUBLE < FIRST_NON_NUMBER && FIRST_NON_NUMBER < FIRST_TRACED && FIRST_TRACED < FIRST_HEAP);
    // Booleans: the low bit is the value.
    assert!(FALSE & 1 == 0 && TRUE == FALSE | 1);
    // The constants have the constants' tag, and none is traced.
    assert!(NIL & TAG_MASK == TAG_CONSTANT && POISON & TAG_MASK == TAG_CONSTANT && (POISON as i64) < FIRST_TRACED);
    // Small strings: the bytes end where the length starts, and the length fits.
    assert!(SMALL_STR_MAX as u32 * 8 == SMALL_STR_LEN_SHIFT);
    assert!(SMALL_STR_NOT_ASCII == (SMALL_STR_BYTES_MASK / 255) << 7);
    assert!((SMALL_STR_MAX as u64) << SMALL_STR_LEN_SHIFT <= PAYLOAD_MASK);
};
