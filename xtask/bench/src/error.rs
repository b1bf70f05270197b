//! The two ways in which a command ends without having done its work.

use std::fmt;

/// How a command ended. A command line or an input that is wrong is an [`InputError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done: exit code 0.
    Done,
    /// Done, and the answer is no (a cell failed, a target could not run): exit code 1.
    No,
}

impl Exit {
    /// The code for the operating system.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::No => 1,
        }
    }
}

/// The command line or an input is wrong and nothing was written: exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    message: String,
}

impl InputError {
    /// An error whose text ends with what to do next.
    #[must_use]
    pub fn new(message: impl Into<String>) -> InputError {
        InputError { message: message.into() }
    }

    /// An id that the tree does not have, with the nearest ones that it has.
    #[must_use]
    pub fn unknown<'a>(
        what: &str,
        id: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> InputError {
        let near = nearest(id, known);
        let hint = match near.as_slice() {
            [] => String::new(),
            near => format!("; did you mean {}?", near.join(" or ")),
        };
        InputError::new(format!(
            "no {what} is called `{id}`{hint}; `cargo xtask list {what}s` shows all"
        ))
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InputError {}

/// The exit code that belongs to an error: 2 for a wrong input, 1 for everything else.
#[must_use]
pub fn exit_code(error: &anyhow::Error) -> u8 {
    let wrong_input = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<InputError>()
            || cause.is::<xtask_judge::BadInput>()
            || cause.is::<xtask_repo::NoRepository>()
    };
    if error.chain().any(wrong_input) { 2 } else { 1 }
}

/// Up to three known ids that resemble `id`, best first.
pub(crate) fn nearest<'a>(id: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| {
            let bonus = if candidate.contains(id) || id.contains(candidate) { 0.3 } else { 0.0 };
            (strsim::jaro_winkler(id, candidate) + bonus, candidate)
        })
        .filter(|(score, _)| *score > 0.75)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, candidate)| format!("`{candidate}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_names_the_id_that_was_meant() {
        let known = ["select-recreate-loss", "futurelock", "join-width-scaling"];
        let text = InputError::unknown("workload", "futurlock", known).to_string();
        assert!(text.contains("did you mean `futurelock`?"), "{text}");
        let text = InputError::unknown("workload", "zzz", known).to_string();
        assert!(!text.contains("did you mean"), "{text}");
    }

    #[test]
    fn input_errors_are_found_below_context() {
        let error = anyhow::Error::from(InputError::new("bad")).context("while planning");
        assert_eq!(exit_code(&error), 2);
        assert_eq!(exit_code(&anyhow::anyhow!("disk full")), 1);
    }
}
