//! Figures, packed: a script that calls a function of the site with deflated JSON.
//!
//! A page that was opened from a file may not read another, but it may run one as a script. The
//! pages of figures are tables of many equal words: packed they are a tenth as large. Of such a
//! page its title and its first sentence stay as they are, and a script fills in the rest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::write::write;

/// Folders whose pages are packed, those of a folder and of all below it in one file.
const FOLDERS: [&str; 5] = ["rfc/evidence", "rfc/problems", "rfc/topics", "reports", "prototypes"];
/// What fills the pages of a folder.
const TEXTS: &str = "pages.js";

/// A script that calls `function` with this JSON.
///
/// # Errors
/// None that a buffer in memory has.
pub(super) fn script(function: &str, json: &str) -> Result<String> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    packer.write_all(json.as_bytes()).context("packing")?;
    let packed = STANDARD.encode(packer.finish().context("packing")?);
    Ok(format!("{function}(\"{packed}\");\n"))
}

/// Packs the pages of figures of a finished site.
///
/// # Errors
/// When a page cannot be read or written, or is not what the template makes.
pub(super) fn pages(out: &Path) -> Result<()> {
    for path in html(out)? {
        let page = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        write(&path, &plain(&page))?;
    }
    for folder in FOLDERS {
        let home = out.join(folder);
        let mut texts = BTreeMap::new();
        for path in html(&home)? {
            let name = path.strip_prefix(&home).unwrap_or(&path).to_string_lossy().into_owned();
            let name = name.replace('\\', "/");
            let page = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let (rest, text) = split(&page, &name, folder)
                .with_context(|| format!("{}: no page of the template", path.display()))?;
            write(&path, &rest)?;
            texts.insert(name, text);
        }
        if !texts.is_empty() {
            let json = serde_json::to_string(&texts).context("the texts of pages")?;
            write(&home.join(TEXTS), &script("packs.pages", &json)?)?;
        }
    }
    Ok(())
}

/// Headings without the link to themselves, which a script puts there, and tables and lists
/// without the ends of their parts.
fn plain(page: &str) -> String {
    const MARK: &str = "<a class=\"header\" href=\"#";
    let mut text = String::with_capacity(page.len());
    let mut parts = page.split(MARK);
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let link = part.split_once("\">").and_then(|(_, rest)| rest.split_once("</a></h"));
        match link {
            Some((words, after)) => {
                let _ = write!(text, "{words}</h{after}");
            }
            None => {
                let _ = write!(text, "{MARK}{part}");
            }
        }
    }
    // What HTML allows to be left out: the next cell, row or item ends the one before.
    for end in ["</td>", "</th>", "</tr>", "</thead>", "</tbody>", "</li>"] {
        text = text.replace(end, "");
    }
    text
}

fn html(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !dir.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(html(&path)?);
        } else if path.extension().is_some_and(|it| it == "html") {
            found.push(path);
        }
    }
    Ok(found)
}

/// The page without its text, and the text.
fn split(page: &str, name: &str, folder: &str) -> Option<(String, String)> {
    let (before, rest) = page.split_once("<main>")?;
    let (text, after) = rest.split_once("</main>")?;
    let up = "../".repeat(name.matches('/').count());
    let source = format!("{folder}/{}", name.replace(".html", ".md"));
    let source = source.replace("/index.md", "/README.md");
    let stub = format!(
        "{before}<main>\n{}\n<noscript><p>A script fills in the rest; the repository has the same \
         text as <code>{source}</code>.</p></noscript>\n\
         <script src=\"{up}{TEXTS}\" data-page=\"{name}\"></script>\n</main>{after}",
        lead(text)?
    );
    Some((stub, text.trim().to_owned()))
}

/// The title and the first sentence below it.
fn lead(text: &str) -> Option<String> {
    const ENDS: [&str; 2] = ["</p>", "</blockquote>"];
    let from = text.find("<h1")?;
    let title = from + text[from..].find("</h1>")? + "</h1>".len();
    let rest = &text[title..];
    // The button that copies a citation is no sentence.
    let rest = match rest.trim_start().strip_prefix("<p class=\"cite-bar\">") {
        Some(bar) => bar.split_once("</p>")?.1,
        None => rest,
    };
    let start = rest.trim_start();
    let first = ENDS.iter().filter(|_| start.starts_with("<p>") || start.starts_with("<blockq"));
    let quote = start.starts_with("<blockq");
    let end = first
        .filter(|end| quote == (**end == ENDS[1]))
        .find_map(|end| start.find(end).map(|at| at + end.len()));
    Some(format!("{}\n{}", &text[from..title], &start[..end.unwrap_or(0)]))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    use super::*;

    fn unpacked(script: &str) -> String {
        let packed = script.split('"').nth(1).expect("a literal");
        let mut text = String::new();
        let bytes = STANDARD.decode(packed).expect("base64");
        ZlibDecoder::new(&bytes[..]).read_to_string(&mut text).expect("deflated");
        text
    }

    #[test]
    fn a_page_keeps_its_title_and_first_sentence_and_its_folder_has_the_rest() {
        let dir = tempfile::tempdir().expect("a folder");
        let page = |main: &str| format!("<body>\n<main>\n{main}\n</main>\n<nav></nav></body>");
        let evidence = "<!-- x -->\n<h1 id=\"c\">C1</h1>\n<p class=\"cite-bar\">b</p>\n\n\
                        <blockquote>\n<p>It is so.</p>\n</blockquote>\n<p>supported</p>";
        let hazard = "<h1>Lost</h1>\n<p>A loop.</p>\n<table></table>";
        let put = |name: &str, main: &str| {
            write(&dir.path().join(name), &page(main)).expect("written");
        };
        put("rfc/evidence/C1.html", evidence);
        put("reports/hazards/lost.html", hazard);
        put("reports/index.html", "<h1>Reports</h1>\n<table></table>");
        let chapter = hazard.replace("Lost", "<a class=\"header\" href=\"#l\">Lost</a>");
        put("rfc/summary.html", &chapter.replace("</table>", "<tr><td>1</td></tr></table>"));
        pages(dir.path()).expect("packs");
        let read = |name: &str| fs::read_to_string(dir.path().join(name)).expect("a file");
        let stub = read("rfc/evidence/C1.html");
        assert!(
            stub.contains("<h1 id=\"c\">C1</h1>\n<blockquote>\n<p>It is so.</p>\n</blockquote>")
        );
        assert!(!stub.contains("supported") && !stub.contains("cite-bar"), "{stub}");
        assert!(stub.contains("<code>rfc/evidence/C1.md</code>") && stub.ends_with("</body>"));
        let hazards = read("reports/hazards/lost.html");
        assert!(hazards.contains("<script src=\"../pages.js\" data-page=\"hazards/lost.html\">"));
        assert!(hazards.contains("<p>A loop.</p>") && !hazards.contains("table"), "{hazards}");
        assert!(read("reports/index.html").contains("<code>reports/README.md</code>"));
        let chapter = page(&hazard.replace("</table>", "<tr><td>1</table>"));
        assert_eq!(read("rfc/summary.html"), chapter, "a chapter keeps its text");
        let texts = unpacked(&read("reports/pages.js"));
        let texts: BTreeMap<String, String> = serde_json::from_str(&texts).expect("texts");
        assert_eq!(texts["hazards/lost.html"], hazard);
        assert_eq!(texts.len(), 2);
    }
}
