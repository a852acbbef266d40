//! The syntax tree: what the parser makes of a source text and the compiler reads.
//!
//! Invariant: no tree is deeper than [`MAX_DEPTH`], so recursion over it, dropping it included, is bounded.

use std::rc::Rc;

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
    /// Parameters in order.
    pub params: Vec<Element>,
    /// `...rest`.
    pub rest: Option<Pattern>,
    /// Its statements; an arrow without braces has one `return`.
    pub body: Vec<Stmt>,
    /// An arrow has no `this` of its own.
    pub arrow: bool,
    /// May `await`, and returns a promise.
    pub is_async: bool,
    /// Where it begins.
    pub pos: Pos,
    /// Where it ends: behind the brace, or behind its expression.
    pub end: Pos,
}

/// What is bound or assigned to.
#[derive(Debug)]
pub enum Pattern {
    /// A variable.
    Name(Name, Pos),
    /// A member; only in assignments, never in declarations and parameters. [`ExprKind::Member`] or
    /// [`ExprKind::Index`].
    Member(Box<Expr>),
    /// `[a, , b = 1, ...rest]`; `None` skips one.
    Array {
        /// In order.
        elements: Vec<Option<Element>>,
        /// `...rest`.
        rest: Option<Box<Pattern>>,
        /// Where.
        pos: Pos,
    },
    /// `{a, b: c = 1, ...rest}`.
    Object {
        /// In order.
        props: Vec<(Key, Element)>,
        /// `...rest`.
        rest: Option<Box<Pattern>>,
        /// Where.
        pos: Pos,
    },
}

/// A pattern and the value that stands in for `undefined`.
#[derive(Debug)]
pub struct Element {
    /// What is bound.
    pub pattern: Pattern,
    /// `= default`.
    pub default: Option<Expr>,
}

/// The key of a property in a literal or a pattern.
#[derive(Debug)]
pub enum Key {
    /// An identifier, a string or a number in its canonical spelling.
    Static(Units, Pos),
    /// `[expression]`.
    Computed(Expr),
}

/// An expression.
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
    Array(Vec<Option<Item>>),
    /// `{…}`.
    Object(Vec<Prop>),
    /// `function`, `async function`, an arrow or a method.
    Function(Rc<Function>),
    /// A prefix operator.
    Unary(UnaryOp, Box<Expr>),
    /// `++x` and the like.
    Update {
        /// `+1` or `-1`.
        delta: i32,
        /// Whether the value is that after the change.
        prefix: bool,
        /// A name, member or index.
        target: Box<Expr>,
    },
    /// An operator that evaluates both sides.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `&&`, `||`, `??`.
    Logical(LogicalOp, Box<Expr>, Box<Expr>),
    /// `test ? a : b`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `pattern = value`.
    Assign(Box<Pattern>, Box<Expr>),
    /// `target op= value`; the target is a name or a member.
    AssignBinary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `target &&= value` and the like.
    AssignLogical(LogicalOp, Box<Expr>, Box<Expr>),
    /// `object.name`; with `true` it is `object?.name`.
    Member(Box<Expr>, Name, bool),
    /// `object[index]`; with `true` it is `object?.[index]`.
    Index(Box<Expr>, Box<Expr>, bool),
    /// `callee(…)`; with `true` it is `callee?.(…)`.
    Call(Box<Expr>, Vec<Item>, bool),
    /// What surrounds a whole chain in which `?.` occurs: where a short circuit ends.
    Chain(Box<Expr>),
    /// `new callee(…)`: the callee is a name of a built-in constructor, as the compiler checks.
    New(Box<Expr>, Vec<Item>),
    /// `await`.
    Await(Box<Expr>),
    /// `a, b`.
    Sequence(Vec<Expr>),
}

/// An element of an array literal, or an argument.
#[derive(Debug)]
pub enum Item {
    /// One value.
    One(Expr),
    /// `...iterable`.
    Spread(Expr),
}

/// A member of an object literal. Shorthand and methods are `Value`.
#[derive(Debug)]
pub enum Prop {
    /// `key: value`.
    Value(Key, Expr),
    /// `...object`.
    Spread(Expr),
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum UnaryOp {
    Minus,
    Plus,
    Not,
    BitNot,
    Typeof,
    Void,
    /// Of a member, an index, or a [chain](ExprKind::Chain) that ends in one, as the parser checks.
    Delete,
}

/// Operators that evaluate both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Pow,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
    /// `>>>`
    ShrUnsigned,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `===`
    StrictEq,
    /// `!==`
    StrictNe,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Instanceof,
}

/// Operators that evaluate the right side only if they must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LogicalOp {
    And,
    Or,
    /// `??`
    Nullish,
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
    /// `let` and `const`. A pattern that is no name has a value, and so has each of a `const`, as the parser checks.
    Declare(DeclKind, Vec<(Pattern, Option<Expr>)>),
    /// A function declaration; it has a name.
    Function(Rc<Function>),
    /// An expression.
    Expr(Expr),
    /// `{…}`.
    Block(Vec<Stmt>),
    /// `if`.
    If(Expr, Box<Stmt>, Option<Box<Stmt>>),
    /// `while`.
    While(Expr, Box<Stmt>),
    /// `do … while`.
    DoWhile(Box<Stmt>, Expr),
    /// `for (init; test; update)`; `init` is a declaration or an expression.
    For(Option<Box<Stmt>>, Option<Expr>, Option<Expr>, Box<Stmt>),
    /// `for (target of iterable)`.
    ForOf(ForTarget, Expr, Box<Stmt>),
    /// `for (target in object)`.
    ForIn(ForTarget, Expr, Box<Stmt>),
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
        handler: Option<(Option<Pattern>, Vec<Stmt>)>,
        /// `finally {…}`.
        finalizer: Option<Vec<Stmt>>,
    },
    /// `;`
    Empty,
}

/// What a `for … of` assigns.
#[derive(Debug)]
pub enum ForTarget {
    /// A variable for each round.
    Declare(DeclKind, Pattern),
    /// One that exists, or a member.
    Assign(Pattern),
}
