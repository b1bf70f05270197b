//! What joins the crates: after measuring, judge the run, say what it would change, render
//! its pages, and move pins if that was asked for.

use std::cell::{Cell, OnceCell};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use record::{Line, Record};
use xtask_bench::{After, BenchArgs, Exit, Hooks, Staleness, Tree, Written};
use xtask_judge::pins::{Pin, Pins};
use xtask_judge::verdicts::{CheckVerdict, ClaimVerdict, Verdict, Verdicts};
use xtask_rfc::RfcArgs;

use crate::patience::Patience;

/// The exit code of an error: 2 when an input is wrong, 1 otherwise.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    let wrong_input = error.chain().any(|cause| cause.is::<xtask_judge::BadInput>());
    if wrong_input { 2 } else { xtask_bench::exit_code(error) }
}

/// `cargo xtask bench`.
pub(crate) fn bench(tree: &Tree, args: &BenchArgs, out: &mut dyn Write) -> Result<Exit> {
    if !args.claim.is_empty() {
        // A claim that cannot be meant is refused before anything is built for it.
        xtask_judge::load::claims(&tree.root)?;
    }
    let mut after = |written: &[Written]| after(&tree.root, args, written);
    let aa_spread = |lines: &[Line]| xtask_judge::stats::aa_spread(lines);
    let mut first = |written: &Written| first(&tree.root, written);
    let mut hooks = Hooks {
        aa_spread: &aa_spread,
        first: &mut first,
        after: &mut after,
        largest: xtask_bench::LARGEST,
    };
    xtask_bench::bench_in(tree, args, &mut hooks, out)
}

/// `cargo xtask rfc`.
pub(crate) fn rfc(tree: &Tree, args: &RfcArgs, out: &mut dyn Write) -> Result<Exit> {
    let patience = Cell::new(Some(Patience::with("rfc: judging")));
    let run_claim = |claim: &str, json: bool| -> Result<bool> {
        // Measuring says itself what it does.
        drop(patience.take());
        let claim = vec![claim.to_owned()];
        let args = BenchArgs { claim, json, ..BenchArgs::default() };
        Ok(bench(tree, &args, &mut std::io::stdout())? == Exit::Done)
    };
    let yes = with_stale(tree, |stale| {
        let hooks = xtask_rfc::Hooks { staleness: Some(stale), run_claim: Some(&run_claim) };
        xtask_rfc::run(args, &tree.root, &hooks, out)
    });
    // Whatever stops an `rfc` command is an input that is wrong; nothing was written then.
    let yes = yes.map_err(|error| xtask_judge::BadInput(format!("{error:#}")))?;
    Ok(if yes { Exit::Done } else { Exit::No })
}

/// Lends what says whether the inputs of a claim changed since its record. It hashes the tree at
/// the first question: most commands ask none.
fn with_stale<T>(tree: &Tree, ask: impl FnOnce(xtask_rfc::Staleness<'_>) -> T) -> T {
    let records: OnceCell<Vec<Record>> = OnceCell::new();
    let staleness: OnceCell<Staleness<'_>> = OnceCell::new();
    let stale = |claim: &str| {
        if staleness.get().is_none() {
            let pins = Pins::read(&tree.root)?;
            let open = |pin: &Pin| Record::open(&Pins::dir(&tree.root, &pin.judge));
            let read: Vec<Record> = pins.0.values().map(open).collect::<Result<_>>()?;
            let _ = staleness.set(Staleness::new(tree, records.get_or_init(|| read))?);
        }
        staleness.get().map_or(Ok(None), |staleness| staleness.why(claim))
    };
    ask(&stale)
}

/// What the site shows of claims: citations, and what singles them out today.
pub(crate) fn citations(root: &Path) -> Result<xtask_report::Citations> {
    let tree = Tree::at(root)?;
    let all = with_stale(&tree, |stale| xtask_rfc::shown(root, Some(stale)))?;
    let mut cited = xtask_report::Citations::new();
    for (id, xtask_rfc::Shown { markdown, marks }) in all {
        cited.insert(id, xtask_report::Cited { text: markdown, marks });
    }
    Ok(cited)
}

/// The table of hazards, as soon as there are outcomes.
fn first(root: &Path, written: &Written) -> Result<Option<String>> {
    if written.target != "sim" {
        return Ok(None);
    }
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    xtask_report::overview(root, std::slice::from_ref(&written.dir), colour)
}

/// After the records of a run were written.
fn after(root: &Path, args: &BenchArgs, written: &[Written]) -> Result<After> {
    let _patience = Patience::with("bench: judging and rendering");
    let mut after = After::default();
    let dirs: Vec<PathBuf> = written.iter().map(|record| record.dir.clone()).collect();
    if args.pin {
        let (dirs, left) = worth_pinning(written);
        pin(root, &dirs, &mut after)?;
        after.lines.extend(left);
        return Ok(after);
    }
    let records: Vec<Record> = dirs.iter().map(|dir| Record::open(dir)).collect::<Result<_>>()?;
    let now = xtask_judge::eval_records(root, &records)?;
    let pinned = Verdicts::read(root)?.map_or_else(|| xtask_judge::eval(root), Ok)?;
    // A run of some cells says nothing about claims that need others.
    let partial = args.shard.is_some()
        || [&args.claim, &args.design, &args.workload, &args.runtime].iter().any(|f| !f.is_empty());
    let mut asked = serde_json::Map::new();
    for (id, claim) in &now.claims {
        if args.claim.iter().any(|wanted| wanted.eq_ignore_ascii_case(id)) {
            after.lines.extend(measured(id, claim));
            asked.insert(id.clone(), serde_json::to_value(claim)?);
        }
    }
    let targets: Vec<&str> = records.iter().map(|record| record.run.target.as_str()).collect();
    changes(&pinned, &now, &targets, partial, &mut after);
    if !asked.is_empty() {
        after.json["claims"] = asked.into();
    }
    if !args.record {
        // Beside the targets, in the folder of the run.
        if let Some(run) = dirs.first().and_then(|dir| dir.parent()) {
            let pages = xtask_report::render_local(root, &dirs, &run.join("pages"))?;
            if let Some(first) = pages.iter().find(|page| page.ends_with("README.md")) {
                let shown = first.strip_prefix(root).unwrap_or(first);
                after.lines.push(format!("read {}", shown.display()));
            }
        }
        after.lines.push("or: cargo xtask report --open".to_owned());
    }
    Ok(after)
}

/// What was measured against each bound of a claim, one sentence a check.
fn measured(id: &str, claim: &ClaimVerdict) -> Vec<String> {
    let sentence = |check: &CheckVerdict| {
        let CheckVerdict { name, target, bound, verdict, .. } = check;
        let what = match (&check.result, &check.reason) {
            (Some(value), _) => format!("measured {}", value.text),
            (None, Some(reason)) => reason.clone(),
            (None, None) => "nothing was measured".to_owned(),
        };
        format!("{id} {name} on {target}: {bound}; {what}: {verdict}")
    };
    claim.checks.iter().map(sentence).collect()
}

/// Verdicts of this run that differ from those of the pinned records.
fn changes(pinned: &Verdicts, now: &Verdicts, targets: &[&str], partial: bool, after: &mut After) {
    let (mut judged_here, mut changed) = (0, Vec::new());
    for (id, claim) in &now.claims {
        for (target, judged) in &claim.targets {
            if !target.split('+').all(|part| targets.contains(&part)) {
                continue;
            }
            judged_here += usize::from(judged.verdict != Verdict::NotMeasured);
            let before = pinned.claims.get(id).and_then(|claim| claim.targets.get(target));
            let before = before.map_or("not judged", |before| before.verdict.word());
            let unasked = partial && judged.verdict == Verdict::NotMeasured;
            if before != judged.verdict.word() && !unasked {
                changed.push(format!("{id} on {target}: {before} -> {}", judged.verdict.word()));
            }
        }
    }
    after.lines.push(match (judged_here, changed.len()) {
        (0, 0) => "nothing was judged: no claim finds all of its cells in this run; \
                   `cargo xtask bench --claim C0nn` measures what a claim needs"
            .to_owned(),
        (judged, 0) => format!("verdicts judged: {judged}; none differs from the pinned records"),
        (_, n) => format!("{n} verdicts differ from the pinned records:"),
    });
    after.json = serde_json::json!({ "verdicts_judged": judged_here, "verdicts_changed": changed });
    after.lines.extend(changed.into_iter().map(|line| format!("  {line}")));
}

/// The records that may judge, and what is said of the others: one of which no cell ran, because
/// its runner or its images do not build, would leave its claims without evidence.
fn worth_pinning(written: &[Written]) -> (Vec<PathBuf>, Vec<String>) {
    let (ran, left): (Vec<&Written>, Vec<&Written>) =
        written.iter().partition(|record| record.cells.ok > 0);
    let said = |record: &&Written| {
        format!(
            "{} not pinned, because none of its cells ran; what judged before judges on. Mend what \
             failed, and measure it again: `cargo xtask bench --record --pin --target {}`",
            record.target, record.target
        )
    };
    (ran.iter().map(|record| record.dir.clone()).collect(), left.iter().map(said).collect())
}

/// Makes the new records judge, and regenerates verdicts, text and reports.
fn pin(root: &Path, dirs: &[PathBuf], after: &mut After) -> Result<()> {
    let mut pins = Pins::read(root)?;
    for dir in dirs {
        let record = Record::open(dir)?;
        pins.pin(&record.run.target, &record.name());
        after.lines.push(format!("pinned {}", record.name()));
    }
    std::fs::write(root.join("rfc/pins.toml"), pins.to_toml())?;
    // What the former pins say is written down before their records may leave.
    xtask_rfc::judge(root)?;
    let pruned = xtask_rfc::prune(root)?;
    if let Some(first) = pruned.removed.first() {
        let more = pruned.removed.len() - 1;
        after.lines.push(format!(
            "left the tree, because git and rfc/history.toml have them: {first} and {more} more; \
             commit this by itself"
        ));
    }
    let filled = xtask_rfc::fill(root, &xtask_rfc::FillOptions { force: false })?;
    let report = xtask_report::run(
        &xtask_report::ReportArgs::default(),
        root,
        &xtask_report::Hooks::default(),
    )?;
    after.lines.push(format!("RFC text: {} files rewritten", filled.written.len()));
    after.lines.push(report.text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_which_no_cell_ran_is_not_pinned() {
        let written = |target: &str, ok: usize, failed: usize| Written {
            target: target.to_owned(),
            dir: PathBuf::from(target),
            cells: xtask_bench::Cells { ok, failed, ..xtask_bench::Cells::default() },
            failures: Vec::new(),
            refusals: Vec::new(),
            bytes: 0,
            aa_spread: None,
        };
        let (dirs, left) = worth_pinning(&[written("sim", 9, 1), written("board", 0, 10)]);
        assert_eq!(dirs, [PathBuf::from("sim")]);
        assert_eq!(left.len(), 1);
        assert!(left[0].starts_with("board not pinned"), "{}", left[0]);
    }

    #[test]
    fn a_run_that_judged_nothing_does_not_say_that_nothing_differs() {
        let verdicts = |word: &str| -> Verdicts {
            let claim = format!(
                r#"{{ "verdict": "{word}", "targets": {{ "sim": {{ "verdict": "{word}" }} }},
                    "checks": [], "values": {{}}, "check_hash": "" }}"#
            );
            let claim = serde_json::from_str(&claim).expect("a claim");
            Verdicts { claims: [("C017".to_owned(), claim)].into(), ..Verdicts::default() }
        };
        let said = |now: &str, targets: &[&str], partial: bool| -> String {
            let mut after = After::default();
            changes(&verdicts("supported"), &verdicts(now), targets, partial, &mut after);
            after.lines.join("\n")
        };
        assert!(said("not measured", &["sim"], true).starts_with("nothing was judged"));
        assert!(said("supported", &["linux"], false).starts_with("nothing was judged"));
        let same = said("supported", &["sim"], true);
        assert_eq!(same, "verdicts judged: 1; none differs from the pinned records");
        let other = said("contradicted", &["sim"], true);
        assert!(other.contains("C017 on sim: supported -> contradicted"), "{other}");
        // A whole run that has lost a claim's evidence says so.
        assert!(said("not measured", &["sim"], false).contains("supported -> not measured"));
    }

    #[test]
    fn each_check_is_a_sentence_with_value_bound_and_verdict() {
        let text = r#"{ "verdict": "supported", "targets": {}, "values": {}, "check_hash": "",
            "checks": [
                { "name": "lost", "target": "sim", "verdict": "supported",
                  "bound": "value of lost_items, at least 1",
                  "result": { "number": 11.0, "text": "11 items" } },
                { "name": "instr", "target": "linux", "verdict": "not measured",
                  "bound": "ratio of instr, at most 0.8", "reason": "w/a@poll is not in linux/r" }
            ] }"#;
        let claim: ClaimVerdict = serde_json::from_str(text).expect("a claim");
        assert_eq!(
            measured("C017", &claim),
            [
                "C017 lost on sim: value of lost_items, at least 1; measured 11 items: supported",
                "C017 instr on linux: ratio of instr, at most 0.8; w/a@poll is not in linux/r: \
                 not measured",
            ]
        );
    }
}
