//! Values become JSON.

use mangrove_gc::{Gc, Mutation, Value};

use crate::machine::Vm;
use crate::runtime::array::Array;
use crate::runtime::error::{range_error, type_error};
use crate::runtime::object::{self, Object};
use crate::runtime::property::{self, Key};
use crate::runtime::string::Units;
use crate::runtime::{Outcome, error, function, number, string};

/// How deep values may nest.
pub const MAX_DEPTH: usize = 5_000;

/// What is put between values, for people.
#[derive(Debug, Default)]
pub struct Gap {
    /// One level of indentation; nothing: all is on one line.
    pub indentation: String,
}

/// What became of a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    /// A text.
    Text(String),
    /// Nothing: JSON has no undefined and no functions.
    Nothing,
    /// Something in it has a function `toJSON`, which a native cannot call.
    NeedsScript,
}

/// An array or object that is being written.
struct Open<'gc> {
    value: Value<'gc>,
    /// The key under which it is found.
    key: Option<Value<'gc>>,
    members: Members<'gc>,
    next: usize,
    /// Whether a member was written.
    some: bool,
}

enum Members<'gc> {
    Elements(Gc<'gc, Array<'gc>>),
    Properties(Vec<(Value<'gc>, Value<'gc>)>),
}

/// Writes a value: of objects only the members with `keys`, if there are some; with `to_json`, functions of that name
/// are looked for.
///
/// # Errors
/// TypeError for what is inside of itself, RangeError for what is too deep or too long.
pub fn write<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    value: Value<'gc>,
    keys: Option<&[Value<'gc>]>,
    gap: &Gap,
    to_json: Option<Key<'gc>>,
) -> Outcome<'gc, Written> {
    Writer { mc, vm, keys, gap, to_json, out: String::new(), open: Vec::new(), needs_script: false }.run(value)
}

struct Writer<'a, 'gc> {
    mc: &'a Mutation<'gc>,
    vm: &'a mut Vm<'gc>,
    keys: Option<&'a [Value<'gc>]>,
    gap: &'a Gap,
    to_json: Option<Key<'gc>>,
    out: String,
    open: Vec<Open<'gc>>,
    needs_script: bool,
}

impl<'gc> Writer<'_, 'gc> {
    fn run(mut self, value: Value<'gc>) -> Outcome<'gc, Written> {
        if !self.value(None, value)? && !self.needs_script {
            return Ok(Written::Nothing);
        }
        while !self.needs_script
            && let Some(open) = self.open.last_mut()
        {
            let at = open.next;
            open.next += 1;
            let (key, value) = match &open.members {
                Members::Elements(array) if at < array.len() => {
                    (number::from_usize(at), array.get(at).unwrap_or(Value::UNDEFINED))
                }
                Members::Properties(properties) if at < properties.len() => properties[at],
                members => {
                    let close = if let Members::Elements(_) = members { ']' } else { '}' };
                    let some = open.some;
                    self.open.pop();
                    if some {
                        self.line();
                    }
                    self.out.push(close);
                    continue;
                }
            };
            self.member(key, value)?;
            if self.out.len() > string::MAX_LENGTH {
                return Err(range_error(self.mc, self.vm, "Invalid string length"));
            }
        }
        Ok(if self.needs_script { Written::NeedsScript } else { Written::Text(self.out) })
    }

    fn member(&mut self, key: Value<'gc>, value: Value<'gc>) -> Outcome<'gc, ()> {
        let before = self.out.len();
        let level = self.open.len() - 1;
        if self.open[level].some {
            self.out.push(',');
        }
        self.line();
        let element = matches!(self.open[level].members, Members::Elements(_));
        if !element {
            quote(&mut self.out, &string::units(self.mc, key)?);
            self.out.push_str(if self.gap.indentation.is_empty() { ":" } else { ": " });
        }
        let written = self.value(Some(key), value)?;
        match (written, element) {
            (false, true) => self.out.push_str("null"),
            (false, false) => {
                self.out.truncate(before);
                return Ok(());
            }
            (true, _) => {}
        }
        self.open[level].some = true;
        Ok(())
    }

    /// A line end and the indentation of what is open.
    fn line(&mut self) {
        if !self.gap.indentation.is_empty() {
            self.out.push('\n');
            for _ in 0..self.open.len() {
                self.out.push_str(&self.gap.indentation);
            }
        }
    }

    /// Writes a value, or opens it; false when JSON has none such.
    fn value(&mut self, key: Option<Value<'gc>>, value: Value<'gc>) -> Outcome<'gc, bool> {
        if let Some(number) = value.as_number() {
            if number.is_finite() {
                self.out.push_str(&number::to_string(number));
            } else {
                self.out.push_str("null");
            }
        } else if string::is_string(value) {
            quote(&mut self.out, &string::units(self.mc, value)?);
        } else if let Some(boolean) = value.as_bool() {
            self.out.push_str(if boolean { "true" } else { "false" });
        } else if value.is_nil() {
            self.out.push_str("null");
        } else if !value.is_heap() || function::is_callable(self.vm, value) {
            return Ok(false);
        } else {
            self.begin(key, value)?;
        }
        Ok(true)
    }

    fn begin(&mut self, key: Option<Value<'gc>>, value: Value<'gc>) -> Outcome<'gc, ()> {
        if let Some(from) = self.open.iter().position(|open| open.value.same(value)) {
            let message = self.circle(from, key)?;
            return Err(type_error(self.mc, self.vm, &message));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(range_error(self.mc, self.vm, "Maximum call stack size exceeded"));
        }
        let members = if let Some(array) = value.downcast::<Array<'gc>>() {
            Members::Elements(array)
        } else if let Some(object) = value.downcast::<Object<'gc>>() {
            if let Some(key) = self.to_json
                && let Some(method) = object::get_own(self.vm, object, key)
                && function::is_callable(self.vm, method)
            {
                self.needs_script = true;
            }
            Members::Properties(self.properties(object)?)
        } else {
            Members::Properties(Vec::new())
        };
        self.out.push(if let Members::Elements(_) = members { '[' } else { '{' });
        self.open.push(Open { value, key, members, next: 0, some: false });
        Ok(())
    }

    fn properties(&mut self, object: Gc<'gc, Object<'gc>>) -> Outcome<'gc, Vec<(Value<'gc>, Value<'gc>)>> {
        let Some(keys) = self.keys else {
            return object::own_entries(self.mc, self.vm, object);
        };
        let mut properties = Vec::new();
        for &name in keys {
            let key = property::to_key(self.mc, self.vm, name)?;
            properties.extend(object::get_own(self.vm, object, key).map(|value| (name, value)));
        }
        Ok(properties)
    }

    /// The message for a value that is inside of itself: `from` is where it was opened, `last` its key inside.
    fn circle(&mut self, from: usize, last: Option<Value<'gc>>) -> Outcome<'gc, String> {
        let mut message = String::from("Converting circular structure to JSON");
        let name = |vm: &Vm<'gc>, value| match error::kind(vm, value) {
            Some(kind) => kind.name(),
            None if value.downcast::<Array<'gc>>().is_some() => "Array",
            None => "Object",
        };
        let mc = self.mc;
        let place = |key: Option<Value<'gc>>| -> Outcome<'gc, String> {
            Ok(match key {
                Some(key) if string::is_string(key) => format!("property '{}'", string::to_rust(mc, key)?),
                Some(key) => format!("index {}", key.as_number().unwrap_or(0.0)),
                None => String::new(),
            })
        };
        let open = &self.open[from..];
        message += &format!("\n    --> starting at object with constructor '{}'", name(self.vm, open[0].value));
        // The first two and the last are named.
        for (level, inner) in open.iter().enumerate().skip(1) {
            if level < 3 || level + 1 == open.len() {
                let (place, name) = (place(inner.key)?, name(self.vm, inner.value));
                message += &format!("\n    |     {place} -> object with constructor '{name}'");
            } else if level == 3 {
                message += "\n    |     ...";
            }
        }
        message += &format!("\n    --- {} closes the circle", place(last)?);
        Ok(message)
    }
}

/// Appends a string in quotes. Half surrogate pairs are escaped, so the text is well formed.
pub fn quote(out: &mut String, units: &Units<'_>) {
    out.push('"');
    match units.latin1().and_then(|bytes| str::from_utf8(bytes).ok()).filter(|text| text.is_ascii()) {
        Some(text) if !text.bytes().any(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')) => out.push_str(text),
        _ => {
            for c in char::decode_utf16(units.iter()) {
                match c {
                    Ok('"') => out.push_str("\\\""),
                    Ok('\\') => out.push_str("\\\\"),
                    Ok('\u{8}') => out.push_str("\\b"),
                    Ok('\u{c}') => out.push_str("\\f"),
                    Ok('\n') => out.push_str("\\n"),
                    Ok('\r') => out.push_str("\\r"),
                    Ok('\t') => out.push_str("\\t"),
                    Ok(c) if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
                    Ok(c) => out.push(c),
                    Err(half) => out.push_str(&format!("\\u{:04x}", half.unpaired_surrogate())),
                }
            }
        }
    }
    out.push('"');
}
