//! What things cost: one page per question, and one that lists them with their answers.

mod facades;
mod idle;
mod operation;
pub(crate) mod rows;
pub(crate) mod shown;

use crate::page::{Page, Source};
use crate::table::Table;
use crate::wall::Group;
use shown::TARGET;

/// Questions that are asked of one operation, in the order of the list.
const QUESTIONS: [operation::Question; 6] = [
    operation::Question {
        page: "echo",
        title: "What does an echo cost?",
        workload: "tcp-echo",
        case: "64b",
        n: 64,
        operation: "round trip",
        about: "Client and server share one thread, so a round trip holds the work of both ends.\n\
            All connections have made two round trips before the measured part begins.",
    },
    operation::Question {
        page: "task",
        title: "What does a task cost?",
        workload: "spawn-join",
        case: "burst",
        n: 1000,
        operation: "task",
        about: "What a task is differs by design: a child in the frame of its scope, or a heap \
            allocation where it may outlive its spawner.",
    },
    operation::Question {
        page: "timer",
        title: "What does a timer cost?",
        workload: "timers",
        case: "timeout-ready",
        n: 1000,
        operation: "timer",
        about: "The figures of programs on tokio's clock are too high, because the process that \
            measures them can pause it ([BIAS.md](reports:BIAS.md), number 36).",
    },
    operation::Question {
        page: "file",
        title: "What does a file read cost?",
        workload: "file-read",
        case: "sequential",
        n: 256,
        operation: "block",
        about: "Files have no readiness: over epoll a thread waits in the place of the program, \
            over io_uring the read is submitted.\n\
            Instructions of runtimes that start threads are shown and not compared.",
    },
    operation::Question {
        page: "ping-pong",
        title: "What does a message to another task cost?",
        workload: "ping-pong",
        case: "tasks",
        n: 1000,
        operation: "round trip",
        about: "Two sides send one message to and fro through channels with one place.",
    },
    operation::Question {
        page: "codec",
        title: "What does a frame cost a codec?",
        workload: "io-trait-shapes",
        case: "codec",
        n: 256,
        operation: "frame",
        about: "The plain form reads as the design's own read does: into a borrowed buffer, a \
            lent one, or one that is given away and returned.\n\
            The expert form of readiness waits first and takes memory afterwards; the idiomatic \
            form of completion lets the driver choose a buffer when there is data.",
    },
];

/// The pages of questions about one operation, in order.
pub(crate) fn pages(source: Source<'_>, groups: &[Group]) -> Vec<Page> {
    let mut pages: Vec<Page> =
        QUESTIONS.iter().map(|question| operation::page(source, groups, question)).collect();
    pages.insert(2, idle::page(source));
    pages
}

/// The list: a question, its answer, its page.
pub(crate) fn index(source: Source<'_>, pages: &[&Page]) -> Page {
    let mut page = Page::new("cost", "What does it cost?");
    page.text(
        "Instructions are those of user space; they and allocations are exact, and claims judge \
            them.\n\
         They are not time: for that see [the times](page:time.md), which two shared cores make \
         indicative.",
    );
    for one in pages {
        page.text(&format!(
            "**[{}]({})** {}",
            one.title,
            format_args!("page:{}.md", one.name),
            one.summary
        ));
    }
    if let Some(sheet) = source.book.sheet(TARGET) {
        let mut table = Table::new("made-of", ["what", "version"]);
        table.row(["kernel".to_owned(), kernel(&sheet.run.machine.kernel)]);
        for (name, version) in &sheet.run.crates {
            table.row([name.clone(), version.clone()]);
        }
        page.fold_table("Versions of the kernel and the crates", table, &old_counts(sheet));
        page.end(sheet, "");
    } else {
        page.text(&source.book.why_missing(TARGET));
    }
    page
}

fn kernel(release: &str) -> String {
    if release.is_empty() { "not recorded".to_owned() } else { release.to_owned() }
}

/// What a record says that was counted before `toolchain.settings.callgrind` was recorded.
fn old_counts(sheet: &crate::book::Sheet) -> String {
    if sheet.run.toolchain.settings.contains_key("callgrind") {
        return String::new();
    }
    "**This record counts in the old way**: every look at the clock is among the system calls, \
        and a copy counts an instruction for each of its bytes ([METHOD.md](reports:METHOD.md), \
        [BIAS.md](reports:BIAS.md), number 37)."
        .to_owned()
}
