//! `Map`, `Set`, and the iterators of everything that has some.
//!
//! Invariant: keys are normal: no rope, and no `-0`.

use mangrove_gc::{Gc, Value};

use super::object::{iterated, pair};
use crate::host::{Home, Host, NativeInfo};
use crate::runtime::Outcome;
use crate::runtime::iterator::{self, Iter, IterKind};
use crate::runtime::realm::Proto;
use crate::runtime::table::{self, Map, MapWrite, Set, SetWrite, normal_key};

const MAP: Home = Home::Method(Proto::Map);
const SET: Home = Home::Method(Proto::Set);

pub(super) const NATIVES: &[NativeInfo] = &[
    NativeInfo::new(Home::Constructor(Proto::Map), "Map", 0, new_map),
    NativeInfo::new(MAP, "clear", 0, map_clear),
    NativeInfo::new(MAP, "delete", 1, map_delete),
    NativeInfo::new(MAP, "entries", 0, map_entries),
    NativeInfo::new(MAP, "get", 1, map_get),
    NativeInfo::new(MAP, "has", 1, map_has),
    NativeInfo::new(MAP, "keys", 0, map_keys),
    NativeInfo::new(MAP, "set", 2, map_set),
    NativeInfo::new(MAP, "values", 0, map_values),
    NativeInfo::new(Home::Constructor(Proto::Set), "Set", 0, new_set),
    NativeInfo::new(SET, "add", 1, set_add),
    NativeInfo::new(SET, "clear", 0, set_clear),
    NativeInfo::new(SET, "delete", 1, set_delete),
    NativeInfo::new(SET, "entries", 0, set_entries),
    NativeInfo::new(SET, "has", 1, set_has),
    NativeInfo::new(SET, "keys", 0, set_values),
    NativeInfo::new(SET, "values", 0, set_values),
    NativeInfo::new(Home::Method(Proto::ArrayIterator), "next", 0, next),
    NativeInfo::new(Home::Method(Proto::StringIterator), "next", 0, next),
    NativeInfo::new(Home::Method(Proto::MapIterator), "next", 0, next),
    NativeInfo::new(Home::Method(Proto::SetIterator), "next", 0, next),
];

fn map<'gc>(host: &mut Host<'_, 'gc>, method: &str) -> Outcome<'gc, Gc<'gc, Map<'gc>>> {
    host.this().downcast().ok_or_else(|| host.incompatible(&format!("Map.prototype.{method}")))
}

fn set<'gc>(host: &mut Host<'_, 'gc>, method: &str) -> Outcome<'gc, Gc<'gc, Set<'gc>>> {
    host.this().downcast().ok_or_else(|| host.incompatible(&format!("Set.prototype.{method}")))
}

fn key<'gc>(host: &Host<'_, 'gc>) -> Outcome<'gc> {
    normal_key(host.mc, host.arg(0))
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

fn map_get<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    Ok(map(host, "get")?.entries.get(key(host)?).unwrap_or(Value::UNDEFINED))
}

fn map_has<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    Ok(map(host, "has")?.entries.has(key(host)?).into())
}

fn map_set<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (map, key) = (map(host, "set")?, key(host)?);
    table::set(host.mc, map.write(host.mc).entries(), key, host.arg(1))?;
    Ok(host.this())
}

fn map_delete<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (map, key) = (map(host, "delete")?, key(host)?);
    Ok(table::delete(host.mc, map.write(host.mc).entries(), key).into())
}

fn map_clear<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let map = map(host, "clear")?;
    table::clear(host.mc, map.write(host.mc).entries())?;
    Ok(Value::UNDEFINED)
}

fn map_keys<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    map(host, "keys")?;
    iterate(host, IterKind::Keys)
}

fn map_values<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    map(host, "values")?;
    iterate(host, IterKind::Values)
}

fn map_entries<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    map(host, "entries")?;
    iterate(host, IterKind::Entries)
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

fn set_add<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (set, value) = (set(host, "add")?, key(host)?);
    table::set(host.mc, set.write(host.mc).entries(), value, value)?;
    Ok(host.this())
}

fn set_has<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    Ok(set(host, "has")?.entries.has(key(host)?).into())
}

fn set_delete<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (set, value) = (set(host, "delete")?, key(host)?);
    Ok(table::delete(host.mc, set.write(host.mc).entries(), value).into())
}

fn set_clear<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let set = set(host, "clear")?;
    table::clear(host.mc, set.write(host.mc).entries())?;
    Ok(Value::UNDEFINED)
}

fn set_values<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    set(host, "values")?;
    iterate(host, IterKind::Values)
}

fn set_entries<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    set(host, "entries")?;
    iterate(host, IterKind::Entries)
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
