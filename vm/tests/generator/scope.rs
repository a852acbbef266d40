//! [`Scope`]: which names a statement may use, and where it may leave from.
//!
//! Invariant: a name is in scope only after its declaration, and a label only inside its statement.

/// What a name holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Num,
    Str,
    Bool,
    /// Any plain value, `null` and `undefined` among them.
    Any,
    /// An array of plain values.
    Arr,
    /// An object of plain values under the keys `a` to `e`.
    Obj,
    Map,
    Set,
    /// A function of so many plain arguments that returns a plain value.
    Fun(u32),
    /// The same, async: it returns a promise of a plain value.
    Async(u32),
    /// A promise of a plain value that may be rejected, with a handler.
    Promise,
}

impl Kind {
    /// The kinds whose values can be stored anywhere.
    pub(crate) const PLAIN: [Kind; 4] = [Kind::Num, Kind::Str, Kind::Bool, Kind::Any];
}

/// A name.
#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) mutable: bool,
}

/// What surrounds a statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// The names, innermost last.
    pub(crate) vars: Vec<Var>,
    /// The statements that `break` can leave, innermost last, in this function.
    pub(crate) targets: Vec<Target>,
    /// How deep statements nest.
    pub(crate) depth: u32,
    /// The function that this is in.
    pub(crate) function: Function,
    /// Whether `await` can be in an expression here.
    pub(crate) can_await: bool,
}

/// The kind of function that a statement is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Function {
    /// None: the top level.
    #[default]
    Top,
    Plain,
    Async,
}

/// A statement that can be left.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) label: Option<String>,
    /// A loop, so that `continue` works too.
    pub(crate) is_loop: bool,
    /// A block, which only `break` with its label leaves.
    pub(crate) is_block: bool,
}

impl Scope {
    /// Brings a name into scope.
    pub(crate) fn declare(&mut self, name: &str, kind: Kind, mutable: bool) {
        self.vars.push(Var { name: name.into(), kind, mutable });
    }

    /// The names of a kind.
    pub(crate) fn of(&self, kind: Kind) -> Vec<&Var> {
        self.vars.iter().filter(|var| var.kind == kind).collect()
    }
}
