//! [`Machine`]: heap and shadow side by side, and the operations on both.
//!
//! Invariant: [`Machine::step`] does the same to both, then compares. What is compared when:
//!
//! - after every operation that did anything, collections included: every value that roots reach, by a [`Walk`], and
//!   the census of the scheduler's roots against the tasks as they should be (`Config::walk_every` thins this out for
//!   benches; at 1 it is exact);
//! - after an operation that found nothing that fits: nothing, since neither side changed;
//! - after a full or compacting collection that was asked for, in addition: weak references to what is unreachable
//!   are empty, weak maps have no entry more than they should, native data of what is unreachable was dropped once,
//!   and the heap's counters of handles and external bytes are right.

mod mail;
mod objects;
mod runs;
mod scopes;
mod tasks;
mod timers;

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use mangrove_gc::{AllocError, Collect, Gc, Heap, Mutation, Value};

use mangrove_scheduler::{Policy, Retain};

use crate::config::{Config, Summary};
use crate::crew::Crew;
use crate::hash::Fnv;
use crate::mail::{Mail, Open};
use crate::op::Op;
use crate::operand::{Pick, REGS, Reg, Src};
use crate::shadow::{Body, Id, Shadow, Val};
use crate::shapes::{DropLog, HostHandle, SHARED};
use crate::table::Table;
use crate::walk::{Check, Walk};
use crate::world::{Tortured, World};

/// How many host handles there can be.
const HANDLES: usize = 12;
/// Most external bytes reported at once.
const MOST_EXTERNAL: usize = 4 << 20;
/// How often a refused allocation is tried again, with a collection before each.
const TRIES: u32 = 3;

/// What an operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// It found nothing that fits.
    Nothing,
    /// It only read; the number stands for what.
    Read(u64),
    /// It changed something; the number stands for the result.
    Changed(u64),
    /// It was a full collection.
    Full,
}

/// An operand as both sides know it.
#[derive(Clone, Copy, Debug)]
struct Arg {
    /// The register it is in.
    reg: Option<usize>,
    val: Val,
}

impl Arg {
    fn load<'gc>(self, world: &World<'gc>) -> Value<'gc> {
        match self.reg {
            Some(reg) => world.regs[reg],
            None => self.val.value(),
        }
    }
}

/// Heap and shadow.
pub(crate) struct Machine {
    pub(crate) config: Config,
    heap: Heap<Tortured>,
    shadow: Shadow,
    regs: Vec<Val>,
    anchor: Option<Id>,
    /// What the weak root was pointed at, and whether it has been seen empty since.
    hint: Option<(Id, bool)>,
    handles: Vec<Option<(HostHandle, Id)>>,
    external: usize,
    drops: DropLog,
    shared: Arc<[u8]>,
    natives: u64,
    dropped: u64,
    table: Table,
    crew: Crew,
    open: Vec<Open>,
    tickets: Vec<Option<tasks::Claim>>,
    /// What is in the inbox or on its way there, in order.
    mail: VecDeque<Mail>,
    /// Something changed since the last walk.
    dirty: bool,
    /// Operations with an effect since the last walk.
    since_walk: u32,
    results: Fnv,
    trace: Fnv,
    pub(crate) summary: Summary,
}

impl Machine {
    /// An empty heap and an empty shadow.
    pub(crate) fn new(config: &Config) -> Check<Self> {
        let policy = config.order.map_or(Policy::Fifo, Policy::Seeded);
        // Every other seed: lost tasks are not released, so nothing else may be seen of it.
        let retain = if config.seed.is_multiple_of(2) { Retain::UntilTaken } else { Retain::WhileReachable };
        let heap = Heap::<Tortured>::new(config.heap(), |mc| World::new(mc, policy, retain))
            .map_err(|e| format!("the heap could not be made: {e}"))?;
        #[allow(unused_mut, reason = "the sabotage needs it")]
        let mut machine = Machine {
            config: config.clone(),
            heap,
            shadow: Shadow::default(),
            regs: vec![Val::Nil; REGS as usize],
            anchor: None,
            hint: None,
            handles: (0..HANDLES).map(|_| None).collect(),
            external: 0,
            drops: DropLog::default(),
            shared: Arc::from(SHARED),
            natives: 0,
            dropped: 0,
            table: Table::new(config.order.is_some()),
            crew: Crew::new(config.threads),
            open: Vec::new(),
            tickets: (0..tasks::TICKETS).map(|_| None).collect(),
            mail: VecDeque::new(),
            dirty: true,
            since_walk: 0,
            results: Fnv::new(),
            trace: Fnv::new(),
            summary: Summary { seed: config.seed, ..Summary::default() },
        };
        #[cfg(feature = "sabotage")]
        machine.plant();
        Ok(machine)
    }

    /// Does one operation on both sides and compares them.
    pub(crate) fn step(&mut self, op: &Op) -> Check {
        self.summary.ops += 1;
        let _ = writeln!(self.results, "{op}");
        let before = self.collections();
        let done = self.apply(op)?;
        self.count_drops()?;
        let collected = self.collections();
        match done {
            Done::Nothing => self.results.number(0),
            Done::Read(n) | Done::Changed(n) => self.results.number(n),
            Done::Full => self.results.number(1),
        }
        self.trace.number(self.results.get());
        self.trace.number(collected);
        if done != Done::Nothing {
            self.summary.effective += 1;
            *self.summary.effects.entry(op.word()).or_default() += 1;
        }
        self.dirty |= matches!(done, Done::Changed(_) | Done::Full) || collected != before;
        self.since_walk += u32::from(matches!(done, Done::Changed(_)));
        let due = self.config.walk_every != 0 && self.since_walk >= self.config.walk_every;
        match done {
            Done::Full => self.after_full(),
            _ if self.dirty && (due || self.config.walk_every == 1) => self.walk(false),
            _ => Ok(()),
        }
    }

    /// Compares everything a last time, then drops handles and heap and counts the drops of native data.
    pub(crate) fn finish(mut self) -> Check<Summary> {
        self.drain()?;
        self.heap.collect(Collect::Full).map_err(|e| e.to_string())?;
        self.count_drops()?;
        self.after_full()?;
        let stats = self.heap.stats();
        let summary = &mut self.summary;
        summary.objects = u64::from(self.shadow.made());
        (summary.tasks, summary.most_tasks) = (self.table.made, self.table.most as u64);
        (summary.minors, summary.majors) = (stats.minors, stats.majors);
        (summary.compactions, summary.mark_slices) = (stats.compactions, stats.mark_slices);
        (summary.moved, summary.moved_bytes) = (stats.moved(), stats.promoted_bytes + stats.moved_bytes);
        (summary.verified_slots, summary.injected_failures) = (stats.verified_slots, stats.injected_failures);
        (summary.results, summary.trace) = (self.results.get(), self.trace.get());
        let Machine { heap, handles, drops, natives, dropped, shared, open, tickets, crew, summary, .. } = self;
        drop(crew);
        // What the host holds goes before the heap or after it.
        if summary.seed.is_multiple_of(2) {
            drop((handles, open, tickets));
            drop(heap);
        } else {
            drop(heap);
            drop((handles, open, tickets));
        }
        let dropped = dropped + drops.borrow().len() as u64;
        if dropped != natives {
            return Err(format!("{natives} native objects were made, and {dropped} drops counted"));
        }
        if Arc::strong_count(&shared) != 1 {
            return Err(format!("{} owners of the shared buffer are left", Arc::strong_count(&shared) - 1));
        }
        Ok(summary)
    }

    /// Leaks the heap, which may be in any state, and ends the threads.
    pub(crate) fn abandon(self) {
        let Machine { heap, handles, crew, open, tickets, .. } = self;
        drop(crew);
        std::mem::forget((heap, handles, open, tickets));
    }

    /// A number that grows with every collection and every piece of one.
    fn collections(&self) -> u64 {
        let stats = self.heap.stats();
        stats.minors + stats.majors + stats.compactions + stats.mark_slices + stats.moved()
    }

    fn apply(&mut self, op: &Op) -> Check<Done> {
        match op {
            Op::Safepoint() => {
                self.heap.safepoint().map_err(|e| e.to_string())?;
                Ok(Done::Read(0))
            }
            Op::Minor() => self.collect(Collect::Minor),
            Op::Full() => self.collect(Collect::Full),
            Op::Compact() => self.collect(Collect::Compact),
            Op::Verify() => {
                self.heap.verify().map_err(|e| format!("verification: {e}"))?;
                Ok(Done::Read(0))
            }
            _ => match self.apply_to_objects(op)? {
                Some(done) => Ok(done),
                None => self.apply_to_tasks(op),
            },
        }
    }

    fn collect(&mut self, what: Collect) -> Check<Done> {
        self.heap.collect(what).map_err(|e| e.to_string())?;
        Ok(if what == Collect::Minor { Done::Read(0) } else { Done::Full })
    }

    /// Compares all that is reachable.
    fn walk(&mut self, after_full: bool) -> Check {
        let Machine { heap, shadow, regs, anchor, hint, handles, table, open, tickets, .. } = self;
        let compared = heap.mutate(|mc, world| {
            let census = mc.census(&mut world.tasks);
            let mut walk = Walk::new(mc, shadow, after_full);
            // First: a root that no visit updates holds a stale word by now, and its absence shows here.
            table.compare_census(&census, &mut walk)?;
            for (index, val) in regs.iter().enumerate() {
                walk.expect(world.regs[index], *val).map_err(|what| format!("register r{index} {what}"))?;
            }
            let at = world.anchor.map_or(Value::NIL, Value::from);
            walk.expect(at, anchor.map_or(Val::Nil, Val::Obj)).map_err(|what| format!("the anchor {what}"))?;
            for (index, handle) in handles.iter().enumerate() {
                let Some((handle, id)) = handle else { continue };
                let value = handle.get(mc).ok_or_else(|| format!("handle {index} is empty, should lead to {id}"))?;
                walk.expect(value, Val::Obj(*id)).map_err(|what| format!("handle {index} {what}"))?;
            }
            table.compare(&mut walk, &world.tasks)?;
            tasks::compare_claims(open, tickets, table, &world.tasks)?;
            walk.finish(world.hint, hint)
        })?;
        self.dirty = false;
        self.since_walk = 0;
        self.summary.walks += 1;
        self.summary.compared += compared;
        self.summary.most_objects = self.summary.most_objects.max(self.shadow.live as u64);
        Ok(())
    }

    /// Stamps are those of the present.
    fn ensure_walked(&mut self) -> Check {
        if self.dirty { self.walk(false) } else { Ok(()) }
    }

    fn after_full(&mut self) -> Check {
        self.walk(true)?;
        let maps = self.shadow.maps();
        if let Some(id) = self.shadow.bury() {
            return Err(format!("native {id} is dead, and was not dropped by a full collection"));
        }
        let stats = self.heap.stats();
        let handles = self.handles.iter().flatten().count();
        if stats.handles != handles {
            return Err(format!("the heap counts {} handles, there are {handles}", stats.handles));
        }
        if stats.external_bytes < self.external || maps == 0 && stats.external_bytes != self.external {
            let (found, told) = (stats.external_bytes, self.external);
            return Err(format!("the heap counts {found} external bytes, {told} were reported"));
        }
        Ok(())
    }

    /// Native data that was dropped since: each is unreachable, and was not dropped before.
    fn count_drops(&mut self) -> Check {
        if self.drops.borrow().is_empty() {
            return Ok(());
        }
        for id in self.drops.take() {
            self.dropped += 1;
            match self.shadow.get_mut(Id(id)) {
                Some(Body::Native { dropped, .. }) if !*dropped => *dropped = true,
                Some(Body::Native { .. }) => return Err(format!("native {} was dropped twice", Id(id))),
                _ => return Err(format!("native {} was dropped, and should be dead long since", Id(id))),
            }
        }
        // A walk meets those that are reachable.
        self.dirty = true;
        Ok(())
    }

    /// The operand of a source.
    fn arg(&self, src: &Src) -> Arg {
        let val = match src {
            Src::Reg(reg) => return Arg { reg: Some(reg.index()), val: self.regs[reg.index()] },
            Src::Nil => Val::Nil,
            Src::Undefined => Val::Undefined,
            Src::Bool(b) => Val::Bool(*b),
            Src::Int(i) => Val::Int(*i),
            Src::Double(bits) => Val::double(*bits),
            Src::Small(n) => Val::Small(*n),
            Src::Task(pick) => self.table.pick_word(*pick).map_or(Val::Nil, Val::Task),
        };
        Arg { reg: None, val }
    }

    /// The operand of a source for a new object: no old object, when there are many.
    fn part(&self, src: &Src) -> Arg {
        let arg = self.arg(src);
        if arg.val.object().is_some() && self.is_crowded() { Arg { reg: None, val: Val::Nil } } else { arg }
    }

    fn is_crowded(&self) -> bool {
        self.shadow.live > self.config.live
    }

    /// The first register, from this one on, that holds an object for which `fits`.
    fn find(&self, from: Reg, fits: impl Fn(&Body) -> bool) -> Option<(usize, Id)> {
        let count = self.regs.len();
        (0..count).map(|i| (from.index() + i) % count).find_map(|reg| {
            let id = self.regs[reg].object()?;
            fits(self.shadow.get(id)?).then_some((reg, id))
        })
    }

    /// A field of the first object from this register on that has fields.
    fn find_field(&self, from: Reg, field: Pick) -> Option<(usize, Id, usize)> {
        let (reg, id) = self.find(from, |body| body.fields() > 0)?;
        let count = self.shadow.get(id)?.fields();
        let (low, pick) = (count.min(8), usize::from(field.0 / 4));
        // Mostly the ends of long arrays: fields that were written are to be written again.
        let index = match field.0 % 4 {
            0 => pick % count,
            1 => count - 1 - pick % low,
            _ => pick % low,
        };
        Some((reg, id, index))
    }

    /// Runs code that allocates once, again after a collection if the heap wants that. `None`: refused for good, and
    /// nothing has changed.
    fn allocating<T>(
        &mut self,
        mut build: impl for<'gc> FnMut(&Mutation<'gc>, &mut World<'gc>) -> Result<T, AllocError>,
    ) -> Check<Option<T>> {
        for attempt in 0..=TRIES {
            match self.heap.mutate(&mut build) {
                Ok(made) => return Ok(Some(made)),
                Err(AllocError::Never) => return Err("an allocation can never succeed".to_owned()),
                Err(AllocError::Collect) if attempt == TRIES => {}
                Err(AllocError::Collect) => {
                    // Nothing is lost before the collection, and nothing by it.
                    self.walk(false)?;
                    let what = if attempt == 0 { Collect::Minor } else { Collect::Full };
                    self.heap.collect(what).map_err(|e| e.to_string())?;
                    self.count_drops()?;
                    self.walk(false)?;
                }
            }
        }
        Ok(None)
    }

    fn set_reg(&mut self, into: Reg, val: Val) {
        self.regs[into.index()] = val;
    }
}

/// A number that stands for a value in the hash.
fn digest(val: Val) -> u64 {
    let mut hash = Fnv::new();
    let _ = write!(hash, "{val:?}");
    hash.get()
}

/// A typed pointer in a register.
fn typed<'gc, T: mangrove_gc::Object<'gc>>(world: &World<'gc>, reg: usize) -> Option<Gc<'gc, T>> {
    world.regs[reg].downcast()
}
