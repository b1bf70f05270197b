//! How an operation is run. What it is, is [`design_completion`]'s.

use contract::World;
#[cfg(feature = "io")]
use design_completion::__parts::run_on_host;
use design_completion::__parts::run_root;
use design_completion::Completion;

/// Runs an operation on the driver of this build until it is ready. Safe: the operation lives
/// on this stack, and this function does not return or unwind before it is ready.
///
/// When nothing can happen any more the operation is cancelled and drained.
///
/// # Panics
/// As `block_on` of `completion`: with the operation's own panic, inside a task, and when the
/// driver that was selected cannot be had. A panic of the driver between polls aborts.
pub fn block_on<C: Completion>(world: &'static World, op: C) -> C::Output {
    crate::awb_marker_structured();
    run_root(world, op)
}

/// Runs an operation that may borrow as the root of a foreign runtime, as `block_on_host` of
/// `completion` does.
///
/// # Panics
/// With the operation's own panic. When there is no driver, when `run` returns before its
/// future is ready, and inside a run.
#[cfg(feature = "io")]
pub fn block_on_host<C, H>(
    world: &'static World,
    host: impl FnOnce(std::os::fd::BorrowedFd<'_>) -> Result<H, kernel::IoError>,
    run: impl FnOnce(core::pin::Pin<&mut (dyn Future<Output = ()> + '_)>),
    op: C,
) -> C::Output
where
    C: Completion,
    H: kernel::run::island::Host,
{
    crate::awb_marker_structured();
    run_on_host(world, host, run, op)
}
