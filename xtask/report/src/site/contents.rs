//! The contents of the book: comparisons first, then the RFC, its evidence, and the reports.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::pages::{RUNS, Run, Source};

/// A page that compares, made by a script from the data of the site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    pub(super) page: &'static str,
    pub(super) title: &'static str,
}

impl Compared {
    /// `hazards` of `compare/hazards.md`: the name of its script, too.
    pub(super) fn name(&self) -> &'static str {
        let name = self.page.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".md").unwrap_or(name)
    }
}

/// The comparison pages in the order of the contents. Evidence pages stand below the last.
pub(super) const COMPARED: [Compared; 4] = [
    Compared { page: "compare/hazards.md", title: "Which hazards fire in which design?" },
    Compared { page: "compare/sources.md", title: "One program in two designs" },
    Compared { page: "compare/costs.md", title: "What does it cost?" },
    Compared { page: "compare/claims.md", title: "What became of each claim?" },
];

const CONTENTS: &str = "rfc/SUMMARY.md";
const EVIDENCE: &str = "rfc/evidence";
const REPORTS: &str = "reports";

/// A line of a contents file.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    depth: usize,
    title: String,
    page: PathBuf,
}

/// The text of `SUMMARY.md`. Every page is in it once, because what is not is no page. Comparison
/// pages are those that the data fill.
pub(super) fn contents(
    rfc: &str,
    all: &[Source],
    runs: &[Run],
    fills: &dyn Fn(&str) -> bool,
) -> String {
    let mut listed: BTreeSet<PathBuf> = BTreeSet::new();
    let mut text = "# Contents\n\n".to_owned();
    if let Some(front) = all.iter().find(|source| source.page == Path::new("index.md")) {
        let _ = writeln!(text, "[{}](index.md)", escape(&front.title));
        listed.insert(front.page.clone());
    }
    let known = |entry: &Entry| all.iter().any(|source| source.page == entry.page);
    let entries: Vec<Entry> = rfc.lines().filter_map(entry).filter(known).collect();
    let (evidence, chapters): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| entry.page.starts_with(EVIDENCE));
    part(&mut text, "Compare");
    for page in COMPARED.iter().filter(|page| fills(page.name())) {
        line(&mut text, &mut listed, 0, page.title, Path::new(page.page));
    }
    for one in evidence {
        line(&mut text, &mut listed, 1, &one.title, &one.page);
    }
    part(&mut text, "The RFC");
    for one in chapters {
        line(&mut text, &mut listed, one.depth, &one.title, &one.page);
    }
    part(&mut text, "Reports");
    let in_folder = |page: &Path| page.starts_with(REPORTS);
    folder(&mut text, &mut listed, all.iter().filter(|it| in_folder(&it.page)), 1, 0);
    if !runs.is_empty() {
        part(&mut text, "Runs on this machine");
    }
    for run in runs {
        let place = Path::new(RUNS).join(&run.name);
        let mut pages = all.iter().filter(|source| source.page.starts_with(&place));
        if let Some(first) = pages.next() {
            line(&mut text, &mut listed, 0, &format!("Run {}", run.name), &first.page);
        }
        for page in COMPARED {
            if run.data.as_ref().is_some_and(|data| data.fills(page.name())) {
                line(&mut text, &mut listed, 1, page.title, &place.join(page.page));
            }
        }
        folder(&mut text, &mut listed, pages, 2, 1);
    }
    part(&mut text, "The project");
    for source in all {
        line(&mut text, &mut listed, 0, &source.title, &source.page);
    }
    text
}

/// Pages of a folder; those of the folder below it one level deeper. A folder below is named
/// after a page, and its pages follow that.
fn folder<'a>(
    text: &mut String,
    listed: &mut BTreeSet<PathBuf>,
    pages: impl Iterator<Item = &'a Source>,
    parts: usize,
    depth: usize,
) {
    let (own, below): (Vec<&Source>, Vec<&Source>) =
        pages.partition(|source| source.page.components().count() == parts + 1);
    for source in own {
        line(text, listed, depth, &source.title, &source.page);
        let folder = source.page.with_extension("");
        for source in below.iter().filter(|it| it.page.starts_with(&folder)) {
            line(text, listed, depth + 1, &source.title, &source.page);
        }
    }
}

fn part(text: &mut String, title: &str) {
    let _ = write!(text, "\n# {title}\n\n");
}

fn line(text: &mut String, listed: &mut BTreeSet<PathBuf>, depth: usize, title: &str, page: &Path) {
    if listed.insert(page.to_owned()) {
        let page = page.to_string_lossy().replace('\\', "/");
        let _ = writeln!(text, "{}- [{}]({page})", "  ".repeat(depth), escape(title));
    }
}

/// `  - [Title](file.md)` or `[Title](file.md)` of the RFC's own contents.
fn entry(line: &str) -> Option<Entry> {
    let trimmed = line.trim_start();
    let depth = (line.len() - trimmed.len()) / 2;
    let rest = trimmed.strip_prefix("- ").unwrap_or(trimmed).strip_prefix('[')?;
    let (title, path) = rest.rsplit_once("](")?;
    let path = Path::new("rfc").join(path.strip_suffix(')')?);
    let own = path.file_name().is_some_and(|name| name == "README.md");
    let page = if own { path.with_file_name("index.md") } else { path };
    Some(Entry { depth, title: title.to_owned(), page })
}

fn escape(title: &str) -> String {
    title.replace('[', "\\[").replace(']', "\\]")
}

/// Where the RFC's own contents lie.
pub(super) fn rfc(root: &Path) -> String {
    std::fs::read_to_string(root.join(CONTENTS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(page: &str, title: &str) -> Source {
        Source::new(PathBuf::from(page), Path::new(page), format!("# {title}\n"))
    }

    #[test]
    fn every_page_is_listed_once_in_its_part() {
        let all = [
            source("README.md", "Q"),
            source("GLOSSARY.md", "Words [1]"),
            source("reports/README.md", "Reports"),
            source("reports/hazards.md", "Hazards"),
            source("reports/hazards/lost.md", "Lost"),
            source("rfc/README.md", "How"),
            source("rfc/problems.md", "Problems"),
            source("rfc/evidence/C001.md", "C001"),
            source("runs/r1/README.md", "Run"),
            source("runs/r1/hazards.md", "Hazards of the run"),
        ];
        let rfc = "# Summary\n\n[How](README.md)\n\n- [Problems](problems.md)\n\n# Evidence\n\n\
            <!-- x -->\n- [C001: a](evidence/C001.md)\n- [gone](gone.md)\n";
        let runs = [Run { name: "r1".to_owned(), pages: PathBuf::new(), data: None }];
        let text = contents(rfc, &all, &runs, &|_| true);
        let compared: String =
            COMPARED.iter().map(|it| format!("- [{}]({})\n", it.title, it.page)).collect();
        let expected = format!(
            "# Contents\n\n[Q](index.md)\n\n# Compare\n\n{compared}  \
             - [C001: a](rfc/evidence/C001.md)\n\
             \n# The RFC\n\n- [How](rfc/index.md)\n- [Problems](rfc/problems.md)\n\
             \n# Reports\n\n- [Reports](reports/index.md)\n- [Hazards](reports/hazards.md)\n  \
             - [Lost](reports/hazards/lost.md)\n\n# Runs on this machine\n\n\
             - [Run r1](runs/r1/index.md)\n  - [Hazards of the run](runs/r1/hazards.md)\n\
             \n# The project\n\n- [Words \\[1\\]](GLOSSARY.md)\n"
        );
        assert_eq!(text, expected);
    }
}
