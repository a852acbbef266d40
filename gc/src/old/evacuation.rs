//! Room for objects that are moved, and the marks of blocks that they were moved from.

use super::{BLOCK, Bump, LARGE, OldSpace};
use crate::object::{FORWARDED, Obj};

impl OldSpace {
    /// Begins to move objects: copies go to fresh blocks only.
    pub(crate) fn begin_evacuation(&mut self) {
        self.hole = Bump::default();
        self.medium = Bump::default();
        self.current = None;
        self.recyclable.clear();
    }

    /// Memory for a copy, in blocks that nothing is moved from; marked. `None` when there is none: the object stays.
    pub(crate) fn allocate_copy(&mut self, size: usize, align16: bool) -> Option<Obj> {
        let start = if size > LARGE {
            self.allocate_large(size, align16)?
        } else {
            // Everything goes to one bump: neighbours stay neighbours.
            match self.medium.take(size, align16) {
                Some(start) => start,
                None => {
                    let block = self.take_block()?;
                    self.medium = self.whole(block);
                    self.medium.take(size, align16)?
                }
            }
        };
        self.marks.set(start);
        self.mark_extent(start, size);
        if let Some(starts) = &self.starts {
            starts.set(start);
        }
        Some(Obj(start))
    }

    /// Leaves only objects that were not moved marked in a block.
    ///
    /// # Safety
    /// As [`OldSpace::for_each_marked`].
    pub(crate) unsafe fn unmark_moved(&mut self, index: usize) -> bool {
        let mut stayed = Vec::new();
        // SAFETY: by the caller.
        unsafe {
            self.for_each_marked(index, |object| {
                let header = object.header();
                if header & FORWARDED == 0 {
                    stayed.push((object, object.size(Obj::info_of(header))));
                }
            });
        }
        self.marks.clear_range(self.block_start(index), BLOCK);
        for &(object, size) in &stayed {
            self.marks.set(object.0);
            self.mark_extent(object.0, size);
        }
        stayed.is_empty()
    }
}
