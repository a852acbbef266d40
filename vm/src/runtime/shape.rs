//! [`Shapes`]: which properties an object has, and in which slots.
//!
//! Invariant: a shape never changes, and its number never names another one; so a slot that was found once for a shape
//! is right for ever. No name in a shape is the string of an integer: those keys have an order of their own, and live in
//! dictionaries. Shapes hold no heap value.

use super::error::ErrorKind;
use super::realm::Proto;
use crate::atoms::Atoms;
use crate::bytecode::Atom;

/// The most properties that a shape describes; an object with more is a dictionary.
pub const MAX_PROPERTIES: usize = 64;
/// The most shapes of a VM but for the first of each class; then objects that would need a new one become dictionaries.
pub const MAX_SHAPES: usize = 1 << 16;

/// The number of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShapeId(pub u32);

/// What kind of object it is, whatever its properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// `{}`
    Plain,
    /// `Object.create(null)`
    Bare,
    /// An error.
    Error(ErrorKind),
    /// A built-in constructor: a function with properties.
    Constructor(Proto),
    /// `Math`, `JSON`, `console`, …, with its name.
    Namespace(&'static str),
    /// What holds the methods of a kind of values.
    Prototype(Proto),
}

impl Class {
    /// Where an object of this class finds what it does not have itself.
    pub const fn proto(self) -> Option<Proto> {
        match self {
            Class::Plain | Class::Namespace(_) => Some(Proto::Object),
            Class::Bare => None,
            Class::Error(kind) => Some(kind),
            Class::Constructor(_) => Some(Proto::Function),
            Class::Prototype(proto) => proto.parent(),
        }
    }

    /// Whether a dictionary of this class does not list the property: a shape tells this of each property, a
    /// dictionary has only the rule.
    pub(super) fn hides(self, name: &str) -> bool {
        match self {
            Class::Plain | Class::Bare => false,
            Class::Error(_) => matches!(name, "stack" | "message" | "cause" | "errors"),
            Class::Constructor(_) | Class::Namespace(_) | Class::Prototype(_) => true,
        }
    }
}

/// What is known of the objects of one shape.
#[derive(Debug)]
pub struct Shape {
    /// Their class.
    pub class: Class,
    /// Whether their properties cannot change.
    pub frozen: bool,
    /// Whether their properties are in a dictionary, and not here.
    pub dictionary: bool,
    /// The names of their properties, by slot.
    pub names: Box<[Atom]>,
    /// A bit for each property that is not enumerable.
    hidden: u64,
    /// What they become by one more property: its name, whether it is hidden, the shape.
    next: Vec<(Atom, bool, ShapeId)>,
    /// What they become when they are frozen.
    twin: Option<ShapeId>,
}

impl Shape {
    /// The slot of a property.
    #[inline]
    pub fn lookup(&self, name: Atom) -> Option<usize> {
        self.names.iter().position(|&found| found == name)
    }

    /// Whether the property in a slot is enumerable.
    #[inline]
    pub fn is_enumerable(&self, slot: usize) -> bool {
        self.hidden >> slot & 1 == 0
    }
}

/// All shapes of a VM.
#[derive(Debug)]
pub struct Shapes {
    shapes: Vec<Shape>,
    /// Of each class: the shape without properties, that of dictionaries, and that of frozen dictionaries.
    roots: Vec<(Class, [ShapeId; 3])>,
}

impl Default for Shapes {
    fn default() -> Self {
        let mut shapes = Shapes { shapes: Vec::new(), roots: Vec::new() };
        // Number 0 is in no object: an empty cache must not match.
        shapes.push(Class::Bare, true, true, Box::default(), 0);
        shapes.roots_of(Class::Plain);
        shapes
    }
}

impl Shapes {
    /// The shape of a plain object without properties.
    pub const PLAIN: ShapeId = ShapeId(1);

    fn push(&mut self, class: Class, frozen: bool, dictionary: bool, names: Box<[Atom]>, hidden: u64) -> ShapeId {
        let id = ShapeId(self.shapes.len() as u32);
        self.shapes.push(Shape { class, frozen, dictionary, names, hidden, next: Vec::new(), twin: None });
        id
    }

    fn roots_of(&mut self, class: Class) -> [ShapeId; 3] {
        if let Some((_, roots)) = self.roots.iter().find(|(found, _)| *found == class) {
            return *roots;
        }
        let roots = [(false, false), (false, true), (true, true)]
            .map(|(frozen, dictionary)| self.push(class, frozen, dictionary, Box::default(), 0));
        self.roots.push((class, roots));
        roots
    }

    /// The shape of an object of this class without properties.
    pub fn root(&mut self, class: Class) -> ShapeId {
        self.roots_of(class)[0]
    }

    /// The shape of objects of this class that are dictionaries.
    pub(super) fn dictionary(&mut self, class: Class, frozen: bool) -> ShapeId {
        self.roots_of(class)[1 + usize::from(frozen)]
    }

    /// The shape of a plain object with these properties, in this order; that of dictionaries if there is none.
    pub fn template(&mut self, atoms: &Atoms, names: &[Atom]) -> ShapeId {
        let mut shape = Some(Self::PLAIN);
        for &name in names {
            shape = shape.filter(|_| atoms.integer(name).is_none()).and_then(|shape| self.add(shape, name, false));
        }
        shape.unwrap_or_else(|| self.dictionary(Class::Plain, false))
    }

    /// What is known of a shape.
    #[inline]
    pub fn get(&self, shape: ShapeId) -> &Shape {
        &self.shapes[shape.0 as usize]
    }

    /// The class of a shape.
    #[inline]
    pub fn class(&self, shape: ShapeId) -> Class {
        self.get(shape).class
    }

    /// The slot of a property.
    #[inline]
    pub fn lookup(&self, shape: ShapeId, name: Atom) -> Option<usize> {
        self.get(shape).lookup(name)
    }

    /// The shape of what gets one more property, in a new slot behind the others; `None` when it must become a
    /// dictionary. The name is not in the shape.
    pub(super) fn add(&mut self, shape: ShapeId, name: Atom, hidden: bool) -> Option<ShapeId> {
        let old = self.get(shape);
        if let Some(&(_, _, next)) = old.next.iter().find(|next| next.0 == name && next.1 == hidden) {
            return Some(next);
        }
        let count = old.names.len();
        if old.dictionary || count == MAX_PROPERTIES || self.shapes.len() >= MAX_SHAPES {
            return None;
        }
        debug_assert!(old.lookup(name).is_none());
        let names = old.names.iter().copied().chain([name]).collect();
        let (class, frozen, hidden_bits) = (old.class, old.frozen, old.hidden | u64::from(hidden) << count);
        let next = self.push(class, frozen, false, names, hidden_bits);
        self.shapes[shape.0 as usize].next.push((name, hidden, next));
        Some(next)
    }

    /// The shape of what is frozen.
    pub(super) fn frozen(&mut self, shape: ShapeId) -> Option<ShapeId> {
        let old = self.get(shape);
        if old.frozen {
            return Some(shape);
        }
        if old.dictionary {
            let class = old.class;
            return Some(self.dictionary(class, true));
        }
        if old.twin.is_none() && self.shapes.len() < MAX_SHAPES {
            let (class, names, hidden) = (old.class, old.names.clone(), old.hidden);
            let twin = self.push(class, true, false, names, hidden);
            self.shapes[shape.0 as usize].twin = Some(twin);
        }
        self.get(shape).twin
    }
}
