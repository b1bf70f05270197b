//! How far a run is: a bar on a terminal, a line every few seconds elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, SystemTime};

use indicatif::{ProgressBar, ProgressStyle};

/// Between two lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// Progress of one target, on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    target: String,
    total: usize,
    done: usize,
    last: SystemTime,
}

impl Progress {
    /// Begins at `done` of `total` jobs.
    pub(crate) fn new(target: &str, total: usize, done: usize) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(
                "{prefix:>10} [{bar:28}] {pos}/{len} eta {eta} {wide_msg}",
            )
            .expect("the template is well formed")
            .progress_chars("=> ");
            let bar = ProgressBar::new(total as u64).with_style(style);
            bar.set_prefix(target.to_owned());
            bar.set_position(done as u64);
            bar.reset_eta();
            bar
        });
        Progress { bar, target: target.to_owned(), total, done, last: SystemTime::now() }
    }

    /// Says what goes on besides cells: building, installing.
    pub(crate) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None => self.line(text),
        }
    }

    /// One more job is finished.
    pub(crate) fn finished(&mut self, job: &str) {
        self.done += 1;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done as u64);
            bar.set_message(job.to_owned());
            return;
        }
        let now = SystemTime::now();
        let quiet = now.duration_since(self.last).is_ok_and(|since| since < EVERY);
        if !quiet || self.done == self.total {
            self.last = now;
            self.line(&format!("{}/{} {job}", self.done, self.total));
        }
    }

    /// Ends the bar.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        // Progress that cannot be shown is no reason to stop measuring.
        let _ = writeln!(std::io::stderr(), "{}: {text}", self.target);
    }
}
