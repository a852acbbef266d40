//! Statements in a row: declarations, blocks, `if`, `switch`.
//!
//! Invariant: between statements no register above those of the variables in scope is in use.

use crate::bytecode::Op;
use crate::syntax::ast::{Expr, ExprKind, Stmt, StmtKind};

use super::Compiler;
use super::flow::Exit;
use super::scope::{Node, node};

impl<'a> Compiler<'a> {
    pub(super) fn stmts(&mut self, body: &'a [Stmt]) {
        body.iter().for_each(|stmt| self.stmt(stmt));
    }

    /// Makes the functions that a block declares, at its top.
    pub(super) fn hoist(&mut self, body: impl Iterator<Item = &'a Stmt>) {
        for stmt in body {
            if let StmtKind::Function(function) = &stmt.kind
                && let Some(name) = &function.name
            {
                self.initialise(name, |this, to| {
                    this.closure(function, name.clone(), Some(to));
                });
            }
        }
    }

    pub(super) fn block(&mut self, scope: Node, body: &'a [Stmt]) {
        let mark = self.fun.next;
        self.enter(scope);
        self.hoist(body.iter());
        self.stmts(body);
        self.release(mark);
    }

    pub(super) fn stmt(&mut self, stmt: &'a Stmt) {
        self.fun.asm.at(stmt.pos);
        match &stmt.kind {
            StmtKind::Declare(_, list) => list.iter().for_each(|part| self.declare(part)),
            StmtKind::Function(_) | StmtKind::Empty => {}
            StmtKind::Expr(expr) => self.effect(expr),
            StmtKind::Block(body) => self.block(node(body), body),
            StmtKind::If(test, yes, no) => self.branch(test, yes, no.as_deref()),
            StmtKind::DoWhile(body, test) => self.do_while(body, test),
            StmtKind::For(init, test, update, body) => {
                self.for_loop(node(stmt), (init.as_deref(), test.as_ref(), update.as_ref()), body);
            }
            StmtKind::ForEach { kind, pattern, values, keys, body } => {
                self.for_each(node(stmt), pattern, kind.is_some(), values, *keys, body);
            }
            StmtKind::Break(label) => self.jump_out(label.as_ref(), false),
            StmtKind::Continue(label) => self.jump_out(label.as_ref(), true),
            StmtKind::Labelled(label, body) => {
                self.fun.labels.push(label.clone());
                match body.kind {
                    // These have a place to leave to.
                    StmtKind::DoWhile(..) | StmtKind::For(..) | StmtKind::ForEach { .. } => self.stmt(body),
                    StmtKind::Switch(..) | StmtKind::Labelled(..) => self.stmt(body),
                    _ => {
                        let end = self.open_breakable(false, None);
                        self.stmt(body);
                        self.close_breakable(end);
                    }
                }
            }
            StmtKind::Switch(value, cases) => self.switch(value, cases),
            StmtKind::Return(Some(value)) => self.return_value(value),
            StmtKind::Return(None) => self.return_undefined(),
            StmtKind::Throw(value) => {
                let mark = self.fun.next;
                let value = self.operand(value);
                self.emit_at(stmt.pos, Op::Throw, value, 0, 0);
                self.release(mark);
            }
            StmtKind::Try { block, handler, finalizer } => {
                self.try_stmt(block, handler.as_ref(), finalizer.as_ref());
            }
        }
    }

    fn return_value(&mut self, value: &'a Expr) {
        let mark = self.fun.next;
        match &value.kind {
            ExprKind::Conditional(test, yes, no) => {
                let otherwise = self.fun.asm.label();
                self.jump_if(test, false, otherwise);
                self.return_value(yes);
                self.fun.asm.bind(otherwise);
                self.return_value(no);
            }
            _ => {
                let value = self.operand(value);
                self.leave(Exit::Return, Some(value));
            }
        }
        self.release(mark);
    }

    pub(super) fn return_undefined(&mut self) {
        let mark = self.fun.next;
        let value = self.unary(Op::Undefined, 0, None);
        self.leave(Exit::Return, Some(value));
        self.release(mark);
    }

    fn branch(&mut self, test: &'a Expr, yes: &'a Stmt, no: Option<&'a Stmt>) {
        let otherwise = self.fun.asm.label();
        self.jump_if(test, false, otherwise);
        self.stmt(yes);
        match no {
            Some(no) => {
                let end = self.fun.asm.label();
                if self.fun.asm.falls_through() {
                    self.goto(end);
                }
                self.fun.asm.bind(otherwise);
                self.stmt(no);
                self.fun.asm.bind(end);
            }
            None => self.fun.asm.bind(otherwise),
        }
    }

    /// The tests one after the other, then the bodies.
    fn switch(&mut self, value: &'a Expr, cases: &'a Vec<(Option<Expr>, Vec<Stmt>)>) {
        let mark = self.fun.next;
        let tests: Vec<&Expr> = cases.iter().filter_map(|(test, _)| test.as_ref()).collect();
        let value = self.stable(value, &tests);
        self.enter(node(cases));
        self.hoist(cases.iter().flat_map(|(_, body)| body));
        let end = self.open_breakable(true, None);
        let mut default = end;
        let mut entries = Vec::with_capacity(cases.len());
        for (test, _) in cases {
            let entry = self.fun.asm.label();
            entries.push(entry);
            match test {
                Some(test) => self.jump_case(value, test, entry),
                None => default = entry,
            }
        }
        self.goto(default);
        for ((_, body), entry) in cases.iter().zip(entries) {
            self.fun.asm.bind(entry);
            self.stmts(body);
        }
        self.close_breakable(end);
        self.release(mark);
    }
}
