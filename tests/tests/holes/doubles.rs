//! Hole 9: doubles that read as pointers.

use super::*;

#[derive(Trace, Object)]
struct Raw<'gc> {
    bits: u64,
    double: f64,
    wide: u128,
    slot: Slot<'gc>,
}

/// NaNs of every tag that the layout uses, and their signed twins.
fn patterns() -> impl Iterator<Item = u64> {
    let tops = (0x7FF0..=0x7FFF).chain(0xFFF0..=0xFFFF_u64);
    tops.flat_map(|top| [0, 1, 8, 0x1234_5678, 0x7FFF_FFFF_FFF8, 0xFFFF_FFFF_FFFF].map(|low| top << 48 | low))
}

/// Doubles that a program can make of such bits without `unsafe`.
fn doubles(bits: u64) -> impl Iterator<Item = f64> {
    let nan = f64::from_bits(bits);
    let single = f32::from_bits((bits >> 32) as u32 | 0x7F80_0000);
    let kept = [nan, -nan, nan.mul_add(2.0, 1.0), 1.0f64.mul_add(nan, nan), nan + 1.0, nan * 0.0, 0.0 - nan];
    kept.into_iter().chain([
        f64::from(single),
        f64::from(single.mul_add(2.0, 1.0)),
        nan.max(f64::NAN),
        nan.copysign(1.0),
    ])
}

#[test]
fn no_double_reads_as_a_pointer() {
    let mut heap = moving(9);
    for bits in patterns() {
        heap.mutate(|_, root| {
            root.clear();
            for double in doubles(bits) {
                let single = double as f32;
                for value in [
                    Value::from(double),
                    Value::double(double),
                    Value::from(single),
                    Value::from(f32::from_bits(bits as u32 | 0x7F80_0000)),
                ] {
                    assert!(!value.is_heap() && !value.word().is_traced(), "{bits:#x} became {value:?}");
                    assert!(value.as_double().is_some(), "{bits:#x} became {value:?}");
                    root.push(value);
                }
                let stored = Value::from(double).as_double().unwrap();
                assert!(stored.is_nan() == double.is_nan() && (double.is_nan() || stored == double));
            }
        });
        heap.safepoint().unwrap();
    }
    heap.verify().unwrap();
}

#[test]
fn plain_data_is_never_taken_for_a_word() {
    let mut heap = moving(10);
    run(&mut heap, |mc, root| {
        root.clear();
        let target = mc.alloc_str("target")?;
        let bits = Value::from(target).to_bits();
        let raw = Raw {
            bits,
            double: f64::from_bits(bits),
            wide: u128::from(bits) << 64 | u128::from(bits),
            slot: Slot::new(target.into()),
        };
        root.push(mc.alloc(raw)?.into());
        root.push(mc.alloc_bytes(&bits.to_ne_bytes())?.into());
        Ok(())
    });
    for _ in 0..3 {
        let before = heap.mutate(|_, root| root[0].downcast::<Raw>().unwrap().bits);
        collect_all(&mut heap);
        heap.mutate(|_, root| {
            let raw = root[0].downcast::<Raw>().unwrap();
            assert_eq!(&**raw.slot.get().downcast::<Str>().unwrap(), "target");
            assert_eq!((raw.bits, raw.double.to_bits()), (before, before));
            assert_eq!(raw.wide, u128::from(before) << 64 | u128::from(before));
            assert_eq!(&root[1].downcast::<mangrove_gc::Bytes>().unwrap()[..], &before.to_ne_bytes());
            assert_ne!(raw.slot.get().to_bits(), before, "it did not move: the test tests nothing");
        });
    }
}
