//! [`Value`]: a NaN-boxed word branded with the lifetime of one `mutate` call.
//!
//! Invariant: a `Value<'gc>` whose word is of the heap kind holds the address of a live object of the heap that
//! made the brand `'gc`. The brand is invariant and generative, so a value cannot outlive the call, meet another
//! heap or another thread; every constructor that could forge a word is `unsafe`.

use core::fmt;
use core::marker::PhantomData;

use mangrove_nanbox::{Kind, SmallStr, Word};

use crate::object::Obj;
use crate::ptr::Gc;
use crate::trace::Object;

/// The brand of a heap: invariant in `'gc`, neither `Send` nor `Sync`.
pub type Brand<'gc> = PhantomData<*mut &'gc ()>;

/// A dynamically typed value: eight bytes, `Copy`, valid for one `mutate` call.
///
/// There is no `Eq` and no `Hash`: what equality means belongs to the language that is embedded. [`Value::same`]
/// compares the words (identity for heap objects).
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Value<'gc>(Word, Brand<'gc>);

const _: () = assert!(size_of::<Value<'static>>() == 8 && size_of::<Option<Gc<'static, u8>>>() == 8);

impl<'gc> Value<'gc> {
    /// No value.
    pub const NIL: Self = Self::wrap(Word::NIL);
    /// The undefined value of languages that have one beside nil.
    pub const UNDEFINED: Self = Self::wrap(Word::UNDEFINED);
    /// True.
    pub const TRUE: Self = Self::wrap(Word::TRUE);
    /// False.
    pub const FALSE: Self = Self::wrap(Word::FALSE);
    /// An element of an array that is not there.
    pub const HOLE: Self = Self::wrap(Word::HOLE);
    /// What the torture modes leave in memory that objects left. Not to be stored: verification takes a slot that holds
    /// it for one that was read from such memory.
    pub const POISON: Self = Self::wrap(Word::POISON);

    #[inline(always)]
    pub(crate) const fn wrap(word: Word) -> Self {
        Value(word, PhantomData)
    }

    /// A double; every NaN becomes the one canonical NaN, so no bit pattern can be taken for a pointer.
    #[inline]
    pub fn double(d: f64) -> Self {
        Self::wrap(Word::double(d))
    }

    /// A double whose bits are stored as they are.
    ///
    /// # Safety
    /// `d` is not a NaN, or is one that the processor made from operands that were values already: its bits must
    /// not read as another kind of word.
    #[inline(always)]
    pub unsafe fn double_unchecked(d: f64) -> Self {
        Self::wrap(Word::double_unchecked(d))
    }

    /// A 32-bit integer.
    #[inline(always)]
    pub const fn int(i: i32) -> Self {
        Self::wrap(Word::int(i))
    }

    /// A boolean.
    #[inline(always)]
    pub const fn bool(b: bool) -> Self {
        Self::wrap(Word::bool(b))
    }

    /// The id of a native function: 48 bits, `None` beyond.
    #[inline]
    pub fn native(id: u64) -> Option<Self> {
        Word::native(id).map(Self::wrap)
    }

    /// A symbol: 48 bits, `None` beyond.
    #[inline]
    pub fn symbol(id: u64) -> Option<Self> {
        Word::symbol(id).map(Self::wrap)
    }

    /// A string of at most five bytes, stored in the word; `None` beyond.
    #[inline]
    pub fn small_str(s: &str) -> Option<Self> {
        Word::small_str(s).map(Self::wrap)
    }

    /// A string of at most five ASCII bytes, stored in the word; `None` beyond, and for other bytes.
    #[inline]
    pub const fn small_ascii(bytes: &[u8]) -> Option<Self> {
        match Word::small_ascii(bytes) {
            Some(word) => Some(Self::wrap(word)),
            None => None,
        }
    }

    /// The handle of a task, as a scheduler encodes it: 48 bits, `None` beyond. The collector hands such words to
    /// nobody yet; they are no pointers.
    #[inline]
    pub fn task(bits: u64) -> Option<Self> {
        Word::task(bits).map(Self::wrap)
    }

    /// The value of these bits.
    ///
    /// # Safety
    /// The bits were read from a `Value<'gc>` of the same `mutate` call, or are of a kind that is no heap pointer.
    #[inline(always)]
    pub unsafe fn from_bits(bits: u64) -> Self {
        Self::wrap(Word::from_bits(bits))
    }

    /// The bits of the word.
    #[inline(always)]
    pub const fn to_bits(self) -> u64 {
        self.0.bits()
    }

    /// The word: all tests and accessors of `mangrove-nanbox`.
    #[inline(always)]
    pub const fn word(self) -> Word {
        self.0
    }

    /// What kind of word it is, with its payload.
    #[inline]
    pub fn kind(self) -> Kind {
        self.0.kind()
    }

    /// Whether both are the same word: identity for heap objects, bits for doubles.
    #[inline(always)]
    pub fn same(self, other: Value<'gc>) -> bool {
        self.to_bits() == other.to_bits()
    }

    /// Whether it points to a heap object.
    #[inline(always)]
    pub fn is_heap(self) -> bool {
        self.0.is_heap()
    }

    /// Whether it is [`Value::NIL`].
    #[inline(always)]
    pub fn is_nil(self) -> bool {
        self.0.is_nil()
    }

    /// The integer, if it is one.
    #[inline(always)]
    pub fn as_int(self) -> Option<i32> {
        self.0.as_int()
    }

    /// The double, if it is one.
    #[inline(always)]
    pub fn as_double(self) -> Option<f64> {
        self.0.as_double()
    }

    /// The number, if it is an integer or a double.
    #[inline(always)]
    pub fn as_number(self) -> Option<f64> {
        self.0.as_number()
    }

    /// The boolean, if it is one.
    #[inline(always)]
    pub fn as_bool(self) -> Option<bool> {
        self.0.as_bool()
    }

    /// The small string, if it is one.
    #[inline]
    pub fn as_small_str(self) -> Option<SmallStr> {
        self.0.as_small_str()
    }

    /// The payload of a task handle, if it is one.
    #[inline(always)]
    pub fn as_task(self) -> Option<u64> {
        self.0.as_task()
    }

    /// The object it points to, if that is a `T`. Costs one load and compare when it is.
    #[inline]
    pub fn downcast<T: Object<'gc>>(self) -> Option<Gc<'gc, T>> {
        let object = Obj::from_word(self.to_bits())?;
        // SAFETY: a heap value points to a live object, whose header is a `TypeInfo` in the mutator.
        let info = unsafe { object.info() };
        // SAFETY: the types agree, and for one `'gc` an erased type names one type (the contract of `Object`).
        info.is::<T>().then(|| unsafe { Gc::from_object(object) })
    }

    /// The name of the Rust type it points to, for messages; `None` for what is no heap object.
    pub fn type_name(self) -> Option<&'static str> {
        let object = Obj::from_word(self.to_bits())?;
        // SAFETY: as in `downcast`.
        Some(unsafe { object.info() }.name())
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.type_name() {
            Some(name) => write!(f, "{name} @ {:#x}", self.0.as_heap().unwrap_or(0)),
            None => self.0.fmt(f),
        }
    }
}

impl Default for Value<'_> {
    fn default() -> Self {
        Value::NIL
    }
}

impl From<f64> for Value<'_> {
    #[inline]
    fn from(d: f64) -> Self {
        Value::double(d)
    }
}

impl From<f32> for Value<'_> {
    #[inline]
    fn from(d: f32) -> Self {
        Value::double(f64::from(d))
    }
}

impl From<i32> for Value<'_> {
    #[inline(always)]
    fn from(i: i32) -> Self {
        Value::int(i)
    }
}

impl From<bool> for Value<'_> {
    #[inline(always)]
    fn from(b: bool) -> Self {
        Value::bool(b)
    }
}

impl<'gc, T> From<Gc<'gc, T>> for Value<'gc> {
    #[inline(always)]
    fn from(gc: Gc<'gc, T>) -> Self {
        Self::wrap(Word::from_bits(gc.word()))
    }
}
