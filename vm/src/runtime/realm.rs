//! [`Realm`]: the objects that hold the built-in methods, one per [`Proto`].
//!
//! Invariant: they are filled while the VM is set up and never change afterwards, so a method that was found once is
//! found in the same slot for ever.

use mangrove_gc::{Trace, Value};

use super::error::ErrorKind;

/// Whose methods an object holds. The methods of `self.parent()` are found as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the constructor of that name")]
pub enum Proto {
    Object,
    Function,
    Array,
    String,
    Number,
    Boolean,
    Map,
    Set,
    Promise,
    Timer,
    ArrayIterator,
    StringIterator,
    MapIterator,
    SetIterator,
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
    AggregateError,
    EvalError,
    URIError,
}

impl Proto {
    /// All of them, each at its own number.
    pub const ALL: [Proto; 22] = [
        Proto::Object,
        Proto::Function,
        Proto::Array,
        Proto::String,
        Proto::Number,
        Proto::Boolean,
        Proto::Map,
        Proto::Set,
        Proto::Promise,
        Proto::Timer,
        Proto::ArrayIterator,
        Proto::StringIterator,
        Proto::MapIterator,
        Proto::SetIterator,
        Proto::Error,
        Proto::TypeError,
        Proto::RangeError,
        Proto::SyntaxError,
        Proto::ReferenceError,
        Proto::AggregateError,
        Proto::EvalError,
        Proto::URIError,
    ];

    /// Where what is not found here is looked for.
    pub const fn parent(self) -> Option<Proto> {
        match self {
            Proto::Object => None,
            Proto::TypeError
            | Proto::RangeError
            | Proto::SyntaxError
            | Proto::ReferenceError
            | Proto::AggregateError
            | Proto::EvalError
            | Proto::URIError => Some(Proto::Error),
            _ => Some(Proto::Object),
        }
    }

    /// Whose methods an error of this kind has.
    pub const fn of_error(kind: ErrorKind) -> Proto {
        match kind {
            ErrorKind::Error => Proto::Error,
            ErrorKind::TypeError => Proto::TypeError,
            ErrorKind::RangeError => Proto::RangeError,
            ErrorKind::SyntaxError => Proto::SyntaxError,
            ErrorKind::ReferenceError => Proto::ReferenceError,
            ErrorKind::AggregateError => Proto::AggregateError,
            ErrorKind::EvalError => Proto::EvalError,
            ErrorKind::URIError => Proto::URIError,
        }
    }

    /// The name of its constructor.
    pub const fn name(self) -> &'static str {
        match self {
            Proto::Object => "Object",
            Proto::Function => "Function",
            Proto::Array => "Array",
            Proto::String => "String",
            Proto::Number => "Number",
            Proto::Boolean => "Boolean",
            Proto::Map => "Map",
            Proto::Set => "Set",
            Proto::Promise => "Promise",
            Proto::Timer => "Timeout",
            Proto::ArrayIterator => "Array Iterator",
            Proto::StringIterator => "String Iterator",
            Proto::MapIterator => "Map Iterator",
            Proto::SetIterator => "Set Iterator",
            Proto::Error => "Error",
            Proto::TypeError => "TypeError",
            Proto::RangeError => "RangeError",
            Proto::SyntaxError => "SyntaxError",
            Proto::ReferenceError => "ReferenceError",
            Proto::AggregateError => "AggregateError",
            Proto::EvalError => "EvalError",
            Proto::URIError => "URIError",
        }
    }
}

const _: () = {
    let mut i = 0;
    while i < Proto::ALL.len() {
        assert!(Proto::ALL[i] as usize == i);
        i += 1;
    }
};

/// The objects that hold the built-in methods.
#[derive(Trace)]
pub struct Realm<'gc> {
    /// By [`Proto`]: an [`Object`](super::object::Object) each.
    pub protos: [Value<'gc>; Proto::ALL.len()],
    /// What names stand for that no program declares: an [`Object`](super::object::Object).
    pub globals: Value<'gc>,
    /// Named properties of what is no object: an [`Extras`](super::extra::Extras) once there are some.
    pub extras: Value<'gc>,
    /// What is thrown when there is no memory to make an error.
    pub out_of_memory: Value<'gc>,
}

impl<'gc> Realm<'gc> {
    /// The object that holds the methods of `proto`.
    #[inline(always)]
    pub fn proto(&self, proto: Proto) -> Value<'gc> {
        self.protos[proto as usize]
    }
}
