//! [`Label`]: what a task is called, and where it was made.
//!
//! Invariant: without labels, a task has none, and costs nothing for it.

use core::panic::Location;

/// In the cold record of a task.
#[derive(Default)]
pub(crate) struct Label {
    pub(crate) name: Option<Box<str>>,
    pub(crate) site: Option<&'static Location<'static>>,
}

/// Most bytes of a name that are kept.
const MOST: usize = 200;

impl Label {
    /// Sets the name, cut to a length that a dump can show. Without memory for it, there is none.
    pub(crate) fn set_name(&mut self, name: &str) {
        let end = (0..=MOST.min(name.len())).rev().find(|&end| name.is_char_boundary(end));
        let name = &name[..end.unwrap_or(0)];
        let mut text = String::new();
        if text.try_reserve_exact(name.len()).is_ok() {
            text.push_str(name);
            self.name = Some(text.into_boxed_str());
        }
    }
}
