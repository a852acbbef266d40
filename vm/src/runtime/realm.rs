//! [`Realm`]: the objects that hold the built-in methods, one per [`Proto`].
//!
//! Invariant: they are filled while the VM is set up and never change afterwards, so a method that was found once is
//! found in the same slot for ever.

use mangrove_gc::{Trace, Value};

/// Defines [`Proto`]: variants and the names of their constructors.
macro_rules! protos {
    ($($proto:ident $name:literal)*) => {
        /// Whose methods an object holds. The methods of `self.parent()` are found as well.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the constructor of that name")]
        pub enum Proto {
            $($proto,)*
        }

        impl Proto {
            /// All of them, each at its own number.
            pub const ALL: [Proto; [$($name),*].len()] = [$(Proto::$proto),*];

            /// The name of its constructor.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Proto::$proto => $name,)*
                }
            }
        }
    };
}

protos! {
    Object "Object"
    Function "Function"
    Array "Array"
    String "String"
    Number "Number"
    Boolean "Boolean"
    Map "Map"
    Set "Set"
    Promise "Promise"
    Timer "Timeout"
    ArrayIterator "Array Iterator"
    StringIterator "String Iterator"
    MapIterator "Map Iterator"
    SetIterator "Set Iterator"
    Error "Error"
    TypeError "TypeError"
    RangeError "RangeError"
    SyntaxError "SyntaxError"
    ReferenceError "ReferenceError"
    AggregateError "AggregateError"
}

impl Proto {
    /// Where what is not found here is looked for.
    pub const fn parent(self) -> Option<Proto> {
        match self {
            Proto::Object => None,
            Proto::TypeError
            | Proto::RangeError
            | Proto::SyntaxError
            | Proto::ReferenceError
            | Proto::AggregateError => Some(Proto::Error),
            _ => Some(Proto::Object),
        }
    }
}

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
