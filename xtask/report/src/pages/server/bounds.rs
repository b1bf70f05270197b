//! The bars that were set before the designs were built, and what was reached.

use record::CellKey;

use super::rows::{TOKIO, URING, best, hazards};
use super::{ECHO, METRICS};
use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::page::Page;
use crate::pages::curves::number;
use crate::table::{Table, count};
use crate::wall::{Gate, Group};

/// When a bar is kept.
#[derive(Clone, Copy, Debug)]
enum Rule {
    AtMost(f64),
    AtLeast(f64),
    /// This far from one, at most.
    Within(f64),
}

/// What is held against a bar.
#[derive(Clone, Copy, Debug)]
enum Figure {
    /// Per operation.
    Value(&'static str),
    /// Per operation, over that of the best rival; the rival's case may have a form.
    Ratio(&'static str, &'static [&'static str], &'static str),
    /// Operations per second over those of the best rival.
    Speed(&'static [&'static str]),
}

/// One bar.
struct Bound {
    text: &'static str,
    design: &'static str,
    runtime: &'static str,
    workloads: &'static [&'static str],
    figure: Figure,
    rule: Rule,
    digits: usize,
}

const BOUNDS: [Bound; 10] = [
    Bound {
        text: "echo over io_uring, instructions: at most 0.8 of the best of tokio-uring, monoio and compio",
        figure: Figure::Ratio("instr", &URING, ""),
        rule: Rule::AtMost(0.8),
        ..URING_ECHO
    },
    Bound {
        text: "echo over io_uring, system calls: at most those of the best",
        figure: Figure::Ratio("syscalls", &URING, ""),
        rule: Rule::AtMost(1.0),
        ..URING_ECHO
    },
    Bound {
        text: "echo over io_uring: no allocation",
        figure: Figure::Value("allocs"),
        ..URING_ECHO
    },
    Bound {
        text: "echo over io_uring: no byte copied",
        figure: Figure::Value("copied_bytes"),
        ..URING_ECHO
    },
    Bound {
        text: "echo over io_uring, operations per second: at least 1.15 times the best (indicative)",
        figure: Figure::Speed(&URING),
        rule: Rule::AtLeast(1.15),
        ..URING_ECHO
    },
    Bound {
        text: "the same bar for `state-machine`, which has no runtime: for scale, nobody is judged by it (indicative)",
        design: "state-machine",
        runtime: "io-uring",
        figure: Figure::Speed(&URING),
        rule: Rule::AtLeast(1.15),
        ..URING_ECHO
    },
    Bound {
        text: "echo over epoll, instructions: at most 0.8 of tokio",
        design: "poll",
        runtime: "own-epoll",
        figure: Figure::Ratio("instr", &[TOKIO], ""),
        rule: Rule::AtMost(0.8),
        ..URING_ECHO
    },
    Bound {
        text: "`owned` on tokio, instructions: within 5 % of a plain tokio program",
        design: "owned",
        runtime: "tokio",
        workloads: &["spawn-join", ECHO],
        figure: Figure::Ratio("instr", &[TOKIO], "local"),
        rule: Rule::Within(0.05),
        ..URING_ECHO
    },
    Bound {
        text: "a task of `owned` on our executor: at most 700 instructions",
        figure: Figure::Value("instr"),
        rule: Rule::AtMost(700.0),
        digits: 1,
        ..OWNED_TASK
    },
    OWNED_TASK,
];

const URING_ECHO: Bound = Bound {
    text: "",
    design: "completion",
    runtime: "own-uring",
    workloads: &[ECHO],
    figure: Figure::Value("allocs"),
    rule: Rule::AtMost(0.0),
    digits: 3,
};

const OWNED_TASK: Bound = Bound {
    text: "a task of `owned` on our executor: at most 1 allocation",
    design: "owned",
    runtime: "own",
    workloads: &["spawn-join"],
    figure: Figure::Value("allocs"),
    rule: Rule::AtMost(1.0),
    digits: 3,
};

/// What a cell reached.
struct Reached {
    column: Column,
    place: String,
    /// The figure, and by how much it keeps the bar; negative where it misses.
    figure: Result<(f64, f64), String>,
    /// What the figure is made of.
    from: String,
}

/// A summary, and every comparison folded away.
pub(super) fn section(page: &mut Page, sheet: &Sheet, groups: &[Group]) {
    page.heading("The bars that we set ourselves");
    page.text(
        "They were set before the designs were built, and trial counts were seen on the way.\n\
         Each holds for every case and size of its workloads.\n\
         What decides here is the median over launches; the claims ask every launch.\n\
         A bar against the best of several is not judged where one of them has no figure.",
    );
    let head = ["bar", "who", "kept", "furthest from it", "there", "result"];
    let mut summary = Table::new("server-bars", head);
    let head = ["bar", "who", "where", "figure", "made of", "result"];
    let mut details = Table::new("server-bars-details", head);
    for bound in &BOUNDS {
        let reached = reached(sheet, groups, bound);
        for row in &reached {
            let figure = row.figure.as_ref();
            details.row([
                bound.text.to_owned(),
                format!("`{}`", row.column),
                row.place.clone(),
                figure.map_or("–".to_owned(), |(value, _)| number(*value, bound.digits)),
                row.from.clone(),
                figure.map_or_else(
                    |why| format!("not measured: {why}"),
                    |(_, by)| by_how_much(*by, bound.digits),
                ),
            ]);
        }
        for row in summarised(bound, &reached) {
            summary.row(row);
        }
    }
    page.table(summary, sheet, "");
    if !details.is_empty() {
        page.fold_table("Every comparison", details, sheet);
    }
}

/// One row per design and mode that a bar is about.
fn summarised(bound: &Bound, reached: &[Reached]) -> Vec<Vec<String>> {
    let mut columns: Vec<&Column> = reached.iter().map(|it| &it.column).collect();
    columns.sort();
    columns.dedup();
    if columns.is_empty() {
        let why = "not measured: the record holds no such cell";
        let who = format!("`{}:{}`", bound.design, bound.runtime);
        return vec![[bound.text, &who, "–", "–", "–", why].map(str::to_owned).into()];
    }
    let row = |column: &Column| {
        let mine = || reached.iter().filter(|it| it.column == *column);
        let figures: Vec<(&Reached, f64, f64)> = mine()
            .filter_map(|it| it.figure.as_ref().ok().map(|(value, by)| (it, *value, *by)))
            .collect();
        let kept = figures.iter().filter(|(_, _, by)| *by >= 0.0).count();
        let missing = mine().count() - figures.len();
        let gaps = if missing > 0 { format!(", {missing} not measured") } else { String::new() };
        let kept = format!("{kept} of {}{gaps}", figures.len());
        let who = format!("`{column}`");
        let Some((worst, value, by)) = figures.iter().min_by(|a, b| a.2.total_cmp(&b.2)) else {
            let why = mine().find_map(|it| it.figure.as_ref().err().cloned()).unwrap_or_default();
            let rest = ["–".to_owned(), "–".to_owned(), format!("not measured: {why}")];
            return [bound.text.to_owned(), who, kept].into_iter().chain(rest).collect();
        };
        vec![
            bound.text.to_owned(),
            who,
            kept,
            number(*value, bound.digits),
            worst.place.clone(),
            by_how_much(*by, bound.digits),
        ]
    };
    columns.into_iter().map(row).collect()
}

/// `kept by 0.120`, or `kept` where it could not be kept by more.
fn by_how_much(by: f64, digits: usize) -> String {
    match by {
        by if by < 0.0 => format!("**missed** by {}", number(-by, digits)),
        by if by > 0.0 => format!("kept by {}", number(by, digits)),
        _ => "kept".to_owned(),
    }
}

fn reached(sheet: &Sheet, groups: &[Group], bound: &Bound) -> Vec<Reached> {
    let mut all = Vec::new();
    for workload in bound.workloads {
        for (key, cell) in hazards(sheet, workload) {
            let column = Column::of(key);
            if column.design != bound.design
                || column.runtime != bound.runtime
                || !column.is_portable()
            {
                continue;
            }
            let (figure, from) = match figure(sheet, groups, key, cell, bound) {
                Ok((value, from)) => (Ok((value, slack(bound.rule, value))), from),
                Err(why) => (Err(why), "–".to_owned()),
            };
            let place = format!("{workload}, {}, n = {}", key.case, count(key.n.into()));
            all.push(Reached { column, place, figure, from });
        }
    }
    all
}

/// How far a figure is on the right side of the bar.
fn slack(rule: Rule, value: f64) -> f64 {
    match rule {
        Rule::AtMost(most) => most - value,
        Rule::AtLeast(least) => value - least,
        Rule::Within(distance) => distance - (value - 1.0).abs(),
    }
}

fn figure(
    sheet: &Sheet,
    groups: &[Group],
    key: &CellKey,
    cell: &Cell,
    bound: &Bound,
) -> Result<(f64, String), String> {
    if let Some(status) = &cell.trouble {
        return Err(status.to_string());
    }
    let here = |metric: &str| {
        let value = cell.per_operation(metric).map(|it| it.mid);
        value.ok_or(format!("no {} per operation in the record", words(metric)))
    };
    match bound.figure {
        Figure::Value(metric) => Ok((here(metric)?, format!("{} per operation", words(metric)))),
        Figure::Ratio(metric, rivals, form) => {
            let here = here(metric)?;
            let (there, who) = best(sheet, key, rivals, metric, form)?;
            if there <= 0.0 {
                return Err(format!("`{who}` has none to divide by"));
            }
            let [above, below] = [here, there].map(|value| number(value, digits(metric)));
            Ok((here / there, format!("{above} over {below} of `{who}`")))
        }
        Figure::Speed(rivals) => speed(groups, key, rivals),
    }
}

fn words(metric: &str) -> &str {
    METRICS.iter().find(|(id, ..)| *id == metric).map_or(metric, |(_, words, _)| *words)
}

fn digits(metric: &str) -> usize {
    METRICS.iter().find(|(id, ..)| *id == metric).map_or(2, |(.., digits)| *digits)
}

/// Both were timed against the same reference, so their ratio is that of the two ratios.
fn speed(groups: &[Group], key: &CellKey, rivals: &[&str]) -> Result<(f64, String), String> {
    let same = |group: &&Group| {
        (&group.workload, &group.case, group.n) == (&key.workload, &key.case, key.n)
    };
    let group = groups.iter().find(same).ok_or("not timed")?;
    let ratio = |is: &dyn Fn(&Column) -> bool| {
        if is(&group.reference) {
            return Some(1.0);
        }
        let rival = group.rivals.iter().find(|rival| is(&rival.column))?;
        let refused = matches!(rival.gate, Gate::Refused(_));
        rival.ratio.as_ref().filter(|_| !refused).map(|it| it.mid)
    };
    let column = Column::of(key);
    let here = ratio(&|it| *it == column).ok_or("refused or not timed")?;
    let mut best: Option<(f64, &str)> = None;
    for rival in rivals {
        let there = ratio(&|it| it.design == *rival && it.is_portable())
            .ok_or(format!("`{rival}` refused or not timed"))?;
        if best.is_none_or(|(known, _)| there < known) {
            best = Some((there, rival));
        }
    }
    let (there, who) = best.ok_or("no rival")?;
    Ok((
        there / here,
        format!("wall-time ratios {} and, of `{who}`, {}", number(here, 3), number(there, 3)),
    ))
}
