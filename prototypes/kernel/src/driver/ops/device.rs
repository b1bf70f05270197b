//! A read from the simulated device.

use super::operation::{Operation, Yields};

/// A simulated device fills the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Milliseconds, nominally: the script decides.
    pub ms: u32,
}

impl Operation for Device {
    const YIELDS: Yields = Yields::Bytes;

    #[inline(always)]
    fn device_ms(self) -> Option<u32> {
        Some(self.ms)
    }
}
