//! What the page of a hazard says in sentences.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Role};

use super::entry::{Entry, copied, entries, price};
use super::hazard::{Hazard, outcome};
use crate::book::{Cell, Exact};
use crate::column::Column;
use crate::counts::{Counts, worst};
use crate::outcome::Shown;
use crate::page::{Page, Source};
use crate::stories::UNSHIELDED;
use crate::table::count;

/// Who has the hazard in its headline case, and who has not.
pub(super) fn result(source: Source<'_>, hazard: &Hazard<'_>) -> String {
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
    let apart = apart(fires.values().chain([&absent, &refused]));
    let names = |columns: &[Column]| names_apart(columns, &apart);
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

/// Designs whose portable forms do not all fare alike: their modes are told apart.
fn apart<'a>(groups: impl Iterator<Item = &'a Vec<Column>>) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for group in groups {
        let portable =
            group.iter().filter(|column| column.is_portable() && column.place().is_empty());
        let designs: BTreeSet<&String> = portable.map(|column| &column.design).collect();
        designs.into_iter().for_each(|design| *seen.entry(design.clone()).or_default() += 1);
    }
    seen.into_iter().filter(|(_, groups)| *groups > 1).map(|(design, _)| design).collect()
}

/// Names of forms in a sentence, without modes; forms on the runtimes of crates are left to
/// the table.
fn names(columns: &[Column]) -> String {
    names_apart(columns, &BTreeSet::new())
}

/// The same, with the modes of these designs.
fn names_apart(columns: &[Column], apart: &BTreeSet<String>) -> String {
    let mut columns: Vec<&Column> = columns.iter().collect();
    columns.sort();
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for column in columns {
        if !column.ours && !column.is_peer() {
            continue;
        }
        let variant =
            if column.is_portable() { String::new() } else { format!(" ({})", column.variant) };
        // Forms that are written anew for a mode may differ from mode to mode.
        let mode = match &column.mode {
            Some(mode)
                if column.modes > 1
                    && (!column.is_portable() || apart.contains(&column.design)) =>
            {
                format!("/{mode}")
            }
            _ => String::new(),
        };
        let who = format!("`{}{mode}`{variant}", column.design);
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

/// What the forms cost that are written instead of the headline case and in which it does not
/// fire.
pub(super) fn rewritten(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let headline = hazard.headline(source);
    let mut prices: Vec<(String, Vec<Column>)> = Vec::new();
    for entry in entries(source, hazard) {
        let absent = matches!(entry.shown, Shown::Absent | Shown::Converted(_));
        let other = headline.as_ref().is_some_and(|case| *case != entry.key.case);
        if entry.column.is_portable() || !absent || other {
            continue;
        }
        let price = price(entry.cell);
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

/// Why a form has no outcome, each reason once.
pub(super) fn reasons(source: Source<'_>, hazard: &Hazard<'_>) -> String {
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

pub(super) fn shields(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let cases: BTreeSet<&str> =
        hazard.cells(Role::Hazard).map(|(key, _)| key.case.as_str()).collect();
    let shielded: Vec<&str> =
        cases.iter().copied().filter(|case| hazard.is_shielded(source, case)).collect();
    if shielded.is_empty() {
        return String::new();
    }
    let twins =
        shielded.iter().any(|case| cases.contains(format!("{case}{}", UNSHIELDED).as_str()));
    let twins = if twins {
        "A case called *bare* is the same program without the word."
    } else {
        "The record holds no cell of the same program without the word."
    };
    format!(
        "† The source marks a step with `shield`: it runs to its end although a cancellation has \
            come. Where cancelling drops a future at once, the word does nothing.\n{twins}"
    )
}

/// On which schedule most went wrong, and the command that runs it again.
pub(super) fn replay(source: Source<'_>, hazard: &Hazard<'_>) -> String {
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

pub(super) fn cases(source: Source<'_>, hazard: &Hazard<'_>) -> String {
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

pub(super) fn sources(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let mut links: Vec<String> = Vec::new();
    for entry in entries(source, hazard) {
        let link = source.sources.link(&entry.column, hazard.id);
        links.extend(link.filter(|link| !links.contains(link)));
    }
    if links.is_empty() { String::new() } else { format!("Sources: {}.", links.join(", ")) }
}

/// The same programs on the other targets that ran them: what differs.
pub(super) fn elsewhere(page: &mut Page, source: Source<'_>, hazard: &Hazard<'_>) {
    for (target, sheet) in &source.book.sheets {
        if *target == hazard.sheet.run.target {
            continue;
        }
        let (mut same, mut other) = (0_usize, Vec::new());
        for (key, cell) in sheet.of(hazard.id).filter(|(_, cell)| !cell.schedules.is_empty()) {
            let here = outcome(source, sheet, key);
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
pub(super) fn controls(source: Source<'_>, hazard: &Hazard<'_>) -> String {
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
