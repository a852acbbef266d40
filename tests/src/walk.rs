//! [`Walk`]: follows heap and shadow from the same roots in lockstep and compares every value on the way.
//!
//! Invariant: a walk that ends without an error has compared every value that is reachable, through weak maps to
//! the fixpoint; has read the id of every object that strong or weak pointers led to; and has seen that an object
//! has one address. What it reached is stamped in the shadow.

use mangrove_gc::{Bytes, Gc, Mutation, Str, Value, Weak};

use crate::probe;
use crate::shadow::{Body, Id, Shadow, Val};
use crate::shapes::{self, Aligned, Array, Closure, List, Map, Native, Node, Pair, Tagged, WeakRef, Wide};

/// A mismatch, as text.
pub(crate) type Check<T = ()> = Result<T, String>;

/// One walk. It borrows the shadow, to stamp it.
pub(crate) struct Walk<'a, 'gc> {
    mc: &'a Mutation<'gc>,
    shadow: &'a mut Shadow,
    work: Vec<(Value<'gc>, Id)>,
    weaks: Vec<(Id, Id, Option<Value<'gc>>)>,
    maps: Vec<(Gc<'gc, Map<'gc>>, Id)>,
    /// A full collection has just ended: what is not reached is gone.
    after_full: bool,
    compared: u64,
}

impl<'a, 'gc> Walk<'a, 'gc> {
    /// Begins a walk.
    pub(crate) fn new(mc: &'a Mutation<'gc>, shadow: &'a mut Shadow, after_full: bool) -> Self {
        shadow.begin_walk();
        Walk { mc, shadow, work: Vec::new(), weaks: Vec::new(), maps: Vec::new(), after_full, compared: 0 }
    }

    /// Compares one value, and remembers where it leads.
    pub(crate) fn expect(&mut self, value: Value<'gc>, val: Val) -> Check {
        self.compared += 1;
        if let Val::Obj(id) = val {
            if !value.is_heap() {
                return Err(format!("is {:?}, should be the object {id}", value.word()));
            }
            match self.shadow.reach(id, value.to_bits()) {
                None => self.work.push((value, id)),
                Some(word) if word == value.to_bits() => {}
                Some(word) => {
                    let other = mangrove_gc::nanbox::Word::from_bits(word);
                    return Err(format!("stale value: {id} is at {:?} here and at {other:?} elsewhere", value.word()));
                }
            }
            return Ok(());
        }
        if agrees(value, val) { Ok(()) } else { Err(format!("is {:?}, should be {val:?}", value.word())) }
    }

    /// Compares all that the roots lead to, and then the weak root with what it should lead to, and whether it is known
    /// to be empty. Gives the number of values compared.
    pub(crate) fn finish(mut self, hint: Weak<'gc, Pair<'gc>>, to: &mut Option<(Id, bool)>) -> Check<u64> {
        loop {
            while let Some((value, id)) = self.work.pop() {
                self.object(value, id)?;
            }
            self.ephemerons()?;
            if self.work.is_empty() {
                break;
            }
        }
        if self.after_full {
            self.no_dead_entries()?;
        }
        self.settle_weaks()?;
        if let Some((to, gone)) = to {
            let target = hint.upgrade(self.mc).map(Value::from);
            self.weak("the weak root", target, *to, gone)?;
        }
        Ok(self.compared)
    }

    fn object(&mut self, value: Value<'gc>, id: Id) -> Check {
        if let Some(why) = probe::stale(value) {
            return Err(format!("{id}: {why}"));
        }
        let Some(body) = self.shadow.get_mut(id).map(|body| std::mem::replace(body, Body::Aligned(Val::Nil))) else {
            return Err(format!("{id} should be dead"));
        };
        let checked = self.fields(value, id, &body);
        if let Some(place) = self.shadow.get_mut(id) {
            *place = body;
        }
        checked
    }

    fn fields(&mut self, value: Value<'gc>, id: Id, body: &Body) -> Check {
        match body {
            Body::Pair([first, second]) => {
                let pair = typed::<Pair>(value, id, body)?;
                same_id(pair.id, id)?;
                self.field(id, "first", pair.first.get(), *first)?;
                self.field(id, "second", pair.second.get(), *second)
            }
            Body::Node { next, payload } => {
                let node = typed::<Node>(value, id, body)?;
                same_id(node.id, id)?;
                if node.decoy != decoy(id) {
                    return Err(format!("node {id}: a raw word changed to {:#x}", node.decoy));
                }
                let at = node.next.get().map_or(Value::NIL, Value::from);
                self.field(id, "next", at, next.map_or(Val::Nil, Val::Obj))?;
                self.field(id, "payload", node.payload.get(), *payload)
            }
            Body::Array { len, fill, held } => {
                let array = typed::<Array>(value, id, body)?;
                same_id(array.head, id)?;
                let slots = array.slots();
                if slots.len() != *len as usize {
                    return Err(format!("array {id} has {} slots, should have {len}", slots.len()));
                }
                for (index, val) in held {
                    self.field(id, "slot", slots[*index as usize].get(), *val)?;
                }
                let filler = fill.value();
                let changed = slots.iter().filter(|slot| !slot.get().same(filler)).count();
                self.compared += slots.len() as u64;
                if changed != held.len() {
                    return Err(format!("array {id} has {changed} slots that were set, should have {}", held.len()));
                }
                Ok(())
            }
            Body::Wide(slots) => {
                let wide = typed::<Wide>(value, id, body)?;
                same_id(wide.id, id)?;
                let mut each = wide.slots.iter().zip(slots);
                each.try_for_each(|(slot, val)| self.field(id, "slots", slot.get(), *val))
            }
            Body::Closure(slots) => {
                let closure = typed::<Closure>(value, id, body)?;
                same_id(closure.head.id, id)?;
                let address = std::ptr::from_ref(&closure.head).addr();
                if !address.is_multiple_of(16) {
                    return Err(format!("the head of the closure {id} is at {address:#x}"));
                }
                if closure.len() + 1 != slots.len() {
                    return Err(format!("closure {id} has {} slots, should have {}", closure.len() + 1, slots.len()));
                }
                let mut each = std::iter::once(&closure.head.env).chain(closure.slots()).zip(slots);
                each.try_for_each(|(slot, val)| self.field(id, "slot", slot.get(), *val))
            }
            Body::Bytes { len } if shapes::is_tagged(id.0) => {
                let tagged = typed::<Tagged>(value, id, body)?;
                same_id(tagged.head, id)?;
                self.compared += 1;
                shapes::contents_agree(tagged.bytes(), id.0, *len as usize)
                    .then_some(())
                    .ok_or_else(|| format!("tagged bytes {id} differ"))
            }
            Body::Bytes { len } => {
                let bytes = typed::<Bytes>(value, id, body)?;
                self.compared += 1;
                shapes::bytes_agree(&bytes, id.0, *len as usize)
                    .then_some(())
                    .ok_or_else(|| format!("bytes {id} differ"))
            }
            Body::Str { len } => {
                let text = typed::<Str>(value, id, body)?;
                self.compared += 1;
                shapes::str_agrees(&text, id.0, *len as usize).then_some(()).ok_or_else(|| format!("str {id} differs"))
            }
            Body::List(items) => {
                let list = typed::<List>(value, id, body)?;
                same_id(list.id, id)?;
                if list.items.len() != items.len() {
                    return Err(format!("list {id} holds {}, should hold {}", list.items.len(), items.len()));
                }
                items.iter().enumerate().try_for_each(|(i, val)| {
                    let item = list.items.get(i).ok_or_else(|| format!("list {id} has no item {i}"))?;
                    self.field(id, "item", item, *val)
                })
            }
            Body::Weak { to, .. } => {
                let weak = typed::<WeakRef>(value, id, body)?;
                same_id(weak.id, id)?;
                self.weaks.push((id, *to, follow(self.mc, weak)));
                Ok(())
            }
            Body::Map(_) => {
                let map = typed::<Map>(value, id, body)?;
                same_id(map.id, id)?;
                self.maps.push((map, id));
                Ok(())
            }
            Body::Aligned(val) => {
                let aligned = typed::<Aligned>(value, id, body)?;
                let address = std::ptr::from_ref(aligned.as_ref()).addr();
                if !address.is_multiple_of(16) {
                    return Err(format!("aligned {id} is at {address:#x}"));
                }
                same_id(aligned.id, id)?;
                if aligned.wide != u128::from(id.0) << 64 {
                    return Err(format!("aligned {id}: a raw word changed"));
                }
                self.field(id, "slot", aligned.slot.get(), *val)
            }
            Body::Native { value: val, dropped } => {
                let native = typed::<Native>(value, id, body)?;
                same_id(native.id, id)?;
                if *dropped {
                    return Err(format!("native {id} was dropped, and is alive"));
                }
                same_id(native.data.id, id)?;
                if &*native.data.shared != shapes::SHARED {
                    return Err(format!("native {id}: the shared buffer changed"));
                }
                self.field(id, "value", native.value.get(), *val)
            }
            #[cfg(feature = "sabotage")]
            Body::Forgetful(val) => {
                let forgetful = typed::<crate::sabotage::Forgetful>(value, id, body)?;
                same_id(forgetful.id, id)?;
                self.field(id, "seen", forgetful.seen.get(), *val)?;
                self.field(id, "forgotten", forgetful.forgotten.get(), *val)
            }
        }
    }

    fn field(&mut self, id: Id, name: &str, value: Value<'gc>, val: Val) -> Check {
        self.expect(value, val).map_err(|what| format!("{id}.{name} {what}"))
    }

    /// Compares the entries whose keys were reached since.
    fn ephemerons(&mut self) -> Check {
        for (map, id) in std::mem::take(&mut self.maps) {
            let Some(Body::Map(entries)) = self.shadow.get(id) else { continue };
            let entries = entries.clone();
            let mut reached = 0;
            for (key, val) in &entries {
                let Some(word) = self.shadow.word(*key) else { continue };
                reached += 1;
                // SAFETY: the word led this walk, in this `mutate` call, to the key.
                let value = map.map.get(unsafe { Value::from_bits(word) });
                let value = value.ok_or_else(|| format!("map {id} has lost the entry of {key}"))?;
                self.field(id, "entry", value, *val)?;
            }
            let most = entries.len();
            if !(reached..=most).contains(&map.map.len()) {
                let found = map.map.len();
                return Err(format!("map {id} has {found} entries, should have {reached} to {most}"));
            }
            self.maps.push((map, id));
        }
        Ok(())
    }

    /// After a full collection a weak map holds the entries of live keys only.
    fn no_dead_entries(&self) -> Check {
        for (map, id) in &self.maps {
            let Some(Body::Map(entries)) = self.shadow.get(*id) else { continue };
            let alive = entries.iter().filter(|(key, _)| self.shadow.is_reached(*key)).count();
            if map.map.len() != alive {
                return Err(format!("map {id} has {} entries, {alive} keys are alive", map.map.len()));
            }
        }
        Ok(())
    }

    fn settle_weaks(&mut self) -> Check {
        for (id, to, target) in std::mem::take(&mut self.weaks) {
            let Some(Body::Weak { gone, .. }) = self.shadow.get(id) else { continue };
            let mut gone = *gone;
            self.weak(&format!("weak {id}"), target, to, &mut gone)?;
            if let Some(Body::Weak { gone: place, .. }) = self.shadow.get_mut(id) {
                *place = gone;
            }
        }
        Ok(())
    }

    /// A weak reference leads to its object while that is reachable; may lead there while it is not; and never again
    /// once it was empty, or a full collection ran.
    fn weak(&self, name: &str, target: Option<Value<'gc>>, to: Id, gone: &mut bool) -> Check {
        if let Some(target) = target {
            match identify(target) {
                Ok(found) if found == Val::Obj(to) => {}
                found => return Err(format!("{name} should lead to {to}: {found:?}")),
            }
        }
        match (target.map(Value::to_bits), self.shadow.word(to)) {
            (None, Some(_)) => Err(format!("{name} is empty, and {to} is alive")),
            (Some(_), _) if *gone => Err(format!("{name} was empty, and leads to {to} again")),
            (Some(target), Some(word)) if target != word => {
                Err(format!("stale value: {name} leads to {to} at another address"))
            }
            (Some(_), None) if self.after_full => Err(format!("{name} leads to {to}, which is dead")),
            (found, _) => {
                *gone = found.is_none();
                Ok(())
            }
        }
    }
}

fn typed<'gc, T: mangrove_gc::Object<'gc>>(value: Value<'gc>, id: Id, body: &Body) -> Check<Gc<'gc, T>> {
    value.downcast().ok_or_else(|| format!("{id} is {:?}, should be a {}", value.type_name(), body.name()))
}

fn same_id(found: u64, id: Id) -> Check {
    if found == id.0 { Ok(()) } else { Err(format!("{} is where {id} should be", Id(found))) }
}

/// What a weak reference leads to.
pub(crate) fn follow<'gc>(mc: &Mutation<'gc>, weak: Gc<'gc, WeakRef<'gc>>) -> Option<Value<'gc>> {
    let pair = weak.pair.upgrade(mc).map(Value::from);
    pair.or_else(|| weak.node.upgrade(mc).map(Value::from)).or_else(|| weak.array.upgrade(mc).map(Value::from))
}

/// What a traced value is, as it says itself.
pub(crate) fn identify(value: Value<'_>) -> Check<Val> {
    if let Some(bits) = value.as_task() {
        return Ok(Val::Task(bits));
    }
    if let Some(why) = probe::stale(value) {
        return Err(why);
    }
    id_of(value).map(|id| Val::Obj(Id(id))).ok_or_else(|| format!("{value:?} is of no type of the torture"))
}

/// Compares one value, as far as one look can tell.
pub(crate) fn same(value: Value<'_>, val: Val) -> Check {
    let same = match val {
        Val::Obj(_) => value.is_heap() && identify(value)? == val,
        val => agrees(value, val),
    };
    if same { Ok(()) } else { Err(format!("is {:?}, should be {val:?}", value.word())) }
}

/// The id that an object carries.
fn id_of(value: Value<'_>) -> Option<u64> {
    let id = value.downcast::<Pair>().map(|o| o.id);
    let id = id.or_else(|| value.downcast::<Node>().map(|o| o.id));
    let id = id.or_else(|| value.downcast::<Array>().map(|o| o.head));
    let id = id.or_else(|| value.downcast::<Wide>().map(|o| o.id));
    let id = id.or_else(|| value.downcast::<Closure>().map(|o| o.head.id));
    let id = id.or_else(|| value.downcast::<List>().map(|o| o.id));
    let id = id.or_else(|| value.downcast::<WeakRef>().map(|o| o.id));
    let id = id.or_else(|| value.downcast::<Map>().map(|o| o.id));
    let id = id.or_else(|| value.downcast::<Aligned>().map(|o| o.id));
    let id = id.or_else(|| value.downcast::<Native>().map(|o| o.id));
    let id = id.or_else(|| value.downcast::<Bytes>().and_then(|o| shapes::bytes_id(&o)));
    let id = id.or_else(|| value.downcast::<Tagged>().map(|o| o.head));
    let id = id.or_else(|| value.downcast::<Str>().and_then(|o| shapes::str_id(&o)));
    #[cfg(feature = "sabotage")]
    let id = id.or_else(|| value.downcast::<crate::sabotage::Forgetful>().map(|o| o.id));
    id
}

/// Raw bits in a node that look like a heap word.
pub(crate) fn decoy(id: Id) -> u64 {
    mangrove_gc::nanbox::Word::heap_unchecked(id.0 & 0xFFFF_FFF8).bits()
}

impl Val {
    /// The value, of what is no object.
    pub(crate) fn value<'gc>(self) -> Value<'gc> {
        match self {
            Val::Nil | Val::Obj(_) => Value::NIL,
            Val::Undefined => Value::UNDEFINED,
            Val::Bool(b) => Value::bool(b),
            Val::Int(i) => Value::int(i),
            Val::Double(bits) => Value::double(bits.map_or(f64::NAN, f64::from_bits)),
            Val::Small(n) => small(n),
            Val::Task(bits) => Value::task(bits).unwrap_or(Value::NIL),
        }
    }
}

fn small<'gc>(n: u8) -> Value<'gc> {
    let digits = [b'0' + n / 100, b'0' + n / 10 % 10, b'0' + n % 10];
    std::str::from_utf8(&digits).ok().and_then(Value::small_str).unwrap_or(Value::NIL)
}

/// Whether a value that is no object is as it should be.
fn agrees(value: Value<'_>, val: Val) -> bool {
    match val {
        Val::Nil => value.is_nil(),
        Val::Undefined => value.word().is_undefined(),
        Val::Bool(b) => value.as_bool() == Some(b),
        Val::Int(i) => value.as_int() == Some(i),
        Val::Double(Some(bits)) => value.as_double().map(f64::to_bits) == Some(bits),
        Val::Double(None) => value.as_double().is_some_and(f64::is_nan),
        Val::Small(n) => value.same(small(n)),
        Val::Task(bits) => value.as_task() == Some(bits),
        Val::Obj(_) => false,
    }
}
