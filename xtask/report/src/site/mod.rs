//! The static HTML site: the RFC, its evidence, the reports, and pages that compare.
//!
//! It is one mdBook, so that everything has one look, one search and one contents. This module
//! puts the book together in `target/`, with links that lead to pages or into the tree, and
//! starts `mdbook`; the comparison pages are scripts over one file of data ([`data`]).
//! Nothing of it is committed.

mod cited;
mod contents;
mod data;
mod lines;
pub mod mdbook;
mod packed;
mod pages;
mod palette;
mod search;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use cited::{Citations, Cited};
pub(crate) use data::Data;
pub(crate) use lines::{Lines, cited as lines};
pub use pages::Tree;
pub(crate) use pages::{Run, relative};

use crate::write::write;
use pages::{Links, Source};

/// The frame of a page, and what mdBook puts into it.
const EVERYWHERE: [(&str, &str); 7] = [
    ("theme/index.hbs", include_str!("assets/index.hbs")),
    ("theme/highlight.js", include_str!("assets/highlight.js")),
    // mdBook copies its own fonts unless there is such a file; pages use those of the system.
    ("theme/fonts/fonts.css", "/* none */\n"),
    ("assets/site.css", include_str!("assets/site.css")),
    ("assets/compare.css", include_str!("assets/compare.css")),
    ("assets/site.js", include_str!("assets/site.js")),
    ("assets/lines.js", include_str!("assets/lines.js")),
];
/// What pages name themselves.
const COMPARING: [(&str, &str); 10] = [
    ("assets/all.css", include_str!("assets/all.css")),
    ("assets/early.js", include_str!("assets/early.js")),
    ("assets/frame.js", include_str!("assets/frame.js")),
    ("assets/late.js", include_str!("assets/late.js")),
    ("assets/table.js", include_str!("assets/table.js")),
    ("assets/bars.js", include_str!("assets/bars.js")),
    ("assets/hazards.js", include_str!("assets/hazards.js")),
    ("assets/sources.js", include_str!("assets/sources.js")),
    ("assets/costs.js", include_str!("assets/costs.js")),
    ("assets/claims.js", include_str!("assets/claims.js")),
];
/// Pages of figures, and of the tree itself: words are looked for in the text.
const UNSEARCHED: [&str; 6] =
    ["rfc/evidence", "reports", pages::RUNS, "prototypes", "ARCHITECTURE.md", "CONTRIBUTING.md"];
/// Where the comparison pages find their data, beside the pages of its records. A script, because
/// a page that was opened from a file may not read another.
const DATA: &str = "data.js";
/// What mdBook writes and no page leads to.
const UNUSED: [&str; 3] = ["toc.html", "404.html", "favicon.png"];
/// Stands for the title of the book in a script.
const TITLE: &str = "TITLE OF THE BOOK";
/// The lines of records that pages of evidence show.
const LINES: &str = "rfc/evidence/lines.js";

/// What the site is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) root: &'a Path,
    /// The newest first.
    pub(crate) runs: &'a [Run],
    pub(crate) data: &'a Data,
    /// The lines of the records behind claims.
    pub(crate) lines: &'a Lines,
    pub(crate) citations: &'a Citations,
    pub(crate) tree: &'a Tree,
}

/// Builds the site in `out` and returns its first page: that of the newest run, or the front
/// page.
///
/// # Errors
/// When a page cannot be read or written, and when mdbook is missing or fails.
pub(crate) fn build(parts: Parts<'_>, out: &Path) -> Result<PathBuf> {
    let Parts { root, runs, .. } = parts;
    let program = mdbook::program()?;
    let book = out.with_extension("book");
    empty(&book)?;
    for (name, text) in EVERYWHERE {
        write(&book.join(name), text)?;
    }
    write(&book.join("assets/palette.css"), &palette::css())?;
    lay_out(parts, out, &book.join("src"))?;
    let src = book.join("src");
    let mut unsearched = UNSEARCHED.to_vec();
    unsearched.retain(|place| src.join(place).exists());
    write(&book.join("book.toml"), &mdbook::config(root, out, &unsearched)?)?;
    mdbook::build(&program, &book)?;
    search::trim(out)?;
    packed::pages(out)?;
    for file in UNUSED {
        fs::remove_file(out.join(file)).with_context(|| format!("{file} of mdBook"))?;
    }
    Ok(match runs.first() {
        Some(run) => out.join(pages::RUNS).join(&run.name).join("index.html"),
        None => out.join("index.html"),
    })
}

fn empty(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| dir.display().to_string())?;
    }
    Ok(())
}

/// Writes the pages of the book and all that stands beside them.
fn lay_out(parts: Parts<'_>, out: &Path, src: &Path) -> Result<()> {
    let Parts { root, runs, data, citations, .. } = parts;
    let all = pages::collect(root, runs)?;
    let mut links = Links::new(root, out, &all, parts.tree);
    for source in &all {
        let mut text = links.rewrite(source);
        let front = (source.page == Path::new("index.md")).then(|| entrances(data, parts.tree));
        if let Some(block) = cited(source, citations).or(front) {
            text = beside_title(&text, &block);
        }
        write(&src.join(&source.page), &text)?;
    }
    for (file, place) in &links.pictures {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        write(&src.join(place), &text)?;
    }
    compare(src, Path::new(""), "reports", data, citations)?;
    for run in runs {
        if let Some(data) = &run.data {
            let home = Path::new(pages::RUNS).join(&run.name);
            compare(src, &home, &home.to_string_lossy(), data, citations)?;
        }
    }
    let text = serde_json::to_string(parts.lines).context("the lines of records")?;
    write(&src.join(LINES), &packed::script("awbLines", &text)?)?;
    let title = mdbook::title(root)?;
    for (name, text) in COMPARING {
        write(&src.join(name), &text.replace(TITLE, &title))?;
    }
    let fills = |page: &str| data.fills(page);
    let summary = contents::contents(&contents::rfc(root), &all, runs, &fills);
    write(&src.join("SUMMARY.md"), &summary)
}

/// Links from the front page to the comparisons: on a phone the contents are hidden. And where
/// links into the tree lead, if they lead nowhere.
fn entrances(data: &Data, tree: &Tree) -> String {
    let link = |page: &contents::Compared| {
        format!("<a class=\"plain\" href=\"compare/{}.html\">{}</a>", page.name(), page.title)
    };
    let filled = contents::COMPARED.iter().filter(|page| data.fills(page.name()));
    let links: Vec<String> = filled.map(link).collect();
    let unset = match tree {
        Tree::Nowhere => {
            "\n\n<p class=\"unset\">Files of the repository are named here and not linked: its \
             address, <code>workspace.package.repository</code>, is not set.</p>"
        }
        Tree::Address(_) | Tree::Beside => "",
    };
    format!("<p class=\"cite-bar\">{}</p>{unset}", links.join(" "))
}

/// The comparison pages below a folder, with their data. `home` has the pages of the records.
fn compare(
    src: &Path,
    folder: &Path,
    home: &str,
    data: &Data,
    citations: &Citations,
) -> Result<()> {
    let place = src.join(folder);
    for page in contents::COMPARED.iter().filter(|page| data.fills(page.name())) {
        write(&place.join(page.page), &comparison(page))?;
    }
    let text = packed::script("packs.compare", &data.json(citations, home))?;
    write(&place.join("compare").join(DATA), &text)
}

/// A page whose content a script makes.
fn comparison(page: &contents::Compared) -> String {
    let name = page.name();
    format!(
        "# {}\n\n<div id=\"compare\" data-page=\"{name}\" data-scripts=\"table bars {name}\">\
         <noscript>This page compares with a script; the same figures stand in the reports.\
         </noscript></div>\n\n<script src=\"{DATA}\"></script>\n",
        page.title
    )
}

/// A button that copies what cites the claim of an evidence page.
fn cited(source: &Source, citations: &Citations) -> Option<String> {
    if !source.page.starts_with("rfc/evidence") {
        return None;
    }
    let id = source.page.file_stem()?.to_string_lossy();
    let Cited { text, marks } = citations.get(id.as_ref())?;
    let marks = marks.join(" · ");
    Some(format!(
        "<p class=\"cite-bar\"><button type=\"button\" class=\"cite\" data-cite=\"{}\">Copy \
         citation of {id}</button> {marks}</p>",
        attribute(text)
    ))
}

fn attribute(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    // A line break would end the block of HTML in Markdown.
    text.replace('>', "&gt;").replace('\n', "&#10;")
}

/// Puts a block below the first heading.
fn beside_title(text: &str, block: &str) -> String {
    let title = text.lines().find(|line| line.starts_with("# "));
    match title.and_then(|title| text.split_once(title).map(|parts| (title, parts))) {
        Some((title, (before, after))) => format!("{before}{title}\n\n{block}\n{after}"),
        None => format!("{block}\n\n{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evidence_page_offers_its_citation_and_others_none() {
        let text = "> a \"b\" <c>\n>\n".to_owned();
        let cite = Cited { text, marks: vec!["stale".to_owned()] };
        let citations = Citations::from([("C001".to_owned(), cite)]);
        let source = |path: &str| Source::new(PathBuf::from(path), Path::new(path), "# T\n".into());
        let button = cited(&source("rfc/evidence/C001.md"), &citations).expect("a button");
        assert!(button.contains("data-cite=\"&gt; a &quot;b&quot; &lt;c&gt;&#10;&gt;&#10;\""));
        assert!(!button.contains('\n') && button.ends_with("</button> stale</p>"), "{button}");
        assert_eq!(cited(&source("rfc/claims.md"), &citations), None);
        assert_eq!(
            beside_title("<!-- x -->\n\n# T\n\ntext\n", "B"),
            "<!-- x -->\n\n# T\n\nB\n\n\ntext\n"
        );
    }
}
