//! `cargo xtask compare`: every exact value of which two records say something else.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use clap::Args;
use record::{CellKey, Record};
use serde_json::json;
use xtask_bench::{Exit, Glob, InputError};
use xtask_judge::equal::{Compared, Differs, Place, Rule, Values};
use xtask_judge::pins::Pins;

/// Format of the `--json` answer.
const FORMAT: &str = "async-eval.compare/1";
/// Most values that a line lists of one metric.
const SHOWN: usize = 3;

/// List every exact value that differs between two records of a target; exit 1 if any does
///
/// A change that moves code and changes nothing leaves none:
///   cargo xtask bench --target sim --out target/after
///   cargo xtask compare sim/2026-11-30-0a1b2c3d4e target/after/<run>/sim
/// Samples of time and latencies are not compared. What one record alone has is counted.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompareArgs {
    /// The record before: <target>/<date>-<revision> below reports/data, or a folder
    a: String,
    /// The record after, likewise
    b: String,
    /// Only these cells: `tcp-echo/*`, `*@poll*:own`
    #[arg(long, value_name = "GLOB")]
    cell: Option<String>,
    /// Only these metrics: `instr`, `status`, `receipt`, `schedule *`
    #[arg(long, value_name = "GLOB")]
    metric: Option<String>,
    /// Numbers that differ by at most so many per cent are equal
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = millionths)]
    within: u32,
    /// Also list what one record alone has
    #[arg(long)]
    only: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// `0.5` per cent as millionths.
fn millionths(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is no number of per cent from 0 to 100");
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 4 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{}, with at most four digits behind the point", wrong()));
    }
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    let part: u32 = format!("{part:0<4}").parse().map_err(|_| wrong())?;
    let all = whole.checked_mul(10_000).and_then(|whole| whole.checked_add(part));
    all.filter(|all| *all <= 1_000_000).ok_or_else(wrong)
}

/// Compares the two records.
///
/// # Errors
/// When a record or a pattern cannot be read, and when the records are of two targets or have no
/// value in common.
pub(crate) fn run(args: &CompareArgs, root: &Path, out: &mut dyn Write) -> Result<Exit> {
    let (a, b) = (open(root, &args.a)?, open(root, &args.b)?);
    if a.run.target != b.run.target {
        let text = format!(
            "{} is of target {}, {} of {}; give two records of one target",
            a.name(),
            a.run.target,
            b.name(),
            b.run.target
        );
        return Err(InputError::new(text).into());
    }
    let cells = glob(args.cell.as_deref())?;
    let metrics = glob(args.metric.as_deref())?;
    let wanted = |cell: &CellKey, metric: &str| {
        metrics.is_match(metric) && (args.cell.is_none() || cells.is_match(&cell.to_string()))
    };
    let found = Rule { wanted: &wanted, within: args.within }.compare(&a, &b)?;
    if found.equal == 0 && found.differ.is_empty() {
        let text = "the records have none of these values in common; see `cargo xtask list \
                    records`, and the patterns of --cell and --metric";
        return Err(InputError::new(text).into());
    }
    let (a, b) = (a.name(), b.name());
    if args.json {
        let answer = json!({ "format": FORMAT, "a": a, "b": b, "compared": found });
        writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
    } else {
        print(args, (&a, &b), &found, out)?;
    }
    Ok(if found.differ.is_empty() { Exit::Done } else { Exit::No })
}

fn glob(pattern: Option<&str>) -> Result<Glob> {
    let pattern = pattern.unwrap_or("*");
    Ok(Glob::new(pattern).map_err(|why| InputError::new(format!("`{pattern}`: {why}")))?)
}

/// A record by its folder or its name.
fn open(root: &Path, name: &str) -> Result<Record> {
    let named = Pins::dir(root, name);
    let places = [Path::new(name).to_owned(), named];
    let Some(dir) = places.iter().find(|dir| dir.join("run.json").is_file()) else {
        let text = format!(
            "no record `{name}`, neither as a folder nor below reports/data; `cargo xtask list \
             records` shows all, and git has those that were removed"
        );
        return Err(InputError::new(text).into());
    };
    Record::open(dir).map_err(|error| InputError::new(format!("{error:#}")).into())
}

fn print(
    args: &CompareArgs,
    (a, b): (&str, &str),
    found: &Compared,
    out: &mut dyn Write,
) -> Result<()> {
    for Differs { place, a, b } in &found.differ {
        writeln!(out, "{}  {}  {} -> {}", place.cell, place.metric, shown(a), shown(b))?;
    }
    let sides = [(a, &found.only_a), (b, &found.only_b)];
    for (name, only) in sides.into_iter().filter(|_| args.only) {
        for Place { cell, metric } in only {
            writeln!(out, "{cell}  {metric}  only in {name}")?;
        }
    }
    let Compared { equal, differ, only_a, only_b } = found;
    writeln!(
        out,
        "compare: {equal} exact values equal, {} differ, {} only in {a}, {} only in {b}",
        differ.len(),
        only_a.len(),
        only_b.len(),
    )?;
    Ok(())
}

/// What launches said: the values, or the ends and how many there are.
fn shown(values: &Values) -> String {
    let all: Vec<String> = values.iter().map(ToString::to_string).collect();
    match all.as_slice() {
        few if few.len() <= SHOWN => few.join(" | "),
        many => format!("{} .. {} ({} values)", many[0], many[many.len() - 1], many.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cent_are_read_to_the_digit() {
        assert_eq!(millionths("0"), Ok(0));
        assert_eq!(millionths("0.5"), Ok(5000));
        assert_eq!(millionths("100"), Ok(1_000_000));
        for wrong in ["", "-1", "x", "0.00001", "0.-1", "101", "99999999"] {
            assert!(millionths(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn many_values_are_their_ends() {
        use xtask_judge::equal::Value;
        let of = |all: &[u64]| all.iter().map(|value| Value::Number(*value)).collect::<Values>();
        assert_eq!(shown(&of(&[2, 1])), "1 | 2");
        assert_eq!(shown(&of(&[4, 2, 9, 1])), "1 .. 9 (4 values)");
    }

    #[test]
    fn a_record_that_is_not_there_is_an_input_that_is_wrong() {
        let dir = tempfile::tempdir().expect("a folder");
        let error = open(dir.path(), "sim/none").expect_err("nothing there");
        assert_eq!(crate::join::exit_code(&error), 2);
        assert!(format!("{error}").contains("cargo xtask list"), "{error}");
    }
}
