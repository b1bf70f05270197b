//! `socket-op-leak`: accepting with little patience, and the descriptors left afterwards.
//!
//! In the cases without a suffix the connection of a round that gives up comes after that, so
//! that the kernel may hear of it in time. In those with `-late` the program holds its thread
//! while the connection comes, and is then told to stop: the result is there, and nothing has
//! looked at it, when the accept is given up.

#[cfg(feature = "std")]
use std::net::{Ipv4Addr, TcpStream};

#[cfg(feature = "std")]
use contract::World;
use contract::{Judged, Ledger, Metric, Metrics, Params};

/// How long round `round` waits for its connection; every second one gives up early, unless
/// all are `patient`.
#[must_use]
pub const fn patience_ms(round: u32, patient: bool) -> u32 {
    if gives_up(round, patient) { 2 } else { 2000 }
}

/// Whether round `round` goes on without its connection. All others must have it.
#[must_use]
pub const fn gives_up(round: u32, patient: bool) -> bool {
    !patient && round.is_multiple_of(2)
}

/// When the connection of round `round` comes.
#[must_use]
pub const fn arrival_ms(round: u32) -> u32 {
    if round % 2 == 1 { 1 } else { 10 }
}

/// No wait in a late round is longer, so that a control which gets nothing ends.
pub const LATE_LIMIT_MS: u32 = 2000;

/// When the program of a late round becomes busy: the accept is under way.
pub const BUSY_AFTER_MS: u32 = 1;

/// What happens then: a connection comes, while the program holds its thread for long enough
/// that the kernel is done with it. A program that gives up does so before it looks.
///
/// # Errors
/// When the connection cannot be made.
#[expect(clippy::disallowed_methods, reason = "a thread that is held is the situation")]
#[cfg(feature = "std")]
pub fn arrive_while_busy(port: u16) -> std::io::Result<()> {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    std::thread::sleep(core::time::Duration::from_millis(1));
    Ok(())
}

/// Open sockets of this process. Other descriptors are left out: threads of a runtime open files
/// for a moment, to see how many processors there are, whenever they like.
#[cfg(feature = "std")]
#[must_use]
pub fn start() -> u32 {
    let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let target = |entry: std::fs::DirEntry| std::fs::read_link(entry.path()).ok();
    let is_socket = |target: &std::path::PathBuf| target.to_string_lossy().starts_with("socket:");
    u32::try_from(open.filter_map(target).filter(is_socket).count()).unwrap_or(u32::MAX)
}

/// Logs the end: how many rounds, less those that did not give up ([`gives_up`]) and had no
/// connection, and whether descriptors are left. How many of those is a metric, not an event: on
/// a real clock it may differ from run to run.
#[cfg(feature = "std")]
pub fn finish(world: &World, rounds: u32, missed: u32, before: u32) {
    let leaked = start().saturating_sub(before);
    world.metrics().set(Metric::Leaked, leaked.into());
    crate::done(world, rounds - missed, leaked.min(1));
}

/// All rounds were made, those with patience have their connection, and nothing is left open.
/// Severity: descriptors, and rounds without their connection.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let Judged { severity, .. } = crate::complete(ledger, params.n);
    let leaked = metrics.get(Metric::Leaked).unwrap_or(0);
    // Whether something is left open is logged as one thing that is wrong.
    let more = u32::try_from(leaked).unwrap_or(u32::MAX).saturating_sub(1);
    Judged::from_severity(severity.saturating_add(more))
}

#[cfg(test)]
mod tests {
    use contract::Outcome;

    use super::*;

    #[test]
    fn a_socket_that_is_left_open_counts_and_a_file_does_not() {
        let before = start();
        let _file = std::fs::File::open("/proc/self/status").expect("a file");
        assert_eq!(start(), before);
        let _socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        assert_eq!(start(), before + 1);
    }

    fn judged(rounds: u32, wrong: u32, leaked: u64) -> Judged {
        let world = World::new();
        world.metrics().set(Metric::Leaked, leaked);
        crate::done(&world, rounds, wrong);
        judge(world.ledger(), &Params { n: 20 }, world.metrics())
    }

    #[test]
    fn a_round_without_its_connection_counts_as_a_descriptor_does() {
        assert_eq!(judged(20, 0, 0), Judged::ABSENT);
        assert_eq!(judged(20, 1, 10), Judged::from_severity(10));
        assert_eq!(judged(10, 0, 0), Judged::from_severity(10));
        assert_eq!(judged(19, 1, 3).severity, 4);
        assert_eq!(judged(0, 0, 0).outcome, Outcome::Occurs);
    }
}
