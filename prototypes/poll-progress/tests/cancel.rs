//! Cancelling at every suspension point; the points are in `workloads/conformance`.
#![cfg(feature = "io")]

extern crate design_poll_progress as design;

use design as d;
use kernel::driver::select::Backend;

#[path = "../../../workloads/conformance/cancel/mod.rs"]
mod cancel;
#[path = "../../../workloads/conformance/drop_root.rs"]
mod drop_root;
#[path = "../../../workloads/conformance/ring.rs"]
mod ring;

use drop_root::root;
use ring::select_ring;

/// Who gives up drops, and over a ring that leaves an orphan.
const LOSES: &[Backend] = &[Backend::Uring];
/// Whether a kept operation goes on when its keeper goes.
const DETACHES: bool = false;
/// Where `extra` exists.
const EXTRA: &[Backend] = &[Backend::Epoll];

fn prepare() {}

/// Waits for readiness, then reads without waiting.
async fn extra(conn: &mut d::Conn, buffer: &mut d::Buf) -> Result<usize, d::IoError> {
    loop {
        d::readable(conn).await?;
        if let Some(read) = d::try_read(conn, buffer)? {
            return Ok(read);
        }
    }
}
