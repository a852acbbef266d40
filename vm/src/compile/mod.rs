//! The compiler: from the syntax tree to instructions.
//!
//! In the order in which a program passes: `scope` finds what each name means and what is done with each variable;
//! `stmt` and `flow` (loops, `break`, `finally`), `pattern`, `expr`, `assign`, `cond` (conditions that jump) and `call`
//! write the instructions of one function after the other into its `assembler`; `variables` says where each variable
//! is; `text` renders callees for messages; [`check`](fn@check) proves that what came out is sound to run.
//!
//! Registers are a stack. Those of variables lie below those of temporaries; a variable gets its register where it is
//! declared and keeps it to the end of its block. An expression leaves at most one register allocated: its result.
//!
//! Invariants: any tree compiles or is an error, without a panic ([`SyntaxError`] when an operand is too small for what
//! it must say); a register that holds a variable is written by the last instruction of what assigns it.

mod assembler;
mod assign;
mod call;
mod check;
mod cond;
mod expr;
mod flow;
mod parts;
mod pattern;
mod scope;
mod stmt;
mod text;
mod variables;

use std::collections::HashMap;
use std::mem;
use std::rc::Rc;

use crate::atoms::Atoms;
use crate::bytecode::{Atom, Capture, Global, Instr, Op, Program, Proto};
use crate::syntax::SyntaxError;
use crate::syntax::ast::{Expr, ExprKind, Function, Name, Pos, Script, Stmt};

use assembler::{Assembler, Label, Reg};
use flow::Flow;
use scope::{Facts, Node, SCRIPT, VarId, node};

pub use check::check;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A program.
    Script,
    /// The VM's own: what it declares has a name with `%` before it, and a name that it uses is tried with `%` first.
    Prelude,
}

/// The most registers of a frame.
const REGISTERS: usize = 60_000;

/// Compiles a script, which is source number `source` of the program, and returns the number of its function.
///
/// # Errors
///
/// A function that has more variables, constants or properties than instructions can name.
pub fn compile(
    script: &Script,
    source: u16,
    mode: Mode,
    atoms: &mut Atoms,
    program: &mut Program,
) -> Result<u32, SyntaxError> {
    let first = program.functions.len();
    let globals = program.globals.iter().enumerate().map(|(index, global)| (global.name, index as u32)).collect();
    let mut compiler = Compiler {
        atoms,
        facts: Facts::of(script),
        source,
        mode,
        globals,
        names: HashMap::new(),
        first,
        first_global: program.globals.len(),
        functions: vec![None],
        outer: Vec::new(),
        fun: Fun::new(SCRIPT, false, false),
        too_large: None,
        program,
    };
    compiler.script(script);
    let Compiler { too_large, functions, .. } = compiler;
    if let Some(pos) = too_large {
        let help = Some("split it into several".to_owned());
        return Err(SyntaxError { message: "the function is too large".to_owned(), pos, help });
    }
    program.functions.extend(functions.into_iter().flatten());
    if cfg!(debug_assertions) {
        check(program);
    }
    Ok(first as u32)
}

/// What is common to all functions of a script, and the function that is being written.
struct Compiler<'a> {
    atoms: &'a mut Atoms,
    program: &'a mut Program,
    facts: Facts,
    source: u16,
    mode: Mode,
    /// The latest global of each name.
    globals: HashMap<Atom, u32>,
    /// The globals that the names in this script mean.
    names: HashMap<Name, u32>,
    /// The number of the first function of this script.
    first: usize,
    /// The number of its first global.
    first_global: usize,
    /// Its functions; those that are not finished are `None`.
    functions: Vec<Option<Rc<Proto>>>,
    /// The functions around the one that is being written, outermost first.
    outer: Vec<Fun>,
    fun: Fun,
    /// A function that does not fit.
    too_large: Option<Pos>,
}

/// A function that is being written.
#[derive(Default)]
struct Fun {
    id: Node,
    arrow: bool,
    is_async: bool,
    asm: Assembler,
    /// The first free register.
    next: Reg,
    /// How many were in use at once.
    registers: Reg,
    upvalues: Vec<VarId>,
    captures: Vec<Capture>,
    /// What surrounds the statement that is being written.
    flow: Vec<Flow>,
    /// The labels before the statement that comes.
    labels: Vec<Name>,
    /// Where a `?.` jumps to; innermost last.
    chains: Vec<Label>,
    /// `this`, once an arrow captures it.
    this: Option<VarId>,
}

impl Fun {
    fn new(id: Node, arrow: bool, is_async: bool) -> Fun {
        Fun { id, arrow, is_async, next: 2, registers: 2, ..Fun::default() }
    }
}

impl<'a> Compiler<'a> {
    fn script(&mut self, script: &'a Script) {
        let declared: Vec<Name> = self.facts.vars.iter().filter(|v| v.global).map(|v| v.name.clone()).collect();
        for name in declared {
            self.declare_global(name);
        }
        self.body(node(script), &script.body);
        self.functions[0] = Some(self.finish(Proto::default()));
    }

    /// Writes the code of a function and returns its number.
    fn function(&mut self, function: &'a Function, name: Name) -> u32 {
        let index = self.functions.len();
        self.functions.push(None);
        let inner = Fun::new(node(function), function.arrow, function.is_async);
        self.outer.push(mem::replace(&mut self.fun, inner));
        let head = self.head(function, name);
        self.body(node(&function.body), &function.body);
        let proto = self.finish(head);
        self.functions[index] = Some(proto);
        if let Some(outer) = self.outer.pop() {
            self.fun = outer;
        }
        (self.first + index) as u32
    }

    /// Parameters arrive in registers as they were passed; defaults, patterns and boxes are made of them from left to
    /// right. An async call is a task before that: what goes wrong in here rejects its promise.
    fn head(&mut self, function: &'a Function, name: Name) -> Proto {
        let first = self.alloc_many(function.params.len());
        let promise = if function.is_async { self.alloc() } else { 0 };
        if function.is_async {
            self.emit_at(function.pos, Op::SpawnTask, promise, 0, 0);
        }
        for var in self.facts.scopes.get(&node(&function.name)).cloned().unwrap_or_default() {
            self.facts.vars[var].register = Some(0);
        }
        self.enter(node(&function.params));
        let at = |index: usize| first.saturating_add(index as Reg);
        for (index, param) in function.params.iter().enumerate() {
            let (pattern, _) = param.bound();
            match &pattern.kind {
                ExprKind::Name(name) => self.settle(name, at(index)),
                _ => self.allocate(pattern),
            }
        }
        for (index, param) in function.params.iter().enumerate() {
            self.param(at(index), param);
        }
        let rest = function.params.last().is_some_and(|param| matches!(param.kind, ExprKind::Spread(_)));
        let ends = |param: &Expr| matches!(param.kind, ExprKind::Spread(_) | ExprKind::Assign(..));
        let length = function.params.iter().take_while(|param| !ends(param)).count();
        let params = self.fun.asm.fit(function.params.len() - usize::from(rest));
        let length = self.fun.asm.fit(length);
        let prototype = !(function.arrow || function.method || function.is_async);
        let (pos, end) = (function.pos, function.end);
        Proto { name, params, length, rest, prototype, promise, pos, end, ..Proto::default() }
    }

    /// The statements of a function or script, and its end.
    fn body(&mut self, scope: Node, body: &'a [Stmt]) {
        self.enter(scope);
        self.hoist(body.iter());
        self.stmts(body);
        if self.fun.asm.falls_through() {
            self.return_undefined();
        }
    }

    fn finish(&mut self, head: Proto) -> Rc<Proto> {
        let fun = &mut self.fun;
        fun.asm.finish();
        if fun.asm.overflow || fun.captures.len() > usize::from(u16::MAX) {
            self.too_large.get_or_insert(head.pos);
        }
        let Assembler { code, sites, templates, handlers, positions, callees, .. } = mem::take(&mut fun.asm);
        let (captures, source) = (mem::take(&mut fun.captures), self.source);
        let Fun { is_async, arrow, registers, .. } = *fun;
        let code = Proto { code, sites, templates, handlers, positions, callees, captures, ..head };
        Rc::new(Proto { is_async, arrow, registers, source, ..code })
    }

    fn emit(&mut self, op: Op, a: u16, b: u16, c: u16) {
        self.fun.asm.emit(Instr { op, n: 0, a, b, c });
    }

    fn emit_at(&mut self, pos: Pos, op: Op, a: u16, b: u16, c: u16) {
        self.fun.asm.emit_at(pos, Instr { op, n: 0, a, b, c });
    }

    fn emit_wide(&mut self, op: Op, a: u16, wide: u32) {
        self.fun.asm.emit(Instr::with_wide(op, a, wide));
    }

    fn goto(&mut self, to: Label) {
        self.fun.asm.jump(Op::Jump, false, 0, 0, to);
    }

    fn alloc(&mut self) -> Reg {
        self.alloc_many(1)
    }

    fn alloc_many(&mut self, count: usize) -> Reg {
        let first = self.fun.next;
        match usize::from(first) + count {
            end if end <= REGISTERS => self.fun.next = end as Reg,
            _ => self.fun.asm.overflow = true,
        }
        self.fun.registers = self.fun.registers.max(self.fun.next);
        first
    }

    /// Frees the registers from this one on.
    fn release(&mut self, mark: Reg) {
        self.fun.next = mark;
    }

    fn atom_of(&mut self, name: &str) -> Atom {
        self.atoms.intern_str(name)
    }

    fn declare_global(&mut self, name: Name) {
        let atom = match self.mode {
            Mode::Script => self.atom_of(&name),
            Mode::Prelude => self.atom_of(&format!("%{name}")),
        };
        // One of another text is another variable, though of the same name.
        let here = |at: &u32| *at as usize >= self.first_global && !self.program.globals[*at as usize].declared;
        let known = self.globals.get(&atom).copied().filter(here);
        let index = known.unwrap_or(self.program.globals.len() as u32);
        match known {
            Some(at) => self.program.globals[at as usize].declared = true,
            None => self.program.globals.push(Global { name: atom, declared: true }),
        }
        self.globals.insert(atom, index);
        self.names.insert(name, index);
    }

    /// The global that a name means.
    fn global(&mut self, name: &Name) -> u32 {
        if let Some(&index) = self.names.get(name) {
            return index;
        }
        let own = (self.mode == Mode::Prelude).then(|| self.atom_of(&format!("%{name}")));
        let atom = self.atom_of(name);
        let known = own.and_then(|own| self.globals.get(&own)).or_else(|| self.globals.get(&atom)).copied();
        let index = known.unwrap_or_else(|| {
            self.program.globals.push(Global { name: atom, declared: false });
            self.program.globals.len() as u32 - 1
        });
        self.globals.entry(atom).or_insert(index);
        self.names.insert(name.clone(), index);
        index
    }

    /// Whether a name, here, means the built-in global of that name: no text declares another.
    fn is_builtin(&mut self, name: &Name, builtin: &str) -> bool {
        if &**name != builtin || self.facts.uses.contains_key(&node(name)) {
            return false;
        }
        let (index, atom) = (self.global(name), self.atom_of(builtin));
        self.program.globals.iter().position(|global| global.name == atom) == Some(index as usize)
    }
}
