//! How what was formatted is laid out: quotes, columns, lines. The rules, and their odd constants, are those of
//! `lib/internal/util/inspect.js` of Node 20.
//!
//! Invariant: nothing here knows a heap. Lengths are counted in UTF-16 units, as JavaScript counts them.

use unicode_width::UnicodeWidthChar;

/// The width at which a line breaks.
pub(super) const BREAK: usize = 80;
/// How many elements of an array or a collection are shown.
pub(super) const MAX_ITEMS: usize = 100;
/// How many units of a string inside of something are shown.
const MAX_STRING: usize = 10_000;
/// How many levels from the innermost one are put on one line.
const COMPACT: usize = 3;

/// How many UTF-16 units a text has.
pub(super) fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// How many columns of a terminal a text takes.
fn width(text: &str) -> usize {
    // A soft hyphen takes none, but where it is seen.
    let columns = |c: char| if c == '\u{ad}' { 1 } else { c.width().unwrap_or(0) };
    if text.is_ascii() { text.len() } else { text.chars().map(columns).sum() }
}

/// A string in quotes: the first kind of `'`, `"`, `` ` `` that it does not contain.
pub(super) fn quote(units: &[u16]) -> String {
    let has = |c: char| units.contains(&(c as u16));
    let quote = match () {
        () if !has('\'') => '\'',
        () if !has('"') => '"',
        () if !has('`') && !units.windows(2).any(|pair| pair == [36, 123]) => '`',
        () => '\'',
    };
    let mut text = String::with_capacity(units.len() + 2);
    text.push(quote);
    escape(&mut text, units, quote == '\'');
    text.push(quote);
    text
}

/// Appends a string with its control characters escaped, and with `quoted` its `'`.
pub(super) fn escape(text: &mut String, units: &[u16], quoted: bool) {
    for c in char::decode_utf16(units.iter().copied()) {
        match c {
            Ok('\'') if quoted => text.push_str("\\'"),
            Ok('\\') => text.push_str("\\\\"),
            Ok('\u{8}') => text.push_str("\\b"),
            Ok('\t') => text.push_str("\\t"),
            Ok('\n') => text.push_str("\\n"),
            Ok('\u{c}') => text.push_str("\\f"),
            Ok('\r') => text.push_str("\\r"),
            Ok(c) if c.is_control() => text.push_str(&format!("\\x{:02X}", c as u32)),
            Ok(c) => text.push(c),
            Err(half) => text.push_str(&format!("\\u{:x}", half.unpaired_surrogate())),
        }
    }
}

/// A string inside of something, `indentation` columns to the right: long ones are broken behind their line ends.
pub(super) fn string(units: &[u16], indentation: usize) -> String {
    let shown = &units[..units.len().min(MAX_STRING)];
    let mut text = if shown.len() > 16 && shown.len() > BREAK.saturating_sub(indentation + 4) {
        let lines = shown.split_inclusive(|&unit| unit == 10);
        lines.map(quote).collect::<Vec<_>>().join(&format!(" +\n{}", " ".repeat(indentation + 2)))
    } else {
        quote(shown)
    };
    match units.len() - shown.len() {
        0 => {}
        1 => text.push_str("... 1 more character"),
        more => text.push_str(&format!("... {more} more characters")),
    }
    text
}

/// The name of a property: bare when it is an identifier without `$`.
pub(super) fn key(units: &[u16], enumerable: bool) -> String {
    let word = |unit: &u16| u8::try_from(*unit).is_ok_and(|c| c == b'_' || c.is_ascii_alphanumeric());
    let digit = |unit: &u16| (48..58).contains(unit);
    if !enumerable {
        let mut text = String::from("[");
        escape(&mut text, units, true);
        text.push(']');
        text
    } else if units.iter().all(word) && units.first().is_some_and(|first| !digit(first)) {
        match String::from_utf16_lossy(units) {
            name if name == "__proto__" => "['__proto__']".to_owned(),
            name => name,
        }
    } else {
        quote(units)
    }
}

/// What stands for elements that are not shown.
pub(super) fn more(items: usize) -> String {
    format!("... {items} more item{}", if items > 1 { "s" } else { "" })
}

/// What stands for elements that an array does not have.
pub(super) fn holes(count: usize) -> String {
    format!("<{count} empty item{}>", if count > 1 { "s" } else { "" })
}

/// What surrounds the entries of an object.
pub(super) struct Frame<'a> {
    /// What precedes the opening brace: a function, an error, a reference mark.
    pub base: &'a str,
    /// The opening brace, with the type before it.
    pub open: &'a str,
    /// The closing brace.
    pub close: &'a str,
    /// Columns to the left.
    pub indentation: usize,
    /// Levels of the object that was formatted last, below this one.
    pub levels: usize,
    /// Of an array: whether all elements are numbers.
    pub array: Option<bool>,
}

/// Puts the entries of an object on one line, in columns or on a line each.
pub(super) fn arrange(mut entries: Vec<String>, frame: &Frame<'_>) -> String {
    let count = entries.len();
    if let Some(numbers) = frame.array
        && count > 6
    {
        entries = columns(entries, frame.indentation, numbers);
    }
    let base = if frame.base.is_empty() { String::new() } else { format!("{} ", frame.base) };
    let (open, close) = (frame.open, frame.close);
    if frame.levels < COMPACT && count == entries.len() {
        let start = count + frame.indentation + units(open) + units(frame.base) + 10;
        let total = entries.iter().map(|entry| units(entry)).sum::<usize>() + count + start;
        let broken = frame.base.contains('\n') || entries.iter().any(|entry| entry.contains('\n'));
        if total <= BREAK && !broken {
            return format!("{base}{open} {} {close}", entries.join(", "));
        }
    }
    let line = format!("\n{}", " ".repeat(frame.indentation));
    format!("{base}{open}{line}  {}{line}{close}", entries.join(&format!(",{line}  ")))
}

/// Groups many short entries into lines of equally many.
fn columns(mut entries: Vec<String>, indentation: usize, numbers: bool) -> Vec<String> {
    const SEPARATOR: usize = 2;
    let count = entries.len();
    let rest = if count > MAX_ITEMS { entries.pop() } else { None };
    let widths: Vec<usize> = entries.iter().map(|entry| width(entry)).collect();
    let total: usize = widths.iter().map(|width| width + SEPARATOR).sum();
    let longest = widths.iter().copied().max().unwrap_or(0);
    let cell = longest + SEPARATOR;
    let even = total as f64 / cell as f64 > 5.0 || longest <= 6;
    let mut columns = 1;
    if cell * 3 + indentation < BREAK && even {
        // A letter is about two and a half times as high as wide; the lines should form a square.
        let bias = (cell as f64 - total as f64 / count as f64).sqrt();
        let biased = (cell as f64 - 3.0 - bias).max(1.0);
        let square = ((2.5 * biased * widths.len() as f64).sqrt() / biased + 0.5).floor();
        columns = (square as usize).min((BREAK - indentation) / cell).min(COMPACT * 4).min(15);
    }
    if columns > 1 {
        let line_width =
            |column: usize| widths[column..].iter().step_by(columns).copied().max().unwrap_or(0) + SEPARATOR;
        let cells: Vec<usize> = (0..columns.min(widths.len())).map(line_width).collect();
        let lines = entries.chunks(columns).zip(widths.chunks(columns)).map(|(entries, widths)| {
            let mut line = String::new();
            for (column, (entry, width)) in entries.iter().zip(widths).enumerate() {
                let last = column + 1 == entries.len();
                let room = " ".repeat(cells[column] - SEPARATOR - width);
                match (numbers, last) {
                    (true, false) => line.extend([&room, entry, ", "]),
                    (true, true) => line.extend([room.as_str(), entry]),
                    (false, false) => line.extend([entry, ", ", &room]),
                    (false, true) => line.push_str(entry),
                }
            }
            line
        });
        entries = lines.collect();
    }
    entries.extend(rest);
    entries
}
