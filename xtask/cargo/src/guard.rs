//! What becomes of a group of processes when the tool is killed.
//!
//! A process that is killed with signal 9 ends nothing that it had started: a build would go on
//! for minutes, and the next run would wait for its lock. A shell that waits at a pipe does it
//! instead. The pipe is closed with the tool, however that ends.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// The shell's whole program; its argument is the group.
const SCRIPT: &str = "read -r over || kill -s KILL -- \"-$0\"";

/// Held while a group of processes may live.
#[derive(Debug)]
pub struct Guard(Child);

impl Guard {
    /// Over the group that process `leader` leads. Nothing where there is no shell: then the
    /// group outlives a tool that is killed, as it would without a guard.
    #[must_use]
    pub fn over(leader: u32) -> Option<Guard> {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT]).arg(leader.to_string());
        // Ctrl-C is for the tool.
        shell.process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        shell.spawn().ok().map(Guard)
    }
}

impl Drop for Guard {
    /// The group is over.
    fn drop(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            // It fails only where the shell is dead, and then nothing is left to tell.
            let _ = pipe.write_all(b"over\n");
        }
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::environment::now;

    fn sleeper() -> Child {
        let mut sleep = Command::new("sleep");
        // Where the guard does nothing, it holds no pipe of the test open.
        sleep.arg("60").stdout(Stdio::null()).stderr(Stdio::null());
        sleep.process_group(0).spawn().expect("started")
    }

    fn ends(child: &mut Child) -> bool {
        let begun = now();
        while begun.elapsed() < Duration::from_secs(10) {
            if child.try_wait().expect("asked").is_some() {
                return true;
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        false
    }

    #[test]
    fn a_pipe_that_closes_without_a_word_ends_the_group() {
        let mut sleeper = sleeper();
        let mut guard = Guard::over(sleeper.id()).expect("a shell");
        // What the system does for a tool that is killed.
        drop(guard.0.stdin.take());
        assert!(ends(&mut sleeper), "it outlived the tool");
    }

    #[test]
    fn a_guard_that_is_told_leaves_the_group_alone() {
        let mut sleeper = sleeper();
        drop(Guard::over(sleeper.id()).expect("a shell"));
        assert!(sleeper.try_wait().expect("asked").is_none(), "it was ended");
        sleeper.kill().expect("alive");
        assert!(ends(&mut sleeper));
    }
}
