//! How far a run is: a bar on a terminal that moves every second, a line at least every
//! [`EVERY`] elsewhere, also while one job takes long.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use xtask_cargo::now;

/// Between two lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(20);
/// Between two looks at whether a line is due, and two movements of a bar.
const TICK: Duration = Duration::from_secs(1);

/// Says something on standard error.
pub(crate) fn say(text: &str) {
    // Progress that cannot be shown is no reason to stop measuring.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Progress of one target, on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    state: Arc<Mutex<State>>,
    /// Dropped at the end, which ends the thread that reminds.
    ends: Option<Sender<()>>,
    reminds: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    target: String,
    total: usize,
    done: usize,
    last_job: String,
    last_line: Instant,
    started: Instant,
}

impl State {
    fn line(&mut self) {
        self.last_line = now();
        let State { target, total, done, last_job, .. } = self;
        let seconds = self.started.elapsed().as_secs();
        say(&format!("{target}: {done}/{total} after {seconds} s, last {last_job}"));
    }
}

impl Progress {
    /// Begins at `done` of `total` jobs.
    pub(crate) fn new(target: &str, total: usize, done: usize) -> Progress {
        let now = now();
        let state = State {
            target: target.to_owned(),
            total,
            done,
            last_job: "none".to_owned(),
            last_line: now,
            started: now,
        };
        let state = Arc::new(Mutex::new(state));
        if std::io::stderr().is_terminal() {
            return Progress {
                bar: Some(bar(target, total, done)),
                state,
                ends: None,
                reminds: None,
            };
        }
        let (ends, ended) = channel();
        let seen = Arc::clone(&state);
        let reminds = std::thread::spawn(move || {
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let mut state = seen.lock().expect("no thread panics while holding it");
                if state.last_line.elapsed() >= EVERY {
                    state.line();
                }
            }
        });
        Progress { bar: None, state, ends: Some(ends), reminds: Some(reminds) }
    }

    /// One more job is finished.
    pub(crate) fn finished(&mut self, job: &str) {
        let mut state = self.state.lock().expect("no thread panics while holding it");
        state.done += 1;
        state.last_job = job.to_owned();
        if let Some(bar) = &self.bar {
            bar.set_position(state.done as u64);
            bar.set_message(job.to_owned());
        } else if state.done == state.total {
            state.line();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.ends = None;
        if let Some(reminds) = self.reminds.take() {
            // It panics only if a line could not be formatted.
            let _ = reminds.join();
        }
    }
}

fn bar(target: &str, total: usize, done: usize) -> ProgressBar {
    let template = "{prefix:>10} [{bar:28}] {pos}/{len} {elapsed} eta {eta} {wide_msg}";
    let style = ProgressStyle::with_template(template)
        .expect("the template is well formed")
        .progress_chars("=> ");
    let bar = ProgressBar::new(total as u64).with_style(style);
    bar.set_prefix(target.to_owned());
    bar.set_position(done as u64);
    bar.reset_eta();
    bar.enable_steady_tick(TICK);
    bar
}
