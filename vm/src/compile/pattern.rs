//! Patterns: what is destructured, bound and assigned, and the defaults in between.
//!
//! Invariant: variables that a pattern declares have their registers before the value is evaluated, so that they lie
//! below all temporaries.

use crate::bytecode::{Atom, Instr, Op};
use crate::syntax::ast::{Element, Expr, ExprKind, Item, Key, Pattern, Pos};

use super::assembler::Reg;
use super::call::call_pos;
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
    Others(Reg, Reg, u8),
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
    /// It was passed: the message describes the value.
    Passed,
    /// It is a part of another.
    Part,
}

impl<'a> Compiler<'a> {
    /// `let pattern = value`.
    pub(super) fn declare(&mut self, pattern: &'a Pattern, value: Option<&'a Expr>) {
        match (pattern, value) {
            (Pattern::Name(name, _), Some(value)) => {
                self.begin(value);
                self.initialise(name, |this, to| {
                    this.expr_named(value, name, Some(to));
                });
            }
            (Pattern::Name(name, _), None) => self.initialise(name, |this, to| this.emit(Op::Undefined, to, 0, 0)),
            (pattern, Some(value)) => {
                self.begin(value);
                self.allocate(pattern);
                let mark = self.fun.next;
                let from = self.operand(value);
                self.destructure(pattern, from, Origin::Declared(value), true);
                self.release(mark);
            }
            (_, None) => {}
        }
    }

    /// A parameter that was passed in a register.
    pub(super) fn param(&mut self, at: Reg, pattern: &'a Pattern, default: Option<&'a Expr>) {
        self.default(pattern, default, at);
        match pattern {
            Pattern::Name(name, _) => self.initialise(name, |this, to| {
                this.moved(at, Some(to));
            }),
            _ => self.destructure(pattern, at, Origin::Passed, true),
        }
    }

    /// The value of a round of a loop.
    pub(super) fn bind_round(&mut self, pattern: &'a Pattern, from: Reg, declares: bool) {
        match pattern {
            Pattern::Array { .. } | Pattern::Object { .. } => {
                self.destructure(pattern, from, Origin::Round, declares);
            }
            _ => self.bind(pattern, None, Source::Register(from), declares),
        }
    }

    /// The parameter of a `catch`; the answer is the register that the exception must come into.
    pub(super) fn bind_thrown(&mut self, pattern: &'a Pattern) -> Reg {
        self.allocate(pattern);
        let thrown = match pattern {
            Pattern::Name(name, _) => self.own_register(name).unwrap_or_else(|| self.alloc()),
            _ => self.alloc(),
        };
        match pattern {
            Pattern::Name(..) => self.bind(pattern, None, Source::Register(thrown), true),
            _ => self.destructure(pattern, thrown, Origin::Passed, true),
        }
        thrown
    }

    /// Takes a value apart.
    pub(super) fn destructure(&mut self, pattern: &'a Pattern, from: Reg, origin: Origin<'a>, declares: bool) {
        let mark = self.fun.next;
        match pattern {
            Pattern::Array { elements, rest, pos } => {
                let iterator = self.alloc_many(2);
                let start = match origin {
                    Origin::Declared(value) => call_pos(value),
                    Origin::Assigned(_, equals) => equals,
                    Origin::Round | Origin::Passed | Origin::Part => *pos,
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
                        Some(Element { pattern, default }) => {
                            self.bind(pattern, default.as_ref(), Source::Next(iterator), declares);
                        }
                        None => {
                            let nothing = self.alloc();
                            self.emit_at(*pos, Op::IterStep, nothing, iterator, 0);
                        }
                    }
                    self.release(step);
                }
                if let Some(rest) = rest {
                    self.bind(rest, None, Source::Rest(iterator), declares);
                }
            }
            Pattern::Object { props, rest, pos } => {
                self.check_object(props, *pos, from, origin);
                // What a rest leaves out must be known at the end.
                let keys = if rest.is_some() { Some(self.alloc_many(props.len())) } else { None };
                for (index, (key, element)) in props.iter().enumerate() {
                    let step = self.fun.next;
                    let source = self.prop_source(key, from, keys.map(|first| first.saturating_add(index as Reg)));
                    self.bind(&element.pattern, element.default.as_ref(), source, declares);
                    self.release(step);
                }
                if let (Some(rest), Some(keys)) = (rest, keys) {
                    let count = u8::try_from(props.len()).unwrap_or_else(|_| {
                        self.fun.asm.overflow = true;
                        0
                    });
                    self.bind(rest, None, Source::Others(from, keys, count), declares);
                }
            }
            _ => self.bind(pattern, None, Source::Register(from), declares),
        }
        self.release(mark);
    }

    /// `[a, b] = [x, y]` for its effect: the values go into registers, and from there where they belong.
    pub(super) fn assign_row(&mut self, pattern: &'a Pattern, value: &'a Expr) -> bool {
        let (Pattern::Array { elements, rest: None, .. }, ExprKind::Array(items)) = (pattern, &value.kind) else {
            return false;
        };
        let simple = items.iter().all(|item| matches!(item, Some(Item::One(_))));
        if !simple || elements.len() != items.len() || elements.len() > 16 {
            return false;
        }
        let mark = self.fun.next;
        let mut values = Vec::with_capacity(items.len());
        for item in items.iter().flatten() {
            let (Item::One(expr) | Item::Spread(expr)) = item;
            values.push(self.push(expr));
        }
        for (element, value) in elements.iter().zip(values) {
            if let Some(Element { pattern, default }) = element {
                self.bind(pattern, default.as_ref(), Source::Register(value), false);
            }
        }
        self.release(mark);
        true
    }

    fn bind(&mut self, pattern: &'a Pattern, default: Option<&'a Expr>, source: Source, declares: bool) {
        let mark = self.fun.next;
        match pattern {
            Pattern::Name(name, _) if declares => {
                return self.initialise(name, |this, to| {
                    this.produce(source, to);
                    this.default(pattern, default, to);
                });
            }
            Pattern::Name(name, pos) => match self.plain_register(name) {
                Some(register) if default.is_none() => self.produce(source, register),
                _ => {
                    let value = self.value_of(source, pattern, default);
                    self.write(name, value, *pos);
                }
            },
            Pattern::Member(member) => {
                let others: Vec<&Expr> = default.into_iter().collect();
                let target = self.target(member, &others);
                let value = self.value_of(source, pattern, default);
                let pos = self.fun.asm.last_pos();
                self.store_target(&target, value, pos);
            }
            Pattern::Array { .. } | Pattern::Object { .. } => {
                let value = self.value_of(source, pattern, default);
                self.destructure(pattern, value, Origin::Part, declares);
            }
        }
        self.release(mark);
    }

    fn value_of(&mut self, source: Source, pattern: &'a Pattern, default: Option<&'a Expr>) -> Reg {
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
                self.fun.asm.emit(Instr { op: Op::ObjectRest, n, a: to, b: object, c: keys });
            }
        }
    }

    /// Puts the default into a register that has undefined.
    fn default(&mut self, pattern: &'a Pattern, default: Option<&'a Expr>, at: Reg) {
        let Some(default) = default else { return };
        let given = self.fun.asm.label();
        self.fun.asm.jump(Op::JumpUndefined, false, at, 0, given);
        match pattern {
            Pattern::Name(name, _) => self.expr_named(default, name, Some(at)),
            _ => self.expr(default, Some(at)),
        };
        self.fun.asm.bind(given);
    }

    /// Where the property of a key is; the key is also put into `keep`.
    fn prop_source(&mut self, key: &'a Key, from: Reg, keep: Option<Reg>) -> Source {
        if let Key::Static(units, pos) = key
            && let Some(name) = self.prop_name(units)
        {
            if let Some(keep) = keep {
                self.string(units, keep);
            }
            return Source::Prop(from, name, *pos);
        }
        let pos = match key {
            Key::Static(_, pos) => *pos,
            Key::Computed(expr) => expr.pos,
        };
        let at = self.key(key);
        if keep.is_some() && matches!(key, Key::Computed(_)) {
            // It is used twice, and converted once.
            self.emit_at(pos, Op::Concat, at, at, 1);
        }
        Source::Index(from, self.moved(at, keep), pos)
    }

    /// What is null or undefined cannot be taken apart. Inside of a pattern, reading its first property says so.
    fn check_object(&mut self, props: &[(Key, Element)], pos: Pos, from: Reg, origin: Origin<'a>) {
        let first = match props.first() {
            Some((Key::Static(units, pos), _)) => Some((String::from_utf16_lossy(units), *pos)),
            _ => None,
        };
        let of = match origin {
            Origin::Declared(value) | Origin::Assigned(value, _) => format!("'{}'", text::of(value)),
            Origin::Round => "'.for'".to_owned(),
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
