//! [`Lines`]: from an offset to the line and the column that a person counts.
//!
//! Invariant: needs the text only when made; a look-up is two binary searches.

use std::ops::Range;

use super::ast::Pos;

/// Where the lines of a text are.
///
/// ```
/// let lines = mangrove_vm::syntax::Lines::new("let é = '🌱', x;\nlet y;");
/// assert_eq!(lines.locate(0), (1, 1));
/// assert_eq!(lines.locate(17), (1, 15)); // x: é is one unit of UTF-16, 🌱 two
/// assert_eq!(lines.locate(20), (2, 1));
/// ```
#[derive(Clone, Debug)]
pub struct Lines {
    /// The first byte of each line, and past the end of the text.
    starts: Vec<Pos>,
    /// The first byte after each character beyond ASCII, and by how many the UTF-16 units up to there are fewer than
    /// the bytes.
    wide: Vec<(Pos, Pos)>,
}

impl Lines {
    /// The lines of `source`, of which the first 4 GiB count.
    pub fn new(source: &str) -> Self {
        let (mut starts, mut wide, mut saved) = (vec![0], Vec::new(), 0);
        let mut chars = source.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let Ok(next) = Pos::try_from(at + c.len_utf8()) else { break };
            if !c.is_ascii() {
                // A byte order mark is not counted, as Node does not see it.
                let units = if (at, c) == (0, '\u{feff}') { 0 } else { c.len_utf16() };
                saved += (c.len_utf8() - units) as Pos;
                wide.push((next, saved));
            }
            if is_newline(c) && !(c == '\r' && chars.peek().is_some_and(|&(_, c)| c == '\n')) {
                starts.push(next);
            }
        }
        starts.push(Pos::try_from(source.len()).unwrap_or(Pos::MAX));
        Self { starts, wide }
    }

    /// The line and the column of an offset, both from 1; the column in UTF-16 units, as Node counts.
    pub fn locate(&self, pos: Pos) -> (u32, u32) {
        let lines = &self.starts[..self.starts.len() - 1];
        let line = lines.partition_point(|&start| start <= pos);
        (line as u32, self.units(pos) - self.units(lines[line - 1]) + 1)
    }

    /// The bytes of a line, its end included; of a line that is not there, the last one's.
    pub fn range(&self, line: u32) -> Range<usize> {
        let line = (line as usize).clamp(1, self.starts.len() - 1);
        self.starts[line - 1] as usize..self.starts[line] as usize
    }

    fn units(&self, pos: Pos) -> Pos {
        let before = self.wide.partition_point(|&(at, _)| at <= pos);
        pos - before.checked_sub(1).map_or(0, |last| self.wide[last].1)
    }
}

/// JavaScript's line terminators.
pub(super) fn is_newline(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}
