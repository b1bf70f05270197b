//! Sockets and files of `poll`, whose operations stop where they are once they are asked to cancel.
//!
//! # Cancellation
//! What is asked is dropped with its frame, and what a drop loses is as in [`design_poll`].

use core::future::Future;

use design_poll::{Buf, Conn, File, IoError, Listener, Orphan};

use crate::leaf::{Wait, wait};

/// See [`accept`].
pub type Accept<'b> = Wait<design_poll::Accept<'b>>;
/// See [`read`].
pub type Read<'b> = Wait<design_poll::Read<'b>>;
/// See [`write`].
pub type Write<'b> = Wait<design_poll::Write<'b>>;
/// An operation of the runtime that ends with a number of bytes.
pub type Counted<'b> = Wait<design_poll::Counted<'b>>;
/// See [`open_resource`].
pub type OpenResource = Wait<design_poll::OpenResource>;

/// Accepts a connection ([`design_poll::accept`]).
pub fn accept(listener: &mut Listener) -> Accept<'_> {
    wait(design_poll::accept(listener))
}

/// Accepts a connection ([`design_poll::accept_or`]).
pub fn accept_or(listener: &mut Listener, orphan: Orphan) -> Accept<'_> {
    wait(design_poll::accept_or(listener, orphan))
}

/// Connects to a port on loopback ([`design_poll::connect`]).
///
/// # Errors
/// Those of the system.
///
/// # Panics
/// Outside a task.
pub fn connect(port: u16) -> impl Future<Output = Result<Conn, IoError>> {
    wait(design_poll::connect(port))
}

/// Reads what there is ([`design_poll::read`]).
pub fn read<'b>(stream: &'b mut Conn, buffer: &'b mut Buf) -> Read<'b> {
    wait(design_poll::read(stream, buffer))
}

/// Ready when a read is worth a try ([`design_poll::readable`]).
///
/// # Errors
/// Over io_uring.
pub fn readable(stream: &mut Conn) -> impl Future<Output = Result<(), IoError>> {
    wait(design_poll::readable(stream))
}

/// Writes some of the first `len` bytes ([`design_poll::write`]).
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn write<'b>(stream: &'b mut Conn, buffer: &'b mut Buf, len: usize) -> Write<'b> {
    wait(design_poll::write(stream, buffer, len))
}

/// Reads exactly the first `len` bytes of the buffer ([`design_poll::read_exact`]).
///
/// # Errors
/// Those of the system, and the end of the stream.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn read_exact<'b>(
    stream: &'b mut Conn,
    buffer: &'b mut Buf,
    len: usize,
) -> impl Future<Output = Result<(), IoError>> {
    wait(design_poll::read_exact(stream, buffer, len))
}

/// Writes all of the first `len` bytes ([`design_poll::write_all`]).
///
/// # Errors
/// Those of the system.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn write_all<'b>(
    stream: &'b mut Conn,
    buffer: &'b mut Buf,
    len: usize,
) -> impl Future<Output = Result<(), IoError>> {
    wait(design_poll::write_all(stream, buffer, len))
}

/// Reads at a place of the file ([`design_poll::read_at`]).
pub fn read_at<'b>(file: &'b mut File, buffer: &'b mut Buf, offset: u64) -> Counted<'b> {
    wait(design_poll::read_at(file, buffer, offset))
}

/// Reads from the simulated device ([`design_poll::device_read`]).
pub fn device_read(buffer: &mut Buf, ms: u32) -> Counted<'_> {
    wait(design_poll::device_read(buffer, ms))
}

/// Opens a resource of the simulated device ([`design_poll::open_resource`]).
pub fn open_resource(ms: u32, orphan: Orphan) -> OpenResource {
    wait(design_poll::open_resource(ms, orphan))
}
