//! One screen: a row per hazard, a column per design.

use std::collections::BTreeMap;

use record::{CellKey, Role};

use super::entry::copied;
use super::hazard::{Hazard, TARGET, outcome};
use super::predicted;
use crate::book::Cell;
use crate::column::{Column, Kind};
use crate::counts::Counts;
use crate::outcome::{Grown, Shown};
use crate::page::{Page, Source};
use crate::roster::Family;
use crate::table::Table;

/// Columns of forms, so that the name of the hazard makes it eight.
const FORMS: usize = 7;
/// Rows that the README shows.
pub(crate) const README_ROWS: usize = 8;

const LEGEND: &str = "\
● the hazard fires, with what was counted of what could be; *deadlock*: nothing could move any more.
○ it does not. ⇄ it does not, and something else grew against the form in which it does. ✗ the \
compiler refuses the program, with its code. – no such program, or not measured yet.
*idiom*, *expert*: the form that a user of the design, or an expert who knows the trap, writes \
instead.
† the source marks a step with `shield`, which does nothing where cancelling drops a future at \
once. ≠ predicted otherwise.";

/// Everything that the overview shows, for a page, a README and a terminal.
#[derive(Clone, Debug)]
pub(crate) struct Overview {
    pub(crate) table: Table,
    /// The answer in sentences.
    pub(crate) answer: String,
    /// What the signs mean.
    pub(crate) legend: &'static str,
}

/// Writes the page.
pub(super) fn page(source: Source<'_>, hazards: &[Hazard<'_>]) -> Page {
    let mut page = Page::new("hazards", "Which hazards fire in which design?");
    let Some(first) = hazards.first() else {
        page.answer(&source.book.why_missing(TARGET));
        return page;
    };
    let overview = Overview::of(source, hazards, usize::MAX);
    page.answer(&overview.answer);
    page.table(overview.table);
    page.text(overview.legend);
    page.text(
        "Each name leads to its page: all forms with source, counts, price, schedules, \
            predictions and claims. What each design is: [designs](root:rfc/designs.md).\n\
         Outcomes are read from what the environment saw ([METHOD.md](reports:METHOD.md)); \
         reasons to distrust them: [BIAS.md](reports:BIAS.md).",
    );
    page.end(first.sheet, "");
    page
}

/// The form of a design that stands in a hazard's row.
struct Form {
    column: Column,
    key: CellKey,
}

impl Overview {
    /// Over the first so many hazards.
    pub(crate) fn of(source: Source<'_>, hazards: &[Hazard<'_>], rows: usize) -> Overview {
        let designs = designs(source, hazards);
        let head = std::iter::once("hazard".to_owned()).chain(designs.iter().map(|it| it.head()));
        let mut table = Table::new("hazards", head);
        let mut fires: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
        for hazard in hazards.iter().take(rows) {
            let name = format!("[{}](page:hazards/{}.md)", hazard.name(source), hazard.id);
            let mut row = vec![name];
            for design in &designs {
                let form = form(source, hazard, &design.id);
                let entry = fires.entry(&design.id).or_default();
                if let Some(form) = &form {
                    let shown = hazard.outcome(source, &form.key);
                    entry.0 += usize::from(shown.fires());
                    entry.1 += usize::from(shown.is_known());
                    entry.2 += usize::from(matches!(shown, Shown::Inexpressible(..)));
                }
                row.push(form.map_or("–".to_owned(), |form| cell(source, hazard, &form)));
            }
            table.row(row);
        }
        let answer = answer(&designs, &fires, hazards.len().min(rows));
        Overview { table, answer, legend: LEGEND }
    }
}

impl Overview {
    /// For the README, from whose folder the pages lie in `reports`.
    pub(crate) fn front(&self) -> String {
        let table = self.table.markdown().replace("](page:", "](reports/");
        format!("{table}\n{}\n", self.legend)
    }
}

/// How many hazards fire where, as a sentence.
fn answer(
    designs: &[Design],
    fires: &BTreeMap<&str, (usize, usize, usize)>,
    rows: usize,
) -> String {
    let part = |design: &Design| {
        let (fired, known, refused) = fires.get(design.id.as_str()).copied().unwrap_or_default();
        let refused = if refused > 0 { format!(" ({refused} refused)") } else { String::new() };
        format!("{fired} of {known} in {}{refused}", design.head())
    };
    let parts: Vec<String> = designs.iter().map(part).collect();
    format!(
        "Of {} hazards, each one program for all designs, these fire as written: {}.\n\
         A step that the program marks with `shield` (†) is kept only where cancelling does not \
         drop a future at once; without the mark those designs lose what the others lose.\n\
         All run on a simulated clock or on loopback sockets; they show what can happen and not \
         how often it does.",
        rows,
        parts.join(", ")
    )
}

/// A column of the overview.
struct Design {
    id: String,
    peer: bool,
}

impl Design {
    fn head(&self) -> String {
        if self.peer { self.id.clone() } else { format!("`{}`", self.id) }
    }
}

/// Designs in their order, then the crates that have most of the hazards.
fn designs(source: Source<'_>, hazards: &[Hazard<'_>]) -> Vec<Design> {
    let mut found: BTreeMap<String, (Column, usize)> = BTreeMap::new();
    for hazard in hazards {
        let mut here: Vec<Column> = hazard.sheet.columns(hazard.id).into_iter().collect();
        here.dedup_by(|a, b| a.design == b.design);
        here.retain(|column| !column.is_peer() || form(source, hazard, &column.design).is_some());
        for column in here {
            found.entry(column.design.clone()).or_insert((column, 0)).1 += 1;
        }
    }
    let mut found: Vec<(Column, usize)> = found.into_values().collect();
    found.retain(|(column, _)| column.kind != Kind::Baseline);
    found.sort_by(|(a, few), (b, many)| {
        let peers =
            if a.is_peer() && b.is_peer() { many.cmp(few) } else { std::cmp::Ordering::Equal };
        a.kind.cmp(&b.kind).then(peers).then(a.cmp(b))
    });
    // One design stands for its family, so that a crate has room; the pages have all.
    let mut families = Vec::new();
    found.retain(|(column, _)| {
        let alone = column.kind != Kind::Design || column.family == Family::Other;
        let first = !families.contains(&column.family);
        if !alone && first {
            families.push(column.family);
        }
        alone || first
    });
    let design =
        |(column, _): (Column, usize)| Design { peer: column.is_peer(), id: column.design };
    found.into_iter().take(FORMS).map(design).collect()
}

/// The plain form of a design's first mode in the headline case.
fn form(source: Source<'_>, hazard: &Hazard<'_>, design: &str) -> Option<Form> {
    let case = hazard.headline(source)?;
    let wanted = hazard.story.map_or("", |story| story.runtime.as_str());
    let mut found: Vec<Form> = hazard
        .cells(Role::Hazard)
        .filter(|(key, _)| key.case == case && key.design == design)
        .map(|(key, _)| Form { column: hazard.sheet.column(key), key: key.clone() })
        .filter(|form| form.column.is_portable())
        .collect();
    let place = |form: &Form| {
        let runtime = !form.column.is_peer() && form.column.runtime != wanted && !wanted.is_empty();
        (runtime, form.column.mode_at, form.column.runtime_at)
    };
    found.sort_by_key(place);
    found.into_iter().next()
}

fn cell(source: Source<'_>, hazard: &Hazard<'_>, form: &Form) -> String {
    let shown = hazard.outcome(source, &form.key);
    let Some(cell) = hazard.sheet.cells.get(&form.key) else { return "–".to_owned() };
    let mut text = sign(&shown, cell, form.key.n);
    if hazard.is_shielded_in(source, &form.key.case, &form.column) {
        text.push_str(" †");
    }
    text.push_str(&rewritten(source, hazard, form));
    if predicted::differs(source, hazard, &form.column.design) {
        text.push_str(" ≠");
    }
    text
}

/// Sign and one number.
pub(crate) fn sign(shown: &Shown, cell: &Cell, n: u32) -> String {
    match shown {
        Shown::Occurs => format!("● {}", Counts::of_script(cell).short(n)),
        Shown::Absent => match copied(cell) {
            Some(share) => format!("○ {share} B/B copied"),
            None => "○".to_owned(),
        },
        Shown::Converted(grown) => {
            format!("⇄ {}", grown.first().map(Grown::short).unwrap_or_default())
        }
        shown => shown.label(),
    }
    .trim_end()
    .to_owned()
}

/// What becomes of the hazard in the form that replaces the plain one: the same case written
/// otherwise or, where there is none, cases that only the rewritten form has. A case that has a
/// plain form of its own is another program, and says nothing of this one.
fn rewritten(source: Source<'_>, hazard: &Hazard<'_>, form: &Form) -> String {
    let mut outcomes: BTreeMap<&str, Vec<(bool, char)>> = BTreeMap::new();
    for (key, _) in hazard.cells(Role::Hazard) {
        let column = hazard.sheet.column(key);
        let same = column.design == form.column.design && column.mode_at == form.column.mode_at;
        if same && !column.is_portable() {
            let shown = outcome(source, hazard.sheet, key);
            let entry = outcomes.entry(key.variant.as_str()).or_default();
            let sign = match shown {
                Shown::Converted(_) => '⇄',
                shown if shown.fires() => '●',
                _ => '○',
            };
            let is_same = key.case == form.key.case;
            let has_plain = hazard.cells(Role::Hazard).any(|(plain, _)| {
                plain.case == key.case && hazard.sheet.column(plain).is_portable()
            });
            if is_same || !has_plain {
                entry.push((is_same, sign));
            }
        }
    }
    for (variant, word) in [("idiomatic", "idiom"), ("expert", "expert")] {
        let Some(all) = outcomes.get(variant).filter(|all| !all.is_empty()) else { continue };
        let same: Vec<char> = all.iter().filter(|(same, _)| *same).map(|it| it.1).collect();
        let signs = if same.is_empty() { all.iter().map(|it| it.1).collect() } else { same };
        let worst = ['●', '⇄'].into_iter().find(|sign| signs.contains(sign)).unwrap_or('○');
        return format!("; {word} {worst}");
    }
    String::new()
}
