//! [`Batch`]: completions that are sent together, under one lock and with one wake.
//!
//! Invariant: a completer that was given to a batch is completed by it: sent, dropped or refused, no completion is lost.

use core::fmt;
use std::collections::VecDeque;

use mangrove_gc::{AllocError, Mutation, Value};

use super::{Completer, Fail, builder, fail_builder};
use crate::inbox::{Message, Outlet, Payload, WhenFull};
use crate::scalar::Scalar;

/// Completions that are sent together: one lock and one wake for all of them. They arrive in the order in which they
/// were collected. Dropping it sends it.
///
/// It collects for one scheduler: given the completer of another, it sends what it has before.
#[derive(Default)]
pub struct Batch {
    /// Of all messages: so it is used only while there are any.
    outlet: Option<Outlet>,
    messages: VecDeque<Message>,
}

impl Batch {
    /// An empty one.
    pub fn new() -> Self {
        Batch::default()
    }

    /// As [`Completer::complete`].
    pub fn complete(&mut self, completer: Completer, data: impl Into<Scalar>) {
        self.add(completer, Payload::Value(data.into()));
    }

    /// As [`Completer::complete_with`].
    pub fn complete_with(
        &mut self,
        completer: Completer,
        build: impl for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, Fail<'gc>> + Send + 'static,
    ) {
        self.add(completer, builder(build));
    }

    /// As [`Completer::fail`].
    pub fn fail(&mut self, completer: Completer, data: impl Into<Scalar>) {
        self.add(completer, Payload::Error(data.into()));
    }

    /// As [`Completer::fail_with`].
    pub fn fail_with(
        &mut self,
        completer: Completer,
        build: impl for<'gc> FnMut(&Mutation<'gc>) -> Result<Value<'gc>, AllocError> + Send + 'static,
    ) {
        self.add(completer, fail_builder(build));
    }

    /// Completions that are not sent.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether all are sent.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Sends them; where the inbox is full, waits for room as [`Completer::complete`] does. The batch can be used again.
    pub fn send(&mut self) {
        if let Some(outlet) = &self.outlet {
            outlet.send_all(&mut self.messages, WhenFull::Wait);
        }
    }

    /// Sends as many as there is room for, without waiting. True when that was all; else the rest is still here.
    #[must_use = "the rest is not sent"]
    pub fn try_send(&mut self) -> bool {
        self.outlet.is_none_or(|outlet| outlet.send_all(&mut self.messages, WhenFull::Refuse))
    }

    #[inline]
    fn add(&mut self, completer: Completer, payload: Payload) {
        let Some((outlet, message)) = completer.into_message(payload) else { return };
        if self.outlet != Some(outlet) {
            self.send();
            self.outlet = Some(outlet);
        }
        self.messages.push_back(message);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if let Some(outlet) = &self.outlet {
            outlet.send_all(&mut self.messages, WhenFull::GoOver);
        }
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("len", &self.len()).finish_non_exhaustive()
    }
}
