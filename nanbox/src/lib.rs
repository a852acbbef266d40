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
//! Tests are named by the hazard that they would find; the module is given where it is not `tests/word.rs`.
//!
//! | invariant | enforced by |
//! | --- | --- |
//! | the tags partition the positive-NaN space, the traced ones last | the assertions in `layout.rs` |
//! | every 64-bit pattern has exactly one kind, and encodes to what it was decoded from | `a_pattern_decodes_to_two_kinds_or_to_another_word`, `a_border_between_two_kinds_is_off_by_one` (all 65536 tags) |
//! | each test and accessor answers for its own kind only | the same two |
//! | no double looks traced, whatever its bits | `a_double_looks_traced` |
//! | a NaN that arithmetic makes is a double as it is | `the_processor_makes_a_nan_that_is_no_double` |
//! | a payload that does not fit is refused | `a_payload_leaks_into_the_tag` |
//! | a small string is UTF-8 with zeros after it, so equal strings are equal words | `a_malformed_small_string_is_accepted`, `zero_bytes_in_a_small_string_are_lost`, `a_small_string_comes_back_changed` |
//! | the scan visits each traced word once, in order, and no other, with every instruction set | `scan::tests`: `forms_disagree_at_some_density_length_or_alignment`, `forms_disagree_on_arbitrary_words`, `a_table_entry_is_wrong_for_some_mask`, `a_lone_word_is_missed_or_seen_twice` |
//! | so too for words of another span; where repetitions are left out, nothing else is | `scan::tests::another_span_is_scanned_wrongly_or_more_is_left_out_than_repetitions` |
//! | the scan writes nowhere but in its output | the canaries in the same tests, `scan::tests::a_short_output_is_written_beyond_its_end`, `scan::tests::a_block_longer_than_a_byte_can_index_is_accepted` |
//! | a kernel runs only on a processor that has its instructions | `scan::tests::the_choice_differs_from_what_the_standard_library_detects`, and the private field of `scan::simd::Level` |
//! | a panic in the visitor ends the visit and does nothing else | `scan::tests::a_panic_in_the_visitor_leaves_words_torn` |
//! | a word is as large and as aligned as a `u64` | `a_word_is_larger_than_eight_bytes` |
//! | `unsafe` is in `scan/simd.rs` only | `deny(unsafe_code)` below, and one `allow` in `scan/mod.rs` |
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
    Span, collect_traced, collect_traced_portable, for_each_new_within, for_each_traced, for_each_traced_portable,
    for_each_within,
};
pub use small_str::SmallStr;
pub use word::Word;
