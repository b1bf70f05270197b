//! From lines to a record on disk, in one step that either happens or does not.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use record::{
    Attempt, FileEntry, Kind, Line, Machine, RUN_FORMAT, Record, Run, SAMPLES, Toolchain,
};

use crate::before;
use crate::inputs::Inputs;
use crate::log::Header;
use crate::machine;
use crate::moment;
use crate::noise;
use crate::options::BenchArgs;
use crate::plan::Plan;
use crate::receipts;
use crate::runner::Prepared;
use crate::tree::Tree;
use xtask_repo::Revision;

/// What the records of one run share.
pub(crate) struct Shared<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) args: &'a BenchArgs,
    pub(crate) plan: &'a Plan,
    pub(crate) inputs: &'a Inputs,
    pub(crate) revision: &'a Revision,
    pub(crate) toolchain: &'a str,
    pub(crate) header: &'a Header,
    pub(crate) aa_spread: &'a dyn Fn(&[Line]) -> Option<f64>,
}

/// A record that was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Target id.
    pub target: String,
    /// Its folder.
    pub dir: PathBuf,
    /// Cells with a line, by how they went: ok, unsupported, failed.
    pub cells: Cells,
    /// Cells that failed, with the status.
    pub failures: Vec<(String, String)>,
    /// Cells of timed groups that could not be timed on this machine, with the figures.
    pub refusals: Vec<(String, String)>,
    /// Bytes of all its files.
    pub bytes: u64,
    /// 95 % half-width of identical code against itself, where something was timed.
    pub aa_spread: Option<f64>,
}

/// Cells by how they went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// Every line of the cell is ok.
    pub ok: usize,
    /// The design cannot express it.
    pub unsupported: usize,
    /// It could not be timed here; its exact values stand.
    pub refused: usize,
    /// Some line is not ok.
    pub failed: usize,
}

/// A record that is whole and not yet in its place.
pub(crate) struct Draft {
    folder: tempfile::TempDir,
    /// What it will be.
    pub(crate) written: Written,
}

/// Writes the record of one target to where it can still be taken back.
pub(crate) fn draft(
    shared: &Shared<'_>,
    attempts: &[Attempt],
    target: &str,
    prepared: Prepared,
    mut lines: Vec<Line>,
) -> Result<Draft> {
    let receipts = receipts::check(shared.tree, &mut lines);
    lines.sort_by(|a, b| {
        let aa = |line: &Line| line.samples.as_ref().map_or(0, |samples| samples.aa);
        (&a.cell, a.kind, a.launch, aa(a)).cmp(&(&b.cell, b.kind, b.launch, aa(b)))
    });
    let base = before::base(shared.tree, shared.args);
    let dir = before::folder_of(shared.args, &base, &shared.header.folder, target);
    let parent = dir.parent().context("a record lies in a folder")?;
    fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
    let draft = tempfile::Builder::new()
        .prefix(".draft-")
        .tempdir_in(parent)
        .with_context(|| parent.display().to_string())?;
    let files = write_lines(draft.path(), &lines)?;
    let noise = noise::noise(&lines, shared.aa_spread);
    let aa_spread = noise.as_ref().map(|noise| noise.aa_spread);
    let mut fingerprints = BTreeMap::new();
    for line in &lines {
        let name = Inputs::fingerprint_name(&line.cell);
        if let Entry::Vacant(place) = fingerprints.entry(name) {
            place.insert(shared.inputs.fingerprint(shared.tree, target, &line.cell)?);
        }
    }
    let run = Run {
        format: RUN_FORMAT.to_owned(),
        run_id: shared.header.run_id.clone(),
        target: target.to_owned(),
        argv: shared.args.argv(),
        revision: shared.revision.full.clone(),
        dirty: shared.revision.dirty,
        profile: shared.plan.profile.word().to_owned(),
        lock_hash: shared.inputs.lock_hash.clone(),
        inputs: shared.inputs.by_folder(),
        fingerprints,
        toolchain: toolchain(shared.toolchain, &prepared),
        machine: machine_with(prepared.machine),
        clock: prepared.clock,
        order_seed: shared.plan.seed,
        launches: lines.iter().map(|line| line.launch + 1).max().unwrap_or(0),
        noise,
        started: shared.header.started.clone(),
        ended: moment::now(),
        attempts: if attempts.len() > 1 { ended(attempts) } else { Vec::new() },
        tools: prepared.tools,
        crates: shared.inputs.crates(&taking_part(&lines)),
        receipts,
        claims: crate::claims::claims_now(&shared.tree.claims)?,
        files,
        artifacts: prepared.artifacts,
    };
    let text = serde_json::to_string_pretty(&run).context("run.json")?;
    let path = draft.path().join("run.json");
    fs::write(&path, text + "\n").with_context(|| path.display().to_string())?;
    // What cannot be read back is not written.
    let read = Record::open(draft.path())?;
    read.lines(|_| Ok(()))?;
    read.samples(|_| Ok(()))?;
    let bytes = size(draft.path())?;
    let (cells, failures, refusals) = tally(&lines);
    let target = target.to_owned();
    let written = Written { target, dir, cells, failures, refusals, bytes, aa_spread };
    Ok(Draft { folder: draft, written })
}

impl Draft {
    /// Puts it elsewhere than it was meant for.
    pub(crate) fn publish_at(mut self, dir: PathBuf) -> Result<Written> {
        let parent = dir.parent().context("a record lies in a folder")?;
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        self.written.dir = dir;
        self.publish(false)
    }

    /// Puts it into its place. Only a resumed local run replaces what it has written before; a
    /// committed record is never overwritten.
    pub(crate) fn publish(self, replaces: bool) -> Result<Written> {
        // A temporary folder is private to its owner; a record is not.
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        let from = self.folder.keep();
        fs::set_permissions(&from, readable).with_context(|| from.display().to_string())?;
        let dir = &self.written.dir;
        if replaces && dir.exists() {
            fs::remove_dir_all(dir).with_context(|| dir.display().to_string())?;
        }
        fs::rename(&from, dir).with_context(|| dir.display().to_string())?;
        Ok(self.written)
    }
}

/// The attempts so far; the one that is under way ends now.
fn ended(attempts: &[Attempt]) -> Vec<Attempt> {
    let mut attempts = attempts.to_vec();
    attempts
        .iter_mut()
        .filter(|one| one.ended.is_empty())
        .for_each(|one| one.ended = moment::now());
    attempts
}

/// Designs and runtimes of the lines: some of them are crates.
fn taking_part(lines: &[Line]) -> BTreeSet<&str> {
    lines.iter().flat_map(|line| [line.cell.design.as_str(), line.cell.runtime.as_str()]).collect()
}

/// This machine, with what the runner found on it.
fn machine_with(found: BTreeMap<String, String>) -> Machine {
    let mut machine = machine::machine();
    machine.volatile.extend(found);
    machine
}

fn toolchain(verbose: &str, prepared: &Prepared) -> Toolchain {
    Toolchain {
        rustc: verbose.lines().next().unwrap_or_default().to_owned(),
        verbose: verbose.to_owned(),
        core_origin: prepared.core_origin.clone(),
        settings: prepared.settings.clone(),
    }
}

/// Raw samples go into files of their own, which most readers never open, and are compressed.
fn write_lines(dir: &Path, lines: &[Line]) -> Result<BTreeMap<String, FileEntry>> {
    let mut texts: BTreeMap<String, (String, u64)> = BTreeMap::new();
    for line in &Line::folded(lines) {
        let design = &line.cell.design;
        let name = match line.kind {
            Kind::Time => format!("{design}{SAMPLES}.gz"),
            _ => format!("{design}.jsonl"),
        };
        let entry = texts.entry(name).or_default();
        entry.0.push_str(&line.to_json());
        entry.0.push('\n');
        entry.1 += 1;
    }
    let mut files = BTreeMap::new();
    for (name, (text, lines)) in texts {
        let bytes = if name.ends_with(".gz") { packed(&text)? } else { text.into_bytes() };
        let path = dir.join(&name);
        let mut file = fs::File::create(&path).with_context(|| path.display().to_string())?;
        file.write_all(&bytes)
            .and_then(|()| file.sync_all())
            .with_context(|| path.display().to_string())?;
        let blake3 = blake3::hash(&bytes).to_hex().to_string();
        files.insert(name, FileEntry { blake3, lines });
    }
    Ok(files)
}

/// A text as gzip, without name and time.
fn packed(text: &str) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(text.as_bytes())
        .and_then(|()| encoder.finish())
        .context("compressing samples")
}

fn size(dir: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// Cells with their status.
type Named = Vec<(String, String)>;

/// How the cells went, those that failed, and those that were refused.
fn tally(lines: &[Line]) -> (Cells, Named, Named) {
    let mut worst: BTreeMap<String, (u8, String)> = BTreeMap::new();
    for line in lines {
        let status = line.status.to_string();
        let rank = match status.split(':').next().unwrap_or_default() {
            "ok" => 0,
            "unsupported" => 1,
            "refused" => 2,
            _ => 3,
        };
        let entry = worst.entry(line.cell.to_string()).or_insert((rank, status.clone()));
        if rank > entry.0 {
            *entry = (rank, status);
        }
    }
    let count = |wanted: u8| worst.values().filter(|(rank, _)| *rank == wanted).count();
    let cells = Cells { ok: count(0), unsupported: count(1), refused: count(2), failed: count(3) };
    let named = |wanted: u8| -> Named {
        let such = worst.iter().filter(|(_, (rank, _))| *rank == wanted);
        such.map(|(key, (_, status))| (key.clone(), status.clone())).collect()
    };
    (cells, named(3), named(2))
}
