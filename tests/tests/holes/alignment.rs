//! Hole 8: payloads that want 16-byte alignment.

use super::*;

#[derive(Trace, Object)]
#[repr(align(16))]
struct Wide<'gc> {
    slot: Slot<'gc>,
    tag: u64,
}

#[derive(Trace, Object)]
struct Huge {
    words: [u128; 3],
    rest: [[u128; 64]; 40],
}

fn aligned<T>(of: &T) -> bool {
    std::ptr::from_ref(of).addr().is_multiple_of(16)
}

#[test]
fn payload_stays_aligned_in_every_space() {
    assert_eq!(align_of::<Wide<'_>>(), 16);
    for seed in 0..3 {
        let mut heap = moving(seed);
        run(&mut heap, |mc, root| {
            root.clear();
            for i in 0..200u64 {
                let number = Value::from(i as i32);
                // Objects of odd sizes in between.
                root.push(mc.alloc_slots((), &vec![number; (i % 5) as usize])?.into());
                root.push(mc.alloc(Wide { slot: Slot::new(root[root.len() - 1]), tag: i })?.into());
                mc.alloc(i)?;
                let tail = mc.alloc_tail(Wide { slot: Slot::new(number), tag: i }, (i % 4) as usize, number)?;
                root.push(tail.into());
                if i % 50 == 0 {
                    // Beyond a block: a large object.
                    let large = mc.alloc_tail(Wide { slot: Slot::new(number), tag: i }, 9001, number)?;
                    root.push(large.into());
                    root.push(mc.alloc(Huge { words: [u128::from(i); 3], rest: [[7; 64]; 40] })?.into());
                }
            }
            Ok(())
        });
        for _ in 0..3 {
            heap.mutate(|_, root| {
                let (mut wide, mut tails, mut huge) = (0, 0, 0);
                for value in root.iter() {
                    if let Some(object) = value.downcast::<Wide>() {
                        assert!(aligned(object.as_ref()), "{object:?}");
                        let len = object.slot.get().downcast::<Tail<()>>().unwrap().len() as u64;
                        assert_eq!(len, object.tag % 5);
                        wide += 1;
                    } else if let Some(object) = value.downcast::<Tail<Wide>>() {
                        assert!(aligned(&object.head), "{object:?}");
                        let number = Value::from(object.head.tag as i32);
                        assert!(object.head.slot.get().same(number), "{object:?}");
                        assert!(object.slots().iter().all(|slot| slot.get().same(number)));
                        tails += 1;
                    } else if let Some(object) = value.downcast::<Huge>() {
                        assert!(aligned(object.as_ref()));
                        assert_eq!((object.words[2] % 50, object.rest[39][63]), (0, 7));
                        huge += 1;
                    }
                }
                assert_eq!((wide, tails, huge), (200, 204, 4));
            });
            collect_all(&mut heap);
        }
    }
}
