//! The inbox under loom: every interleaving of small programs, run by `ci/loom.sh`.
//!
//! What is shown, each by a test: no message is lost or doubled, no wake is lost (a lost one is a deadlock, which loom
//! reports), a closed inbox keeps nothing and holds nobody, a full one lets its producers go, and an inbox is there until
//! its mailbox and its completers are not, and no longer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Wake, Waker};

use loom::thread;

use crate::inbox::{Inbox, Mailbox, Message, Payload, WhenFull};
use crate::scalar::Scalar;
use crate::sync::{Condvar, Mutex};

/// Few enough for loom to see all of them.
fn model(program: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(program);
}

fn send(inbox: &Inbox, task: u64) {
    assert!(inbox.push(task, WhenFull::Wait, Scalar::Nil, Payload::Value).is_ok());
}

/// Takes what has arrived.
fn take(mailbox: &mut Mailbox) -> Vec<u64> {
    mailbox.fetch();
    mailbox.batch.drain(..).map(|message| message.task).collect()
}

/// Parks until so many have arrived.
fn receive(mailbox: &mut Mailbox, count: usize) -> Vec<u64> {
    let mut got = take(mailbox);
    while got.len() < count {
        mailbox.inbox.park(None);
        got.extend(take(mailbox));
    }
    got
}

/// Wakes a thread of the model.
#[derive(Default)]
struct Alarm(Mutex<bool>, Condvar);
impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        *self.0.lock() = true;
        self.1.notify_one();
    }
}

#[test]
fn two_producers_and_a_thread_that_parks() {
    model(|| {
        let mut mailbox = Mailbox::new();
        let producers: Vec<_> = [1, 2]
            .into_iter()
            .map(|task| {
                let inbox = mailbox.inbox.clone();
                thread::spawn(move || send(&inbox, task))
            })
            .collect();
        let mut got = receive(&mut mailbox, 2);
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
        for producer in producers {
            producer.join().unwrap();
        }
    });
}

#[test]
fn messages_of_one_producer_stay_in_order() {
    model(|| {
        let mut mailbox = Mailbox::new();
        let inbox = mailbox.inbox.clone();
        // Two completers, in one batch.
        let outlet = mailbox.outlet();
        mailbox.outlet();
        let producer = thread::spawn(move || {
            send(&inbox, 1);
            let message = |task| Message { task, payload: Payload::Abandon };
            let mut batch = VecDeque::from([message(2), message(3)]);
            assert!(outlet.send_all(&mut batch, WhenFull::Wait));
        });
        assert_eq!(receive(&mut mailbox, 3), [1, 2, 3]);
        producer.join().unwrap();
    });
}

/// A completer that completes, on a thread of its own.
fn completer(mailbox: &mut Mailbox, task: u64) -> thread::JoinHandle<()> {
    let outlet = mailbox.outlet();
    thread::spawn(move || {
        assert!(outlet.send(task, WhenFull::Wait, Scalar::Nil, Payload::Value).is_ok());
    })
}

#[test]
fn the_inbox_goes_with_the_last_of_mailbox_and_completers() {
    model(|| {
        let mut mailbox = Mailbox::new();
        let inbox = Arc::downgrade(&mailbox.inbox);
        let producers = [completer(&mut mailbox, 1), completer(&mut mailbox, 2)];
        drop(mailbox);
        for producer in producers {
            producer.join().unwrap();
        }
        assert_eq!(inbox.strong_count(), 0);
    });
}

#[test]
fn a_batch_that_meets_the_close_lets_the_inbox_go() {
    model(|| {
        let mut mailbox = Mailbox::new();
        let inbox = Arc::downgrade(&mailbox.inbox);
        let (outlet, _) = (mailbox.outlet(), mailbox.outlet());
        let producer = thread::spawn(move || {
            let message = |task| Message { task, payload: Payload::Abandon };
            let mut batch = VecDeque::from([message(2), message(3)]);
            assert!(outlet.send_all(&mut batch, WhenFull::Wait));
        });
        drop(mailbox);
        producer.join().unwrap();
        assert_eq!(inbox.strong_count(), 0);
    });
}

#[test]
fn a_mailbox_that_was_woken_may_go_at_once() {
    model(|| {
        let mut mailbox = Mailbox::new();
        let inbox = Arc::downgrade(&mailbox.inbox);
        let producer = completer(&mut mailbox, 1);
        assert_eq!(receive(&mut mailbox, 1), [1]);
        // The producer may still be on its way out of the lock.
        drop(mailbox);
        producer.join().unwrap();
        assert_eq!(inbox.strong_count(), 0);
    });
}

#[test]
fn a_registered_waker_is_woken_or_the_message_is_seen() {
    model(|| {
        let mut mailbox = Mailbox::new();
        let inbox = mailbox.inbox.clone();
        let producer = thread::spawn(move || send(&inbox, 1));
        let alarm = Arc::new(Alarm::default());
        let waker = Waker::from(alarm.clone());
        let mut got = take(&mut mailbox);
        while got.is_empty() {
            if mailbox.inbox.register(&waker) {
                let mut rung = alarm.0.lock();
                while !core::mem::take(&mut *rung) {
                    alarm.1.wait(&mut rung);
                }
            }
            got = take(&mut mailbox);
        }
        assert_eq!(got, [1]);
        producer.join().unwrap();
    });
}

#[test]
fn a_message_that_meets_the_close_is_dropped_once() {
    model(|| {
        let mailbox = Mailbox::new();
        let inbox = mailbox.inbox.clone();
        let held = Arc::new(());
        let payload = held.clone();
        let producer = thread::spawn(move || {
            let build: crate::inbox::Builder = Box::new(move |_| {
                let _ = &payload;
                Ok(mangrove_gc::Value::NIL)
            });
            assert!(inbox.push(1, WhenFull::Wait, build, Payload::Build).is_ok());
            inbox
        });
        drop(mailbox);
        let inbox = producer.join().unwrap();
        assert!(inbox.is_closed());
        assert_eq!((inbox.len(), Arc::strong_count(&held)), (0, 1));
    });
}

#[test]
fn a_full_inbox_lets_its_producers_go_when_it_is_read() {
    model(|| {
        let mut mailbox = Mailbox::new();
        mailbox.inbox.set_bound(Some(1));
        let producers: Vec<_> = [1, 2]
            .into_iter()
            .map(|task| {
                let inbox = mailbox.inbox.clone();
                thread::spawn(move || send(&inbox, task))
            })
            .collect();
        let mut got = receive(&mut mailbox, 2);
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
        for producer in producers {
            producer.join().unwrap();
        }
    });
}

#[test]
fn a_full_inbox_lets_its_producers_go_when_it_closes() {
    model(|| {
        let mailbox = Mailbox::new();
        mailbox.inbox.set_bound(Some(1));
        send(&mailbox.inbox, 1);
        let inbox = mailbox.inbox.clone();
        let producer = thread::spawn(move || {
            send(&inbox, 2);
            let full = inbox.push(3, WhenFull::Refuse, Scalar::Nil, Payload::Value);
            assert!(full.is_ok(), "closed, it takes everything and keeps nothing");
        });
        drop(mailbox);
        producer.join().unwrap();
    });
}

#[test]
fn a_refused_message_was_not_sent() {
    model(|| {
        let mut mailbox = Mailbox::new();
        mailbox.inbox.set_bound(Some(1));
        let inbox = mailbox.inbox.clone();
        let producer = thread::spawn(move || {
            let sent = [1, 2].map(|task| inbox.push(task, WhenFull::Refuse, Scalar::Nil, Payload::Value).is_ok());
            usize::from(sent[0]) + usize::from(sent[1])
        });
        let mut got = take(&mut mailbox).len();
        let sent = producer.join().unwrap();
        got += take(&mut mailbox).len();
        assert_eq!(got, sent);
        assert!(sent >= 1);
    });
}

#[test]
fn a_closed_external_is_seen_closed() {
    model(|| {
        let mailbox = Mailbox::new();
        assert!(mailbox.inbox.board.open(5, 7));
        let inbox = mailbox.inbox.clone();
        let producer = thread::spawn(move || {
            let open = inbox.board.is_open(5, 7);
            // The slot's next external is another one.
            assert!(open || !inbox.board.is_open(5, 7));
            assert!(!inbox.board.is_open(5, 6) && !inbox.board.is_open(6, 7));
        });
        mailbox.inbox.board.close(5);
        assert!(mailbox.inbox.board.open(5, 8));
        producer.join().unwrap();
    });
}
