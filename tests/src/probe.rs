//! Looks at a heap word before it is followed.
//!
//! Invariant: nothing is concluded from what is read but that a word is stale. A stale word is a finding, and must
//! be reported rather than followed: the collector's poison makes most of them recognisable by one load.

use mangrove_gc::Value;

/// Says why `value`, a heap word, cannot point to a live object, if its header shows it.
pub(crate) fn stale(value: Value<'_>) -> Option<String> {
    let address = value.word().as_heap()?;
    if address < 4096 || !address.is_multiple_of(8) {
        return Some(format!("stale value: {address:#x} is no address of an object"));
    }
    // SAFETY: every word that a heap gave out points into address space that the heap holds for its whole life; the
    // read is raw, and whatever is there is taken for bits only. A word that was forged elsewhere may fault, which
    // is the end that following it would have had.
    let header = unsafe { std::ptr::with_exposed_provenance::<u64>(address as usize).read_volatile() };
    let what = match header {
        0 => "zeroed memory",
        _ if header == Value::POISON.to_bits() => "poisoned memory",
        _ if header & 1 != 0 => "an object that has moved away",
        _ if header >> 48 != 0 => "what is no header",
        _ => return None,
    };
    Some(format!("stale value: {address:#x} points to {what} ({header:#x})"))
}
