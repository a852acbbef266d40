//! Externals: what they cost, a bounded inbox, batches, where they were made.

use mangrove_gc::HeapConfig;
use mangrove_scheduler::*;

use crate::machine::*;

/// `cargo test -p mangrove-scheduler --release --test suite -- --ignored --nocapture measure_completions`
#[test]
#[ignore = "measures"]
fn measure_completions() {
    use std::time::Instant;
    let mut heap = heap_of(HeapConfig::default());
    let count = 20_000;
    let mut best = [[f64::MAX; 4]; 3];
    for round in 0..600 {
        heap.mutate(|mc, root| {
            let start = Instant::now();
            let (tasks, completers): (Vec<_>, Vec<_>) = (0..count).map(|_| root.tasks.external().unwrap()).unzip();
            let made = start.elapsed();
            let sending = Instant::now();
            let sent = match round % 3 {
                0 => {
                    completers.into_iter().for_each(|completer| completer.complete(1));
                    sending.elapsed()
                }
                1 => {
                    let mut batch = Batch::new();
                    completers.into_iter().for_each(|completer| {
                        batch.complete(completer, 1);
                        if batch.len() == 64 {
                            batch.send();
                        }
                    });
                    drop(batch);
                    sending.elapsed()
                }
                _ => std::thread::spawn(move || {
                    completers.into_iter().for_each(|completer| completer.complete(1));
                    sending.elapsed()
                })
                .join()
                .unwrap(),
            };
            let draining = Instant::now();
            assert_eq!(root.tasks.poll_inbox(mc), Drained::Empty);
            let drained = draining.elapsed();
            let taking = Instant::now();
            for &task in &tasks {
                root.tasks.take(task).unwrap();
            }
            let taken = taking.elapsed();
            let each = [made, sent, drained, taken].map(|time| time.as_nanos() as f64 / count as f64);
            let best = &mut best[round % 3];
            best.iter_mut().zip(each).for_each(|(best, each)| *best = best.min(each));
        });
    }
    for (way, best) in ["one by one", "in batches of 64", "by another thread"].into_iter().zip(best) {
        println!("make, complete {way}, drain, take: {best:.1?} ns, together {:.1}", best.iter().sum::<f64>());
    }
}
