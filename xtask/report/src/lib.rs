//! Tables, figures and pages, made from pinned records.
//!
//! Every page under `reports/` except the hand-written ones, every figure, and the block
//! of findings in the README is a function of pins, the records they name, claims and
//! prose: no date of today, no path of this machine, the same bytes wherever it runs.
//!
//! This crate measures nothing and judges nothing: values come from [`record`], statistics
//! and verdicts from `xtask_judge`. Read [`book`] first (what is known), then [`pages`]
//! (what is said about it), then [`plot`].

mod block;
mod book;
mod claims;
mod column;
mod counts;
mod family;
mod findings;
mod forms;
mod group;
mod limits;
mod load;
mod not_built;
mod outcome;
mod page;
mod pages;
mod plot;
mod predict;
mod reading;
mod roster;
mod site;
mod sources;
mod stat;
mod stories;
mod suite;
mod table;
mod terminal;
mod wall;
mod write;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use book::Book;
use page::Page;
use reading::with_source;
pub use site::{Citations, Cited, Tree, mdbook};
use write::{Differences, Files};
use xtask_judge::BadInput;

/// Format version of the answer as JSON.
pub const ANSWER_FORMAT: u32 = 1;

/// Regenerate every page, plot and block from the pinned records.
#[derive(Args, Clone, Debug, Default)]
pub struct ReportArgs {
    /// Write nothing; exit 1 if a generated page, figure or block differs from the records
    #[arg(long)]
    pub check: bool,
    /// Build the HTML site (RFC, evidence, reports, comparisons, local runs) and open it
    #[arg(long, conflicts_with = "check")]
    pub open: bool,
    /// Build the HTML site alone, from the pages as they are and without local runs
    #[arg(long, conflicts_with_all = ["check", "open", "csv"])]
    pub site: bool,
    /// Install mdbook, which renders the site, where it is missing
    #[arg(long)]
    pub install: bool,
    /// Also write every table as a CSV file into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    pub csv: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}

/// Makes the texts that cite claims.
pub type Cite<'a> = &'a dyn Fn() -> Result<Citations>;

/// What other parts of the tool lend to this one.
#[derive(Default)]
pub struct Hooks<'a> {
    /// What `cargo xtask rfc cite` prints, for every claim.
    pub citations: Option<Cite<'a>>,
    /// Where files of the tree are linked, as `cargo xtask rfc cite` links them: with a slash at
    /// the end, and nothing where the repository has no address.
    pub address: Option<&'a dyn Fn() -> Result<Option<String>>>,
}

impl std::fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").field("citations", &self.citations.is_some()).finish()
    }
}

/// What a command found, for a terminal and for a script.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Exit code 0 or 1.
    pub yes: bool,
    /// What to print: for a person, the last line says what to run next, if anything; JSON
    /// where that was asked for.
    pub text: String,
    /// The same for a script, with `format`.
    pub json: serde_json::Value,
}

/// `cargo xtask report`: makes every generated page, figure and block agree with the pins.
///
/// # Errors
/// When an input is malformed: pins, a pinned record, predictions, a workload description.
/// Nothing is written then.
pub fn run(args: &ReportArgs, root: &Path, hooks: &Hooks<'_>) -> Result<Answer> {
    let mut answer = answer(args, root, hooks)?;
    if args.json {
        answer.text = answer.json.to_string();
    }
    Ok(answer)
}

fn answer(args: &ReportArgs, root: &Path, hooks: &Hooks<'_>) -> Result<Answer> {
    if args.open || args.site {
        // Before anything is written.
        mdbook::program()?;
    }
    let book = input(load::pinned(root))?;
    if args.site {
        let mut answer = written(root, &Differences::default(), 0);
        answer.text.clear();
        site(args, root, &book, hooks, &mut answer)?;
        return Ok(answer);
    }
    let pages = input(render(root, &book))?;
    let reports = root.join("reports");
    let files = collect(&book, &pages);
    let readme = root.join("README.md");
    let readme_text = input(front(root, &book, &readme))?;
    let current = readme_text
        .as_ref()
        .is_none_or(|wanted| std::fs::read_to_string(&readme).is_ok_and(|text| text == *wanted));
    if args.check {
        let mut differences = write::compare(&reports, &files)?;
        if !current {
            differences.stale.push(readme);
        }
        let faults = exceeding(&reports, &files)?;
        return Ok(checked(root, &differences, &faults, files.len()));
    }
    let mut changed = write::apply(&reports, &files)?;
    if let Some(text) = readme_text.filter(|_| !current) {
        write::write(&readme, &text)?;
        changed.stale.push(readme);
    }
    let mut answer = written(root, &changed, files.len());
    if let Some(dir) = &args.csv {
        let count = csv(&pages, dir)?;
        answer.text.push_str(&format!("\n{count} tables as CSV in {}", dir.display()));
    }
    if args.open {
        site(args, root, &book, hooks, &mut answer)?;
    }
    Ok(answer)
}

/// Renders the pages of one run on this machine into a folder of their own. `run_dirs` are
/// the run's record folders, one per target.
///
/// # Errors
/// When a record cannot be read or a page cannot be written.
pub fn render_local(root: &Path, run_dirs: &[PathBuf], out: &Path) -> Result<Vec<PathBuf>> {
    let book = input(load::run(root, run_dirs, out))?;
    let files = collect(&book, &input(render(root, &book))?);
    write::apply(out, &files)?;
    Ok(files.keys().map(|name| out.join(name)).collect())
}

/// The table of hazards of a run, for a terminal; nothing when its records hold none.
///
/// # Errors
/// When a record or a description of the suite cannot be read.
pub fn overview(root: &Path, run_dirs: &[PathBuf], colour: bool) -> Result<Option<String>> {
    terminal::overview(root, run_dirs, colour)
}

/// Everything on these pages that exceeds a bar, `page:line: what`; pages by name and text.
pub fn faults<'a>(pages: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    limits::faults(pages).iter().map(ToString::to_string).collect()
}

/// Replaces the block `name` in a file that is written by hand otherwise. Answers whether
/// the file changed.
///
/// # Errors
/// When the file cannot be read or written, or does not hold the two marks once each.
pub fn replace_block(path: &Path, name: &str, content: &str) -> Result<bool> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let wanted = block::splice(&text, name, content).with_context(|| path.display().to_string())?;
    if wanted == text {
        return Ok(false);
    }
    write::write(path, &wanted).map(|()| true)
}

/// Nothing was written yet: an error is a wrong input, exit code 2.
fn input<T>(result: Result<T>) -> Result<T> {
    result.map_err(|error| BadInput(format!("{error:#}")).into())
}

fn render(root: &Path, book: &Book) -> Result<Vec<Page>> {
    with_source(root, book, pages::all)
}

/// What the front page should say, if it holds a block at all.
fn front(root: &Path, book: &Book, readme: &Path) -> Result<Option<String>> {
    let Ok(mut text) = std::fs::read_to_string(readme) else { return Ok(None) };
    let before = text.clone();
    let overview = with_source(root, book, |source| {
        let hazards = pages::hazards::all(source);
        pages::hazards::Overview::of(source, &hazards, pages::hazards::README_ROWS).front()
    })?;
    let findings = findings::block(root)?;
    for (name, content) in [(findings::HAZARDS, &overview), (findings::BLOCK, &findings)] {
        if text.contains(&format!("report:begin {name} ")) {
            text = block::splice(&text, name, content)
                .with_context(|| readme.display().to_string())?;
        }
    }
    Ok((text != before || before.contains("report:begin")).then_some(text))
}

fn collect(book: &Book, pages: &[Page]) -> Files {
    let mut files = Files::new();
    for page in pages {
        page.files(&book.home, &mut files);
    }
    files
}

/// What exceeds a bar, on generated pages and on those beside them that are written by hand.
fn exceeding(reports: &Path, files: &Files) -> Result<Vec<limits::Fault>> {
    let mut pages: Files = files
        .iter()
        .filter(|(name, _)| name.ends_with(".md"))
        .map(|(n, t)| (n.clone(), t.clone()))
        .collect();
    for (name, text) in write::pages(reports)? {
        pages.entry(name).or_insert(text);
    }
    let mut faults =
        limits::faults(pages.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    faults.extend(limits::of_folder(reports.parent().unwrap_or(reports))?);
    Ok(faults)
}

fn csv(pages: &[Page], dir: &Path) -> Result<usize> {
    let tables: Vec<_> = pages.iter().flat_map(|page| &page.tables).collect();
    for table in &tables {
        write::write(&dir.join(format!("{}.csv", table.id)), &table.csv())?;
    }
    Ok(tables.len())
}

fn shown(root: &Path, differences: &Differences) -> Vec<String> {
    let inside = |path: &PathBuf| path.strip_prefix(root).unwrap_or(path).display().to_string();
    differences.paths().map(inside).collect()
}

fn checked(
    root: &Path,
    differences: &Differences,
    faults: &[limits::Fault],
    files: usize,
) -> Answer {
    let paths = shown(root, differences);
    let faults: Vec<String> = faults.iter().map(|fault| format!("reports/{fault}")).collect();
    let mut parts = Vec::new();
    if !faults.is_empty() {
        parts.push(format!(
            "report: these exceed the bars of pages:\n  {}\nshorten, merge or fold them where \
                they are made: xtask/report/src/pages, or by hand",
            faults.join("\n  ")
        ));
    }
    if !paths.is_empty() {
        parts.push(format!(
            "report: these differ from what the pinned records say:\n  {}\nrun `cargo xtask \
                report`",
            paths.join("\n  ")
        ));
    }
    let yes = parts.is_empty();
    if yes {
        parts.push(format!("report: {files} generated files agree with the pinned records"));
    }
    let json =
        json!({ "format": ANSWER_FORMAT, "files": files, "differ": paths, "faults": faults });
    Answer { yes, text: parts.join("\n"), json }
}

fn written(root: &Path, changed: &Differences, files: usize) -> Answer {
    let paths = shown(root, changed);
    let text = format!("report: {files} generated files, {} changed", paths.len());
    let json = json!({ "format": ANSWER_FORMAT, "files": files, "changed": paths });
    Answer { yes: true, text, json }
}

/// The runs on this machine, the newest first and with what it compares.
fn local(root: &Path) -> Result<Vec<site::Run>> {
    let mut runs = Vec::new();
    for run in load::local_runs(root)?.into_iter().take(RUNS) {
        let pages = match run.pages(root) {
            Some(pages) => pages,
            None => {
                let out = root.join("target/site-local").join(&run.name);
                render_local(root, &run.dirs, &out)?;
                out
            }
        };
        let data = if runs.is_empty() {
            let book = input(load::run(root, &run.dirs, &pages))?;
            Some(with_source(root, &book, site::Data::of)?)
        } else {
            None
        };
        runs.push(site::Run { name: run.name, pages, data });
    }
    Ok(runs)
}

/// Runs that the site shows; older ones stay in their folders.
const RUNS: usize = 8;

fn site(
    args: &ReportArgs,
    root: &Path,
    book: &Book,
    hooks: &Hooks<'_>,
    answer: &mut Answer,
) -> Result<()> {
    let runs = if args.site { Vec::new() } else { local(root)? };
    let data = with_source(root, book, site::Data::of)?;
    let citations = hooks.citations.map_or_else(|| Ok(Citations::new()), |cite| cite())?;
    let lines = with_source(root, book, |source| site::lines(root, source))??;
    let tree = match hooks.address.map_or(Ok(None), |address| address())? {
        Some(address) => Tree::Address(address),
        None if args.site => Tree::Nowhere,
        None => Tree::Beside,
    };
    let parts = site::Parts {
        root,
        runs: &runs,
        data: &data,
        lines: &lines,
        citations: &citations,
        tree: &tree,
    };
    let first = site::build(parts, &root.join("target/site"))?;
    let opened = args.open
        && std::process::Command::new("xdg-open")
            .arg(&first)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    let verb = if opened { "opened" } else { "open this file in a browser:" };
    let gap = if answer.text.is_empty() { "" } else { "\n" };
    answer.text.push_str(&format!("{gap}{verb} {}", first.display()));
    if tree == Tree::Nowhere {
        answer.text.push_str(
            "\nfiles of the repository are named and not linked: \
             workspace.package.repository is not set in Cargo.toml",
        );
    }
    answer.json["site"] = json!(first.display().to_string());
    answer.json["runs"] = json!(runs.iter().map(|run| &run.name).collect::<Vec<_>>());
    Ok(())
}
