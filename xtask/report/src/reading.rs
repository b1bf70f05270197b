//! What pages are made from, read together.

use std::path::Path;

use anyhow::Result;

use crate::book::Book;
use crate::claims::Claims;
use crate::not_built::NotBuilt;
use crate::page::Source;
use crate::pages::bars;
use crate::predict::Predictions;
use crate::sources::Sources;
use crate::stories::Stories;
use crate::suite::Suite;

/// Reads what pages are made from besides the records.
pub(crate) fn with_source<T>(
    root: &Path,
    book: &Book,
    make: impl FnOnce(Source<'_>) -> T,
) -> Result<T> {
    Ok(make(Source {
        book,
        suite: &Suite::read(root)?,
        predictions: &Predictions::read(root)?,
        stories: &Stories::read(root)?,
        claims: &Claims::read(root)?,
        sources: &Sources::new(root),
        bars: &bars::read(root)?,
        not_built: &NotBuilt::read(root)?,
    }))
}
