//! What epoll is told of a source, and what it tells.

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::event::epoll::{EventData, EventFlags, add};

use crate::driver::direction::CLOSED;
use crate::driver::source::Source;
use crate::foreign::Finally;
use crate::io_error::IoError;

/// Adds a descriptor to the set: both directions, edge-triggered.
pub(super) fn watch(set: &OwnedFd, fd: BorrowedFd<'_>, number: u64) -> Result<(), IoError> {
    let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
    Ok(add(set, fd, EventData::new_u64(number), flags)?)
}

/// The set told of an event of this source.
pub(super) fn deliver(source: &Source, events: EventFlags) {
    let both = EventFlags::HUP | EventFlags::ERR;
    let closed = if events.intersects(both) { CLOSED } else { 0 };
    // An edge is told once, so all of it is passed on, also when a waker panics.
    let write = events.intersects(EventFlags::OUT | both);
    if events.intersects(EventFlags::IN | EventFlags::RDHUP | both) {
        let end = if events.contains(EventFlags::RDHUP) { CLOSED } else { closed };
        let rest = Finally(|| {
            if write {
                source.raise(&source.write, closed);
            }
        });
        source.raise(&source.read, end);
        core::mem::forget(rest);
    }
    if write {
        source.raise(&source.write, closed);
    }
}
