//! Facts about upstream grow old: a note for those that were looked at long ago.

use std::time::{SystemTime, UNIX_EPOCH};

use super::data::{Spine, Upstream};
use crate::table::{Place, Sources};

/// A fact is worth another look after so many days.
const DAYS: i64 = 60;

/// The note, if there is something to say today. It depends on the day and is in no file.
pub(crate) fn note(spine: &Spine) -> Option<String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    at(spine.upstream.iter().map(|item| &item.it), i64::try_from(since.as_secs() / 86_400).ok()?)
}

/// How many facts were old when the newest pinned record was made.
pub(crate) fn aged(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let date = |name: &str| name.split('/').nth(1)?.get(..10).map(str::to_owned);
    let records = sources.facts.records.values();
    let Some(date) = records.filter_map(|record| date(&record.name)).max() else {
        return Ok("No record is pinned.\n".to_owned());
    };
    let then = day(&date).ok_or_else(|| format!("`{date}` is no date of a record"))?;
    let items = || sources.facts.spine.upstream.iter().map(|item| &item.it).filter(moving);
    let (all, old) = (items().count(), items().filter(|item| is_old(item, then)).count());
    Ok(format!(
        "On {date}, when the newest pinned record was made, {old} of the {all} lines that can \
         change had been looked at more than {DAYS} days before.\n"
    ))
}

/// What a release was does not change.
fn moving(item: &&Upstream) -> bool {
    item.kind != "release"
}

fn is_old(item: &Upstream, today: i64) -> bool {
    item.checked.as_deref().and_then(day).is_some_and(|day| today - day > DAYS)
}

fn at<'a>(items: impl Iterator<Item = &'a Upstream>, today: i64) -> Option<String> {
    let old = items.filter(moving).filter(|item| is_old(item, today));
    let ids: Vec<&str> = old.map(|item| item.id.as_str()).collect();
    let count = ids.len();
    (count > 0).then(|| {
        let list = ids.join(", ");
        format!("rfc/upstream.toml: {count} facts are older than {DAYS} days, look again: {list}")
    })
}

/// Days since 1970 of `YYYY-MM-DD`, or of the first of a month, in the Gregorian calendar.
fn day(date: &str) -> Option<i64> {
    let mut parts = date.split('-').map(str::parse::<i64>);
    let (year, month) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let day = parts.next().unwrap_or(Ok(1)).ok()?;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let shifted = (month + 9) % 12;
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_old_after_sixty_days_and_not_before() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2024-02-29"), Some(19_782));
        assert_eq!(day("2026-03-01"), Some(20_513));
        assert_eq!(day("2026-03"), day("2026-03-01"), "a month is as old as its first day");
        let item = Upstream {
            id: "goal-x".into(),
            kind: "goal".into(),
            title: String::new(),
            status: String::new(),
            url: String::new(),
            checked: Some("2026-03-01".into()),
            archive: None,
            seed: Vec::new(),
        };
        assert_eq!(at([&item].into_iter(), 20_513 + 60), None);
        let note = at([&item].into_iter(), 20_513 + 61).expect("a note");
        assert!(note.contains("1 facts") && note.contains("goal-x"), "{note}");
    }
}
