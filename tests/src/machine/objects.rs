//! The operations on objects.
//!
//! Invariant: an operation allocates at most once, so that a refused allocation leaves both sides as they were.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mangrove_gc::{AllocError, Mutation, Slot, SlotVec, Static, Value, Weak, WeakMap};

use super::{Done, HANDLES, MOST_EXTERNAL, Machine, digest, typed};
use crate::fields;
use crate::op::Op;
use crate::operand::{Reg, Src, Steps};
use crate::shadow::{Body, Id, Val};
use crate::shapes::{
    Aligned, Array, Counted, Head, HostHandle, List, ListWrite, Map, MapWrite, Native, Node, NodeWrite, Pair, WIDE,
    WeakRef, Wide, make_bytes, make_str,
};
use crate::walk::{Check, decoy, follow};
use crate::world::World;

const MISMATCH: &str = "an object is of another type than it should be";

impl Machine {
    /// Does an operation on objects; `None` if it is of another kind.
    pub(super) fn apply_to_objects(&mut self, op: &Op) -> Check<Option<Done>> {
        let done = match op {
            Op::Pair(into, first, second) => self.pair(*into, first, second),
            Op::Node(into, next, payload) => self.node(*into, *next, payload),
            Op::Array(into, len, fill) => {
                let fill = match self.arg(fill).val {
                    Val::Obj(_) => Val::Nil,
                    val => val,
                };
                // Few long ones at a time, for the sake of speed.
                let len = if self.is_crowded() { len.0.min(8) } else { len.0 };
                let id = self.shadow.next_id();
                let body = Body::Array { len, fill, held: Default::default() };
                self.make(*into, body, move |mc, _| mc.alloc_tail(id.0, len as usize, fill.value()).map(Value::from))
            }
            Op::Of(into, first, second, third) => {
                let args = [self.part(first), self.part(second), self.part(third)];
                let id = self.shadow.next_id();
                let held = (0..).zip(args).filter(|(_, arg)| arg.val != Val::Nil).map(|(i, arg)| (i, arg.val));
                let body = Body::Array { len: 3, fill: Val::Nil, held: held.collect() };
                self.make(*into, body, move |mc, world| {
                    mc.alloc_slots(id.0, &args.map(|arg| arg.load(world))).map(Value::from)
                })
            }
            Op::Script(into, steps) => self.script(*into, steps),
            Op::Wide(into, value) => {
                let (id, arg) = (self.shadow.next_id(), self.part(value));
                self.make(*into, Body::Wide(vec![arg.val; WIDE]), move |mc, world| {
                    let slots = std::array::from_fn(|_| Slot::new(arg.load(world)));
                    mc.alloc(Wide { id: id.0, slots }).map(Value::from)
                })
            }
            Op::Closure(into, env, first, second) => {
                let id = self.shadow.next_id();
                let args = [self.part(env), self.part(first), self.part(second)];
                self.make(*into, Body::Closure(args.map(|arg| arg.val).to_vec()), move |mc, world| {
                    let [env, first, second] = args.map(|arg| arg.load(world));
                    mc.alloc_slots(Head { id: id.0, env: Slot::new(env) }, &[first, second]).map(Value::from)
                })
            }
            Op::Bytes(into, len) => {
                let (id, len) = (self.shadow.next_id(), len.0 * if self.is_crowded() { 1 } else { 8 });
                self.make(*into, Body::Bytes { len }, move |mc, _| make_bytes(mc, id.0, len as usize))
            }
            Op::Str(into, len) => {
                let (id, len) = (self.shadow.next_id(), len.0);
                self.make(*into, Body::Str { len }, move |mc, _| make_str(mc, id.0, len as usize).map(Value::from))
            }
            Op::List(into) => {
                let id = self.shadow.next_id();
                self.make(*into, Body::List(Vec::new()), move |mc, _| {
                    mc.alloc(List { id: id.0, items: SlotVec::new() }).map(Value::from)
                })
            }
            Op::Weak(into, to) => self.weak(*into, *to),
            Op::Map(into) => {
                let id = self.shadow.next_id();
                self.make(*into, Body::Map(Vec::new()), move |mc, _| {
                    mc.alloc(Map { id: id.0, map: WeakMap::new(mc) }).map(Value::from)
                })
            }
            Op::Aligned(into, value) => {
                let (id, arg) = (self.shadow.next_id(), self.part(value));
                self.make(*into, Body::Aligned(arg.val), move |mc, world| {
                    let slot = Slot::new(arg.load(world));
                    mc.alloc(Aligned { id: id.0, slot, wide: u128::from(id.0) << 64 }).map(Value::from)
                })
            }
            Op::Native(into, value) => self.native(*into, value),
            Op::Churn(count) => self.churn(count.0),
            Op::Huge() => self.huge(),
            Op::Move(into, value) => self.copy(*into, value),
            Op::Get(into, owner, field) => {
                let Some((reg, id, index)) = self.find_field(*owner, *field) else { return Ok(Some(Done::Nothing)) };
                let val = self.shadow.get(id).map_or(Val::Nil, |body| body.field(index));
                let read = self.heap.mutate(|_, world| {
                    let value = fields::get(world.regs[reg], index)?;
                    world.regs[into.index()] = value;
                    Some(())
                });
                read.ok_or(MISMATCH)?;
                self.set_reg(*into, val);
                Ok(Done::Changed(digest(val)))
            }
            Op::Set(owner, field, value) => {
                #[cfg(feature = "sabotage")]
                if self.config.sabotage == Some(crate::sabotage::Sabotage::SkipBarrier) {
                    return self.store(*owner, field, value, crate::sabotage::set_without_barrier).map(Some);
                }
                self.store(*owner, field, value, fields::set)
            }
            Op::Put(owner, field, value) => self.store(*owner, field, value, fields::put),
            Op::Link(node, next) => self.link(*node, *next),
            Op::Unset(owner, field) => self.store(*owner, field, &Src::Nil, fields::set),
            Op::Push(owner, value) => self.push(*owner, value),
            Op::Extend(owner, len) => self.extend(*owner, len.0 as usize),
            Op::Pop(into, owner) => self.pop(*into, *owner),
            Op::Truncate(owner, len) => {
                let Some((reg, id)) = self.find_list(*owner) else { return Ok(Some(Done::Nothing)) };
                let Some(Body::List(items)) = self.shadow.get_mut(id) else { return Ok(Some(Done::Nothing)) };
                let len = len.of(items.len() + 1).unwrap_or(0);
                items.truncate(len);
                let done = self
                    .heap
                    .mutate(|mc, world| typed::<List>(world, reg).map(|list| list.write(mc).items().truncate(len)));
                done.ok_or(MISMATCH)?;
                Ok(Done::Changed(len as u64))
            }
            Op::Insert(owner, key, value) => self.insert(*owner, *key, value),
            Op::Lookup(into, owner, key) => self.lookup(*into, *owner, *key),
            Op::Remove(owner, key) => self.remove(*owner, *key),
            Op::Upgrade(into, weak) => self.upgrade(*into, *weak, false),
            Op::Resurrect(into, weak) => self.upgrade(*into, *weak, self.config.resurrect),
            Op::Hint(pair) => {
                let Some((reg, id)) = self.find(*pair, |body| matches!(body, Body::Pair(_))) else {
                    return Ok(Some(Done::Nothing));
                };
                let set = self.heap.mutate(|_, world| {
                    world.hint = typed::<Pair>(world, reg)?.downgrade();
                    Some(())
                });
                set.ok_or(MISMATCH)?;
                self.hint = Some((id, false));
                Ok(Done::Changed(id.0))
            }
            Op::Anchor(node) => {
                let found = self.find(*node, |body| matches!(body, Body::Node { .. }));
                self.anchor = found.map(|(_, id)| id);
                self.heap.mutate(|_, world| world.anchor = found.and_then(|(reg, _)| typed::<Node>(world, reg)));
                Ok(Done::Changed(0))
            }
            Op::Handle(handle, object) => {
                let found = self.find(*object, |body| body.has_handles());
                let (Some((reg, id)), Some(place)) = (found, handle.of(HANDLES)) else {
                    return Ok(Some(Done::Nothing));
                };
                let made = self.heap.mutate(|mc, world| HostHandle::new(mc, world.regs[reg])).ok_or(MISMATCH)?;
                self.handles[place] = Some((made, id));
                Ok(Done::Changed(id.0))
            }
            Op::Grasp(into, handle) => {
                let Some((handle, id)) = &self.handles[handle.of(HANDLES).unwrap_or(0)] else {
                    return Ok(Some(Done::Nothing));
                };
                let got = self.heap.mutate(|mc, world| handle.get(mc).map(|value| world.regs[into.index()] = value));
                got.ok_or("a handle is empty")?;
                self.regs[into.index()] = Val::Obj(*id);
                Ok(Done::Changed(0))
            }
            Op::Unhandle(handle) => {
                let taken = self.handles[handle.of(HANDLES).unwrap_or(0)].take();
                Ok(if taken.is_some() { Done::Changed(0) } else { Done::Nothing })
            }
            Op::Outside(bytes) => {
                let bytes = usize::from(bytes.0);
                if self.external + bytes > MOST_EXTERNAL {
                    return Ok(Some(Done::Nothing));
                }
                let told = self.heap.mutate(|mc, _| mc.external_alloc(bytes));
                self.external += if told.is_ok() { bytes } else { 0 };
                Ok(Done::Read(0))
            }
            Op::Inside(bytes) => {
                let bytes = usize::from(bytes.0).min(self.external);
                self.heap.mutate(|mc, _| mc.external_free(bytes));
                self.external -= bytes;
                Ok(Done::Read(0))
            }
            Op::Panic() => {
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    self.heap.mutate(|mc, world| {
                        let made =
                            mc.alloc(Pair { id: 0, first: Slot::new(world.regs[0]), second: Slot::new(Value::NIL) });
                        // Not `panic!`: no hook is to tell of it.
                        resume_unwind(Box::new(made.is_ok()));
                    })
                }));
                if panicked.is_ok() { Err("a panic was lost".to_owned()) } else { Ok(Done::Changed(0)) }
            }
            Op::Clear(reg) => self.copy(*reg, &Src::Nil),
            _ => return Ok(None),
        };
        done.map(Some)
    }

    /// Makes an object in a register.
    fn make(
        &mut self,
        into: Reg,
        body: Body,
        build: impl for<'gc> Fn(&Mutation<'gc>, &World<'gc>) -> Result<Value<'gc>, AllocError>,
    ) -> Check<Done> {
        let made = self.allocating(|mc, world| {
            world.regs[into.index()] = build(mc, world)?;
            Ok(())
        })?;
        if made.is_none() {
            return Ok(Done::Nothing);
        }
        let id = self.shadow.add(body);
        self.set_reg(into, Val::Obj(id));
        Ok(Done::Changed(id.0))
    }

    pub(super) fn script(&mut self, into: Reg, code: &Steps) -> Check<Done> {
        let id = self.shadow.next_id();
        let steps = [Val::Int(2), Val::Nil].into_iter();
        let steps: Vec<Val> = steps.chain(code.0.iter().map(|step| Val::Int(i32::from(step.0)))).collect();
        let held = (0..).zip(&steps).filter(|(_, val)| **val != Val::Nil).map(|(i, val)| (i, *val));
        let body = Body::Array { len: steps.len() as u32, fill: Val::Nil, held: held.collect() };
        self.make(into, body, move |mc, _| {
            let values: Vec<_> = steps.iter().map(|val| val.value()).collect();
            mc.alloc_slots(id.0, &values).map(Value::from)
        })
    }

    fn pair(&mut self, into: Reg, first: &Src, second: &Src) -> Check<Done> {
        let (id, first, second) = (self.shadow.next_id(), self.part(first), self.part(second));
        #[cfg(feature = "sabotage")]
        if self.config.sabotage == Some(crate::sabotage::Sabotage::ForgetSlot) {
            return self.make(into, Body::Forgetful(first.val), move |mc, world| {
                crate::sabotage::make_forgetful(mc, id.0, first.load(world))
            });
        }
        self.make(into, Body::Pair([first.val, second.val]), move |mc, world| {
            let (first, second) = (Slot::new(first.load(world)), Slot::new(second.load(world)));
            mc.alloc(Pair { id: id.0, first, second }).map(Value::from)
        })
    }

    fn node(&mut self, into: Reg, next: Reg, payload: &Src) -> Check<Done> {
        let next = self.find(next, |body| matches!(body, Body::Node { .. })).filter(|_| !self.is_crowded());
        let (id, payload) = (self.shadow.next_id(), self.part(payload));
        let body = Body::Node { next: next.map(|(_, id)| id), payload: payload.val };
        self.make(into, body, move |mc, world| {
            let next = Slot::new(next.and_then(|(reg, _)| typed::<Node>(world, reg)));
            let payload = Slot::new(payload.load(world));
            mc.alloc(Node { id: id.0, next, decoy: decoy(id), payload }).map(Value::from)
        })
    }

    fn link(&mut self, node: Reg, next: Reg) -> Check<Done> {
        let is_node = |body: &Body| matches!(body, Body::Node { .. });
        let (Some((reg, id)), next) = (self.find(node, is_node), self.find(next, is_node)) else {
            return Ok(Done::Nothing);
        };
        let set = self.heap.mutate(|mc, world| {
            let next = next.and_then(|(reg, _)| typed::<Node>(world, reg));
            typed::<Node>(world, reg)?.write(mc).next().set(next);
            Some(())
        });
        set.ok_or(MISMATCH)?;
        if let Some(Body::Node { next: known, .. }) = self.shadow.get_mut(id) {
            *known = next.map(|(_, id)| id);
        }
        Ok(Done::Changed(id.0))
    }

    fn weak(&mut self, into: Reg, to: Reg) -> Check<Done> {
        let fits = |body: &Body| matches!(body, Body::Pair(_) | Body::Node { .. } | Body::Array { .. });
        let Some((reg, to)) = self.find(to, fits) else { return Ok(Done::Nothing) };
        let id = self.shadow.next_id();
        self.make(into, Body::Weak { to, gone: false }, move |mc, world| {
            let pair = typed::<Pair>(world, reg).map_or(Weak::dangling(), |o| o.downgrade());
            let node = typed::<Node>(world, reg).map_or(Weak::dangling(), |o| o.downgrade());
            let array = typed::<Array>(world, reg).map_or(Weak::dangling(), |o| o.downgrade());
            mc.alloc(WeakRef { id: id.0, pair, node, array }).map(Value::from)
        })
    }

    fn native(&mut self, into: Reg, value: &Src) -> Check<Done> {
        let (id, value) = (self.shadow.next_id(), self.part(value));
        let (log, shared) = (self.drops.clone(), self.shared.clone());
        let body = Body::Native { value: value.val, dropped: false };
        let done = self.allocating(move |mc, world| {
            let slot = Slot::new(value.load(world));
            let counted = Counted { id: id.0, log: log.clone(), shared: shared.clone() };
            match mc.alloc(Native { id: id.0, value: slot, data: Static(counted) }) {
                Ok(made) => {
                    world.regs[into.index()] = made.into();
                    Ok(())
                }
                Err(refused) => {
                    // The refused object was dropped, as promised; that is no drop of a heap object.
                    match log.borrow_mut().pop() {
                        Some(dropped) if dropped == id.0 => Err(refused),
                        _ => Err(AllocError::Never),
                    }
                }
            }
        })?;
        if done.is_none() {
            return Ok(Done::Nothing);
        }
        self.natives += 1;
        let id = self.shadow.add(body);
        self.set_reg(into, Val::Obj(id));
        Ok(Done::Changed(id.0))
    }

    fn churn(&mut self, count: u32) -> Check<Done> {
        self.heap.mutate(|mc, world| {
            let held = world.regs[0];
            for _ in 0..count {
                // At the limit there is enough garbage.
                if mc.alloc(Pair { id: 0, first: Slot::new(held), second: Slot::new(Value::NIL) }).is_err() {
                    break;
                }
            }
        });
        Ok(Done::Read(0))
    }

    fn huge(&mut self) -> Check<Done> {
        let max = self.config.max_bytes;
        let refused = self.heap.mutate(|mc, _| {
            [1 << 43, usize::MAX / 16, max / 8 + 1].map(|len| mc.alloc_tail(0_u64, len, Value::NIL).is_err())
        });
        if refused == [true; 3] { Ok(Done::Read(0)) } else { Err("an array beyond the limit was made".to_owned()) }
    }

    fn copy(&mut self, into: Reg, value: &Src) -> Check<Done> {
        let arg = self.arg(value);
        #[cfg(feature = "sabotage")]
        let raw = matches!(value, Src::Double(_)) && self.config.sabotage == Some(crate::sabotage::Sabotage::RawNan);
        self.heap.mutate(|_, world| {
            world.regs[into.index()] = arg.load(world);
            #[cfg(feature = "sabotage")]
            if raw {
                world.regs[into.index()] = crate::sabotage::raw_nan();
            }
        });
        self.set_reg(into, arg.val);
        Ok(Done::Changed(digest(arg.val)))
    }

    fn store(
        &mut self,
        owner: Reg,
        field: &crate::operand::Pick,
        value: &Src,
        write: impl for<'gc> FnOnce(&Mutation<'gc>, Value<'gc>, usize, Value<'gc>) -> bool,
    ) -> Check<Done> {
        let Some((reg, id, index)) = self.find_field(owner, *field) else { return Ok(Done::Nothing) };
        let arg = self.arg(value);
        let written = self.heap.mutate(|mc, world| write(mc, world.regs[reg], index, arg.load(world)));
        if !written {
            return Err(MISMATCH.to_owned());
        }
        if let Some(body) = self.shadow.get_mut(id) {
            body.set_field(index, arg.val);
        }
        Ok(Done::Changed(digest(arg.val)))
    }

    fn find_list(&self, from: Reg) -> Option<(usize, Id)> {
        self.find(from, |body| matches!(body, Body::List(_)))
    }

    fn push(&mut self, owner: Reg, value: &Src) -> Check<Done> {
        let Some((reg, id)) = self.find_list(owner) else { return Ok(Done::Nothing) };
        let arg = self.part(value);
        let pushed = self.allocating(|mc, world| {
            let list = typed::<List>(world, reg).ok_or(AllocError::Never)?;
            list.write(mc).items().push(mc, arg.load(world))
        })?;
        if let (Some(()), Some(Body::List(items))) = (pushed, self.shadow.get_mut(id)) {
            items.push(arg.val);
            return Ok(Done::Changed(items.len() as u64));
        }
        Ok(Done::Nothing)
    }

    fn extend(&mut self, owner: Reg, len: usize) -> Check<Done> {
        let Some((reg, id)) = self.find_list(owner).filter(|_| !self.is_crowded()) else { return Ok(Done::Nothing) };
        let extended = self.heap.mutate(|mc, world| {
            let list = typed::<List>(world, reg)?;
            // A refusal in the middle leaves what was appended before.
            while list.items.len() < len && list.write(mc).items().push(mc, Value::int(list.items.len() as i32)).is_ok()
            {
            }
            Some(list.items.len())
        });
        let len = extended.ok_or(MISMATCH)?;
        let Some(Body::List(items)) = self.shadow.get_mut(id) else { return Ok(Done::Nothing) };
        items.extend((items.len()..len).map(|n| Val::Int(n as i32)));
        Ok(Done::Changed(len as u64))
    }

    fn pop(&mut self, into: Reg, owner: Reg) -> Check<Done> {
        let Some((reg, id)) = self.find_list(owner) else { return Ok(Done::Nothing) };
        let Some(Body::List(items)) = self.shadow.get_mut(id) else { return Ok(Done::Nothing) };
        let val = items.pop();
        let popped = self.heap.mutate(|mc, world| {
            let value = typed::<List>(world, reg)?.write(mc).items().pop();
            if let Some(value) = value {
                world.regs[into.index()] = value;
            }
            Some(value.is_some())
        });
        if popped != Some(val.is_some()) {
            return Err("a list is empty, or should be".to_owned());
        }
        let Some(val) = val else { return Ok(Done::Nothing) };
        self.set_reg(into, val);
        Ok(Done::Changed(digest(val)))
    }

    /// A map, and a register that holds an object to be its key.
    fn find_map(&self, owner: Reg, key: Reg) -> Option<((usize, Id), (usize, Id))> {
        let map = self.find(owner, |body| matches!(body, Body::Map(_)))?;
        Some((map, self.find(key, |_| true)?))
    }

    fn insert(&mut self, owner: Reg, key: Reg, value: &Src) -> Check<Done> {
        let Some(((reg, id), (key_reg, key))) = self.find_map(owner, key) else { return Ok(Done::Nothing) };
        let arg = self.part(value);
        let had = self.allocating(|mc, world| {
            let map = typed::<Map>(world, reg).ok_or(AllocError::Never)?;
            let (key, value) = (world.regs[key_reg], arg.load(world));
            match map.write(mc).map().insert(mc, key, value) {
                Ok(had) => Ok(had.is_some()),
                Err(mangrove_gc::WeakMapError::Alloc(refused)) => Err(refused),
                Err(mangrove_gc::WeakMapError::KeyIsNoObject) => Err(AllocError::Never),
            }
        })?;
        let Some(had) = had else { return Ok(Done::Nothing) };
        let Some(Body::Map(entries)) = self.shadow.get_mut(id) else { return Ok(Done::Nothing) };
        let entry = entries.iter_mut().find(|(k, _)| *k == key);
        if had != entry.is_some() {
            return Err(format!("map {id} had an entry of {key}: {had}"));
        }
        match entry {
            Some((_, val)) => *val = arg.val,
            None => entries.push((key, arg.val)),
        }
        Ok(Done::Changed(u64::from(had)))
    }

    fn lookup(&mut self, into: Reg, owner: Reg, key: Reg) -> Check<Done> {
        let Some(((reg, id), (key_reg, key))) = self.find_map(owner, key) else { return Ok(Done::Nothing) };
        let Some(Body::Map(entries)) = self.shadow.get(id) else { return Ok(Done::Nothing) };
        let val = entries.iter().find(|(k, _)| *k == key).map(|(_, val)| *val);
        let found = self.heap.mutate(|_, world| {
            let value = typed::<Map>(world, reg)?.map.get(world.regs[key_reg]);
            if let Some(value) = value {
                world.regs[into.index()] = value;
            }
            Some(value.is_some())
        });
        if found != Some(val.is_some()) {
            return Err(format!("map {id} has an entry of {key}: {found:?}"));
        }
        let Some(val) = val else { return Ok(Done::Read(0)) };
        self.set_reg(into, val);
        Ok(Done::Changed(digest(val)))
    }

    fn remove(&mut self, owner: Reg, key: Reg) -> Check<Done> {
        let Some(((reg, id), (key_reg, key))) = self.find_map(owner, key) else { return Ok(Done::Nothing) };
        let Some(Body::Map(entries)) = self.shadow.get_mut(id) else { return Ok(Done::Nothing) };
        let place = entries.iter().position(|(k, _)| *k == key);
        place.map(|place| entries.remove(place));
        let removed = self.heap.mutate(|mc, world| {
            let map = typed::<Map>(world, reg)?;
            Some(map.write(mc).map().remove(world.regs[key_reg]).is_some())
        });
        if removed != Some(place.is_some()) {
            return Err(format!("map {id} had an entry of {key}: {removed:?}"));
        }
        Ok(if place.is_some() { Done::Changed(1) } else { Done::Read(0) })
    }

    /// Follows a weak reference into a register, if its target is reachable otherwise, or `anyway`.
    fn upgrade(&mut self, into: Reg, weak: Reg, anyway: bool) -> Check<Done> {
        let Some((reg, id)) = self.find(weak, |body| matches!(body, Body::Weak { .. })) else {
            return Ok(Done::Nothing);
        };
        self.ensure_walked()?;
        let Some(Body::Weak { to, gone }) = self.shadow.get(id) else { return Ok(Done::Nothing) };
        let (to, gone) = (*to, *gone);
        if !anyway && !self.shadow.is_reached(to) {
            return Ok(Done::Nothing);
        }
        let found = self.heap.mutate(|mc, world| {
            let target = follow(mc, typed::<WeakRef>(world, reg)?);
            if let Some(target) = target {
                world.regs[into.index()] = target;
            }
            Some(target.is_some())
        });
        let found = found.ok_or(MISMATCH)?;
        if found && gone {
            return Err(format!("weak {id} was empty, and leads to {to} again"));
        }
        if found {
            self.set_reg(into, Val::Obj(to));
        }
        Ok(if found { Done::Changed(to.0) } else { Done::Read(0) })
    }
}
