//! `JSON`, as far as it needs no callback: the prelude does the rest.
//!
//! Invariant: what is read is not reachable before all of it was read.

use mangrove_gc::{Mutation, Value};

use crate::host::{Home, Host, NativeInfo};
use crate::json::{self, Build, Failure, Gap, Text, Written};
use crate::machine::Vm;
use crate::runtime::array::{self, Array};
use crate::runtime::error::ErrorKind;
use crate::runtime::object;
use crate::runtime::property::{self, Key};
use crate::runtime::{Outcome, Stop, number, string};

pub(super) const NATIVES: &[NativeInfo] =
    &[NativeInfo::new(Home::Internal, "parse", 1, parse), NativeInfo::new(Home::Internal, "stringify", 4, stringify)];

/// Makes values of the heap.
struct Values<'a, 'gc> {
    mc: &'a Mutation<'gc>,
    vm: &'a mut Vm<'gc>,
}

impl<'gc> Build for Values<'_, 'gc> {
    type Value = Value<'gc>;
    type Key = Key<'gc>;
    type Error = Stop<'gc>;

    fn null(&mut self) -> Value<'gc> {
        Value::NIL
    }

    fn boolean(&mut self, value: bool) -> Value<'gc> {
        value.into()
    }

    fn number(&mut self, value: f64) -> Value<'gc> {
        number::value(value)
    }

    fn string(&mut self, text: Text<'_>) -> Outcome<'gc> {
        match text {
            Text::Narrow(bytes) => string::from_latin1(self.mc, bytes),
            Text::Wide(units) => string::from_units(self.mc, units),
        }
    }

    fn key(&mut self, text: Text<'_>) -> Outcome<'gc, Key<'gc>> {
        let name = self.string(text)?;
        property::to_key(self.mc, self.vm, name)
    }

    fn array(&mut self, elements: &[Value<'gc>]) -> Outcome<'gc> {
        Ok(array::new(self.mc, elements)?.into())
    }

    fn object(&mut self, members: &[(Key<'gc>, Value<'gc>)]) -> Outcome<'gc> {
        let object = object::new_plain(self.mc, self.vm)?;
        for &(key, value) in members {
            object::set_own(self.mc, self.vm, object, key, value)?;
        }
        Ok(object.into())
    }
}

fn parse<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let text = host.string(0)?;
    let units = string::units(host.mc, text)?;
    let mut values = Values { mc: host.mc, vm: host.vm };
    let result = match units.latin1() {
        Some(bytes) => json::read(bytes, &mut values),
        None => json::read(&units.to_vec(), &mut values),
    };
    result.map_err(|failure| match failure {
        Failure::Syntax(message) => host.error(ErrorKind::SyntaxError, &message),
        Failure::Build(stop) => stop,
    })
}

/// `(value, replacer, space, plain)`: null when a function `toJSON` must be called, unless it is `plain`.
fn stringify<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let keys = match host.arg(1).downcast::<Array<'gc>>() {
        Some(list) => Some(allowed(host, &list.to_vec())?),
        None => None,
    };
    let gap = match host.arg(2) {
        space if string::is_string(space) => string::units(host.mc, space)?.slice(0, 10).to_rust(),
        space => " ".repeat(space.as_number().unwrap_or(0.0).clamp(0.0, 10.0) as usize),
    };
    let to_json = if host.arg(3).same(Value::TRUE) {
        None
    } else {
        let name = host.text("toJSON")?;
        Some(property::to_key(host.mc, host.vm, name)?)
    };
    let gap = Gap { indentation: gap };
    match json::write(host.mc, host.vm, host.arg(0), keys.as_deref(), &gap, to_json)? {
        Written::Text(text) => host.text(&text),
        Written::Nothing => Ok(Value::UNDEFINED),
        Written::NeedsScript => Ok(Value::NIL),
    }
}

/// The keys that an array of strings and numbers allows, each once.
fn allowed<'gc>(host: &mut Host<'_, 'gc>, list: &[Value<'gc>]) -> Outcome<'gc, Vec<Value<'gc>>> {
    let mut keys: Vec<Value<'gc>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for &value in list {
        if string::is_string(value) || value.as_number().is_some() {
            let key = host.to_string(value)?;
            if seen.insert(string::units(host.mc, key)?.to_vec()) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}
