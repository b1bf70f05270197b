//! What a page may not exceed, so that it is read.
//!
//! Measured on the finished Markdown, so hand-written pages are measured as well.

use std::path::Path;

use anyhow::Result;
use xtask_judge::history::{MOST, bytes_of_reports};

use crate::page::GENERATED;
use crate::table::plain;

/// Lines of a page.
const LINES: usize = 250;
/// Lines of all pages outside of folders.
const ALL_LINES: usize = 3000;
/// Columns of a table that is not folded.
const COLUMNS: usize = 8;
/// Characters of a cell of such a table.
pub(crate) const CELL: usize = 24;
/// Characters of an alternative text.
pub(crate) const ALT: usize = 250;

/// One thing that exceeds its bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) page: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.page, self.line, self.what)
    }
}

/// Everything on these pages that exceeds a bar. Pages are named as in their folder.
pub(crate) fn faults<'a>(pages: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut all = 0;
    for (name, text) in pages {
        if !name.contains('/') {
            all += text.lines().count();
        }
        faults.extend(of_page(name, text));
    }
    if all > ALL_LINES {
        let what = format!("all pages together have {all} lines, at most {ALL_LINES}");
        faults.push(Fault { page: "reports".to_owned(), line: 0, what });
    }
    faults
}

/// That a clone would have to carry more than it is asked to, which is mostly records.
pub(crate) fn of_folder(root: &Path) -> Result<Option<Fault>> {
    let bytes = bytes_of_reports(root)?;
    let what = format!(
        "all together have {bytes} bytes, at most {MOST}; `cargo xtask rfc prune` removes \
         records that judge no more"
    );
    Ok((bytes > MOST).then(|| Fault { page: String::new(), line: 0, what }))
}

fn of_page(name: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| {
        faults.push(Fault { page: name.to_owned(), line, what });
    };
    let count = text.lines().count();
    if count > LINES {
        fault(count, format!("the page has {count} lines, at most {LINES}"));
    }
    let mut folded = 0_usize;
    let mut code = false;
    let mut table = Open::default();
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        if line.starts_with("```") {
            code = !code;
        }
        folded += line.matches("<details>").count();
        folded = folded.saturating_sub(line.matches("</details>").count());
        if let Some(alt) = alt(line).filter(|alt| alt.chars().count() > ALT) {
            let length = alt.chars().count();
            fault(at, format!("an alternative text of {length} characters, at most {ALT}"));
        }
        if code || folded > 0 || !line.starts_with('|') {
            table = Open::default();
        } else if let Some(what) = table.row(line, text.starts_with(GENERATED)) {
            fault(at, what);
        }
    }
    faults
}

/// A table that is being read.
#[derive(Debug, Default)]
struct Open {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Open {
    /// Takes a line of the table; answers what is wrong with it.
    fn row(&mut self, line: &str, generated: bool) -> Option<String> {
        let cells = cells(line);
        if cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| "-: ".contains(c))) {
            return None;
        }
        let wide = cells.iter().find(|cell| width(cell) > CELL).cloned();
        let first = self.head.is_empty();
        if first {
            self.head.clone_from(&cells);
            if cells.len() > COLUMNS {
                return Some(format!("a table of {} columns, at most {COLUMNS}", cells.len()));
            }
        }
        if let Some(cell) = wide.filter(|_| generated) {
            let (width, shown) = (width(&cell), plain(&cell));
            return Some(format!("a cell of {width} characters, at most {CELL}: `{shown}`"));
        }
        if first || !generated {
            return None;
        }
        let form = self.head.iter().position(|head| head == "form")?;
        let mut rest = cells;
        let who = (form < rest.len()).then(|| rest.remove(form))?;
        if self.rows.contains(&rest) {
            return Some(format!("a row that is equal to another but for its form: {who}"));
        }
        self.rows.push(rest);
        None
    }
}

/// Characters that a reader sees; the longest line where a cell has several.
fn width(cell: &str) -> usize {
    cell.split("<br>").map(|line| visible(line).chars().count()).max().unwrap_or(0)
}

/// Text of a cell without marks of code and emphasis and without addresses.
fn visible(cell: &str) -> String {
    let mut text = String::new();
    let mut rest = cell.trim();
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let link =
            after.split_once("](").and_then(|(label, tail)| Some((label, tail.split_once(')')?.1)));
        rest = match link {
            Some((label, tail)) => {
                text.push_str(label);
                tail
            }
            None => after,
        };
    }
    text.push_str(rest);
    text.retain(|c| c != '`' && c != '*');
    text
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|').replace("\\|", "¦");
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

fn alt(line: &str) -> Option<&str> {
    line.split_once("<img alt=\"")?.1.split_once('"').map(|(alt, _)| alt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> String {
        format!("{GENERATED}\n\n# T\n\n{body}\n")
    }

    fn found(body: &str) -> Vec<String> {
        let text = page(body);
        faults([("p.md", text.as_str())]).iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = "| form | a |\n| --- | ---: |\n| `x` | 1 |\n| `y` | 2 |\n";

    #[test]
    fn a_page_within_its_bars_has_no_fault() {
        assert_eq!(found(GOOD), Vec::<String>::new());
    }

    #[test]
    fn everything_is_measured_but_local_runs() {
        for (folder, faults) in [("local", 0), ("plots", 1), ("data", 1)] {
            let dir = tempfile::tempdir().expect("a folder");
            let folder = dir.path().join("reports").join(folder);
            std::fs::create_dir_all(&folder).expect("a folder");
            let file = std::fs::File::create(folder.join("run.json")).expect("a file");
            file.set_len(MOST + 1).expect("a length without its bytes");
            let found = of_folder(dir.path()).expect("measured");
            assert_eq!(found.iter().count(), faults, "{found:?}");
        }
    }

    #[test]
    fn each_bar_names_page_line_and_excess() {
        let long = "x\n".repeat(LINES);
        assert!(
            found(&long)[0].starts_with("p.md:255: the page has 255 lines"),
            "{:?}",
            found(&long)
        );
        let wide = format!("|{}\n|{}\n", " a |".repeat(9), " --- |".repeat(9));
        assert_eq!(found(&wide), ["p.md:5: a table of 9 columns, at most 8"]);
        let cell = format!("| form |\n| --- |\n| {} |\n", "x".repeat(25));
        assert!(found(&cell)[0].starts_with("p.md:7: a cell of 25 characters, at most 24"));
        let equal = format!("{GOOD}| `z` | 2 |\n");
        assert_eq!(found(&equal), ["p.md:9: a row that is equal to another but for its form: `z`"]);
        let alt = format!("<img alt=\"{}\" src=\"x.svg\">\n", "x".repeat(251));
        assert_eq!(found(&alt), ["p.md:5: an alternative text of 251 characters, at most 250"]);
    }

    #[test]
    fn what_is_folded_or_code_may_be_wide_and_addresses_do_not_count() {
        let wide = format!("|{}\n|{}\n", " a |".repeat(9), " --- |".repeat(9));
        assert!(found(&format!("<details>\n\n{wide}\n</details>\n")).is_empty());
        assert!(found(&format!("```text\n{wide}```\n")).is_empty());
        let link = format!("| form |\n| --- |\n| [short]({}) |\n", "x".repeat(60));
        assert!(found(&link).is_empty());
        assert!(!found(&format!("<details>\n</details>\n\n{wide}\n")).is_empty(), "after a fold");
    }

    #[test]
    fn pages_together_have_a_bar_and_those_in_folders_are_not_counted() {
        let text = page(&"x\n".repeat(200));
        let names: Vec<String> = (0..16).map(|at| format!("{at}.md")).collect();
        let many = faults(names.iter().map(|name| (name.as_str(), text.as_str())));
        assert_eq!(many.len(), 1, "{many:?}");
        assert!(many[0].what.starts_with("all pages together have 3280 lines"), "{many:?}");
        let inside: Vec<String> = names.iter().map(|name| format!("hazards/{name}")).collect();
        assert!(faults(inside.iter().map(|name| (name.as_str(), text.as_str()))).is_empty());
    }
}
