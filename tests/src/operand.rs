//! Operands of operations: [`Reg`], [`Src`], [`Pick`], [`Len`], [`Picks`], [`Span`], [`Steps`].
//!
//! Invariant: every operand means something in every state, so that any part of a list of operations is a list of
//! operations: a [`Pick`] is taken modulo what there is to pick from, a [`Reg`] always exists. Each has one text
//! form without blanks, which parses back to itself.

use std::fmt;
use std::str::FromStr;

use crate::rng::Rng;

/// How many registers there are: the root slots that operations name.
pub const REGS: u32 = 32;

/// Text that is no operand or no operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(pub(crate) String);

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for ParseError {}

fn bad(what: &str, text: &str) -> ParseError {
    ParseError(format!("`{text}` is no {what}"))
}

/// What the generator needs of an operand.
pub trait Operand: fmt::Display + FromStr<Err = ParseError> {
    /// Draws one.
    fn draw(rng: &mut Rng) -> Self;
}

/// A register: one root slot. Text: `r0` to `r31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reg(pub u8);

impl Reg {
    /// Its place among the root slots.
    pub fn index(self) -> usize {
        usize::from(self.0) % REGS as usize
    }
}

impl Operand for Reg {
    fn draw(rng: &mut Rng) -> Self {
        Reg(rng.below(REGS) as u8)
    }
}
impl fmt::Display for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}
impl FromStr for Reg {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        let number = s.strip_prefix('r').and_then(|n| n.parse().ok());
        number.filter(|n| u32::from(*n) < REGS).map(Reg).ok_or_else(|| bad("register", s))
    }
}

/// One of those that there are, by number modulo how many. Text: a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick(pub u16);

impl Pick {
    /// The one it means among `count`, if there is any.
    pub fn of(self, count: usize) -> Option<usize> {
        (count > 0).then(|| usize::from(self.0) % count)
    }
}

impl Operand for Pick {
    fn draw(rng: &mut Rng) -> Self {
        Pick(rng.bits() as u16)
    }
}
impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl FromStr for Pick {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        s.parse().map(Pick).map_err(|_| bad("number below 65536", s))
    }
}

/// A list of picks. Text: numbers with commas, or `-` for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picks(pub Vec<Pick>);

impl Operand for Picks {
    fn draw(rng: &mut Rng) -> Self {
        let count = rng.below(6);
        Picks((0..count).map(|_| Pick::draw(rng)).collect())
    }
}
impl fmt::Display for Picks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("-");
        }
        for (i, pick) in self.0.iter().enumerate() {
            write!(f, "{}{pick}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}
impl FromStr for Picks {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        if s == "-" {
            return Ok(Picks(Vec::new()));
        }
        s.split(',').map(Pick::from_str).collect::<Result<_, _>>().map(Picks)
    }
}

/// Most slots of a drawn array: enough for an object of more than a block of the old space, which is 32 KiB.
pub const MAX_LEN: u32 = 6000;

/// The length of an array or string: mostly a few, sometimes up to 9 KiB, rarely up to 48 KiB. Text: a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Len(pub u32);

impl Operand for Len {
    fn draw(rng: &mut Rng) -> Self {
        Len(match rng.below(200) {
            0..=1 => rng.below(MAX_LEN),
            2..=5 => rng.below(1200),
            6..=40 => rng.below(64),
            _ => rng.below(8),
        })
    }
}
impl fmt::Display for Len {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl FromStr for Len {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        s.parse().ok().filter(|n| *n <= MAX_LEN).map(Len).ok_or_else(|| bad("length up to 6000", s))
    }
}

/// A time: nothing, some nanoseconds, up to a quarter of an hour. Text: a number of nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub u64);

impl Operand for Span {
    fn draw(rng: &mut Rng) -> Self {
        // Few short ones, so that many deadlines are the same.
        let most = [1, 8, 8, 100, 10_000, 1_000_000, 1_000_000_000, 1_000_000_000_000];
        let most: u64 = most[rng.below(8) as usize];
        Span(rng.bits() % most)
    }
}
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl FromStr for Span {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        s.parse().map(Span).map_err(|_| bad("number of nanoseconds", s))
    }
}

/// The steps of a script, up to 12. Text: as [`Picks`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps(pub Vec<Pick>);

impl Operand for Steps {
    fn draw(rng: &mut Rng) -> Self {
        let count = 1 + rng.below(12);
        Steps((0..count).map(|_| Pick::draw(rng)).collect())
    }
}
impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Picks(self.0.clone()).fmt(f)
    }
}
impl FromStr for Steps {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        s.parse::<Picks>().map(|picks| Steps(picks.0))
    }
}

/// Where a value comes from: a register, or a value that is no object.
///
/// Text: `r3`, `nil`, `undefined`, `true`, `false`, `i-5`, `d` and the bits of a double in hexadecimal, `s` and the
/// number that a small string spells, `t` and the pick of a task whose handle is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Src {
    /// What a register holds.
    Reg(Reg),
    /// Nil.
    Nil,
    /// Undefined.
    Undefined,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i32),
    /// The bits of a double, NaNs of every payload among them.
    Double(u64),
    /// A small string that spells a number.
    Small(u8),
    /// The handle of a task.
    Task(Pick),
}

impl Operand for Src {
    fn draw(rng: &mut Rng) -> Self {
        match rng.below(20) {
            0 => Src::Nil,
            1 => Src::Int(rng.bits() as i32),
            2 => Src::Double(match rng.below(4) {
                // Any NaN: negative or positive, with a payload that spells a pointer in another place.
                0 => f64::NAN.to_bits() | rng.bits(),
                1 => rng.bits(),
                _ => f64::from(rng.bits() as i32).to_bits(),
            }),
            3 => match rng.below(5) {
                0 => Src::Undefined,
                1 => Src::Bool(rng.one_in(2)),
                2 => Src::Small(rng.bits() as u8),
                _ => Src::Task(Pick::draw(rng)),
            },
            _ => Src::Reg(Reg::draw(rng)),
        }
    }
}
impl fmt::Display for Src {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Src::Reg(reg) => reg.fmt(f),
            Src::Nil => f.write_str("nil"),
            Src::Undefined => f.write_str("undefined"),
            Src::Bool(b) => b.fmt(f),
            Src::Int(i) => write!(f, "i{i}"),
            Src::Double(bits) => write!(f, "d{bits:016x}"),
            Src::Small(n) => write!(f, "s{n}"),
            Src::Task(pick) => write!(f, "t{pick}"),
        }
    }
}
impl FromStr for Src {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        let parsed = match s {
            "nil" => Some(Src::Nil),
            "undefined" => Some(Src::Undefined),
            "true" => Some(Src::Bool(true)),
            "false" => Some(Src::Bool(false)),
            _ => match s.split_at_checked(1) {
                Some(("r", _)) => s.parse().ok().map(Src::Reg),
                Some(("i", n)) => n.parse().ok().map(Src::Int),
                Some(("d", n)) if n.len() == 16 => u64::from_str_radix(n, 16).ok().map(Src::Double),
                Some(("s", n)) => n.parse().ok().map(Src::Small),
                Some(("t", n)) => n.parse().ok().map(Src::Task),
                _ => None,
            },
        };
        parsed.ok_or_else(|| bad("source", s))
    }
}
