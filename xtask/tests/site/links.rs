//! Every link leads somewhere within the site, and the site is small.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::{files, pages, site};

/// Of all that is published.
const BYTES: u64 = 2_000_000;

/// The values of an attribute in a page.
fn attributes<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let parts = text.split(mark).skip(1);
    parts.filter_map(|rest| rest.split_once('"').map(|(value, _)| value)).collect()
}

fn decoded(text: &str) -> String {
    text.replace("&amp;", "&").replace("%20", " ").replace("%2E", ".").replace("&#x3D;", "=")
}

#[test]
fn every_link_resolves() {
    let pages = pages();
    let anchors: BTreeMap<&PathBuf, BTreeSet<&str>> = pages
        .iter()
        .map(|(path, text)| (path, attributes(text, " id=\"").into_iter().collect()))
        .collect();
    let home = site().canonicalize().expect("a folder");
    // This folder alone is published.
    let published = |path: PathBuf| {
        let path = path.canonicalize().ok()?;
        path.strip_prefix(&home).ok().map(|below| site().join(below))
    };
    let mut broken = Vec::new();
    let mut checked = 0;
    for (path, text) in &pages {
        let mut links: Vec<String> = Vec::new();
        for mark in ["href=\"", " src=\"", "srcset=\""] {
            links.extend(attributes(text, mark).into_iter().map(decoded));
        }
        for link in links {
            let outside = link.contains("://") || link.starts_with("mailto:");
            // What mdBook's page for missing addresses names is relative to a server.
            if outside || link.starts_with("data:") || path.ends_with("404.html") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let file = match file {
                "" => Some(path.clone()),
                file => published(path.parent().expect("a folder").join(file)),
            };
            checked += 1;
            let here =
                || format!("{}: {link}", path.strip_prefix(site()).unwrap_or(path).display());
            let Some(file) = file else {
                broken.push(here());
                continue;
            };
            if let Some(known) = anchors.get(&file) {
                // The comparison pages keep their state there.
                let state = anchor.contains('=');
                if !anchor.is_empty() && !state && !known.contains(anchor) {
                    broken.push(here());
                }
            }
        }
    }
    assert!(checked > 1000, "{checked} links were found");
    assert!(broken.is_empty(), "{} of {checked}:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn all_that_is_published_is_small() {
    let size = |path: &PathBuf| fs::metadata(path).expect("a file").len();
    let bytes: u64 = files("").iter().map(size).sum();
    assert!(bytes < BYTES, "the site has {bytes} bytes");
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    for (path, text) in pages() {
        for mark in [" src=\"", "<link rel=\"stylesheet\" href=\"", "srcset=\""] {
            for link in attributes(&text, mark) {
                assert!(!link.contains("//"), "{}: {link}", path.display());
            }
        }
    }
}

#[test]
fn every_picture_says_what_it_shows() {
    let mut pictures = 0;
    for (path, text) in pages() {
        for picture in text.split("<img").skip(1) {
            let tag = picture.split('>').next().unwrap_or_default();
            let alt = attributes(tag, "alt=\"").first().copied().unwrap_or_default();
            assert!(alt.len() > 20, "{}: a picture without words: {tag}", path.display());
            pictures += 1;
        }
    }
    assert!(pictures > 0);
}
