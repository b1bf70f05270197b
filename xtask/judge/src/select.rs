//! Which cells a selector means.

use std::collections::BTreeSet;

use record::CellKey;

use crate::claim::{Selector, Words};

/// A selector with its defaults filled in: an absent key means all cells, except variant
/// (portable) and runtime (own).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pick {
    workload: Option<Vec<String>>,
    case: Option<Vec<String>>,
    design: Option<Vec<String>>,
    mode: Option<Vec<String>>,
    variant: Option<Vec<String>>,
    runtime: Option<Vec<String>>,
    n: Option<Vec<u32>>,
    pub(crate) metric: Option<String>,
}

impl Pick {
    pub(crate) fn of(selector: &Selector) -> Pick {
        let list = |words: &Option<Words>| {
            let words = words.as_ref()?.as_slice().to_vec();
            (words != ["none"]).then_some(words)
        };
        let or = |words: Option<Vec<String>>, word: &str| {
            Some(words.unwrap_or_else(|| vec![word.to_owned()]))
        };
        Pick {
            workload: list(&selector.workload),
            case: list(&selector.case),
            design: list(&selector.design),
            mode: list(&selector.mode),
            variant: or(list(&selector.variant), "portable"),
            runtime: or(list(&selector.runtime), "own"),
            n: sizes(selector),
            metric: selector.metric.clone(),
        }
    }

    /// The other side of a comparison: what it does not say is taken from `of`, and
    /// `"none"` drops a key.
    pub(crate) fn versus(of: &Selector, vs: &Selector) -> Pick {
        Pick::of(&merged(of, vs))
    }

    /// Narrows a selection that a check has already made; absent keys mean all here.
    pub(crate) fn narrowing(selector: &Selector) -> Pick {
        let all = || Some(Words::One("*".to_owned()));
        let mut loose = selector.clone();
        loose.variant = loose.variant.or_else(all);
        loose.runtime = loose.runtime.or_else(all);
        Pick::of(&loose)
    }

    pub(crate) fn with_sizes(mut self, n: Option<Vec<u32>>) -> Pick {
        self.n = n.or(self.n);
        self
    }

    pub(crate) fn matches(&self, cell: &CellKey) -> bool {
        let word = |words: &Option<Vec<String>>, word: &str| {
            words.as_ref().is_none_or(|words| words.iter().any(|pattern| glob(pattern, word)))
        };
        word(&self.workload, &cell.workload)
            && word(&self.case, &cell.case)
            && word(&self.design, &cell.design)
            && word(&self.mode, cell.mode.as_deref().unwrap_or(""))
            && word(&self.variant, &cell.variant)
            && word(&self.runtime, &cell.runtime)
            && self.n.as_ref().is_none_or(|sizes| sizes.contains(&cell.n))
    }

    /// Whether every cell is named, so that one that is missing is missed.
    pub(crate) fn names_designs(&self) -> bool {
        let exact = |words: &Option<Vec<String>>| {
            words.as_ref().is_some_and(|words| words.iter().all(|word| !is_glob(word)))
        };
        exact(&self.design) && exact(&self.workload)
    }

    /// What was asked for by name and is not among the cells: `poll`, `n=1000`.
    pub(crate) fn missing(&self, cells: &BTreeSet<&CellKey>) -> Option<String> {
        let named = |words: &Option<Vec<String>>| -> Vec<Option<String>> {
            match words {
                Some(words) if words.iter().all(|word| !is_glob(word)) => {
                    words.iter().cloned().map(Some).collect()
                }
                _ => vec![None],
            }
        };
        let sizes: Vec<Option<u32>> = match &self.n {
            Some(sizes) => sizes.iter().copied().map(Some).collect(),
            None => vec![None],
        };
        let is = |wanted: &Option<String>, word: &str| wanted.as_deref().is_none_or(|w| w == word);
        for workload in named(&self.workload) {
            for case in named(&self.case) {
                for design in named(&self.design) {
                    for variant in named(&self.variant) {
                        for n in &sizes {
                            let there = cells.iter().any(|cell| {
                                is(&workload, &cell.workload)
                                    && is(&case, &cell.case)
                                    && is(&design, &cell.design)
                                    && is(&variant, &cell.variant)
                                    && n.is_none_or(|n| n == cell.n)
                            });
                            if !there {
                                let parts = [&workload, &case, &design, &variant];
                                return Some(spell(parts, *n));
                            }
                        }
                    }
                }
            }
        }
        None
    }
}

fn spell([workload, case, design, variant]: [&Option<String>; 4], n: Option<u32>) -> String {
    let word = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".to_owned());
    let n = n.map(|n| format!(",n={n}")).unwrap_or_default();
    let variant = match variant.as_deref() {
        None | Some("portable") => String::new(),
        Some(other) => format!("+{other}"),
    };
    format!("{}/{}{n}@{}{variant}", word(workload), word(case), word(design))
}

pub(crate) fn sizes(selector: &Selector) -> Option<Vec<u32>> {
    let sizes = selector.at.as_ref()?.n.as_ref()?;
    Some(sizes.as_slice().to_vec())
}

/// `vs` with what it does not say taken from `of`.
pub(crate) fn merged(of: &Selector, vs: &Selector) -> Selector {
    let pick = |own: &Option<Words>, inherited: &Option<Words>| match own {
        Some(words) if words.as_slice() == ["none"] => None,
        Some(words) => Some(words.clone()),
        None => inherited.clone(),
    };
    Selector {
        workload: pick(&vs.workload, &of.workload),
        case: pick(&vs.case, &of.case),
        design: pick(&vs.design, &of.design),
        mode: pick(&vs.mode, &of.mode),
        variant: pick(&vs.variant, &of.variant),
        runtime: pick(&vs.runtime, &of.runtime),
        metric: vs.metric.clone().or_else(|| of.metric.clone()),
        at: vs.at.clone().or_else(|| of.at.clone()),
    }
}

fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// `*` stands for any characters, `?` for one.
pub(crate) fn glob(pattern: &str, word: &str) -> bool {
    let (mut p, mut w) = (pattern.as_bytes(), word.as_bytes());
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (p.first(), w.first()) {
            (Some(b'*'), _) => {
                p = &p[1..];
                retry = Some((p, w));
            }
            (Some(a), Some(b)) if a == b || *a == b'?' => (p, w) = (&p[1..], &w[1..]),
            (None, None) => return true,
            _ => match retry {
                Some((rest, from)) if !from.is_empty() => {
                    (p, w) = (rest, &from[1..]);
                    retry = Some((rest, w));
                }
                _ => return false,
            },
        }
    }
}

/// The cells of `of` with another case, in the same variant or the portable one.
pub(crate) fn counterpart(of: &Selector, case: &str) -> Pick {
    let mut selector = of.clone();
    selector.case = Some(Words::One(case.to_owned()));
    let mut variants = match &of.variant {
        Some(words) => words.as_slice().to_vec(),
        None => Vec::new(),
    };
    variants.push("portable".to_owned());
    selector.variant = Some(Words::Many(variants));
    Pick::of(&selector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_like_a_shell() {
        for (pattern, word, expected) in [
            ("*", "anything", true),
            ("select-*", "select-fix-matrix", true),
            ("*-*-loss", "select-recreate-loss", true),
            ("pol?", "poll", true),
            ("poll", "poll2", false),
            ("*x", "poll", false),
            ("", "", true),
        ] {
            assert_eq!(glob(pattern, word), expected, "{pattern} {word}");
        }
    }

    #[test]
    fn an_absent_key_means_all_but_variant_and_runtime_do_not() {
        let selector: Selector = toml::from_str("design = \"poll\"").expect("a selector");
        let pick = Pick::of(&selector);
        let matches = |key: &str| pick.matches(&key.parse().expect("a key"));
        assert!(matches("w/a,n=1@poll:own") && matches("v/b,n=9@poll/c1:own"));
        assert!(!matches("w/a,n=1@poll+expert:own") && !matches("w/a,n=1@poll:tokio"));
        assert!(!matches("w/a,n=1@scoped:own"));
    }

    #[test]
    fn the_other_side_inherits_and_none_drops() {
        let of: Selector =
            toml::from_str("case = \"a\"\ndesign = \"completion\"\nmode = \"c1\"").expect("of");
        let vs: Selector = toml::from_str("design = \"poll\"\nmode = \"none\"").expect("vs");
        let pick = Pick::versus(&of, &vs);
        assert!(pick.matches(&"w/a,n=1@poll:own".parse().expect("a key")));
        assert!(!pick.matches(&"w/b,n=1@poll:own".parse().expect("a key")));
    }

    #[test]
    fn what_was_named_and_is_not_there_is_missed() {
        let selector: Selector = toml::from_str(
            "workload = \"w\"\ndesign = [\"poll\", \"scoped\"]\nat = { n = [1, 2] }",
        )
        .expect("a selector");
        let keys: Vec<CellKey> = ["w/a,n=1@poll:own", "w/a,n=2@poll:own", "w/a,n=1@scoped:own"]
            .map(|key| key.parse().expect("a key"))
            .to_vec();
        let cells: BTreeSet<&CellKey> = keys.iter().collect();
        assert_eq!(Pick::of(&selector).missing(&cells).as_deref(), Some("w/*,n=2@scoped"));
    }
}
