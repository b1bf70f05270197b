//! Which driver a cell runs on.
//!
//! The drivers of our own executor are chosen at run time, before every call of a case; a
//! foreign runtime brings its own. What this machine refuses is a status with the
//! reason, found out once per process.

use std::sync::OnceLock;

use kernel::driver::select::{self, Backend};

/// Peers that are nothing without `io_uring`: some would quietly fall back to something that
/// has nothing to do with what their cells stand for.
const OVER_URING: &[&str] = &["tokio-uring", "monoio", "compio", BARE];
/// The baseline's ring, with what only newer kernels have.
const BARE: &str = "io-uring";
/// Major and minor number of the first kernel with all that the baseline uses.
const BARE_NEEDS: (u32, u32) = (6, 1);

/// Whether cells of this runtime can run here.
///
/// # Errors
/// Why not, as the driver says it.
pub fn probe(runtime: &str) -> Result<(), String> {
    static FOUND: [OnceLock<Result<(), String>>; Backend::ALL.len()] =
        [const { OnceLock::new() }; Backend::ALL.len()];
    let driver = needed(runtime);
    FOUND[driver as usize].get_or_init(|| select::probe(driver)).clone()?;
    if runtime == BARE { new_enough(&release()) } else { Ok(()) }
}

/// The kernel's release, like `6.1.0-13-amd64`; empty where it does not tell.
fn release() -> String {
    std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned()
}

fn new_enough(release: &str) -> Result<(), String> {
    let mut numbers = release.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    let found = numbers.next().zip(numbers.next());
    let (major, minor) = BARE_NEEDS;
    match found {
        Some(found) if found >= BARE_NEEDS => Ok(()),
        _ => Err(format!("the hand-written ring needs Linux {major}.{minor}, this is `{release}`")),
    }
}

/// Makes our own executor use the driver of this runtime from now on.
pub fn select(runtime: &str) {
    select::select(runtime.parse().unwrap_or_default());
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
    fn the_baseline_is_refused_by_an_older_kernel_with_its_name() {
        for fine in ["6.1.0-13-amd64", "6.18.44", "7.0-rc1"] {
            assert_eq!(new_enough(fine), Ok(()), "{fine}");
        }
        for old in ["5.19.17", "6.0.19-1", ""] {
            let why = new_enough(old).expect_err("refused");
            assert!(why.contains("6.1") && why.contains(&format!("`{old}`")), "{why}");
        }
        assert_eq!(needed(BARE), Backend::Uring);
    }

    #[test]
    fn a_runtime_of_somebody_else_leaves_ours_on_virtual_time() {
        select("own-epoll");
        assert_eq!(select::selected(), Backend::Epoll);
        select("tokio");
        assert_eq!(select::selected(), Backend::Sim);
        assert_eq!(probe("tokio"), Ok(()));
        assert_eq!(probe("own"), Ok(()));
        assert_eq!(probe("monoio"), probe("own-uring"));
    }
}
