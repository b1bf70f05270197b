//! Claims as they are cited.

use std::collections::BTreeMap;

/// What is shown of a claim besides its verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cited {
    /// What `cargo xtask rfc cite` prints.
    pub text: String,
    /// What singles it out today.
    pub marks: Vec<String>,
}

/// The same by id of the claim.
pub type Citations = BTreeMap<String, Cited>;
