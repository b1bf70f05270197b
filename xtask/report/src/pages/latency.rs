//! Latency under an open loop: quantiles over launches.

use record::{CellKey, Latency};
use xtask_judge::latency::{Quantiles, quantiles};

use super::curves::{float, number};
use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::page::{Page, Source};
use crate::stat;
use crate::table::{Table, count};

/// Nanoseconds in what the table shows.
const MICROSECOND: f64 = 1000.0;

/// Writes the table, where a workload has such cells.
pub(crate) fn section(page: &mut Page, source: Source<'_>, sheet: &Sheet, workload: &str) {
    let mut cells: Vec<(&CellKey, &Cell)> =
        sheet.of(workload).filter(|(_, cell)| !cell.latencies.is_empty()).collect();
    if cells.is_empty() {
        return;
    }
    cells.sort_by_key(|(key, _)| {
        (source.suite.position(workload, &key.case), key.n, Column::of(key))
    });
    page.text(
        "Latency in microseconds from the intended start of a request, median over launches; \
         *service* counts from the actual sending, and the difference is queueing.\n\
         The slowest in a thousand is shown from ten thousand answers on. <!-- ev:free -->\n\
         Load and server share this machine, so these figures are indicative.",
    );
    let head = ["case", "n", "design", "load"];
    let numbers = ["launches", "p50", "p90", "p99", "p99.9", "max", "service p50", "service p99"];
    let mut table = Table::new(&format!("latency-{workload}"), head.into_iter().chain(numbers))
        .numbers_from(head.len());
    for (key, cell) in cells {
        let who = [key.case.clone(), count(key.n.into()), format!("`{}`", Column::of(key))];
        table.row(who.into_iter().chain(row(&cell.latencies)));
    }
    page.table(table, sheet, workload);
}

fn row(latencies: &[Latency]) -> Vec<String> {
    let read = |text: fn(&Latency) -> &String| -> Vec<Quantiles> {
        latencies.iter().filter_map(|one| quantiles(text(one)).ok()).collect()
    };
    let (intended, service) = (read(|one| &one.intended), read(|one| &one.service));
    let middle = |of: &[Quantiles], value: fn(&Quantiles) -> Option<u64>| {
        let values: Option<Vec<f64>> = of.iter().map(|one| value(one).map(float)).collect();
        let median = values.and_then(|values| stat::median(&values));
        median.map_or("–".to_owned(), |ns| number(ns / MICROSECOND, 1))
    };
    let load = latencies.first().map(|one| {
        let kind = match one.schedule {
            record::Schedule::Poisson => "Poisson",
            record::Schedule::Fixed => "evenly spaced",
        };
        format!("{} per s for {} s, {kind}", count(one.rate.into()), one.seconds)
    });
    vec![
        load.unwrap_or_default(),
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
        let row = row(&[launch(10_000, 40), launch(10_000, 80), launch(10_000, 60)]);
        assert_eq!(row[..3], ["2,000 per s for 5 s, Poisson", "3", "60.0"]);
        assert_eq!((row[5].as_str(), row[7].as_str()), ("60.0", "30.0"));
        let few = super::row(&[launch(9_999, 40), launch(10_000, 80)]);
        assert_eq!((few[4].as_str(), few[5].as_str()), ("60.0", "–"));
    }
}
