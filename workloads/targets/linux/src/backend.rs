//! Which driver a cell runs on.
//!
//! The drivers of our own executor are chosen at run time, before every call of a case; a
//! runtime of somebody else brings its own. What this machine refuses is a status with the
//! reason, found out once per process.

use std::sync::OnceLock;

use kernel::backend::{self, Backend};

/// Peers that are nothing without `io_uring`: some would quietly fall back to something that
/// has nothing to do with what their cells stand for.
const OVER_URING: &[&str] = &["tokio-uring", "monoio", "compio"];

/// Whether cells of this runtime can run here.
///
/// # Errors
/// Why not, as the driver says it.
pub fn probe(runtime: &str) -> Result<(), String> {
    static EPOLL: OnceLock<Result<(), String>> = OnceLock::new();
    static URING: OnceLock<Result<(), String>> = OnceLock::new();
    match needed(runtime) {
        Backend::Sim => Ok(()),
        Backend::Epoll => EPOLL.get_or_init(|| backend::probe(Backend::Epoll)).clone(),
        Backend::Uring => URING.get_or_init(|| backend::probe(Backend::Uring)).clone(),
    }
}

/// Makes our own executor use the driver of this runtime from now on.
pub fn select(runtime: &str) {
    backend::select(runtime.parse().unwrap_or_default());
}

fn needed(runtime: &str) -> Backend {
    match runtime.parse() {
        Err(_) if OVER_URING.contains(&runtime) => Backend::Uring,
        known => known.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_of_somebody_else_leaves_ours_on_virtual_time() {
        select("own-epoll");
        assert_eq!(backend::selected(), Backend::Epoll);
        select("tokio");
        assert_eq!(backend::selected(), Backend::Sim);
        assert_eq!(probe("tokio"), Ok(()));
        assert_eq!(probe("own"), Ok(()));
        assert_eq!(probe("monoio"), probe("own-uring"));
    }
}
