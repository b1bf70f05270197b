//! The readiness face: what the system said about a descriptor, and leaves that try.
//!
//! A [`Source`] is registered once, for both directions and edge-triggered, so waiting
//! costs no system call. Each direction has a flag: *may be ready*. A leaf tries the call
//! only while the flag is up; the flag goes down when the call would block, and also when it
//! moved less than was asked for, because the system has no more then. So reading in a
//! steady state costs one call a read. (The second half is tokio's idea.) What arrives in
//! between makes a new edge, which raises the flag again when the driver looks.
//!
//! A leaf that is ready returns, however often it was ready before: there is no budget, and no
//! yield in the name of others (see [`executor`](crate::run::executor)).
//!
//! An end or an error makes no second edge. It keeps the flag up until a call would block.
//!
//! The completion face of the epoll driver is made of the same parts: an operation that
//! would block waits in the source's line and is tried again when the flag goes up.

use core::fmt;
use core::future::Future;
use core::mem::MaybeUninit;
use core::net::SocketAddrV4;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::rc::Rc;

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags};

use crate::count::{self, Counter};
use crate::driver::epoll::Core;
use crate::driver::epoll::side::{CLOSED, READY, Side};
use crate::driver::{OpHeader, OpKind, UNSUPPORTED};
use crate::foreign::Finally;
use crate::io_error::IoErr;
use crate::leaf::socket::Socket;
use crate::run::context;

/// A descriptor that is registered with the epoll driver. Closed on drop; operations that
/// the completion face has in line are cancelled then.
pub struct Source {
    fd: OwnedFd,
    core: Rc<Core>,
    read: Side,
    write: Side,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("fd", &self.fd).finish_non_exhaustive()
    }
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // Closing the descriptor takes it out of the epoll set.
        self.core.forget(self.fd.as_raw_fd());
        self.cancel_all();
    }
}

impl Source {
    /// Registers a descriptor that does not block.
    ///
    /// # Errors
    /// Those of `epoll_ctl`.
    pub fn new(core: &Rc<Core>, fd: OwnedFd) -> Result<Rc<Source>, IoErr> {
        let core = core.clone();
        let source = Rc::new(Source { fd, core, read: Side::new(), write: Side::new() });
        source.core.watch(&source)?;
        Ok(source)
    }

    /// The driver saw an event.
    pub(crate) fn deliver(&self, events: EventFlags) {
        let both = EventFlags::HUP | EventFlags::ERR;
        let closed = if events.intersects(both) { CLOSED } else { 0 };
        // An edge is told once, so all of it is passed on, also when a waker panics.
        let write = events.intersects(EventFlags::OUT | both);
        if events.intersects(EventFlags::IN | EventFlags::RDHUP | both) {
            let end = if events.contains(EventFlags::RDHUP) { CLOSED } else { closed };
            let rest = Finally(|| {
                if write {
                    self.raise(&self.write, closed);
                }
            });
            self.raise(&self.read, end);
            core::mem::forget(rest);
        }
        if write {
            self.raise(&self.write, closed);
        }
    }

    #[inline]
    fn raise(&self, side: &Side, flags: u8) {
        if side.ops.get().is_none() {
            // FOREIGN: wake, as the last thing that it does.
            return side.raise(flags);
        }
        let _ops = Finally(|| self.retry(side));
        // FOREIGN: wake, as the last thing that it does.
        side.raise(flags);
    }

    /// Completion face: tries the operations in line until one would block.
    #[inline]
    fn retry(&self, side: &Side) {
        // The others are tried too when a waker panics.
        let rest = Finally(|| self.retry(side));
        while let Some(op) = side.ops.get()
            && side.is_ready()
        {
            // SAFETY: in line, so in flight and alive by `submit`'s contract.
            let header = unsafe { op.as_ref() };
            // SAFETY: as above; nobody else touches its buffer until the result is set.
            if let Some(result) = unsafe { self.attempt(side, header) } {
                side.ops.set(header.next.take());
                // FOREIGN: wake. It is out of the line, which is read again.
                header.complete(result);
            }
        }
        core::mem::forget(rest);
    }

    fn side(&self, kind: OpKind) -> &Side {
        match kind {
            OpKind::Send { .. } | OpKind::Connect { .. } => &self.write,
            _ => &self.read,
        }
    }

    /// Completion face: tries the operation at once if it may succeed, else lets it wait. An
    /// answer is its end; it is not in line then.
    ///
    /// # Safety
    /// As [`Driver::submit`](crate::driver::Driver::submit).
    #[inline]
    pub(crate) unsafe fn submit(&self, op: NonNull<OpHeader>) -> Option<i32> {
        // SAFETY: alive by the caller's promise.
        let header = unsafe { op.as_ref() };
        let side = self.side(header.kind());
        if side.is_ready() && side.ops.get().is_none() {
            // SAFETY: alive, and the buffer is lent, by the caller's promise.
            let ended = unsafe { self.attempt(side, header) };
            if ended.is_some() {
                return ended;
            }
        }
        if header.capacity.get() == 0
            && matches!(header.kind(), OpKind::Recv { .. } | OpKind::Send { .. })
        {
            // Without a byte to move it waits for none.
            return Some(0);
        }
        side.push(op);
        None
    }

    /// Completion face: takes an operation out of the line. What it waited for stays in the
    /// system, so nothing is lost. False if it is not there.
    pub(crate) fn cancel(&self, op: &OpHeader) -> bool {
        self.side(op.kind()).unlink(op)
    }

    /// Completion face: ends all that wait.
    pub(crate) fn cancel_all(&self) {
        self.read.cancel_all();
        self.write.cancel_all();
    }

    /// One try. `None` if it would block; the flag is down then.
    ///
    /// # Safety
    /// The header's buffer is lent to the driver.
    unsafe fn attempt(&self, side: &Side, op: &OpHeader) -> Option<i32> {
        let (buffer, length) = (op.buffer.get(), op.capacity.get());
        let length = length.min(i32::MAX as usize);
        let outcome = match op.kind() {
            // An empty buffer is not lent at all, so there may be no pointer.
            OpKind::Recv { .. } | OpKind::Send { .. } if length == 0 => Ok(0),
            OpKind::Recv { .. } => {
                // SAFETY: lent for writing, by the caller's promise; bytes need no value.
                let buffer = unsafe {
                    core::slice::from_raw_parts_mut(buffer.cast::<MaybeUninit<u8>>(), length)
                };
                self.try_recv(buffer)
            }
            OpKind::Send { .. } => {
                // SAFETY: lent for reading, by the caller's promise.
                self.try_send(unsafe { core::slice::from_raw_parts(buffer, length) })
            }
            OpKind::Accept { .. } => self
                .try_accept()
                .map(|fd| usize::try_from(fd.into_raw_fd()).expect("descriptors are not negative")),
            OpKind::Connect { addr, .. } => self.try_connect(addr).map(|()| 0),
            _ => return Some(UNSUPPORTED),
        };
        match outcome {
            Ok(moved) => Some(i32::try_from(moved).expect("at most what was asked for")),
            Err(Errno::AGAIN) => {
                side.clear();
                None
            }
            Err(errno) => Some(-errno.raw_os_error()),
        }
    }

    #[inline]
    fn try_recv(&self, buffer: &mut [MaybeUninit<u8>]) -> Result<usize, Errno> {
        let wanted = buffer.len();
        let (_, moved) = rustix::net::recv(&self.fd, buffer, RecvFlags::empty())?;
        if moved < wanted {
            self.read.was_short();
        }
        Ok(moved)
    }

    #[inline]
    fn try_send(&self, buffer: &[u8]) -> Result<usize, Errno> {
        let moved = rustix::net::send(&self.fd, buffer, SendFlags::NOSIGNAL)?;
        if moved < buffer.len() {
            self.write.was_short();
        }
        Ok(moved)
    }

    fn try_accept(&self) -> Result<OwnedFd, Errno> {
        rustix::net::accept_with(&self.fd, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)
    }

    /// Asks again until it is decided: the call itself tells how far it is.
    fn try_connect(&self, addr: SocketAddrV4) -> Result<(), Errno> {
        match rustix::net::connect(&self.fd, &addr) {
            Ok(()) | Err(Errno::ISCONN) => Ok(()),
            Err(Errno::INPROGRESS) => {
                // The call has begun just now. What was said before was about a socket
                // without a peer, which counts as closed.
                self.read.flags.set(READY);
                Err(Errno::AGAIN)
            }
            Err(Errno::ALREADY) => Err(Errno::AGAIN),
            Err(errno) => Err(errno),
        }
    }

    /// The loop of a readiness leaf. `None` if it would block.
    #[inline]
    fn try_side<T>(
        side: &Side,
        mut attempt: impl FnMut() -> Result<T, Errno>,
    ) -> Option<Result<T, IoErr>> {
        count::add(Counter::LeafPolls, 1);
        while side.is_ready() {
            match attempt() {
                Ok(done) => return Some(Ok(done)),
                Err(Errno::AGAIN) => side.clear(),
                Err(Errno::INTR) => {}
                Err(errno) => return Some(Err(errno.into())),
            }
        }
        None
    }

    /// A leaf that would block waits for the next edge. Only the driver that the source is
    /// registered with will tell of it: under another one this is an error, as an operation on
    /// the completion face is.
    #[inline]
    fn wait<T>(&self, side: &Side, cx: &Context<'_>) -> Poll<Result<T, IoErr>> {
        let is_here = context::is_entered()
            && context::with(|runtime| {
                runtime.driver.epoll().is_some_and(|core| Rc::ptr_eq(core, &self.core))
            });
        if !is_here {
            return Poll::Ready(Err(IoErr::Os(-UNSUPPORTED)));
        }
        side.wait(cx.waker());
        // Only the clone of the waker can have raised it since.
        if side.is_ready() {
            wake_again(cx);
        }
        Poll::Pending
    }

    #[inline]
    fn poll_side<T>(
        &self,
        side: &Side,
        cx: &Context<'_>,
        attempt: impl FnMut() -> Result<T, Errno>,
    ) -> Poll<Result<T, IoErr>> {
        match Source::try_side(side, attempt) {
            Some(done) => Poll::Ready(done),
            None => self.wait(side, cx),
        }
    }

    /// Receives at most the buffer's length; ready with zero at the end of the stream, and at
    /// once if the buffer is empty.
    ///
    /// # Cancellation
    /// Nothing is taken before it is ready. One waits a direction; a later one replaces it.
    ///
    /// # Errors
    /// Those of the system. When it would wait under another driver than the source's.
    #[inline]
    pub fn poll_recv(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Result<usize, IoErr>> {
        let tried = Source::try_side(&self.read, || {
            let wanted = buffer.len();
            let moved = rustix::net::recv(&self.fd, &mut *buffer, RecvFlags::empty())?.1;
            if moved < wanted {
                self.read.was_short();
            }
            Ok(moved)
        });
        match tried {
            Some(done) => Poll::Ready(done),
            None if buffer.is_empty() => Poll::Ready(Ok(0)),
            None => self.wait(&self.read, cx),
        }
    }

    /// Ready when a receive is worth a try; it may still find nothing. Needs no buffer, so an
    /// idle connection holds none.
    ///
    /// # Errors
    /// When it would wait under another driver than the source's.
    #[inline]
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<Result<(), IoErr>> {
        count::add(Counter::LeafPolls, 1);
        if self.read.is_ready() {
            return Poll::Ready(Ok(()));
        }
        self.wait(&self.read, cx)
    }

    /// Receives what there is, at most the buffer's length, without waiting: `None` when
    /// there is nothing, and zero into an empty buffer.
    ///
    /// # Errors
    /// Those of the system.
    pub fn recv_now(&self, buffer: &mut [u8]) -> Result<Option<usize>, IoErr> {
        let wanted = buffer.len();
        match rustix::net::recv(&self.fd, buffer, RecvFlags::empty()) {
            Ok((_, moved)) => {
                if moved < wanted {
                    self.read.was_short();
                }
                Ok(Some(moved))
            }
            Err(Errno::AGAIN) => {
                self.read.clear();
                Ok((wanted == 0).then_some(0))
            }
            Err(errno) => Err(errno.into()),
        }
    }

    /// Sends some of the buffer; ready with how many bytes.
    ///
    /// # Cancellation
    /// As [`Source::poll_recv`]: nothing is sent before it is ready.
    ///
    /// # Errors
    /// As [`Source::poll_recv`].
    #[inline]
    pub fn poll_send(&self, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<Result<usize, IoErr>> {
        self.poll_side(&self.write, cx, || self.try_send(buffer))
    }

    /// Accepts a connection.
    ///
    /// # Cancellation
    /// As [`Source::poll_recv`]: nothing is accepted before it is ready.
    ///
    /// # Errors
    /// As [`Source::poll_recv`], and no descriptor left.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<Result<Socket, IoErr>> {
        let accepted = self.poll_side(&self.read, cx, || self.try_accept());
        accepted.map(|accepted| {
            accepted.and_then(|fd| Source::new(&self.core, fd).map(Socket::from_source))
        })
    }

    /// Connects.
    ///
    /// # Cancellation
    /// The system goes on connecting; close the socket.
    ///
    /// # Errors
    /// As [`Source::poll_recv`], and nobody listening.
    pub fn poll_connect(
        &self,
        cx: &mut Context<'_>,
        addr: SocketAddrV4,
    ) -> Poll<Result<(), IoErr>> {
        self.poll_side(&self.write, cx, || self.try_connect(addr))
    }

    /// [`Source::poll_recv`] as a future.
    pub fn recv<'a>(&'a self, buffer: &'a mut [u8]) -> Recv<'a> {
        Recv { source: self, buffer }
    }

    /// [`Source::poll_send`] as a future.
    pub fn send<'a>(&'a self, buffer: &'a [u8]) -> Send<'a> {
        Send { source: self, buffer }
    }

    /// [`Source::poll_accept`] as a future.
    pub fn accept(&self) -> Accept<'_> {
        Accept { source: self }
    }

    /// [`Source::poll_connect`] as a future.
    pub fn connect(&self, addr: SocketAddrV4) -> Connect<'_> {
        Connect { source: self, addr }
    }
}

#[cold]
fn wake_again(cx: &Context<'_>) {
    // FOREIGN: wake_by_ref. The leaf waits already.
    cx.waker().wake_by_ref();
}

/// See [`Source::recv`].
#[derive(Debug)]
pub struct Recv<'a> {
    source: &'a Source,
    buffer: &'a mut [u8],
}

impl Future for Recv<'_> {
    type Output = Result<usize, IoErr>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.source.poll_recv(cx, self.buffer)
    }
}

/// See [`Source::send`].
#[derive(Debug)]
pub struct Send<'a> {
    source: &'a Source,
    buffer: &'a [u8],
}

impl Future for Send<'_> {
    type Output = Result<usize, IoErr>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.source.poll_send(cx, self.buffer)
    }
}

/// See [`Source::accept`].
#[derive(Debug)]
pub struct Accept<'a> {
    source: &'a Source,
}

impl Future for Accept<'_> {
    type Output = Result<Socket, IoErr>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.source.poll_accept(cx)
    }
}

/// See [`Source::connect`].
#[derive(Debug)]
pub struct Connect<'a> {
    source: &'a Source,
    addr: SocketAddrV4,
}

impl Future for Connect<'_> {
    type Output = Result<(), IoErr>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.source.poll_connect(cx, self.addr)
    }
}
