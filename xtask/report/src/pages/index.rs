//! The first page: which records there are, where they come from, and how to repeat them.

use record::Machine;
use xtask_judge::history::show;

use crate::book::{Earlier, Sheet};
use crate::page::{Page, Source, again};
use crate::table::{Table, count};

/// The targets that a reader asks for, measured or not.
const TARGETS: [&str; 4] = ["sim", "linux", "cortex-m4", "host"];

/// Writes the page.
pub(crate) fn page(source: Source<'_>, topics: &[Page]) -> Page {
    let mut page = Page::new("README", "Reports");
    page.text(if source.book.local {
        "These pages show one run on one machine; no claim is judged by it."
    } else {
        "These pages show the records that are pinned in [pins.toml](root:rfc/pins.toml), and \
            nothing else."
    });
    let link = |topic: &Page| format!("- [{}](page:{}.md)", topic.title, topic.name);
    let lines: Vec<String> =
        topics.iter().filter(|topic| !topic.name.contains('/')).map(link).collect();
    page.text(&lines.join("\n"));
    page.text(
        "How it is measured and when a difference counts: [METHOD.md](reports:METHOD.md). \
        Reasons to distrust it: [BIAS.md](reports:BIAS.md).",
    );
    page.heading("Records");
    records(&mut page, source);
    machines(&mut page, source);
    history(&mut page, source);
    page
}

fn records(page: &mut Page, source: Source<'_>) {
    let mut targets: Vec<&str> = TARGETS.to_vec();
    targets
        .extend(source.book.sheets.keys().map(String::as_str).filter(|id| !TARGETS.contains(id)));
    let head = ["target", "record", "launches", "cells", "no value", "A/A spread", "clean rounds"];
    let mut table = Table::new("records", head).numbers_from(2);
    let mut notes = Vec::new();
    for target in targets {
        match source.book.sheet(target) {
            Some(sheet) => {
                table.row(record_row(target, sheet));
                notes.push(format!("- {target}: `{}`", again(&sheet.run, "")));
            }
            None => {
                let rest = std::iter::repeat_n("–".to_owned(), 6);
                table.row(std::iter::once(target.to_owned()).chain(rest));
                notes.push(format!("- {}", source.book.why_missing(target)));
            }
        }
    }
    page.table(table);
    page.text(
        "*no value*: cells that the compiler refuses, that a target lacks, or that failed; each is \
         a row with its reason. *A/A spread*: by how much a cell that is timed twice differed. \
         *clean rounds*: the share of timed rounds in which the thread had the processor.",
    );
    page.text(&format!("The commands that make them again:\n\n{}", notes.join("\n")));
}

fn record_row(target: &str, sheet: &Sheet) -> Vec<String> {
    let run = &sheet.run;
    let percent = |share: f64, digits: usize| format!("{:.digits$} %", share * 100.0);
    let trouble = sheet.cells.values().filter(|cell| cell.trouble.is_some()).count();
    let name = sheet.name.split_once('/').map_or(sheet.name.as_str(), |(_, folder)| folder);
    vec![
        target.to_owned(),
        format!("[{name}](page:{})", sheet.link),
        run.launches.to_string(),
        count(sheet.cells.len() as u64),
        count(trouble as u64),
        run.noise.as_ref().map_or("–".to_owned(), |noise| percent(noise.aa_spread, 2)),
        run.noise.as_ref().map_or("–".to_owned(), |noise| percent(noise.clean_share, 0)),
    ]
}

fn machines(page: &mut Page, source: Source<'_>) {
    if source.book.sheets.is_empty() {
        return;
    }
    let head = [
        "target",
        "revision",
        "toolchain",
        "core library",
        "clock",
        "machine",
        "tools",
        "measured",
    ];
    let mut table = Table::new("machines", head);
    for (target, sheet) in &source.book.sheets {
        let run = &sheet.run;
        let tools: Vec<String> =
            run.tools.iter().map(|(name, version)| format!("{name} {version}")).collect();
        table.row(vec![
            target.clone(),
            format!("`{}`{}", short(&run.revision), if run.dirty { ", changed tree" } else { "" }),
            run.toolchain.rustc.clone(),
            run.toolchain.core_origin.clone().unwrap_or("of the toolchain".to_owned()),
            run.clock.clone(),
            described(&run.machine),
            if tools.is_empty() { "–".to_owned() } else { tools.join(", ") },
            run.started.get(..10).unwrap_or(&run.started).to_owned(),
        ]);
    }
    page.fold_table("Revision, toolchain and machine", table, "");
}

fn described(machine: &Machine) -> String {
    let tcp = match machine.volatile.get("tcp_congestion_control") {
        Some(name) => format!(", TCP {name}"),
        None => String::new(),
    };
    format!(
        "{}, {} of {} processors, {} MiB, {}{tcp}<br>`{}`",
        machine.cpu,
        machine.cores.available,
        machine.cores.online,
        machine.memory_mib,
        machine.kernel,
        machine.fingerprint
    )
}

fn short(revision: &str) -> &str {
    revision.get(..10).unwrap_or(revision)
}

fn history(page: &mut Page, source: Source<'_>) {
    let line = |Earlier { name, held_by }: &Earlier| match held_by {
        Some(held_by) => format!("- {name}: `{}`", show(name, held_by)),
        None => format!("- [{name}](page:data/{name}/run.json)"),
    };
    let earlier: Vec<String> = source.book.history.values().flatten().map(line).collect();
    if !earlier.is_empty() {
        page.fold(
            "Earlier records",
            &format!(
                "What each claim came to in them is in [history.toml](root:rfc/history.toml). \
                 Those that have left the tree are shown by git:\n\n{}",
                earlier.join("\n")
            ),
        );
    }
}
