//! The wheel against a sorted map, and beside what it was chosen over.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use super::{Purpose, Wheel};

struct Random(u64);
impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.0 >> 16
    }
}

#[test]
fn agrees_with_a_sorted_map() {
    for seed in 0..30 {
        let (mut wheel, mut model, mut random) = (Wheel::new(), BTreeMap::new(), Random(seed));
        // Near the end of time as well.
        let mut now = if seed % 3 == 0 { u64::MAX - (1 << 40) } else { 0 };
        let mut handles: BTreeMap<(u64, u32), u32> = BTreeMap::new();
        for number in 0..4000 {
            match random.next() % 6 {
                0..=2 => {
                    let at = now.saturating_add(random.next() >> (random.next() % 48));
                    let handle = wheel.insert(now, at, number, Purpose::Sleep).unwrap();
                    model.insert((at, number), ());
                    handles.insert((at, number), handle);
                }
                3 if !model.is_empty() => {
                    let key = *model.keys().nth(random.next() as usize % model.len()).unwrap();
                    model.remove(&key);
                    wheel.remove(handles.remove(&key).unwrap());
                }
                4 => {
                    let bound = wheel.bound();
                    assert_eq!(bound.is_some(), !model.is_empty());
                    if let Some((&(first, _), ())) = model.first_key_value() {
                        assert!(bound.unwrap() <= first);
                        if random.next() % 8 == 0 {
                            assert_eq!(wheel.next(), Some(first));
                            now = first;
                        }
                    }
                }
                _ => {
                    now = now.saturating_add(random.next() >> (random.next() % 48));
                    while let Some(deadline) = wheel.pop(now) {
                        let ((at, number), ()) = model.pop_first().unwrap();
                        assert_eq!((deadline.at, deadline.owner), (at, number));
                        handles.remove(&(at, number));
                    }
                    assert!(model.keys().all(|&(at, _)| at > now));
                }
            }
            assert_eq!(wheel.count(), model.len());
        }
    }
}

/// What has been measured against the wheel.
trait Peer {
    type Handle: Copy;
    fn insert(&mut self, now: u64, at: u64, owner: u32) -> Self::Handle;
    fn remove(&mut self, handle: Self::Handle);
    fn pop(&mut self, now: u64) -> Option<u32>;
}

impl Peer for Wheel<'_> {
    type Handle = u32;
    fn insert(&mut self, now: u64, at: u64, owner: u32) -> u32 {
        Wheel::insert(self, now, at, owner, Purpose::Sleep).unwrap()
    }
    fn remove(&mut self, handle: u32) {
        Wheel::remove(self, handle);
    }
    fn pop(&mut self, now: u64) -> Option<u32> {
        Wheel::pop(self, now).map(|deadline| deadline.owner)
    }
}

#[derive(Default)]
struct Tree {
    map: BTreeMap<(u64, u64), u32>,
    seq: u64,
}
impl Peer for Tree {
    type Handle = (u64, u64);
    fn insert(&mut self, _: u64, at: u64, owner: u32) -> (u64, u64) {
        self.seq += 1;
        self.map.insert((at, self.seq), owner);
        (at, self.seq)
    }
    fn remove(&mut self, handle: (u64, u64)) {
        self.map.remove(&handle);
    }
    fn pop(&mut self, now: u64) -> Option<u32> {
        self.map.first_entry().filter(|first| first.key().0 <= now).map(|first| first.remove())
    }
}

/// A heap of four children, with the place of each owner's entry.
#[derive(Default)]
struct Quad {
    heap: Vec<(u64, u64, u32)>,
    places: Vec<u32>,
    seq: u64,
}
impl Quad {
    fn put(&mut self, at: usize, entry: (u64, u64, u32)) {
        self.places[entry.2 as usize] = at as u32;
        self.heap[at] = entry;
    }
    fn up(&mut self, mut at: usize, entry: (u64, u64, u32)) -> usize {
        while at > 0 && entry < self.heap[(at - 1) / 4] {
            self.put(at, self.heap[(at - 1) / 4]);
            at = (at - 1) / 4;
        }
        self.put(at, entry);
        at
    }
    fn down(&mut self, mut at: usize, entry: (u64, u64, u32)) {
        loop {
            let children = at * 4 + 1..(at * 4 + 5).min(self.heap.len());
            match children.min_by_key(|&child| self.heap[child]) {
                Some(child) if self.heap[child] < entry => {
                    self.put(at, self.heap[child]);
                    at = child;
                }
                _ => break,
            }
        }
        self.put(at, entry);
    }
}
impl Peer for Quad {
    type Handle = u32;
    fn insert(&mut self, _: u64, at: u64, owner: u32) -> u32 {
        self.seq += 1;
        let entry = (at, self.seq, owner);
        self.heap.push(entry);
        if self.places.len() <= owner as usize {
            self.places.resize(owner as usize + 1, 0);
        }
        self.up(self.heap.len() - 1, entry);
        owner
    }
    fn remove(&mut self, owner: u32) {
        let at = self.places[owner as usize] as usize;
        let last = self.heap.pop().unwrap();
        if at < self.heap.len() {
            let at = self.up(at, last);
            self.down(at, last);
        }
    }
    fn pop(&mut self, now: u64) -> Option<u32> {
        let &(at, _, owner) = self.heap.first()?;
        (at <= now).then(|| {
            self.remove(owner);
            owner
        })
    }
}

fn measure_one<P: Peer>(name: &str, outstanding: u32, mut peer: P) {
    const ROUNDS: u32 = 1_000_000;
    let mut random = Random(1);
    // Up to a minute from now, as timeouts are.
    let mut time = || random.next() % 60_000_000_000;
    for owner in 0..outstanding {
        peer.insert(0, time(), owner);
    }
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let handle = peer.insert(0, time(), outstanding);
        peer.remove(black_box(handle));
    }
    let cancelled = start.elapsed() / ROUNDS;
    // Each that fires is set again, a minute later at most: as many are outstanding at all times.
    let (mut now, mut fired, mut spent) = (0, 0, Duration::ZERO);
    let step = 60_000_000_000 / u64::from(outstanding) * 100;
    while fired < ROUNDS {
        now += step;
        let start = Instant::now();
        while let Some(owner) = peer.pop(now) {
            peer.insert(now, now + time(), owner);
            fired += 1;
        }
        spent += start.elapsed();
    }
    println!(
        "{name:>12}, {outstanding:>7} outstanding: set and remove {cancelled:?}, set and fire {:?}",
        spent / fired
    );
}

#[test]
#[ignore = "measures"]
fn measure() {
    for outstanding in [1000, 1_000_000] {
        measure_one("wheel", outstanding, Wheel::new());
        measure_one("4-ary heap", outstanding, Quad::default());
        measure_one("BTreeMap", outstanding, Tree::default());
    }
}
