//! From an offset to the line and the column that a person counts.
//!
//! Invariant: any offset has a place; one inside of a character has that of the character.

use super::ast::Pos;

/// The line and the column of an offset, both from 1; the column in UTF-16 units, as Node counts.
///
/// ```
/// use mangrove_vm::syntax::locate;
///
/// let text = "let é = '🌱', x;\nlet y;";
/// assert_eq!(locate(text, 0), (1, 1));
/// assert_eq!(locate(text, 17), (1, 15)); // x: é is one unit of UTF-16, 🌱 two
/// assert_eq!(locate(text, 20), (2, 1));
/// ```
pub fn locate(text: &str, pos: Pos) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(pos as usize)];
    let (line, at) = line_at(text, pos);
    (before.matches('\n').count() + 1, line[..at.min(line.len())].encode_utf16().count() + 1)
}

/// The line around an offset, and how many of its bytes are before that.
pub fn line_at(text: &str, pos: Pos) -> (&str, usize) {
    let (before, after) = text.split_at(text.floor_char_boundary(pos as usize));
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').map_or(text.len(), |at| before.len() + at);
    (text[start..end].trim_end_matches('\r'), before.len() - start)
}
