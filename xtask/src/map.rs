//! What ARCHITECTURE.md says that a command can compare with the tree: how many packages there are
//! of each kind, and who touches atomics.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The table of packages: a row has a pattern of folders, a number, and the reason of the kind.
const MARKS: (&str, &str) = ("<!-- packages:begin -->", "<!-- packages:end -->");
/// Where atomics are named, so that loom can take their place.
const ATOMICS: &str = "prototypes/kernel/src/sync.rs";

/// ARCHITECTURE.md with the numbers of the tree in its table of packages, and the packages that no
/// row has.
///
/// # Errors
/// When ARCHITECTURE.md or a manifest cannot be read, or the table has lost its marks.
pub(crate) fn packages(root: &Path, files: &[PathBuf]) -> Result<(PathBuf, String, Vec<String>)> {
    let path = root.join("ARCHITECTURE.md");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let lost = "ARCHITECTURE.md has lost the marks of its table of packages";
    let (before, rest) = text.split_once(MARKS.0).context(lost)?;
    let (table, after) = rest.split_once(MARKS.1).context(lost)?;
    let mut left = Vec::new();
    for file in files.iter().filter(|file| file.ends_with("Cargo.toml")) {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        if text.lines().any(|line| line == "[package]") {
            let dir = file.parent().unwrap_or(root);
            left.push(dir.strip_prefix(root).unwrap_or(dir).to_string_lossy().into_owned());
        }
    }
    let table = counted(table, &mut left);
    Ok((path, format!("{before}{}{table}{}{after}", MARKS.0, MARKS.1), left))
}

/// The table with the number of folders that each row has. A folder belongs to the first row that
/// fits; those of no row are left.
fn counted(table: &str, left: &mut Vec<String>) -> String {
    let mut text = String::new();
    for line in table.split_inclusive('\n') {
        let cells: Vec<&str> = line.split('|').collect();
        let [first, patterns, _, why, last] = cells[..] else {
            text.push_str(line);
            continue;
        };
        let named: Vec<&str> = patterns.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            text.push_str(line);
            continue;
        }
        let before = left.len();
        left.retain(|dir| !named.iter().any(|pattern| fits(pattern, dir)));
        let found = before - left.len();
        text.push_str(&format!("{first}|{patterns}| {found} |{why}|{last}"));
    }
    text
}

/// Whether a folder is of a pattern, in which `*` stands for one name.
fn fits(pattern: &str, dir: &str) -> bool {
    let (pattern, dir): (Vec<&str>, Vec<&str>) = (split(pattern), split(dir));
    pattern.len() == dir.len() && pattern.iter().zip(dir).all(|(p, d)| *p == "*" || *p == d)
}

fn split(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

/// Sources of prototypes that name atomics of another place than the kernel's.
///
/// # Errors
/// When a source cannot be read.
pub(crate) fn atomics(root: &Path, files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let home = root.join("prototypes");
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.starts_with(&home)) {
        let name = file.strip_prefix(root).unwrap_or(file).to_string_lossy().into_owned();
        let source = name.ends_with(".rs") && name.contains("/src/");
        if !source || name == ATOMICS {
            continue;
        }
        let text = fs::read_to_string(file).with_context(|| name.clone())?;
        if names_atomics(&text) {
            found.push(file.clone());
        }
    }
    Ok(found)
}

/// Whether code that is no test names atomics of `core`, `std` or `portable_atomic`.
fn names_atomics(text: &str) -> bool {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().any(|line| {
        let line = line.split("//").next().unwrap_or_default();
        ["core::sync::atomic", "std::sync::atomic", "portable_atomic::"]
            .iter()
            .any(|path| line.contains(path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_and_a_folder_without_a_row_is_left() {
        let table = "\n| folders | packages | why |\n|---|---|---|\n| `a` | 7 | one |\n\
                     | `a/*`, `b/*/c` | 3 | two |\n";
        let mut left = ["a", "a/x", "b/y/c", "d"].map(str::to_owned).to_vec();
        let text = counted(table, &mut left);
        assert!(text.contains("| `a` | 1 | one |\n| `a/*`, `b/*/c` | 2 | two |\n"), "{text}");
        assert!(text.starts_with("\n| folders | packages | why |\n|---|---|---|\n"), "{text}");
        assert_eq!(left, ["d"]);
    }

    #[test]
    fn atomics_in_code_are_found_and_in_comments_and_tests_they_are_not() {
        assert!(names_atomics("use core::sync::atomic::AtomicU8;\n"));
        assert!(!names_atomics("// core::sync::atomic\nuse crate::sync::AtomicUsize;\n"));
        assert!(!names_atomics("#[cfg(test)]\nmod tests { use std::sync::atomic::AtomicU8; }\n"));
    }
}
