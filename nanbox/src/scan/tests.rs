//! Tests of the bulk scan: each instruction set of this processor against the plain loop.
//!
//! Invariant: what is expected is always computed by [`plain`], which knows nothing of blocks, kernels or tables.

use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

/// Words on both sides of every border of the traced range, in signed order and in unsigned order.
const TRACED: [u64; 5] = [
    layout::TAG_TASK,
    layout::TAG_TASK + 1,
    layout::TAG_HEAP - 1,
    layout::TAG_HEAP,
    layout::TAG_HEAP | layout::PAYLOAD_MASK,
];
const UNTRACED: [u64; 6] = [layout::TAG_TASK - 1, 0, 1 << 63, u64::MAX, layout::TAG_TASK | 1 << 63, layout::POISON];

fn plain(words: &[u64]) -> Vec<u64> {
    words
        .iter()
        .copied()
        .filter(|word| [layout::TAG_TASK, layout::TAG_HEAP].contains(&(word & layout::TAG_MASK)))
        .collect()
}

/// Words that are traced where `traced` says so.
fn words(length: usize, mut traced: impl FnMut(usize) -> bool) -> Vec<u64> {
    (0..length).map(|i| if traced(i) { TRACED[i % TRACED.len()] } else { UNTRACED[i % UNTRACED.len()] }).collect()
}

/// Each form of the scan gives what the plain loop gives, and writes nothing where it must not.
fn agree(words: &[u64]) {
    type Visit = fn(&mut [u64], &mut dyn FnMut(&mut u64));
    let expected = plain(words);
    for (name, visit) in [
        ("chosen", (|words, f| for_each_traced(words, f)) as Visit),
        ("portable", |words, f| for_each_traced_portable(words, f)),
    ] {
        // An allocation of exactly this size, so that a checker of memory sees a read beyond the end.
        let mut copy: Box<[u64]> = words.into();
        let mut seen = Vec::new();
        visit(&mut copy, &mut |word| {
            seen.push(*word);
            *word = !*word;
        });
        assert_eq!(seen, expected, "{name}");
        for (&after, &before) in copy.iter().zip(words) {
            assert_eq!(after, if plain(&[before]).is_empty() { before } else { !before }, "{name}");
        }
    }
    for collect in [collect_traced, collect_traced_portable] {
        let mut out: Box<[u64]> = std::vec![0; words.len()].into();
        let found = collect(words, &mut out);
        assert_eq!(out[..found], expected);
    }
    for level in Level::available() {
        let mut positions = [0; BLOCK];
        for block in words.chunks(BLOCK) {
            let found = level.positions::<false>(block, Span::TRACED, &mut positions);
            let seen: Vec<u64> = positions[..found].iter().map(|&at| block[usize::from(at)]).collect();
            assert_eq!(seen, plain(block), "{level:?}");
            assert!(positions[..found].is_sorted_by(|a, b| a < b), "{level:?}");
        }
        const CANARY: u64 = 0xC0FF_EE00_C0FF_EE00;
        let mut out = std::vec![CANARY; words.len() + 16];
        let found = level.collect(words, &mut out[8..8 + words.len()]);
        assert_eq!(out[8..8 + found], expected, "{level:?}");
        let beyond = out[..8].iter().chain(&out[8 + words.len()..]);
        assert!(beyond.copied().all(|word| word == CANARY), "{level:?} wrote outside");
    }
}

/// A cheap deterministic generator.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 16
}

#[test]
fn forms_disagree_at_some_density_length_or_alignment() {
    let lengths: &[usize] = if cfg!(miri) { &[0, 5, 70] } else { &[255, 256, 257, 319, 512, 1003] };
    let short = if cfg!(miri) { 18 } else { 140 };
    let mut state = 0x9E37_79B9_7F4A_7C15;
    for length in (0..short).chain(lengths.iter().copied()) {
        for percent in [0, 1, 10, 50, 90, 99, 100] {
            let words = words(length + 8, |_| random(&mut state) % 100 < percent);
            let offsets = if length < 70 || length % 64 > 60 { 0..8 } else { 3..5 };
            for offset in offsets {
                agree(&words[offset..offset + length]);
            }
        }
    }
}

/// Words of which many are equal to the one before, and spans that hold some, none and all of them; also such as wrap round.
#[test]
fn another_span_is_scanned_wrongly_or_more_is_left_out_than_repetitions() {
    const FIRST: u64 = layout::TAG_HEAP + 4096;
    const WORDS: [u64; 6] = [FIRST - 1, FIRST, FIRST + 255, FIRST + 256, 0, u64::MAX];
    let spans =
        [(FIRST, 256), (FIRST, 0), (FIRST, 1), (0, u64::MAX), (u64::MAX, 2), (1 << 63, 1 << 63), (FIRST - 1, 258)];
    let lengths = if cfg!(miri) { 0..20 } else { 0..530_usize };
    let mut state = 0x9E37_79B9_7F4A_7C15;
    for length in lengths {
        let mut word = 0;
        let words: Box<[u64]> = core::iter::repeat_with(|| {
            if random(&mut state).is_multiple_of(2) {
                word = WORDS[(random(&mut state) % 6) as usize];
            }
            word
        })
        .take(length)
        .collect();
        for (first, len) in spans {
            let span = Span::new(first, len);
            let is_within = |word: u64| (0..u128::from(len)).contains(&u128::from(word.wrapping_sub(first)));
            let within: Vec<usize> = (0..length).filter(|&at| is_within(words[at])).collect();
            // A block does not know the word before it.
            let is_new = |at: usize| at.is_multiple_of(BLOCK) || words[at] != words[at - 1];
            let new: Vec<usize> = within.iter().copied().filter(|&at| is_new(at)).collect();
            for level in Level::available() {
                let mut positions = [0; BLOCK];
                let (mut seen, mut seen_new) = (Vec::new(), Vec::new());
                for (from, block) in (0..).step_by(BLOCK).zip(words.chunks(BLOCK)) {
                    let found = level.positions::<false>(block, span, &mut positions);
                    seen.extend(positions[..found].iter().map(|&at| from + usize::from(at)));
                    let found = level.positions::<true>(block, span, &mut positions);
                    seen_new.extend(positions[..found].iter().map(|&at| from + usize::from(at)));
                }
                assert_eq!((&seen, &seen_new), (&within, &new), "{level:?}");
            }
            let mut copy = words.clone();
            for_each_within(&mut copy, span, |word| *word = !*word);
            let after = |at: usize| if is_within(words[at]) { !words[at] } else { words[at] };
            assert!((0..length).all(|at| copy[at] == after(at)));
            let mut seen = Vec::new();
            for_each_new_within(&words, span, |word| seen.push(word));
            assert_eq!(seen, new.iter().map(|&at| words[at]).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_table_entry_is_wrong_for_some_mask() {
    let masks = if cfg!(miri) { 0..8 } else { 0..256 };
    for mask in masks {
        for shift in [0, 8, 56, 248] {
            let at = |i: usize| i >= shift && i < shift + 8 && mask >> (i - shift) & 1 != 0;
            agree(&words(256, at));
            agree(&words(shift + 8, at));
        }
    }
}

#[test]
fn a_lone_word_is_missed_or_seen_twice() {
    for length in if cfg!(miri) { 15..18 } else { 0..300_usize } {
        for lone in [0, 1, 7, 63, 64, length / 2, length.wrapping_sub(1)] {
            if lone < length {
                agree(&words(length, |i| i == lone));
                agree(&words(length, |i| i != lone));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 256 }, failure_persistence: None, ..Default::default() })]

    #[test]
    fn forms_disagree_on_arbitrary_words(
        words in prop::collection::vec(
            prop_oneof![
                any::<u64>(),
                layout::CANONICAL_NAN..=layout::TAG_HEAP | layout::PAYLOAD_MASK,
            ],
            0..700,
        ),
    ) {
        agree(&words);
    }
}

#[test]
fn a_panic_in_the_visitor_leaves_words_torn() {
    for length in [3, 20, 300] {
        let mut all = words(length, |_| true);
        let before = all.clone();
        let mut left = length - 2;
        let result = catch_unwind(AssertUnwindSafe(|| {
            for_each_traced(&mut all, |word| {
                *word = 7;
                left -= 1;
                assert!(left > 0, "on purpose");
            })
        }));
        assert!(result.is_err());
        assert!(all[..length - 2].iter().all(|&word| word == 7));
        assert_eq!(all[length - 2..], before[length - 2..]);
    }
}

#[test]
fn a_short_output_is_written_beyond_its_end() {
    for length in [1, 17, 300] {
        let words = words(length, |_| true);
        for collect in [collect_traced, collect_traced_portable] {
            let mut out = std::vec![0; length - 1];
            assert!(catch_unwind(AssertUnwindSafe(|| collect(&words, &mut out))).is_err());
        }
        for level in Level::available() {
            let mut out = std::vec![0; length - 1];
            assert!(catch_unwind(AssertUnwindSafe(|| level.collect(&words, &mut out))).is_err());
        }
    }
}

#[test]
fn a_block_longer_than_a_byte_can_index_is_accepted() {
    let words = words(BLOCK + 1, |_| true);
    for level in Level::available() {
        let call = || level.positions::<false>(&words, Span::TRACED, &mut [0; BLOCK]);
        assert!(catch_unwind(call).is_err(), "{level:?}");
    }
}

#[test]
fn the_choice_differs_from_what_the_standard_library_detects() {
    assert_eq!(Some(Level::of_this_processor()), Level::available().last());
    assert_eq!(Level::of_this_processor(), Level::of_this_processor());
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::is_x86_feature_detected as has;
        let avx2 = has!("avx2") && has!("popcnt");
        let avx512 = avx2 && has!("avx512f") && has!("avx512bw") && has!("avx512vbmi2");
        let levels = 1 + usize::from(avx2) + usize::from(avx512);
        assert_eq!(Level::available().count(), levels);
    }
}
