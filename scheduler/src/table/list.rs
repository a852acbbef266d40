//! [`List`]: FIFO lists through records: the ready queue, and who waits for a task.
//!
//! Invariant: a record is in one list at most; whoever changes its stage takes it out first. Nothing is allocated, and
//! taking a record out costs O(1) wherever it stands. What comes before the first is not written down, so taking that one
//! out touches no other; nor is the last of an empty list.

use super::NONE;

/// A task's row, or an edge of a join.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct Node(u32);

const EDGE: u32 = 1 << 31;

impl Node {
    const NONE: Node = Node(NONE);

    #[inline(always)]
    pub(crate) fn task(slot: u32) -> Self {
        Node(slot)
    }

    #[inline(always)]
    pub(crate) fn edge(edge: u32) -> Self {
        Node(edge | EDGE)
    }

    /// The index of a node of a list that holds no edges.
    #[inline(always)]
    pub(crate) fn index(self) -> u32 {
        debug_assert!(self.0 & EDGE == 0);
        self.0
    }

    /// `Ok` is a task's slot, `Err` an edge.
    #[inline(always)]
    pub(crate) fn split(self) -> Result<u32, u32> {
        if self.0 & EDGE == 0 { Ok(self.0) } else { Err(self.0 & !EDGE) }
    }
}

/// The neighbours of a record in its list.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    prev: Node,
    next: Node,
}

impl Link {
    pub(crate) const LOOSE: Link = Link { prev: Node::NONE, next: Node::NONE };

    /// Of a record that is in no list: its index elsewhere.
    pub(crate) fn at(index: u32) -> Self {
        Link { prev: Node(index), next: Node::NONE }
    }

    /// The index of `at`.
    pub(crate) fn index(self) -> u32 {
        self.prev.0
    }

    pub(crate) fn next(self) -> Option<Node> {
        (self.next != Node::NONE).then_some(self.next)
    }
}

/// Where links are found.
pub(crate) trait Linked {
    fn link(&mut self, node: Node) -> &mut Link;
}

/// First and last of a list.
#[derive(Clone, Copy)]
pub(crate) struct List {
    head: Node,
    tail: Node,
}

impl List {
    pub(crate) const EMPTY: List = List { head: Node::NONE, tail: Node::NONE };

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.head == Node::NONE
    }

    pub(crate) fn first(&self) -> Option<Node> {
        (!self.is_empty()).then_some(self.head)
    }

    #[inline(always)]
    pub(crate) fn last(&self) -> Option<Node> {
        (!self.is_empty()).then_some(self.tail)
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, links: &mut impl Linked, node: Node) {
        *links.link(node) = Link { prev: self.tail, next: Node::NONE };
        if self.is_empty() {
            self.head = node;
        } else {
            links.link(self.tail).next = node;
        }
        self.tail = node;
    }

    #[inline(always)]
    pub(crate) fn pop(&mut self, links: &mut impl Linked) -> Option<Node> {
        let head = self.head;
        if head == Node::NONE {
            return None;
        }
        self.head = links.link(head).next;
        Some(head)
    }

    /// Takes out a node that is in this list.
    pub(crate) fn remove(&mut self, links: &mut impl Linked, node: Node) {
        let Link { prev, next } = *links.link(node);
        if self.head == node {
            self.head = next;
        } else {
            links.link(prev).next = next;
        }
        if self.tail == node {
            self.tail = prev;
        } else {
            links.link(next).prev = prev;
        }
        *links.link(node) = Link::LOOSE;
    }
}
