//! Evacuation: moves old objects together, at the end of marking and before the sweep.
//!
//! Three passes over marked objects: copy what lies in the chosen blocks and leave forwarding addresses; update every
//! slot of every marked object, root and handle; give the emptied blocks back. An object for which there is no room
//! stays where it is, so this cannot fail.
//!
//! Invariant: nursery and logs are empty, so slots of roots and marked objects are all there is to update.

use std::time::Instant;

use crate::collect::Move;
use crate::core::Core;
use crate::ephemeron::Ephemerons;
use crate::heap::RootVisit;
use crate::object::{FORWARDED, Obj, TAG, at};
use crate::old::Use;
use crate::stats::Phase;
use crate::trace::{Sink, Visitor, visit_slots};

/// A block with fewer marked lines than this, of 256, counts as fragmented.
const FRAGMENTED_LINES: u32 = 128;

impl Core {
    pub(crate) fn evacuate(&mut self, roots: &mut RootVisit<'_>, moves: Move) {
        let (start, before) = (Instant::now(), self.bytes());
        let old = self.old();
        old.begin_evacuation();
        let chosen: Vec<usize> = (0..old.block_count())
            .filter(|&index| match old.block_use(index) {
                Use::Lines => {
                    let lines = old.marked_lines(index);
                    lines > 0 && (moves == Move::Everything || lines < FRAGMENTED_LINES)
                }
                Use::Large { .. } => moves == Move::Everything,
                _ => false,
            })
            .collect();
        let (mut objects, mut bytes) = (0, 0);
        let mut found = Vec::new();
        for &index in &chosen {
            // SAFETY: marking has ended, and nothing in this block has moved.
            unsafe { old.for_each_marked(index, |object| found.push(object)) };
            for object in found.drain(..) {
                // SAFETY: a live object; its copy gets memory of its own.
                unsafe {
                    let header = object.header();
                    let info = Obj::info_of(header);
                    let size = object.size(info);
                    let Some(copy) = old.allocate_copy(size, info.align16) else { continue };
                    core::ptr::copy_nonoverlapping(at::<u64>(object.0), at::<u64>(copy.0), size / 8);
                    object.set_header(copy.0 | FORWARDED);
                    objects += 1;
                    bytes += size as u64;
                }
            }
        }
        self.update_slots(roots);
        self.release_moved(&chosen);
        self.counts.compactions += 1;
        self.counts.moved_objects += objects;
        self.counts.moved_bytes += bytes;
        self.note(Phase::Compact, start, before, objects);
    }

    /// Points every slot to where its object is now.
    fn update_slots(&mut self, roots: &mut RootVisit<'_>) {
        let old = self.old_ref();
        let mut updater = Updater { zero: TAG + old.base() as u64, bytes: old.reserved() as u64 };
        roots(&mut Visitor::new(&mut updater, false));
        self.handles.visit(|word| updater.word(word));
        for index in 0..old.block_count() {
            if matches!(old.block_use(index), Use::Lines | Use::Large { .. }) {
                // SAFETY: marking has ended; what was moved has its forwarding address and an intact payload, and a
                // live object that was not moved is referred to by nothing but slots.
                unsafe {
                    old.for_each_marked(index, |object| {
                        let header = object.header();
                        if header & FORWARDED == 0 {
                            visit_slots(object, Obj::info_of(header), &mut updater);
                        }
                    });
                }
            }
        }
        for object in self.old_drops() {
            // SAFETY: a live object, or what it left behind.
            let header = unsafe { object.header() };
            if header & FORWARDED != 0 {
                *object = Obj(header & !FORWARDED);
            }
        }
    }

    fn release_moved(&mut self, chosen: &[usize]) {
        let until = self.quarantine_until();
        let old = self.old();
        for &index in chosen {
            match old.block_use(index) {
                Use::Large { blocks } => {
                    // SAFETY: as in `update_slots`.
                    if unsafe { old.unmark_moved(index) } {
                        old.release(index, blocks as usize, until);
                    }
                }
                _ => {
                    // SAFETY: as in `update_slots`.
                    if unsafe { old.unmark_moved(index) } {
                        old.release(index, 1, until);
                    }
                }
            }
        }
    }
}

/// Rewrites what points to a forwarded object.
struct Updater {
    /// The word of the first address of the old space.
    zero: u64,
    bytes: u64,
}

impl Updater {
    #[inline(always)]
    fn updated(&self, word: u64) -> u64 {
        if word.wrapping_sub(self.zero) >= self.bytes {
            return word;
        }
        // SAFETY: it points to a live object, or to what one left behind.
        let header = unsafe { Obj((word - TAG) as usize).header() };
        if header & FORWARDED != 0 { Obj(header & !FORWARDED).word() } else { word }
    }
}

impl Sink for Updater {
    #[inline(always)]
    fn word(&mut self, slot: *mut u64) {
        // SAFETY: a visited slot is ours.
        unsafe { *slot = self.updated(*slot) };
    }

    fn weak(&mut self, slot: *mut u64) {
        self.word(slot);
    }

    fn ephemerons(&mut self, table: *mut Ephemerons) {
        // SAFETY: a visited table is ours.
        unsafe { &mut *table }.rewrite(|word| self.updated(word));
    }
}
