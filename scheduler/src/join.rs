//! [`JoinKind`] and the packed operand of bytecodes; [`JoinOptions`].

use core::fmt;
use core::time::Duration;

/// What a join waits for, and how it is decided. The numbers are those of packed operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum JoinKind {
    /// Every value, in input order; decided early by the first task that does not succeed.
    All = 0,
    /// The first outcome, of whatever kind.
    Race = 1,
    /// The first success; fails when no task succeeds.
    Any = 2,
    /// Every outcome, in input order.
    AllSettled = 3,
}

impl JoinKind {
    /// The most tasks that a packed operand can count.
    pub const MAX_COUNT: u16 = (1 << 14) - 1;

    /// Packs kind (bits 15..14) and count (bits 13..0).
    ///
    /// # Errors
    /// When the count needs more than 14 bits.
    pub const fn encode(self, count: usize) -> Result<u16, JoinOperandError> {
        if count > Self::MAX_COUNT as usize {
            return Err(JoinOperandError::Count(count));
        }
        Ok((self as u16) << 14 | count as u16)
    }

    /// Unpacks kind and count. Every `u16` is an operand.
    pub const fn decode(operand: u16) -> (JoinKind, u16) {
        let kind = match operand >> 14 {
            0 => JoinKind::All,
            1 => JoinKind::Race,
            2 => JoinKind::Any,
            _ => JoinKind::AllSettled,
        };
        (kind, operand & Self::MAX_COUNT)
    }
}

impl TryFrom<u8> for JoinKind {
    type Error = JoinOperandError;
    fn try_from(number: u8) -> Result<Self, JoinOperandError> {
        if number > 3 {
            return Err(JoinOperandError::Kind(number));
        }
        Ok(JoinKind::decode(u16::from(number) << 14).0)
    }
}

/// How a join treats its tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JoinOptions {
    /// It owns them: when it is decided or cancelled it cancels those that have not settled, awaits their end, and is
    /// delivered then. Otherwise it borrows them: they go on.
    pub own: bool,
    /// How long an owning join awaits that end. Who takes longer is detached, and the join delivered without it.
    /// `None`: as long as it takes.
    pub grace: Option<Duration>,
}

impl JoinOptions {
    /// The tasks go on.
    pub const BORROW: JoinOptions = JoinOptions { own: false, grace: None };
    /// The tasks end with the join.
    pub const OWN: JoinOptions = JoinOptions { own: true, grace: None };

    /// The same with a grace.
    pub const fn with_grace(self, grace: Duration) -> Self {
        JoinOptions { grace: Some(grace), ..self }
    }
}

/// What no operand of a join can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinOperandError {
    /// No kind has this number: use 0 to 3.
    Kind(u8),
    /// The count needs more than 14 bits: nest joins.
    Count(usize),
}

impl fmt::Display for JoinOperandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinOperandError::Kind(n) => write!(f, "no join has the number {n}: 0 all, 1 race, 2 any, 3 settle"),
            JoinOperandError::Count(n) => {
                write!(f, "an operand counts at most {} tasks, not {n}: nest joins", JoinKind::MAX_COUNT)
            }
        }
    }
}
impl core::error::Error for JoinOperandError {}
