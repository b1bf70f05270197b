//! What designs have in common.

/// What designs have in common, and what a colour and a marker stand for. In the order of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// Designs that name it, by its place among the families of the tree.
    Of(usize),
    /// Not said: a design under construction.
    Other,
    /// Crates as published.
    Crate,
    /// Programs without futures.
    Hand,
}

impl Family {
    /// How the data of the site tells families apart.
    pub(crate) fn word(self) -> String {
        match self {
            Family::Of(at) => at.to_string(),
            Family::Other => "other".to_owned(),
            Family::Crate => "crate".to_owned(),
            Family::Hand => "hand".to_owned(),
        }
    }
}
