//! Loops, and the ways out of statements: `break`, `continue`, `return`, exceptions, and `finally` in between.
//!
//! A `finally` has two registers: why it is entered, and the value that goes with it.
//!
//! | why | |
//! | --- | --- |
//! | 0 | the statements before it came to their end |
//! | 1 | something was thrown: the value |
//! | 2 and up | one of the [`Exit`]s that lead through it; the value is that of a `return` |
//!
//! At its end it goes on by the first register; an exit goes through the next `finally` outside in the same way.
//!
//! Invariant: every back-edge is an [`Op::Loop`]; handlers are ordered with the innermost first.

use crate::bytecode::Op;
use crate::syntax::ast::{Expr, Name, Stmt};

use super::assembler::{Label, Reg};
use super::call::call_pos;
use super::pattern::Origin;
use super::scope::{Node, node};
use super::{Compiler, text};

/// What surrounds a statement.
pub(super) enum Flow {
    /// What can be left.
    Breakable {
        labels: Vec<Name>,
        /// A loop or `switch`: what a `break` without a label leaves.
        plain: bool,
        breaks: Label,
        /// Of a loop.
        continues: Option<Label>,
    },
    Finally(Finally),
}

/// What a `finally` has while the statements before it are written.
pub(super) struct Finally {
    entry: Label,
    why: Reg,
    value: Reg,
    exits: Vec<Exit>,
}

/// A way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// To where a `break` or `continue` leads.
    Jump(Label),
    Return,
}

impl<'a> Compiler<'a> {
    pub(super) fn open_breakable(&mut self, plain: bool, continues: Option<Label>) -> Label {
        let (labels, breaks) = (std::mem::take(&mut self.fun.labels), self.fun.asm.label());
        self.fun.flow.push(Flow::Breakable { labels, plain, breaks, continues });
        breaks
    }

    pub(super) fn close_breakable(&mut self, breaks: Label) {
        self.fun.flow.pop();
        self.fun.asm.bind(breaks);
    }

    /// `break` and `continue`.
    pub(super) fn jump_out(&mut self, label: Option<&Name>, continues: bool) {
        if let Some(to) = self.exit_of(label, continues) {
            self.leave(Exit::Jump(to), None);
        }
    }

    fn exit_of(&self, label: Option<&Name>, continues: bool) -> Option<Label> {
        self.fun.flow.iter().rev().find_map(|flow| match flow {
            Flow::Breakable { labels, plain, breaks, continues: next } => {
                // Without a label, `continue` passes a `switch`.
                let meant = label.map_or(*plain, |label| labels.contains(label));
                if continues { next.filter(|_| meant) } else { Some(*breaks).filter(|_| meant) }
            }
            Flow::Finally(_) => None,
        })
    }

    /// The `finally` that an exit leads through first.
    fn finally_before(&mut self, exit: Exit) -> Option<&mut Finally> {
        let inside = self.fun.flow.iter_mut().rev().take_while(|flow| match (flow, exit) {
            (Flow::Breakable { breaks, continues, .. }, Exit::Jump(to)) => *breaks != to && *continues != Some(to),
            _ => true,
        });
        inside.into_iter().find_map(|flow| match flow {
            Flow::Finally(finally) => Some(finally),
            Flow::Breakable { .. } => None,
        })
    }

    /// Leaves by an exit, if that is a return with a value, through the `finally` that is next on the way, if there is one.
    pub(super) fn leave(&mut self, exit: Exit, value: Option<Reg>) {
        let finally = self.finally_before(exit).map(|finally| {
            let exits = &mut finally.exits;
            let index = exits.iter().position(|&known| known == exit).unwrap_or_else(|| {
                exits.push(exit);
                exits.len() - 1
            });
            (finally.entry, finally.why, finally.value, index as u32 + 2)
        });
        match (finally, exit) {
            (Some((entry, why, its_value, index)), _) => {
                value.map(|value| self.moved(value, Some(its_value)));
                self.emit_wide(Op::Int, why, index);
                self.goto(entry);
            }
            (None, Exit::Jump(to)) => self.goto(to),
            (None, Exit::Return) => {
                let op = if self.fun.is_async { Op::ReturnAsync } else { Op::Return };
                self.emit(op, value.unwrap_or_default(), 0, 0);
            }
        }
    }

    /// A loop: what begins a round, what is done in it, and what leads to the next. Both are told where the loop ends.
    fn rounds(
        &mut self,
        body: &'a Stmt,
        begin: impl FnOnce(&mut Self, Label, Label),
        again: impl FnOnce(&mut Self, Label),
    ) {
        let (top, next) = (self.fun.asm.bound(), self.fun.asm.label());
        let end = self.open_breakable(true, Some(next));
        begin(self, end, next);
        self.stmt(body);
        self.fun.asm.bind(next);
        again(self, end);
        self.fun.asm.jump(Op::Loop, false, 0, 0, top);
        self.close_breakable(end);
    }

    pub(super) fn do_while(&mut self, body: &'a Stmt, test: &'a Expr) {
        self.rounds(body, |_, _, _| {}, |this, end| this.jump_if(test, false, end));
    }

    pub(super) fn for_loop(
        &mut self,
        scope: Node,
        (init, test, update): (Option<&'a Stmt>, Option<&'a Expr>, Option<&'a Expr>),
        body: &'a Stmt,
    ) {
        let mark = self.fun.next;
        self.enter(scope);
        init.into_iter().for_each(|init| self.stmt(init));
        // What the initialiser's closures see is the variables of no round.
        self.renew(scope);
        let begin = |this: &mut Self, end, _| test.into_iter().for_each(|test| this.jump_if(test, false, end));
        self.rounds(body, begin, |this, _| {
            this.renew(scope);
            update.into_iter().for_each(|update| this.effect(update));
        });
        self.release(mark);
    }

    /// `for … of`, and `for … in` as one over the keys.
    pub(super) fn for_each(
        &mut self,
        scope: Node,
        pattern: &'a Expr,
        declares: bool,
        values: &'a Expr,
        keys: bool,
        body: &'a Stmt,
    ) {
        let mark = self.fun.next;
        self.enter(scope);
        let iterator = self.alloc_many(2);
        let above = self.fun.next;
        let object = if keys {
            let object = self.push(values);
            self.emit_at(values.pos, Op::ForInKeys, iterator, object, 0);
            self.emit(Op::IterStart, iterator, iterator, 0);
            Some(object)
        } else {
            let iterable = self.operand(values);
            self.fun.asm.name_callee(text::iterable(values));
            self.emit_at(call_pos(values), Op::IterStart, iterator, iterable, 0);
            self.release(above);
            None
        };
        let begin = |this: &mut Self, end, next| {
            if declares {
                this.enter(scope);
                this.allocate(pattern);
            }
            let value = this.alloc();
            this.next(value, iterator, object, end, next);
            this.destructure(pattern, value, Origin::Round, declares);
        };
        self.rounds(body, begin, |_, _| {});
        self.release(mark);
    }

    /// The value of a round. Keys that were deleted meanwhile are passed over.
    fn next(&mut self, to: Reg, iterator: Reg, object: Option<Reg>, end: Label, next: Label) {
        self.fun.asm.jump(Op::IterNext, false, to, iterator, end);
        if let Some(object) = object {
            let mark = self.fun.next;
            let has = self.alloc();
            self.emit(Op::ForInHas, has, object, to);
            self.fun.asm.jump(Op::JumpIf, false, has, 0, next);
            self.release(mark);
        }
    }

    pub(super) fn try_stmt(
        &mut self,
        block: &'a Vec<Stmt>,
        handler: Option<&'a (Option<Expr>, Vec<Stmt>)>,
        finalizer: Option<&'a Vec<Stmt>>,
    ) {
        let Some(finalizer) = finalizer else { return self.try_catch(block, handler) };
        let mark = self.fun.next;
        let (why, value, entry) = (self.alloc(), self.alloc(), self.fun.asm.label());
        self.fun.flow.push(Flow::Finally(Finally { entry, why, value, exits: Vec::new() }));
        let from = self.fun.asm.bound();
        self.try_catch(block, handler);
        let ends = self.fun.asm.falls_through();
        let to = self.fun.asm.bound();
        let Some(Flow::Finally(Finally { exits, .. })) = self.fun.flow.pop() else { return };
        if ends {
            self.emit_wide(Op::Int, why, 0);
            self.goto(entry);
        }
        let thrown = self.fun.asm.bound();
        self.emit_wide(Op::Int, why, 1);
        self.fun.asm.bind(entry);
        self.block(node(finalizer), finalizer);
        let end = self.fun.asm.label();
        self.fun.asm.jump(Op::JumpStrictEqInt, true, why, 0, end);
        for (index, exit) in exits.iter().enumerate() {
            let next = self.fun.asm.label();
            let number = self.fun.asm.fit(index + 2);
            self.fun.asm.jump(Op::JumpStrictEqInt, false, why, number, next);
            self.leave(*exit, Some(value).filter(|_| *exit == Exit::Return));
            self.fun.asm.bind(next);
        }
        self.emit(Op::Throw, value, 0, 0);
        self.fun.asm.bind(end);
        self.fun.asm.cover(from, to, thrown, value);
        self.release(mark);
    }

    fn try_catch(&mut self, block: &'a Vec<Stmt>, handler: Option<&'a (Option<Expr>, Vec<Stmt>)>) {
        let from = self.fun.asm.bound();
        self.block(node(block), block);
        let Some((pattern, body)) = handler else { return };
        let ends = self.fun.asm.falls_through();
        let (to, end) = (self.fun.asm.bound(), self.fun.asm.label());
        if ends {
            self.goto(end);
        }
        let target = self.fun.asm.bound();
        let mark = self.fun.next;
        self.enter(node(pattern));
        let thrown = match pattern {
            Some(pattern) => self.bind_thrown(pattern),
            None => self.alloc(),
        };
        self.block(node(body), body);
        self.fun.asm.bind(end);
        self.fun.asm.cover(from, to, target, thrown);
        self.release(mark);
    }
}
