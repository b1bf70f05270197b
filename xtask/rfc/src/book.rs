//! The prose files: every chapter below `rfc/` and the front page of the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::doc::Document;

/// Folder of the evidence pages.
pub(crate) const EVIDENCE: &str = "rfc/evidence";

/// A prose file.
#[derive(Debug)]
pub(crate) struct Chapter {
    /// Repository-relative, with `/`.
    pub(crate) path: String,
    /// As on disk.
    pub(crate) doc: Document,
}

/// Where a claim is cited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Citation {
    /// Repository-relative file.
    pub(crate) file: String,
    /// The heading above, if any.
    pub(crate) heading: String,
}

/// All prose.
#[derive(Debug)]
pub(crate) struct Book {
    /// The repository.
    pub(crate) root: PathBuf,
    /// In order of path.
    pub(crate) chapters: Vec<Chapter>,
}

impl Book {
    /// Reads every chapter; files below `rfc/evidence` are not prose.
    pub(crate) fn read(root: &Path) -> Result<Book> {
        let mut paths = Vec::new();
        walk(&root.join("rfc"), &mut paths)?;
        let front = root.join("README.md");
        if front.is_file() {
            paths.push(front);
        }
        let mut chapters = Vec::new();
        for path in paths {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            chapters.push(Chapter { path: relative(root, &path), doc: Document::parse(&text) });
        }
        chapters.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Book { root: root.to_owned(), chapters })
    }

    /// Who cites what, by claim id, each place once.
    pub(crate) fn citations(&self) -> BTreeMap<String, Vec<Citation>> {
        let mut cited: BTreeMap<String, Vec<Citation>> = BTreeMap::new();
        for chapter in &self.chapters {
            for link in &chapter.doc.links {
                let heading = chapter.doc.heading(link.range.start);
                let citation = Citation {
                    file: chapter.path.clone(),
                    heading: heading.map(|h| h.text.clone()).unwrap_or_default(),
                };
                let places = cited.entry(link.claim.clone()).or_default();
                if !places.contains(&citation) {
                    places.push(citation);
                }
            }
        }
        cited
    }

    /// The chapter with this path.
    pub(crate) fn chapter(&self, path: &str) -> Option<&Chapter> {
        self.chapters.iter().find(|chapter| chapter.path == path)
    }
}

impl Chapter {
    /// The address of a repository-relative path, as seen from this chapter.
    pub(crate) fn link_to(&self, target: &str) -> String {
        link_between(&self.path, target)
    }

    /// What a relative address means, as a repository-relative path without its fragment;
    /// nothing for addresses with a scheme and for bare fragments.
    pub(crate) fn resolve(&self, dest: &str) -> Option<String> {
        let path = dest.split_once('#').map_or(dest, |(path, _)| path);
        let outside = path.contains("://") || path.starts_with("mailto:") || path.starts_with('/');
        if path.is_empty() || outside {
            return None;
        }
        let mut parts: Vec<&str> = self.path.split('/').collect();
        parts.pop();
        for part in path.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Some(format!("../{path}"));
                    }
                }
                part => parts.push(part),
            }
        }
        Some(parts.join("/"))
    }
}

/// The relative address that leads from one file of the repository to another.
pub(crate) fn link_between(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').collect();
    let to: Vec<&str> = to.split('/').collect();
    let dirs = from.len() - 1;
    let limit = dirs.min(to.len() - 1);
    let common = (0..limit).take_while(|&i| from[i] == to[i]).count();
    let mut parts = vec![".."; dirs - common];
    parts.extend(&to[common..]);
    parts.join("/")
}

fn walk(dir: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "evidence" && name != "claims") {
                walk(&path, paths)?;
            }
        } else if path.extension().is_some_and(|ext| ext == "md") {
            paths.push(path);
        }
    }
    Ok(())
}

/// `path` below `root`, with `/`.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_relative_and_lead_back() {
        let chapter =
            Chapter { path: "rfc/status-quo/scaling.md".into(), doc: Document::parse("") };
        for (target, link) in [
            ("rfc/evidence/C047.md", "../evidence/C047.md"),
            ("rfc/status-quo/reliability.md", "reliability.md"),
            ("reports/README.md", "../../reports/README.md"),
        ] {
            assert_eq!(chapter.link_to(target), link);
            assert_eq!(chapter.resolve(&format!("{link}#a")).as_deref(), Some(target));
        }
        assert_eq!(link_between("README.md", "rfc/README.md"), "rfc/README.md");
        assert_eq!(chapter.resolve("https://example.org/a.md"), None);
        assert_eq!(chapter.resolve("#a"), None);
        assert_eq!(chapter.resolve("../../../a.md").as_deref(), Some("../../../../a.md"));
    }
}
