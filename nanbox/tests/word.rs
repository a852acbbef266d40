//! The word from outside: over all patterns, and at every border between two kinds.
//!
//! Invariant: what is expected comes from [`model`], which states the layout's table a second time on purpose, in literals of its
//! own, or from the standard library; never from the crate's constants. A failing property prints its smallest input.

use std::hint::black_box;

use mangrove_nanbox::{Kind, SmallStr, Word, layout};
use proptest::prelude::*;

/// Patterns of all kinds: uniform ones are nearly all doubles, so half have a tag from the crowded part, and some are strings.
fn patterns() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        tagged(0x7FF0..=0x8001),
        tagged(0xFFF0..=0xFFFF),
        (0x7FF9_u64..=0x7FFF, any::<u32>()).prop_map(|(tag, low)| tag << 48 | u64::from(low)),
        (0_u64..9).prop_map(|low| 0x7FFA << 48 | low),
        "\\PC{0,5}".prop_filter_map("at most five bytes", |text| Word::small_str(&text).map(Word::bits)),
        (0_u64..8, any::<[u8; 5]>()).prop_map(|(len, bytes)| small_str_bits(len, bytes)),
    ]
}

fn tagged(tags: std::ops::RangeInclusive<u64>) -> impl Strategy<Value = u64> {
    (tags, any::<u64>()).prop_map(|(tag, payload)| tag << 48 | payload >> 16)
}

fn small_str_bits(len: u64, bytes: [u8; 5]) -> u64 {
    let packed = bytes.iter().rev().fold(0, |packed, &byte| packed << 8 | u64::from(byte));
    0x7FFD << 48 | len << 40 | packed
}

/// The layout's table, as one would read it out.
fn model(bits: u64) -> Kind {
    let payload = bits & 0xFFFF_FFFF_FFFF;
    match (bits >> 48, payload) {
        (0..=0x7FF8 | 0x8000.., _) => Kind::Double(f64::from_bits(bits)),
        (0x7FF9, 0..=0xFFFF_FFFF) => Kind::Int(payload as u32 as i32),
        (0x7FFA, 0) => Kind::Nil,
        (0x7FFA, 1) => Kind::Undefined,
        (0x7FFA, 2) => Kind::Bool(false),
        (0x7FFA, 3) => Kind::Bool(true),
        (0x7FFA, 4) => Kind::Hole,
        (0x7FFA, 5) => Kind::Poison,
        (0x7FFB, _) => Kind::Native(payload),
        (0x7FFC, _) => Kind::Symbol(payload),
        (0x7FFD, _) => {
            let bytes = payload.to_le_bytes();
            let len = usize::from(bytes[5]);
            let text = bytes[..5].split_at_checked(len).filter(|(_, rest)| rest.iter().all(|&byte| byte == 0));
            match text.and_then(|(text, _)| std::str::from_utf8(text).ok()) {
                Some(text) => Kind::SmallStr(SmallStr::new(text).expect("five bytes")),
                None => Kind::Reserved(bits),
            }
        }
        (0x7FFE, _) => Kind::Task(payload),
        (0x7FFF, _) => Kind::Heap(payload),
        _ => Kind::Reserved(bits),
    }
}

/// The word of a kind, by the constructors.
fn encode(kind: Kind) -> Word {
    match kind {
        Kind::Double(value) => Word::double_unchecked(value),
        Kind::Int(value) => Word::int(value),
        Kind::Nil => Word::NIL,
        Kind::Undefined => Word::UNDEFINED,
        Kind::Bool(value) => Word::bool(value),
        Kind::Hole => Word::HOLE,
        Kind::Poison => Word::POISON,
        Kind::Native(id) => Word::native(id).unwrap(),
        Kind::Symbol(id) => Word::symbol(id).unwrap(),
        Kind::SmallStr(text) => Word::small_str(&text).unwrap(),
        Kind::Task(handle) => Word::task(handle).unwrap(),
        Kind::Heap(address) => Word::heap(address).unwrap(),
        Kind::Reserved(bits) => Word::from_bits(bits),
    }
}

/// Equal as kinds, and doubles by their bits.
fn same(a: Kind, b: Kind) -> bool {
    match (a, b) {
        (Kind::Double(a), Kind::Double(b)) => a.to_bits() == b.to_bits(),
        _ => a == b,
    }
}

/// All that this suite knows about one pattern.
fn check(bits: u64) {
    let word = Word::from_bits(bits);
    let kind = word.kind();
    assert_eq!(word.bits(), bits);
    assert!(same(kind, model(bits)), "{bits:#x} is {kind:?}, not {:?}", model(bits));
    assert_eq!(encode(kind).bits(), bits, "{kind:?} does not encode to what it was decoded from");

    // Each accessor answers for its own kind alone.
    let number = match kind {
        Kind::Double(value) => Some(value),
        Kind::Int(value) => Some(f64::from(value)),
        _ => None,
    };
    assert_eq!(word.as_number().map(f64::to_bits), number.map(f64::to_bits), "{bits:#x}");
    let double = if let Kind::Double(value) = kind { Some(value.to_bits()) } else { None };
    assert_eq!(word.as_double().map(f64::to_bits), double, "{bits:#x}");
    assert_eq!(word.as_int(), if let Kind::Int(value) = kind { Some(value) } else { None }, "{bits:#x}");
    assert_eq!(word.as_bool(), if let Kind::Bool(value) = kind { Some(value) } else { None }, "{bits:#x}");
    assert_eq!(word.as_native(), if let Kind::Native(id) = kind { Some(id) } else { None }, "{bits:#x}");
    assert_eq!(word.as_symbol(), if let Kind::Symbol(id) = kind { Some(id) } else { None }, "{bits:#x}");
    assert_eq!(word.as_small_str(), if let Kind::SmallStr(text) = kind { Some(text) } else { None }, "{bits:#x}");
    assert_eq!(word.as_task(), if let Kind::Task(handle) = kind { Some(handle) } else { None }, "{bits:#x}");
    assert_eq!(word.as_heap(), if let Kind::Heap(address) = kind { Some(address) } else { None }, "{bits:#x}");

    // Each test answers for its own kind, and no two for one word.
    let reserved = matches!(kind, Kind::Reserved(_));
    let tests = [
        (word.is_double(), matches!(kind, Kind::Double(_))),
        (word.is_int(), matches!(kind, Kind::Int(_))),
        (word.is_nil(), matches!(kind, Kind::Nil)),
        (word.is_undefined(), matches!(kind, Kind::Undefined)),
        (word.is_bool(), matches!(kind, Kind::Bool(_))),
        (word.is_hole(), matches!(kind, Kind::Hole)),
        (word.is_poison(), matches!(kind, Kind::Poison)),
        (word.is_native(), matches!(kind, Kind::Native(_))),
        (word.is_symbol(), matches!(kind, Kind::Symbol(_))),
        (word.is_task(), matches!(kind, Kind::Task(_))),
        (word.is_heap(), matches!(kind, Kind::Heap(_))),
        (word.is_traced(), matches!(kind, Kind::Task(_) | Kind::Heap(_))),
    ];
    for (i, (answer, expected)) in tests.into_iter().enumerate() {
        assert_eq!(answer, expected, "test {i} of {bits:#x}");
    }
    // These two go by range: they may also answer for a pattern that no constructor makes.
    assert!(word.is_small_str() == matches!(kind, Kind::SmallStr(_)) || reserved && bits >> 48 == 0x7FFD);
    assert!(word.is_number() == number.is_some() || reserved && bits >> 48 == 0x7FF9);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_pattern_decodes_to_two_kinds_or_to_another_word(bits in patterns()) {
        check(bits);
    }

    #[test]
    fn a_double_looks_traced(bits in patterns()) {
        let value = f64::from_bits(bits);
        let word = Word::double(value);
        prop_assert!(word.is_double() && word.is_number() && !word.is_traced() && !word.is_heap());
        check(word.bits());
        if value.is_nan() {
            prop_assert_eq!(word.bits(), layout::CANONICAL_NAN);
        } else {
            prop_assert_eq!(word.bits(), bits);
            prop_assert_eq!(Word::double_unchecked(value), word);
        }
    }

    #[test]
    fn a_payload_leaks_into_the_tag(payload in prop_oneof![any::<u64>(), 0_u64..1 << 48, (1_u64 << 48) - 2..(1 << 48) + 2]) {
        let fits = payload < 1 << 48;
        type Pair = (fn(u64) -> Option<Word>, fn(Word) -> Option<u64>);
        let pairs: [Pair; 4] = [
            (Word::native, Word::as_native),
            (Word::symbol, Word::as_symbol),
            (Word::task, Word::as_task),
            (Word::heap, Word::as_heap),
        ];
        for (make, get) in pairs {
            prop_assert_eq!(make(payload).and_then(get), fits.then_some(payload));
        }
        if fits {
            prop_assert_eq!(Some(Word::heap_unchecked(payload)), Word::heap(payload));
        }
    }

    #[test]
    fn an_int_loses_its_sign(value in any::<i32>()) {
        prop_assert_eq!(Word::int(value).as_int(), Some(value));
        prop_assert_eq!(Word::int(value).as_number(), Some(f64::from(value)));
        check(Word::int(value).bits());
    }

    #[test]
    fn ascii_bytes_make_another_word_than_their_text(bytes in proptest::collection::vec(prop_oneof![0_u8..128, any::<u8>()], 0..7)) {
        let text = std::str::from_utf8(&bytes).ok().filter(|text| text.is_ascii());
        prop_assert_eq!(Word::small_ascii(&bytes), text.and_then(Word::small_str));
    }

    #[test]
    fn a_small_string_comes_back_changed(text in "\\PC{0,6}") {
        match Word::small_str(&text) {
            Some(word) => {
                prop_assert!(text.len() <= 5);
                let back = word.as_small_str().unwrap();
                prop_assert_eq!(&*back, &*text);
                prop_assert_eq!(format!("{word:?}"), format!("{text:?}"));
                prop_assert_eq!(back.to_string(), text);
                check(word.bits());
            }
            None => prop_assert!(text.len() > 5),
        }
    }
}

#[test]
fn a_border_between_two_kinds_is_off_by_one() {
    let edges = [0, 1, 2, 3, 4, 5, 6, 7, 8, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, (1 << 40) - 1, 6 << 40, 1 << 47];
    for tag in 0..=0xFFFF_u64 {
        for payload in edges {
            check(tag << 48 | payload);
            check(tag << 48 | (0xFFFF_FFFF_FFFF - payload));
        }
    }
}

#[test]
fn a_malformed_small_string_is_accepted() {
    let reserved = |len, bytes| {
        let bits = small_str_bits(len, bytes);
        assert_eq!(Word::from_bits(bits).kind(), Kind::Reserved(bits));
        check(bits);
    };
    reserved(0, *b"a\0\0\0\0"); // A byte after the end.
    reserved(2, *b"ab\0\0c");
    reserved(6, *b"abcde"); // Longer than the bytes.
    reserved(255, *b"abcde");
    reserved(1, [0x80, 0, 0, 0, 0]); // No UTF-8.
    reserved(2, [0xE2, 0x82, 0, 0, 0]); // Cut within a character.
    reserved(3, [0xED, 0xA0, 0x80, 0, 0]); // A surrogate.
}

#[test]
fn zero_bytes_in_a_small_string_are_lost() {
    for text in ["", "\0", "a\0", "\0\0\0\0\0"] {
        assert_eq!(&*Word::small_str(text).unwrap().as_small_str().unwrap(), text);
    }
    assert_ne!(Word::small_str(""), Word::small_str("\0"));
}

#[test]
fn the_processor_makes_a_nan_that_is_no_double() {
    let zero = black_box(0.0);
    let infinity = black_box(f64::INFINITY);
    let made = [zero / zero, infinity - infinity, zero * infinity, black_box(-1.0_f64).sqrt(), infinity % 1.0];
    let stored = [f64::from_bits(layout::CANONICAL_NAN), -f64::from_bits(layout::CANONICAL_NAN)];
    for nan in made.into_iter().chain(stored).chain(made.map(|nan| -nan)) {
        for result in [nan, nan + 1.0, 1.0 - nan, nan * nan, black_box(nan) / 2.0, nan.abs(), nan.sqrt()] {
            assert!(result.is_nan());
            assert!(Word::double_unchecked(result).is_double(), "{:#x}", result.to_bits());
            assert_eq!(Word::double(result).bits(), layout::CANONICAL_NAN);
        }
    }
}

#[test]
fn constructors_cannot_be_used_in_constants() {
    const WORDS: [Word; 4] = [Word::double(1.5), Word::int(-1), Word::bool(true), Word::small_str("hello").unwrap()];
    const KIND: Kind = WORDS[3].kind();
    assert_eq!(WORDS[2], Word::TRUE);
    assert_eq!(Word::bool(false), Word::FALSE);
    assert!(matches!(KIND, Kind::SmallStr(text) if text.as_str() == "hello"));
}

#[test]
fn a_word_prints_as_bits() {
    let printed = [
        (Word::double(3.5), "3.5"),
        (Word::double(3.0), "3.0"),
        (Word::double(-0.0), "-0.0"),
        (Word::double(f64::NAN), "NaN"),
        (Word::int(42), "42"),
        (Word::int(i32::MIN), "-2147483648"),
        (Word::NIL, "nil"),
        (Word::UNDEFINED, "undefined"),
        (Word::TRUE, "true"),
        (Word::FALSE, "false"),
        (Word::HOLE, "hole"),
        (Word::POISON, "poison"),
        (Word::native(7).unwrap(), "native 7"),
        (Word::symbol(9).unwrap(), "symbol 9"),
        (Word::small_str("a\"b").unwrap(), r#""a\"b""#),
        (Word::task(12).unwrap(), "task 12"),
        (Word::heap(0x7f00_1234).unwrap(), "heap 0x7f001234"),
        (Word::from_bits(0x7FFA << 48 | 6), "reserved 0x7ffa000000000006"),
    ];
    for (word, text) in printed {
        assert_eq!(format!("{word:?}"), text);
    }
}

#[test]
fn a_word_is_larger_than_eight_bytes() {
    assert_eq!(size_of::<Word>(), 8);
    assert_eq!(align_of::<Word>(), align_of::<u64>());
}
