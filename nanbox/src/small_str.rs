//! A string of up to five bytes, held in the word itself.
//!
//! Invariant: a `SmallStr` holds valid UTF-8, at most [`SMALL_STR_MAX`](layout::SMALL_STR_MAX) bytes, zero after the last;
//! so equal strings are equal words, and `as_str` gives back what was put in.

use core::{fmt, ops::Deref, str};

use crate::layout;

/// A string of up to five bytes, by value. What [`Word::as_small_str`](crate::Word::as_small_str) gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SmallStr {
    bytes: [u8; layout::SMALL_STR_MAX],
    len: u8,
}

impl SmallStr {
    /// The string, if it is at most five bytes long.
    pub const fn new(text: &str) -> Option<SmallStr> {
        let source = text.as_bytes();
        if source.len() > layout::SMALL_STR_MAX {
            return None;
        }
        let mut bytes = [0; layout::SMALL_STR_MAX];
        let mut i = 0;
        while i < source.len() {
            bytes[i] = source[i];
            i += 1;
        }
        Some(SmallStr { bytes, len: source.len() as u8 })
    }

    /// The text. Cost: the UTF-8 check of up to five bytes.
    pub const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.len as usize).0) {
            Ok(text) => text,
            Err(_) => panic!("a SmallStr holds UTF-8"),
        }
    }

    /// The 48-bit payload: the length above the bytes, the first byte lowest.
    pub(crate) const fn to_payload(self) -> u64 {
        let mut payload = (self.len as u64) << layout::SMALL_STR_LEN_SHIFT;
        let mut i = 0;
        while i < layout::SMALL_STR_MAX {
            payload |= (self.bytes[i] as u64) << (8 * i);
            i += 1;
        }
        payload
    }

    /// The string of a payload, or `None` if [`to_payload`](Self::to_payload) makes no such payload.
    pub(crate) const fn from_payload(payload: u64) -> Option<SmallStr> {
        let len = payload >> layout::SMALL_STR_LEN_SHIFT;
        let packed = payload & layout::SMALL_STR_BYTES_MASK;
        if len > layout::SMALL_STR_MAX as u64 || packed >> (8 * len) != 0 {
            return None;
        }
        let mut bytes = [0; layout::SMALL_STR_MAX];
        let mut i = 0;
        while i < layout::SMALL_STR_MAX {
            bytes[i] = (packed >> (8 * i)) as u8;
            i += 1;
        }
        match str::from_utf8(bytes.split_at(len as usize).0) {
            Ok(_) => Some(SmallStr { bytes, len: len as u8 }),
            Err(_) => None,
        }
    }
}

impl Deref for SmallStr {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for SmallStr {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Debug for SmallStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for SmallStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}
