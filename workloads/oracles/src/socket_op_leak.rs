//! `socket-op-leak`: accepting with little patience, and the descriptors left afterwards.

#[cfg(feature = "std")]
use contract::World;
use contract::{Judged, Ledger, Metric, Metrics, Params};

/// How long round `round` waits for its connection; every second one gives up early, unless
/// all are `patient`.
#[must_use]
pub const fn patience_ms(round: u32, patient: bool) -> u32 {
    if patient || round % 2 == 1 { 2000 } else { 2 }
}

/// When the connection of round `round` comes.
#[must_use]
pub const fn arrival_ms(round: u32) -> u32 {
    if round % 2 == 1 { 1 } else { 10 }
}

/// Open descriptors of this process.
#[cfg(feature = "std")]
#[must_use]
pub fn start() -> u32 {
    // The one that looks is open too, every time.
    let open = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    u32::try_from(open).unwrap_or(u32::MAX)
}

/// Logs the end: how many rounds, and whether descriptors are left. How many is a metric,
/// not an event: on a real clock it may differ from run to run.
#[cfg(feature = "std")]
pub fn finish(world: &World, rounds: u32, before: u32) {
    let leaked = start().saturating_sub(before);
    world.metrics().set(Metric::Leaked, leaked.into());
    crate::done(world, rounds, leaked.min(1));
}

/// All rounds were made and nothing is left open. Severity: descriptors.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let judged = crate::complete(ledger, params.n);
    let leaked = metrics.get(Metric::Leaked).unwrap_or(0);
    match u32::try_from(leaked) {
        Ok(leaked) if leaked > 0 => Judged::from_severity(leaked),
        _ => judged,
    }
}
