//! What the tasks of a `tcp-echo` run have in common where they run on several threads.
//!
//! The gates are those of [`echo_run`](crate::echo_run), and one more: the root begins and ends
//! what is measured, because the world belongs to its thread. Until it has, the clients wait, so
//! that at both edges every other thread sleeps.

use core::future::{Future, poll_fn};
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Poll, Waker};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::vec::Vec;

use contract::World;

use crate::tcp_echo::{WARM_UP, round_trips, rounds};

/// Threads that run tasks, beside that of the root.
pub const WORKERS: usize = 2;

/// One run, shared by the root and all clients.
#[derive(Debug)]
pub struct EchoWorkers {
    n: u32,
    len: usize,
    numbers: AtomicU32,
    made: AtomicU32,
    wrong: AtomicU32,
    connected: Gate,
    ready: Gate,
    begun: Gate,
    through: Gate,
    ended: Gate,
}

impl EchoWorkers {
    /// A run of `n` connections with messages of `len` bytes.
    #[must_use]
    pub fn new(n: u32, len: usize) -> EchoWorkers {
        EchoWorkers {
            n,
            len,
            numbers: AtomicU32::new(0),
            made: AtomicU32::new(0),
            wrong: AtomicU32::new(0),
            connected: Gate::of(n),
            ready: Gate::of(n),
            begun: Gate::of(1),
            through: Gate::of(n),
            ended: Gate::of(1),
        }
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
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// The rounds before the measured part, once all are [`connected`](EchoWorkers::connected).
    pub fn warm_up(&self) -> core::ops::Range<u32> {
        0..WARM_UP
    }

    /// The rounds that are measured.
    pub fn rounds(&self) -> core::ops::RangeInclusive<u32> {
        WARM_UP..=WARM_UP + rounds(self.n) - 1
    }

    /// A client is connected. Goes on when all are, so that they warm up together.
    pub async fn connected(&self) {
        self.connected.arrive();
        self.connected.passed().await;
    }

    /// A client has made its first round trips. Goes on when the root has begun.
    pub async fn ready(&self) {
        self.ready.arrive();
        self.begun.passed().await;
    }

    /// A client got other bytes than it sent.
    pub fn wrong(&self) {
        self.wrong.fetch_add(1, Ordering::Relaxed);
    }

    /// A client made all its rounds. Goes on when the root has ended what is measured.
    pub async fn through(&self) {
        self.made.fetch_add(rounds(self.n), Ordering::Relaxed);
        self.through.arrive();
        self.ended.passed().await;
    }

    /// A client failed. No task waits for it any more.
    pub fn abandon(&self) {
        let gates = [&self.connected, &self.ready, &self.begun, &self.through, &self.ended];
        gates.into_iter().for_each(Gate::open);
    }

    /// What the root does meanwhile: it calls `begin` when all are ready, and ends what is
    /// measured when all are through.
    pub async fn measured(&self, world: &World, begin: fn(&World)) {
        self.ready.passed().await;
        begin(world);
        self.begun.arrive();
        self.through.passed().await;
        world.end(round_trips(self.n).into());
        self.ended.arrive();
    }

    /// Logs how the run ended, when all tasks have.
    pub fn finish(&self, world: &World, result: &io::Result<()>) {
        match result {
            Ok(()) => {
                let (made, wrong) = (&self.made, &self.wrong);
                crate::done(world, made.load(Ordering::Relaxed), wrong.load(Ordering::Relaxed));
            }
            Err(error) => crate::failed(world, error.raw_os_error().unwrap_or(-1)),
        }
    }
}

/// A gate for tasks of several threads: open for ever once so many have arrived.
#[derive(Debug)]
struct Gate {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    missing: u32,
    waiting: Vec<Waker>,
}

impl Gate {
    fn of(missing: u32) -> Gate {
        let waiting = Vec::with_capacity(missing as usize);
        Gate { state: Mutex::new(State { missing, waiting }) }
    }

    fn arrive(&self) {
        self.less(1);
    }

    fn open(&self) {
        self.less(u32::MAX);
    }

    fn less(&self, arrived: u32) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.missing = state.missing.saturating_sub(arrived);
        let woken =
            if state.missing == 0 { core::mem::take(&mut state.waiting) } else { Vec::new() };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }

    fn passed(&self) -> impl Future<Output = ()> + Send + '_ {
        poll_fn(|cx| {
            let waker = cx.waker().clone();
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.missing == 0 {
                return Poll::Ready(());
            }
            state.waiting.push(waker);
            Poll::Pending
        })
    }
}
