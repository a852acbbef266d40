//! The 64-bit word of Mangrove.
//!
//! A dynamic language keeps every value in one word. A double is stored as it is. Every other kind hides where a double has
//! room to spare: among the NaNs, of which IEEE 754 has 2^53 − 2 and a processor makes one.
//!
//! # The box, bit by bit
//!
//! A double is a sign, eleven bits of exponent and 52 of mantissa:
//!
//! ```text
//!  63 62        52 51                                                   0
//!  S  EEEEEEEEEEE  MMMM MMMMMMMMMMMM MMMMMMMMMMMM MMMMMMMMMMMM MMMMMMMMMMMM
//! ```
//!
//! With the exponent all ones and a mantissa that is not zero it is a NaN, and if the mantissa's top bit is set, a quiet one. So a
//! word that begins like this, with the sign clear and a tag of 1 to 7, is a NaN that no arithmetic makes:
//!
//! ```text
//!  63 62        52 51 50 48 47                                          0
//!  0  11111111111  1  TTT   PPPPPPPPPPPP PPPPPPPPPPPP PPPPPPPPPPPP PPPPPPPPPPPP
//! ```
//!
//! With TTT = 0 and a zero payload it is the NaN of AArch64, and the one we store. With the sign set it is the NaN of x86-64. Both
//! are doubles here. What TTT says:
//!
//! ```text
//!  7FF8          000   the last positive doubles: NaN
//!  7FF9          001   int          0000 0000 0000 0000  IIIIIIII IIIIIIII IIIIIIII IIIIIIII
//!  7FFA          010   constant     nil 0 · undefined 1 · false 2 · true 3 · hole 4 · poison 5
//!  7FFB          011   native       a function's id
//!  7FFC          100   symbol       a symbol's id
//!  7FFD          101   small string LLLLLLLL  up to five bytes of UTF-8, the first lowest
//!  7FFE          110   task         slot and generation                             ┐ traced
//!  7FFF          111   heap         an address below 2^48                           ┘
//! ```
//!
//! Read as *signed* numbers the words are in an order that makes the frequent questions one compare each:
//!
//! ```text
//!  8000…        FFFF… 0000…        7FF8… 7FF9…  7FFA…                  7FFE…        7FFF…
//!  ├─ negative doubles ┼ positive doubles ┼─ int ─┼─ constants … strings ─┼─── task ───┼─── heap ───┤
//!  └───────── is_double ──────────────────┘       │                       └──────── is_traced ──────┘
//!  └───────────────── is_number ──────────────────┘                                    └─ is_heap ──┘
//! ```
//!
//! ```
//! use mangrove_nanbox::{Kind, Word};
//!
//! let words = [Word::double(3.5), Word::int(42), Word::NIL, Word::small_str("abc").unwrap(), Word::heap(0x7f00).unwrap()];
//! assert_eq!(format!("{words:?}"), r#"[3.5, 42, nil, "abc", heap 0x7f00]"#);
//! assert_eq!(words[1].as_number(), Some(42.0));
//! assert!(matches!(words[4].kind(), Kind::Heap(0x7f00)));
//! ```
//!
//! # Invariants
//!
//! | invariant | enforced by |
//! | --- | --- |
//! | the tags partition the positive-NaN space, the traced ones last; mask literals exist only in [`layout`] | the `const _` assertions in `layout.rs` |
#![no_std]
#![deny(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod layout;

mod kind;
mod scan;
mod small_str;
mod word;

pub use kind::Kind;
pub use scan::{
    collect_traced, collect_traced_portable, for_each_traced, for_each_traced_portable,
};
pub use small_str::SmallStr;
pub use word::Word;
