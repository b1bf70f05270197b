//! Real sockets, files and runtimes: what an operation costs on each of them.
//!
//! Everything here is divided by the operations of a run's measured part. [`rows`] says who
//! stands in a table, [`operations`] shows what an operation costs, [`bounds`] holds it
//! against the bars that we set ourselves.

mod bounds;
mod faces;
mod latency;
mod lost;
mod not_built;
mod operations;
mod rows;
mod shapes;
mod time;

use std::collections::BTreeSet;

use crate::book::{Sheet, Spread};
use crate::page::{Page, Source};
use crate::pages::curves::number;
use crate::table::count;
use rows::Row;

/// Clients and server in one thread.
const ECHO: &str = "tcp-echo";

/// A workload whose operations are counted, and what one is.
#[derive(Clone, Copy, Debug)]
struct Workload {
    id: &'static str,
    operation: &'static str,
    about: &'static str,
}

/// In the order of the page.
const WORKLOADS: [Workload; 5] = [
    Workload {
        id: ECHO,
        operation: "round trip",
        about: "Connections are established, and all have made two round trips together, before the measured part begins.\n\
            Client and server are in one thread, so a round trip holds the work of both ends.\n\
            `poll` and `scoped` have all connections in one task, as a join has: on tokio, whose \
            budget lets a task make 128 operations in a turn, the rest of a thousand ask again in \
            every turn. Outside of the budget (`tokio::task::unconstrained`) they would not; \
            that form is not built.",
    },
    Workload {
        id: "file-read",
        operation: "block",
        about: "Readiness does not exist for files: what is over epoll hands a read to a thread that waits, what is over io_uring submits it.",
    },
    Workload {
        id: "spawn-join",
        operation: "task",
        about: "What a task is differs by design: a child in the frame of its scope, or a heap allocation where it may outlive its spawner.",
    },
    Workload { id: "ping-pong", operation: "round trip", about: "" },
    Workload {
        id: "timers",
        operation: "timer",
        about: "The figures of tokio and tokio-uring are too high here, because the process that measures them can pause tokio's clock ([BIAS.md](BIAS.md), number 36).",
    },
];

/// Whether the cells of a workload on other runtimes than our own executor stand here.
pub(super) fn shows(workload: &str) -> bool {
    let counted = WORKLOADS.iter().any(|known| known.id == workload);
    counted || [lost::shows, shapes::shows, latency::shows].iter().any(|shows| shows(workload))
}

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("server-io", "Server I/O");
    page.text(INTRO);
    page.fold("What the words mean", WORDS);
    let Some(sheet) = source.book.sheet("linux") else {
        page.text(&source.book.why_missing("linux"));
        return page;
    };
    page.text(&made_of(sheet));
    let groups = time::groups_of(sheet);
    bounds::section(&mut page, sheet, &groups);
    for workload in WORKLOADS {
        operations::section(&mut page, source, sheet, workload);
        if workload.id == ECHO {
            faces::section(&mut page, source, sheet);
        }
    }
    lost::section(&mut page, source, sheet);
    shapes::section(&mut page, source, sheet);
    time::throughput(&mut page, source, sheet, &groups);
    latency::section(&mut page, source, sheet);
    not_built::section(&mut page);
    page
}

/// What belongs to every figure besides the code of this tree.
fn made_of(sheet: &Sheet) -> String {
    let run = &sheet.run;
    let crates: Vec<String> =
        run.crates.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let crates = match crates.as_slice() {
        [] => format!(
            "not recorded; they are those of `Cargo.lock` at revision `{}`",
            run.revision.get(..10).unwrap_or(&run.revision)
        ),
        all => all.join(", "),
    };
    let kernel = if run.machine.kernel.is_empty() { "not recorded" } else { &run.machine.kernel };
    let counts = if run.toolchain.settings.contains_key("callgrind") { "" } else { OLD_COUNTS };
    format!("Release of the kernel: {kernel}.\nVersions of the crates: {crates}.{counts}")
}

/// What a record says that was counted before `toolchain.settings.callgrind` was recorded.
const OLD_COUNTS: &str = "
**This record counts in the old way**: every look at the clock is among the system calls, and a copy counts an instruction for each of its bytes.
The first charges tokio, tokio-uring, smol and everything on them with calls that they do not make; the second makes most of what `poll`, `scoped` and `owned` need over io_uring at 16 KiB, and of reading files.
Both favour our own drivers and `completion`; a record made now has neither ([METHOD.md](METHOD.md), [BIAS.md](BIAS.md), number 37).";

const INTRO: &str = "\
Every figure is that of the measured part of a run, divided by the operations of the same part of the same run.
Instructions are those of user space and leave out what the kernel does; system calls stand beside them.
How it is measured: [METHOD.md](METHOD.md). Why to distrust it: [BIAS.md](BIAS.md).";

const WORDS: &str = "\
- **runtime**: `own` is our executor on the simulated driver, `own-epoll` and `own-uring` the same executor on the drivers of the kernel; the others are crates. A design of the poll family runs on a crate through a facade, one of the completion family as an island inside it.
- **as published**: a program on the unmodified crate, with the same contract.
- **state-machine** is a program by hand over one ring. It uses deferred task work of a single issuer, registered sockets, receives that stay armed, and a ring of buffers of which the kernel chooses; it uses no polling thread of the kernel, no sends without a copy and no registered buffers to send from. It has no runtime and no futures, does not order its entries as our driver does, and is shown for scale.
- **n** is the number of connections, blocks, tasks, round trips or timers of a run.
- A figure is the median over the launches of the cell; where launches differ, the smallest and the largest follow in brackets.
- **Bold** is the smallest figure of its column, among those that are judged.
- **shown, not judged**: the runtime starts threads of its own, whose instructions are not comparable, or there is none.
- **bytes copied** are those that the design or its driver copies between buffers of user space. Only our drivers count them.
- A cell that failed, is not supported or was not measured is a row with its reason; what was never written stands at the end, with why.";

/// What is divided by the operations: metric, name, digits behind the point.
const METRICS: [(&str, &str, usize); 4] = [
    ("instr", "user instructions", 1),
    ("syscalls", "system calls", 3),
    ("allocs", "allocations", 2),
    ("copied_bytes", "bytes copied", 1),
];

/// A figure with its range where launches differ.
fn shown(it: Spread, digits: usize) -> String {
    let [mid, low, high] = [it.mid, it.low, it.high].map(|value| number(value, digits));
    if low == high { mid } else { format!("{mid} ({low} to {high})") }
}

/// Why there is no table of a workload.
fn not_measured(page: &mut Page, sheet: &Sheet, workload: &str) {
    page.text(&format!(
        "Not measured: the record [{}]({}) holds no cell of `{workload}`; \
         `cargo xtask bench --target {} --workload {workload}` measures it.",
        sheet.name, sheet.link, sheet.run.target
    ));
}

/// What a workload is, as its description says.
fn introduce(page: &mut Page, source: Source<'_>, workload: &str) {
    page.heading(workload);
    page.text(&format!("{}.", source.suite.title(workload).trim_end_matches('.')));
    judged_by(page, workload);
}

/// Claims that are judged by what stands in the tables of a workload.
const CLAIMS: [(&str, &[&str]); 8] = [
    (ECHO, &["C108", "C109", "C110"]),
    ("spawn-join", &["C110", "C111"]),
    ("file-read", &["C036"]),
    ("completion-op-leak", &["C035", "C112"]),
    ("socket-op-leak", &["C035", "C112"]),
    ("inflight-buffer-cancel", &["C036"]),
    ("socket-buffer-cancel", &["C036"]),
    ("io-trait-shapes", &["C097", "C098", "C112"]),
];

/// Which claims read a workload; nothing where none does.
fn judged_by(page: &mut Page, workload: &str) {
    let ids = CLAIMS.iter().find(|(known, _)| *known == workload).map_or(&[][..], |it| it.1);
    let links: Vec<String> =
        ids.iter().map(|id| format!("[{id}](../rfc/evidence/{id}.md)")).collect();
    if !links.is_empty() {
        page.text(&format!("Claims that read these figures: {}.", links.join(", ")));
    }
}

/// The heading of one case at one size, with what the case is and what its forms are.
fn situation(
    page: &mut Page,
    source: Source<'_>,
    workload: &str,
    (case, n): (&str, u32),
    rows: &[Row<'_>],
) {
    page.subheading(&format!("{workload}, {case}, n = {}", count(n.into())));
    let text = |case: &str| {
        let known = source.suite.case(workload, case).filter(|known| !known.text.is_empty());
        known.map(|known| known.text.trim_end_matches('.').to_owned())
    };
    let cases: BTreeSet<&str> =
        std::iter::once(case).chain(rows.iter().map(|row| row.case.as_str())).collect();
    let known = cases.into_iter().filter_map(|case| Some(format!("- **{case}**: {}", text(case)?)));
    let known: Vec<String> = known.collect();
    if !known.is_empty() {
        page.text(&known.join("\n"));
    }
}
