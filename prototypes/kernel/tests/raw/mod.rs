//! Runtime-owned operations on descriptors by number: these tests close and reuse numbers on
//! purpose, and
//! answer for it themselves.
#![allow(dead_code, reason = "each test uses some of them")]

use std::net::SocketAddrV4;

use kernel::driver::ops;
use kernel::leaf::runtime_owned::{RuntimeOwned, RuntimeOwnedProvided};

pub(crate) fn recv(fd: i32, buffer: &mut [u8]) -> RuntimeOwned<'_> {
    // SAFETY: the test's own descriptor, of which it tells the driver where it has to.
    unsafe { RuntimeOwned::filling(ops::Recv { fd }, buffer) }
}

pub(crate) fn send(fd: i32, buffer: &[u8]) -> RuntimeOwned<'_> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::sending(ops::Send { fd }, buffer) }
}

pub(crate) fn accept(fd: i32) -> RuntimeOwned<'static> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::plain(ops::Accept { fd }) }
}

pub(crate) fn connect(fd: i32, addr: SocketAddrV4) -> RuntimeOwned<'static> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::plain(ops::Connect { fd, addr }) }
}

pub(crate) fn read_at(fd: i32, buffer: &mut [u8], offset: u64) -> RuntimeOwned<'_> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::filling(ops::ReadAt { fd, offset }, buffer) }
}

pub(crate) fn write_at(fd: i32, buffer: &[u8], offset: u64) -> RuntimeOwned<'_> {
    // SAFETY: as above.
    unsafe { RuntimeOwned::sending(ops::WriteAt { fd, offset }, buffer) }
}

pub(crate) fn recv_provided(fd: i32) -> RuntimeOwnedProvided<'static> {
    // SAFETY: as above.
    unsafe { RuntimeOwnedProvided::on(fd) }
}
