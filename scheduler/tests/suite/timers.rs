//! Timers: order, ties, cancelling, timeouts, memory. Clocks are virtual unless the test is about the real one.

use std::time::{Duration, Instant};

use mangrove_gc::{Gc, Heap, Mutation, Value};
use mangrove_scheduler::*;

use crate::machine::*;

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn virtual_heap() -> Heap<Machine> {
    let mut heap = heap();
    heap.mutate(|mc, root| root.tasks = TaskScheduler::new(mc).with_clock(Clock::Virtual));
    heap
}

/// Awaits the task `a`, then logs the time in milliseconds.
fn stamp<'gc>(_: &Mutation<'gc>, root: &mut Root<'gc>, turn: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
    if let Wake::First = turn.wake {
        return Step::Await(TaskId::from_value(frame.a).unwrap(), turn.value);
    }
    let now = root.tasks.now().as_millis() as i32;
    root.log.push(now);
    Step::Done(frame.a)
}

#[test]
fn a_virtual_clock_jumps_from_deadline_to_deadline() {
    let start = Instant::now();
    let mut heap = virtual_heap();
    heap.mutate(|mc, root| {
        for hours in [5, 1, 3, 1, 0] {
            let timer = root.tasks.sleep(hours * HOUR).unwrap();
            go(mc, root, stamp, timer.into());
        }
        assert_eq!(root.tasks.now(), Duration::ZERO);
        assert_eq!(root.tasks.open_timers(), 5);
    });
    assert_eq!(run_until_idle(&mut heap).unwrap().waiting, 0);
    heap.mutate(|_, root| {
        assert_eq!(root.log, [0, 1, 1, 3, 5].map(|hours| hours * 3_600_000));
        assert_eq!((root.tasks.open_timers(), root.tasks.now()), (0, 5 * HOUR));
    });
    assert!(start.elapsed() < HOUR);
}

#[test]
fn a_virtual_clock_stands_still_while_something_is_ready_or_outside() {
    let mut heap = virtual_heap();
    let (ticket, completer) = heap.mutate(|_, root| {
        root.tasks.sleep(HOUR).unwrap();
        let (task, completer) = root.tasks.external().unwrap();
        (root.tasks.ticket(task).unwrap(), completer)
    });
    let worker = std::thread::spawn(move || completer.complete(1));
    run_until(&mut heap, &ticket).unwrap();
    worker.join().unwrap();
    heap.mutate(|_, root| assert_eq!(root.tasks.now(), Duration::ZERO));
}

#[test]
fn ties_settle_in_the_order_in_which_they_were_made() {
    let mut heap = virtual_heap();
    heap.mutate(|_, root| {
        // Some are set from far, some from near, all for the same time.
        let at = Duration::from_secs(1000);
        let mut timers = vec![];
        for step in [0, 900_000, 99_000, 990, 9, 1] {
            assert!(root.tasks.advance(step * MS));
            root.tasks.poll_timers();
            timers.extend((0..3).map(|_| root.tasks.sleep_until(at).unwrap()));
        }
        assert_eq!(root.tasks.now(), at);
        timers.push(root.tasks.sleep_until(MS).unwrap());
        root.tasks.poll_timers();
        let seqs: Vec<_> = timers.iter().map(|&timer| root.tasks.seq(timer).unwrap().unwrap()).collect();
        assert!(seqs.is_sorted(), "{seqs:?}");
    });
}

/// Against a sorted list, with times of every size.
#[test]
fn random_timers_settle_in_the_order_of_their_deadlines() {
    for seed in 0..20u64 {
        let mut heap = virtual_heap();
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            state >> 33
        };
        heap.mutate(|_, root| {
            let mut model: Vec<(Duration, usize, TaskId<'_>)> = vec![];
            let mut settled = 0;
            for number in 0..3000 {
                match next() % 8 {
                    0..=3 => {
                        let time = Duration::from_nanos(next() >> (next() % 31) << (next() % 31));
                        let timer = root.tasks.sleep(time).unwrap();
                        model.push((root.tasks.now() + time, number, timer));
                    }
                    4 if !model.is_empty() => {
                        let (_, _, timer) = model.swap_remove(next() as usize % model.len());
                        assert_eq!(root.tasks.cancel(timer, Reason::NONE), Ok(CancelEnd::Ended));
                        root.tasks.take(timer).unwrap();
                    }
                    _ => {
                        let time = Duration::from_nanos(next() >> (next() % 31) << (next() % 20));
                        let bound = root.tasks.next_timer();
                        assert_eq!(bound.is_some(), !model.is_empty());
                        assert!(model.iter().all(|&(at, ..)| at >= bound.unwrap()));
                        root.tasks.advance(time);
                        root.tasks.poll_timers();
                        let now = root.tasks.now();
                        model.sort_by_key(|&(at, number, _)| (at, number));
                        let due = model.partition_point(|&(at, ..)| at <= now);
                        let mut last = 0;
                        for (_, _, timer) in model.drain(..due) {
                            let seq = root.tasks.seq(timer).unwrap().expect("due");
                            assert!(seq > last);
                            last = seq;
                            root.tasks.take(timer).unwrap();
                            settled += 1;
                        }
                        assert!(model.iter().all(|&(.., timer)| !root.tasks.is_resolved(timer).unwrap()));
                    }
                }
                assert_eq!(root.tasks.open_timers(), model.len());
            }
            assert!(settled > 300, "{settled}");
        });
    }
}

#[test]
fn a_timer_that_is_cancelled_leaves_nothing() {
    let mut heap = virtual_heap();
    heap.mutate(|mc, root| {
        let keep = root.tasks.sleep(HOUR).unwrap();
        let round = |root: &mut Root<'_>, count: u32| {
            let timers: Vec<_> = (0..count).map(|n| root.tasks.sleep(n * MS).unwrap()).collect();
            for timer in timers {
                assert_eq!(root.tasks.cancel(timer, Reason::NONE), Ok(CancelEnd::Ended));
                assert_eq!(root.tasks.status(timer), Ok(TaskStatus::Cancelled));
                root.tasks.release(timer).unwrap();
            }
        };
        round(root, 100_000);
        let bytes = root.tasks.table_bytes();
        assert!(bytes < 500_000, "{bytes} of the 7 MB that 100 000 timers take");
        assert_eq!((root.tasks.outstanding(), root.tasks.open_timers()), (1, 1));
        assert_eq!(census(mc, root), [0i32; 0]);
        root.tasks.advance(HOUR);
        root.tasks.poll_timers();
        assert!(root.tasks.take(keep).unwrap().ok().unwrap().is_nil());
    });
}

#[test]
fn a_sleeping_task_that_is_cancelled_wakes_at_once() {
    let mut heap = virtual_heap();
    heap.mutate(|mc, root| {
        let timer = root.tasks.sleep(HOUR).unwrap();
        let task = go(mc, root, follow, timer.into());
        root.stack = vec![task.into()];
        let turn = root.tasks.begin().unwrap();
        root.tasks.suspend(turn.task, timer, turn.value).unwrap();
        assert_eq!(root.tasks.cancel(kept(root, 0), "enough".into()), Ok(CancelEnd::Told));
        let turn = root.tasks.begin().unwrap();
        assert!(matches!(&turn.wake, Wake::Cancelled(reason) if reason.text() == "enough"));
        root.tasks.end_cancelled(turn.task).unwrap();
        assert_eq!((root.tasks.now(), root.tasks.open_timers()), (Duration::ZERO, 1));
    });
}

#[test]
fn a_timeout_has_the_outcome_of_the_task_or_the_fault() {
    let mut heap = virtual_heap();
    let (tickets, late) = heap.mutate(|mc, root| {
        let mut tickets = vec![];
        let settled = root.tasks.spawn(Value::NIL).unwrap();
        finish(root, cell(mc, 4));
        let quick = go(mc, root, give, cell(mc, 5));
        let wrong = go(mc, root, throw, cell(mc, 6));
        let slow = root.tasks.sleep(3 * MS).unwrap();
        let late = root.tasks.sleep(7 * MS).unwrap();
        for task in [settled, quick, wrong, slow, late] {
            let join = root.tasks.timeout(task, 5 * MS).unwrap();
            tickets.push(root.tasks.ticket(join).unwrap());
        }
        // The tie of a task and its timeout goes to the one that was made first.
        let tie = root.tasks.sleep(5 * MS).unwrap();
        let join = root.tasks.timeout(tie, 5 * MS).unwrap();
        tickets.push(root.tasks.ticket(join).unwrap());
        let told = go(mc, root, follow, kept_join(root, &tickets[4]).into());
        tickets.push(root.tasks.ticket(told).unwrap());
        (tickets, root.tasks.ticket(late).unwrap())
    });
    run_until(&mut heap, &tickets[6]).unwrap();
    heap.mutate(|_, root| {
        let shown: Vec<_> = tickets.iter().map(|t| show(&root.tasks.outcome(kept_join(root, t)).unwrap())).collect();
        assert_eq!(shown, ["ok 4", "ok 5", "err 6", "ok nil", "TimedOut", "ok nil", "ok nil"]);
        assert_eq!(*root.notes, ["faulted TimedOut"]);
        assert_eq!(root.tasks.decided_by(kept_join(root, &tickets[4])), Ok(Some(1)));
        assert_eq!((root.tasks.now(), root.tasks.open_timers()), (5 * MS, 1));
        assert_eq!(root.tasks.is_resolved(kept_join(root, &late)), Ok(false), "it goes on");
    });
    run_until(&mut heap, &late).unwrap();
}

#[test]
fn a_timeout_that_owns_cancels_what_is_late_and_awaits_its_end() {
    /// Sleeps for `a` seconds; cancelled, it needs a second for its cleanup.
    fn slow<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, turn: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
        match turn.wake {
            Wake::First => {
                let timer = root.tasks.sleep(Duration::from_secs(number(frame.a) as u64)).unwrap();
                root.tasks.release(timer).unwrap();
                Step::Await(timer, at(mc, frame, 1, Value::NIL))
            }
            Wake::Cancelled(_) => {
                root.notes.push(format!("cleanup at {:?}", root.tasks.now()));
                Step::Cancelled
            }
            _ => Step::Done(frame.a),
        }
    }
    for (seconds, end) in [(2, "ok 2"), (20, "TimedOut")] {
        let mut heap = virtual_heap();
        let ticket = heap.mutate(|mc, root| {
            let task = go(mc, root, slow, cell(mc, seconds));
            root.tasks.release(task).unwrap();
            let join = root.tasks.timeout_with(task, Duration::from_secs(10), JoinOptions::OWN).unwrap();
            root.tasks.ticket(join).unwrap()
        });
        run_until(&mut heap, &ticket).unwrap();
        assert_eq!(outcome_of(&mut heap, &ticket), end);
        heap.mutate(|_, root| {
            assert_eq!(root.tasks.now().as_secs(), seconds.min(10) as u64);
            assert_eq!(root.notes.len(), usize::from(seconds > 10));
            assert_eq!(root.tasks.outstanding(), 1 + root.tasks.open_timers());
        });
        run_until_idle(&mut heap).unwrap();
        heap.mutate(|_, root| assert_eq!((root.tasks.outstanding(), root.tasks.open_timers()), (1, 0)));
    }
}

fn kept_join<'gc>(root: &Root<'gc>, ticket: &Ticket) -> TaskId<'gc> {
    root.tasks.task(ticket).unwrap()
}

/// The leak that timers of timeouts are known for: each lives on until its time, though the task is long done.
#[test]
fn a_timeout_that_did_not_happen_leaves_no_timer() {
    let mut heap = virtual_heap();
    heap.mutate(|_, root| {
        let mut bytes = 0;
        for round in 0..100_000 {
            let task = root.tasks.spawn(Value::NIL).unwrap();
            let join = root.tasks.timeout(task, HOUR).unwrap();
            match round % 3 {
                0 => drop(root.tasks.cancel(task, Reason::NONE).unwrap()),
                1 => drop(root.tasks.cancel(join, Reason::NONE).unwrap()),
                _ => {}
            }
            if round % 3 > 0 {
                finish(root, Value::NIL);
            }
            root.tasks.take(join).unwrap();
            root.tasks.take(task).unwrap();
            assert_eq!((root.tasks.outstanding(), root.tasks.open_timers()), (0, 0));
            if round == 10 {
                bytes = root.tasks.table_bytes();
            }
        }
        assert_eq!(root.tasks.table_bytes(), bytes);
    });
}

#[test]
fn a_refused_timer_or_timeout_changes_nothing() {
    let mut heap = virtual_heap();
    heap.mutate(|_, root| {
        let task = root.tasks.spawn(Value::NIL).unwrap();
        for limit in [1, 2] {
            root.tasks.set_limit(limit);
            assert_eq!(root.tasks.timeout(task, MS), Err(TaskError::Limit { limit }));
            assert_eq!((root.tasks.outstanding(), root.tasks.open_timers(), root.tasks.unsettled()), (1, 0, 1));
        }
        root.tasks.set_limit(1);
        assert_eq!(root.tasks.sleep(MS), Err(TaskError::Limit { limit: 1 }));
        root.tasks.set_limit(10);
        finish(root, Value::NIL);
        root.tasks.take(task).unwrap();
        assert!(matches!(root.tasks.timeout(task, MS), Err(TaskError::Stale { .. })));
        assert_eq!((root.tasks.outstanding(), root.tasks.open_timers()), (0, 0));
    });
}

#[test]
fn times_beyond_the_end_of_the_clock_do_not_wrap() {
    let mut heap = virtual_heap();
    heap.mutate(|_, root| {
        root.tasks.advance(HOUR);
        let never = root.tasks.sleep(Duration::MAX).unwrap();
        let soon = root.tasks.sleep(MS).unwrap();
        root.tasks.advance(MS);
        root.tasks.poll_timers();
        assert_eq!([never, soon].map(|timer| root.tasks.is_resolved(timer).unwrap()), [false, true]);
        root.tasks.advance(Duration::MAX);
        root.tasks.poll_timers();
        assert_eq!(root.tasks.is_resolved(never), Ok(true));
    });
}

#[test]
fn a_real_clock_parks_until_the_next_timer() {
    let mut heap = heap();
    let start = Instant::now();
    let ticket = heap.mutate(|mc, root| {
        assert_eq!(root.tasks.clock(), Clock::Real);
        assert!(!root.tasks.advance(HOUR));
        root.tasks.sleep(HOUR).unwrap();
        let timer = root.tasks.sleep(20 * MS).unwrap();
        let task = go(mc, root, stamp, timer.into());
        root.tasks.ticket(task).unwrap()
    });
    run_until(&mut heap, &ticket).unwrap();
    assert!(start.elapsed() >= 20 * MS);
    heap.mutate(|_, root| assert!(root.log[0] >= 20));
}

/// A task that sleeps again and again gives no deadline a chance to be lost between two parks.
#[test]
fn many_short_sleeps_of_a_real_clock_all_end() {
    fn naps<'gc>(mc: &Mutation<'gc>, root: &mut Root<'gc>, _: Turn<'gc>, frame: Gc<'gc, Frame<'gc>>) -> Step<'gc> {
        if frame.pc == 40 {
            return Step::Done(frame.a);
        }
        let timer = root.tasks.sleep(Duration::from_micros(frame.pc as u64 * 7)).unwrap();
        root.tasks.release(timer).unwrap();
        Step::Await(timer, at(mc, frame, frame.pc + 1, Value::NIL))
    }
    let mut heap = heap();
    heap.mutate(|mc, root| {
        for number in 0..20 {
            let task = go(mc, root, naps, cell(mc, number));
            root.tasks.release(task).unwrap();
        }
    });
    assert_eq!(run_until_idle(&mut heap).unwrap().waiting, 0);
    heap.mutate(|_, root| assert_eq!((root.tasks.outstanding(), root.tasks.open_timers()), (0, 0)));
}
