//! A receive into a buffer that the kernel chooses. Only a ring has it.

use std::os::fd::RawFd;

use rustix::io_uring::IoringOp;

use super::operation::{Entry, Form, Memory, Operation, Way, Yields};
use super::recv::LENGTH;

/// Receives into a buffer of the driver, chosen when there is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvProvided {
    /// The socket.
    pub fd: RawFd,
}

impl Operation for RecvProvided {
    const YIELDS: Yields = Yields::Chosen;
    const STREAM: Option<Way> = Some(Way::In);

    #[inline(always)]
    fn fd(self) -> Option<RawFd> {
        Some(self.fd)
    }

    #[inline(always)]
    fn form(self, memory: Memory) -> Form {
        // Zero: as much as the buffer holds that the kernel chooses.
        let len = u32::try_from(memory.len & LENGTH).expect("so many bits");
        Form::Entry(Entry { len, chooses: true, ..Entry::new(IoringOp::Recv, self.fd) })
    }
}
