//! Readiness and completion, under poll and under completion.

use record::{CellKey, Role};

use super::rows::{TOKIO, rival, situations};
use super::{ECHO, METRICS, not_measured, shown};
use crate::book::{Cell, Sheet};
use crate::page::{Page, Source};
use crate::table::{Table, count};

const DESIGNS: [&str; 2] = ["poll", "completion"];
const DRIVERS: [&str; 2] = ["own-epoll", "own-uring"];
/// One table over all cases and sizes of the echo.
pub(super) fn section(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    page.heading("Readiness and completion under both designs");
    page.text(
        "Both designs on both drivers, per round trip: epoll tells when a call would not block, io_uring does the call.\n\
         No speed of the two designs is compared unless its sign also holds against tokio.\n\
         The last column says whether it does: `completion` against `poll` on the same driver, and against tokio.",
    );
    if sheet.of(ECHO).next().is_none() {
        return not_measured(page, sheet, ECHO);
    }
    let columns = DRIVERS
        .iter()
        .flat_map(|driver| DESIGNS.iter().map(move |design| format!("`{design}:{driver}`")));
    let head = ["case", "n", "per round trip"].map(str::to_owned).into_iter().chain(columns);
    let head = head.chain(["tokio as published", "completion against poll"].map(str::to_owned));
    let mut table = Table::new("server-faces", head).numbers_between(3);
    for (case, n) in situations(source, sheet, ECHO) {
        let control =
            sheet.of(ECHO).any(|(key, cell)| key.case == case && cell.role == Some(Role::Control));
        if control {
            continue;
        }
        for (metric, name, digits) in METRICS {
            let cells = DRIVERS.iter().flat_map(|driver| {
                DESIGNS.iter().map(|design| found(sheet, (&case, n), design, driver))
            });
            let cells = cells.map(|found| value(found, metric, digits));
            let tokio = sheet.cells.get(&tokio_key(&case, n));
            let last = if metric == "instr" { signs(sheet, (&case, n)) } else { "–".to_owned() };
            let name = [case.clone(), count(n.into()), name.to_owned()].into_iter();
            table.row(name.chain(cells).chain([value(tokio, metric, digits), last]));
        }
    }
    page.table(table, sheet, ECHO);
}

/// The first mode of a design in its plain form.
fn found<'a>(
    sheet: &'a Sheet,
    (case, n): (&str, u32),
    design: &str,
    driver: &str,
) -> Option<&'a Cell> {
    let is = |key: &CellKey| {
        (key.workload.as_str(), key.case.as_str(), key.n) == (ECHO, case, n)
            && (key.design.as_str(), key.runtime.as_str()) == (design, driver)
            && key.variant == "portable"
    };
    sheet.cells.iter().find(|(key, _)| is(key)).map(|(_, cell)| cell)
}

fn tokio_key(case: &str, n: u32) -> CellKey {
    CellKey {
        workload: ECHO.to_owned(),
        case: case.to_owned(),
        n,
        design: TOKIO.to_owned(),
        mode: None,
        variant: "portable".to_owned(),
        runtime: TOKIO.to_owned(),
    }
}

fn value(cell: Option<&Cell>, metric: &str, digits: usize) -> String {
    let Some(cell) = cell else { return "not measured".to_owned() };
    match (&cell.trouble, cell.per_operation(metric)) {
        (Some(status), _) => status.to_string(),
        (None, Some(it)) => shown(it, digits),
        (None, None) => "–".to_owned(),
    }
}

/// Whether what is said of the two designs could be said of tokio, driver by driver.
fn signs(sheet: &Sheet, place: (&str, u32)) -> String {
    let tokio = rival(sheet, &tokio_key(place.0, place.1), TOKIO, "instr", "").ok().map(|it| it.0);
    let figure = |design: &str, driver: &str| {
        let cell = found(sheet, place, design, driver)?;
        cell.per_operation("instr").map(|it| it.mid)
    };
    let sign = |driver: &&str| {
        let (poll, completion) = (figure("poll", driver), figure("completion", driver));
        let (Some(poll), Some(completion), Some(tokio)) = (poll, completion, tokio) else {
            return format!("{driver}: a figure is missing");
        };
        let word = |there: f64| match completion.total_cmp(&there) {
            std::cmp::Ordering::Less => "fewer",
            std::cmp::Ordering::Equal => "as many",
            std::cmp::Ordering::Greater => "more",
        };
        let holds = if word(poll) == word(tokio) { "holds" } else { "does not hold" };
        format!("{driver}: {}, against tokio {}, {holds}", word(poll), word(tokio))
    };
    DRIVERS.iter().map(sign).collect::<Vec<_>>().join("<br>")
}
