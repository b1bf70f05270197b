//! What was predicted of each family beside what was measured.

use record::{CellKey, Role};

use super::hazard::Hazard;
use crate::column::Column;
use crate::outcome::Shown;
use crate::page::Source;
use crate::predict::{Expect, Family, Prediction};
use crate::stories::UNSHIELDED;

/// How a prediction fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fared {
    AsPredicted,
    Differs,
    /// Either outcome was allowed, or the mode was not predicted.
    Open,
}

/// One comparison.
struct Compared<'a> {
    family: &'a Family,
    prediction: &'a Prediction,
    column: Column,
    measured: String,
    fared: Fared,
}

/// Whether what was predicted of a design is not what was measured.
pub(super) fn differs(source: Source<'_>, hazard: &Hazard<'_>, design: &str) -> bool {
    let mut all = compared(source, hazard);
    all.any(|it| it.family.design == design && it.fared == Fared::Differs)
}

/// A sentence for each family that was measured, the failures first and in bold.
pub(super) fn sentences(source: Source<'_>, hazard: &Hazard<'_>) -> String {
    let mut all: Vec<Compared<'_>> = compared(source, hazard).collect();
    if all.is_empty() {
        return String::new();
    }
    all.sort_by_key(|it| it.fared != Fared::Differs);
    let say = |it: &Compared<'_>| {
        let word = match it.fared {
            Fared::Differs => "**the prediction failed**",
            Fared::AsPredicted => "as predicted",
            Fared::Open => "either was allowed",
        };
        format!(
            "- {}, as `{}`: {} was predicted, {} measured: {word}.",
            it.family.text,
            it.column,
            it.prediction.label(),
            it.measured
        )
    };
    let lines: Vec<String> = all.iter().map(say).collect();
    let failed = all.iter().filter(|it| it.fared == Fared::Differs).count();
    let head = match failed {
        0 => "No prediction failed.".to_owned(),
        n => format!("{n} of {} predictions failed.", all.len()),
    };
    format!(
        "{head}\nPredictions were written before anything was measured \
            ([predictions.toml](reports:predictions.toml)).\n\n{}",
        lines.join("\n")
    )
}

fn compared<'a>(source: Source<'a>, hazard: &'a Hazard<'a>) -> impl Iterator<Item = Compared<'a>> {
    source.predictions.families.iter().filter_map(move |family| {
        let prediction = source.predictions.of(hazard.id, &family.id)?;
        if matches!(prediction.expect, Expect::None | Expect::Measure) {
            return None;
        }
        let column = comparable(hazard, family)?;
        let outcomes = outcomes(source, hazard, &column);
        let fired = outcomes.iter().filter(|shown| shown.fires()).count();
        let measured = match outcomes.as_slice() {
            [] => return None,
            [one] => one.label(),
            all => format!("fires in {fired} of {} cases", all.len()),
        };
        let refused = outcomes.iter().any(|shown| matches!(shown, Shown::Inexpressible(..)));
        let fared = fared(prediction, &column, fired > 0, refused);
        Some(Compared { family, prediction, column, measured, fared })
    })
}

fn fared(prediction: &Prediction, column: &Column, fires: bool, refused: bool) -> Fared {
    let in_mode = prediction.modes.is_empty()
        || column.mode.as_ref().is_some_and(|mode| prediction.modes.contains(mode));
    match prediction.expect {
        _ if !in_mode => Fared::Open,
        Expect::Depends | Expect::Measure | Expect::None => Fared::Open,
        Expect::Occurs if fires => Fared::AsPredicted,
        Expect::Absent | Expect::Converted if !fires && !refused => Fared::AsPredicted,
        Expect::Inexpressible if refused => Fared::AsPredicted,
        _ => Fared::Differs,
    }
}

/// The outcomes of all cases of a form, without the twins that drop a word of its source.
fn outcomes(source: Source<'_>, hazard: &Hazard<'_>, column: &Column) -> Vec<Shown> {
    let mine =
        |key: &CellKey| hazard.sheet.column(key) == *column && !key.case.ends_with(UNSHIELDED);
    let cells = hazard.cells(Role::Hazard).filter(|(key, _)| mine(key));
    cells.map(|(key, _)| hazard.outcome(source, key)).filter(Shown::is_known).collect()
}

/// The form of a family that is compared: the first variant that has an outcome.
fn comparable(hazard: &Hazard<'_>, family: &Family) -> Option<Column> {
    let columns = hazard.sheet.columns(hazard.id);
    let of = |variant: &String| {
        let mut all: Vec<&Column> =
            columns.iter().filter(|c| family.is(c) && c.variant == *variant && c.ours).collect();
        let wanted = hazard.story.map_or("", |story| story.runtime.as_str());
        all.sort_by_key(|c| (c.mode_at, !wanted.is_empty() && c.runtime != wanted));
        all.first().map(|column| (*column).clone())
    };
    family.variants.iter().find_map(of)
}
