//! [`Clock`]: what time timers go by.
//!
//! Invariant: time never goes back. It is nanoseconds since the scheduler was made, and ends after 584 years.

use core::time::Duration;
use std::time::Instant;

/// What time timers go by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clock {
    /// The monotonic clock of the system.
    #[default]
    Real,
    /// A time of its own, for tests: it stands still while a task is ready or an external is outstanding, and else
    /// jumps to the next deadline, so that no timer costs real time and each run is the same.
    Virtual,
}

/// A running clock.
pub(crate) enum Time {
    Real { origin: Instant },
    Virtual { now: u64 },
}

impl Time {
    pub(crate) fn new(clock: Clock) -> Self {
        match clock {
            Clock::Real => Time::Real { origin: Instant::now() },
            Clock::Virtual => Time::Virtual { now: 0 },
        }
    }

    pub(crate) fn clock(&self) -> Clock {
        match self {
            Time::Real { .. } => Clock::Real,
            Time::Virtual { .. } => Clock::Virtual,
        }
    }

    pub(crate) fn now(&self) -> u64 {
        match self {
            Time::Real { origin } => nanos(origin.elapsed()),
            Time::Virtual { now } => *now,
        }
    }

    /// When that is on the clock of the system: for threads that wait. `None`: never.
    pub(crate) fn instant(&self, at: u64) -> Option<Instant> {
        match self {
            Time::Real { origin } => origin.checked_add(Duration::from_nanos(at)),
            Time::Virtual { .. } => None,
        }
    }

    /// Moves a virtual clock. False on a real one.
    pub(crate) fn jump(&mut self, at: u64) -> bool {
        match self {
            Time::Real { .. } => false,
            Time::Virtual { now } => {
                *now = at.max(*now);
                true
            }
        }
    }
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
