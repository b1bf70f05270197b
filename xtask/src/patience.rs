//! A sign of life from commands that say nothing until they are done.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// After so long something is said.
const FIRST: Duration = Duration::from_millis(1500);
/// Between two signs on a terminal, where each replaces the one before.
const ON_TERMINAL: Duration = Duration::from_secs(1);
/// Between two lines elsewhere.
const ELSEWHERE: Duration = Duration::from_secs(20);

/// Says what goes on, on standard error, until it is dropped.
#[derive(Debug)]
pub(crate) struct Patience {
    ends: Option<Sender<()>>,
    speaks: Option<JoinHandle<()>>,
}

impl Patience {
    /// `what` is what a person reads: `report: rendering`.
    pub(crate) fn with(what: &str) -> Patience {
        let (ends, ended) = channel();
        let what = what.to_owned();
        let speaks = std::thread::spawn(move || {
            let terminal = std::io::stderr().is_terminal();
            let (begun, mut said, mut wait) = (xtask_cargo::now(), false, FIRST);
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let seconds = begun.elapsed().as_secs();
                let line = match terminal {
                    true => format!("\r{what}, {seconds} s "),
                    false => format!("{what}, {seconds} s\n"),
                };
                // What cannot be shown is no reason to stop.
                let _ = std::io::stderr().write_all(line.as_bytes());
                (said, wait) = (true, if terminal { ON_TERMINAL } else { ELSEWHERE });
            }
            if terminal && said {
                let _ = std::io::stderr().write_all(b"\r\x1b[K");
            }
        });
        Patience { ends: Some(ends), speaks: Some(speaks) }
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        self.ends = None;
        if let Some(speaks) = self.speaks.take() {
            // Nothing in it panics.
            let _ = speaks.join();
        }
    }
}
