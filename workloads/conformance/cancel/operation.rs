//! The operations, where they are tried, and how long anything may take.

use design as d;
use kernel::driver::select::Backend;

use super::super::EXTRA;

/// The drivers under test.
pub(super) const BACKENDS: [Backend; 2] = [Backend::Epoll, Backend::Uring];

/// What waits as long waits for ever. A run takes a second, so that no load brings it near.
pub(super) const BOUND_MS: u32 = 300_000;

/// Bytes of a whole read.
pub(super) const FRAME: usize = 6;

/// The operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Read,
    ReadExact,
    /// A read with a limit of its own.
    Limited,
    /// What only this design has.
    Extra,
    /// Into a socket that is full.
    Write,
    WriteAll,
    Accept(d::Orphan),
    Connect,
    /// A connect to a listener whose queue is full, which is not answered.
    Unanswered,
    ReadAt,
    Sleep,
    /// A sleep that is longer than any point is away.
    LongSleep,
}

impl Operation {
    pub(super) fn all(backend: Backend) -> impl Iterator<Item = Operation> {
        use Operation::{Accept, Connect, Extra, Limited, LongSleep, Read, ReadAt, ReadExact};
        use Operation::{Sleep, Unanswered, Write, WriteAll};
        let all = [
            Read,
            ReadExact,
            Limited,
            Extra,
            Write,
            WriteAll,
            Accept(d::Orphan::Reclaim),
            Accept(d::Orphan::Cancel),
            Accept(d::Orphan::Ignore),
            Connect,
            Unanswered,
            ReadAt,
            Sleep,
            LongSleep,
        ];
        all.into_iter().filter(move |&operation| operation != Extra || EXTRA.contains(&backend))
    }

    /// At how many of its steps it waits for certain.
    pub(super) fn waits(self) -> usize {
        match self {
            Operation::ReadExact => FRAME,
            Operation::WriteAll | Operation::LongSleep | Operation::Unanswered => 3,
            Operation::Connect | Operation::ReadAt | Operation::Sleep => 0,
            _ => 1,
        }
    }

    /// After how many steps it ends.
    pub(super) fn steps(self) -> usize {
        match self {
            Operation::ReadExact => FRAME,
            Operation::Connect | Operation::ReadAt | Operation::Sleep => 0,
            _ => 1,
        }
    }

    /// Whether it ends by itself.
    pub(super) fn ends(self) -> bool {
        !matches!(self, Operation::LongSleep | Operation::Unanswered)
    }

    /// Whether it may leave a descriptor when it is given up: the hazard of an accept that is
    /// not told to close what nothing takes.
    pub(super) fn may_leak(self) -> bool {
        matches!(self, Operation::Accept(d::Orphan::Ignore | d::Orphan::Cancel))
    }

    pub(super) fn is_write(self) -> bool {
        matches!(self, Operation::Write | Operation::WriteAll)
    }
}
