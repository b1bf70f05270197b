//! What designs have in common.

use serde::Deserialize;

/// What designs have in common, and what a colour and a marker stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Family {
    Poll,
    Scoped,
    Structured,
    Completion,
    Owned,
    Rent,
    /// Not said: a design under construction.
    #[serde(skip)]
    Other,
    /// Crates as published.
    #[serde(skip)]
    Crate,
    /// Programs without futures.
    #[serde(skip)]
    Hand,
}

impl Family {
    /// All, in the order of tables.
    pub(crate) const ALL: [Family; 9] = [
        Family::Poll,
        Family::Scoped,
        Family::Structured,
        Family::Completion,
        Family::Owned,
        Family::Rent,
        Family::Other,
        Family::Crate,
        Family::Hand,
    ];

    /// As a design file spells it.
    pub(crate) fn word(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}
