//! The page of one hazard: its story, all forms as rows, sources, predictions and claims.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Role};

use super::Hazard;
use super::overview::copied;
use super::predicted;
use crate::book::{Cell, Exact};
use crate::column::Column;
use crate::counts::{Counts, worst};
use crate::forms::Forms;
use crate::outcome::{Shown, share};
use crate::page::{Page, Source};
use crate::table::count;

/// What no such page can say.
const NOT_SHOWN: &str = "\
Not shown: how often this happens in production, and what an executor does that does not run \
tasks first in, first out.";

/// Rows above which the forms of the headline case stand alone and the others are folded.
const ROWS: usize = 40;

/// A cell with what a row says of it.
struct Entry<'a> {
    key: &'a CellKey,
    cell: &'a Cell,
    column: Column,
    shown: Shown,
}

/// Writes the page.
pub(super) fn page(source: Source<'_>, hazard: &Hazard<'_>) -> Page {
    let mut page = Page::new(&format!("hazards/{}", hazard.id), hazard.name(source));
    let story = hazard.story.map_or(String::new(), |it| it.story.trim().to_owned());
    page.answer(&format!("{story}\n{}", result(source, hazard)));
    if let Some(remedy) = hazard.story.map(|it| it.remedy.trim()).filter(|it| !it.is_empty()) {
        page.text(&format!("What an expert does: {remedy}\n{}", rewritten(source, hazard)));
    }
    forms(&mut page, source, hazard);
    page.text(&reasons(source, hazard));
    page.text(&shields(source, hazard));
    page.text(&replay(source, hazard));
    page.heading("Cases, sources, claims");
    page.text(&cases(source, hazard));
    page.text(&sources(source, hazard));
    let claims = source.claims.links(hazard.id);
    if !claims.is_empty() {
        page.text(&format!("Claims that read it: {}.", claims.join(", ")));
    }
    let predictions = predicted::sentences(source, hazard);
    if !predictions.is_empty() {
        page.heading("Predicted and measured");
        page.text(&predictions);
    }
    elsewhere(&mut page, source, hazard);
    page.text(&controls(source, hazard));
    page.text(NOT_SHOWN);
    page.text("All hazards beside each other: [hazards](page:hazards.md).");
    page.end(hazard.sheet, hazard.id);
    page
}

/// Forms that stand on the page: all where something happened, else those on our executor and
/// on the crates' own.
fn entries<'a>(source: Source<'a>, hazard: &'a Hazard<'a>) -> Vec<Entry<'a>> {
    let mut all: Vec<Entry<'_>> = hazard
        .cells(Role::Hazard)
        .filter(|(_, cell)| {
            !(cell.schedules.is_empty() && cell.trouble.is_none() && cell.values.is_empty())
        })
        .map(|(key, cell)| Entry {
            key,
            cell,
            column: hazard.sheet.column(key),
            shown: hazard.outcome(source, key),
        })
        .collect();
    all.retain(|entry| entry.column.kind != crate::column::Kind::Baseline);
    let place = |entry: &Entry<'_>| {
        let case = source.suite.position(hazard.id, &entry.key.case).0;
        (case, entry.key.case.clone(), entry.column.clone())
    };
    all.sort_by_key(place);
    all
}

/// Who has the hazard in its headline case, and who has not.
fn result(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let Some(case) = hazard.headline(source) else { return String::new() };
    let mut fires: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    let (mut absent, mut refused) = (Vec::new(), Vec::new());
    for entry in entries(source, hazard).into_iter().filter(|it| it.key.case == case) {
        match &entry.shown {
            shown if shown.fires() => {
                let counts = Counts::of_script(entry.cell);
                let stuck = if counts.stuck { "deadlock, " } else { "" };
                let words = format!("{stuck}{}", counts.words(entry.key.n));
                fires.entry(words).or_default().push(entry.column);
            }
            Shown::Absent | Shown::Converted(_) => absent.push(entry.column),
            Shown::Inexpressible(..) => refused.push(entry.column),
            _ => {}
        }
    }
    let name = source.stories.case(hazard.id, &case);
    let mut lines = Vec::new();
    let fired: Vec<String> =
        fires.iter().map(|(words, columns)| format!("{words} in {}", names(columns))).collect();
    match fired.as_slice() {
        [] => lines.push(format!("It fires in no form of the case *{name}*.")),
        all => lines.push(format!("In the case *{name}* it fires: {}.", all.join("; "))),
    }
    if !absent.is_empty() && !fired.is_empty() {
        lines.push(format!("It does not in {}.", names(&absent)));
    }
    if !refused.is_empty() {
        lines.push(format!("The compiler refuses it in {}.", names(&refused)));
    }
    lines.join("\n")
}

/// Names of forms in a sentence, without modes; forms on the runtimes of crates are left to
/// the table.
fn names(columns: &[Column]) -> String {
    let mut columns: Vec<&Column> = columns.iter().collect();
    columns.sort();
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for column in columns {
        if !column.ours && !column.is_peer() {
            continue;
        }
        let variant =
            if column.is_portable() { String::new() } else { format!(" ({})", column.variant) };
        let who = format!("`{}`{variant}", column.design);
        let place = if column.place().is_empty() { "" } else { column.runtime.as_str() };
        match found.iter_mut().find(|(known, _)| *known == who) {
            Some((_, places)) if places.contains(&place) => {}
            Some((_, places)) => places.push(place),
            None => found.push((who, vec![place])),
        }
    }
    let one = |(who, places): &(String, Vec<&str>)| match places.as_slice() {
        [""] => who.clone(),
        places => format!("{who} on {}", places.join(" and ")),
    };
    found.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What the forms cost that are written instead and in which it does not fire.
fn rewritten(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let mut prices: Vec<(String, Vec<Column>)> = Vec::new();
    for entry in entries(source, hazard) {
        let absent = matches!(entry.shown, Shown::Absent | Shown::Converted(_));
        if entry.column.is_portable() || !absent {
            continue;
        }
        let price = price(&entry);
        match prices.iter_mut().find(|(known, _)| *known == price) {
            Some((_, columns)) => columns.push(entry.column),
            None => prices.push((price, vec![entry.column])),
        }
    }
    prices.retain(|(price, _)| price != "–");
    if prices.is_empty() {
        return String::new();
    }
    let parts: Vec<String> =
        prices.iter().map(|(price, columns)| format!("{price} in {}", names(columns))).collect();
    format!("What the rewritten forms take: {}.", parts.join("; "))
}

/// The one table, or the headline's with the other cases folded.
fn forms(page: &mut Page, source: Source<'_>, hazard: &Hazard<'_>) {
    let entries = entries(source, hazard);
    let extra = extra(&entries);
    let head = ["case", "form", "outcome", "how many", "schedules", "price"].map(str::to_owned);
    let head: Vec<String> =
        head.into_iter().chain(extra.iter().map(|(_, head)| (*head).to_owned())).collect();
    let headline = hazard.headline(source).unwrap_or_default();
    let id = format!("hazards-{}", hazard.id);
    let mut shown = Forms::new(&id, head.clone(), 1);
    let mut folded = Forms::new(&format!("{id}-cases"), head, 1);
    let distinct: BTreeSet<&str> = entries.iter().map(|entry| entry.key.case.as_str()).collect();
    let few = entries.len() <= ROWS || distinct.len() == 1;
    for entry in entries {
        let cells = row(source, hazard, &entry, &extra);
        let into = if few || entry.key.case == headline { &mut shown } else { &mut folded };
        into.row(entry.column, cells);
    }
    let merged = shown.finish(4);
    page.table(merged.table);
    page.text(&merged.notes);
    let merged = folded.finish(4);
    page.fold_table("The other cases", merged.table, &merged.notes);
}

/// What stands beside an outcome without being one, where any form has it.
fn extra(entries: &[Entry<'_>]) -> Vec<(&'static str, &'static str)> {
    let has = |metric: &str| entries.iter().any(|it| it.cell.value(metric).is_some_and(|v| v > 0));
    [("claimed_ahead", "claimed ahead"), ("reclaimed_late", "closed unused")]
        .into_iter()
        .filter(|(metric, _)| has(metric))
        .collect()
}

fn row(
    source: Source<'_>,
    hazard: &Hazard<'_>,
    entry: &Entry<'_>,
    extra: &[(&str, &str)],
) -> Vec<String> {
    let case = source.stories.case(hazard.id, &entry.key.case);
    let mark =
        if hazard.is_shielded_in(source, &entry.key.case, &entry.column) { " †" } else { "" };
    let counts = Counts::of_script(entry.cell);
    let outcome = if entry.shown.fires() && counts.stuck {
        "● deadlock".to_owned()
    } else {
        entry.shown.label()
    };
    let known = entry.shown.is_known() && !matches!(entry.shown, Shown::Inexpressible(..));
    let mut row = vec![
        case,
        format!("{outcome}{mark}"),
        if entry.shown.fires() { counts.words(entry.key.n) } else { "–".to_owned() },
        if known { share(entry.cell) } else { "–".to_owned() },
        if known { price(entry) } else { "–".to_owned() },
    ];
    row.extend(
        extra.iter().map(|(metric, _)| entry.cell.value(metric).map_or("–".to_owned(), count)),
    );
    row
}

/// Time to finish and allocations, where they were counted; a zero that nobody counted is
/// none.
fn price(entry: &Entry<'_>) -> String {
    let mut parts = Vec::new();
    let finish = entry.cell.value("finish_ms").filter(|ms| *ms > 0);
    parts.extend(finish.map(|ms| format!("{} ms", count(ms))));
    // On the clock of the machine what is allocated depends on the driver and not on the hazard.
    let judged = !entry.cell.schedules.is_empty();
    parts.extend(
        entry.cell.value("allocs").filter(|_| judged).map(|n| format!("{} allocs", count(n))),
    );
    if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
}

/// Why a form has no outcome, each reason once.
fn reasons(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let mut reasons: BTreeMap<(String, String), Vec<Column>> = BTreeMap::new();
    for entry in entries(source, hazard) {
        if let Some(reason) = entry.shown.reason() {
            let key = (entry.shown.label(), reason.to_owned());
            reasons.entry(key).or_default().push(entry.column);
        }
    }
    let line = |((label, reason), columns): (&(String, String), &Vec<Column>)| {
        format!("{label} in {}: {reason}.", names(columns))
    };
    let mut lines: Vec<String> = reasons.iter().map(line).collect();
    let copies = |entry: &Entry<'_>| Some((copied(entry.cell)?, entry.column.clone()));
    let mut copied: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for (share, column) in entries(source, hazard).iter().filter_map(copies) {
        copied.entry(share).or_default().push(column);
    }
    lines.extend(copied.iter().map(|(share, columns)| {
        format!("Bytes copied for each byte read: {share} in {}, 0 in the others.", names(columns))
    }));
    lines.join("\n")
}

fn shields(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let cases: BTreeSet<&str> =
        hazard.cells(Role::Hazard).map(|(key, _)| key.case.as_str()).collect();
    let shielded: Vec<&str> =
        cases.iter().copied().filter(|case| hazard.is_shielded(source, case)).collect();
    if shielded.is_empty() {
        return String::new();
    }
    let twins =
        shielded.iter().any(|case| cases.contains(format!("{case}{}", super::UNSHIELDED).as_str()));
    let twins = if twins {
        "A case called *bare* is the same program without the word."
    } else {
        "The record holds no cell of the same program without the word."
    };
    format!(
        "† The source marks a step with `shield`: it runs to its end although a cancellation has \
            come. Where a future may be dropped, the word does nothing.\n{twins}"
    )
}

/// On which schedule most went wrong, and the command that runs it again.
fn replay(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let Some(case) = hazard.headline(source) else { return String::new() };
    let fired = entries(source, hazard).into_iter().find(|entry| {
        entry.key.case == case && entry.shown.fires() && !entry.cell.schedules.is_empty()
    });
    let Some(entry) = fired else { return String::new() };
    let Some((schedule, counts)) = worst(entry.cell) else { return String::new() };
    let script = if schedule == 0 { ", the script as written" } else { "" };
    format!(
        "Worst in `{}`: schedule {schedule}{script}, with {}.\n\
         Replay it and the others: `cargo xtask bench --target {} --workload {} --design {}`.",
        entry.column,
        counts.words(entry.key.n),
        hazard.sheet.run.target,
        hazard.id,
        entry.column.design
    )
}

fn cases(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let entries = entries(source, hazard);
    let mut seen: Vec<(&str, u32)> = Vec::new();
    for entry in &entries {
        let case = (entry.key.case.as_str(), entry.key.n);
        if !seen.contains(&case) {
            seen.push(case);
        }
    }
    let line = |(case, n): &(&str, u32)| {
        let text = source.suite.case(hazard.id, case).map_or("", |known| known.text.as_str());
        let name = source.stories.case(hazard.id, case);
        let id = if name == *case { String::new() } else { format!(" (`{case}`)") };
        let text = if text.is_empty() { String::new() } else { format!(": {text}") };
        format!("- **{name}**{id}, n = {}{text}", count((*n).into()))
    };
    seen.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn sources(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let mut links: Vec<String> = Vec::new();
    for entry in entries(source, hazard) {
        let link = source.sources.link(&entry.column, hazard.id);
        links.extend(link.filter(|link| !links.contains(link)));
    }
    if links.is_empty() { String::new() } else { format!("Sources: {}.", links.join(", ")) }
}

/// The same programs on the other targets that ran them: what differs.
fn elsewhere(page: &mut Page, source: Source<'_>, hazard: &Hazard<'_>) {
    for (target, sheet) in &source.book.sheets {
        if *target == hazard.sheet.run.target {
            continue;
        }
        let (mut same, mut other) = (0_usize, Vec::new());
        for (key, cell) in sheet.of(hazard.id).filter(|(_, cell)| !cell.schedules.is_empty()) {
            let here = super::outcome(source, sheet, key);
            let there = at_any_size(hazard, key).map(|key| hazard.outcome(source, &key));
            let known = there.filter(Shown::is_known).filter(|_| here.is_known());
            match known {
                Some(there) if there.fires() == here.fires() => same += 1,
                Some(_) => other.push((sheet.column(key), key.case.clone(), cell.fired().0)),
                None => {}
            }
        }
        if same + other.len() == 0 {
            continue;
        }
        let emulated = if sheet.run.tools.contains_key("qemu") { " (emulated, QEMU)" } else { "" };
        let mut text = format!(
            "On `{target}`{emulated} {same} of {} cells have the same outcome.",
            same + other.len()
        );
        for (column, case, _) in &other {
            text.push_str(&format!("\n**≠** {case} in `{column}`."));
        }
        page.text(&text);
    }
}

/// The key itself if the record has it, else the same situation at its largest size.
fn at_any_size(hazard: &Hazard<'_>, key: &CellKey) -> Option<CellKey> {
    let same = |other: &&CellKey| CellKey { n: key.n, ..(*other).clone() } == *key;
    let mut keys: Vec<&CellKey> =
        hazard.sheet.of(hazard.id).map(|(key, _)| key).filter(same).collect();
    keys.sort_by_key(|other| (other.n == key.n, other.n));
    keys.last().map(|key| (*key).clone())
}

/// Controls in which something fired, which would make the run worthless, and what differs
/// between launches.
fn controls(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let cells: Vec<(&CellKey, &Cell)> =
        hazard.cells(Role::Control).filter(|(_, cell)| cell.role == Some(Role::Control)).collect();
    let fired: Vec<Column> = cells
        .iter()
        .filter(|(key, _)| hazard.outcome(source, key).fires())
        .map(|(key, _)| hazard.sheet.column(key))
        .collect();
    let mut lines = match (cells.len(), fired.as_slice()) {
        (0, _) => Vec::new(),
        (n, []) => vec![format!("Controls: in none of {n} cells did anything fire.")],
        (_, fired) => vec![format!("**A control fired** in {}.", names(fired))],
    };
    for entry in entries(source, hazard) {
        let differs =
            entry.cell.values.iter().filter(|(_, value)| matches!(value, Exact::Differs(..)));
        let metrics: Vec<&str> = differs.map(|(metric, _)| metric.as_str()).collect();
        if entry.cell.schedules_differ {
            lines.push(format!("`{}`: launches differ by schedule.", entry.column));
        }
        if !metrics.is_empty() && hazard.sheet.run.clock == "virtual" {
            lines.push(format!("`{}`: launches differ in {}.", entry.column, metrics.join(", ")));
        }
    }
    lines.join("\n")
}
