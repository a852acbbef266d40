//! The kernels of the bulk scan for AVX2 and AVX-512, and the choice between them. The only file of this crate with `unsafe`.
//!
//! Invariants: a [`Level`] above `Portable` exists only on a processor that has its instructions, because only this file makes
//! one, from what `cpuid` said; no kernel reads outside its input or writes outside its output; no kernel calls foreign code, so
//! nothing here can unwind half way.
//!
//! Without the standard library there is no `is_x86_feature_detected!`, so the processor is asked directly, once, and the answer kept
//! in an atomic. Miri, which has no such processor, gets the portable form.

use core::sync::atomic::{AtomicU8, Ordering};

use super::{BLOCK, Positions, SHORT, Span, collect_portable, positions_portable};

/// An instruction set that this processor has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Level(Set);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Set {
    Portable = 1,
    #[cfg(target_arch = "x86_64")]
    Avx2 = 2,
    #[cfg(target_arch = "x86_64")]
    Avx512 = 3,
}

/// The [`Set`] that [`detect`] found, or 0 before it was asked. Threads that ask at once find the same.
static FOUND: AtomicU8 = AtomicU8::new(0);

impl Level {
    /// The best one. The first call asks the processor.
    #[inline]
    pub(super) fn of_this_processor() -> Level {
        const PORTABLE: u8 = Set::Portable as u8;
        #[cfg(target_arch = "x86_64")]
        const AVX2: u8 = Set::Avx2 as u8;
        #[cfg(target_arch = "x86_64")]
        const AVX512: u8 = Set::Avx512 as u8;
        match FOUND.load(Ordering::Relaxed) {
            #[cfg(target_arch = "x86_64")]
            AVX512 => Level(Set::Avx512),
            #[cfg(target_arch = "x86_64")]
            AVX2 => Level(Set::Avx2),
            PORTABLE => Level(Set::Portable),
            _ => Level::ask(),
        }
    }

    /// The best one for so many words: for a few, without a look at the processor.
    #[inline]
    pub(super) fn for_words(words: usize) -> Level {
        if words < SHORT { Level(Set::Portable) } else { Level::of_this_processor() }
    }

    #[cold]
    fn ask() -> Level {
        let set = detect();
        FOUND.store(set as u8, Ordering::Relaxed);
        Level(set)
    }

    /// All that this processor has, the best last.
    #[cfg(test)]
    pub(super) fn available() -> impl Iterator<Item = Level> {
        let best = detect();
        let all = [
            Set::Portable,
            #[cfg(target_arch = "x86_64")]
            Set::Avx2,
            #[cfg(target_arch = "x86_64")]
            Set::Avx512,
        ];
        all.into_iter().filter(move |&set| set as u8 <= best as u8).map(Level)
    }

    /// Writes the positions of the words of `block` that are in `span` to the start of `out`, in order, and returns how many
    /// they are. With `NEW`, leaves those out that are equal to the word before them in the block.
    ///
    /// # Panics
    ///
    /// If `block` is longer than [`BLOCK`].
    #[inline]
    pub(super) fn positions<const NEW: bool>(self, block: &[u64], span: Span, out: &mut Positions) -> usize {
        assert!(block.len() <= BLOCK);
        match self.0 {
            Set::Portable => positions_portable::<NEW>(block, span, out),
            // SAFETY: this `Level` exists, so the processor has AVX2 and POPCNT; the length was checked.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { x86::positions_avx2::<NEW>(block, span, out) },
            // SAFETY: this `Level` exists, so the processor has these parts of AVX-512; the length was checked.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { x86::positions_avx512::<NEW>(block, span, out) },
        }
    }

    /// Copies the traced words of `words` to the start of `out`, in order, and returns how many they are.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    #[inline]
    pub(super) fn collect(self, words: &[u64], out: &mut [u64]) -> usize {
        assert!(words.len() == out.len());
        match self.0 {
            Set::Portable => collect_portable(words, out),
            // SAFETY: this `Level` exists, so the processor has AVX2 and POPCNT; the lengths were checked.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { x86::collect_avx2(words, out) },
            // SAFETY: this `Level` exists, so the processor has these parts of AVX-512; the lengths were checked.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { x86::collect_avx512(words, out) },
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Set {
    Set::Portable
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Set {
    use core::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};

    const fn has(register: u32, bits: &[u32]) -> bool {
        let mut i = 0;
        while i < bits.len() {
            if register >> bits[i] & 1 == 0 {
                return false;
            }
            i += 1;
        }
        true
    }

    if cfg!(miri) {
        return Set::Portable;
    }
    // SAFETY: every x86-64 processor has CPUID, and each leaf is asked for after the largest one said that it is there.
    // Newer compilers have these intrinsics safe.
    #[allow(unused_unsafe)]
    let (basic, extended) = unsafe {
        if __cpuid(0).eax < 7 {
            return Set::Portable;
        }
        (__cpuid(1), __cpuid_count(7, 0))
    };
    // Leaf 1, ECX: POPCNT 23, OSXSAVE 27, AVX 28.
    if !has(basic.ecx, &[23, 27, 28]) {
        return Set::Portable;
    }
    // SAFETY: OSXSAVE says that XGETBV may be executed.
    let saved = unsafe { _xgetbv(0) } as u32;
    // XCR0: the operating system keeps SSE 1, AVX 2; and for AVX-512 the mask registers 5 and the upper halves 6, 7.
    // Leaf 7, EBX: AVX2 5, AVX-512 F 16, BW 30; ECX: VBMI2 6.
    if !has(saved, &[1, 2]) || !has(extended.ebx, &[5]) {
        Set::Portable
    } else if has(saved, &[5, 6, 7]) && has(extended.ebx, &[16, 30]) && has(extended.ecx, &[6]) {
        Set::Avx512
    } else {
        Set::Avx2
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::*;

    use super::super::{BLOCK, Positions, Span, is_traced};
    use crate::layout::FIRST_TRACED;

    /// For each mask of eight words, the positions of its set bits, one byte each, the first lowest.
    static POSITIONS_OF_8: [u64; 256] = {
        let mut table = [0; 256];
        let mut mask = 0;
        while mask < 256 {
            let (mut bit, mut found) = (0, 0);
            while bit < 8 {
                if mask >> bit & 1 != 0 {
                    table[mask] |= bit << (8 * found);
                    found += 1;
                }
                bit += 1;
            }
            mask += 1;
        }
        table
    };

    /// For each mask of four words, the 32-bit lanes that bring its words to the front.
    static COMPRESS_4: [[u32; 8]; 16] = {
        let mut table = [[0; 8]; 16];
        let mut mask = 0;
        while mask < 16 {
            let (mut bit, mut found) = (0, 0);
            while bit < 4 {
                if mask >> bit & 1 != 0 {
                    table[mask][2 * found] = 2 * bit;
                    table[mask][2 * found + 1] = 2 * bit + 1;
                    found += 1;
                }
                bit += 1;
            }
            mask += 1;
        }
        table
    };

    /// 0, 1, … 63.
    static COUNT_64: [u8; 64] = {
        let mut count = [0; 64];
        let mut i = 0;
        while i < 64 {
            count[i] = i as u8;
            i += 1;
        }
        count
    };

    /// Which of four words are traced, as lanes of ones.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn traced_4(words: &[u64; 4]) -> (__m256i, __m256i) {
        // SAFETY: the load reads the 32 bytes of `words`; it needs no alignment.
        let loaded = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
        (loaded, _mm256_cmpgt_epi64(loaded, _mm256_set1_epi64x(FIRST_TRACED - 1)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn mask_of(lanes: __m256i) -> usize {
        _mm256_movemask_pd(_mm256_castsi256_pd(lanes)) as usize
    }

    /// # Safety
    ///
    /// `block` is at most [`BLOCK`] words long.
    #[target_feature(enable = "avx2,popcnt")]
    pub(super) unsafe fn positions_avx2<const NEW: bool>(block: &[u64], span: Span, out: &mut Positions) -> usize {
        // There are signed comparisons only: both sides are shifted by half of all words.
        const HALF: u64 = 1 << 63;
        let first = _mm256_set1_epi64x((span.first ^ HALF) as i64);
        let len = _mm256_set1_epi64x((span.len ^ HALF) as i64);
        // The words so far, the last one first; at first none that is in the span.
        let mut before = _mm256_set1_epi64x(span.first.wrapping_sub(1) as i64);
        let mut within = |words: &[u64; 4]| {
            // SAFETY: the load reads the 32 bytes of `words`; it needs no alignment.
            let loaded = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
            let mut lanes = _mm256_cmpgt_epi64(len, _mm256_sub_epi64(loaded, first));
            if NEW {
                let turned = _mm256_permute4x64_epi64::<0b10_01_00_11>(loaded);
                let shifted = _mm256_blend_epi32::<0b11>(turned, before);
                lanes = _mm256_andnot_si256(_mm256_cmpeq_epi64(loaded, shifted), lanes);
                before = turned;
            }
            mask_of(lanes)
        };
        let (groups, rest) = block.as_chunks::<8>();
        let mut found = 0;
        let mut base = 0u64;
        for group in groups {
            let (quads, _) = group.as_chunks::<4>();
            let mask = within(&quads[0]) | within(&quads[1]) << 4;
            let positions = POSITIONS_OF_8[mask] + base;
            debug_assert!(found + 8 <= BLOCK);
            // SAFETY: `found` is at most the number of words before this group, so eight bytes from there end at or before the
            // position after this group, which is at most BLOCK, the length of `out`.
            unsafe { out.as_mut_ptr().add(found).cast::<[u8; 8]>().write(positions.to_le_bytes()) };
            found += mask.count_ones() as usize;
            // Eight further in each byte. After the last group of a full block the top byte overflows, unused.
            base = base.wrapping_add(0x0808_0808_0808_0808);
        }
        let start = groups.len() * 8;
        for (i, &word) in rest.iter().enumerate() {
            out[found] = (start + i) as u8;
            let old = NEW && block.get((start + i).wrapping_sub(1)) == Some(&word);
            found += usize::from(span.holds(word) && !old);
        }
        found
    }

    /// # Safety
    ///
    /// `out` is as long as `words`.
    #[target_feature(enable = "avx2,popcnt")]
    pub(super) unsafe fn collect_avx2(words: &[u64], out: &mut [u64]) -> usize {
        let (groups, rest) = words.as_chunks::<4>();
        let mut found = 0;
        for group in groups {
            let (loaded, lanes) = traced_4(group);
            let mask = mask_of(lanes);
            // SAFETY: the load reads the 32 bytes of a table entry.
            let order = unsafe { _mm256_loadu_si256(COMPRESS_4[mask].as_ptr().cast()) };
            debug_assert!(found + 4 <= out.len());
            // SAFETY: `found` is at most the number of words before this group, so four words from there end at or before
            // the end of this group, which is within `words` and so within `out`.
            unsafe {
                _mm256_storeu_si256(out.as_mut_ptr().add(found).cast(), _mm256_permutevar8x32_epi32(loaded, order));
            }
            found += mask.count_ones() as usize;
        }
        for &word in rest {
            out[found] = word;
            found += usize::from(is_traced(word));
        }
        found
    }

    /// Which of eight words are traced, the first lowest.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn traced_8(words: &[u64; 8]) -> (__m512i, u8) {
        // SAFETY: the load reads the 64 bytes of `words`; it needs no alignment.
        let loaded = unsafe { _mm512_loadu_si512(words.as_ptr().cast()) };
        (loaded, _mm512_cmpge_epi64_mask(loaded, _mm512_set1_epi64(FIRST_TRACED)))
    }

    /// The words of a slice of fewer than eight, zeros after them, and which of the eight are the slice's.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load_rest(words: &[u64]) -> (__m512i, u8) {
        debug_assert!(words.len() < 8);
        let here = ((1u32 << words.len()) - 1) as u8;
        // SAFETY: the masked load reads `words` only; lanes that are masked out are not accessed.
        (unsafe { _mm512_maskz_loadu_epi64(here, words.as_ptr().cast()) }, here)
    }

    /// # Safety
    ///
    /// `block` is at most [`BLOCK`] words long.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
    pub(super) unsafe fn positions_avx512<const NEW: bool>(block: &[u64], span: Span, out: &mut Positions) -> usize {
        let (first, len) = (_mm512_set1_epi64(span.first as i64), _mm512_set1_epi64(span.len as i64));
        // The words so far, of which the last lane counts; at first none that is in the span.
        let mut before = _mm512_set1_epi64(span.first.wrapping_sub(1) as i64);
        let mut within = |loaded: __m512i| {
            let mut mask = _mm512_cmplt_epu64_mask(_mm512_sub_epi64(loaded, first), len);
            if NEW {
                mask = _mm512_mask_cmpneq_epi64_mask(mask, loaded, _mm512_alignr_epi64::<7>(loaded, before));
                before = loaded;
            }
            u64::from(mask)
        };
        // SAFETY: the load reads the 64 bytes of the table.
        let mut counting = unsafe { _mm512_loadu_si512(COUNT_64.as_ptr().cast()) };
        let mut found = 0;
        for group in block.chunks(64) {
            let (eights, last) = group.as_chunks::<8>();
            let mut mask = 0;
            for (i, eight) in eights.iter().enumerate() {
                // SAFETY: the load reads the 64 bytes of `eight`; it needs no alignment.
                mask |= within(unsafe { _mm512_loadu_si512(eight.as_ptr().cast()) }) << (8 * i);
            }
            if !last.is_empty() {
                let (loaded, here) = load_rest(last);
                // Fewer than eight eights come before a rest, so no shift is by 64.
                mask |= (within(loaded) & u64::from(here)) << (8 * eights.len());
            }
            debug_assert!(found + 64 <= BLOCK);
            // SAFETY: `found` is at most the number of words before this group of up to 64. Only the last group of a block is
            // shorter, and there are at most BLOCK / 64 groups, so that number is at most BLOCK - 64, and 64 bytes from
            // there are within `out`.
            unsafe {
                _mm512_storeu_si512(out.as_mut_ptr().add(found).cast(), _mm512_maskz_compress_epi8(mask, counting));
            }
            found += mask.count_ones() as usize;
            counting = _mm512_add_epi8(counting, _mm512_set1_epi8(64));
        }
        found
    }

    /// # Safety
    ///
    /// `out` is as long as `words`.
    #[target_feature(enable = "avx512f,popcnt")]
    pub(super) unsafe fn collect_avx512(words: &[u64], out: &mut [u64]) -> usize {
        let (groups, rest) = words.as_chunks::<8>();
        let mut found = 0;
        for group in groups {
            let (loaded, mask) = traced_8(group);
            debug_assert!(found + 8 <= out.len());
            // Compressed in a register, then stored whole: on some processors the compressing store is slow.
            // SAFETY: `found` is at most the number of words before this group, so eight words from there end at or before
            // the end of this group, which is within `words` and so within `out`.
            unsafe {
                _mm512_storeu_si512(out.as_mut_ptr().add(found).cast(), _mm512_maskz_compress_epi64(mask, loaded))
            };
            found += mask.count_ones() as usize;
        }
        // Zeros are doubles: the lanes beyond the end are not traced.
        let loaded = load_rest(rest).0;
        let mask = _mm512_cmpge_epi64_mask(loaded, _mm512_set1_epi64(FIRST_TRACED));
        let kept = mask.count_ones();
        let here = ((1u32 << kept) - 1) as u8;
        // SAFETY: `kept` words are stored, and `found + kept` is at most the number of words.
        unsafe {
            let to = out.as_mut_ptr().add(found).cast();
            _mm512_mask_storeu_epi64(to, here, _mm512_maskz_compress_epi64(mask, loaded));
        }
        found + kept as usize
    }
}
