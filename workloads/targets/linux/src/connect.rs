//! Connections to a server, and which requests go over them.

use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use record::Schedule;

/// Bytes of a request, and of its answer.
pub const MESSAGE: usize = 64;

/// Most connections that may be asked for.
const MOST: u32 = 20_000;

/// Connections after which a server gets a moment to accept them. What exceeds its backlog is
/// dropped by the kernel and tried again after seconds, so that a server which loses its core for
/// a while would wait for minutes.
const AT_ONCE: usize = 256;
const MOMENT: Duration = Duration::from_millis(1);

/// Which requests an open loop makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Requests per second, over all connections.
    pub rate: u32,
    /// Length of the schedule in milliseconds.
    pub seconds_milli: u32,
    /// Seed of the intended times.
    pub seed: u64,
    /// Their kind.
    pub schedule: Schedule,
}

/// So many connections to a loopback port.
pub(crate) fn connect(port: u16, connections: u32) -> io::Result<Vec<TcpStream>> {
    if connections > MOST {
        return Err(io::Error::other(format!("at most {MOST} connections")));
    }
    let mut held = Vec::with_capacity(connections as usize);
    while held.len() < connections as usize {
        if held.len() % AT_ONCE == AT_ONCE - 1 {
            wait_a_moment();
        }
        held.push(TcpStream::connect((Ipv4Addr::LOCALHOST, port))?);
    }
    Ok(held)
}

#[expect(clippy::disallowed_methods, reason = "a client is not told when it was accepted")]
fn wait_a_moment() {
    std::thread::sleep(MOMENT);
}
