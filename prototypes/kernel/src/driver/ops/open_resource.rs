//! A resource of the simulated device.

use super::operation::{Operation, Yields};

/// A simulated device opens a resource and logs [`contract::OPENED`]; the result is the resource's
/// number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenResource {
    /// Milliseconds, nominally: the script decides.
    pub ms: u32,
}

impl Operation for OpenResource {
    const YIELDS: Yields = Yields::Resource;

    #[inline(always)]
    fn device_ms(self) -> Option<u32> {
        Some(self.ms)
    }
}
