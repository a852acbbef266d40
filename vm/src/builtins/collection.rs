//! `Map`, `Set`, and the iterators of everything that has some.
//!
//! Invariant: keys are normal: no rope, and no `-0`.

use mangrove_gc::{Gc, Value, Write};

use super::object::{iterated, pair};
use crate::host::{Home, Host, NativeInfo};
use crate::runtime::Outcome;
use crate::runtime::iterator::{self, Iter, IterKind};
use crate::runtime::realm::Proto;
use crate::runtime::table::{self, Map, MapWrite, Set, SetWrite, Table, normal_key};

/// A method of maps or sets.
macro_rules! method {
    ($type:ident, $name:literal, $length:literal, |$host:ident, $this:ident| $result:expr) => {
        NativeInfo::new(Home::Method(Proto::$type), $name, $length, |$host| {
            let $this: Option<Gc<'_, $type<'_>>> = $host.this().downcast();
            let Some($this) = $this else {
                return Err($host.incompatible(concat!(stringify!($type), ".prototype.", $name)));
            };
            Ok($result)
        })
    };
}

pub(super) const NATIVES: &[NativeInfo] = &[
    NativeInfo::new(Home::Constructor(Proto::Map), "Map", 0, new_map),
    method!(Map, "clear", 0, |host, map| clear(host, map.write(host.mc).entries())?),
    method!(Map, "delete", 1, |host, map| table::delete(host.mc, map.write(host.mc).entries(), key(host)?).into()),
    method!(Map, "entries", 0, |host, _map| iterate(host, IterKind::Entries)?),
    method!(Map, "get", 1, |host, map| map.entries.get(key(host)?).unwrap_or(Value::UNDEFINED)),
    method!(Map, "has", 1, |host, map| map.entries.has(key(host)?).into()),
    method!(Map, "keys", 0, |host, _map| iterate(host, IterKind::Keys)?),
    method!(Map, "set", 2, |host, map| set(host, map.write(host.mc).entries(), host.arg(1))?),
    method!(Map, "values", 0, |host, _map| iterate(host, IterKind::Values)?),
    NativeInfo::new(Home::Constructor(Proto::Set), "Set", 0, new_set),
    method!(Set, "add", 1, |host, it| set(host, it.write(host.mc).entries(), key(host)?)?),
    method!(Set, "clear", 0, |host, it| clear(host, it.write(host.mc).entries())?),
    method!(Set, "delete", 1, |host, it| table::delete(host.mc, it.write(host.mc).entries(), key(host)?).into()),
    method!(Set, "entries", 0, |host, _it| iterate(host, IterKind::Entries)?),
    method!(Set, "has", 1, |host, it| it.entries.has(key(host)?).into()),
    method!(Set, "keys", 0, |host, _it| iterate(host, IterKind::Values)?),
    method!(Set, "values", 0, |host, _it| iterate(host, IterKind::Values)?),
    NativeInfo::new(Home::Method(Proto::ArrayIterator), "next", 0, next),
    NativeInfo::new(Home::Method(Proto::StringIterator), "next", 0, next),
    NativeInfo::new(Home::Method(Proto::MapIterator), "next", 0, next),
    NativeInfo::new(Home::Method(Proto::SetIterator), "next", 0, next),
];

fn key<'gc>(host: &Host<'_, 'gc>) -> Outcome<'gc> {
    normal_key(host.mc, host.arg(0))
}

fn set<'gc>(host: &Host<'_, 'gc>, table: &Write<Table<'gc>>, value: Value<'gc>) -> Outcome<'gc> {
    table::set(host.mc, table, key(host)?, value)?;
    Ok(host.this())
}

fn clear<'gc>(host: &Host<'_, 'gc>, table: &Write<Table<'gc>>) -> Outcome<'gc> {
    table::clear(host.mc, table)?;
    Ok(Value::UNDEFINED)
}

/// What the argument of a constructor gives; nothing for undefined and null.
fn contents<'gc>(host: &mut Host<'_, 'gc>, name: &str) -> Outcome<'gc, Vec<Value<'gc>>> {
    if !host.is_new {
        return Err(host.type_error(&format!("Constructor {name} requires 'new'")));
    }
    match host.arg(0) {
        none if none.is_nil() || none.same(Value::UNDEFINED) => Ok(Vec::new()),
        iterable => iterated(host, iterable),
    }
}

fn new_map<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let contents = contents(host, "Map")?;
    let map = Map::new(host.mc)?;
    for entry in contents {
        let (key, value) = pair(host, entry)?;
        let key = normal_key(host.mc, key)?;
        table::set(host.mc, map.write(host.mc).entries(), key, value)?;
    }
    iterator::exhaust(host.mc, host.arg(0));
    Ok(map.into())
}

fn new_set<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let contents = contents(host, "Set")?;
    let set = Set::new(host.mc)?;
    for value in contents {
        let value = normal_key(host.mc, value)?;
        table::set(host.mc, set.write(host.mc).entries(), value, value)?;
    }
    iterator::exhaust(host.mc, host.arg(0));
    Ok(set.into())
}

fn iterate<'gc>(host: &mut Host<'_, 'gc>, kind: IterKind) -> Outcome<'gc> {
    Ok(iterator::iter(host.mc, host.this(), kind)?.map_or(Value::UNDEFINED, Value::from))
}

/// `{value, done}`: the object is made before the iterator moves.
fn next<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let Some(iter) = host.this().downcast::<Iter<'gc>>() else {
        return Err(host.incompatible("Array Iterator.prototype.next"));
    };
    let result = host.object(&[("value", Value::UNDEFINED), ("done", Value::TRUE)])?;
    if let Some(value) = iterator::iter_next(host.mc, iter)? {
        host.set_property(result, "value", value)?;
        host.set_property(result, "done", Value::FALSE)?;
    }
    Ok(result)
}
