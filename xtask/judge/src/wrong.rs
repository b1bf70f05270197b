//! What is wrong with a claim file.

/// What is wrong, and a word of the file near which it is.
pub(crate) struct Fault {
    pub(crate) text: String,
    pub(crate) near: Option<String>,
}

pub(crate) type Checked = Result<(), Fault>;

pub(crate) fn wrong(text: impl Into<String>, near: &str) -> Checked {
    Err(Fault { text: text.into(), near: Some(near.to_owned()) })
}
