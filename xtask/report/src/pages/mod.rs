//! The pages, one module each: a function from the book to a page.

mod cost;
mod curves;
mod depth;
mod embedded;
mod hazards;
mod index;
mod scaling;
mod server;
mod sizes;
mod walltime;

use crate::page::{Page, Source};

/// All generated pages in the order in which a reader should meet them.
pub(crate) fn all(source: Source<'_>) -> Vec<Page> {
    let topics = vec![
        hazards::page(source),
        scaling::page(source),
        depth::page(source),
        sizes::page(source),
        embedded::page(source),
        cost::page(source),
        server::page(source),
    ];
    let index = index::page(source, &topics);
    std::iter::once(index).chain(topics).collect()
}
