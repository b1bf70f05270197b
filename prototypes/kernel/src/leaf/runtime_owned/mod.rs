//! The leaf of the poll family over a completion driver.
//!
//! A future may be dropped or forgotten whenever its owner likes, so nothing that a driver
//! holds can be in it. Here the *runtime* owns the header and a buffer, in a slot that is
//! used again and again; the leaf holds the slot's number and generation, copies what it
//! sends into the slot, and copies what was received out of it. That copy is what the model
//! pays for lending nothing, and it is counted ([`Runtime::count_copied`]).
//!
//! A leaf that is dropped while its operation is in flight leaves an *orphan*: the driver is
//! asked for an early end, and the slot comes back at the operation's own end. What the
//! operation did meanwhile has no owner:
//!
//! | result of an orphan            | becomes                                              |
//! |--------------------------------|------------------------------------------------------|
//! | bytes received or read         | lost; counted                                        |
//! | a buffer that the kernel chose | back in its pool                                     |
//! | an accepted connection or      | closed if the leaf was [`guarded`](RuntimeOwned::guarded), |
//! | opened resource                | else open for ever: the hazard that is measured      |
//!
//! An orphan does not outlive its descriptor's number: what still is to look it up is handed to the
//! system first. Over epoll a file has a thread for that, so there the drop takes back what has not
//! begun, also from a leaf that does not ask for it, and waits for what has: one call at most.
//!
//! [`Rented`] is the leaf for callers that give their buffer away meanwhile: nothing is copied
//! then, and an orphan keeps the buffer until its end.
//!
//! A leaf may be dropped where its run is not the current one, or is not polling: in another run,
//! by a waker that the driver calls, between polls of an island. The slots know their driver, so
//! what a drop has to tell is told all the same.
//!
//! Slots are made as needed and never run out, so an operation that is complete and not
//! looked at keeps no other waiting. An orphan keeps the slots alive; a driver that is drained
//! leaves none.
//!
//! [`Runtime::count_copied`]: crate::run::context::Runtime::count_copied

mod ask;
mod rented;

use core::future::Future;
use core::marker::PhantomData;
use core::net::SocketAddrV4;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};
use std::rc::Rc;

pub use self::rented::Rented;
pub use crate::run::orphans::{OpSlots, Totals};

use crate::count::{self, Counter};
use crate::driver::ops::Yields;
use crate::driver::pool::Provided;
use crate::driver::{OpKind, UNSUPPORTED, ops};
use crate::leaf::resource::Orphan;
use crate::leaf::socket::{Numbered, Socket};
use crate::run::context::{self, Runtime};
use crate::run::orphans::{Slot, orphan};

/// What the caller has: bytes to send, or a place for what comes.
#[derive(Debug)]
enum Data<'b> {
    Nothing,
    Send(&'b [u8]),
    Receive(&'b mut [u8]),
    /// Memory that stays where it is until the operation has ended.
    Rent(*mut u8, usize),
}

impl Data<'_> {
    fn len(&self) -> usize {
        match self {
            Data::Nothing => 0,
            Data::Send(bytes) => bytes.len(),
            Data::Receive(bytes) => bytes.len(),
            Data::Rent(_, len) => *len,
        }
    }
}

/// A leaf's place in the slots.
#[derive(Debug)]
struct Ticket {
    op_slots: Rc<OpSlots>,
    index: u32,
    generation: u32,
}

impl Ticket {
    fn slot(&self) -> &Slot {
        let slot = self.op_slots.slot(self.index);
        assert_eq!(slot.generation.get(), self.generation, "a leaf gives its slot up once");
        slot
    }
}

/// How a leaf is dropped.
#[derive(Clone, Copy, Debug)]
struct Going {
    guarded: bool,
    cancels: bool,
    leased: bool,
}

/// What both leaves are: an operation in a slot.
#[derive(Debug)]
struct Operation {
    kind: OpKind,
    ticket: Option<Ticket>,
    going: Going,
}

impl Operation {
    const fn new(kind: OpKind) -> Operation {
        let going = Going { guarded: false, cancels: true, leased: false };
        Operation { kind, ticket: None, going }
    }

    /// Gives the operation to the driver; its result if that came at once.
    fn submit(&mut self, runtime: &Runtime<'_>, cx: &Context<'_>, data: &Data<'_>) -> Option<i32> {
        // The run keeps them: it does not end while it polls.
        let op_slots = runtime.op_slots();
        let slot = op_slots.take();
        slot.header.reset(self.kind);
        slot.guarded.set(self.going.guarded);
        if self.kind.device_ms().is_some() {
            slot.world.set(runtime.driver.world());
        }
        if let Data::Rent(pointer, len) = *data {
            slot.header.lend(pointer, len);
        } else {
            slot.lend_its_own(runtime, data);
        }
        if self.going.leased
            && let Some(lease) = slot.world.get().and_then(|world| world.device().lend())
        {
            slot.lease.set(lease);
            slot.header.flags.set(lease.0);
        }
        if self.kind.yields() == Yields::Chosen {
            slot.pool.replace(runtime.driver.pool());
        }
        let (index, generation) = (slot.index, slot.generation.get());
        let header = NonNull::from(&slot.header);
        let unsubmitted = Unsubmitted(op_slots, slot);
        // FOREIGN: wakers, if the driver makes room. One that panics leaves nothing begun.
        // SAFETY: header and buffer are the slot's, which is not used for anything else
        // before the operation has ended, and outlives it: the ticket keeps the slots, and
        // an orphan a reference of its own. A forgotten leaf keeps them for ever. A rented
        // buffer stays by the promise of `Rented::new`, in the leaf or in the slot.
        unsafe { runtime.driver.submit(header) };
        core::mem::forget(unsubmitted);
        self.ticket = Some(Ticket { op_slots: Rc::clone(op_slots), index, generation });
        let header = &slot.header;
        // An end that came at once needs no wake.
        if header.result().is_none() {
            // FOREIGN: clone. Looked at again below.
            header.set_waker(cx.waker());
        }
        header.result()
    }

    /// The result once there is one; submits at the first call.
    fn poll(&mut self, cx: &Context<'_>, data: &Data<'_>) -> Option<i32> {
        count::add(Counter::LeafPolls, 1);
        if let Some(ticket) = &self.ticket {
            let slot = ticket.slot();
            if slot.header.result().is_none() {
                count::add(Counter::SpuriousPolls, 1);
                slot.header.set_waker(cx.waker());
            }
            return slot.header.result();
        }
        context::with(|runtime| self.submit(runtime, cx, data))
    }
}

impl Slot {
    /// Lends the slot's buffer to the operation, filled with what is to be sent.
    fn lend_its_own(&self, runtime: &Runtime<'_>, data: &Data<'_>) {
        let mut buffer = self.buffer.borrow_mut();
        if buffer.len() < data.len() {
            buffer.resize(data.len(), 0);
        }
        if let Data::Send(bytes) = data {
            buffer[..bytes.len()].copy_from_slice(bytes);
            copied(runtime, bytes.len());
        }
        self.header.lend(buffer.as_mut_ptr(), data.len());
    }
}

fn copied(runtime: &Runtime<'_>, bytes: usize) {
    runtime.count_copied(bytes);
    count::add(Counter::CopiedBytes, bytes as u64);
}

impl Drop for Operation {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else { return };
        let (op_slots, slot) = (&ticket.op_slots, ticket.slot());
        if slot.header.result().is_some() {
            op_slots.count(|totals| totals.ignored += 1);
            op_slots.bury(slot);
            return;
        }
        slot.end_lease();
        orphan(op_slots, slot, |driver| {
            driver.hand_over(&slot.header);
            if self.going.cancels && slot.header.result().is_none() {
                op_slots.count(|totals| totals.cancels += 1);
                driver.cancel(&slot.header);
            }
        });
    }
}

/// Takes a slot back whose operation was not begun.
struct Unsubmitted<'a>(&'a OpSlots, &'a Slot);

impl Drop for Unsubmitted<'_> {
    fn drop(&mut self) {
        self.0.put(self.1);
    }
}

/// An operation that a future may start: ready with the driver's result, which is bytes, a
/// descriptor, zero, or a negative error.
///
/// # Cancellation
/// Dropping it orphans the operation; see the module. Bytes that had arrived are lost.
///
/// # Panics
/// When polled outside a runtime of ours, or after it was ready.
#[derive(Debug)]
pub struct RuntimeOwned<'b> {
    operation: Operation,
    data: Data<'b>,
    done: bool,
}

impl<'b> RuntimeOwned<'b> {
    fn new(kind: impl Into<OpKind>, data: Data<'b>) -> RuntimeOwned<'b> {
        RuntimeOwned { operation: Operation::new(kind.into()), data, done: false }
    }

    /// An operation that fills `buffer`, on whatever `kind` names.
    ///
    /// # Safety
    /// A descriptor that `kind` names stays open as long as this lives, and what closes it
    /// afterwards tells the drivers before, as [`Socket`] and [`Numbered`] do: the operation may
    /// not have been handed over by then, and would use the next file of that number.
    pub unsafe fn filling(kind: impl Into<OpKind>, buffer: &'b mut [u8]) -> RuntimeOwned<'b> {
        RuntimeOwned::new(kind, Data::Receive(buffer))
    }

    /// An operation that sends from `buffer`, on whatever `kind` names.
    ///
    /// # Safety
    /// As [`RuntimeOwned::filling`].
    #[must_use]
    pub unsafe fn sending(kind: impl Into<OpKind>, buffer: &'b [u8]) -> RuntimeOwned<'b> {
        RuntimeOwned::new(kind, Data::Send(buffer))
    }

    /// An operation without bytes, on whatever `kind` names.
    ///
    /// # Safety
    /// As [`RuntimeOwned::filling`].
    #[must_use]
    pub unsafe fn plain(kind: impl Into<OpKind>) -> RuntimeOwned<'b> {
        RuntimeOwned::new(kind, Data::Nothing)
    }

    /// Receives at most the buffer's length; ready with zero at the end of the stream.
    pub fn recv(socket: &'b Socket, buffer: &'b mut [u8]) -> RuntimeOwned<'b> {
        // SAFETY: borrowed for as long as this lives, and a socket tells of its end.
        unsafe { RuntimeOwned::filling(ops::Recv { fd: socket.fd() }, buffer) }
    }

    /// Sends some of the buffer; ready with how many bytes.
    #[must_use]
    pub fn send(socket: &'b Socket, buffer: &'b [u8]) -> RuntimeOwned<'b> {
        // SAFETY: as in `recv`.
        unsafe { RuntimeOwned::sending(ops::Send { fd: socket.fd() }, buffer) }
    }

    /// Accepts a connection. Ready with its descriptor, which is then the caller's to close.
    #[must_use]
    pub fn accept(socket: &'b Socket) -> RuntimeOwned<'b> {
        // SAFETY: as in `recv`.
        unsafe { RuntimeOwned::plain(ops::Accept { fd: socket.fd() }) }
    }

    /// Connects a socket; ready with zero.
    #[must_use]
    pub fn connect(socket: &'b Socket, addr: SocketAddrV4) -> RuntimeOwned<'b> {
        // SAFETY: as in `recv`.
        unsafe { RuntimeOwned::plain(ops::Connect { fd: socket.fd(), addr }) }
    }

    /// Reads a file at `offset`; ready with zero at its end.
    pub fn read_at(file: &'b Numbered, buffer: &'b mut [u8], offset: u64) -> RuntimeOwned<'b> {
        // SAFETY: as in `recv`: a file that is numbered tells of its end, too.
        unsafe { RuntimeOwned::filling(ops::ReadAt { fd: file.number(), offset }, buffer) }
    }

    /// Writes some of the buffer to a file at `offset`; ready with how many bytes.
    #[must_use]
    pub fn write_at(file: &'b Numbered, buffer: &'b [u8], offset: u64) -> RuntimeOwned<'b> {
        // SAFETY: as in `read_at`.
        unsafe { RuntimeOwned::sending(ops::WriteAt { fd: file.number(), offset }, buffer) }
    }

    /// A read from the simulated device of nominally `ms` milliseconds.
    pub fn device(buffer: &'b mut [u8], ms: u32) -> RuntimeOwned<'b> {
        RuntimeOwned::new(ops::Device { ms }, Data::Receive(buffer))
    }

    /// Opens a resource of the simulated device in nominally `ms` milliseconds. Ready with
    /// its number, which is then the caller's to close.
    #[must_use]
    pub fn open_resource(ms: u32) -> RuntimeOwned<'b> {
        RuntimeOwned::new(ops::OpenResource { ms }, Data::Nothing)
    }

    /// What a drop does, as workloads choose it.
    #[must_use]
    pub fn or(self, orphan: Orphan) -> RuntimeOwned<'b> {
        match orphan {
            Orphan::Ignore => self.uncancelled(),
            Orphan::Cancel => self,
            Orphan::Reclaim => self.guarded(),
        }
    }

    /// What an orphan opens is closed.
    #[must_use]
    pub fn guarded(mut self) -> RuntimeOwned<'b> {
        self.operation.going.guarded = true;
        self
    }

    /// A drop does not ask the driver for an early end.
    #[must_use]
    pub fn uncancelled(mut self) -> RuntimeOwned<'b> {
        self.operation.going.cancels = false;
        self
    }

    /// Models a leaf that lends its caller's buffer to the simulated device, as a future
    /// cannot: a drop ends the lease and nothing else, and the device counts what it writes
    /// afterwards. The memory is the slot's all the same.
    #[must_use]
    pub fn leased(mut self) -> RuntimeOwned<'b> {
        self.operation.going.leased = true;
        self.operation.going.cancels = false;
        self
    }
}

impl Future for RuntimeOwned<'_> {
    type Output = i32;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i32> {
        let this = self.get_mut();
        assert!(!this.done, "a leaf is not polled after it was ready");
        let Some(result) = this.operation.poll(cx, &this.data) else { return Poll::Pending };
        let ticket = this.operation.ticket.take().expect("what has a result has a slot");
        this.done = true;
        let slot = ticket.slot();
        if let Data::Receive(bytes) = &mut this.data {
            let moved = usize::try_from(result).unwrap_or(0).min(bytes.len());
            bytes[..moved].copy_from_slice(&slot.buffer.borrow()[..moved]);
            context::with(|runtime| copied(runtime, moved));
        }
        ticket.op_slots.put(slot);
        Poll::Ready(result)
    }
}

/// Receives into a buffer that the kernel chooses. Ready with the bytes, with `None` at the
/// end of the stream, or with the driver's negative error: `-ENOBUFS` when bytes are there
/// and all buffers are out. Nothing is copied.
///
/// # Cancellation
/// Dropping it orphans the operation. A buffer that was chosen goes back to its pool; the
/// bytes in it are lost.
///
/// # Panics
/// As [`RuntimeOwned`].
#[derive(Debug)]
pub struct RuntimeOwnedProvided<'b> {
    operation: Operation,
    /// Bytes that are taken at most; zero: as many as the buffer holds.
    most: usize,
    done: bool,
    _socket: PhantomData<&'b Socket>,
}

impl<'b> RuntimeOwnedProvided<'b> {
    /// A receive that was not submitted.
    #[must_use]
    pub fn new(socket: &'b Socket) -> RuntimeOwnedProvided<'b> {
        // SAFETY: borrowed for as long as this lives, and a socket tells of its end.
        unsafe { RuntimeOwnedProvided::on(socket.fd()) }
    }

    /// The same on a descriptor.
    ///
    /// # Safety
    /// As [`RuntimeOwned::filling`].
    #[must_use]
    pub unsafe fn on(fd: i32) -> RuntimeOwnedProvided<'b> {
        let operation = Operation::new(ops::RecvProvided { fd }.into());
        RuntimeOwnedProvided { operation, most: 0, done: false, _socket: PhantomData }
    }

    /// Takes `len` bytes at most, and leaves the others in the socket.
    #[must_use]
    pub fn at_most(mut self, len: usize) -> RuntimeOwnedProvided<'b> {
        self.most = len;
        self
    }
}

impl Future for RuntimeOwnedProvided<'_> {
    type Output = Result<Option<Provided>, i32>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        assert!(!this.done, "a leaf is not polled after it was ready");
        let has_pool =
            this.operation.ticket.is_some() || context::with(|r| r.driver.pool().is_some());
        if !has_pool {
            this.done = true;
            return Poll::Ready(Err(UNSUPPORTED));
        }
        // No memory: only how much may come.
        let data = Data::Rent(core::ptr::null_mut(), this.most);
        let Some(result) = this.operation.poll(cx, &data) else { return Poll::Pending };
        let ticket = this.operation.ticket.take().expect("what has a result has a slot");
        this.done = true;
        let slot = ticket.slot();
        let bytes = slot.take_provided(result);
        ticket.op_slots.put(slot);
        Poll::Ready(if result < 0 { Err(result) } else { Ok(bytes) })
    }
}
