//! For designs without an operation beyond those of all designs, in `cancel`.

use design as d;
use kernel::driver::select::Backend;

/// Where `extra` exists.
pub(super) const EXTRA: &[Backend] = &[];

pub(super) fn prepare() {}

/// The read that all designs have.
pub(super) async fn extra(conn: &mut d::Conn, buffer: &mut d::Buf) -> Result<usize, d::IoError> {
    d::read(conn, buffer).await
}
