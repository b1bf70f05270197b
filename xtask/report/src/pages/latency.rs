//! Latency under an open loop: quantiles over launches.

use record::{CellKey, Latency};
use xtask_judge::latency::{Quantiles, quantiles};

use super::{not_measured, shown};
use crate::book::{Cell, Sheet, Spread};
use crate::column::Column;
use crate::page::{Page, Source};
use crate::pages::curves::float;
use crate::table::{Table, count};

/// Nanoseconds in what the table shows.
const MICROSECOND: f64 = 1000.0;
/// The workload that serves.
const SERVE: &str = "tcp-serve";

pub(super) fn shows(workload: &str) -> bool {
    workload == SERVE
}

/// Writes the table, or why there is none.
pub(super) fn section(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    page.heading("Latency");
    page.text(
        "Requests are sent when they are due, whether those before were answered or not, and a request that is not answered fails the cell.\n\
         Latency counts in microseconds from the intended start: the median over launches of each launch's quantile, and in brackets the smallest and the largest where launches differ; *service* counts from the actual sending, and the difference is queueing.\n\
         The slowest in a thousand is shown from ten thousand answers on. <!-- ev:free -->\n\
         Load and server share this machine, so these figures are indicative.",
    );
    let served = |cell: &Cell| !cell.latencies.is_empty() || cell.unserved.is_some();
    let mut cells: Vec<(&CellKey, &Cell)> =
        sheet.cells.iter().filter(|(_, cell)| served(cell)).collect();
    if cells.is_empty() {
        return not_measured(page, sheet, SERVE);
    }
    cells.sort_by_key(|(key, _)| {
        let case = source.suite.position(&key.workload, &key.case);
        (&key.workload, case, key.n, Column::of(key))
    });
    let head = ["workload", "case", "n", "design", "load"];
    let numbers = ["launches", "p50", "p90", "p99", "p99.9", "max", "service p50", "service p99"];
    let mut table = Table::new("server-latency", head.into_iter().chain(numbers).chain(["note"]))
        .numbers_between(head.len());
    for (key, cell) in cells {
        let who = Column::of(key).named();
        let who = [key.workload.clone(), key.case.clone(), count(key.n.into()), who];
        let note = cell.unserved.as_ref().map(ToString::to_string).unwrap_or_default();
        table.row(who.into_iter().chain(row(&cell.latencies)).chain([note]));
    }
    page.table(table, sheet, SERVE);
}

fn row(latencies: &[Latency]) -> Vec<String> {
    let read = |text: fn(&Latency) -> &String| -> Vec<Quantiles> {
        latencies.iter().filter_map(|one| quantiles(text(one)).ok()).collect()
    };
    let (intended, service) = (read(|one| &one.intended), read(|one| &one.service));
    let middle = |of: &[Quantiles], value: fn(&Quantiles) -> Option<u64>| {
        let microseconds = |one| value(one).map(|ns| float(ns) / MICROSECOND);
        let values: Option<Vec<f64>> = of.iter().map(microseconds).collect();
        let spread = values.and_then(|values| Spread::of(&values));
        spread.map_or("–".to_owned(), |it| shown(it, 1))
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
