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
    /// The script has a function that makes a primitive value of this object: call it, and do it again, with what it
    /// gave in [`Vm::conversions`](crate::machine::Vm::conversions). Nothing was changed.
    Convert(Conversion<'gc>),
}

/// An object that is to be made a primitive value.
#[derive(Clone, Copy, Debug)]
pub struct Conversion<'gc> {
    /// The object.
    pub object: Value<'gc>,
    /// Whether a number is wanted rather than a string.
    pub number: bool,
}

impl From<AllocError> for Stop<'_> {
    fn from(error: AllocError) -> Self {
        Stop::Memory(error)
    }
}

/// The result of what may throw.
pub type Outcome<'gc, T = Value<'gc>> = Result<T, Stop<'gc>>;
