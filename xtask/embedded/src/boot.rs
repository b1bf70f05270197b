//! One boot of an image in QEMU.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use wait_timeout::ChildExt;

use crate::{ICOUNT, MACHINE};
use xtask_cargo::{Guard, clean};

/// Where the image looks for the number of its first cell. See `board/memory.x`.
const MAILBOX: u32 = 0x2003_fff0;

/// How a boot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The image exited with this code: 0, or 1 after saying why.
    Exited(i32),
    /// QEMU died of a signal: the core locked up.
    Died,
    /// It did not end and was killed.
    Killed,
}

/// What a boot left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// What the image sent.
    pub sent: Vec<u8>,
    /// How it ended.
    pub ended: Ended,
    /// What QEMU said, less its usual remarks.
    pub stderr: String,
}

/// Boots an image and lets it run its cells from number `first` on.
///
/// # Errors
/// When QEMU cannot be started.
pub fn boot(image: &Path, first: usize, timeout: Duration) -> Result<Boot> {
    let mut child = qemu(image, first).spawn().context("qemu-system-arm could not be started")?;
    let _guard = Guard::over(child.id());
    let sent = reader(child.stdout.take());
    let said = reader(child.stderr.take());
    let ended = wait(&mut child, timeout)?;
    let collect = |thread: JoinHandle<Vec<u8>>| thread.join().expect("a reader does not panic");
    let stderr = String::from_utf8_lossy(&collect(said)).into_owned();
    let remarks = stderr.lines().filter(|line| !line.contains("has no peer"));
    let stderr = remarks.collect::<Vec<_>>().join("\n");
    Ok(Boot { sent: collect(sent), ended, stderr })
}

fn qemu(image: &Path, first: usize) -> Command {
    let mut command = clean(Path::new("qemu-system-arm"));
    command.args(["-M", MACHINE, "-nodefaults", "-display", "none", "-monitor", "none"]);
    command.args(["-serial", "none", "-semihosting-config", "enable=on,target=native"]);
    command.args(["-icount", ICOUNT]);
    command.arg("-device").arg(format!("loader,addr={MAILBOX:#x},data={first},data-len=4"));
    command.arg("-kernel").arg(image);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    // Ctrl-C is for the tool: a boot that it ends would count as one that crashed.
    command.process_group(0);
    command
}

fn wait(child: &mut Child, timeout: Duration) -> Result<Ended> {
    let status = match child.wait_timeout(timeout).context("waiting for QEMU")? {
        Some(status) => status,
        None => {
            child.kill().context("killing QEMU")?;
            child.wait().context("waiting for QEMU")?;
            return Ok(Ended::Killed);
        }
    };
    Ok(status.code().map_or(Ended::Died, Ended::Exited))
}

/// Reads in a thread of its own, so that a full pipe cannot stop the image.
fn reader(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before an error still counts; frames are checked one by one.
            let _partial = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}
