//! The core of a bounded channel: first in, first out on both sides.
//!
//! A freed slot is handed to the sender at the head of the line, an item to the receiver
//! at the head. Handing over reserves; the item itself moves when its sender, or its
//! receiver, is next polled. A granted side that gives up passes the grant on, so nothing
//! is lost between the two steps.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::count::{self, Counter};
use crate::foreign::Finally;
use crate::leaf::wait::{Stage, WaitList, Waiter};

/// A channel with room for `N` items, in place, without allocation.
pub struct Chan<T, const N: usize> {
    items: [Cell<Option<T>>; N],
    first: Cell<usize>,
    len: Cell<usize>,
    closed: Cell<bool>,
    /// Its grants are slots.
    senders: End,
    /// Its grants are items.
    receivers: End,
}

/// One end of a channel.
struct End {
    line: WaitList,
    /// What is reserved for waiters that were granted it and have not been polled since.
    granted: Cell<usize>,
}

impl End {
    const fn new() -> End {
        End { line: WaitList::new(), granted: Cell::new(0) }
    }

    /// Reserves for the waiter at the head of the line, and wakes it: foreign code, so that all
    /// is written before. False where no waiter is in line.
    #[inline]
    fn grant(&self) -> bool {
        let Some(granted) = self.line.grant() else { return false };
        self.granted.set(self.granted.get() + 1);
        granted.now();
        true
    }

    /// What was reserved is taken, or goes to another.
    #[inline]
    fn take(&self) {
        self.granted.set(self.granted.get() - 1);
    }

    /// A waiter that does not go on; `hand_over` gives away what it was granted.
    #[inline]
    fn leave(&self, waiter: &Waiter, hand_over: impl FnOnce()) {
        match waiter.stage() {
            Stage::Waiting => self.line.remove(waiter),
            Stage::Granted => {
                waiter.set_stage(Stage::Over);
                self.take();
                hand_over();
            }
            Stage::New | Stage::Over => waiter.set_stage(Stage::Over),
        }
    }

    /// The poll of a waiter that has nothing granted yet and cannot go at once: whether it waits.
    /// If not, what was granted meanwhile is taken. Cloning a waker is foreign code, and so all
    /// is looked at again after it.
    #[inline]
    fn waits(&self, waiter: &Waiter, cx: &Context<'_>, goes: impl FnOnce() -> bool) -> bool {
        match waiter.stage() {
            Stage::New => {
                waiter.set_waker(cx.waker());
                if !goes() {
                    self.line.push(waiter);
                    return true;
                }
            }
            Stage::Waiting => {
                count::add(Counter::SpuriousPolls, 1);
                waiter.set_waker(cx.waker());
                if waiter.stage() == Stage::Waiting {
                    return true;
                }
            }
            Stage::Granted | Stage::Over => panic!("polled after it was ready"),
        }
        if waiter.stage() == Stage::Granted {
            self.take();
        }
        false
    }
}

impl<T, const N: usize> fmt::Debug for Chan<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chan").field("len", &self.len).field("closed", &self.closed).finish()
    }
}

impl<T, const N: usize> Default for Chan<T, N> {
    fn default() -> Self {
        Chan::new()
    }
}

impl<T, const N: usize> Chan<T, N> {
    /// An open, empty channel.
    ///
    /// # Panics
    /// At compile time, for a capacity of zero.
    #[must_use]
    pub const fn new() -> Chan<T, N> {
        const { assert!(N > 0, "a rendezvous channel has no slot to hand over") };
        Chan {
            items: [const { Cell::new(None) }; N],
            first: Cell::new(0),
            len: Cell::new(0),
            closed: Cell::new(false),
            senders: End::new(),
            receivers: End::new(),
        }
    }

    /// Offers an item, waiting in line for a slot. `Err` gives the item back: the channel
    /// was closed.
    ///
    /// # Cancellation
    /// Dropping it drops the item. [`Send::withdraw`] gives it back instead.
    pub fn send(&self, item: T) -> Send<'_, T, N> {
        Send { chan: self, item: Cell::new(Some(item)), waiter: Waiter::new() }
    }

    /// Takes the next item, waiting in line for it. `None` once the channel is closed and
    /// empty.
    ///
    /// # Cancellation
    /// Dropping it loses nothing: an item that was granted goes to the next receiver.
    pub fn recv(&self) -> Recv<'_, T, N> {
        Recv { chan: self, waiter: Waiter::new() }
    }

    /// Lets no further item in. Waiting senders get their item back, waiting receivers
    /// what is left and then `None`.
    ///
    /// # Panics
    /// With the panic of a waker, after all others were woken.
    pub fn close(&self) {
        self.closed.set(true);
        // All are told, also when a waker panics.
        let rest = Finally(|| self.close());
        while self.senders.grant() {}
        while self.receivers.grant() {}
        mem::forget(rest);
    }

    /// Items in the channel, those granted to a receiver included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// Whether no item is in the channel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a sender that begins now need not wait: there is a slot without an owner, and
    /// no sender before it in line, or the channel is closed.
    fn takes_items(&self) -> bool {
        self.closed.get()
            || (self.senders.line.is_empty() && self.len.get() + self.senders.granted.get() < N)
    }

    /// The same of a receiver, and of items.
    fn has_items(&self) -> bool {
        self.closed.get()
            || (self.receivers.line.is_empty() && self.receivers.granted.get() < self.len.get())
    }

    fn push(&self, item: T) {
        let last = (self.first.get() + self.len.get()) % N;
        self.items[last].set(Some(item));
        self.len.set(self.len.get() + 1);
        self.hand_item_over();
    }

    fn pop(&self) -> Option<T> {
        let item = self.items[self.first.get()].take()?;
        self.first.set((self.first.get() + 1) % N);
        self.len.set(self.len.get() - 1);
        self.hand_slot_over();
        Some(item)
    }

    fn hand_item_over(&self) {
        if self.receivers.granted.get() < self.len.get() {
            self.receivers.grant();
        }
    }

    fn hand_slot_over(&self) {
        if self.len.get() + self.senders.granted.get() < N {
            self.senders.grant();
        }
    }
}

/// The leaf of [`Chan::send`].
pub struct Send<'a, T, const N: usize> {
    chan: &'a Chan<T, N>,
    item: Cell<Option<T>>,
    waiter: Waiter,
}

impl<T, const N: usize> fmt::Debug for Send<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Send").finish_non_exhaustive()
    }
}

impl<T, const N: usize> Send<'_, T, N> {
    /// Gives the wait up and the item back. `None` if the item was sent already.
    #[inline]
    pub fn withdraw(&self) -> Option<T> {
        if self.waiter.stage() != Stage::Over {
            self.leave();
        }
        self.item.take()
    }

    #[inline(never)]
    fn leave(&self) {
        self.chan.senders.leave(&self.waiter, || self.chan.hand_slot_over());
    }

    #[inline(never)]
    fn waits(&self, cx: &Context<'_>) -> bool {
        self.chan.senders.waits(&self.waiter, cx, || self.chan.takes_items())
    }
}

impl<T, const N: usize> Future for Send<'_, T, N> {
    type Output = Result<(), T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), T>> {
        count::add(Counter::LeafPolls, 1);
        let this = self.into_ref().get_ref();
        let chan = this.chan;
        match this.waiter.stage() {
            Stage::New if chan.takes_items() => {}
            Stage::Granted => chan.senders.take(),
            _ if this.waits(cx) => return Poll::Pending,
            _ => {}
        }
        this.waiter.set_stage(Stage::Over);
        let item = this.item.take().expect("taken only here and in withdraw, once");
        if chan.closed.get() {
            return Poll::Ready(Err(item));
        }
        chan.push(item);
        Poll::Ready(Ok(()))
    }
}

impl<T, const N: usize> Drop for Send<'_, T, N> {
    fn drop(&mut self) {
        drop(self.withdraw());
    }
}

/// The leaf of [`Chan::recv`].
pub struct Recv<'a, T, const N: usize> {
    chan: &'a Chan<T, N>,
    waiter: Waiter,
}

impl<T, const N: usize> fmt::Debug for Recv<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}

impl<T, const N: usize> Recv<'_, T, N> {
    /// Gives the wait up; an item that was granted goes to the next receiver.
    #[inline]
    pub fn withdraw(&self) {
        if self.waiter.stage() != Stage::Over {
            self.leave();
        }
    }

    #[inline(never)]
    fn leave(&self) {
        self.chan.receivers.leave(&self.waiter, || self.chan.hand_item_over());
    }

    #[inline(never)]
    fn waits(&self, cx: &Context<'_>) -> bool {
        self.chan.receivers.waits(&self.waiter, cx, || self.chan.has_items())
    }
}

impl<T, const N: usize> Future for Recv<'_, T, N> {
    type Output = Option<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        count::add(Counter::LeafPolls, 1);
        let this = self.into_ref().get_ref();
        let chan = this.chan;
        match this.waiter.stage() {
            Stage::New if chan.has_items() => {}
            Stage::Granted => chan.receivers.take(),
            _ if this.waits(cx) => return Poll::Pending,
            _ => {}
        }
        this.waiter.set_stage(Stage::Over);
        Poll::Ready(chan.pop())
    }
}

impl<T, const N: usize> Drop for Recv<'_, T, N> {
    fn drop(&mut self) {
        self.withdraw();
    }
}
