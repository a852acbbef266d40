//! [`Scalar`]: a value that is no heap object, as plain data that any thread can send.

use mangrove_gc::Value;

/// A value that is no heap object, as plain data.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Scalar {
    /// [`Value::NIL`].
    Nil,
    /// [`Value::UNDEFINED`].
    Undefined,
    /// A boolean.
    Bool(bool),
    /// A 32-bit integer.
    Int(i32),
    /// A double; a NaN becomes the one canonical NaN.
    Double(f64),
}

impl Scalar {
    /// The value.
    pub fn value<'gc>(self) -> Value<'gc> {
        match self {
            Scalar::Nil => Value::NIL,
            Scalar::Undefined => Value::UNDEFINED,
            Scalar::Bool(b) => Value::bool(b),
            Scalar::Int(i) => Value::int(i),
            Scalar::Double(d) => Value::double(d),
        }
    }
}

impl From<()> for Scalar {
    fn from((): ()) -> Self {
        Scalar::Nil
    }
}
impl From<bool> for Scalar {
    fn from(b: bool) -> Self {
        Scalar::Bool(b)
    }
}
impl From<i32> for Scalar {
    fn from(i: i32) -> Self {
        Scalar::Int(i)
    }
}
impl From<f64> for Scalar {
    fn from(d: f64) -> Self {
        Scalar::Double(d)
    }
}
