//! Sockets on loopback, as the current driver wants them.

use core::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::rc::Rc;

use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};

use crate::driver::attached::Attached;
use crate::driver::registry::RegisteredFd;
use crate::driver::source::Source;
use crate::io_error::IoError;
use crate::run::alive::closing;
use crate::run::context;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4096;

/// A TCP socket, closed on drop. It belongs to the driver under which it was made, and so to
/// that driver's thread (trap T17):
///
/// ```compile_fail,E0277
/// fn is_send<T: Send>() {}
/// is_send::<kernel::leaf::socket::Socket>();
/// ```
#[derive(Debug)]
pub struct Socket {
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// Watched by the driver that it was made under.
    Source(Rc<Source>),
    /// Registered with the driver, if that can be.
    Registered(Registered),
    Plain(Numbered),
}

/// A socket that is registered with a driver. Its end has an order: the drivers are told, then it
/// leaves the driver's table, then it closes. The last two are those of [`RegisteredFd`], also when
/// a waker panics that a driver calls meanwhile.
#[derive(Debug)]
struct Registered {
    fd: RegisteredFd,
}

impl Drop for Registered {
    fn drop(&mut self) {
        // What a forgotten leaf has left is written under the name that it knows.
        // FOREIGN: wakers that a driver calls meanwhile. The socket is in the table and open.
        closing(self.fd.as_fd().as_raw_fd());
    }
}

/// An open file of which operations know the number. Closed on drop, after the driver has seen to
/// it that what a forgotten leaf has left with it does not use the number's next owner (trap T1).
#[derive(Debug)]
pub struct Numbered {
    fd: OwnedFd,
}

impl Numbered {
    /// The number of operations to come.
    #[must_use]
    pub fn number(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl From<OwnedFd> for Numbered {
    fn from(fd: OwnedFd) -> Numbered {
        Numbered { fd }
    }
}

impl AsFd for Numbered {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Numbered {
    fn drop(&mut self) {
        // FOREIGN: wakers that a driver calls meanwhile. The descriptor is open, and closes also
        // when one panics.
        closing(self.number());
    }
}

impl Socket {
    /// Listens on loopback, on a free port. Connections inherit that small segments are
    /// sent at once.
    ///
    /// # Errors
    /// Those of the system, such as no descriptor left.
    ///
    /// # Panics
    /// Outside a runtime of ours.
    pub fn listen() -> Result<(Socket, u16), IoError> {
        let fd = tcp()?;
        rustix::net::bind(&fd, &loopback(0))?;
        rustix::net::listen(&fd, BACKLOG)?;
        let name = rustix::net::getsockname(&fd)?;
        let name = SocketAddrV4::try_from(name)?;
        Ok((Socket::attach(fd, false)?, name.port()))
    }

    /// A socket that is to be connected.
    ///
    /// # Errors
    /// Those of the system, such as no descriptor left.
    ///
    /// # Panics
    /// Outside a runtime of ours.
    pub fn stream() -> Result<Socket, IoError> {
        Socket::attach(tcp()?, true)
    }

    /// The socket of an accepted connection: what an accept operation was ready with.
    ///
    /// # Errors
    /// Those of the system; the descriptor is closed then.
    ///
    /// # Safety
    /// The descriptor is the caller's, who does not use it afterwards.
    pub unsafe fn accepted(fd: RawFd) -> Result<Socket, IoError> {
        // SAFETY: open and the caller's, by the caller's promise.
        Socket::attach(unsafe { OwnedFd::from_raw_fd(fd) }, true)
    }

    /// `streams` if bytes will go through it.
    fn attach(fd: OwnedFd, streams: bool) -> Result<Socket, IoError> {
        let attached = context::with(|runtime| runtime.driver.attach(fd, streams))?;
        Ok(Socket {
            held: match attached {
                Attached::Source(source) => Held::Source(source),
                Attached::Registered(fd) => Held::Registered(Registered { fd }),
                Attached::Plain(fd) => Held::Plain(fd.into()),
            },
        })
    }

    pub(crate) fn from_source(source: Rc<Source>) -> Socket {
        Socket { held: Held::Source(source) }
    }

    /// What readiness leaves wait on, if the driver that this was made under waits for readiness.
    #[must_use]
    #[inline]
    pub fn source(&self) -> Option<&Rc<Source>> {
        match &self.held {
            Held::Source(source) => Some(source),
            Held::Registered(_) | Held::Plain(_) => None,
        }
    }

    /// Its number, for completion operations. It stays open as long as this lives.
    #[must_use]
    pub fn fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.held {
            Held::Source(source) => source.as_fd(),
            Held::Registered(socket) => socket.fd.as_fd(),
            Held::Plain(fd) => fd.as_fd(),
        }
    }
}

/// An address on this machine.
#[must_use]
pub fn loopback(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
}

/// Whether it blocks is the driver's: [`Driver::sources`](crate::driver::Driver::sources).
fn tcp() -> Result<OwnedFd, IoError> {
    let readiness = context::with(|runtime| runtime.driver.sources().is_some());
    let nonblocking = if readiness { SocketFlags::NONBLOCK } else { SocketFlags::empty() };
    let fd = rustix::net::socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        SocketFlags::CLOEXEC | nonblocking,
        Some(ipproto::TCP),
    )?;
    sockopt::set_tcp_nodelay(&fd, true)?;
    Ok(fd)
}
