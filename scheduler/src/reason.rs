//! [`Reason`]: why a task was cancelled.
//!
//! Invariant: it only grows, one entry for each different reason, and stays bounded however often it is told.

use core::fmt;
use std::sync::Arc;

/// Why a task was cancelled: texts for people, possibly none, in the order in which they were given.
#[derive(Clone, Default)]
pub struct Reason(Texts);

#[derive(Clone, Default)]
enum Texts {
    #[default]
    None,
    /// One of the scheduler's own; nothing is allocated for it.
    Own(&'static &'static str),
    Given(Arc<Given>),
}

struct Given {
    /// The texts, with [`SEPARATOR`] between them.
    text: Box<str>,
    /// Where each ends.
    ends: Box<[u32]>,
}

const SEPARATOR: &str = "; ";
/// Bytes after which no more reasons are taken.
const MOST: usize = 1024;

impl Reason {
    /// No reason given.
    pub const NONE: Reason = Reason(Texts::None);
    /// The join that owns the task was decided without it.
    pub const LOST: Reason = Reason(Texts::Own(&"the join was decided without it"));
    /// Another task of its scope failed.
    pub const SIBLING_FAILED: Reason = Reason(Texts::Own(&"another task of its scope failed"));
    /// It was put into a scope that had ended.
    pub const SCOPE_ENDED: Reason = Reason(Texts::Own(&"its scope had ended"));

    /// A reason.
    pub fn new(text: &str) -> Self {
        Reason(Texts::Given(Arc::new(Given { text: text.into(), ends: [text.len() as u32].into() })))
    }

    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        matches!(self.0, Texts::None)
    }

    /// Its texts, with "; " between them; empty if none was given.
    pub fn text(&self) -> &str {
        match &self.0 {
            Texts::None => "",
            Texts::Own(text) => text,
            Texts::Given(given) => &given.text,
        }
    }

    /// Each of its texts, in the order in which they were given.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let text = self.text();
        let own = [text.len() as u32];
        let ends: &[u32] = match &self.0 {
            Texts::Given(given) => &given.ends,
            _ => &[],
        };
        let single = matches!(self.0, Texts::Own(_)).then_some(own[0]);
        let mut from = 0;
        ends.iter().copied().chain(single).map(move |end| {
            let part = &text[from..end as usize];
            from = end as usize + SEPARATOR.len();
            part
        })
    }

    /// A later cancel may add to the reason, and changes nothing else.
    pub(crate) fn add(&mut self, later: Reason) {
        let (first, second) = (self.text(), later.text());
        if matches!(later.0, Texts::None) || first.len() > MOST {
            return;
        }
        if matches!(self.0, Texts::None) {
            *self = later;
            return;
        }
        if later.texts().all(|text| self.texts().any(|known| known == text)) {
            return;
        }
        let shift = (first.len() + SEPARATOR.len()) as u32;
        let text = [first, SEPARATOR, second].concat().into();
        let ends = self.ends().chain(later.ends().map(|end| end + shift)).collect();
        self.0 = Texts::Given(Arc::new(Given { text, ends }));
    }

    fn ends(&self) -> impl Iterator<Item = u32> {
        let mut end = 0;
        self.texts().enumerate().map(move |(index, text)| {
            end += (text.len() + if index == 0 { 0 } else { SEPARATOR.len() }) as u32;
            end
        })
    }
}

impl PartialEq for Reason {
    fn eq(&self, other: &Self) -> bool {
        self.texts().eq(other.texts())
    }
}
impl Eq for Reason {}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Reason::new(text)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reason({:?})", self.text())
    }
}
