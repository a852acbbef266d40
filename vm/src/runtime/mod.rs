//! The values of the language, as heap types; what they can do; and the root that holds a whole VM.
//!
//! | the language's | is |
//! | --- | --- |
//! | `undefined`, `null`, booleans | [`Value::UNDEFINED`], [`Value::NIL`], [`Value::TRUE`], [`Value::FALSE`] |
//! | numbers | an int when it is one of 32 bits and not `-0`, else a double: each number has one representation |
//! | strings | a small string in the word when it has up to five units, all ASCII; else [`string::Text`] or [`string::Rope`] |
//! | built-in functions | a native id in the word, or [`function::Bound`] when they hold values |
//! | closures | [`function::Closure`] |
//! | objects, errors, constructors | [`object::Object`], told apart by the class of their shape |
//! | arrays, maps and sets, promises, timers, iterators | a heap type each |
//!
//! `Value::HOLE` is a variable that is not initialised, or an element that an array does not have; no expression has it
//! as its value.
//!
//! Invariant: a function that can fail with [`Stop::Memory`] or [`Stop::Convert`] has changed nothing that a script could see when it
//! does: the interpreter collects and runs the same instruction again. So natives allocate first, and change things last.

pub mod array;
pub mod cache;
pub mod convert;
pub mod error;
pub mod extra;
pub mod function;
pub mod iterator;
pub mod number;
pub mod object;
pub mod operators;
pub mod promise;
pub mod property;
pub mod realm;
pub mod shape;
pub mod string;
pub mod table;
pub mod timer;

use mangrove_gc::{AllocError, Value};

/// Why something has no result.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub enum Stop<'gc> {
    /// It threw this.
    Throw(Value<'gc>),
    /// There was no memory: collect and do it again. Nothing was changed.
    Memory(AllocError),
    /// The script has a function that makes a primitive value of this: call it, and do it with that value instead.
    /// Nothing was changed.
    Convert(Conversion),
}

/// What is to be made a primitive value.
#[derive(Clone, Copy, Debug)]
pub struct Conversion {
    /// Where it is among the callee, `this` and arguments of a native. 0 is the first object among the operands of an
    /// instruction; of a native, what cannot be converted, since it is in none of those places.
    pub place: u32,
    /// Whether a number is wanted rather than a string.
    pub number: bool,
}

impl Stop<'_> {
    /// The same, when it is what a native has in this place that is to be converted.
    pub fn at(self, place: usize) -> Self {
        match self {
            Stop::Convert(Conversion { place: 0, number }) => Stop::Convert(Conversion { place: place as u32, number }),
            stop => stop,
        }
    }
}

impl From<AllocError> for Stop<'_> {
    fn from(error: AllocError) -> Self {
        Stop::Memory(error)
    }
}

/// The result of what may throw.
pub type Outcome<'gc, T = Value<'gc>> = Result<T, Stop<'gc>>;
