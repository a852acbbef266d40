//! [`Zeal`]: the seeded torture mode of a heap, and [`HeapConfig`].
//!
//! Invariant: all choices of zeal come from its seed and from counts, never from the clock, so a run replays.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

/// What a heap may use, and how it is tortured.
#[derive(Clone, Debug)]
pub struct HeapConfig {
    /// Most bytes of the heap: blocks of the old space, large objects, the nursery and external bytes together.
    /// While it collects, the heap may exceed this by twice the nursery, and by what `Collect::Compact` copies.
    pub max_bytes: usize,
    /// Bytes of the nursery at the start. It grows up to `max_nursery_bytes` while much of it survives.
    pub nursery_bytes: usize,
    /// Most bytes of the nursery.
    pub max_nursery_bytes: usize,
    /// How long a safepoint should last at most. It is turned into counts: of objects that a slice of marking scans
    /// and a minor collection promotes (which bounds the nursery), of blocks that are swept; so collections do not
    /// depend on the clock. `Heap::collect`, and a safepoint at the limit, take as long as they take.
    pub pause_target: Duration,
    /// Ask the system for huge pages for the old space; off by default. Marking and promotion are 5 to 20 % faster with
    /// them; but memory is first touched, and so zeroed, 2 MiB at a time: a pause of 0.1 ms, or of 5 ms on a virtual
    /// machine whose host has to find the memory.
    pub huge_pages: bool,
    /// The torture mode, if any.
    pub zeal: Option<Zeal>,
}

impl Default for HeapConfig {
    /// 4 GiB, a nursery of 1 to 4 MiB, pauses of a millisecond, no huge pages, no zeal.
    fn default() -> Self {
        HeapConfig {
            max_bytes: 4 << 30,
            nursery_bytes: 1 << 20,
            max_nursery_bytes: 4 << 20,
            pause_target: Duration::from_millis(1),
            huge_pages: false,
            zeal: None,
        }
    }
}

impl HeapConfig {
    /// The default, with the zeal that the environment variable `MANGROVE_ZEAL` asks for: for tests.
    ///
    /// # Panics
    /// When the variable cannot be parsed: a torture run that does nothing is worse than none.
    pub fn from_env() -> Self {
        let zeal = std::env::var("MANGROVE_ZEAL").ok().filter(|spec| !spec.is_empty());
        let zeal = zeal.map(|spec| spec.parse().unwrap_or_else(|e| panic!("MANGROVE_ZEAL: {e}")));
        HeapConfig { zeal, ..HeapConfig::default() }
    }

    /// The same with this zeal.
    #[must_use]
    pub fn with_zeal(self, zeal: Zeal) -> Self {
        HeapConfig { zeal: Some(zeal), ..self }
    }
}

/// At which safepoints zeal collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At every n-th; 1 is each.
    Every(u32),
    /// At one in n, drawn from the seed.
    OneIn(u32),
}

/// What zeal collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The nursery.
    Minor,
    /// One slice of an incremental cycle: marking in small steps, its end, and the sweep.
    Slice,
    /// Everything, in one pause.
    Full,
    /// Everything, and every object moves.
    Compact,
    /// Any of these, drawn from the seed.
    Random,
}

/// The torture mode of a heap: collect at safepoints whether due or not, move, poison, verify.
///
/// It parses from text: `off`, `minor`, `slice`, `full`, `move`, `random`, or settings separated by commas:
/// `what=random,every=1,seed=7,verify=1,poison=1,quarantine=4,fail=1000`.
///
/// ```
/// use mangrove_gc::{What, When, Zeal};
/// let zeal: Zeal = "what=random,one-in=3,seed=7".parse()?;
/// assert_eq!((zeal.what, zeal.when, zeal.seed), (What::Random, When::OneIn(3), 7));
/// # Ok::<(), mangrove_gc::ZealError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zeal {
    /// Seeds every choice.
    pub seed: u64,
    /// At which safepoints it collects.
    pub when: When,
    /// What it collects.
    pub what: What,
    /// Fill memory that objects left or died in with [`Value::POISON`](crate::Value::POISON).
    pub poison: bool,
    /// For how many collections such memory is not used again.
    pub quarantine: u32,
    /// Verify the heap after each collection.
    pub verify: bool,
    /// Let every n-th allocation fail with [`AllocError::Collect`](crate::AllocError::Collect); 0 is never. A retry after
    /// a collection is not refused: from the safepoint or collection that follows a failure to the next one, none fails;
    /// nor where the root is made. So code that allocates more than n objects succeeds, too.
    pub fail_alloc: u32,
}

impl Zeal {
    /// The strongest: everything moves at every safepoint, what is left is poisoned and kept aside, and all is
    /// verified.
    pub fn moving(seed: u64) -> Self {
        Zeal {
            seed,
            when: When::Every(1),
            what: What::Compact,
            poison: true,
            quarantine: 4,
            verify: true,
            fail_alloc: 0,
        }
    }

    /// As [`Zeal::moving`], with this kind of collection.
    pub fn of(what: What, seed: u64) -> Self {
        Zeal { what, ..Zeal::moving(seed) }
    }
}

/// Text that is no zeal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZealError(String);

impl fmt::Display for ZealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; use minor, slice, full, move, random, or what=…,every=N,one-in=N,seed=N,verify=0|1,poison=0|1,quarantine=N,fail=N",
            self.0
        )
    }
}
impl std::error::Error for ZealError {}

impl FromStr for What {
    type Err = ZealError;
    fn from_str(s: &str) -> Result<Self, ZealError> {
        Ok(match s {
            "minor" => What::Minor,
            "slice" => What::Slice,
            "full" => What::Full,
            "move" | "compact" => What::Compact,
            "random" => What::Random,
            _ => return Err(ZealError(format!("zeal cannot collect `{s}`"))),
        })
    }
}

impl FromStr for Zeal {
    type Err = ZealError;
    fn from_str(s: &str) -> Result<Self, ZealError> {
        let mut zeal = Zeal::moving(1);
        for part in s.split(',').filter(|part| !part.is_empty()) {
            let Some((key, value)) = part.split_once('=') else {
                zeal.what = part.parse()?;
                continue;
            };
            let number = || value.parse::<u64>().map_err(|_| ZealError(format!("`{part}` needs a number")));
            let small = || {
                let n = number()?;
                u32::try_from(n).map_err(|_| ZealError(format!("`{part}` is too large")))
            };
            let at_least_one = || match small()? {
                0 => Err(ZealError(format!("`{part}` must be at least 1"))),
                n => Ok(n),
            };
            match key {
                "what" => zeal.what = value.parse()?,
                "every" => zeal.when = When::Every(at_least_one()?),
                "one-in" => zeal.when = When::OneIn(at_least_one()?),
                "seed" => zeal.seed = number()?,
                "verify" => zeal.verify = number()? != 0,
                "poison" => zeal.poison = number()? != 0,
                "quarantine" => zeal.quarantine = small()?,
                "fail" => zeal.fail_alloc = small()?,
                _ => return Err(ZealError(format!("zeal has no setting `{key}`"))),
            }
        }
        Ok(zeal)
    }
}

impl fmt::Display for Zeal {
    /// In the form that parses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            What::Minor => "minor",
            What::Slice => "slice",
            What::Full => "full",
            What::Compact => "move",
            What::Random => "random",
        };
        let (when, n) = match self.when {
            When::Every(n) => ("every", n),
            When::OneIn(n) => ("one-in", n),
        };
        let Zeal { seed, poison, quarantine, verify, fail_alloc, .. } = self;
        write!(
            f,
            "what={what},{when}={n},seed={seed},verify={},poison={},quarantine={quarantine},fail={fail_alloc}",
            u8::from(*verify),
            u8::from(*poison)
        )
    }
}

/// A small, fast generator for choices (xorshift64*).
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Rng(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        ((high * u64::from(n)) >> 32) as u32
    }
}
