//! The pages of the site: which Markdown files there are, and how they link to each other.

use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::data::Data;

/// Folders of the tree that become pages.
const SOURCES: [&str; 2] = ["reports", "rfc"];
/// Folders below them that do not: raw records, and runs other than the one that is shown.
const SKIPPED: [&str; 2] = ["reports/data", "reports/local"];
/// Pages of the root; the first is the front page.
const ROOT: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md"];
/// What each design says of itself, in its folder.
const DESIGNS: &str = "prototypes";
const DESIGN: &str = "DESIGN.md";
/// Folder of the site with the local runs.
pub(super) const RUNS: &str = "runs";

/// A Markdown file and where it stands in the book.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) file: PathBuf,
    /// Relative to the book, still with `.md`.
    pub(super) page: PathBuf,
    pub(super) title: String,
    pub(super) text: String,
}

impl Source {
    /// `text` of a file becomes the page at `as_path`, a folder's own page its `index.md`.
    pub(super) fn new(file: PathBuf, as_path: &Path, text: String) -> Source {
        let title = text.lines().find_map(|line| line.strip_prefix("# ")).map(str::to_owned);
        let stem = as_path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let page = match as_path.file_name() {
            Some(name) if name == "README.md" => as_path.with_file_name("index.md"),
            _ => as_path.to_owned(),
        };
        Source { file, page, title: title.unwrap_or(stem), text }
    }
}

/// The rendered pages of a local run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) pages: PathBuf,
    /// What its comparison pages show, if it has some.
    pub(crate) data: Option<Data>,
}

/// Every page of the tree and of the runs.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn collect(root: &Path, runs: &[Run]) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for name in ROOT {
        if let Ok(text) = fs::read_to_string(root.join(name)) {
            sources.push(Source::new(root.join(name), Path::new(name), text));
        }
    }
    for name in SOURCES {
        folder(&root.join(name), Path::new(name), &mut sources)?;
    }
    designs(root, &mut sources)?;
    for run in runs {
        folder(&run.pages, &Path::new(RUNS).join(&run.name), &mut sources)?;
    }
    Ok(sources)
}

fn designs(root: &Path, into: &mut Vec<Source>) -> Result<()> {
    let Ok(entries) = fs::read_dir(root.join(DESIGNS)) else { return Ok(()) };
    let mut places: Vec<PathBuf> = Vec::new();
    for entry in entries {
        places.push(Path::new(DESIGNS).join(entry?.file_name()).join(DESIGN));
    }
    places.sort();
    for place in places {
        if let Ok(text) = fs::read_to_string(root.join(&place)) {
            into.push(Source::new(root.join(&place), &place, text));
        }
    }
    Ok(())
}

fn folder(dir: &Path, as_dir: &Path, into: &mut Vec<Source>) -> Result<()> {
    if !dir.is_dir() {
        return Ok(());
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .with_context(|| dir.display().to_string())?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    // A folder's own page first, then its pages, then the folders below it.
    let own = |path: &Path| path.file_name().is_some_and(|name| name == "README.md");
    let order = order(dir);
    let place = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        order.iter().position(|known| *known == name).unwrap_or(usize::MAX)
    };
    paths.sort_by_key(|path| (path.is_dir(), !own(path), place(path), path.clone()));
    for path in paths {
        let as_path = as_dir.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            if !SKIPPED.iter().any(|skip| Path::new(skip) == as_path) {
                folder(&path, &as_path, into)?;
            }
        } else if path.extension().is_some_and(|ext| ext == "md") && !is_contents(&path) {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            into.push(Source::new(path, &as_path, text));
        }
    }
    Ok(())
}

/// The contents of a book are no page of it.
fn is_contents(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "SUMMARY.md")
}

/// Pages of a folder in the order in which its first page links to them. A folder without one
/// goes by the page beside it that has its name.
fn order(dir: &Path) -> Vec<String> {
    let beside = dir.with_extension("md");
    let text = fs::read_to_string(dir.join("README.md")).or_else(|_| fs::read_to_string(beside));
    let text = text.unwrap_or_default();
    let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let pages = links.filter_map(|(link, _)| {
        link.rsplit('/').next().filter(|name| name.ends_with(".md")).map(str::to_owned)
    });
    pages.collect()
}

/// Where links to files of the tree lead that are no pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// The public repository at a commit, with a slash at the end.
    Address(String),
    /// The checkout in which the site lies: for a reader on this machine.
    Beside,
    /// Nowhere, because the repository has no address: a path is shown and leads nowhere.
    Nowhere,
}

/// Rewrites the links of pages. What is no page is linked where it lies in the tree, and
/// pictures are remembered, because they are copied.
#[derive(Debug)]
pub(super) struct Links<'a> {
    root: &'a Path,
    /// The folder of the finished site.
    out: &'a Path,
    all: &'a [Source],
    tree: &'a Tree,
    /// Pictures: where they lie, and where they stand in the book.
    pub(super) pictures: Vec<(PathBuf, PathBuf)>,
}

impl<'a> Links<'a> {
    pub(super) fn new(
        root: &'a Path,
        out: &'a Path,
        all: &'a [Source],
        tree: &'a Tree,
    ) -> Links<'a> {
        Links { root, out, all, tree, pictures: Vec::new() }
    }

    /// The text of a page as it stands in the book.
    pub(super) fn rewrite(&mut self, source: &Source) -> String {
        let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_GFM;
        for (event, range) in Parser::new_ext(&source.text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    let wanted = format!("]({dest_url}");
                    if let Some(at) = source.text[range.clone()].rfind(&wanted) {
                        let from = range.start + at + 2;
                        match self.target(source, &dest_url) {
                            Ok(new) => edits.push((from..from + dest_url.len(), new)),
                            Err(path) => edits.extend(unlinked(range, from, &path)),
                        }
                    }
                }
                Event::Html(_) | Event::InlineHtml(_) => {
                    let raw = source.text[range.clone()].to_owned();
                    edits.push((range, self.figures(source, &raw)));
                }
                _ => {}
            }
        }
        let mut text = source.text.clone();
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        for (range, new) in edits {
            text.replace_range(range, &new);
        }
        text
    }

    /// Sources and sets of sources in raw HTML (`<picture>`).
    fn figures(&mut self, source: &Source, raw: &str) -> String {
        const MARKS: [&str; 2] = ["srcset=\"", " src=\""];
        let mut out = String::new();
        let mut rest = raw;
        loop {
            let found = MARKS.iter().filter_map(|mark| Some((rest.find(mark)?, *mark))).min();
            let Some((at, mark)) = found else { break };
            let (before, after) = rest.split_at(at + mark.len());
            let Some((url, tail)) = after.split_once('"') else { break };
            let link = self.target(source, url).unwrap_or_default();
            let _ = write!(out, "{before}{link}\"");
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    /// Where a link of a page leads in the book, or the path that it names and cannot lead to.
    fn target(&mut self, source: &Source, url: &str) -> Result<String, String> {
        let outside = url.contains("://") || url.starts_with("mailto:");
        if url.is_empty() || url.starts_with('#') || outside {
            return Ok(url.to_owned());
        }
        let (path, fragment) = url.split_once('#').map_or((url, None), |(path, f)| (path, Some(f)));
        let file = normal(&source.file.parent().unwrap_or(self.root).join(path));
        let from = source.page.parent().unwrap_or(Path::new(""));
        // The contents stand beside every page; what asks for them gets the first chapter.
        let file = if is_contents(&file) { file.with_file_name("README.md") } else { file };
        let is_it = |other: &&Source| other.file == file || other.file == file.join("README.md");
        let link = match self.all.iter().find(is_it) {
            Some(page) => relative(from, &page.page),
            None if file.extension().is_some_and(|ext| ext == "svg") => {
                let place = normal(&from.join(path));
                let link = relative(from, &place);
                self.pictures.push((file, place));
                link
            }
            None => self.file(from, &file)?,
        };
        Ok(fragment.map_or(link.clone(), |fragment| format!("{link}#{fragment}")))
    }

    /// The link to a file of the tree that is no page, or its path where there is none.
    fn file(&self, from: &Path, file: &Path) -> Result<String, String> {
        match self.tree {
            Tree::Address(address) => Ok(format!("{address}{}", relative(self.root, file))),
            // mdBook takes what ends in `.md` for a page of its own.
            Tree::Beside => Ok(relative(&self.out.join(from), file).replace(".md", "%2Emd")),
            Tree::Nowhere => Err(relative(self.root, file)),
        }
    }
}

/// A link as the words of it, with the path that it names: two edits of its text.
fn unlinked(
    link: std::ops::Range<usize>,
    address: usize,
    path: &str,
) -> [(std::ops::Range<usize>, String); 2] {
    let span = format!("<span class=\"unlinked\" title=\"{path}\">");
    [(link.start..link.start + 1, span), (address - 2..link.end, "</span>".to_owned())]
}

/// The path without `.` and `..`, without asking the file system.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// A path as seen from a folder, with `/`; both are relative to the same place.
pub(crate) fn relative(from: &Path, to: &Path) -> String {
    let from: Vec<_> = from.components().collect();
    let to: Vec<_> = to.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::write;

    #[test]
    fn links_lead_to_pages_to_pictures_and_to_the_tree() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path();
        let put = |name: &str, text: &str| write(&root.join(name), text).expect("writes");
        put(
            "reports/README.md",
            "# R\n\n[`h`](hazards.md#a) [p](../rfc/pins.toml) [up](../README.md)\n\n\
             <img alt=\"x\" src=\"plots/a.svg\">\n\n`[no](hazards.md)`\n",
        );
        put("reports/hazards.md", "# Hazards\n\n[back](README.md) [here](#x)\n");
        put("reports/data/sim/x/notes.md", "# no page\n");
        put("README.md", "# Q\n\n[c](rfc/SUMMARY.md) [n](workloads/NOTES.md)\n");
        put("prototypes/a/DESIGN.md", "# a\n");
        put("rfc/SUMMARY.md", "# Summary\n");
        let all = collect(root, &[]).expect("collects");
        let out = root.join("target/site");
        let mut links = Links::new(root, &out, &all, &Tree::Beside);
        let texts: Vec<String> = all.iter().map(|one| links.rewrite(one)).collect();
        let names: Vec<String> = all.iter().map(|it| it.page.display().to_string()).collect();
        let pages = ["index.md", "reports/index.md", "reports/hazards.md"];
        assert_eq!(names[..3], pages);
        assert_eq!(names[3..], ["prototypes/a/DESIGN.md"]);
        assert!(texts[0].contains("[n](../../workloads/NOTES%2Emd)"), "{}", texts[0]);
        let expected = "[`h`](hazards.md#a) [p](../../../rfc/pins.toml) [up](../index.md)";
        assert!(texts[1].contains(expected), "{}", texts[1]);
        assert!(texts[1].contains("`[no](hazards.md)`"), "code is left as it is: {}", texts[1]);
        assert!(texts[2].contains("[back](index.md) [here](#x)"), "{}", texts[2]);
        let picture = (root.join("reports/plots/a.svg"), PathBuf::from("reports/plots/a.svg"));
        assert_eq!(links.pictures, [picture]);

        let address = Tree::Address("https://host/o/r/blob/0a/".to_owned());
        let text = Links::new(root, &out, &all, &address).rewrite(&all[0]);
        assert!(text.contains("[n](https://host/o/r/blob/0a/workloads/NOTES.md)"), "{text}");
        let text = Links::new(root, &out, &all, &Tree::Nowhere).rewrite(&all[1]);
        let named = "<span class=\"unlinked\" title=\"rfc/pins.toml\">p</span>";
        assert!(text.contains(named) && text.contains("[up](../index.md)"), "{text}");
    }
}
