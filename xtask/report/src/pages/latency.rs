//! Latency under an open loop: quantiles over launches.

use record::{CellKey, Latency};
use xtask_judge::latency::{Quantiles, quantiles};

use super::cost::shown::shown as spread;
use crate::book::{Cell, Sheet, Spread};
use crate::page::{Page, Source};
use crate::stat::float;
use crate::table::{Table, count};

/// Nanoseconds in what the table shows.
const MICROSECOND: f64 = 1000.0;
/// The workload that serves.
const SERVE: &str = "tcp-serve";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("server-io", "How long does a request wait?");
    let Some(sheet) = source.book.sheet("linux") else {
        page.answer(&source.book.why_missing("linux"));
        return page;
    };
    let served = |cell: &Cell| !cell.latencies.is_empty() || cell.unserved.is_some();
    let mut cells: Vec<(&CellKey, &Cell)> =
        sheet.cells.iter().filter(|(_, cell)| served(cell)).collect();
    if cells.is_empty() {
        page.answer(&format!(
            "Not measured: the record holds no latency; `cargo xtask bench \
            --target linux --workload {SERVE}` measures it."
        ));
        page.end(sheet, SERVE);
        return page;
    }
    cells.sort_by_key(|(key, _)| {
        let case = source.suite.position(&key.workload, &key.case);
        (&key.workload, case, key.n, sheet.column(key))
    });
    page.answer(&answer(sheet, &cells));
    page.text(
        "Requests are sent when they are due, whether those before were answered or not, and a \
            request that is not answered fails the cell.\n\
         Latency counts in microseconds from the intended start, the median over launches of each \
         launch's quantile; *service* counts from the actual sending, and the difference is \
         queueing.\n\
         Load and server share this machine, so these figures are indicative.",
    );
    let head = ["case", "n", "form", "p50", "p99", "p99.9", "service p50", "launches"];
    let mut shown = Table::new("server-latency", head).numbers_from(3);
    let head = ["case", "n", "form", "load", "launches", "p50", "p90", "p99", "p99.9", "max"];
    let head = head.into_iter().chain(["service p50", "service p99", "note"]);
    let mut all = Table::new("server-latency-all", head).numbers_between(4);
    for (key, cell) in cells {
        let column = sheet.column(key);
        let who = [key.case.clone(), count(key.n.into()), column.named()];
        let figures = row(&cell.latencies);
        let note = cell.unserved.as_ref().map(ToString::to_string).unwrap_or_default();
        if (column.ours || column.is_peer()) && column.mode_at == 0 && !cell.latencies.is_empty() {
            let middle = |at: usize| figures[at].split(" (").next().unwrap_or_default().to_owned();
            let picked = [2, 4, 5, 7, 1].map(middle);
            let [case, n, _] = who.clone();
            shown.row([case, n, without_mode(&column.to_string())].into_iter().chain(picked));
        }
        all.row(who.into_iter().chain(figures).chain([note]));
    }
    page.table(shown);
    page.fold_table("Every form, with ranges over launches", all, "");
    not_built(&mut page, source);
    page.text("What an operation costs: [questions](page:cost.md).");
    page.end(sheet, SERVE);
    page
}

/// A form by its design and runtime, where the first mode alone is shown.
fn without_mode(form: &str) -> String {
    let (who, runtime) = form.split_once(':').unwrap_or((form, ""));
    let design = who.split('/').next().unwrap_or(who);
    let colon = if runtime.is_empty() { "" } else { ":" };
    format!("`{design}{colon}{runtime}`")
}

/// The range of medians, and of the slowest in a hundred.
fn answer(sheet: &Sheet, cells: &[(&CellKey, &Cell)]) -> String {
    let quantile = |cell: &Cell, metric: &str| cell.spread(metric).map(|it| it.mid / MICROSECOND);
    let ends = |metric: &str| {
        let known =
            cells.iter().filter(|(key, _)| sheet.column(key).ours || sheet.column(key).is_peer());
        let mut all: Vec<f64> = known.filter_map(|(_, cell)| quantile(cell, metric)).collect();
        all.sort_by(f64::total_cmp);
        all.first().zip(all.last()).map(|(low, high)| format!("{low:.0} to {high:.0} µs"))
    };
    let [p50, p99] =
        ["latency_ns_p50", "latency_ns_p99"].map(|metric| ends(metric).unwrap_or("–".to_owned()));
    format!(
        "Under an open loop half of the requests are answered within {p50}, depending on the \
            server, and all but one in a hundred within {p99}."
    )
}

/// Cells that the matrix of designs, crates and runtimes would have and that are not written.
fn not_built(page: &mut Page, source: Source<'_>) {
    let mut table = Table::new("not-built", ["who", "where", "why not"]);
    for missing in &source.not_built.cell {
        table.row([&missing.who, &missing.r#where, &missing.reason].map(Clone::clone));
    }
    page.fold_table("What was not built, and why", table, "");
}

fn row(latencies: &[Latency]) -> Vec<String> {
    let read = |text: fn(&Latency) -> &String| -> Vec<Quantiles> {
        latencies.iter().filter_map(|one| quantiles(text(one)).ok()).collect()
    };
    let (intended, service) = (read(|one| &one.intended), read(|one| &one.service));
    let middle = |of: &[Quantiles], value: fn(&Quantiles) -> Option<u64>| {
        let microseconds = |one| value(one).map(|ns| float(ns) / MICROSECOND);
        let values: Option<Vec<f64>> = of.iter().map(microseconds).collect();
        let values = values.and_then(|values| Spread::of(&values));
        values.map_or("–".to_owned(), |it| spread(it, 1))
    };
    let load = latencies.first().map(|one| {
        let kind = match one.schedule {
            record::Schedule::Poisson => "Poisson",
            record::Schedule::Fixed => "evenly spaced",
        };
        format!("{} per s for {} s, {kind}", count(one.rate.into()), one.seconds)
    });
    vec![
        load.unwrap_or("–".to_owned()),
        intended.len().to_string(),
        middle(&intended, |seen| Some(seen.p50)),
        middle(&intended, |seen| Some(seen.p90)),
        middle(&intended, |seen| Some(seen.p99)),
        middle(&intended, |seen| seen.p999),
        middle(&intended, |seen| Some(seen.max)),
        middle(&service, |seen| Some(seen.p50)),
        middle(&service, |seen| Some(seen.p99)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

    /// `answers` of so many microseconds each.
    fn launch(answers: u64, microseconds: u64) -> Latency {
        let text = |ns: u64| {
            let mut histogram = Histogram::<u64>::new_with_max(60_000_000_000, 3).expect("bounds");
            histogram.record_n(ns, answers).expect("within bounds");
            let mut bytes = Vec::new();
            V2DeflateSerializer::new().serialize(&histogram, &mut bytes).expect("in memory");
            base64::engine::general_purpose::STANDARD.encode(bytes)
        };
        Latency {
            rate: 2000,
            seconds: 5,
            connections: 8,
            schedule: record::Schedule::Poisson,
            seed: 1,
            answered: answers,
            intended: text(microseconds * 1000),
            service: text(microseconds * 500),
        }
    }

    #[test]
    fn a_row_is_the_median_over_launches_and_leaves_out_what_few_answers_cannot_say() {
        let row = row(&[launch(10_000, 40), launch(10_000, 64), launch(10_000, 60)]);
        assert_eq!(row[..3], ["2,000 per s for 5 s, Poisson", "3", "60.0 (40.0 to 64.0)"]);
        let p999 = (row[5].as_str(), row[7].as_str());
        assert_eq!(p999, ("60.0 (40.0 to 64.0)", "30.0 (20.0 to 32.0)"));
        let same = super::row(&[launch(10_000, 40), launch(10_000, 40)]);
        assert_eq!(same[2], "40.0", "no brackets where launches agree");
        let few = super::row(&[launch(9_999, 40), launch(10_000, 80)]);
        assert_eq!((few[4].as_str(), few[5].as_str()), ("60.0 (40.0 to 80.1)", "–"));
    }
}
