//! The invariants of ARCHITECTURE.md that a command can check.
//!
//! Each check is a function that returns findings; a finding names a file, what is wrong
//! and what repairs it. `--fix` writes the generated files and checks again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use proc_macro2::{TokenStream, TokenTree};

use crate::{generate, ids, imports, map, mounts, prose, widths};

/// Longest source file; ask yourself at half of it.
const MAX_LINES: usize = 500;
/// Data that the tool writes.
const GENERATED_DATA: [&str; 1] = ["rfc/history.toml"];
/// ARCHITECTURE.md is a map and stays one.
const MAX_ARCHITECTURE_LINES: usize = 250;

/// Check the invariants of ARCHITECTURE.md.
#[derive(Debug, Args)]
pub(crate) struct TidyArgs {
    /// Write the generated files instead of comparing them
    #[arg(long)]
    pub(crate) fix: bool,
}

/// One thing that is not as it should be.
#[derive(Debug)]
pub(crate) struct Finding {
    file: PathBuf,
    what: String,
}

/// Checks everything; with `fix`, regenerates first. Returns findings, one line each.
pub(crate) fn run(args: &TidyArgs, root: &Path) -> Result<Vec<String>> {
    if args.fix {
        // The mounts first: what links them is made from them.
        write(mounts::all(root)?)?;
        write(generate::all(root)?)?;
        let (map, text, _) = map::packages(root, &xtask_repo::tracked(root)?)?;
        write(vec![(map, text)])?;
    }
    let files = xtask_repo::tracked(root)?;
    let mut findings = generated_is_current(root)?;
    findings.extend(manifests(root, &files)?);
    findings.extend(unsafe_is_named(root, &files)?);
    findings.extend(sizes(root, &files)?);
    findings.extend(widths(&files)?);
    findings.extend(prose_is_plain(root, &files)?);
    findings.extend(mounts_have_designs(root)?);
    findings.extend(imports_run_one_way(root, &files)?);
    findings.extend(map_is_true(root, &files)?);
    findings.extend(pairs(root)?);
    findings.extend(traps_have_tests(root)?);
    findings.extend(ids_are_not_named(root, &files)?);
    let malformed = xtask_bench::Tree::at(root).err().map(|error| format!("{error:#}"));
    Ok(findings
        .into_iter()
        .map(|finding| {
            let file = finding.file.strip_prefix(root).unwrap_or(&finding.file);
            format!("{}: {}", file.display(), finding.what)
        })
        .chain(malformed.iter().flat_map(|text| text.lines()).map(str::to_owned))
        .collect())
}

/// Writes the files that differ.
fn write(files: Vec<generate::Generated>) -> Result<()> {
    for (path, text) in files {
        if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            fs::create_dir_all(path.parent().context("a file has a folder")?)?;
            fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// The numbers of ARCHITECTURE.md are those of the tree, and loom sees every atomic.
fn map_is_true(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let (file, text, left) = map::packages(root, files)?;
    let no_row = |dir: &String| format!("no row of its table of packages has {dir}; add one");
    let mut wrong: Vec<String> = left.iter().map(no_row).collect();
    if fs::read_to_string(&file)? != text {
        wrong.push("counts packages that are not there; run `cargo xtask tidy --fix`".to_owned());
    }
    let mut findings: Vec<Finding> =
        wrong.into_iter().map(|what| Finding { file: file.clone(), what }).collect();
    for file in map::atomics(root, files)? {
        let what = "names atomics of its own; take those of `kernel::sync`, which loom sees".into();
        findings.push(Finding { file, what });
    }
    Ok(findings)
}

/// No file imports from one that imports from it, and none from a floor above its own.
fn imports_run_one_way(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let wrong = imports::check(root, files)?;
    Ok(wrong.into_iter().map(|(file, what)| Finding { file, what }).collect())
}

/// Every mount is one that a design's folder asks for.
fn mounts_have_designs(root: &Path) -> Result<Vec<Finding>> {
    let what = "no design has this mount; remove the folder, or restore what it mounted";
    let found = mounts::left_over(root)?.into_iter();
    Ok(found.map(|file| Finding { file, what: what.to_owned() }).collect())
}

/// The tool knows no design, crate or runtime by its id: lists come from the tree's files, so
/// that what is new needs no change of the tool.
fn ids_are_not_named(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let known = ids::all(root)?;
    let mut findings = Vec::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(file).to_string_lossy().into_owned();
        let code = name.starts_with("xtask/") && name.ends_with(".rs");
        if !code || ids::is_test(&name) || ids::MAY_NAME.iter().any(|(it, _)| *it == name) {
            continue;
        }
        let text = fs::read_to_string(file).with_context(|| name.clone())?;
        for (line, id) in ids::named(&text, &known) {
            let what = format!(
                "line {line} names `{id}`: read design.toml, peer.toml or \
                 prototypes/runtimes/runtimes.toml instead"
            );
            findings.push(Finding { file: file.clone(), what });
        }
    }
    Ok(findings)
}

fn generated_is_current(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (file, text) in generate::all(root)? {
        if fs::read_to_string(&file).ok().as_deref() != Some(&text) {
            let what = "differs from what the tree generates; run `cargo xtask tidy --fix`".into();
            findings.push(Finding { file, what });
        }
    }
    Ok(findings)
}

/// Who may depend on whom, and that every package follows the workspace.
fn manifests(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.ends_with("Cargo.toml")) {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let manifest: toml::Table = text.parse().with_context(|| file.display().to_string())?;
        let Some(package) = manifest.get("package").and_then(toml::Value::as_table) else {
            continue;
        };
        let relative = file.strip_prefix(root).unwrap_or(file);
        let area = relative.to_string_lossy().into_owned();
        if !area.starts_with("workloads/targets/cortex-m4") {
            let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
            if lints.and_then(toml::Value::as_bool) != Some(true) {
                findings.push(Finding {
                    file: file.clone(),
                    what: "does not take the workspace's lints; add `[lints] workspace = true`"
                        .into(),
                });
            }
        }
        let name = package.get("name").and_then(toml::Value::as_str).unwrap_or_default();
        for dependency in dependencies(&manifest) {
            if let Some(rule) = forbidden(&area, &dependency) {
                findings.push(Finding {
                    file: file.clone(),
                    what: format!("`{name}` depends on `{dependency}`: {rule}"),
                });
            }
        }
    }
    Ok(findings)
}

/// Names of the packages that a manifest depends on, renamed ones by their package.
/// Development dependencies may cross boundaries: they are not part of what is measured.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let Some(table) = manifest.get("dependencies").and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    table
        .iter()
        .map(|(name, value)| {
            let package = value.get("package").and_then(toml::Value::as_str);
            package.unwrap_or(name).to_owned()
        })
        .collect()
}

/// The rule that a dependency breaks, if it does.
fn forbidden(area: &str, dependency: &str) -> Option<&'static str> {
    let measured = ["contract", "kernel"].contains(&dependency)
        || ["design-", "suite-", "idiomatic-", "expert-", "peer-", "runner-"]
            .iter()
            .any(|prefix| dependency.starts_with(prefix));
    let workload = ["suite-", "idiomatic-", "expert-", "peer-", "runner-"]
        .iter()
        .any(|prefix| dependency.starts_with(prefix));
    match area {
        _ if area == "workloads/contract/Cargo.toml" => Some("the contract depends on nothing"),
        _ if area.starts_with("xtask/") && measured => {
            Some("the tool links nothing that it measures")
        }
        _ if area.starts_with("prototypes/") && workload => Some("a design knows no workload"),
        _ if area.starts_with("workloads/mounts/") && dependency.starts_with("runner-") => {
            Some("a workload knows no target")
        }
        _ => None,
    }
}

/// `unsafe` stands only in files that ARCHITECTURE.md lists between its marks.
fn unsafe_is_named(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let map = root.join("ARCHITECTURE.md");
    let text = fs::read_to_string(&map).with_context(|| map.display().to_string())?;
    let listed: Vec<&str> = text
        .split_once("<!-- unsafe:begin -->")
        .and_then(|(_, rest)| rest.split_once("<!-- unsafe:end -->"))
        .map(|(block, _)| block.split('`').skip(1).step_by(2).collect())
        .context("ARCHITECTURE.md has lost its list of files that may hold unsafe code")?;
    let allowed = |file: &str| {
        listed.iter().any(|entry| match entry.strip_suffix('*') {
            Some(prefix) => file.starts_with(prefix),
            None => *entry == file,
        })
    };
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let relative = file.strip_prefix(root).unwrap_or(file).to_string_lossy().into_owned();
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        if !allowed(&relative) && has_unsafe(&text).with_context(|| relative.clone())? {
            let what = "has `unsafe` and is not listed in ARCHITECTURE.md".into();
            findings.push(Finding { file: file.clone(), what });
        }
    }
    Ok(findings)
}

/// Whether the word stands in code: not in a comment, not inside a string.
fn has_unsafe(text: &str) -> Result<bool> {
    if !text.contains("unsafe") {
        return Ok(false);
    }
    let tokens: TokenStream = text.parse().map_err(|error| anyhow!("{error}"))?;
    Ok(says_unsafe(tokens))
}

fn says_unsafe(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => says_unsafe(group.stream()),
        TokenTree::Ident(word) => word == "unsafe",
        _ => false,
    })
}

fn sizes(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files {
        let limit = if file == &root.join("ARCHITECTURE.md") {
            MAX_ARCHITECTURE_LINES
        } else if file.extension().is_some_and(|extension| extension == "rs") {
            MAX_LINES
        } else {
            continue;
        };
        let lines = fs::read_to_string(file)?.lines().count();
        if lines > limit {
            let what = format!("has {lines} lines, at most {limit} are allowed");
            findings.push(Finding { file: file.clone(), what });
        }
    }
    Ok(findings)
}

fn widths(files: &[PathBuf]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let name = || file.display().to_string();
        let text = fs::read_to_string(file).with_context(name)?;
        for line in widths::too_long(&text).with_context(name)? {
            let what =
                format!("line {line} has more than {} columns; break it", widths::MAX_COLUMNS);
            findings.push(Finding { file: file.clone(), what });
        }
    }
    Ok(findings)
}

/// What is written by hand speaks of code as of code, a sentence a line. Records, and pages and
/// lists that the tool writes, are left alone.
fn prose_is_plain(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(file).display().to_string();
        if name.starts_with("reports/data/") || GENERATED_DATA.contains(&name.as_str()) {
            continue;
        }
        let read = || fs::read_to_string(file).with_context(|| file.display().to_string());
        let lines = match file.extension().and_then(|ending| ending.to_str()) {
            Some("rs") => prose::of_source(&read()?),
            Some("toml") => prose::of_data(&read()?),
            Some("md") => prose::of_page(&read()?),
            _ => continue,
        };
        let finding =
            |(line, what)| Finding { file: file.clone(), what: format!("line {line} {what}") };
        findings.extend(lines.into_iter().map(finding));
    }
    Ok(findings)
}

/// Every workload has both files and the right id; every design its folder's id.
fn pairs(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let suite = root.join("workloads/suite");
    for entry in fs::read_dir(&suite)? {
        let file = entry?.path();
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let known = file.extension().is_some_and(|e| e == "rs" || e == "toml");
        // An editor's own files are no workloads.
        if stem == "lib" || stem.starts_with('.') || !known {
            continue;
        }
        for other in ["rs", "toml"] {
            if !suite.join(format!("{stem}.{other}")).exists() {
                let what = format!("has no `{stem}.{other}` beside it");
                findings.push(Finding { file: file.clone(), what });
            }
        }
        if file.extension().is_some_and(|extension| extension == "toml") {
            findings.extend(id_is(&file, &stem.replace('_', "-"))?);
        }
    }
    for entry in fs::read_dir(root.join("prototypes"))? {
        let dir = entry?.path();
        let file = dir.join("design.toml");
        if file.exists() {
            findings.extend(id_is(&file, &dir.file_name().unwrap_or_default().to_string_lossy())?);
        }
    }
    Ok(findings)
}

fn id_is(file: &Path, expected: &str) -> Result<Option<Finding>> {
    let table: toml::Table =
        fs::read_to_string(file)?.parse().with_context(|| file.display().to_string())?;
    let id = table.get("id").and_then(toml::Value::as_str).unwrap_or_default();
    Ok((id != expected).then(|| Finding {
        file: file.to_owned(),
        what: format!("says id `{id}`, its name says `{expected}`"),
    }))
}

/// A trap that a DESIGN.md says is tested by `tNN_…` has a test of that name.
fn traps_have_tests(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for entry in fs::read_dir(root.join("prototypes"))? {
        let dir = entry?.path();
        let file = dir.join("DESIGN.md");
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let mut tests = String::new();
        let homes = [root.join("prototypes"), root.join("workloads/conformance")];
        for path in xtask_repo::tracked(root)?
            .iter()
            .filter(|path| homes.iter().any(|home| path.starts_with(home)))
        {
            tests.push_str(&path.to_string_lossy());
            if path.extension().is_some_and(|extension| extension == "rs") {
                tests.push_str(&fs::read_to_string(path)?);
            }
        }
        for name in text.split('`').skip(1).step_by(2).filter(|name| is_trap_test(name)) {
            if !tests.contains(name) {
                let what = format!("names the test `{name}`, which does not exist");
                findings.push(Finding { file: file.clone(), what });
            }
        }
    }
    Ok(findings)
}

fn is_trap_test(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() > 4
        && bytes[0] == b't'
        && bytes[1..3].iter().all(u8::is_ascii_digit)
        && bytes[3] == b'_'
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_that_must_not_be_crossed() {
        assert!(forbidden("workloads/contract/Cargo.toml", "serde").is_some());
        assert!(forbidden("xtask/report/Cargo.toml", "kernel").is_some());
        assert!(forbidden("xtask/Cargo.toml", "design-poll").is_some());
        assert!(forbidden("prototypes/poll/Cargo.toml", "suite-poll").is_some());
        assert!(forbidden("prototypes/scoped/Cargo.toml", "design-poll").is_none());
        assert!(forbidden("xtask/report/Cargo.toml", "record").is_none());
    }

    #[test]
    fn unsafe_is_a_word_of_code() {
        let says = |text: &str| has_unsafe(text).expect("tokens");
        assert!(says("let x = unsafe { y };"));
        assert!(says("#[unsafe(no_mangle)] fn x() {}"));
        assert!(!says("// unsafe { y }"));
        assert!(!says("let unsafe_code = \"a\nunsafe {}\";"));
    }

    #[test]
    fn trap_tests_are_recognised_by_their_name() {
        assert!(is_trap_test("t09_scope_dropped_by_its_own_child"));
        assert!(!is_trap_test("task_fn"));
        assert!(!is_trap_test("t9_x"));
    }
}
