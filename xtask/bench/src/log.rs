//! The cell log: what a run has finished, so that it survives being killed.
//!
//! One line of JSON per finished job, appended with a single write. A line that was cut off
//! is not a finished job; it is removed when the log is opened again. An entry counts only
//! while the inputs it was measured from are still the same.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use record::{Attempt, Line};
use serde::{Deserialize, Serialize};

use crate::{InputError, moment};

/// Entries between two calls of fsync: a power failure costs at most these.
const BATCH: u32 = 64;

/// First line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Joins the records of the run.
    pub run_id: String,
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// Revision that is measured, and whether the tree differs from it.
    pub revision: String,
    /// Whether the tree differs from the revision.
    pub dirty: bool,
    /// Name of the folder of the run.
    pub folder: String,
}

/// An entry of the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Entry {
    /// A finished job.
    Job(Finished),
    /// One stretch of time in which the run was under way.
    Attempt(Attempt),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finished {
    job: String,
    fingerprint: String,
    lines: Vec<Line>,
}

/// An open log.
#[derive(Debug)]
pub struct CellLog {
    path: PathBuf,
    file: File,
    header: Header,
    done: BTreeMap<String, Finished>,
    attempts: Vec<Attempt>,
    unsynced: u32,
}

impl CellLog {
    /// Begins a log, over whatever was there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, header: Header) -> Result<CellLog> {
        let dir = path.parent().context("a log lies in a folder")?;
        std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
        let file = File::create(path).with_context(|| path.display().to_string())?;
        let mut log = CellLog {
            path: path.to_owned(),
            file,
            header,
            done: BTreeMap::new(),
            attempts: Vec::new(),
            unsynced: 0,
        };
        let text = serde_json::to_string(&log.header).expect("a header has only string keys");
        log.write(&text)?;
        log.sync()?;
        Ok(log)
    }

    /// Goes on with a log.
    ///
    /// # Errors
    /// An [`InputError`] when there is none, or when a line other than the last is damaged.
    pub fn resume(path: &Path) -> Result<CellLog> {
        let text = std::fs::read(path).map_err(|_| {
            InputError::new("no interrupted run of this plan; run the command without --resume")
        })?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut header = None;
        let (mut done, mut attempts) = (BTreeMap::new(), Vec::new());
        for (number, line) in text[..whole].split_inclusive(|byte| *byte == b'\n').enumerate() {
            let at =
                || format!("{}:{}: delete the file and start again", path.display(), number + 1);
            if number == 0 {
                header = Some(serde_json::from_slice(line).with_context(at)?);
                continue;
            }
            match serde_json::from_slice(line).with_context(at)? {
                Entry::Job(finished) => drop(done.insert(finished.job.clone(), finished)),
                Entry::Attempt(attempt) => noted(&mut attempts, attempt),
            }
        }
        // An attempt that was killed ended with what it wrote last.
        if let Some(last) = attempts.last_mut().filter(|last| last.ended.is_empty()) {
            last.ended = modified(path)?;
        }
        let Some(header) = header else {
            return Err(InputError::new(
                "the interrupted run had measured nothing; run the command without --resume",
            )
            .into());
        };
        let mut file = OpenOptions::new()
            .write(true)
            .open(path)
            .with_context(|| path.display().to_string())?;
        file.set_len(whole as u64)
            .and_then(|()| file.seek(SeekFrom::End(0)))
            .with_context(|| path.display().to_string())?;
        Ok(CellLog { path: path.to_owned(), file, header, done, attempts, unsynced: 0 })
    }

    /// What the first line says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Jobs in the log.
    #[must_use]
    pub fn finished(&self) -> usize {
        self.done.len()
    }

    /// The lines of a job that is finished and whose inputs are unchanged.
    #[must_use]
    pub fn lines(&self, job: &str, fingerprint: &str) -> Option<&[Line]> {
        let entry = self.done.get(job)?;
        (entry.fingerprint == fingerprint).then_some(entry.lines.as_slice())
    }

    /// Adds a finished job.
    ///
    /// # Errors
    /// When it was added before with the same inputs, or cannot be written.
    pub fn add(&mut self, job: &str, fingerprint: &str, lines: Vec<Line>) -> Result<()> {
        if self.lines(job, fingerprint).is_some() {
            bail!("{job} is in the log already");
        }
        let entry = Finished { job: job.to_owned(), fingerprint: fingerprint.to_owned(), lines };
        let text = serde_json::to_string(&entry).expect("an entry has only string keys");
        self.write(&text)?;
        self.done.insert(entry.job.clone(), entry);
        self.unsynced += 1;
        if self.unsynced >= BATCH {
            self.sync()?;
        }
        Ok(())
    }

    /// Stretches of time of the run, in order.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// Notes when a stretch of time began, or, with the same beginning, when it ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn attempt(&mut self, attempt: Attempt) -> Result<()> {
        let text = serde_json::to_string(&attempt).expect("an attempt has only string keys");
        self.write(&text)?;
        noted(&mut self.attempts, attempt);
        self.sync()
    }

    /// Waits until everything added is on the disk.
    ///
    /// # Errors
    /// Of the disk.
    pub fn sync(&mut self) -> Result<()> {
        self.unsynced = 0;
        self.file.sync_data().with_context(|| self.path.display().to_string())
    }

    /// Removes the log, after its content went into records.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(self) -> Result<()> {
        let dir = self.path.parent().context("a log lies in a folder")?;
        std::fs::remove_dir_all(dir).with_context(|| dir.display().to_string())
    }

    fn write(&mut self, text: &str) -> Result<()> {
        let line = format!("{text}\n");
        self.file.write_all(line.as_bytes()).with_context(|| self.path.display().to_string())
    }
}

/// The end of a stretch of time replaces its beginning. A beginning replaces nothing: two
/// stretches may begin within one second, which is all that the clock of the log tells apart.
fn noted(attempts: &mut Vec<Attempt>, attempt: Attempt) {
    let ends = !attempt.ended.is_empty();
    if ends && attempts.last().is_some_and(|last| last.began == attempt.began) {
        attempts.pop();
    }
    attempts.push(attempt);
}

/// When a file was last written, RFC 3339 in UTC.
fn modified(path: &Path) -> Result<String> {
    let time = path.metadata().and_then(|file| file.modified());
    Ok(moment::at(time.with_context(|| path.display().to_string())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Kind, Status};

    fn line(launch: u32) -> Line {
        let cell = "w/a,n=1@poll:own".parse().expect("a key");
        Line::new(Kind::Exact, cell, launch, Status::Ok)
    }

    fn header() -> Header {
        Header {
            run_id: "r".to_owned(),
            started: "2026-01-01T00:00:00Z".to_owned(),
            revision: "0123456789".to_owned(),
            dirty: false,
            folder: "2026-01-01-0123456789".to_owned(),
        }
    }

    #[test]
    fn a_log_cut_at_any_byte_loses_only_what_was_cut() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("log/cells.jsonl");
        let mut log = CellLog::create(&path, header()).expect("a log");
        for launch in 0..3 {
            log.add(&format!("job {launch}"), "fp", vec![line(launch)]).expect("added");
        }
        drop(log);
        let whole = std::fs::read(&path).expect("a log");
        let ends: Vec<usize> =
            whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1).collect();
        for cut in ends[0]..=whole.len() {
            std::fs::write(&path, &whole[..cut]).expect("written");
            let mut log = CellLog::resume(&path).expect("resumed");
            let finished = ends.iter().filter(|end| **end <= cut).count() - 1;
            for launch in 0..3 {
                let job = format!("job {launch}");
                let found = log.lines(&job, "fp").is_some();
                assert_eq!(found, (launch as usize) < finished, "cut at {cut}, {job}");
                if !found {
                    log.add(&job, "fp", vec![line(launch)]).expect("added");
                }
            }
            drop(log);
            assert_eq!(std::fs::read(&path).expect("a log"), whole, "cut at {cut}");
        }
    }

    #[test]
    fn an_attempt_that_was_killed_ends_with_what_it_wrote_last() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("log/cells.jsonl");
        let attempt =
            |began: &str, ended: &str| Attempt { began: began.to_owned(), ended: ended.to_owned() };
        let mut log = CellLog::create(&path, header()).expect("a log");
        log.attempt(attempt("a", "")).expect("noted");
        log.attempt(attempt("a", "b")).expect("noted");
        log.attempt(attempt("c", "")).expect("noted");
        drop(log);
        let log = CellLog::resume(&path).expect("resumed");
        assert_eq!(log.attempts()[0], attempt("a", "b"));
        assert_eq!((log.attempts().len(), log.attempts()[1].began.as_str()), (2, "c"));
        assert!(log.attempts()[1].ended.ends_with('Z'), "{:?}", log.attempts());
    }

    #[test]
    fn changed_inputs_make_an_entry_void() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("log/cells.jsonl");
        let mut log = CellLog::create(&path, header()).expect("a log");
        log.add("job", "old", vec![line(0)]).expect("added");
        assert!(log.lines("job", "new").is_none());
        assert!(log.add("job", "old", vec![]).is_err(), "counted twice");
        log.add("job", "new", vec![line(7)]).expect("added");
        drop(log);
        let log = CellLog::resume(&path).expect("resumed");
        assert_eq!(log.lines("job", "new").map(|lines| lines[0].launch), Some(7));
        assert_eq!(log.header(), &header());
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("cells.jsonl");
        drop(CellLog::create(&path, header()).expect("a log"));
        let mut text = std::fs::read_to_string(&path).expect("a log");
        text.push_str("{\"job\":\n");
        std::fs::write(&path, text).expect("written");
        let error = format!("{:#}", CellLog::resume(&path).expect_err("damaged"));
        assert!(error.contains("cells.jsonl:2"), "{error}");
    }
}
