//! [`Shadow`]: the graph of objects as it should be, without a collector.
//!
//! Invariant: it is plain Rust data and knows nothing of addresses, moves or marks but what the last walk stamped.
//! An object leaves it only when a full collection ran while no root led to it.

use std::collections::BTreeMap;

/// An object's name: its place in the shadow, and a number that is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub(crate) u64);

impl Id {
    fn place(self) -> usize {
        self.0 as u32 as usize
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0 >> 32)
    }
}

/// A value as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Val {
    /// Nil.
    Nil,
    /// Undefined.
    Undefined,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i32),
    /// A double, by its bits; `None` is the one NaN.
    Double(Option<u64>),
    /// A small string that spells a number.
    Small(u8),
    /// The handle of a task, by the bits that it had when it was made.
    Task(u64),
    /// An object.
    Obj(Id),
}

impl Val {
    /// The object, if it is one.
    pub(crate) fn object(self) -> Option<Id> {
        if let Val::Obj(id) = self { Some(id) } else { None }
    }

    /// The double of these bits.
    pub(crate) fn double(bits: u64) -> Val {
        Val::Double((!f64::from_bits(bits).is_nan()).then_some(bits))
    }
}

/// An object as it should be.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Pair([Val; 2]),
    Node {
        next: Option<Id>,
        payload: Val,
    },
    /// `held` lists the slots that are no longer `fill`, which is no object.
    Array {
        len: u32,
        fill: Val,
        held: BTreeMap<u32, Val>,
    },
    /// The slots of a wide object; of a closure, that of the head and then the others.
    Wide(Vec<Val>),
    Closure(Vec<Val>),
    Bytes {
        len: u32,
    },
    Str {
        len: u32,
    },
    List(Vec<Val>),
    /// `gone` once the heap has said so: from then on for ever.
    Weak {
        to: Id,
        gone: bool,
    },
    Map(Vec<(Id, Val)>),
    Aligned(Val),
    Native {
        value: Val,
        dropped: bool,
    },
    #[cfg(feature = "sabotage")]
    Forgetful(Val),
}

impl Body {
    /// Its name, for messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Body::Pair(_) => "pair",
            Body::Node { .. } => "node",
            Body::Array { .. } => "array",
            Body::Wide(_) => "wide",
            Body::Closure(_) => "closure",
            Body::Bytes { .. } => "bytes",
            Body::Str { .. } => "str",
            Body::List(_) => "list",
            Body::Weak { .. } => "weak",
            Body::Map(_) => "map",
            Body::Aligned(_) => "aligned",
            Body::Native { .. } => "native",
            #[cfg(feature = "sabotage")]
            Body::Forgetful(_) => "forgetful",
        }
    }

    /// Whether host handles name objects of this type.
    pub(crate) fn has_handles(&self) -> bool {
        self.name() != "forgetful"
    }

    /// How many fields `get` and `set` can name.
    pub(crate) fn fields(&self) -> usize {
        match self {
            Body::Pair(_) => 2,
            Body::Node { .. } | Body::Aligned(_) | Body::Native { .. } => 1,
            Body::Array { len, .. } => *len as usize,
            Body::List(items) | Body::Wide(items) | Body::Closure(items) => items.len(),
            _ => 0,
        }
    }

    /// The value of a field.
    pub(crate) fn field(&self, index: usize) -> Val {
        match self {
            Body::Pair(values) => values[index],
            Body::Node { payload: value, .. } | Body::Aligned(value) | Body::Native { value, .. } => *value,
            Body::Array { fill, held, .. } => *held.get(&(index as u32)).unwrap_or(fill),
            Body::List(items) | Body::Wide(items) | Body::Closure(items) => items[index],
            _ => Val::Nil,
        }
    }

    /// Sets a field.
    pub(crate) fn set_field(&mut self, index: usize, to: Val) {
        match self {
            Body::Pair(values) => values[index] = to,
            Body::Node { payload: value, .. } | Body::Aligned(value) | Body::Native { value, .. } => *value = to,
            Body::Array { fill, held, .. } if *fill == to => {
                held.remove(&(index as u32));
            }
            Body::Array { held, .. } => {
                held.insert(index as u32, to);
            }
            Body::List(items) | Body::Wide(items) | Body::Closure(items) => items[index] = to,
            _ => {}
        }
    }
}

struct Entry {
    serial: u32,
    body: Option<Body>,
}

/// What the last walk found of an object.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stamp {
    /// The number of the walk.
    pub(crate) walk: u64,
    /// The word that pointed to it.
    pub(crate) word: u64,
}

/// All objects that may be alive.
#[derive(Default)]
pub(crate) struct Shadow {
    entries: Vec<Entry>,
    free: Vec<u32>,
    serial: u32,
    /// Added, and taken back.
    removed: u32,
    /// One for each place.
    stamps: Vec<Stamp>,
    /// The number of the last walk.
    pub(crate) walk: u64,
    /// Objects that the last walk reached.
    pub(crate) live: usize,
}

impl Shadow {
    /// The id that the next call of [`Shadow::add`] will give.
    pub(crate) fn next_id(&self) -> Id {
        let place = self.free.last().copied().unwrap_or(self.entries.len() as u32);
        Id(u64::from(self.serial + 1) << 32 | u64::from(place))
    }

    /// Adds an object.
    pub(crate) fn add(&mut self, body: Body) -> Id {
        let id = self.next_id();
        self.serial += 1;
        let entry = Entry { serial: self.serial, body: Some(body) };
        if self.free.pop().is_some() {
            self.entries[id.place()] = entry;
        } else {
            self.entries.push(entry);
            self.stamps.push(Stamp::default());
        }
        self.stamps[id.place()] = Stamp::default();
        id
    }

    /// Takes an object back that was not made after all.
    pub(crate) fn remove(&mut self, id: Id) {
        if self.get(id).is_some() {
            self.entries[id.place()].body = None;
            self.free.push(id.place() as u32);
            self.removed += 1;
        }
    }

    /// Objects ever made.
    pub(crate) fn made(&self) -> u32 {
        self.serial - self.removed
    }

    /// The object, if it has not left the shadow.
    pub(crate) fn get(&self, id: Id) -> Option<&Body> {
        let entry = self.entries.get(id.place())?;
        if u64::from(entry.serial) == id.0 >> 32 { entry.body.as_ref() } else { None }
    }

    /// The object, to be changed.
    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut Body> {
        let entry = self.entries.get_mut(id.place())?;
        if u64::from(entry.serial) == id.0 >> 32 { entry.body.as_mut() } else { None }
    }

    /// Whether the last walk reached it.
    pub(crate) fn is_reached(&self, id: Id) -> bool {
        self.get(id).is_some() && self.stamps[id.place()].walk == self.walk
    }

    /// The word that led the last walk to it.
    pub(crate) fn word(&self, id: Id) -> Option<u64> {
        self.is_reached(id).then(|| self.stamps[id.place()].word)
    }

    /// Begins a walk: nothing is reached.
    pub(crate) fn begin_walk(&mut self) {
        self.walk += 1;
        self.live = 0;
    }

    /// Notes that the walk reached an object by this word; the word by which it did before, if it did.
    pub(crate) fn reach(&mut self, id: Id, word: u64) -> Option<u64> {
        let walk = self.walk;
        let stamp = &mut self.stamps[id.place()];
        if stamp.walk == walk {
            return Some(stamp.word);
        }
        *stamp = Stamp { walk, word };
        self.live += 1;
        None
    }

    /// Weak maps that may be alive.
    pub(crate) fn maps(&self) -> usize {
        let reached = self.entries.iter().zip(&self.stamps).filter(|(_, stamp)| stamp.walk == self.walk);
        reached.filter(|(entry, _)| matches!(entry.body, Some(Body::Map(_)))).count()
    }

    /// After a full collection and a walk: what was not reached is dead. Gives the first native object among them
    /// that has not been dropped.
    pub(crate) fn bury(&mut self) -> Option<Id> {
        let mut kept = None;
        for place in 0..self.entries.len() {
            let entry = &mut self.entries[place];
            if entry.body.is_none() || self.stamps[place].walk == self.walk {
                continue;
            }
            if let Some(Body::Native { dropped: false, .. }) = entry.body {
                kept = Some(Id(u64::from(entry.serial) << 32 | place as u64));
            }
            entry.body = None;
            self.free.push(place as u32);
        }
        // What is dead is also no key any more, and weak references to it are empty.
        let gone: Vec<bool> = self.entries.iter().map(|entry| entry.body.is_none()).collect();
        let serials: Vec<u32> = self.entries.iter().map(|entry| entry.serial).collect();
        let is_gone = |id: Id| gone[id.place()] || u64::from(serials[id.place()]) != id.0 >> 32;
        for entry in &mut self.entries {
            match &mut entry.body {
                Some(Body::Map(entries)) => entries.retain(|(key, _)| !is_gone(*key)),
                Some(Body::Weak { to, gone }) => *gone |= is_gone(*to),
                _ => {}
            }
        }
        kept
    }
}
