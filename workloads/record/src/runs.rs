//! Lists of numbers in which a stretch of equal or of consecutive ones is one word.
//!
//! The rounds of a launch are numbered in order, and every block of a slow program is one call:
//! written out, such lists are a fifth of a record and say nothing. `"1*200"` stands for two
//! hundred times 1 and `"0..200"` for the numbers from 0 up to and without 200. A list without
//! words is read as ever.

#[cfg(test)]
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Stretches from this length on are words: a word of a shorter one may be longer than it.
const WORTH: usize = 4;
/// Longest list that is read: no launch has as many blocks.
const LONGEST: usize = 1 << 20;

/// An element of such a list as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub(crate) enum Element {
    /// One number.
    One(u64),
    /// A stretch, `value*times` or `first..end`.
    Many(String),
}

/// Writes a list with words.
///
/// # Errors
/// The serializer's.
pub(crate) fn serialize<T, S>(list: &[T], serializer: S) -> Result<S::Ok, S::Error>
where
    T: Copy + Into<u64>,
    S: Serializer,
{
    let list: Vec<u64> = list.iter().copied().map(Into::into).collect();
    serializer.collect_seq(runs(&list))
}

/// Reads a list with or without words.
///
/// # Errors
/// When a word is none, a number does not fit, or the list is longer than any launch has blocks.
pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: TryFrom<u64>,
    D: Deserializer<'de>,
{
    let mut list = Vec::new();
    for run in Vec::<Element>::deserialize(deserializer)? {
        let stretch = Stretch::of(&run)
            .ok_or_else(|| D::Error::custom(format!("neither a number nor a run: {run:?}")))?;
        if stretch.times > LONGEST - list.len() {
            return Err(D::Error::custom(format!("more than {LONGEST} numbers in a list")));
        }
        let mut number = stretch.first;
        for _ in 0..stretch.times {
            let fits = T::try_from(number);
            list.push(fits.map_err(|_| D::Error::custom(format!("{number} is too large")))?);
            number += stretch.step;
        }
    }
    Ok(list)
}

/// `times` numbers from `first` on, each `step` larger than the one before.
#[derive(Clone, Copy)]
struct Stretch {
    first: u64,
    times: usize,
    step: u64,
}

impl Stretch {
    fn of(run: &Element) -> Option<Stretch> {
        let word = match run {
            Element::One(number) => return Some(Stretch { first: *number, times: 1, step: 0 }),
            Element::Many(word) => word,
        };
        if let Some((value, times)) = word.split_once('*') {
            return Some(Stretch {
                first: value.parse().ok()?,
                times: times.parse().ok()?,
                step: 0,
            });
        }
        let (first, end) = word.split_once("..")?;
        let (first, end) = (first.parse().ok()?, end.parse::<u64>().ok()?);
        let times = usize::try_from(end.checked_sub(first)?).ok()?;
        Some(Stretch { first, times, step: 1 })
    }

    /// The longest stretch at the beginning of a list.
    fn first(list: &[u64]) -> Stretch {
        let length = |step: u64| {
            let follows = |pair: &&[u64]| pair[0].checked_add(step) == Some(pair[1]);
            list.windows(2).take_while(follows).count() + 1
        };
        let step = u64::from(length(1) > length(0));
        Stretch { first: list[0], times: length(step), step }
    }

    fn word(self) -> Element {
        let Stretch { first, times, step } = self;
        Element::Many(match step {
            0 => format!("{first}*{times}"),
            _ => format!("{first}..{}", first + times as u64),
        })
    }
}

fn runs(mut list: &[u64]) -> Vec<Element> {
    let mut runs = Vec::new();
    while !list.is_empty() {
        let stretch = Stretch::first(list);
        let (these, rest) = list.split_at(stretch.times);
        if these.len() < WORTH {
            runs.extend(these.iter().map(|&number| Element::One(number)));
        } else {
            runs.push(stretch.word());
        }
        list = rest;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Lists {
        #[serde(with = "super")]
        list: Vec<u32>,
    }

    fn written(list: &[u32]) -> String {
        serde_json::to_string(&Lists { list: list.to_vec() }).expect("numbers")
    }

    fn read(text: &str) -> Result<Vec<u32>, String> {
        serde_json::from_str(text).map(|lists: Lists| lists.list).map_err(|error| error.to_string())
    }

    #[test]
    fn stretches_are_words_and_the_rest_is_written_out() {
        let list = [7, 7, 7, 7, 1, 2, 3, 9, 0, 1, 2, 3, 5, 5];
        assert_eq!(written(&list), r#"{"list":["7*4",1,2,3,9,"0..4",5,5]}"#);
        assert_eq!(written(&[]), r#"{"list":[]}"#);
        assert_eq!(written(&[u32::MAX; 5]), r#"{"list":["4294967295*5"]}"#);
    }

    #[test]
    fn what_is_written_reads_back() {
        for list in [&[][..], &[3], &[0; 300], &[1, 1, 2, 3, 4, 4, 4, 4, 4, 5, 6, 0, u32::MAX]] {
            assert_eq!(read(&written(list)).as_deref(), Ok(list));
        }
        let counted: Vec<u32> = (0..1000).filter(|number| number % 97 != 0).collect();
        assert_eq!(read(&written(&counted)), Ok(counted));
    }

    #[test]
    fn a_list_without_words_is_read() {
        assert_eq!(read(r#"{"list":[0,1,2,3,3,3,3]}"#), Ok(vec![0, 1, 2, 3, 3, 3, 3]));
    }

    #[test]
    fn what_is_no_run_is_refused() {
        for (word, why) in [
            ("1x4", "neither"),
            ("*4", "neither"),
            ("4..2", "neither"),
            ("-1*4", "neither"),
            ("4294967295..4294967298", "too large"),
            ("1*99999999999", "numbers in a list"),
            ("0..18446744073709551615", "numbers in a list"),
        ] {
            let error = read(&format!(r#"{{"list":["{word}"]}}"#)).expect_err(word);
            assert!(error.contains(why), "{word}: {error}");
        }
    }
}
