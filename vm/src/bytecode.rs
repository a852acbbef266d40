//! The instruction set, and what a compiled function is.
//!
//! A register machine. An instruction is eight bytes: an opcode, a small operand `n`, and three 16-bit operands. `R[x]`
//! is a register of the running frame; a frame begins with the callee in `R[0]` and `this` in `R[1]`, then come the
//! parameters, then locals and temporaries. A call puts callee, `this` and arguments into consecutive registers at the
//! top of the caller's frame, which become the first registers of the callee's: arguments are not copied, and the
//! result comes back in the register where the callee was.
//!
//! Invariant: nothing here is a heap value. Compiled code is plain Rust data, shared by `Rc`, and never moves; names
//! are [`Atom`]s, whose strings are rooted once.

use std::cell::Cell;
use std::rc::Rc;

use crate::syntax::ast::{Name, Pos};

/// A name of a property, or the text of a string constant: its place in the table of [`crate::atoms::Atoms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Atom(pub u32);

/// One instruction.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(8))]
pub struct Instr {
    /// What it does.
    pub op: Op,
    /// A small operand.
    pub n: u8,
    /// The first operand: the register that is written, in most.
    pub a: u16,
    /// The second.
    pub b: u16,
    /// The third.
    pub c: u16,
}

const _: () = assert!(size_of::<Instr>() == 8);

impl Instr {
    /// The wide operand, in the place of `b` and `c`.
    #[inline(always)]
    pub const fn wide(self) -> u32 {
        self.b as u32 | (self.c as u32) << 16
    }

    /// With a wide operand.
    pub const fn with_wide(op: Op, a: u16, wide: u32) -> Self {
        Instr { op, n: 0, a, b: wide as u16, c: (wide >> 16) as u16 }
    }
}

/// Operations. `a`, `b`, `c`, `n`: operands; `wide`: `b` and `c` as one; `imm`: an operand as `i16`; `→ off`: a jump by
/// that operand as a signed number of instructions, from the instruction behind the jump. All operands are read before
/// a register is written: they may be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    // Constants and moves.
    /// `R[a] = undefined`
    Undefined,
    /// `R[a] = null`
    Null,
    /// `R[a] = true` or, with `b` = 0, `false`
    Bool,
    /// `R[a] = ` the mark of a variable that is not initialised
    Hole,
    /// `R[a] = wide` as `i32`
    Int,
    /// `R[a] = numbers[wide]` of the program
    Number,
    /// `R[a] = ` the string of atom `wide`
    String,
    /// `R[a] = R[b]`
    Move,

    // Variables.
    /// `R[a] = globals[wide]`; ReferenceError when it is not initialised or not defined
    GetGlobal,
    /// `R[a] = globals[wide]`, `undefined` when it is not defined: for `typeof`
    GetGlobalOrUndefined,
    /// `globals[wide] = R[a]`; ReferenceError when it is not initialised or not defined
    SetGlobal,
    /// `globals[wide] = R[a]`: initialises it
    InitGlobal,
    /// `R[a] = ` upvalue `b`
    GetUpvalue,
    /// `R[a] = ` the contents of the box in upvalue `b`; ReferenceError (name: atom `c`) when not initialised
    GetUpvalueBox,
    /// the box in upvalue `b` `= R[a]`; ReferenceError (atom `c`) when not initialised
    SetUpvalueBox,
    /// `R[a] = ` a new box that holds `R[b]`
    NewBox,
    /// `R[a] = ` the contents of the box in `R[b]`; ReferenceError (atom `c`) when not initialised
    GetBox,
    /// the box in `R[b]` `= R[a]`; ReferenceError (atom `c`) when not initialised
    SetBox,
    /// the box in `R[b]` `= R[a]`: initialises it
    InitBox,
    /// ReferenceError (atom `wide`) when `R[a]` is not initialised
    CheckInit,
    /// TypeError: assignment to a constant
    ThrowConst,

    // Operators. `Add` to `ShrUnsigned`: `R[a] = R[b] op R[c]`.
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `**`
    Pow,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `>>>`
    ShrUnsigned,
    /// `R[a] = R[b] + imm c`
    AddInt,
    /// `R[a] = R[b] - imm c`
    SubInt,
    /// `R[a] = R[b] == R[c]`, loosely
    Eq,
    /// `!=`
    Ne,
    /// `===`
    StrictEq,
    /// `!==`
    StrictNe,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `R[a] = R[b] in R[c]`
    In,
    /// `R[a] = R[b] instanceof R[c]`
    Instanceof,
    /// `R[a] = -R[b]`
    Neg,
    /// `R[a] = ` `R[b]` as a number
    ToNumber,
    /// `R[a] = !R[b]`
    Not,
    /// `R[a] = ~R[b]`
    BitNot,
    /// `R[a] = typeof R[b]`
    Typeof,
    /// `R[a] = ` the strings of `c` registers from `R[b]`, one after the other: template literals
    Concat,

    // Jumps. Those with `n`: when the condition is `n != 0`.
    /// → `wide`
    Jump,
    /// → `wide`, backwards, with a poll of the safepoint
    Loop,
    /// → `wide` when `R[a]` is truthy (`n` = 1) or falsy (`n` = 0)
    JumpIf,
    /// → `wide` when `R[a]` is null or undefined (`n` = 1), or neither (`n` = 0)
    JumpNullish,
    /// → `wide` when `R[a]` is undefined (`n` = 1), or is not (`n` = 0)
    JumpUndefined,
    /// → `c` when `R[a] < R[b]` is `n`
    JumpLt,
    /// → `c` when `R[a] <= R[b]` is `n`
    JumpLe,
    /// → `c` when `R[a] > R[b]` is `n`
    JumpGt,
    /// → `c` when `R[a] >= R[b]` is `n`
    JumpGe,
    /// → `c` when `R[a] === R[b]` is `n`
    JumpStrictEq,
    /// → `c` when `R[a] < imm b` is `n`
    JumpLtInt,
    /// → `c` when `R[a] <= imm b` is `n`
    JumpLeInt,
    /// → `c` when `R[a] > imm b` is `n`
    JumpGtInt,
    /// → `c` when `R[a] >= imm b` is `n`
    JumpGeInt,
    /// → `c` when `R[a] === imm b` is `n`
    JumpStrictEqInt,

    // Objects and arrays.
    /// `R[a] = ` an object of template `c`, whose properties have the values from `R[b]` on
    NewObject,
    /// `R[a] = ` an array of `c` values from `R[b]` on
    NewArray,
    /// appends `R[b]` to the array `R[a]`; a hole when `R[b]` is one
    Append,
    /// appends all that the iterable `R[b]` gives to the array `R[a]`
    AppendAll,
    /// `R[a] = R[b].name`, by site `c`
    GetProp,
    /// `R[a].name = R[b]`, by site `c`
    SetProp,
    /// `R[a] = R[b].length`, by site `c`: as `GetProp`, arrays and strings first
    GetLength,
    /// `R[a + 1] = R[b]`, `R[a] = R[b].name`, by site `c`: callee and `this` of a method call
    GetMethod,
    /// `R[a] = R[b][R[c]]`
    GetIndex,
    /// `R[a][R[b]] = R[c]`
    SetIndex,
    /// `R[a] = delete R[b][R[c]]`
    DeleteIndex,
    /// copies the own enumerable properties of `R[b]` to the object `R[a]`: spread
    CopyProps,
    /// `R[a] = ` an object of those properties of `R[b]` whose keys are not among the `n` in the registers from `R[c]`
    ObjectRest,
    /// TypeError when `R[a]` is null or undefined, and is to be destructured
    CheckObject,

    // Iteration. An iterator is two registers, `R[x]` and `R[x + 1]`.
    /// `R[a], R[a + 1] = ` an iterator of the iterable `R[b]`
    IterStart,
    /// `R[a] = ` the next value of the iterator `R[b]`; → `c` when there is none
    IterNext,
    /// `R[a] = ` the next value of the iterator `R[b]`, `undefined` when there is none
    IterStep,
    /// `R[a] = ` an array of what the iterator `R[b]` still has
    IterRest,
    /// `R[a] = ` an array of the keys that `for … in R[b]` visits
    ForInKeys,
    /// `R[a] = ` whether `R[b]` still has the key `R[c]` that `ForInKeys` found in it
    ForInHas,

    // Functions.
    /// `R[a] = ` a closure of `functions[wide]` of the program, with the upvalues that it lists
    Closure,
    /// calls `R[a]` with `this` in `R[a + 1]` and `b` arguments after it; the result comes into `R[a]`
    Call,
    /// calls `R[a]` with `this` in `R[a + 1]` and the elements of the array `R[a + 2]`
    CallSpread,
    /// `new R[a]` with `b` arguments from `R[a + 2]`; the result comes into `R[a]`
    New,
    /// `new R[a]` with the elements of the array `R[a + 2]`
    NewSpread,
    /// ends the call with `R[a]`
    Return,
    /// throws `R[a]`
    Throw,

    // Tasks.
    /// begins an async function: `R[a] = ` the promise of this call. Once it awaits, the call is a task.
    SpawnTask,
    /// ends an async call: its promise is resolved with `R[a]`
    ReturnAsync,
    /// `R[a] = await R[b]`
    Await,
    /// `R[a] = ` a promise of the join of `R[b]…`: kind and count are packed in `c`, see `JoinKind::decode`
    JoinInit,
    /// `R[a] = await R[b]`, a promise that `JoinInit` made
    JoinAwait,
    /// cancels the timer `R[a]`: `clearTimeout`
    CancelTask,
}

/// Where a property is read or written, and where it was found the last time: an inline cache.
#[derive(Debug)]
pub struct Site {
    /// The name.
    pub name: Atom,
    /// The cache: what the interpreter makes of it.
    pub cache: Cell<u64>,
}

/// Where an upvalue of a new closure is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A register of the function that makes the closure: a box, or the value of a variable that never changes.
    Register(u16),
    /// An upvalue of that function.
    Upvalue(u16),
}

/// A range of instructions and what happens to an exception in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The first instruction that it covers.
    pub from: u32,
    /// The one behind the last.
    pub to: u32,
    /// Where it goes on.
    pub target: u32,
    /// The register that receives the exception.
    pub register: u16,
}

/// A compiled function.
#[derive(Debug, Default)]
pub struct Proto {
    /// Its name; empty if it has none.
    pub name: Name,
    /// How many parameters have a register: `R[2]…`.
    pub params: u16,
    /// What `f.length` says: parameters before the first with a default.
    pub length: u16,
    /// Whether further arguments are collected into an array, in the register behind the parameters.
    pub rest: bool,
    /// Whether it is async.
    pub is_async: bool,
    /// Whether it is an arrow function.
    pub arrow: bool,
    /// Whether it has an object `prototype` in the language: then it may stand behind `instanceof`.
    pub prototype: bool,
    /// Registers of its frame.
    pub registers: u16,
    /// Of an async function: the register of its promise.
    pub promise: u16,
    /// Its instructions; the last one never falls through.
    pub code: Vec<Instr>,
    /// The sites of its property accesses.
    pub sites: Vec<Site>,
    /// The keys of its object literals, in order and without repetition.
    pub templates: Vec<Rc<[Atom]>>,
    /// What its closures capture.
    pub captures: Vec<Capture>,
    /// Innermost first.
    pub handlers: Vec<Handler>,
    /// Where instructions come from: sorted by the instruction, each valid up to the next.
    pub positions: Vec<(u32, Pos)>,
    /// How the callee of the call at an instruction is written, for "… is not a function" and "… is not a constructor";
    /// sorted. Also, for `AppendAll` and `IterStart`, of what: "… is not iterable" (without a text, the message describes
    /// the value); and for `CheckObject`: "Cannot destructure … as it is undefined." (a text that is empty or ends with a
    /// space is followed by `'undefined'` or `'object null'`).
    pub callees: Vec<(u32, Name)>,
    /// The text it was compiled from: its place in [`Program::sources`].
    pub source: u16,
    /// Where the function begins.
    pub pos: Pos,
    /// Where it ends.
    pub end: Pos,
}

/// A text that was compiled, to name places in it.
#[derive(Debug)]
pub struct Source {
    /// The file, or what stands for one.
    pub name: Rc<str>,
    /// The text.
    pub text: Rc<str>,
    /// Whether it is the VM's own: its functions are hidden from stack traces.
    pub internal: bool,
}

/// A variable of the outermost scope, or a name that nothing declares.
#[derive(Clone, Debug)]
pub struct Global {
    /// Its name.
    pub name: Atom,
    /// Whether the program declares it: until it is initialised, reading it is an error of its own.
    pub declared: bool,
}

/// All code that was compiled for one VM: its own prelude first, then programs. It only grows.
#[derive(Debug, Default)]
pub struct Program {
    /// All functions.
    pub functions: Vec<Rc<Proto>>,
    /// The numbers among the constants that are no small integers.
    pub numbers: Vec<f64>,
    /// The outermost variables of all texts, and the names that nothing declares. Those of the prelude and of functions
    /// that only the prelude may call have a name that begins with `%`.
    pub globals: Vec<Global>,
    /// The texts.
    pub sources: Vec<Source>,
}
