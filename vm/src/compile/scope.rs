//! [`Facts`]: which declaration each name in the source means, and what is done with each variable. Found by a walk over
//! the whole tree before any code is written.
//!
//! Invariant: the walk visits what a run evaluates in the order of a run without jumps, hoisted functions at the top of
//! their block. So a variable that is initialised where the walk meets a use, or a function that captures it, is
//! initialised there in every run; only the cases of a `switch` can be entered past a declaration.

use std::collections::HashMap;

use crate::syntax::ast::{DeclKind, Expr, ExprKind, Function, Name, Script, Stmt, StmtKind};

use super::assembler::Reg;
use super::parts::{Part, parts, pattern_parts};

/// A variable: its place in [`Facts::vars`].
pub(super) type VarId = usize;

/// What identifies a node of the tree: its address.
pub(super) type Node = usize;

pub(super) fn node<T>(of: &T) -> Node {
    std::ptr::from_ref(of).addr()
}

/// The script's own code, as a function.
pub(super) const SCRIPT: Node = 0;

/// What is known about a variable.
#[derive(Debug, Default)]
pub(super) struct Var {
    pub(super) name: Name,
    /// The function whose registers it is in; [`SCRIPT`] for the outermost code.
    pub(super) function: Node,
    /// Declared in the outermost scope.
    pub(super) global: bool,
    /// Must not be assigned.
    pub(super) constant: bool,
    /// A function within its own refers to it.
    pub(super) captured: bool,
    /// Assigned after its initialisation.
    pub(super) reassigned: bool,
    /// Captured by a function that is made before its initialisation.
    early: bool,
    /// Used by its own function where it may not be initialised.
    checked: bool,
    initialised: bool,
    /// Where the compiler put it.
    pub(super) register: Option<Reg>,
}

impl Var {
    fn new(name: Name, function: Node, constant: bool) -> Var {
        let register = (&*name == "this").then_some(1);
        Var { name, function, constant, register, ..Var::default() }
    }

    /// Whether it lives in a box; else closures have copies of it.
    pub(super) fn boxed(&self) -> bool {
        self.captured && (self.reassigned || self.early)
    }

    /// Whether something can see that it is not initialised, so that it must be there from the beginning of its scope.
    pub(super) fn visible_early(&self) -> bool {
        self.early || self.checked
    }
}

/// What a name means at one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) var: VarId,
    /// Whether it may not be initialised there.
    pub(super) check: bool,
}

/// What the walk found.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) vars: Vec<Var>,
    /// By the [`Node`] of each `Name` that declares or uses a variable of the source.
    pub(super) uses: HashMap<Node, Use>,
    /// The variables of scopes that declare any, by the [`Node`] of the loop, the list of statements, the cases, the
    /// parameters, the pattern of a `catch`, or the own name of a function expression.
    pub(super) scopes: HashMap<Node, Vec<VarId>>,
}

impl Facts {
    pub(super) fn of(script: &Script) -> Facts {
        let mut walk = Walk { facts: Facts::default(), scopes: Vec::new(), functions: vec![SCRIPT] };
        walk.block(node(script), &script.body);
        walk.facts
    }

    /// `this` of a function, as a variable that arrows capture.
    pub(super) fn add_this(&mut self, function: Node) -> VarId {
        self.vars.push(Var::new("this".into(), function, true));
        self.vars.len() - 1
    }
}

struct Walk {
    facts: Facts,
    scopes: Vec<HashMap<Name, VarId>>,
    functions: Vec<Node>,
}

impl Walk {
    fn here(&self) -> Node {
        self.functions[self.functions.len() - 1]
    }

    fn declare(&mut self, name: &Name, constant: bool, initialised: bool) {
        let (function, global) = (self.here(), self.scopes.len() == 1);
        let id = self.facts.vars.len();
        let Some(scope) = self.scopes.last_mut() else { return };
        let var = *scope.entry(name.clone()).or_insert(id);
        if var == id {
            self.facts.vars.push(Var { global, initialised, ..Var::new(name.clone(), function, constant) });
        }
    }

    fn open(&mut self) {
        self.scopes.push(HashMap::new());
    }

    fn close(&mut self, scope: Node) {
        let mut vars: Vec<VarId> = self.scopes.pop().into_iter().flat_map(HashMap::into_values).collect();
        if !vars.is_empty() {
            vars.sort_unstable();
            self.facts.scopes.insert(scope, vars);
        }
    }

    fn lookup(&self, name: &Name) -> Option<VarId> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name).copied())
    }

    fn used(&mut self, name: &Name, assigned: bool) {
        let Some(id) = self.lookup(name) else { return };
        let here = self.here();
        let var = &mut self.facts.vars[id];
        let mut check = false;
        if !var.global && var.function != here {
            var.captured = true;
            var.early |= !var.initialised;
        } else if !var.global {
            check = !var.initialised;
            var.checked |= check;
        }
        var.reassigned |= assigned && !var.constant;
        self.facts.uses.insert(node(name), Use { var: id, check });
    }

    fn initialise(&mut self, name: &Name) {
        if let Some(id) = self.lookup(name) {
            self.facts.vars[id].initialised = true;
            self.facts.uses.insert(node(name), Use { var: id, check: false });
        }
    }

    fn declare_pattern(&mut self, pattern: &Expr, constant: bool) {
        if let ExprKind::Name(name) = &pattern.kind {
            self.declare(name, constant, false);
        }
        pattern_parts(pattern, &mut |part| {
            if let Part::Pattern(part) = part {
                self.declare_pattern(part, constant);
            }
        });
    }

    /// Declares what these statements declare, and visits the functions among them.
    fn hoist<'a>(&mut self, body: impl Iterator<Item = &'a Stmt> + Clone) {
        for stmt in body.clone() {
            match &stmt.kind {
                StmtKind::Declare(kind, list) => {
                    list.iter().for_each(|part| self.declare_pattern(part.bound().0, *kind == DeclKind::Const));
                }
                StmtKind::Function(function) => function.name.iter().for_each(|name| self.declare(name, false, false)),
                _ => {}
            }
        }
        for stmt in body {
            if let StmtKind::Function(function) = &stmt.kind {
                self.function(function, false);
                if let Some(name) = &function.name {
                    // The second of one name takes the place of the first.
                    if let Some(var) = self.lookup(name) {
                        self.facts.vars[var].reassigned |= self.facts.vars[var].initialised;
                    }
                    self.initialise(name);
                }
            }
        }
    }

    fn block(&mut self, scope: Node, body: &[Stmt]) {
        self.open();
        self.hoist(body.iter());
        self.stmts(body);
        self.close(scope);
    }

    fn function(&mut self, function: &Function, named: bool) {
        self.functions.push(node(function));
        self.open();
        if let Some(name) = function.name.as_ref().filter(|_| named) {
            self.declare(name, true, true);
        }
        self.open();
        function.params.iter().for_each(|param| self.declare_pattern(param.bound().0, false));
        function.params.iter().for_each(|param| self.bound(param));
        self.block(node(&function.body), &function.body);
        self.close(node(&function.params));
        self.close(node(&function.name));
        self.functions.pop();
    }

    /// What is declared, after its value.
    fn bound(&mut self, part: &Expr) {
        let (pattern, value) = part.bound();
        value.into_iter().for_each(|value| self.expr(value));
        self.pattern(pattern, true);
    }

    fn pattern(&mut self, pattern: &Expr, declares: bool) {
        match &pattern.kind {
            ExprKind::Name(name) if declares => self.initialise(name),
            ExprKind::Name(name) => self.used(name, true),
            _ => pattern_parts(pattern, &mut |part| self.part(part, declares)),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        parts(expr, &mut |part| self.part(part, false));
    }

    fn part(&mut self, part: Part<'_>, declares: bool) {
        match part {
            Part::Value(expr) => self.expr(expr),
            Part::Name(name) => self.used(name, false),
            Part::Target(target) => match &target.kind {
                ExprKind::Name(name) => self.used(name, true),
                _ => self.expr(target),
            },
            Part::Pattern(pattern) => self.pattern(pattern, declares),
            Part::Function(function) => self.function(function, true),
        }
    }

    fn stmts(&mut self, body: &[Stmt]) {
        body.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Declare(_, list) => list.iter().for_each(|part| self.bound(part)),
            StmtKind::Expr(expr) | StmtKind::Throw(expr) => self.expr(expr),
            StmtKind::Block(body) => self.block(node(body), body),
            StmtKind::If(test, yes, no) => {
                self.expr(test);
                self.stmt(yes);
                no.iter().for_each(|no| self.stmt(no));
            }
            StmtKind::DoWhile(body, test) => {
                self.stmt(body);
                self.expr(test);
            }
            StmtKind::For(init, test, update, body) => {
                self.open();
                if let Some(init) = init {
                    self.hoist([&**init].into_iter());
                    self.stmt(init);
                }
                test.iter().for_each(|test| self.expr(test));
                self.stmt(body);
                update.iter().for_each(|update| self.expr(update));
                self.close(node(stmt));
            }
            StmtKind::ForEach { kind, pattern, values, body, .. } => {
                self.open();
                if let Some(kind) = kind {
                    self.declare_pattern(pattern, *kind == DeclKind::Const);
                }
                self.expr(values);
                self.pattern(pattern, kind.is_some());
                self.stmt(body);
                self.close(node(stmt));
            }
            StmtKind::Labelled(_, body) => self.stmt(body),
            StmtKind::Switch(value, cases) => self.switch(value, cases),
            StmtKind::Return(value) => value.iter().for_each(|value| self.expr(value)),
            StmtKind::Try { block, handler, finalizer } => {
                self.block(node(block), block);
                if let Some((pattern, body)) = handler {
                    self.open();
                    pattern.iter().for_each(|pattern| {
                        self.declare_pattern(pattern, false);
                        self.pattern(pattern, true);
                    });
                    self.block(node(body), body);
                    self.close(node(pattern));
                }
                finalizer.iter().for_each(|body| self.block(node(body), body));
            }
            // A function was visited at the top of its block.
            StmtKind::Function(_) | StmtKind::Break(_) | StmtKind::Continue(_) | StmtKind::Empty => {}
        }
    }

    fn switch(&mut self, value: &Expr, cases: &Vec<(Option<Expr>, Vec<Stmt>)>) {
        self.expr(value);
        self.open();
        self.hoist(cases.iter().flat_map(|(_, body)| body));
        cases.iter().filter_map(|(test, _)| test.as_ref()).for_each(|test| self.expr(test));
        let lexical = |stmt: &&Stmt| matches!(stmt.kind, StmtKind::Declare(..));
        let declared: Vec<VarId> = match self.scopes.last() {
            Some(scope) if cases.iter().flat_map(|(_, body)| body).any(|stmt| lexical(&stmt)) => {
                scope.values().copied().filter(|&var| !self.facts.vars[var].initialised).collect()
            }
            _ => Vec::new(),
        };
        for (_, body) in cases {
            declared.iter().for_each(|&var| self.facts.vars[var].initialised = false);
            self.stmts(body);
        }
        self.close(node(cases));
    }
}
