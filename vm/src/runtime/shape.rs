//! [`Shapes`]: which properties an object has, and in which slots.
//!
//! Invariant: a shape never changes, and its number never names another one; so a slot that was found once for a shape
//! is right for ever. Shapes hold no heap value.

use super::error::ErrorKind;
use super::realm::Proto;
use crate::bytecode::Atom;

/// The most properties a shape describes; an object with more is a dictionary.
pub const MAX_PROPERTIES: usize = 64;
/// The most shapes of a VM; then new objects become dictionaries.
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
    /// `Math`, `JSON`, `console`, …
    Namespace,
    /// What holds the methods of a kind of values.
    Prototype(Proto),
}

/// All shapes of a VM.
#[derive(Debug, Default)]
pub struct Shapes {}

impl Shapes {
    /// The shape of an object of this class without properties.
    pub fn root(&mut self, class: Class) -> ShapeId {
        let _ = class;
        todo!()
    }
    /// The shape of a plain object with these properties, in this order; that of dictionaries if there is none.
    pub fn template(&mut self, names: &[Atom]) -> ShapeId {
        let _ = names;
        todo!()
    }
    /// The class of a shape.
    pub fn class(&self, shape: ShapeId) -> Class {
        let _ = shape;
        todo!()
    }
    /// The slot of a property.
    pub fn lookup(&self, shape: ShapeId, name: Atom) -> Option<usize> {
        let _ = (shape, name);
        todo!()
    }
}
