//! Asking for an early end without going away: for leaves that are kept by their owner, who
//! wants what the operation has done by then.

use core::task::Waker;

use super::{Operation, Rented, RuntimeOwned};

impl Operation {
    /// Asks the driver once. The end comes through `poll`, as always; until it is polled again
    /// it wakes no task. A drop does not ask a second time.
    fn request_cancel(&mut self) {
        let Some(ticket) = &self.ticket else { return };
        let slot = ticket.slot();
        if slot.header.result().is_some() || !self.going.cancels {
            return;
        }
        self.going.cancels = false;
        // FOREIGN: the drop of a waker that is not ours. Looked at again by the next poll.
        slot.header.set_waker(Waker::noop());
        // None: its run has ended, and the operation with it.
        if let Some(driver) = ticket.op_slots.driver.get() {
            ticket.op_slots.count(|totals| totals.cancels += 1);
            // FOREIGN: wakers that the driver calls meanwhile.
            // SAFETY: the end of the run takes it out of the slots.
            unsafe { driver.as_ref() }.cancel(&slot.header);
        }
    }
}

impl<B> Rented<B> {
    /// Asks the driver for an early end, once. The end itself comes through `poll`: an error, or
    /// what had arrived. Without effect before the first poll and after the end.
    pub fn request_cancel(&mut self) {
        self.operation.request_cancel();
    }
}

impl RuntimeOwned<'_> {
    /// As [`Rented::request_cancel`].
    pub fn request_cancel(&mut self) {
        self.operation.request_cancel();
    }
}
