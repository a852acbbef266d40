//! The order of texts for people: what `localeCompare` says.
//!
//! It has the three levels of the Unicode Collation Algorithm: first letters count, then their accents, then their case,
//! lower before upper. Of ASCII it has the algorithm's own order. Of what is beyond it has none of the tables: other
//! letters come last, in the order of their code points, and other signs before the digits.
//!
//! Invariant: texts that are canonically the same are equal.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::runtime::string::Units;

/// ASCII beside letters and digits, in its order.
const SIGNS: &[u8] = b"\t\n\x0b\x0c\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// Other signs are behind those of ASCII, digits and letters behind these.
const SIGN: u8 = 64;
const DIGIT: u8 = 65;
const LETTER: u8 = 80;
const OTHER_LETTER: u8 = 127;

/// The accents of most languages in their order: acute, grave, breve, circumflex, caron, ring, diaeresis, double acute, tilde,
/// dot, cedilla, ogonek, macron.
const ACCENTS: &str = "\u{301}\u{300}\u{306}\u{302}\u{30c}\u{30a}\u{308}\u{30b}\u{303}\u{307}\u{327}\u{328}\u{304}";

/// Where each ASCII character stands, whatever its case.
static RANKS: [u8; 128] = {
    let mut ranks = [SIGN; 128];
    let mut at = 0;
    while at < SIGNS.len() {
        ranks[SIGNS[at] as usize] = at as u8;
        at += 1;
    }
    let mut at = 0;
    while at < 26 {
        if at < 10 {
            ranks[b'0' as usize + at] = DIGIT + at as u8;
        }
        ranks[b'a' as usize + at] = LETTER + at as u8;
        ranks[b'A' as usize + at] = LETTER + at as u8;
        at += 1;
    }
    ranks
};

/// Which of two texts comes first.
pub(super) fn compare(a: &Units<'_>, b: &Units<'_>) -> Ordering {
    if let (Some(a), Some(b)) = (a.latin1(), b.latin1())
        && a.is_ascii()
        && b.is_ascii()
    {
        let rank = |&byte: &u8| rank(char::from(byte));
        // Behind the letters only their case is left.
        return a.iter().map(rank).cmp(b.iter().map(rank)).then_with(|| b.cmp(a));
    }
    let (a, b) = (a.to_rust(), b.to_rust());
    letters(&a).cmp(letters(&b)).then_with(|| accents(&a).cmp(accents(&b))).then_with(|| cases(&a).cmp(cases(&b)))
}

fn letters(text: &str) -> impl Iterator<Item = (u8, char)> {
    text.nfd().filter(|&c| !is_combining_mark(c)).map(rank)
}

/// The accents, and where there is none.
fn accents(text: &str) -> impl Iterator<Item = Option<(usize, char)>> {
    let place = |c| ACCENTS.chars().position(|accent| accent == c).unwrap_or(ACCENTS.len());
    text.nfd().map(move |c| is_combining_mark(c).then(|| (place(c), c)))
}

fn cases(text: &str) -> impl Iterator<Item = bool> {
    text.nfd().map(char::is_uppercase)
}

/// Where a character stands, whatever its case.
#[inline]
fn rank(c: char) -> (u8, char) {
    match RANKS.get(c as usize) {
        Some(&SIGN) => (SIGN, c),
        Some(&rank) => (rank, '\0'),
        None if c.is_alphanumeric() => (OTHER_LETTER, c.to_lowercase().next().unwrap_or(c)),
        None => (SIGN, c),
    }
}
