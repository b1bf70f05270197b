//! An open loop: requests that are sent when they are due, whatever became of those before.
//!
//! Latency counts from the *intended* start, so that a server that stalls is charged for
//! every request that would have come meanwhile; the time from the actual sending, which
//! leaves the queue out, is recorded beside it. The intended times are a function of rate,
//! length, kind and seed.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;

use hdrhistogram::Histogram;
use record::Schedule;
use rustix::event::epoll;
use rustix::time::Timespec;

use crate::clock::{Clock, Kernel};
use crate::connect::{Ask, MESSAGE, connect};
use crate::seed::SplitMix;

/// The schedule begins so long after the last connection was made.
const LEAD_NS: u64 = 10_000_000;
/// What is not answered so long after the last request was due never will be.
const PATIENCE_NS: u64 = 10_000_000_000;
/// Below this the next request is waited for without sleeping: a sleep ends too late.
const AWAKE_NS: u64 = 1_000_000;
/// Longest sleep; it has to be below a second.
const LONGEST_WAIT_NS: u64 = 500_000_000;
/// Largest latency that is told from a larger one.
const LONGEST_NS: u64 = 60_000_000_000;

/// What an open loop saw.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Nanoseconds from the intended start to the last byte of the answer.
    pub intended: Histogram<u64>,
    /// Nanoseconds from the sending of the request.
    pub service: Histogram<u64>,
}

/// Intended times in nanoseconds from the start: evenly spaced, or a Poisson process that
/// has the same number of requests.
pub(crate) fn due(ask: Ask) -> Vec<u64> {
    let total = u64::from(ask.rate) * u64::from(ask.seconds_milli) / 1000;
    let gap = 1e9 / f64::from(ask.rate.max(1));
    let mut numbers = SplitMix::new(ask.seed);
    let mut at = 0.0;
    let mut next = || {
        let now = at;
        at += match ask.schedule {
            Schedule::Fixed => gap,
            Schedule::Poisson => -gap * numbers.unit().ln(),
        };
        nanoseconds(now)
    };
    (0..total).map(|_| next()).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a schedule are positive and far below 2^53"
)]
fn nanoseconds(at: f64) -> u64 {
    at as u64
}

/// Connects, sends everything when it is due, and waits for the answers.
///
/// # Errors
/// When a connection cannot be made or ends, or an answer does not come.
pub(crate) fn run(port: u16, connections: u32, ask: Ask) -> Result<Answers, String> {
    let streams = connect(port, connections).map_err(|error| format!("cannot connect: {error}"))?;
    let mut state = State::new(streams).map_err(|error| format!("cannot begin: {error}"))?;
    let due = due(ask);
    let clock = Kernel;
    let start = clock.wall_ns() + LEAD_NS;
    let end = start + due.last().copied().unwrap_or(0) + PATIENCE_NS;
    let mut sent = 0;
    while state.answered < due.len() {
        let now = clock.wall_ns();
        while sent < due.len() && start + due[sent] <= clock.wall_ns() {
            state.send(sent % state.lines.len(), start + due[sent])?;
            sent += 1;
        }
        if now > end {
            return Err(format!("{} of {} requests unanswered", due.len() - state.answered, sent));
        }
        let wait = due.get(sent).map_or(AWAKE_NS, |at| (start + at).saturating_sub(now));
        state.receive(wait.saturating_sub(AWAKE_NS).min(LONGEST_WAIT_NS))?;
    }
    Ok(Answers { intended: state.intended, service: state.service })
}

/// One connection.
struct Line {
    stream: TcpStream,
    /// Intended and actual start of what is not answered yet.
    open: VecDeque<(u64, u64)>,
    /// Bytes of requests that the socket did not take.
    unsent: usize,
    /// Bytes of the answer that is arriving.
    arrived: usize,
}

struct State {
    epoll: OwnedFd,
    lines: Vec<Line>,
    intended: Histogram<u64>,
    service: Histogram<u64>,
    answered: usize,
}

impl State {
    fn new(streams: Vec<TcpStream>) -> Result<State, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        if streams.is_empty() {
            return Err("no connection".to_owned());
        }
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|e| words(&e))?;
        for (index, stream) in (0..).zip(&streams) {
            stream.set_nonblocking(true).map_err(|e| words(&e))?;
            stream.set_nodelay(true).map_err(|e| words(&e))?;
            let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
            let data = epoll::EventData::new_u64(index);
            epoll::add(&epoll, stream, data, flags).map_err(|e| words(&e))?;
        }
        let line = |stream| Line { stream, open: VecDeque::new(), unsent: 0, arrived: 0 };
        let histogram = || Histogram::new_with_max(LONGEST_NS, 3).map_err(|e| words(&e));
        Ok(State {
            epoll,
            lines: streams.into_iter().map(line).collect(),
            intended: histogram()?,
            service: histogram()?,
            answered: 0,
        })
    }

    fn send(&mut self, index: usize, intended: u64) -> Result<(), String> {
        let line = &mut self.lines[index];
        line.open.push_back((intended, Kernel.wall_ns()));
        line.unsent += MESSAGE;
        line.flush()
    }

    fn receive(&mut self, wait_ns: u64) -> Result<(), String> {
        let wait = Timespec { tv_sec: 0, tv_nsec: i64::try_from(wait_ns).unwrap_or(0) };
        let mut events = Vec::with_capacity(256);
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&wait)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(format!("cannot wait: {error}")),
        }
        for event in events {
            let index = usize::try_from(event.data.u64()).expect("an index of a connection");
            let line = &mut self.lines[index];
            line.flush()?;
            for (intended, service) in line.answers()? {
                self.intended.saturating_record(intended.max(1));
                self.service.saturating_record(service.max(1));
                self.answered += 1;
            }
        }
        Ok(())
    }
}

impl Line {
    fn flush(&mut self) -> Result<(), String> {
        const ZEROS: [u8; 16 * MESSAGE] = [0; 16 * MESSAGE];
        while self.unsent > 0 {
            match self.stream.write(&ZEROS[..self.unsent.min(ZEROS.len())]) {
                Ok(taken) => self.unsent -= taken,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("a request cannot be sent: {error}")),
            }
        }
        Ok(())
    }

    /// Latency and service time of every answer that is whole by now.
    fn answers(&mut self) -> Result<Vec<(u64, u64)>, String> {
        let mut answers = Vec::new();
        let mut bytes = [0; 16 * MESSAGE];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err("the server ended a connection".to_owned()),
                Ok(came) => self.arrived += came,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(answers),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("an answer cannot be read: {error}")),
            }
            let now = Kernel.wall_ns();
            while self.arrived >= MESSAGE {
                let (intended, sent) =
                    self.open.pop_front().ok_or("an answer that was not asked for")?;
                self.arrived -= MESSAGE;
                answers.push((now.saturating_sub(intended), now.saturating_sub(sent)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(schedule: Schedule, seed: u64) -> Ask {
        Ask { rate: 1_000, seconds_milli: 2_000, seed, schedule }
    }

    #[test]
    fn fixed_times_are_evenly_spaced() {
        let due = due(ask(Schedule::Fixed, 1));
        assert_eq!(due.len(), 2_000);
        assert_eq!(due[..3], [0, 1_000_000, 2_000_000]);
    }

    #[test]
    fn poisson_times_repeat_with_their_seed_and_have_the_rate_that_was_asked_for() {
        let first = due(ask(Schedule::Poisson, 1));
        assert_eq!(first, due(ask(Schedule::Poisson, 1)));
        assert_ne!(first, due(ask(Schedule::Poisson, 2)));
        assert!(first.windows(2).all(|pair| pair[0] <= pair[1]));
        let last = first[1_999];
        assert!((1_800_000_000..2_200_000_000).contains(&last), "{last}");
        // Of an exponential distribution, a share of 1/e of the gaps is above the mean.
        let long = first.windows(2).filter(|pair| pair[1] - pair[0] > 1_000_000).count();
        assert!((650..820).contains(&long), "{long}");
    }
}
