//! The static HTML site: reports and RFC with navigation, for reading on one's machine.
//!
//! It is built into `target/` and never committed. Links between pages become links
//! between HTML files; links to anything else lead to the file in the tree.

use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::write::write;

/// Folders of the tree that become pages.
const SOURCES: [&str; 2] = ["reports", "rfc"];
/// Folders below them that do not: raw records, and runs other than the one that is shown.
const SKIPPED: [&str; 2] = ["reports/data", "reports/local"];

/// A Markdown file and where its HTML goes, both relative.
#[derive(Clone, Debug)]
struct Source {
    file: PathBuf,
    page: PathBuf,
    title: String,
    text: String,
}

/// The rendered pages of a local run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) pages: PathBuf,
}

/// Folder of the site with the local runs.
const RUNS: &str = "runs";

/// Builds the site and returns its first page: that of the newest run, or of the reports.
/// `runs` are the newest first.
///
/// # Errors
/// When a page cannot be read or written.
pub(crate) fn build(root: &Path, out: &Path, runs: &[Run]) -> Result<PathBuf> {
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| out.display().to_string())?;
    }
    let mut sources = Vec::new();
    for name in SOURCES {
        collect(&root.join(name), Path::new(name), &mut sources)?;
    }
    for run in runs {
        collect(&run.pages, &Path::new(RUNS).join(&run.name), &mut sources)?;
    }
    for name in ["README.md", "GLOSSARY.md", "ARCHITECTURE.md"] {
        if let Ok(text) = fs::read_to_string(root.join(name)) {
            sources.push(source(root.join(name), PathBuf::from(name), text));
        }
    }
    write(&out.join("style.css"), CSS)?;
    for source in &sources {
        let body = render(root, source, &sources);
        write(&out.join(&source.page), &frame(source, &sources, runs, &body))?;
    }
    Ok(match runs.first() {
        Some(run) => out.join(RUNS).join(&run.name).join("index.html"),
        None => out.join("reports/index.html"),
    })
}

fn collect(dir: &Path, as_dir: &Path, into: &mut Vec<Source>) -> Result<()> {
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
        let name = path.file_name().unwrap_or_default();
        let as_path = as_dir.join(name);
        if path.is_dir() {
            let skipped = SKIPPED.iter().any(|skip| Path::new(skip) == as_path);
            if !skipped {
                collect(&path, &as_path, into)?;
            }
        } else if path.extension().is_some_and(|ext| ext == "md") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            into.push(source(path, as_path, text));
        }
    }
    Ok(())
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

fn source(file: PathBuf, as_path: PathBuf, text: String) -> Source {
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).map(str::to_owned);
    let stem = as_path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Source { file, page: html_path(&as_path), title: title.unwrap_or(stem), text }
}

/// `reports/README.md` is the folder's `index.html`.
fn html_path(path: &Path) -> PathBuf {
    match path.file_name() {
        Some(name) if name == "README.md" => path.with_file_name("index.html"),
        _ => path.with_extension("html"),
    }
}

fn render(root: &Path, source: &Source, all: &[Source]) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM;
    let mut events: Vec<Event<'_>> = Parser::new_ext(&source.text, options).collect();
    number_headings(&mut events);
    for event in &mut events {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                *dest_url = CowStr::from(target(root, source, all, dest_url));
            }
            Event::Html(raw) | Event::InlineHtml(raw) => {
                *raw = CowStr::from(figures(root, source, all, raw));
            }
            _ => {}
        }
    }
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    out.replace("<table>", "<div class=\"wide\"><table>").replace("</table>", "</table></div>")
}

/// Gives every heading the anchor that GitHub gives it.
fn number_headings(events: &mut [Event<'_>]) {
    let mut open = None;
    let mut text = String::new();
    for at in 0..events.len() {
        match &events[at] {
            Event::Start(Tag::Heading { .. }) => {
                open = Some(at);
                text.clear();
            }
            Event::Text(part) | Event::Code(part) => text.push_str(part),
            Event::End(TagEnd::Heading(_)) => {
                let slug = slug(&text);
                if let Some(Event::Start(Tag::Heading { id, .. })) =
                    open.take().map(|at| &mut events[at])
                {
                    *id = Some(CowStr::from(slug));
                }
            }
            _ => {}
        }
    }
}

fn slug(text: &str) -> String {
    let kept = text.to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Sources and sets of sources in raw HTML (`<picture>`).
fn figures(root: &Path, source: &Source, all: &[Source], raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw;
    loop {
        let found =
            ["srcset=\"", " src=\""].iter().filter_map(|mark| Some((rest.find(mark)?, mark))).min();
        let Some((at, mark)) = found else { break };
        let (before, after) = rest.split_at(at + mark.len());
        let Some((url, tail)) = after.split_once('"') else {
            break;
        };
        let _ = write!(out, "{before}{}\"", target(root, source, all, url));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Where a link of a page leads on the site.
fn target(root: &Path, source: &Source, all: &[Source], url: &str) -> String {
    if url.is_empty() || url.starts_with('#') || url.contains("://") || url.starts_with("mailto:") {
        return url.to_owned();
    }
    let (path, fragment) = url.split_once('#').map_or((url, None), |(path, f)| (path, Some(f)));
    let here = source.file.parent().unwrap_or(root);
    let file = normal(&here.join(path));
    let to_page =
        all.iter().find(|other| other.file == file || other.file == file.join("README.md"));
    let from = source.page.parent().unwrap_or(Path::new(""));
    let link = match to_page {
        Some(page) => relative(from, &page.page),
        // A page lies two folders below the root: target/site.
        None => match file.strip_prefix(root) {
            Ok(inside) => relative(&Path::new("target/site").join(from), inside),
            Err(_) => path.to_owned(),
        },
    };
    fragment.map_or(link.clone(), |fragment| format!("{link}#{fragment}"))
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

fn frame(source: &Source, all: &[Source], runs: &[Run], body: &str) -> String {
    let from = source.page.parent().unwrap_or(Path::new(""));
    let style = relative(from, Path::new("style.css"));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"{style}\">\n</head>\n<body>\n<nav>\n\
         <input type=\"checkbox\" id=\"pages\"><label for=\"pages\">Pages</label>\n\
         <div>\n{}{}</div>\n</nav>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escape(&source.title),
        selector(source, from, runs),
        links(source, from, all)
    )
}

/// The run that a page belongs to.
fn run_of(page: &Path) -> Option<String> {
    let mut parts = page.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    (parts.next()? == RUNS).then(|| parts.next())?
}

/// What is shown: one of the local runs, or the records that are committed.
fn selector(source: &Source, from: &Path, runs: &[Run]) -> String {
    if runs.is_empty() {
        return String::new();
    }
    let here = run_of(&source.page);
    let shown =
        here.as_deref().map_or("committed records".to_owned(), |name| format!("run {name}"));
    let mut text = format!("<details class=\"runs\"><summary>{}</summary>\n", escape(&shown));
    for run in runs {
        let mark = if here.as_ref() == Some(&run.name) { " aria-current=\"page\"" } else { "" };
        let page = Path::new(RUNS).join(&run.name).join("index.html");
        let _ = writeln!(
            text,
            "<a href=\"{}\"{mark}>run {}</a>",
            relative(from, &page),
            escape(&run.name)
        );
    }
    let mark = if here.is_none() { " aria-current=\"page\"" } else { "" };
    let page = relative(from, Path::new("reports/index.html"));
    let _ = writeln!(text, "<a href=\"{page}\"{mark}>committed records</a>\n</details>");
    text
}

/// All pages by folder; of the runs only the one that is shown.
fn links(source: &Source, from: &Path, all: &[Source]) -> String {
    let here = run_of(&source.page);
    let (mut mine, mut others): (Vec<&Source>, Vec<&Source>) = (Vec::new(), Vec::new());
    for page in all {
        match run_of(&page.page) {
            Some(run) if here.as_ref() == Some(&run) => mine.push(page),
            Some(_) => {}
            None if here.is_some() && page.page.starts_with("reports") => {}
            None => others.push(page),
        }
    }
    let mut nav = String::new();
    let mut section = None;
    for page in mine.into_iter().chain(others) {
        let folder = page.page.parent().unwrap_or(Path::new("")).to_string_lossy().into_owned();
        if folder.ends_with("evidence") && !page.page.ends_with("index.html") {
            continue;
        }
        if section.as_ref() != Some(&folder) {
            let name = if folder.is_empty() { "project" } else { &folder };
            let _ = writeln!(nav, "<h2>{}</h2>", escape(name));
            section = Some(folder);
        }
        let mark = if page.page == source.page { " aria-current=\"page\"" } else { "" };
        let link = relative(from, &page.page);
        // A title that says more after a colon is short in a list.
        let title = page.title.split(": ").next().unwrap_or_default();
        let _ = writeln!(nav, "<a href=\"{link}\"{mark}>{}</a>", escape(title));
    }
    nav
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('`', "")
}

const CSS: &str = include_str!("site.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_or_to_the_tree() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path();
        write(
            &root.join("reports/README.md"),
            "# R\n\n[h](hazards.md#a) [p](../rfc/pins.toml) <br>\n",
        )
        .expect("writes");
        write(
            &root.join("reports/hazards.md"),
            "# Hazards\n\n## a `b` c\n\n| x |\n|---|\n| <br> |\n",
        )
        .expect("writes");
        write(&root.join("reports/data/sim/x/notes.md"), "# no page\n").expect("writes");
        write(&root.join("rfc/pins.toml"), "").expect("writes");
        let out = root.join("target/site");
        let first = build(root, &out, &[]).expect("builds");
        let text = fs::read_to_string(&first).expect("reads");
        assert!(text.contains("href=\"hazards.html#a\""), "{text}");
        assert!(text.contains("href=\"../../../rfc/pins.toml\""), "{text}");
        let page = fs::read_to_string(out.join("reports/hazards.html")).expect("reads");
        assert!(
            page.contains("id=\"a-b-c\"") && page.contains("<div class=\"wide\"><table>"),
            "{page}"
        );
        assert!(!out.join("reports/data").exists(), "records are not pages");
    }

    #[test]
    fn a_run_is_shown_first_and_every_page_leads_to_the_others() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path();
        write(&root.join("reports/README.md"), "# R\n\n[z](z.md) [a](a.md)\n").expect("writes");
        write(&root.join("reports/a.md"), "# A\n").expect("writes");
        write(&root.join("reports/z.md"), "# Z: and more\n").expect("writes");
        let run = |name: &str| {
            let pages = root.join("reports/local").join(name).join("pages");
            write(&pages.join("README.md"), "# Run\n\n[h](hazards.md)\n").expect("writes");
            write(&pages.join("hazards.md"), "# Hazards\n").expect("writes");
            Run { name: name.to_owned(), pages }
        };
        let runs = [run("new"), run("old")];
        let out = root.join("target/site");
        let first = build(root, &out, &runs).expect("builds");
        assert_eq!(first, out.join("runs/new/index.html"));
        let text = fs::read_to_string(&first).expect("reads");
        assert!(text.contains("<summary>run new</summary>"), "{text}");
        assert!(text.contains("href=\"../old/index.html\">run old</a>"), "{text}");
        assert!(text.contains("href=\"../../reports/index.html\">committed records</a>"), "{text}");
        assert!(text.contains("href=\"hazards.html\""), "its own pages: {text}");
        assert!(!text.contains("runs/old/hazards.html"), "and not those of others: {text}");
        let pinned = fs::read_to_string(out.join("reports/index.html")).expect("reads");
        assert!(pinned.contains("<summary>committed records</summary>"), "{pinned}");
        let place = |text: &str| pinned.find(text).unwrap_or_else(|| panic!("{text}: {pinned}"));
        assert!(place(">Z</a>") < place(">A</a>"), "in the order of the first page");
    }

    #[test]
    fn pictures_lead_to_the_tree() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path();
        let text = "# R\n\n<picture>\n<source srcset=\"plots/a-dark.svg\">\n<img alt=\"\" \
            src=\"plots/a-light.svg\">\n</picture>\n";
        write(&root.join("reports/README.md"), text).expect("writes");
        let first = build(root, &root.join("target/site"), &[]).expect("builds");
        let page = fs::read_to_string(first).expect("reads");
        assert!(page.contains("srcset=\"../../../reports/plots/a-dark.svg\""), "{page}");
        assert!(page.contains(" src=\"../../../reports/plots/a-light.svg\""), "{page}");
    }
}
