//! What the tasks of a `tcp-echo` run have in common where no dialect holds them together.
//!
//! Peers have no channel in common and some have none at all, so all of them wait at the
//! same three gates: until every client is connected, until every client has made its first
//! round trips, and until every client is through. A gate costs a client one cloned waker and
//! one wake. All connections stay open until the last client is through.

use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::task::{Poll, Waker};
use std::io;
use std::rc::Rc;
use std::vec::Vec;

use contract::World;

use crate::tcp_echo::{Progress, WARM_UP, round_trips, rounds};

/// One run, shared by all clients.
#[derive(Debug)]
pub struct EchoRun {
    world: &'static World,
    n: u32,
    len: usize,
    progress: Progress,
    numbers: Cell<u32>,
    connected: Gate,
    ready: Gate,
    through: Gate,
}

impl EchoRun {
    /// A run of `n` connections with messages of `len` bytes.
    #[must_use]
    pub fn new(world: &'static World, n: u32, len: usize) -> Rc<EchoRun> {
        Rc::new(EchoRun {
            world,
            n,
            len,
            progress: Progress::new(n),
            numbers: Cell::new(0),
            connected: Gate::new(n),
            ready: Gate::new(n),
            through: Gate::new(n),
        })
    }

    /// Connections.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.n
    }

    /// Bytes of a message.
    #[must_use]
    pub fn message_len(&self) -> usize {
        self.len
    }

    /// A number for a client, another one at every call: it marks its messages with it.
    pub fn number(&self) -> u32 {
        let number = self.numbers.get();
        self.numbers.set(number + 1);
        number
    }

    /// The rounds before the measured part, once all are [`connected`](EchoRun::connected).
    pub fn warm_up(&self) -> core::ops::Range<u32> {
        0..WARM_UP
    }

    /// The rounds that are measured.
    pub fn rounds(&self) -> core::ops::RangeInclusive<u32> {
        WARM_UP..=WARM_UP + rounds(self.n) - 1
    }

    /// A client is connected. Goes on when all are, so that they warm up together.
    pub async fn connected(&self) {
        if self.progress.connect() {
            self.connected.open();
        } else {
            self.connected.passed().await;
        }
    }

    /// A client has made its first round trips. The last one calls `begin`, the peer's own, and
    /// lets all continue.
    pub async fn ready(&self, begin: fn(&World)) {
        if self.progress.arrive() {
            begin(self.world);
            self.ready.open();
        } else {
            self.ready.passed().await;
        }
    }

    /// A client got other bytes than it sent.
    pub fn wrong(&self) {
        self.progress.wrong();
    }

    /// A client made all its rounds. The last one ends what is measured.
    pub async fn through(&self) {
        if self.progress.leave(rounds(self.n)) {
            self.world.end(round_trips(self.n).into());
            self.through.open();
        } else {
            self.through.passed().await;
        }
    }

    /// A client failed. Nothing waits for it any more, and the measured part has no end.
    pub fn abandon(&self) {
        self.connected.open();
        self.ready.open();
        self.through.open();
    }

    /// Logs how the run ended.
    pub fn finish(&self, result: &io::Result<()>) {
        match result {
            Ok(()) => {
                let (made, wrong) = self.progress.totals();
                crate::done(self.world, made, wrong);
            }
            Err(error) => crate::failed(self.world, error.raw_os_error().unwrap_or(-1)),
        }
    }
}

/// A gate for the tasks of one thread. Closed at first, open for ever after.
#[derive(Debug)]
struct Gate {
    open: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Gate {
    fn new(waiters: u32) -> Gate {
        let waiting = RefCell::new(Vec::with_capacity(waiters as usize));
        Gate { open: Cell::new(false), waiting }
    }

    fn open(&self) {
        self.open.set(true);
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    fn passed(&self) -> impl Future<Output = ()> + '_ {
        poll_fn(|cx| {
            if self.open.get() {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
    }
}
