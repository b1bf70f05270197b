//! A generated page under construction.
//!
//! Every page has the same grammar: a title that asks or names what is compared, the answer
//! with measured values, one figure, one table, details folded, and a last line that names
//! the record and the command that repeats it. [`crate::limits`] measures it.
//!
//! Links say where they lead from: `root:` the tree, `reports:` the hand-written pages,
//! `page:` the folder of the generated pages. [`Page::files`] makes them relative.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::book::{Book, Sheet};
use crate::claims::Claims;
use crate::limits::GENERATED;
use crate::not_built::NotBuilt;
use crate::pages::bars::Bar;
use crate::plot::Figure;
use crate::predict::Predictions;
use crate::sources::Sources;
use crate::stories::Stories;
use crate::suite::Suite;
use crate::table::{Table, plural};

/// What pages are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) book: &'a Book,
    pub(crate) suite: &'a Suite,
    pub(crate) predictions: &'a Predictions,
    pub(crate) stories: &'a Stories,
    pub(crate) claims: &'a Claims,
    pub(crate) sources: &'a Sources,
    pub(crate) bars: &'a [Bar],
    pub(crate) not_built: &'a NotBuilt,
}

/// One page with the tables and figures on it.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// File name without `.md`; a slash where it lies in a folder.
    pub(crate) name: String,
    pub(crate) title: String,
    /// The answer in one line, for pages that list this one.
    pub(crate) summary: String,
    body: String,
    pub(crate) tables: Vec<Table>,
    figures: Vec<Figure>,
}

impl Page {
    pub(crate) fn new(name: &str, title: &str) -> Page {
        Page {
            name: name.to_owned(),
            title: title.to_owned(),
            summary: String::new(),
            body: format!("{GENERATED}\n\n# {title}\n"),
            tables: Vec::new(),
            figures: Vec::new(),
        }
    }

    /// The first lines: what was found, with values.
    pub(crate) fn answer(&mut self, text: &str) {
        self.summary = text.lines().next().unwrap_or_default().to_owned();
        self.text(text);
    }

    /// A heading below the title.
    pub(crate) fn heading(&mut self, text: &str) {
        let _ = write!(self.body, "\n## {text}\n");
    }

    /// A paragraph, one sentence per line.
    pub(crate) fn text(&mut self, text: &str) {
        if !text.trim().is_empty() {
            let _ = write!(self.body, "\n{}\n", text.trim_end());
        }
    }

    pub(crate) fn table(&mut self, table: Table) {
        self.text(&table.markdown());
        self.tables.push(table);
    }

    pub(crate) fn figure(&mut self, figure: Figure) {
        self.text(&figure.markdown());
        self.figures.push(figure);
    }

    /// Text that folds away.
    pub(crate) fn fold(&mut self, summary: &str, text: &str) {
        let _ = write!(
            self.body,
            "\n<details>\n<summary>{summary}</summary>\n\n{}\n\n</details>\n",
            text.trim_end()
        );
    }

    /// A table of many rows that folds away, with what is to be said of it.
    pub(crate) fn fold_table(&mut self, summary: &str, table: Table, notes: &str) {
        if table.is_empty() {
            return;
        }
        self.fold(summary, &format!("{}\n{notes}", table.markdown()));
        self.tables.push(table);
    }

    /// The last line: the record, and the command that measures it again.
    pub(crate) fn end(&mut self, sheet: &Sheet, workload: &str) {
        self.text(&provenance(sheet, workload));
    }

    /// The page and its figures by path relative to the folder of the pages. `home` leads
    /// from there to the hand-written pages, which stand beside the committed ones only.
    pub(crate) fn files(&self, home: &str, into: &mut BTreeMap<String, String>) {
        let up = "../".repeat(self.name.matches('/').count());
        let body = self
            .body
            .replace("](root:", &format!("]({up}{home}../"))
            .replace("](reports:", &format!("]({up}{home}"))
            .replace("](page:", &format!("]({up}"))
            .replace("\"page:", &format!("\"{up}"));
        into.insert(format!("{}.md", self.name), body);
        for figure in &self.figures {
            figure.files(into);
        }
    }
}

/// `Record …; again: …`.
fn provenance(sheet: &Sheet, workload: &str) -> String {
    let run = &sheet.run;
    let launches = plural(usize::try_from(run.launches).unwrap_or(0), "launch", "launches");
    let dirty = if run.dirty { ", from a tree that differed from its revision" } else { "" };
    let filter = match workload {
        "" => String::new(),
        id => format!(" --workload {id}"),
    };
    format!(
        "Record [{}](page:{}), profile {}, {launches}{dirty}; again: `{}`.",
        sheet.name,
        sheet.link,
        run.profile,
        again(run, &filter)
    )
}

/// The command that makes a record again, or the part of it that a filter leaves.
pub(crate) fn again(run: &record::Run, filter: &str) -> String {
    let peers = if run.argv.iter().any(|word| word == "--peers") { " --peers" } else { "" };
    format!("cargo xtask bench --target {}{filter} --profile {}{peers}", run.target, run.profile)
}
