//! Runtime-owned operations on descriptors by number: these tests close and reuse numbers on
//! purpose, and
//! answer for it themselves.
#![allow(dead_code, reason = "each test uses some of them")]

use std::net::SocketAddrV4;

use kernel::driver::OpKind;
use kernel::leaf::runtime_owned::{RuntimeOwned, RuntimeOwnedProvided};

pub(crate) fn recv(fd: i32, buffer: &mut [u8]) -> RuntimeOwned<'_> {
    // SAFETY: the test's own descriptor, of which it tells the driver where it has to.
    unsafe { RuntimeOwned::filling(OpKind::Recv { fd }, buffer) }
}

pub(crate) fn send(fd: i32, buffer: &[u8]) -> RuntimeOwned<'_> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::sending(OpKind::Send { fd }, buffer) }
}

pub(crate) fn accept(fd: i32) -> RuntimeOwned<'static> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::plain(OpKind::Accept { fd }) }
}

pub(crate) fn connect(fd: i32, addr: SocketAddrV4) -> RuntimeOwned<'static> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::plain(OpKind::Connect { fd, addr }) }
}

pub(crate) fn read_at(fd: i32, buffer: &mut [u8], offset: u64) -> RuntimeOwned<'_> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::filling(OpKind::ReadAt { fd, offset }, buffer) }
}

pub(crate) fn write_at(fd: i32, buffer: &[u8], offset: u64) -> RuntimeOwned<'_> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::sending(OpKind::WriteAt { fd, offset }, buffer) }
}

pub(crate) fn recv_provided(fd: i32) -> RuntimeOwnedProvided<'static> {
    // SAFETY: as above.
    unsafe { RuntimeOwnedProvided::on(fd) }
}
