//! The rules of the text, one function each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use anyhow::Result;
use regex::Regex;
use xtask_judge::findings;
use xtask_judge::verdicts::Mark;

use crate::anchors;
use crate::book::{Book, Chapter, Citation};
use crate::facts::{ClaimFacts, Facts, NOT_MEASURED, nearest};
use crate::finding::{FILL, Finding, Rule};
use crate::marker::MarkerKind;
use crate::number::Units;

/// The list of drawbacks, and of what is open.
const DRAWBACKS: &str = "rfc/drawbacks.md";
const UNRESOLVED: &str = "rfc/unresolved.md";

/// Curated findings whose verdict flipped, or whose hole has no value.
pub(crate) fn curated(facts: &Facts, root: &Path) -> Result<Vec<Finding>> {
    let verdict = |id: &str| facts.claims.get(id).map(|claim| claim.verdict.clone());
    let values = |id: &str| facts.claims.get(id).map(|claim| &claim.values);
    let measured = |text: &&String| text.as_str() != NOT_MEASURED;
    let mut wrong = Vec::new();
    for finding in findings::read(root)? {
        let ids = finding.claims.keys();
        let old = ids.filter_map(|id| facts.claims.get(id)).filter(|claim| !claim.stands());
        for (what, repair) in old.map(ClaimFacts::succeeded) {
            let at = finding.line;
            wrong.push(Finding::new(findings::FILE, at, Rule::Superseded, what, repair));
        }
        let value = |id: &str, key: &str| values(id)?.get(key).filter(measured).cloned();
        let keys = |id: &str| values(id).map(|all| all.keys().cloned().collect());
        let known = findings::Known { verdict: &verdict, value: &value, keys: &keys };
        if let Err(it) = finding.filled(&known, |_, _, text| text.to_owned()) {
            let rule = Rule::AssertionContradicted;
            wrong.push(Finding::new(findings::FILE, it.line, rule, it.what, it.repair));
        }
    }
    Ok(wrong)
}

/// Assertions that are wrong, and citations that nothing asserts.
pub(crate) fn assertions(chapter: &Chapter, facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut says = Vec::new();
    for marker in &chapter.doc.markers {
        let Ok(MarkerKind::Says(assertions)) = &marker.kind else { continue };
        let line = chapter.doc.line(marker.range.start);
        for assertion in assertions {
            says.push((marker.range.start, assertion.claim.as_str()));
            let finding =
                |rule, what, repair: String| Finding::new(&chapter.path, line, rule, what, repair);
            let Some(claim) = facts.claims.get(&assertion.claim) else {
                let near = nearest(&assertion.claim, facts.claims.keys()).join(", ");
                let what = format!("unknown claim {}; near: {near}", assertion.claim);
                findings.push(finding(Rule::UnknownId, what, "cargo xtask list claims".into()));
                continue;
            };
            let target = assertion.target.as_deref();
            let on = target.map_or(String::new(), |target| format!(" on {target}"));
            let part = assertion.part.as_deref();
            let Some(verdict) = claim.verdict_of(part, target) else {
                let known: Vec<&str> = claim.targets.keys().map(String::as_str).collect();
                let of = part.map_or(String::new(), |part| {
                    format!("; no check `{part}` of {}", claim.parts().join(", "))
                });
                let known = known.join(", ");
                let what = format!("{} is not judged{on}; targets: {known}{of}", claim.id);
                findings.push(finding(Rule::UnknownId, what, "correct the assertion".into()));
                continue;
            };
            if verdict != assertion.verdict {
                let what = format!(
                    "prose written for {} = {}{on}, the verdict is {verdict}",
                    claim.id, assertion.verdict
                );
                let repair = format!(
                    "rewrite the paragraph and its `ev:says`; why: rfc/evidence/{}.md",
                    claim.id
                );
                findings.push(finding(Rule::AssertionContradicted, what, repair));
            }
        }
    }
    for link in &chapter.doc.links {
        let bound = chapter.doc.bound(link.range.start);
        if !says.iter().any(|(at, claim)| bound.contains(at) && *claim == link.claim) {
            let verdict = facts.claims.get(&link.claim).map_or("…", |claim| &claim.verdict);
            let what = format!("{} is cited and nothing asserts its verdict", link.claim);
            let repair = format!(
                "add the line `<!-- ev:says {} {verdict} -->` below the paragraph if that is \
                 what it says",
                link.claim
            );
            let line = chapter.doc.line(link.range.start);
            findings.push(Finding::new(&chapter.path, line, Rule::AssertionMissing, what, repair));
        }
    }
    findings.dedup_by(|a, b| a.what == b.what && a.rule == b.rule);
    findings
}

/// Measurements typed by hand.
pub(crate) fn naked(chapter: &Chapter, units: &Units) -> Vec<Finding> {
    let finding = |naked: crate::number::Naked| {
        let what = format!("`{}` looks like a measurement that no claim carries", naked.text);
        let repair = "cite it as `[?](…/evidence/C0nn.md#value)`, or end the line with \
                      `<!-- ev:free -->` if it is none";
        Finding::new(&chapter.path, naked.line, Rule::NakedMeasurement, what, repair)
    };
    units.naked_in(&chapter.doc).into_iter().map(finding).collect()
}

/// Figures of others that are quoted on a free line without the day on which they were
/// published or read.
pub(crate) fn undated(chapter: &Chapter, units: &Units) -> Vec<Finding> {
    static ADDRESS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\]\(https?://[^)]*\)").expect("a constant pattern"));
    static DATE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b(?:19|20)\d{2}-\d{2}\b").expect("a constant pattern"));
    let doc = &chapter.doc;
    let free = doc.markers.iter().filter(|marker| marker.kind == Ok(MarkerKind::Free));
    let lines = free.map(|marker| doc.line(marker.range.start));
    let mut findings = Vec::new();
    for at in lines {
        let line = doc.text.lines().nth(at - 1).unwrap_or_default();
        let line = line.split("<!--").next().unwrap_or_default();
        let words = ADDRESS.replace_all(line, "");
        let quoted = words.len() < line.len() && !DATE.is_match(&words);
        if let Some(figure) = units.naked(&words).first().filter(|_| quoted) {
            let what = format!("the external figure `{}` has no date", figure.text);
            let repair =
                "say beside the link when it was published or read, as YYYY-MM or YYYY-MM-DD";
            findings.push(Finding::new(&chapter.path, at, Rule::Undated, what, repair));
        }
    }
    findings
}

/// Rankings, means and counts over workloads.
pub(crate) fn rankings(chapter: &Chapter) -> Vec<Finding> {
    static OVERALL: LazyLock<Regex> = LazyLock::new(|| {
        let better = "(?:faster|slower|better|worse|cheaper|smaller|safer|winner|best|fastest)";
        let all = "(?:overall|on average|in general|across the board|all in all)";
        let mean = "(?:mean|average|averaged|median|geomean|sum|total|score)";
        let over = "(?:over|across|of) (?:(?:all|the|our|these) ){0,2}";
        let many = "(?:workloads|hazards|benchmarks|cells|targets)";
        let most = "(?:most|all|many|half) (?:of the |of these )?(?:workloads|benchmarks)";
        let wins = "(?:wins|leads|is ahead|beats)";
        let pattern = [
            format!(r"\b{all},? (?:the )?{better}\b"),
            format!(r"\b{better} {all}\b"),
            format!(r"\b{mean}s? {over}{many}\b"),
            format!(r"\b{wins} (?:\w+ )?(?:in|on) {most}\b"),
        ];
        Regex::new(&format!("(?i){}", pattern.join("|"))).expect("a constant pattern")
    });
    let doc = &chapter.doc;
    let free: BTreeSet<usize> = doc
        .markers
        .iter()
        .filter(|marker| marker.kind == Ok(MarkerKind::Free))
        .map(|marker| doc.line(marker.range.start))
        .collect();
    OVERALL
        .find_iter(&doc.words.text)
        .map(|hit| (doc.line(doc.words.source(hit.start())), hit.as_str()))
        .filter(|(line, _)| !free.contains(line))
        .map(|(line, words)| {
            let what = format!("`{words}` sums up workloads, which no claim does");
            let repair = "name the workload and its claim";
            Finding::new(&chapter.path, line, Rule::OverallRanking, what, repair)
        })
        .collect()
}

/// Relative links to files, and to headings of Markdown files, that are not there.
pub(crate) fn broken_links(chapter: &Chapter, book: &Book) -> Vec<Finding> {
    let mut findings = Vec::new();
    for link in &chapter.doc.others {
        let own = link.dest.starts_with('#').then(|| chapter.path.clone());
        let Some(target) = own.or_else(|| chapter.resolve(&link.dest)) else { continue };
        let path = book.root.join(&target);
        let line = chapter.doc.line(link.at);
        let mut say = |what: String, repair: String| {
            findings.push(Finding::new(&chapter.path, line, Rule::BrokenLink, what, repair));
        };
        if !path.exists() {
            say(format!("`{}` leads nowhere", link.dest), "correct the address".to_owned());
            continue;
        }
        let Some((_, heading)) = link.dest.split_once('#') else { continue };
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let anchors = anchors::in_file(&text);
        if target.ends_with(".md") && !anchors.contains(heading) {
            let near = nearest(heading, anchors.iter()).join(", ");
            say(format!("{target} has no heading `#{heading}`"), format!("near: {near}"));
        }
    }
    findings
}

/// Claims that no reader of the chapters would meet.
pub(crate) fn uncited(
    facts: &Facts,
    cited: &BTreeMap<String, Vec<Citation>>,
    book: &Book,
) -> Vec<Finding> {
    let listed = book.chapter(UNRESOLVED).map_or("", |chapter| chapter.doc.text.as_str());
    facts
        .claims
        .values()
        .filter(|claim| !cited.contains_key(&claim.id) && claim.stands())
        .filter(|claim| !listed.contains(&format!("evidence/{}.md", claim.id)))
        .map(|claim| {
            let what =
                format!("{} is cited by no chapter and not listed in {UNRESOLVED}", claim.id);
            let repair = format!("cite it, or keep `table=uncited` in {UNRESOLVED} and {FILL}");
            Finding::new(&claim.file, 0, Rule::Uncited, what, repair)
        })
        .collect()
}

/// Drawbacks that the list of drawbacks leaves out.
pub(crate) fn drawbacks(facts: &Facts, book: &Book) -> Vec<Finding> {
    let listed = book.chapter(DRAWBACKS).map_or("", |chapter| chapter.doc.text.as_str());
    let mut findings = Vec::new();
    for claim in facts.claims.values() {
        for (design, why) in claim.drawback_of() {
            if !listed.contains(&format!("evidence/{}.md", claim.id)) {
                let what = format!("{} ({design}: {why}) is missing", claim.id);
                let repair = format!("keep `table=drawbacks` in {DRAWBACKS} and {FILL}");
                findings.push(Finding::new(DRAWBACKS, 0, Rule::HiddenDrawback, what, repair));
            }
        }
    }
    findings
}

/// Claims that were written when their record was there already, and do not say so.
pub(crate) fn known_results(facts: &Facts) -> Vec<Finding> {
    let newer = |claim: &&ClaimFacts| {
        let says = claim.regression || claim.by_definition || !claim.stands();
        claim.marks.iter().any(|mark| mark == Mark::Newer.word()) && !says
    };
    let finding = |claim: &ClaimFacts| {
        let what = format!(
            "{} is newer than the record that judges it and does not say that its result was known",
            claim.id
        );
        let repair = "say `regression = true`, or judge it by a record that is made from now on";
        Finding::new(&claim.file, 0, Rule::KnownResult, what, repair)
    };
    facts.claims.values().filter(newer).map(finding).collect()
}
