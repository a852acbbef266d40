//! Random programs on weak maps and handles, against a model that knows what must live.
//!
//! Nodes and maps refer to each other in every way: keys are values of other entries, maps are keys and values, chains go
//! from map to map; objects hang on roots or on handles only, die at any moment, and are young or old. After each step,
//! all that the model reaches is there, with its entries.

use std::collections::{HashMap, HashSet};

use mangrove_gc::{
    Collect, Gc, Handle, Heap, HeapConfig, Mutation, Object, Slot, Trace, Value, WeakMap, What, When, Zeal,
};

use crate::{ALL, Stack, heap_with, heaps};

#[derive(Trace, Object)]
struct Node<'gc> {
    id: usize,
    link: Slot<'gc>,
}

#[derive(Trace, Object)]
struct Map<'gc> {
    id: usize,
    map: WeakMap<'gc>,
}

/// What a value is, to the model: an object by its id.
type Ref = Option<usize>;

#[derive(Clone, Default)]
struct Body {
    link: Ref,
    /// Of a map.
    entries: Option<HashMap<usize, Ref>>,
}

enum Held {
    Node(Handle<Node<'static>>),
    Map(Handle<Map<'static>>),
}

impl Held {
    fn new<'gc>(mc: &Mutation<'gc>, value: Value<'gc>) -> Option<Held> {
        let node = value.downcast::<Node<'_>>().map(|node| Held::Node(mc.handle(node)));
        node.or_else(|| value.downcast::<Map<'_>>().map(|map| Held::Map(mc.handle(map))))
    }

    fn get<'gc>(&self, mc: &Mutation<'gc>) -> Value<'gc> {
        match self {
            Held::Node(handle) => handle.get(mc).unwrap().into(),
            Held::Map(handle) => handle.get(mc).unwrap().into(),
        }
    }
}

fn id_of(value: Value<'_>) -> Ref {
    let node = value.downcast::<Node<'_>>().map(|node| node.id);
    node.or_else(|| value.downcast::<Map<'_>>().map(|map| map.id))
}

const ROOTS: usize = 10;
const HANDLES: usize = 12;

struct Program {
    rng: u64,
    bodies: Vec<Body>,
    roots: [Ref; ROOTS],
    handles: Vec<(Held, usize)>,
}

impl Program {
    fn new(seed: u64) -> Program {
        Program { rng: seed * 2 + 1, bodies: Vec::new(), roots: [None; ROOTS], handles: Vec::new() }
    }

    fn below(&mut self, n: usize) -> usize {
        self.rng = self.rng.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.rng >> 33) as usize % n
    }

    fn make<'gc>(&mut self, mc: &Mutation<'gc>, is_map: bool, link: (Value<'gc>, Ref)) -> (Value<'gc>, Ref) {
        let id = self.bodies.len();
        let (value, body) = if is_map {
            let map = mc.alloc(Map { id, map: WeakMap::new(mc) }).unwrap();
            (map.into(), Body { link: None, entries: Some(HashMap::new()) })
        } else {
            let node = mc.alloc(Node { id, link: Slot::new(link.0) }).unwrap();
            (node.into(), Body { link: link.1, entries: None })
        };
        self.bodies.push(body);
        (value, Some(id))
    }

    /// An object that something holds, often one that is some links or entries away from a root or handle.
    fn pick<'gc>(&mut self, mc: &Mutation<'gc>, root: &[Value<'gc>]) -> (Value<'gc>, Ref) {
        let at = self.below(ROOTS + self.handles.len());
        let (mut value, mut id) = if at < ROOTS {
            (root[at], self.roots[at])
        } else {
            let (held, id) = &self.handles[at - ROOTS];
            (held.get(mc), Some(*id))
        };
        for _ in 0..self.below(4) {
            let body = match id {
                Some(id) => self.bodies[id].clone(),
                None => break,
            };
            if let Some(node) = value.downcast::<Node<'_>>() {
                (value, id) = (node.link.get(), body.link);
            } else if let Some(map) = value.downcast::<Map<'_>>() {
                // Through an entry whose key is at hand.
                let at = self.below(ROOTS);
                let Some(value_id) = self.roots[at].and_then(|key| body.entries.unwrap().get(&key).copied()) else {
                    break;
                };
                (value, id) = (map.map.get(root[at]).expect("an entry of a live key"), value_id);
            }
        }
        assert_eq!(id_of(value), id);
        (value, id)
    }

    fn pick_map<'gc>(&mut self, mc: &Mutation<'gc>, root: &[Value<'gc>]) -> Option<(Gc<'gc, Map<'gc>>, usize)> {
        (0..8).find_map(|_| {
            let (value, id) = self.pick(mc, root);
            Some((value.downcast::<Map<'_>>()?, id?))
        })
    }

    fn insert<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        map: (Gc<'gc, Map<'gc>>, usize),
        key: (Value<'gc>, Ref),
        value: (Value<'gc>, Ref),
    ) {
        let Some(id) = key.1 else { return };
        let before = map.0.write(mc).map().insert(mc, key.0, value.0).unwrap();
        let model = self.bodies[map.1].entries.as_mut().unwrap().insert(id, value.1);
        assert_eq!(before.map(id_of), model);
    }

    fn act<'gc>(&mut self, mc: &Mutation<'gc>, root: &mut [Value<'gc>]) {
        let at = self.below(ROOTS);
        match self.below(16) {
            what @ 0..3 => {
                let link = self.pick(mc, root);
                (root[at], self.roots[at]) = self.make(mc, what == 0, link);
            }
            3 => (root[at], self.roots[at]) = (Value::NIL, None),
            4 => (root[at], self.roots[at]) = self.pick(mc, root),
            5 => {
                let (value, id) = self.pick(mc, root);
                let link = self.pick(mc, root);
                if let Some(node) = value.downcast::<Node<'_>>() {
                    node.write(mc).link().set(link.0);
                    self.bodies[id.unwrap()].link = link.1;
                }
            }
            6..10 => {
                if let Some(map) = self.pick_map(mc, root) {
                    let (key, value) = (self.pick(mc, root), self.pick(mc, root));
                    self.insert(mc, map, key, value);
                }
            }
            10 => {
                // Many at once, whose keys die but for those that a chain or another entry holds.
                let Some(map) = self.pick_map(mc, root) else { return };
                let mut last = self.pick(mc, root);
                for _ in 0..self.below(24) {
                    let key = self.make(mc, false, (Value::NIL, None));
                    self.insert(mc, map, key, last);
                    if self.below(3) > 0 {
                        last = key;
                    }
                }
                (root[at], self.roots[at]) = last;
            }
            11 => {
                let Some((map, id)) = self.pick_map(mc, root) else { return };
                let (key, Some(key_id)) = self.pick(mc, root) else { return };
                let before = map.write(mc).map().remove(key);
                assert_eq!(before.map(id_of), self.bodies[id].entries.as_mut().unwrap().remove(&key_id));
            }
            12 => {
                let (value, id) = self.pick(mc, root);
                if let Some(held) = Held::new(mc, value) {
                    self.handles.push((held, id.unwrap()));
                    if self.handles.len() > HANDLES {
                        let at = self.below(HANDLES);
                        self.handles.swap_remove(at);
                    }
                }
            }
            13 => {
                // From a root into a handle, or back: it hangs on nothing else then.
                if let Some(held) = Held::new(mc, root[at]) {
                    self.handles.push((held, self.roots[at].unwrap()));
                    (root[at], self.roots[at]) = (Value::NIL, None);
                } else if !self.handles.is_empty() {
                    let from = self.below(self.handles.len());
                    let (held, id) = self.handles.swap_remove(from);
                    (root[at], self.roots[at]) = (held.get(mc), Some(id));
                }
            }
            14 if !self.handles.is_empty() => {
                let at = self.below(self.handles.len());
                self.handles.swap_remove(at);
            }
            _ => {
                for _ in 0..self.below(60) {
                    mc.alloc(Node { id: usize::MAX, link: Slot::new(Value::NIL) }).unwrap();
                }
            }
        }
    }

    /// Walks all that the model reaches. With `exact`, a full collection was the last thing that happened.
    fn check<'gc>(&self, mc: &Mutation<'gc>, root: &[Value<'gc>], exact: bool) {
        let mut found: HashMap<usize, Value<'gc>> = HashMap::new();
        let mut maps: Vec<(usize, Gc<'gc, Map<'gc>>)> = Vec::new();
        let mut stack: Vec<(Value<'gc>, Ref)> = root.iter().copied().zip(self.roots).collect();
        stack.extend(self.handles.iter().map(|(held, id)| (held.get(mc), Some(*id))));
        let mut seen = HashSet::new();
        loop {
            while let Some((value, id)) = stack.pop() {
                assert_eq!(id_of(value), id);
                let Some(id) = id else { continue };
                if let Some(before) = found.insert(id, value) {
                    assert_eq!(before.to_bits(), value.to_bits(), "one object, one address");
                    continue;
                }
                match value.downcast::<Map<'_>>() {
                    Some(map) => maps.push((id, map)),
                    None => stack.push((value.downcast::<Node<'_>>().unwrap().link.get(), self.bodies[id].link)),
                }
            }
            for &(id, map) in &maps {
                for (key, value) in self.bodies[id].entries.as_ref().unwrap() {
                    if let Some(word) = found.get(key)
                        && seen.insert((id, *key))
                    {
                        stack.push((map.map.get(*word).expect("an entry whose key is reached"), *value));
                    }
                }
            }
            if stack.is_empty() {
                break;
            }
        }
        for (id, map) in maps {
            let entries = self.bodies[id].entries.as_ref().unwrap();
            let alive = entries.keys().filter(|key| found.contains_key(key)).count();
            let most = if exact { alive } else { entries.len() };
            let len = map.map.len();
            assert!((alive..=most).contains(&len), "map {id} has {len} entries, should have {alive} to {most}");
        }
    }

    fn run(&mut self, heap: &mut Heap<Stack>, steps: usize) {
        heap.mutate(|_, root| *root = vec![Value::NIL; ROOTS]);
        for step in 0..steps {
            heap.mutate(|mc, root| {
                for _ in 0..self.below(12) {
                    self.act(mc, root);
                }
            });
            let exact = match self.below(60) {
                what @ 0..3 => {
                    heap.collect(ALL[what]).unwrap();
                    ALL[what] != Collect::Minor
                }
                _ => {
                    heap.safepoint().unwrap();
                    false
                }
            };
            // Not each time: looking brings the indices of maps up to date.
            if exact || step % 4 == 0 {
                heap.mutate(|mc, root| self.check(mc, root, exact));
            }
            if step % 8 == 0 {
                heap.verify().unwrap_or_else(|e| panic!("step {step}: {e}"));
            }
        }
        heap.collect(Collect::Full).unwrap();
        heap.mutate(|mc, root| self.check(mc, root, true));
        assert_eq!(heap.stats().handles, self.handles.len());
    }
}

#[test]
fn random_maps_and_handles_survive_every_collector() {
    for mut heap in heaps() {
        for seed in 0..3 {
            Program::new(seed).run(&mut heap, 500);
        }
    }
}

/// Nothing but slices, with memory that is used again at once.
#[test]
fn random_maps_and_handles_survive_slices() {
    for seed in 0..8 {
        let zeal = Zeal { when: When::Every(1), quarantine: 0, ..Zeal::of(What::Slice, seed) };
        let config = HeapConfig { nursery_bytes: 64 << 10, ..HeapConfig::default() };
        let mut heap = heap_with(config.with_zeal(zeal));
        Program::new(seed).run(&mut heap, 1000);
        let stats = heap.stats();
        assert!(stats.majors > 10, "{stats:?}");
    }
}

const MAPS: usize = 5;
const KEYS: usize = 40;

/// Maps that take long to look at, while their entries move from one to another: a value from a map that was not looked at
/// to one that was, a key that waits into nothing, its place to another key. Values of rooted keys are keys themselves.
#[test]
fn entries_that_move_about_while_maps_are_looked_at_are_kept() {
    for seed in 0..6 {
        let zeal = Zeal { when: When::Every(1), quarantine: 0, ..Zeal::of(What::Slice, seed) };
        let config = HeapConfig { nursery_bytes: 64 << 10, ..HeapConfig::default() };
        let mut heap = heap_with(config.with_zeal(zeal));
        heap.mutate(|mc, root| {
            root.extend((0..MAPS).map(|_| Value::from(mc.alloc(WeakMap::new(mc)).unwrap())));
            let key = |id| mc.alloc(Node { id, link: Slot::new(Value::NIL) }).unwrap();
            root.extend((0..KEYS).map(|id| Value::from(key(id))));
        });
        let mut rng = Program::new(seed);
        // By map and rooted key: a value. By that: the map in which it is a key, and its value there.
        let mut first: HashMap<(usize, usize), usize> = HashMap::new();
        let mut second: HashMap<usize, (usize, usize)> = HashMap::new();
        let mut next = KEYS;
        for step in 0..2500 {
            heap.mutate(|mc, root| {
                let map = |m: usize| root[m].downcast::<WeakMap<'_>>().unwrap();
                for _ in 0..rng.below(4) {
                    let (from, to) = ((rng.below(MAPS), rng.below(KEYS)), (rng.below(MAPS), rng.below(KEYS)));
                    let (key, to_key) = (root[MAPS + from.1], root[MAPS + to.1]);
                    match first.get(&from).copied() {
                        None => {
                            let mut new = || {
                                next += 1;
                                mc.alloc(Node { id: next, link: Slot::new(Value::NIL) }).unwrap().into()
                            };
                            let (value, far): (Value<'_>, Value<'_>) = (new(), new());
                            map(from.0).write(mc).insert(mc, key, value).unwrap();
                            map(to.0).write(mc).insert(mc, value, far).unwrap();
                            first.insert(from, next - 1);
                            second.insert(next - 1, (to.0, next));
                        }
                        Some(_) if first.contains_key(&to) => {
                            // It dies, and leaves what is under it, or not.
                            let value = map(from.0).write(mc).remove(key).unwrap();
                            let id = first.remove(&from).unwrap();
                            if let Some((m, _)) = second.remove(&id)
                                && rng.below(2) == 0
                            {
                                map(m).write(mc).remove(value).unwrap();
                            }
                        }
                        Some(id) => {
                            let value = map(from.0).get(key).unwrap();
                            match second.get(&id).copied() {
                                // What is under it comes up.
                                Some((m, far)) if rng.below(2) == 0 => {
                                    second.remove(&id);
                                    let value = map(m).write(mc).remove(value).unwrap();
                                    map(to.0).write(mc).insert(mc, to_key, value).unwrap();
                                    first.insert(to, far);
                                }
                                _ => {
                                    map(from.0).write(mc).remove(key).unwrap();
                                    map(to.0).write(mc).insert(mc, to_key, value).unwrap();
                                    first.remove(&from);
                                    first.insert(to, id);
                                }
                            }
                        }
                    }
                }
            });
            heap.safepoint().unwrap();
            if step % 50 == 0 {
                heap.mutate(|_, root| {
                    for (&(m, k), &id) in &first {
                        let value = root[m].downcast::<WeakMap<'_>>().unwrap().get(root[MAPS + k]).unwrap();
                        assert_eq!(id_of(value), Some(id));
                        if let Some(&(m, far)) = second.get(&id) {
                            assert_eq!(
                                id_of(root[m].downcast::<WeakMap<'_>>().unwrap().get(value).unwrap()),
                                Some(far)
                            );
                        }
                    }
                });
            }
        }
        heap.collect(Collect::Full).unwrap();
        let len =
            |root: &[Value<'_>]| root[..MAPS].iter().map(|map| map.downcast::<WeakMap<'_>>().unwrap().len()).sum();
        let len: usize = heap.mutate(|_, root| len(root));
        assert_eq!(len, first.len() + second.len());
        assert!(heap.stats().majors > 10, "{:?}", heap.stats());
    }
}
