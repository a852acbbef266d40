//! The syntax tree: what the parser makes of a source text and the compiler reads.
//!
//! Invariant: no tree is deeper than [`MAX_DEPTH`], so recursion over it, dropping it included, is bounded.

use std::rc::Rc;

use super::operators::Operator;

/// The deepest nesting of expressions, patterns and statements that the parser accepts; a long chain of operators is
/// as deep as it is long.
pub const MAX_DEPTH: usize = 400;

/// A name in the source.
pub type Name = Rc<str>;
/// The UTF-16 units of a string: a literal may hold half a surrogate pair.
pub type Units = Rc<[u16]>;
/// A place in the source: the offset of its first byte.
pub type Pos = u32;

/// A whole program.
#[derive(Debug)]
pub struct Script {
    /// Its statements.
    pub body: Vec<Stmt>,
}

/// A function of any kind.
#[derive(Debug)]
pub struct Function {
    /// Its own name; the compiler names an anonymous one after what it is assigned to.
    pub name: Option<Name>,
    /// Parameters in order: [patterns](Expr).
    pub params: Vec<Expr>,
    /// Its statements; an arrow without braces has one `return`.
    pub body: Vec<Stmt>,
    /// An arrow has no `this` of its own.
    pub arrow: bool,
    /// It was written as a property of an object, without `function`.
    pub method: bool,
    /// May `await`, and returns a promise.
    pub is_async: bool,
    /// Where it begins.
    pub pos: Pos,
    /// Where it ends: behind the brace, or behind its expression.
    pub end: Pos,
}

/// An expression, or a pattern that is bound or assigned: a name, an array or an object of patterns, or, where it is
/// assigned, a member. In a pattern, `pattern = default` is an [`ExprKind::Assign`] as the assignment of a value is, and
/// what is left an [`ExprKind::Spread`] or a value without a key.
#[derive(Debug)]
pub struct Expr {
    /// Where it begins; of operators, calls and members: where the operator, the parenthesis or the name is.
    pub pos: Pos,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Debug)]
pub enum ExprKind {
    /// A number.
    Number(f64),
    /// A string.
    String(Units),
    /// `true`, `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A variable; `undefined`, `NaN` and `Infinity` are variables too.
    Name(Name),
    /// `this`.
    This,
    /// `` `a${b}c` ``: one more string than expressions.
    Template(Vec<Units>, Vec<Expr>),
    /// `[a, , ...b]`; `None` is a hole.
    Array(Vec<Option<Expr>>),
    /// `{…}`: values by their keys, and spreads without one. Shorthand and methods are values; a key that is written as a
    /// name or a number is the string that it means.
    Object(Vec<(Option<Expr>, Expr)>),
    /// `function`, `async function`, an arrow or a method.
    Function(Rc<Function>),
    /// A prefix operator. `delete` is of a member, an index, or a [chain](ExprKind::Chain) that ends in one.
    Unary(&'static Operator, Box<Expr>),
    /// `++x` and the like.
    Update {
        /// `+1` or `-1`.
        delta: i32,
        /// Whether the value is that after the change.
        prefix: bool,
        /// A name, member or index.
        target: Box<Expr>,
    },
    /// An operator between two operands.
    Binary(&'static Operator, Box<Expr>, Box<Expr>),
    /// `test ? a : b`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `pattern = value`.
    Assign(Box<Expr>, Box<Expr>),
    /// `target op= value`; the target is a name or a member.
    AssignOp(&'static Operator, Box<Expr>, Box<Expr>),
    /// `object.name`; with `true` it is `object?.name`.
    Member(Box<Expr>, Name, bool),
    /// `object[index]`; with `true` it is `object?.[index]`.
    Index(Box<Expr>, Box<Expr>, bool),
    /// `callee(…)`; with `true` it is `callee?.(…)`.
    Call(Box<Expr>, Vec<Expr>, bool),
    /// What surrounds a whole chain in which `?.` occurs: where a short circuit ends.
    Chain(Box<Expr>),
    /// `new callee(…)`: the callee is a name of a built-in constructor, as the compiler checks.
    New(Box<Expr>, Vec<Expr>),
    /// `await`.
    Await(Box<Expr>),
    /// `a, b`.
    Sequence(Vec<Expr>),
    /// `...iterable`, an element of an array literal or an argument.
    Spread(Box<Expr>),
}

impl Expr {
    /// Of a part of a pattern, of a parameter or of what is declared: what is bound, and the default or the value.
    pub fn bound(&self) -> (&Expr, Option<&Expr>) {
        match &self.kind {
            ExprKind::Assign(pattern, value) => (pattern, Some(value)),
            ExprKind::Spread(rest) => (rest, None),
            _ => (self, None),
        }
    }
}

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// Where it begins.
    pub pos: Pos,
    /// What it is.
    pub kind: StmtKind,
}

/// `let` or `const`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum DeclKind {
    Let,
    Const,
}

/// What a statement is.
#[derive(Debug)]
pub enum StmtKind {
    /// `let` and `const`: patterns with their values. A pattern that is no name has one, and so has each of a `const`, as
    /// the parser checks.
    Declare(DeclKind, Vec<Expr>),
    /// A function declaration; it has a name.
    Function(Rc<Function>),
    /// An expression.
    Expr(Expr),
    /// `{…}`.
    Block(Vec<Stmt>),
    /// `if`.
    If(Expr, Box<Stmt>, Option<Box<Stmt>>),
    /// `do … while`.
    DoWhile(Box<Stmt>, Expr),
    /// `for (init; test; update)`, and `while`; `init` is a declaration or an expression.
    For(Option<Box<Stmt>>, Option<Expr>, Option<Expr>, Box<Stmt>),
    /// `for (target of values)`, or with `in`, of the keys of an object.
    ForEach {
        /// How the pattern is declared; `None` when it is assigned.
        kind: Option<DeclKind>,
        /// What each round binds.
        pattern: Expr,
        /// What is looped over.
        values: Expr,
        /// Whether it is `in`.
        keys: bool,
        /// What is done.
        body: Box<Stmt>,
    },
    /// `break`; its label exists, as the parser checks.
    Break(Option<Name>),
    /// `continue`; its label exists and is a loop's, as the parser checks.
    Continue(Option<Name>),
    /// `label: statement`.
    Labelled(Name, Box<Stmt>),
    /// `switch`; each case has a test, `None` for `default`, and its statements.
    Switch(Expr, Vec<(Option<Expr>, Vec<Stmt>)>),
    /// `return`, inside of a function, as the parser checks.
    Return(Option<Expr>),
    /// `throw`.
    Throw(Expr),
    /// `try`; at least one of the handlers is there.
    Try {
        /// What is tried.
        block: Vec<Stmt>,
        /// `catch (pattern) {…}`.
        handler: Option<(Option<Expr>, Vec<Stmt>)>,
        /// `finally {…}`.
        finalizer: Option<Vec<Stmt>>,
    },
    /// `;`
    Empty,
}
