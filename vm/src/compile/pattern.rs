//! Patterns: what is destructured, bound and assigned, and the defaults in between.
//!
//! Invariant: variables that a pattern declares have their registers before the value is evaluated, so that they lie
//! below all temporaries.

use crate::bytecode::{Atom, Instr, Op};
use crate::syntax::ast::{Expr, ExprKind, Pos};

use super::assembler::Reg;
use super::call::call_pos;
use super::expr::{BATCH, is_one};
use super::{Compiler, text};

/// Where a part of a value comes from.
#[derive(Clone, Copy)]
enum Source {
    Register(Reg),
    Prop(Reg, Atom, Pos),
    Index(Reg, Reg, Pos),
    /// The next of an iterator.
    Next(Reg),
    /// All that an iterator still has.
    Rest(Reg),
    /// What an object has but those in a row of registers.
    Others(Reg, Reg, u16),
}

/// What the message says when a value cannot be taken apart.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// It was declared with this expression.
    Declared(&'a Expr),
    /// It was assigned: the expression, and where the `=` is.
    Assigned(&'a Expr, Pos),
    /// It is a round's of `for … of`.
    Round,
    /// It was thrown.
    Thrown,
    /// It was passed: the message describes the value.
    Passed,
    /// It is a part of another.
    Part,
}

impl<'a> Compiler<'a> {
    /// `let pattern = value`.
    pub(super) fn declare(&mut self, part: &'a Expr) {
        let (pattern, value) = part.bound();
        match (&pattern.kind, value) {
            (ExprKind::Name(name), Some(value)) => {
                self.initialise(name, |this, to| _ = this.expr_named(value, name, Some(to)));
            }
            (ExprKind::Name(name), None) => self.initialise(name, |this, to| this.emit(Op::Undefined, to, 0, 0)),
            (_, Some(value)) => {
                self.allocate(pattern);
                let mark = self.fun.next;
                if !self.each_to_each(pattern, value, true) {
                    let from = self.operand(value);
                    self.destructure(pattern, from, Origin::Declared(value), true);
                }
                self.release(mark);
            }
            (_, None) => {}
        }
    }

    /// A parameter that was passed in a register.
    pub(super) fn param(&mut self, at: Reg, param: &'a Expr) {
        let (pattern, default) = param.bound();
        self.default(pattern, default, at);
        self.destructure(pattern, at, Origin::Passed, true);
    }

    /// The parameter of a `catch`; the answer is the register that the exception must come into.
    pub(super) fn bind_thrown(&mut self, pattern: &'a Expr) -> Reg {
        self.allocate(pattern);
        let thrown = self.alloc();
        self.destructure(pattern, thrown, Origin::Thrown, true);
        thrown
    }

    /// Takes a value apart.
    pub(super) fn destructure(&mut self, pattern: &'a Expr, from: Reg, origin: Origin<'a>, declares: bool) {
        let mark = self.fun.next;
        match &pattern.kind {
            ExprKind::Array(elements) => {
                let iterator = self.alloc_many(2);
                let start = match origin {
                    Origin::Declared(value) => call_pos(value),
                    Origin::Assigned(_, equals) => equals,
                    Origin::Round | Origin::Thrown | Origin::Passed | Origin::Part => pattern.pos,
                };
                match origin {
                    Origin::Declared(value) if text::is_short(value) => {
                        self.fun.asm.name_callee(text::iterable(value));
                    }
                    Origin::Round => self.fun.asm.name_callee(".for".to_owned()),
                    _ => {}
                }
                self.emit_at(start, Op::IterStart, iterator, from, 0);
                for element in elements {
                    let step = self.fun.next;
                    match element {
                        Some(part) => {
                            let source = if is_one(part) { Source::Next(iterator) } else { Source::Rest(iterator) };
                            self.bind(part, source, declares);
                        }
                        None => {
                            let nothing = self.alloc();
                            self.emit_at(pattern.pos, Op::IterStep, nothing, iterator, 0);
                        }
                    }
                    self.release(step);
                }
            }
            ExprKind::Object(props) => {
                self.check_object(props, pattern.pos, from, origin);
                // What a rest leaves out must be known at the end.
                let count = props.iter().filter(|(key, _)| key.is_some()).count();
                let keys = if count < props.len() { Some(self.alloc_many(count)) } else { None };
                for (index, (key, part)) in props.iter().enumerate() {
                    let step = self.fun.next;
                    let source = match key {
                        Some(key) => self.prop_source(key, from, keys.map(|first| first.saturating_add(index as Reg))),
                        None => Source::Others(from, keys.unwrap_or_default(), self.fun.asm.fit(count)),
                    };
                    self.bind(part, source, declares);
                    self.release(step);
                }
            }
            _ => self.bind(pattern, Source::Register(from), declares),
        }
        self.release(mark);
    }

    /// `[a, b] = [b, a]`, when nothing else wants the array: it is not made. First come all values, then the targets one
    /// by one, each evaluated when it is its turn. False, and nothing is done, when the two sides are not alike.
    pub(super) fn each_to_each(&mut self, pattern: &'a Expr, value: &'a Expr, declares: bool) -> bool {
        let (ExprKind::Array(parts), ExprKind::Array(values)) = (&pattern.kind, &value.kind) else { return false };
        let all_one = |side: &[Option<Expr>]| side.iter().all(|item| item.as_ref().is_some_and(is_one));
        if parts.len() != values.len() || values.len() > BATCH || !all_one(parts) || !all_one(values) {
            return false;
        }
        let mark = self.fun.next;
        let values: Vec<Reg> = values.iter().flatten().map(|value| self.copy_of(value)).collect();
        for (value, part) in values.into_iter().zip(parts.iter().flatten()) {
            self.bind(part, Source::Register(value), declares);
        }
        self.release(mark);
        true
    }

    /// A value in a register that no variable has.
    fn copy_of(&mut self, value: &'a Expr) -> Reg {
        let register = self.alloc();
        self.expr(value, Some(register))
    }

    fn bind(&mut self, part: &'a Expr, source: Source, declares: bool) {
        let mark = self.fun.next;
        let (pattern, default) = part.bound();
        match &pattern.kind {
            ExprKind::Name(name) if declares => {
                return self.initialise(name, |this, to| {
                    this.produce(source, to);
                    this.default(pattern, default, to);
                });
            }
            ExprKind::Name(name) => match self.plain_register(name) {
                Some(register) if default.is_none() => self.produce(source, register),
                _ => {
                    let value = self.value_of(source, pattern, default);
                    self.write(name, value, pattern.pos);
                }
            },
            ExprKind::Array(_) | ExprKind::Object(_) => {
                let value = self.value_of(source, pattern, default);
                self.destructure(pattern, value, Origin::Part, declares);
            }
            _ => {
                let others: Vec<&Expr> = default.into_iter().collect();
                let target = self.target(pattern, &others);
                let value = self.value_of(source, pattern, default);
                self.store_target(&target, value, pattern.pos);
            }
        }
        self.release(mark);
    }

    fn value_of(&mut self, source: Source, pattern: &'a Expr, default: Option<&'a Expr>) -> Reg {
        match source {
            Source::Register(register) if default.is_none() => register,
            _ => {
                let value = self.alloc();
                self.produce(source, value);
                self.default(pattern, default, value);
                value
            }
        }
    }

    fn produce(&mut self, source: Source, to: Reg) {
        match source {
            Source::Register(register) => {
                self.moved(register, Some(to));
            }
            Source::Prop(object, name, pos) => self.get_prop(to, object, name, pos),
            Source::Index(object, key, pos) => self.emit_at(pos, Op::GetIndex, to, object, key),
            Source::Next(iterator) => self.emit(Op::IterStep, to, iterator, 0),
            Source::Rest(iterator) => self.emit(Op::IterRest, to, iterator, 0),
            Source::Others(object, keys, n) => {
                let n = u8::try_from(n).unwrap_or_else(|_| {
                    self.fun.asm.overflow = true;
                    0
                });
                self.fun.asm.emit(Instr { op: Op::ObjectRest, n, a: to, b: object, c: keys });
            }
        }
    }

    /// Puts the default into a register that has undefined.
    fn default(&mut self, pattern: &'a Expr, default: Option<&'a Expr>, at: Reg) {
        let Some(default) = default else { return };
        let given = self.fun.asm.label();
        self.fun.asm.jump(Op::JumpUndefined, false, at, 0, given);
        match &pattern.kind {
            ExprKind::Name(name) => self.expr_named(default, name, Some(at)),
            _ => self.expr(default, Some(at)),
        };
        self.fun.asm.bind(given);
    }

    /// Where the property of a key is; the key is also put into `keep`.
    fn prop_source(&mut self, key: &'a Expr, from: Reg, keep: Option<Reg>) -> Source {
        if let ExprKind::String(units) = &key.kind
            && let Some(name) = self.prop_name(units)
        {
            keep.map(|keep| self.string(units, Some(keep)));
            return Source::Prop(from, name, key.pos);
        }
        let at = self.key(key);
        if keep.is_some() && !matches!(key.kind, ExprKind::String(_)) {
            // It is used twice, and converted once.
            self.emit_at(key.pos, Op::Concat, at, at, 1);
        }
        Source::Index(from, self.moved(at, keep), key.pos)
    }

    /// What is null or undefined cannot be taken apart. Inside of a pattern, reading its first property says so.
    fn check_object(&mut self, props: &[(Option<Expr>, Expr)], pos: Pos, from: Reg, origin: Origin<'a>) {
        let first = match props.first() {
            Some((Some(Expr { kind: ExprKind::String(units), pos }), _)) => {
                Some((String::from_utf16_lossy(units), *pos))
            }
            _ => None,
        };
        let of = match origin {
            Origin::Declared(value) | Origin::Assigned(value, _) => format!("'{}'", text::of(value)),
            Origin::Round => "'.for'".to_owned(),
            Origin::Thrown => "'.catch'".to_owned(),
            Origin::Part if first.is_some() => return,
            Origin::Passed | Origin::Part => String::new(),
        };
        let (what, pos) = match first {
            Some((key, at)) => (format!("property '{key}' of {of}"), at),
            None => (of, pos),
        };
        self.fun.asm.name_callee(what);
        self.emit_at(pos, Op::CheckObject, from, 0, 0);
    }
}
