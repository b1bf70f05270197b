//! What a claim may compare: designs that differ in one axis, with all else held equal, or
//! cells that differ in more with the reason beside them.
//!
//! A verdict that credits a design with what one of its properties does is worth nothing to
//! a reader who has to choose properties, so the tool checks the comparison.

use crate::axes::{AXES, Axis};
use crate::catalog::{Catalog, unknown};
use crate::claim::{About, Check, Claim, Selector, Words};
use crate::select::merged;
use crate::wrong::{Checked, wrong};

/// Refuses comparisons that do not show what the claim says.
pub(crate) fn comparisons(claim: &Claim, catalog: &Catalog) -> Checked {
    if claim.superseded_by.is_some() {
        // Kept as it was judged; another claim says it better.
        return Ok(());
    }
    about(claim)?;
    for check in &claim.checks {
        words(check, catalog)?;
        if check.axis.is_some() {
            ends(check, catalog)?;
        } else if check.compound.is_none() {
            two_sided(check, catalog)?;
        }
    }
    for check in claim.checks.iter().filter(|check| check.axis.is_some() && check.vs.is_none()) {
        counterpart(check, claim)?;
    }
    rewritten(claim)
}

/// A stance is of a design; what a compiler, a crate or a driver does counts against none.
fn about(claim: &Claim) -> Checked {
    match claim.stance.keys().next() {
        Some(design) if claim.about != About::Design => {
            let about = serde_json::to_value(claim.about).expect("a unit variant is a string");
            let about = about.as_str().unwrap_or_default();
            let text = format!(
                "about = \"{about}\" and a stance for `{design}`; expected stance = {{}}, because \
                 every design has it equally, or about = \"design\""
            );
            wrong(text, about)
        }
        _ => Ok(()),
    }
}

/// `axis` with `pair`, or `compound`, or neither.
fn words(check: &Check, catalog: &Catalog) -> Checked {
    let name = &check.name;
    if check.compound.as_ref().is_some_and(|why| why.trim().is_empty()) {
        return wrong("`compound` is empty; expected why the cells differ in more", name);
    }
    let (axis, pair) = match (&check.axis, &check.pair, &check.compound) {
        (None, None, _) => return Ok(()),
        (Some(axis), Some(pair), None) => (axis, pair),
        (Some(_), Some(_), Some(_)) => {
            return wrong("`axis` and `compound`: a check shows one axis, or says why more", name);
        }
        (axis, ..) => {
            let (one, other) = if axis.is_some() { ("axis", "pair") } else { ("pair", "axis") };
            return wrong(format!("`{one}` without `{other}`; they belong together"), name);
        }
    };
    let Some(axis) = Axis::named(axis) else {
        let known: Vec<&str> = AXES.iter().map(|axis| axis.id).collect();
        return wrong(format!("`{axis}` is no axis; expected {}", known.join(", ")), axis);
    };
    for point in pair {
        if !catalog.points.contains_key(point) {
            return wrong(unknown("mode in `pair`", point, catalog.points.keys()), point);
        }
    }
    let differing = catalog.points[&pair[0]].differing(&catalog.points[&pair[1]]);
    match differing.as_slice() {
        [one] if one.id == axis.id => Ok(()),
        [] => wrong(format!("`{}` and `{}` differ in no axis", pair[0], pair[1]), &pair[0]),
        all => {
            let ids: Vec<&str> = all.iter().map(|axis| axis.id).collect();
            let text = format!(
                "`{}` and `{}` differ in {}; expected a pair that differs in {} alone (`cargo \
                 xtask list designs`), or `compound` with the reason instead of `axis`",
                pair[0],
                pair[1],
                ids.join(", "),
                axis.id
            );
            wrong(text, &check.name)
        }
    }
}

/// Each side of the check is one end of its pair, and nothing but the design differs.
fn ends(check: &Check, catalog: &Catalog) -> Checked {
    let Some(pair) = &check.pair else { return Ok(()) };
    let name = &check.name;
    let expected = format!("expected `{}` or `{}`, the ends of its pair", pair[0], pair[1]);
    let Some(of) = point(&check.of, catalog).filter(|point| pair.contains(point)) else {
        return wrong(format!("`of` selects {}; {expected}", spell(&check.of)), name);
    };
    let Some(vs) = &check.vs else { return Ok(()) };
    let vs = merged(&check.of, vs);
    match point(&vs, catalog) {
        Some(end) if pair.contains(&end) && end != of => {}
        _ => return wrong(format!("`vs` selects {}; {expected}, and not `of`", spell(&vs)), name),
    }
    let differing = differing(&check.of, &vs);
    if !differing.is_empty() {
        return wrong(unequal(&differing), name);
    }
    Ok(())
}

/// Two modes of designs in one quotient or difference, without a word about the axes.
fn two_sided(check: &Check, catalog: &Catalog) -> Checked {
    let Some(vs) = &check.vs else { return Ok(()) };
    let vs = merged(&check.of, vs);
    let name = &check.name;
    if variant(&check.of) != variant(&vs) {
        let text = format!(
            "compares {} with {}; a rewritten form is compared with another source only with \
             `compound` and the reason",
            variant(&check.of).join(", "),
            variant(&vs).join(", ")
        );
        return wrong(text, name);
    }
    let (Some(a), Some(b)) = (point(&check.of, catalog), point(&vs, catalog)) else {
        return Ok(());
    };
    let differing = catalog.points[&a].differing(&catalog.points[&b]);
    if differing.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = differing.iter().map(|axis| axis.id).collect();
    let text = format!(
        "`{a}` and `{b}` differ in {}; expected `axis` with `pair`, or `compound` with the reason",
        ids.join(", ")
    );
    wrong(text, name)
}

/// A check that reads one end needs the same check at the other.
fn counterpart(check: &Check, claim: &Claim) -> Checked {
    let mut nearest: Option<Vec<&'static str>> = None;
    for other in &claim.checks {
        let here = other.axis == check.axis && same_pair(other, check) && other.vs.is_none();
        if !here || design(&other.of) == design(&check.of) {
            continue;
        }
        let mut differing = differing(&check.of, &other.of);
        for (differs, key) in [
            (other.compare != check.compare, "compare"),
            (other.schedules != check.schedules, "schedules"),
            (other.reduce != check.reduce, "reduce"),
            (other.per != check.per, "per"),
            (other.targets != check.targets, "targets"),
        ] {
            differing.extend(differs.then_some(key));
        }
        if differing.is_empty() {
            return Ok(());
        }
        if nearest.as_ref().is_none_or(|nearest| nearest.len() > differing.len()) {
            nearest = Some(differing);
        }
    }
    let text = match nearest {
        Some(differing) => unequal(&differing),
        None => "reads one end of its pair; expected a second check with the same axis and pair \
                 that reads the other end"
            .to_owned(),
    };
    wrong(text, &check.name)
}

/// A rewritten form beside another source of the same workload says why.
fn rewritten(claim: &Claim) -> Checked {
    for check in &claim.checks {
        let own = variant(&check.of);
        if check.compound.is_some() || own == [PORTABLE] {
            continue;
        }
        let beside = claim.checks.iter().find(|other| {
            let of = &other.of;
            overlap(&of.workload, &check.of.workload) && variant(of) != own
        });
        if let Some(other) = beside {
            let text = format!(
                "reads {} and `{}` reads {} of the same workload; expected `compound` with the \
                 reason, because the source differs as well as the design",
                own.join(", "),
                other.name,
                variant(&other.of).join(", ")
            );
            return wrong(text, &check.name);
        }
    }
    Ok(())
}

const PORTABLE: &str = "portable";
const OWN: &str = "own";

fn unequal(differing: &[&str]) -> String {
    format!(
        "the two ends of its pair differ in {} too; expected cells that differ in the design alone",
        differing.join(", ")
    )
}

/// What two selections differ in, beside design and mode.
fn differing(of: &Selector, vs: &Selector) -> Vec<&'static str> {
    let list = |words: &Option<Words>, default: &str| match words {
        Some(words) => words.as_slice().to_vec(),
        None => vec![default.to_owned()],
    };
    let mut keys = Vec::new();
    for (key, a, b, default) in [
        ("workload", &of.workload, &vs.workload, ""),
        ("case", &of.case, &vs.case, ""),
        ("variant", &of.variant, &vs.variant, PORTABLE),
        ("runtime", &of.runtime, &vs.runtime, OWN),
    ] {
        keys.extend((list(a, default) != list(b, default)).then_some(key));
    }
    keys.extend((of.metric != vs.metric).then_some("metric"));
    keys.extend((of.at != vs.at).then_some("size"));
    keys
}

fn variant(of: &Selector) -> Vec<&str> {
    match &of.variant {
        Some(words) => words.as_slice().iter().map(String::as_str).collect(),
        None => vec![PORTABLE],
    }
}

fn design(of: &Selector) -> Vec<&str> {
    let of = [&of.design, &of.mode].into_iter().flatten();
    of.flat_map(|words| words.as_slice().iter().map(String::as_str)).collect()
}

/// The one mode that a selection is about, if it is about one.
fn point(of: &Selector, catalog: &Catalog) -> Option<String> {
    let one = |words: &Option<Words>| match words.as_ref().map(Words::as_slice) {
        Some([word]) if word != "none" => Some(word.clone()),
        _ => None,
    };
    let design = one(&of.design)?;
    let full = match one(&of.mode) {
        Some(mode) => format!("{design}/{mode}"),
        None => {
            let below = format!("{design}/");
            let mut all =
                catalog.points.keys().filter(|name| **name == design || name.starts_with(&below));
            let only = all.next()?.clone();
            return all.next().is_none().then_some(only);
        }
    };
    catalog.points.contains_key(&full).then_some(full)
}

fn spell(of: &Selector) -> String {
    match design(of).as_slice() {
        [] => "every design".to_owned(),
        words => format!("`{}`", words.join("/")),
    }
}

fn same_pair(a: &Check, b: &Check) -> bool {
    let sorted = |check: &Check| {
        let mut pair = check.pair.clone().unwrap_or_default();
        pair.sort();
        pair
    };
    sorted(a) == sorted(b)
}

fn overlap(a: &Option<Words>, b: &Option<Words>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.as_slice().iter().any(|word| b.as_slice().contains(word)),
        _ => true,
    }
}
