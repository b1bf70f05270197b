//! The design space: each mode of a design as a point with one value on every axis.
//!
//! Two points that differ in one axis are *neighbours*: what differs between their cells is
//! the work of that axis, if all else is held equal. Pairs are computed from what the
//! `design.toml` files say, never listed.

use std::collections::BTreeMap;
use std::fmt;

/// One property in which designs differ.
#[derive(Debug)]
pub struct Axis {
    /// `drive`: the field of `[axes.<mode>]`, and `axis` of a check.
    pub id: &'static str,
    /// What it asks of a design.
    pub question: &'static str,
    /// Its values, each with what it means, in the order in which pages show them.
    pub values: &'static [(&'static str, &'static str)],
}

/// All axes, in the order in which they are printed.
pub const AXES: [Axis; 7] = [
    Axis {
        id: "drop",
        question: "may a begun operation be dropped",
        values: &[
            ("may", "at any suspension point"),
            (
                "must-complete",
                "never: it is polled until it returns, which a cancel may bring about",
            ),
        ],
    },
    Axis {
        id: "drive",
        question: "what polls a child that is not awaited at the moment",
        values: &[
            ("awaited", "nothing: it moves only while its handle is awaited"),
            (
                "loop",
                "the loop over its stream, while a body of the loop waits; any other child moves only \
                 while its handle is awaited",
            ),
            ("scope", "its scope, whenever the task of the scope runs"),
            ("task", "an executor"),
        ],
    },
    Axis {
        id: "cancel",
        question: "how cancellation arrives",
        values: &[
            ("drop", "the future is destroyed"),
            ("request", "a request, then clean-up, then destruction"),
            ("value", "an error at the next wait, and at each one after it"),
            ("token", "a token that the program passes and looks at"),
        ],
    },
    Axis {
        id: "buffer",
        question: "whose memory a completion driver has while an operation is in flight",
        values: &[
            ("none", "none: readiness only"),
            ("copied", "the driver's, copied into the caller's afterwards"),
            ("lent", "the caller's, borrowed"),
            ("given", "the caller's, moved into the operation and back"),
            ("pinned", "memory inside the pinned operation"),
            ("provided", "the runtime's, chosen when data arrives, and lent to the caller"),
        ],
    },
    Axis {
        id: "wake",
        question: "where a completion resumes the program",
        values: &[("root", "at the root of the task"), ("frame", "at the frame that waits")],
    },
    Axis {
        id: "share",
        question: "what a child may use of its parent",
        values: &[
            ("borrow", "borrowed locals"),
            ("anchor", "what a pinned anchor holds"),
            ("static", "what it owns, and statics"),
        ],
    },
    Axis {
        id: "workers",
        question: "may children run at the same time",
        values: &[("one", "no: one worker"), ("many", "yes: several workers")],
    },
];

impl Axis {
    /// The axis of an id.
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Axis> {
        AXES.iter().find(|axis| axis.id == id)
    }

    /// `"may" or "must-complete"`, for messages.
    #[must_use]
    pub fn expected(&self) -> String {
        let words: Vec<String> = self.values.iter().map(|(word, _)| format!("`{word}`")).collect();
        words.join(", ")
    }

    fn rank(&self, value: &str) -> usize {
        self.values.iter().position(|(word, _)| *word == value).unwrap_or(self.values.len())
    }
}

/// A value on every axis, in the order of [`AXES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes([&'static str; AXES.len()]);

impl Axes {
    /// From a value for every axis.
    ///
    /// # Errors
    /// The field that is wrong, and what is wrong with it.
    pub fn of(fields: &BTreeMap<String, String>) -> Result<Axes, (String, String)> {
        if let Some(field) = fields.keys().find(|field| Axis::named(field).is_none()) {
            let known: Vec<&str> = AXES.iter().map(|axis| axis.id).collect();
            let text = format!("unknown axis `{field}`; expected {}", known.join(", "));
            return Err((field.clone(), text));
        }
        let mut values = [""; AXES.len()];
        for (axis, slot) in AXES.iter().zip(&mut values) {
            let id = axis.id;
            let Some(word) = fields.get(id) else {
                let text = format!("`{id}` is missing; expected {id} = {}", axis.expected());
                return Err((String::new(), text));
            };
            *slot = match axis.values.iter().find(|(known, _)| known == word) {
                Some((known, _)) => known,
                None => {
                    let text = format!("{id} = \"{word}\"; expected {}", axis.expected());
                    return Err((id.to_owned(), text));
                }
            };
        }
        Ok(Axes(values))
    }

    /// The value on an axis.
    #[must_use]
    pub fn value(&self, axis: &Axis) -> &'static str {
        self.pairs().find(|(other, _)| other.id == axis.id).map_or("", |(_, value)| value)
    }

    /// Each axis with the value on it.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static Axis, &'static str)> + '_ {
        AXES.iter().zip(self.0)
    }

    /// The axes on which the two are not equal.
    #[must_use]
    pub fn differing(&self, other: &Axes) -> Vec<&'static Axis> {
        self.pairs().zip(other.0).filter(|((_, a), b)| a != b).map(|((axis, _), _)| axis).collect()
    }
}

impl fmt::Display for Axes {
    /// `drop=may drive=awaited …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> =
            self.pairs().map(|(axis, value)| format!("{}={value}", axis.id)).collect();
        f.write_str(&words.join(" "))
    }
}

/// Designs that differ in one axis, as pages and claims name them: `poll`, `scoped/local`.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// The axis in which they differ.
    pub axis: &'static Axis,
    /// The end whose value comes first in the axis.
    pub first: String,
    /// The other end.
    pub second: String,
}

/// All pairs that differ in exactly one axis, in the order of [`AXES`].
#[must_use]
pub fn neighbours(points: &BTreeMap<String, Axes>) -> Vec<Neighbours> {
    let mut pairs = Vec::new();
    for axis in &AXES {
        for (first, a) in points {
            for (second, b) in points {
                let only = matches!(a.differing(b).as_slice(), [one] if one.id == axis.id);
                if only && axis.rank(a.value(axis)) < axis.rank(b.value(axis)) {
                    let (first, second) = (first.clone(), second.clone());
                    pairs.push(Neighbours { axis, first, second });
                }
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(text: &str) -> Axes {
        let fields = text.split(' ').map(|field| field.split_once('=').expect("field=value"));
        let fields = fields.map(|(field, value)| (field.to_owned(), value.to_owned())).collect();
        Axes::of(&fields).expect("axes")
    }

    const POLL: &str =
        "drop=may drive=awaited cancel=drop buffer=copied wake=root share=borrow workers=one";

    #[test]
    fn neighbours_differ_in_one_axis() {
        let points = BTreeMap::from([
            ("poll".to_owned(), axes(POLL)),
            ("scoped/local".to_owned(), axes(&POLL.replace("awaited", "scope"))),
            ("given".to_owned(), axes(&POLL.replace("copied", "given"))),
            ("far".to_owned(), axes(&POLL.replace("copied", "given").replace("root", "frame"))),
        ]);
        let found: Vec<String> = neighbours(&points)
            .iter()
            .map(|pair| format!("{} {} {}", pair.axis.id, pair.first, pair.second))
            .collect();
        assert_eq!(found, ["drive poll scoped/local", "buffer poll given", "wake given far"]);
    }

    #[test]
    fn a_value_that_is_none_is_refused_with_those_that_are() {
        for (old, new, field, part) in [
            ("drop=may", "drop=maybe", "drop", "drop = \"maybe\"; expected `may`, `must-complete`"),
            ("drive=", "drives=", "drives", "unknown axis `drives`; expected drop, drive"),
            ("workers=one", "wake=root", "", "`workers` is missing; expected workers = `one`"),
        ] {
            let text = POLL.replace(old, new);
            let fields = text.split(' ').filter_map(|field| field.split_once('='));
            let fields = fields.map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
            let (near, words) = Axes::of(&fields).expect_err(new);
            assert_eq!(near, field);
            assert!(words.contains(part), "{words}");
        }
    }

    /// The glossary has one row for each axis, with each value in it once.
    #[test]
    fn the_glossary_has_each_axis_and_value_once() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../GLOSSARY.md");
        let text = std::fs::read_to_string(path).expect("the glossary");
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
        for axis in &AXES {
            let values: Vec<String> = axis
                .values
                .iter()
                .map(|(value, meaning)| format!("`{value}`: {meaning}"))
                .collect();
            let wanted = format!("| `{}` | {} | {} |", axis.id, axis.question, values.join("; "));
            let found = rows.iter().filter(|row| **row == wanted).count();
            assert_eq!(found, 1, "GLOSSARY.md: expected the row\n{wanted}");
        }
        assert_eq!(rows.len(), AXES.len(), "GLOSSARY.md has an axis that is none");
    }
}
