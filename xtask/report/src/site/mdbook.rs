//! Starts mdBook, the program that renders the pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use xtask_judge::BadInput;

/// The release whose markup the style of the site is written for.
pub const VERSION: &str = "0.5.2";
const BOOK: &str = "rfc/book.toml";

/// The command that installs it. Its server and its watcher are not needed.
pub const INSTALL: [&str; 9] = [
    "cargo",
    "install",
    "mdbook",
    "--locked",
    "--version",
    VERSION,
    "--no-default-features",
    "--features",
    "search",
];

/// What `mdbook --version` answers, if it is there: in the path, or where cargo installs.
#[must_use]
pub fn found() -> Option<(PathBuf, String)> {
    let name = format!("mdbook{}", std::env::consts::EXE_SUFFIX);
    let homes = [std::env::var_os("CARGO_HOME").map(PathBuf::from), home()];
    let installed = homes.into_iter().flatten().map(|dir| dir.join("bin").join(&name));
    std::iter::once(PathBuf::from(&name)).chain(installed).find_map(|program| {
        let output = Command::new(&program).arg("--version").output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some((program, said))
    })
}

fn home() -> Option<PathBuf> {
    Some(std::env::home_dir()?.join(".cargo"))
}

/// The program, of the release that the site is written for.
///
/// # Errors
/// A [`BadInput`] that names the command which installs it.
pub(crate) fn program() -> Result<PathBuf> {
    let again = "`cargo xtask report --open --install` installs it";
    match found() {
        Some((program, said)) if is_right(&said) => Ok(program),
        Some((_, said)) => {
            Err(BadInput(format!("mdbook is `{said}`, the site needs {VERSION}; {again}")).into())
        }
        None => Err(BadInput(format!("mdbook {VERSION} is missing; {again}")).into()),
    }
}

/// Whether an answer to `--version` is that of the release.
#[must_use]
pub fn is_right(said: &str) -> bool {
    said.trim_start_matches("mdbook").trim().trim_start_matches('v') == VERSION
}

/// The title of the RFC's own book.
///
/// # Errors
/// When its configuration cannot be read.
pub(super) fn title(root: &Path) -> Result<String> {
    Ok(word(&own(root)?, "title", "Async Rust"))
}

fn own(root: &Path) -> Result<toml::Table> {
    let own = fs::read_to_string(root.join(BOOK)).unwrap_or_default();
    toml::from_str(&own).with_context(|| BOOK.to_owned())
}

fn word(own: &toml::Table, key: &str, other: &str) -> String {
    let known = own.get("book").and_then(|book| book.get(key)).and_then(toml::Value::as_str);
    known.unwrap_or(other).to_owned()
}

/// `book.toml` of the site: title and language are those of the RFC's own. Folders of figures are
/// left out of the search: words are looked for in the text.
pub(super) fn config(root: &Path, out: &Path, unsearched: &[&str]) -> Result<String> {
    let own = own(root)?;
    let out = out.to_str().context("the path of the site is no text")?;
    let config = toml::toml! {
        [build]
        create-missing = false
        [output.html]
        default-theme = "light"
        preferred-dark-theme = "navy"
        no-section-label = true
        additional-css = ["assets/palette.css", "assets/site.css", "assets/compare.css"]
        additional-js = ["assets/site.js", "assets/lines.js"]
        hash-files = false
        sidebar-header-nav = false
        [output.html.fold]
        enable = true
        [output.html.print]
        enable = false
        [output.html.playground]
        runnable = false
        [output.html.search]
        limit-results = 20
        heading-split-level = 0
    };
    let mut config = config;
    let search = config.get_mut("output").and_then(|it| it.get_mut("html")?.get_mut("search"));
    if let Some(search) = search.and_then(toml::Value::as_table_mut) {
        let off = || toml::Table::from_iter([("enable".to_owned(), false.into())]);
        let off = unsearched.iter().map(|folder| ((*folder).to_owned(), off().into()));
        search.insert("chapter".to_owned(), toml::Table::from_iter(off).into());
    }
    let mut book = toml::Table::new();
    book.insert("title".to_owned(), word(&own, "title", "Async Rust").into());
    book.insert("language".to_owned(), word(&own, "language", "en").into());
    book.insert("src".to_owned(), "src".into());
    config.insert("book".to_owned(), book.into());
    if let Some(build) = config.get_mut("build").and_then(toml::Value::as_table_mut) {
        build.insert("build-dir".to_owned(), out.into());
    }
    toml::to_string(&config).context("the configuration of the book")
}

/// Renders a book.
///
/// # Errors
/// When mdbook cannot be started or refuses the book, with what it said.
pub(super) fn build(program: &Path, book: &Path) -> Result<()> {
    let output = Command::new(program)
        .arg("build")
        .arg(book)
        .output()
        .with_context(|| program.display().to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "mdbook cannot render {}:\n{said}", book.display());
    // A page that it leaves out is an error for a reader of the site.
    if let Some(line) = said.lines().find(|line| line.contains("ERROR")) {
        bail!("mdbook: {line}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_exact() {
        assert!(is_right(&format!("mdbook v{VERSION}")));
        assert!(!is_right("mdbook v0.4.52") && !is_right(""));
    }

    #[test]
    fn the_book_keeps_the_title_of_the_rfc() {
        let dir = tempfile::tempdir().expect("a folder");
        crate::write::write(&dir.path().join(BOOK), "[book]\ntitle = \"A \\\"B\\\"\"\n")
            .expect("writes");
        let text = config(dir.path(), Path::new("/tmp/x"), &["runs"]).expect("a configuration");
        let read: toml::Table = toml::from_str(&text).expect("TOML");
        assert_eq!(read["book"]["title"].as_str(), Some("A \"B\""));
        assert_eq!(read["build"]["build-dir"].as_str(), Some("/tmp/x"));
        let search = &read["output"]["html"]["search"]["chapter"];
        assert_eq!(search["runs"]["enable"].as_bool(), Some(false));
        assert_eq!(read["output"]["html"]["playground"]["runnable"].as_bool(), Some(false));
    }
}
