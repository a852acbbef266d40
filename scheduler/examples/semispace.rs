//! The scheduler in a VM with a heap of its own: a semispace collector in which everything moves at every allocation.
//!
//! The program of the VM: a task forks into a tree of tasks, each of which joins its two halves into a pair; and two
//! tasks of another thread each send a list. All of it is outstanding while every object moves, again and again.
//!
//! `cargo run -p mangrove-scheduler --example semispace`
//!
//! Invariant: an object's address is never used again for another one, so a word that the collector missed is found
//! out when it is read.

use mangrove_gc::nanbox::Word;
use mangrove_gc::{Value, Visitor};
use mangrove_scheduler::{Completer, JoinKind, Outcome, TaskScheduler, Turn, Wake};

/// A word of this heap. `'static` stands for "until the next allocation": the VM sees to that, not the compiler.
type Word64 = Value<'static>;

/// Objects: a word with the number of fields, then the fields.
#[derive(Default)]
struct Semispace {
    words: Vec<u64>,
    /// Address of the first word of `words`. Each space lies above all earlier ones.
    base: u64,
    collections: usize,
}

impl Semispace {
    fn add(&mut self, fields: impl ExactSizeIterator<Item = u64>) -> u64 {
        let address = self.base + self.words.len() as u64 * 8;
        self.words.push(fields.len() as u64);
        self.words.extend(fields);
        Word::heap(address).expect("an address of 48 bits").bits()
    }

    /// Where an object of this space is.
    fn index(&self, word: u64) -> usize {
        let address = Word::from_bits(word).as_heap().expect("a heap word");
        assert!(address >= self.base, "a word that the collector missed");
        ((address - self.base) / 8) as usize
    }

    fn fields(&self, word: u64) -> &[u64] {
        let index = self.index(word);
        &self.words[index + 1..][..self.words[index] as usize]
    }

    /// Cheney's copy. `roots` calls what it is given with every root.
    fn collect(&mut self, roots: impl FnOnce(&mut dyn FnMut(&mut u64))) {
        self.collections += 1;
        let end = self.base + self.words.len() as u64 * 8 + 8;
        let mut from = core::mem::replace(self, Semispace { words: vec![], base: end, ..*self });
        let to = self;
        let mut forward = |word: &mut u64, to: &mut Semispace| {
            let index = from.index(*word);
            // A forwarded object has its new word where its length was.
            if !Word::from_bits(from.words[index]).is_heap() {
                let fields = from.words[index + 1..][..from.words[index] as usize].iter().copied();
                from.words[index] = to.add(fields);
            }
            *word = from.words[index];
        };
        roots(&mut |word| forward(word, to));
        let mut scan = 0;
        while scan < to.words.len() {
            let end = scan + 1 + to.words[scan] as usize;
            for field in scan + 1..end {
                let mut word = to.words[field];
                if Word::from_bits(word).is_heap() {
                    forward(&mut word, to);
                    to.words[field] = word;
                }
            }
            scan = end;
        }
    }
}

struct Vm {
    heap: Semispace,
    tasks: TaskScheduler<'static>,
    stack: Vec<Word64>,
}

/// What a callable or a continuation does: its first field. The second is its operand.
const FORK: i32 = 0;
const GATHER: i32 = 1;

impl Vm {
    /// A new object. Everything moves: what is not in the fields, on the stack or in the task table is stale after it.
    fn alloc(&mut self, fields: &[Word64]) -> Word64 {
        let below = self.stack.len();
        self.stack.extend_from_slice(fields);
        self.heap.collect(|visit| {
            // SAFETY: every heap word of this VM is of its own heap; the closure leaves the word of the same object,
            // and reaches only the heap. This is a full collection.
            unsafe {
                Visitor::with_words(false, &mut |_group, word| visit(word), |visitor| {
                    visitor.slice(&mut self.stack);
                    self.tasks.scan_roots(visitor);
                });
            }
        });
        let fields = self.stack.drain(below..).map(Value::to_bits);
        let word = self.heap.add(fields);
        // SAFETY: a word of this VM's heap, made just now.
        unsafe { Value::from_bits(word) }
    }

    fn field(&self, object: Word64, index: usize) -> Word64 {
        // SAFETY: as `alloc`: what is in a field was visited with its object.
        unsafe { Value::from_bits(self.heap.fields(object.to_bits())[index]) }
    }

    fn list(&mut self, numbers: &[i32]) -> Word64 {
        numbers.iter().fold(Value::NIL, |tail, &number| self.alloc(&[Value::int(number), tail]))
    }

    /// Runs until nothing is ready and nothing can come.
    fn run(&mut self) {
        let parker = self.tasks.parker();
        loop {
            while let Some((task, data)) = self.tasks.poll_inbox_foreign() {
                let numbers = data.downcast::<Vec<i32>>().expect("producers send numbers");
                let list = self.list(&numbers);
                self.tasks.settle(task, Ok(list)).expect("it was open");
            }
            match self.tasks.begin() {
                Some(turn) => self.turn(turn),
                None if self.tasks.open_externals() > 0 => parker.park(None),
                None => return,
            }
        }
    }

    fn turn(&mut self, turn: Turn<'static>) {
        let task = turn.task;
        let (code, operand) = (self.field(turn.value, 0), self.field(turn.value, 1));
        match (code.as_int(), turn.wake) {
            (Some(FORK), Wake::First) => match operand.as_int() {
                None | Some(0) => {
                    let leaf = self.alloc(&[Value::int(1), Value::NIL]);
                    self.tasks.complete(task, leaf).expect("it runs");
                }
                Some(depth) => {
                    let half = self.alloc(&[Value::int(FORK), Value::int(depth - 1)]);
                    let halves = [self.tasks.spawn(half).expect("room"), self.tasks.spawn(half).expect("room")];
                    let both = self.tasks.join(JoinKind::All, &halves).expect("room");
                    // The join keeps their values.
                    for half in halves {
                        self.tasks.release(half).expect("it is there");
                    }
                    let gather = self.alloc(&[Value::int(GATHER), Value::NIL]);
                    self.tasks.suspend(task, both, gather).expect("it runs");
                }
            },
            (Some(GATHER), Wake::Joined(join)) => {
                let parts = self.tasks.parts(join).expect("a join");
                let parts: Vec<_> = parts.filter_map(|part| part?.ok()).collect();
                self.tasks.release(join).expect("it is there");
                let pair = self.alloc(&parts);
                self.tasks.complete(task, pair).expect("it runs");
            }
            _ => unreachable!("no other wakes in this program"),
        }
    }

    /// The sum of all numbers that an object leads to.
    fn sum(&self, value: Word64) -> i64 {
        match value.as_int() {
            Some(number) => number.into(),
            None if value.is_heap() => {
                (0..self.heap.fields(value.to_bits()).len()).map(|index| self.sum(self.field(value, index))).sum()
            }
            None => 0,
        }
    }
}

/// Sums the leaves of a tree of `depth`, and `numbers` twice; and how often everything moved.
pub(crate) fn fork_and_send(depth: i32, numbers: &[i32]) -> (i64, usize) {
    // SAFETY: its values are words of this VM's heap, which visits it in every collection; none is read by `downcast`
    // or printed, and none is used after an allocation but from a root.
    let tasks = unsafe { TaskScheduler::foreign() };
    let mut vm = Vm { heap: Semispace { base: 8, ..Semispace::default() }, tasks, stack: vec![] };
    let callable = vm.alloc(&[Value::int(FORK), Value::int(depth)]);
    let tree = vm.tasks.spawn(callable).expect("room");
    let (first, completer) = vm.tasks.external().expect("room");
    let (second, other) = vm.tasks.external().expect("room");
    let all = vm.tasks.join(JoinKind::All, &[tree, first, second]).expect("room");
    let result = vm.tasks.ticket(all).expect("it is there");
    let producers = [completer, other].map(|completer: Completer| {
        let numbers = numbers.to_vec();
        std::thread::spawn(move || completer.complete_data(numbers))
    });
    vm.run();
    producers.into_iter().for_each(|producer| producer.join().expect("it only sends"));
    let all = vm.tasks.task(&result).expect("the ticket keeps it");
    assert!(matches!(vm.tasks.outcome(all), Ok(Outcome::Ok(_))));
    let sum = vm.tasks.parts(all).expect("a join").map(|part| part.and_then(|part| part.ok())).map(Option::unwrap);
    (sum.map(|value| vm.sum(value)).sum(), vm.heap.collections)
}

fn main() {
    let (sum, collections) = fork_and_send(6, &[1, 2, 3]);
    println!("the tasks add up to {sum}; everything moved {collections} times");
}
