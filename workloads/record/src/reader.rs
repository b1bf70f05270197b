//! Reading a record, and refusing a damaged one.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use flate2::read::GzDecoder;

use crate::{LINE_FORMAT, LINE_FORMATS, Line, RUN_FORMAT, Run};

/// What the name of a file of raw samples has behind the design; `.gz` may follow.
pub const SAMPLES: &str = ".samples.jsonl";
/// The end of the name of a file that is compressed.
const PACKED: &str = ".gz";

/// No command line asks for more.
const MOST_LAUNCHES: u32 = 1000;

/// A record on disk whose `run.json` was read. Its lines are streamed, so a record of a
/// hundred thousand lines costs no more memory than its largest line.
#[derive(Clone, Debug)]
pub struct Record {
    /// The folder.
    pub dir: PathBuf,
    /// The content of `run.json`.
    pub run: Run,
}

impl Record {
    /// Opens a record and reads `run.json`.
    ///
    /// # Errors
    /// When `run.json` is missing, malformed or of another format version.
    pub fn open(dir: &Path) -> Result<Record> {
        let path = dir.join("run.json");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{}: cannot read; is this a record?", path.display()))?;
        let value: serde_json::Value = serde_json::from_str(&text)
            .with_context(|| format!("{}: not valid JSON", path.display()))?;
        let format = value.get("format").and_then(serde_json::Value::as_str).unwrap_or("none");
        ensure!(
            format == RUN_FORMAT,
            "{}:2: format `{format}`, this tool reads `{RUN_FORMAT}`; use the tool of the \
                 record's revision",
            path.display()
        );
        let run = serde_json::from_str(&text)
            .with_context(|| format!("{}: does not match the format", path.display()))?;
        Ok(Record { dir: dir.to_owned(), run })
    }

    /// `<target>/<run>`, the name by which pins and pages refer to the record. Of a local run
    /// the folder of the target lies in that of the run, of a committed one the other way
    /// round.
    #[must_use]
    pub fn name(&self) -> String {
        let target = self.run.target.as_str();
        let outer = self.dir.parent().filter(|_| self.dir.ends_with(target));
        let run = outer.unwrap_or(&self.dir).file_name().unwrap_or_default().to_string_lossy();
        format!("{target}/{run}")
    }

    /// Calls `each` with every line except raw samples, file by file in order of name.
    ///
    /// # Errors
    /// At the first bad line, with file and line number: malformed, another format version,
    /// status ok without the receipt that `run.json` expects. After a file, when its hash
    /// or length differs from `run.json`. Errors of `each` are passed on.
    pub fn lines(&self, each: impl FnMut(Line) -> Result<()>) -> Result<()> {
        self.files(|name| !name.contains(SAMPLES), each)
    }

    /// The same for the raw samples.
    ///
    /// # Errors
    /// As [`Record::lines`].
    pub fn samples(&self, each: impl FnMut(Line) -> Result<()>) -> Result<()> {
        self.files(|name| name.contains(SAMPLES), each)
    }

    fn files(
        &self,
        wanted: impl Fn(&str) -> bool,
        mut each: impl FnMut(Line) -> Result<()>,
    ) -> Result<()> {
        self.check_listing()?;
        for name in self.run.files.keys().filter(|name| wanted(name)) {
            self.file(name, &mut each)?;
        }
        Ok(())
    }

    /// A file that `run.json` does not list was added by hand.
    fn check_listing(&self) -> Result<()> {
        for entry in fs::read_dir(&self.dir).with_context(|| self.dir.display().to_string())? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.contains(".jsonl") && !self.run.files.contains_key(&name) {
                bail!("{}: not listed in run.json", self.dir.join(name).display());
            }
        }
        Ok(())
    }

    fn file(&self, name: &str, each: &mut impl FnMut(Line) -> Result<()>) -> Result<()> {
        let path = self.dir.join(name);
        let file = fs::File::open(&path).with_context(|| path.display().to_string())?;
        let mut bytes = Hashed { file, hasher: blake3::Hasher::new() };
        let number = match name.ends_with(PACKED) {
            true => self.lines_of(&path, BufReader::new(GzDecoder::new(&mut bytes)), each)?,
            false => self.lines_of(&path, BufReader::new(&mut bytes), each)?,
        };
        // What stands behind the last line counts as well.
        std::io::copy(&mut bytes, &mut std::io::sink())
            .with_context(|| path.display().to_string())?;
        let expected = &self.run.files[name];
        ensure!(
            number == expected.lines
                && bytes.hasher.finalize().to_hex().as_str() == expected.blake3,
            "{}:{number}: the file is not the one that was recorded (lines or hash differ \
                 from run.json); restore it with `git checkout`",
            path.display()
        );
        Ok(())
    }

    /// Calls `each` with the lines of a file, and has their number.
    fn lines_of(
        &self,
        path: &Path,
        mut reader: impl BufRead,
        each: &mut impl FnMut(Line) -> Result<()>,
    ) -> Result<u64> {
        let (mut text, mut number) = (String::new(), 0_u64);
        loop {
            text.clear();
            let at = || format!("{}:{}", path.display(), number + 1);
            if reader.read_line(&mut text).with_context(at)? == 0 {
                return Ok(number);
            }
            let line = parse_line(&text).with_context(at)?;
            self.check_receipt(&line).with_context(at)?;
            for one in line.unfolded() {
                each(one).with_context(at)?;
            }
            number += 1;
        }
    }

    fn check_receipt(&self, line: &Line) -> Result<()> {
        if !line.status.is_ok() {
            return Ok(());
        }
        let key = line.cell.to_string();
        let expected = self
            .run
            .receipts
            .get(&key)
            .with_context(|| format!("status ok, but run.json expects no receipt for {key}"))?;
        ensure!(
            line.receipt == Some(*expected),
            "status ok, but the receipt of {key} is {} where run.json has {expected}",
            line.receipt.map_or_else(|| "missing".to_owned(), |receipt| receipt.to_string())
        );
        Ok(())
    }
}

/// A file whose bytes are hashed as they are read.
struct Hashed {
    file: fs::File,
    hasher: blake3::Hasher,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}

/// Parses one line, refusing another format version before anything else.
///
/// # Errors
/// When the text is not JSON, of another version, or not a line.
pub fn parse_line(text: &str) -> Result<Line> {
    #[derive(serde::Deserialize)]
    struct Version {
        schema: String,
    }
    let version: Version = serde_json::from_str(text).context("not a line of a record")?;
    ensure!(
        LINE_FORMATS.contains(&version.schema.as_str()),
        "line format `{}`, this tool reads `{}`; use the tool of the record's revision",
        version.schema,
        LINE_FORMATS.join("`, `")
    );
    let mut line: Line = serde_json::from_str(text).context("does not match the line format")?;
    ensure!(line.again < MOST_LAUNCHES, "again = {}: no run has so many launches", line.again);
    // Written again, it is written as lines are today.
    line.schema = LINE_FORMAT.to_owned();
    Ok(line)
}
